// Clocks and sleeping. --clock=host: the host's. --clock=insn: every clock counts retired instructions, from the epoch
// for CLOCK_REALTIME, and sleeping takes no time of the host's.
#include "sys/private.h"
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

enum { NS = 1000000000, TICK_NS = NS / 100 };

uint64_t sys_now(Sys *s, int clock) {
    struct timespec t;
    if (!s->o.host_clock) return s->env.time_ns(s->env.machine);
    clock_gettime((clockid_t)clock, &t);
    return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

static struct timespec timespec_of(uint64_t ns) { return (struct timespec){(time_t)(ns / NS), (long)(ns % NS)}; }

int64_t sys_clock_gettime(Sys *s, const uint64_t *a) {
    struct timespec t;
    if (s->o.host_clock) {
        if (clock_gettime((clockid_t)a[0], &t)) return -errno;
    } else {
        if (clock_getres((clockid_t)a[0], &t)) return -errno;
        t = timespec_of(sys_now(s, 0));
    }
    return space_copy_in(&s->space, a[1], &t, sizeof t) ? 0 : -EFAULT;
}

int64_t sys_gettimeofday(Sys *s, const uint64_t *a) {
    uint64_t now = sys_now(s, CLOCK_REALTIME);
    struct timeval t = {(time_t)(now / NS), (suseconds_t)(now % NS / 1000)};
    struct timezone zone = {0, 0};
    if (a[0] && !space_copy_in(&s->space, a[0], &t, sizeof t)) return -EFAULT;
    return !a[1] || space_copy_in(&s->space, a[1], &zone, sizeof zone) ? 0 : -EFAULT;
}

int64_t sys_times(Sys *s, const uint64_t *a) {
    struct tms t;
    clock_t now = times(&t);
    if (!s->o.host_clock) {
        now = (clock_t)(sys_now(s, 0) / TICK_NS);
        t = (struct tms){.tms_utime = now};
    }
    return !a[0] || space_copy_in(&s->space, a[0], &t, sizeof t) ? (int64_t)now : -EFAULT;
}

// ---- sleeping -----------------------------------------------------------------------------------------------------
static int64_t sleep_host(int clock, int flags, const struct timespec *want, struct timespec *rest) {
    return SYS_HOST(clock_nanosleep, (uint64_t)clock, (uint64_t)flags, SYS_ARG(want), SYS_ARG(rest));
}

// Another thread may run meanwhile: the deadline is kept in the thread, and the call is done again when it is over.
static int64_t sleep_parked(Sys *s, int clock, bool absolute, uint64_t ns) {
    SysThread *t = sys_thread(s);
    uint64_t now = sys_now(s, absolute ? clock : CLOCK_MONOTONIC), here = sys_now(s, CLOCK_MONOTONIC);
    if (t->wait == SYS_WAIT_TIME) {
        bool over = here >= t->until;
        t->wait = SYS_RUNNABLE;
        return over ? 0 : -EINTR;
    }
    uint64_t span = absolute ? (ns > now ? ns - now : 0) : ns;
    return sys_park(s, SYS_WAIT_TIME, here + span);
}

static int64_t sleep_until(Sys *s, int clock, int flags, gaddr want_at, gaddr rest_at) {
    struct timespec want, rest;
    bool absolute = flags & TIMER_ABSTIME;
    if (!space_copy_out(&s->space, want_at, &want, sizeof want)) return -EFAULT;
    if (want.tv_sec < 0 || want.tv_nsec < 0 || want.tv_nsec >= NS) return -EINVAL;
    uint64_t ns = (uint64_t)want.tv_sec * NS + (uint64_t)want.tv_nsec;
    if (s->threads.n > 1) return sleep_parked(s, clock, absolute, ns);
    if (!s->o.host_clock) {
        uint64_t now = sys_now(s, clock), span = absolute ? (ns > now ? ns - now : 0) : ns;
        s->env.sleep_ns(s->env.machine, span);
        return 0;
    }
    int64_t r = sleep_host(clock, flags, &want, &rest);
    if (r == -EINTR && rest_at && !absolute && !space_copy_in(&s->space, rest_at, &rest, sizeof rest)) return -EFAULT;
    return r;
}

int64_t sys_nanosleep(Sys *s, const uint64_t *a) { return sleep_until(s, CLOCK_MONOTONIC, 0, a[0], a[1]); }
int64_t sys_clock_nanosleep(Sys *s, const uint64_t *a) { return sleep_until(s, (int)a[0], (int)a[1], a[2], a[3]); }

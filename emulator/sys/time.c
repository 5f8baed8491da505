// Clocks and sleeping. --clock=host: the host's. --clock=insn: every clock counts retired instructions, from the epoch
// for CLOCK_REALTIME, and sleeping takes no time of the host's. A timer of setitimer() is the host's and runs by its clock
// while instructions do; what passes without instructions passes for it, too.
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
static int64_t sleep_by_host(Sys *s, int clock, int flags, const struct timespec *want, struct timespec *rest) {
    return SYS_HOST_WAIT(s, true, clock_nanosleep, (uint64_t)clock, (uint64_t)flags, SYS_ARG(want), SYS_ARG(rest));
}

static uint64_t ns_of(const struct timeval *t) { return (uint64_t)t->tv_sec * NS + (uint64_t)t->tv_usec * 1000; }
static struct timeval timeval_of(uint64_t ns) { // up to a whole microsecond
    uint64_t us = (ns + 999) / 1000;
    return (struct timeval){(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
}

uint64_t sys_pass(Sys *s, uint64_t ns) {
    struct itimerval t = {0};
    getitimer(ITIMER_REAL, &t);
    uint64_t left = ns_of(&t.it_value);
    bool goes_off = left && left <= ns;
    if (goes_off) ns = left;
    s->env.sleep_ns(s->env.machine, ns);
    if (goes_off) sys_alarm_now(s);
    t.it_value = goes_off ? t.it_interval : timeval_of(left - ns);
    if (left) setitimer(ITIMER_REAL, &t, NULL);
    return ns;
}

bool sys_sleep_alone(Sys *s, uint64_t ns) {
    for (uint64_t passed = 0; passed < ns;) {
        passed += sys_pass(s, ns - passed);
        if (sys_signal_waits(sys_thread(s)) || sys_time_over()) return false;
    }
    return true;
}

// By the guest's own clock; what is left of it when a signal came.
static int64_t sleep_here(Sys *s, uint64_t span, struct timespec *rest) {
    uint64_t now = sys_now(s, CLOCK_MONOTONIC), until = span < SYS_FOREVER - now ? now + span : SYS_FOREVER;
    if (s->threads.n < 2 ? sys_sleep_alone(s, until - now) : sys_wait(s, SYS_WAIT_TIME, until)) return 0;
    now = sys_now(s, CLOCK_MONOTONIC);
    *rest = timespec_of(until > now ? until - now : 0);
    return -EINTR;
}

static int64_t sleep_until(Sys *s, int clock, int flags, gaddr want_at, gaddr rest_at) {
    struct timespec want, rest = {0};
    bool absolute = flags & TIMER_ABSTIME;
    if (!space_copy_out(&s->space, want_at, &want, sizeof want)) return -EFAULT;
    if (want.tv_sec < 0 || want.tv_nsec < 0 || want.tv_nsec >= NS) return -EINVAL;
    uint64_t ns = (uint64_t)want.tv_sec * NS + (uint64_t)want.tv_nsec, now = absolute ? sys_now(s, clock) : 0;
    int64_t r =
        s->o.host_clock ? sleep_by_host(s, clock, flags, &want, &rest) : sleep_here(s, ns > now ? ns - now : 0, &rest);
    if (r == -EINTR && rest_at && !absolute && !space_copy_in(&s->space, rest_at, &rest, sizeof rest)) return -EFAULT;
    return r;
}

int64_t sys_nanosleep(Sys *s, const uint64_t *a) { return sleep_until(s, CLOCK_MONOTONIC, 0, a[0], a[1]); }
int64_t sys_clock_nanosleep(Sys *s, const uint64_t *a) { return sleep_until(s, (int)a[0], (int)a[1], a[2], a[3]); }

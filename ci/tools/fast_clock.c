// fast_clock.so, loaded by LD_PRELOAD: the clocks of a process run NIGHTJAR_CLOCK times as fast, those that it waits by, too.
// What it executes has the true time; the CPU time that a child took (wait4) counts as much more. So a night of eight hours
// is planned, taken and written down in half a minute at 1000, by the harness as it is. See ci/soak.sh.
#include <dlfcn.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NS = 1000000000 };
static int64_t speed = 1, began[2]; // by CLOCK_REALTIME and CLOCK_MONOTONIC

static int64_t true_ns(clockid_t clock) {
    struct timespec t;
    syscall(SYS_clock_gettime, clock, &t);
    return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("NIGHTJAR_CLOCK");
    speed = text && atol(text) > 0 ? atol(text) : 1;
    began[CLOCK_REALTIME] = true_ns(CLOCK_REALTIME);
    began[CLOCK_MONOTONIC] = true_ns(CLOCK_MONOTONIC);
    unsetenv("LD_PRELOAD");
}

int clock_gettime(clockid_t clock, struct timespec *t) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) return (int)syscall(SYS_clock_gettime, clock, t);
    int64_t ns = began[clock] + (true_ns(clock) - began[clock]) * speed;
    *t = (struct timespec){ns / NS, ns % NS};
    return 0;
}

time_t time(time_t *at) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (at) *at = t.tv_sec;
    return t.tv_sec;
}

int poll(struct pollfd *fds, nfds_t n, int ms) {
    int64_t ns = (int64_t)ms * 1000000 / speed;
    struct timespec t = {ns / NS, ns % NS};
    return ppoll(fds, n, ms < 0 ? NULL : &t, NULL);
}

static struct timeval longer(struct timeval t) {
    int64_t us = ((int64_t)t.tv_sec * 1000000 + t.tv_usec) * speed;
    return (struct timeval){us / 1000000, us % 1000000};
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *use) {
    pid_t r = (pid_t)syscall(SYS_wait4, pid, status, options, use);
    if (r > 0 && use) use->ru_utime = longer(use->ru_utime), use->ru_stime = longer(use->ru_stime);
    return r;
}

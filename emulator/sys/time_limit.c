// The end of a run's time: --max-time. A timer of the host's kernel sends SIGBUS, which a program cannot block
// (host_signal.c), and which says by its value that it is this one.
//
//     the time is over    calls of the host that wait give up, the run loop ends the run, reports are written
//     GRACE_S later       the run loop did not come: the process ends in the signal handler
//
// A timer is not inherited, its end is: a process that is forked gets a timer of its own, as does an emu that is executed.
#include "base/exit_code.h"
#include "sys/private.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_S = 5, NS = 1000000000 };

// One for the process: a signal handler can reach nothing else.
static struct {
    volatile sig_atomic_t over; // seconds since, and one
    uint64_t until;             // of CLOCK_MONOTONIC; 0: no limit
    timer_t timer;
    char text[80];
} limit;

static bool begin(void) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGBUS, .sigev_value.sival_ptr = &limit};
    struct itimerspec when = {.it_value = {(time_t)(limit.until / NS), (long)(limit.until % NS)},
                              .it_interval = {1, 0}};
    return !timer_create(CLOCK_MONOTONIC, &event, &limit.timer) &&
           !timer_settime(limit.timer, TIMER_ABSTIME, &when, NULL);
}

bool sys_time_limit(uint64_t until_ns, const char *text, Err *err) {
    limit.until = until_ns;
    snprintf(limit.text, sizeof limit.text, "%s", text);
    return begin() || err_set(err, "--max-time: no timer: %s", strerror(errno));
}

SysTimeLimit sys_time_limit_save(void) { return (SysTimeLimit){(long)(intptr_t)limit.timer, limit.over}; }

void sys_time_limit_again(void) {
    if (limit.until && !begin()) _exit(EXIT_CODE_LIMIT); // better than without an end
}

void sys_time_limit_restore(SysTimeLimit before) {
    limit.timer = (timer_t)(intptr_t)before.timer;
    limit.over = before.over;
}

bool sys_time_over(void) { return __atomic_load_n(&limit.over, __ATOMIC_RELAXED); }

bool sys_time_is_timer(uint64_t id) { return limit.until && (int)id == (int)(intptr_t)limit.timer; }

bool sys_time_signal(const siginfo_t *info) {
    if (info->si_code != SI_TIMER || info->si_value.sival_ptr != &limit) return false;
    if (__atomic_add_fetch(&limit.over, 1, __ATOMIC_RELAXED) <= GRACE_S) return true;
    if (write(STDERR_FILENO, limit.text, strlen(limit.text)) < 0) _exit(EXIT_CODE_LIMIT);
    _exit(EXIT_CODE_LIMIT);
}

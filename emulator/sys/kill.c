// Sending signals. The host's kernel knows every thread of the program, and keeps and queues what is sent.
//
// --clock=insn: what a program with several threads sends to itself is waited for until the thread that it goes to has
// it, so that it comes at the same instruction in every run.
#include "sys/private.h"
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>

static unsigned caught(const Sys *s) {
    unsigned n = 0;
    for (uint32_t i = 0; i < s->threads.n; i++) n += sys_has_caught(s->threads.at[i]) != 0;
    return n;
}

// Will a thread of this program catch it at once? tid 0: any thread.
static bool comes_at_once(const Sys *s, int signal, int pid, int tid) {
    if (s->o.host_clock || s->threads.n < 2 || signal < 1 || signal > SYS_SIGNALS) return false;
    if (pid != (int)SYS_HOST(getpid, 0) || sys_signal_ignored(s, signal)) return false;
    for (uint32_t i = 0; i < s->threads.n; i++) {
        const SysThread *t = s->threads.at[i];
        if ((!tid || t->tid == tid) && !sys_has_caught(t) && !(t->mask & sys_bit(signal))) return true;
    }
    return false;
}

typedef struct Sending {
    int signal, pid, tid;
} Sending;

static int64_t sent(Sys *s, Sending to, long number, const uint64_t a[6]) {
    unsigned before = caught(s);
    bool comes = comes_at_once(s, to.signal, to.pid, to.tid);
    int64_t r = sys_host_call(number, a);
    while (!r && comes && caught(s) == before) sched_yield();
    return r;
}

int64_t sys_kill(Sys *s, const uint64_t *a) { return sent(s, (Sending){(int)a[1], (int)a[0], 0}, SYS_kill, a); }

int64_t sys_tkill(Sys *s, const uint64_t *a) {
    return sent(s, (Sending){(int)a[1], (int)SYS_HOST(getpid, 0), (int)a[0]}, SYS_tkill, a);
}

int64_t sys_tgkill(Sys *s, const uint64_t *a) {
    return sent(s, (Sending){(int)a[2], (int)a[0], (int)a[1]}, SYS_tgkill, a);
}

// WHY not by a call that sends it: one that says SI_KERNEL, as a timer does, only the main thread may send to the process.
void sys_alarm_now(Sys *s) {
    struct itimerval t = {.it_value = {0, 1}};
    unsigned before = caught(s);
    bool comes = comes_at_once(s, SIGALRM, (int)SYS_HOST(getpid, 0), 0);
    setitimer(ITIMER_REAL, &t, NULL);
    while (!getitimer(ITIMER_REAL, &t) && (t.it_value.tv_sec || t.it_value.tv_usec)) sched_yield();
    while (comes && caught(s) == before) sched_yield();
}

// WHY not SIGSEGV and SIGBUS with the code of a fault: in this process nothing tells them from one. Only to itself may a
// program send them.
static int64_t queue(Sys *s, Sending to, gaddr info_at, long number, const uint64_t a[6]) {
    siginfo_t info;
    if (!space_copy_out(&s->space, info_at, &info, sizeof info)) return -EFAULT;
    uint64_t host[6] = {a[0], a[1], number == SYS_rt_sigqueueinfo ? SYS_ARG(&info) : a[2], SYS_ARG(&info)};
    bool own = to.pid == (int)SYS_HOST(getpid, 0) && (!to.tid || to.tid == sys_thread(s)->tid);
    if (!own || (to.signal != SIGSEGV && to.signal != SIGBUS) || info.si_code <= 0) return sent(s, to, number, host);
    info.si_signo = to.signal;
    sys_signal_keep(sys_thread(s), &info);
    return 0;
}

int64_t sys_rt_sigqueueinfo(Sys *s, const uint64_t *a) {
    return queue(s, (Sending){(int)a[1], (int)a[0], 0}, a[2], SYS_rt_sigqueueinfo, a);
}

int64_t sys_rt_tgsigqueueinfo(Sys *s, const uint64_t *a) {
    return queue(s, (Sending){(int)a[2], (int)a[0], (int)a[1]}, a[3], SYS_rt_tgsigqueueinfo, a);
}

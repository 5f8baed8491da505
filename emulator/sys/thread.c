// The beginning and the end of threads, their ids, and the end of the program. Whose turn it is: hart.c.
//
// A thread of the program is a thread of the host: its id is the one that the host's kernel gave it. The main thread of
// the host stays to the end, for what emu does then; it is the main thread of the program, unless that was made by a
// fork of another thread.
#include "base/alloc.h"
#include "sys/private.h"
#include <linux/futex.h>
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { X_SP = 2, X_TP = 4, X_A0 = 10, INSN_BYTES = 4, THREADS_MAX = 4096, STACK_BYTES = 2 << 20 };

typedef struct Start { // of a thread of the host
    Sys *s;
    SysThread *t;
    uint32_t ready; // a futex: its id is known
} Start;

// ---- the list -----------------------------------------------------------------------------------------------------
SysThread *sys_thread_new(Sys *s, int tid) {
    SysThread *t = alloc_zeroed(1, sizeof *t);
    t->tid = tid, t->state = SYS_READY, t->caught = sys_host_pending();
    pthread_mutex_lock(&s->lock);
    vec_push(&s->threads, t);
    pthread_mutex_unlock(&s->lock);
    return t;
}

void sys_thread_forget(Sys *s, const SysThread *t) {
    uint32_t i = 0;
    while (s->threads.at[i] != t) i++;
    for (s->threads.n--; i < s->threads.n; i++) s->threads.at[i] = s->threads.at[i + 1];
}

// The other threads of the host are the parent's.
void sys_threads_only_current(Sys *s) {
    SysThread *me = s->current;
    for (uint32_t i = 0; i < s->threads.n; i++)
        if (s->threads.at[i] != me && s->threads.at[i] != s->main) free(s->threads.at[i]);
    if (s->main != me) free(s->main);
    s->threads.n = 0;
    vec_push(&s->threads, me);
    s->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    s->main = s->loaded = me, s->held = true, s->watched = false;
    s->wanting = 0, s->to_wake = NULL;
    sys_heir_forget(s);
    me->tid = (int)SYS_HOST(getpid, 0);
}

// ---- beginning ----------------------------------------------------------------------------------------------------
static void *run_thread(void *arg) {
    Start *start = arg;
    Sys *s = start->s;
    SysThread *t = start->t;
    jmp_buf out;
    t->tid = (int)syscall(SYS_gettid);
    t->caught = sys_host_pending();
    t->out = &out;
    __atomic_store_n(&start->ready, 1, __ATOMIC_SEQ_CST); // from here on `start` may be gone
    syscall(SYS_futex, &start->ready, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    if (setjmp(out)) return NULL;
    sys_hart_first(s, t);
    t->mask = t->mask_after;
    sys_host_mask(t->mask);
    s->env.run(s->env.machine);
    return NULL;
}

// With every signal blocked, in the parent as well, until the thread is what it shall be.
static int start_host(Sys *s, SysThread *t) {
    Start start = {.s = s, .t = t};
    pthread_attr_t how;
    pthread_t unused;
    pthread_attr_init(&how);
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&how, STACK_BYTES);
    sys_host_mask(~0ull);
    int e = pthread_create(&unused, &how, run_thread, &start);
    pthread_attr_destroy(&how);
    while (!e && !__atomic_load_n(&start.ready, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &start.ready, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return -e;
}

static void set_up(Sys *s, SysThread *t, const uint64_t *a) {
    t->mask = ~0ull, t->mask_after = sys_thread(s)->mask; // until its first turn
    sys_registers_save(s, t);
    t->pc += INSN_BYTES;
    uint64_t *x = &t->slot[s->guest->user->x0];
    x[X_A0] = 0;
    if (a[1]) x[X_SP] = a[1];
    if (a[0] & CLONE_SETTLS) x[X_TP] = a[3];
    if (a[0] & CLONE_CHILD_CLEARTID) t->clear_tid = a[4];
}

// clone() of riscv: flags, stack, parent_tid, tls, child_tid.
int64_t sys_thread_clone(Sys *s, const uint64_t *a) {
    enum { NEEDS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD };
    const uint64_t known = NEEDS | CSIGNAL | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |
                           CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_PTRACE | CLONE_UNTRACED | (uint32_t)CLONE_IO;
    if ((a[0] & NEEDS) != NEEDS || a[0] & ~known) return -EINVAL; // processes that share memory only in part
    if (s->threads.n == THREADS_MAX) return -EAGAIN;
    if ((a[0] & CLONE_PARENT_SETTID) && !space_at(&s->space, a[2], sizeof(uint32_t), SPACE_WRITE)) return -EFAULT;
    if ((a[0] & CLONE_CHILD_SETTID) && !space_at(&s->space, a[4], sizeof(uint32_t), SPACE_WRITE)) return -EFAULT;
    SysThread *t = alloc_zeroed(1, sizeof *t);
    t->state = SYS_GONE;
    int e = start_host(s, t);
    if (!*sys_host_pending()) sys_host_mask(sys_thread(s)->mask);
    if (e) return free(t), e;
    uint32_t tid = (uint32_t)t->tid;
    if (a[0] & CLONE_PARENT_SETTID) space_copy_in(&s->space, a[2], &tid, sizeof tid);
    if (a[0] & CLONE_CHILD_SETTID) space_copy_in(&s->space, a[4], &tid, sizeof tid);
    set_up(s, t, a);
    sys_hart_add(s, t);
    return (int64_t)tid;
}

// ---- the end ------------------------------------------------------------------------------------------------------
void sys_end(Sys *s, int code, int signal) {
    if (s->vforked) { // the memory is the parent's
        if (s->o.out) fflush(s->o.out);
        if (signal > 0) sys_die(signal);
        _exit(code);
    }
    for (uint32_t i = 0; i < s->threads.n; i++) sys_robust_release(s, s->threads.at[i]);
    sys_heir_end(s);
    s->ended = true;
    s->env.end(s->env.machine, code, signal);
    if (s->current == s->main) return;
    sys_trace_gone(s);
    sys_hart_to_main(s);
}

// The exit code of a program that no thread ended as a whole is that of its main thread.
void sys_thread_end(Sys *s, int code) {
    SysThread *me = sys_thread(s);
    uint32_t zero = 0;
    if (me == s->main) s->main_code = code;
    if (s->threads.n == 1 || s->vforked) {
        sys_end(s, s->vforked ? code : s->main_code, 0);
        return;
    }
    sys_trace_gone(s);
    sys_robust_release(s, me);
    if (me->clear_tid && space_copy_in(&s->space, me->clear_tid, &zero, sizeof zero))
        sys_futex_wake(s, me->clear_tid, 1);
    sys_host_mask(~0ull);
    jmp_buf *out = me->out;
    if (me == s->main) {
        sys_hart_idle(s, me);
        return;
    }
    sys_hart_last(s, me);
    longjmp(*out, 1);
}

// ---- calls --------------------------------------------------------------------------------------------------------
int64_t sys_gettid(Sys *s, const uint64_t *a) {
    (void)a;
    return sys_thread(s)->tid;
}

int64_t sys_set_tid_address(Sys *s, const uint64_t *a) {
    sys_thread(s)->clear_tid = a[0];
    return sys_thread(s)->tid;
}

int64_t sys_sched_yield(Sys *s, const uint64_t *a) {
    (void)a;
    return sys_turns(s) ? 0 : SYS_HOST(sched_yield, 0);
}

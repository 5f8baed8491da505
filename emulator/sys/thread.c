// Threads: several programs' worth of registers that take turns on the one hart, in one thread of the host.
//
// They change at the end of a quantum and when one waits. A call that would wait while others can run "parks": pc stays
// at the ecall, and the call is done again when what it waits for has come. WHY not threads of the host: loads and
// stores of one guest instruction are then atomic by themselves, a run with --clock=insn is the same every time, and
// the translator needs no locks. What it costs: one processor.
#include "sys/private.h"
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

enum { X_SP = 2, X_TP = 4, X_A0 = 10, INSN_BYTES = 4, RETRY_NS = 1000000, NS = 1000000000, THREADS_MAX = 4096 };

// ---- the list -----------------------------------------------------------------------------------------------------
SysThread *sys_thread_new(Sys *s, int tid) {
    SysThread *t = calloc(1, sizeof *t);
    BUG_IF(!t, "no memory for a thread");
    t->tid = tid;
    vec_push(&s->threads, t);
    return t;
}

static void save(Sys *s, SysThread *t) {
    memcpy(t->slot, s->cpu->slot, sizeof t->slot);
    t->pc = s->cpu->pc;
    if (s->guest->user->f0) t->fcsr = s->guest->user->get_fcsr(s->cpu);
}

static void resume(Sys *s, const SysThread *t) {
    memcpy(s->cpu->slot, t->slot, sizeof t->slot);
    s->cpu->pc = t->pc;
    if (s->guest->user->f0) s->guest->user->set_fcsr(s->cpu, (uint32_t)t->fcsr);
    s->guest->user->switched(s->cpu);
    sys_host_mask(t->mask);
}

static void forget(Sys *s, uint32_t i) {
    free(s->threads.at[i]);
    for (s->threads.n--; i < s->threads.n; i++) s->threads.at[i] = s->threads.at[i + 1];
}

void sys_threads_only_current(Sys *s) {
    for (uint32_t i = s->threads.n; i-- > 0;)
        if (i != s->current) forget(s, i);
    s->current = 0;
    sys_thread(s)->tid = (int)SYS_HOST(getpid, 0);
}

// ---- waiting ------------------------------------------------------------------------------------------------------
int64_t sys_park(Sys *s, SysWait why, uint64_t until) {
    SysThread *t = sys_thread(s);
    t->wait = why, t->until = until, t->woken = false;
    t->retry_at = sys_now(s, CLOCK_MONOTONIC) + RETRY_NS;
    save(s, t);
    sys_schedule(s);
    return SYS_PARKED;
}

int64_t sys_park_fd(Sys *s, int fd, short events) {
    sys_thread(s)->fd = fd, sys_thread(s)->events = events;
    return sys_park(s, SYS_WAIT_FD, SYS_FOREVER);
}

bool sys_must_park(Sys *s, int fd, short events) {
    struct pollfd p = {.fd = fd, .events = events};
    sys_thread(s)->wait = SYS_RUNNABLE;
    if (s->threads.n < 2 || poll(&p, 1, 0)) return false;
    int64_t flags = SYS_HOST(fcntl, (uint64_t)fd, 3); // F_GETFL
    return flags >= 0 && !(flags & 04000);            // O_NONBLOCK
}

static bool has_signal(const SysThread *t) { return (t->pending & ~t->mask) != 0; }

static bool fd_ready(const SysThread *t) {
    struct pollfd p = {.fd = t->fd, .events = t->events};
    return poll(&p, 1, 0) != 0;
}

static bool can_run(const SysThread *t, uint64_t now) {
    if (has_signal(t)) return true;
    switch (t->wait) {
    case SYS_RUNNABLE: return true;
    case SYS_WAIT_FUTEX:
    case SYS_WAIT_TIME: return t->woken || now >= t->until;
    case SYS_WAIT_FD: return fd_ready(t);
    default: return now >= t->retry_at || now >= t->until;
    }
}

// Nobody can run: the host waits for files, time and signals.
static void wait_for_any(Sys *s, uint64_t now) {
    struct pollfd p[64];
    uint64_t n = 0, until = SYS_FOREVER;
    for (uint32_t i = 0; i < s->threads.n; i++) {
        const SysThread *t = s->threads.at[i];
        if (t->wait == SYS_WAIT_FD && n < ARRAY_LEN(p)) p[n++] = (struct pollfd){.fd = t->fd, .events = t->events};
        if (t->until < until) until = t->until;
        if (t->wait == SYS_WAIT_RETRY && t->retry_at < until) until = t->retry_at;
    }
    uint64_t span = until > now ? until - now : 0;
    if (!s->o.host_clock && until != SYS_FOREVER && !n) {
        s->env.sleep_ns(s->env.machine, span ? span : 1);
        return;
    }
    struct timespec timeout = {(time_t)(span / NS), (long)(span % NS)};
    SYS_HOST(ppoll, SYS_ARG(p), n, until == SYS_FOREVER ? 0 : SYS_ARG(&timeout));
    if (!s->o.host_clock && until != SYS_FOREVER) s->env.sleep_ns(s->env.machine, span ? span : 1);
}

// A signal for the process goes to a thread that does not block it.
static void take_caught(Sys *s) {
    siginfo_t info;
    if (!sys_caught(&info)) return;
    uint32_t to = s->current < s->threads.n ? s->current : 0;
    for (uint32_t i = 0; i < s->threads.n && (s->threads.at[to]->mask & sys_bit(info.si_signo)); i++)
        if (!(s->threads.at[i]->mask & sys_bit(info.si_signo))) to = i;
    sys_signal_send(s, s->threads.at[to], &info);
}

// A call that waited and is interrupted is over; one that waited for a file is simply done again.
static void wake(Sys *s, SysThread *t) {
    resume(s, t);
    if (!has_signal(t) || t->wait == SYS_RUNNABLE) return;
    if (t->wait != SYS_WAIT_FD) {
        *sys_x(s, X_A0) = (uint64_t)-EINTR;
        s->cpu->pc += INSN_BYTES;
    }
    t->wait = SYS_RUNNABLE;
}

void sys_schedule(Sys *s) {
    for (;;) {
        uint64_t now = sys_now(s, CLOCK_MONOTONIC);
        take_caught(s);
        for (uint32_t k = 1; k <= s->threads.n; k++) {
            uint32_t i = (s->current + k) % s->threads.n;
            if (!can_run(s->threads.at[i], now)) continue;
            s->current = i;
            wake(s, s->threads.at[i]);
            return;
        }
        wait_for_any(s, now);
    }
}

void sys_turns(Sys *s) {
    if (s->threads.n < 2) return;
    save(s, sys_thread(s));
    sys_schedule(s);
}

int64_t sys_sched_yield(Sys *s, const uint64_t *a) {
    (void)a;
    if (s->threads.n < 2) return SYS_HOST(sched_yield, 0);
    *sys_x(s, X_A0) = 0;
    s->cpu->pc += INSN_BYTES;
    sys_turns(s);
    return SYS_PARKED;
}

// ---- beginning and end --------------------------------------------------------------------------------------------
// clone() of riscv: flags, stack, parent_tid, tls, child_tid.
int64_t sys_thread_clone(Sys *s, const uint64_t *a) {
    enum { NEEDS = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD };
    if ((a[0] & NEEDS) != NEEDS) return -EINVAL; // processes that share memory only in part
    if (s->threads.n == THREADS_MAX) return -EAGAIN;
    int tid = s->next_tid++;
    uint32_t tid32 = (uint32_t)tid;
    if ((a[0] & CLONE_PARENT_SETTID) && !space_copy_in(&s->space, a[2], &tid32, sizeof tid32)) return -EFAULT;
    if ((a[0] & CLONE_CHILD_SETTID) && !space_copy_in(&s->space, a[4], &tid32, sizeof tid32)) return -EFAULT;
    SysThread *t = sys_thread_new(s, tid);
    t->mask = sys_thread(s)->mask;
    save(s, t);
    t->pc += INSN_BYTES;
    uint64_t *x = &t->slot[s->guest->user->x0];
    x[X_A0] = 0;
    if (a[1]) x[X_SP] = a[1];
    if (a[0] & CLONE_SETTLS) x[X_TP] = a[3];
    if (a[0] & CLONE_CHILD_CLEARTID) t->clear_tid = a[4];
    return tid;
}

static int64_t futex_wake(Sys *s, gaddr at, uint64_t most, uint32_t bits) {
    int64_t n = 0;
    for (uint32_t i = 0; i < s->threads.n && n < (int64_t)most; i++) {
        SysThread *t = s->threads.at[i];
        if (t->wait != SYS_WAIT_FUTEX || t->woken || t->futex != at || !(t->futex_bits & bits)) continue;
        t->woken = true;
        n++;
    }
    return n;
}

// What a thread that ends held of robust mutexes: "robust futexes" of the kernel's documentation.
static void release_robust(Sys *s, const SysThread *t) {
    struct {
        gaddr next;
        int64_t offset;
        gaddr pending;
    } head;
    if (!t->robust_list || !space_copy_out(&s->space, t->robust_list, &head, sizeof head)) return;
    gaddr entry = head.next;
    for (unsigned i = 0; i < 2048 && (entry & ~1ull) != t->robust_list; i++) {
        uint32_t word;
        gaddr at = (entry & ~1ull) + (uint64_t)head.offset;
        if (!space_copy_out(&s->space, at, &word, sizeof word)) return;
        if ((word & FUTEX_TID_MASK) == (uint32_t)t->tid) {
            word = (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
            space_copy_in(&s->space, at, &word, sizeof word);
            futex_wake(s, at, 1, ~0u);
        }
        if (!space_copy_out(&s->space, entry & ~1ull, &entry, sizeof entry)) return;
    }
}

void sys_thread_end(Sys *s, int code) {
    SysThread *t = sys_thread(s);
    uint32_t zero = 0;
    release_robust(s, t);
    if (t->clear_tid && space_copy_in(&s->space, t->clear_tid, &zero, sizeof zero)) futex_wake(s, t->clear_tid, 1, ~0u);
    if (s->threads.n == 1) {
        s->ended = true;
        s->env.end(s->env.machine, code, 0);
        return;
    }
    forget(s, s->current);
    s->current = s->current ? s->current - 1 : s->threads.n - 1;
    sys_schedule(s);
}

int64_t sys_gettid(Sys *s, const uint64_t *a) {
    (void)a;
    return sys_thread(s)->tid;
}

int64_t sys_set_tid_address(Sys *s, const uint64_t *a) {
    sys_thread(s)->clear_tid = a[0];
    return sys_thread(s)->tid;
}

int64_t sys_set_robust_list(Sys *s, const uint64_t *a) {
    if (a[1] != 24) return -EINVAL;
    sys_thread(s)->robust_list = a[0];
    return 0;
}

// ---- futex --------------------------------------------------------------------------------------------------------
// With one thread only another process can be at the other end: the host's kernel knows it by the shared page.
static int64_t futex_host(const uint64_t *a, void *word, void *word2, const struct timespec *timeout) {
    int64_t r = SYS_HOST(futex, SYS_ARG(word), a[1], a[2], timeout ? SYS_ARG(timeout) : a[3], SYS_ARG(word2), a[5]);
    return r == -EINTR && !timeout ? SYS_INTERRUPTED : r;
}

static int64_t futex_wait(Sys *s, const uint64_t *a, const uint32_t *word, const struct timespec *timeout) {
    SysThread *t = sys_thread(s);
    unsigned op = a[1] & FUTEX_CMD_MASK;
    uint64_t now = sys_now(s, CLOCK_MONOTONIC), until = SYS_FOREVER;
    if (t->wait == SYS_WAIT_FUTEX) { // done again
        t->wait = SYS_RUNNABLE;
        return t->woken ? 0 : -ETIMEDOUT;
    }
    if (*word != (uint32_t)a[2]) return -EAGAIN;
    if (timeout) {
        uint64_t ns = (uint64_t)timeout->tv_sec * NS + (uint64_t)timeout->tv_nsec;
        uint64_t base =
            op == FUTEX_WAIT ? 0 : sys_now(s, a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC);
        until = now + (ns > base ? ns - base : 0);
    }
    t->futex = a[0];
    t->futex_bits = op == FUTEX_WAIT_BITSET ? (uint32_t)a[5] : ~0u;
    return sys_park(s, SYS_WAIT_FUTEX, until);
}

static int64_t futex_requeue(Sys *s, const uint64_t *a, const uint32_t *word) {
    if ((a[1] & FUTEX_CMD_MASK) == FUTEX_CMP_REQUEUE && *word != (uint32_t)a[5]) return -EAGAIN;
    int64_t n = futex_wake(s, a[0], a[2], ~0u), moved = 0;
    for (uint32_t i = 0; i < s->threads.n && moved < (int64_t)a[3]; i++) {
        SysThread *t = s->threads.at[i];
        if (t->wait != SYS_WAIT_FUTEX || t->woken || t->futex != a[0]) continue;
        t->futex = a[4];
        moved++;
    }
    return (a[1] & FUTEX_CMD_MASK) == FUTEX_CMP_REQUEUE ? n + moved : n;
}

// The second word is changed and compared: see futex(2), FUTEX_WAKE_OP.
static int64_t futex_wake_op(Sys *s, const uint64_t *a, uint32_t *word2) {
    uint32_t code = (uint32_t)a[5], op = code >> 28 & 7, cmp = code >> 24 & 15, old = *word2;
    int32_t arg = (int32_t)(code << 8) >> 20, with = (int32_t)(code << 20) >> 20;
    if (code >> 31) arg = 1 << (arg & 31);
    const uint32_t results[] = {(uint32_t)arg, old + (uint32_t)arg, old | (uint32_t)arg, old & ~(uint32_t)arg,
                                old ^ (uint32_t)arg};
    const bool holds[] = {(int32_t)old == with, (int32_t)old != with,
                          (int32_t)old<with, (int32_t)old <= with, (int32_t)old> with, (int32_t)old >= with};
    if (op >= ARRAY_LEN(results) || cmp >= ARRAY_LEN(holds)) return -ENOSYS;
    *word2 = results[op];
    int64_t n = futex_wake(s, a[0], a[2], ~0u);
    return holds[cmp] ? n + futex_wake(s, a[4], a[3], ~0u) : n;
}

int64_t sys_futex(Sys *s, const uint64_t *a) {
    unsigned op = a[1] & FUTEX_CMD_MASK;
    bool waits = op == FUTEX_WAIT || op == FUTEX_WAIT_BITSET, two = op >= FUTEX_REQUEUE && op <= FUTEX_WAKE_OP;
    struct timespec timeout;
    if (op > FUTEX_WAKE_OP && op != FUTEX_WAIT_BITSET && op != FUTEX_WAKE_BITSET)
        return -ENOSYS; // priority inheritance
    if (a[0] % 4 || (two && a[4] % 4)) return -EINVAL;
    uint32_t *word = space_at(&s->space, a[0], sizeof *word, SPACE_READ);
    uint32_t *word2 = two ? space_at(&s->space, a[4], sizeof *word, SPACE_WRITE) : NULL;
    if (!word || (two && !word2)) return -EFAULT;
    if (waits && a[3] && !space_copy_out(&s->space, a[3], &timeout, sizeof timeout)) return -EFAULT;
    if (waits && a[3] && (timeout.tv_sec < 0 || timeout.tv_nsec < 0 || timeout.tv_nsec >= NS)) return -EINVAL;
    if (s->threads.n < 2) return futex_host(a, word, word2, waits && a[3] ? &timeout : NULL);
    switch (op) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: return futex_wait(s, a, word, a[3] ? &timeout : NULL);
    case FUTEX_WAKE_OP: return futex_wake_op(s, a, word2);
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE: return futex_requeue(s, a, word);
    case FUTEX_WAKE_BITSET: return futex_wake(s, a[0], a[2], (uint32_t)a[5]);
    default: break;
    }
    int64_t n = futex_wake(s, a[0], a[2], ~0u); // FUTEX_WAKE
    return a[1] & FUTEX_PRIVATE_FLAG ? n : n + futex_host(a, word, NULL, NULL);
}

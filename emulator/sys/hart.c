// Whose turn it is. Every thread of the program is a thread of the host, and one of them at a time holds the hart: it
// executes instructions and touches what the files of sys/ share. The others wait for the hart or for the host's kernel.
//
//     A: instructions | read() of an empty pipe ............ | waits for the hart | instructions
//     B: waits for it | instructions ............. end of its quantum ........... | waits for it
//
// WHY threads of the host: ids, signal masks, pending signals, futexes and all that can wait are then the kernel's own,
// the same for other processes. WHY one hart: the translator needs no locks, and --clock=insn stays the same every time.
//
// A call that may wait is made with the hart LENT, and a thread that comes for the hart takes it (rob). One that came
// earlier sleeps, so a call that is known to wait passes the hart on to it. A thread that finds the hart in use stays
// awake for a moment, for the one that woke it will soon wait itself; then a byte through two pipes to and fro costs two
// wake-ups, as between two processes. --clock=insn: futexes, sleep and files are waited for here, by the guest's time.
#include "base/guarded.h"
#include "host/host.h"
#include "sys/private.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_NS = 1000000, LONG_NS = 1000000, MOMENT_NS = 5000, NS = 1000000000 };

// ---- registers: they stay in the CPU until another thread needs it ------------------------------------------------
void sys_registers_save(Sys *s, SysThread *t) {
    memcpy(t->slot, s->cpu->slot, sizeof t->slot);
    t->pc = s->cpu->pc;
    if (s->guest->user->f0) t->fcsr = s->guest->user->get_fcsr(s->cpu);
}

static void load(Sys *s, SysThread *t) {
    BUG_IF(!t, "the hart of no thread");
    if (s->loaded == t) return;
    if (s->loaded) sys_registers_save(s, s->loaded);
    memcpy(s->cpu->slot, t->slot, sizeof t->slot);
    s->cpu->pc = t->pc;
    if (s->guest->user->f0) s->guest->user->set_fcsr(s->cpu, (uint32_t)t->fcsr);
    s->guest->user->switched(s->cpu);
    s->loaded = t;
}

// ---- who is next --------------------------------------------------------------------------------------------------
static bool fd_ready(const SysThread *t) {
    struct pollfd p = {.fd = t->fd, .events = t->events};
    return poll(&p, 1, 0) != 0;
}

static bool can_run(Sys *s, const SysThread *t) {
    SysState state = sys_state_of(t);
    if (state == SYS_READY) return true;
    if (state < SYS_WAIT_FUTEX) return false;
    if (sys_has_caught(t) || t->woken) return true;
    uint64_t now = sys_now(s, CLOCK_MONOTONIC), word;
    switch (state) {
    case SYS_WAIT_FD: return fd_ready(t);
    case SYS_WAIT_RETRY: return now >= t->retry_at || now >= t->until;
    case SYS_WAIT_FUTEX: // another process may have changed it
        return now >= t->until || (t->futex_word && guarded_load(t->futex_word, 4, &word) && word != t->futex_value);
    default: return now >= t->until;
    }
}

static SysThread *next_thread(Sys *s) {
    if (s->ended) return sys_state_of(s->main) == SYS_OUTSIDE || sys_state_of(s->main) == SYS_RUNS ? NULL : s->main;
    uint32_t n = s->threads.n, from = 0;
    while (from < n && s->threads.at[from] != s->current) from++;
    for (uint32_t k = 1; k <= n; k++) {
        SysThread *t = s->threads.at[(from + k) % n];
        if (can_run(s, t)) return t;
    }
    return NULL;
}

static void lock(Sys *s) { pthread_mutex_lock(&s->lock); }

// A thread that is woken needs the lock first, so it is woken behind it.
static void unlock(Sys *s) {
    uint32_t *turn = s->to_wake;
    s->to_wake = NULL;
    pthread_mutex_unlock(&s->lock);
    if (turn) syscall(SYS_futex, turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); // perhaps it is gone by now
}

static void wake_host(Sys *s, SysThread *t) {
    __atomic_fetch_add(&t->turn, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&t->asleep, __ATOMIC_SEQ_CST)) return;
    if (s->to_wake && s->to_wake != &t->turn) syscall(SYS_futex, s->to_wake, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    s->to_wake = &t->turn;
}

// --clock=insn: time passes only if a thread that waits for it looks after it.
static void wake_watcher(Sys *s) {
    for (uint32_t i = 0; i < s->threads.n && !s->o.host_clock && !s->watched; i++) {
        if (sys_state_of(s->threads.at[i]) < SYS_WAIT_FUTEX) continue;
        wake_host(s, s->threads.at[i]);
        return;
    }
}

// The hart is free: the next one gets it, if there is one.
static void pass_on(Sys *s, const SysThread *me) {
    SysThread *t = next_thread(s);
    s->held = t != NULL;
    if (!t) {
        if (!me || me->state < SYS_WAIT_FUTEX) wake_watcher(s);
        return;
    }
    s->current = t;
    sys_set_state(t, SYS_RUNS);
    if (t != me) wake_host(s, t);
}

// ---- waiting for the hart -----------------------------------------------------------------------------------------
// Is the thread asleep in the host's kernel, or has it merely had no processor for a while? proc(5), stat.
static bool is_asleep(const SysThread *t) {
    char path[64], text[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", t->tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return true;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    const char *name_end = n > 0 ? strrchr(text, ')') : NULL;
    return name_end && name_end[1] == ' ' && name_end[2] == 'S';
}

// A call that was made with the hart lent takes long. --clock=insn: only one that truly waits loses it.
static void rob(Sys *s, const SysThread *me) {
    uint32_t lent = SYS_LENT;
    if (s->held && (s->o.host_clock || is_asleep(s->current)) &&
        __atomic_compare_exchange_n(&s->current->state, &lent, SYS_OUTSIDE, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        pass_on(s, me);
}

// Each thread that waits looks after the one that holds the hart, the more there are the more rarely.
static struct timespec patience(const Sys *s) {
    uint64_t ready = 1;
    for (uint32_t i = 0; i < s->threads.n; i++) ready += sys_state_of(s->threads.at[i]) >= SYS_READY;
    uint64_t ns = LONG_NS * ready;
    return (struct timespec){(time_t)(ns / NS), (long)(ns % NS)};
}

static uint64_t host_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
}

// Does the thread get its turn soon? Not if the one that holds it waits for this processor. Without the lock.
static void linger(const Sys *s, const SysThread *me, uint32_t turn) {
    if (__atomic_load_n(&s->processor, __ATOMIC_RELAXED) == sched_getcpu()) return;
    for (uint64_t end = host_ns() + MOMENT_NS; host_ns() < end; host_relax())
        if (__atomic_load_n(&me->turn, __ATOMIC_SEQ_CST) != turn) return;
}

static void sleep_host(Sys *s, SysThread *me, bool first) {
    struct timespec t = patience(s);
    uint32_t turn = me->turn;
    bool watches = me->state >= SYS_READY, late;
    unlock(s);
    if (first && s->o.host_clock && watches) linger(s, me, turn);
    __atomic_store_n(&me->asleep, 1, __ATOMIC_SEQ_CST);
    long r = syscall(SYS_futex, &me->turn, FUTEX_WAIT_PRIVATE, turn, watches ? &t : NULL, NULL, 0);
    late = r && errno == ETIMEDOUT;
    __atomic_store_n(&me->asleep, 0, __ATOMIC_SEQ_CST);
    lock(s);
    if (late) rob(s, me);
}

// --clock=insn, and every thread waits: one of them looks after files, other processes and time.
static void watch(Sys *s) {
    struct pollfd p[64];
    nfds_t n = 0;
    uint64_t until = SYS_FOREVER, now = sys_now(s, CLOCK_MONOTONIC);
    bool outside = false;
    for (uint32_t i = 0; i < s->threads.n; i++) {
        const SysThread *t = s->threads.at[i];
        SysState state = sys_state_of(t);
        uint64_t at = state == SYS_WAIT_RETRY && t->retry_at < t->until ? t->retry_at : t->until;
        if (state == SYS_OUTSIDE) outside = true;
        if (state < SYS_WAIT_FUTEX) continue;
        if (state == SYS_WAIT_FD) outside = true;
        if (state == SYS_WAIT_FD && n < ARRAY_LEN(p)) p[n++] = (struct pollfd){.fd = t->fd, .events = t->events};
        if (at < until) until = at;
    }
    uint64_t span = until > now ? until - now : 1, nap = span < RETRY_NS ? span : RETRY_NS;
    if (!outside && until != SYS_FOREVER) {
        sys_pass(s, span);
        return;
    }
    struct timespec t = {0, (long)nap};
    s->watched = true;
    unlock(s);
    SYS_HOST(ppoll, SYS_ARG(p), n, SYS_ARG(&t));
    lock(s);
    s->watched = false;
    if (until != SYS_FOREVER) s->env.sleep_ns(s->env.machine, nap);
}

// WHY in the loop: a thread that is new waits before it is added, and is ready only then.
static void count_wish(Sys *s, SysThread *me) {
    if (me->wants || me->state != SYS_READY) return;
    me->wants = true;
    __atomic_fetch_add(&s->wanting, 1, __ATOMIC_SEQ_CST);
}

static void wait_turn(Sys *s, SysThread *me) {
    for (bool first = true; me->state != SYS_RUNS; first = false) {
        count_wish(s, me);
        if (!s->held) pass_on(s, me);
        if (me->wants && s->o.host_clock && me->state != SYS_RUNS) rob(s, me);
        if (me->state == SYS_RUNS) break;
        if (!s->held && !s->ended && !s->o.host_clock && me->state >= SYS_WAIT_FUTEX && !s->watched)
            watch(s);
        else
            sleep_host(s, me, first);
    }
    if (me->wants) __atomic_fetch_sub(&s->wanting, 1, __ATOMIC_SEQ_CST);
    me->wants = false;
}

// From now on this thread is in that state; comes back when it holds the hart again.
static void change(Sys *s, SysThread *me, SysState state) {
    lock(s);
    sys_set_state(me, state);
    pass_on(s, me);
    wait_turn(s, me);
    unlock(s);
    load(s, me);
}

void sys_hart_leave(Sys *s) {
    if (s->threads.n < 2) return;
    SysThread *me = s->current;
    lock(s);
    sys_set_state(me, SYS_OUTSIDE);
    pass_on(s, me);
    unlock(s);
}

static void take(Sys *s, SysThread *me) {
    lock(s);
    sys_set_state(me, SYS_READY);
    wait_turn(s, me);
    unlock(s);
    load(s, me);
}

// It is woken to look after the one that holds the hart.
void sys_hart_add(Sys *s, SysThread *t) {
    lock(s);
    sys_set_state(t, SYS_READY);
    vec_push(&s->threads, t);
    wake_host(s, t);
    unlock(s);
}

void sys_hart_first(Sys *s, SysThread *me) {
    lock(s);
    wait_turn(s, me);
    unlock(s);
    load(s, me);
}

void sys_hart_again(Sys *s, SysThread *me, const SysThread *before) {
    lock(s);
    uint32_t state = me->state, turn = me->turn;
    *me = *before;
    me->turn = turn, me->wants = false;
    sys_set_state(me, state == SYS_RUNS || state == SYS_LENT ? SYS_RUNS : SYS_READY);
    if (s->loaded == me) s->loaded = NULL; // what is in the CPU is the child's
    s->wanting = 0;                        // it may have ended while it waited
    for (uint32_t i = 0; i < s->threads.n; i++) s->wanting += s->threads.at[i] != me && s->threads.at[i]->wants;
    wait_turn(s, me);
    unlock(s);
    load(s, me);
}

// The one before it in the list becomes the last one that ran, so that the one behind it is next.
static void drop(Sys *s, SysThread *me) {
    uint32_t i = 0, n = s->threads.n;
    while (s->threads.at[i] != me) i++;
    s->current = s->threads.at[(i + n - 1) % n];
    sys_set_state(me, SYS_GONE);
    s->loaded = NULL;
    sys_thread_forget(s, me);
    pass_on(s, NULL);
}

void sys_hart_last(Sys *s, SysThread *me) {
    lock(s);
    drop(s, me);
    unlock(s);
    free(me);
}

void sys_hart_idle(Sys *s, SysThread *me) {
    lock(s);
    drop(s, me);
    wait_turn(s, me);
    unlock(s);
}

// WHY by SIGSEGV: the host's kernel never has it blocked, and the thread that gets it has no more to do with signals.
void sys_hart_to_main(Sys *s) {
    bool outside;
    lock(s);
    sys_set_state(s->current, SYS_GONE);
    outside = sys_state_of(s->main) == SYS_OUTSIDE;
    pass_on(s, NULL);
    unlock(s);
    sys_host_mask(~0ull);
    if (outside) syscall(SYS_tgkill, getpid(), s->main->tid, SIGSEGV);
    for (;;) pause();
}

// Does a thread wait for the hart? --clock=insn: perhaps one that waits for something else can go on.
static bool is_wanted(const Sys *s) { return !s->o.host_clock || __atomic_load_n(&s->wanting, __ATOMIC_SEQ_CST); }

bool sys_turns(Sys *s) {
    if (s->threads.n < 2 || !is_wanted(s)) return false;
    change(s, s->current, SYS_READY);
    return true;
}

// ---- calls that may wait ------------------------------------------------------------------------------------------
bool sys_would_wait(int fd, short events) {
    struct pollfd p = {.fd = fd, .events = events};
    if (poll(&p, 1, 0)) return false;
    int64_t flags = SYS_HOST(fcntl, (uint64_t)fd, 3); // F_GETFL
    return flags >= 0 && !(flags & 04000);            // O_NONBLOCK
}

// INVARIANT: a thread that comes for the hart counts itself in `wanting` before it looks whether the hart is lent, and
// the hart is lent before `wanting` is looked at: one of the two sees the other.
static bool lend(Sys *s, SysThread *me) {
    __atomic_store_n(&s->processor, sched_getcpu(), __ATOMIC_RELAXED);
    __atomic_store_n(&me->state, SYS_LENT, __ATOMIC_SEQ_CST);
    return !is_wanted(s);
}

static bool take_back(SysThread *me) {
    uint32_t lent = SYS_LENT;
    return __atomic_compare_exchange_n(&me->state, &lent, SYS_RUNS, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

int64_t sys_host_wait(Sys *s, bool waits, long number, const uint64_t a[6]) {
    SysThread *me = s->current;
    if (s->threads.n < 2) return sys_host_call(number, a);
    if (!lend(s, me) && waits && take_back(me)) sys_hart_leave(s);
    int64_t r = sys_host_call(number, a);
    if (!take_back(me)) take(s, me);
    return r;
}

int64_t sys_host_fd(Sys *s, int fd, short events, long number, const uint64_t a[6]) {
    SysThread *me = s->current;
    bool waits = s->threads.n > 1 && events && is_wanted(s) && sys_would_wait(fd, events);
    while (waits && !s->o.host_clock) {
        me->fd = fd, me->events = events;
        if (!sys_wait(s, SYS_WAIT_FD, SYS_FOREVER)) return SYS_INTERRUPTED;
        waits = sys_would_wait(fd, events);
    }
    int64_t r = sys_host_wait(s, waits, number, a);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

bool sys_wait(Sys *s, SysState why, uint64_t until) {
    SysThread *me = s->current;
    me->until = until, me->woken = false;
    me->retry_at = sys_now(s, CLOCK_MONOTONIC) + RETRY_NS;
    if (sys_signal_waits(me)) return false;
    change(s, me, why);
    return !sys_signal_waits(me) && !s->ended;
}

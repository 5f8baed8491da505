// Futexes. By the host's clock the host's kernel has them: it knows a word by its page, so other processes that map it
// take part. With --clock=insn the threads that wait are kept here, and those of other processes are woken by the host.
#include "base/guarded.h"
#include "sys/private.h"
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

enum { NS = 1000000000 };

// A file that is mapped may have become shorter.
static bool holds(const void *word, uint64_t value) {
    uint64_t now;
    return guarded_load(word, sizeof(uint32_t), &now) && now == (uint32_t)value;
}

static bool is_here(const Sys *s) { return !s->o.host_clock && s->threads.n > 1; }

// ---- here ---------------------------------------------------------------------------------------------------------
static int64_t wake_here(Sys *s, gaddr at, uint64_t most, uint32_t bits) {
    int64_t n = 0;
    for (uint32_t i = 0; i < s->threads.n && n < (int64_t)most; i++) {
        SysThread *t = s->threads.at[i];
        if (sys_state_of(t) != SYS_WAIT_FUTEX || t->woken || t->futex != at || !(t->futex_bits & bits)) continue;
        t->woken = true;
        n++;
    }
    return n;
}

static int64_t wait_here(Sys *s, const uint64_t *a, const uint32_t *word, const struct timespec *timeout) {
    SysThread *t = sys_thread(s);
    unsigned op = a[1] & FUTEX_CMD_MASK;
    uint64_t now = sys_now(s, CLOCK_MONOTONIC), until = SYS_FOREVER;
    if (!holds(word, a[2])) return -EAGAIN;
    if (timeout) {
        uint64_t ns = (uint64_t)timeout->tv_sec * NS + (uint64_t)timeout->tv_nsec, base = op == FUTEX_WAIT ? 0 : now;
        until = now + (ns > base ? ns - base : 0);
    }
    t->futex = a[0], t->futex_value = (uint32_t)a[2];
    t->futex_word = a[1] & FUTEX_PRIVATE_FLAG ? NULL : word;
    t->futex_bits = op == FUTEX_WAIT_BITSET ? (uint32_t)a[5] : ~0u;
    if (!sys_wait(s, SYS_WAIT_FUTEX, until)) return timeout ? -EINTR : SYS_INTERRUPTED;
    return t->woken || sys_now(s, CLOCK_MONOTONIC) < until ? 0 : -ETIMEDOUT;
}

static int64_t requeue_here(Sys *s, const uint64_t *a, const uint32_t *word) {
    if ((a[1] & FUTEX_CMD_MASK) == FUTEX_CMP_REQUEUE && !holds(word, a[5])) return -EAGAIN;
    int64_t n = wake_here(s, a[0], a[2], ~0u), moved = 0;
    for (uint32_t i = 0; i < s->threads.n && moved < (int64_t)a[3]; i++) {
        SysThread *t = s->threads.at[i];
        if (sys_state_of(t) != SYS_WAIT_FUTEX || t->woken || t->futex != a[0]) continue;
        t->futex = a[4], t->futex_word = NULL;
        moved++;
    }
    return n + moved; // by both, whatever futex(2) says of FUTEX_REQUEUE: so does the kernel
}

// The second word is changed and compared: see futex(2), FUTEX_WAKE_OP.
static int64_t wake_op_here(Sys *s, const uint64_t *a, uint32_t *word2) {
    uint64_t was;
    if (!guarded_load(word2, sizeof *word2, &was)) return -EFAULT;
    uint32_t code = (uint32_t)a[5], op = code >> 28 & 7, cmp = code >> 24 & 15, old = (uint32_t)was;
    int32_t arg = (int32_t)(code << 8) >> 20, with = (int32_t)(code << 20) >> 20;
    if (code >> 31) arg = 1 << (arg & 31);
    const uint32_t results[] = {(uint32_t)arg, old + (uint32_t)arg, old | (uint32_t)arg, old & ~(uint32_t)arg,
                                old ^ (uint32_t)arg};
    const bool holds[] = {(int32_t)old == with, (int32_t)old != with,
                          (int32_t)old<with, (int32_t)old <= with, (int32_t)old> with, (int32_t)old >= with};
    if (op >= ARRAY_LEN(results) || cmp >= ARRAY_LEN(holds)) return -ENOSYS;
    if (!guarded_store(word2, sizeof *word2, results[op])) return -EFAULT;
    int64_t n = wake_here(s, a[0], a[2], ~0u);
    return holds[cmp] ? n + wake_here(s, a[4], a[3], ~0u) : n;
}

// ---- the host's ---------------------------------------------------------------------------------------------------
static int64_t by_host(Sys *s, const uint64_t *a, void *word, void *word2, const struct timespec *timeout, bool waits) {
    uint64_t fourth = timeout ? SYS_ARG(timeout) : a[3];
    bool sleeps = waits && (holds(word, a[2]) || (a[1] & FUTEX_CMD_MASK) == FUTEX_LOCK_PI);
    int64_t r = SYS_HOST_WAIT(s, sleeps, futex, SYS_ARG(word), a[1], a[2], waits && !timeout ? 0 : fourth,
                              SYS_ARG(word2), a[5]);
    return r == -EINTR && !timeout ? SYS_INTERRUPTED : r;
}

int64_t sys_futex_wake(Sys *s, gaddr at, int most) {
    void *word = space_at(&s->space, at, sizeof(uint32_t), SPACE_READ);
    int64_t n = is_here(s) ? wake_here(s, at, (uint64_t)most, ~0u) : 0;
    return word ? n + SYS_HOST(futex, SYS_ARG(word), FUTEX_WAKE, (uint64_t)most) : n;
}

// ---- the call: word, operation, value, timeout or second value, second word, third value
typedef struct Futex {
    bool waits, two, writes;
} Futex;

static const Futex ops[] = {
    [FUTEX_WAIT] = {.waits = true},        [FUTEX_WAKE] = {0},
    [FUTEX_REQUEUE] = {.two = true},       [FUTEX_CMP_REQUEUE] = {.two = true},
    [FUTEX_WAKE_OP] = {.two = true},       [FUTEX_LOCK_PI] = {.waits = true, .writes = true},
    [FUTEX_UNLOCK_PI] = {.writes = true},  [FUTEX_TRYLOCK_PI] = {.writes = true},
    [FUTEX_WAIT_BITSET] = {.waits = true}, [FUTEX_WAKE_BITSET] = {0},
};

static bool is_known(const Sys *s, unsigned op) {
    if (op >= ARRAY_LEN(ops) || op == FUTEX_FD) return false;
    return !ops[op].writes || !is_here(s); // the order in which the kernel wakes is not the guest's
}

static int64_t call_here(Sys *s, const uint64_t *a, uint32_t *word, uint32_t *word2, const struct timespec *timeout) {
    switch (a[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: return wait_here(s, a, word, timeout);
    case FUTEX_WAKE_OP: return wake_op_here(s, a, word2);
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE: return requeue_here(s, a, word);
    case FUTEX_WAKE_BITSET: return wake_here(s, a[0], a[2], (uint32_t)a[5]);
    default: return wake_here(s, a[0], a[2], ~0u);
    }
}

int64_t sys_futex(Sys *s, const uint64_t *a) {
    unsigned op = a[1] & FUTEX_CMD_MASK;
    struct timespec timeout;
    if (!is_known(s, op)) return -ENOSYS;
    const Futex *f = &ops[op];
    if (a[0] % 4 || (f->two && a[4] % 4)) return -EINVAL;
    uint32_t *word = space_at(&s->space, a[0], sizeof *word, f->writes ? SPACE_WRITE : SPACE_READ);
    uint32_t *word2 = f->two ? space_at(&s->space, a[4], sizeof *word, SPACE_WRITE) : NULL;
    if (!word || (f->two && !word2)) return -EFAULT;
    if (f->waits && a[3] && !space_copy_out(&s->space, a[3], &timeout, sizeof timeout)) return -EFAULT;
    if (f->waits && a[3] && (timeout.tv_sec < 0 || timeout.tv_nsec < 0 || timeout.tv_nsec >= NS)) return -EINVAL;
    const struct timespec *limit = f->waits && a[3] ? &timeout : NULL;
    if (!is_here(s)) return by_host(s, a, word, word2, limit, f->waits);
    int64_t n = call_here(s, a, word, word2, limit);
    bool wakes = !f->two && !f->waits && !(a[1] & FUTEX_PRIVATE_FLAG);
    return wakes && n >= 0 && n < (int64_t)a[2] ? n + SYS_HOST(futex, SYS_ARG(word), a[1], a[2], 0, 0, a[5]) : n;
}

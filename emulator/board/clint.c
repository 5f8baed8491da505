// Core-local interruptor. ("SiFive FU540-C000 Manual", "Core Local Interruptor (CLINT)".)
//
//   0x0000 msip (32 bits)     0x4000 mtimecmp (64 bits)     0xbff8 mtime (64 bits); the places of other harts read as 0
#include "board/clint.h"
#include "base/bits.h"

enum { MSIP = 0, MTIMECMP = 0x4000, MTIME = 0xbff8 };

uint64_t clint_mtime(const Clint *c) { return c->env->now(c->env->ctx) / CLINT_NS_PER_TICK + c->offset; }

void clint_update(Clint *c) {
    wire_set(&c->software, c->msip & 1);
    wire_set(&c->timer, clint_mtime(c) >= c->mtimecmp);
    wire_set(&c->supervisor_timer, c->stimecmp != BOARD_NEVER && clint_mtime(c) >= c->stimecmp);
}

void clint_alarm(Clint *c, uint64_t at) {
    c->stimecmp = at;
    clint_update(c);
}

static uint64_t next_of(const Clint *c, uint64_t compare, const Wire *w) {
    uint64_t time = clint_mtime(c);
    if (compare == BOARD_NEVER) return BOARD_NEVER;
    if (time >= compare) return w->level ? BOARD_NEVER : c->env->now(c->env->ctx);
    uint64_t ticks = time - c->offset, left = compare - time; // ticks of guest time: now, and until then
    if (left > BOARD_NEVER / CLINT_NS_PER_TICK - 1 - ticks) return BOARD_NEVER;
    return (ticks + left) * CLINT_NS_PER_TICK;
}

uint64_t clint_next_event(const Clint *c) {
    uint64_t m = next_of(c, c->mtimecmp, &c->timer), s = next_of(c, c->stimecmp, &c->supervisor_timer);
    return m < s ? m : s;
}

// `size` bytes of a 64-bit register from its byte `at` on.
static uint64_t part_of(uint64_t reg, unsigned at, unsigned size) { return (reg >> (8 * at)) & bits_mask(8 * size); }
static uint64_t with_part(uint64_t reg, unsigned at, unsigned size, uint64_t v) {
    uint64_t mask = bits_mask(8 * size) << (8 * at);
    return (reg & ~mask) | ((v << (8 * at)) & mask);
}

static uint64_t clint_read(void *state, uint64_t offset, unsigned size) {
    Clint *c = state;
    unsigned at = offset & 7;
    switch (offset & ~7ull) {
    case MSIP: return part_of(c->msip, at, size);
    case MTIMECMP: return part_of(c->mtimecmp, at, size);
    case MTIME: return part_of(clint_mtime(c), at, size);
    default: return 0;
    }
}

static void clint_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    Clint *c = state;
    unsigned at = offset & 7;
    switch (offset & ~7ull) {
    case MSIP: c->msip = with_part(c->msip, at, size, value) & 1; break;
    case MTIMECMP: c->mtimecmp = with_part(c->mtimecmp, at, size, value); break;
    case MTIME: {
        uint64_t now = clint_mtime(c);
        c->offset += with_part(now, at, size, value) - now;
        break;
    }
    default: break;
    }
    clint_update(c);
}

// mtimecmp starts as 0, as in QEMU: the timer line is high until the first write of mtimecmp.
void clint_init(Clint *c, const BoardEnv *env, Wire software, Wire timer, Wire supervisor_timer) {
    *c = (Clint){.env = env,
                 .software = software,
                 .timer = timer,
                 .supervisor_timer = supervisor_timer,
                 .stimecmp = BOARD_NEVER};
}

MemDevice clint_device(Clint *c) { return (MemDevice){"clint", c, clint_read, clint_write}; }

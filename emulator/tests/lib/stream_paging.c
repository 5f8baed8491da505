// Streams in S and U mode: two address spaces with tables of their own, both Sv39 or both Sv48.
//
//   0x00000000  first GiB as it is, for S      0x40000000  RAM again, for U      0x80000000  RAM as it is, for S
//   STREAM_VIRTUAL  four pages over the three of the window, in any order, of any rights; or a page of 2 MiB
//
// The code of a stream in U-mode runs at its alias. Some exceptions are delegated, so either handler may take
// them. After a change of a table comes a fence that covers it: what is stale is never used, so every
// implementation does the same.
#include "tests/lib/stream.h"
#include <string.h>

enum { TOP, ROOT, MIDDLE, LEAVES, LEVELS };
enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };
enum { SSTATUS = 0x100, STVEC = 0x105, SSCRATCH = 0x140, SATP = 0x180, MSTATUS = 0x300, MEDELEG = 0x302, MEPC = 0x341 };
enum { SUM = 0x40000, MXR = 0x80000, MPP_S = 0x800, MPIE = 0x80, FS = 0x6000 };
enum { MCOUNTEREN = 0x306, SCOUNTEREN = 0x106 };
enum { ALIAS = 0x40000000, PAGES = 4 };

static uint64_t table(unsigned space, unsigned level) { return STREAM_TABLES + (space * LEVELS + level) * 0x1000; }
static uint64_t pointer(unsigned space, unsigned level) { return table(space, level) >> 2 | V; }
static void csrw(Stream *s, unsigned reg, unsigned number) { stream_word(s, rv_i(0x73, 1, 0, reg, (int)number)); }

static void store(Stream *s, uint64_t at, uint64_t value) {
    stream_load(s, 29, value);
    stream_load(s, 30, at);
    stream_word(s, rv_s(3, 30, 29, 0));
}

static uint64_t rights(Stream *s) {
    Rng *r = &s->rng;
    uint64_t flags = V | R | W | A | D;
    if (rng_below(r, 5) == 0) flags &= ~(uint64_t)(A | D) | rng_next(r);
    if (rng_below(r, 4) == 0) flags = rng_next(r) & (V | R | W | X | A | D);
    if (rng_below(r, 8) == 0) flags &= ~(uint64_t)W;
    return flags | (s->user == (rng_below(r, 10) > 0) ? U : 0);
}

static uint64_t leaf(Stream *s) {
    uint64_t page = STREAM_WINDOW + 0x1000 * rng_below(&s->rng, 3);
    if (s->shape.counters && rng_below(&s->rng, 50) == 0) page = 0x50000; // nothing is there
    return page >> 2 | rights(s) | (rng_below(&s->rng, 60) == 0 ? 1ull << 60 : 0);
}

static uint64_t middle(Stream *s, unsigned space) {
    switch (rng_below(&s->rng, 8)) {
    case 0: return STREAM_WINDOW >> 2 | rights(s); // 2 MiB: the window is at such a border
    case 1: return rng_below(&s->rng, 2) ? 0 : pointer(space, LEAVES) | A;
    default: return pointer(space, LEAVES);
    }
}

static uint64_t satp(const Stream *s, unsigned space) {
    return (s->sv48 ? 9ull : 8ull) << 60 | (uint64_t)(space + 1) << 44 | table(space, s->sv48 ? TOP : ROOT) >> 12;
}

static void fill(Stream *s, unsigned space) {
    const uint64_t all = V | R | W | X | A | D;
    store(s, table(space, TOP), pointer(space, ROOT));
    store(s, table(space, ROOT), all);
    store(s, table(space, ROOT) + 8, STREAM_RAM >> 2 | all | U);
    store(s, table(space, ROOT) + 16, STREAM_RAM >> 2 | all);
    store(s, table(space, ROOT) + 32, pointer(space, MIDDLE));
    store(s, table(space, MIDDLE), middle(s, space));
    for (unsigned i = 0; i < PAGES; i++) store(s, table(space, LEAVES) + 8 * i, leaf(s));
}

static void set_csr(Stream *s, unsigned number, uint64_t value) {
    stream_load(s, 31, value);
    csrw(s, 31, number);
}

void stream_enter(Stream *s) {
    Rng *r = &s->rng;
    s->user = rng_below(r, 3) == 0;
    s->sv48 = rng_below(r, 3) == 0;
    for (unsigned space = 0; space < 2; space++) fill(s, space);
    stream_load(s, 30, STREAM_LOG_S + STREAM_LOG_ENTRY * STREAM_LOG_MAX);
    set_csr(s, SSCRATCH, STREAM_LOG_S);
    stream_word(s, rv_s(3, 30, 31, 0)); // where the handler finds the start
    set_csr(s, STVEC, STREAM_RAM + s->s_handler);
    set_csr(s, MEDELEG, rng_next(r) & 0xb1f7); // not ebreak
    set_csr(s, MCOUNTEREN, s->shape.counters ? rng_next(r) & 7 : 0);
    set_csr(s, SCOUNTEREN, s->shape.counters ? rng_next(r) & 7 : 0);
    set_csr(s, SATP, satp(s, 0));
    stream_word(s, 0x12000073); // sfence.vma
    set_csr(s, MSTATUS, MPIE | FS | (s->user ? 0 : MPP_S) | (rng_next(r) & (SUM | MXR)));
    stream_load(s, 30, STREAM_LOG + STREAM_LOG_ENTRY * STREAM_LOG_MAX);
    s->after = s->code.n + 12; // the constant of the next load
    stream_load(s, 31, 0);
    stream_word(s, rv_s(3, 30, 31, 8));
    uint32_t next = s->code.n + 20 + 4 + 4; // behind mret
    set_csr(s, MEPC, STREAM_RAM - (s->user ? ALIAS : 0) + next);
    stream_word(s, 0x30200073); // mret
    BUG_IF(s->code.n != next, "where the stream begins");
}

void stream_leave(Stream *s) {
    stream_word(s, 0x00100073); // ebreak: the handler goes on behind it, in M-mode
    uint64_t here = STREAM_RAM + s->code.n;
    memcpy(s->code.at + s->after, &here, sizeof here);
    csrw(s, 0, SATP);
    stream_word(s, 0x12000073);
}

// Everything, or every page of the window; of all address spaces, or of the one that was changed.
static void fence(Stream *s, unsigned space) {
    uint32_t word = 0x12000073 | (rng_below(&s->rng, 2) ? 30u << 20 : 0);
    stream_word(s, rv_i(0x13, 0, 30, 0, (int)space + 1));
    if (rng_below(&s->rng, 2)) {
        stream_word(s, word);
        return;
    }
    for (unsigned i = 0; i < PAGES; i++) {
        stream_load(s, 29, STREAM_VIRTUAL + 0x1000 * i);
        stream_word(s, word | 29u << 15);
    }
}

void stream_change(Stream *s) {
    Rng *r = &s->rng;
    unsigned space = (unsigned)rng_below(r, 2);
    if (s->user) {                                                 // cannot change anything: an attempt
        stream_word(s, rng_below(r, 2) ? 0x12000073 : 0x180f1073); // sfence.vma; csrw satp, x30
        return;
    }
    switch (rng_below(r, 4)) {
    case 0:
        stream_load(s, 30, satp(s, space));
        csrw(s, 30, SATP);
        break;
    case 1:
        stream_load(s, 30, rng_next(r) & (SUM | MXR));
        stream_word(s, rv_i(0x73, 2 + (unsigned)rng_below(r, 2), 0, 30, SSTATUS)); // csrrs, csrrc
        break;
    default:
        if (rng_below(r, 4) == 0)
            store(s, table(space, MIDDLE), middle(s, space));
        else
            store(s, table(space, LEAVES) + 8 * rng_below(r, PAGES), leaf(s));
        fence(s, space);
    }
}

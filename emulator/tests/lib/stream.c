#include "tests/lib/stream.h"
#include "base/nameless.h"
#include "guest/rv64/guest_rv64.h"
#include "guest/rv64/rv64.h"
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    OP_LOAD = 0x03,
    OP_FENCE = 0x0f,
    OP_IMM = 0x13,
    OP_AUIPC = 0x17,
    OP_LUI = 0x37,
    OP_JALR = 0x67,
    OP_SYSTEM = 0x73
};
enum { MTIME = 0x200bff8, MTIMECMP = 0x2004000, MSIP = 0x2000000, TEST = 0x100000 };
enum { CSR_FFLAGS = 1, CSR_FRM, CSR_FCSR };
enum {
    CSR_MSTATUS = 0x300,
    CSR_MEDELEG = 0x302,
    CSR_MIE = 0x304,
    CSR_MTVEC = 0x305,
    CSR_MSCRATCH = 0x340,
    CSR_MEPC,
    CSR_MCAUSE,
    CSR_MTVAL
};
enum {
    CSR_SSTATUS = 0x100,
    CSR_SEPC = 0x141,
    CSR_SCAUSE,
    CSR_STVAL,
    CSR_SATP = 0x180,
    CSR_PMPCFG0 = 0x3a0,
    CSR_PMPADDR0 = 0x3b0
};
enum { CSR_MINSTRET = 0xb02 };

// ---- encodings
uint32_t rv_i(unsigned op, unsigned f3, unsigned rd, unsigned rs1, int imm) {
    return (uint32_t)(imm & 0xfff) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}
uint32_t rv_s(unsigned f3, unsigned rs1, unsigned rs2, int imm) {
    return (uint32_t)(imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (uint32_t)(imm & 31) << 7 | 0x23;
}
uint32_t rv_b(unsigned f3, unsigned rs1, unsigned rs2, int d) {
    return (uint32_t)(d >> 12 & 1) << 31 | (uint32_t)(d >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
           (uint32_t)(d >> 1 & 15) << 8 | (uint32_t)(d >> 11 & 1) << 7 | 0x63;
}
uint32_t rv_j(unsigned rd, int d) {
    return (uint32_t)(d >> 20 & 1) << 31 | (uint32_t)(d >> 1 & 0x3ff) << 21 | (uint32_t)(d >> 11 & 1) << 20 |
           (uint32_t)(d >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}
static uint32_t u_type(unsigned op, unsigned rd, uint32_t imm) { return (imm & 0xfffff000) | rd << 7 | op; }
static uint32_t csr(unsigned f3, unsigned rd, unsigned rs1, unsigned number) {
    return rv_i(OP_SYSTEM, f3, rd, rs1, (int)number);
}
static uint32_t load(unsigned f3, unsigned rd, unsigned rs1, int imm) { return rv_i(OP_LOAD, f3, rd, rs1, imm); }
static uint32_t addi(unsigned rd, unsigned rs1, int imm) { return rv_i(OP_IMM, 0, rd, rs1, imm); }
enum { LHU = 5, LD = 3, SW = 2, SD = 3, BEQ = 0, BNE = 1, BLT = 4, BGE = 5, CSRRW = 1, CSRRS = 2 };
enum { EBREAK = 3, RESUME = 8 }; // cause; offset behind the log of M-mode: where ebreak goes, 0: behind itself

static void put(Stream *s, const void *bytes, unsigned n) {
    for (unsigned i = 0; i < n; i++) vec_push(&s->code, ((const uint8_t *)bytes)[i]);
}
void stream_word(Stream *s, uint32_t word) { put(s, &word, 4); }
static void set_word(Stream *s, uint32_t at, uint32_t word) { memcpy(s->code.at + at, &word, 4); }

void stream_load(Stream *s, unsigned reg, uint64_t v) {
    stream_word(s, u_type(OP_AUIPC, reg, 0));
    stream_word(s, load(LD, reg, reg, 12));
    stream_word(s, rv_j(0, 12));
    put(s, &v, 8);
}

void stream_power_off(Stream *s) {
    stream_load(s, 30, TEST);
    stream_load(s, 31, 0x5555);
    stream_word(s, rv_s(SW, 30, 31, 0));
    stream_word(s, rv_j(0, 0));
}

// ---- the handler: logs cause, pc, value and count, then goes on behind the instruction; an interrupt is acknowledged
static void lui_add(Stream *s, unsigned rd, uint32_t value) {
    stream_word(s, u_type(OP_LUI, rd, value + 0x800));
    stream_word(s, addi(rd, rd, (int)(value << 20) >> 20));
}

static void acknowledge(Stream *s) { // x30: cause * 2
    stream_word(s, addi(30, 30, -6));
    stream_word(s, rv_b(BEQ, 30, 0, 20)); // software
    lui_add(s, 30, MTIMECMP);
    stream_word(s, rv_s(SD, 30, 28, 0)); // x28: all ones, that is never
    stream_word(s, rv_j(0, 16));
    lui_add(s, 30, MSIP);
    stream_word(s, rv_s(SW, 30, 0, 0));
}

// x30 and x28 are free, x29 is the pc. `number` is of mstatus or sstatus: what the interrupted mode executes can be
// read with MPRV, or with SUM, which is 0x20000 more.
static void skip_insn(Stream *s, unsigned number) {
    stream_word(s, u_type(OP_LUI, 30, number == CSR_MSTATUS ? 0x20000 : 0x40000));
    stream_word(s, csr(CSRRS, 28, 30, number));
    stream_word(s, load(LHU, 30, 29, 0));
    stream_word(s, csr(CSRRW, 0, 28, number));
    stream_word(s, rv_i(OP_IMM, 7, 30, 30, 3)); // andi
    stream_word(s, addi(30, 30, -3));
    stream_word(s, rv_b(BNE, 30, 0, 8));
    stream_word(s, addi(29, 29, 2));
    stream_word(s, addi(29, 29, 2));
    stream_word(s, csr(CSRRW, 0, 29, number + CSR_MEPC - CSR_MSTATUS));
}

static void log_end(Stream *s, unsigned rd, uint64_t log) { // rd = behind the log
    lui_add(s, rd, (uint32_t)(log + STREAM_LOG_ENTRY * STREAM_LOG_MAX));
    stream_word(s, rv_i(OP_IMM, 1, rd, rd, 32)); // slli, srli: not sign-extended
    stream_word(s, rv_i(OP_IMM, 5, rd, rd, 32));
}

// The end of a stream in S or U mode: ebreak goes on in M-mode, where the program said.
static void resume(Stream *s) {
    stream_word(s, load(LD, 30, 31, 16));
    stream_word(s, addi(30, 30, -EBREAK));
    uint32_t other = s->code.n;
    stream_word(s, 0);
    log_end(s, 29, STREAM_LOG);
    stream_word(s, load(LD, 30, 29, RESUME));
    stream_word(s, rv_b(BEQ, 30, 0, 20));
    stream_word(s, csr(CSRRW, 0, 30, CSR_MEPC));
    lui_add(s, 30, 0x1800); // MPP
    stream_word(s, csr(CSRRS, 0, 30, CSR_MSTATUS));
    set_word(s, other, rv_b(BNE, 30, 0, (int)(s->code.n - other)));
}

// x30: cause, x29: the address
static void drop_low_bits(Stream *s) {
    stream_word(s, addi(28, 30, -5));
    stream_word(s, rv_i(OP_IMM, 7, 28, 28, -3)); // andi: 0 for causes 5 and 7
    stream_word(s, rv_b(BNE, 28, 0, 8));
    stream_word(s, rv_i(OP_IMM, 7, 29, 29, -8));
}

// The handler of M-mode, or that of S-mode (no interrupts): the CSRs of both are in the same order.
// `coarse`: without the low bits of the address of an access fault. Which part of a split access faults is up to the implementation.
static uint32_t handler(Stream *s, bool coarse, unsigned status, uint64_t log, uint32_t ret) {
    uint32_t start = s->code.n;
    unsigned scratch = status + CSR_MSCRATCH - CSR_MSTATUS, epc = scratch + 1, cause = scratch + 2, tval = scratch + 3;
    stream_word(s, csr(CSRRW, 31, 31, scratch)); // x31: where to log
    stream_word(s, rv_s(SD, 31, 30, 0));
    stream_word(s, rv_s(SD, 31, 29, 8));
    stream_word(s, csr(CSRRS, 30, 0, cause));
    stream_word(s, rv_s(SD, 31, 30, 16));
    stream_word(s, csr(CSRRS, 29, 0, tval));
    stream_word(s, rv_s(SD, 31, 28, 40));
    if (coarse) drop_low_bits(s);
    stream_word(s, rv_s(SD, 31, 29, 24));
    stream_word(s, csr(CSRRS, 29, 0, epc));
    stream_word(s, rv_s(SD, 31, 29, 32));
    uint32_t branch = s->code.n;
    stream_word(s, 0); // blt x30, x0: an interrupt
    skip_insn(s, status);
    if (status == CSR_MSTATUS) resume(s);
    uint32_t jump = s->code.n;
    stream_word(s, 0);
    set_word(s, branch, rv_b(BLT, 30, 0, (int)(s->code.n - branch)));
    stream_word(s, addi(28, 0, -1));
    stream_word(s, rv_i(OP_IMM, 1, 30, 30, 1)); // slli: the interrupt bit goes out
    acknowledge(s);
    set_word(s, jump, rv_j(0, (int)(s->code.n - jump)));
    stream_word(s, load(LD, 28, 31, 40));
    stream_word(s, addi(30, 31, STREAM_LOG_ENTRY)); // the next entry
    log_end(s, 29, log);
    stream_word(s, rv_b(BLT, 30, 29, 8));
    stream_word(s, load(LD, 30, 29, 0)); // full: from the start again
    stream_word(s, csr(CSRRW, 30, 30, scratch));
    stream_word(s, rv_s(SD, 31, 30, 40));
    stream_word(s, load(LD, 30, 31, 0));
    stream_word(s, load(LD, 29, 31, 8));
    stream_word(s, load(LD, 31, 31, 40));
    stream_word(s, ret);
    return start;
}

static void begin(Stream *s, Cover *cover, bool coarse) {
    *s = (Stream){.cover = cover};
    stream_word(s, rv_j(0, 0));                                                 // over the handlers: aimed below
    uint32_t machine = handler(s, coarse, CSR_MSTATUS, STREAM_LOG, 0x30200073); // mret
    s->s_handler = handler(s, coarse, CSR_SSTATUS, STREAM_LOG_S, 0x10200073);   // sret
    set_word(s, 0, rv_j(0, (int)s->code.n));
    stream_load(s, 31, STREAM_RAM + machine);
    stream_word(s, csr(CSRRW, 0, 31, CSR_MTVEC));
    stream_load(s, 31, ~0ull); // S and U may access everything
    stream_word(s, csr(CSRRW, 0, 31, CSR_PMPADDR0));
    stream_word(s, addi(31, 0, 0x1f));
    stream_word(s, csr(CSRRW, 0, 31, CSR_PMPCFG0));
}

void stream_begin(Stream *s, Cover *cover) { begin(s, cover, false); }
void stream_begin_image(Stream *s) { begin(s, NULL, true); }

// ---- one program
static void cover(Stream *s, const uint8_t *bytes, unsigned len) {
    if (!s->cover) return;
    Insn insn = insn_decode(&rv64_insns, bytes, len);
    if (insn.len) cover_insn(s->cover, &insn);
}

static void insn(Stream *s, const void *bytes, unsigned len) {
    cover(s, bytes, len);
    put(s, bytes, len);
}

// What random instructions may write: x3..x17 without links and bases, and what the handler saves.
enum { FREE = 0x3fff8 & ~(1 << 5 | 1 << 9) };
static uint32_t writable(void) { return (uint32_t)FREE | 1u | 1u << 29 | 1u << 30 | 1u << 31; }

static unsigned scratch(Stream *s) { return 10 + (unsigned)rng_below(&s->rng, 8); }

static RandLimits limits(const Stream *s, unsigned klass) {
    RandLimits l = rand_limits_default();
    memset(l.weight, 0, sizeof l.weight);
    l.weight[klass] = 1;
    l.exts = 1u << RV64_EXT_I | 1u << RV64_EXT_M | 1u << RV64_EXT_A | 1u << RV64_EXT_F | 1u << RV64_EXT_D |
             1u << RV64_EXT_ZBA | 1u << RV64_EXT_ZBB | 1u << RV64_EXT_ZBS;
    if (s->shape.counters) l.exts |= 1u << RV64_EXT_ZICOND; // QEMU 7.2 does not know it
    for (unsigned i = 0; i < RV64_COUNT; i++)               // compressed rows have an extension of their own
        if (rv64_insns.rows[i].len == 2) l.exts |= 1u << rv64_insns.rows[i].ext;
    l.dest = writable();
    l.src = ~0u;
    return l;
}

static void any_of(Stream *s, const RandLimits *l) {
    uint8_t bytes[INSN_BYTES_MAX];
    uint16_t op;
    size_t n;
    do { // ctzw of QEMU 7.2 looks at the upper half, too
        n = rand_insn(&rv64_insns, &s->rng, l, bytes, &op);
        BUG_IF(!n, "no random instruction");
    } while (op == RV64_CTZW && !s->shape.counters);
    insn(s, bytes, (unsigned)n);
}

static void word(Stream *s, uint32_t w) { insn(s, &w, 4); } // one that counts as seen

static void straight(Stream *s) {
    RandLimits l = limits(s, INSN_CLASS_ALU);
    l.weight[INSN_CLASS_MUL] = 1;
    any_of(s, &l);
}

// Bits for an FP register: of either format, special or not, sometimes a single that is not boxed.
static uint64_t float_bits(Stream *s) {
    static const uint64_t special[] = {0,
                                       1,
                                       0x000fffffffffffff,
                                       0x0010000000000000,
                                       0x3ff0000000000000,
                                       0x4008000000000000,
                                       0x7fefffffffffffff,
                                       0x7ff0000000000000,
                                       0x7ff8000000000000,
                                       0x7ff0000000000001};
    uint64_t v = rng_next(&s->rng), sign = v & 1ull << 63;
    switch (rng_below(&s->rng, 6)) {
    case 0: return special[rng_below(&s->rng, ARRAY_LEN(special))] | sign;
    case 1: return special[rng_below(&s->rng, ARRAY_LEN(special))] >> 29 | 0xffffffff00000000;
    case 2: return (v & 0x803fffffffffffff) | 0x3fe0000000000000; // near 1
    case 3: return (v & 0x807fffff) | 0x3f000000 | 0xffffffff00000000;
    case 4: return v | 0xffffffff00000000;
    default: return v;
    }
}

// mstatus.FS, where the mode can reach it.
static void float_state(Stream *s, unsigned f3, unsigned rs1) {
    if (!s->shape.paging || !s->user) stream_word(s, csr(f3, 0, rs1, s->shape.paging ? CSR_SSTATUS : CSR_MSTATUS));
}

// FP instructions by themselves, or what they depend on: frm, flags, mstatus.FS (x29: its bits).
static void floating(Stream *s) {
    unsigned r = scratch(s), mode = (unsigned)rng_below(&s->rng, 16);
    RandLimits l = limits(s, INSN_CLASS_FLOAT);
    switch (rng_below(&s->rng, 24)) {
    case 0:
    case 1: // a mode, now and then a reserved one
        stream_word(s, csr(CSRRW + 4, r, mode < 12 ? mode % 5 : mode & 7, CSR_FRM));
        break;
    case 2: stream_word(s, csr(CSRRS, r, 0, CSR_FFLAGS + (unsigned)rng_below(&s->rng, 3))); break;
    case 3: stream_word(s, csr(1 + mode % 3, r, (unsigned)rng_below(&s->rng, 18), CSR_FFLAGS)); break;
    case 4:
        stream_word(s, u_type(OP_LUI, 29, 0x6000));
        float_state(s, 3, 29); // csrrc
        if (mode < 4) any_of(s, &l);
        if (mode & 1) stream_word(s, u_type(OP_LUI, 29, 0x2000 + (mode & 2) * 0x1000));
        float_state(s, CSRRS, 29);
        break;
    default: any_of(s, &l); break;
    }
}

static void memory(Stream *s) {
    static const uint8_t klass[] = {INSN_CLASS_LOAD, INSN_CLASS_STORE, INSN_CLASS_ATOMIC};
    RandLimits l = limits(s, klass[rng_below(&s->rng, 7) * 3 / 7]);
    uint64_t kind = rng_below(&s->rng, 24);
    l.base = kind == 0   ? 1u << 28
             : kind < 8  ? 1u << 27
             : kind < 10 ? 1u << 24
             : kind < 16 ? 1u << 26
                         : 1u << 2 | 1u << 9;
    if (s->shape.paging && !s->shape.counters && l.weight[INSN_CLASS_ATOMIC])
        memset(l.weight, 0, sizeof l.weight), l.weight[INSN_CLASS_STORE] = 1;
    // An AMO that faults: QEMU 7.2 raises the exception of a load, the manual has that of a store.
    if (!s->shape.counters && l.weight[INSN_CLASS_ATOMIC])
        l.base &= ~(1u << 24 | 1u << 27 | 1u << 28), l.base |= 1u << 26;
    // The address of a fault in the middle of an access that QEMU splits is one of its parts.
    if (!s->shape.counters && kind == 0)
        l.offset_step = 8, l.offset_min = -64, l.offset_max = 64;
    else if (rng_below(&s->rng, 2))
        l.offset_min = -32, l.offset_max = 32;
    uint8_t bytes[INSN_BYTES_MAX];
    uint16_t op;
    do {
        size_t n = rand_insn(&rv64_insns, &s->rng, &l, bytes, &op);
        if (!n) l.base = 1u << 26;
        if (!n) continue;
        Insn i = insn_decode(&rv64_insns, bytes, (unsigned)n);
        uint16_t base = insn_expand(&rv64_insns, &i).op;
        bool reserves = base == RV64_LR_W || base == RV64_LR_D || base == RV64_SC_W || base == RV64_SC_D;
        if (reserves && !s->shape.counters) continue; // what breaks a reservation is up to the implementation
        insn(s, bytes, (unsigned)n);
        return;
    } while (true);
}

static void lr_sc(Stream *s) {
    uint32_t f3 = 2 + (uint32_t)rng_below(&s->rng, 2), rd = scratch(s), rs2 = (uint32_t)rng_below(&s->rng, 18);
    stream_word(s, 2u << 27 | 26 << 15 | f3 << 12 | rd << 7 | 0x2f);
    stream_word(s, 3u << 27 | rs2 << 20 | 26 << 15 | f3 << 12 | (rd + 1) << 7 | 0x2f);
}

// A branch or jump to an instruction that comes later; any form that reaches it.
static void forward(Stream *s) {
    RandLimits l = limits(s, rng_below(&s->rng, 4) ? INSN_CLASS_BRANCH : INSN_CLASS_JUMP);
    for (;;) {
        uint8_t bytes[INSN_BYTES_MAX];
        uint16_t op;
        size_t n = rand_insn(&rv64_insns, &s->rng, &l, bytes, &op);
        if (!n) continue;
        Insn i = insn_decode(&rv64_insns, bytes, (unsigned)n), base = insn_expand(&rv64_insns, &i);
        if (base.op == RV64_JALR || (base.op == RV64_JAL && base.f[RV64_F_RD] == 1)) continue;
        typeof(*s->jumps.at) j = {.at = s->code.n, .op = op, .len = (unsigned)n};
        memcpy(j.f, i.f, sizeof j.f);
        vec_push(&s->jumps, j);
        insn(s, bytes, (unsigned)n);
        return;
    }
}

static void load_x21(Stream *s, unsigned distance) { // x21 = here + distance
    stream_word(s, u_type(OP_AUIPC, 21, 0));
    stream_word(s, addi(21, 21, (int)distance));
}

// A call over the function's body, which follows; the return may skip an instruction.
static void call(Stream *s) {
    bool indirect = rng_below(&s->rng, 2);
    unsigned link = rng_below(&s->rng, 3) ? 1 : 5;
    uint32_t at = s->code.n, body = at + (indirect ? 20 : 12);
    if (indirect) load_x21(s, body - at);
    word(s, indirect ? rv_i(OP_JALR, 0, link, 21, 0) : rv_j(link, (int)(body - at)));
    stream_word(s, addi(scratch(s), 3, 5)); // skipped by an unexpected return
    uint32_t over = s->code.n;
    stream_word(s, 0);
    for (unsigned n = (unsigned)rng_below(&s->rng, 5); n-- > 0;) straight(s);
    if (rng_below(&s->rng, 3))
        word(s, rv_i(OP_JALR, 0, rng_below(&s->rng, 6) ? 0 : 3, link, rng_below(&s->rng, 6) ? 0 : 4));
    else
        insn(s, link == 1 ? "\x82\x80" : "\x82\x82", 2); // c.jr
    set_word(s, over, rv_j(0, (int)(s->code.n - over)));
}

// Over a few instructions, by a register, which may be the link, too; what is added to it may be odd.
static void jump_indirect(Stream *s) {
    uint32_t at = s->code.n, odd = 0;
    unsigned base = rng_below(&s->rng, 2) ? 21 : scratch(s);
    const unsigned links[] = {0, 0, 0, 3, 1, 5, base};
    int offset = 0;
    stream_word(s, u_type(OP_AUIPC, base, 0));
    stream_word(s, 0); // aimed below
    switch (rng_below(&s->rng, 4)) {
    case 0: insn(s, (const uint16_t[]){(uint16_t)(0x8002 | base << 7)}, 2); break; // c.jr
    case 1: insn(s, (const uint16_t[]){(uint16_t)(0x9002 | base << 7)}, 2); break; // c.jalr
    default:
        offset = rng_below(&s->rng, 2) ? (int)rng_below(&s->rng, 128) - 64 : 0;
        odd = (uint32_t)rng_below(&s->rng, 2);
        word(s, rv_i(OP_JALR, 0, links[rng_below(&s->rng, ARRAY_LEN(links))], base, offset));
    }
    for (unsigned n = (unsigned)rng_below(&s->rng, 4); n-- > 0;) straight(s);
    set_word(s, at + 4, addi(base, base, (int)(s->code.n - at + odd) - offset));
}

static void system_insn(Stream *s) {
    // The last two are not for streams under paging, which end by ebreak. Before them: uret of old manuals.
    static const uint32_t words[] = {0x00000073, 0xffffffff, 0x00000000, 0x0000100f, 0x0ff0000f,
                                     0x8330000f, 0x00200073, 0x00100073, 0x00009002};
    uint32_t w = words[rng_below(&s->rng, ARRAY_LEN(words) - (s->shape.paging ? 2 : 0))];
    insn(s, &w, (w & 3) == 3 ? 4 : 2);
}

static void csr_insn(Stream *s) {
    static const uint16_t counters[] = {0xc00, 0xc02, 0xb00, 0xb02, 0xc01, 0x320, 0x7c0};
    static const uint16_t plain[] = {CSR_MEPC, CSR_MCAUSE, CSR_MTVAL, 0x301, 0xf14};
    bool count = s->shape.counters && rng_below(&s->rng, 2);
    unsigned number = count ? counters[rng_below(&s->rng, ARRAY_LEN(counters))]
                            : plain[rng_below(&s->rng, s->shape.counters ? 5 : 3)];
    static const uint16_t supervisor[] = {CSR_SEPC, CSR_SCAUSE, CSR_STVAL, CSR_SATP};
    bool below = s->shape.paging && rng_below(&s->rng, 4);
    if (below) number = supervisor[rng_below(&s->rng, ARRAY_LEN(supervisor))];
    unsigned f3 = (unsigned)rng_below(&s->rng, 3) + 1 + 4 * (unsigned)rng_below(&s->rng, 2);
    unsigned rs1 = rng_below(&s->rng, 2) ? 0 : (unsigned)rng_below(&s->rng, 18);
    // Not every cause can be written everywhere, and QEMU 7.2 keeps bit 0 of mepc.
    if (below || number == CSR_MCAUSE || (number == CSR_MEPC && !s->shape.counters)) f3 = 2, rs1 = 0;
    uint32_t w = csr(f3, scratch(s), rs1, number);
    insn(s, &w, 4);
}

static void interrupt(Stream *s) {
    unsigned r = scratch(s);
    switch (rng_below(&s->rng, 6)) {
    case 0: // software
        stream_word(s, u_type(OP_LUI, 29, MSIP));
        stream_word(s, addi(30, 0, 1));
        stream_word(s, rv_s(SW, 29, 30, 0));
        break;
    case 1: stream_word(s, load(rng_below(&s->rng, 2) ? LD : 2, r, 20, 0)); break; // mtime
    case 2: {                                                                      // interrupts off or on
        uint32_t w = csr(rng_below(&s->rng, 3) ? 6 : 7, 0, 8, CSR_MSTATUS);
        insn(s, &w, 4);
        break;
    }
    default: // the timer, soon
        stream_word(s, load(LD, r, 20, 0));
        stream_word(s, addi(r, r, (int)rng_below(&s->rng, 5)));
        stream_word(s, rv_s(SD, 19, r, 0));
        if (rng_below(&s->rng, 3) == 0) insn(s, "\x73\x00\x50\x10", 4); // wfi
    }
}

// ---- other modes
enum { SPP = 0x100, MPRV = 1 << 17, TVM = 1 << 20, TW = 1 << 21, TSR = 1 << 22, MXR = 1 << 19, SUM = 1 << 18 };

// mret or sret to the next instruction. In a mode that may not, the handler goes on there, too.
static void return_here(Stream *s, bool machine) {
    word(s, u_type(OP_AUIPC, 29, 0));
    word(s, addi(29, 29, 16));
    word(s, csr(CSRRW, 0, 29, machine ? CSR_MEPC : CSR_SEPC));
    word(s, machine ? 0x30200073 : 0x10200073);
}

static void something_below(Stream *s) {
    unsigned r = scratch(s);
    switch (rng_below(&s->rng, 9)) {
    case 0: word(s, 0x12000073 | r << 15 | (rng_below(&s->rng, 2) ? r << 20 : 0)); break; // sfence.vma
    case 1: return_here(s, rng_below(&s->rng, 4) == 0); break;
    case 2: csr_insn(s); break;
    case 3: system_insn(s); break;
    case 4: s->shape.interrupts ? interrupt(s) : straight(s); break;
    case 5: word(s, csr(CSRRS, r, 0, CSR_SATP)); break;
    case 6: floating(s); break;
    case 7: memory(s); break;
    default: straight(s);
    }
}

// Without paging: mret or sret into any mode, a few instructions there, of which some are privileged; ebreak comes back.
static void below(Stream *s) {
    static const uint32_t modes[] = {0, 0x800, 0x1800};             // MPP
    uint32_t bits = SPP | MPRV | TVM | TW | TSR | MXR | SUM | 0xaa; // and what enables interrupts
    bits &= (uint32_t)rng_next(&s->rng);
    stream_load(s, 30, STREAM_LOG + STREAM_LOG_ENTRY * STREAM_LOG_MAX);
    uint32_t resume = s->code.n + 12; // the constant of the next load
    stream_load(s, 31, 0);
    stream_word(s, rv_s(SD, 30, 31, RESUME));
    stream_word(s, csr(CSRRW, 0, 0, CSR_MEDELEG));
    stream_load(s, 31, 0x6000 | modes[rng_below(&s->rng, ARRAY_LEN(modes))] | bits);
    stream_word(s, csr(CSRRW, 0, 31, CSR_MSTATUS));
    return_here(s, rng_below(&s->rng, 2));
    for (unsigned n = 1 + (unsigned)rng_below(&s->rng, 6); n-- > 0;) something_below(s);
    stream_word(s, 0x00100073); // ebreak
    uint64_t here = STREAM_RAM + s->code.n;
    memcpy(s->code.at + resume, &here, sizeof here);
    stream_load(s, 30, STREAM_LOG + STREAM_LOG_ENTRY * STREAM_LOG_MAX);
    stream_word(s, rv_s(SD, 30, 0, RESUME));
    stream_word(s, csr(6, 0, 8, CSR_MSTATUS)); // csrrsi: interrupts on
}

// With paging: a return to the mode itself, which only S-mode may do, or another change.
static void privileged(Stream *s) {
    if (!s->shape.paging) {
        below(s);
        return;
    }
    if (rng_below(&s->rng, 3)) {
        stream_change(s);
        return;
    }
    stream_load(s, 29, SPP | (rng_next(&s->rng) & 0x20));
    if (!s->user) stream_word(s, csr(CSRRS, 0, 29, CSR_SSTATUS));
    return_here(s, rng_below(&s->rng, 4) == 0);
}

// Copies one of two instructions over a third, which may have run already, and says so by fence.i.
static void patch(Stream *s) {
    uint32_t at = s->code.n;
    unsigned r = scratch(s);
    stream_word(s, u_type(OP_AUIPC, 30, 0));
    stream_word(s, rv_i(OP_IMM, 7, 29, r, 4)); // andi: which one
    stream_word(s, 0x01ee8eb3);                // add x29, x29, x30
    stream_word(s, load(6, 29, 29, 36));       // lwu
    stream_word(s, rv_s(SW, 30, 29, 32));
    stream_word(s, 0x0000100f); // fence.i
    stream_word(s, rv_b(BEQ, 0, 0, 8));
    stream_word(s, 0x00000013);
    BUG_IF(s->code.n != at + 32, "patch");
    stream_word(s, addi(r, r, 1)); // it
    stream_word(s, rv_j(0, 8));    // the one: a jump over the other
    stream_word(s, addi(r, r, 7));
}

// Up to one item in a stream lies across the border of two pages of code: an instruction that begins in one of them, or one
// that is overwritten there.
static void cross(Stream *s) {
    if (s->crossed || s->code.n & 1) return;
    s->crossed = true;
    uint32_t border = (s->code.n | 0xfff) + 1, to = border - 2 * (1 + (uint32_t)rng_below(&s->rng, 18));
    if (to < s->code.n + 4) return;
    stream_word(s, rv_j(0, (int)(to - s->code.n)));
    while (s->code.n < to) put(s, "", 1);
}

// ---- items
typedef struct Mark {
    uint32_t code, starts, jumps, number;
} Mark;

static Mark begin_item(Stream *s) { return (Mark){s->code.n, s->starts.n, s->jumps.n, s->n_items++}; }

// The random numbers of an item that is left out have been drawn: the others stay what they are.
static void end_item(Stream *s, Mark m) {
    if (!s->dropped || m.number >= s->n_dropped || !s->dropped[m.number]) return;
    s->code.n = m.code, s->starts.n = m.starts, s->jumps.n = m.jumps;
}

// x2 goes away and comes back: no other instruction may write it, because addresses are made of it.
static void stack_pointer(Stream *s) {
    int by = 16 * (1 + (int)rng_below(&s->rng, 31));
    if (rng_below(&s->rng, 2)) by = -by;
    uint8_t bytes[INSN_BYTES_MAX];
    for (unsigned k = 0; k < 2; k++, by = -by) {
        int64_t f[INSN_FIELDS] = {[RV64_F_RD] = 2, [RV64_F_RS1] = 2, [RV64_F_IMM] = by};
        unsigned len = insn_encode(&rv64_insns, RV64_C_ADDI16SP, f, bytes);
        BUG_IF(len != 2, "c.addi16sp of %d", by);
        insn(s, bytes, len);
        for (unsigned n = k ? 0 : (unsigned)rng_below(&s->rng, 4); n-- > 0;) straight(s);
    }
}

static void make_item(Stream *s) {
    vec_push(&s->starts, s->code.n);
    uint64_t kind = rng_below(&s->rng, 100);
    if (kind < 33)
        straight(s);
    else if (kind < 34)
        stack_pointer(s);
    else if (kind < 52)
        floating(s);
    else if (kind < 74)
        memory(s);
    else if (kind < 84)
        forward(s);
    else if (kind < 87)
        call(s);
    else if (kind < 89)
        jump_indirect(s);
    else if (kind < 91)
        system_insn(s);
    else if (kind < 94)
        csr_insn(s);
    else if (kind < 95 && (s->shape.counters || !s->shape.paging)) // an SC that fails anyway may fault or not
        lr_sc(s);
    else if (kind < 96)
        patch(s);
    else if (kind < 97)
        cross(s);
    else if (kind < 98)
        privileged(s);
    else if (kind < 99 && s->shape.paging)
        stream_change(s);
    else if (s->shape.interrupts)
        interrupt(s);
    else
        straight(s);
}

static void item(Stream *s) {
    Mark m = begin_item(s);
    make_item(s);
    end_item(s, m);
}

static void loop(Stream *s) {
    Mark m = begin_item(s);
    bool crossed = s->crossed;
    s->crossed = true; // its branch does not reach over a page
    stream_word(s, addi(23, 0, 1 + (int)rng_below(&s->rng, 12)));
    uint32_t head = s->code.n;
    for (unsigned n = 1 + (unsigned)rng_below(&s->rng, 8); n-- > 0;) item(s);
    vec_push(&s->starts, s->code.n);
    stream_word(s, addi(23, 23, -1));
    stream_word(s, rv_b(BLT, 0, 23, (int)(head - s->code.n)));
    s->crossed = crossed;
    end_item(s, m);
}

// Forward jumps go to a later item, or to the last one when no form reaches far enough.
static void aim(Stream *s, uint32_t end) {
    for (uint32_t k = 0; k < s->jumps.n; k++) {
        typeof(*s->jumps.at) j = s->jumps.at[k];
        uint32_t first = 0, n = 0;
        for (uint32_t i = 0; i < s->starts.n; i++)
            if (s->starts.at[i] > j.at && n++ == 0) first = i;
        uint32_t to = n ? s->starts.at[first + (uint32_t)rng_below(&s->rng, n < 6 ? n : 6)] : end;
        for (unsigned f = 0; f < rv64_insns.rows[j.op].n_fields; f++) {
            const InsnField *field = &rv64_insns.fields[rv64_insns.rows[j.op].fields + f];
            if (field->print == INSN_PRINT_PC) j.f[field->at] = (int64_t)to - j.at;
        }
        uint8_t bytes[INSN_BYTES_MAX];
        if (insn_encode(&rv64_insns, j.op, j.f, bytes) == j.len)
            memcpy(s->code.at + j.at, bytes, j.len);
        else if (j.len == 2)
            memcpy(s->code.at + j.at, "\x01\x00", 2); // c.nop
        else
            set_word(s, j.at, 0x13);
    }
}

static void registers(Stream *s) {
    for (unsigned r = 1; r < 32; r++) {
        uint64_t v = rng_next(&s->rng);
        if (rng_below(&s->rng, 3) == 0) v >>= rng_below(&s->rng, 64);
        if (rng_below(&s->rng, 6) == 0) v = (uint64_t)((int64_t)v >> 60);
        uint64_t window = s->shape.paging ? STREAM_VIRTUAL : STREAM_WINDOW;
        const uint64_t fixed[32] = {[19] = MTIMECMP,
                                    [20] = MTIME,
                                    [22] = 1,
                                    [23] = 1,
                                    [2] = window + 0x1100,
                                    [9] = window + 0x1ff0,
                                    [24] = window + 0x1004,
                                    [26] = window + 0x1000,
                                    [27] = window + 0x1ffc,
                                    [28] = 0x50000};
        if (fixed[r]) v = fixed[r];
        if (r == 22) v = s->shape.rounds;
        Mark m = begin_item(s);
        if (r != 21 && r != 25) stream_load(s, r, v);
        end_item(s, m);
    }
    stream_load(s, 31, 0x6000);
    float_state(s, CSRRS, 31);
    for (unsigned f = 0; f < 32; f++) {
        Mark m = begin_item(s);
        stream_load(s, 31, float_bits(s));
        stream_word(s, 0xf2000053 | 31 << 15 | f << 7); // fmv.d.x
        end_item(s, m);
    }
    stream_word(s, csr(CSRRW, 0, 0, CSR_FCSR));
    stream_load(s, 31, rng_next(&s->rng));
}

// The log is empty, no timer runs, interrupts are as the shape has them.
static void prologue(Stream *s, uint64_t seed, StreamShape shape) {
    s->rng = (Rng){seed};
    s->shape = shape;
    s->starts.n = s->jumps.n = 0;
    s->n_items = 0, s->crossed = false;
    if (s->code.n & 2) put(s, "\x01\x00", 2);
    stream_load(s, 31, STREAM_LOG);
    stream_word(s, csr(CSRRW, 0, 31, CSR_MSCRATCH));
    stream_load(s, 30, STREAM_LOG + STREAM_LOG_ENTRY * STREAM_LOG_MAX);
    stream_word(s, rv_s(SD, 30, 31, 0)); // where the handler finds the start
    stream_word(s, rv_s(SD, 30, 0, RESUME));
    stream_load(s, 31, ~0ull);
    stream_load(s, 30, MTIMECMP);
    stream_word(s, rv_s(SD, 30, 31, 0));
    stream_word(s, addi(31, 0, 0x88));
    if (shape.interrupts) stream_word(s, csr(CSRRW, 0, 31, CSR_MIE));
    stream_word(s, csr(CSRRW, 0, 31, CSR_MSTATUS));
}

void stream_add(Stream *s, uint64_t seed, StreamShape shape) {
    prologue(s, seed, shape);
    if (shape.paging) stream_enter(s);
    registers(s);
    uint32_t head = s->code.n;
    stream_word(s, u_type(OP_LUI, 29, 0x6000)); // FS on, a valid frm
    float_state(s, CSRRS, 29);
    stream_word(s, csr(CSRRW + 4, 0, (unsigned)rng_below(&s->rng, 5), CSR_FRM));
    for (unsigned n = shape.insns; n-- > 0;) {
        if (rng_below(&s->rng, 14) == 0)
            loop(s);
        else
            item(s);
    }
    vec_push(&s->starts, s->code.n);
    if (s->code.n & 2) put(s, "\x01\x00", 2);
    aim(s, s->code.n);
    stream_word(s, addi(22, 22, -1));
    stream_word(s, rv_b(BGE, 0, 22, 8));
    stream_word(s, rv_j(0, (int)(head - s->code.n)));
    if (shape.paging) stream_leave(s);
}

void stream_add_code(Stream *s, uint64_t seed, const uint8_t *code, size_t n) {
    prologue(s, seed, (StreamShape){.counters = true, .rounds = 1});
    registers(s);
    put(s, code, (unsigned)n);
    if (s->code.n & 1) put(s, "", 1);
}

void stream_free(Stream *s) {
    vec_free(&s->code);
    vec_free(&s->starts);
    vec_free(&s->jumps);
}

int stream_elf(const Bytes *code) {
    struct {
        Elf64_Ehdr h;
        Elf64_Phdr ph;
    } e = {.h = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                 .e_type = ET_EXEC,
                 .e_machine = EM_RISCV,
                 .e_version = EV_CURRENT,
                 .e_entry = STREAM_RAM,
                 .e_phoff = sizeof(Elf64_Ehdr),
                 .e_ehsize = sizeof(Elf64_Ehdr),
                 .e_phentsize = sizeof(Elf64_Phdr),
                 .e_phnum = 1},
           .ph = {.p_type = PT_LOAD,
                  .p_flags = PF_R | PF_W | PF_X,
                  .p_offset = sizeof e,
                  .p_vaddr = STREAM_RAM,
                  .p_paddr = STREAM_RAM,
                  .p_filesz = code->n,
                  .p_memsz = code->n,
                  .p_align = 1}};
    int fd = nameless_file("stream", NAMELESS_DATA, 0);
    // The programs that read it are started by exec().
    bool ok = fd >= 0 && fcntl(fd, F_SETFD, 0) == 0 && write(fd, &e, sizeof e) == (ssize_t)sizeof e &&
              write(fd, code->at, code->n) == (ssize_t)code->n;
    BUG_IF(!ok, "cannot make an ELF in memory");
    return fd;
}

#include "host/a64/enc.h"
#include "base/err.h"
#include <string.h>

static uint32_t rd_field(unsigned r) { return r & 31; }
static uint32_t rn_field(unsigned r) { return (r & 31) << 5; }
static uint32_t ra_field(unsigned r) { return (r & 31) << 10; }
static uint32_t rm_field(unsigned r) { return (r & 31) << 16; }
static uint32_t width(bool wide) { return wide ? 0 : 1u << 31; } // taken off

static void put(Code *e, uint32_t word) { code_word(e, word, true); }

void enc_r(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned rm) {
    put(e, (op ^ width(wide)) | rd_field(rd) | rn_field(rn) | rm_field(rm));
}

void enc_shifted(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned rm, unsigned left) {
    put(e, (op ^ width(wide)) | rd_field(rd) | rn_field(rn) | rm_field(rm) | left << 10);
}

void enc_uxtw(Code *e, A64Op op, unsigned rd, unsigned rn, unsigned rm) {
    enum { EXTENDED = 1 << 21, UXTW = 2 << 13 };
    put(e, op | EXTENDED | UXTW | rd_field(rd) | rn_field(rn) | rm_field(rm));
}

void enc_r4(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned rm, unsigned ra) {
    put(e, (op ^ width(wide)) | rd_field(rd) | rn_field(rn) | rm_field(rm) | ra_field(ra));
}

void enc_r1(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn) {
    uint32_t half = op == A64_REV && !wide ? 1 << 10 : 0; // the opcode says how many bytes are reversed
    put(e, ((op ^ width(wide)) - half) | rd_field(rd) | rn_field(rn));
}

void enc_mv(Code *e, unsigned rd, unsigned rn) {
    if (rd != rn) enc_r(e, true, A64_ORR, rd, 31, rn);
}

void enc_bits(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned r, unsigned s) {
    uint32_t n = wide ? 0 : 1 << 22;
    put(e, ((op ^ width(wide)) & ~n) | rd_field(rd) | rn_field(rn) | r << 16 | s << 10);
}

void enc_shift_imm(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned by) {
    unsigned bits = wide ? 64 : 32;
    by &= bits - 1;
    switch (op) {
    case A64_LSLV: enc_bits(e, wide, A64_UBFM, rd, rn, (bits - by) & (bits - 1), bits - 1 - by); break;
    case A64_LSRV: enc_bits(e, wide, A64_UBFM, rd, rn, by, bits - 1); break;
    case A64_ASRV: enc_bits(e, wide, A64_SBFM, rd, rn, by, bits - 1); break;
    default: enc_bits(e, wide, A64_EXTR, rd, rn, rn, by); // rm is where r would be
    }
}

void enc_csel(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned rm, A64Cond c) {
    put(e, (op ^ width(wide)) | rd_field(rd) | rn_field(rn) | rm_field(rm) | (uint32_t)c << 12);
}

void enc_system(Code *e, A64Op op, unsigned rt) { put(e, op | rd_field(rt)); }

// ---- immediates of additions: 12 bits, or these shifted left by 12
static bool fits_add_unsigned(uint64_t v) { return v < 1 << 12 || (!(v & 0xfff) && v < 1 << 24); }
bool a64_fits_add(int64_t v) { return fits_add_unsigned((uint64_t)v) || fits_add_unsigned(0 - (uint64_t)v); }

void enc_add_imm(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, int64_t imm) {
    enum { BY_REG = 0x1a000000, MINUS = 1 << 30, SHIFTED = 1 << 22 };
    uint64_t v = (uint64_t)imm;
    uint32_t word = (op ^ width(wide)) ^ BY_REG; // 0x0b to 0x11
    if (!fits_add_unsigned(v)) v = 0 - v, word ^= MINUS;
    BUG_IF(!fits_add_unsigned(v), "an addition of %lld", (long long)imm);
    if (v >= 1 << 12) v >>= 12, word |= SHIFTED;
    put(e, word | rd_field(rd) | rn_field(rn) | (uint32_t)v << 10);
}

// ---- immediates of logic: ones, rotated, the same in each element of 2, 4, ... 64 bits. Returns N:immr:imms, or -1.
static uint64_t ror_in(uint64_t v, unsigned by, unsigned size) {
    uint64_t mask = bits_mask(size);
    return by ? ((v >> by) | (v << (size - by))) & mask : v & mask;
}

static int32_t logic_field(uint64_t v, bool wide) {
    if (!wide) v = (v & 0xffffffff) | v << 32;
    if (!v || !~v) return -1;
    unsigned size = 64;
    while (size > 2 && ror_in(v & bits_mask(size), size / 2, size) == (v & bits_mask(size))) size /= 2;
    v &= bits_mask(size);
    unsigned ones = (unsigned)__builtin_popcountll(v), by = 0; // by how much the ones were rotated right
    uint64_t pattern = bits_mask(ones);
    while (by < size && ror_in(pattern, by, size) != v) by++;
    if (by == size) return -1;
    uint32_t imms = (~(size * 2 - 1) & 0x3f) | (ones - 1);
    return (int32_t)((size == 64 ? 1u << 12 : 0) | by << 6 | imms);
}

bool a64_fits_logic(uint64_t v, bool wide) { return logic_field(v, wide) >= 0; }

void enc_logic_imm(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, uint64_t imm) {
    enum { BY_REG = 0x18000000 };
    int32_t field = logic_field(imm, wide);
    BUG_IF(field < 0, "a logical operation with 0x%llx", (unsigned long long)imm);
    put(e, ((op ^ width(wide)) ^ BY_REG) | rd_field(rd) | rn_field(rn) | (uint32_t)field << 10); // 0x0a to 0x12
}

// ---- constants: by logic, or by 16 bits at a time, from all zeros or all ones
static unsigned halves_other_than(uint64_t v, uint64_t half) {
    unsigned n = 0;
    for (unsigned i = 0; i < 64; i += 16) n += (v >> i & 0xffff) != half;
    return n;
}

unsigned enc_li_insns(int64_t value) {
    uint64_t v = (uint64_t)value;
    if (a64_fits_logic(v, true)) return 1;
    unsigned zeros = halves_other_than(v, 0), ones = halves_other_than(v, 0xffff), n = zeros < ones ? zeros : ones;
    return n ? n : 1;
}

void enc_li(Code *e, unsigned rd, int64_t value) {
    uint64_t v = (uint64_t)value;
    unsigned zeros = halves_other_than(v, 0), ones = halves_other_than(v, 0xffff);
    bool negative = ones < zeros, first = true, same = !ones || !zeros; // in all four
    uint64_t base = negative ? 0xffff : 0;
    if (zeros > 1 && ones > 1 && a64_fits_logic(v, true)) {
        enc_logic_imm(e, true, A64_ORR, rd, 31, v);
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        uint64_t half = v >> (16 * i) & 0xffff;
        if (half == base && !(same && i == 0)) continue;
        uint32_t field = (uint32_t)(first && negative ? half ^ 0xffff : half) << 5;
        put(e, (first ? negative ? A64_MOVN : A64_MOVZ : A64_MOVK) | field | i << 21 | rd_field(rd));
        first = false;
    }
}

// ---- memory
static bool is_scaled(int64_t disp, unsigned size) {
    return disp >= 0 && disp < 4096ll << size && !(disp & ((1 << size) - 1));
}
bool a64_fits_mem(int64_t disp, unsigned size) { return is_scaled(disp, size) || bits_fits_signed(disp, 9); }

void enc_mem(Code *e, A64Op op, unsigned size, unsigned rt, unsigned rn, int64_t disp) {
    enum { SCALED = 1 << 24 };
    uint32_t word = op | (uint32_t)size << 30 | rd_field(rt) | rn_field(rn);
    BUG_IF(!a64_fits_mem(disp, size), "an access of %u bytes with the displacement %lld", 1 << size, (long long)disp);
    if (is_scaled(disp, size))
        put(e, word | (uint32_t)(disp >> size) << 10);
    else
        put(e, (word ^ SCALED) | ((uint32_t)disp & 0x1ff) << 12);
}

void enc_mem_r(Code *e, A64Op op, unsigned size, unsigned rt, unsigned rn, unsigned rm, bool rm_wide, bool scaled) {
    enum { DISP = 1 << 24, BY_REG = 1 << 21 | 2 << 10, UXTW = 2 << 13, LSL = 3 << 13, SCALED = 1 << 12 };
    put(e, ((op ^ DISP) | (uint32_t)size << 30 | BY_REG | (rm_wide ? LSL : UXTW) | (scaled ? SCALED : 0)) |
               rd_field(rt) | rn_field(rn) | rm_field(rm));
}

void enc_pair(Code *e, A64Op op, unsigned rt, unsigned rt2, unsigned rn, int32_t disp) {
    BUG_IF(disp % 8 || !bits_fits_signed(disp / 8, 7), "a pair with the displacement %d", disp);
    put(e, op | ((uint32_t)(disp / 8) & 127) << 15 | ra_field(rt2) | rn_field(rn) | rd_field(rt));
}

void enc_exclusive(Code *e, A64Op op, unsigned size, unsigned rs, unsigned rt, unsigned rn) {
    put(e, op | (uint32_t)size << 30 | rd_field(rt) | rn_field(rn) | rm_field(rs));
}

// ---- floating point
static uint32_t precision(bool dbl) { return dbl ? 0 : 1 << 22; } // taken off

void enc_f(Code *e, bool dbl, A64Op op, unsigned rd, unsigned rn, unsigned rm) {
    put(e, (op ^ precision(dbl)) | rd_field(rd) | rn_field(rn) | rm_field(rm));
}

void enc_f4(Code *e, bool dbl, A64Op op, unsigned rd, unsigned rn, unsigned rm, unsigned ra) {
    put(e, (op ^ precision(dbl)) | rd_field(rd) | rn_field(rn) | rm_field(rm) | ra_field(ra));
}

void enc_cross(Code *e, bool wide, bool dbl, uint32_t op, unsigned rd, unsigned rn) {
    put(e, (op ^ width(wide) ^ precision(dbl)) | rd_field(rd) | rn_field(rn));
}

// ---- jumps
static bool is_b(uint32_t word) { return (word & 0x7c000000) == A64_B; } // BL, too

static bool is_test(uint32_t word) { return (word & 0x7e000000) == 0x36000000; } // TBZ, TBNZ

uint32_t a64_aim(uint32_t word, int64_t d) {
    bool b = is_b(word), test = is_test(word);
    BUG_IF(!bits_fits_signed(d, b ? 28 : test ? 16 : 21), "a jump over %lld bytes", (long long)d);
    if (b) return (word & 0xfc000000) | ((uint32_t)(d >> 2) & 0x3ffffff);
    if (test) return (word & 0xfff8001f) | ((uint32_t)(d >> 2) & 0x3fff) << 5;
    return (word & 0xff00001f) | ((uint32_t)(d >> 2) & 0x7ffff) << 5;
}

uint32_t enc_jump(Code *e) {
    put(e, A64_B);
    return code_offset(e) - 4;
}

uint32_t enc_branch(Code *e, A64Cond c) {
    put(e, A64_B_COND | (uint32_t)c);
    return code_offset(e) - 4;
}

uint32_t enc_branch_zero(Code *e, bool wide, A64Op op, unsigned rt) {
    put(e, (op ^ width(wide)) | rd_field(rt));
    return code_offset(e) - 4;
}

uint32_t enc_branch_bit(Code *e, unsigned rt, unsigned bit) {
    put(e, A64_TBNZ | (bit >> 5) << 31 | (bit & 31) << 19 | rd_field(rt));
    return code_offset(e) - 4;
}

bool enc_aim(Code *e, uint32_t at, uint32_t to) {
    uint32_t word;
    if (e->full) return true;
    memcpy(&word, e->begin + at, 4);
    if (is_test(word) && !bits_fits_signed((int32_t)(to - at), 16)) return false;
    word = a64_aim(word, (int32_t)(to - at));
    memcpy(e->begin + at, &word, 4);
    return true;
}

void enc_jump_to(Code *e, A64Op op, const uint8_t *exec) { put(e, a64_aim(op, exec - (e->p + e->to_exec))); }

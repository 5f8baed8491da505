#include "host/rv64/enc.h"
#include "base/err.h"
#include <string.h>

const RvRow rv_rows[RV_OP_COUNT] = {
#define RV(name, text, form, bits) {text, RV_FORM_##form, bits},
#include "host/rv64/enc.inc"
#undef RV
};

static uint32_t rd_field(unsigned r) { return (r & 31) << 7; }
static uint32_t rs1_field(unsigned r) { return (r & 31) << 15; }
static uint32_t rs2_field(unsigned r) { return (r & 31) << 20; }

static void put(Code *e, RvOp op, uint32_t fields) { code_word(e, rv_rows[op].bits | fields, true); }

void enc_r(Code *e, RvOp op, unsigned rd, unsigned rs1, unsigned rs2) {
    put(e, op, rd_field(rd) | rs1_field(rs1) | rs2_field(rs2));
}

void enc_r1(Code *e, RvOp op, unsigned rd, unsigned rs1) { put(e, op, rd_field(rd) | rs1_field(rs1)); }

void enc_i(Code *e, RvOp op, unsigned rd, unsigned rs1, int32_t imm) {
    bool shift = rv_rows[op].form == RV_FORM_SHIFT || rv_rows[op].form == RV_FORM_SHIFTW;
    BUG_IF(shift ? imm & ~63 : !rv_fits12(imm), "%s with the immediate %d", rv_rows[op].text, imm);
    put(e, op, rd_field(rd) | rs1_field(rs1) | (uint32_t)imm << 20);
}

void enc_s(Code *e, RvOp op, unsigned rs2, unsigned base, int32_t disp) {
    BUG_IF(!rv_fits12(disp), "%s with the displacement %d", rv_rows[op].text, disp);
    put(e, op, rs1_field(base) | rs2_field(rs2) | ((uint32_t)disp & 31) << 7 | ((uint32_t)disp >> 5 & 127) << 25);
}

void enc_u(Code *e, RvOp op, unsigned rd, int32_t imm) { put(e, op, rd_field(rd) | ((uint32_t)imm & 0xfffff000)); }

void enc_rm(Code *e, RvOp op, unsigned round, unsigned rd, unsigned rs1, unsigned rs2, unsigned rs3) {
    put(e, op, rd_field(rd) | rs1_field(rs1) | rs2_field(rs2) | (rs3 & 31) << 27 | round << 12);
}

void enc_mv(Code *e, unsigned rd, unsigned rs) {
    if (rd != rs) enc_i(e, RV_ADDI, rd, rs, 0);
}

// ---- constants. From the top: what is left when the low 12 bits are taken off, shifted up, and these added.
typedef struct Split {
    int64_t high;
    int32_t low;
    unsigned shift;
} Split;

static Split split(int64_t v) {
    Split s = {.low = (int32_t)bits_sext((uint64_t)v, 12)};
    uint64_t rest = (uint64_t)v - (uint64_t)(int64_t)s.low;
    s.shift = (unsigned)__builtin_ctzll(rest);
    s.high = (int64_t)rest >> s.shift;
    return s;
}

// Ones from bit 0 on, as zero-extending makes them: -1 shifted right.
static bool is_mask(int64_t v) { return v > 0 && !((uint64_t)v & ((uint64_t)v + 1)); }

unsigned enc_li_insns(int64_t v) {
    if (rv_fits12(v)) return 1;
    if (bits_fits_signed(v, 32)) return v & 0xfff ? 2 : 1;
    if (is_mask(v)) return 2;
    Split s = split(v);
    return enc_li_insns(s.high) + 1 + (s.low != 0);
}

void enc_li(Code *e, unsigned rd, int64_t v) {
    if (rv_fits12(v)) {
        enc_i(e, RV_ADDI, rd, 0, (int32_t)v);
    } else if (bits_fits_signed(v, 32)) {
        int32_t low = (int32_t)bits_sext((uint64_t)v, 12);
        enc_u(e, RV_LUI, rd, (int32_t)((uint32_t)v - (uint32_t)low));
        if (low) enc_i(e, RV_ADDIW, rd, rd, low);
    } else if (is_mask(v)) {
        enc_i(e, RV_ADDI, rd, 0, -1);
        enc_i(e, RV_SRLI, rd, rd, __builtin_clzll((uint64_t)v));
    } else {
        Split s = split(v);
        enc_li(e, rd, s.high);
        enc_i(e, RV_SLLI, rd, rd, (int32_t)s.shift);
        if (s.low) enc_i(e, RV_ADDI, rd, rd, s.low);
    }
}

// ---- jumps
static uint32_t b_distance(int64_t d) {
    return (uint32_t)(d >> 12 & 1) << 31 | (uint32_t)(d >> 5 & 63) << 25 | (uint32_t)(d >> 1 & 15) << 8 |
           (uint32_t)(d >> 11 & 1) << 7;
}

uint32_t rv_jal(unsigned rd, int64_t d) {
    return rv_rows[RV_JAL].bits | rd_field(rd) | (uint32_t)(d >> 20 & 1) << 31 | (uint32_t)(d >> 1 & 0x3ff) << 21 |
           (uint32_t)(d >> 11 & 1) << 20 | (uint32_t)(d >> 12 & 0xff) << 12;
}

void rv_pair(uint32_t words[2], unsigned rd, unsigned tmp, int64_t d) {
    int32_t low = (int32_t)bits_sext((uint64_t)d, 12);
    words[0] = rv_rows[RV_AUIPC].bits | rd_field(tmp) | ((uint32_t)(d - low) & 0xfffff000);
    words[1] = rv_rows[RV_JALR].bits | rd_field(rd) | rs1_field(tmp) | (uint32_t)low << 20;
}

uint32_t rv_skip(RvOp op, unsigned rs1, unsigned rs2, unsigned n) {
    return (rv_rows[op].bits ^ 1 << 12) | rs1_field(rs1) | rs2_field(rs2) |
           b_distance(4 + n); // conditions come in pairs
}

uint32_t enc_branch(Code *e, RvOp op, unsigned rs1, unsigned rs2) {
    put(e, op, rs1_field(rs1) | rs2_field(rs2));
    return code_offset(e) - 4;
}

uint32_t enc_jump(Code *e) {
    code_word(e, rv_jal(0, 0), true);
    return code_offset(e) - 4;
}

bool enc_aim(Code *e, uint32_t at, uint32_t to) {
    if (e->full) return true;
    int64_t d = (int32_t)(to - at);
    uint32_t words[2];
    memcpy(words, e->begin + at, 4);
    bool branch = (words[0] & 127) == 0x63, jal = (words[0] & 127) == rv_rows[RV_JAL].bits;
    if (branch)
        words[0] = (words[0] & ~b_distance(-1)) | b_distance(d);
    else if (jal)
        words[0] = rv_jal(0, d);
    else
        rv_pair(words, 0, words[0] >> 7 & 31, d);
    BUG_IF(jal && (d < -RV_JAL_REACH || d >= RV_JAL_REACH), "a jump over %lld bytes in a unit", (long long)d);
    memcpy(e->begin + at, words, branch || jal ? 4 : 8);
    return !branch || bits_fits_signed(d, 13);
}

void enc_jump_to(Code *e, unsigned rd, unsigned tmp, const uint8_t *exec, bool near) {
    int64_t d = exec - (e->p + e->to_exec);
    uint32_t words[2];
    if (near) {
        code_word(e, rv_jal(rd, d), true);
        return;
    }
    BUG_IF(!bits_fits_signed(d + 0x800, 32), "a jump over %lld bytes", (long long)d);
    rv_pair(words, rd, tmp, d);
    code_word(e, words[0], true);
    code_word(e, words[1], true);
}

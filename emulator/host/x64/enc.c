// x86-64 encodings.
//
//   [66] [F2/F3] [REX: 0100 W R X B] [0F [38]] opcode [ModRM: mod reg rm] [SIB: scale index base] [disp] [imm]
//
// W: 64-bit operands; R, X, B extend reg, index and base (or rm) to 4 bits. rm = 100 asks for a SIB; base 101 with mod
// 00 means "no base" or RIP, so RBP and R13 always carry a displacement.
//
//   VEX: C4 [~R ~X ~B map: 1 is 0F, 2 is 0F38] [W ~vvvv L=0 pp: 0, 1 is 66, 2 is F3, 3 is F2] opcode ModRM ...
//   or, for map 0F without X, B and W:  C5 [~R ~vvvv L=0 pp]
#include "host/x64/enc.h"
#include "base/bits.h"
#include "base/err.h"
#include <string.h>

enum { INSN_MAX = 16, UD2 = 0x0f0b };

static bool begin(Enc *e) {
    if (e->end - e->p < INSN_MAX) e->full = true;
    if (!e->full) e->n_insns++;
    return !e->full;
}
static void byte(Enc *e, unsigned b) { *e->p++ = (uint8_t)b; }
static void word32(Enc *e, uint32_t v) { memcpy(e->p, &v, 4), e->p += 4; }
static void word64(Enc *e, uint64_t v) { memcpy(e->p, &v, 8), e->p += 8; }

static void rex(Enc *e, bool w, unsigned reg, unsigned index, unsigned base, bool always) {
    unsigned bits =
        (w ? 8u : 0) | (reg >> 3 & 1) << 2 | (index == NO_REG ? 0 : (index >> 3 & 1) << 1) | (base >> 3 & 1);
    if (bits || always) byte(e, 0x40 | bits);
}
static void opcode(Enc *e, unsigned op) { // 0x0Fxx and 0x0F38xx are escapes
    if (op > 0xffff) byte(e, op >> 16);
    if (op > 0xff) byte(e, op >> 8 & 0xff);
    byte(e, op & 0xff);
}
static void modrm_reg(Enc *e, unsigned reg, unsigned rm) { byte(e, 0xc0 | (reg & 7) << 3 | (rm & 7)); }

static void modrm_mem(Enc *e, unsigned reg, Mem m) {
    bool sib = m.index != NO_REG || (m.base & 7) == RSP;
    unsigned mod = m.disp == 0 && (m.base & 7) != RBP ? 0 : bits_fits_signed(m.disp, 8) ? 1 : 2;
    byte(e, mod << 6 | (reg & 7) << 3 | (sib ? 4 : (m.base & 7)));
    if (sib) byte(e, (unsigned)m.scale << 6 | (m.index == NO_REG ? 4u : (m.index & 7u)) << 3 | (m.base & 7));
    if (mod == 1) byte(e, (uint8_t)m.disp);
    if (mod == 2) word32(e, (uint32_t)m.disp);
}

// The general shapes.
static void op_rr(Enc *e, unsigned prefix, bool w, unsigned op, unsigned reg, unsigned rm, bool byte_regs) {
    if (!begin(e)) return;
    if (prefix) byte(e, prefix);
    rex(e, w, reg, NO_REG, rm, byte_regs);
    opcode(e, op);
    modrm_reg(e, reg, rm);
}
static void op_rm(Enc *e, unsigned prefix, bool w, unsigned op, unsigned reg, Mem m, bool byte_regs) {
    if (!begin(e)) return;
    if (prefix) byte(e, prefix);
    rex(e, w, reg, m.index, m.base, byte_regs);
    opcode(e, op);
    modrm_mem(e, reg, m);
}

void enc_mov_rr(Enc *e, bool w, unsigned dst, unsigned src) { op_rr(e, 0, w, 0x89, src, dst, false); }

void enc_mov_ri(Enc *e, unsigned dst, uint64_t imm) {
    if (!begin(e)) return;
    bool fits_u32 = imm <= 0xffffffff, fits_s32 = bits_fits_signed((int64_t)imm, 32);
    rex(e, !fits_u32, 0, NO_REG, dst, false);
    if (fits_u32) {
        byte(e, 0xb8 | (dst & 7)), word32(e, (uint32_t)imm);
    } else if (fits_s32) {
        byte(e, 0xc7), modrm_reg(e, 0, dst), word32(e, (uint32_t)imm);
    } else {
        byte(e, 0xb8 | (dst & 7)), word64(e, imm);
    }
}

void enc_mov_ri64(Enc *e, unsigned dst, uint64_t imm) {
    if (!begin(e)) return;
    rex(e, true, 0, NO_REG, dst, false);
    byte(e, 0xb8 | (dst & 7)), word64(e, imm);
}

void enc_load(Enc *e, unsigned dst, Mem m, unsigned size_log2, bool sign, bool w) {
    switch (size_log2) {
    case 0: op_rm(e, 0, sign && w, sign ? 0x0fbe : 0x0fb6, dst, m, false); break;
    case 1: op_rm(e, 0, sign && w, sign ? 0x0fbf : 0x0fb7, dst, m, false); break;
    case 2: op_rm(e, 0, sign && w, sign && w ? 0x63 : 0x8b, dst, m, false); break;
    default: op_rm(e, 0, true, 0x8b, dst, m, false);
    }
}

void enc_store(Enc *e, Mem m, unsigned src, unsigned size_log2) {
    op_rm(e, size_log2 == 1 ? 0x66 : 0, size_log2 == 3, size_log2 == 0 ? 0x88 : 0x89, src, m,
          size_log2 == 0 && src >= RSP);
}

void enc_store_i(Enc *e, Mem m, int32_t imm, unsigned size_log2) {
    op_rm(e, size_log2 == 1 ? 0x66 : 0, size_log2 == 3, size_log2 == 0 ? 0xc6 : 0xc7, 0, m, false);
    if (e->full) return;
    if (size_log2 == 0)
        byte(e, (uint8_t)imm);
    else if (size_log2 == 1)
        byte(e, (uint8_t)imm), byte(e, (uint8_t)(imm >> 8));
    else
        word32(e, (uint32_t)imm);
}

void enc_lea(Enc *e, bool w, unsigned dst, Mem m) { op_rm(e, 0, w, 0x8d, dst, m, false); }

void enc_ext(Enc *e, unsigned dst, unsigned src, unsigned width, bool sign, bool w) {
    switch (width) {
    case 8: op_rr(e, 0, sign && w, sign ? 0x0fbe : 0x0fb6, dst, src, src >= RSP); break;
    case 16: op_rr(e, 0, sign && w, sign ? 0x0fbf : 0x0fb7, dst, src, false); break;
    default:
        if (sign && w)
            op_rr(e, 0, true, 0x63, dst, src, false);
        else
            enc_mov_rr(e, false, dst, src);
    }
}

void enc_alu_rr(Enc *e, Alu op, bool w, unsigned dst, unsigned src) {
    op_rr(e, 0, w, (unsigned)op << 3 | 3, dst, src, false);
}
void enc_alu_rm(Enc *e, Alu op, bool w, unsigned dst, Mem m) { op_rm(e, 0, w, (unsigned)op << 3 | 3, dst, m, false); }
void enc_alu_mr(Enc *e, Alu op, bool w, Mem m, unsigned src) { op_rm(e, 0, w, (unsigned)op << 3 | 1, src, m, false); }

static void imm_8_or_32(Enc *e, int32_t imm) {
    if (e->full) return;
    if (bits_fits_signed(imm, 8))
        byte(e, (uint8_t)imm);
    else
        word32(e, (uint32_t)imm);
}
void enc_alu_ri(Enc *e, Alu op, bool w, unsigned dst, int32_t imm) {
    op_rr(e, 0, w, bits_fits_signed(imm, 8) ? 0x83 : 0x81, op, dst, false);
    imm_8_or_32(e, imm);
}
void enc_alu_mi(Enc *e, Alu op, bool w, Mem m, int32_t imm) {
    op_rm(e, 0, w, bits_fits_signed(imm, 8) ? 0x83 : 0x81, op, m, false);
    imm_8_or_32(e, imm);
}
void enc_test_rr(Enc *e, bool w, unsigned a, unsigned b) { op_rr(e, 0, w, 0x85, b, a, false); }

void enc_shift_ri(Enc *e, Shift op, bool w, unsigned dst, unsigned count) {
    op_rr(e, 0, w, 0xc1, op, dst, false);
    if (!e->full) byte(e, count);
}
void enc_shift_cl(Enc *e, Shift op, bool w, unsigned dst) { op_rr(e, 0, w, 0xd3, op, dst, false); }

typedef struct Vex {
    uint8_t pp, map; // see above
    bool w;
    uint8_t op;
} Vex;

static void vex(Enc *e, Vex v, unsigned reg, unsigned vvvv, unsigned index, unsigned base) {
    unsigned not_r = reg < 8 ? 0x80 : 0, last = (~vvvv & 15) << 3 | v.pp;
    bool x = index != NO_REG && index >= 8, b = base >= 8;
    if (v.map == 1 && !v.w && !x && !b) {
        byte(e, 0xc5), byte(e, not_r | last);
    } else {
        byte(e, 0xc4), byte(e, not_r | (x ? 0 : 0x40) | (b ? 0 : 0x20) | v.map), byte(e, (v.w ? 0x80 : 0) | last);
    }
    byte(e, v.op);
}
static void vex_rr(Enc *e, Vex v, unsigned reg, unsigned vvvv, unsigned rm) {
    if (!begin(e)) return;
    vex(e, v, reg, vvvv, NO_REG, rm);
    modrm_reg(e, reg, rm);
}
static void vex_rm(Enc *e, Vex v, unsigned reg, unsigned vvvv, Mem m) {
    if (!begin(e)) return;
    vex(e, v, reg, vvvv, m.index, m.base);
    modrm_mem(e, reg, m);
}

void enc_shiftx(Enc *e, Shift op, bool w, unsigned dst, unsigned src, unsigned count) {
    uint8_t pp = op == SH_SHL ? 1 : op == SH_SAR ? 2 : 3;
    vex_rr(e, (Vex){pp, 2, w, 0xf7}, dst, count, src);
}

// VEX.LZ.F2.0F3A.W1 F0 /r ib:  C4 [~R ~X ~B mmmmm=00011] [W ~vvvv=1111 L=0 pp=11]  F0 ModRM imm8
void enc_rorx(Enc *e, unsigned dst, unsigned src, unsigned count) {
    if (!begin(e)) return;
    byte(e, 0xc4);
    byte(e, (dst < 8 ? 0x80 : 0) | 0x40 | (src < 8 ? 0x20 : 0) | 3);
    byte(e, 0xfb);
    byte(e, 0xf0);
    modrm_reg(e, dst, src);
    byte(e, count);
}

void enc_unary(Enc *e, Unary op, bool w, unsigned reg) { op_rr(e, 0, w, 0xf7, op, reg, false); }
void enc_imul_rr(Enc *e, bool w, unsigned dst, unsigned src) { op_rr(e, 0, w, 0x0faf, dst, src, false); }
void enc_imul_rm(Enc *e, bool w, unsigned dst, Mem m) { op_rm(e, 0, w, 0x0faf, dst, m, false); }
void enc_imul_rri(Enc *e, bool w, unsigned dst, unsigned src, int32_t imm) {
    op_rr(e, 0, w, bits_fits_signed(imm, 8) ? 0x6b : 0x69, dst, src, false);
    imm_8_or_32(e, imm);
}
void enc_sign_into_rdx(Enc *e, bool w) {
    if (!begin(e)) return;
    rex(e, w, 0, NO_REG, 0, false);
    byte(e, 0x99);
}
void enc_bswap(Enc *e, bool w, unsigned reg) {
    if (!begin(e)) return;
    rex(e, w, 0, NO_REG, reg, false);
    byte(e, 0x0f), byte(e, 0xc8 | (reg & 7));
}
void enc_popcnt(Enc *e, bool w, unsigned dst, unsigned src) { op_rr(e, 0xf3, w, 0x0fb8, dst, src, false); }
void enc_setcc(Enc *e, Cc cc, unsigned dst) { op_rr(e, 0, false, 0x0f90 | cc, 0, dst, dst >= RSP); }
void enc_cmov(Enc *e, Cc cc, bool w, unsigned dst, unsigned src) { op_rr(e, 0, w, 0x0f40 | cc, dst, src, false); }
void enc_xchg(Enc *e, unsigned a, unsigned b) { op_rr(e, 0, true, 0x87, a, b, false); }

enum { LOCK = 0xf0 };
void enc_alu_lock(Enc *e, Alu op, bool lock, bool w, Mem m, unsigned src) {
    op_rm(e, lock ? LOCK : 0, w, (unsigned)op << 3 | 1, src, m, false);
}
void enc_xadd(Enc *e, bool lock, bool w, Mem m, unsigned reg) { op_rm(e, lock ? LOCK : 0, w, 0x0fc1, reg, m, false); }
void enc_cmpxchg(Enc *e, bool lock, bool w, Mem m, unsigned src) {
    op_rm(e, lock ? LOCK : 0, w, 0x0fb1, src, m, false);
}
void enc_fence(Enc *e, Mem m) {
    op_rm(e, LOCK, false, 0x83, ALU_OR, m, false);
    if (!e->full) byte(e, 0);
}
void enc_xchg_m(Enc *e, bool w, Mem m, unsigned reg) { op_rm(e, 0, w, 0x87, reg, m, false); }

static unsigned fp_prefix(FpKind kind) {
    static const uint8_t prefixes[] = {[FP_PS] = 0, [FP_PD] = 0x66, [FP_SS] = 0xf3, [FP_SD] = 0xf2};
    return prefixes[kind];
}
static Vex fp_vex(FpKind kind, FpOp op) { // FpKind has the order of pp
    return (Vex){(uint8_t)kind, 1, false, (uint8_t)op};
}
void enc_fp_rr(Enc *e, FpKind kind, FpOp op, unsigned dst, unsigned src) {
    op_rr(e, fp_prefix(kind), false, 0x0f00u | op, dst, src, false);
}
void enc_fp_rm(Enc *e, FpKind kind, FpOp op, unsigned dst, Mem m) {
    op_rm(e, fp_prefix(kind), false, 0x0f00u | op, dst, m, false);
}
void enc_fp_cmp(Enc *e, FpKind kind, unsigned dst, unsigned src, unsigned predicate) {
    enc_fp_rr(e, kind, FP_CMP, dst, src);
    if (!e->full) byte(e, predicate);
}
void enc_vex_rr(Enc *e, FpKind kind, FpOp op, unsigned dst, unsigned a, unsigned b) {
    vex_rr(e, fp_vex(kind, op), dst, a, b);
}
void enc_vex_cmp(Enc *e, FpKind kind, unsigned dst, unsigned a, unsigned b, unsigned predicate) {
    enc_vex_rr(e, kind, FP_CMP, dst, a, b);
    if (!e->full) byte(e, predicate);
}
void enc_vex_rm(Enc *e, FpKind kind, FpOp op, unsigned dst, unsigned a, Mem b) {
    vex_rm(e, fp_vex(kind, op), dst, a, b);
}
void enc_fma231_rr(Enc *e, bool dbl, unsigned dst, unsigned a, unsigned b) {
    vex_rr(e, (Vex){1, 2, dbl, 0xb9}, dst, a, b);
}
void enc_fma231_rm(Enc *e, bool dbl, unsigned dst, unsigned a, Mem b) { vex_rm(e, (Vex){1, 2, dbl, 0xb9}, dst, a, b); }
void enc_fp_from_bits(Enc *e, bool w, unsigned dst, unsigned reg) { op_rr(e, 0x66, w, 0x0f6e, dst, reg, false); }
void enc_fp_to_bits(Enc *e, bool w, unsigned reg, unsigned src) { op_rr(e, 0x66, w, 0x0f7e, src, reg, false); }
void enc_fp_from_int(Enc *e, FpKind kind, bool w, unsigned dst, unsigned reg) {
    op_rr(e, fp_prefix(kind), w, 0x0f2a, dst, reg, false);
}
void enc_fp_to_int(Enc *e, FpKind kind, bool w, bool truncate, unsigned reg, unsigned src) {
    op_rr(e, fp_prefix(kind), w, truncate ? 0x0f2c : 0x0f2d, reg, src, false);
}
void enc_ldmxcsr(Enc *e, Mem m) { op_rm(e, 0, false, 0x0fae, 2, m, false); }
void enc_stmxcsr(Enc *e, Mem m) { op_rm(e, 0, false, 0x0fae, 3, m, false); }

static void op_short(Enc *e, unsigned op, unsigned reg) {
    if (!begin(e)) return;
    rex(e, false, 0, NO_REG, reg, false);
    byte(e, op | (reg & 7));
}
void enc_push(Enc *e, unsigned reg) { op_short(e, 0x50, reg); }
void enc_pop(Enc *e, unsigned reg) { op_short(e, 0x58, reg); }
void enc_push_i(Enc *e, int32_t imm) {
    if (!begin(e)) return;
    byte(e, 0x68), word32(e, (uint32_t)imm);
}
void enc_ret(Enc *e) {
    if (begin(e)) byte(e, 0xc3);
}
void enc_jmp_m(Enc *e, Mem m) { op_rm(e, 0, false, 0xff, 4, m, false); }
void enc_jmp_r(Enc *e, unsigned reg) { op_rr(e, 0, false, 0xff, 4, reg, false); }
void enc_call_m(Enc *e, Mem m) { op_rm(e, 0, false, 0xff, 2, m, false); }
void enc_call_r(Enc *e, unsigned reg) { op_rr(e, 0, false, 0xff, 2, reg, false); }

// op reg, [rip + ...], 64 bits
static void rip_relative(Enc *e, unsigned op, unsigned reg, const void *counter_exec) {
    if (!begin(e)) return;
    byte(e, 0x48), byte(e, (uint8_t)op), byte(e, (uint8_t)(0x05 | reg << 3)); // mod 00 rm 101: RIP-relative
    ptrdiff_t d = (const uint8_t *)counter_exec - (e->p + 4 + e->to_exec);
    BUG_IF(!bits_fits_signed(d, 32), "a counter lies out of reach of the code");
    word32(e, (uint32_t)d);
}

void enc_inc_rip(Enc *e, const void *counter_exec) { rip_relative(e, 0xff, 0, counter_exec); }

void enc_count_rip(Enc *e, const void *counter_exec, unsigned tmp) { // tmp: one of the first eight
    rip_relative(e, 0x8b, tmp, counter_exec);
    enc_lea(e, true, tmp, mem_at(tmp, 1));
    rip_relative(e, 0x89, tmp, counter_exec);
}

static uint32_t jump(Enc *e, unsigned op) {
    if (!begin(e)) return 0;
    opcode(e, op);
    word32(e, 0);
    return enc_offset(e) - 4;
}
uint32_t enc_jmp(Enc *e) { return jump(e, ENC_JMP); }
uint32_t enc_jcc(Enc *e, Cc cc) { return jump(e, 0x0f80 | cc); }
uint32_t enc_call(Enc *e) { return jump(e, ENC_CALL); }

void enc_token(Enc *e, const void *token) {
    if (!begin(e)) return;
    e->n_insns--;
    opcode(e, UD2);
    word64(e, (uint64_t)(uintptr_t)token);
}
bool enc_is_token(const uint8_t *at) { return at[0] == UD2 >> 8 && at[1] == (UD2 & 0xff); }

void enc_patch(Enc *e, uint32_t at, uint32_t to) {
    if (e->full) return;
    int32_t d = (int32_t)(to - (at + 4));
    memcpy(e->begin + at, &d, 4);
}
void enc_patch_far(Enc *e, uint32_t at, const uint8_t *exec) {
    if (e->full) return;
    ptrdiff_t d = exec - (e->begin + at + 4 + e->to_exec);
    BUG_IF(!bits_fits_signed(d, 32), "a jump lies out of reach");
    int32_t d32 = (int32_t)d;
    memcpy(e->begin + at, &d32, 4);
}

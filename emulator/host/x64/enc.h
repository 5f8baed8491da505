// The x86-64 encoder: the only place that knows ModRM, REX and VEX. One function per operand shape; width is an
// argument (true: 64 bits). Source: Intel SDM volume 2, "Instruction Format" and the instruction pages.
#pragma once
#include "host/code.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NO_REG = 0xff };

typedef struct Mem {
    uint8_t base, index, scale; // scale: log2; index NO_REG: none
    int32_t disp;
} Mem;
static inline Mem mem_at(unsigned base, int32_t disp) { return (Mem){(uint8_t)base, NO_REG, 0, disp}; }
static inline Mem mem_indexed(unsigned base, unsigned index, unsigned scale, int32_t disp) {
    return (Mem){(uint8_t)base, (uint8_t)index, (uint8_t)scale, disp};
}

typedef enum Alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP } Alu;
typedef enum Shift { SH_ROL = 0, SH_ROR = 1, SH_SHL = 4, SH_SHR = 5, SH_SAR = 7 } Shift;
typedef enum Unary { UN_NOT = 2, UN_NEG = 3, UN_MUL = 4, UN_IMUL = 5, UN_DIV = 6, UN_IDIV = 7 } Unary;
typedef enum Cc {
    CC_O,
    CC_NO,
    CC_B,
    CC_AE,
    CC_E,
    CC_NE,
    CC_BE,
    CC_A,
    CC_S,
    CC_NS,
    CC_P,
    CC_NP,
    CC_L,
    CC_GE,
    CC_LE,
    CC_G
} Cc;

typedef Code Enc;
static inline uint32_t enc_offset(const Enc *e) { return code_offset(e); }

void enc_mov_rr(Enc *e, bool w, unsigned dst, unsigned src);
void enc_mov_ri(Enc *e, unsigned dst, uint64_t imm);   // shortest form, whole register; keeps the flags
void enc_mov_ri64(Enc *e, unsigned dst, uint64_t imm); // always 8 bytes of it, the last ones
void enc_load(Enc *e, unsigned dst, Mem m, unsigned size_log2, bool sign, bool w); // to 64 (w) or 32 bits
void enc_store(Enc *e, Mem m, unsigned src, unsigned size_log2);
void enc_store_i(Enc *e, Mem m, int32_t imm, unsigned size_log2);
void enc_lea(Enc *e, bool w, unsigned dst, Mem m);
void enc_ext(Enc *e, unsigned dst, unsigned src, unsigned width, bool sign, bool w); // width 8, 16, 32
void enc_alu_rr(Enc *e, Alu op, bool w, unsigned dst, unsigned src);
void enc_alu_rm(Enc *e, Alu op, bool w, unsigned dst, Mem m);
void enc_alu_ri(Enc *e, Alu op, bool w, unsigned dst, int32_t imm);
void enc_alu_mr(Enc *e, Alu op, bool w, Mem m, unsigned src);
void enc_alu_mi(Enc *e, Alu op, bool w, Mem m, int32_t imm);
void enc_test_rr(Enc *e, bool w, unsigned a, unsigned b);
void enc_shift_ri(Enc *e, Shift op, bool w, unsigned dst, unsigned count);
void enc_shift_cl(Enc *e, Shift op, bool w, unsigned dst);
void enc_shiftx(Enc *e, Shift op, bool w, unsigned dst, unsigned src, unsigned count); // BMI2 shlx, shrx, sarx
void enc_rorx(Enc *e, unsigned dst, unsigned src, unsigned count);                     // BMI2, 64 bits
void enc_unary(Enc *e, Unary op, bool w, unsigned reg);
void enc_imul_rr(Enc *e, bool w, unsigned dst, unsigned src);
void enc_imul_rm(Enc *e, bool w, unsigned dst, Mem m);
void enc_imul_rri(Enc *e, bool w, unsigned dst, unsigned src, int32_t imm);
void enc_sign_into_rdx(Enc *e, bool w); // cdq, cqo
void enc_bswap(Enc *e, bool w, unsigned reg);
void enc_popcnt(Enc *e, bool w, unsigned dst, unsigned src);
void enc_setcc(Enc *e, Cc cc, unsigned dst);
void enc_cmov(Enc *e, Cc cc, bool w, unsigned dst, unsigned src);
void enc_xchg(Enc *e, unsigned a, unsigned b);
// `lock`: in one step for other processors.
void enc_alu_lock(Enc *e, Alu op, bool lock, bool w, Mem m, unsigned src);
void enc_xadd(Enc *e, bool lock, bool w, Mem m, unsigned reg);    // reg = what was there
void enc_cmpxchg(Enc *e, bool lock, bool w, Mem m, unsigned src); // if RAX is there: src; RAX = what was there, ZF
void enc_fence(Enc *e, Mem m);                                    // lock or dword m, 0: faster than mfence
void enc_xchg_m(Enc *e, bool w, Mem m, unsigned reg);             // always locked
void enc_push(Enc *e, unsigned reg);
void enc_pop(Enc *e, unsigned reg);
void enc_push_i(Enc *e, int32_t imm);
void enc_ret(Enc *e);
void enc_jmp_m(Enc *e, Mem m);
void enc_jmp_r(Enc *e, unsigned reg);
void enc_call_m(Enc *e, Mem m);
void enc_call_r(Enc *e, unsigned reg);
void enc_count_rip(Enc *e, const void *counter_exec, unsigned tmp); // the same in three, and keeps the flags
void enc_inc_rip(Enc *e, const void *counter_exec);                 // inc qword [rip + ...]

// ---- XMM registers 0 to 15; FpKind is the prefix that says what an instruction works on
typedef enum FpKind { FP_PS, FP_PD, FP_SS, FP_SD } FpKind; // packed single, packed double, scalars
typedef enum FpOp {
    FP_MOV_LOAD = 0x10, // SS, SD: from memory; the rest of the register becomes 0
    FP_MOV_STORE = 0x11,
    FP_MOVA = 0x28,  // PS: the whole register
    FP_UCOMI = 0x2e, // PS, PD
    FP_COMI = 0x2f,
    FP_SQRT = 0x51,
    FP_AND = 0x54, // PS
    FP_OR = 0x56,
    FP_XOR = 0x57,
    FP_ADD = 0x58,
    FP_MUL = 0x59,
    FP_CVT = 0x5a, // SS: to double, SD: to single
    FP_SUB = 0x5c,
    FP_MIN = 0x5d,
    FP_DIV = 0x5e,
    FP_MAX = 0x5f,
    FP_UNPACK = 0x62, // PD: dst = {dst[31:0], src[31:0], ...}, punpckldq
    FP_CMP = 0xc2,    // with a predicate
} FpOp;
enum { FP_CMP_EQ = 0, FP_CMP_UNORD = 3, FP_CMP_NE = 4 }; // quiet, NE is true for a NaN
void enc_fp_rr(Enc *e, FpKind kind, FpOp op, unsigned dst, unsigned src);
void enc_fp_rm(Enc *e, FpKind kind, FpOp op, unsigned dst, Mem m); // FP_MOV_STORE: dst is what is stored
void enc_fp_cmp(Enc *e, FpKind kind, unsigned dst, unsigned src, unsigned predicate);
// VEX: dst = a <op> b
void enc_vex_rr(Enc *e, FpKind kind, FpOp op, unsigned dst, unsigned a, unsigned b);
void enc_vex_rm(Enc *e, FpKind kind, FpOp op, unsigned dst, unsigned a, Mem b);
void enc_vex_cmp(Enc *e, FpKind kind, unsigned dst, unsigned a, unsigned b, unsigned predicate);
void enc_fma231_rr(Enc *e, bool dbl, unsigned dst, unsigned a, unsigned b); // dst = a * b + dst
void enc_fma231_rm(Enc *e, bool dbl, unsigned dst, unsigned a, Mem b);
void enc_fp_from_bits(Enc *e, bool w, unsigned dst, unsigned reg); // movd, movq
void enc_fp_to_bits(Enc *e, bool w, unsigned reg, unsigned src);
void enc_fp_from_int(Enc *e, FpKind kind, bool w, unsigned dst, unsigned reg); // cvtsi2ss, cvtsi2sd
void enc_fp_to_int(Enc *e, FpKind kind, bool w, bool truncate, unsigned reg, unsigned src);
void enc_ldmxcsr(Enc *e, Mem m);
void enc_stmxcsr(Enc *e, Mem m);

// Jumps have a 32-bit displacement; the functions return the offset of it for enc_patch().
uint32_t enc_jmp(Enc *e);
uint32_t enc_jcc(Enc *e, Cc cc);
uint32_t enc_call(Enc *e);
enum { ENC_CALL = 0xe8, ENC_JMP = 0xe9 }; // the byte before the displacement
// What the `leave` that was just called takes with it, behind a mark that nothing else has: ud2. Never executed, no instruction.
enum { ENC_TOKEN_MARK = 2, ENC_TOKEN_BYTES = ENC_TOKEN_MARK + 8 };
void enc_token(Enc *e, const void *token);
bool enc_is_token(const uint8_t *at);                         // looks at the mark alone
void enc_patch(Enc *e, uint32_t at, uint32_t to);             // both offsets from begin
void enc_patch_far(Enc *e, uint32_t at, const uint8_t *exec); // to an absolute place

// The encoder of A64, the instruction set of ARMv8.0, four bytes an instruction (Arm ARM, DDI 0487, C6 and C7).
//
// An opcode is the instruction with all its fields 0, and of 64 bits where there are two widths: `wide` says which.
// Registers are 0 to 30, 31 is zr or sp; of floating point 32 to 63.
#pragma once
#include "host/loadstore/enc.h"

typedef enum A64Op {
    // rd, rn, rm
    A64_ADD = 0x8b000000,
    A64_ADDS = 0xab000000,
    A64_SUB = 0xcb000000,
    A64_SUBS = 0xeb000000,
    A64_AND = 0x8a000000,
    A64_ORR = 0xaa000000,
    A64_ORN = 0xaa200000,
    A64_EOR = 0xca000000,
    A64_ANDS = 0xea000000,
    A64_UDIV = 0x9ac00800,
    A64_SDIV = 0x9ac00c00,
    A64_LSLV = 0x9ac02000,
    A64_LSRV = 0x9ac02400,
    A64_ASRV = 0x9ac02800,
    A64_RORV = 0x9ac02c00,
    A64_SMULH = 0x9b407c00,
    A64_UMULH = 0x9bc07c00,
    A64_SMULL = 0x9b207c00,
    A64_UMULL = 0x9ba07c00,
    A64_MADD = 0x9b000000, // and ra
    A64_MSUB = 0x9b008000,
    // rd, rn
    A64_RBIT = 0xdac00000,
    A64_REV = 0xdac00c00, // of 32 bits: 0x5ac00800
    A64_CLZ = 0xdac01000,
    // rd, rn, two numbers of bits
    A64_SBFM = 0x93400000,
    A64_UBFM = 0xd3400000,
    A64_EXTR = 0x93c00000,
    // rd, rn, rm, condition
    A64_CSEL = 0x9a800000,
    A64_CSINC = 0x9a800400,
    A64_CSINV = 0xda800000,
    A64_CSNEG = 0xda800400,
    // rd, 16 bits, shifted
    A64_MOVN = 0x92800000,
    A64_MOVZ = 0xd2800000,
    A64_MOVK = 0xf2800000,
    // jumps
    A64_B = 0x14000000,
    A64_BL = 0x94000000,
    A64_BR = 0xd61f0000,
    A64_BLR = 0xd63f0000,
    A64_RET = 0xd65f0000,
    A64_B_COND = 0x54000000,
    A64_CBZ = 0xb4000000,
    A64_CBNZ = 0xb5000000,
    A64_TBNZ = 0x37000000, // and the bit
    A64_LDR_LITERAL = 0x58000000,
    A64_ADR = 0x10000000,
    A64_ADRP = 0x90000000,
    // rt, (rn): scaled by size; of integers zero-extending; see enc_mem()
    A64_STR = 0x39000000,
    A64_LDR = 0x39400000,
    A64_LDRS_X = 0x39800000, // sign-extending to 64 bits
    A64_LDRS_W = 0x39c00000,
    A64_STR_F = 0x3d000000,
    A64_LDR_F = 0x3d400000,
    // rt, rt2, (rn): two words of 8 bytes
    A64_STP = 0xa9000000,
    A64_LDP = 0xa9400000,
    A64_STP_F = 0x6d000000,
    A64_LDP_F = 0x6d400000,
    // exclusive; size in the top two bits
    A64_LDAXR = 0x085ffc00,
    A64_STLXR = 0x0800fc00,
    A64_DMB_ISH = 0xd5033bbf,
    // LSE, in one step, acquiring and releasing; the same form: rs is the operand (of CAS what is expected, and then what was
    // there), rt what was there (of CAS the new value)
    A64_LDADDAL = 0x38e00000,
    A64_LDCLRAL = 0x38e01000,
    A64_LDEORAL = 0x38e02000,
    A64_LDSETAL = 0x38e03000,
    A64_LDSMAXAL = 0x38e04000,
    A64_LDSMINAL = 0x38e05000,
    A64_LDUMAXAL = 0x38e06000,
    A64_LDUMINAL = 0x38e07000,
    A64_SWPAL = 0x38e08000,
    A64_CASAL = 0x08e0fc00,
    // floating point: of double precision
    A64_FADD = 0x1e602800,
    A64_FSUB = 0x1e603800,
    A64_FMUL = 0x1e600800,
    A64_FDIV = 0x1e601800,
    A64_FMAXNM = 0x1e606800,
    A64_FMINNM = 0x1e607800,
    A64_FSQRT = 0x1e61c000,
    A64_FNEG = 0x1e614000,
    A64_FABS = 0x1e60c000,
    A64_FMOV = 0x1e604000,
    A64_FMADD = 0x1f400000,
    A64_FCMP = 0x1e602000,
    A64_FCMPE = 0x1e602010,
    A64_FCSEL = 0x1e600c00,
    A64_FCVT_D_S = 0x1e22c000,
    A64_FCVT_S_D = 0x1e624000,
    // between the classes: both widths are told apart by bits 31 (integer) and 22 (double)
    A64_FCVTNS = 0x9e600000,
    A64_FCVTPS = 0x9e680000,
    A64_FCVTMS = 0x9e700000,
    A64_FCVTZS = 0x9e780000,
    A64_FCVTAS = 0x9e640000,
    A64_SCVTF = 0x9e620000,
    A64_FMOV_TO_INT = 0x9e660000,
    A64_FMOV_FROM_INT = 0x9e670000,
    A64_CNT_8B = 0x0e205800,
    A64_ADDV_8B = 0x0e31b800,
    A64_MRS_FPCR = 0xd53b4400,
    A64_MSR_FPCR = 0xd51b4400,
    A64_MRS_FPSR = 0xd53b4420,
    A64_MSR_FPSR = 0xd51b4420,
} A64Op;

enum { A64_UNSIGNED = 1 << 16 }; // of FCVT?S and SCVTF

typedef enum A64Cond {
    A64_EQ,
    A64_NE,
    A64_HS,
    A64_LO,
    A64_MI,
    A64_PL,
    A64_VS,
    A64_VC,
    A64_HI,
    A64_LS,
    A64_GE,
    A64_LT,
    A64_GT,
    A64_LE,
} A64Cond;

void enc_r(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned rm);
void enc_shifted(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned rm, unsigned left); // rm << left
void enc_uxtw(Code *e, A64Op op, unsigned rd, unsigned rn, unsigned rm);                              // rm: low half
void enc_r4(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned rm, unsigned ra);
void enc_r1(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn);
void enc_bits(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned r, unsigned s); // SBFM, UBFM
void enc_shift_imm(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned by);       // LSLV, LSRV, ASRV, RORV
void enc_csel(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, unsigned rm, A64Cond c);
void enc_system(Code *e, A64Op op, unsigned rt);
// Immediates. add: ADD, SUB and their setting of flags; logic: AND, ORR, EOR, ANDS.
bool a64_fits_add(int64_t v); // it, or its negative
void enc_add_imm(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, int64_t imm);
bool a64_fits_logic(uint64_t v, bool wide);
void enc_logic_imm(Code *e, bool wide, A64Op op, unsigned rd, unsigned rn, uint64_t imm);
// Memory of 1 << size bytes.
bool a64_fits_mem(int64_t disp, unsigned size);
void enc_mem(Code *e, A64Op op, unsigned size, unsigned rt, unsigned rn, int64_t disp);
void enc_mem_r(Code *e, A64Op op, unsigned size, unsigned rt, unsigned rn, unsigned rm, bool rm_wide,
               bool scaled);                                                            // rm << size, or rm
void enc_pair(Code *e, A64Op op, unsigned rt, unsigned rt2, unsigned rn, int32_t disp); // -512 to 504
void enc_exclusive(Code *e, A64Op op, unsigned size, unsigned rs, unsigned rt, unsigned rn);
// Floating point.
void enc_f(Code *e, bool dbl, A64Op op, unsigned rd, unsigned rn, unsigned rm);
void enc_f4(Code *e, bool dbl, A64Op op, unsigned rd, unsigned rn, unsigned rm, unsigned ra);
void enc_cross(Code *e, bool wide, bool dbl, uint32_t op, unsigned rd, unsigned rn); // between the classes

// Jumps to be aimed: the offset of what is to be patched.
uint32_t enc_branch(Code *e, A64Cond c);
uint32_t enc_branch_zero(Code *e, bool wide, A64Op op, unsigned rt); // CBZ, CBNZ
uint32_t enc_branch_bit(Code *e, unsigned rt, unsigned bit);         // TBNZ
// To a fixed place in code memory: B, BL.
void enc_jump_to(Code *e, A64Op op, const uint8_t *exec);
uint32_t a64_aim(uint32_t word, int64_t distance);
enum { A64_REACH = 1 << 27 }; // of B and BL, to both sides

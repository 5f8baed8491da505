// The meaning of the ops of floating point, by float.h.
#include "ir/float.h"

static uint64_t boxed(uint64_t a) { return a | ~0ull << 32; }

static uint64_t unboxed(uint64_t a) { return a == boxed(a) ? (uint32_t)a : float_canonical_nan(IR_F32); }

static uint64_t sign_of(IrType t) { return t == IR_F32 ? 1ull << 31 : 1ull << 63; }

static uint64_t narrow(IrType t, uint64_t a) { return t == IR_F32 || t == IR_I32 ? (uint32_t)a : a; }

static uint64_t compare(const IrInsn *insn, uint64_t a, uint64_t b, unsigned *flags) {
    IrType t = (IrType)insn->type;
    if (insn->c == IR_NE) return !float_compare(IR_EQ, t, a, b, flags);
    return float_compare((IrCond)insn->c, t, a, b, flags);
}

static uint64_t convert(const IrInsn *insn, uint64_t a, FloatRound round, unsigned *flags) {
    IrType t = (IrType)insn->type, from = (IrType)insn->c;
    bool is_unsigned = insn->imm & IR_UNSIGNED;
    switch (insn->op) {
    case IR_FTOI: return float_to_int(t, is_unsigned, from, a, round, flags);
    case IR_ITOF: return float_from_int(t, from, is_unsigned, a, round, flags);
    default: return float_convert(t, t == IR_F32 ? IR_F64 : IR_F32, a, round, flags);
    }
}

uint64_t ir_eval_flags(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c, unsigned *flags) {
    IrType t = (IrType)insn->type;
    FloatRound round = (FloatRound)(insn->imm & IR_ROUNDING);
    switch (insn->op) {
    case IR_FADD: return float_add(t, a, b, round, flags);
    case IR_FSUB: return float_sub(t, a, b, round, flags);
    case IR_FMUL: return float_mul(t, a, b, round, flags);
    case IR_FDIV: return float_div(t, a, b, round, flags);
    case IR_FSQRT: return float_sqrt(t, narrow(t, a), round, flags);
    case IR_FMA: return float_fma(t, a, b, c, round, flags);
    case IR_FMIN: return float_min(t, narrow(t, a), narrow(t, b), flags);
    case IR_FMAX: return float_max(t, narrow(t, a), narrow(t, b), flags);
    case IR_FADDZ:
    case IR_FSUBZ:
    case IR_FMULZ:
    case IR_FDIVZ: return float_arithmetic_z((IrOp)insn->op, a, b, round, flags);
    case IR_FTOIZ: return float_to_int_z(a, round, flags);
    case IR_FCMPZ: return float_compare_z((IrCond)insn->c, a, b, flags);
    case IR_FNEG: return narrow(t, a ^ sign_of(t));
    case IR_FABS: return narrow(t, a & ~sign_of(t));
    case IR_BITS: return narrow(t, a);
    case IR_BOX: return boxed(a);
    case IR_UNBOX: return unboxed(a);
    case IR_CMP: return compare(insn, narrow(t, a), narrow(t, b), flags);
    case IR_FCVT:
    case IR_FTOI:
    case IR_ITOF: return convert(insn, a, round, flags);
    default: BUG_IF(true, "ir_eval_flags of op '%s'", ir_op_info[insn->op].text);
    }
}

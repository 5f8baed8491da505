// Floating point. What IEEE 754 leaves open, ir_eval decides: NaN results are canonical, conversions saturate.
//
// Hardware does the work and its sticky flags are the guest's; what is rare is out of line: NaN results, results of
// FTOI out of range, operands of FMIN and FMAX that are equal or NaNs, U64 sources of ITOF from 2^63 on. The ops whose name
// ends in Z are compiled for DAZ and FTZ (FLOAT_FLUSH); ir_eval does what these do not say as float.h does.
// With VEX (and FMA3, see X64_FMA) instructions have three operands. XMM15 is scratch.
// INVARIANT: the upper part of a register that holds an F32 does not matter.
#include "host/x64/emit.h"
#include "host/x64/x64.h"
#include "ir/float.h"

enum { XTMP = 15 };

// Constants in the frame, 16 bytes each, see x64_fp_init().
typedef enum FpConst { FPC_SIGN64, FPC_ABS64, FPC_SIGN32, FPC_ABS32, FPC_NAN64, FPC_NAN32, FPC_ONES } FpConst;
#define NAN64 0x7ff8000000000000ull
#define NAN32 0x7fc00000ull

void x64_fp_init(uint64_t consts[HOST_FP_CONSTS]) {
    static const uint64_t values[HOST_FP_CONSTS / 2] = {[FPC_SIGN64] = 1ull << 63,
                                                        [FPC_ABS64] = ~0ull >> 1,
                                                        [FPC_SIGN32] = 0x8000000080000000,
                                                        [FPC_ABS32] = 0x7fffffff7fffffffull,
                                                        [FPC_NAN64] = NAN64,
                                                        [FPC_NAN32] = NAN32,
                                                        [FPC_ONES] = ~0ull};
    for (unsigned i = 0; i < HOST_FP_CONSTS; i++) consts[i] = values[i / 2];
}

static Mem fp_const(const Emit *m, FpConst which) {
    return mem_at(FRAME, m->cfg->frame.fp_consts + 16 * (int32_t)which);
}

// ---- MXCSR:  [5:0] sticky PE UE OE ZE DE IE  [6] DAZ  [12:7] masks of the same  [14:13] rounding  [15] FTZ
enum { MXCSR_FLUSH = 0x8040 };
enum { MXCSR_IE = 1, MXCSR_FLAGS = 0x3f, MXCSR_MASKS = 0x1f80, MXCSR_NO_DE = 0x3d, MXCSR_ROUND = 13 };

void x64_fp_round(uint32_t *state, unsigned round) {
    static const uint8_t rc[8] = {[FLOAT_RNE] = 0, [FLOAT_RTZ] = 3, [FLOAT_RDN] = 1, [FLOAT_RUP] = 2, [FLOAT_RMM] = 0};
    *state = (*state & MXCSR_FLAGS) | MXCSR_MASKS | (uint32_t)rc[round & 7] << MXCSR_ROUND;
    if (round & FLOAT_FLUSH) *state |= MXCSR_FLUSH;
}

// NX to NV is PE, UE, OE, ZE, IE: the other way round.
unsigned x64_fp_take(uint32_t *state) {
    uint32_t s = *state;
    *state &= ~(uint32_t)MXCSR_FLAGS;
    return (s >> 5 & FLOAT_NX) | (s >> 3 & FLOAT_UF) | (s >> 1 & FLOAT_OF) | (s << 1 & FLOAT_DZ) | (s << 4 & FLOAT_NV);
}

void x64_fp_raise(uint32_t *state, unsigned flags) {
    *state |= (flags & FLOAT_NX) << 5 | (flags & FLOAT_UF) << 3 | (flags & FLOAT_OF) << 1 | (flags & FLOAT_DZ) >> 1 |
              (flags & FLOAT_NV) >> 4;
}

// ---- operands
static unsigned xmm(unsigned reg) {
    BUG_IF(!emit_is_float_reg(reg), "register %u is no XMM register", reg);
    return reg - XMM0;
}
static FpKind scalar(IrType t) { return t == IR_F64 ? FP_SD : FP_SS; }
static FpKind packed(IrType t) { return t == IR_F64 ? FP_PD : FP_PS; }

static void move(Emit *m, unsigned dst, unsigned src) {
    if (dst != src) enc_fp_rr(&m->e, FP_PS, FP_MOVA, dst, src);
}

// dst = a <op> b, by three operands or by two.
static void op3(Emit *m, FpKind kind, FpOp op, unsigned dst, unsigned a, unsigned b) {
    if (emit_has(m, X64_FMA)) {
        enc_vex_rr(&m->e, kind, op, dst, a, b);
        return;
    }
    if (dst == b && dst != a) {
        move(m, XTMP, b);
        b = XTMP;
    }
    move(m, dst, a);
    enc_fp_rr(&m->e, kind, op, dst, b);
}

static void op3_mem(Emit *m, FpKind kind, FpOp op, unsigned dst, unsigned a, Mem b) {
    if (emit_has(m, X64_FMA)) {
        enc_vex_rm(&m->e, kind, op, dst, a, b);
    } else {
        move(m, dst, a);
        enc_fp_rm(&m->e, kind, op, dst, b);
    }
}

// b: a register or memory
static void op3_loc(Emit *m, FpKind kind, FpOp op, unsigned dst, unsigned a, RaLoc b) {
    if (b.kind == RA_REG)
        op3(m, kind, op, dst, a, xmm(b.index));
    else
        op3_mem(m, kind, op, dst, a, emit_loc_mem(m, b));
}

// XTMP: all ones if the predicate holds for a and b, else 0. b is not XTMP.
static void compare_to_mask(Emit *m, IrType t, unsigned a, unsigned b, unsigned predicate) {
    if (emit_has(m, X64_FMA)) {
        enc_vex_cmp(&m->e, scalar(t), XTMP, a, b, predicate);
    } else {
        move(m, XTMP, a);
        enc_fp_cmp(&m->e, scalar(t), XTMP, b, predicate);
    }
}

static void canonical(Emit *m, IrType t, unsigned dst) {
    enc_fp_rm(&m->e, FP_SD, FP_MOV_LOAD, dst, fp_const(m, t == IR_F64 ? FPC_NAN64 : FPC_NAN32));
}

// ---- out of line
static void rare_here(Emit *m, Rare rare, const RaOp *op, Cc cc) {
    emit_back(m, emit_detour(m, rare, op, emit_jcc(m, cc)));
}

// ---- NaNs
void gen_fix(Emit *m, RaLoc loc, IrType t) {
    bool w = t == IR_F64;
    unsigned x = XTMP;
    if (loc.kind == RA_REG)
        x = xmm(loc.index);
    else
        enc_fp_rm(&m->e, scalar(t), FP_MOV_LOAD, x, emit_loc_mem(m, loc));
    enc_fp_to_bits(&m->e, w, TMP, x);
    enc_mov_ri(&m->e, TMP2, w ? NAN64 : NAN32);
    enc_fp_rr(&m->e, packed(t), FP_UCOMI, x, x);
    enc_cmov(&m->e, CC_P, w, TMP, TMP2);
    if (loc.kind == RA_REG)
        enc_fp_from_bits(&m->e, w, x, TMP);
    else
        enc_store(&m->e, emit_loc_mem(m, loc), TMP, w ? 3 : 2);
}

static void fix_all(Emit *m, const RaOp *op) {
    for (uint32_t i = op->fixes; i < op->fixes + op->n_fixes; i++)
        gen_fix(m, m->ra->fixes.at[i].loc, (IrType)m->ra->fixes.at[i].type);
}

void gen_canon(Emit *m, const RaOp *op) {
    IrType t = ir_value_type(&m->u->insns.at[op->ref]);
    unsigned x = XTMP;
    if (op->a.kind == RA_REG)
        x = xmm(op->a.index);
    else
        enc_fp_rm(&m->e, scalar(t), FP_MOV_LOAD, x, emit_loc_mem(m, op->a));
    unsigned other = op->b.kind == RA_REG ? xmm(op->b.index) : x;
    if (op->c.kind == RA_REG) { // all ones, a NaN, if one of the first two is one
        compare_to_mask(m, t, x, other, FP_CMP_UNORD);
        x = XTMP, other = xmm(op->c.index);
    }
    enc_fp_rr(&m->e, packed(t), FP_UCOMI, x, other); // P: one of them is a NaN
    x64_of(m)->flags_of = 0;
    rare_here(m, RARE_CANON, op, CC_P);
}

static void canon_cold(Emit *m, const RaOp *op) {
    IrType t = ir_value_type(&m->u->insns.at[op->ref]);
    gen_fix(m, op->a, t);
    if (op->b.kind == RA_REG) gen_fix(m, op->b, t);
    if (op->c.kind == RA_REG) gen_fix(m, op->c, t);
    fix_all(m, op);
}

// ---- arithmetic
static void check_nan(Emit *m, const RaOp *op, IrType t) {
    enc_fp_rr(&m->e, packed(t), FP_UCOMI, xmm(op->dst), xmm(op->dst));
    rare_here(m, RARE_NAN, op, CC_P);
}

static void emit_arith(Emit *m, FpOp fp, const RaOp *op, const IrInsn *in) {
    IrType t = (IrType)in->type;
    op3_loc(m, scalar(t), fp, xmm(op->dst), xmm(op->a.index), op->b);
}

// One input: the merge operand of VEX is the input itself, so that nothing older is waited for.
static void emit_unary(Emit *m, FpKind kind, FpOp fp, const RaOp *op) {
    unsigned dst = xmm(op->dst), a = xmm(op->a.index);
    if (emit_has(m, X64_FMA))
        enc_vex_rr(&m->e, kind, fp, dst, a, a);
    else
        enc_fp_rr(&m->e, kind, fp, dst, a);
}

static void emit_fma(Emit *m, const RaOp *op, const IrInsn *in) {
    bool dbl = in->type == IR_F64;
    unsigned dst = xmm(op->dst), a = xmm(op->a.index);
    move(m, dst, xmm(op->c.index));
    if (op->b.kind == RA_REG)
        enc_fma231_rr(&m->e, dbl, dst, a, xmm(op->b.index));
    else
        enc_fma231_rm(&m->e, dbl, dst, a, emit_loc_mem(m, op->b));
    check_nan(m, op, (IrType)in->type);
}

void gen_evaluated(Emit *m, const RaOp *op) {
    if (op->n_fixes) check_nan(m, op, ir_value_type(&m->u->insns.at[op->ref]));
}

// The result is a NaN. FMA: infinity * 0 is invalid even when the sum is a NaN anyway, which hardware does not say. The
// product alone tells, but for flags that it raises when it is a number.
static void nan_cold(Emit *m, const RaOp *op, const IrInsn *in) {
    IrType t = (IrType)in->type;
    if (in->op == IR_FMA && emit_has(m, X64_FMA)) {
        Mem state = mem_at(FRAME, m->cfg->frame.fp_state);
        enc_stmxcsr(&m->e, state);
        enc_load(&m->e, TMP2, state, 2, false, false);
        move(m, XTMP, xmm(op->a.index));
        if (op->b.kind == RA_REG)
            enc_fp_rr(&m->e, scalar(t), FP_MUL, XTMP, xmm(op->b.index));
        else
            enc_fp_rm(&m->e, scalar(t), FP_MUL, XTMP, emit_loc_mem(m, op->b));
        enc_stmxcsr(&m->e, state);
        enc_load(&m->e, TMP, state, 2, false, false);
        enc_fp_rr(&m->e, packed(t), FP_UCOMI, XTMP, XTMP);
        enc_cmov(&m->e, CC_NP, false, TMP, TMP2);
        enc_store(&m->e, state, TMP, 2);
        enc_ldmxcsr(&m->e, state);
    }
    canonical(m, t, xmm(op->dst));
    fix_all(m, op);
}

// ---- arithmetic without denormal numbers
// A tiny sum is exact, and flushed. A product or quotient may have been rounded up to the smallest normal number: then the
// processor does not call it tiny. With the sign shifted out, less 0x01000001, numbers above that one come first:
enum { TINY_BIAS = 0x01000001, TINY_LAST = (int32_t)0xfdffffff }; // infinity is the last

static void emit_flushing(Emit *m, FpOp fp, const RaOp *op, const IrInsn *in) {
    emit_arith(m, fp, op, in);
    if (in->op == IR_FADDZ || in->op == IR_FSUBZ) {
        enc_fp_rr(&m->e, FP_PS, FP_UCOMI, xmm(op->dst), xmm(op->dst));
        emit_back(m, emit_cold_call(m, RARE_EVAL, op, emit_jcc(m, CC_P)));
        return;
    }
    enc_fp_to_bits(&m->e, false, TMP, xmm(op->dst));
    enc_lea(&m->e, false, TMP, mem_indexed(TMP, TMP, 0, -TINY_BIAS));
    enc_alu_ri(&m->e, ALU_CMP, false, TMP, TINY_LAST);
    rare_here(m, RARE_TINY, op, CC_A);
}

static void tiny_cold(Emit *m, const Cold *c, const RaOp *op) {
    enc_alu_ri(&m->e, ALU_CMP, false, TMP, -TINY_BIAS); // a zero
    emit_back_as(m, emit_cold_call(m, RARE_EVAL, op, emit_jcc(m, CC_NE)), c);
}

static void emit_to_signed_z(Emit *m, const RaOp *op, const IrInsn *in) {
    bool truncate = (in->imm & IR_ROUNDING) == FLOAT_RTZ;
    enc_fp_to_int(&m->e, FP_SS, false, truncate, op->dst, xmm(op->a.index));
    enc_alu_ri(&m->e, ALU_CMP, false, op->dst, 1);
    emit_back(m, emit_cold_call(m, RARE_EVAL, op, emit_jcc(m, CC_O)));
}

// ---- minimum and maximum. Hardware returns the second operand when they are equal or one is a NaN.
static void emit_min_max(Emit *m, const RaOp *op, const IrInsn *in) {
    IrType t = (IrType)in->type;
    unsigned dst = xmm(op->dst), a = xmm(op->a.index), b = xmm(op->b.index);
    enc_fp_rr(&m->e, packed(t), FP_UCOMI, a, b); // invalid for a signaling NaN only, which is what is wanted
    uint32_t number = emit_detour(m, RARE_NUMBER, op, emit_jcc(m, CC_P));
    uint32_t equal = emit_detour(m, RARE_EQUAL, op, emit_jcc(m, CC_E));
    op3(m, scalar(t), in->op == IR_FMIN ? FP_MIN : FP_MAX, dst, a, b);
    emit_back(m, number);
    emit_back(m, equal);
}

// -0 < +0
static void equal_cold(Emit *m, const RaOp *op, const IrInsn *in) {
    op3(m, FP_PS, in->op == IR_FMIN ? FP_OR : FP_AND, xmm(op->dst), xmm(op->a.index), xmm(op->b.index));
}

// The operand that is not a NaN; none: the canonical NaN.
static void number_cold(Emit *m, const RaOp *op, const IrInsn *in) {
    IrType t = (IrType)in->type;
    bool w = t == IR_F64;
    unsigned dst = xmm(op->dst), a = xmm(op->a.index), b = xmm(op->b.index);
    enc_fp_to_bits(&m->e, w, TMP, a);
    enc_fp_to_bits(&m->e, w, TMP2, b);
    enc_fp_rr(&m->e, packed(t), FP_UCOMI, a, a);
    enc_cmov(&m->e, CC_P, w, TMP, TMP2);
    enc_fp_from_bits(&m->e, w, dst, TMP);
    enc_fp_rr(&m->e, packed(t), FP_UCOMI, dst, dst);
    enc_mov_ri(&m->e, TMP2, w ? NAN64 : NAN32);
    enc_cmov(&m->e, CC_P, w, TMP, TMP2);
    enc_fp_from_bits(&m->e, w, dst, TMP);
}

// ---- comparisons
// EQ and NE by a mask: as flags they would be two conditions. The others: false when CF = 1, which a NaN makes, too.
// A signaling NaN raises a flag all the same: with any NaN the flags are again what the FFLAGS before has stored.
// EFLAGS are kept.
static Cc quiet_compare(Emit *m, const RaOp *op, const IrInsn *in, unsigned a, unsigned b) {
    bool less = in->c == IR_LTS || in->c == IR_LES;
    enc_fp_rr(&m->e, packed((IrType)in->type), FP_UCOMI, less ? b : a, less ? a : b);
    rare_here(m, RARE_QUIET, op, CC_P);
    return in->c == IR_LTS || in->c == IR_GTS ? CC_A : CC_AE;
}

Cc emit_float_compare(Emit *m, const RaOp *op, const IrInsn *in) {
    IrType t = (IrType)in->type;
    unsigned a = xmm(op->a.index), b = XTMP;
    if (op->b.kind == RA_REG)
        b = xmm(op->b.index);
    else
        enc_fp_rm(&m->e, scalar(t), FP_MOV_LOAD, XTMP, emit_loc_mem(m, op->b));
    if (ir_is_quiet(in)) return quiet_compare(m, op, in, a, b);
    FpOp compare = in->op == IR_FCMPZ ? FP_UCOMI : FP_COMI;
    switch (in->c) {
    case IR_LTS: enc_fp_rr(&m->e, packed(t), compare, b, a); return CC_A;
    case IR_LES: enc_fp_rr(&m->e, packed(t), compare, b, a); return CC_AE;
    case IR_GTS: enc_fp_rr(&m->e, packed(t), compare, a, b); return CC_A;
    case IR_GES: enc_fp_rr(&m->e, packed(t), compare, a, b); return CC_AE;
    default: // symmetric
        compare_to_mask(m, t, b, a, in->c == IR_EQ ? FP_CMP_EQ : FP_CMP_NE);
        enc_fp_to_bits(&m->e, false, TMP, XTMP);
        enc_test_rr(&m->e, false, TMP, TMP);
        return CC_NE;
    }
}

// ---- conversions
// Out of range and NaNs give the most negative integer.
static void emit_to_signed(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = in->type == IR_I64, truncate = (in->imm & IR_ROUNDING) == FLOAT_RTZ;
    enc_fp_to_int(&m->e, scalar((IrType)in->c), w, truncate, op->dst, xmm(op->a.index));
    enc_alu_ri(&m->e, ALU_CMP, w, op->dst, 1);
    rare_here(m, RARE_TO_INT, op, CC_O);
}

static void to_signed_cold(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = in->type == IR_I64;
    enc_mov_ri(&m->e, TMP, w ? INT64_MAX : INT32_MAX);
    enc_fp_rr(&m->e, FP_PS, FP_XOR, XTMP, XTMP);
    enc_fp_rr(&m->e, packed((IrType)in->c), FP_UCOMI, XTMP, xmm(op->a.index));
    enc_cmov(&m->e, CC_B, w, op->dst, TMP); // positive or a NaN
}

// The bits of what is not negative and below the limit are below the limit's bits, as unsigned integers. Below 2^32 - 1
// rounding does not reach 2^32, and what is below 2^63 is an integer before rounding could reach that.
static void emit_to_unsigned(Emit *m, const RaOp *op, const IrInsn *in) {
    bool dbl = in->c == IR_F64, wide = in->type == IR_I64, truncate = (in->imm & IR_ROUNDING) == FLOAT_RTZ;
    uint64_t limit = dbl ? wide ? 0x43e0000000000000 : 0x41efffffffe00000 : wide ? 0x5f000000 : 0x4f800000;
    unsigned a = xmm(op->a.index);
    enc_fp_to_bits(&m->e, dbl, TMP, a);
    enc_mov_ri(&m->e, TMP2, limit);
    enc_alu_rr(&m->e, ALU_CMP, dbl, TMP, TMP2);
    uint32_t exact = emit_cold_call(m, RARE_EVAL, op, emit_jcc(m, CC_AE));
    enc_fp_to_int(&m->e, scalar((IrType)in->c), true, truncate, op->dst, a);
    emit_back(m, exact);
}

static void emit_from_int(Emit *m, const RaOp *op, const IrInsn *in) {
    bool wide = in->c == IR_I64, is_unsigned = (in->imm & IR_UNSIGNED) != 0;
    unsigned dst = xmm(op->dst), a = op->a.index;
    uint32_t big = 0;
    if (is_unsigned && wide) {
        enc_test_rr(&m->e, true, a, a);
        big = emit_detour(m, RARE_UNSIGNED, op, emit_jcc(m, CC_S));
    } else if (is_unsigned) {
        enc_mov_rr(&m->e, false, TMP, a);
        a = TMP;
    }
    enc_fp_rr(&m->e, FP_PS, FP_XOR, dst, dst); // else the conversion would wait for what the register held
    enc_fp_from_int(&m->e, scalar((IrType)in->type), wide || is_unsigned, dst, a);
    if (is_unsigned && wide) emit_back(m, big);
}

// Half of it, the lowest bit kept sticky, then doubled: rounds the same.
static void unsigned_cold(Emit *m, const RaOp *op, const IrInsn *in) {
    FpKind kind = scalar((IrType)in->type);
    unsigned dst = xmm(op->dst);
    enc_mov_rr(&m->e, true, TMP, op->a.index);
    enc_mov_rr(&m->e, false, TMP2, op->a.index);
    enc_shift_ri(&m->e, SH_SHR, true, TMP, 1);
    enc_alu_ri(&m->e, ALU_AND, false, TMP2, 1);
    enc_alu_rr(&m->e, ALU_OR, true, TMP, TMP2);
    enc_fp_rr(&m->e, FP_PS, FP_XOR, dst, dst);
    enc_fp_from_int(&m->e, kind, true, dst, TMP);
    enc_fp_rr(&m->e, kind, FP_ADD, dst, dst);
}

// ---- bits
static void emit_bits(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = in->type == IR_I64 || in->type == IR_F64;
    if (ir_is_float((IrType)in->type))
        enc_fp_from_bits(&m->e, w, xmm(op->dst), op->a.index);
    else
        enc_fp_to_bits(&m->e, w, op->dst, xmm(op->a.index));
}

// f: a register or a spill place.
void emit_float_box(Emit *m, unsigned dst, RaLoc f) {
    unsigned x = xmm(f.kind == RA_REG ? f.index : dst);
    if (f.kind != RA_REG) emit_float_load(m, dst, emit_loc_mem(m, f), false);
    op3_mem(m, FP_PD, FP_UNPACK, xmm(dst), x, fp_const(m, FPC_ONES));
}

void emit_float_store_box(Emit *m, Mem at, RaLoc f) {
    Mem upper = at;
    upper.disp += 4;
    if (f.kind == RA_REG) {
        emit_float_store(m, at, f.index, false);
    } else {
        enc_load(&m->e, TMP, emit_loc_mem(m, f), 2, false, true);
        enc_store(&m->e, at, TMP, 2);
    }
    enc_store_i(&m->e, upper, -1, 2);
}

static void emit_unbox(Emit *m, const RaOp *op) {
    enc_fp_to_bits(&m->e, true, TMP, xmm(op->a.index));
    enc_shift_ri(&m->e, SH_SAR, true, TMP, 32);
    enc_alu_ri(&m->e, ALU_CMP, false, TMP, -1);
    uint32_t unboxed = emit_detour(m, RARE_NAN, op, emit_jcc(m, CC_NE));
    move(m, xmm(op->dst), xmm(op->a.index));
    emit_back(m, unboxed);
}

// ---- flags
static void emit_take_flags(Emit *m, const RaOp *op) {
    Mem state = mem_at(FRAME, m->cfg->frame.fp_state);
    enc_stmxcsr(&m->e, state);
    enc_load(&m->e, TMP, state, 2, false, false);
    enc_alu_ri(&m->e, ALU_AND, false, TMP, MXCSR_NO_DE);
    uint32_t some = emit_detour(m, RARE_FLAGS, op, emit_jcc(m, CC_NE));
    enc_mov_rr(&m->e, false, op->dst, TMP);
    emit_back(m, some);
}

static void flags_from(Emit *m, const RaOp *op) { // as x64_fp_take()
    static const struct {
        Shift shift;
        uint8_t by, flag;
    } steps[] = {{SH_SHR, 3, FLOAT_UF}, {SH_SHR, 1, FLOAT_OF}, {SH_SHL, 1, FLOAT_DZ}, {SH_SHL, 4, FLOAT_NV}};
    enc_mov_rr(&m->e, false, op->dst, TMP);
    enc_shift_ri(&m->e, SH_SHR, false, op->dst, 5);
    for (unsigned i = 0; i < ARRAY_LEN(steps); i++) {
        enc_mov_rr(&m->e, false, TMP2, TMP);
        enc_shift_ri(&m->e, steps[i].shift, false, TMP2, steps[i].by);
        enc_alu_ri(&m->e, ALU_AND, false, TMP2, steps[i].flag);
        enc_alu_rr(&m->e, ALU_OR, false, op->dst, TMP2);
    }
}

static void take_flags_cold(Emit *m, const RaOp *op) {
    Mem state = mem_at(FRAME, m->cfg->frame.fp_state);
    flags_from(m, op);
    enc_alu_mi(&m->e, ALU_AND, false, state, ~MXCSR_FLAGS);
    enc_ldmxcsr(&m->e, state);
}

// Without a branch: a loop that computes has raised some, nearly always.
static void emit_keep_flags(Emit *m, const RaOp *op) {
    Mem state = mem_at(FRAME, m->cfg->frame.fp_state);
    enc_stmxcsr(&m->e, state);
    enc_load(&m->e, TMP, state, 2, false, false);
    enc_alu_ri(&m->e, ALU_AND, false, TMP, MXCSR_NO_DE);
    flags_from(m, op);
}

// ---- all of them
void emit_float(Emit *m, const RaOp *op, const IrInsn *in) {
    IrType t = (IrType)in->type;
    bool dbl = t == IR_F64;
    switch (in->op) {
    case IR_FADD: emit_arith(m, FP_ADD, op, in); break;
    case IR_FSUB: emit_arith(m, FP_SUB, op, in); break;
    case IR_FADDZ: emit_flushing(m, FP_ADD, op, in); break;
    case IR_FSUBZ: emit_flushing(m, FP_SUB, op, in); break;
    case IR_FMULZ: emit_flushing(m, FP_MUL, op, in); break;
    case IR_FDIVZ: emit_flushing(m, FP_DIV, op, in); break;
    case IR_FTOIZ: emit_to_signed_z(m, op, in); break;
    case IR_FMUL: emit_arith(m, FP_MUL, op, in); break;
    case IR_FDIV: emit_arith(m, FP_DIV, op, in); break;
    case IR_FSQRT: emit_unary(m, scalar(t), FP_SQRT, op); break;
    case IR_FCVT: emit_unary(m, dbl ? FP_SS : FP_SD, FP_CVT, op); break;
    case IR_FMA: emit_fma(m, op, in); break;
    case IR_FMIN:
    case IR_FMAX: emit_min_max(m, op, in); break;
    case IR_FNEG:
        op3_mem(m, FP_PS, FP_XOR, xmm(op->dst), xmm(op->a.index), fp_const(m, dbl ? FPC_SIGN64 : FPC_SIGN32));
        break;
    case IR_FABS:
        op3_mem(m, FP_PS, FP_AND, xmm(op->dst), xmm(op->a.index), fp_const(m, dbl ? FPC_ABS64 : FPC_ABS32));
        break;
    case IR_FTOI:
        if (in->imm & IR_UNSIGNED)
            emit_to_unsigned(m, op, in);
        else
            emit_to_signed(m, op, in);
        break;
    case IR_ITOF: emit_from_int(m, op, in); break;
    case IR_BITS: emit_bits(m, op, in); break;
    case IR_BOX: emit_float_box(m, op->dst, op->a); break;
    case IR_UNBOX: emit_unbox(m, op); break;
    case IR_FFLAGS: in->imm ? emit_keep_flags(m, op) : emit_take_flags(m, op); break;
    default: bug_abort(__FILE__, __LINE__, "no emitter for op %s", ir_op_info[in->op].text);
    }
}

void emit_float_rare(Emit *m, const Cold *c) {
    const RaOp *op = &m->ra->ops.at[c->op];
    const IrInsn *in = &m->u->insns.at[op->ref];
    switch (c->rare) {
    case RARE_NAN: nan_cold(m, op, in); break;
    case RARE_CANON: canon_cold(m, op); break;
    case RARE_EQUAL: equal_cold(m, op, in); break;
    case RARE_NUMBER: number_cold(m, op, in); break;
    case RARE_TO_INT: to_signed_cold(m, op, in); break;
    case RARE_UNSIGNED: unsigned_cold(m, op, in); break;
    case RARE_TINY: tiny_cold(m, c, op); break;
    case RARE_QUIET: enc_ldmxcsr(&m->e, mem_at(FRAME, m->cfg->frame.fp_state)); break;
    default: take_flags_cold(m, op);
    }
}

// ---- moves
void emit_float_to_reg(Emit *m, unsigned dst, RaLoc from, bool dbl) {
    unsigned to = xmm(dst);
    if (from.kind == RA_REG) {
        move(m, to, xmm(from.index));
    } else if (from.kind == RA_CONST) {
        uint64_t v = emit_const(m, from);
        if (v == 0) {
            enc_fp_rr(&m->e, FP_PS, FP_XOR, to, to);
        } else {
            enc_mov_ri(&m->e, TMP, v);
            enc_fp_from_bits(&m->e, true, to, TMP);
        }
    } else {
        enc_fp_rm(&m->e, dbl ? FP_SD : FP_SS, FP_MOV_LOAD, to, emit_loc_mem(m, from));
    }
}

void emit_float_bits(Emit *m, unsigned reg, unsigned src, bool dbl) { enc_fp_to_bits(&m->e, dbl, reg, xmm(src)); }
void emit_float_from_bits(Emit *m, unsigned dst, unsigned reg, bool dbl) {
    enc_fp_from_bits(&m->e, dbl, xmm(dst), reg);
}
void emit_float_load(Emit *m, unsigned dst, Mem at, bool dbl) {
    enc_fp_rm(&m->e, dbl ? FP_SD : FP_SS, FP_MOV_LOAD, xmm(dst), at);
}
void emit_float_store(Emit *m, Mem at, unsigned src, bool dbl) {
    enc_fp_rm(&m->e, dbl ? FP_SD : FP_SS, FP_MOV_STORE, xmm(src), at);
}

void emit_float_swap(Emit *m, unsigned a, unsigned b) {
    move(m, XTMP, xmm(a));
    move(m, xmm(a), xmm(b));
    move(m, xmm(b), XTMP);
}

void emit_float_select(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = in->type == IR_F64;
    enc_fp_to_bits(&m->e, w, TMP, xmm(op->c.index));
    enc_fp_to_bits(&m->e, w, TMP2, xmm(op->b.index));
    enc_test_rr(&m->e, true, op->a.index, op->a.index);
    enc_cmov(&m->e, CC_NE, w, TMP, TMP2);
    enc_fp_from_bits(&m->e, w, xmm(op->dst), TMP);
}

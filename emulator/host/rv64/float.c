// Floating point. The IR's is that of this architecture: canonical NaNs, saturating conversions, the flags and their
// bits. An instruction has its rounding mode in it, so that frm is the C side's own.
#include "host/rv64/emit.h"

typedef struct FloatPair {
    uint16_t single, dbl;
} FloatPair;

static RvOp pick(const FloatPair *row, IrType t) { return (RvOp)(t == IR_F64 ? row->dbl : row->single); }

static unsigned rounding(const IrInsn *in) { return in->imm & IR_ROUNDING; }

static void emit_arith(Emit *m, const RaOp *op, const IrInsn *in) {
    static const FloatPair rows[] = {
        [IR_FADD] = {RV_FADD_S, RV_FADD_D}, [IR_FSUB] = {RV_FSUB_S, RV_FSUB_D},    [IR_FMUL] = {RV_FMUL_S, RV_FMUL_D},
        [IR_FDIV] = {RV_FDIV_S, RV_FDIV_D}, [IR_FSQRT] = {RV_FSQRT_S, RV_FSQRT_D}, [IR_FMA] = {RV_FMADD_S, RV_FMADD_D}};
    unsigned n = ir_op_info[in->op].inputs;
    enc_rm(&m->e, pick(&rows[in->op], (IrType)in->type), rounding(in), op->dst, op->a.index, n > 1 ? op->b.index : 0,
           n > 2 ? op->c.index : 0);
}

static void emit_min_max(Emit *m, const RaOp *op, const IrInsn *in) {
    static const FloatPair min = {RV_FMIN_S, RV_FMIN_D}, max = {RV_FMAX_S, RV_FMAX_D};
    enc_r(&m->e, pick(in->op == IR_FMIN ? &min : &max, (IrType)in->type), op->dst, op->a.index, op->b.index);
}

static void emit_sign(Emit *m, const RaOp *op, const IrInsn *in) {
    static const FloatPair neg = {RV_FSGNJN_S, RV_FSGNJN_D}, abs = {RV_FSGNJX_S, RV_FSGNJX_D};
    enc_r(&m->e, pick(in->op == IR_FNEG ? &neg : &abs, (IrType)in->type), op->dst, op->a.index, op->a.index);
}

// ---- comparisons
void emit_float_compare(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in) {
    static const FloatPair eq = {RV_FEQ_S, RV_FEQ_D}, lt = {RV_FLT_S, RV_FLT_D}, le = {RV_FLE_S, RV_FLE_D};
    bool swap = in->c == IR_GTS || in->c == IR_GES, quiet = ir_is_quiet(in);
    bool equal = in->c == IR_EQ || in->c == IR_NE;
    const FloatPair *row = equal ? &eq : in->c == IR_LTS || in->c == IR_GTS ? &lt : &le;
    unsigned a = op->a.index, b = op->b.index;
    if (quiet) enc_r1(&m->e, RV_FRFLAGS, TMP2, ZERO); // also of a signaling NaN: EQ raises for it
    enc_r(&m->e, pick(row, (IrType)in->type), dst, swap ? b : a, swap ? a : b);
    if (quiet) enc_r1(&m->e, RV_FSFLAGS, ZERO, TMP2);
    if (in->c == IR_NE) enc_i(&m->e, RV_XORI, dst, dst, 1);
}

void emit_float_select(Emit *m, const RaOp *op, const IrInsn *in) {
    RvOp out = in->type == IR_F64 ? RV_FMV_X_D : RV_FMV_X_W;
    enc_r(&m->e, RV_SLTU, TMP, ZERO, op->a.index);
    enc_r(&m->e, RV_SUB, TMP, ZERO, TMP);
    enc_r1(&m->e, out, TMP2, op->b.index);
    enc_r1(&m->e, out, TMP3, op->c.index);
    enc_r(&m->e, RV_XOR, TMP2, TMP2, TMP3);
    enc_r(&m->e, RV_AND, TMP, TMP, TMP2);
    enc_r(&m->e, RV_XOR, TMP, TMP, TMP3);
    enc_r1(&m->e, in->type == IR_F64 ? RV_FMV_D_X : RV_FMV_W_X, op->dst, TMP);
}

// ---- conversions
static const uint16_t to_int[2][2][2] = { // [from F64][to I64][unsigned]
    {{RV_FCVT_W_S, RV_FCVT_WU_S}, {RV_FCVT_L_S, RV_FCVT_LU_S}},
    {{RV_FCVT_W_D, RV_FCVT_WU_D}, {RV_FCVT_L_D, RV_FCVT_LU_D}}};
static const uint16_t from_int[2][2][2] = { // [to F64][from I64][unsigned]
    {{RV_FCVT_S_W, RV_FCVT_S_WU}, {RV_FCVT_S_L, RV_FCVT_S_LU}},
    {{RV_FCVT_D_W, RV_FCVT_D_WU}, {RV_FCVT_D_L, RV_FCVT_D_LU}}};

static void emit_convert(Emit *m, const RaOp *op, const IrInsn *in) {
    bool is_unsigned = (in->imm & IR_UNSIGNED) != 0;
    RvOp rv = in->op == IR_FCVT   ? in->type == IR_F64 ? RV_FCVT_D_S : RV_FCVT_S_D
              : in->op == IR_FTOI ? (RvOp)to_int[in->c == IR_F64][in->type == IR_I64][is_unsigned]
                                  : (RvOp)from_int[in->type == IR_F64][in->c == IR_I64][is_unsigned];
    uint8_t form = rv_rows[rv].form;
    bool exact = form == RV_FORM_FEXACT1 || form == RV_FORM_EXACT_INT;
    enc_rm(&m->e, rv, exact ? 0 : rounding(in), op->dst, op->a.index, 0, 0);
}

// The registers differ in class: fmv moves the bits.
static void emit_bits(Emit *m, const RaOp *op, const IrInsn *in) {
    static const uint16_t rows[] = {
        [IR_I32] = RV_FMV_X_W, [IR_I64] = RV_FMV_X_D, [IR_F32] = RV_FMV_W_X, [IR_F64] = RV_FMV_D_X};
    enc_r1(&m->e, (RvOp)rows[in->type], op->dst, op->a.index);
}

void emit_float(Emit *m, const RaOp *op, const IrInsn *in) {
    switch (in->op) {
    case IR_FADD:
    case IR_FSUB:
    case IR_FMUL:
    case IR_FDIV:
    case IR_FSQRT:
    case IR_FMA: emit_arith(m, op, in); break;
    case IR_FMIN:
    case IR_FMAX: emit_min_max(m, op, in); break;
    case IR_FNEG:
    case IR_FABS: emit_sign(m, op, in); break;
    case IR_FCVT:
    case IR_FTOI:
    case IR_ITOF: emit_convert(m, op, in); break;
    case IR_BITS: emit_bits(m, op, in); break;
    case IR_BOX: // it is boxed
        if (op->dst != op->a.index) enc_r(&m->e, RV_FSGNJ_D, op->dst, op->a.index, op->a.index);
        break;
    case IR_UNBOX:
        enc_r(&m->e, RV_FSGNJ_S, op->dst, op->a.index, op->a.index);
        break; // what is not boxed becomes a NaN
    case IR_FFLAGS: enc_r1(&m->e, in->imm ? RV_FRFLAGS : RV_FSFLAGS, op->dst, ZERO); break;
    default: bug_abort(__FILE__, __LINE__, "no emitter for op %s", ir_op_info[in->op].text);
    }
}

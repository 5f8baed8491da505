// Floating point. With FPCR.DN a NaN result is the canonical one, and conversions saturate. Two things differ from what
// ir_eval says:
//   - This architecture finds out whether a result is tiny before it rounds, RISC-V after that: an underflow may be no
//     one. What raises UFC is done again by ir_eval, which is rare; so UFC is never left in FPSR.
//   - A signaling NaN makes a NaN of FMINNM, and an integer made of a NaN is 0.
// INVARIANT: HostFrame.fp_state has the flags from before enter() and those that ir_eval raised; in generated code FPSR
// has the others. FFLAGS takes both.
#include "host/a64/a64.h"
#include "host/a64/emit.h"
#include "ir/float.h"

// ---- fp_state:  [4:0] flags, in the bits of FPSR: IOC DZC OFC UFC IXC  [25:22] FPCR: DN, rounding
enum { UFC_BIT = 3, UFC = 1 << UFC_BIT, FPCR_DN = 1 << 25, FPCR_ROUND = 22 };

void a64_fp_round(uint32_t *state, unsigned round) {
    static const uint8_t modes[8] = {[FLOAT_RNE] = 0, [FLOAT_RTZ] = 3, [FLOAT_RDN] = 2, [FLOAT_RUP] = 1};
    *state = (*state & A64_FPSR_FLAGS) | FPCR_DN | (uint32_t)modes[round & 7] << FPCR_ROUND;
}

// NX to NV is IXC to IOC: the other way round.
static uint32_t turned(uint32_t flags) {
    return (flags & 1) << 4 | (flags & 2) << 2 | (flags & 4) | (flags >> 2 & 2) | (flags >> 4 & 1);
}

unsigned a64_fp_take(uint32_t *state) {
    unsigned flags = turned(*state);
    *state &= ~(uint32_t)A64_FPSR_FLAGS;
    return flags;
}

void a64_fp_raise(uint32_t *state, unsigned flags) { *state |= turned(flags); }

// ---- arithmetic
static bool is_double(IrType t) { return t == IR_F64; }

static void emit_plain(Emit *m, const RaOp *op, const IrInsn *in) {
    static const A64Op rows[] = {
        [IR_FADD] = A64_FADD, [IR_FSUB] = A64_FSUB, [IR_FSQRT] = A64_FSQRT, [IR_FNEG] = A64_FNEG, [IR_FABS] = A64_FABS};
    unsigned second = ir_op_info[in->op].inputs > 1 ? op->b.index : 0;
    enc_f(&m->e, is_double((IrType)in->type), rows[in->op], op->dst, op->a.index, second);
}

// The result of a sum is exact where it is tiny; that of others may not be. Inputs are kept until it is known.
static void emit_maybe_tiny(Emit *m, const RaOp *op, const IrInsn *in) {
    bool dbl = is_double((IrType)in->type);
    unsigned dst = op->dst == RA_NO_REG ? FTMP : op->dst;
    switch (in->op) {
    case IR_FMUL: enc_f(&m->e, dbl, A64_FMUL, dst, op->a.index, op->b.index); break;
    case IR_FDIV: enc_f(&m->e, dbl, A64_FDIV, dst, op->a.index, op->b.index); break;
    case IR_FMA: enc_f4(&m->e, dbl, A64_FMADD, dst, op->a.index, op->b.index, op->c.index); break;
    default: enc_f(&m->e, true, A64_FCVT_S_D, dst, op->a.index, 0);
    }
    enc_system(&m->e, A64_MRS_FPSR, TMP);
    emit_back(m, emit_cold_call(m, RARE_TINY, op, emit_branch_bit(m, TMP, UFC_BIT)));
}

// FPSR is in TMP. What else was raised ir_eval raises, too.
void gen_cold(Emit *m, const Cold *c) {
    BUG_IF(c->rare != RARE_TINY, "rare code of kind %u", c->rare);
    enc_logic_imm(&m->e, true, A64_AND, TMP, TMP, ~(uint64_t)UFC);
    enc_system(&m->e, A64_MSR_FPSR, TMP);
    emit_call(m, &m->ra->ops.at[c->op]);
}

static void emit_min_max(Emit *m, const RaOp *op, const IrInsn *in) {
    bool dbl = is_double((IrType)in->type);
    enc_f(&m->e, dbl, A64_FCMP, 0, op->a.index, op->b.index);
    Jump nan = emit_branch(m, A64_VS);
    enc_f(&m->e, dbl, in->op == IR_FMIN ? A64_FMINNM : A64_FMAXNM, op->dst, op->a.index, op->b.index);
    emit_back(m, emit_cold_call(m, RARE_EVAL, op, nan));
}

// ---- comparisons: false if a NaN takes part, but for NE
A64Cond emit_float_compare(Emit *m, const RaOp *op, const IrInsn *in) {
    static const uint8_t rows[] = {
        [IR_EQ] = A64_EQ, [IR_NE] = A64_NE, [IR_LTS] = A64_MI, [IR_GES] = A64_GE, [IR_LES] = A64_LS, [IR_GTS] = A64_GT};
    bool quiet = ir_is_quiet(in), equal = in->c == IR_EQ || in->c == IR_NE;
    if (quiet) enc_system(&m->e, A64_MRS_FPSR, TMP2); // also of a signaling NaN: EQ raises for it
    enc_f(&m->e, is_double((IrType)in->type), equal || quiet ? A64_FCMP : A64_FCMPE, 0, op->a.index, op->b.index);
    if (quiet) enc_system(&m->e, A64_MSR_FPSR, TMP2);
    return (A64Cond)rows[in->c];
}

void emit_float_select(Emit *m, const RaOp *op, const IrInsn *in) {
    emit_test(m, op, in);
    unsigned b = op->b.index, c = op->c.index;
    enc_f(&m->e, is_double((IrType)in->type), (A64Op)(A64_FCSEL | A64_NE << 12), op->dst, b, c);
}

// ---- conversions
static void emit_to_int(Emit *m, const RaOp *op, const IrInsn *in) {
    static const A64Op rows[] = {[FLOAT_RNE] = A64_FCVTNS,
                                 [FLOAT_RTZ] = A64_FCVTZS,
                                 [FLOAT_RDN] = A64_FCVTMS,
                                 [FLOAT_RUP] = A64_FCVTPS,
                                 [FLOAT_RMM] = A64_FCVTAS};
    bool w = in->type == IR_I64, dbl = is_double((IrType)in->c), is_unsigned = in->imm & IR_UNSIGNED;
    uint32_t a64 = rows[in->imm & IR_ROUNDING] | (is_unsigned ? A64_UNSIGNED : 0);
    enc_cross(&m->e, w, dbl, a64, op->dst, op->a.index);
    enc_f(&m->e, dbl, A64_FCMP, 0, op->a.index, op->a.index); // a NaN?
    if (is_unsigned) {
        enc_csel(&m->e, w, A64_CSINV, op->dst, op->dst, ZERO, A64_VC);
    } else {
        emit_li(m, TMP, w ? INT64_MAX : INT32_MAX);
        enc_csel(&m->e, w, A64_CSEL, op->dst, op->dst, TMP, A64_VC);
    }
}

static void emit_from_int(Emit *m, const RaOp *op, const IrInsn *in) {
    uint32_t a64 = A64_SCVTF | (in->imm & IR_UNSIGNED ? A64_UNSIGNED : 0);
    enc_cross(&m->e, in->c == IR_I64, is_double((IrType)in->type), a64, op->dst, op->a.index);
}

// The registers differ in class.
static void emit_bits(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = !emit_is_half((IrType)in->type);
    enc_cross(&m->e, w, w, ir_is_float((IrType)in->type) ? A64_FMOV_FROM_INT : A64_FMOV_TO_INT, op->dst, op->a.index);
}

#define UPPER_HALF 0xffffffff00000000ull

void ls_gen_box(Emit *m, unsigned dst, RaLoc f) {
    gen_move(m, TMP, f);
    enc_logic_imm(&m->e, true, A64_ORR, TMP, TMP, UPPER_HALF);
    ls_gen_copy(m, dst, TMP);
}

static void emit_unbox(Emit *m, const RaOp *op) {
    enum { BY_ASR = 2 << 22 };
    enc_cross(&m->e, true, true, A64_FMOV_TO_INT, TMP, op->a.index);
    emit_li(m, TMP2, float_canonical_nan(IR_F32));
    enc_shift_imm(&m->e, true, A64_ASRV, TMP3, TMP, 32);
    enc_add_imm(&m->e, true, A64_SUBS, ZERO, TMP3, -1); // boxed?
    enc_csel(&m->e, false, A64_CSEL, TMP, TMP, TMP2, A64_EQ);
    enc_cross(&m->e, false, false, A64_FMOV_FROM_INT, op->dst, TMP);
}

// ---- the flags: of FPSR and of fp_state, see above
static void emit_flags(Emit *m, const RaOp *op, const IrInsn *in) {
    int32_t state = m->cfg->frame.fp_state;
    bool keep = in->imm;
    enc_system(&m->e, A64_MRS_FPSR, TMP);
    enc_mem(&m->e, A64_LDR, 2, TMP2, FRAME, state);
    enc_r(&m->e, false, A64_ORR, TMP, TMP, TMP2);
    enc_r1(&m->e, false, A64_RBIT, TMP, TMP);
    if (op->dst != RA_NO_REG) enc_shift_imm(&m->e, false, A64_LSRV, op->dst, TMP, 27);
    if (keep) return;
    enc_logic_imm(&m->e, false, A64_AND, TMP2, TMP2, ~(uint32_t)A64_FPSR_FLAGS);
    enc_mem(&m->e, A64_STR, 2, TMP2, FRAME, state);
    enc_system(&m->e, A64_MSR_FPSR, ZERO);
}

void emit_float(Emit *m, const RaOp *op, const IrInsn *in) {
    switch (in->op) {
    case IR_FADD:
    case IR_FSUB:
    case IR_FSQRT:
    case IR_FNEG:
    case IR_FABS: emit_plain(m, op, in); break;
    case IR_FMUL:
    case IR_FDIV:
    case IR_FMA: emit_maybe_tiny(m, op, in); break;
    case IR_FCVT:
        if (in->type == IR_F64)
            enc_f(&m->e, true, (A64Op)(A64_FCVT_D_S), op->dst, op->a.index, 0);
        else
            emit_maybe_tiny(m, op, in);
        break;
    case IR_FMIN:
    case IR_FMAX: emit_min_max(m, op, in); break;
    case IR_FTOI: emit_to_int(m, op, in); break;
    case IR_ITOF: emit_from_int(m, op, in); break;
    case IR_BITS: emit_bits(m, op, in); break;
    case IR_BOX: ls_gen_box(m, op->dst, op->a); break;
    case IR_UNBOX: emit_unbox(m, op); break;
    case IR_FFLAGS: emit_flags(m, op, in); break;
    default: bug_abort(__FILE__, __LINE__, "no emitter for op %s", ir_op_info[in->op].text);
    }
}

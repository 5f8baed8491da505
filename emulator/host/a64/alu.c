// Integer ops without side effects. Each emitter is named by what it does to operands; the meaning is ir_eval's.
// Instructions of 32 bits read low halves and leave an upper half of 0.
#include "host/a64/emit.h"

static bool is_wide(const IrInsn *in) { return in->type == IR_I64; }

static int64_t imm_of(const IrInsn *in) { return is_wide(in) ? in->imm : (int32_t)in->imm; }

static void emit_add_sub(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in), sub = in->op == IR_SUB;
    int64_t imm = imm_of(in);
    if (op->b.kind == RA_NONE && a64_fits_add(imm))
        enc_add_imm(&m->e, w, sub ? A64_SUB : A64_ADD, op->dst, op->a.index, imm);
    else
        enc_r(&m->e, w, sub ? A64_SUB : A64_ADD, op->dst, op->a.index, emit_reg_b(m, op, in));
}

static void emit_logic(Emit *m, const RaOp *op, const IrInsn *in) {
    static const A64Op rows[] = {[IR_AND] = A64_AND, [IR_OR] = A64_ORR, [IR_XOR] = A64_EOR};
    bool w = is_wide(in);
    if (op->b.kind == RA_NONE && a64_fits_logic((uint64_t)in->imm, w))
        enc_logic_imm(&m->e, w, rows[in->op], op->dst, op->a.index, (uint64_t)in->imm);
    else
        enc_r(&m->e, w, rows[in->op], op->dst, op->a.index, emit_reg_b(m, op, in));
}

// ---- multiplication and division
static void mul_high_wide(Emit *m, const RaOp *op, const IrInsn *in) {
    enum { BY_ASR = 2 << 22 };
    unsigned a = op->a.index, b = op->b.index;
    if (in->op != IR_MULHSU) {
        enc_r(&m->e, true, in->op == IR_MULHU ? A64_UMULH : A64_SMULH, op->dst, a, b);
        return;
    }
    enc_r(&m->e, true, A64_UMULH, TMP, a, b); // a factor less than 0 was taken as 2^64 more
    enc_shifted(&m->e, true, (A64Op)(A64_AND | BY_ASR), TMP2, b, a, 63);
    enc_r(&m->e, true, A64_SUB, op->dst, TMP, TMP2);
}

static void emit_mul_high(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned a = op->a.index, b = op->b.index;
    if (is_wide(in)) {
        mul_high_wide(m, op, in);
        return;
    }
    if (in->op == IR_MULHSU) {
        enc_bits(&m->e, true, A64_SBFM, TMP, a, 0, 31);
        enc_bits(&m->e, true, A64_UBFM, TMP2, b, 0, 31);
        enc_r4(&m->e, true, A64_MADD, TMP, TMP, TMP2, ZERO);
    } else {
        enc_r(&m->e, true, in->op == IR_MULHU ? A64_UMULL : A64_SMULL, TMP, a, b);
    }
    enc_shift_imm(&m->e, true, A64_LSRV, op->dst, TMP, 32);
}

// What this architecture does but for x / 0, which is 0 here: x - x / 0 * 0 is the remainder that ir_eval says.
static void emit_divide(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in), rest = in->op == IR_REMS || in->op == IR_REMU;
    unsigned a = op->a.index, b = op->b.index;
    enc_r(&m->e, w, in->op == IR_DIVS || in->op == IR_REMS ? A64_SDIV : A64_UDIV, TMP, a, b);
    if (rest) {
        enc_r4(&m->e, w, A64_MSUB, op->dst, TMP, b, a);
    } else {
        enc_add_imm(&m->e, w, A64_SUBS, ZERO, b, 0);
        enc_csel(&m->e, w, A64_CSINV, op->dst, TMP, ZERO, A64_NE);
    }
}

// ---- shifts
static void emit_shift(Emit *m, const RaOp *op, const IrInsn *in) {
    static const A64Op rows[] = {
        [IR_SHL] = A64_LSLV, [IR_SHR] = A64_LSRV, [IR_SAR] = A64_ASRV, [IR_ROL] = A64_RORV, [IR_ROR] = A64_RORV};
    bool w = is_wide(in);
    if (op->b.kind == RA_NONE) {
        unsigned by = (unsigned)in->imm;
        enc_shift_imm(&m->e, w, rows[in->op], op->dst, op->a.index, in->op == IR_ROL ? 0 - by : by);
        return;
    }
    unsigned by = emit_reg_b(m, op, in);
    if (in->op == IR_ROL) enc_r(&m->e, w, A64_SUB, TMP2, ZERO, by), by = TMP2;
    enc_r(&m->e, w, rows[in->op], op->dst, op->a.index, by);
}

// ---- extensions and counts
static void emit_extend(Emit *m, const RaOp *op, const IrInsn *in) {
    bool sign = in->op == IR_SEXT;
    enc_bits(&m->e, sign && is_wide(in), sign ? A64_SBFM : A64_UBFM, op->dst, op->a.index, 0, (unsigned)in->imm - 1);
}

static void emit_count_bits(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    unsigned a = op->a.index;
    switch (in->op) {
    case IR_BSWAP: enc_r1(&m->e, w, A64_REV, op->dst, a); break;
    case IR_CTZ: enc_r1(&m->e, w, A64_RBIT, TMP, a), a = TMP; __attribute__((fallthrough));
    case IR_CLZ: enc_r1(&m->e, w, A64_CLZ, op->dst, a); break;
    default: // POPCNT: vectors alone can
        enc_cross(&m->e, w, w, A64_FMOV_FROM_INT, FTMP, a);
        enc_f(&m->e, true, A64_CNT_8B, FTMP, FTMP, 0);
        enc_f(&m->e, true, A64_ADDV_8B, FTMP, FTMP, 0);
        enc_cross(&m->e, false, false, A64_FMOV_TO_INT, op->dst, FTMP);
    }
}

// ---- comparisons
static A64Cond compare(Emit *m, const RaOp *op, const IrInsn *in) {
    static const uint8_t rows[] = {
        [IR_EQ] = A64_EQ,  [IR_NE] = A64_NE,  [IR_LTS] = A64_LT, [IR_GES] = A64_GE, [IR_LES] = A64_LE,
        [IR_GTS] = A64_GT, [IR_LTU] = A64_LO, [IR_GEU] = A64_HS, [IR_LEU] = A64_LS, [IR_GTU] = A64_HI};
    if (ir_is_float((IrType)in->type)) return emit_float_compare(m, op, in);
    bool w = is_wide(in);
    if (op->b.kind == RA_NONE && a64_fits_add(imm_of(in)))
        enc_add_imm(&m->e, w, A64_SUBS, ZERO, op->a.index, imm_of(in));
    else
        enc_r(&m->e, w, A64_SUBS, ZERO, op->a.index, emit_reg_b(m, op, in));
    return (A64Cond)rows[in->c];
}

Cond gen_condition(Emit *m, const RaOp *op, const IrInsn *in) {
    bool zero = op->b.kind == RA_NONE && imm_of(in) == 0 && !ir_is_float((IrType)in->type);
    if (zero && (in->c == IR_EQ || in->c == IR_NE))
        return (Cond){in->c == IR_EQ ? COND_ZERO : COND_NOT_ZERO, op->a.index, is_wide(in)};
    return (Cond){(uint8_t)compare(m, op, in), 0, 0};
}

static void emit_cmp(Emit *m, const RaOp *op, const IrInsn *in) {
    A64Cond c = compare(m, op, in);
    enc_csel(&m->e, true, A64_CSINC, op->dst, ZERO, ZERO, (A64Cond)(c ^ 1)); // cset
}

// ---- selection
void emit_test(Emit *m, const RaOp *op, const IrInsn *in) {
    enc_add_imm(&m->e, !emit_is_half(emit_type(m, in->a)), A64_SUBS, ZERO, op->a.index, 0);
}

static void emit_select(Emit *m, const RaOp *op, const IrInsn *in) {
    if (ir_is_float((IrType)in->type)) {
        emit_float_select(m, op, in);
        return;
    }
    emit_test(m, op, in);
    enc_csel(&m->e, is_wide(in), A64_CSEL, op->dst, op->b.index, op->c.index, A64_NE);
}

void gen_pure(Emit *m, const RaOp *op, const IrInsn *in) {
    switch (in->op) {
    case IR_ADD:
    case IR_SUB: emit_add_sub(m, op, in); break;
    case IR_SHADD:
        enc_shifted(&m->e, is_wide(in), A64_ADD, op->dst, op->b.index, op->a.index, (unsigned)in->imm);
        break;
    case IR_AND:
    case IR_OR:
    case IR_XOR: emit_logic(m, op, in); break;
    case IR_MUL: enc_r4(&m->e, is_wide(in), A64_MADD, op->dst, op->a.index, emit_reg_b(m, op, in), ZERO); break;
    case IR_MULHU:
    case IR_MULHS:
    case IR_MULHSU: emit_mul_high(m, op, in); break;
    case IR_DIVS:
    case IR_DIVU:
    case IR_REMS:
    case IR_REMU: emit_divide(m, op, in); break;
    case IR_SHL:
    case IR_SHR:
    case IR_SAR:
    case IR_ROL:
    case IR_ROR: emit_shift(m, op, in); break;
    case IR_NEG: enc_r(&m->e, is_wide(in), A64_SUB, op->dst, ZERO, op->a.index); break;
    case IR_NOT: enc_r(&m->e, is_wide(in), A64_ORN, op->dst, ZERO, op->a.index); break;
    case IR_SEXT:
    case IR_ZEXT: emit_extend(m, op, in); break;
    case IR_BSWAP:
    case IR_CLZ:
    case IR_CTZ:
    case IR_POPCNT: emit_count_bits(m, op, in); break;
    case IR_CMP: emit_cmp(m, op, in); break;
    case IR_SELECT: emit_select(m, op, in); break;
    default: emit_float(m, op, in);
    }
}

// Integer ops without side effects. Each emitter is named by what it does to operands; the meaning is ir_eval's.
//
// An I32 is sign-extended in its register. The instructions with W read low halves and make that; what is made by others
// of values that are so is so again, and else gets one instruction more.
#include "host/rv64/emit.h"
#include "host/rv64/rv64.h"

static bool is_wide(const IrInsn *in) { return in->type == IR_I64; }

bool emit_is_extended(const Emit *m, IrRef v) {
    const IrInsn *in = &m->u->insns.at[v];
    switch (in->op) {
    case IR_CMP:
    case IR_SEXT: return true;
    case IR_CONST: return in->type == IR_I32 || in->imm == (int32_t)in->imm;
    case IR_LOAD: return in->type == IR_I32 || (in->c & MEMOP_SIZE) < 2;
    default: return ir_value_type(in) == IR_I32 && (ls_of_const(m)->phis_keep_types || in->op != IR_PHI);
    }
}

unsigned emit_low(Emit *m, IrRef v, unsigned reg, unsigned tmp) {
    if (emit_is_extended(m, v)) return reg;
    enc_i(&m->e, RV_ADDIW, tmp, reg, 0);
    return tmp;
}

void emit_zext32(Emit *m, unsigned dst, unsigned src) {
    if (emit_has(m, RV_ZBA)) {
        enc_r(&m->e, RV_ADD_UW, dst, src, ZERO);
        return;
    }
    enc_i(&m->e, RV_SLLI, dst, src, 32);
    enc_i(&m->e, RV_SRLI, dst, dst, 32);
}

// Operand b of an op that has an immediate form: a register, which is TMP2 for a constant.
static unsigned reg_b(Emit *m, const RaOp *op, const IrInsn *in) {
    if (op->b.kind == RA_REG) return op->b.index;
    int64_t imm = op->b.kind == RA_CONST ? emit_const(m, op->b) : in->imm;
    if (!is_wide(in)) imm = (int32_t)imm;
    if (imm == 0) return ZERO;
    emit_li(m, TMP2, imm);
    return TMP2;
}

static bool small_imm(const RaOp *op, const IrInsn *in) {
    return op->b.kind == RA_NONE && rv_fits12(is_wide(in) ? in->imm : (int32_t)in->imm);
}

static void emit_add(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    if (op->b.kind == RA_NONE)
        emit_add_imm(m, w, op->dst, op->a.index, in->imm, TMP2);
    else
        enc_r(&m->e, w ? RV_ADD : RV_ADDW, op->dst, op->a.index, reg_b(m, op, in));
}

static void emit_sub(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    int64_t minus = (int64_t)(0 - (uint64_t)(w ? in->imm : (int32_t)in->imm));
    if (op->b.kind == RA_NONE && rv_fits12(minus))
        emit_add_imm(m, w, op->dst, op->a.index, minus, TMP2);
    else
        enc_r(&m->e, w ? RV_SUB : RV_SUBW, op->dst, op->a.index, reg_b(m, op, in));
}

// ---- logic
typedef struct LogicRow {
    uint16_t by_reg, by_imm;
} LogicRow;
static const LogicRow logic_rows[] = {
    [IR_AND] = {RV_AND, RV_ANDI}, [IR_OR] = {RV_OR, RV_ORI}, [IR_XOR] = {RV_XOR, RV_XORI}};

// One bit (of AND: all but one), beyond what 12 bits reach.
static bool single_bit(Emit *m, const RaOp *op, const IrInsn *in) {
    uint64_t bit = (uint64_t)(in->op == IR_AND ? ~in->imm : in->imm);
    if (op->b.kind != RA_NONE || !is_wide(in) || !bit || bit & (bit - 1) || !emit_has(m, RV_ZBS)) return false;
    RvOp rv = in->op == IR_AND ? RV_BCLRI : in->op == IR_OR ? RV_BSETI : RV_BINVI;
    enc_i(&m->e, rv, op->dst, op->a.index, __builtin_ctzll(bit));
    return true;
}

// AND with ones from bit 0 on.
static bool low_mask(Emit *m, const RaOp *op, const IrInsn *in) {
    uint64_t mask = (uint64_t)in->imm;
    if (in->op != IR_AND || op->b.kind != RA_NONE || !is_wide(in) || !mask || mask & (mask + 1) || !~mask) return false;
    if (mask == 0xffff && emit_has(m, RV_ZBB)) {
        enc_r1(&m->e, RV_ZEXT_H, op->dst, op->a.index);
    } else if (mask == 0xffffffff) {
        emit_zext32(m, op->dst, op->a.index);
    } else {
        int32_t by = __builtin_clzll(mask);
        enc_i(&m->e, RV_SLLI, op->dst, op->a.index, by);
        enc_i(&m->e, RV_SRLI, op->dst, op->dst, by);
    }
    return true;
}

static void emit_logic(Emit *m, const RaOp *op, const IrInsn *in) {
    const LogicRow *row = &logic_rows[in->op];
    bool w = is_wide(in), small = small_imm(op, in);
    if (!small && (single_bit(m, op, in) || low_mask(m, op, in))) return;
    if (small)
        enc_i(&m->e, (RvOp)row->by_imm, op->dst, op->a.index, (int32_t)in->imm);
    else
        enc_r(&m->e, (RvOp)row->by_reg, op->dst, op->a.index, reg_b(m, op, in));
    bool extended = emit_is_extended(m, in->a) && (op->b.kind == RA_NONE || emit_is_extended(m, in->b));
    if (!w && !extended) enc_i(&m->e, RV_ADDIW, op->dst, op->dst, 0);
}

static void emit_not(Emit *m, const RaOp *op, const IrInsn *in) {
    enc_i(&m->e, RV_XORI, op->dst, op->a.index, -1);
    if (!is_wide(in) && !emit_is_extended(m, in->a)) enc_i(&m->e, RV_ADDIW, op->dst, op->dst, 0);
}

// ---- multiplication and division
typedef struct Pair {
    uint16_t wide, narrow;
} Pair;
static const Pair arith_rows[] = {
    [IR_MUL] = {RV_MUL, RV_MULW},  [IR_DIVS] = {RV_DIV, RV_DIVW},   [IR_DIVU] = {RV_DIVU, RV_DIVUW},
    [IR_REMS] = {RV_REM, RV_REMW}, [IR_REMU] = {RV_REMU, RV_REMUW}, [IR_SHL] = {RV_SLL, RV_SLLW},
    [IR_SHR] = {RV_SRL, RV_SRLW},  [IR_SAR] = {RV_SRA, RV_SRAW},    [IR_ROL] = {RV_ROL, RV_ROLW},
    [IR_ROR] = {RV_ROR, RV_RORW}};

static RvOp arith_of(const IrInsn *in) {
    return (RvOp)(is_wide(in) ? arith_rows[in->op].wide : arith_rows[in->op].narrow);
}

// Division by 0 and overflow are what ir_eval says: the IR has them of this architecture.
static void emit_arith(Emit *m, const RaOp *op, const IrInsn *in) {
    enc_r(&m->e, arith_of(in), op->dst, op->a.index, reg_b(m, op, in));
}

// The high half. Of I32: the upper half of the product of both, in the upper half of a register.
static void emit_mul_high(Emit *m, const RaOp *op, const IrInsn *in) {
    static const uint16_t rows[] = {[IR_MULHU] = RV_MULHU, [IR_MULHS] = RV_MULH, [IR_MULHSU] = RV_MULHSU};
    if (is_wide(in)) {
        enc_r(&m->e, (RvOp)rows[in->op], op->dst, op->a.index, op->b.index);
        return;
    }
    enc_i(&m->e, RV_SLLI, TMP, op->a.index, 32);
    enc_i(&m->e, RV_SLLI, TMP2, op->b.index, 32);
    enc_r(&m->e, (RvOp)rows[in->op], TMP, TMP, TMP2);
    enc_i(&m->e, RV_SRAI, op->dst, TMP, 32);
}

// ---- shifts
static void rotate_by_shifts(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in), left = in->op == IR_ROL;
    RvOp there = w ? left ? RV_SLL : RV_SRL : left ? RV_SLLW : RV_SRLW;
    RvOp back = w ? left ? RV_SRL : RV_SLL : left ? RV_SRLW : RV_SLLW;
    unsigned by = reg_b(m, op, in);
    enc_r(&m->e, there, TMP, op->a.index, by);
    enc_r(&m->e, RV_SUB, TMP2, ZERO, by);
    enc_r(&m->e, back, TMP2, op->a.index, TMP2);
    enc_r(&m->e, RV_OR, op->dst, TMP, TMP2);
}

static void emit_shift(Emit *m, const RaOp *op, const IrInsn *in) {
    static const Pair by_imm[] = {[IR_SHL] = {RV_SLLI, RV_SLLIW},
                                  [IR_SHR] = {RV_SRLI, RV_SRLIW},
                                  [IR_SAR] = {RV_SRAI, RV_SRAIW},
                                  [IR_ROL] = {RV_RORI, RV_RORIW},
                                  [IR_ROR] = {RV_RORI, RV_RORIW}};
    bool w = is_wide(in), rotate = in->op == IR_ROL || in->op == IR_ROR;
    if (rotate && !emit_has(m, RV_ZBB)) {
        rotate_by_shifts(m, op, in);
    } else if (op->b.kind != RA_NONE) {
        enc_r(&m->e, arith_of(in), op->dst, op->a.index, reg_b(m, op, in));
    } else {
        int32_t width = w ? 64 : 32, by = (int32_t)(in->imm & (width - 1));
        if (in->op == IR_ROL) by = (width - by) & (width - 1);
        enc_i(&m->e, (RvOp)(w ? by_imm[in->op].wide : by_imm[in->op].narrow), op->dst, op->a.index, by);
    }
}

// ---- extensions and counts
static void emit_extend(Emit *m, const RaOp *op, const IrInsn *in) {
    bool sign = in->op == IR_SEXT || (in->imm == 32 && !is_wide(in));
    unsigned dst = op->dst, a = op->a.index;
    int32_t by = 64 - (int32_t)in->imm;
    if (in->imm == 32 && sign) {
        if (!emit_is_extended(m, in->a))
            enc_i(&m->e, RV_ADDIW, dst, a, 0);
        else
            enc_mv(&m->e, dst, a);
    } else if (in->imm == 32) {
        emit_zext32(m, dst, a);
    } else if (!sign && in->imm == 8) {
        enc_i(&m->e, RV_ANDI, dst, a, 0xff);
    } else if (emit_has(m, RV_ZBB)) {
        enc_r1(&m->e, !sign ? RV_ZEXT_H : in->imm == 8 ? RV_SEXT_B : RV_SEXT_H, dst, a);
    } else {
        enc_i(&m->e, RV_SLLI, dst, a, by);
        enc_i(&m->e, sign ? RV_SRAI : RV_SRLI, dst, dst, by);
    }
}

// Of I32: a bit above ends the count. WHY not ctzw: QEMU 7.2 counts all 64 bits then.
static void emit_ctz(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned a = op->a.index;
    if (!is_wide(in) && emit_has(m, RV_ZBS)) {
        enc_i(&m->e, RV_BSETI, TMP, a, 32), a = TMP;
    } else if (!is_wide(in)) {
        emit_li(m, TMP, 1ll << 32);
        enc_r(&m->e, RV_OR, TMP, TMP, a), a = TMP;
    }
    enc_r1(&m->e, RV_CTZ, op->dst, a);
}

static void emit_count_bits(Emit *m, const RaOp *op, const IrInsn *in) { // Zbb
    bool w = is_wide(in);
    switch (in->op) {
    case IR_CLZ: enc_r1(&m->e, w ? RV_CLZ : RV_CLZW, op->dst, op->a.index); break;
    case IR_CTZ: emit_ctz(m, op, in); break;
    case IR_POPCNT: enc_r1(&m->e, w ? RV_CPOP : RV_CPOPW, op->dst, op->a.index); break;
    default: // BSWAP
        enc_r1(&m->e, RV_REV8, op->dst, op->a.index);
        if (!w) enc_i(&m->e, RV_SRAI, op->dst, op->dst, 32);
    }
}

// ---- comparisons
Cond gen_condition(Emit *m, const RaOp *op, const IrInsn *in) {
    static const struct {
        uint8_t op;
        bool swap;
    } rows[] = {
        [IR_EQ] = {RV_BEQ, false},  [IR_NE] = {RV_BNE, false}, [IR_LTS] = {RV_BLT, false},  [IR_GES] = {RV_BGE, false},
        [IR_LES] = {RV_BGE, true},  [IR_GTS] = {RV_BLT, true}, [IR_LTU] = {RV_BLTU, false}, [IR_GEU] = {RV_BGEU, false},
        [IR_LEU] = {RV_BGEU, true}, [IR_GTU] = {RV_BLTU, true}};
    if (ir_is_float((IrType)in->type)) {
        emit_float_compare(m, TMP, op, in);
        return (Cond){RV_BNE, TMP, ZERO};
    }
    unsigned a = op->a.index, b = reg_b(m, op, in);
    if (!is_wide(in)) {
        a = emit_low(m, in->a, a, TMP);
        if (op->b.kind == RA_REG) b = emit_low(m, in->b, b, TMP2);
    }
    if (rows[in->c].swap) return (Cond){rows[in->c].op, (uint8_t)b, (uint8_t)a};
    return (Cond){rows[in->c].op, (uint8_t)a, (uint8_t)b};
}

// a < imm by one instruction; `a <= imm` as a < imm + 1.
static bool set_less_than_imm(Emit *m, const RaOp *op, const IrInsn *in) {
    int64_t imm = is_wide(in) ? in->imm : (int32_t)in->imm;
    bool sign = in->c == IR_LTS || in->c == IR_GES || in->c == IR_LES || in->c == IR_GTS;
    bool one_more = in->c == IR_LES || in->c == IR_GTS || in->c == IR_LEU || in->c == IR_GTU;
    bool negate = in->c == IR_GES || in->c == IR_GTS || in->c == IR_GEU || in->c == IR_GTU;
    if (op->b.kind != RA_NONE || in->c == IR_EQ || in->c == IR_NE) return false;
    if (one_more && imm == -1 && !sign) return false; // less than 0, unsigned
    imm = (int64_t)((uint64_t)imm + one_more);
    if (!rv_fits12(imm)) return false; // or it was the largest
    unsigned a = op->a.index;
    if (!is_wide(in)) a = emit_low(m, in->a, a, TMP);
    enc_i(&m->e, sign ? RV_SLTI : RV_SLTIU, op->dst, a, (int32_t)imm);
    if (negate) enc_i(&m->e, RV_XORI, op->dst, op->dst, 1);
    return true;
}

static void set_equal(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    unsigned a = op->a.index, of = TMP;
    int64_t minus = (int64_t)(0 - (uint64_t)(w ? in->imm : (int32_t)in->imm));
    if (op->b.kind == RA_NONE && minus == 0) // W: the difference of low halves
        of = w ? a : emit_low(m, in->a, a, TMP);
    else if (op->b.kind == RA_NONE && rv_fits12(minus))
        enc_i(&m->e, w ? RV_ADDI : RV_ADDIW, TMP, a, (int32_t)minus);
    else
        enc_r(&m->e, w ? RV_SUB : RV_SUBW, TMP, a, reg_b(m, op, in));
    if (in->c == IR_EQ)
        enc_i(&m->e, RV_SLTIU, op->dst, of, 1);
    else
        enc_r(&m->e, RV_SLTU, op->dst, ZERO, of);
}

static void emit_cmp(Emit *m, const RaOp *op, const IrInsn *in) {
    if (ir_is_float((IrType)in->type)) {
        emit_float_compare(m, op->dst, op, in);
    } else if (in->c == IR_EQ || in->c == IR_NE) {
        set_equal(m, op, in);
    } else if (!set_less_than_imm(m, op, in)) {
        Cond c = gen_condition(m, op, in);
        enc_r(&m->e, c.op == RV_BLT || c.op == RV_BGE ? RV_SLT : RV_SLTU, op->dst, c.a, c.b);
        if (c.op == RV_BGE || c.op == RV_BGEU) enc_i(&m->e, RV_XORI, op->dst, op->dst, 1);
    }
}

// ---- selection, without a jump: the straight path has one length
static bool is_zero(const Emit *m, IrRef v) { return m->u->insns.at[v].op == IR_CONST && m->u->insns.at[v].imm == 0; }

// TMP = all ones if `a` is not 0 (`yes`), or if it is 0.
static void mask_of(Emit *m, IrRef value, unsigned a, bool yes) {
    if (m->u->insns.at[value].op != IR_CMP) {
        enc_r(&m->e, RV_SLTU, TMP, ZERO, a);
        a = TMP;
    }
    if (yes)
        enc_r(&m->e, RV_SUB, TMP, ZERO, a);
    else
        enc_i(&m->e, RV_ADDI, TMP, a, -1);
}

static void emit_select(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned dst = op->dst, a = op->a.index, b = op->b.index, c = op->c.index;
    if (ir_is_float((IrType)in->type)) {
        emit_float_select(m, op, in);
        return;
    }
    if (is_zero(m, in->c) || is_zero(m, in->b)) {
        bool yes = is_zero(m, in->c);
        mask_of(m, in->a, a, yes);
        enc_r(&m->e, RV_AND, dst, TMP, yes ? b : c);
    } else {
        mask_of(m, in->a, a, true);
        enc_r(&m->e, RV_XOR, TMP2, b, c);
        enc_r(&m->e, RV_AND, TMP, TMP, TMP2);
        enc_r(&m->e, RV_XOR, dst, TMP, c);
    }
    if (!is_wide(in) && !(emit_is_extended(m, in->b) && emit_is_extended(m, in->c)))
        enc_i(&m->e, RV_ADDIW, dst, dst, 0);
}

void gen_pure(Emit *m, const RaOp *op, const IrInsn *in) {
    switch (in->op) {
    case IR_ADD: emit_add(m, op, in); break;
    case IR_SHADD:
        enc_i(&m->e, RV_SLLI, TMP, op->a.index, (int32_t)in->imm);
        enc_r(&m->e, is_wide(in) ? RV_ADD : RV_ADDW, op->dst, TMP, op->b.index);
        break;
    case IR_SUB: emit_sub(m, op, in); break;
    case IR_AND:
    case IR_OR:
    case IR_XOR: emit_logic(m, op, in); break;
    case IR_MULHU:
    case IR_MULHS:
    case IR_MULHSU: emit_mul_high(m, op, in); break;
    case IR_MUL:
    case IR_DIVS:
    case IR_DIVU:
    case IR_REMS:
    case IR_REMU: emit_arith(m, op, in); break;
    case IR_SHL:
    case IR_SHR:
    case IR_SAR:
    case IR_ROL:
    case IR_ROR: emit_shift(m, op, in); break;
    case IR_NEG: enc_r(&m->e, is_wide(in) ? RV_SUB : RV_SUBW, op->dst, ZERO, op->a.index); break;
    case IR_NOT: emit_not(m, op, in); break;
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

// Ops without side effects. Each emitter is named by what it does to operands; the meaning is ir_eval's.
#include "host/x64/emit.h"
#include "host/x64/x64.h"
#include "base/bits.h"

static bool is_wide(const IrInsn *in) { return in->type == IR_I64; }

static void copy_a(Emit *m, const RaOp *op, bool w) {
    if (op->a.kind == RA_REG) {
        if (op->a.index != op->dst) enc_mov_rr(&m->e, w, op->dst, op->a.index);
    } else {
        gen_move(m, op->dst, op->a);
    }
}

// dst = dst <alu> b, where b is a register, memory, small constant or the instruction's immediate.
static void alu_b(Emit *m, Alu alu, bool w, unsigned dst, const RaOp *op, const IrInsn *in) {
    if (op->b.kind == RA_REG) {
        enc_alu_rr(&m->e, alu, w, dst, op->b.index);
    } else if (op->b.kind == RA_SLOT || op->b.kind == RA_SPILL) {
        enc_alu_rm(&m->e, alu, w, dst, emit_loc_mem(m, op->b));
    } else {
        int64_t imm = op->b.kind == RA_CONST ? (int64_t)emit_const(m, op->b) : in->imm;
        if (!w) imm = (int32_t)imm;
        if (bits_fits_signed(imm, 32)) {
            enc_alu_ri(&m->e, alu, w, dst, (int32_t)imm);
        } else {
            enc_mov_ri(&m->e, TMP, (uint64_t)imm);
            enc_alu_rr(&m->e, alu, w, dst, TMP);
        }
    }
}

// The instruction before has made the result of op, and has set the flags by it.
static void has_set_flags(Emit *m, const RaOp *op, const IrInsn *in) {
    X64Emit *x = x64_of(m);
    x->flags_of = op->ref, x->flags_cc = CC_NE, x->flags_type = (IrType)in->type;
}

static void emit_add(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    unsigned dst = op->dst, a = op->a.index;
    if (op->b.kind == RA_REG) {
        unsigned b = op->b.index;
        if (dst == a)
            enc_alu_rr(&m->e, ALU_ADD, w, dst, b);
        else if (dst == b)
            enc_alu_rr(&m->e, ALU_ADD, w, dst, a);
        else
            enc_lea(&m->e, w, dst, mem_indexed(a, b, 0, 0));
        if (dst == a || dst == b) has_set_flags(m, op, in);
        return;
    }
    if (op->b.kind == RA_NONE && dst != a && bits_fits_signed(in->imm, 32)) {
        enc_lea(&m->e, w, dst, mem_at(a, (int32_t)in->imm));
        return;
    }
    copy_a(m, op, w);
    alu_b(m, ALU_ADD, w, dst, op, in);
    has_set_flags(m, op, in);
}

static void emit_alu(Emit *m, Alu alu, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    if (alu == ALU_AND && op->b.kind == RA_NONE && in->imm == 0xff) {
        enc_ext(&m->e, op->dst, op->a.index, 8, false, false);
        return;
    }
    copy_a(m, op, w);
    alu_b(m, alu, w, op->dst, op, in);
    has_set_flags(m, op, in);
}

static void emit_mul(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    if (op->b.kind == RA_NONE && bits_fits_signed(in->imm, 32)) {
        enc_imul_rri(&m->e, w, op->dst, op->a.index, (int32_t)in->imm);
        return;
    }
    copy_a(m, op, w);
    if (op->b.kind == RA_REG) {
        enc_imul_rr(&m->e, w, op->dst, op->b.index);
    } else if (op->b.kind == RA_NONE) {
        enc_mov_ri(&m->e, TMP, (uint64_t)in->imm);
        enc_imul_rr(&m->e, w, op->dst, TMP);
    } else {
        enc_imul_rm(&m->e, w, op->dst, emit_loc_mem(m, op->b));
    }
}

// The high half comes out in RDX, which the allocator keeps free here.
static void emit_mul_high(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    enc_mov_rr(&m->e, w, RAX, op->a.index);
    enc_unary(&m->e, in->op == IR_MULHS ? UN_IMUL : UN_MUL, w, op->b.index);
    if (in->op == IR_MULHSU) { // unsigned product - (a < 0 ? b : 0) << width
        enc_mov_rr(&m->e, w, RCX, op->a.index);
        enc_shift_ri(&m->e, SH_SAR, w, RCX, w ? 63 : 31);
        enc_alu_rr(&m->e, ALU_AND, w, RCX, op->b.index);
        enc_alu_rr(&m->e, ALU_SUB, w, RDX, RCX);
    }
    enc_mov_rr(&m->e, w, op->dst, RDX);
}

static void emit_div(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in), sign = in->op == IR_DIVS || in->op == IR_REMS;
    bool rem = in->op == IR_REMS || in->op == IR_REMU;
    uint32_t minus = 0;
    unsigned b = op->b.index;
    enc_test_rr(&m->e, w, b, b);
    uint32_t zero = emit_detour(m, RARE_DIV_ZERO, op, emit_jcc(m, CC_E));
    if (sign) {
        enc_alu_ri(&m->e, ALU_CMP, w, b, -1);
        minus = emit_detour(m, RARE_DIV_MINUS, op, emit_jcc(m, CC_E));
    }
    enc_mov_rr(&m->e, w, RAX, op->a.index);
    if (sign)
        enc_sign_into_rdx(&m->e, w);
    else
        enc_alu_rr(&m->e, ALU_XOR, false, RDX, RDX);
    enc_unary(&m->e, sign ? UN_IDIV : UN_DIV, w, b);
    enc_mov_rr(&m->e, w, op->dst, rem ? RDX : RAX);
    emit_back(m, zero);
    if (sign) emit_back(m, minus);
}

void emit_div_rare(Emit *m, const Cold *c) {
    const RaOp *op = &m->ra->ops.at[c->op];
    const IrInsn *in = &m->u->insns.at[op->ref];
    bool w = is_wide(in), rem = in->op == IR_REMS || in->op == IR_REMU;
    if (c->rare == RARE_DIV_ZERO) { // x/0 = all ones, x%0 = x
        if (rem)
            copy_a(m, op, w);
        else
            enc_mov_ri(&m->e, op->dst, w ? ~0ull : 0xffffffff);
    } else { // x/-1 = -x, x%-1 = 0; IDIV would trap on the most negative x
        if (rem)
            enc_mov_ri(&m->e, op->dst, 0);
        else
            copy_a(m, op, w), enc_unary(&m->e, UN_NEG, w, op->dst);
    }
}

static void emit_shift(Emit *m, const RaOp *op, const IrInsn *in) {
    static const Shift shifts[] = {
        [IR_SHL] = SH_SHL, [IR_SHR] = SH_SHR, [IR_SAR] = SH_SAR, [IR_ROL] = SH_ROL, [IR_ROR] = SH_ROR};
    bool w = is_wide(in), rotate = in->op == IR_ROL || in->op == IR_ROR;
    Shift sh = shifts[in->op];
    if (op->b.kind == RA_REG && !rotate && emit_has(m, X64_BMI2)) {
        enc_shiftx(&m->e, sh, w, op->dst, op->a.index, op->b.index);
        return;
    }
    if (op->b.kind == RA_REG) enc_mov_rr(&m->e, false, RCX, op->b.index);
    copy_a(m, op, w);
    if (op->b.kind == RA_REG)
        enc_shift_cl(&m->e, sh, w, op->dst);
    else
        enc_shift_ri(&m->e, sh, w, op->dst, (unsigned)in->imm & (w ? 63 : 31));
}

static void emit_extend(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in), sign = in->op == IR_SEXT;
    unsigned width = (unsigned)in->imm;
    if (op->a.kind == RA_REG)
        enc_ext(&m->e, op->dst, op->a.index, width, sign, w);
    else
        enc_load(&m->e, op->dst, emit_loc_mem(m, op->a), width == 8 ? 0 : width == 16 ? 1 : 2, sign, w);
}

static bool flags_are_of(const Emit *m, IrRef value, IrType t) {
    const X64Emit *x = x64_of_const(m);
    return value && x->flags_of == value && (x->flags_type == IR_VOID || x->flags_type == t);
}

Cc emit_compare(Emit *m, const RaOp *op, const IrInsn *in) {
    if (ir_is_float((IrType)in->type)) return emit_float_compare(m, op, in);
    bool for_zero = op->b.kind == RA_NONE && in->imm == 0 && in->c <= IR_NE;
    if (for_zero && flags_are_of(m, in->a, (IrType)in->type))
        return in->c == IR_NE ? x64_of(m)->flags_cc : (Cc)(x64_of(m)->flags_cc ^ 1);
    static const Cc cc[] = {[IR_EQ] = CC_E,  [IR_NE] = CC_NE, [IR_LTS] = CC_L,  [IR_GES] = CC_GE, [IR_LES] = CC_LE,
                            [IR_GTS] = CC_G, [IR_LTU] = CC_B, [IR_GEU] = CC_AE, [IR_LEU] = CC_BE, [IR_GTU] = CC_A};
    bool w = is_wide(in);
    if (op->a.kind == RA_REG) {
        bool zero = op->b.kind == RA_NONE && in->imm == 0;
        if (zero)
            enc_test_rr(&m->e, w, op->a.index, op->a.index);
        else
            alu_b(m, ALU_CMP, w, op->a.index, op, in);
    } else {
        Mem a = emit_loc_mem(m, op->a);
        int64_t imm = op->b.kind == RA_CONST ? (int64_t)emit_const(m, op->b) : in->imm;
        if (!w) imm = (int32_t)imm;
        if (op->b.kind == RA_REG) {
            enc_alu_mr(&m->e, ALU_CMP, w, a, op->b.index);
        } else if (bits_fits_signed(imm, 32)) {
            enc_alu_mi(&m->e, ALU_CMP, w, a, (int32_t)imm);
        } else {
            enc_mov_ri(&m->e, TMP, (uint64_t)imm);
            enc_alu_mr(&m->e, ALU_CMP, w, a, TMP);
        }
    }
    return cc[in->c];
}

static unsigned count_uses(const IrUnit *u, IrRef v) {
    unsigned uses = 0;
    for (uint32_t i = 1; i < u->insns.n; i++) {
        IrRef inputs[3];
        unsigned n = ir_inputs(&u->insns.at[i], inputs);
        for (unsigned k = 0; k < n; k++) uses += inputs[k] == v;
    }
    for (uint32_t i = 0; i < u->phi_args.n; i++) uses += u->phi_args.at[i] == v;
    return uses;
}

static bool is_bool_branch(const IrInsn *in) {
    return in->op == IR_BR && in->type == IR_I64 && !in->b && !in->imm && in->c <= IR_NE;
}

// Is the result of this CMP used by the SELECTs and RETIREs right behind it only, or by a BR? They take the flags; what the
// allocator does between them keeps these.
static bool only_flags(const Emit *m, const RaOp *cmp) {
    unsigned behind = 0;
    for (const RaOp *op = cmp + 1; op < m->ra->ops.at + m->ra->ops.n; op++) {
        const IrInsn *in = &m->u->insns.at[op->ref];
        bool sum = op->a.kind == RA_SUM; // may take a shift
        if ((op->kind == RA_MOVE || op->kind == RA_WRITE || op->kind == RA_SWAP) && !sum) continue;
        if (op->kind == RA_DO && in->op == IR_INSN) continue;
        bool takes =
            in->op == IR_RETIRE || (in->op == IR_SELECT && !ir_is_float((IrType)in->type)) || is_bool_branch(in);
        if (op->kind != RA_DO || !takes || in->a != cmp->ref) break;
        behind++;
    }
    return behind && behind == count_uses(m->u, cmp->ref);
}

Cc emit_condition(Emit *m, IrRef value, RaLoc at) {
    X64Emit *x = x64_of(m);
    if (!flags_are_of(m, value, IR_I64)) {
        enc_test_rr(&m->e, true, at.index, at.index);
        x->flags_of = value, x->flags_cc = CC_NE, x->flags_type = IR_I64;
    }
    return x->flags_cc;
}

static void emit_cmp_value(Emit *m, const RaOp *op, const IrInsn *in) {
    Cc cc = emit_compare(m, op, in);
    x64_of(m)->flags_of = op->ref, x64_of(m)->flags_cc = cc, x64_of(m)->flags_type = IR_VOID;
    if (only_flags(m, op)) return;
    enc_setcc(&m->e, cc, TMP);
    enc_ext(&m->e, op->dst, TMP, 8, false, false);
}

static void emit_select(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    if (ir_is_float((IrType)in->type)) {
        x64_of(m)->flags_of = 0;
        emit_float_select(m, op, in);
        return;
    }
    Cc cc = emit_condition(m, in->a, op->a);
    if (op->dst == op->b.index) { // it died here: the other one is moved over it
        enc_cmov(&m->e, cc ^ 1, w, op->dst, op->c.index);
        return;
    }
    if (op->dst != op->c.index) enc_mov_rr(&m->e, w, op->dst, op->c.index);
    enc_cmov(&m->e, cc, w, op->dst, op->b.index);
}

void gen_pure(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(in);
    switch (in->op) {
    case IR_ADD: emit_add(m, op, in); break;
    case IR_SHADD: enc_lea(&m->e, w, op->dst, mem_indexed(op->b.index, op->a.index, (unsigned)in->imm, 0)); break;
    case IR_SUB: emit_alu(m, ALU_SUB, op, in); break;
    case IR_AND: emit_alu(m, ALU_AND, op, in); break;
    case IR_OR: emit_alu(m, ALU_OR, op, in); break;
    case IR_XOR: emit_alu(m, ALU_XOR, op, in); break;
    case IR_MUL: emit_mul(m, op, in); break;
    case IR_MULHU:
    case IR_MULHS:
    case IR_MULHSU: emit_mul_high(m, op, in); break;
    case IR_DIVS:
    case IR_DIVU:
    case IR_REMS:
    case IR_REMU: emit_div(m, op, in); break;
    case IR_SHL:
    case IR_SHR:
    case IR_SAR:
    case IR_ROL:
    case IR_ROR: emit_shift(m, op, in); break;
    case IR_NEG: copy_a(m, op, w), enc_unary(&m->e, UN_NEG, w, op->dst); break;
    case IR_NOT: copy_a(m, op, w), enc_unary(&m->e, UN_NOT, w, op->dst); break;
    case IR_BSWAP: copy_a(m, op, w), enc_bswap(&m->e, w, op->dst); break;
    case IR_SEXT:
    case IR_ZEXT: emit_extend(m, op, in); break;
    case IR_CMP:
    case IR_FCMPZ: emit_cmp_value(m, op, in); break;
    case IR_SELECT: emit_select(m, op, in); break;
    default: emit_float(m, op, in);
    }
}

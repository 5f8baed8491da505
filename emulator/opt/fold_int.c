// Rules for integer arithmetic, logic, shifts, extensions and SELECT.
// In the names of the rules x, y are values and c, d constants. An outer I32 op may have an inner I64 op as its input;
// where only low bits count (add, mul, logic) that makes no difference, elsewhere the types must be the same.
#include "opt/fold.h"

// The input is the same op with a constant: (x op c) op d -> x op (c . d)
static const IrInsn *inner(const IrUnit *u, const IrInsn *i, IrOp op) {
    const IrInsn *in = fold_at(u, i->a);
    return in->op == op && !in->b ? in : NULL;
}

static bool log2_exact(IrType t, uint64_t v, unsigned *n) {
    if (t == IR_I32) v = (uint32_t)v;
    if (!v || (v & (v - 1))) return false;
    *n = (unsigned)__builtin_ctzll(v);
    return true;
}

// Is it used by more than one instruction beside SETs, or by a PHI?
static bool is_shared(const IrUnit *u, IrRef v) {
    unsigned uses = 0;
    for (uint32_t n = v + 1; n < u->insns.n && uses < 2; n++) {
        IrRef inputs[3];
        unsigned count = u->insns.at[n].op == IR_SET ? 0 : ir_inputs(&u->insns.at[n], inputs);
        for (unsigned k = 0; k < count; k++) uses += inputs[k] == v;
    }
    for (uint32_t n = 0; n < u->phi_args.n && uses < 2; n++) uses += 2 * (u->phi_args.at[n] == v);
    return uses > 1;
}

// What a PHI becomes round a loop, by adding a constant. WHY the rule: the PHI could not be overwritten while its old value is used.
static bool is_step(const IrUnit *u, IrRef add) {
    const IrInsn *phi = fold_at(u, fold_at(u, add)->a);
    for (unsigned k = 0; phi->op == IR_PHI && k < phi->c; k++)
        if (u->phi_args.at[phi->imm + k] == add) return true;
    return false;
}

// x + (y << 1, 2 or 3). WHY not in 64 bits: there it may be an address, which takes its index scaled (scale.c).
static bool fold_shadd(const IrUnit *u, IrInsn *i, IrRef shifted, IrRef other) {
    const IrInsn *shl = fold_at(u, shifted);
    if (i->type != IR_I32 || shl->op != IR_SHL || shl->type != IR_I32 || shl->b || shl->imm < 1 || shl->imm > 3)
        return false;
    *i = (IrInsn){.op = IR_SHADD, .type = IR_I32, .a = shl->a, .b = other, .imm = shl->imm};
    return true;
}

static bool fold_add(IrUnit *u, IrInsn *i) {
    if (i->b && (fold_shadd(u, i, i->a, i->b) || fold_shadd(u, i, i->b, i->a))) return true;
    if (i->b) {
        const IrInsn *b = fold_at(u, i->b);
        if (b->op != IR_NEG || b->type != i->type) return false;
        i->op = IR_SUB; // x + -y
        i->b = b->a;
        return true;
    }
    if (!i->imm) return fold_to_value(u, i, i->a);
    const IrInsn *in = inner(u, i, IR_ADD);
    if (in && is_step(u, i->a)) return false;
    return in && fold_to_imm(i, IR_ADD, in->a, (uint64_t)in->imm + (uint64_t)i->imm);
}

static bool fold_sub(IrUnit *u, IrInsn *i) {
    uint64_t c;
    if (!i->b) return fold_to_imm(i, IR_ADD, i->a, 0 - (uint64_t)i->imm);
    if (i->a == i->b) return fold_to_const(i, 0);
    if (!fold_input_const(u, i, 0, &c) || c) return false;
    *i = (IrInsn){.op = IR_NEG, .type = i->type, .a = i->b};
    return true;
}

static bool fold_mul(IrUnit *u, IrInsn *i) {
    uint64_t c;
    unsigned n;
    if (!fold_input_const(u, i, 1, &c)) return false;
    if (!c) return fold_to_const(i, 0);
    if (c == 1) return fold_to_value(u, i, i->a);
    if (log2_exact((IrType)i->type, c, &n)) return fold_to_imm(i, IR_SHL, i->a, n);
    if (c != ~0ull) return false;
    *i = (IrInsn){.op = IR_NEG, .type = i->type, .a = i->a};
    return true;
}

static bool fold_mulhu(IrUnit *u, IrInsn *i) {
    uint64_t c;
    unsigned n;
    if (!fold_input_const(u, i, 1, &c)) return false;
    if (c <= 1) return fold_to_const(i, 0);
    return log2_exact((IrType)i->type, c, &n) && fold_to_imm(i, IR_SHR, i->a, fold_width((IrType)i->type) - n);
}

static bool fold_div(IrUnit *u, IrInsn *i) {
    uint64_t c;
    unsigned n;
    if (!fold_input_const(u, i, 1, &c)) return false;
    bool rem = i->op == IR_REMU || i->op == IR_REMS;
    if (c == 1) return rem ? fold_to_const(i, 0) : fold_to_value(u, i, i->a);
    if (!log2_exact((IrType)i->type, c, &n)) return false;
    if (i->op == IR_DIVU) return fold_to_imm(i, IR_SHR, i->a, n);
    return i->op == IR_REMU && fold_to_imm(i, IR_AND, i->a, c - 1);
}

static bool fold_and(IrUnit *u, IrInsn *i) {
    uint64_t c;
    if (i->a == i->b) return fold_to_value(u, i, i->a);
    if (!fold_input_const(u, i, 1, &c)) return false;
    if (i->type == IR_I32) c = (uint32_t)c;
    if (!c) return fold_to_const(i, 0);
    // WHY: an I64 input of an I32 op may have more bits than the op reads; fold_to_value() then takes the low half.
    unsigned bits = fold_zero_bits(u, i->a, FOLD_DEPTH), width = fold_width((IrType)i->type);
    if (!(~c & bits_mask(bits < width ? bits : width))) return fold_to_value(u, i, i->a);
    for (unsigned w = 8; w <= 32; w *= 2)
        if (c == bits_mask(w)) return fold_to_ext(i, IR_ZEXT, i->a, w);
    const IrInsn *in = inner(u, i, IR_AND);
    return in && fold_to_imm(i, IR_AND, in->a, (uint64_t)in->imm & c);
}

static bool fold_or(IrUnit *u, IrInsn *i) {
    if (i->a == i->b) return fold_to_value(u, i, i->a);
    if (i->b) return false;
    if (!i->imm) return fold_to_value(u, i, i->a);
    if (i->imm == -1) return fold_to_const(i, ~0ull);
    const IrInsn *in = inner(u, i, IR_OR);
    return in && fold_to_imm(i, IR_OR, in->a, (uint64_t)(in->imm | i->imm));
}

static bool fold_xor(IrUnit *u, IrInsn *i) {
    if (i->a == i->b) return fold_to_const(i, 0);
    if (i->b) return false;
    if (!i->imm) return fold_to_value(u, i, i->a);
    const IrInsn *a = fold_at(u, i->a);
    if (i->imm == 1 && a->op == IR_CMP && !ir_is_float((IrType)a->type) && i->type == IR_I64) { // 1 - condition
        *i = *a;
        i->c = ir_cond_negate((IrCond)i->c);
        return true;
    }
    const IrInsn *in = inner(u, i, IR_XOR);
    if (in) return fold_to_imm(i, IR_XOR, in->a, (uint64_t)(in->imm ^ i->imm));
    if (i->imm != -1) return false;
    *i = (IrInsn){.op = IR_NOT, .type = i->type, .a = i->a};
    return true;
}

// The same shift twice; left and right by the same count are an extension or a mask.
static bool fold_shift(IrUnit *u, IrInsn *i) {
    if (i->b) return false;
    unsigned w = fold_width((IrType)i->type), n = (unsigned)i->imm & (w - 1);
    if (!n) return fold_to_value(u, i, i->a);
    const IrInsn *in = fold_at(u, i->a);
    if (in->b || in->type != i->type || (in->op != IR_SHL && in->op != IR_SHR && in->op != IR_SAR)) return false;
    unsigned m = (unsigned)in->imm & (w - 1);
    if (in->op == i->op) {
        // WHY: in a chain of shifts each is made in the register of the one before.
        if (u->blocks.n > 1 && is_shared(u, i->a)) return false;
        if (m + n < w) return fold_to_imm(i, (IrOp)i->op, in->a, m + n);
        return i->op == IR_SAR ? fold_to_imm(i, IR_SAR, in->a, w - 1) : fold_to_const(i, 0);
    }
    if (m != n) return false;
    unsigned kept = w - n;
    if (in->op == IR_SHL) {
        IrOp ext = i->op == IR_SAR ? IR_SEXT : IR_ZEXT;
        if (kept == 8 || kept == 16 || kept == 32) return fold_to_ext(i, ext, in->a, kept);
        return i->op == IR_SHR && fold_to_imm(i, IR_AND, in->a, bits_mask(kept));
    }
    return i->op == IR_SHL && fold_to_imm(i, IR_AND, in->a, ~bits_mask(n));
}

static bool fold_rotate(IrUnit *u, IrInsn *i) {
    if (i->b || ((unsigned)i->imm & (fold_width((IrType)i->type) - 1))) return false;
    return fold_to_value(u, i, i->a);
}

static bool fold_ext(IrUnit *u, IrInsn *i) {
    IrRef low = fold_low_bits(u, i->a, (unsigned)i->imm, IR_I32);
    if (low != i->a) {
        i->a = low;
        return true;
    }
    const IrInsn *a = fold_at(u, i->a);
    if (i->type == IR_I32 && i->imm == 32) {
        if (ir_value_type(a) == IR_I32) return fold_to_value(u, i, i->a);
        if (i->op == IR_ZEXT) return false;
        i->op = IR_ZEXT; // the one way to write "the low half"
        return true;
    }
    // An extension of a narrower one is the narrower one: of the same kind, or of a value
    // that is not negative any more.
    if ((a->op == i->op || a->op == IR_ZEXT) && (a->op == IR_SEXT || a->op == IR_ZEXT) && a->imm < i->imm &&
        ir_value_type(a) != i->type)
        return fold_to_ext(i, (IrOp)a->op, a->a, (unsigned)a->imm);
    if (ir_value_type(a) != i->type) return false;
    unsigned known = i->op == IR_SEXT ? fold_sign_bits(u, i->a, FOLD_DEPTH) : fold_zero_bits(u, i->a, FOLD_DEPTH);
    return known <= i->imm && fold_to_value(u, i, i->a);
}

// -(-x), ~~x, bswap of bswap
static bool fold_twice(IrUnit *u, IrInsn *i) {
    const IrInsn *a = fold_at(u, i->a);
    return a->op == i->op && a->type == i->type && fold_to_value(u, i, a->a);
}

static bool fold_select(IrUnit *u, IrInsn *i) {
    const IrInsn *cond = fold_at(u, i->a), *yes = fold_at(u, i->b), *no = fold_at(u, i->c);
    if (cond->op == IR_CONST) return fold_to_value(u, i, cond->imm ? i->b : i->c);
    if (i->b == i->c) return fold_to_value(u, i, i->b);
    if (i->type == IR_I64 && yes->op == IR_CONST && no->op == IR_CONST && yes->imm == 1 && !no->imm &&
        fold_zero_bits(u, i->a, FOLD_DEPTH) <= 1)
        return fold_to_value(u, i, i->a);
    if (cond->op == IR_CMP && cond->type == IR_I64 && !cond->b && !cond->imm && cond->c <= IR_NE) {
        IrRef b = i->b;
        i->a = cond->a; // SELECT tests against 0 itself
        if (cond->c == IR_EQ) {
            i->b = i->c;
            i->c = b;
        }
        return true;
    }
    return false;
}

bool fold_int(IrUnit *u, IrInsn *i) {
    switch (i->op) {
    case IR_ADD: return fold_add(u, i);
    case IR_SUB: return fold_sub(u, i);
    case IR_MUL: return fold_mul(u, i);
    case IR_MULHU: return fold_mulhu(u, i);
    case IR_DIVS:
    case IR_DIVU:
    case IR_REMS:
    case IR_REMU: return fold_div(u, i);
    case IR_AND: return fold_and(u, i);
    case IR_OR: return fold_or(u, i);
    case IR_XOR: return fold_xor(u, i);
    case IR_SHL:
    case IR_SHR:
    case IR_SAR: return fold_shift(u, i);
    case IR_ROL:
    case IR_ROR: return fold_rotate(u, i);
    case IR_SEXT:
    case IR_ZEXT: return fold_ext(u, i);
    case IR_NEG:
    case IR_NOT:
    case IR_BSWAP: return fold_twice(u, i);
    case IR_SELECT: return fold_select(u, i);
    default: return false;
    }
}

// Rules for conditions: CMP, and BR which has the same operands.
#include "opt/fold.h"

// Near the ends of the unsigned range an order is an equality.
static bool near_zero(IrInsn *i) {
    IrCond c = (IrCond)i->c, to = c;
    if (i->b) return false;
    if (i->imm == 1) to = c == IR_LTU ? IR_EQ : c == IR_GEU ? IR_NE : c;
    if (i->imm == 0) to = c == IR_LEU ? IR_EQ : c == IR_GTU ? IR_NE : c;
    if (to == c) return false;
    i->c = to;
    i->imm = 0;
    return true;
}

// Two constants, x == x, x < 0 unsigned and the like.
bool fold_condition_known(const IrUnit *u, const IrInsn *i, bool *yes) {
    IrCond c = (IrCond)i->c;
    uint64_t x, y;
    if (i->a == i->b) {
        *yes = ir_cond_eval(c, IR_I64, 0, 0);
        return true;
    }
    if (!fold_input_const(u, i, 1, &y)) return false;
    if (fold_input_const(u, i, 0, &x)) {
        *yes = ir_cond_eval(c, (IrType)i->type, x, y);
        return true;
    }
    *yes = c == IR_GEU;
    return !y && (c == IR_LTU || c == IR_GEU);
}

// (a <c> b) compared with 0 or 1 by EQ or NE is the inner condition or its opposite.
static bool cmp_of_cmp(IrUnit *u, IrInsn *i) {
    const IrInsn *in = fold_at(u, i->a);
    if (i->b || in->op != IR_CMP || ir_is_float((IrType)in->type) || i->c > IR_NE || (i->imm != 0 && i->imm != 1))
        return false;
    bool same = (i->c == IR_NE) == (i->imm == 0);
    if (same && i->op == IR_CMP) return fold_to_value(u, i, i->a);
    i->type = in->type;
    i->a = in->a;
    i->b = in->b;
    i->imm = in->imm;
    i->c = same ? in->c : ir_cond_negate((IrCond)in->c);
    return true;
}

// (x - y) == 0, (x ^ y) == 0: equality of the parts.
// WHY: not (x + c) == 0, though it is x == -c. A counter's new value is needed anyway (addi, bnez), and looking at the
// old one would keep both in registers.
static bool difference_is_zero(IrUnit *u, IrInsn *i) {
    const IrInsn *in = fold_at(u, i->a);
    if (i->b || i->imm || i->c > IR_NE || !in->b) return false;
    if (in->op != IR_SUB && in->op != IR_XOR) return false;
    if (in->type != i->type && i->type != IR_I32) return false;
    i->b = in->b;
    i->a = in->a;
    return true;
}

bool fold_cmp(IrUnit *u, IrInsn *i) {
    bool yes;
    // WHY: a BR that is known changes successors, too: fold.c does that.
    if (fold_condition_known(u, i, &yes)) return i->op == IR_CMP && fold_to_const(i, yes);
    return near_zero(i) || cmp_of_cmp(u, i) || difference_is_zero(u, i);
}

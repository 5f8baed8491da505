// Rules of the pass `fold` for floating point: what only moves bits. Arithmetic raises flags, which are the guest's to
// see, and stays as it is.
#include "opt/fold.h"

// The rules say what undoes what: the inner instruction's input is the result.
static bool undone(const IrUnit *u, const IrInsn *i, IrOp by) {
    const IrInsn *in = fold_at(u, i->a);
    return in->op == by && in->type != i->type && ir_value_type(fold_at(u, in->a)) == i->type;
}

bool fold_float(IrUnit *u, IrInsn *i) {
    const IrInsn *in = fold_at(u, i->a);
    switch (i->op) {
    case IR_FNEG: return in->op == IR_FNEG && fold_to_value(u, i, in->a);
    case IR_FABS:
        if (in->op == IR_FABS) return fold_to_value(u, i, i->a);
        if (in->op != IR_FNEG) return false;
        i->a = in->a;
        return true;
    case IR_BITS: return undone(u, i, IR_BITS) && fold_to_value(u, i, in->a);
    case IR_UNBOX: return undone(u, i, IR_BOX) && fold_to_value(u, i, in->a);
    default: return false;
    }
}

// What a store keeps of a boxed F32 is the F32.
bool fold_float_store(const IrUnit *u, IrInsn *i) {
    const IrInsn *bits = fold_at(u, i->b), *box = bits->op == IR_BITS ? fold_at(u, bits->a) : bits;
    if ((i->c & MEMOP_SIZE) != 2 || bits->op != IR_BITS || box->op != IR_BOX) return false;
    i->b = box->a;
    i->type = IR_F32;
    i->c &= (IrRef)~MEMOP_SIGNED; // no store extends anything, and verification wants to see none of a float
    return true;
}

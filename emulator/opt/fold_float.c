// Rules of the pass `fold` for floating point: what only moves bits. Arithmetic raises flags, which are the guest's to
// see, and stays as it is.
#include "opt/fold.h"

// The rules say what undoes what: the inner instruction's input is the result.
static bool undone(const IrUnit *u, const IrInsn *i, IrOp by) {
    const IrInsn *in = fold_at(u, i->a);
    return in->op == by && in->type != i->type && ir_value_type(fold_at(u, in->a)) == i->type;
}

static bool is_word_extension(const IrInsn *i) { return (i->op == IR_SEXT || i->op == IR_ZEXT) && i->imm <= 32; }

static bool is_extended_only(const IrUnit *u, IrRef v) {
    for (uint32_t n = v + 1u; n < u->insns.n; n++) {
        IrRef inputs[3];
        unsigned k = ir_inputs(&u->insns.at[n], inputs);
        while (k-- > 0)
            if (opt_resolve(u, inputs[k]) == v && !is_word_extension(&u->insns.at[n])) return false;
    }
    for (uint32_t n = 0; n < u->phi_args.n; n++)
        if (opt_resolve(u, u->phi_args.at[n]) == v) return false;
    return true;
}

// The bits of an F32 in its box, of which no more is read than the F32, as FMV.X.W does: no box has to be made for that.
static bool fold_bits_of_box(IrUnit *u, IrRef ref, IrInsn *i) {
    const IrInsn *box = fold_at(u, i->a);
    if (i->type != IR_I64 || box->op != IR_BOX || !is_extended_only(u, ref)) return false;
    i->type = IR_I32;
    i->a = box->a;
    return true;
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
    case IR_BITS:
        if (undone(u, i, IR_BITS)) return fold_to_value(u, i, in->a);
        return fold_bits_of_box(u, (IrRef)(i - u->insns.at), i);
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

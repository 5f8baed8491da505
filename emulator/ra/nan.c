// NaNs whose bits the IR fixes and the host does not. Results of HOST_ANY_NAN ops stay as they are while only
// arithmetic uses them; what looks at bits (memory, slots, other blocks) comes after an RA_CANON of the value.
//
// One test serves a whole expression: a NaN operand of arithmetic makes a NaN result, so the operands of a number were
// numbers, and theirs. When the result is a NaN, what is left of them is mended beside it (the fixes). And one branch tests
// up to three values: those that would be tested next go along. WHY: the comparison for it costs some processors as much
// as two additions.
// INVARIANT: no such value lives into a block that several ways lead to, but as a PHI_CANONICAL in a register: of an accumulator
// nothing is tested on the way round the loop, only where it is stored, and an exit writes the canonical NaN.
// Example, where `a` and `b` are numbers from memory:
//     v3 = fmul a, b          do fmul                 v3 may be any NaN
//     v4 = fadd v3, a         do fadd                 so may v4, and v3 is used again
//     put d0, v4              canon v4, fixes v3      one test; if v4 is a NaN, v3 is mended beside it
//                             [d0] <- v4
#include "ir/float.h"
#include "ra/scan.h"

static bool passes_nan(const RaScratch *s, IrRef v) {
    return (ra_host_op(s, v)->flags & (HOST_ANY_NAN | HOST_CANON_NAN)) != 0;
}

static void add_fix(RaScratch *s, RaLoc loc, IrRef v) {
    vec_push(&s->ra->fixes, ((RaFix){loc, (uint8_t)ir_value_type(&s->u->insns.at[v])}));
}

// Everything that went into v is settled with it.
static void settle_operands(RaScratch *s, IrRef v) {
    IrRef inputs[3];
    unsigned n = passes_nan(s, v) ? ir_inputs(&s->u->insns.at[v], inputs) : 0;
    for (unsigned k = 0; k < n; k++) {
        RaValue *val = &s->values.at[inputs[k]];
        if (!val->any_nan) continue;
        val->any_nan = false;
        if (val->reg != RA_NO_REG) add_fix(s, (RaLoc){RA_REG, val->reg}, inputs[k]);
        if (val->spill != RA_NO_SPILL) add_fix(s, (RaLoc){RA_SPILL, val->spill}, inputs[k]);
        settle_operands(s, inputs[k]);
    }
}

// v, with everything that went into it, is settled by the test of the RA_CANON that says where it is: returned.
static RaLoc join_test(RaScratch *s, IrRef v) {
    RaValue *val = &s->values.at[v];
    RaLoc at = ra_loc(s, v);
    val->any_nan = false;
    if (at.kind == RA_REG && val->spill != RA_NO_SPILL) add_fix(s, (RaLoc){RA_SPILL, val->spill}, v);
    settle_operands(s, v);
    return at;
}

void ra_settle_with(RaScratch *s, IrRef v, RaPartner *partner, RaPlace at) {
    if (!s->values.at[v].any_nan) return;
    RaOp op = {.kind = RA_CANON, .dst = RA_NO_REG, .ref = v, .snap = RA_NO_SNAP, .fixes = s->ra->fixes.n};
    op.a = join_test(s, v);
    IrRef w = partner ? partner(s, at, v) : 0;
    if (w) op.b = join_test(s, w), w = partner(s, at, v);
    if (w) op.c = join_test(s, w);
    op.n_fixes = s->ra->fixes.n - op.fixes;
    ra_emit(s, op);
}

void ra_settle(RaScratch *s, IrRef v) { ra_settle_with(s, v, NULL, (RaPlace){0, 0, 0}); }

bool ra_can_go_along(const RaScratch *s, IrRef w, IrRef v) {
    const IrInsn *in = s->u->insns.at;
    return w && s->values.at[w].any_nan && s->values.at[w].reg != RA_NO_REG &&
           ir_value_type(&in[w]) == ir_value_type(&in[v]);
}

// What an instruction behind i, but in its block, would have settled.
enum { AHEAD = 16 };
static IrRef seen_next(const RaScratch *s, RaPlace at, IrRef v) {
    for (uint32_t n = at.at + 1u; n <= at.at + (unsigned)AHEAD && !ir_op_is(s->u->insns.at[n - 1].op, IR_TERM); n++) {
        const IrInsn *in = &s->u->insns.at[n];
        IrRef inputs[3];
        if (ra_host_op(s, (IrRef)n)->flags & HOST_TAKES_NAN || in->op == IR_SET || ra_parts(s, (IrRef)n)) continue;
        for (unsigned k = 0, n_inputs = ir_inputs(in, inputs); k < n_inputs; k++)
            if (ra_can_go_along(s, inputs[k], v)) return inputs[k];
    }
    return 0;
}

void ra_settle_inputs(RaScratch *s, IrRef i) {
    IrRef inputs[3];
    if (!s->any_nans.n || ra_host_op(s, i)->flags & HOST_TAKES_NAN) return;
    unsigned n = ir_inputs(&s->u->insns.at[i], inputs);
    for (unsigned k = 0; k < n; k++) ra_settle_with(s, inputs[k], seen_next, (RaPlace){i, 0, 0});
}

uint64_t ra_settled(uint64_t value, RaKind from, IrType t) {
    if (from != RA_SUM) return float_is_nan(t, value) ? float_canonical_nan(t) : value;
    return float_is_nan(IR_F32, (uint32_t)value) ? (value & ~0xffffffffull) | float_canonical_nan(IR_F32) : value;
}

void ra_enter_nan(RaScratch *s, IrRef v) {
    s->values.at[v].any_nan = true;
    vec_push(&s->any_nans, v);
}

void ra_define_nan(RaScratch *s, IrRef i, RaOp *op) {
    uint16_t flags = ra_host_op(s, i)->flags;
    if (flags & HOST_ANY_NAN) {
        s->values.at[i].any_nan = true;
        vec_push(&s->any_nans, i);
    } else if (flags & HOST_CANON_NAN) {
        op->fixes = s->ra->fixes.n;
        settle_operands(s, i);
        op->n_fixes = s->ra->fixes.n - op->fixes;
    }
}

// NaNs whose bits the IR fixes and the host does not. Results of HOST_ANY_NAN ops stay as they are while only
// arithmetic uses them; what looks at bits (memory, slots, other blocks) comes after an RA_CANON of the value.
//
// One test serves a whole expression: a NaN operand of arithmetic makes a NaN result, so the operands of a number were
// numbers, and theirs. When the result is a NaN, what is left of them is mended beside it (the fixes).
// INVARIANT: no such value lives into a block that several ways lead to.
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

void ra_settle(RaScratch *s, IrRef v) {
    RaValue *val = &s->values.at[v];
    if (!val->any_nan) return;
    val->any_nan = false;
    RaOp op = {.kind = RA_CANON, .dst = RA_NO_REG, .ref = v, .snap = RA_NO_SNAP, .fixes = s->ra->fixes.n};
    op.a = ra_loc(s, v);
    if (op.a.kind == RA_REG && val->spill != RA_NO_SPILL) add_fix(s, (RaLoc){RA_SPILL, val->spill}, v);
    settle_operands(s, v);
    op.n_fixes = s->ra->fixes.n - op.fixes;
    ra_emit(s, op);
}

void ra_settle_inputs(RaScratch *s, IrRef i) {
    IrRef inputs[3];
    if (!s->any_nans.n || ra_host_op(s, i)->flags & HOST_TAKES_NAN) return;
    unsigned n = ir_inputs(&s->u->insns.at[i], inputs);
    for (unsigned k = 0; k < n; k++) ra_settle(s, inputs[k]);
}

// Will it be used after the terminator?
static bool lives_on(const RaScratch *s, IrRef terminator, IrRef v) {
    uint32_t next = s->values.at[v].next;
    IrRef inputs[3];
    unsigned n = ir_inputs(&s->u->insns.at[terminator], inputs);
    for (unsigned k = 0; k < n; k++)
        if (inputs[k] == v) next = s->uses.at[terminator].after[k];
    return next >= RA_LIVE_OUT && next != RA_NEVER;
}

// Does the block go on to no other than blocks that it alone leads to? They know what it has not settled.
static bool goes_alone(const RaScratch *s, IrRef terminator) {
    const IrBlock *b = s->u->blocks.at;
    while (b->end <= terminator) b++;
    for (unsigned k = 0; k < 2; k++)
        if (b->succ[k] != IR_NO_TARGET && !(b->succ[k] & IR_TO_EXIT) && ra_joins(s, b->succ[k])) return false;
    return true;
}

// The last ones first: they settle others.
void ra_settle_all(RaScratch *s, IrRef terminator) {
    if (!s->any_nans.n || goes_alone(s, terminator)) return;
    for (uint32_t k = s->any_nans.n; k-- > 0;) {
        IrRef v = s->any_nans.at[k];
        if (s->values.at[v].n_pending || s->values.at[v].n_parts || lives_on(s, terminator, v)) ra_settle(s, v);
    }
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

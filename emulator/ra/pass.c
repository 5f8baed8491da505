// What an edge passes to the block that it leads to, and in which form that wants it: as a PHI's argument, computed if it is a sum,
// settled if it may be any NaN (nan.c).
// Example, where v9 is a PHI_CANONICAL in a register, and x2 has no PHI in b1:
//     b1: v5 = fadd v9, v4 / set f3, v5 / set f2, v5
//     b1 -> b1     the PHI of f3 takes v5 as it is; but f2 shows it: it is tested before the jump
#include "ra/scan.h"

IrRef ra_passed(const RaScratch *s, uint16_t from, uint16_t to, IrRef v) {
    const IrInsn *in = &s->u->insns.at[v];
    const IrBlock *b = &s->u->blocks.at[to];
    if (in->op != IR_PHI || v < b->first || v >= b->end) return v;
    return s->u->phi_args.at[in->imm + ra_pred_index(s, from, to)];
}

static bool is_passed(const RaScratch *s, uint16_t from, uint16_t to, IrRef v) {
    const IrBlock *b = &s->u->blocks.at[to];
    for (uint32_t i = b->first, end = ir_behind_phis(s->u, b); i < end; i++)
        if (s->u->insns.at[i].op == IR_PHI && ra_passed(s, from, to, (IrRef)i) == v) return true;
    return false;
}

// Into a block that is entered from here alone it goes on as it is.
bool ra_wants_sum(const RaScratch *s, uint16_t from, uint16_t to, unsigned slot) {
    IrRef v = s->pending[slot];
    return ra_is_sum_now(s, v) && ra_joins(s, to) && (ir_demanded(&s->demand, to, slot) || is_passed(s, from, to, v));
}

// ---- the end of a block
bool ra_may_be_any_nan(const RaScratch *s, IrRef phi) {
    const IrInsn *in = &s->u->insns.at[phi];
    return in->op == IR_PHI && in->a == IR_PHI_CANONICAL && s->host->ops[IR_FADD].flags & HOST_ANY_NAN;
}

// A PHI that is not known to be in a register is taken to be in one where v is: ra_leave_to() sees to it if it is not.
static bool phi_takes(const RaScratch *s, uint16_t to, IrRef phi, IrRef v) {
    const RaEntry *e = &s->entries.at[to];
    if (!e->known) return ra_may_be_any_nan(s, phi) && s->values.at[v].reg != RA_NO_REG;
    for (uint32_t i = e->values; i < e->values + e->n_values; i++)
        if (s->entry_values.at[i].value == phi) return s->entry_values.at[i].any_nan;
    return false;
}

// A PHI behind i that the edge passes v; 0: none.
static IrRef next_phi_of(const RaScratch *s, uint16_t from, uint16_t to, IrRef v, uint32_t i) {
    const IrBlock *b = &s->u->blocks.at[to];
    for (i = i ? i + 1 : b->first; i < ir_behind_phis(s->u, b); i++) {
        const IrInsn *phi = &s->u->insns.at[i];
        if (phi->op == IR_PHI && s->u->phi_args.at[phi->imm + ra_pred_index(s, from, to)] == v) return (IrRef)i;
    }
    return 0;
}

// Is there one that wants v settled?
static bool phis_see(const RaScratch *s, uint16_t from, uint16_t to, IrRef v) {
    for (IrRef phi = next_phi_of(s, from, to, v, 0); phi; phi = next_phi_of(s, from, to, v, phi))
        if (!phi_takes(s, to, phi, v)) return true;
    return false;
}

static bool goes_to_phi(const RaScratch *s, uint16_t from, uint16_t to, unsigned slot, IrRef v) {
    for (IrRef phi = next_phi_of(s, from, to, v, 0); phi; phi = next_phi_of(s, from, to, v, phi))
        if (s->u->insns.at[phi].b == slot + 1) return true;
    return false;
}

// Does a slot show v there, or a box of it, that no PHI stands for?
static bool slots_see(const RaScratch *s, uint16_t from, uint16_t to, IrRef v) {
    for (unsigned i = 0; i < s->n_pending; i++) {
        unsigned slot = s->pending_slots[i];
        IrRef w = s->pending[slot];
        if (w == v && ir_demanded(&s->demand, to, slot) && !goes_to_phi(s, from, to, slot, v)) return true;
        if (w != v && ra_is_sum_now(s, w) && ra_parts(s, w)->index == v && ra_wants_sum(s, from, to, slot)) return true;
    }
    return false;
}

// What a block that one way leads to knows of v is what is known here.
static bool is_seen(const RaScratch *s, uint16_t from, uint16_t to, IrRef v) {
    bool lives =
        to && (ra_lives_into(s, to, v) || phis_see(s, from, to, v)); // into the entry there is nothing but slots
    return ra_joins(s, to) && (lives || slots_see(s, from, to, v));
}

// Is the other way out taken that much more often that a test of this one's is better not on both?
static bool is_aside(const RaScratch *s, const IrBlock *b, uint16_t from, unsigned k) {
    IrTarget to = b->succ[k], other = b->succ[!k];
    if (other == IR_NO_TARGET || other & IR_TO_EXIT || to == other) return false;
    unsigned n = s->u->blocks.at[to].seen, n_other = s->u->blocks.at[other].seen;
    return n && n_other ? 2 * n <= n_other : other <= from && to > from;
}

static bool outlives_block(const RaScratch *s, IrRef terminator, IrRef v) {
    uint16_t from = 0;
    while (s->u->blocks.at[from].end <= terminator) from++;
    const IrBlock *b = &s->u->blocks.at[from];
    for (unsigned k = 0; k < 2; k++)
        if (b->succ[k] != IR_NO_TARGET && !(b->succ[k] & IR_TO_EXIT) && !is_aside(s, b, from, k) &&
            is_seen(s, from, b->succ[k], v))
            return true;
    return false;
}

static IrRef last_that_outlives(const RaScratch *s, RaPlace at, IrRef v) {
    for (uint32_t k = s->any_nans.n; k-- > 0;) {
        IrRef w = s->any_nans.at[k];
        if (ra_can_go_along(s, w, v) && outlives_block(s, at.at, w)) return w;
    }
    return 0;
}

// The last ones first: they settle others.
void ra_settle_all(RaScratch *s, IrRef terminator) {
    for (uint32_t k = s->any_nans.n; k-- > 0;)
        if (s->values.at[s->any_nans.at[k]].any_nan && outlives_block(s, terminator, s->any_nans.at[k]))
            ra_settle_with(s, s->any_nans.at[k], last_that_outlives, (RaPlace){terminator, 0, 0});
}

bool ra_edge_sees_nans(const RaScratch *s, uint16_t from, uint16_t to) {
    for (uint32_t k = 0; k < s->any_nans.n; k++)
        if (s->values.at[s->any_nans.at[k]].any_nan && is_seen(s, from, to, s->any_nans.at[k])) return true;
    return false;
}

static IrRef last_seen(const RaScratch *s, RaPlace at, IrRef v) {
    for (uint32_t k = s->any_nans.n; k-- > 0;) {
        IrRef w = s->any_nans.at[k];
        if (ra_can_go_along(s, w, v) && is_seen(s, at.from, at.to, w)) return w;
    }
    return 0;
}

// Those that are unsettled stand behind the others in any_nans, for ra_unsettle().
uint32_t ra_settle_for_edge(RaScratch *s, uint16_t from, uint16_t to) {
    uint32_t n = s->any_nans.n;
    for (uint32_t k = 0; k < n; k++)
        if (s->values.at[s->any_nans.at[k]].any_nan) vec_push(&s->any_nans, s->any_nans.at[k]);
    for (uint32_t k = n; k-- > 0;)
        if (s->values.at[s->any_nans.at[k]].any_nan && is_seen(s, from, to, s->any_nans.at[k]))
            ra_settle_with(s, s->any_nans.at[k], last_seen, (RaPlace){0, from, to});
    return s->any_nans.n - n;
}

void ra_unsettle(RaScratch *s, uint32_t n) {
    while (n-- > 0) s->values.at[s->any_nans.at[--s->any_nans.n]].any_nan = true;
}

// Sums: values that are not computed where they stand, because all that wants them is an address, or what a fault would show.
//
//     v5 = zext.i64[32] v4            nothing
//     v6 = shl.i64 v5, #1             nothing
//     v7 = add.i64 v1, v6             nothing
//     set x13, v7                     x13 is pending, as a sum of v1 and v4
//     v9 = load.i64[2c] v7            r2     r1 + r4 << 1     {x13=r1+r4<<1}
//     set x13, v9
//
// A sum is base + (ext(index) << shift) + imm of values that are in registers: an access takes it as its address, and where
// the unit may be left the snapshot says how to make it. It is computed, and a value like others, for a call and for the blocks
// that look at it: on the edge that leads there, if the other one does not. While it is pending its parts stay alive
// (RaValue.n_parts).
// Units of one block have none: there all pending values are written at the end.
#include "ra/scan.h"
#include "base/bits.h"
#include <string.h>

enum { ADDRESSES_MAX = 2, SCALE_MAX = 3 }; // accesses that one sum is for; what an address shifts its index by

typedef enum Want { WANT_VALUE = 1, WANT_PART = 2, WANT_ADDRESS = 4 } Want; // one more address: WANT_ADDRESS

static const IrInsn *at(const RaScratch *s, IrRef v) { return &s->u->insns.at[v]; }

// An extension of an I32 in its register.
static bool is_ext(const RaScratch *s, IrRef v, IrOp op) { return ir_extends_i32(s->u, at(s, v), op); }

static bool is_shift(const RaScratch *s, IrRef v) {
    const IrInsn *i = at(s, v);
    return i->op == IR_SHL && i->type == IR_I64 && !i->b && i->imm >= 0 && i->imm < 64;
}

// May v be part of the sum `of` without being computed?
static bool is_part(const RaScratch *s, IrRef of, IrRef v) {
    if (is_ext(s, v, IR_ZEXT)) return true;
    if (at(s, of)->op == IR_SHL) return is_ext(s, v, IR_SEXT) && at(s, of)->imm >= 32; // its upper half is shifted out
    return is_shift(s, v);
}

// Which input of an ADD is the index: the one that is scaled or extended.
static IrRef index_of(const RaScratch *s, const IrInsn *add) {
    bool a = is_shift(s, add->a) || is_ext(s, add->a, IR_ZEXT), b = is_shift(s, add->b) || is_ext(s, add->b, IR_ZEXT);
    return a && !b ? add->a : add->b;
}

static bool has_form(const RaScratch *s, IrRef v) {
    const IrInsn *i = at(s, v);
    if (at(s, i->a)->op == IR_CONST) return false;
    if (i->op == IR_BOX) return true;
    if (is_shift(s, v) || is_ext(s, v, IR_ZEXT) || is_ext(s, v, IR_SEXT)) return true;
    if (i->op != IR_ADD || i->type != IR_I64) return false;
    if (!i->b) return bits_fits_signed(i->imm, 32);
    return at(s, i->b)->op != IR_CONST && i->a != i->b;
}

// An ADD of two values in the same block, whose index the host can scale.
static bool is_address(const RaScratch *s, const IrInsn *access, uint32_t block_first) {
    const IrInsn *i = at(s, access->a);
    bool index = access->c & MEMOP_COVERED || (host_probes_all(s->cfg) && !(access->c & MEMOP_FOUND));
    if (!ir_is_memory(access) || !index || access->c & MEMOP_ALIGNED) return false;
    if (access->a < block_first || i->op != IR_ADD || !i->b || !has_form(s, access->a)) return false;
    IrRef v = index_of(s, i);
    unsigned shift = is_shift(s, v) ? (unsigned)at(s, v)->imm : 0;
    bool extends = is_ext(s, shift ? at(s, v)->a : v, IR_ZEXT);
    return shift <= SCALE_MAX && (!s->host->index_pays || s->host->index_pays(s->cfg, access, shift, extends));
}

// ---- finding them: users are seen before what they use
static void want_inputs(RaScratch *s, const IrInsn *in, unsigned want) {
    IrRef inputs[3];
    unsigned n = ir_inputs(in, inputs);
    for (unsigned k = 0; k < n; k++) s->wants.at[inputs[k]] |= (uint8_t)want;
}

static void want_parts(RaScratch *s, IrRef v) {
    const IrInsn *i = at(s, v);
    IrRef part = i->op == IR_ADD ? i->b ? index_of(s, i) : 0 : i->a;
    for (unsigned k = 0; k < 2; k++) {
        IrRef in = k ? i->b : i->a;
        if (in) s->wants.at[in] |= in == part && is_part(s, v, in) ? WANT_PART : WANT_VALUE;
    }
}

static bool is_sum(const RaScratch *s, IrRef v) { return has_form(s, v) && !(s->wants.at[v] & WANT_VALUE); }

static void look_at_users(RaScratch *s, const IrBlock *b) {
    for (uint32_t n = b->end; n-- > b->first;) {
        const IrInsn *i = &s->u->insns.at[n];
        if (i->op == IR_NOP || i->op == IR_SET || i->op == IR_PHI) continue;
        if (is_address(s, i, b->first)) {
            uint8_t *want = &s->wants.at[i->a];
            *want = (uint8_t)(*want + WANT_ADDRESS);
            if (*want / WANT_ADDRESS > ADDRESSES_MAX) *want = WANT_VALUE;
            if (i->op == IR_STORE) s->wants.at[i->b] |= WANT_VALUE;
        } else if (is_sum(s, (IrRef)n)) {
            want_parts(s, (IrRef)n);
        } else {
            want_inputs(s, i, WANT_VALUE);
        }
    }
}

// Is nothing lost if it is computed at the end of its block? It takes one instruction then, and here as many or more.
static bool can_be_last(const RaScratch *s, IrRef v) {
    const IrInsn *i = at(s, v);
    return i->op == IR_BOX || (i->op == IR_ADD && i->b && has_form(s, v) && is_shift(s, index_of(s, i)));
}

// Does the block make v, and end with it in the slot?
static bool ends_with(const RaScratch *s, const IrBlock *b, unsigned slot, IrRef v) {
    if (v < b->first || v >= b->end) return false;
    for (uint32_t n = b->end; n-- > b->first;) {
        const IrInsn *i = &s->u->insns.at[n];
        if ((i->op == IR_SET || i->op == IR_PUT) && ir_slot(i) == slot) return i->op == IR_SET && i->a == v;
    }
    return false;
}

// What a PHI of a slot is passed in that slot is pending where the block ends, and computed there at the latest.
static void want_phi_args(RaScratch *s) {
    for (uint32_t b = 0; b < s->u->blocks.n; b++)
        for (uint32_t n = s->u->blocks.at[b].first; n < s->u->blocks.at[b].end; n++) {
            const IrInsn *i = &s->u->insns.at[n];
            for (unsigned k = 0; i->op == IR_PHI && k < i->c; k++) {
                IrRef arg = s->u->phi_args.at[i->imm + k];
                uint16_t from = s->preds.at[s->preds_first.at[b] + k];
                if (!i->b || !can_be_last(s, arg) || !ends_with(s, &s->u->blocks.at[from], i->b - 1u, arg))
                    s->wants.at[arg] |= WANT_VALUE;
            }
        }
}

static RaParts parts_of(const RaScratch *s, IrRef v);

static void add_index(const RaScratch *s, RaParts *p, IrRef v) {
    p->index = v;
    if (!s->parts_of.at[v]) return;
    RaParts inner = parts_of(s, v);
    p->index = inner.index, p->extends = inner.extends, p->shift = (uint8_t)(p->shift + inner.shift);
}

static RaParts parts_of(const RaScratch *s, IrRef v) {
    const IrInsn *i = at(s, v);
    RaParts p = {0};
    if (i->op == IR_ADD && !i->b) {
        p.base = i->a, p.imm = (int32_t)i->imm;
    } else if (i->op == IR_ADD) {
        IrRef index = index_of(s, i);
        p.base = index == i->a ? i->b : i->a;
        add_index(s, &p, index);
    } else if (i->op == IR_SHL) {
        p.shift = (uint8_t)i->imm;
        add_index(s, &p, i->a);
    } else {
        p.index = i->a;
        p.extends = i->op;
    }
    return p;
}

// A value that is wanted elsewhere, too, may have been taken for a part when it was not known yet.
void ra_find_sums(RaScratch *s) {
    const IrUnit *u = s->u;
    s->sums_on = false;
    if (u->blocks.n == 1 || !s->cfg || !s->host->addresses || !s->host->addresses(s->cfg, u)) return;
    vec_reserve(&s->wants, u->insns.n);
    vec_reserve(&s->parts_of, u->insns.n);
    memset(s->wants.at, 0, u->insns.n * sizeof *s->wants.at);
    memset(s->parts_of.at, 0, u->insns.n * sizeof *s->parts_of.at);
    want_phi_args(s);
    for (uint32_t n = 1; n < u->insns.n; n++)
        if (u->insns.at[n].op == IR_PUT) s->wants.at[u->insns.at[n].a] |= WANT_VALUE;
    for (uint32_t b = u->blocks.n; b-- > 0;) look_at_users(s, &u->blocks.at[b]);
    s->sums_on = true;
    s->parts.n = 0;
    vec_push(&s->parts, (RaParts){0});
    for (uint32_t n = 1; n < u->insns.n; n++) {
        if (!is_sum(s, (IrRef)n)) continue;
        RaParts p = parts_of(s, (IrRef)n);
        vec_push(&s->parts, p);
        s->parts_of.at[n] = s->parts.n - 1;
    }
}

// ---- what instructions read, with sums in the place of their parts
unsigned ra_inputs_of_sums(const RaScratch *s, IrRef i, IrRef inputs[3]) {
    const IrInsn *in = at(s, i);
    unsigned n = ir_inputs(in, inputs);
    if (s->parts_of.at[i]) return 0; // computed nowhere
    const RaParts *p = n && (ir_is_memory(in) || in->op == IR_SET) ? ra_parts(s, in->a) : NULL;
    if (!p) return n;
    if (in->op == IR_SET) {
        inputs[0] = 0, inputs[1] = p->base, inputs[2] = p->index;
        return 3;
    }
    inputs[0] = p->base, inputs[2] = p->index;
    if (in->op == IR_LOAD) inputs[1] = 0;
    return 3;
}

uint64_t ra_sum(const RaSum *sum, uint64_t base, uint64_t index) {
    if (sum->extends == IR_SEXT) index = (uint64_t)(int32_t)index;
    if (sum->extends == IR_ZEXT) index = (uint32_t)index;
    if (sum->extends == IR_BOX) return 0xffffffff00000000 | (uint32_t)index;
    return base + (index << sum->shift) + (uint64_t)sum->imm;
}

// ---- the scan
// Beside its slot it has a register or a spill place: see out_of_slot().
static RaLoc part_loc(const RaScratch *s, IrRef v) {
    RaLoc loc = ra_loc(s, v);
    return loc.kind == RA_SLOT ? (RaLoc){RA_SPILL, s->values.at[v].spill} : loc;
}

static RaSum sum_now(const RaScratch *s, const RaParts *p) {
    RaSum sum = {.extends = p->extends, .shift = p->shift, .imm = p->imm};
    if (p->base) sum.base = part_loc(s, p->base);
    if (p->index) sum.index = part_loc(s, p->index);
    return sum;
}

RaLoc ra_sum_loc(RaScratch *s, IrRef v) {
    BUG_IF(s->ra->sums.n > UINT16_MAX, "allocator: more than %u sums", UINT16_MAX);
    vec_push(&s->ra->sums, sum_now(s, ra_parts(s, v)));
    return (RaLoc){RA_SUM, (uint16_t)(s->ra->sums.n - 1)};
}

bool ra_is_sum_now(const RaScratch *s, IrRef v) {
    return s->sums_on && s->parts_of.at[v] && s->values.at[v].reg == RA_NO_REG && s->values.at[v].home == RA_NO_SLOT &&
           s->values.at[v].spill == RA_NO_SPILL;
}

static void count_parts(RaScratch *s, IrRef v, int by) {
    const RaParts *p = ra_parts(s, v);
    if (p->base) s->values.at[p->base].n_parts = (uint8_t)(s->values.at[p->base].n_parts + by);
    if (p->index) s->values.at[p->index].n_parts = (uint8_t)(s->values.at[p->index].n_parts + by);
}

// A snapshot can read a part from a register or a spill place, not from a slot that it may write before.
static void out_of_slot(RaScratch *s, IrRef v) {
    if (v && ra_loc(s, v).kind == RA_SLOT && s->values.at[v].spill == RA_NO_SPILL) ra_to_reg(s, v, 0);
}

void ra_hold_parts(RaScratch *s, IrRef v) {
    if (!ra_is_sum_now(s, v)) return;
    const RaParts *p = ra_parts(s, v);
    count_parts(s, v, 1);
    out_of_slot(s, p->base);
    out_of_slot(s, p->index);
}

void ra_let_go_parts(RaScratch *s, IrRef v) {
    if (ra_is_sum_now(s, v)) count_parts(s, v, -1);
}

void ra_release_parts(RaScratch *s, IrRef v) {
    if (!ra_is_sum_now(s, v)) return;
    const RaParts *p = ra_parts(s, v);
    if (p->base) ra_release_if_dead(s, p->base);
    if (p->index) ra_release_if_dead(s, p->index);
}

// v, which is pending, becomes a value like others.
static void compute(RaScratch *s, IrRef v) {
    const RaParts *p = ra_parts(s, v);
    unsigned n_pending = s->values.at[v].n_pending;
    if (p->extends == IR_BOX) ra_settle(s, p->index);
    if (p->base) s->pinned |= host_reg(ra_to_reg(s, p->base, 0));
    if (p->index) s->pinned |= host_reg(ra_to_reg(s, p->index, 0));
    unsigned r = ra_is_hint_free(s, v) ? s->hints.at[v] : ra_take_reg(s, v, 0);
    RaLoc sum = ra_sum_loc(s, v);
    ra_emit(s, (RaOp){.kind = RA_MOVE, .dst = (uint8_t)r, .ref = v, .a = sum});
    s->pinned = 0;
    count_parts(s, v, -(int)n_pending);
    ra_assign(s, v, r);
    if (p->base) ra_release_if_dead(s, p->base);
    if (p->index) ra_release_if_dead(s, p->index);
}

void ra_compute_sums(RaScratch *s) {
    for (unsigned i = 0; s->sums_on && i < s->n_pending; i++)
        if (ra_is_sum_now(s, s->pending[s->pending_slots[i]]))
            compute(s, s->pending[s->pending_slots[i]]), i = UINT32_MAX;
}

void ra_compute_slot(RaScratch *s, unsigned slot) {
    if (s->pending[slot] && ra_is_sum_now(s, s->pending[slot])) compute(s, s->pending[slot]);
}

static bool dies(const RaScratch *s, IrRef i, IrRef v) {
    IrRef inputs[3];
    unsigned n = ra_inputs(s, i, inputs);
    for (unsigned k = 0; k < n; k++)
        if (inputs[k] == v) return s->uses.at[i].after[k] == RA_NEVER;
    return s->values.at[v].next == RA_NEVER;
}

// Would a part that dies with i be kept for the sum alone at no cost? It holds one register, as the sum would, if the other
// part is wanted for longer, and i has to make its result elsewhere anyway: not in the register that the part is in.
static bool may_wait(const RaScratch *s, IrRef i, IrRef part, const RaParts *p) {
    IrRef other = p->base == part ? p->index : p->base;
    unsigned hint = s->hints.at[i];
    bool in_place = ra_host_op(s, i)->flags & HOST_TIED || (hint != RA_NO_REG && hint == s->values.at[part].reg);
    return !in_place && (!other || other == part || !dies(s, i, other));
}

// Parts that instruction i uses for the last time: what is pending and made of them is computed before, unless it can wait or
// will be overwritten before anything looks.
void ra_compute_before(RaScratch *s, IrRef i, bool (*overwritten)(const RaScratch *s, IrRef i, unsigned slot)) {
    IrRef inputs[3];
    unsigned n = s->sums_on ? ra_inputs(s, i, inputs) : 0;
    for (unsigned k = 0; k < n; k++) {
        if (!inputs[k] || !s->values.at[inputs[k]].n_parts || s->uses.at[i].after[k] != RA_NEVER) continue;
        for (unsigned j = 0; j < s->n_pending; j++) {
            IrRef v = s->pending[s->pending_slots[j]];
            if (!ra_is_sum_now(s, v)) continue;
            const RaParts *p = ra_parts(s, v);
            if ((p->base != inputs[k] && p->index != inputs[k]) || may_wait(s, i, inputs[k], p) ||
                overwritten(s, i, s->pending_slots[j]))
                continue;
            compute(s, v);
            j = UINT32_MAX; // again from 0
        }
    }
}

// Floats go round loops without being tested for NaNs. Arithmetic of some hosts may leave any NaN where the IR means the canonical one;
// what memory or a slot shows is tested (ra/nan.c). A PHI that is passed the results of arithmetic on every way can go without, if
// its NaNs are all of that kind: it is marked canonical. What the slots hold at the entry is taken to be no NaN, and a BOUND of no
// bytes sees to it.
//
//     b0: v1 = get f10                         b0: v1 = get f10
//                                                  v2 = bits.i64 v1 / shr #32 / and #0x7ff00000 / add #0x100000
//                                                  bound[0] of that: 2^31 is not its low half, sign-extended
//     b1: v3 = phi.f64 v1, v5 [f10]            b1: v3 = phi.f64 v1, v5 [f10] canonical
//         v5 = fadd.f64 v3, v4                     v5 = fadd.f64 v3, v4
//         set f10, v5                              set f10, v5
//
// An F32 that goes round in its box goes round in both forms. The boxed one, which only the slot wants, is made of the other:
//
//     b1: v3 = phi.f64 v1, v6 [f10]            b1: v4 = phi.f32 v2, v5
//         v4 = phi.f32 v2, v5                      v3 = box.f64 v4 / set f10, v3
//
// Here v1 is a GET of the entry, v2 its UNBOX, and v6 the BOX of v5; the BOUND sees to it that v1 is a box.
#include "base/alloc.h"
#include "ir/cfg.h"
#include "ir/float.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>
#include <string.h>

enum { GUARDS_MAX = 6 };
enum { IS_BOX = 1, IS_NUMBER = 2, IS_NUMBER_IN_BOX = 4 }; // what a GET of the entry has to be

typedef struct Nans {
    IrUnit *u, fresh;
    const OptLoose *loose;
    IrCfg cfg;
    uint16_t *block_of;
    bool *chosen;     // by ref: a PHI that becomes canonical
    bool *computed;   // by ref: a PHI that arithmetic is passed to that may leave any NaN
    IrRef *half;      // by ref: the F32 PHI that a PHI of boxes is the box of, or 0
    bool *boxed;      // by ref: it becomes the box
    uint8_t *guarded; // by ref: GETs of the entry
    IrRef *map;       // old ref -> fresh ref
} Nans;

static const IrInsn *at(const Nans *s, uint32_t n) { return &s->u->insns.at[n]; }
static const IrBlock *block_at(const Nans *s, uint32_t b) { return &s->u->blocks.at[b]; }
static bool is_phi(const Nans *s, IrRef v) { return at(s, v)->op == IR_PHI; }
static IrRef arg_of(const Nans *s, IrRef phi, unsigned k) { return s->u->phi_args.at[at(s, phi)->imm + k]; }

static bool is_entry_get(const Nans *s, IrRef v) {
    const IrInsn *i = at(s, v);
    return i->op == IR_GET && i->type == IR_F64 && !s->block_of[v] && !opt_is_loose(s->loose, ir_slot(i));
}
static bool is_entry_unbox(const Nans *s, IrRef v) { return at(s, v)->op == IR_UNBOX && is_entry_get(s, at(s, v)->a); }

// ---- loops
// Do most rounds of the loop at `head` come from pred? If they were not watched, any that come from there will do.
static bool is_latch(const Nans *s, uint16_t pred, uint16_t head) {
    if (!ir_reachable(&s->cfg, pred) || !ir_dominates(&s->cfg, head, pred)) return false;
    unsigned n = block_at(s, pred)->seen, n_head = block_at(s, head)->seen;
    return !n || !n_head || 4 * (n - 1) >= 3 * (n_head - 1);
}

// The PHI stands at the head of a loop that is worth a BOUND.
static bool is_at_head(const Nans *s, IrRef phi) {
    uint16_t head = s->block_of[phi];
    for (uint32_t k = s->cfg.first_pred[head]; k < s->cfg.first_pred[head + 1]; k++)
        if (is_latch(s, s->cfg.preds[k], head)) return true;
    return false;
}

// ---- canonical PHIs
static bool is_computed(const IrInsn *i) {
    return i->op == IR_FADD || i->op == IR_FSUB || i->op == IR_FMUL || i->op == IR_FDIV || i->op == IR_FSQRT ||
           i->op == IR_FCVT;
}

// Is it no NaN but the canonical one?
static bool is_canonical(const Nans *s, IrRef v, IrRef phi) {
    const IrInsn *i = at(s, v);
    if (i->op == IR_CONST)
        return !float_is_nan((IrType)i->type, (uint64_t)i->imm) ||
               (uint64_t)i->imm == float_canonical_nan((IrType)i->type);
    if (is_entry_get(s, v) || is_entry_unbox(s, v)) return is_at_head(s, phi);
    return is_phi(s, v) ? s->chosen[v]
                        : is_computed(i) || i->op == IR_FMA || i->op == IR_FMIN || i->op == IR_FMAX || i->op == IR_ITOF;
}

static bool are_args_canonical(const Nans *s, IrRef phi) {
    for (unsigned k = 0; k < at(s, phi)->c; k++)
        if (!is_canonical(s, arg_of(s, phi, k), phi)) return false;
    return true;
}

static bool has_computed_arg(const Nans *s, IrRef phi) {
    for (unsigned k = 0; k < at(s, phi)->c; k++) {
        IrRef arg = arg_of(s, phi, k);
        if (is_computed(at(s, arg)) || s->computed[arg]) return true;
    }
    return false;
}

// To which one NaN is like another. A box may be made where a slot is looked at.
static bool takes_nan(const Nans *s, const IrInsn *i, uint32_t n) {
    if (i->op == IR_PHI) return s->chosen[n];
    return i->op == IR_SET || i->op == IR_BOX || is_computed(i) || i->op == IR_FMA || i->op == IR_FMIN ||
           i->op == IR_FMAX || i->op == IR_FTOI || i->op == IR_CMP || i->op == IR_BR;
}

// The PHIs whose bits something looks at as often as they are made would be tested there: they stay.
static void drop_seen(Nans *s) {
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        const IrInsn *i = at(s, n);
        IrRef inputs[3];
        unsigned count = ir_inputs(i, inputs);
        for (unsigned k = 0; k < count && !takes_nan(s, i, n); k++)
            s->chosen[inputs[k]] &= opt_is_colder(s->u, s->block_of[n], s->block_of[inputs[k]]);
        for (unsigned k = 0; i->op == IR_PHI && !takes_nan(s, i, n) && k < i->c; k++) {
            IrRef arg = arg_of(s, (IrRef)n, k);
            uint16_t pred = s->cfg.preds[s->cfg.first_pred[s->block_of[n]] + k];
            s->chosen[arg] &= opt_is_colder(s->u, pred, s->block_of[arg]);
        }
    }
}

static unsigned count_chosen(const Nans *s) {
    unsigned n = 0;
    for (uint32_t v = 1; v < s->u->insns.n; v++) n += s->chosen[v];
    return n;
}

static bool choose(Nans *s) {
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t n = 1; n < s->u->insns.n; n++) {
            bool now = is_phi(s, (IrRef)n) && has_computed_arg(s, (IrRef)n);
            changed |= now != s->computed[n];
            s->computed[n] = now;
        }
    }
    for (uint32_t n = 1; n < s->u->insns.n; n++)
        s->chosen[n] = s->computed[n] && ir_is_float((IrType)at(s, n)->type) && ir_reachable(&s->cfg, s->block_of[n]);
    for (unsigned before = 0, n = count_chosen(s); n != before; n = count_chosen(s)) {
        before = n;
        drop_seen(s);
        for (uint32_t v = 1; v < s->u->insns.n; v++) s->chosen[v] = s->chosen[v] && are_args_canonical(s, (IrRef)v);
    }
    return count_chosen(s) > 0;
}

// ---- boxes
// May `half` be the F32 in v, if v is a box at all?
static bool may_be_half(const Nans *s, IrRef v, IrRef half) {
    const IrInsn *i = at(s, v), *h = at(s, half);
    if (i->op == IR_CONST)
        return h->op == IR_CONST && (uint64_t)i->imm >> 32 == 0xffffffff && (uint32_t)i->imm == (uint32_t)h->imm;
    if (i->op == IR_BOX) return i->a == half;
    if (is_entry_get(s, v)) return h->op == IR_UNBOX && h->a == v;
    return is_phi(s, v) && s->half[v] == half;
}

static bool is_paired(const Nans *s, IrRef box, IrRef half) {
    for (unsigned k = 0; k < at(s, box)->c; k++) {
        IrRef v = arg_of(s, box, k), h = arg_of(s, half, k);
        if (v == box ? h != half : !may_be_half(s, v, h)) return false;
    }
    return true;
}

// A PHI of F32 beside it that is passed something that can only be the half of what it is passed itself; 0: none.
static IrRef first_guess(const Nans *s, IrRef box) {
    const IrBlock *b = block_at(s, s->block_of[box]);
    for (uint32_t n = b->first; n < ir_behind_phis(s->u, b); n++) {
        if (!is_phi(s, (IrRef)n) || at(s, n)->type != IR_F32) continue;
        for (unsigned k = 0; k < at(s, n)->c; k++) {
            IrRef v = arg_of(s, box, k);
            if (!is_phi(s, v) && at(s, v)->op != IR_CONST && may_be_half(s, v, arg_of(s, (IrRef)n, k))) return (IrRef)n;
        }
    }
    return 0;
}

static void find_halves(Nans *s) {
    for (uint32_t n = 1; n < s->u->insns.n; n++)
        if (is_phi(s, (IrRef)n) && at(s, n)->type == IR_F64 && ir_reachable(&s->cfg, s->block_of[n]))
            s->half[n] = first_guess(s, (IrRef)n);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t n = 1; n < s->u->insns.n; n++)
            if (s->half[n] && !is_paired(s, (IrRef)n, s->half[n])) s->half[n] = 0, changed = true;
    }
}

// Is the head of a loop passed a box that was made in it, or in a loop around it?
static bool is_boxed_in_loop(const Nans *s, IrRef phi) {
    uint16_t head = s->block_of[phi];
    for (unsigned k = 0; is_at_head(s, phi) && k < at(s, phi)->c; k++) {
        uint16_t pred = s->cfg.preds[s->cfg.first_pred[head] + k];
        if (at(s, arg_of(s, phi, k))->op == IR_BOX && ir_reachable(&s->cfg, pred) && ir_dominates(&s->cfg, head, pred))
            return true;
    }
    return false;
}

// Those of loops, what they are passed, and what they are passed to.
static bool choose_boxes(Nans *s) {
    bool any = false;
    for (uint32_t n = 1; n < s->u->insns.n; n++)
        any |= s->boxed[n] = s->half[n] && at(s, n)->b && is_boxed_in_loop(s, (IrRef)n);
    for (bool changed = any; changed;) {
        changed = false;
        for (uint32_t n = 1; n < s->u->insns.n; n++)
            for (unsigned k = 0; s->half[n] && k < at(s, n)->c; k++) {
                IrRef arg = arg_of(s, (IrRef)n, k);
                if (!is_phi(s, arg) || s->boxed[n] == s->boxed[arg]) continue;
                s->boxed[n] = s->boxed[arg] = changed = true;
            }
    }
    return any;
}

// ---- what the entry has to look at
static unsigned find_guards(Nans *s) {
    unsigned guards = 0;
    for (uint32_t n = 1; n < s->u->insns.n; n++)
        for (unsigned k = 0; is_phi(s, (IrRef)n) && k < at(s, n)->c; k++) {
            IrRef arg = arg_of(s, (IrRef)n, k);
            if (is_entry_get(s, arg)) s->guarded[arg] |= s->boxed[n] ? IS_BOX : s->chosen[n] ? IS_NUMBER : 0;
            if (is_entry_unbox(s, arg) && s->chosen[n]) s->guarded[at(s, arg)->a] |= IS_NUMBER_IN_BOX;
        }
    for (uint32_t n = 1; n < s->u->insns.n; n++) guards += s->guarded[n] != 0;
    return guards;
}

static void bound_of(Nans *s, IrRef v, unsigned slot) {
    ir_emit(&s->fresh, (IrInsn){.op = IR_BOUND, .a = v, .b = (IrRef)(slot + 1)});
}

// With the exponent alone in bits 20 to 30, or 23 to 30, one more in its lowest bit makes 2^31 if all of them were set: an infinity or
// a NaN.
static void guard(Nans *s, IrRef get, unsigned slot, unsigned what) {
    IrUnit *u = &s->fresh;
    IrRef bits = ir_op1(u, IR_BITS, IR_I64, get);
    if (what & IS_BOX) bound_of(s, ir_op2i(u, IR_OR, IR_I64, bits, 0x80000000), slot);
    if (what & IS_NUMBER) {
        IrRef exponent = ir_op2i(u, IR_AND, IR_I64, ir_op2i(u, IR_SHR, IR_I64, bits, 32), 0x7ff00000);
        bound_of(s, ir_op2i(u, IR_ADD, IR_I64, exponent, 0x100000), slot);
    }
    if (what & IS_NUMBER_IN_BOX)
        bound_of(s, ir_op2i(u, IR_ADD, IR_I64, ir_op2i(u, IR_AND, IR_I64, bits, 0x7f800000), 0x800000), slot);
}

// ---- the new unit
static void copy(Nans *s, uint32_t n) {
    IrInsn i = *at(s, n);
    ir_map_inputs(&i, s->map);
    if (i.op == IR_PHI) i.a = s->chosen[n] ? IR_PHI_CANONICAL : i.a;
    s->map[n] = ir_emit(&s->fresh, i);
}

static void copy_phis(Nans *s, const IrBlock *b) {
    uint32_t end = ir_behind_phis(s->u, b);
    for (uint32_t n = b->first; n < end; n++)
        if (is_phi(s, (IrRef)n) && !s->boxed[n]) copy(s, n);
    for (uint32_t n = b->first; n < end; n++) {
        if (!s->boxed[n]) continue;
        s->map[n] = ir_op1(&s->fresh, IR_BOX, IR_F64, s->map[s->half[n]]);
        if (at(s, n)->b)
            ir_emit(&s->fresh, (IrInsn){.op = IR_SET, .type = IR_F64, .a = s->map[n], .imm = at(s, n)->b - 1});
    }
}

static void copy_block(Nans *s, uint16_t index) {
    IrBlock b = *block_at(s, index);
    uint32_t first = s->fresh.insns.n;
    copy_phis(s, block_at(s, index));
    for (uint32_t n = ir_behind_phis(s->u, block_at(s, index)); n < b.end; n++) {
        if (at(s, n)->op == IR_NOP) continue;
        for (uint32_t v = b.first; n + 1 == b.end && !index && v < b.end; v++)
            if (s->guarded[v]) guard(s, s->map[v], ir_slot(at(s, v)), s->guarded[v]);
        copy(s, n);
    }
    opt_copied_block(&s->fresh, b, first);
}

static void rebuild(Nans *s) {
    ir_unit_init(&s->fresh, s->u->slots, s->u->n_slots);
    for (uint32_t b = 0; b < s->u->blocks.n; b++) copy_block(s, (uint16_t)b);
    opt_become(s->u, &s->fresh, s->map);
}

void opt_nans(IrUnit *u, const OptLoose *loose) {
    if (u->blocks.n == 1 || !u->phi_args.n || !ir_has_floats(u)) return;
    Nans s = {.u = u, .loose = loose, .block_of = ir_blocks_of(u)};
    s.chosen = alloc_zeroed(u->insns.n, sizeof *s.chosen);
    s.computed = alloc_zeroed(u->insns.n, sizeof *s.computed);
    s.half = alloc_zeroed(u->insns.n, sizeof *s.half);
    s.boxed = alloc_zeroed(u->insns.n, sizeof *s.boxed);
    s.guarded = alloc_zeroed(u->insns.n, sizeof *s.guarded);
    s.map = alloc_zeroed(u->insns.n, sizeof *s.map);
    ir_cfg_make(&s.cfg, u);
    find_halves(&s);
    bool boxes = choose_boxes(&s), any = choose(&s);
    if ((any || boxes) && find_guards(&s) <= GUARDS_MAX) rebuild(&s);
    ir_cfg_free(&s.cfg);
    free(s.block_of);
    free(s.chosen);
    free(s.computed);
    free(s.half);
    free(s.boxed);
    free(s.guarded);
    free(s.map);
}

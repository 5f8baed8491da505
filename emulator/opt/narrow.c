// What goes round a loop as the sign-extended form of an I32 goes round as the I32. RV64 keeps 32-bit numbers so, and extends them with
// every ADDW; inside of a loop only the low half is read, and the slots show the extended form where the unit is left.
//
//     b0: v1 = get x10                         b0: v1 = get x10 / bound[0] v1
//                                                  v2 = zext.i32[32] v1
//     b1: v3 = phi.i64 v1, v6 [x10]            b1: v3 = phi.i32 v2, v5
//                                                  v4 = sext.i64[32] v3 / set x10, v4
//         v5 = add.i32 v3, #1                      v5 = add.i32 v3, #1
//         v6 = sext.i64[32] v5                     v6 = sext.i64[32] v5
//         set x10, v6                              set x10, v6
//         br.i64.ltu v6, v9 -> b1, b2              br.i32.ltu v5, v9 -> b1, b2
//
// A value is clean if it is its low half, sign-extended. Comparing two clean values is comparing their low halves. What the slots hold
// at the entry is taken to be clean, and a BOUND of no bytes sees to it. The extensions that are left have no use but SETs: the
// allocator computes them where something looks at the slot (ra/sum.c).
#include "base/alloc.h"
#include "ir/cfg.h"
#include "opt/fold.h"
#include "opt/opt.h"
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 4, GUARDS_MAX = 6 };

typedef struct Narrow {
    IrUnit *u, fresh;
    const OptLoose *loose;
    IrCfg cfg;
    uint16_t *block_of;
    bool *chosen;  // by ref: a PHI that becomes an I32
    bool *feeds;   // by ref: the extension of an I32 that stands in for it, as far as that is possible
    bool *wanted;  // by ref: see find_wanted()
    bool *guarded; // by ref: a GET of the entry that has to be clean
    IrRef *map;    // old ref -> fresh ref
    IrRef *args;   // by place in phi_args: the fresh one if it is made where it is passed
} Narrow;

static const IrInsn *at(const Narrow *s, uint32_t n) { return &s->u->insns.at[n]; }
static const IrBlock *block_at(const Narrow *s, uint32_t b) { return &s->u->blocks.at[b]; }

// ---- values
static bool is_extension(const Narrow *s, IrRef v) { return ir_extends_i32(s->u, at(s, v), IR_SEXT); }

static bool is_entry_get(const Narrow *s, IrRef v) {
    const IrInsn *i = at(s, v);
    return i->op == IR_GET && i->type == IR_I64 && !s->block_of[v] && !opt_is_loose(s->loose, ir_slot(i));
}

// Whatever the slots hold at the entry.
static bool is_always_clean(const Narrow *s, IrRef v, unsigned depth) {
    const IrInsn *i = at(s, v);
    if (s->chosen[v] || i->op != IR_PHI) return s->chosen[v] || fold_sign_bits(s->u, v, DEPTH) <= 32;
    if (!depth || i->type != IR_I64) return false;
    for (unsigned k = 0; k < i->c; k++) {
        IrRef arg = s->u->phi_args.at[i->imm + k];
        if (arg != v && !is_always_clean(s, arg, depth - 1)) return false;
    }
    return true;
}

static bool is_clean(const Narrow *s, IrRef v) { return is_entry_get(s, v) || is_always_clean(s, v, DEPTH); }

// The I32 of which it is the extension, in the new unit, or 0.
static IrRef half_of(const Narrow *s, IrRef v) { return s->chosen[v] ? v : s->feeds[v] ? at(s, v)->a : 0; }

// What passes a PHI its argument k.
static uint16_t pred_of(const Narrow *s, IrRef phi, unsigned k) {
    return s->cfg.preds[s->cfg.first_pred[s->block_of[phi]] + k];
}

// ---- uses
// Does it read no more than the low half of input k?
static bool reads_low(const IrInsn *i, unsigned k) {
    if (i->op == IR_STORE) return k == 1 && !ir_is_float((IrType)i->type) && (ir_memop(i) & MEMOP_SIZE) < 3;
    if (i->op == IR_SELECT) return i->type == IR_I32 && k > 0;
    if (i->op == IR_BR || i->op == IR_CMP) return i->type == IR_I32;
    if (i->op == IR_SEXT || i->op == IR_ZEXT) return i->imm <= 32;
    if (i->op == IR_ITOF) return i->c == IR_I32;
    return (i->type == IR_I32 && i->op >= IR_ADD && i->op <= IR_POPCNT) || ir_masks_low(i);
}

static bool is_compare(const IrInsn *i) { return (i->op == IR_BR || i->op == IR_CMP) && i->type == IR_I64; }

// Can it compare low halves instead?
static bool may_compare_low(const Narrow *s, const IrInsn *i) {
    return is_compare(i) && is_clean(s, i->a) && (!i->b || is_clean(s, i->b));
}

// A use in block b of a value of block `def` that costs nothing, or not so often.
static bool is_good_use(const Narrow *s, const IrInsn *i, unsigned k, uint16_t b, uint16_t def) {
    bool shift = i->op == IR_SHL && i->type == IR_I64 && !i->b && i->imm >= 32; // ra/sum.c
    return i->op == IR_SET || shift || reads_low(i, k) || may_compare_low(s, i) || opt_is_colder(s->u, b, def);
}

// The values that a use wants whole, where they are made or as often. What a PHI is passed is used where that happens.
static void find_wanted(Narrow *s) {
    memset(s->wanted, 0, s->u->insns.n * sizeof *s->wanted);
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        const IrInsn *i = at(s, n);
        IrRef inputs[3];
        unsigned count = ir_inputs(i, inputs);
        for (unsigned k = 0; k < count; k++)
            s->wanted[inputs[k]] |= !is_good_use(s, i, k, s->block_of[n], s->block_of[inputs[k]]);
        for (unsigned k = 0; i->op == IR_PHI && !s->chosen[n] && k < i->c; k++) {
            IrRef arg = s->u->phi_args.at[i->imm + k];
            s->wanted[arg] |= !opt_is_colder(s->u, pred_of(s, (IrRef)n, k), s->block_of[arg]);
        }
    }
}

// ---- choosing
// Do most rounds of the loop at `head` come from pred? If they were not watched, any that come from there will do. WHY: a loop that is
// left on most rounds would pay for its BOUNDs as often as it gains.
static bool is_latch(const Narrow *s, uint16_t pred, uint16_t head) {
    if (!ir_reachable(&s->cfg, pred) || !ir_dominates(&s->cfg, head, pred)) return false;
    unsigned n = block_at(s, pred)->seen, n_head = block_at(s, head)->seen;
    return !n || !n_head || 4 * (n - 1) >= 3 * (n_head - 1);
}

// Does every round of the loop at `head` pass b?
static bool is_on_every_round(const Narrow *s, uint16_t b, uint16_t head) {
    if (!ir_reachable(&s->cfg, b) || !ir_dominates(&s->cfg, head, b)) return false;
    for (uint32_t k = s->cfg.first_pred[head]; k < s->cfg.first_pred[head + 1]; k++) {
        uint16_t pred = s->cfg.preds[k];
        if (is_latch(s, pred, head) && !ir_dominates(&s->cfg, b, pred)) return false;
    }
    return true;
}

// Is the unit left on many rounds, from a block that leads nowhere else?
static bool is_left_often(const Narrow *s, uint16_t head) {
    for (uint32_t b = 1; b < s->u->blocks.n; b++) {
        bool leaves = block_at(s, b)->succ[0] & block_at(s, b)->succ[1] & IR_TO_EXIT;
        uint16_t pred = ir_single_pred(&s->cfg, (uint16_t)b);
        if (leaves && pred != IR_NO_BLOCK && is_on_every_round(s, pred, head) &&
            4 * block_at(s, b)->seen > block_at(s, head)->seen)
            return true;
    }
    return false;
}

static bool are_args_clean(const Narrow *s, IrRef phi) {
    for (unsigned k = 0; k < at(s, phi)->c; k++)
        if (!is_clean(s, s->u->phi_args.at[at(s, phi)->imm + k])) return false;
    return true;
}

// Does a latch pass an extension that nothing wants?
static bool is_extended_by_latch(const Narrow *s, IrRef phi) {
    for (unsigned k = 0; k < at(s, phi)->c; k++) {
        IrRef arg = s->u->phi_args.at[at(s, phi)->imm + k];
        if (is_extension(s, arg) && !s->wanted[arg] && is_latch(s, pred_of(s, phi, k), s->block_of[phi])) return true;
    }
    return false;
}

static bool choose(Narrow *s) {
    bool any = false;
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        const IrInsn *i = at(s, n);
        s->chosen[n] = i->op == IR_PHI && i->type == IR_I64 && s->block_of[n] &&
                       ir_reachable(&s->cfg, s->block_of[n]) && !is_left_often(s, s->block_of[n]) &&
                       is_extended_by_latch(s, (IrRef)n);
        any |= s->chosen[n];
    }
    for (bool changed = any; changed;) {
        changed = any = false;
        find_wanted(s);
        for (uint32_t n = 1; n < s->u->insns.n; n++) {
            if (!s->chosen[n]) continue;
            s->chosen[n] = !s->wanted[n] && are_args_clean(s, (IrRef)n) && is_extended_by_latch(s, (IrRef)n);
            changed |= !s->chosen[n];
            any |= s->chosen[n];
        }
    }
    return any;
}

// Beside what chosen PHIs are passed: what other PHIs are passed on ways that are not taken so often as it is made.
static void find_halves(Narrow *s) {
    for (uint32_t n = 1; n < s->u->insns.n; n++)
        for (unsigned k = 0; at(s, n)->op == IR_PHI && k < at(s, n)->c; k++) {
            IrRef arg = s->u->phi_args.at[at(s, n)->imm + k];
            bool rare = !s->wanted[arg] && opt_is_colder(s->u, pred_of(s, (IrRef)n, k), s->block_of[arg]);
            s->feeds[arg] |= is_extension(s, arg) && (s->chosen[n] || rare);
            s->guarded[arg] |= s->chosen[n] && is_entry_get(s, arg);
        }
}

static bool compares_low(const Narrow *s, const IrInsn *i) {
    return may_compare_low(s, i) && (half_of(s, i->a) || (i->b && half_of(s, i->b)));
}

static unsigned find_guards(Narrow *s) {
    unsigned guards = 0;
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        const IrInsn *i = at(s, n);
        if (!compares_low(s, i)) continue;
        s->guarded[i->a] |= is_entry_get(s, i->a);
        if (i->b) s->guarded[i->b] |= is_entry_get(s, i->b);
    }
    for (uint32_t n = 1; n < s->u->insns.n; n++) guards += s->guarded[n];
    return guards;
}

// ---- the new unit
static IrRef extend(Narrow *s, IrRef half) { return ir_ext(&s->fresh, IR_SEXT, IR_I64, s->map[half], 32); }

// Input k of instruction i of block b.
static IrRef input(Narrow *s, const IrInsn *i, unsigned k, IrRef v, uint16_t b) {
    IrRef half = half_of(s, v);
    if (!half) return s->map[v];
    if (reads_low(i, k) || compares_low(s, i)) return s->map[half];
    bool extended = s->feeds[v] && (i->op == IR_SET || !opt_is_colder(s->u, b, s->block_of[v]));
    return extended ? s->map[v] : extend(s, half);
}

static void copy(Narrow *s, uint32_t n, uint16_t b) {
    const IrInsn *old = at(s, n);
    IrInsn i = *old;
    IrRef inputs[3];
    unsigned count = ir_inputs(old, inputs);
    for (unsigned k = 0; k < count; k++)
        if (inputs[k]) inputs[k] = input(s, old, k, inputs[k], b);
    if (count > 0) i.a = inputs[0];
    if (count > 1) i.b = inputs[1];
    if (count > 2) i.c = inputs[2];
    if (compares_low(s, old)) i.type = IR_I32;
    if (old->op == IR_STORE && half_of(s, old->b) && reads_low(old, 1)) i.type = IR_I32;
    s->map[n] = ir_emit(&s->fresh, i);
}

static void copy_phis(Narrow *s, const IrBlock *b) {
    uint32_t end = ir_behind_phis(s->u, b);
    for (uint32_t n = b->first; n < end; n++) {
        IrInsn i = *at(s, n);
        if (i.op != IR_PHI) continue;
        if (s->chosen[n]) i.type = IR_I32, i.b = 0;
        s->map[n] = ir_emit(&s->fresh, i);
    }
    for (uint32_t n = b->first; n < end; n++)
        if (s->chosen[n] && at(s, n)->b)
            ir_emit(&s->fresh, (IrInsn){.op = IR_SET,
                                        .type = s->u->slots[at(s, n)->b - 1].type,
                                        .a = extend(s, (IrRef)n),
                                        .imm = at(s, n)->b - 1});
}

static IrRef low_half(Narrow *s, IrRef v) {
    if (at(s, v)->op == IR_CONST) return ir_const(&s->fresh, IR_I32, (uint64_t)at(s, v)->imm);
    return ir_ext(&s->fresh, IR_ZEXT, IR_I32, s->map[v], 32);
}

// What block b passes to PHIs is brought into their form at its end.
static void pass(Narrow *s, uint16_t b, IrTarget to) {
    if (to & IR_TO_EXIT) return; // or there is none
    uint32_t k = s->cfg.first_pred[to];
    while (s->cfg.preds[k] != b) k++;
    k -= s->cfg.first_pred[to];
    for (uint32_t n = block_at(s, to)->first; n < ir_behind_phis(s->u, block_at(s, to)); n++) {
        if (at(s, n)->op != IR_PHI) continue;
        uint32_t place = (uint32_t)at(s, n)->imm + k;
        IrRef v = s->u->phi_args.at[place];
        if (s->chosen[n] && !half_of(s, v)) s->args[place] = low_half(s, v);
        bool again = s->feeds[v] && opt_is_colder(s->u, b, s->block_of[v]);
        if (!s->chosen[n] && (s->chosen[v] || again)) s->args[place] = extend(s, half_of(s, v));
    }
}

static void copy_block(Narrow *s, uint16_t index) {
    IrBlock b = *block_at(s, index);
    uint32_t first = s->fresh.insns.n;
    copy_phis(s, block_at(s, index));
    for (uint32_t n = ir_behind_phis(s->u, block_at(s, index)); n < b.end; n++) {
        if (at(s, n)->op == IR_NOP) continue;
        if (n + 1 == b.end) {
            for (uint32_t v = b.first; v < b.end && !index; v++)
                if (s->guarded[v])
                    ir_emit(&s->fresh, (IrInsn){.op = IR_BOUND, .a = s->map[v], .b = (IrRef)(ir_slot(at(s, v)) + 1)});
            pass(s, index, b.succ[0]);
            if (b.succ[1] != b.succ[0]) pass(s, index, b.succ[1]);
        }
        copy(s, n, index);
    }
    opt_copied_block(&s->fresh, b, first);
}

static void rebuild(Narrow *s) {
    ir_unit_init(&s->fresh, s->u->slots, s->u->n_slots);
    for (uint32_t b = 0; b < s->u->blocks.n; b++) copy_block(s, (uint16_t)b);
    for (uint32_t n = 1; n < s->u->insns.n; n++)
        for (unsigned k = 0; at(s, n)->op == IR_PHI && k < at(s, n)->c; k++) {
            uint32_t place = (uint32_t)at(s, n)->imm + k;
            IrRef v = s->u->phi_args.at[place], half = s->chosen[n] ? half_of(s, v) : 0;
            if (!s->args[place]) s->args[place] = s->map[half ? half : v];
        }
    for (uint32_t i = 0; i < s->u->phi_args.n; i++) vec_push(&s->fresh.phi_args, s->args[i]);
    ir_unit_become(s->u, &s->fresh);
}

void opt_narrow(IrUnit *u, const OptLoose *loose) {
    if (u->blocks.n == 1) return;
    Narrow s = {.u = u, .loose = loose, .block_of = ir_blocks_of(u)};
    s.chosen = alloc_zeroed(u->insns.n, sizeof *s.chosen);
    s.feeds = alloc_zeroed(u->insns.n, sizeof *s.feeds);
    s.wanted = alloc_zeroed(u->insns.n, sizeof *s.wanted);
    s.guarded = alloc_zeroed(u->insns.n, sizeof *s.guarded);
    s.map = alloc_zeroed(u->insns.n, sizeof *s.map);
    s.args = alloc_zeroed(u->phi_args.n + 1, sizeof *s.args);
    ir_cfg_make(&s.cfg, u);
    if (choose(&s)) {
        find_halves(&s);
        if (find_guards(&s) <= GUARDS_MAX) rebuild(&s);
    }
    ir_cfg_free(&s.cfg);
    free(s.block_of);
    free(s.chosen);
    free(s.feeds);
    free(s.wanted);
    free(s.guarded);
    free(s.map);
    free(s.args);
}

// Behind a branch it is known how the comparison came out that it looked at: the slot that keeps the answer gets a constant there.
//
//     b1:  v5 = cmp.f64.lts v1, v2          b1:  br.f64.lts v1, v2 -> b3, b2
//          set x14, v5
//          br.i64.eq v5, #0 -> b2, b3
//     b2:  ...                              b2:  v7 = 0 / set x14, v7 / ...
//     b3:  ...                              b3:  v9 = 1 / set x14, v9 / ...
//
// Then nothing wants the answer as a number. Only in regions, when the budget has been placed: both blocks must be entered from the
// branch alone, and edges with a payment are such blocks. The pass `fold` has made one comparison of a branch and the CMP of integers
// before it; a CMP of floats is not true if and only if its opposite is, so the successors change places.
#include "base/alloc.h"
#include "ir/cfg.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>

typedef struct Known {
    IrUnit *u, fresh;
    IrCfg cfg;
    IrRef *map;        // old ref -> fresh ref
    uint32_t *n_users; // by ref: uses of it, in PHIs, too
    bool *moves;       // by ref: a SET that is made behind the branch
    bool *answers;     // by block: what they are SET to where its branch is taken
} Known;

static const IrInsn *at(const Known *s, uint32_t n) { return &s->u->insns.at[n]; }

static void count_users(Known *s) {
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        const IrInsn *i = at(s, n);
        IrRef inputs[3];
        for (unsigned k = ir_inputs(i, inputs); k-- > 0;) s->n_users[inputs[k]]++;
        for (unsigned k = 0; i->op == IR_PHI && k < i->c; k++) s->n_users[s->u->phi_args.at[i->imm + k]]++;
    }
}

// Is the block entered from `from` alone, and has no PHIs?
static bool is_side_of(const Known *s, uint16_t from, IrTarget to) {
    if (to == IR_NO_TARGET || to & IR_TO_EXIT || ir_single_pred(&s->cfg, (uint16_t)to) != from || to <= from)
        return false;
    const IrBlock *b = &s->u->blocks.at[to];
    for (uint32_t n = b->first; n < b->end && (at(s, n)->op == IR_PHI || at(s, n)->op == IR_NOP); n++)
        if (at(s, n)->op == IR_PHI) return false;
    return true;
}

static bool tests(const IrInsn *br, IrRef v) {
    return !ir_is_float((IrType)br->type) && br->a == v && !br->b && !br->imm && br->c <= IR_NE;
}

// The last CMP before the branch whose answer that is, or the opposite; 0: none. *answer: where the branch is taken.
static IrRef looked_at(const Known *s, const IrBlock *b, bool *answer) {
    const IrInsn *br = at(s, b->end - 1);
    for (uint32_t n = b->end - 1; br->op == IR_BR && n-- > b->first;) {
        const IrInsn *i = at(s, n);
        if (i->op == IR_FFLAGS || opt_may_leave(i) || opt_touches_slots(i)) return 0;
        if (i->op != IR_CMP || ir_is_quiet(i)) continue;
        bool same = i->type == br->type && i->a == br->a && i->b == br->b && i->imm == br->imm;
        *answer = tests(br, (IrRef)n) ? br->c == IR_NE : br->c == i->c;
        if (tests(br, (IrRef)n) ||
            (same && !ir_is_float((IrType)i->type) && (*answer || br->c == ir_cond_negate((IrCond)i->c))))
            return (IrRef)n;
    }
    return 0;
}

// Can this SET wait until the block has ended?
static bool can_wait(const Known *s, uint32_t set, uint32_t end) {
    for (uint32_t n = set + 1; n + 1 < end; n++) {
        const IrInsn *i = at(s, n);
        bool same_slot = (i->op == IR_SET || i->op == IR_PUT || i->op == IR_GET) && i->imm == at(s, set)->imm;
        if (same_slot || opt_may_leave(i) || opt_touches_slots(i)) return false;
    }
    return true;
}

// The branch compares by itself.
static void compare_in_branch(Known *s, IrBlock *b, IrRef v) {
    IrInsn *br = &s->u->insns.at[b->end - 1];
    const IrInsn *cmp = at(s, v);
    if (br->c == IR_EQ) {
        IrTarget to = b->succ[0];
        b->succ[0] = b->succ[1], b->succ[1] = to;
    }
    br->type = cmp->type, br->a = cmp->a, br->b = cmp->b, br->c = cmp->c, br->imm = cmp->imm;
}

static bool find(Known *s, uint16_t b) {
    IrBlock *block = &s->u->blocks.at[b];
    if (block->succ[0] == block->succ[1] || !is_side_of(s, b, block->succ[0]) || !is_side_of(s, b, block->succ[1]))
        return false;
    IrRef v = looked_at(s, block, &s->answers[b]);
    uint32_t n_sets = 0;
    for (uint32_t n = v + 1u; v && n < block->end; n++) {
        if (at(s, n)->op != IR_SET || at(s, n)->a != v) continue;
        if (!can_wait(s, n, block->end)) return false;
        n_sets++;
    }
    bool tested = v && tests(at(s, block->end - 1), v);
    if (!n_sets || s->n_users[v] != n_sets + tested) return false; // the answer is wanted as a number
    for (uint32_t n = v + 1u; n < block->end; n++) s->moves[n] = at(s, n)->op == IR_SET && at(s, n)->a == v;
    if (tested) s->answers[b] = true, compare_in_branch(s, block, v);
    opt_delete(&s->u->insns.at[v]);
    return true;
}

// What the branch before block b has kept for it.
static void set_known(Known *s, uint16_t b) {
    uint16_t from = b ? ir_single_pred(&s->cfg, b) : IR_NO_BLOCK;
    if (from == IR_NO_BLOCK) return;
    const IrBlock *block = &s->u->blocks.at[from];
    for (uint32_t n = block->first; n < block->end; n++) {
        if (!s->moves[n]) continue;
        IrInsn set = *at(s, n);
        set.a = ir_const(&s->fresh, (IrType)s->u->slots[ir_slot(&set)].type, s->answers[from] == (block->succ[0] == b));
        ir_emit(&s->fresh, set);
    }
}

static void copy_block(Known *s, uint16_t b) {
    IrBlock copy = s->u->blocks.at[b];
    uint32_t first = s->fresh.insns.n;
    set_known(s, b);
    for (uint32_t n = copy.first; n < copy.end; n++) {
        if (s->moves[n] || at(s, n)->op == IR_NOP) continue;
        IrInsn i = *at(s, n);
        ir_map_inputs(&i, s->map);
        s->map[n] = ir_emit(&s->fresh, i);
    }
    opt_copied_block(&s->fresh, copy, first);
}

static void rebuild(Known *s) {
    ir_unit_init(&s->fresh, s->u->slots, s->u->n_slots);
    for (uint32_t b = 0; b < s->u->blocks.n; b++) copy_block(s, (uint16_t)b);
    opt_become(s->u, &s->fresh, s->map);
}

void opt_known(IrUnit *u) {
    if (u->blocks.n == 1) return;
    Known s = {.u = u};
    ir_cfg_make(&s.cfg, u);
    s.map = alloc_zeroed(u->insns.n, sizeof *s.map);
    s.n_users = alloc_zeroed(u->insns.n, sizeof *s.n_users);
    s.moves = alloc_zeroed(u->insns.n, sizeof *s.moves);
    s.answers = alloc_zeroed(u->blocks.n, sizeof *s.answers);
    count_users(&s);
    bool any = false;
    for (uint32_t b = 0; b < u->blocks.n; b++) any |= find(&s, (uint16_t)b);
    if (any) rebuild(&s);
    ir_cfg_free(&s.cfg);
    free(s.map);
    free(s.n_users);
    free(s.moves);
    free(s.answers);
}

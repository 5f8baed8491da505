// What a branch or a conditional move compares with 0 is computed right before it: the host's flags still say then how it came out.
//
//     v3 = and.i64 v1, #1             v4 = shr.i64 v2, #1
//     v4 = shr.i64 v2, #1             v5 = xor.i64 v4, #-24575
//     v5 = xor.i64 v4, #-24575        v3 = and.i64 v1, #1
//     v6 = select.i64 v3, v5, v4      v6 = select.i64 v3, v5, v4
//
// Only in regions, and when all else is done: SETs that nothing looks at are gone, and the budget is in its place. A value whose SET
// is needed moves to a branch only, because what stands behind it in the same guest instruction may fault; and not past what may leave
// the unit, because the slot would be looked at there.
#include "base/alloc.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>

typedef struct Late {
    IrUnit *u, fresh;
    IrRef *map;    // old ref -> fresh ref
    IrRef *before; // by old ref: the value that comes before it, or 0
    bool *moved;   // by old ref: it, or a SET of it, comes later
    bool any;
} Late;

static const IrInsn *at(const Late *s, uint32_t n) { return &s->u->insns.at[n]; }

static bool sets_flags(const IrInsn *i) {
    return i->op == IR_AND || i->op == IR_OR || i->op == IR_XOR || i->op == IR_SUB;
}

// The value that n compares with 0, or 0.
static IrRef tested(const Late *s, uint32_t n) {
    const IrInsn *i = at(s, n);
    if (i->op == IR_SELECT) return ir_is_float((IrType)i->type) ? 0 : i->a;
    return i->op == IR_BR && !ir_is_float((IrType)i->type) && !i->b && !i->imm && i->c <= IR_NE ? i->a : 0;
}

static bool sets_slot_of(const Late *s, const IrInsn *set, IrRef v, uint32_t end) {
    for (uint32_t n = v + 1; n < end; n++)
        if (at(s, n)->op == IR_SET && at(s, n)->a == v && at(s, n)->imm == set->imm) return true;
    return false;
}

// Can v stand right before instruction n of its block?
static bool can_wait(const Late *s, IrRef v, uint32_t n) {
    bool set = false, leaves = false;
    for (uint32_t k = v + 1; k < n; k++) {
        const IrInsn *i = at(s, k);
        if (i->op == IR_SET && i->a == v) {
            set = true;
        } else if (ir_uses(i, v) || (i->op == IR_SET && sets_slot_of(s, i, v, n)) || opt_touches_slots(i)) {
            return false;
        }
        leaves |= opt_may_leave(i);
    }
    return !set || (!leaves && at(s, n)->op == IR_BR);
}

static void find(Late *s, const IrBlock *b) {
    for (uint32_t n = b->first; n < b->end; n++) {
        IrRef v = tested(s, n);
        if (!v || v < b->first || !sets_flags(at(s, v)) || s->moved[v] || !can_wait(s, v, n)) continue;
        s->before[n] = v;
        s->any = true;
        for (uint32_t k = v; k < n; k++) s->moved[k] |= k == v || (at(s, k)->op == IR_SET && at(s, k)->a == v);
    }
}

static void copy(Late *s, uint32_t n) {
    IrInsn i = *at(s, n);
    ir_map_inputs(&i, s->map);
    s->map[n] = ir_emit(&s->fresh, i);
}

static void copy_block(Late *s, IrBlock b) {
    uint32_t first = s->fresh.insns.n;
    for (uint32_t n = b.first; n < b.end; n++) {
        IrRef v = s->before[n];
        for (uint32_t k = v; v && k < n; k++)
            if (k == v || (at(s, k)->op == IR_SET && at(s, k)->a == v)) copy(s, k);
        if (!s->moved[n] && at(s, n)->op != IR_NOP) copy(s, n);
    }
    opt_copied_block(&s->fresh, b, first);
}

static void rebuild(Late *s) {
    ir_unit_init(&s->fresh, s->u->slots, s->u->n_slots);
    for (uint32_t b = 0; b < s->u->blocks.n; b++) copy_block(s, s->u->blocks.at[b]);
    opt_become(s->u, &s->fresh, s->map);
}

void opt_late(IrUnit *u) {
    if (u->blocks.n == 1) return;
    Late s = {.u = u};
    s.map = alloc_zeroed(u->insns.n, sizeof *s.map);
    s.before = alloc_zeroed(u->insns.n, sizeof *s.before);
    s.moved = alloc_zeroed(u->insns.n, sizeof *s.moved);
    for (uint32_t b = 0; b < u->blocks.n; b++) find(&s, &u->blocks.at[b]);
    if (s.any) rebuild(&s);
    free(s.map);
    free(s.before);
    free(s.moved);
}

// How passes replace a value: the instruction becomes a NOP that keeps the new ref in field a, and later inputs are
// looked up through it while the pass walks on. Needs no memory beside the unit. INVARIANT: the new value stands
// earlier and dominates; after a pass no live instruction refers to a NOP.
#pragma once
#include "ir/ir.h"

enum { OPT_SLOTS_MAX = 256 }; // of any guest

static inline IrRef opt_resolve(const IrUnit *u, IrRef r) {
    const IrInsn *i = &u->insns.at[r];
    return i->op == IR_NOP ? i->a : r;
}
static inline void opt_resolve_inputs(const IrUnit *u, IrInsn *i) {
    unsigned n = ir_op_info[i->op].inputs;
    if (n > 0) i->a = opt_resolve(u, i->a);
    if (n > 1) i->b = opt_resolve(u, i->b);
    if (n > 2) i->c = opt_resolve(u, i->c);
}
// At the end of a pass: a PHI may have an arg that was replaced after the PHI was visited.
static inline void opt_resolve_phi_args(IrUnit *u) {
    for (uint32_t n = 0; n < u->phi_args.n; n++) u->phi_args.at[n] = opt_resolve(u, u->phi_args.at[n]);
}
static inline void opt_delete(IrInsn *i) { *i = (IrInsn){.op = IR_NOP}; }
static inline void opt_replace(IrInsn *i, IrRef by) { *i = (IrInsn){.op = IR_NOP, .a = by}; }

static inline const IrHelper *opt_helper(const IrInsn *i) { return (const IrHelper *)(uintptr_t)i->imm; }
static inline bool opt_stored_at_once(const IrInsn *i) { return i->op == IR_PUT && i->c; }
// Does it see or change slots behind the IR's back?
static inline bool opt_touches_slots(const IrInsn *i) {
    return i->op == IR_CALL && !(opt_helper(i)->flags & IR_HELPER_PURE);
}
static inline bool opt_call_touches(const IrInsn *i, unsigned slot) {
    uint64_t set = ir_call_slots(i);
    return set == IR_SLOTS_ALL || (slot < 64 && (set >> slot & 1));
}
// Can the unit be left at this instruction, so that the run loop looks at the state?
static inline bool opt_may_leave(const IrInsn *i) {
    if (i->op == IR_CALL) return opt_helper(i)->flags != IR_HELPER_PURE;
    return i->op == IR_BUDGET || ir_op_is(i->op, IR_FAULT | IR_TERM);
}
// A unit that is built anew, in order: what was emitted from `first` on is b again, and map has the fresh refs of all.
static inline void opt_copied_block(IrUnit *fresh, IrBlock b, uint32_t first) {
    b.first = first, b.end = fresh->insns.n;
    vec_push(&fresh->blocks, b);
}
static inline void opt_become(IrUnit *u, IrUnit *fresh, const IrRef *map) {
    for (uint32_t i = 0; i < u->phi_args.n; i++) vec_push(&fresh->phi_args, map[u->phi_args.at[i]]);
    ir_unit_become(u, fresh);
}
// Is block b of a region entered half as often as block `than`, at most? If they were not watched: is it another one?
static inline bool opt_is_colder(const IrUnit *u, uint16_t b, uint16_t than) {
    unsigned n = u->blocks.at[b].seen, n_than = u->blocks.at[than].seen;
    return b != than && (!n || !n_than || 2 * (n - 1) <= n_than - 1);
}

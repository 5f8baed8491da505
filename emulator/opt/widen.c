// One value instead of two: where the sign-extended form of an I32 is kept, I32 ops behind it read that form, and the I32
// itself ends where it is extended. `fold` gave them the I32, so that an extension which nothing else wants goes away; where
// something wants it, both would hold a register, and what goes round a loop could not be made in its place.
//
// Example, of a sum that goes round a loop:
//     v5 = add.i32 v3, v4             v5 = add.i32 v3, v4
//     v6 = sext.i64[32] v5            v6 = sext.i64[32] v5       a PHI takes v6
//     v7 = mul.i32 v5, v5             v7 = mul.i32 v6, v6        an I32 op reads the low half
//
// An extension that only SETs use, be it through PHIs, is not on the way to anything. Units of one block have registers enough.
#include "base/alloc.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>

// Does it read no more than the low halves of its inputs?
static bool reads_low_halves(const IrInsn *i) {
    if (i->op == IR_STORE) return false; // its value alone, see below
    if (i->op == IR_BR) return i->type == IR_I32;
    if (i->op == IR_SEXT || i->op == IR_ZEXT) return i->imm < 32;
    return (i->type == IR_I32 && i->op >= IR_ADD && i->op <= IR_CMP) || (i->type == IR_I32 && i->op == IR_SHADD) ||
           ir_masks_low(i);
}

// Is the value used by more than SETs? A PHI that is not used so does not use its args.
static void find_kept(const IrUnit *u, bool *kept) {
    for (uint32_t n = 1; n < u->insns.n; n++) {
        IrRef inputs[3];
        unsigned count = u->insns.at[n].op == IR_SET ? 0 : ir_inputs(&u->insns.at[n], inputs);
        for (unsigned k = 0; k < count; k++) kept[inputs[k]] = true;
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t n = u->insns.n; n-- > 1;) {
            const IrInsn *i = &u->insns.at[n];
            for (unsigned k = 0; i->op == IR_PHI && kept[n] && k < i->c; k++) {
                bool *arg = &kept[u->phi_args.at[i->imm + k]];
                changed |= !*arg;
                *arg = true;
            }
        }
    }
}

// wide[v]: the extension of v that is kept, and stands in its block; 0: none.
static void find_wide(const IrUnit *u, const bool *kept, IrRef *wide) {
    for (uint32_t b = 0; b < u->blocks.n; b++)
        for (uint32_t n = u->blocks.at[b].first; n < u->blocks.at[b].end; n++) {
            const IrInsn *i = &u->insns.at[n];
            if (kept[n] && ir_extends_i32(u, i, IR_SEXT) && i->a >= u->blocks.at[b].first) wide[i->a] = (IrRef)n;
        }
}

// What stands behind the extension is dominated by it: in its block by place, elsewhere because the I32 dominates it.
static void widen(IrRef *input, const IrRef *wide, uint32_t n, const IrBlock *b) {
    IrRef w = wide[*input];
    if (w && (w < n || w >= b->end)) *input = w;
}

void opt_widen(IrUnit *u) {
    if (u->blocks.n == 1) return;
    IrRef *wide = alloc_zeroed(u->insns.n, sizeof *wide);
    bool *kept = alloc_zeroed(u->insns.n, sizeof *kept);
    find_kept(u, kept);
    find_wide(u, kept, wide);
    for (uint32_t b = 0; b < u->blocks.n; b++)
        for (uint32_t n = u->blocks.at[b].first; n < u->blocks.at[b].end; n++) {
            IrInsn *i = &u->insns.at[n];
            if (i->op == IR_STORE && (ir_memop(i) & MEMOP_SIZE) < 3) widen(&i->b, wide, n, &u->blocks.at[b]);
            if (!reads_low_halves(i)) continue;
            widen(&i->a, wide, n, &u->blocks.at[b]);
            if (i->b) widen(&i->b, wide, n, &u->blocks.at[b]);
        }
    free(kept);
    free(wide);
}

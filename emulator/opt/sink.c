// State that is written again before anything looks at it is not kept. Runs on a finished region, budget and all.
//
//     b1: v2 = phi.i64 v1, v6 [x5]             b1: v2 = phi.i64 v1, v6
//         set x5, v4                               set x5, v4
//         store.i64[8] v3, v4                      store.i64[8] v3, v4
//         v6 = add.i64 v2, #1                      v6 = add.i64 v2, #1
//         set x5, v6                               (gone)
//         jump -> b1                               jump -> b1
//
// The allocator asks the same of every edge (ra/edge.c), so a loop does not store what its next round makes anew.
#include "ir/demand.h"
#include "opt/opt.h"
#include "opt/rewrite.h"

void opt_sink(IrUnit *u) {
    BUG_IF(u->n_slots > 64 * IR_DEMAND_WORDS, "a guest with %u slots", u->n_slots);
    IrDemand d;
    ir_demand_make(&d, u);
    for (uint32_t b = 0; b < u->blocks.n; b++) {
        const IrBlock *block = &u->blocks.at[b];
        uint64_t slots[IR_DEMAND_WORDS];
        ir_demand_at_end(&d, block, slots);
        for (uint32_t n = block->end; n-- > block->first;) {
            IrInsn *i = &u->insns.at[n];
            if (i->op == IR_PHI && i->b && !ir_demanded(&d, (uint16_t)b, i->b - 1u)) i->b = 0;
            if (i->op == IR_SET && !(slots[i->imm / 64] >> (i->imm % 64) & 1)) opt_delete(i);
            ir_demand_step(i, slots);
        }
    }
    ir_demand_free(&d);
}

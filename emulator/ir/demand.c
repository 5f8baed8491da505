// Backward over the blocks until nothing changes. A set only grows, so that ends.
#include "ir/demand.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

static void want_all(uint64_t *slots) { memset(slots, 0xff, IR_DEMAND_WORDS * sizeof *slots); }

static void step_call(const IrInsn *call, uint64_t *slots) {
    uint64_t set = ir_call_slots(call);
    if (set == IR_SLOTS_ALL || ((const IrHelper *)(uintptr_t)call->imm)->flags & IR_HELPER_RAISES)
        want_all(slots);
    else
        slots[0] |= set;
}

void ir_demand_step(const IrInsn *insn, uint64_t slots[IR_DEMAND_WORDS]) {
    uint64_t bit = 1ull << (insn->imm & 63);
    switch (insn->op) {
    case IR_SET:
    case IR_PUT: slots[insn->imm >> 6 & (IR_DEMAND_WORDS - 1)] &= ~bit; break;
    case IR_GET: slots[insn->imm >> 6 & (IR_DEMAND_WORDS - 1)] |= bit; break;
    case IR_CALL: step_call(insn, slots); break;
    case IR_BUDGET: want_all(slots); break;
    default:
        if (ir_op_is(insn->op, IR_FAULT)) want_all(slots);
    }
}

void ir_demand_at_end(const IrDemand *d, const IrBlock *b, uint64_t slots[IR_DEMAND_WORDS]) {
    memset(slots, 0, IR_DEMAND_WORDS * sizeof *slots);
    for (unsigned k = 0; k < 2; k++) {
        IrTarget t = b->succ[k];
        if (t == IR_NO_TARGET) continue;
        if (t & IR_TO_EXIT) want_all(slots);
        for (unsigned w = 0; !(t & IR_TO_EXIT) && w < IR_DEMAND_WORDS; w++) slots[w] |= d->at[t][w];
    }
}

void ir_demand_make(IrDemand *d, const IrUnit *u) {
    d->at = alloc_zeroed(u->blocks.n, sizeof *d->at);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t b = u->blocks.n; b-- > 0;) {
            const IrBlock *block = &u->blocks.at[b];
            uint64_t slots[IR_DEMAND_WORDS];
            ir_demand_at_end(d, block, slots);
            for (uint32_t i = block->end; i-- > block->first;) ir_demand_step(&u->insns.at[i], slots);
            changed |= memcmp(d->at[b], slots, sizeof slots) != 0;
            memcpy(d->at[b], slots, sizeof slots);
        }
    }
}

void ir_demand_free(IrDemand *d) { free(d->at); }

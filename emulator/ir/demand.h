// Which slots may be looked at before they are written again: by an exit, a fault, a BUDGET, a call or a GET.
#pragma once
#include "ir/ir.h"

enum { IR_DEMAND_WORDS = 4 }; // 256 slots

typedef struct IrDemand {
    uint64_t (*at)[IR_DEMAND_WORDS]; // by block: where it begins
} IrDemand;

void ir_demand_make(IrDemand *d, const IrUnit *u);
void ir_demand_free(IrDemand *d);
// One instruction backward: `slots` are those wanted after it, then those wanted before it.
void ir_demand_step(const IrInsn *insn, uint64_t slots[IR_DEMAND_WORDS]);
void ir_demand_at_end(const IrDemand *d, const IrBlock *b, uint64_t slots[IR_DEMAND_WORDS]); // before the terminator
static inline bool ir_demanded(const IrDemand *d, uint16_t block, unsigned slot) {
    return d->at[block][slot / 64] >> (slot % 64) & 1;
}

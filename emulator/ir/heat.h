// How often blocks were entered and edges taken, by the counts of the blocks that were watched (IrBlock.seen).
//
// A block that does no guest instruction (it pays for the budget) is as hot as the edge on which it stands. What is not counted is
// what is left of the counts, or is estimated by where it leads.
// Example, a loop of b1 that goes on to b2 three times in 128 rounds, else by b3, which only pays, back to b1:
//     seen      b1 129, b2 4
//     blocks    b1 128, b2 3, b3 125
//     edges     b1 -> b2 3, b1 -> b3 125, b3 -> b1 125, b2 -> b1 3
#pragma once
#include "ir/ir.h"

typedef struct IrHeat {
    bool known;           // false: no block was watched
    VEC(uint32_t) blocks; // times
    VEC(uint32_t) edges;  // of block b to its successor k: 2 b + k
} IrHeat;

// first_pred, preds: as ir_preds_make() gives them.
void ir_heat_make(IrHeat *h, const IrUnit *u, const uint32_t *first_pred, const uint16_t *preds);
void ir_heat_free(IrHeat *h);
// The edge from block `from` to block `to`, which is a successor of it.
static inline uint32_t ir_heat_of_edge(const IrHeat *h, const IrUnit *u, uint16_t from, uint16_t to) {
    return h->edges.at[2 * from + (u->blocks.at[from].succ[0] != to)];
}
// Is the way taken less than once in so many times?
enum { IR_RARE = 8 };
static inline bool ir_is_rare(uint32_t times, uint32_t of) { return (uint64_t)IR_RARE * times < of; }

// Putting instructions into a finished unit.
#pragma once
#include "ir/ir.h"

typedef struct OptInsert {
    uint32_t at; // the instruction that it comes before
    IrInsn insn; // refs are those of the unit as it was
    bool feeds;  // it is what the instruction behind it has as its input a
} OptInsert;

void opt_insert(IrUnit *u, const OptInsert *list, uint32_t n); // in order of `at`

// Does each value stand above its uses but those of PHIs? A unit need not be in such an order (a region is); copying it is.
bool opt_stands_in_order(const IrUnit *u);

// The graph of registers that must not share a register of the target. See graph.c.
#pragma once

#include "machine.h"

enum { COLORS = REGS - REG_ARG }; // registers 4 to 31

typedef struct {
    Machine *m;
    uint32_t n;
    Set *row;              // by register: its neighbours, as a set
    LIST(uint32_t) * list; // the same as a list; may name what was joined to another since
    uint32_t *degree;
    uint32_t *alias; // what it was joined to, or itself
    uint32_t *cost;  // what it would cost to keep it in memory
    LIST(MachineInsn *) moves;
} Graph;

void graph_build(Graph *g, Machine *m);
void graph_join_moves(Graph *g); // registers that are copied to each other become one where that is safe
uint32_t graph_find(const Graph *g, uint32_t r);

// Which edges a unit has. Most units are one block that leaves: they have no edges inside, and few of them call.
#include "host/host.h"

HostEdges host_edges_of(const IrUnit *u) {
    HostEdges n = {.n_exits = u->exits.n, .n_blocks = u->blocks.n};
    for (uint32_t i = 0; i < u->exits.n; i++)
        if (u->exits.at[i].return_pc) n.n_landings = n.n_exits;
    bool leaves = u->blocks.n == 1 && u->blocks.at[0].succ[0] & IR_TO_EXIT && u->blocks.at[0].succ[1] & IR_TO_EXIT;
    n.n_inside = leaves ? 0 : 2 * n.n_blocks;
    return n;
}

// Linking what came back to the run loop: the next time it stays in generated code.
//
// A link that does not look at mappings leads only to a unit that is current (mapping.c), or to one whose pages are all
// among those of the unit that it comes from.
#include "jit/code/chain.h"
#include "jit/code/ibtc.h"
#include "jit/code/mapping.h"

static void learn_direct(Jit *j, Edge *from, Unit *to) {
    if (!chain_can_link(j, from, to)) return;
    bool far = !mapping_lies_in(to, edge_unit(from));
    if (!far || mapping_make_current(j, to)) chain_link(j, from, to, far);
}

void jit_learn(Jit *j, Frame *f, Edge *from, Unit *to) {
    if (from->kind == EXIT_DIRECT) learn_direct(j, from, to);
    if (from->kind == EXIT_INDIRECT && ibtc_can_hold(j, to) && mapping_make_current(j, to)) ibtc_fill(j, f, to);
}

// Breakpoints: guest pcs where the run loop must look before the instruction there is executed.
//
// INVARIANT: no unit begins at a breakpoint, and no block goes on over one. Lifting ends a block before it. The run
// loop never asks for a unit at it: it stops, or executes that one instruction alone. Setting one forgets what was
// made before. Chains, indirect branches and regions only ever lead to units, so they need not know.
//
// Watchpoints: while there are any, every access of translated code calls out.
#include "jit/code/set.h"
#include "jit/invalidate.h"

bool jit_breaks_at(const Jit *j, gpc pc) {
    for (uint32_t i = 0; i < j->breakpoints.n; i++)
        if (j->breakpoints.at[i] == pc) return true;
    return false;
}

// Units with a block that holds pc, or that ends where pc is: that may be because of the breakpoint.
static bool touches(const Unit *u, gpc pc) {
    for (unsigned b = 0; b < u->n_blocks; b++)
        if (pc - u->blocks[b].pc <= u->blocks[b].bytes) return true;
    return false;
}

static void forget_around(Jit *j, gpc pc) {
    for (Unit *u = j->all; u; u = u->list_next)
        if (!u->dead && touches(u, pc)) set_forget(j, u);
}

void jit_break_set(Jit *j, gpc pc) {
    if (jit_breaks_at(j, pc)) return;
    vec_push(&j->breakpoints, pc);
    forget_around(j, pc);
}

void jit_break_clear(Jit *j, gpc pc) {
    for (uint32_t i = 0; i < j->breakpoints.n; i++) {
        if (j->breakpoints.at[i] != pc) continue;
        j->breakpoints.at[i] = j->breakpoints.at[--j->breakpoints.n];
        forget_around(j, pc);
        return;
    }
}

void jit_watch(Jit *j, bool on) {
    if (on == j->watches) return;
    j->watches = on;
    jit_flush(j);
}

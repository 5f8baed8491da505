// Which units are hot: the run loop samples the unit that runs when a quantum of the budget ends. With --clock=insn the
// samples, and so the regions, are the same on every run. Emitted code pays nothing for it.
//
// Before a region is made its code runs on for a few blocks, each with a quantum of its own: so it is known which ways
// are taken how often.
//
// A region costs as much as half a million guest instructions take, and saves a part of what they take. A program of an
// operating system is flat: most of its code would never pay. There, heat is the guest instructions that a unit's samples
// stand for, and what is asked of a unit grows with the number of regions that there are: those of a program that is one
// loop are still made early, and the hundredth must be worth the price of two. What runs on a board is hot at the second
// sample, until there are so many regions that it must be an operating system.
//
// The quantum is short while samples find code that is not a region yet, and grows when they only find regions.
#include "base/config.h"
#include "jit/translate/translator.h"

enum {
    QUANTUM_MIN = HOSTILE ? 512 : 1 << 13,
    QUANTUM_COLD = HOSTILE ? 512 : 1 << 15, // at most, where there is no region yet
    QUANTUM_MAX = 1 << 20,
    HOT_STEP = HOSTILE ? 0 : QUANTUM_MIN, // what a region adds to the heat that the next one needs
    HOT_BOARD = HOSTILE ? 1 : 2 * QUANTUM_MIN,
    HOT_MAX = 1 << 24,
    FLAT = 32, // regions
    CALM = 8,
};
#define NEVER_HOT UINT32_MAX

// ---- the trace
static uint32_t insns_of(const Unit *u) { return u->edges[host_edge_budget(u->shape, 0)].refund; }

// A unit of one block of which no region was made.
static bool is_plain(const Unit *u) { return u && u->n_blocks == 1 && insns_of(u); }

// The next quantum: just the block that is entered. 0: the trace is over, and the region made.
static uint32_t trace_on(Jit *j, Frame *f, gpc pc) {
    Trace *t = &j->translator->trace;
    const Unit *u = jit_find_known(j, f, pc), *head = jit_find_known(j, f, t->head);
    if (is_plain(u) && (t->left > 0 || (!head && t->left > -TRACE_PATIENCE))) {
        t->left--;
        trace_note(t, pc);
        return insns_of(u);
    }
    trace_leads_to(t, pc);
    if (head) jit_translate_region(j, f, t->head);
    t->frame = NULL;
    return 0;
}

static bool is_flat(const Jit *j) { return j->o.program || j->stats->v[STAT_regions_translated] >= FLAT; }

static bool is_hot(const Jit *j, Unit *u, uint32_t quantum) {
    if (!is_flat(j)) return (u->heat += QUANTUM_MIN) >= HOT_BOARD;
    uint64_t n = j->stats->v[STAT_regions_translated] + 1; // twice the steps at first, then none until as many are due
    uint64_t asked = (2 * n < FLAT ? 2 * n : n < FLAT ? FLAT : n) * HOT_STEP;
    return (u->heat += quantum) >= (asked < HOT_MAX ? asked : HOT_MAX);
}

uint32_t jit_sample(Jit *j, Frame *f, gpc pc, uint32_t quantum) {
    if (!feature_on(&j->o.features, FEATURE_region) || j->o.interp) return QUANTUM_MAX;
    Trace *t = &j->translator->trace;
    if (t->frame == f) {
        uint32_t next = trace_on(j, f, pc);
        return next ? next : QUANTUM_MIN;
    }
    Unit *u = jit_find_known(j, f, pc);
    if (!u || u->n_blocks > 1 || u->heat == NEVER_HOT) {
        if (++j->translator->calm_samples % CALM) return quantum;
        return quantum < QUANTUM_MAX ? quantum * 2 : QUANTUM_MAX;
    }
    j->translator->calm_samples = 0;
    if (is_flat(j) && quantum > QUANTUM_COLD) quantum = QUANTUM_COLD;
    if (!is_hot(j, u, quantum)) return quantum;
    u->heat = NEVER_HOT; // tried once, with or without a region
    if (t->frame) {      // another hart's
        jit_translate_region(j, f, pc);
        return QUANTUM_MIN;
    }
    t->head = pc;
    t->last = 0;
    t->frame = f;
    t->left = TRACE_BLOCKS;
    uint32_t next = trace_on(j, f, pc);
    return next ? next : QUANTUM_MIN;
}

// Passes over a unit. A pass is one file here, a row in pipeline.c and a line in base/feature.inc. It changes the unit
// in place; deleting is turning into NOP. Every pass must be right for units of several blocks, loops included.
#pragma once
#include "base/feature.h"
#include "base/log.h"
#include "ir/ir.h"

typedef struct OptContext {
    const Features *features;
    const Log *log; // prints after each pass that changed something when LOG_OPT is on
} OptContext;

typedef struct OptPass {
    const char *name;
    Feature feature;
    void (*run)(IrUnit *u);
} OptPass;

extern const OptPass opt_passes[]; // in order, ended by a NULL name
void opt_run(IrUnit *u, const OptContext *ctx);

// regcache (state.c): a GET of a slot whose value is known becomes that value, every PUT becomes a SET (the
// allocator stores pending SETs before a CALL that is not PURE), SETs that are overwritten before any exit, such
// call or possible fault go away.
void opt_state(IrUnit *u);
bool opt_ssa(IrUnit *u); // its part for several blocks (ssa.c); false: not this unit, nothing was changed
void opt_fold(IrUnit *u);
void opt_cse(IrUnit *u);
void opt_dce(IrUnit *u);
void opt_ifconv(IrUnit *u);
void opt_unroll(IrUnit *u);
void opt_scale(IrUnit *u);
void opt_widen(IrUnit *u);
void opt_quiet(IrUnit *u);
void opt_sink(IrUnit *u); // not in the table: when the budget has been placed
// Not in the table: for regions that may have BOUNDs at their entry. The slots of `loose` are not asked: such a BOUND has failed.
typedef struct OptLoose {
    uint64_t slots[4];
} OptLoose;
static inline bool opt_is_loose(const OptLoose *loose, unsigned slot) {
    return loose->slots[slot / 64] >> (slot % 64) & 1;
}
void opt_narrow(IrUnit *u, const OptLoose *loose);
void opt_nans(IrUnit *u, const OptLoose *loose); // for hosts whose arithmetic may leave any NaN (HOST_ANY_NAN)
void opt_rounds(IrUnit *u);                      // not in the table: for regions, before the budget is placed
void opt_step(IrUnit *u);                        // not in the table: behind the budget
void opt_late(IrUnit *u);                        // not in the table: after that
void opt_known(IrUnit *u);                       // nor this one: last
void opt_bounds(IrUnit *u);
void opt_probes(IrUnit *u); // the same under paging; not in the table

// Part of `bounds` where the host guards what lies around a span: in its place, for regions, not in the table.
enum { OPT_FENCE_WIDE = 37 };        // from 2^37 bytes on indexes of 32 bits need no check
#define OPT_FENCE_BELOW (1ull << 30) // bytes that a loop may go down in a quantum
typedef struct OptFence {
    uint64_t lo, len;      // the span
    uint64_t above, below; // that many bytes behind and before it raise a signal
    bool numbers;          // so do those from address 0 to the span
    bool stay;             // no BOUND before a loop: one has failed
    bool all;              // nothing outside of the span can be reached: every access may have a BOUND
    const gpc *strays;     // instructions whose accesses are known to be elsewhere
    uint32_t n_strays;
} OptFence;
void opt_fence(IrUnit *u, const OptFence *fence);

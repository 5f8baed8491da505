// Random IR units of several blocks, and a walker that executes them by ir_eval: for tests that compare two ways from a
// unit to its effects. The same seed and shape give the same unit.
#pragma once
#include "ir/ir.h"

enum {
    UNIT_SLOTS = 13,
    UNIT_SLOTS_I64 = 6,
    UNIT_SLOTS_INT = 9,
    UNIT_MEMORY = 256,
    UNIT_BLOCKS_MAX = 7,
    UNIT_BUDGET = 40
};
extern const IrSlot unit_slots[UNIT_SLOTS];  // I64, I32, F64, F32
extern const IrHelper *const unit_helpers[]; // that units call, NULL-terminated

typedef struct Random {
    uint64_t state; // the seed; any value
} Random;
uint64_t random_mix(uint64_t z);
uint64_t random_next(Random *r);
unsigned random_below(Random *r, unsigned n);
uint64_t random_interesting(Random *r);     // borders of types, small numbers, anything
uint64_t random_float(Random *r, IrType t); // zeros, infinities, NaNs, borders of formats and integers, anything

// What a run shows. INVARIANT: slot comes first, so that helpers can be given a World as their Cpu.
typedef struct World {
    uint64_t slot[UNIT_SLOTS], before[UNIT_SLOTS]; // before: at the last INSN marker
    uint8_t memory[UNIT_MEMORY];
    uint64_t trace; // of everything that happened in order
    int64_t budget;
    char way_out[16]; // "exit N", "fault", "budget"
    uint64_t way_out_value;
    bool no_markers;   // INSN does not show in the trace
    unsigned fp_flags; // sticky
    // Not 0: the walk begins with this budget and keeps accounts. `retired` is what blocks that were left retired, by
    // their n_guest, and RETIREs; `miscounted` how often that and the budget did not agree.
    int64_t account;
    uint64_t retired, miscounted;
    // Not 0: a BOUND leaves unless its base is below that, and COVERED accesses are looked at: how many there were, how many
    // with a base that is no number below that and not within UNIT_FENCE of one.
    uint64_t span, covered, strays;
    bool nothing_else; // outside of the span: an access that is not COVERED checks its base, and leaves as a BOUND does
} World;
#define UNIT_FENCE (1ull << 37)
World world_start(uint64_t seed);
void world_walk(const IrUnit *u, World *w);
// The steps of a walk that show: false is a fault, and then *value of a call is what the fault shows.
bool world_access(World *w, uint64_t at, unsigned memop, bool store, uint64_t *value);
bool world_atomic(World *w, const IrInsn *in, uint64_t at, uint64_t b, uint64_t c, uint64_t *old);
bool world_call(World *w, const IrHelper *h, uint64_t a, uint64_t b, uint64_t c, uint64_t *value);

typedef struct UnitShape {
    bool slot_phis;  // PHIs that stand for slots
    bool busy;       // many values alive at once
    bool one_budget; // a block has one BUDGET, at its start
    bool atomics;    // ATOMIC and FENCE
    bool addresses;  // sums with constants and indexes, many accesses; no calls that see slots
    bool floats;     // values of type F32 and F64, all rounded by `round` (FloatRound)
    unsigned round;
    bool flush; // with floats: arithmetic and comparisons are those without denormal numbers, and no others
} UnitShape;
void random_unit(IrUnit *u, uint64_t seed, UnitShape shape);
void unit_copy(IrUnit *to, const IrUnit *from);
void world_name_exit(World *w, const IrUnit *u); // copies of one exit are one way out: the first of them
char *unit_text(const IrUnit *u);                // to be freed

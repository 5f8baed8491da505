// A translation: what was made of a piece of guest code, and everything that is needed to leave it precisely.
#pragma once
#include "base/types.h"
#include "host/host.h"
#include "ir/ir.h"
#include "ra/ra.h"

typedef enum ExitKind {
#define EXIT(name, help) EXIT_##name,
#include "jit/exit.inc"
#undef EXIT
    EXIT_COUNT
} ExitKind;

typedef struct Unit Unit;
typedef struct Edge Edge;

// A way out, and the token that the run loop gets. Edges inside a unit have one too, for their counters only.
struct Edge {
    Unit *unit;
    uint8_t kind;   // ExitKind
    uint16_t block; // that it leaves
    bool patchable; // chain.c may aim its slot at a unit
    bool is_return;
    gpc pc;         // DIRECT: where to; TRAP: of the instruction; BUDGET: of the block; FAULT, STEP: of the instruction
    uint32_t code;  // TRAP, FAULT: for guest->trap()
    uint64_t value; // TRAP, FAULT
    uint16_t retired;     // guest instructions of the block that retire on this way
    uint16_t refund;      // BUDGET: what the block took from the budget
    uint32_t patch, stub; // offsets in the unit's code
    Unit *to;             // chained to
    Edge *next_in;        // next edge that is chained to the same unit
    uint64_t leaves;      // times that the run loop got this token
};

typedef struct SnapValue {
    uint16_t slot;
    uint8_t kind; // RaKind
    uint16_t index;
    uint64_t value; // of a constant
} SnapValue;

// Where a call out of generated code returns to: how to restore the guest state there.
typedef struct Site {
    uint32_t ret; // offset of the return address; sites are sorted by it
    uint32_t first_value, n_values;
    uint16_t block, index;
    gpc pc;
    IrInsn insn; // the access or call
    uint32_t insns_before;
    int32_t insns_extra;
    uint64_t returns, leaves; // counted when profiling
} Site;

typedef struct UnitBlock {
    gpc pc;
    gaddr paddr; // of its first byte
    uint32_t bytes;
    uint16_t n_guest;
    int16_t ahead; // instructions that were taken from the budget when it begins, see ir.h
    uint32_t ir_ops;
} UnitBlock;

struct Unit {
    gpc pc;
    uint32_t id; // in order of translation
    UnitBlock *blocks;
    uint16_t n_blocks;
    bool dead;
    uint8_t heat;          // tier.c
    uint8_t bounds_failed; // times that a BOUND left it
    // jit engine
    const uint8_t *exec;
    uint8_t *rw;
    uint32_t n_bytes, n_insns, n_spill_ops;
    Edge *edges;
    uint32_t n_edges;
    HostEdges shape;
    Site *sites;
    uint32_t n_sites;
    SnapValue *values;
    // interp engine
    IrUnit *ir;
    // profile: counters of edges and detours, in memory that generated code reaches; copied out when the code goes
    uint64_t *counters;
    bool counters_owned;
    uint32_t *edge_insns, *stub_insns;
    HostDetour *detours;
    uint32_t n_detours;
    // links
    Unit *map_next;  // same hash bucket
    Edge *in;        // edges chained to this unit
    Unit *list_next; // all units, newest first
};

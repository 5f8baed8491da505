// A translation: what was made of a piece of guest code, and everything that is needed to leave it precisely.
#pragma once
#include "base/types.h"
#include "host/host.h"
#include "ir/ir.h"

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
    gpc pc; // DIRECT, and inside of a unit: where to; TRAP: of the instruction; BUDGET: where to go on; FAULT, STEP: of the instruction
    uint64_t value;       // TRAP, FAULT; BUDGET: pc of the block that was to be entered
    Unit *to;             // chained to
    Edge *next_in;        // next edge that is chained to the same unit, and is far if this one is
    uint64_t leaves;      // times that the run loop got this token
    uint32_t patch, stub; // offsets in the unit's code
    uint32_t code;        // TRAP, FAULT: for guest->trap()
    uint16_t retired;     // guest instructions of the block that retire on this way
    uint16_t refund;      // BUDGET: what was taken from the budget and not used
    uint16_t block;       // that it leaves
    uint8_t kind;         // ExitKind
    bool patchable : 1;   // chain.c may aim its slot at a unit
    bool is_return : 1;
    bool far : 1; // link beyond the pages of its own unit: only until they are mapped anew, see mapping.c
};

typedef struct SnapValue {
    uint8_t slot;
    uint8_t kind : 7; // RaKind
    bool any_nan : 1; // a NaN stands for the canonical one
    uint16_t index;   // of the register or spill; of a constant, in Unit.consts
} SnapValue;
_Static_assert(sizeof(SnapValue) == 4, "there are more of these than of anything else");

// Where a call out of generated code returns to: how to restore the guest state there.
typedef struct SiteCounts { // of a profile; the first four as in HostSite
    uint32_t insns_before;
    int32_t insns_extra;
    uint32_t call_insns, call_leave_insns;
    uint64_t returns, leaves;
    uint64_t strays; // of the leaves, those by a signal of the host, not by a call
} SiteCounts;

typedef struct Site {
    gpc pc;
    IrInsn insn;        // the access or call
    SiteCounts *counts; // NULL without a profile
    uint32_t ret;       // offset of the return address; sites are sorted by it
    uint32_t first_value;
    uint16_t n_values, block, index;
} Site;

typedef struct UnitBlock {
    gpc pc;
    gaddr paddr, paddr_next; // address of its first byte; of the second page, if it needs one
    uint32_t bytes;
    uint16_t n_guest;
    int16_t ahead; // instructions that were taken from the budget when it begins, see ir.h
    uint32_t ir_ops;
    // for profiles
    uint16_t head;      // 1 + the block that does its work, and counts it by RETIRE; 0: it does it itself
    bool branches;      // as IrBlock's
    bool host_branches; // its code ends in a conditional jump
} UnitBlock;

typedef struct CodePiece { // bytes of a block in one physical page
    gaddr paddr;
    uint32_t bytes;
} CodePiece;

// A page that the unit was made from. It may be entered only where all are so.
enum { UNIT_PAGES_MAX = 8 };
typedef struct UnitPage {
    gaddr vpage, ppage;
} UnitPage;

struct Unit { // what looking for a unit needs comes first, in one cache line
    gpc pc;
    gaddr paddr;    // where pc lay
    Unit *map_next; // of the same pc
    UnitPage *pages;
    const uint8_t *exec; // jit engine
    uint32_t mode;       // Cpu.mode that it was made in
    uint16_t n_blocks;
    uint8_t n_pages;    // 0: guest addresses are physical in its mode
    uint8_t jump_table; // number of its table, see code/ibtc.c
    bool current;       // see code/mapping.c
    bool dead;
    bool alone;       // outside of the set, in memory of its own
    bool restored;    // it is saved, see jit/saved.h
    uint8_t fp_round; // Cpu.fp_round that it was made in
    uint32_t id;      // in order of translation
    UnitBlock *blocks;
    uint32_t heat;         // guest instructions that its samples stand for, see translate/tier.c
    uint8_t bounds_failed; // times that a BOUND left it
    // jit engine
    uint8_t *rw;
    uint32_t n_bytes, n_insns, n_spill_ops;
    Edge *edges;
    uint32_t n_edges;
    HostEdges shape;
    Site *sites;
    uint32_t n_sites;
    SnapValue *values;
    uint64_t *consts;   // of its snapshots
    struct RaSum *sums; // that values name
    uint32_t *mends;    // if units are saved: places in its code, see code/saved.h
    uint32_t n_mends;
    // interp engine
    IrUnit *ir;
    // profile: counters of edges and detours, in memory that generated code reaches; copied out when the code goes
    uint64_t *counters;
    bool counters_owned;
    uint32_t *edge_insns, *stub_insns;
    HostDetour *detours;
    uint32_t n_detours;
    // links
    Edge *in, *far;  // edges chained to this unit
    Unit *list_next; // all units, newest first
};

// The pieces of a block, 0 to 2.
static inline unsigned unit_pieces(const UnitBlock *b, CodePiece piece[2]) {
    uint32_t room = PAGE_BYTES - (uint32_t)(b->paddr & (PAGE_BYTES - 1)), first = b->bytes < room ? b->bytes : room;
    piece[0] = (CodePiece){b->paddr, first};
    piece[1] = (CodePiece){b->paddr_next, b->bytes - first};
    return !b->bytes ? 0 : b->bytes > first ? 2 : 1;
}

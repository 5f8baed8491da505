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
// WHY packed: a large program has half a million of them.
struct Edge {
    gpc pc; // DIRECT, and inside of a unit: where to; TRAP: of the instruction; BUDGET: where to go on; FAULT, STEP: of the instruction
    union {
        Unit *to;       // patchable: chained to
        uint64_t value; // TRAP, FAULT; BUDGET: pc of the block that was to be entered
    };
    union {
        Edge *next_in; // patchable: next edge that is chained to the same unit, and is far if this one is
        uint32_t code; // TRAP, FAULT: for guest->trap()
    };
    union {
        uint32_t patch;  // patchable: offset in the unit's code
        uint16_t refund; // BUDGET: what was taken from the budget and not used
    };
    uint32_t stub;          // patchable: offset in the unit's code
    uint16_t retired;       // guest instructions of the block that retire on this way
    uint16_t block;         // that it leaves
    uint32_t number : 24;   // of the edges of its unit
    uint32_t kind : 5;      // ExitKind
    uint32_t patchable : 1; // chain.c may aim its slot at a unit
    uint32_t is_return : 1;
    uint32_t far : 1; // link beyond the pages of its own unit: only until they are mapped anew, see mapping.c
};
_Static_assert(sizeof(Edge) == 40, "an edge is 40 bytes");
enum { EDGES_MAX = 1 << 24 };

typedef struct SnapValue {
    uint8_t slot;
    uint8_t kind : 7; // RaKind
    bool any_nan : 1; // a NaN stands for the canonical one
    uint16_t index;   // of the register or spill; of a constant, in Unit.consts
} SnapValue;
_Static_assert(sizeof(SnapValue) == 4, "there are more of these than of anything else");

typedef struct SiteCounts { // of a profile; the first four as in HostSite
    uint32_t insns_before;
    int32_t insns_extra;
    uint32_t call_insns, call_leave_insns;
    uint64_t returns, leaves;
    uint64_t strays; // of the leaves, those by a signal of the host, not by a call
} SiteCounts;

// Where a call out of generated code returns to: how to restore the guest state there.
typedef struct Site {
    gpc pc;
    IrInsn insn;  // the access or call
    uint32_t ret; // offset of the return address; sites are sorted by it
    uint32_t first_value;
    uint16_t n_values, block, index;
} Site;
_Static_assert(sizeof(Site) == 40, "a site is 40 bytes");

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

// What a unit has that is counted, observed, interpreted or saved; all zero for the others, see unit_begin().
typedef struct UnitExtra {
    IrUnit *ir; // interp engine
    uint32_t n_insns, n_spill_ops;
    // profile: counters of edges and detours, in memory that generated code reaches; copied out when the code goes
    uint64_t *counters;
    uint64_t *leaves; // by edge: times that the run loop got its token
    bool counters_owned;
    uint32_t n_detours, n_mends;
    uint32_t *edge_insns, *stub_insns;
    HostDetour *detours;
    SiteCounts *site_counts; // by site; with an observer, too
    uint32_t *mends;         // if units are saved: places in its code, see code/saved.h
} UnitExtra;

// A unit and its parts are one piece of memory: the unit, its edges, its blocks, its pages.
struct Unit { // what looking for a unit needs comes first, in one cache line
    gpc pc;
    gaddr paddr;         // where pc lay
    Unit *map_next;      // of the same pc
    const uint8_t *exec; // NULL: interpreted
    uint32_t mode;       // Cpu.mode that it was made in
    uint16_t n_blocks;
    uint8_t n_pages;    // 0: guest addresses are physical in its mode
    uint8_t jump_table; // number of its table, see code/ibtc.c
    bool current : 1;   // see code/mapping.c
    bool dead : 1;
    bool alone : 1;        // outside of the set, in memory of its own
    bool restored : 1;     // it is saved, see jit/saved.h
    uint8_t fp_round;      // Cpu.fp_round that it was made in
    uint8_t bounds_failed; // times that a BOUND left it
    uint32_t id;           // in order of translation
    uint32_t heat;         // guest instructions that its samples stand for, see translate/tier.c
    uint32_t n_bytes;      // of its code
    uint32_t n_sites;
    UnitBlock *blocks;
    HostEdges shape;
    Site *sites;               // and behind them:
    uint16_t n_consts, n_sums; // of its snapshots
    UnitExtra *extra;
    // links
    Edge *in, *far;  // edges chained to this unit
    Unit *list_next; // all units, newest first
    Edge edges[];
};

static inline uint32_t unit_edges(const Unit *u) { return host_edge_count(u->shape); }
static inline UnitPage *unit_pages(const Unit *u) { return (UnitPage *)(u->blocks + u->n_blocks); }
static inline Unit *edge_unit(const Edge *e) { return (Unit *)((char *)(e - e->number) - offsetof(Unit, edges)); }
static inline bool edge_is_chained(const Edge *e) { return e->patchable && e->to; }
// With a profile or an observer sites are counted.
static inline bool sites_are_counted(const Unit *u) { return u->extra->site_counts != NULL; }
static inline SiteCounts *site_counts(const Unit *u, const Site *s) { return u->extra->site_counts + (s - u->sites); }
// What snapshots name.
static inline uint64_t *unit_consts(const Unit *u) { return (uint64_t *)(u->sites + u->n_sites); }

// The pieces of a block, 0 to 2.
static inline unsigned unit_pieces(const UnitBlock *b, CodePiece piece[2]) {
    uint32_t room = PAGE_BYTES - (uint32_t)(b->paddr & (PAGE_BYTES - 1)), first = b->bytes < room ? b->bytes : room;
    piece[0] = (CodePiece){b->paddr, first};
    piece[1] = (CodePiece){b->paddr_next, b->bytes - first};
    return !b->bytes ? 0 : b->bytes > first ? 2 : 1;
}

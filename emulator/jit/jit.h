// The translator: guest code -> units. A unit is known by the guest address of its first byte, the physical address of
// it, and the CPU mode. Here: making a translator, finding and running units. Beside it: invalidate.h, leave.h,
// observe.h. code/ holds units and what refers to them; translate/ makes them, and code/ does not know it.
#pragma once
#include "base/feature.h"
#include "base/log.h"
#include "base/stat.h"
#include "guest/guest.h"
#include "host/host.h"
#include "jit/frame.h"
#include "jit/unit.h"
#include "mem/mem.h"

enum { JIT_FOUND = 1 << 10, JIT_FOUND_SITES = 1 << 9 };

typedef struct CodeCache { // cache.c: two mappings of the same memory, one writable, one executable
    uint8_t *rw, *exec;
    size_t size, used, reserved; // reserved: entry code at the start, survives a flush
    size_t touched;              // bytes whose pages were asked for
    uint64_t *counters;          // near the code, for profiling
    size_t n_counters, counters_used;
    void *base; // start of everything that is mapped
    size_t base_size;
} CodeCache;

struct JitObserver; // see observe.h

typedef struct JitOptions {
    const Guest *guest;
    Features features;
    bool interp;                        // keep IR, emit nothing
    uint32_t bisect_unit;               // this unit, counted from 1, and later ones are interpreted as lifted; 0: none
    bool profile;                       // count edges
    bool program;                       // of an operating system: most code runs seldom, floating point is expected
    HostIsa isa_masked;                 // what emitted code may not use, although the machine has it
    const struct JitObserver *observer; // or NULL
    size_t cache_size;
    gaddr code_end; // end of the program's code, as far as is known before it runs
    // Where fetches lie, in modes with CPU_MODE_FETCH_MAPPED; as Guest.translate
    MemFault (*translate)(struct Hart *hart, gaddr vaddr, unsigned size, MemKind kind, MemPage *page);
    // Not NULL: the pages of RAM are protected in the host as they are in the guest, and an access that may not be done
    // raises a signal there. The owner is told from which pages code was made: stores to them must raise one, too.
    void (*code_made)(void *ctx, gaddr paddr, uint64_t bytes);
    void *code_made_ctx;
    HostMemFn *access_fault; // what generated code then calls
    HostMemFn *load_miss, *store_miss;
    HostCallFn *call_out;
} JitOptions;

typedef VEC(Unit *) UnitList;

static inline bool jit_is_among(const gpc *list, uint32_t n, gpc pc) {
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == pc) return true;
    return false;
}

typedef struct JitPlain {
    uint64_t entries, site_leaves; // leaves: in the middle of a block
    uint32_t enter_insns, leave_insns;
} JitPlain;

typedef struct FindEntry { // what jit_find() said
    gpc pc;
    uint32_t mode;
    Unit *unit;
} FindEntry;

typedef struct FoundSite { // what site_at() said of a return address, see code/leave.c
    const uint8_t *ret;
    Unit *unit;
    Site *site;
} FoundSite;

typedef struct UnitsAt { // of the map: a guest pc and its units, the newest first; NULL: free
    gpc pc;
    Unit *first;
} UnitsAt;

typedef struct JitLoose {
    gpc pc;        // of a region
    uint16_t slot; // that a BOUND of no bytes at its entry has failed for, see OptLoose
} JitLoose;

typedef struct Jit {
    JitOptions o;
    const Host *host;
    HostIsa isa;             // what emitted code may use
    HostConfig cfg;          // what the last translation was made with, and
    uint64_t cfg_generation; // when: all that it depends on, but the mode, flushes
    uint32_t cfg_mode;
    bool cfg_made;
    HostSpan load_span, store_span;
    uint32_t modes[IBTC_TABLES];
    unsigned n_modes;
    HostEntry entry;
    bool floats;    // units with floating point have been made
    JitPlain plain; // what was executed of the entry code before
    CodeCache cache;
    VEC(Frame *) frames; // one a hart
    Mem *mem;
    Stats *stats;
    Log *log;
    // units
    UnitsAt *map; // 1 << map_bits of them, two thirds taken at most; see code/set.c
    unsigned map_bits;
    uint32_t n_mapped;
    FindEntry found[JIT_FOUND];
    FoundSite found_sites[JIT_FOUND_SITES];
    struct UnitChunk *chunks; // unit.c: memory of units and their sites
    Unit *all;                // every unit that is alive, or dead but kept for the profile
    VEC(struct {
        const uint8_t *exec;
        Unit *unit;
    })
    by_exec;                      // alive or dead since the last flush, sorted by code address
    struct SmcPage **pages;       // smc.c
    struct CodePages *code_pages; // mapping.c
    VEC(gpc) no_hoist, no_bounds; // pcs of units: BOUNDs stay where the accesses are; there are none
    VEC(JitLoose) loose;
    VEC(gpc) strays;      // span.c: pcs of instructions whose accesses are not near the span
    VEC(gpc) breakpoints; // breakpoint.c
    bool watches;
    bool shared; // guest memory, with others that run at the same time: jit_share()
    uint32_t next_id, span_moves;
    UnitExtra no_extra;            // of units that have none
    uint64_t generation;           // number of flushes: changes when units may have been freed
    uint64_t mapping_events;       // mapping.c
    uint64_t *reached;             // once.c
    VEC(uint64_t) once;            // memory of the unit that it made
    struct Saved *saved;           // NULL: units are not saved, see jit/saved.h
    struct Translator *translator; // scratch, see translate/translator.h
} Jit;

// Where the code of a unit can be written.
static inline uint8_t *unit_code(const Jit *j, const Unit *u) { return j->cache.rw + (u->exec - j->cache.exec); }

bool jit_init(Jit *j, const JitOptions *o, Frame *f, Mem *mem, Stats *stats, Log *log, Err *err);
void jit_free(Jit *j);

// ---- find. All of these: for the hart of this frame, in its mode, and with what is mapped now.
Unit *jit_find(Jit *j, Frame *f, gpc pc);       // to be entered now: may ask the guest's tables
void jit_expect(const Jit *j, gpc pc);          // it will be looked for: a hint for the host's caches
Unit *jit_find_known(Jit *j, Frame *f, gpc pc); // if its page was fetched from: changes nothing that the guest sees
// NULL: the first instruction cannot be fetched, see *fail; MEM_FAULT_ALONE: but executed alone.
Unit *jit_translate(Jit *j, Frame *f, gpc pc, MemFail *fail);
// Is pc reached for the first time, and may its block be interpreted? The next time it is not.
bool jit_is_first(Jit *j, gpc pc);
// That block as it was lifted, outside of the set; jit_free_once() is due when it was executed, before the next one.
Unit *jit_lift_once(Jit *j, Frame *f, gpc pc, MemFail *fail);
void jit_free_once(Jit *j, Unit *u);
// A hot region that begins at pc; it replaces the unit there. false: nothing to gain, or not possible.
bool jit_translate_region(Jit *j, Frame *f, gpc pc);
// The one instruction at pc as a unit outside of the set, in `ir`; jit_free_alone() is due when it was executed.
Unit *jit_translate_alone(Jit *j, Frame *f, IrUnit *ir, gpc pc, MemFail *fail);
void jit_free_alone(Unit *u);
// The run loop was entered at pc because a quantum was over: a sample. Returns the next quantum, in guest instructions.
uint32_t jit_sample(Jit *j, Frame *f, gpc pc, uint32_t quantum);

// ---- run
// Enters generated code; returns the edge that it left by. `raised`: FLOAT_*, flags of the guest's that C code raised.
Edge *jit_run(const Jit *j, Frame *f, const Unit *u, unsigned raised);
void jit_learn(Jit *j, Frame *f, Edge *from, Unit *to); // `to` came after `from`: they are linked, if that can be
void jit_raise_flags(const Jit *j, Frame *f, unsigned raised);
unsigned jit_take_flags(const Jit *j, Frame *f); // FLOAT_* that generated code raised since they were last taken

// ---- a process that is copied: code memory is shared, and must not be. The parent frees the copy, the child puts it
// in the place of the memory that it shares.
hp jit_copy_code(const Jit *j); // what code memory holds, in memory of its own; NULL: errno says why
void jit_copy_free(const Jit *j, hp copy);
bool jit_adopt_code(const Jit *j, hp copy);

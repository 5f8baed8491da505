// The translator: guest code -> units. A unit is known by the guest address of its first byte, the physical address of
// it, and the CPU mode. Everything that links or forgets units is behind this header.
#pragma once
#include "base/feature.h"
#include "base/log.h"
#include "base/stat.h"
#include "guest/guest.h"
#include "host/host.h"
#include "jit/code/frame.h"
#include "jit/code/unit.h"
#include "mem/mem.h"
#include "opt/opt.h"
#include "ra/ra.h"

enum { JIT_BLOCK_MAX = 64, JIT_MAP_BITS = 16, JIT_FOUND = 1 << 12, JIT_BOUNDS_PATIENCE = 32 };

typedef struct CodeCache { // cache.c: two mappings of the same memory, one writable, one executable
    uint8_t *rw, *exec;
    size_t size, used, reserved; // reserved: entry code at the start, survives a flush
    uint64_t *counters;          // near the code, for profiling
    size_t n_counters, counters_used;
    void *base; // of everything mapped
    size_t base_size;
} CodeCache;

// Sees every unit that is made: profiles and exporters. Each function may be NULL.
struct Jit;
typedef struct JitObserver {
    void *ctx;
    void (*lifted)(void *ctx, const IrUnit *ir);                 // before the passes run
    void (*made)(void *ctx, const struct Jit *j, const Unit *u); // code is in place; j->ra and j->code are those of u
    void (*flushed)(void *ctx);                                  // the code of all units is gone
    const struct JitObserver *next;                              // one more, or NULL
} JitObserver;

typedef struct JitOptions {
    const Guest *guest;
    Features features;
    bool interp;                 // keep IR, emit nothing
    uint32_t bisect_unit;        // this unit, counted from 1, and later ones are interpreted as lifted; 0: none
    bool profile;                // count edges
    HostIsa isa_masked;          // what emitted code may not use, although the machine has it
    const JitObserver *observer; // or NULL
    size_t cache_size;
    gaddr code_end; // of the program, as far as is known before it runs
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

typedef struct JitPlain {
    uint64_t entries, site_leaves; // leaves: in the middle of a block
    uint32_t enter_insns, leave_insns;
} JitPlain;

typedef struct FindEntry { // what jit_find() said
    gpc pc;
    uint32_t mode;
    Unit *unit;
} FindEntry;

typedef struct Jit {
    JitOptions o;
    const Host *host;
    HostConfig cfg; // of the translation that was made last
    HostSpan load_span, store_span;
    uint32_t modes[IBTC_TABLES];
    unsigned n_modes;
    HostEntry entry;
    bool floats;    // units with floating point have been made: see jit_use_floats()
    JitPlain plain; // what was executed of the entry code before
    CodeCache cache;
    VEC(Frame *) frames; // one a hart
    Mem *mem;
    Stats *stats;
    Log *log;
    // units
    Unit *map[1 << JIT_MAP_BITS];
    FindEntry found[JIT_FOUND];
    Unit *all; // every unit that is alive, or dead but kept for the profile
    VEC(struct {
        const uint8_t *exec;
        Unit *unit;
    })
    by_exec;                      // alive or dead since the last flush, sorted by code address
    struct SmcPage **pages;       // smc.c
    struct CodePages *code_pages; // mapping.c
    VEC(gpc) no_bounds;
    VEC(gpc) breakpoints; // breakpoint.c
    bool watches;
    uint32_t next_id, span_moves, calm_samples;
    uint64_t generation;     // of the cache: changes when units may have been freed
    uint64_t mapping_events; // mapping.c
    // scratch of one translation
    IrUnit ir, raw;
    Ra ra;
    HostCode code;
} Jit;

bool jit_init(Jit *j, const JitOptions *o, Frame *f, Mem *mem, Stats *stats, Log *log, Err *err);
void jit_free(Jit *j);

// All of these: for the hart of this frame, in its mode, and with what is mapped now.
Unit *jit_find(Jit *j, Frame *f, gpc pc);     // to be entered now
Unit *jit_find_run(Jit *j, Frame *f, gpc pc); // if its page was fetched from: not about to be entered
// NULL: the first one cannot be fetched, see *fail; MEM_FAULT_ALONE: but executed alone.
Unit *jit_translate(Jit *j, Frame *f, gpc pc, MemFail *fail);
// fetch.c. Lifts up to max_insns as the next block of u: the bare block, or (into an empty u) a unit that begins with
// BUDGET.
bool jit_lift_block(Jit *j, Frame *f, IrUnit *u, gpc pc, unsigned max_insns, MemFail *fail);
bool jit_lift(Jit *j, Frame *f, IrUnit *u, gpc pc, unsigned max_insns, MemFail *fail);
// region.c. Makes a hot region that begins at pc and replaces the unit there; false: nothing to gain, or not possible.
bool jit_region(Jit *j, Frame *f, gpc pc);
// tier.c. The run loop was entered at pc because a quantum was over: a sample. Returns the next quantum, in guest
// instructions.
uint32_t jit_sample(Jit *j, Frame *f, gpc pc, uint32_t quantum);
void jit_flush(Jit *j);
void jit_use_floats(Jit *j);                                   // from now on; not while generated code is on the stack
const Site *jit_site(Jit *j, const uint8_t *ret, Unit **unit); // by return address
const Site *jit_access_site(Jit *j, const uint8_t *at, Unit **unit); // of the access that is the instruction at `at`

void jit_without_bounds(Jit *j, Unit *u); // forgets it; what is translated at its pc from now on has no BOUNDs

// breakpoint.c. Not while generated code is on the stack.
void jit_break_set(Jit *j, gpc pc);
void jit_break_clear(Jit *j, gpc pc);
bool jit_breaks_at(const Jit *j, gpc pc);
void jit_watch(Jit *j, bool on); // off: loads and stores are inline again

// chain.c
void jit_chain(Jit *j, Edge *e, Unit *to);
void jit_unchain_all(Jit *j, Unit *u); // edges into it and out of it
void jit_unchain_far(Jit *j, Unit *u); // far edges into it
// config.c
HostConfig jit_config(Jit *j, uint32_t mode);
HostIsa jit_isa(const Jit *j);                  // what emitted code may use
unsigned jit_jump_table(Jit *j, uint32_t mode); // IBTC_TABLES: none
// mapping.c
MemFault jit_fetch_at(Jit *j, Frame *f, gaddr vaddr, unsigned size, gaddr *paddr); // where these bytes of one page lie
bool jit_fetched_at(Jit *j, const Frame *f, gaddr vaddr,
                    gaddr *paddr); // the same, but only if known: changes nothing the guest sees
bool jit_pages_hold(Jit *j, Frame *f, const Unit *u);
bool jit_lies_in(const Unit *u, const Unit *other); // whoever runs `other` may go on in u
bool jit_make_current(Jit *j, Unit *u);             // false: not now
void jit_mapping_flush(Jit *j);
void jit_mapping_flush_page(Jit *j, gaddr vaddr);
void jit_mapping_switch(Jit *j);       // all but what is global
void jit_mapping_forget_units(Jit *j); // they are all gone
void jit_mapping_free(Jit *j);
// ibtc.c
void jit_ibtc_describe(HostConfig *cfg, const Jit *j, unsigned table);
void jit_ibtc_fill(Jit *j, Frame *f, Unit *u);
void jit_ibtc_forget(Jit *j, const Unit *u);
void jit_ibtc_flush_table(Jit *j, unsigned table); // of a mode that gets one
void jit_ibtc_flush(Jit *j);
// smc.c: writes to translated code
void jit_smc_add(Jit *j, Unit *u);
void jit_smc_remove(Jit *j, Unit *u);
void jit_code_written(Jit *j, gaddr paddr, unsigned size);
void jit_smc_free(Jit *j);
// span.c
void jit_span_init(Jit *j, gaddr code_end);
bool jit_has_span(const Jit *j, uint32_t mode); // in that mode
bool jit_span_add_code(Jit *j, bool mapped, gaddr paddr,
                       uint64_t bytes); // true: the span of stores moved, emitted code is out of date
// cache.c
bool cache_init(CodeCache *c, size_t size, bool counters, Err *err);
void cache_free(CodeCache *c);
// For a process that is copied: what the cache holds, in memory of its own; NULL: errno says why. The parent frees it, the
// child puts it in the place of the memory that it shares.
hp cache_copy(const CodeCache *c);
void cache_copy_free(const CodeCache *c, hp copy);
bool cache_adopt(CodeCache *c, hp copy);
// unit.c
void unit_free(Unit *u);
void jit_forget(Jit *j, Unit *u); // out of the map and all links; memory stays while the profile wants it

static inline Unit **jit_bucket(Jit *j, gpc pc) {
    return &j->map[(pc >> 1 ^ pc >> (JIT_MAP_BITS + 1)) & (ARRAY_LEN(j->map) - 1)];
}

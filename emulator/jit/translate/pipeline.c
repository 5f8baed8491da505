// The pipeline: lift, optimize, allocate, emit, register. One guest basic block is one unit; what follows
// `lift` does not assume so.
#include "jit/translate/translator.h"
#include "jit/code/cache.h"
#include "jit/code/enter.h"
#include "jit/code/host_config.h"
#include "jit/code/mapping.h"
#include "jit/code/records.h"
#include "jit/code/saved.h"
#include "jit/code/set.h"
#include "jit/code/span.h"
#include "jit/invalidate.h"
#include "jit/observe.h"
#include "jit/translate/replay.h"
#include "opt/opt.h"
#include <elf.h>
#include <string.h>

bool pipeline_lift(Jit *j, Frame *f, gpc pc, MemFail *fail) {
    ir_unit_reset(&j->translator->ir);
    if (!fetch_unit(j, f, &j->translator->ir, pc, BLOCK_INSNS_MAX, fail)) return false;
    if (log_on(j->log, LOG_IR)) {
        fprintf(j->log->out, "-- lifted\n");
        ir_print(j->log->out, &j->translator->ir);
    }
    const IrUnit *u = &j->translator->ir;
    j->stats->v[STAT_ir_ops_lifted] += u->insns.n - 1 - u->blocks.at[0].n_guest; // without markers
    return true;
}

static void log_after(const Jit *j, const char *stage) {
    if (!log_on(j->log, LOG_OPT)) return;
    fprintf(j->log->out, "-- after %s\n", stage);
    ir_print(j->log->out, &j->translator->ir);
}

static void place_budget(Jit *j) {
    Err err;
    budget_place(&j->translator->ir, feature_on(&j->o.features, FEATURE_heat));
    if (feature_on(&j->o.features, FEATURE_sink)) opt_sink(&j->translator->ir);
    if (feature_on(&j->o.features, FEATURE_dce)) opt_dce(&j->translator->ir);
    if (feature_on(&j->o.features, FEATURE_step)) opt_step(&j->translator->ir);
    if (feature_on(&j->o.features, FEATURE_late)) opt_late(&j->translator->ir);
    if (feature_on(&j->o.features, FEATURE_known)) opt_known(&j->translator->ir);
    if (CHECKED) BUG_IF(!ir_verify(&j->translator->ir, &err), "malformed IR after the budget was placed: %s", err.text);
    log_after(j, "budget");
}

// A region, or a block of a program or of a guest whose addresses have 32 bits, where the host guards what lies around the span.
static void cover(Jit *j) {
    const HostSpan *s = &j->load_span;
    gpc pc = j->translator->ir.blocks.at[0].pc;
    opt_fence(&j->translator->ir, &(OptFence){.lo = s->lo,
                                              .len = s->len,
                                              .above = s->above,
                                              .below = s->below,
                                              .numbers = true,
                                              .stay = jit_is_among(j->no_hoist.at, j->no_hoist.n, pc),
                                              .all = j->o.code_made != NULL,
                                              .strays = j->strays.at,
                                              .n_strays = j->strays.n});
    log_after(j, "fence");
}

// Under paging, in a view that has a TLB.
static void share_probes(Jit *j, uint32_t mode) {
    if ((mode & CPU_MODE_VIEW) >= CPU_VIEWS || j->watches) return;
    opt_probes(&j->translator->ir);
    log_after(j, "probes");
}

// WHY not for the interpreter: it takes no notice of a BOUND.
static void guard_entry(Jit *j) {
    OptLoose loose = {{0}};
    for (uint32_t i = 0; i < j->loose.n; i++) {
        unsigned slot = j->loose.at[i].slot;
        if (j->loose.at[i].pc == j->translator->ir.blocks.at[0].pc) loose.slots[slot / 64] |= 1ull << slot % 64;
    }
    if (feature_on(&j->o.features, FEATURE_narrow)) opt_narrow(&j->translator->ir, &loose), log_after(j, "narrow");
    if (!feature_on(&j->o.features, FEATURE_nans) || !(j->host->ops[IR_FADD].flags & HOST_ANY_NAN)) return;
    opt_nans(&j->translator->ir, &loose);
    log_after(j, "nans");
}

// Most blocks of a program of an operating system, and of the system itself, run a few times, and what is hot becomes a region. WHY
// not `cse`: of the 93,000 host instructions of a start of perl it saves 9, and takes 4 % of the time that translation takes.
static bool is_worth_little(const Jit *j, bool paged) {
    bool block = j->translator->ir.blocks.n == 1;
    return block && (j->o.program || paged) && feature_on(&j->o.features, FEATURE_region);
}

static void write_rounds(Jit *j) {
    opt_rounds(&j->translator->ir);
    log_after(j, "rounds");
}

static void optimize(Jit *j, uint32_t mode) {
    Features on = j->o.features;
    if (jit_is_among(j->no_bounds.at, j->no_bounds.n, j->translator->ir.blocks.at[0].pc))
        on.on &= ~FEATURE_BIT(FEATURE_bounds);
    bool region = j->translator->ir.blocks.n > 1, paged = !span_covers(j, mode);
    if (is_worth_little(j, paged)) on.on &= ~FEATURE_BIT(FEATURE_cse);
    bool shared = feature_on(&on, FEATURE_bounds) && feature_on(&on, FEATURE_tlb);
    bool fence =
        shared && !paged && j->load_span.above && (region || j->o.code_made || j->o.guest->elf_class == ELFCLASS32);
    if (fence || paged) on.on &= ~FEATURE_BIT(FEATURE_bounds);
    opt_run(&j->translator->ir, &(OptContext){&on, j->log});
    if (fence) cover(j);
    if (shared && paged) share_probes(j, mode);
    if (region && !j->o.interp) guard_entry(j);
    if (region && feature_on(&on, FEATURE_rounds)) write_rounds(j);
    if (region) place_budget(j);
}

static void configure(Jit *j, uint32_t mode) {
    bool same = j->cfg_made && j->cfg_generation == j->generation && j->cfg_mode == mode;
    if (same && !log_on(j->log, LOG_HOST)) return;
    j->cfg = host_config(j, mode);
    j->cfg_generation = j->generation;
    j->cfg_mode = mode;
    j->cfg_made = true;
}

static void allocate(Jit *j, uint32_t mode) {
    configure(j, mode);
    bool sums = feature_on(&j->o.features, FEATURE_scale);
    ra_run(&j->translator->ra, &j->translator->ir, j->host, j->host->pool, sums ? &j->cfg : NULL);
    j->stats->v[STAT_spills_emitted] += j->translator->ra.n_spill_ops;
    if (!log_on(j->log, LOG_RA)) return;
    fprintf(j->log->out, "-- allocated\n");
    ra_print(j->log->out, &j->translator->ra, &j->translator->ir, j->host->reg_names);
}

static bool counters_fit(const Jit *j, uint32_t n) {
    return !j->o.profile || j->cache.counters_used + n <= j->cache.n_counters;
}

// The straight path, then what is out of line.
static void log_code(const Jit *j, const Unit *u, const uint8_t *rw) {
    const HostCode *code = &j->translator->code;
    uint32_t n = code->n_bytes, straight = n;
    for (uint32_t i = code->marks.n; i-- > 0 && code->marks.at[i].path != HOST_PATH_STRAIGHT;)
        straight = code->marks.at[i].at;
    fprintf(j->log->out, "-- host code of unit %u, guest pc %#llx\n", u->id, (unsigned long long)u->pc);
    host_disassemble(j->host, j->log->out, rw, straight, u->exec);
    fprintf(j->log->out, "-- out of line\n");
    host_disassemble(j->host, j->log->out, rw + straight, n - straight, u->exec + straight);
}

// Returns false when the cache is full.
static bool emit(Jit *j, Unit *u) {
    uint32_t n_detours = j->o.profile ? host_detours_max(&j->translator->ir) : 0, n_edges = unit_edges(u);
    if (!counters_fit(j, n_edges + n_detours)) return false;
    HostUnit hu = {.ir = &j->translator->ir,
                   .ra = &j->translator->ra,
                   .tokens = (char *)u->edges,
                   .token_size = sizeof *u->edges,
                   .n_detours_max = n_detours};
    if (j->o.profile) hu.counters = u->extra->counters = j->cache.counters + j->cache.counters_used;
    size_t at = (j->cache.used + 15) & ~(size_t)15;
    if (at >= j->cache.size) return false;
    cache_touch(&j->cache, at);
    uint8_t *rw = j->cache.rw + at, *exec = j->cache.exec + at;
    if (j->cfg_generation != j->generation) configure(j, u->mode);
    size_t n = j->host->emit(&j->translator->code, &hu, &j->entry, &j->cfg, rw, j->cache.size - at, exec - rw);
    if (!n) return false;
    if (j->o.profile) {
        memset(u->extra->counters, 0, (n_edges + j->translator->code.detours.n) * sizeof *hu.counters);
        j->cache.counters_used += n_edges + j->translator->code.detours.n;
    }
    j->cache.used = at + n;
    u->exec = exec;
    unit_take_code(j, u, &j->translator->code, &j->translator->ra, &j->translator->ir);
    if (j->saved) saved_take_mends(j, u, &j->translator->code);
    j->host->make_visible(exec, n);
    j->stats->v[STAT_host_instructions_emitted] += j->translator->code.n_insns;
    j->stats->v[STAT_host_bytes_emitted] += u->n_bytes;
    if (log_on(j->log, LOG_HOST)) log_code(j, u, rw);
    return true;
}

void pipeline_keep_ir(Jit *j, Unit *u) {
    UnitExtra *x = u->extra;
    x->ir = unit_alloc(sizeof *x->ir);
    *x->ir = j->translator->ir;
    ir_unit_init(&j->translator->ir, j->o.guest->slots, j->o.guest->n_slots);
    if (j->o.profile) {
        x->counters = unit_alloc(unit_edges(u) * sizeof *x->counters);
        x->counters_owned = true;
        unit_take_sites_of_ir(j, u, x->ir);
    }
}

static void count_unit(const Jit *j, const Unit *u) {
    j->stats->v[STAT_units_translated]++;
    j->stats->v[STAT_regions_translated] += u->n_blocks > 1;
    for (unsigned b = 0; b < u->n_blocks; b++) {
        j->stats->v[STAT_guest_instructions_translated] += u->blocks[b].n_guest;
        j->stats->v[STAT_ir_ops_optimized] += u->blocks[b].ir_ops;
    }
}

// The interpreter takes what is not translated as it was lifted: passes may be what is looked for.
static bool is_interpreted(const Jit *j) {
    return j->o.interp || (j->o.bisect_unit && j->next_id + 1 >= j->o.bisect_unit);
}

// A hot unit is replaced by a region that begins at the same place.
static void replace_old(Jit *j, Frame *f, const Unit *u) {
    if (u->n_blocks == 1) return; // there was none
    Unit *old = jit_find_known(j, f, u->pc);
    if (old) set_forget(j, old);
}

static Unit *finish(Jit *j, Frame *f) {
    for (const JitObserver *o = j->o.observer; o; o = o->next)
        if (o->lifted) o->lifted(o->ctx, &j->translator->ir);
    bool interp = is_interpreted(j);
    if (!interp || j->o.interp) optimize(j, f->cpu.mode);
    if (!interp) allocate(j, f->cpu.mode);
    if (!interp && !j->floats && ir_has_floats(&j->translator->ir)) enter_use_floats(j);
    Unit *u = unit_begin(j, f, &j->translator->ir, UNIT_IN_SET);
    bool moved = false, mapped = u->mode & CPU_MODE_FETCH_MAPPED;
    for (unsigned b = 0; b < u->n_blocks; b++) {
        moved |= span_add_code(j, mapped, u->blocks[b].paddr, u->blocks[b].bytes);
        moved |= span_protect(j, &u->blocks[b]);
    }
    if (moved) jit_flush(j);
    if (interp) {
        pipeline_keep_ir(j, u);
    } else if (!emit(j, u)) {
        jit_flush(j);
        BUG_IF(!emit(j, u), "one unit does not fit into an empty code cache of %zu bytes; use a larger --code-cache",
               j->cache.size);
    }
    replace_old(j, f, u);
    set_enter(j, u);
    count_unit(j, u);
    JitMade made = {j, u, u->extra->ir ? u->extra->ir : &j->translator->ir, &j->translator->ra, &j->translator->code};
    for (const JitObserver *o = j->o.observer; o; o = o->next)
        if (o->made) o->made(o->ctx, &made);
    return u;
}

Unit *pipeline_finish(Jit *j, Frame *f) {
    BugContext context;
    Replay work = {j, f};
    bug_context_push(&context, replay_write, &work);
    Unit *u = finish(j, f);
    bug_context_pop();
    return u;
}

static Unit *restore(Jit *j, Frame *f, gpc pc) {
    Unit *u = j->saved ? saved_restore(j, f, pc) : NULL;
    if (u) set_enter(j, u);
    return u;
}

Unit *jit_translate(Jit *j, Frame *f, gpc pc, MemFail *fail) {
    log_focus(j->log, pc);
    Unit *u = restore(j, f, pc);
    if (u) return u;
    return pipeline_lift(j, f, pc, fail) ? pipeline_finish(j, f) : NULL;
}

Unit *jit_translate_alone(Jit *j, Frame *f, IrUnit *ir, gpc pc, MemFail *fail) {
    ir_unit_reset(ir);
    if (!fetch_unit(j, f, ir, pc, 1, fail)) return NULL;
    uint32_t id = j->next_id;
    Unit *u = unit_begin(j, f, ir, UNIT_ALONE);
    j->next_id = id; // not a unit of the set
    return u;
}

void jit_free_alone(Unit *u) { unit_free(u); }

// The pipeline: lift, optimize, allocate, emit, register. One guest basic block is one unit; what follows `lift` does
// not assume so.
#include "jit/translate/pipeline.h"
#include "jit/translate/replay.h"
#include <string.h>

static uint32_t count_ops(const IrUnit *u) {
    uint32_t n = 0;
    for (uint32_t i = 1; i < u->insns.n; i++) n += u->insns.at[i].op != IR_NOP && u->insns.at[i].op != IR_INSN;
    return n;
}

static bool lift(Jit *j, Frame *f, gpc pc, MemFail *fail) {
    ir_unit_reset(&j->ir);
    if (!jit_lift(j, f, &j->ir, pc, JIT_BLOCK_MAX, fail)) return false;
    if (log_on(j->log, LOG_IR)) {
        fprintf(j->log->out, "-- lifted\n");
        ir_print(j->log->out, &j->ir);
    }
    j->stats->v[STAT_ir_ops_lifted] += count_ops(&j->ir);
    return true;
}

static void place_budget(Jit *j) {
    Err err;
    jit_budget(&j->ir);
    if (CHECKED) BUG_IF(!ir_verify(&j->ir, &err), "malformed IR after the budget was placed: %s", err.text);
    if (!log_on(j->log, LOG_OPT)) return;
    fprintf(j->log->out, "-- after budget\n");
    ir_print(j->log->out, &j->ir);
}

static void optimize(Jit *j, uint32_t mode) {
    Features on = j->o.features;
    if (!jit_has_span(j, mode)) on.on &= ~FEATURE_BIT(FEATURE_bounds);
    for (uint32_t i = 0; i < j->no_bounds.n; i++)
        if (j->no_bounds.at[i] == j->ir.blocks.at[0].pc) on.on &= ~FEATURE_BIT(FEATURE_bounds);
    opt_run(&j->ir, &(OptContext){&on, j->log});
    if (j->ir.blocks.n > 1) place_budget(j);
    j->stats->v[STAT_ir_ops_optimized] += count_ops(&j->ir);
}

static void allocate(Jit *j) {
    ra_run(&j->ra, &j->ir, j->host->ops, j->host->pool);
    j->stats->v[STAT_spills_emitted] += j->ra.n_spill_ops;
    if (!log_on(j->log, LOG_RA)) return;
    fprintf(j->log->out, "-- allocated\n");
    ra_print(j->log->out, &j->ra, &j->ir, j->host->reg_names);
}

static bool counters_fit(const Jit *j, uint32_t n) {
    return !j->o.profile || j->cache.counters_used + n <= j->cache.n_counters;
}

// Returns false when the cache is full.
static bool emit(Jit *j, Unit *u) {
    uint32_t n_detours = host_detours_max(&j->ir);
    if (!counters_fit(j, u->n_edges + n_detours)) return false;
    HostUnit hu = {.ir = &j->ir,
                   .ra = &j->ra,
                   .tokens = (char *)u->edges,
                   .token_size = sizeof *u->edges,
                   .n_detours_max = n_detours};
    if (j->o.profile) hu.counters = u->counters = j->cache.counters + j->cache.counters_used;
    size_t at = (j->cache.used + 15) & ~(size_t)15;
    if (at >= j->cache.size) return false;
    uint8_t *rw = j->cache.rw + at, *exec = j->cache.exec + at;
    j->cfg = jit_config(j, u->mode);
    size_t n = j->host->emit(&j->code, &hu, &j->entry, &j->cfg, rw, j->cache.size - at, exec - rw);
    if (!n) return false;
    if (j->o.profile) {
        memset(u->counters, 0, (u->n_edges + j->code.detours.n) * sizeof *u->counters);
        j->cache.counters_used += u->n_edges + j->code.detours.n;
    }
    j->cache.used = at + n;
    u->rw = rw, u->exec = exec;
    unit_take_code(u, &j->code, &j->ra, &j->ir, j->o.profile);
    for (uint32_t i = 0; i < j->code.slots.n; i++) { // every patchable exit starts at its stub
        const HostSlot *s = &j->code.slots.at[i];
        j->host->patch(rw + s->patch, exec + s->patch, exec + s->stub);
    }
    j->stats->v[STAT_host_instructions_emitted] += u->n_insns;
    j->stats->v[STAT_host_bytes_emitted] += u->n_bytes;
    if (log_on(j->log, LOG_HOST)) {
        fprintf(j->log->out, "-- host code of unit %u, guest pc %#llx\n", u->id, (unsigned long long)u->pc);
        j->host->disassemble(j->log->out, rw, n, exec);
    }
    return true;
}

static void keep_ir(Jit *j, Unit *u) {
    u->ir = unit_alloc(sizeof *u->ir);
    *u->ir = j->ir;
    ir_unit_init(&j->ir, j->o.guest->slots, j->o.guest->n_slots);
    if (j->o.profile) {
        u->counters = unit_alloc(u->n_edges * sizeof *u->counters);
        u->counters_owned = true;
        unit_take_sites_of_ir(u, u->ir);
    }
}

static void enter_into_map(Jit *j, Unit *u) {
    Unit **bucket = jit_bucket(j, u->pc);
    u->map_next = *bucket;
    *bucket = u;
    u->list_next = j->all;
    j->all = u;
    if (u->exec)
        vec_push(&j->by_exec, ((typeof(*j->by_exec.at)){u->exec, u})); // code addresses only grow between flushes
    jit_smc_add(j, u);
    j->stats->v[STAT_units_translated]++;
    j->stats->v[STAT_regions_translated] += u->n_blocks > 1;
    for (unsigned b = 0; b < u->n_blocks; b++) j->stats->v[STAT_guest_instructions_translated] += u->blocks[b].n_guest;
}

// The interpreter takes what is not translated as it was lifted: passes may be what is looked for.
static bool is_interpreted(const Jit *j) {
    return j->o.interp || (j->o.bisect_unit && j->next_id + 1 >= j->o.bisect_unit);
}

// A hot unit is replaced by a region that begins at the same place.
static void replace_old(Jit *j, Frame *f, const Unit *u) {
    Unit *old = jit_find_run(j, f, u->pc);
    if (old) jit_forget(j, old);
}

static Unit *finish(Jit *j, Frame *f) {
    for (const JitObserver *o = j->o.observer; o; o = o->next)
        if (o->lifted) o->lifted(o->ctx, &j->ir);
    bool interp = is_interpreted(j);
    if (!interp || j->o.interp) optimize(j, f->cpu.mode);
    if (!interp) allocate(j);
    if (!interp && ir_has_floats(&j->ir)) jit_use_floats(j);
    Unit *u = unit_begin(j, f, &j->ir);
    bool moved = false, mapped = u->mode & CPU_MODE_FETCH_MAPPED;
    for (unsigned b = 0; b < u->n_blocks; b++)
        moved |= jit_span_add_code(j, mapped, u->blocks[b].paddr, u->blocks[b].bytes);
    if (moved) jit_flush(j);
    if (interp) {
        keep_ir(j, u);
    } else if (!emit(j, u)) {
        jit_flush(j);
        BUG_IF(!emit(j, u), "one unit does not fit into an empty code cache of %zu bytes; use a larger --code-cache",
               j->cache.size);
    }
    replace_old(j, f, u);
    enter_into_map(j, u);
    for (const JitObserver *o = j->o.observer; o; o = o->next)
        if (o->made) o->made(o->ctx, j, u);
    return u;
}

Unit *jit_finish_unit(Jit *j, Frame *f) {
    BugContext context;
    Replay work = {j, f};
    bug_context_push(&context, replay_write, &work);
    Unit *u = finish(j, f);
    bug_context_pop();
    return u;
}

Unit *jit_translate(Jit *j, Frame *f, gpc pc, MemFail *fail) {
    log_focus(j->log, pc);
    return lift(j, f, pc, fail) ? jit_finish_unit(j, f) : NULL;
}

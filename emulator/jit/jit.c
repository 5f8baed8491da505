// The set of units: set-up, look-up by where they lie in the guest and by host address, forgetting and flushing.
#include "jit/translate/pipeline.h"
#include <stdlib.h>
#include <string.h>

static bool make_entry(Jit *j) {
    size_t n = j->host->make_entry(&j->entry, &j->cfg, j->cache.rw, j->cache.size, j->cache.exec - j->cache.rw);
    j->cache.reserved = j->cache.used = n;
    return n != 0;
}

static bool make_cache(Jit *j, Err *err) {
    if (!cache_init(&j->cache, j->o.cache_size, j->o.profile, err)) return false;
    jit_span_init(j, j->o.code_end);
    j->cfg = jit_config(j, j->frames.at[0]->cpu.mode);
    if (make_entry(j)) return true;
    return err_set(err, "the code cache of %zu bytes is too small for the entry code; use a larger --code-cache",
                   j->cache.size);
}

// WHY not from the beginning: programs without floating point pay nothing for it.
void jit_use_floats(Jit *j) {
    if (j->floats) return;
    j->plain = (JitPlain){j->stats->v[STAT_run_loop_entries], 0, j->entry.enter_insns, j->entry.leave_insns};
    for (const Unit *u = j->all; u; u = u->list_next)
        for (uint32_t i = 0; i < u->n_sites; i++) j->plain.site_leaves += u->sites[i].leaves;
    jit_flush(j);
    j->floats = j->cfg.floats = true;
    for (uint32_t i = 0; i < j->frames.n; i++) j->host->fp_init(j->frames.at[i]->fp_consts);
    BUG_IF(!make_entry(j), "the code cache of %zu bytes is too small for the entry code; use a larger --code-cache",
           j->cache.size);
}

bool jit_init(Jit *j, const JitOptions *o, Frame *f, Mem *mem, Stats *stats, Log *log, Err *err) {
    memset(j, 0, sizeof *j);
    j->o = *o;
    j->host = &host_x64;
    vec_push(&j->frames, f);
    j->mem = mem, j->stats = stats, j->log = log;
    ir_unit_init(&j->ir, o->guest->slots, o->guest->n_slots);
    ir_unit_init(&j->raw, o->guest->slots, o->guest->n_slots);
    ra_init(&j->ra);
    return o->interp || make_cache(j, err);
}

void jit_free(Jit *j) {
    for (Unit *u = j->all, *next; u; u = next) {
        next = u->list_next;
        unit_free(u);
    }
    jit_smc_free(j);
    jit_mapping_free(j);
    vec_free(&j->frames);
    vec_free(&j->by_exec);
    vec_free(&j->no_bounds);
    vec_free(&j->breakpoints);
    ir_unit_free(&j->ir);
    ir_unit_free(&j->raw);
    ra_free(&j->ra);
    host_code_free(&j->code);
    cache_free(&j->cache);
}

static FindEntry *find_entry(Jit *j, gpc pc, uint32_t mode) {
    return &j->found[(pc >> 1 ^ mode * 0x9e5u) & (ARRAY_LEN(j->found) - 1)];
}

// Units of one guest address in different modes and physical pages, and those whose other pages lie elsewhere now, are
// all in one bucket. Of two that fit, a region is the better one.
static Unit *search(Jit *j, Frame *f, gpc pc, gaddr paddr) {
    uint32_t mode = f->cpu.mode;
    Unit *best = NULL;
    for (Unit *u = *jit_bucket(j, pc); u; u = u->map_next) {
        if (u->pc != pc || u->mode != mode || u->paddr != paddr || !jit_pages_hold(j, f, u)) continue;
        if (u->n_blocks > 1) return u;
        if (!best) best = u;
    }
    return best;
}

// What was found last and is current holds without a look at its pages.
Unit *jit_find(Jit *j, Frame *f, gpc pc) {
    uint32_t mode = f->cpu.mode;
    FindEntry *e = find_entry(j, pc, mode);
    if (e->unit && e->pc == pc && e->mode == mode && e->unit->current) return e->unit;
    gaddr paddr;
    if (jit_fetch_at(j, f, pc, j->o.guest->insn_min, &paddr) != MEM_FAULT_NONE) return NULL;
    Unit *u = search(j, f, pc, paddr);
    if (u && jit_make_current(j, u)) *e = (FindEntry){pc, mode, u};
    return u;
}

Unit *jit_find_run(Jit *j, Frame *f, gpc pc) {
    gaddr paddr;
    return jit_fetched_at(j, f, pc, &paddr) ? search(j, f, pc, paddr) : NULL;
}

static void remove_from_map(Jit *j, Unit *u) {
    Unit **at = jit_bucket(j, u->pc);
    while (*at != u) at = &(*at)->map_next;
    *at = u->map_next;
}

// Dead units stay in `all` until the next flush: their code may still be found by address, and the profile wants their
// counts.
void jit_forget(Jit *j, Unit *u) {
    remove_from_map(j, u);
    jit_unchain_all(j, u);
    jit_smc_remove(j, u);
    jit_ibtc_forget(j, u);
    u->current = false;
    u->dead = true;
}

void jit_without_bounds(Jit *j, Unit *u) {
    vec_push(&j->no_bounds, u->pc);
    jit_forget(j, u);
}

static void retire_all(Jit *j) {
    Unit *kept = NULL;
    for (Unit *u = j->all, *next; u; u = next) {
        next = u->list_next;
        if (j->o.profile) {
            unit_keep_counts(u);
            u->dead = true;
            for (uint32_t i = 0; i < u->n_edges; i++) u->edges[i].to = NULL;
            u->in = u->far = NULL;
            u->list_next = kept;
            kept = u;
        } else {
            unit_free(u);
        }
    }
    j->all = kept;
}

void jit_flush(Jit *j) {
    retire_all(j);
    memset(j->map, 0, sizeof j->map);
    memset(j->found, 0, sizeof j->found);
    j->by_exec.n = 0;
    jit_smc_free(j);
    jit_mapping_forget_units(j);
    jit_ibtc_flush(j);
    j->cache.used = j->cache.reserved;
    j->cache.counters_used = 0;
    j->generation++;
    j->stats->v[STAT_cache_flushes]++;
    for (const JitObserver *o = j->o.observer; o; o = o->next)
        if (o->flushed) o->flushed(o->ctx);
}

// The call may be the last instruction of its unit, and `ret` the next unit's first.
static Unit *unit_holding(Jit *j, const uint8_t *ret) {
    uint32_t lo = 0, hi = j->by_exec.n;
    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;
        if (j->by_exec.at[mid].exec < ret)
            lo = mid;
        else
            hi = mid;
    }
    return j->by_exec.at[lo].unit;
}

const Site *jit_site(Jit *j, const uint8_t *ret, Unit **unit) {
    Unit *u = unit_holding(j, ret);
    uint32_t offset = (uint32_t)(ret - u->exec);
    for (uint32_t a = 0, b = u->n_sites; a < b;) {
        uint32_t mid = (a + b) / 2;
        if (u->sites[mid].ret == offset) {
            *unit = u;
            return &u->sites[mid];
        }
        if (u->sites[mid].ret < offset)
            a = mid + 1;
        else
            b = mid;
    }
    bug_abort(__FILE__, __LINE__, "no call site at %p", (const void *)ret);
}

const Site *jit_access_site(Jit *j, const uint8_t *at, Unit **unit) {
    Unit *u = unit_holding(j, at + 1);
    uint32_t offset = (uint32_t)(at - u->exec), lo = 0, hi = u->n_sites; // the first one behind it
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (u->sites[mid].ret > offset)
            hi = mid;
        else
            lo = mid + 1;
    }
    bool access = lo < u->n_sites && (u->sites[lo].insn.op == IR_LOAD || u->sites[lo].insn.op == IR_STORE);
    BUG_IF(!access, "a fault at %p, which is no access of unit %u", (const void *)at, u->id);
    *unit = u;
    return &u->sites[lo];
}

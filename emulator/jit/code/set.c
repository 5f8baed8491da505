// The set of units: by where they lie in the guest, and by host address; forgetting one, and flushing all.
#include "jit/code/set.h"
#include "jit/code/chain.h"
#include "jit/code/ibtc.h"
#include "jit/code/mapping.h"
#include "jit/code/saved.h"
#include "jit/code/smc.h"
#include "jit/code/records.h"
#include "jit/invalidate.h"
#include "jit/observe.h"
#include <stdlib.h>
#include <string.h>

enum { MAP_BITS_MIN = 8, NEAR_BITS = 6 };

// The map: open addressing, linear probing. A search for a pc of which there is no unit, as before each translation, looks at
// no unit.
//
//   home of a pc:   | hash: which 1 KiB of the map | 6 bits: which of 64 places | 1, 0 |
//
// WHY so: blocks that follow each other are in one cache line, or in the next one.
static uint32_t home_of(const Jit *j, gpc pc) {
    uint64_t part = (pc >> (NEAR_BITS + 2)) * 0x9e3779b97f4a7c15ull >> (64 + NEAR_BITS - j->map_bits);
    return (uint32_t)(part << NEAR_BITS | (pc >> 2 & ((1u << NEAR_BITS) - 1)));
}

static uint32_t after(const Jit *j, uint32_t i) { return (i + 1) & ((1u << j->map_bits) - 1); }

// That of pc, or the free one where it belongs.
static uint32_t place_in_map(const Jit *j, gpc pc) {
    uint32_t i = home_of(j, pc);
    while (j->map[i].first && j->map[i].pc != pc) i = after(j, i);
    return i;
}

static void grow_map(Jit *j) {
    UnitsAt *old = j->map;
    uint32_t n = old ? 1u << j->map_bits : 0;
    j->map_bits = old ? j->map_bits + 1 : MAP_BITS_MIN;
    j->map = unit_alloc(sizeof *j->map << j->map_bits);
    for (uint32_t i = 0; i < n; i++)
        if (old[i].first) j->map[place_in_map(j, old[i].pc)] = old[i];
    unit_release(old);
}

void set_enter(Jit *j, Unit *u) {
    if (!j->map || (uint64_t)3 * j->n_mapped >= (uint64_t)2 << j->map_bits) grow_map(j);
    UnitsAt *at = &j->map[place_in_map(j, u->pc)];
    j->n_mapped += !at->first;
    u->map_next = at->first;
    *at = (UnitsAt){u->pc, u};
    u->list_next = j->all;
    j->all = u;
    if (u->exec)
        vec_push(&j->by_exec, ((typeof(*j->by_exec.at)){u->exec, u})); // code addresses only grow between flushes
    smc_add(j, u);
}

static FindEntry *find_entry(Jit *j, gpc pc, uint32_t mode) {
    return &j->found[(pc >> 1 ^ mode * 0x9e5u) & (ARRAY_LEN(j->found) - 1)];
}

// Units of one guest address in different modes and physical pages, and those whose other pages lie elsewhere now, are
// all in one place of the map. Of two that fit, a region is the better one.
static Unit *search(Jit *j, Frame *f, gpc pc, gaddr paddr) {
    uint32_t mode = f->cpu.mode;
    Unit *best = NULL;
    if (!j->map) return NULL;
    for (Unit *u = j->map[place_in_map(j, pc)].first; u; u = u->map_next) {
        if (u->mode != mode || u->paddr != paddr) continue;
        if (!u->current && !mapping_holds(j, f, u)) continue; // what is current holds without a look at its pages
        if (u->n_blocks > 1) return u;
        if (!best) best = u;
    }
    return best;
}

void jit_expect(const Jit *j, gpc pc) {
    if (j->map) __builtin_prefetch(&j->map[home_of(j, pc)]);
}

// What was found last is asked first.
Unit *jit_find(Jit *j, Frame *f, gpc pc) {
    uint32_t mode = f->cpu.mode;
    FindEntry *e = find_entry(j, pc, mode);
    if (e->unit && e->pc == pc && e->mode == mode && e->unit->current) return e->unit;
    gaddr paddr;
    if (mapping_fetch(j, f, pc, j->o.guest->insn_min, &paddr) != MEM_FAULT_NONE) return NULL;
    Unit *u = search(j, f, pc, paddr);
    if (u && mapping_make_current(j, u)) *e = (FindEntry){pc, mode, u};
    return u;
}

Unit *jit_find_known(Jit *j, Frame *f, gpc pc) {
    gaddr paddr;
    return mapping_known(j, f, pc, &paddr) ? search(j, f, pc, paddr) : NULL;
}

// A place becomes free: what lies behind it, and would be found there, moves up.
static void free_place(Jit *j, uint32_t hole) {
    uint32_t mask = (1u << j->map_bits) - 1;
    for (uint32_t i = after(j, hole); j->map[i].first; i = after(j, i)) {
        if (((i - home_of(j, j->map[i].pc)) & mask) < ((i - hole) & mask)) continue;
        j->map[hole] = j->map[i];
        hole = i;
    }
    j->map[hole] = (UnitsAt){0};
    j->n_mapped--;
}

static void remove_from_map(Jit *j, Unit *u) {
    uint32_t i = place_in_map(j, u->pc);
    Unit **at = &j->map[i].first;
    for (; *at != u; at = &(*at)->map_next) BUG_IF(!*at, "a unit is not in the map");
    *at = u->map_next;
    if (!j->map[i].first) free_place(j, i);
}

// Dead units stay in `all` until the next flush: their code may still be found by address, and the
// profile wants their counts.
void set_forget(Jit *j, Unit *u) {
    remove_from_map(j, u);
    chain_unlink_all(j, u);
    smc_remove(j, u);
    ibtc_forget(j, u);
    u->current = false;
    u->dead = true;
}

bool jit_has_code(Jit *j, gaddr paddr, unsigned size) { return smc_find(j, paddr, size) != NULL; }

void jit_code_written(Jit *j, gaddr paddr, unsigned size) {
    uint32_t n = 0;
    for (Unit *u; (u = smc_find(j, paddr, size)); n++) set_forget(j, u);
    j->stats->v[STAT_units_invalidated] += n;
    j->stats->v[STAT_code_writes] += n > 0;
}

static void keep_counts(Jit *j) {
    Unit *kept = NULL;
    for (Unit *u = j->all, *next; u; u = next) {
        next = u->list_next;
        unit_keep_counts(u);
        u->dead = true;
        for (uint32_t i = 0, n = unit_edges(u); i < n; i++)
            if (u->edges[i].patchable) u->edges[i].to = NULL;
        u->in = u->far = NULL;
        u->list_next = kept;
        kept = u;
    }
    j->all = kept;
}

// WHY not always: units without a profile have nothing of their own, and there are 200,000 of a large program.
static void free_all(Jit *j) {
    bool have_parts = j->o.profile || j->o.interp || j->o.bisect_unit;
    for (Unit *u = have_parts ? j->all : NULL, *next; u; u = next) {
        next = u->list_next;
        unit_free(u);
    }
    j->all = NULL;
}

static void retire_all(Jit *j) {
    if (j->o.profile) {
        keep_counts(j);
    } else {
        free_all(j);
        units_forget(j);
    }
}

void jit_flush(Jit *j) {
    if (j->saved) saved_collect(j);
    retire_all(j);
    unit_release(j->map);
    j->map = NULL;
    j->n_mapped = 0;
    memset(j->found, 0, sizeof j->found);
    memset(j->found_sites, 0, sizeof j->found_sites);
    j->by_exec.n = 0;
    smc_free(j);
    mapping_forget_units(j);
    ibtc_flush(j);
    j->cache.used = j->cache.reserved;
    j->cache.counters_used = 0;
    j->generation++;
    j->stats->v[STAT_cache_flushes]++;
    for (const JitObserver *o = j->o.observer; o; o = o->next)
        if (o->flushed) o->flushed(o->ctx);
}

void jit_share(Jit *j) {
    if (j->shared) return;
    j->shared = true;
    jit_flush(j);
}

void set_free(Jit *j) {
    saved_free(j);
    free_all(j);
    units_free(j);
    unit_release(j->map);
    smc_free(j);
    mapping_free(j);
    vec_free(&j->by_exec);
}

// The call may be the last instruction of its unit, and `ret` the next unit's first.
Unit *set_unit_before(const Jit *j, const uint8_t *ret) {
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

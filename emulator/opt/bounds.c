// One range check for several accesses: where loads and stores share a base, the first of them gets a BOUND over all
// their offsets, and those that it dominates are flagged COVERED. What lies behind a base does not change while a unit
// runs, so nothing has to be checked again. WHY only from two accesses on: an access that checks for itself has a way
// on when it fails, a BOUND leaves the unit.
// Under paging the span is one page, and the first access gets a PROBE, whose result is the host's address. WHY stores that
// may not come do not count where the first access is a load: their page may never be written to.
// Example:
//                                     bound[24] v1 + 8           24 bytes from v1 + 8 on
//     v2 = load.i64[8] v1 + 8         v2 = load.i64[8c] v1 + 8   c: covered
//     v3 = load.i64[8] v1 + 24        v3 = load.i64[8c] v1 + 24
// Under paging:
//                                     v4 = probe.i64[24] v1 + 8
//     v2 = load.i64[8] v1 + 8         v2 = load.i64[8f] v4       f: found
//     v3 = load.i64[8] v1 + 24        v3 = load.i64[8f] v4 + 16
#include "base/alloc.h"
#include "ir/cfg.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>
#include <string.h>

enum { SPAN_MAX = 2048, OFFSET_MAX = 1 << 15 };

typedef struct Access {
    uint32_t at; // instruction
    uint16_t block;
    IrRef base;
    int32_t lo, hi; // bytes [lo, hi) from the base
    bool store;
    bool covered, covered_by_store;
    uint32_t by; // the access whose bound or probe it is
    IrRef probe; // the PROBE in the unit that is made
    bool bound;  // a BOUND goes before it:
    int32_t bound_lo, bound_hi;
    bool bound_store;
} Access;

typedef struct Bounds {
    IrUnit *u;
    IrCfg *cfg; // NULL: one block
    Access *list;
    uint32_t n;
    bool paged; // PROBEs
} Bounds;

static bool is_access(const IrInsn *i) { return i->op == IR_LOAD || i->op == IR_STORE; }

// 0: fewer than two, or there is a call that may change what lies behind a base.
static uint32_t count_accesses(const IrUnit *u) {
    uint32_t n_accesses = 0;
    for (uint32_t n = 1; n < u->insns.n; n++) {
        const IrInsn *i = &u->insns.at[n];
        n_accesses += is_access(i);
        if (opt_touches_slots(i) || i->op == IR_BOUND) return 0;
    }
    return n_accesses < 2 ? 0 : n_accesses;
}

static void collect(Bounds *s) {
    for (uint32_t b = 0; b < s->u->blocks.n; b++)
        for (uint32_t n = s->u->blocks.at[b].first; n < s->u->blocks.at[b].end; n++) {
            const IrInsn *i = &s->u->insns.at[n];
            if (!is_access(i) || i->c & MEMOP_ALIGNED || i->imm < -OFFSET_MAX || i->imm > OFFSET_MAX ||
                s->u->insns.at[i->a].op == IR_CONST)
                continue;
            int32_t lo = (int32_t)i->imm;
            s->list[s->n++] = (Access){.at = n,
                                       .block = (uint16_t)b,
                                       .base = i->a,
                                       .lo = lo,
                                       .hi = lo + (1 << (i->c & MEMOP_SIZE)),
                                       .store = i->op == IR_STORE};
        }
}

// a stands before b in the list. Is b only reached through a?
static bool dominates(const Bounds *s, const Access *a, const Access *b) {
    if (a->block == b->block) return true;
    return ir_reachable(s->cfg, a->block) && ir_reachable(s->cfg, b->block) && ir_dominates(s->cfg, a->block, b->block);
}

static bool covers(const Bounds *s, const Access *by, const Access *a) {
    return by->bound && by->base == a->base && by->bound_lo <= a->lo && a->hi <= by->bound_hi &&
           (by->bound_store || !a->store) && dominates(s, by, a);
}

static void cover(Bounds *s, Access *a, uint32_t by) {
    a->covered = true;
    a->covered_by_store = s->list[by].bound_store;
    a->by = by;
}

// Widens a bound at access k over the later ones with its base; makes it if there are any.
static void try_bound(Bounds *s, uint32_t k) {
    Access *a = &s->list[k];
    int32_t lo = a->lo, hi = a->hi;
    bool store = a->store;
    unsigned shared = 0;
    for (uint32_t n = k + 1; n < s->n; n++) {
        const Access *b = &s->list[n];
        if (b->base != a->base || !dominates(s, a, b)) continue;
        if (s->paged && b->store && !a->store && a->block != b->block) continue;
        int32_t low = b->lo < lo ? b->lo : lo, high = b->hi > hi ? b->hi : hi;
        if (high - low > (s->paged ? IR_PROBE_MAX : SPAN_MAX)) continue;
        lo = low, hi = high;
        store |= b->store;
        shared++;
    }
    if (!shared) return;
    a->bound = true;
    a->bound_lo = lo, a->bound_hi = hi, a->bound_store = store;
    cover(s, a, k);
}

static void decide(Bounds *s) {
    for (uint32_t k = 0; k < s->n; k++) {
        Access *a = &s->list[k];
        for (uint32_t n = k; n-- > 0 && !a->covered;)
            if (covers(s, &s->list[n], a)) cover(s, a, n);
        if (!a->covered) try_bound(s, k);
    }
}

// ---- the unit with the BOUNDs in it
static IrRef kind_of(const Bounds *s, const Access *a) {
    return s->paged && a->bound_store && !a->store ? IR_PROBE_STORE_LATER : a->bound_store;
}

static void copy_block(Bounds *s, IrUnit *fresh, IrRef *map, uint32_t b, uint32_t *k) {
    IrBlock block = s->u->blocks.at[b];
    uint32_t first = fresh->insns.n;
    for (uint32_t n = block.first; n < block.end; n++) {
        IrInsn i = s->u->insns.at[n];
        const Access *found = NULL;
        if (*k < s->n && s->list[*k].at == n) {
            Access *a = &s->list[(*k)++];
            if (a->bound)
                a->probe = ir_emit(fresh, (IrInsn){.op = s->paged ? IR_PROBE : IR_BOUND,
                                                   .type = s->paged ? IR_I64 : IR_VOID,
                                                   .a = map[a->base],
                                                   .b = kind_of(s, a),
                                                   .c = (IrRef)(a->bound_hi - a->bound_lo),
                                                   .imm = a->bound_lo});
            if (a->covered && s->paged) {
                found = &s->list[a->by];
                i.c |= MEMOP_FOUND;
                i.imm -= found->bound_lo;
            } else if (a->covered) {
                i.c |= MEMOP_COVERED | (a->covered_by_store ? MEMOP_COVERED_STORE : 0);
            }
        }
        if (i.op == IR_NOP) continue;
        ir_map_inputs(&i, map);
        if (found) i.a = found->probe;
        map[n] = ir_emit(fresh, i);
    }
    block.first = first, block.end = fresh->insns.n;
    vec_push(&fresh->blocks, block);
}

static void rebuild(Bounds *s) {
    IrUnit fresh;
    ir_unit_init(&fresh, s->u->slots, s->u->n_slots);
    IrRef *map = alloc_zeroed(s->u->insns.n, sizeof *map);
    uint32_t k = 0;
    for (uint32_t b = 0; b < s->u->blocks.n; b++) copy_block(s, &fresh, map, b, &k);
    for (uint32_t n = 0; n < s->u->phi_args.n; n++) s->u->phi_args.at[n] = map[s->u->phi_args.at[n]];
    vec_free(&s->u->insns);
    vec_free(&s->u->blocks);
    s->u->insns.at = fresh.insns.at, s->u->insns.n = fresh.insns.n, s->u->insns.cap = fresh.insns.cap;
    s->u->blocks.at = fresh.blocks.at, s->u->blocks.n = fresh.blocks.n, s->u->blocks.cap = fresh.blocks.cap;
    free(map);
}

static void share(IrUnit *u, bool paged) {
    uint32_t n_accesses = count_accesses(u);
    if (!n_accesses) return;
    IrCfg cfg;
    Bounds s = {.u = u, .list = alloc_bytes(n_accesses * sizeof *s.list), .paged = paged};
    if (u->blocks.n > 1) ir_cfg_make(&cfg, u), s.cfg = &cfg;
    collect(&s);
    decide(&s);
    bool any = false;
    for (uint32_t k = 0; k < s.n; k++) any |= s.list[k].bound;
    if (any) rebuild(&s);
    if (s.cfg) ir_cfg_free(&cfg);
    free(s.list);
}

void opt_bounds(IrUnit *u) { share(u, false); }
void opt_probes(IrUnit *u) { share(u, true); }

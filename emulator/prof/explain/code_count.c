// Who was executed how often, exactly: every term of the sum in blocks.c goes to one guest instruction and one reason.
//
// INVARIANT: over all blocks and reasons the host counts of a unit add up to what blocks.c counts for it, the guest
// counts to the instructions that it retired. Where a way out is longer than the straight ranges before its jump, the
// jump's instruction gets the rest.
#include "base/alloc.h"
#include "prof/counts/edge.h"
#include "prof/explain/code.h"
#include <stdlib.h>

typedef struct Count {
    const CodeRecord *r;
    const Unit *u;
    const Jit *j;
    CodeCounts c;
    uint32_t (*by_why)[WHY_COUNT]; // [range]: counted instructions
} Count;

static void classify(Count *s) {
    const CodeRecord *r = s->r;
    for (uint32_t i = 0; i < r->n_ranges; i++) {
        bool behind = false;
        for (uint32_t at = r->ranges[i].at, end = at + r->ranges[i].n_bytes; at < end;) {
            HostInsn in = s->j->host->describe(r->bytes + at, end - at, r->exec + at);
            s->by_why[i][code_why(s->j, &r->ranges[i], &in, behind)] += !code_is_counting(r, at);
            behind |= in.kind == HOST_INSN_COND_JUMP;
            at += in.len;
        }
    }
}

static void add(Count *s, uint16_t block, uint16_t index, unsigned why, int64_t n) {
    uint32_t room = s->c.first[block + 1] - s->c.first[block];
    if (index >= room) index = (uint16_t)(room - 1);
    s->c.host[s->c.first[block] + index][why] += n;
}

// What the range has of other reasons than its own, `hits` times, but no more than `most`;
// returns how many instructions.
static int64_t add_others(Count *s, uint32_t i, unsigned own, int64_t most, uint64_t hits) {
    const CodeRange *k = &s->r->ranges[i];
    int64_t sum = 0;
    for (unsigned w = 0; w < WHY_COUNT; w++) {
        int64_t n = w == own ? 0 : s->by_why[i][w];
        if (n > most - sum) n = most - sum;
        add(s, k->block, k->index, w, n * (int64_t)hits);
        sum += n;
    }
    return sum;
}

// All of a straight range, `hits` times; returns its instructions.
static uint32_t add_range(Count *s, uint32_t i, uint64_t hits) {
    const CodeRange *k = &s->r->ranges[i];
    int64_t others = add_others(s, i, k->why, k->n_insns, hits);
    add(s, k->block, k->index, k->why, (k->n_insns - others) * (int64_t)hits);
    s->c.range_hits[i] += hits;
    return k->n_insns;
}

static bool is_straight(const CodeRecord *r, uint32_t i, uint16_t block) {
    return r->ranges[i].path == HOST_PATH_STRAIGHT && r->ranges[i].block == block;
}

static int32_t owner_of_edge(const CodeRecord *r, uint32_t e) {
    uint16_t block = r->edge_block[e];
    bool budget = e == host_edge_budget(r->unit->shape, block);
    for (uint32_t i = 0; i < r->n_ranges; i++)
        if (is_straight(r, i, block) && (budget ? r->ranges[i].is_budget : r->ranges[i].is_term)) return (int32_t)i;
    return CODE_NO_RANGE;
}

static const CodeRange *edge_range(const CodeRecord *r, uint32_t e) {
    for (uint32_t i = 0; i < r->n_ranges; i++)
        if (r->ranges[i].path == HOST_PATH_EDGE && r->ranges[i].edge == e) return &r->ranges[i];
    return NULL;
}

// The rest of the way out: out of line, what was written back and moved there; on the straight path, what
// the jump's range has of it.
static void add_rest(Count *s, uint32_t e, uint32_t owner, int64_t rest, uint64_t hits) {
    const CodeRange *o = &s->r->ranges[owner], *out = edge_range(s->r, e);
    int64_t before = (int64_t)s->u->extra->edge_insns[e] - rest;
    if (out && out->path_insns == before + o->n_insns) s->c.late_hits[owner] += hits; // leaves at the last jump
    if (out) {
        int64_t there = (int64_t)s->u->extra->edge_insns[e] - out->path_insns;
        if (there < 0 || there > rest) there = 0;
        rest -= add_others(s, (uint32_t)(out - s->r->ranges), WHY_branch, there, hits);
    } else if (!o->is_budget) {
        rest -= add_others(s, owner, o->why, rest, hits);
        s->c.late_hits[owner] += hits;
    }
    add(s, o->block, o->index, o->why, rest * (int64_t)hits);
    s->c.range_hits[owner] += hits;
}

static void count_edge(Count *s, uint32_t e) {
    const Unit *u = s->u;
    uint64_t hits = u->extra->counters[e], leaves = u->extra->leaves[e];
    uint16_t block = s->r->edge_block[e];
    HostEdgeKind kind = host_edge_kind(u->shape, e);
    if (edge_left_block(u, e)) s->c.block_hits[block] += hits;
    for (uint16_t i = 0; i < u->edges[e].retired && i < u->blocks[block].n_guest; i++)
        s->c.guest[s->c.first[block] + i] += hits;
    if (!u->extra->edge_insns || !(hits || leaves)) return;
    int32_t owner = owner_of_edge(s->r, e);
    if (owner == CODE_NO_RANGE && !u->extra->edge_insns[e] && !leaves) return; // the block's work was moved: see RETIRE
    BUG_IF(owner == CODE_NO_RANGE, "edge %u of unit %u belongs to no step", e, u->id);
    const CodeRange *o = &s->r->ranges[owner];
    int64_t rest = u->extra->edge_insns[e];
    if (kind == HOST_EDGE_LANDING) {
        add(s, block, o->index, o->why, rest * (int64_t)hits);
    } else {
        for (int32_t i = 0; i < owner; i++)
            if (is_straight(s->r, (uint32_t)i, block)) rest -= add_range(s, (uint32_t)i, hits);
        add_rest(s, e, (uint32_t)owner, rest, hits);
    }
    add(s, block, o->index, WHY_leave, (int64_t)(leaves * u->extra->stub_insns[e]));
}

static void count_detours(Count *s) {
    for (uint32_t i = 0; i < s->r->n_ranges; i++) {
        const CodeRange *k = &s->r->ranges[i];
        for (uint32_t d = k->first_detour; d < k->first_detour + k->n_detours; d++) {
            uint64_t hits = s->u->extra->counters[unit_edges(s->u) + d];
            s->c.range_hits[i] += hits;
            add(s, k->block, k->index, k->why, (int64_t)hits * s->u->extra->detours[d].insns);
        }
    }
}

static void count_site(Count *s, const Site *site) {
    Why why =
        site->insn.op == IR_LOAD || site->insn.op == IR_STORE || site->insn.op == IR_BOUND || site->insn.op == IR_ATOMIC
            ? WHY_check
            : WHY_helper;
    const SiteCounts *counts = site_counts(s->u, site);
    s->c.block_hits[site->block] += counts->leaves;
    for (uint16_t i = 0; i < site->index && i < s->u->blocks[site->block].n_guest; i++)
        s->c.guest[s->c.first[site->block] + i] += counts->leaves;
    if (!s->u->extra->edge_insns) return;
    add(s, site->block, site->index, why,
        (int64_t)counts->returns * (counts->insns_extra + (int64_t)counts->call_insns));
    int64_t rest = (int64_t)counts->insns_before + counts->call_leave_insns;
    int32_t here = counts->leaves ? code_range_of_site(s->r, site) : 0;
    for (int32_t i = 0; i < here; i++)
        if (is_straight(s->r, (uint32_t)i, site->block)) rest -= add_range(s, (uint32_t)i, counts->leaves);
    add(s, site->block, site->index, why, rest * (int64_t)counts->leaves);
}

// Executions of out-of-line ranges that no detour counts.
static void count_out_of_line(Count *s) {
    for (uint32_t i = 0; i < s->r->n_ranges; i++) {
        const CodeRange *k = &s->r->ranges[i];
        if (k->path == HOST_PATH_EDGE) s->c.range_hits[i] = s->u->extra->counters[k->edge];
        if (k->path == HOST_PATH_STUB) s->c.range_hits[i] = s->u->extra->leaves[k->edge];
        if (k->path != HOST_PATH_RARE || k->n_detours) continue;
        for (uint32_t n = 0; n < s->u->n_sites; n++) {
            const Site *site = &s->u->sites[n];
            const SiteCounts *counts = site_counts(s->u, site);
            if (site->ret > k->at && site->ret <= k->at + k->n_bytes)
                s->c.range_hits[i] += counts->returns + counts->leaves;
        }
    }
}

CodeCounts code_counts(const CodeRecord *r, const Jit *j) {
    const Unit *u = r->unit;
    Count s = {.r = r, .u = u, .j = j};
    s.c.first = alloc_zeroed(u->n_blocks + 1u, sizeof *s.c.first);
    for (uint16_t b = 0; b < u->n_blocks; b++)
        s.c.first[b + 1] = s.c.first[b] + (u->blocks[b].n_guest ? u->blocks[b].n_guest : 1u);
    s.c.n = s.c.first[u->n_blocks];
    s.c.guest = alloc_zeroed(s.c.n, sizeof *s.c.guest);
    s.c.host = alloc_zeroed(s.c.n, sizeof *s.c.host);
    s.c.block_hits = alloc_zeroed(u->n_blocks, sizeof *s.c.block_hits);
    s.c.range_hits = alloc_zeroed(r->n_ranges, sizeof *s.c.range_hits);
    s.c.late_hits = alloc_zeroed(r->n_ranges, sizeof *s.c.late_hits);
    s.c.events = alloc_zeroed(u->n_blocks, sizeof *s.c.events);
    s.by_why = alloc_zeroed(r->n_ranges, sizeof *s.by_why);
    classify(&s);
    for (uint32_t e = 0; e < unit_edges(u); e++) count_edge(&s, e);
    if (u->extra->edge_insns) count_detours(&s), count_out_of_line(&s);
    for (uint32_t i = 0; i < u->n_sites; i++) count_site(&s, &u->sites[i]);
    free(s.by_why);
    code_events_count(&s.c, r, j);
    return s.c;
}

void code_counts_free(CodeCounts *c) {
    free(c->guest), free(c->host), free(c->block_hits), free(c->range_hits), free(c->late_hits), free(c->first);
    free(c->events);
}

// Which way branches went, from the counters of edges.
//
//     beq at 0x1000, 700 times to 0x1040 and 300 times to 0x1004:    minority 300
//
// The guest's branches: executions of all copies of a branch are added up, by the address behind it; so the sum is a property of
// the guest program and its input, and the same with every engine and switch. An edge says where it leads. If-conversion
// leaves no branch, but a RETIRE that counts the side (UnitBlock.head), and the rest went the other way. What the run loop
// executed alone is in Machine.stepped_branches.
// The host's: each conditional jump between blocks by itself, with its own two edges.
#include "prof/counts/minority.h"
#include "base/alloc.h"
#include "prof/counts/edge.h"
#include <stdlib.h>

static unsigned way_to(const UnitBlock *b, gpc to) { return to != b->pc + b->bytes; }

// Has the whole block retired when it is left there? Not if the branch is still to be executed.
static bool is_behind(const Unit *u, uint32_t edge) {
    HostEdgeKind kind = host_edge_kind(u->shape, edge);
    uint16_t n_guest = u->blocks[u->edges[edge].block].n_guest;
    if (kind == HOST_EDGE_BUDGET) return n_guest && u->edges[edge].retired == n_guest;
    return kind != HOST_EDGE_LANDING;
}

// The edge of a block that is done elsewhere counts executions of its side of that branch.
static void add_side(const Unit *u, uint32_t edge, int64_t hits, int64_t way[2]) {
    const UnitBlock *side = &u->blocks[u->edges[edge].block], *head = &u->blocks[side->head - 1];
    if (!head->branches) return;
    way[way_to(head, side->pc)] += hits;
    way[way_to(head, u->edges[host_edge_inside(u->shape, side->head - 1u, 0)].pc)] -= hits;
}

static void add_edge(const Unit *u, uint32_t edge, int64_t way[2]) {
    const UnitBlock *b = &u->blocks[u->edges[edge].block];
    int64_t hits = (int64_t)edge_hits(u, edge);
    if (b->branches && !b->head && is_behind(u, edge)) way[way_to(b, u->edges[edge].pc)] += hits;
}

static void add_unit(Branches *t, const Unit *u) {
    for (uint32_t e = 0; e < unit_edges(u); e++) {
        if (!edge_hits(u, e)) continue;
        const UnitBlock *b = &u->blocks[u->edges[e].block];
        int64_t way[2] = {0};
        if (b->head)
            add_side(u, e, (int64_t)edge_hits(u, e), way), b = &u->blocks[b->head - 1];
        else
            add_edge(u, e, way);
        if (!way[0] && !way[1]) continue;
        Branch *branch = branches_at(t, b->pc + b->bytes);
        branch->way[0] += way[0], branch->way[1] += way[1];
    }
}

Minority minority_of(const Machine *m) {
    Minority t = {0};
    const Branches *stepped = &m->stepped_branches;
    for (const Unit *u = m->jit.all; u; u = u->list_next) add_unit(&t.branches, u);
    for (uint32_t i = 0; i < stepped->size; i++) {
        if (!stepped->at[i].end) continue;
        Branch *b = branches_at(&t.branches, stepped->at[i].end);
        for (unsigned k = 0; k < 2; k++) b->way[k] += stepped->at[i].way[k];
    }
    return t;
}

void minority_free(Minority *t) { branches_free(&t->branches); }

static unsigned rarer(const Branch *b) { return b->way[1] < b->way[0]; }

uint64_t minority_total(const Minority *t) {
    uint64_t n = 0;
    for (uint32_t i = 0; i < t->branches.size; i++) n += (uint64_t)t->branches.at[i].way[rarer(&t->branches.at[i])];
    return n;
}

int64_t minority_of_block(const Minority *t, const Unit *u, uint16_t block) {
    const UnitBlock *b = &u->blocks[block];
    if (!b->branches || b->head) return 0;
    int64_t way[2] = {0};
    for (uint32_t e = 0; e < unit_edges(u); e++) {
        uint16_t at = u->edges[e].block;
        if (at == block) add_edge(u, e, way);
        if (u->blocks[at].head == block + 1) add_side(u, e, (int64_t)edge_hits(u, e), way);
    }
    if (!way[0] && !way[1]) return 0;
    return way[rarer(branches_find(&t->branches, b->pc + b->bytes))];
}

uint64_t minority_of_host(const Machine *m) {
    uint64_t n = 0;
    for (const Unit *u = m->jit.all; u; u = u->list_next) {
        uint64_t *most = alloc_zeroed(u->n_blocks, sizeof *most);
        for (uint32_t e = 0; e < unit_edges(u) && u->exec; e++) {
            uint16_t b = u->edges[e].block;
            HostEdgeKind kind = host_edge_kind(u->shape, e);
            if (!u->blocks[b].host_branches || kind == HOST_EDGE_BUDGET || kind == HOST_EDGE_LANDING) continue;
            uint64_t hits = edge_hits(u, e), less = hits < most[b] ? hits : most[b];
            n += less, most[b] += hits - less;
        }
        free(most);
    }
    return n;
}

// Building the graph, and joining what is copied.
//
// Two registers are neighbours if one is written while the other holds something that is still needed, but for a copy of it. The
// registers of the target are in the graph, too: they are neighbours of each other.
#include "graph.h"

static bool is_physical(uint32_t r) { return r < REGS; }
static bool is_of_interest(uint32_t r) { return r >= REG_ARG; }

uint32_t graph_find(const Graph *g, uint32_t r) {
    while (g->alias[r] != r) r = g->alias[r];
    return r;
}

static void connect(Graph *g, uint32_t a, uint32_t b) {
    if (a == b || !is_of_interest(a) || !is_of_interest(b) || (is_physical(a) && is_physical(b))) return;
    if (set_has(&g->row[a], b)) return;
    set_add(&g->row[a], b), set_add(&g->row[b], a);
    list_push(g->m->arena, &g->list[a], b);
    list_push(g->m->arena, &g->list[b], a);
    g->degree[a]++, g->degree[b]++;
}

static void connect_live(Graph *g, uint32_t r, const Set *live, uint32_t but) {
    for (uint32_t i = set_next(live, REG_ARG); i != SET_END; i = set_next(live, i + 1))
        if (i != but) connect(g, r, i);
}

static uint32_t weight(uint32_t depth) {
    uint32_t w = 1;
    while (depth-- && w < 10000) w *= 10;
    return w;
}

static void add_cost(Graph *g, uint32_t r, uint32_t depth) {
    if (g->cost[r] < 100000000) g->cost[r] += weight(depth);
}

static void build_insn(Graph *g, MachineInsn *i, Set *live) {
    uint32_t reg[2], written, clobbers = machine_clobbers(i), bits = machine_read_bits(i);
    unsigned n = machine_reads(i, reg);
    bool move = machine_is_move(i) && is_of_interest(i->ra);
    for (uint32_t r = REG_ARG; clobbers && r < REG_KEPT; r++) connect_live(g, r, live, r);
    live->word[0] &= ~clobbers;
    if (machine_writes(i, &written)) {
        connect_live(g, written, live, move ? i->ra : written);
        set_remove(live, written);
        add_cost(g, written, i->block->depth);
    }
    for (unsigned k = 0; k < n; k++) {
        set_add(live, reg[k]);
        add_cost(g, reg[k], i->block->depth);
    }
    live->word[0] |= bits;
    if (move && is_of_interest(i->rd)) list_push(g->m->arena, &g->moves, i);
}

void graph_build(Graph *g, Machine *m) {
    *g = (Graph){.m = m, .n = m->n_regs};
    Arena *a = m->arena;
    g->row = NEW_N(a, Set, g->n);
    g->list = arena_take(a, g->n * sizeof *g->list);
    g->degree = NEW_N(a, uint32_t, g->n), g->alias = NEW_N(a, uint32_t, g->n), g->cost = NEW_N(a, uint32_t, g->n);
    for (uint32_t r = 0; r < g->n; r++) g->row[r] = set_new(a, g->n), g->alias[r] = r;
    Set live = set_new(a, g->n);
    for (uint32_t b = 0; b < m->n_blocks; b++) {
        set_copy(&live, &m->blocks[b].live_out);
        for (MachineInsn *i = m->blocks[b].last; i; i = i->prev) build_insn(g, i, &live);
    }
}

// ---- joining
// Briggs: what is made has fewer than COLORS neighbours that are hard to color.
static bool is_safe(const Graph *g, uint32_t a, uint32_t b) {
    uint32_t hard = 0;
    for (unsigned k = 0; k < 2; k++) {
        uint32_t of = k ? b : a, other = k ? a : b;
        for (uint32_t i = 0; i < g->list[of].n; i++) {
            uint32_t t = g->list[of].at[i];
            if (g->alias[t] != t) continue;
            bool both = set_has(&g->row[other], t);
            if (both && k) continue; // was counted
            hard += is_physical(t) || g->degree[t] - both >= COLORS;
        }
    }
    return hard < COLORS;
}

// George: every neighbour is one of the physical register already, or easy to color.
static bool is_safe_with_physical(const Graph *g, uint32_t physical, uint32_t r) {
    for (uint32_t i = 0; i < g->list[r].n; i++) {
        uint32_t t = g->list[r].at[i];
        if (g->alias[t] != t || is_physical(t) || set_has(&g->row[physical], t) || g->degree[t] < COLORS) continue;
        return false;
    }
    return true;
}

static void join(Graph *g, uint32_t into, uint32_t r) {
    g->alias[r] = into;
    g->cost[into] += g->cost[r];
    for (uint32_t i = 0; i < g->list[r].n; i++) {
        uint32_t t = g->list[r].at[i];
        if (g->alias[t] != t) continue;
        if (set_has(&g->row[into], t))
            g->degree[t]--;
        else
            g->degree[t]--, connect(g, into, t);
        set_remove(&g->row[t], r);
    }
}

static bool join_move(Graph *g, const MachineInsn *i) {
    uint32_t a = graph_find(g, i->rd), b = graph_find(g, i->ra);
    if (a == b || (is_physical(a) && is_physical(b))) return false;
    if (is_physical(b)) {
        uint32_t t = a;
        a = b, b = t;
    }
    if (set_has(&g->row[a], b)) return false;
    if (is_physical(a) ? !is_safe_with_physical(g, a, b) : !is_safe(g, a, b)) return false;
    join(g, a, b);
    return true;
}

void graph_join_moves(Graph *g) {
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t k = 0; k < g->moves.n; k++) changed |= join_move(g, g->moves.at[k]);
    }
}

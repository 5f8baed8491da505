// Register allocation by coloring (Chaitin, Briggs): registers that are easy to color are taken out of the graph one by one; when none is
// left, the one that is cheapest to keep in memory; then they come back in reverse order, and get a color that no neighbour has.
// What gets none lives in memory, a new register for each access, and everything begins anew.
#include "graph.h"

typedef struct {
    Graph g;
    uint32_t *stack, n;
    bool *is_out;
    uint8_t *color;
    uint32_t used; // as bits
    LIST(uint32_t) spilled;
} Coloring;

// ---- out of the graph
static void take_out(Coloring *c, uint32_t r) {
    c->is_out[r] = true;
    c->stack[c->n++] = r;
    for (uint32_t i = 0; i < c->g.list[r].n; i++) c->g.degree[c->g.list[r].at[i]]--;
}

static uint32_t cheapest(const Coloring *c, const uint32_t *left, uint32_t n) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++) {
        uint32_t a = left[i], b = left[best];
        bool a_new = a >= c->g.m->first_spilled, b_new = b >= c->g.m->first_spilled;
        // cost / degree, without a division
        bool cheaper = (c->g.cost[a] >> 4) * c->g.degree[b] < (c->g.cost[b] >> 4) * c->g.degree[a];
        if (a_new != b_new ? b_new : cheaper) best = i;
    }
    return best;
}

static void simplify(Coloring *c) {
    uint32_t *left = NEW_N(c->g.m->arena, uint32_t, c->g.n), n = 0;
    for (uint32_t r = REGS; r < c->g.n; r++)
        if (c->g.alias[r] == r) left[n++] = r;
    while (n) {
        uint32_t stay = 0;
        for (uint32_t i = 0; i < n; i++) {
            if (c->g.degree[left[i]] < COLORS)
                take_out(c, left[i]);
            else
                left[stay++] = left[i];
        }
        if (stay == n) {
            uint32_t best = cheapest(c, left, n);
            take_out(c, left[best]);
            left[best] = left[--stay];
        }
        n = stay;
    }
}

// ---- and back
static uint32_t taken_by_neighbours(const Coloring *c, uint32_t r) {
    uint32_t taken = 0;
    for (uint32_t i = 0; i < c->g.list[r].n; i++) {
        uint32_t t = graph_find(&c->g, c->g.list[r].at[i]);
        if (t < REGS)
            taken |= 1u << t;
        else if (!c->is_out[t])
            taken |= 1u << c->color[t];
    }
    return taken;
}

// Registers that calls overwrite come first; then those that are kept by this function anyway.
static unsigned choose(const Coloring *c, uint32_t taken) {
    for (unsigned r = REG_ARG; r < REG_KEPT; r++)
        if (!(taken >> r & 1)) return r;
    for (unsigned r = REG_KEPT; r < REGS; r++)
        if (!(taken >> r & 1) && c->used >> r & 1) return r;
    for (unsigned r = REG_KEPT; r < REGS; r++)
        if (!(taken >> r & 1)) return r;
    return 0;
}

static void color_all(Coloring *c) {
    while (c->n) {
        uint32_t r = c->stack[--c->n];
        unsigned color = choose(c, taken_by_neighbours(c, r));
        if (!color) {
            list_push(c->g.m->arena, &c->spilled, r); // stays out
            continue;
        }
        c->is_out[r] = false;
        c->color[r] = (uint8_t)color;
        c->used |= 1u << color;
    }
}

// ---- memory for those without a color
static void access_slot(Machine *m, MachineInsn *at, unsigned op, uint32_t reg, uint32_t slot) {
    MachineInsn *i = machine_new(m, op);
    i->rd = reg, i->ra = REG_SP, i->imm = (int32_t)slot;
    if (op == M_lw)
        machine_insert_before(at, i);
    else
        machine_insert_behind(at, i);
    m->n_spills++;
}

static bool is_read(uint32_t reg, const uint32_t *reads, unsigned n) {
    for (unsigned k = 0; k < n; k++)
        if (reads[k] == reg) return true;
    return false;
}

// Registers from g.n on were made for others that were spilled.
static bool is_spilled(const Coloring *c, uint32_t reg, uint32_t spilled) {
    return reg >= REGS && reg < c->g.n && graph_find(&c->g, reg) == spilled;
}

static void rewrite(Coloring *c, MachineInsn *i, uint32_t spilled, uint32_t slot) {
    Machine *m = c->g.m;
    uint32_t reads[2], written = 0;
    unsigned n = machine_reads(i, reads);
    bool fetched = false, writes = machine_writes(i, &written) && is_spilled(c, written, spilled);
    uint32_t fresh = m->n_regs;
    uint32_t *fields[] = {&i->rd, &i->ra, &i->rb};
    for (unsigned k = 0; k < COUNT_OF(fields); k++) {
        uint32_t *field = fields[k];
        if (!is_spilled(c, *field, spilled)) continue;
        bool is_result = k == 0 && writes;
        if (!is_result && !is_read(*field, reads, n)) continue;
        fetched |= !is_result;
        *field = fresh;
    }
    if (!fetched && !writes) return;
    m->n_regs++;
    if (fetched) access_slot(m, i, M_lw, fresh, slot);
    if (writes) access_slot(m, i, M_sw, fresh, slot);
}

static void spill_all(Coloring *c) {
    Machine *m = c->g.m;
    for (uint32_t k = 0; k < c->spilled.n; k++) {
        uint32_t slot = m->frame;
        m->frame += 4;
        for (uint32_t b = 0; b < m->n_blocks; b++)
            for (MachineInsn *i = m->blocks[b].first, *next; i; i = next) {
                next = i->next;
                rewrite(c, i, c->spilled.at[k], slot);
            }
    }
}

static uint32_t final_reg(const Coloring *c, uint32_t r) {
    r = graph_find(&c->g, r);
    return r < REGS ? r : c->color[r];
}

static void assign(Coloring *c) {
    Machine *m = c->g.m;
    for (uint32_t b = 0; b < m->n_blocks; b++)
        for (MachineInsn *i = m->blocks[b].first; i; i = i->next) {
            i->rd = final_reg(c, i->rd), i->ra = final_reg(c, i->ra), i->rb = final_reg(c, i->rb);
            uint32_t written;
            if (machine_writes(i, &written)) m->used |= 1u << written;
        }
}

// Is it done?
static bool try_to_color(Machine *m) {
    Coloring c = {0};
    live_find(m);
    graph_build(&c.g, m);
    graph_join_moves(&c.g);
    c.stack = NEW_N(m->arena, uint32_t, c.g.n);
    c.is_out = NEW_N(m->arena, bool, c.g.n);
    c.color = NEW_N(m->arena, uint8_t, c.g.n);
    simplify(&c);
    color_all(&c);
    if (c.spilled.n)
        spill_all(&c);
    else
        assign(&c);
    return !c.spilled.n;
}

void color_registers(Machine *m) {
    while (!try_to_color(m)) {
    }
}

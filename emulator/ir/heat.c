// See heat.h: first the blocks that were watched, then those on edges, which stand behind them.
#include "ir/heat.h"

typedef struct Maker {
    IrHeat *h;
    const IrUnit *u;
    const uint32_t *first_pred;
    const uint16_t *preds;
} Maker;

static bool is_block(IrTarget t) { return !(t & IR_TO_EXIT); } // IR_NO_TARGET has the bit, too
static unsigned n_preds(const Maker *m, uint16_t b) { return m->first_pred[b + 1] - m->first_pred[b]; }
static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint32_t watched(const Maker *m, uint16_t b) {
    uint16_t seen = m->u->blocks.at[b].seen;
    return seen ? seen - 1u : 0;
}

// Where an edge to `to` leads that may have a block on it.
static uint16_t behind(const Maker *m, uint16_t to) {
    const IrBlock *b = &m->u->blocks.at[to];
    bool on_edge = !b->n_guest && n_preds(m, to) == 1 && b->succ[1] == IR_NO_TARGET && is_block(b->succ[0]);
    return on_edge ? b->succ[0] : to;
}

static void one_way(const Maker *m, uint16_t b, unsigned k, uint32_t times, uint32_t n) {
    uint32_t *edges = m->h->edges.at + 2 * b;
    edges[k] = times, edges[k ^ 1] = n - times;
}

// b was entered n times: how often did it go each way? A block that one way leads to says it.
static void split(const Maker *m, uint16_t b, uint32_t n) {
    const IrTarget *succ = m->u->blocks.at[b].succ;
    uint32_t most[2] = {n, n};
    bool sure[2] = {false, false};
    for (unsigned k = 0; k < 2; k++) {
        if (!is_block(succ[k])) continue;
        uint16_t to = behind(m, succ[k]);
        most[k] = least(n, watched(m, to));
        sure[k] = n_preds(m, to) == 1;
    }
    if (succ[1] == IR_NO_TARGET || succ[1] == succ[0])
        one_way(m, b, 0, n, n);
    else if (!is_block(succ[0]) || !is_block(succ[1]))
        one_way(m, b, is_block(succ[1]), most[is_block(succ[1])], n);
    else if (sure[0] != sure[1])
        one_way(m, b, sure[1], most[sure[1]], n);
    else
        one_way(m, b, 0, (uint32_t)((uint64_t)n * most[0] / (most[0] + most[1] ? most[0] + most[1] : 1)), n);
}

void ir_heat_make(IrHeat *h, const IrUnit *u, const uint32_t *first_pred, const uint16_t *preds) {
    Maker m = {h, u, first_pred, preds};
    h->known = false;
    for (uint16_t b = 0; b < u->blocks.n; b++) h->known |= u->blocks.at[b].seen > 1;
    if (!h->known) return;
    vec_reserve(&h->blocks, u->blocks.n);
    vec_reserve(&h->edges, 2 * u->blocks.n);
    for (uint16_t b = 0; b < u->blocks.n; b++)
        if (b && u->blocks.at[b].n_guest) split(&m, b, h->blocks.at[b] = watched(&m, b));
    for (uint16_t b = 0; b < u->blocks.n; b++) {
        if (b && u->blocks.at[b].n_guest) continue;
        uint32_t n = 0;
        for (uint32_t k = first_pred[b]; b && k < first_pred[b + 1]; k++) {
            uint16_t from = preds[k];
            if (u->blocks.at[from].n_guest || from < b) n += ir_heat_of_edge(h, u, from, b);
        }
        split(&m, b, h->blocks.at[b] = n);
    }
}

void ir_heat_free(IrHeat *h) {
    vec_free(&h->blocks);
    vec_free(&h->edges);
}

// Predecessors by counting; dominators by the iteration of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance
// Algorithm") over reverse postorder. Units are small and nearly always reducible: two rounds.
#include "ir/cfg.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

// Distinct successor blocks of b.
static unsigned succ_blocks(const IrUnit *u, uint16_t b, uint16_t out[2]) {
    unsigned n = 0;
    for (unsigned k = 0; k < 2; k++) {
        IrTarget t = u->blocks.at[b].succ[k];
        if ((t & IR_TO_EXIT) || (n && out[0] == t)) continue; // IR_NO_TARGET has the bit, too
        out[n++] = t;
    }
    return n;
}

void ir_preds_make(const IrUnit *u, uint32_t *first_pred, uint16_t *preds) {
    uint16_t n = (uint16_t)u->blocks.n, to[2];
    memset(first_pred, 0, sizeof *first_pred * (n + 1u));
    for (uint16_t b = 0; b < n; b++)
        for (unsigned k = succ_blocks(u, b, to); k-- > 0;) first_pred[to[k] + 1]++;
    for (uint16_t b = 0; b < n; b++) first_pred[b + 1] += first_pred[b];
    for (uint16_t b = 0; b < n; b++)
        for (unsigned k = succ_blocks(u, b, to); k-- > 0;) preds[first_pred[to[k]]++] = b;
    // Each entry has moved to where the next one began.
    memmove(first_pred + 1, first_pred, sizeof *first_pred * n);
    first_pred[0] = 0;
}

// order[]: blocks in postorder, number[b]: place of b in it, or IR_NO_BLOCK. next[] and stack[] are scratch.
static unsigned postorder(const IrCfg *cfg, const IrUnit *u, uint16_t *order, uint16_t *number, uint32_t *next,
                          uint16_t *stack) {
    unsigned n = 0, depth = 0;
    for (uint16_t b = 0; b < cfg->n; b++) {
        number[b] = IR_NO_BLOCK;
        next[b] = 0; // 0: not seen; k + 1: successors before k are done
    }
    stack[depth++] = 0;
    next[0] = 1;
    while (depth) {
        uint16_t b = stack[depth - 1], to[2];
        if (next[b] - 1 < succ_blocks(u, b, to)) {
            uint16_t s = to[next[b]++ - 1];
            if (next[s]) continue;
            next[s] = 1;
            stack[depth++] = s;
        } else {
            number[b] = (uint16_t)n;
            order[n++] = b;
            depth--;
        }
    }
    return n;
}

static uint16_t intersect(const IrCfg *cfg, const uint16_t *number, uint16_t a, uint16_t b) {
    while (a != b) {
        while (number[a] < number[b]) a = cfg->idom[a];
        while (number[b] < number[a]) b = cfg->idom[b];
    }
    return a;
}

static void find_dominators(IrCfg *cfg, const uint16_t *order, const uint16_t *number, unsigned n) {
    for (uint16_t b = 0; b < cfg->n; b++) cfg->idom[b] = IR_NO_BLOCK;
    cfg->idom[0] = 0;
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned i = n - 1; i-- > 0;) { // reverse postorder without the entry
            uint16_t b = order[i], dom = IR_NO_BLOCK;
            for (uint32_t k = cfg->first_pred[b]; k < cfg->first_pred[b + 1]; k++) {
                uint16_t p = cfg->preds[k];
                if (cfg->idom[p] == IR_NO_BLOCK) continue;
                dom = dom == IR_NO_BLOCK ? p : intersect(cfg, number, p, dom);
            }
            changed |= dom != cfg->idom[b];
            cfg->idom[b] = dom;
        }
    }
}

// Subtree sizes from the leaves up, then places from the root down: an interval for each block.
static void number_tree(IrCfg *cfg, const uint16_t *order, unsigned n, uint32_t *next) {
    for (uint16_t b = 0; b < cfg->n; b++) cfg->dom_out[b] = 1;
    for (unsigned i = 0; i + 1 < n; i++) cfg->dom_out[cfg->idom[order[i]]] += cfg->dom_out[order[i]];
    for (unsigned i = n; i-- > 0;) {
        uint16_t b = order[i];
        uint32_t size = cfg->dom_out[b];
        if (b) {
            cfg->dom_in[b] = next[cfg->idom[b]];
            next[cfg->idom[b]] += size;
        } else
            cfg->dom_in[b] = 0;
        cfg->dom_out[b] = cfg->dom_in[b] + size;
        next[b] = cfg->dom_in[b] + 1;
    }
}

void ir_cfg_make(IrCfg *cfg, const IrUnit *u) {
    size_t n = u->blocks.n;
    *cfg = (IrCfg){.n = (uint16_t)n};
    if (!n) return;
    // One allocation: first_pred, dom_in, dom_out, next (32 bits each), then preds (2 a block),
    // idom, order, number, stack.
    uint32_t *wide = alloc_bytes(sizeof(uint32_t) * (4 * n + 1) + sizeof(uint16_t) * 6 * n);
    cfg->first_pred = wide;
    cfg->dom_in = wide + n + 1;
    cfg->dom_out = cfg->dom_in + n;
    uint32_t *next = cfg->dom_out + n;
    cfg->preds = (uint16_t *)(next + n);
    cfg->idom = cfg->preds + 2 * n;
    uint16_t *order = cfg->idom + n, *number = order + n, *stack = number + n;
    ir_preds_make(u, cfg->first_pred, cfg->preds);
    unsigned reached = postorder(cfg, u, order, number, next, stack);
    find_dominators(cfg, order, number, reached);
    number_tree(cfg, order, reached, next);
}

uint16_t *ir_blocks_of(const IrUnit *u) {
    uint16_t *block_of = alloc_zeroed(u->insns.n, sizeof *block_of);
    for (uint32_t b = 0; b < u->blocks.n; b++)
        for (uint32_t n = u->blocks.at[b].first; n < u->blocks.at[b].end; n++) block_of[n] = (uint16_t)b;
    return block_of;
}

void ir_cfg_free(IrCfg *cfg) {
    free(cfg->first_pred);
    *cfg = (IrCfg){0};
}

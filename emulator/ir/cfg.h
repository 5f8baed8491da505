// Who comes before whom: predecessors and dominators of the blocks of a unit. For checks and for
// passes over several blocks.
#pragma once
#include "ir/ir.h"

enum { IR_NO_BLOCK = 0xffff };

typedef struct IrCfg {
    uint16_t n;           // blocks
    uint32_t *first_pred; // [n + 1]: preds of b are preds[first_pred[b] .. first_pred[b + 1])
    uint16_t *preds;      // in order of block index, each once, those that cannot be reached included
    uint16_t *idom;       // immediate dominator; of the entry: itself; IR_NO_BLOCK if b cannot be reached
    uint32_t *dom_in;     // the blocks that b dominates are numbered [dom_in[b], dom_out[b]) in dom_in
    uint32_t *dom_out;
} IrCfg;

// Only the first two: first_pred[n + 1], preds[2 * n].
void ir_preds_make(const IrUnit *u, uint32_t *first_pred, uint16_t *preds); // succ must be valid
void ir_cfg_make(IrCfg *cfg, const IrUnit *u);                              // succ must be valid
void ir_cfg_free(IrCfg *cfg);
uint16_t *ir_blocks_of(const IrUnit *u); // by ref: the block that it stands in; free() it

static inline bool ir_reachable(const IrCfg *cfg, uint16_t b) { return cfg->idom[b] != IR_NO_BLOCK; }
// What a PHI of block `to` is passed by block `from`.
static inline IrRef ir_phi_arg(const IrCfg *cfg, const IrUnit *u, IrRef phi, uint16_t from, uint16_t to) {
    uint32_t first = cfg->first_pred[to], k = first;
    while (cfg->preds[k] != from) k++;
    return u->phi_args.at[(uint32_t)u->insns.at[phi].imm + k - first];
}
// Both reachable. A block dominates itself.
static inline bool ir_dominates(const IrCfg *cfg, uint16_t a, uint16_t b) {
    return cfg->dom_in[a] <= cfg->dom_in[b] && cfg->dom_in[b] < cfg->dom_out[a];
}
// The only predecessor of b, or IR_NO_BLOCK. The entry has the outside as one more predecessor.
static inline uint16_t ir_single_pred(const IrCfg *cfg, uint16_t b) {
    return b && cfg->first_pred[b + 1] - cfg->first_pred[b] == 1 ? cfg->preds[cfg->first_pred[b]] : IR_NO_BLOCK;
}

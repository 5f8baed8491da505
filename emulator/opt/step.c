// A pointer that a loop moves on: accesses behind the step use the pointer that has stepped, so that the old one ends there and the
// new one takes its register. Nothing is left to be moved on the way back.
//
//     b1: v3 = phi.i64 v1, v4 [x1]         b1: v3 = phi.i64 v1, v4 [x1]
//         v4 = add.i64 v3, #56                 v4 = add.i64 v3, #56
//         v5 = load.f64[8] v3 + 24             v5 = load.f64[8] v4 - 32
//
// Only in regions, and when all else is done: what a BOUND has proved is the address, and that is the same. Not if anything else
// behind the step needs the old pointer.
#include "ir/cfg.h"
#include "opt/opt.h"

enum { FAR = 2040 }; // constants of accesses, at most: each host has them

typedef struct Step {
    IrUnit *u;
    const IrCfg *cfg;
    IrRef old, new;
    uint16_t block; // of `new`
    int64_t by;
} Step;

// Where the instruction stands, the step has been made on every way, or (false) not yet on any: see is_before().
static bool is_behind(const Step *s, uint32_t b, uint32_t n) {
    return b == s->block ? n > s->new : ir_dominates(s->cfg, s->block, (uint16_t)b);
}

static bool is_before(const Step *s, uint32_t b, uint32_t n) {
    return b == s->block ? n <= s->new : ir_dominates(s->cfg, (uint16_t)b, s->block);
}

// Can it use the new pointer instead? `now`: let it.
static bool takes_new(const Step *s, IrInsn *i, bool now) {
    int64_t imm = i->imm - s->by;
    bool access = ir_is_memory(i) && !(ir_memop(i) & MEMOP_FOUND) && i->a == s->old && imm >= -FAR && imm <= FAR &&
                  (i->op == IR_LOAD || i->b != s->old);
    bool sum = i->op == IR_ADD && i->type == IR_I64 && i->a == s->old && !i->b && imm == (int32_t)imm;
    if (now && (access || sum)) i->a = s->new, i->imm = imm;
    return access || sum;
}

// A PHI reads its arg where the way to it begins.
static bool is_passed_behind(const Step *s, const IrInsn *phi, uint32_t to) {
    for (uint32_t k = s->cfg->first_pred[to], n = 0; n < phi->c; k++, n++) {
        uint16_t from = s->cfg->preds[k];
        if (s->u->phi_args.at[phi->imm + n] == s->old && ir_reachable(s->cfg, from) &&
            (from == s->block || !is_before(s, from, 0)))
            return true;
    }
    return false;
}

// Is every use of the old pointer before the step, or one that can take the new one?
static bool ends_there(const Step *s) {
    for (uint32_t b = 0; b < s->u->blocks.n; b++) {
        const IrBlock *block = &s->u->blocks.at[b];
        for (uint32_t n = block->first; n < block->end && ir_reachable(s->cfg, (uint16_t)b); n++) {
            IrInsn *i = &s->u->insns.at[n];
            if (i->op == IR_PHI) {
                if (is_passed_behind(s, i, b)) return false;
            } else if (ir_uses(i, s->old) && !is_before(s, b, n) && !(is_behind(s, b, n) && takes_new(s, i, false))) {
                return false;
            }
        }
    }
    return true;
}

static void use_new(const Step *s) {
    for (uint32_t b = 0; b < s->u->blocks.n; b++) {
        const IrBlock *block = &s->u->blocks.at[b];
        for (uint32_t n = block->first; n < block->end && ir_reachable(s->cfg, (uint16_t)b); n++)
            if (is_behind(s, b, n)) takes_new(s, &s->u->insns.at[n], true);
    }
}

static uint16_t block_of(const IrUnit *u, IrRef v) {
    uint16_t b = 0;
    while (u->blocks.at[b].end <= v) b++;
    return b;
}

static void step(IrUnit *u, const IrCfg *cfg, IrRef phi) {
    const IrInsn *p = &u->insns.at[phi];
    for (unsigned k = 0; k < p->c; k++) {
        IrRef v = u->phi_args.at[p->imm + k];
        const IrInsn *add = &u->insns.at[v];
        if (add->op != IR_ADD || add->type != IR_I64 || add->a != phi || add->b) continue;
        Step s = {u, cfg, phi, v, block_of(u, v), add->imm};
        if (!ir_reachable(cfg, s.block) || !ends_there(&s)) continue;
        use_new(&s);
        return;
    }
}

void opt_step(IrUnit *u) {
    if (u->blocks.n == 1) return;
    IrCfg cfg;
    ir_cfg_make(&cfg, u);
    for (uint32_t n = 1; n < u->insns.n; n++)
        if (u->insns.at[n].op == IR_PHI && u->insns.at[n].type == IR_I64) step(u, &cfg, (IrRef)n);
    ir_cfg_free(&cfg);
}

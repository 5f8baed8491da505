// The instruction budget of a region, placed when everything else is done.
//
//     b1: v2 = phi ...                         b1: v2 = phi ...
//         (5 guest instructions)                   budget #5
//         br.i64.ne v9, #0 -> b1, e0               (5 guest instructions)
//                                                  br.i64.ne v9, #0 -> b1, e0      e0: owed -0
//
// A block is entered with a fixed number of instructions owed: retired, but not taken from the budget yet; less than 0:
// taken in advance. Where paths meet, most paths pay the difference (TAKE), one pays nothing. Where a cycle closes, and
// at the entry, BUDGET takes what was owed and the longest way to the next BUDGET in advance, and leaves if there is not
// so much. What is owed on leaving is taken at the exit; what was taken in advance is given back there.
#include "ir/cfg.h"
#include "jit/translate/translator.h"
#include "jit/code/records.h"
#include <stdlib.h>

typedef struct Place {  // of one block
    int retired;        // by its instructions
    int folded;         // at most, by the blocks whose work it does: see RETIRE
    int longest;        // instructions to the next BUDGET
    int in, start, out; // owed on the edges that lead here; behind its BUDGET; at its end
    int taken;          // before its terminator
    bool checks, early; // early: it calls a helper that may look at the time, so it is counted when it begins
} Place;

typedef struct EdgeBlock { // a block that does nothing but pay
    uint16_t from, to;
    int take;
} EdgeBlock;

typedef struct Budget {
    IrUnit *u, fresh;
    IrCfg cfg;
    Place *at;
    IrRef *map;
    VEC(EdgeBlock) edges;
} Budget;

static const IrBlock *block_at(const Budget *s, uint16_t b) { return &s->u->blocks.at[b]; }
static const IrInsn *terminator(const Budget *s, uint16_t b) { return &s->u->insns.at[block_at(s, b)->end - 1]; }
static bool is_block(IrTarget t) { return !(t & IR_TO_EXIT); } // IR_NO_TARGET has the bit, too

// ---- deciding
static int retired_by(const IrUnit *u, const IrBlock *b) {
    for (unsigned k = 0; k < 2; k++)
        if (b->succ[k] != IR_NO_TARGET && !is_block(b->succ[k])) return u->exits.at[b->succ[k] & ~IR_TO_EXIT].retired;
    return b->n_guest;
}

static void look_at(Budget *s, uint16_t b) {
    const IrBlock *block = block_at(s, b);
    Place *p = &s->at[b];
    *p = (Place){.retired = retired_by(s->u, block)};
    p->checks = b ? block_at(s, 0)->succ[0] == b || block_at(s, 0)->succ[1] == b : p->retired > 0;
    for (uint32_t i = block->first; i < block->end; i++) {
        const IrInsn *in = &s->u->insns.at[i];
        p->early |= in->op == IR_CALL && !(((const IrHelper *)(intptr_t)in->imm)->flags & IR_HELPER_PURE);
        if (in->op == IR_RETIRE) p->folded += (int)in->imm;
    }
    for (uint32_t k = s->cfg.first_pred[b]; k < s->cfg.first_pred[b + 1]; k++) p->checks |= s->cfg.preds[k] >= b;
}

static void find_longest(Budget *s) {
    for (uint16_t b = (uint16_t)s->u->blocks.n; b-- > 0;) {
        int rest = 0;
        for (unsigned k = 0; k < 2; k++) {
            IrTarget t = block_at(s, b)->succ[k];
            if (is_block(t) && !s->at[t].checks && s->at[t].longest > rest) rest = s->at[t].longest;
        }
        s->at[b].longest = s->at[b].retired + s->at[b].folded + rest;
    }
}

// Can an edge from p pay nothing but by a block of its own?
static bool is_critical(const Budget *s, uint16_t p) {
    const IrBlock *b = block_at(s, p);
    return terminator(s, p)->op == IR_BR && is_block(b->succ[0]) && is_block(b->succ[1]) && b->succ[0] != b->succ[1];
}

// The predecessor whose edge pays nothing; of those that go back if there are any.
static uint16_t free_pred(const Budget *s, uint16_t b) {
    uint16_t best = IR_NO_BLOCK;
    for (uint32_t k = s->cfg.first_pred[b]; k < s->cfg.first_pred[b + 1]; k++) {
        uint16_t p = s->cfg.preds[k];
        if (!ir_reachable(&s->cfg, p)) continue;
        if (best == IR_NO_BLOCK) {
            best = p;
        } else if ((p >= b) != (best >= b)) {
            if (p >= b) best = p;
        } else if (is_critical(s, p) != is_critical(s, best)) {
            if (is_critical(s, p)) best = p;
        } else if (s->at[p].out < s->at[best].out) {
            best = p;
        }
    }
    return best;
}

static int owed_into(const Budget *s, uint16_t b) {
    uint16_t p = b ? free_pred(s, b) : IR_NO_BLOCK; // the way in from outside pays nothing
    return p == IR_NO_BLOCK ? 0 : s->at[p].out;
}

static void settle_blocks(Budget *s) {
    for (uint16_t b = 0; b < s->u->blocks.n; b++) { // predecessors come first, but over edges that go back
        Place *p = &s->at[b];
        if (!p->checks) p->in = owed_into(s, b);
        p->start = p->checks ? -p->longest : p->in;
        p->out = p->early ? 0 : p->start + p->retired;
    }
    for (uint16_t b = 0; b < s->u->blocks.n; b++)
        if (s->at[b].checks) s->at[b].in = owed_into(s, b);
}

static int difference(const Budget *s, uint16_t from, IrTarget to) {
    return is_block(to) ? s->at[from].out - s->at[to].in : 0;
}

// Before the terminator if all its edges may pay the same there, else in blocks on the edges.
static void pay_edges(Budget *s, uint16_t b) {
    const IrBlock *block = block_at(s, b);
    Place *p = &s->at[b];
    int first = difference(s, b, block->succ[0]), second = difference(s, b, block->succ[1]);
    if (terminator(s, b)->op != IR_BR)
        p->taken = is_block(block->succ[0]) ? first : p->out;
    else if (!is_critical(s, b) || first == second)
        p->taken = is_block(block->succ[0]) ? first : second;
    for (unsigned k = 0; k < 2 && terminator(s, b)->op == IR_BR; k++) {
        if (!is_block(block->succ[k])) {
            s->u->exits.at[block->succ[k] & ~IR_TO_EXIT].owed = (int16_t)(p->out - p->taken);
        } else if (difference(s, b, block->succ[k]) != p->taken) {
            vec_push(&s->edges, ((EdgeBlock){b, block->succ[k], difference(s, b, block->succ[k]) - p->taken}));
        }
    }
}

// ---- the unit with the payments in it
static void emit_take(Budget *s, int n) {
    if (n) ir_emit(&s->fresh, (IrInsn){.op = IR_TAKE, .imm = n});
}

static void begin(Budget *s, const Place *p) {
    if (p->checks) ir_emit(&s->fresh, (IrInsn){.op = IR_BUDGET, .c = (IrRef)p->longest, .imm = p->in + p->longest});
    if (p->early) emit_take(s, p->start + p->retired);
}

static void copy_block(Budget *s, uint16_t index) {
    IrBlock b = *block_at(s, index);
    const Place *p = &s->at[index];
    bool begun = !ir_reachable(&s->cfg, index);
    uint32_t first = b.first, end = b.end;
    b.first = s->fresh.insns.n;
    b.ahead = (int16_t)(p->early ? p->retired : -p->start);
    for (uint32_t i = first; i < end; i++) {
        IrInsn in = s->u->insns.at[i];
        if (in.op == IR_NOP) continue;
        if (in.op != IR_PHI && !begun) begin(s, p), begun = true;
        if (i + 1 == end) emit_take(s, p->taken);
        ir_map_inputs(&in, s->map);
        s->map[i] = ir_emit(&s->fresh, in);
    }
    for (uint32_t k = 0; k < s->edges.n; k++)
        for (unsigned side = 0; side < 2; side++)
            if (s->edges.at[k].from == index && s->edges.at[k].to == b.succ[side])
                b.succ[side] = (IrTarget)(s->u->blocks.n + k);
    b.end = s->fresh.insns.n;
    vec_push(&s->fresh.blocks, b);
}

static void add_edge_block(Budget *s, const EdgeBlock *e) {
    uint16_t b = ir_block_begin(&s->fresh, block_at(s, e->to)->pc);
    emit_take(s, e->take);
    ir_emit(&s->fresh, (IrInsn){.op = IR_JUMP});
    s->fresh.blocks.at[b].succ[0] = e->to;
    ir_block_end(&s->fresh);
}

// The args of PHIs, in the order of the new predecessors.
static void copy_phi_args(Budget *s, uint16_t b, const IrCfg *cfg) {
    uint32_t n = cfg->first_pred[b + 1] - cfg->first_pred[b], old_first = s->cfg.first_pred[b];
    for (uint32_t i = block_at(s, b)->first; i < block_at(s, b)->end; i++) {
        const IrInsn *in = &s->u->insns.at[i];
        if (in->op == IR_NOP) continue;
        if (in->op != IR_PHI) break;
        s->fresh.insns.at[s->map[i]].imm = s->fresh.phi_args.n;
        for (uint32_t k = 0; k < n; k++) {
            uint16_t from = cfg->preds[cfg->first_pred[b] + k];
            if (from >= s->u->blocks.n) from = s->edges.at[from - s->u->blocks.n].from;
            uint32_t old = old_first;
            while (s->cfg.preds[old] != from) old++;
            vec_push(&s->fresh.phi_args, s->map[s->u->phi_args.at[(uint32_t)in->imm + old - old_first]]);
        }
    }
}

static void rebuild(Budget *s) {
    IrCfg cfg;
    ir_unit_init(&s->fresh, s->u->slots, s->u->n_slots);
    for (uint16_t b = 0; b < s->u->blocks.n; b++) copy_block(s, b);
    for (uint32_t k = 0; k < s->edges.n; k++) add_edge_block(s, &s->edges.at[k]);
    ir_cfg_make(&cfg, &s->fresh);
    for (uint16_t b = 0; b < s->u->blocks.n; b++) copy_phi_args(s, b, &cfg);
    ir_cfg_free(&cfg);
    ir_unit_become(s->u, &s->fresh);
}

void budget_place(IrUnit *u) {
    Budget s = {.u = u, .at = unit_alloc(u->blocks.n * sizeof *s.at), .map = unit_alloc(u->insns.n * sizeof *s.map)};
    ir_cfg_make(&s.cfg, u);
    for (uint16_t b = 0; b < u->blocks.n; b++) look_at(&s, b);
    find_longest(&s);
    settle_blocks(&s);
    for (uint16_t b = 0; b < u->blocks.n; b++)
        if (ir_reachable(&s.cfg, b)) pay_edges(&s, b);
    rebuild(&s);
    vec_free(&s.edges);
    unit_release(s.at);
    unit_release(s.map);
    ir_cfg_free(&s.cfg);
}

// The instruction budget of a region, placed when everything else is done.
//
//     b0: jump -> b1                           b0: budget #5 / jump -> b1
//     b1: v2 = phi ...                         b1: v2 = phi ...
//         (5 guest instructions)                   (4 guest instructions)
//         br.i64.ne v9, #0 -> b1, e0               budget #5 / br.i64.ne v9, #0 -> b1, e0
//                                              e0: owed -5
//
// A block is entered with a fixed number of instructions owed: retired, but not taken from the budget yet; less than 0:
// taken in advance. Where paths meet, most paths pay the difference (TAKE), one pays nothing. A loop head is entered
// with the longest way to the next loop head paid in advance: before it BUDGET takes that and what was owed, and leaves
// if there is not so much. What is owed on leaving is taken at the exit, what was paid in advance is given back there.
// WHY not at the head: in the block before, the guest's registers are where they were just made, and a loop need not
// keep for the head what it makes anew.
#include "ir/cfg.h"
#include "ir/heat.h"
#include "jit/translate/translator.h"
#include "jit/code/records.h"
#include <stdlib.h>

typedef struct Place { // state of one block
    int retired;       // by its instructions
    int folded;        // at most, by the blocks whose work it does: see RETIRE
    int longest;       // instructions to the next loop head
    int in, begin; // owed on the way in, and behind the BUDGET with which the unit begins if block 0 retires anything
    int out;       // owed at its end, before anything is paid there
    int taken;     // before its terminator
    IrTarget head; // the loop head that is paid for there, or IR_NO_TARGET
    bool is_head;  // a loop head, or where the unit begins
    bool early;    // it calls a helper that may look at the time, so it is counted when it begins
} Place;

typedef struct EdgeBlock { // a block that does nothing but pay; by BUDGET if it leads to a loop head
    uint16_t from, to;
    int take;
} EdgeBlock;

typedef struct Budget {
    IrUnit *u, fresh;
    IrCfg cfg;
    IrHeat heat;
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
    p->head = IR_NO_TARGET;
    p->is_head = b && (block_at(s, 0)->succ[0] == b || block_at(s, 0)->succ[1] == b);
    for (uint32_t i = block->first; i < block->end; i++) {
        const IrInsn *in = &s->u->insns.at[i];
        p->early |= in->op == IR_CALL && !(((const IrHelper *)(intptr_t)in->imm)->flags & IR_HELPER_PURE);
        if (in->op == IR_RETIRE) p->folded += (int)in->imm;
    }
    for (uint32_t k = s->cfg.first_pred[b]; k < s->cfg.first_pred[b + 1]; k++) p->is_head |= b && s->cfg.preds[k] >= b;
}

static void find_longest(Budget *s) {
    for (uint16_t b = (uint16_t)s->u->blocks.n; b-- > 0;) {
        int rest = 0;
        for (unsigned k = 0; k < 2; k++) {
            IrTarget t = block_at(s, b)->succ[k];
            if (is_block(t) && !s->at[t].is_head && s->at[t].longest > rest) rest = s->at[t].longest;
        }
        s->at[b].longest = s->at[b].retired + s->at[b].folded + rest;
    }
}

// Can an edge from p pay nothing but by a block of its own?
static bool is_critical(const Budget *s, uint16_t p) {
    const IrBlock *b = block_at(s, p);
    return terminator(s, p)->op == IR_BR && is_block(b->succ[0]) && is_block(b->succ[1]) && b->succ[0] != b->succ[1];
}

// Can the unit be left before the terminator, to execute its guest instruction again? Not if that has set a slot.
static bool can_repeat(const Budget *s, uint16_t b) {
    for (uint32_t i = block_at(s, b)->end - 1; i-- > block_at(s, b)->first;) {
        const IrInsn *in = &s->u->insns.at[i];
        if (in->op == IR_INSN) return true;
        if (in->op != IR_NOP && in->op != IR_BOUND && !ir_op_is(in->op, IR_PURE)) return false;
    }
    return false;
}

// The successor of b that is paid for before the terminator because it is a loop head: the only one, or one
// that b goes back to; 2: none.
static unsigned paid_head(const Budget *s, uint16_t b) {
    const IrBlock *block = block_at(s, b);
    if (terminator(s, b)->op == IR_JUMP) return is_block(block->succ[0]) && s->at[block->succ[0]].is_head ? 0 : 2;
    if (terminator(s, b)->op != IR_BR || !can_repeat(s, b)) return 2;
    for (unsigned k = 0; k < 2; k++)
        if (is_block(block->succ[k]) && block->succ[k] <= b) return k;
    return 2;
}

// Owed where b goes on to a block that is no loop head.
static int owed_behind(const Budget *s, uint16_t b) {
    return s->at[b].out - (s->at[b].head == IR_NO_TARGET ? 0 : s->at[b].taken);
}

static uint32_t heat_of(const Budget *s, uint16_t from, uint16_t to) {
    return s->heat.known ? ir_heat_of_edge(&s->heat, s->u, from, to) : 0;
}

// The predecessor whose edge pays nothing: the hottest one.
static uint16_t free_pred(const Budget *s, uint16_t b) {
    uint16_t best = IR_NO_BLOCK;
    for (uint32_t k = s->cfg.first_pred[b]; k < s->cfg.first_pred[b + 1]; k++) {
        uint16_t p = s->cfg.preds[k];
        if (!ir_reachable(&s->cfg, p)) continue;
        bool better = best == IR_NO_BLOCK || owed_behind(s, p) < owed_behind(s, best);
        if (best != IR_NO_BLOCK && is_critical(s, p) != is_critical(s, best)) better = is_critical(s, p);
        if (best != IR_NO_BLOCK && heat_of(s, p, b) != heat_of(s, best, b))
            better = heat_of(s, p, b) > heat_of(s, best, b);
        if (better) best = p;
    }
    return best;
}

static void settle_blocks(Budget *s) {
    for (uint32_t n = 0; n < s->u->blocks.n; n++) { // predecessors come first, but those of loop heads
        uint16_t b = (uint16_t)n;
        Place *p = &s->at[b];
        uint16_t from = p->is_head ? IR_NO_BLOCK : free_pred(s, b);
        p->in = p->is_head ? -p->longest : from == IR_NO_BLOCK ? 0 : owed_behind(s, from);
        p->begin = b ? p->in : -p->longest;
        p->out = p->early ? 0 : p->begin + p->retired;
        unsigned k = paid_head(s, b);
        if (k == 2) continue;
        p->head = block_at(s, b)->succ[k];
        p->taken = p->out + s->at[p->head].longest;
    }
}

static int difference(const Budget *s, uint16_t from, IrTarget to) {
    return is_block(to) ? s->at[from].out - s->at[to].in : 0;
}

// Before the terminator if all its edges may pay the same there, else in blocks on the edges. To a loop head leads what
// was decided before, or such a block.
static void pay_edges(Budget *s, uint16_t b) {
    const IrBlock *block = block_at(s, b);
    Place *p = &s->at[b];
    bool heads[2], branch = terminator(s, b)->op == IR_BR;
    int n[2];
    for (unsigned k = 0; k < 2; k++) {
        heads[k] = is_block(block->succ[k]) && s->at[block->succ[k]].is_head;
        n[k] = difference(s, b, block->succ[k]);
    }
    if (p->head == IR_NO_TARGET && !heads[0] && !heads[1]) {
        if (!branch)
            p->taken = is_block(block->succ[0]) ? n[0] : p->out;
        else if (!is_critical(s, b) || n[0] == n[1])
            p->taken = is_block(block->succ[0]) ? n[0] : n[1];
    }
    for (unsigned k = 0; k < 2 && branch; k++) {
        if (k && block->succ[0] == block->succ[1]) continue;
        if (!is_block(block->succ[k]))
            s->u->exits.at[block->succ[k] & ~IR_TO_EXIT].owed = (int16_t)(p->out - p->taken);
        else if (n[k] != p->taken || (heads[k] && block->succ[k] != p->head))
            vec_push(&s->edges, ((EdgeBlock){b, block->succ[k], n[k] - p->taken}));
    }
}

// ---- the unit with the payments in it
static void emit_take(Budget *s, int n) {
    if (n) ir_emit(&s->fresh, (IrInsn){.op = IR_TAKE, .imm = n});
}

static void begin(Budget *s, uint16_t b) {
    const Place *p = &s->at[b];
    if (!b && p->longest) ir_emit(&s->fresh, (IrInsn){.op = IR_BUDGET, .c = (IrRef)p->longest, .imm = p->longest});
    if (p->early) emit_take(s, p->begin + p->retired);
}

// Instructions of the block that are not retired when it is left before its terminator.
static int not_retired(const Budget *s, uint16_t b) {
    uint32_t i = block_at(s, b)->end - 1;
    if (terminator(s, b)->op == IR_JUMP) return 0;
    while (s->u->insns.at[i].op != IR_INSN) i--;
    return s->at[b].retired - s->u->insns.at[i].c;
}

static void end(Budget *s, uint16_t b) {
    const Place *p = &s->at[b];
    if (p->head == IR_NO_TARGET) {
        emit_take(s, p->taken);
        return;
    }
    IrRef side = block_at(s, b)->succ[0] == p->head ? 1 : 2;
    int back = s->at[p->head].longest + not_retired(s, b);
    ir_emit(&s->fresh, (IrInsn){.op = IR_BUDGET, .b = side, .c = (IrRef)back, .imm = p->taken});
}

static void copy_block(Budget *s, uint16_t index) {
    IrBlock b = *block_at(s, index);
    const Place *p = &s->at[index];
    bool begun = !ir_reachable(&s->cfg, index);
    uint32_t first = b.first, last = b.end;
    b.first = s->fresh.insns.n;
    b.ahead = (int16_t)(p->early ? p->retired : -p->begin);
    for (uint32_t i = first; i < last; i++) {
        IrInsn in = s->u->insns.at[i];
        if (in.op == IR_NOP) continue;
        if (in.op != IR_PHI && !begun) begin(s, index), begun = true;
        if (i + 1 == last) end(s, index);
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
    if (s->at[e->to].is_head)
        ir_emit(&s->fresh, (IrInsn){.op = IR_BUDGET, .b = 1, .c = (IrRef)s->at[e->to].longest, .imm = e->take});
    else
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
    for (uint32_t b = 0; b < s->u->blocks.n; b++) copy_block(s, (uint16_t)b);
    for (uint32_t k = 0; k < s->edges.n; k++) add_edge_block(s, &s->edges.at[k]);
    ir_cfg_make(&cfg, &s->fresh);
    for (uint32_t b = 0; b < s->u->blocks.n; b++) copy_phi_args(s, (uint16_t)b, &cfg);
    ir_cfg_free(&cfg);
    ir_unit_become(s->u, &s->fresh);
}

void budget_place(IrUnit *u, bool by_heat) {
    Budget s = {.u = u, .at = unit_alloc(u->blocks.n * sizeof *s.at), .map = unit_alloc(u->insns.n * sizeof *s.map)};
    ir_cfg_make(&s.cfg, u);
    if (by_heat) ir_heat_make(&s.heat, u, s.cfg.first_pred, s.cfg.preds);
    for (uint32_t b = 0; b < u->blocks.n; b++) look_at(&s, (uint16_t)b);
    find_longest(&s);
    settle_blocks(&s);
    for (uint32_t b = 0; b < u->blocks.n; b++)
        if (ir_reachable(&s.cfg, (uint16_t)b)) pay_edges(&s, (uint16_t)b);
    rebuild(&s);
    vec_free(&s.edges);
    ir_heat_free(&s.heat);
    unit_release(s.at);
    unit_release(s.map);
    ir_cfg_free(&s.cfg);
}

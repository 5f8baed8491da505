// A short loop that goes round often is written out for several rounds: they pay the budget once.
//
//     b1: v3 = phi.i64 v1, v5 [x1]             b1: v3 = phi.i64 v1, v8 [x1]
//         v5 = add.i64 v3, #8                      v5 = add.i64 v3, #8 / set x1, v5
//         set x1, v5                               br.i64.ne v5, v2 -> b2, b3
//         br.i64.ne v5, v2 -> b1, b2           b2: v8 = add.i64 v5, #8 / set x1, v8
//     b2: ... v5 ...                               br.i64.ne v8, v2 -> b1, b3
//                                              b3: v11 = phi.i64 v5, v8 / set x1, v11 / jump -> b4
//                                              b4: ... v11 ...
//
// Each round keeps its test, so nothing has to be known of their number. Where the loop is left there is a block in which what it made
// becomes one value again, and what it left in slots, too. A loop is one block here. Those of a known number of rounds are gone:
// unroll.c.
#include "base/alloc.h"
#include "ir/cfg.h"
#include "opt/insert.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS_MAX = 3,
    INSNS_MAX = 64,      // guest instructions of all rounds
    IR_MAX = 6000,       // IR instructions of the unit then
    BLOCKS_MAX = 1 << 9, // of the unit then
    OFTEN = 4,           // rounds for each time that the loop is entered, at least
    ROUNDS_SEEN = 8,     // rounds that were watched, at least
};

typedef struct Rounds {
    IrUnit *u, fresh;
    IrCfg cfg;
    uint32_t n_blocks, n_insns; // of the fresh unit, at most
    uint8_t *back;              // by block: 1 + the successor that leads back; 0: it stays as it is
    uint8_t *rounds;            // by block: how many there will be
    uint16_t *place;            // by block: its number in the fresh unit
    uint8_t *wanted;            // by value: elsewhere than in its block
    IrRef *map;
    IrRef *made;   // [round][instruction of the loop]
    IrRef *merged; // [instruction of the loop], behind it
} Rounds;

static const IrBlock *block_at(const Rounds *s, uint32_t b) { return &s->u->blocks.at[b]; }
static const IrInsn *insn_at(const Rounds *s, uint32_t i) { return &s->u->insns.at[i]; }
static bool is_inside(IrTarget t) { return !(t & IR_TO_EXIT); } // IR_NO_TARGET has the bit, too
static IrTarget way_out(const Rounds *s, uint32_t b) { return block_at(s, b)->succ[s->back[b] - 1 ? 0 : 1]; }
static bool is_own(const IrBlock *b, IrRef v) { return v >= b->first && v < b->end; }

// ---- which loops
static bool goes_round_often(const Rounds *s, uint16_t b) {
    uint32_t entered = 0, seen = block_at(s, b)->seen;
    for (uint32_t k = s->cfg.first_pred[b]; k < s->cfg.first_pred[b + 1]; k++) {
        uint16_t from = s->cfg.preds[k];
        if (from != b && block_at(s, from)->seen) entered += block_at(s, from)->seen - 1u;
    }
    return seen > ROUNDS_SEEN && seen - 1 >= OFTEN * entered;
}

static bool may_be_copied(const Rounds *s, uint16_t b) {
    for (uint32_t i = block_at(s, b)->first; i < block_at(s, b)->end; i++) {
        const IrInsn *in = insn_at(s, i);
        if (in->op == IR_CALL || in->op == IR_FFLAGS || in->op == IR_PUT || in->op == IR_GET) return false;
        if (in->op == IR_PHI && // an I32 that is passed an I64 is its low half only
            ir_value_type(insn_at(s, ir_phi_arg(&s->cfg, s->u, (IrRef)i, b, b))) != in->type)
            return false;
    }
    return true;
}

static void find_loops(Rounds *s) {
    s->n_blocks = s->u->blocks.n, s->n_insns = s->u->insns.n;
    for (uint32_t b = 1; b < s->u->blocks.n; b++) {
        const IrBlock *block = block_at(s, b);
        if ((block->succ[0] == b) == (block->succ[1] == b) || 2 * block->n_guest > INSNS_MAX || !block->n_guest)
            continue;
        uint32_t rounds = INSNS_MAX / block->n_guest;
        if (rounds > ROUNDS_MAX) rounds = ROUNDS_MAX;
        uint32_t more = (rounds - 1) * (block->end - block->first);
        if (insn_at(s, block->end - 1)->op != IR_BR || !ir_reachable(&s->cfg, (uint16_t)b)) continue;
        if (!goes_round_often(s, (uint16_t)b) || !may_be_copied(s, (uint16_t)b)) continue;
        if (s->n_insns + more > IR_MAX || s->n_blocks + rounds > BLOCKS_MAX) continue;
        s->back[b] = block->succ[0] == b ? 1 : 2;
        s->rounds[b] = (uint8_t)rounds;
        s->n_insns += more, s->n_blocks += rounds;
    }
}

static void want(Rounds *s, const IrBlock *user, IrRef v) {
    if (!is_own(user, v)) s->wanted[v] = true;
}

static void find_wanted(Rounds *s) {
    for (uint32_t n = 0; n < s->u->blocks.n; n++) {
        const IrBlock *b = block_at(s, n);
        for (uint32_t i = b->first; i < b->end; i++) {
            const IrInsn *in = insn_at(s, i);
            IrRef inputs[3];
            for (unsigned k = ir_inputs(in, inputs); k-- > 0;) want(s, b, inputs[k]);
            for (unsigned k = 0; in->op == IR_PHI && k < in->c; k++) {
                IrRef arg = s->u->phi_args.at[in->imm + k];
                if (is_own(b, arg) && s->cfg.preds[s->cfg.first_pred[n] + k] != n)
                    s->wanted[arg] = true; // it comes by another way
                else
                    want(s, b, arg);
            }
        }
    }
}

// ---- writing them out
static IrTarget target_of(const Rounds *s, IrTarget t) { return is_inside(t) ? s->place[t] : t; }

static void copy_insn(Rounds *s, uint32_t old) {
    IrInsn i = *insn_at(s, old);
    if (i.op == IR_NOP) return;
    if (i.op == IR_RETIRE) i.c = s->place[i.c];
    if (i.op == IR_PHI) { // args come later
        i.imm = s->fresh.phi_args.n;
        for (unsigned k = 0; k < i.c; k++) vec_push(&s->fresh.phi_args, (IrRef)0);
    } else {
        ir_map_inputs(&i, s->map);
    }
    s->map[old] = ir_emit(&s->fresh, i);
}

static void copy_block(Rounds *s, uint32_t b, uint32_t first) {
    IrBlock block = *block_at(s, b);
    uint32_t at = s->fresh.insns.n;
    for (uint32_t i = first; i < block.end; i++) copy_insn(s, i);
    block.first = at, block.end = s->fresh.insns.n;
    for (unsigned k = 0; k < 2; k++) block.succ[k] = target_of(s, block.succ[k]);
    vec_push(&s->fresh.blocks, block);
}

// The PHIs become what the round before passes them, all at once.
static void next_round(Rounds *s, uint16_t b) {
    const IrBlock *block = block_at(s, b);
    uint32_t end = ir_behind_phis(s->u, block);
    IrRef *now = alloc_zeroed(end - block->first + 1, sizeof *now);
    for (uint32_t i = block->first; i < end; i++)
        if (insn_at(s, i)->op == IR_PHI) now[i - block->first] = s->map[ir_phi_arg(&s->cfg, s->u, (IrRef)i, b, b)];
    for (uint32_t i = block->first; i < end; i++)
        if (now[i - block->first]) s->map[i] = now[i - block->first];
    free(now);
}

// What the last round passes the head.
static void close_loop(Rounds *s, uint16_t b) {
    const IrBlock *block = block_at(s, b);
    uint32_t pred = 0, n = block->end - block->first;
    while (s->cfg.preds[s->cfg.first_pred[b] + pred] != b) pred++;
    for (uint32_t i = block->first; i < ir_behind_phis(s->u, block); i++) {
        const IrInsn *phi = insn_at(s, i);
        if (phi->op != IR_PHI) continue;
        IrRef head = s->made[i - block->first], arg = s->u->phi_args.at[phi->imm + pred];
        IrRef last = is_own(block, arg) ? s->made[(s->rounds[b] - 1u) * n + arg - block->first] : s->map[arg];
        s->fresh.phi_args.at[s->fresh.insns.at[head].imm + pred] = last;
    }
}

// The value that v extends, if it does no more, else v. WHY: the extended one need not be made on every round.
static IrRef leaf_of(const Rounds *s, const IrBlock *block, IrRef v) {
    while (is_own(block, v) && (insn_at(s, v)->op == IR_SEXT || insn_at(s, v)->op == IR_ZEXT)) v = insn_at(s, v)->a;
    return v;
}

// v of whichever round was the last one, as a PHI if the rounds differ.
static void merge(Rounds *s, uint16_t b, IrRef v) {
    const IrBlock *block = block_at(s, b);
    IrRef leaf = leaf_of(s, block, v);
    uint32_t n = block->end - block->first, at = leaf - block->first;
    if (!is_own(block, leaf) || s->merged[at]) return;
    bool same = true;
    for (unsigned round = 1; round < s->rounds[b]; round++) same &= s->made[round * n + at] == s->made[at];
    if (same) {
        s->merged[at] = s->made[at];
        return;
    }
    IrInsn phi = {
        .op = IR_PHI, .type = (uint8_t)ir_value_type(insn_at(s, leaf)), .c = s->rounds[b], .imm = s->fresh.phi_args.n};
    for (unsigned round = 0; round < s->rounds[b]; round++) vec_push(&s->fresh.phi_args, s->made[round * n + at]);
    s->merged[at] = ir_emit(&s->fresh, phi);
}

static IrRef merged(Rounds *s, const IrBlock *block, IrRef v) {
    if (!is_own(block, v)) return s->map[v];
    IrRef *now = &s->merged[v - block->first];
    if (!*now) {
        IrInsn extend = *insn_at(s, v);
        extend.a = merged(s, block, extend.a);
        *now = ir_emit(&s->fresh, extend);
    }
    return *now;
}

static bool goes_round(const Rounds *s, uint16_t b, IrRef v) {
    const IrBlock *block = block_at(s, b);
    for (uint32_t i = block->first; i < ir_behind_phis(s->u, block); i++)
        if (insn_at(s, i)->op == IR_PHI && ir_phi_arg(&s->cfg, s->u, (IrRef)i, b, b) == v) return true;
    return false;
}

// What the slot holds at the end of a round, if a round made that and the block behind the loop is to say so. A sum that only the
// slot needs is none: it is in no register (ra/sum.c), and where the loop is left the allocator computes and stores it. Else 0.
static IrRef left_in(const Rounds *s, uint16_t b, unsigned slot) {
    const IrBlock *block = block_at(s, b);
    for (uint32_t i = block->end; i-- > block->first;) {
        const IrInsn *in = insn_at(s, i);
        if (in->op == IR_PHI && in->b == slot + 1) return (IrRef)i;
        if (in->op != IR_SET || ir_slot(in) != slot) continue;
        uint8_t op = insn_at(s, in->a)->op;
        bool sum = (op == IR_ADD || op == IR_SHL || op == IR_SHADD) && ir_value_type(insn_at(s, in->a)) == IR_I64;
        return is_own(block, in->a) && (!sum || s->wanted[in->a] || goes_round(s, b, in->a)) ? in->a : 0;
    }
    return 0;
}

// The block where the loop is left for another one.
static void leave_loop(Rounds *s, uint16_t b) {
    const IrBlock *block = block_at(s, b);
    IrTarget out = way_out(s, b);
    ir_block_begin(&s->fresh, block_at(s, out)->pc);
    s->merged = alloc_zeroed(block->end - block->first, sizeof *s->merged);
    IrRef left[OPT_SLOTS_MAX] = {0};
    for (unsigned slot = 0; slot < s->u->n_slots; slot++) {
        left[slot] = left_in(s, b, slot);
        if (left[slot]) merge(s, b, left[slot]);
    }
    for (uint32_t v = block->first; v < block->end; v++)
        if (s->wanted[v]) merge(s, b, (IrRef)v);
    for (unsigned slot = 0; slot < s->u->n_slots; slot++) {
        bool kept = !left[slot] || (insn_at(s, left[slot])->op == IR_PHI && goes_round(s, b, left[slot]));
        if (!kept) ir_emit(&s->fresh, (IrInsn){.op = IR_SET, .a = merged(s, block, left[slot]), .imm = slot});
    }
    for (uint32_t v = block->first; v < block->end; v++)
        if (s->wanted[v]) s->map[v] = merged(s, block, (IrRef)v);
    free(s->merged);
    ir_emit(&s->fresh, (IrInsn){.op = IR_JUMP});
    s->fresh.blocks.at[s->fresh.blocks.n - 1].succ[0] = s->place[out];
    s->fresh.blocks.at[s->fresh.blocks.n - 1].seen = block_at(s, out)->seen;
    ir_block_end(&s->fresh);
}

static void copy_loop(Rounds *s, uint16_t b) {
    const IrBlock *block = block_at(s, b);
    unsigned back = s->back[b] - 1u;
    IrTarget out = way_out(s, b);
    uint32_t n = block->end - block->first;
    s->made = alloc_zeroed((size_t)s->rounds[b] * n, sizeof *s->made);
    for (unsigned round = 0; round < s->rounds[b]; round++) {
        if (round) next_round(s, b);
        copy_block(s, b, round ? ir_behind_phis(s->u, block) : block->first);
        IrBlock *copy = &s->fresh.blocks.at[s->fresh.blocks.n - 1];
        copy->seen = (uint16_t)(1 + (block->seen - 1) / s->rounds[b]);
        copy->succ[back] = (IrTarget)(s->place[b] + (round + 1) % s->rounds[b]);
        if (is_inside(out))
            copy->succ[back ^ 1] = (IrTarget)(s->place[b] + s->rounds[b]);
        else if (round)
            copy->succ[back ^ 1] = ir_exit_add(s->u, s->u->exits.at[out & ~IR_TO_EXIT]);
        memcpy(s->made + round * n, s->map + block->first, n * sizeof *s->made);
    }
    close_loop(s, b);
    if (is_inside(out)) leave_loop(s, b);
    free(s->made);
}

// Those that come from elsewhere: PHIs may be passed what is made below them.
static void fill_phis(Rounds *s) {
    for (uint32_t b = 0; b < s->u->blocks.n; b++) {
        const IrBlock *block = block_at(s, b);
        uint32_t at = s->fresh.blocks.at[s->place[b]].first; // its PHIs, in the same order
        for (uint32_t i = block->first; i < ir_behind_phis(s->u, block); i++) {
            const IrInsn *old = insn_at(s, i);
            if (old->op != IR_PHI) continue;
            uint32_t args = (uint32_t)s->fresh.insns.at[at++].imm;
            for (unsigned k = 0; k < old->c; k++)
                if (!s->fresh.phi_args.at[args + k])
                    s->fresh.phi_args.at[args + k] = s->map[s->u->phi_args.at[old->imm + k]];
        }
    }
}

static void write_out(Rounds *s) {
    find_wanted(s);
    ir_unit_init(&s->fresh, s->u->slots, s->u->n_slots);
    uint16_t next = 0;
    for (uint32_t b = 0; b < s->u->blocks.n; b++) {
        s->place[b] = next;
        next = (uint16_t)(next + (!s->back[b] ? 1 : s->rounds[b] + is_inside(way_out(s, b))));
    }
    for (uint32_t b = 0; b < s->u->blocks.n; b++)
        if (s->back[b])
            copy_loop(s, (uint16_t)b);
        else
            copy_block(s, b, block_at(s, b)->first);
    fill_phis(s);
    ir_unit_become(s->u, &s->fresh);
}

void opt_rounds(IrUnit *u) {
    if (u->blocks.n < 2 || !opt_stands_in_order(u)) return;
    uint32_t before = u->blocks.n;
    Rounds s = {.u = u,
                .back = alloc_zeroed(u->blocks.n, sizeof *s.back),
                .rounds = alloc_zeroed(u->blocks.n, sizeof *s.rounds),
                .place = alloc_zeroed(u->blocks.n, sizeof *s.place),
                .wanted = alloc_zeroed(u->insns.n, sizeof *s.wanted),
                .map = alloc_zeroed(u->insns.n, sizeof *s.map)};
    ir_cfg_make(&s.cfg, u);
    find_loops(&s);
    if (s.n_blocks > before) write_out(&s);
    ir_cfg_free(&s.cfg);
    free(s.back), free(s.rounds), free(s.place), free(s.wanted), free(s.map);
}

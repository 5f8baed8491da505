// If-conversion: a branch around a few pure instructions becomes conditional moves.
//
//     b1: br.i64.ne v1, #0 -> b2, b3           b1: v9 = xor.i64 v2, v3
//     b2: v9 = xor.i64 v2, v3                      v10 = cmp.i64.ne v1, #0
//         jump -> b3                               v11 = select.i64 v10, v9, v2
//     b3: v11 = phi.i64 v2, v9 [x5]                set x5, v11 / retire #1, v10, b2 / jump -> b3
//
// WHY: a branch that goes either way half the time costs the host 15 cycles or more, the moves cost one or two; but where
// the host foresees it, the moves make later work wait for both sides. So the blocks say how often they were entered.
// The side (b2) stays in the unit as a block that nothing reaches: profiles count it by its RETIRE, and its guest bytes
// still belong to the unit. Needs the PHIs that regcache makes: a side that writes a slot without one is left alone.
#include "base/alloc.h"
#include "base/config.h"
#include "ir/cfg.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>

enum {
    COST_MAX = 5, // instructions that are executed in vain, moves included
    RARE = 8      // a way that is taken less than once in so many times is foreseen by the host
};

typedef struct Diamond { // or a half of one
    uint16_t head, join;
    uint16_t side[2]; // by successor of the branch; IR_NO_BLOCK: straight to the join
} Diamond;

typedef struct Chosen { // the value of a PHI of `join` when it is entered from `head`
    uint16_t head;
    IrRef phi, value;
} Chosen;

typedef struct Ifconv {
    IrUnit *u, fresh;
    IrCfg cfg;
    IrRef *map;
    VEC(Diamond) found;
    uint16_t *of_head; // by block: 1 + index into found
    bool *gone;        // by block: a side
    VEC(Chosen) chosen;
} Ifconv;

// ---- what can be converted
static const IrInsn *insn_at(const Ifconv *s, uint32_t i) { return &s->u->insns.at[i]; }
static const IrInsn *terminator(const Ifconv *s, uint16_t b) { return insn_at(s, s->u->blocks.at[b].end - 1); }

// Phis lead their block, NOPs between them; 0: no more.
static uint32_t next_phi(const IrUnit *u, uint16_t block, uint32_t i) {
    while (i < u->blocks.at[block].end && u->insns.at[i].op == IR_NOP) i++;
    return i < u->blocks.at[block].end && u->insns.at[i].op == IR_PHI ? i : 0;
}
static uint32_t first_phi(const IrUnit *u, uint16_t block) { return next_phi(u, block, u->blocks.at[block].first); }

static IrRef phi_arg(const Ifconv *s, uint32_t phi, uint16_t from, uint16_t to) {
    return ir_phi_arg(&s->cfg, s->u, (IrRef)phi, from, to);
}

static bool is_free(const IrInsn *i) {
    return i->op == IR_NOP || i->op == IR_INSN || i->op == IR_CONST || i->op == IR_SET;
}

static bool is_cheap(const IrInsn *i) {
    if (!ir_op_is(i->op, IR_PURE) || ir_raises_flags(i) || ir_is_float((IrType)i->type)) return false;
    return i->op < IR_MULHU || i->op > IR_REMU;
}

static bool slot_has_phi(const IrUnit *u, uint16_t block, int64_t slot) {
    for (uint32_t i = first_phi(u, block); i; i = next_phi(u, block, i + 1))
        if (u->insns.at[i].b == slot + 1) return true;
    return false;
}

static uint16_t jumps_to(const Ifconv *s, uint16_t b) {
    IrTarget t = s->u->blocks.at[b].succ[0];
    return terminator(s, b)->op != IR_JUMP || (t & IR_TO_EXIT) ? IR_NO_BLOCK : t;
}

// Instructions that running the side in vain costs; more than COST_MAX if it cannot be moved.
static unsigned side_cost(const Ifconv *s, uint16_t side, uint16_t join) {
    const IrBlock *b = &s->u->blocks.at[side];
    unsigned cost = 0;
    for (uint32_t i = b->first; i + 1 < b->end; i++) {
        const IrInsn *in = insn_at(s, i);
        if (!is_free(in) && !is_cheap(in)) return COST_MAX + 1;
        if (in->op == IR_SET && !slot_has_phi(s->u, join, in->imm)) return COST_MAX + 1;
        cost += !is_free(in);
    }
    return cost;
}

static uint16_t pred_of(const Diamond *d, unsigned k) { return d->side[k] == IR_NO_BLOCK ? d->head : d->side[k]; }

static bool is_known_by(const Ifconv *s, IrRef v, const Diamond *d) {
    uint32_t end = s->u->blocks.at[d->head].end;
    for (unsigned k = 0; k < 2; k++)
        if (d->side[k] != IR_NO_BLOCK && s->u->blocks.at[d->side[k]].first <= v && v < s->u->blocks.at[d->side[k]].end)
            return true;
    return v < end;
}

static unsigned move_cost(const Ifconv *s, const Diamond *d) {
    unsigned cost = 0;
    for (uint32_t i = first_phi(s->u, d->join); i; i = next_phi(s->u, d->join, i + 1)) {
        IrRef yes = phi_arg(s, i, pred_of(d, 0), d->join), no = phi_arg(s, i, pred_of(d, 1), d->join);
        if (!is_known_by(s, yes, d) || !is_known_by(s, no, d)) return COST_MAX + 1;
        if (yes == no) continue;
        if (ir_is_float((IrType)insn_at(s, i)->type)) return COST_MAX + 1;
        cost++;
    }
    return cost;
}

static bool is_side(const Ifconv *s, uint16_t b, uint16_t head) {
    return b != head && ir_single_pred(&s->cfg, b) == head && !s->gone[b] && !s->of_head[b] &&
           jumps_to(s, b) != IR_NO_BLOCK && jumps_to(s, b) != b;
}

static bool matches(const Ifconv *s, uint16_t head, Diamond *d) {
    const IrBlock *b = &s->u->blocks.at[head];
    const IrInsn *br = terminator(s, head);
    if (br->op != IR_BR || ir_is_float((IrType)br->type) || !ir_reachable(&s->cfg, head)) return false;
    if ((b->succ[0] | b->succ[1]) & IR_TO_EXIT || b->succ[0] == b->succ[1]) return false;
    *d = (Diamond){.head = head, .side = {IR_NO_BLOCK, IR_NO_BLOCK}};
    for (unsigned k = 0; k < 2; k++)
        if (is_side(s, b->succ[k], head)) d->side[k] = b->succ[k];
    for (unsigned k = 0; k < 2; k++) { // a half: the other successor is the join
        if (d->side[k] == IR_NO_BLOCK || jumps_to(s, d->side[k]) != b->succ[k ^ 1]) continue;
        d->side[k ^ 1] = IR_NO_BLOCK;
        d->join = b->succ[k ^ 1];
        return d->join != head;
    }
    if (d->side[0] == IR_NO_BLOCK || d->side[1] == IR_NO_BLOCK) return false;
    d->join = jumps_to(s, d->side[0]);
    return d->join == jumps_to(s, d->side[1]) && d->join != head;
}

// Does the branch go either way often enough? A branch that was not watched is taken for one.
static bool is_hard_to_foresee(const Ifconv *s, const Diamond *d) {
    uint32_t n[2];
    for (unsigned k = 0; k < 2; k++) {
        uint16_t to = d->side[k] == IR_NO_BLOCK ? d->join : d->side[k];
        if (HOSTILE || !s->u->blocks.at[to].seen) return true;
        n[k] = s->u->blocks.at[to].seen - 1u;
    }
    return (n[0] < n[1] ? n[0] : n[1]) * RARE > n[0] + n[1];
}

static void find(Ifconv *s) {
    for (uint32_t n = 0; n < s->u->blocks.n; n++) {
        uint16_t b = (uint16_t)n;
        Diamond d;
        if (s->gone[b] || !matches(s, b, &d) || !is_hard_to_foresee(s, &d)) continue;
        unsigned cost = move_cost(s, &d);
        for (unsigned k = 0; k < 2; k++)
            if (d.side[k] != IR_NO_BLOCK) cost += side_cost(s, d.side[k], d.join);
        if (cost > COST_MAX) continue;
        vec_push(&s->found, d);
        s->of_head[b] = (uint16_t)s->found.n;
        for (unsigned k = 0; k < 2; k++)
            if (d.side[k] != IR_NO_BLOCK) s->gone[d.side[k]] = true;
    }
}

// ---- the unit without those branches
static IrRef copy_insn(Ifconv *s, uint32_t i) {
    IrInsn in = *insn_at(s, i);
    ir_map_inputs(&in, s->map);
    return s->map[i] = ir_emit(&s->fresh, in);
}

// The work of a side comes into the head.
static void move_side(Ifconv *s, uint16_t side) {
    const IrBlock *b = &s->u->blocks.at[side];
    for (uint32_t i = b->first; i + 1 < b->end; i++) {
        if (ir_op_is(insn_at(s, i)->op, IR_PURE)) copy_insn(s, i);
    }
}

static IrRef choose(Ifconv *s, uint32_t phi, const Diamond *d, IrRef condition, uint32_t first_chosen) {
    IrRef yes = phi_arg(s, phi, pred_of(d, 0), d->join), no = phi_arg(s, phi, pred_of(d, 1), d->join);
    if (yes == no) return s->map[yes];
    for (uint32_t k = first_chosen; k < s->chosen.n; k++) { // another PHI of the same two
        IrRef other = s->chosen.at[k].phi;
        if (phi_arg(s, other, pred_of(d, 0), d->join) == yes && phi_arg(s, other, pred_of(d, 1), d->join) == no &&
            insn_at(s, other)->type == insn_at(s, phi)->type)
            return s->chosen.at[k].value;
    }
    return ir_select(&s->fresh, (IrType)insn_at(s, phi)->type, condition, s->map[yes], s->map[no]);
}

static void convert(Ifconv *s, const Diamond *d, IrBlock *b) {
    for (unsigned k = 0; k < 2; k++)
        if (d->side[k] != IR_NO_BLOCK) move_side(s, d->side[k]);
    IrInsn cmp = *terminator(s, d->head);
    cmp.op = IR_CMP;
    ir_map_inputs(&cmp, s->map); // c is the condition
    IrRef condition = ir_emit(&s->fresh, cmp);
    uint32_t first = s->chosen.n;
    for (uint32_t i = first_phi(s->u, d->join); i; i = next_phi(s->u, d->join, i + 1)) {
        IrRef value = choose(s, i, d, condition, first);
        vec_push(&s->chosen, ((Chosen){d->head, (IrRef)i, value}));
    }
    for (unsigned k = 0; k < 2; k++)
        if (d->side[k] != IR_NO_BLOCK)
            ir_emit(&s->fresh, (IrInsn){.op = IR_RETIRE,
                                        .a = condition,
                                        .b = (IrRef)k,
                                        .c = d->side[k],
                                        .imm = s->u->blocks.at[d->side[k]].n_guest});
    for (uint32_t k = first; k < s->chosen.n; k++) {
        const IrInsn *phi = insn_at(s, s->chosen.at[k].phi);
        if (!phi->b) continue;
        uint8_t type = s->u->slots[phi->b - 1].type;
        ir_emit(&s->fresh, (IrInsn){.op = IR_SET, .type = type, .a = s->chosen.at[k].value, .imm = phi->b - 1});
    }
    ir_emit(&s->fresh, (IrInsn){.op = IR_JUMP});
    b->succ[0] = d->join, b->succ[1] = IR_NO_TARGET;
}

static const Chosen *chosen_for(const Ifconv *s, uint32_t phi, uint16_t head) {
    for (uint32_t k = 0; k < s->chosen.n; k++)
        if (s->chosen.at[k].phi == phi && s->chosen.at[k].head == head) return &s->chosen.at[k];
    return NULL;
}

static unsigned count_preds(const Ifconv *s, uint16_t b) {
    unsigned n = 0;
    for (uint32_t k = s->cfg.first_pred[b]; k < s->cfg.first_pred[b + 1]; k++) n += !s->gone[s->cfg.preds[k]];
    for (uint32_t k = 0; k < s->found.n; k++) {
        const Diamond *d = &s->found.at[k];
        n += d->join == b && d->side[0] != IR_NO_BLOCK && d->side[1] != IR_NO_BLOCK;
    }
    return n;
}

// Where only the head is left before its join, the PHI is what was chosen there.
static void copy_phi(Ifconv *s, uint32_t i, uint16_t block) {
    unsigned n = count_preds(s, block);
    for (uint32_t k = 0; n == 1 && k < s->chosen.n; k++)
        if (s->chosen.at[k].phi == i) {
            s->map[i] = s->chosen.at[k].value;
            return;
        }
    IrInsn phi = *insn_at(s, i);
    phi.imm = s->fresh.phi_args.n;
    phi.c = (IrRef)n;
    for (unsigned k = 0; k < n; k++) vec_push(&s->fresh.phi_args, (IrRef)0);
    s->map[i] = ir_emit(&s->fresh, phi);
}

static void copy_block(Ifconv *s, uint16_t index) {
    IrBlock b = s->u->blocks.at[index];
    uint32_t first = b.first, end = b.end;
    b.first = s->fresh.insns.n;
    for (uint32_t i = first; i + 1 < end; i++) {
        const IrInsn *in = insn_at(s, i);
        if (in->op == IR_NOP || (s->gone[index] && in->op != IR_INSN)) continue;
        if (in->op == IR_PHI)
            copy_phi(s, i, index);
        else
            copy_insn(s, i);
    }
    if (s->gone[index])
        ir_emit(&s->fresh, (IrInsn){.op = IR_JUMP}), b.succ[0] = index;
    else if (s->of_head[index])
        convert(s, &s->found.at[s->of_head[index] - 1], &b);
    else
        copy_insn(s, end - 1);
    b.end = s->fresh.insns.n;
    vec_push(&s->fresh.blocks, b);
}

static void fill_phis(Ifconv *s, const IrCfg *cfg, uint16_t b) {
    for (uint32_t i = first_phi(s->u, b); i; i = next_phi(s->u, b, i + 1)) {
        const IrInsn *phi = &s->fresh.insns.at[s->map[i]];
        uint32_t n = cfg->first_pred[b + 1] - cfg->first_pred[b];
        if (phi->op != IR_PHI || s->map[i] < s->fresh.blocks.at[b].first || s->map[i] >= s->fresh.blocks.at[b].end)
            continue;
        for (uint32_t k = 0; k < n; k++) {
            uint16_t from = cfg->preds[cfg->first_pred[b] + k];
            const Chosen *c = chosen_for(s, i, from);
            s->fresh.phi_args.at[(uint32_t)phi->imm + k] = c ? c->value : s->map[phi_arg(s, i, from, b)];
        }
    }
}

static void rebuild(Ifconv *s) {
    IrCfg cfg;
    ir_unit_init(&s->fresh, s->u->slots, s->u->n_slots);
    for (uint32_t b = 0; b < s->u->blocks.n; b++) copy_block(s, (uint16_t)b);
    ir_cfg_make(&cfg, &s->fresh);
    for (uint32_t b = 0; b < s->u->blocks.n; b++) fill_phis(s, &cfg, (uint16_t)b);
    ir_cfg_free(&cfg);
    ir_unit_become(s->u, &s->fresh);
}

void opt_ifconv(IrUnit *u) {
    if (u->blocks.n < 3) return;
    Ifconv s = {.u = u};
    ir_cfg_make(&s.cfg, u);
    s.map = alloc_zeroed(u->insns.n, sizeof *s.map);
    s.of_head = alloc_zeroed(u->blocks.n, sizeof *s.of_head);
    s.gone = alloc_zeroed(u->blocks.n, sizeof *s.gone);
    find(&s);
    if (s.found.n) rebuild(&s);
    vec_free(&s.found);
    vec_free(&s.chosen);
    free(s.map);
    free(s.of_head);
    free(s.gone);
    ir_cfg_free(&s.cfg);
}

// Short loops of a known number of rounds are written out.
//
//     b1: jump -> b2                           b1: jump -> b2
//     b2: v2 = phi.i64 #2, v5                  b2: (the first round, v2 is #2) / jump -> b3
//         ...                                  b3: (the second round, v2 is #1) / jump -> b4
//         v5 = add.i64 v2, #-1                 b4: ...
//         br.i64.ne v5, #0 -> b2, b3
//     b3: ...
//
// The number of rounds is found by evaluating the loop's last branch, round by round, as far as it depends on constants alone. WHY it
// pays: the counter and its test go away, what is set anew on every round is kept for the last one only, and the budget is charged once.
// A loop is a range of blocks that is entered at its first one from one place above, goes back there from its last one, and is left from
// there, or out of the unit. So the copies stand one behind the other, and no other block needs PHIs that it had not.
#include "base/alloc.h"
#include "ir/cfg.h"
#include "opt/fold.h"
#include "opt/insert.h"
#include "opt/opt.h"
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS_MAX = 16,
    INSNS_MAX = 128,     // guest instructions of a loop that is written out
    IR_MAX = 4096,       // IR instructions of its unit then
    LOOPS_MAX = 16,      // in one unit
    STEPS_MAX = 16,      // what one evaluation looks at
    BLOCKS_MAX = 1 << 9, // of the unit
};

typedef struct Loop {
    uint16_t head, last, before; // before: where it is entered from
    unsigned back;               // successor of `last` that leads back
    unsigned rounds;
} Loop;

typedef struct Unroll {
    IrUnit *u, fresh;
    IrCfg cfg;
    Loop loop;
    IrRef *map;
} Unroll;

static const IrBlock *block_at(const Unroll *s, uint32_t b) { return &s->u->blocks.at[b]; }
static const IrInsn *insn_at(const Unroll *s, uint32_t i) { return &s->u->insns.at[i]; }
static bool is_inside(const Loop *l, uint32_t b) { return l->head <= b && b <= l->last; }
static uint32_t width(const Loop *l) { return l->last - l->head + 1u; }

static uint32_t first_body(const Unroll *s, const IrBlock *b) { return ir_behind_phis(s->u, b); }

// What a PHI of the head is passed.
static IrRef arg_from(const Unroll *s, IrRef phi, uint16_t from) {
    return ir_phi_arg(&s->cfg, s->u, phi, from, s->loop.head);
}

// ---- how often
typedef struct Value {
    bool known;
    uint64_t bits;
} Value;

typedef struct Round { // what the PHIs of the head are in it
    const Unroll *s;
    const Value *phis; // by place behind the first instruction of the head; NULL: before the first round
    unsigned steps;
} Round;

static Value evaluate(Round *r, IrRef v);

static Value evaluate_op(Round *r, const IrInsn *i) {
    IrRef inputs[3];
    uint64_t x[3] = {0};
    unsigned n = ir_inputs(i, inputs);
    if (!ir_op_is(i->op, IR_PURE) || ir_is_float((IrType)i->type) || ir_raises_flags(i)) return (Value){0};
    for (unsigned k = 0; k < n; k++) {
        if (!inputs[k]) {
            x[k] = (uint64_t)i->imm;
            continue;
        }
        Value in = evaluate(r, inputs[k]);
        if (!in.known) return in;
        x[k] = in.bits;
    }
    return (Value){true, ir_eval(i, x[0], x[1], x[2])};
}

static Value evaluate(Round *r, IrRef v) {
    const Unroll *s = r->s;
    const IrInsn *i = insn_at(s, v);
    const IrBlock *head = block_at(s, s->loop.head);
    if (i->op == IR_CONST) return (Value){true, (uint64_t)i->imm};
    if (++r->steps > STEPS_MAX) return (Value){0};
    if (i->op == IR_PHI) return r->phis && v >= head->first && v < head->end ? r->phis[v - head->first] : (Value){0};
    return evaluate_op(r, i);
}

static Value value_in(const Unroll *s, const Value *phis, IrRef v) {
    Round r = {s, phis, 0};
    return evaluate(&r, v);
}

// Does the branch at the end of the round go back?
static Value goes_back(const Unroll *s, const Value *phis) {
    const IrInsn *br = insn_at(s, block_at(s, s->loop.last)->end - 1);
    Value a = value_in(s, phis, br->a), b = {true, (uint64_t)br->imm};
    if (br->b) b = value_in(s, phis, br->b);
    if (!a.known || !b.known || ir_is_float((IrType)br->type)) return (Value){0};
    bool first = ir_cond_eval((IrCond)br->c, (IrType)br->type, a.bits, b.bits);
    return (Value){true, first == (s->loop.back == 0)};
}

static void next_round(const Unroll *s, const Value *now, Value *next) {
    const IrBlock *head = block_at(s, s->loop.head);
    for (uint32_t i = head->first; i < first_body(s, head); i++)
        if (insn_at(s, i)->op == IR_PHI) next[i - head->first] = value_in(s, now, arg_from(s, (IrRef)i, s->loop.last));
}

static unsigned count_rounds(const Unroll *s) {
    const IrBlock *head = block_at(s, s->loop.head);
    uint32_t n = first_body(s, head) - head->first;
    Value *now = alloc_zeroed(2 * n + 1, sizeof *now), *next = now + n;
    for (uint32_t i = 0; i < n; i++) {
        IrRef v = (IrRef)(head->first + i);
        if (insn_at(s, v)->op == IR_PHI) now[i] = value_in(s, NULL, arg_from(s, v, s->loop.before));
    }
    unsigned rounds = 0;
    Value back = {true, 1};
    while (back.known && back.bits && rounds < ROUNDS_MAX) {
        rounds++;
        back = goes_back(s, now);
        next_round(s, now, next);
        memcpy(now, next, n * sizeof *now);
    }
    free(now);
    return back.known && !back.bits ? rounds : 0;
}

// ---- which loops
static bool stays_inside(const Unroll *s, const Loop *l, uint32_t b) {
    for (unsigned k = 0; k < 2; k++) {
        IrTarget t = block_at(s, b)->succ[k];
        if (t == IR_NO_TARGET || t & IR_TO_EXIT) continue;
        bool end = b == l->last && (k == l->back || !is_inside(l, t));
        bool on = is_inside(l, t) && (t > b || (t == b && !ir_reachable(&s->cfg, (uint16_t)b)));
        if (!end && !on) return false;
    }
    return true;
}

static bool is_entered_at_head(const Unroll *s, Loop *l) {
    for (uint32_t b = l->head; b <= l->last; b++)
        for (uint32_t k = s->cfg.first_pred[b]; k < s->cfg.first_pred[b + 1]; k++) {
            uint16_t from = s->cfg.preds[k];
            if (is_inside(l, from)) continue;
            if (b != l->head || l->before != IR_NO_BLOCK) return false;
            l->before = from;
        }
    return l->before < l->head && ir_reachable(&s->cfg, l->before); // what it passes stands above
}

// The head may be passed what a round makes, other blocks what stands above them. An I32 that is passed an I64 is its low half only.
static bool is_passed_from_above(const Unroll *s, const Loop *l) {
    const IrBlock *head = block_at(s, l->head);
    for (uint32_t i = head->first; i < block_at(s, l->last)->end; i++)
        for (unsigned k = 0; insn_at(s, i)->op == IR_PHI && k < insn_at(s, i)->c; k++) {
            IrRef arg = s->u->phi_args.at[insn_at(s, i)->imm + k];
            if (arg >= (i < head->end ? block_at(s, l->last)->end : i)) return false;
            if (i < head->end && ir_value_type(insn_at(s, arg)) != insn_at(s, i)->type) return false;
        }
    return true;
}

static bool is_small(const Unroll *s, const Loop *l) {
    uint32_t guest = 0, ir = 0;
    for (uint32_t b = l->head; b <= l->last; b++) {
        const IrBlock *block = block_at(s, b);
        guest += block->n_guest, ir += block->end - block->first;
        for (uint32_t i = block->first; i < block->end; i++)
            if (insn_at(s, i)->op == IR_CALL || insn_at(s, i)->op == IR_FFLAGS) return false;
    }
    return guest * l->rounds <= INSNS_MAX && s->u->insns.n + ir * l->rounds <= IR_MAX &&
           s->u->blocks.n + width(l) * l->rounds <= BLOCKS_MAX;
}

static bool find_loop(Unroll *s) {
    for (uint32_t last = 1; last < s->u->blocks.n; last++) {
        const IrBlock *b = block_at(s, last);
        if (insn_at(s, b->end - 1)->op != IR_BR || !ir_reachable(&s->cfg, (uint16_t)last)) continue;
        for (unsigned k = 0; k < 2; k++) {
            IrTarget head = b->succ[k];
            if (!head || head & IR_TO_EXIT || head > last || b->succ[k ^ 1] == head) continue;
            Loop l = {.head = head, .last = (uint16_t)last, .before = IR_NO_BLOCK, .back = k};
            bool ok = is_entered_at_head(s, &l) && is_passed_from_above(s, &l);
            for (uint32_t i = l.head; ok && i <= last; i++) ok = stays_inside(s, &l, i);
            if (!ok) continue;
            s->loop = l;
            s->loop.rounds = count_rounds(s);
            if (s->loop.rounds && is_small(s, &s->loop)) return true;
        }
    }
    return false;
}

// ---- writing it out
static IrTarget target_of(Unroll *s, IrTarget t, unsigned round) {
    const Loop *l = &s->loop;
    if (t == IR_NO_TARGET) return t;
    if (t & IR_TO_EXIT) return round ? ir_exit_add(s->u, s->u->exits.at[t & ~IR_TO_EXIT]) : t;
    if (t > l->last) return (IrTarget)(t + (l->rounds - 1) * width(l));
    return is_inside(l, t) ? (IrTarget)(t + round * width(l)) : t;
}

static void copy_insn(Unroll *s, uint32_t old) {
    IrInsn i = *insn_at(s, old);
    if (i.op == IR_NOP) return;
    if (i.op == IR_RETIRE) i.c = target_of(s, i.c, 0); // see copy_round()
    if (i.op == IR_PHI) {
        uint32_t first = s->fresh.phi_args.n;
        for (unsigned k = 0; k < i.c; k++) {
            IrRef arg = s->u->phi_args.at[i.imm + k];
            vec_push(&s->fresh.phi_args, s->map[arg]);
        }
        i.imm = first;
    } else {
        ir_map_inputs(&i, s->map);
    }
    s->map[old] = ir_emit(&s->fresh, i);
}

static void copy_block(Unroll *s, uint32_t index, unsigned round, uint32_t first) {
    IrBlock b = *block_at(s, index);
    uint32_t end = b.end;
    bool last = is_inside(&s->loop, index) && index == s->loop.last;
    b.first = s->fresh.insns.n;
    for (uint32_t i = first; i + 1 < end; i++) copy_insn(s, i);
    if (last) {
        IrTarget out = b.succ[s->loop.back ^ 1];
        bool again = round + 1 < s->loop.rounds;
        ir_emit(&s->fresh, (IrInsn){.op = IR_JUMP});
        b.succ[0] = again ? (IrTarget)(s->loop.head + (round + 1) * width(&s->loop)) : target_of(s, out, round);
        b.succ[1] = IR_NO_TARGET;
    } else {
        copy_insn(s, end - 1);
        for (unsigned k = 0; k < 2; k++) b.succ[k] = target_of(s, b.succ[k], round);
    }
    b.end = s->fresh.insns.n;
    vec_push(&s->fresh.blocks, b);
}

// The PHIs of the head are what the round before, or the block before the loop, passes them: all at once.
static void enter_round(Unroll *s, unsigned round) {
    const IrBlock *head = block_at(s, s->loop.head);
    uint32_t end = first_body(s, head);
    IrRef *now = alloc_zeroed(end - head->first + 1, sizeof *now);
    for (uint32_t i = head->first; i < end; i++)
        if (insn_at(s, i)->op == IR_PHI)
            now[i - head->first] = s->map[arg_from(s, (IrRef)i, round ? s->loop.last : s->loop.before)];
    for (uint32_t i = head->first; i < end; i++)
        if (now[i - head->first]) s->map[i] = now[i - head->first];
    free(now);
}

static void copy_round(Unroll *s, unsigned round) {
    enter_round(s, round);
    uint32_t from = s->fresh.insns.n;
    for (uint32_t b = s->loop.head; b <= s->loop.last; b++)
        copy_block(s, b, round, b == s->loop.head ? first_body(s, block_at(s, b)) : block_at(s, b)->first);
    for (uint32_t i = from; i < s->fresh.insns.n; i++) {
        IrInsn *in = &s->fresh.insns.at[i]; // its side is that of its round
        if (in->op == IR_RETIRE && is_inside(&s->loop, in->c)) in->c = (IrRef)(in->c + round * width(&s->loop));
    }
}

// A PHI outside of the loop may be passed what is made below it, so its args are filled in at the end.
static void fill_phis(Unroll *s) {
    for (uint32_t b = 0; b < s->u->blocks.n; b++) {
        if (is_inside(&s->loop, b)) continue;
        for (uint32_t i = block_at(s, b)->first; i < first_body(s, block_at(s, b)); i++) {
            const IrInsn *old = insn_at(s, i);
            for (unsigned k = 0; old->op == IR_PHI && k < old->c; k++)
                s->fresh.phi_args.at[s->fresh.insns.at[s->map[i]].imm + k] = s->map[s->u->phi_args.at[old->imm + k]];
        }
    }
}

static void write_out(Unroll *s) {
    ir_unit_init(&s->fresh, s->u->slots, s->u->n_slots);
    s->map = alloc_zeroed(s->u->insns.n, sizeof *s->map);
    for (uint32_t b = 0; b < s->u->blocks.n; b++) {
        if (!is_inside(&s->loop, b)) copy_block(s, b, 0, block_at(s, b)->first);
        for (unsigned round = 0; b == s->loop.head && round < s->loop.rounds; round++) copy_round(s, round);
    }
    fill_phis(s);
    ir_unit_become(s->u, &s->fresh);
    free(s->map);
}

void opt_unroll(IrUnit *u) {
    bool any = false, more = u->blocks.n > 1 && opt_stands_in_order(u);
    for (unsigned n = 0; more && n < LOOPS_MAX; n++) {
        Unroll s = {.u = u};
        ir_cfg_make(&s.cfg, u);
        more = find_loop(&s);
        if (more) write_out(&s);
        any |= more;
        ir_cfg_free(&s.cfg);
    }
    if (any) opt_fold(u);
}

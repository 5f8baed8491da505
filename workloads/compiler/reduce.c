// Multiplications of a loop's counter become additions.
//
//     i = phi 0, i + 1 / p = add a, (shl i, #2) / load p        ->        p = phi a, p + 4 / load p
//
// Looked at are counters that grow by a constant, what is a multiple of one, and that plus something that is fixed in the loop.
#include "loops.h"

typedef struct {
    Function *f;
    Block *head, *before;
    uint32_t outside, back; // numbers of the head's predecessors
} Reduce;

// Returns by how much it grows a round, in *step.
static bool is_counter(const Reduce *r, const Insn *phi, int32_t *step) {
    const Insn *next = phi->args[r->back];
    if (next->op != OP_ADD || next->args[0] != phi || next->args[1]->op != OP_CONST) return false;
    *step = next->args[1]->imm;
    return true;
}

// i = phi * factor?
static bool is_multiple(const Insn *i, const Insn *phi, int32_t *factor) {
    if ((i->op != OP_MUL && i->op != OP_SHL) || i->args[0] != phi || i->args[1]->op != OP_CONST) return false;
    *factor = i->op == OP_MUL ? i->args[1]->imm : fold_apply(OP_SHL, 1, i->args[1]->imm);
    return true;
}

static Insn *before_loop(Reduce *r, Op op, Insn *a, Insn *b) {
    Insn *i = ir_insn_new(r->f, op, 2);
    i->args[0] = a, i->args[1] = b;
    ir_insert_before(r->before->last, i);
    return i;
}

static Insn *number_before(Insn *place, Function *f, int32_t value) {
    Insn *c = ir_insn_new(f, OP_CONST, 0);
    c->imm = value;
    ir_insert_before(place, c);
    return c;
}

// i, which is base + phi * factor (base may be NULL), becomes a PHI.
static void replace(Reduce *r, Insn *i, const Insn *phi, Insn *base, int32_t factor, int32_t step) {
    Insn *first = before_loop(r, OP_MUL, phi->args[r->outside], number_before(r->before->last, r->f, factor));
    if (base) first = before_loop(r, OP_ADD, base, first);
    Insn *moving = ir_phi(r->f, r->head, 2), *end = r->head->preds.at[r->back]->last;
    Insn *by = number_before(end, r->f, fold_apply(OP_MUL, factor, step));
    Insn *next = ir_insn_new(r->f, OP_ADD, 2);
    next->args[0] = moving, next->args[1] = by;
    ir_insert_before(end, next);
    moving->args[r->outside] = first, moving->args[r->back] = next;
    i->same = moving;
    ir_remove(i);
}

static bool reduce_sum(Reduce *r, Insn *i, const Insn *phi, int32_t step) {
    int32_t factor;
    for (unsigned k = 0; k < 2 && i->op == OP_ADD; k++) {
        if (!is_multiple(i->args[k], phi, &factor) || !loop_is_fixed(r->head, i->args[1 - k])) continue;
        if (i->args[1 - k]->op == OP_CONST) continue;
        replace(r, i, phi, i->args[1 - k], factor, step);
        return true;
    }
    if (i->op != OP_MUL || !is_multiple(i, phi, &factor)) return false;
    replace(r, i, phi, NULL, factor, step);
    return true;
}

static bool reduce_counter(Reduce *r, const Insn *phi, int32_t step) {
    bool changed = false;
    for (uint32_t n = 0; n < r->f->blocks.n; n++) {
        Block *b = r->f->blocks.at[n];
        if (!loop_has(r->head, b)) continue;
        for (Insn *i = b->first, *next; i; i = next) {
            next = i->next;
            for (uint32_t k = 0; k < i->n_args; k++) i->args[k] = ir_resolve(i->args[k]);
            changed |= reduce_sum(r, i, phi, step);
        }
    }
    return changed;
}

static bool reduce_loop(Function *f, Block *head) {
    Reduce r = {.f = f, .head = head};
    if (head->preds.n != 2 || head->first->op != OP_PHI) return false;
    r.outside = cfg_dominates(head, head->preds.at[0]);
    r.back = !r.outside;
    r.before = head->preds.at[r.outside];
    if (cfg_dominates(head, r.before) || r.before->succ[1])
        return false; // pass_hoist() has made it, or there is no need
    bool changed = false;
    for (Insn *phi = head->first, *next; phi && phi->op == OP_PHI; phi = next) {
        int32_t step;
        next = phi->next;
        for (uint32_t k = 0; k < phi->n_args; k++) phi->args[k] = ir_resolve(phi->args[k]);
        if (is_counter(&r, phi, &step)) changed |= reduce_counter(&r, phi, step);
    }
    return changed;
}

bool pass_reduce(Function *f) {
    bool changed = false;
    cfg_dominators(f);
    cfg_loops(f);
    for (uint32_t n = f->blocks.n; n-- > 0;)
        if (f->blocks.at[n]->loop == f->blocks.at[n]) changed |= reduce_loop(f, f->blocks.at[n]);
    ir_resolve_all(f);
    return changed;
}

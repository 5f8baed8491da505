// Loops: who belongs to them, and the block in front of them.
#include "loops.h"

bool loop_has(const Block *head, const Block *b) {
    for (const Block *l = b->loop; l; l = l->outer)
        if (l == head) return true;
    return false;
}

bool loop_is_fixed(const Block *head, const Insn *i) { return !loop_has(head, i->block); }

static bool is_before(const Block *head, const Block *pred) { return !cfg_dominates(head, pred); }

// The inputs of PHIs from outside come together in a PHI of the new block.
static void move_phis(Function *f, Block *head, Block *before) {
    for (Insn *phi = head->first; phi && phi->op == OP_PHI; phi = phi->next) {
        Insn *outer = ir_phi(f, before, 0);
        outer->args = NEW_N(f->arena, Insn *, head->preds.n);
        uint32_t n = 0;
        Insn **args = NEW_N(f->arena, Insn *, head->preds.n + 1);
        for (uint32_t k = 0; k < head->preds.n; k++) {
            if (is_before(head, head->preds.at[k]))
                outer->args[outer->n_args++] = phi->args[k];
            else
                args[n++] = phi->args[k];
        }
        args[n++] = outer;
        phi->args = args, phi->n_args = n;
    }
}

Block *loop_before(Function *f, Block *head) {
    Block *only = NULL;
    uint32_t n = 0;
    for (uint32_t k = 0; k < head->preds.n; k++)
        if (is_before(head, head->preds.at[k])) only = head->preds.at[k], n++;
    if (n == 1 && !only->succ[1]) return only;
    Block *before = ir_block_new(f);
    move_phis(f, head, before);
    ir_emit(f, before, OP_JUMP, NULL, NULL);
    uint32_t stay = 0;
    for (uint32_t k = 0; k < head->preds.n; k++) {
        Block *p = head->preds.at[k];
        if (!is_before(head, p)) {
            head->preds.at[stay++] = p;
            continue;
        }
        p->succ[p->succ[0] == head ? 0 : 1] = before;
        list_push(f->arena, &before->preds, p);
    }
    head->preds.n = stay;
    ir_edge_add(before, 0, head, f->arena);
    // What is asked about it before everything is computed anew:
    before->dominator = head->dominator, before->loop = head->outer, before->depth = head->depth - 1;
    before->begin = before->end = 0;
    head->dominator = before;
    return before;
}

// Dead code: what nothing with an effect needs, directly or not, goes away.
#include "ir.h"

static bool has_effect(const Insn *i) {
    return i->op == OP_STORE || i->op == OP_CALL || i->op == OP_CALL_TO || op_is(i->op, ENDS);
}

static void mark(Insn *i, Insn **stack, uint32_t *depth) {
    i = ir_resolve(i);
    if (i->is_live) return;
    i->is_live = true;
    stack[(*depth)++] = i;
}

bool pass_dead(Function *f) {
    Insn **stack = NEW_N(f->arena, Insn *, f->n_ids);
    uint32_t depth = 0;
    bool changed = false;
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (Insn *i = f->blocks.at[b]->first; i; i = i->next) i->is_live = false;
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (Insn *i = f->blocks.at[b]->first; i; i = i->next)
            if (has_effect(i)) mark(i, stack, &depth);
    while (depth) {
        const Insn *i = stack[--depth];
        for (uint32_t k = 0; k < i->n_args; k++) mark(i->args[k], stack, &depth);
    }
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (Insn *i = f->blocks.at[b]->first, *next; i; i = next) {
            next = i->next;
            if (i->is_live) continue;
            ir_remove(i);
            changed = true;
        }
    return changed;
}

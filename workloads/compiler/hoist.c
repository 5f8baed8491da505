// What is the same on every round of a loop is computed before it.
#include "loops.h"

// Loads are moved only from the head, which is executed whenever the loop is entered, and if nothing in the loop can store.
static bool can_move_load(const Block *head, const Insn *i, bool stores) { return i->block == head && !stores; }

static bool loop_stores(const Function *f, const Block *head) {
    for (uint32_t n = 0; n < f->blocks.n; n++) {
        const Block *b = f->blocks.at[n];
        if (!loop_has(head, b)) continue;
        for (const Insn *i = b->first; i; i = i->next)
            if (i->op == OP_STORE || i->op == OP_CALL || i->op == OP_CALL_TO) return true;
    }
    return false;
}

// A constant costs nothing where it is used, or little, and a register for the whole loop.
static bool is_worth_it(const Insn *i) {
    return i->op != OP_LOCAL && i->op != OP_ARG && (i->op != OP_CONST || i->imm > 8191 || i->imm < -8192);
}

static bool can_move(const Block *head, const Insn *i, bool stores) {
    if (!(op_is(i->op, PURE) && is_worth_it(i)) && !(i->op == OP_LOAD && can_move_load(head, i, stores))) return false;
    for (uint32_t k = 0; k < i->n_args; k++)
        if (!loop_is_fixed(head, i->args[k])) return false;
    return true;
}

static bool hoist_loop(Function *f, Block *head) {
    bool stores = loop_stores(f, head), changed = false;
    Block *before = NULL;
    uint32_t n_blocks = f->blocks.n;
    for (uint32_t n = 0; n < n_blocks; n++) {
        Block *b = f->blocks.at[n];
        if (!loop_has(head, b)) continue;
        for (Insn *i = b->first, *next; i; i = next) {
            next = i->next;
            if (!can_move(head, i, stores)) continue;
            if (!before) before = loop_before(f, head);
            ir_remove(i);
            ir_insert_before(before->last, i);
            changed = true;
        }
    }
    return changed;
}

// From the innermost loop on: what leaves it may leave the next one, too.
bool pass_hoist(Function *f) {
    bool changed = false;
    cfg_dominators(f);
    cfg_loops(f);
    uint32_t n = f->blocks.n;
    Block **heads = NEW_N(f->arena, Block *, n);
    for (uint32_t b = 0; b < n; b++) heads[b] = f->blocks.at[b];
    for (uint32_t b = n; b-- > 0;)
        if (heads[b]->loop == heads[b]) changed |= hoist_loop(f, heads[b]);
    cfg_order(f);
    return changed;
}

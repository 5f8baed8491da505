// Making and taking apart the intermediate form. See ir.h.
#include "ir.h"

const uint8_t op_flags[OP_COUNT] = {
#define OP(name, text, flags) [OP_##name] = (flags),
#include "op.inc"
#undef OP
};

const char *const op_texts[OP_COUNT] = {
#define OP(name, text, flags) [OP_##name] = text,
#include "op.inc"
#undef OP
};

Function *ir_function_new(Arena *arena, Symbol *symbol) {
    Function *f = NEW(arena, Function);
    f->arena = arena, f->symbol = symbol;
    return f;
}

Block *ir_block_new(Function *f) {
    Block *b = NEW(f->arena, Block);
    b->id = f->n_block_ids++;
    b->order = f->blocks.n;
    list_push(f->arena, &f->blocks, b);
    return b;
}

Insn *ir_insn_new(Function *f, Op op, uint32_t n_args) {
    Insn *i = NEW(f->arena, Insn);
    i->op = op, i->n_args = n_args;
    i->args = n_args ? NEW_N(f->arena, Insn *, n_args) : NULL;
    i->id = f->n_ids++;
    return i;
}

void ir_append(Block *b, Insn *i) {
    i->block = b, i->prev = b->last, i->next = NULL;
    if (b->last)
        b->last->next = i;
    else
        b->first = i;
    b->last = i;
}

void ir_insert_before(Insn *place, Insn *i) {
    i->block = place->block, i->prev = place->prev, i->next = place;
    if (place->prev)
        place->prev->next = i;
    else
        place->block->first = i;
    place->prev = i;
}

void ir_remove(Insn *i) {
    if (i->prev)
        i->prev->next = i->next;
    else
        i->block->first = i->next;
    if (i->next)
        i->next->prev = i->prev;
    else
        i->block->last = i->prev;
    i->block = NULL;
}

// WHY the path is not made shorter: chains are of one or two.
Insn *ir_resolve(Insn *i) {
    while (i->same) i = i->same;
    return i;
}

Insn *ir_emit(Function *f, Block *b, Op op, Insn *x, Insn *y) {
    Insn *i = ir_insn_new(f, op, (x != NULL) + (y != NULL));
    if (x) i->args[0] = x;
    if (y) i->args[1] = y;
    ir_append(b, i);
    return i;
}

Insn *ir_const(Function *f, Block *b, int32_t value) {
    Insn *i = ir_emit(f, b, OP_CONST, NULL, NULL);
    i->imm = value;
    return i;
}

Insn *ir_phi(Function *f, Block *b, uint32_t n_args) {
    Insn *phi = ir_insn_new(f, OP_PHI, n_args), *place = b->first;
    while (place && place->op == OP_PHI) place = place->next;
    if (place)
        ir_insert_before(place, phi);
    else
        ir_append(b, phi);
    return phi;
}

// ---- edges
void ir_edge_add(Block *from, unsigned k, Block *to, Arena *arena) {
    from->succ[k] = to;
    list_push(arena, &to->preds, from);
}

uint32_t ir_pred_number(const Block *b, const Block *pred) {
    uint32_t k = 0;
    while (b->preds.at[k] != pred) k++;
    return k;
}

void ir_edge_remove(Block *from, Block *to) {
    uint32_t k = ir_pred_number(to, from);
    for (uint32_t n = k + 1; n < to->preds.n; n++) to->preds.at[n - 1] = to->preds.at[n];
    to->preds.n--;
    for (Insn *phi = to->first; phi && phi->op == OP_PHI; phi = phi->next) {
        for (uint32_t n = k + 1; n < phi->n_args; n++) phi->args[n - 1] = phi->args[n];
        phi->n_args--;
    }
}

// ---- the whole function
void ir_resolve_all(Function *f) {
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (Insn *i = f->blocks.at[b]->first, *next; i; i = next) {
            next = i->next;
            for (uint32_t k = 0; k < i->n_args; k++) i->args[k] = ir_resolve(i->args[k]);
            if (i->same) ir_remove(i);
        }
}

uint32_t *ir_count_uses(const Function *f, Arena *arena) {
    uint32_t *uses = NEW_N(arena, uint32_t, f->n_ids);
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (Insn *i = f->blocks.at[b]->first; i; i = i->next)
            for (uint32_t k = 0; k < i->n_args; k++) uses[ir_resolve(i->args[k])->id]++;
    return uses;
}

static void check(bool holds) {
    if (!holds) __builtin_trap();
}

static void check_insn(const Function *f, const Block *b, const Insn *i) {
    check(i->block == b && i->id < f->n_ids && (i->next ? i->next->prev == i : b->last == i));
    check(!op_is(i->op, ENDS) || !i->next);
    check(i->op != OP_PHI || i->n_args == b->preds.n);
    check(i->op != OP_PHI || !i->prev || i->prev->op == OP_PHI);
    for (uint32_t k = 0; k < i->n_args; k++) check(ir_resolve(i->args[k])->block != NULL);
}

void ir_check(const Function *f) {
    for (uint32_t n = 0; n < f->blocks.n; n++) {
        const Block *b = f->blocks.at[n];
        check(b->last && op_is(b->last->op, ENDS));
        for (const Insn *i = b->first; i; i = i->next) check_insn(f, b, i);
        unsigned n_succ = b->last->op == OP_BRANCH ? 2 : b->last->op == OP_JUMP;
        for (unsigned k = 0; k < 2; k++) check((b->succ[k] != NULL) == (k < n_succ));
        for (unsigned k = 0; k < n_succ; k++) check(ir_pred_number(b->succ[k], b) < b->succ[k]->preds.n);
    }
}

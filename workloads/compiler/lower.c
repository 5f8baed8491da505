// Statements to the intermediate form.
//
//     while (a) b;      ->    jump -> test     test: branch a -> body, end     body: b; jump -> test     end:
//
// Every variable has memory first (LOCAL); pass_promote() makes values of those whose address is not taken.
#include "lower.h"

Insn *lower_emit(Lower *l, Op op, Insn *x, Insn *y) { return ir_emit(l->f, l->at, op, x, y); }

static void end_with(Lower *l, Op op, Insn *x) { lower_emit(l, op, x, NULL); }

void lower_jump(Lower *l, Block *to) {
    end_with(l, OP_JUMP, NULL);
    ir_edge_add(l->at, 0, to, l->f->arena);
}

void lower_branch(Lower *l, Insn *condition, Block *yes, Block *no) {
    end_with(l, OP_BRANCH, condition);
    ir_edge_add(l->at, 0, yes, l->f->arena);
    ir_edge_add(l->at, 1, no, l->f->arena);
}

static void statement(Lower *l, const Node *n);

static void statements(Lower *l, const Node *first) {
    for (const Node *n = first; n; n = n->next) statement(l, n);
}

static void if_else(Lower *l, const Node *n) {
    Block *yes = ir_block_new(l->f), *end = ir_block_new(l->f), *no = n->c ? ir_block_new(l->f) : end;
    lower_condition(l, n->a, yes, no);
    l->at = yes;
    statement(l, n->b);
    lower_jump(l, end);
    if (n->c) {
        l->at = no;
        statement(l, n->c);
        lower_jump(l, end);
    }
    l->at = end;
}

static void body(Lower *l, const Node *n, Block *on_break, Block *on_continue) {
    Block *outer_break = l->on_break, *outer_continue = l->on_continue;
    l->on_break = on_break;
    if (on_continue) l->on_continue = on_continue;
    statement(l, n);
    l->on_break = outer_break, l->on_continue = outer_continue;
}

// WHY the test twice: a loop that is entered at its body has one branch a round, and its body is executed wherever it is entered.
static void while_loop(Lower *l, const Node *condition, const Node *step, const Node *what) {
    Block *inside = ir_block_new(l->f), *again = ir_block_new(l->f), *end = ir_block_new(l->f);
    if (condition)
        lower_condition(l, condition, inside, end);
    else
        lower_jump(l, inside);
    l->at = inside;
    body(l, what, end, again);
    lower_jump(l, again);
    l->at = again;
    if (step) lower_value(l, step);
    if (condition)
        lower_condition(l, condition, inside, end);
    else
        lower_jump(l, inside);
    l->at = end;
}

static void do_loop(Lower *l, const Node *n) {
    Block *inside = ir_block_new(l->f), *test = ir_block_new(l->f), *end = ir_block_new(l->f);
    lower_jump(l, inside);
    l->at = inside;
    body(l, n->b, end, test);
    lower_jump(l, test);
    l->at = test;
    lower_condition(l, n->a, inside, end);
    l->at = end;
}

// ---- switch: a tree of comparisons over the cases in the order of their values
typedef LIST(Node *) Cases;

static void sort_cases(Cases *c) {
    for (uint32_t i = 1; i < c->n; i++) {
        Node *n = c->at[i];
        uint32_t k = i;
        for (; k && c->at[k - 1]->value > n->value; k--) c->at[k] = c->at[k - 1];
        c->at[k] = n;
    }
}

static void search(Lower *l, Insn *value, const Cases *c, uint32_t from, uint32_t to, Block *other) {
    if (to - from <= 2) {
        for (uint32_t i = from; i < to; i++) {
            Block *next = i + 1 < to ? ir_block_new(l->f) : other;
            Insn *is = lower_emit(l, OP_EQ, value, ir_const(l->f, l->at, c->at[i]->value));
            lower_branch(l, is, c->at[i]->block, next);
            l->at = next;
        }
        if (from == to) lower_jump(l, other);
        return;
    }
    uint32_t middle = (from + to) / 2;
    Block *below = ir_block_new(l->f), *above = ir_block_new(l->f);
    Insn *is = lower_emit(l, OP_LT, value, ir_const(l->f, l->at, c->at[middle]->value));
    lower_branch(l, is, below, above);
    l->at = below;
    search(l, value, c, from, middle, other);
    l->at = above;
    search(l, value, c, middle, to, other);
}

static void switch_statement(Lower *l, const Node *n) {
    Cases cases = {0};
    Block *end = ir_block_new(l->f), *other = end;
    for (Node *c = n->cases; c; c = c->next_case) {
        c->block = ir_block_new(l->f);
        if (c->is_default)
            other = c->block;
        else
            list_push(l->f->arena, &cases, c);
    }
    sort_cases(&cases);
    search(l, lower_value(l, n->a), &cases, 0, cases.n, other);
    l->at = ir_block_new(l->f); // what stands before the first case is never reached
    body(l, n->b, end, NULL);
    lower_jump(l, end);
    l->at = end;
}

// ---- all of them
static void leave(Lower *l, Block *to) {
    lower_jump(l, to);
    l->at = ir_block_new(l->f); // for what follows, which is not reached
}

static void return_statement(Lower *l, const Node *n) {
    end_with(l, OP_RETURN, n->a ? lower_value(l, n->a) : NULL);
    l->at = ir_block_new(l->f);
}

static void statement(Lower *l, const Node *n) {
    switch (n->kind) {
    case NODE_BLOCK: statements(l, n->a); break;
    case NODE_EXPRESSION: lower_value(l, n->a); break;
    case NODE_IF: if_else(l, n); break;
    case NODE_WHILE: while_loop(l, n->a, NULL, n->b); break;
    case NODE_DO: do_loop(l, n); break;
    case NODE_FOR:
        if (n->a) statement(l, n->a);
        while_loop(l, n->b, n->c, n->d);
        break;
    case NODE_SWITCH: switch_statement(l, n); break;
    case NODE_CASE:
        lower_jump(l, n->block);
        l->at = n->block;
        break;
    case NODE_BREAK: leave(l, l->on_break); break;
    case NODE_CONTINUE: leave(l, l->on_continue); break;
    case NODE_RETURN: return_statement(l, n); break;
    default: break;
    }
}

static void locals(Lower *l, const Symbol *function) {
    for (Symbol *s = function->locals; s; s = s->next) {
        s->slot = lower_emit(l, OP_LOCAL, NULL, NULL);
        s->slot->imm = (int32_t)type_size(s->type);
        s->slot->symbol = s;
    }
    for (Symbol *s = function->locals; s && s->param >= 0; s = s->next) {
        Insn *arg = lower_emit(l, OP_ARG, NULL, NULL);
        arg->imm = s->param;
        Insn *i = lower_emit(l, OP_STORE, s->slot, arg);
        i->width = (uint8_t)type_size(s->type);
        l->f->n_params++;
    }
}

Function *lower_function(Arena *arena, Symbol *symbol) {
    Lower l = {.f = ir_function_new(arena, symbol)};
    l.at = ir_block_new(l.f);
    locals(&l, symbol);
    statement(&l, symbol->body);
    // The end of a function that returns something is not reached, or returns anything.
    end_with(&l, OP_RETURN, symbol->type->to->kind == TYPE_VOID ? NULL : ir_const(l.f, l.at, 0));
    return l.f;
}

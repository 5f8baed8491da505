// Trees to byte code.
//
//     for (i = 0; i < n; i++) s += a[i]     ->     NUMBER 0 POP_LOCAL i JUMP test
//                                           body:  GLOBAL a LOCAL i GET ADD_LOCAL s INC_LOCAL i
//                                           test:  LOCAL i LOCAL n JUMP_LT body
#include "machine.h"

const uint8_t op_operands[OP_COUNT] = {
#define OP(name, operands) [OP_##name] = operands,
#include "op.inc"
#undef OP
};

typedef struct Jumps { // to a place that is not known yet
    LIST(uint32_t) at;
} Jumps;

typedef struct Loop {
    struct Loop *outer;
    Jumps breaks, continues;
} Loop;

typedef struct {
    Script *s;
    Heap *heap;
    Function *f;
    Loop *loop;
    LIST(Value) constants;
} Emit;

static void fail(Emit *e, const Node *n, const char *what) { error_set(e->s->error, n->line, what, ""); }

static void byte(Emit *e, uint32_t value) { list_push(e->s->arena, &e->f->code, (uint8_t)value); }
static void two_bytes(Emit *e, uint32_t value) { byte(e, value & 0xff), byte(e, value >> 8); }

static void op(Emit *e, Op o) { byte(e, o); }
static void op_byte(Emit *e, Op o, uint32_t value) { byte(e, o), byte(e, value); }
static void op_two(Emit *e, Op o, uint32_t value) { byte(e, o), two_bytes(e, value); }

// ---- jumps
static uint32_t here(const Emit *e) { return e->f->code.n; }

static void jump(Emit *e, Op o, Jumps *to) {
    byte(e, o);
    list_push(e->s->arena, &to->at, here(e));
    two_bytes(e, 0);
}

static void land(Emit *e, const Jumps *jumps) {
    for (uint32_t i = 0; i < jumps->at.n; i++) {
        uint8_t *code = &e->f->code.at[jumps->at.at[i]];
        code[0] = (uint8_t)here(e), code[1] = (uint8_t)(here(e) >> 8);
    }
}

static void jump_back(Emit *e, Op o, uint32_t to) { op_two(e, o, to); }

// ---- values
static void expression(Emit *e, const Node *n);

static void constant(Emit *e, Value v) {
    uint32_t i = 0;
    for (; i < e->constants.n; i++) {
        const Value *known = &e->constants.at[i];
        if (known->kind != v.kind) continue;
        if (v.kind == NUMBER ? known->number == v.number : !compare(e->heap, *known, v)) break;
    }
    if (i == e->constants.n) list_push(e->s->arena, &e->constants, v);
    op_two(e, OP_CONST, i);
}

static void number(Emit *e, int32_t n) {
    if (n >= -128 && n < 128)
        op_byte(e, OP_NUMBER, (uint32_t)n & 0xff);
    else if (n >= -32768 && n < 32768)
        op_two(e, OP_NUMBER2, (uint32_t)n & 0xffff);
    else
        constant(e, number_value(n));
}

static void variable(Emit *e, const Node *n) {
    if (n->local >= 0 && n->local < 4)
        op(e, (Op)(OP_LOCAL0 + n->local));
    else if (n->local >= 0)
        op_byte(e, OP_LOCAL, (uint32_t)n->local);
    else
        op_two(e, OP_GLOBAL, (uint32_t)n->symbol->global);
}

// An operation for locals, and its like for globals.
static void on_variable(Emit *e, const Node *n, Op local, Op global) {
    if (n->local >= 0)
        op_byte(e, local, (uint32_t)n->local);
    else
        op_two(e, global, (uint32_t)n->symbol->global);
}

static bool is_array(const Node *n) {
    return n->kind == NODE_VARIABLE && (n->local >= 0 ? n->owner->is_array[n->local] : n->symbol->is_array);
}

static uint32_t expressions(Emit *e, const Node *list) {
    uint32_t n = 0;
    for (; list; list = list->next, n++) expression(e, list);
    return n;
}

static void subscript(Emit *e, const Node *list) {
    uint32_t n = expressions(e, list);
    if (n > 1) op_byte(e, OP_SUBSCRIPT, n);
}

static Op binary_op(uint8_t token) {
    switch (token) {
    case TOKEN_ADD: return OP_ADD;
    case TOKEN_SUB: return OP_SUB;
    case TOKEN_MUL: return OP_MUL;
    case TOKEN_DIV: return OP_DIV;
    case TOKEN_MOD: return OP_MOD;
    case TOKEN_POWER: return OP_POWER;
    case TOKEN_EQ: return OP_EQ;
    case TOKEN_NE: return OP_NE;
    case TOKEN_LT: return OP_LT;
    case TOKEN_LE: return OP_LE;
    case TOKEN_GT: return OP_GT;
    case TOKEN_GE: return OP_GE;
    case TOKEN_MATCH: return OP_MATCH;
    default: return OP_NO_MATCH;
    }
}

static void binary(Emit *e, const Node *n) {
    const Node *b = n->b;
    expression(e, n->a);
    bool small = b->kind == NODE_NUMBER && b->value < 128;
    if (small && (n->token == TOKEN_ADD || n->token == TOKEN_SUB)) {
        op_byte(e, OP_ADD_NUMBER, (uint32_t)(n->token == TOKEN_ADD ? b->value : -b->value) & 0xff);
        return;
    }
    expression(e, b);
    op(e, binary_op(n->token));
}

// ---- conditions
static void condition(Emit *e, const Node *n, bool sense, Jumps *to);

static bool is_comparison(const Node *n) {
    return n->kind == NODE_BINARY && n->token != TOKEN_MATCH && n->token != TOKEN_NO_MATCH &&
           binary_op(n->token) >= OP_EQ && binary_op(n->token) <= OP_GE;
}

static Op comparing_jump(uint8_t token, bool sense) {
    switch (token) {
    case TOKEN_EQ: return sense ? OP_JUMP_EQ : OP_JUMP_NE;
    case TOKEN_NE: return sense ? OP_JUMP_NE : OP_JUMP_EQ;
    case TOKEN_LT: return sense ? OP_JUMP_LT : OP_JUMP_GE;
    case TOKEN_LE: return sense ? OP_JUMP_LE : OP_JUMP_GT;
    case TOKEN_GT: return sense ? OP_JUMP_GT : OP_JUMP_LE;
    default: return sense ? OP_JUMP_GE : OP_JUMP_LT;
    }
}

static void both(Emit *e, const Node *n, bool sense, Jumps *to) {
    bool stops = (n->kind == NODE_OR) == sense; // the first one alone may decide for the jump
    Jumps past = {0};
    condition(e, n->a, stops ? sense : !sense, stops ? to : &past);
    condition(e, n->b, sense, to);
    land(e, &past);
}

// Jumps if the truth of n is `sense`.
static void condition(Emit *e, const Node *n, bool sense, Jumps *to) {
    if (n->kind == NODE_AND || n->kind == NODE_OR) {
        both(e, n, sense, to);
    } else if (n->kind == NODE_UNARY && n->token == TOKEN_NOT) {
        condition(e, n->a, !sense, to);
    } else if (is_comparison(n)) {
        expression(e, n->a), expression(e, n->b);
        jump(e, comparing_jump(n->token, sense), to);
    } else {
        expression(e, n);
        jump(e, sense ? OP_JUMP_TRUE : OP_JUMP_FALSE, to);
    }
}

static void truth(Emit *e, const Node *n) {
    Jumps no = {0}, end = {0};
    condition(e, n, false, &no);
    number(e, 1);
    jump(e, OP_JUMP, &end);
    land(e, &no);
    number(e, 0);
    land(e, &end);
}

static void conditional(Emit *e, const Node *n) {
    Jumps no = {0}, end = {0};
    condition(e, n->a, false, &no);
    expression(e, n->b);
    jump(e, OP_JUMP, &end);
    land(e, &no);
    expression(e, n->c);
    land(e, &end);
}

// ---- assignments; `needed`: the value is used
static void assign_element(Emit *e, const Node *n, bool needed) {
    variable(e, n->a->a);
    subscript(e, n->a->list);
    expression(e, n->b);
    if (n->token != TOKEN_SET) {
        op_byte(e, OP_CHANGE, binary_op(n->token));
        if (!needed) op(e, OP_POP);
        return;
    }
    op(e, needed ? OP_PUT : OP_PUT_POP);
}

static void assign(Emit *e, const Node *n, bool needed) {
    if (n->a->kind == NODE_ELEMENT) {
        assign_element(e, n, needed);
        return;
    }
    if (is_array(n->a)) fail(e, n, "an array is used as a number");
    if (n->token == TOKEN_ADD) {
        expression(e, n->b);
        on_variable(e, n->a, OP_ADD_LOCAL, OP_ADD_GLOBAL);
        if (!needed) op(e, OP_POP);
        return;
    }
    if (n->token != TOKEN_SET) variable(e, n->a);
    expression(e, n->b);
    if (n->token != TOKEN_SET) op(e, binary_op(n->token));
    on_variable(e, n->a, needed ? OP_SET_LOCAL : OP_POP_LOCAL, needed ? OP_SET_GLOBAL : OP_POP_GLOBAL);
}

static void change(Emit *e, const Node *n, bool needed) {
    if (n->a->kind == NODE_ELEMENT) {
        variable(e, n->a->a);
        subscript(e, n->a->list);
        op_byte(e, n->is_post ? OP_POST : OP_PRE, (uint32_t)n->value & 0xff);
        if (!needed) op(e, OP_POP);
        return;
    }
    if (!needed) {
        on_variable(e, n->a, n->value > 0 ? OP_INC_LOCAL : OP_DEC_LOCAL, n->value > 0 ? OP_INC_GLOBAL : OP_DEC_GLOBAL);
        return;
    }
    if (n->is_post)
        on_variable(e, n->a, OP_POST_LOCAL, OP_POST_GLOBAL);
    else
        on_variable(e, n->a, OP_PRE_LOCAL, OP_PRE_GLOBAL);
    byte(e, (uint32_t)n->value & 0xff);
}

// ---- calls
static void call(Emit *e, const Node *n) {
    const Function *f = n->symbol->function;
    if (!f) {
        error_set(e->s->error, n->line, "no such function", n->symbol->name->text);
        return;
    }
    uint32_t k = 0;
    for (const Node *a = n->list; a; a = a->next, k++) {
        if (k < f->n_params && is_array(a) != f->is_array[k])
            fail(e, a, "an array is passed where none should be, or none where one should");
        expression(e, a);
    }
    if (k > f->n_params) fail(e, n, "too many arguments");
    op(e, OP_CALL), byte(e, f->number), byte(e, k);
}

static const Node *argument(const Node *n, uint32_t k) {
    const Node *a = n->list;
    while (a && k--) a = a->next;
    return a;
}

static void builtin(Emit *e, const Node *n) {
    static const struct {
        uint8_t token, least, most, op;
    } table[] = {{TOKEN_LENGTH, 1, 1, OP_LENGTH}, {TOKEN_SUBSTR, 2, 3, OP_SUBSTR},   {TOKEN_INDEX, 2, 2, OP_INDEX},
                 {TOKEN_SPLIT, 2, 3, OP_SPLIT},   {TOKEN_SPRINTF, 1, 32, OP_FORMAT}, {TOKEN_TOUPPER, 1, 1, OP_UPPER},
                 {TOKEN_TOLOWER, 1, 1, OP_LOWER}, {TOKEN_INT, 1, 1, OP_PLUS}};
    unsigned i = 0;
    while (table[i].token != n->token) i++;
    if (n->value < table[i].least || n->value > table[i].most) fail(e, n, "too many arguments, or too few");
    expressions(e, n->list);
    if (n->token == TOKEN_SPLIT && !argument(n, 2)) constant(e, text_value(text_new(e->heap, " ", 1)));
    op(e, (Op)table[i].op);
    if (n->token == TOKEN_SUBSTR || n->token == TOKEN_SPRINTF) byte(e, (uint32_t)n->value);
}

static void unary(Emit *e, const Node *n) {
    expression(e, n->a);
    op(e, n->token == TOKEN_NOT ? OP_NOT : n->token == TOKEN_SUB ? OP_NEGATE : OP_PLUS);
}

static void expression(Emit *e, const Node *n) {
    switch (n->kind) {
    case NODE_NUMBER: number(e, n->value); break;
    case NODE_STRING: constant(e, text_value(text_new(e->heap, n->text, (uint32_t)n->value))); break;
    case NODE_VARIABLE: variable(e, n); break;
    case NODE_ELEMENT:
        variable(e, n->a);
        subscript(e, n->list);
        op(e, OP_GET);
        break;
    case NODE_UNARY: unary(e, n); break;
    case NODE_BINARY: binary(e, n); break;
    case NODE_AND:
    case NODE_OR: truth(e, n); break;
    case NODE_CONDITION: conditional(e, n); break;
    case NODE_CONCAT:
        expressions(e, n->list);
        if (n->value == 2)
            op(e, OP_CONCAT);
        else
            op_byte(e, OP_CONCAT_MANY, (uint32_t)n->value);
        break;
    case NODE_ASSIGN: assign(e, n, true); break;
    case NODE_CHANGE: change(e, n, true); break;
    case NODE_IN:
        subscript(e, n->list);
        variable(e, n->b);
        op(e, OP_HAS);
        break;
    case NODE_CALL: call(e, n); break;
    case NODE_BUILTIN: builtin(e, n); break;
    default: fail(e, n, "a statement where a value should be");
    }
}

// ---- statements
static void statement(Emit *e, const Node *n);

static void in_vain(Emit *e, const Node *n) {
    if (n->kind == NODE_ASSIGN) {
        assign(e, n, false);
    } else if (n->kind == NODE_CHANGE) {
        change(e, n, false);
    } else {
        expression(e, n);
        op(e, OP_POP);
    }
}

static void if_statement(Emit *e, const Node *n) {
    Jumps no = {0}, end = {0};
    condition(e, n->a, false, &no);
    statement(e, n->b);
    if (n->c) jump(e, OP_JUMP, &end);
    land(e, &no);
    if (n->c) statement(e, n->c);
    land(e, &end);
}

// The test stands behind the body; it is jumped to first, but for do.
static void loop(Emit *e, const Node *test, const Node *step, const Node *what, bool tests_first) {
    Loop l = {.outer = e->loop};
    Jumps first = {0}, again = {0};
    e->loop = &l;
    if (test && tests_first) jump(e, OP_JUMP, &first);
    uint32_t begin = here(e);
    statement(e, what);
    land(e, &l.continues);
    if (step) in_vain(e, step);
    land(e, &first);
    if (test)
        condition(e, test, true, &again);
    else
        jump_back(e, OP_JUMP, begin);
    for (uint32_t i = 0; i < again.at.n; i++) {
        uint8_t *code = &e->f->code.at[again.at.at[i]];
        code[0] = (uint8_t)begin, code[1] = (uint8_t)(begin >> 8);
    }
    land(e, &l.breaks);
    e->loop = l.outer;
}

static void for_in(Emit *e, const Node *n) {
    Loop l = {.outer = e->loop};
    variable(e, n->b);
    op(e, OP_KEYS);
    e->loop = &l;
    uint32_t begin = here(e);
    on_variable(e, n->a, OP_NEXT_LOCAL, OP_NEXT_GLOBAL);
    list_push(e->s->arena, &l.breaks.at, here(e));
    two_bytes(e, 0);
    statement(e, n->d);
    land(e, &l.continues);
    jump_back(e, OP_JUMP, begin);
    land(e, &l.breaks);
    op(e, OP_POP), op(e, OP_POP);
    e->loop = l.outer;
}

static void leave(Emit *e, const Node *n) {
    if (!e->loop)
        fail(e, n, "there is nothing to break or to continue");
    else
        jump(e, OP_JUMP, n->kind == NODE_BREAK ? &e->loop->breaks : &e->loop->continues);
}

static void print_statement(Emit *e, const Node *n) {
    uint32_t count = expressions(e, n->list);
    if (n->token == TOKEN_PRINT) {
        op_byte(e, OP_PRINT, count);
    } else {
        if (!count) fail(e, n, "printf without a format");
        op_byte(e, OP_FORMAT, count);
        op(e, OP_PRINT_TEXT);
    }
}

static void delete_statement(Emit *e, const Node *n) {
    variable(e, n->a);
    if (n->list) subscript(e, n->list);
    op(e, n->list ? OP_DELETE : OP_CLEAR);
}

static void statement(Emit *e, const Node *n) {
    switch (n->kind) {
    case NODE_BLOCK:
        for (const Node *s = n->list; s; s = s->next) statement(e, s);
        break;
    case NODE_EXPRESSION: in_vain(e, n->a); break;
    case NODE_IF: if_statement(e, n); break;
    case NODE_WHILE: loop(e, n->a, NULL, n->b, true); break;
    case NODE_DO: loop(e, n->a, NULL, n->b, false); break;
    case NODE_FOR:
        if (n->a) in_vain(e, n->a);
        loop(e, n->b, n->c, n->d, true);
        break;
    case NODE_FOR_IN: for_in(e, n); break;
    case NODE_BREAK:
    case NODE_CONTINUE: leave(e, n); break;
    case NODE_RETURN:
        if (n->a)
            expression(e, n->a);
        else
            op(e, OP_NIL);
        op(e, OP_RETURN);
        break;
    case NODE_DELETE: delete_statement(e, n); break;
    case NODE_PRINT: print_statement(e, n); break;
    case NODE_EXIT: op(e, OP_EXIT); break;
    default: fail(e, n, "an expression where a statement should be");
    }
}

static void function(Emit *e, Function *f) {
    e->f = f, e->loop = NULL;
    for (uint32_t i = 0; i < f->n_params; i++)
        if (f->is_array[i]) op_byte(e, OP_NEED_TABLE, i);
    statement(e, f->body);
    op(e, f->number ? OP_NIL : OP_EXIT);
    op(e, OP_RETURN);
}

bool emit_script(Script *s, Heap *heap, Image *out) {
    Emit e = {.s = s, .heap = heap};
    *out = (Image){.n_procedures = s->n_functions, .n_globals = s->n_globals};
    out->procedures = NEW_N(s->arena, Procedure, s->n_functions);
    out->is_array = NEW_N(s->arena, bool, s->n_globals + 1);
    for (Function *f = s->functions; f; f = f->next) {
        function(&e, f);
        out->procedures[f->number] = (Procedure){f->code.at, f->code.n, f->n_params, f->number};
        if (f->code.n > 0xffff) error_set(s->error, 0, "a function that is too long", "");
    }
    for (uint32_t i = 0; i < s->n_globals; i++) out->is_array[i] = s->globals.at[i]->is_array;
    out->constants = e.constants.at, out->n_constants = e.constants.n;
    return !s->error->what;
}

// Tokens to trees.
#include "tree.h"

typedef struct {
    Script *s;
    Lexer lexer;
    Token t;
    Function *f;
    bool no_in; // the head of a for: `in` ends the expression
} Parser;

static void fail(Parser *p, const char *what) {
    error_set(p->s->error, p->t.line, what, p->t.kind == TOKEN_NAME || p->t.kind == TOKEN_CALL ? p->t.name->text : "");
    p->t.kind = TOKEN_END;
}

static void advance(Parser *p) {
    p->t = lex_next(&p->lexer);
    if (p->s->error->what) p->t.kind = TOKEN_END;
}

static bool is(const Parser *p, TokenKind kind) { return p->t.kind == kind; }

static bool take(Parser *p, TokenKind kind) {
    if (p->t.kind != kind) return false;
    advance(p);
    return true;
}

static void expect(Parser *p, TokenKind kind, const char *what) {
    if (!take(p, kind)) fail(p, what);
}

static void skip_newlines(Parser *p) {
    while (is(p, TOKEN_NEWLINE)) advance(p);
}

static void skip_ends(Parser *p) {
    while (is(p, TOKEN_NEWLINE) || is(p, TOKEN_SEMICOLON)) advance(p);
}

static Node *node(Parser *p, NodeKind kind, Node *a, Node *b) {
    Node *n = NEW(p->s->arena, Node);
    n->kind = kind, n->a = a, n->b = b, n->line = p->t.line, n->local = -1, n->owner = p->f;
    return n;
}

// ---- names
static Symbol *symbol_of(Parser *p, Name *name) {
    if (name->symbol) return name->symbol;
    Symbol *s = NEW(p->s->arena, Symbol);
    s->name = name, s->global = s->local = -1;
    return name->symbol = s;
}

static Node *variable(Parser *p) {
    Node *n = node(p, NODE_VARIABLE, NULL, NULL);
    if (!is(p, TOKEN_NAME)) {
        fail(p, "a variable should be here");
        return n;
    }
    n->symbol = symbol_of(p, p->t.name);
    n->local = n->symbol->local;
    if (n->local < 0 && n->symbol->global < 0) {
        n->symbol->global = (int32_t)p->s->n_globals++;
        list_push(p->s->arena, &p->s->globals, n->symbol);
    }
    advance(p);
    return n;
}

// ---- expressions
static Node *expression(Parser *p);

static Node *expressions(Parser *p, TokenKind end) {
    Node *first = NULL, **last = &first;
    if (is(p, end)) return NULL;
    do {
        skip_newlines(p);
        *last = expression(p);
        last = &(*last)->next;
    } while (take(p, TOKEN_COMMA));
    return first;
}

static uint32_t length_of(const Node *list) {
    uint32_t n = 0;
    for (; list; list = list->next) n++;
    return n;
}

static Node *call(Parser *p) {
    Node *n = node(p, NODE_CALL, NULL, NULL);
    n->symbol = symbol_of(p, p->t.name);
    advance(p);
    expect(p, TOKEN_OPEN, "a call without (");
    n->list = expressions(p, TOKEN_CLOSE);
    expect(p, TOKEN_CLOSE, "a call without )");
    return n;
}

static Node *builtin(Parser *p) {
    Node *n = node(p, NODE_BUILTIN, NULL, NULL);
    n->token = p->t.kind;
    advance(p);
    expect(p, TOKEN_OPEN, "a function without (");
    n->list = expressions(p, TOKEN_CLOSE);
    expect(p, TOKEN_CLOSE, "a function without )");
    n->value = (int32_t)length_of(n->list);
    return n;
}

static Node *primary(Parser *p) {
    Node *n;
    switch (p->t.kind) {
    case TOKEN_NUMBER:
        n = node(p, NODE_NUMBER, NULL, NULL);
        n->value = p->t.number;
        advance(p);
        return n;
    case TOKEN_STRING:
        n = node(p, NODE_STRING, NULL, NULL);
        n->text = p->t.text, n->value = p->t.number;
        advance(p);
        return n;
    case TOKEN_OPEN: {
        bool outer = p->no_in;
        advance(p);
        p->no_in = false;
        n = expression(p);
        p->no_in = outer;
        if (is(p, TOKEN_COMMA)) { // (i, j) in array
            Node *in = node(p, NODE_IN, NULL, NULL);
            advance(p);
            n->next = expressions(p, TOKEN_CLOSE);
            in->list = n;
            expect(p, TOKEN_CLOSE, "subscripts without )");
            expect(p, TOKEN_IN, "subscripts that are of nothing");
            in->b = variable(p);
            return in;
        }
        expect(p, TOKEN_CLOSE, "an expression without )");
        return n;
    }
    case TOKEN_CALL: return call(p);
    case TOKEN_INDEX:
    case TOKEN_INT:
    case TOKEN_LENGTH:
    case TOKEN_SPLIT:
    case TOKEN_SPRINTF:
    case TOKEN_SUBSTR:
    case TOKEN_TOLOWER:
    case TOKEN_TOUPPER: return builtin(p);
    case TOKEN_NAME:
        n = variable(p);
        if (!take(p, TOKEN_OPEN_INDEX)) return n;
        n = node(p, NODE_ELEMENT, n, NULL);
        n->list = expressions(p, TOKEN_CLOSE_INDEX);
        expect(p, TOKEN_CLOSE_INDEX, "a subscript without ]");
        return n;
    default: fail(p, "an expression is missing"); return node(p, NODE_NUMBER, NULL, NULL);
    }
}

static bool is_place(const Node *n) { return n->kind == NODE_VARIABLE || n->kind == NODE_ELEMENT; }

static Node *changed(Parser *p, Node *place, int by, bool is_post) {
    if (!is_place(place)) fail(p, "++ and -- are for variables");
    Node *n = node(p, NODE_CHANGE, place, NULL);
    n->value = by, n->is_post = is_post;
    return n;
}

static Node *postfix(Parser *p) {
    if (take(p, TOKEN_INC)) return changed(p, primary(p), 1, false);
    if (take(p, TOKEN_DEC)) return changed(p, primary(p), -1, false);
    Node *n = primary(p);
    if (!is_place(n)) return n;
    if (take(p, TOKEN_INC)) return changed(p, n, 1, true);
    if (take(p, TOKEN_DEC)) return changed(p, n, -1, true);
    return n;
}

static Node *unary(Parser *p);

static Node *binary(Parser *p, uint8_t token, Node *a, Node *b) {
    Node *n = node(p, NODE_BINARY, a, b);
    n->token = token;
    return n;
}

static Node *power(Parser *p) {
    Node *a = postfix(p);
    return take(p, TOKEN_POWER) ? binary(p, TOKEN_POWER, a, unary(p)) : a;
}

static Node *unary(Parser *p) {
    uint8_t kind = p->t.kind;
    if (kind != TOKEN_NOT && kind != TOKEN_SUB && kind != TOKEN_ADD) return power(p);
    advance(p);
    Node *n = node(p, NODE_UNARY, unary(p), NULL);
    n->token = kind;
    return n;
}

static Node *product(Parser *p) {
    Node *a = unary(p);
    while (is(p, TOKEN_MUL) || is(p, TOKEN_DIV) || is(p, TOKEN_MOD)) {
        uint8_t kind = p->t.kind;
        advance(p);
        a = binary(p, kind, a, unary(p));
    }
    return a;
}

static Node *sum(Parser *p) {
    Node *a = product(p);
    while (is(p, TOKEN_ADD) || is(p, TOKEN_SUB)) {
        uint8_t kind = p->t.kind;
        advance(p);
        a = binary(p, kind, a, product(p));
    }
    return a;
}

static bool begins_operand(const Parser *p) {
    uint8_t k = p->t.kind;
    return k == TOKEN_NUMBER || k == TOKEN_STRING || k == TOKEN_NAME || k == TOKEN_CALL || k == TOKEN_OPEN ||
           k == TOKEN_INDEX || k == TOKEN_INT || k == TOKEN_LENGTH || k == TOKEN_SPLIT || k == TOKEN_SPRINTF ||
           k == TOKEN_SUBSTR || k == TOKEN_TOLOWER || k == TOKEN_TOUPPER;
}

static Node *concatenation(Parser *p) {
    Node *a = sum(p);
    if (!begins_operand(p)) return a;
    Node *n = node(p, NODE_CONCAT, NULL, NULL), **last = &a->next;
    n->list = a, n->value = 1;
    while (begins_operand(p)) {
        *last = sum(p);
        last = &(*last)->next;
        n->value++;
    }
    return n;
}

static bool compares(const Parser *p) {
    uint8_t k = p->t.kind;
    return k == TOKEN_LT || k == TOKEN_LE || k == TOKEN_GT || k == TOKEN_GE || k == TOKEN_EQ || k == TOKEN_NE;
}

static Node *comparison(Parser *p) {
    Node *a = concatenation(p);
    if (!compares(p)) return a;
    uint8_t kind = p->t.kind;
    advance(p);
    return binary(p, kind, a, concatenation(p));
}

static Node *match(Parser *p) {
    Node *a = comparison(p);
    while (is(p, TOKEN_MATCH) || is(p, TOKEN_NO_MATCH)) {
        uint8_t kind = p->t.kind;
        advance(p);
        a = binary(p, kind, a, comparison(p));
    }
    return a;
}

static Node *membership(Parser *p) {
    Node *a = match(p);
    while (!p->no_in && take(p, TOKEN_IN)) {
        Node *n = node(p, NODE_IN, NULL, variable(p));
        n->list = a;
        a = n;
    }
    return a;
}

static Node *conjunction(Parser *p) {
    Node *a = membership(p);
    while (take(p, TOKEN_AND_AND)) {
        skip_newlines(p);
        a = node(p, NODE_AND, a, membership(p));
    }
    return a;
}

static Node *disjunction(Parser *p) {
    Node *a = conjunction(p);
    while (take(p, TOKEN_OR_OR)) {
        skip_newlines(p);
        a = node(p, NODE_OR, a, conjunction(p));
    }
    return a;
}

static Node *conditional(Parser *p) {
    Node *a = disjunction(p);
    if (!take(p, TOKEN_QUESTION)) return a;
    Node *n = node(p, NODE_CONDITION, a, expression(p));
    expect(p, TOKEN_COLON, "a condition without :");
    n->c = expression(p);
    return n;
}

static uint8_t operator_of(uint8_t kind) {
    switch (kind) {
    case TOKEN_ADD_SET: return TOKEN_ADD;
    case TOKEN_SUB_SET: return TOKEN_SUB;
    case TOKEN_MUL_SET: return TOKEN_MUL;
    case TOKEN_DIV_SET: return TOKEN_DIV;
    case TOKEN_MOD_SET: return TOKEN_MOD;
    case TOKEN_POWER_SET: return TOKEN_POWER;
    case TOKEN_SET: return TOKEN_SET;
    default: return TOKEN_END;
    }
}

static Node *expression(Parser *p) {
    Node *a = conditional(p);
    uint8_t op = operator_of(p->t.kind);
    if (op == TOKEN_END) return a;
    if (!is_place(a)) fail(p, "an assignment to what is no variable");
    advance(p);
    Node *n = node(p, NODE_ASSIGN, a, expression(p));
    n->token = op;
    return n;
}

// ---- statements
static Node *statement(Parser *p);

static Node *block(Parser *p) {
    Node *n = node(p, NODE_BLOCK, NULL, NULL), **last = &n->list;
    expect(p, TOKEN_OPEN_BRACE, "a block without {");
    skip_ends(p);
    while (!is(p, TOKEN_CLOSE_BRACE) && !is(p, TOKEN_END)) {
        *last = statement(p);
        last = &(*last)->next;
        skip_ends(p);
    }
    expect(p, TOKEN_CLOSE_BRACE, "a block without }");
    return n;
}

static void end(Parser *p) {
    if (is(p, TOKEN_CLOSE_BRACE) || take(p, TOKEN_SEMICOLON) || take(p, TOKEN_NEWLINE)) return;
    fail(p, "a statement without an end");
}

static Node *body(Parser *p) {
    skip_newlines(p);
    return statement(p);
}

static Node *if_statement(Parser *p) {
    expect(p, TOKEN_OPEN, "if without (");
    Node *n = node(p, NODE_IF, expression(p), NULL);
    expect(p, TOKEN_CLOSE, "if without )");
    n->b = body(p);
    if (n->b->kind == NODE_BLOCK) {
        // An else may stand in the next line; what else begins there does not care for newlines.
        skip_newlines(p);
    } else {
        skip_ends(p);
    }
    if (take(p, TOKEN_ELSE)) n->c = body(p);
    return n;
}

static Node *for_statement(Parser *p) {
    expect(p, TOKEN_OPEN, "for without (");
    Node *n = node(p, NODE_FOR, NULL, NULL);
    p->no_in = true;
    if (!is(p, TOKEN_SEMICOLON)) n->a = expression(p);
    p->no_in = false;
    if (n->a && n->a->kind == NODE_VARIABLE && take(p, TOKEN_IN)) {
        n->kind = NODE_FOR_IN;
        n->b = variable(p);
    } else {
        expect(p, TOKEN_SEMICOLON, "for without its first ;");
        if (!is(p, TOKEN_SEMICOLON)) n->b = expression(p);
        expect(p, TOKEN_SEMICOLON, "for without its second ;");
        if (!is(p, TOKEN_CLOSE)) n->c = expression(p);
    }
    expect(p, TOKEN_CLOSE, "for without )");
    n->d = body(p);
    return n;
}

static Node *while_statement(Parser *p) {
    expect(p, TOKEN_OPEN, "while without (");
    Node *n = node(p, NODE_WHILE, expression(p), NULL);
    expect(p, TOKEN_CLOSE, "while without )");
    n->b = body(p);
    return n;
}

static Node *do_statement(Parser *p) {
    Node *n = node(p, NODE_DO, NULL, body(p));
    skip_ends(p);
    expect(p, TOKEN_WHILE, "do without while");
    expect(p, TOKEN_OPEN, "while without (");
    n->a = expression(p);
    expect(p, TOKEN_CLOSE, "while without )");
    end(p);
    return n;
}

static Node *delete_statement(Parser *p) {
    Node *n = node(p, NODE_DELETE, variable(p), NULL);
    if (take(p, TOKEN_OPEN_INDEX)) {
        n->list = expressions(p, TOKEN_CLOSE_INDEX);
        expect(p, TOKEN_CLOSE_INDEX, "a subscript without ]");
    }
    end(p);
    return n;
}

static bool at_end(const Parser *p) {
    return is(p, TOKEN_NEWLINE) || is(p, TOKEN_SEMICOLON) || is(p, TOKEN_CLOSE_BRACE);
}

static Node *print_statement(Parser *p, uint8_t token) {
    Node *n = node(p, NODE_PRINT, NULL, NULL);
    n->token = token;
    if (!at_end(p)) n->list = expressions(p, TOKEN_NEWLINE);
    n->value = (int32_t)length_of(n->list);
    end(p);
    return n;
}

static Node *simple(Parser *p, NodeKind kind) {
    Node *n = node(p, kind, NULL, NULL);
    if (kind == NODE_RETURN && !at_end(p)) n->a = expression(p);
    end(p);
    return n;
}

static Node *statement(Parser *p) {
    Node *n;
    switch (p->t.kind) {
    case TOKEN_OPEN_BRACE: return block(p);
    case TOKEN_SEMICOLON: advance(p); return node(p, NODE_BLOCK, NULL, NULL);
    case TOKEN_IF: advance(p); return if_statement(p);
    case TOKEN_FOR: advance(p); return for_statement(p);
    case TOKEN_WHILE: advance(p); return while_statement(p);
    case TOKEN_DO: advance(p); return do_statement(p);
    case TOKEN_DELETE: advance(p); return delete_statement(p);
    case TOKEN_PRINT: advance(p); return print_statement(p, TOKEN_PRINT);
    case TOKEN_PRINTF: advance(p); return print_statement(p, TOKEN_PRINTF);
    case TOKEN_BREAK: advance(p); return simple(p, NODE_BREAK);
    case TOKEN_CONTINUE: advance(p); return simple(p, NODE_CONTINUE);
    case TOKEN_RETURN: advance(p); return simple(p, NODE_RETURN);
    case TOKEN_EXIT: advance(p); return simple(p, NODE_EXIT);
    default:
        n = node(p, NODE_EXPRESSION, expression(p), NULL);
        end(p);
        return n;
    }
}

// ---- functions
static Function *new_function(Parser *p, Symbol *symbol) {
    Function *f = NEW(p->s->arena, Function);
    f->symbol = symbol, f->number = p->s->n_functions++;
    *p->s->last = f, p->s->last = &f->next;
    return f;
}

static void function(Parser *p) {
    Symbol *params[LOCALS_MAX];
    if (!is(p, TOKEN_NAME) && !is(p, TOKEN_CALL)) {
        fail(p, "a function without a name");
        return;
    }
    Symbol *symbol = symbol_of(p, p->t.name);
    if (symbol->function) fail(p, "a function that is there already");
    Function *f = p->f = symbol->function = new_function(p, symbol);
    advance(p);
    expect(p, TOKEN_OPEN, "a function without (");
    while (is(p, TOKEN_NAME) && f->n_params < LOCALS_MAX) {
        Symbol *param = params[f->n_params] = symbol_of(p, p->t.name);
        param->local = (int32_t)f->n_params++;
        advance(p);
        if (!take(p, TOKEN_COMMA)) break;
        skip_newlines(p);
    }
    expect(p, TOKEN_CLOSE, "a function without )");
    skip_newlines(p);
    f->body = block(p);
    for (uint32_t i = 0; i < f->n_params; i++) params[i]->local = -1;
}

bool parse_script(Script *s, const char *text) {
    Parser p = {.s = s, .lexer = {.arena = s->arena, .names = s->names, .error = s->error}};
    lex_begin(&p.lexer, text);
    s->last = &s->functions;
    Function *begin = new_function(&p, NULL);
    advance(&p);
    for (skip_ends(&p); !is(&p, TOKEN_END); skip_ends(&p)) {
        if (take(&p, TOKEN_FUNCTION)) {
            function(&p);
        } else {
            p.f = begin;
            if (begin->body) fail(&p, "more than one BEGIN");
            expect(&p, TOKEN_BEGIN, "BEGIN or a function should be here");
            begin->body = block(&p);
        }
    }
    if (!begin->body) error_set(s->error, 0, "there is no BEGIN", "");
    return !s->error->what;
}

// The parser: declarations at the top of a file, and what all of its parts use.
//
// parse_type.c        specifiers, declarators, structs     parse_statement.c  statements and local declarations
// parse_expression.c  expressions by precedence            node.c             conversions, and what a tree means as a constant
// initial.c           initializers
#include "parse.h"

void parse_fail(Parser *p, const char *what) {
    error_set(p->error, p->t.line, what, p->t.kind == TOKEN_NAME ? p->t.name->text : "");
    p->t.kind = TOKEN_END;
    p->has_ahead = false;
}

// Strings side by side are one string.
static void join_strings(Parser *p, const Token *next) {
    Text joined = {.arena = p->arena};
    for (int32_t i = 0; i + 1 < p->t.value; i++) text_char(&joined, p->t.text[i]);
    for (int32_t i = 0; i < next->value; i++) text_char(&joined, next->text[i]);
    p->t.text = joined.at, p->t.value = (int32_t)joined.n;
    p->has_ahead = false;
}

void parse_advance(Parser *p) {
    p->t = p->has_ahead ? p->ahead : pre_next(p->lexer);
    p->has_ahead = false;
    while (p->t.kind == TOKEN_STRING && parse_ahead(p)->kind == TOKEN_STRING) join_strings(p, &p->ahead);
    if (p->error->what) p->t.kind = TOKEN_END;
}

bool parse_is(const Parser *p, TokenKind kind) { return p->t.kind == kind; }

const Token *parse_ahead(Parser *p) {
    if (!p->has_ahead) p->ahead = pre_next(p->lexer);
    p->has_ahead = true;
    return &p->ahead;
}

bool parse_take(Parser *p, TokenKind kind) {
    if (p->t.kind != kind) return false;
    parse_advance(p);
    return true;
}

void parse_expect(Parser *p, TokenKind kind, const char *what) {
    if (!parse_take(p, kind)) parse_fail(p, what);
}

// ---- scopes
void scope_enter(Parser *p) {
    Scope *s = NEW(p->arena, Scope);
    s->outer = p->scope;
    p->scope = s;
}

void scope_leave(Parser *p) {
    for (Symbol *s = p->scope->symbols; s; s = s->in_scope) *(s->is_tag ? &s->name->tag : &s->name->symbol) = s->outer;
    p->scope = p->scope->outer;
}

Symbol *scope_add(Parser *p, Name *name, SymbolKind kind, Type *type) {
    Symbol *s = NEW(p->arena, Symbol);
    s->name = name, s->label = name->text, s->kind = kind, s->type = type;
    s->param = -1;
    s->outer = name->symbol;
    s->in_scope = p->scope->symbols;
    p->scope->symbols = name->symbol = s;
    return s;
}

Node *node_new(Parser *p, NodeKind kind, Type *type) {
    Node *n = NEW(p->arena, Node);
    n->kind = kind, n->type = type, n->line = p->t.line;
    p->program->n_nodes++;
    return n;
}

// ---- at the top of a file
static Symbol *declare(Parser *p, Name *name, Type *type, const Storage *storage) {
    SymbolKind kind = storage->is_typedef ? SYMBOL_TYPE : type->kind == TYPE_FUNCTION ? SYMBOL_FUNCTION : SYMBOL_GLOBAL;
    Symbol *s = name->symbol;
    if (!s) return scope_add(p, name, kind, type);
    if (s->kind != kind || !type_same(s->type, type)) parse_fail(p, "a name is declared anew as something else");
    if (type->kind == TYPE_ARRAY && type->count >= 0) s->type = type;
    return s;
}

static void add_params(Parser *p, Symbol *f) {
    int32_t n = 0;
    for (const Param *param = f->type->params; param; param = param->next) {
        if (!param->name) {
            parse_fail(p, "a parameter without a name");
            return;
        }
        Symbol *s = scope_add(p, param->name, SYMBOL_LOCAL, param->type);
        s->param = n++;
        parse_local_add(p, s);
    }
}

static void function_body(Parser *p, Symbol *f, Type *type) {
    if (f->is_defined) parse_fail(p, "a function has two bodies");
    f->is_defined = true, f->type = type; // with the names of its parameters
    p->function = f, p->last_local = &f->locals;
    *p->program->last_function = f, p->program->last_function = &f->next;
    scope_enter(p);
    add_params(p, f);
    f->body = parse_block(p);
    scope_leave(p);
    p->function = NULL;
}

static void define_global(Parser *p, Symbol *s) {
    if (s->is_defined) return;
    s->is_defined = true;
    *p->program->last_global = s, p->program->last_global = &s->next;
}

static void global(Parser *p, Symbol *s, const Storage *storage) {
    if (parse_take(p, TOKEN_SET)) {
        if (s->data.n) parse_fail(p, "a variable has two initial values");
        define_global(p, s);
        s->type = initial_global(p, s, s->type);
    } else if (!storage->is_extern) {
        define_global(p, s);
    }
    if (s->is_defined && !type_size(s->type)) parse_fail(p, "a variable of unknown size");
}

static void declaration(Parser *p) {
    Storage storage = {0};
    Type *base = parse_specifiers(p, &storage);
    if (parse_take(p, TOKEN_SEMICOLON)) return; // a struct or an enum
    do {
        Name *name = NULL;
        Type *type = parse_declarator(p, base, &name);
        if (!name) {
            parse_fail(p, "a declaration without a name");
            return;
        }
        Symbol *s = declare(p, name, type, &storage);
        if (s->kind == SYMBOL_FUNCTION && parse_is(p, TOKEN_OPEN_BRACE)) {
            function_body(p, s, type);
            return;
        }
        if (s->kind == SYMBOL_GLOBAL) global(p, s, &storage);
    } while (parse_take(p, TOKEN_COMMA));
    parse_expect(p, TOKEN_SEMICOLON, "a declaration does not end in ;");
}

void parse_program(Parser *p) {
    types_begin(&p->types, p->arena);
    p->program->last_function = &p->program->functions;
    p->program->last_global = &p->program->globals;
    scope_enter(p);
    parse_advance(p);
    while (!parse_is(p, TOKEN_END)) declaration(p);
}

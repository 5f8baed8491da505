// Statements, and declarations in blocks.
#include "parse.h"

static Node *statement(Parser *p);

void parse_local_add(Parser *p, Symbol *s) { *p->last_local = s, p->last_local = &s->next; }

// ---- declarations
static Node *static_local(Parser *p, Symbol *s) {
    Text label = {.arena = p->arena};
    text_add(&label, s->name->text), text_char(&label, '.'), text_number(&label, (int32_t)p->n_labels++);
    text_char(&label, 0);
    s->label = label.at, s->kind = SYMBOL_GLOBAL, s->is_defined = true;
    if (parse_take(p, TOKEN_SET)) s->type = initial_global(p, s, s->type);
    *p->program->last_global = s, p->program->last_global = &s->next;
    return NULL;
}

static Node *declare_local(Parser *p, Name *name, Type *type, const Storage *storage) {
    if (storage->is_typedef) {
        scope_add(p, name, SYMBOL_TYPE, type);
        return NULL;
    }
    if (type->kind == TYPE_FUNCTION) {
        parse_fail(p, "a function is declared in a block");
        return NULL;
    }
    Symbol *s = scope_add(p, name, SYMBOL_LOCAL, type);
    if (storage->is_static) return static_local(p, s);
    Node *begin = NULL;
    if (parse_take(p, TOKEN_SET)) {
        begin = initial_local(p, s, type, &type);
        s->type = type;
    }
    if (!type_size(type) || type->kind == TYPE_VOID) parse_fail(p, "a variable of unknown size");
    parse_local_add(p, s);
    return begin;
}

Node *parse_local(Parser *p) {
    Storage storage = {0};
    Type *base = parse_specifiers(p, &storage);
    Node *block = node_new(p, NODE_BLOCK, NULL), **last = &block->a;
    if (parse_take(p, TOKEN_SEMICOLON)) return block;
    do {
        Name *name = NULL;
        Type *type = parse_declarator(p, base, &name);
        if (!name) {
            parse_fail(p, "a declaration without a name");
            return block;
        }
        *last = declare_local(p, name, type, &storage);
        if (*last) last = &(*last)->next;
    } while (parse_take(p, TOKEN_COMMA));
    parse_expect(p, TOKEN_SEMICOLON, "a declaration does not end in ;");
    return block;
}

// ---- statements
static Node *expression_statement(Parser *p) {
    Node *n = node_new(p, NODE_EXPRESSION, NULL);
    n->a = parse_expression(p);
    parse_expect(p, TOKEN_SEMICOLON, "a statement does not end in ;");
    return n;
}

static Node *condition(Parser *p) {
    parse_expect(p, TOKEN_OPEN, "a condition without (");
    Node *n = parse_condition(p);
    parse_expect(p, TOKEN_CLOSE, "a condition without )");
    return n;
}

static Node *if_statement(Parser *p) {
    Node *n = node_new(p, NODE_IF, NULL);
    n->a = condition(p);
    n->b = statement(p);
    if (parse_take(p, TOKEN_ELSE)) n->c = statement(p);
    return n;
}

static Node *loop_body(Parser *p) {
    p->loops++, p->breakable++;
    Node *n = statement(p);
    p->loops--, p->breakable--;
    return n;
}

static Node *while_statement(Parser *p) {
    Node *n = node_new(p, NODE_WHILE, NULL);
    n->a = condition(p);
    n->b = loop_body(p);
    return n;
}

static Node *do_statement(Parser *p) {
    Node *n = node_new(p, NODE_DO, NULL);
    n->b = loop_body(p);
    parse_expect(p, TOKEN_WHILE, "do without while");
    n->a = condition(p);
    parse_expect(p, TOKEN_SEMICOLON, "a statement does not end in ;");
    return n;
}

static Node *for_statement(Parser *p) {
    Node *n = node_new(p, NODE_FOR, NULL);
    scope_enter(p);
    parse_expect(p, TOKEN_OPEN, "for without (");
    if (parse_begins_type(p))
        n->a = parse_local(p);
    else if (!parse_take(p, TOKEN_SEMICOLON))
        n->a = expression_statement(p);
    if (!parse_is(p, TOKEN_SEMICOLON)) n->b = parse_condition(p);
    parse_expect(p, TOKEN_SEMICOLON, "for without its second ;");
    if (!parse_is(p, TOKEN_CLOSE)) n->c = parse_expression(p);
    parse_expect(p, TOKEN_CLOSE, "for without )");
    n->d = loop_body(p);
    scope_leave(p);
    return n;
}

static Node *switch_statement(Parser *p) {
    Node *n = node_new(p, NODE_SWITCH, NULL), *outer = p->in_switch;
    n->a = condition(p);
    p->in_switch = n, p->breakable++;
    n->b = statement(p);
    p->in_switch = outer, p->breakable--;
    return n;
}

static Node *case_label(Parser *p) {
    Node *n = node_new(p, NODE_CASE, NULL);
    n->is_default = parse_is(p, TOKEN_DEFAULT);
    parse_advance(p);
    if (!n->is_default) n->value = parse_constant(p);
    parse_expect(p, TOKEN_COLON, "a case without :");
    if (!p->in_switch) {
        parse_fail(p, "a case outside of a switch");
        return n;
    }
    for (const Node *other = p->in_switch->cases; other; other = other->next_case)
        if (other->is_default == n->is_default && other->value == n->value)
            parse_fail(p, "a case that is there already");
    n->next_case = p->in_switch->cases;
    return p->in_switch->cases = n;
}

static Node *return_statement(Parser *p) {
    Node *n = node_new(p, NODE_RETURN, NULL);
    Type *type = p->function->type->to;
    if (!parse_is(p, TOKEN_SEMICOLON)) {
        if (type->kind == TYPE_VOID) parse_fail(p, "a function without a result returns one");
        n->a = node_convert(p, node_decay(p, parse_expression(p)), type);
    } else if (type->kind != TYPE_VOID) {
        parse_fail(p, "a result is missing");
    }
    parse_expect(p, TOKEN_SEMICOLON, "a statement does not end in ;");
    return n;
}

static Node *jump(Parser *p, NodeKind kind) {
    if (kind == NODE_BREAK ? !p->breakable : !p->loops) parse_fail(p, "there is nothing to break or to continue");
    parse_advance(p);
    parse_expect(p, TOKEN_SEMICOLON, "a statement does not end in ;");
    return node_new(p, kind, NULL);
}

static Node *statement(Parser *p) {
    switch (p->t.kind) {
    case TOKEN_OPEN_BRACE: return parse_block(p);
    case TOKEN_SEMICOLON: parse_advance(p); return node_new(p, NODE_NOTHING, NULL);
    case TOKEN_IF: parse_advance(p); return if_statement(p);
    case TOKEN_WHILE: parse_advance(p); return while_statement(p);
    case TOKEN_DO: parse_advance(p); return do_statement(p);
    case TOKEN_FOR: parse_advance(p); return for_statement(p);
    case TOKEN_SWITCH: parse_advance(p); return switch_statement(p);
    case TOKEN_CASE:
    case TOKEN_DEFAULT: return case_label(p);
    case TOKEN_BREAK: return jump(p, NODE_BREAK);
    case TOKEN_CONTINUE: return jump(p, NODE_CONTINUE);
    case TOKEN_RETURN: parse_advance(p); return return_statement(p);
    default: return expression_statement(p);
    }
}

Node *parse_block(Parser *p) {
    Node *block = node_new(p, NODE_BLOCK, NULL), **last = &block->a;
    parse_expect(p, TOKEN_OPEN_BRACE, "a block without {");
    scope_enter(p);
    while (!parse_is(p, TOKEN_CLOSE_BRACE) && !parse_is(p, TOKEN_END)) {
        *last = parse_begins_type(p) ? parse_local(p) : statement(p);
        last = &(*last)->next;
    }
    scope_leave(p);
    parse_expect(p, TOKEN_CLOSE_BRACE, "a block without }");
    return block;
}

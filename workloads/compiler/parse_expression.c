// Expressions, by precedence climbing.
#include "parse.h"

static Node *unary(Parser *p);

// ---- what has no operator
static Node *name(Parser *p) {
    Symbol *s = p->t.name->symbol;
    if (!s) {
        parse_fail(p, "a name that was not declared");
        return node_number(p, 0, p->types.basic[TYPE_INT]);
    }
    parse_advance(p);
    s->is_used = true;
    if (s->kind == SYMBOL_CONSTANT) return node_number(p, s->value, p->types.basic[TYPE_INT]);
    if (s->kind == SYMBOL_TYPE) parse_fail(p, "a type where a value should be");
    Node *n = node_new(p, s->kind == SYMBOL_FUNCTION ? NODE_FUNCTION : NODE_VARIABLE, s->type);
    n->symbol = s;
    return n;
}

static Node *string(Parser *p) {
    Symbol *s = initial_string(p, &p->t);
    Node *n = node_new(p, NODE_VARIABLE, s->type);
    n->symbol = s;
    parse_advance(p);
    return n;
}

static Node *primary(Parser *p) {
    Node *n;
    switch (p->t.kind) {
    case TOKEN_NUMBER:
        n = node_number(p, p->t.value, p->types.basic[p->t.is_unsigned ? TYPE_UINT : TYPE_INT]);
        parse_advance(p);
        return n;
    case TOKEN_STRING: return string(p);
    case TOKEN_NAME: return name(p);
    case TOKEN_OPEN:
        parse_advance(p);
        n = parse_expression(p);
        parse_expect(p, TOKEN_CLOSE, "an expression without )");
        return n;
    default: parse_fail(p, "an expression is missing"); return node_number(p, 0, p->types.basic[TYPE_INT]);
    }
}

// ---- behind it
static Node *call(Parser *p, Node *f) {
    f = node_decay(p, f);
    if (f->type->kind != TYPE_POINTER || f->type->to->kind != TYPE_FUNCTION) {
        parse_fail(p, "a call of what is no function");
        return f;
    }
    Type *type = f->type->to;
    Node *n = node_new(p, NODE_CALL, type->to), **last = &n->b;
    const Param *param = type->params;
    n->a = f;
    while (!parse_is(p, TOKEN_CLOSE) && !parse_is(p, TOKEN_END)) {
        if (!param) {
            parse_fail(p, "too many arguments");
            return n;
        }
        *last = node_convert(p, node_value(p, parse_assignment(p)), param->type);
        last = &(*last)->next, n->value++;
        param = param->next;
        if (!parse_take(p, TOKEN_COMMA)) break;
    }
    if (param) parse_fail(p, "too few arguments");
    parse_expect(p, TOKEN_CLOSE, "arguments without an end");
    return n;
}

static Node *member(Parser *p, Node *of) {
    const Member *m = NULL;
    if (of->type->kind != TYPE_STRUCT || !parse_is(p, TOKEN_NAME) || !(m = type_member(of->type, p->t.name))) {
        parse_fail(p, "no such member");
        return of;
    }
    parse_advance(p);
    Node *n = node_new(p, NODE_MEMBER, m->type);
    n->a = of, n->value = (int32_t)m->offset;
    return n;
}

static Node *element(Parser *p, Node *array) {
    Node *i = parse_expression(p);
    parse_expect(p, TOKEN_CLOSE_INDEX, "an index without ]");
    return node_deref(p, node_binary(p, TOKEN_ADD, array, i));
}

static Node *postfix(Parser *p) {
    Node *n = primary(p);
    for (;;) {
        uint8_t kind = p->t.kind;
        if (parse_take(p, TOKEN_OPEN)) {
            n = call(p, n);
        } else if (parse_take(p, TOKEN_OPEN_INDEX)) {
            n = element(p, n);
        } else if (parse_take(p, TOKEN_DOT)) {
            n = member(p, n);
        } else if (parse_take(p, TOKEN_ARROW)) {
            n = member(p, node_deref(p, node_decay(p, n)));
        } else if (parse_take(p, TOKEN_INC) || parse_take(p, TOKEN_DEC)) {
            Node *one = node_number(p, 1, p->types.basic[TYPE_INT]);
            n = node_change(p, kind == TOKEN_INC ? TOKEN_ADD : TOKEN_SUB, n, one, true);
        } else {
            return n;
        }
    }
}

// ---- before it
static Node *size_of(Parser *p) {
    uint32_t size;
    if (parse_is(p, TOKEN_OPEN)) {
        const Token *t = parse_ahead(p);
        Token now = p->t;
        p->t = *t;
        bool is_type = parse_begins_type(p);
        p->t = now;
        if (is_type) {
            parse_advance(p);
            size = type_size(parse_type_name(p));
            parse_expect(p, TOKEN_CLOSE, "sizeof without )");
            return node_number(p, (int32_t)size, p->types.basic[TYPE_UINT]);
        }
    }
    size = type_size(unary(p)->type);
    return node_number(p, (int32_t)size, p->types.basic[TYPE_UINT]);
}

static Node *cast(Parser *p) {
    parse_advance(p);
    Type *type = parse_type_name(p);
    parse_expect(p, TOKEN_CLOSE, "a cast without )");
    Node *n = node_decay(p, unary(p));
    if (type->kind == TYPE_VOID) {
        n = node_value(p, n);
        n->type = type;
        return n;
    }
    if (!type_is_scalar(type) || !type_is_scalar(n->type)) parse_fail(p, "a cast that makes no sense");
    Node *c = node_new(p, NODE_CAST, type);
    c->a = n;
    return c;
}

static bool is_cast(Parser *p) {
    if (!parse_is(p, TOKEN_OPEN)) return false;
    Token now = p->t;
    p->t = *parse_ahead(p);
    bool is = parse_begins_type(p);
    p->t = now;
    return is;
}

static Node *negative(Parser *p, uint8_t kind) {
    Node *n = node_value(p, unary(p));
    if (!type_is_int(n->type)) parse_fail(p, "an operator for numbers alone");
    if (kind == TOKEN_ADD) return n;
    if (kind == TOKEN_SUB) return node_binary(p, TOKEN_SUB, node_number(p, 0, n->type), n);
    return node_binary(p, TOKEN_XOR, n, node_number(p, -1, n->type));
}

static Node *unary(Parser *p) {
    uint8_t kind = p->t.kind;
    if (is_cast(p)) return cast(p);
    switch (kind) {
    case TOKEN_ADD:
    case TOKEN_SUB:
    case TOKEN_TILDE: parse_advance(p); return negative(p, kind);
    case TOKEN_NOT: {
        parse_advance(p);
        Node *n = node_new(p, NODE_NOT, p->types.basic[TYPE_INT]);
        n->a = node_value(p, unary(p));
        return n;
    }
    case TOKEN_MUL: parse_advance(p); return node_deref(p, node_decay(p, unary(p)));
    case TOKEN_AND: parse_advance(p); return node_address(p, unary(p));
    case TOKEN_INC:
    case TOKEN_DEC: {
        parse_advance(p);
        Node *one = node_number(p, 1, p->types.basic[TYPE_INT]);
        return node_change(p, kind == TOKEN_INC ? TOKEN_ADD : TOKEN_SUB, unary(p), one, false);
    }
    case TOKEN_SIZEOF: parse_advance(p); return size_of(p);
    default: return postfix(p);
    }
}

// ---- between two
static unsigned level_of(uint8_t kind) {
    switch (kind) {
    case TOKEN_OR_OR: return 1;
    case TOKEN_AND_AND: return 2;
    case TOKEN_OR: return 3;
    case TOKEN_XOR: return 4;
    case TOKEN_AND: return 5;
    case TOKEN_EQ:
    case TOKEN_NE: return 6;
    case TOKEN_LT:
    case TOKEN_GT:
    case TOKEN_LE:
    case TOKEN_GE: return 7;
    case TOKEN_SHL:
    case TOKEN_SHR: return 8;
    case TOKEN_ADD:
    case TOKEN_SUB: return 9;
    case TOKEN_MUL:
    case TOKEN_DIV:
    case TOKEN_REM: return 10;
    default: return 0;
    }
}

static Node *both(Parser *p, NodeKind kind, Node *a, Node *b) {
    Node *n = node_new(p, kind, p->types.basic[TYPE_INT]);
    n->a = node_value(p, a), n->b = node_value(p, b);
    return n;
}

static Node *binary(Parser *p, unsigned level) {
    Node *a = unary(p);
    while (level_of(p->t.kind) > level) {
        uint8_t kind = p->t.kind;
        parse_advance(p);
        Node *b = binary(p, level_of(kind));
        if (kind == TOKEN_AND_AND)
            a = both(p, NODE_AND_AND, a, b);
        else if (kind == TOKEN_OR_OR)
            a = both(p, NODE_OR_OR, a, b);
        else
            a = node_binary(p, kind, a, b);
    }
    return a;
}

static Node *conditional(Parser *p) {
    Node *a = binary(p, 0);
    if (!parse_take(p, TOKEN_QUESTION)) return a;
    Node *n = node_new(p, NODE_CONDITION, NULL);
    n->a = node_value(p, a);
    Node *b = node_value(p, parse_expression(p));
    parse_expect(p, TOKEN_COLON, "a condition without :");
    Node *c = node_value(p, conditional(p));
    Type *type = b->type;
    int32_t zero;
    if (type_is_int(b->type) && type_is_int(c->type))
        type = p->types.basic[type_is_unsigned(b->type) || type_is_unsigned(c->type) ? TYPE_UINT : TYPE_INT];
    else if (node_constant(b, &zero, &(Symbol *){NULL}) && !zero)
        type = c->type;
    n->b = type->kind == TYPE_VOID ? b : node_convert(p, b, type);
    n->c = type->kind == TYPE_VOID ? c : node_convert(p, c, type);
    n->type = type;
    return n;
}

static uint8_t operator_of(uint8_t kind) {
    switch (kind) {
    case TOKEN_ADD_SET: return TOKEN_ADD;
    case TOKEN_SUB_SET: return TOKEN_SUB;
    case TOKEN_MUL_SET: return TOKEN_MUL;
    case TOKEN_DIV_SET: return TOKEN_DIV;
    case TOKEN_REM_SET: return TOKEN_REM;
    case TOKEN_AND_SET: return TOKEN_AND;
    case TOKEN_OR_SET: return TOKEN_OR;
    case TOKEN_XOR_SET: return TOKEN_XOR;
    case TOKEN_SHL_SET: return TOKEN_SHL;
    case TOKEN_SHR_SET: return TOKEN_SHR;
    default: return TOKEN_END;
    }
}

Node *parse_assignment(Parser *p) {
    Node *a = conditional(p);
    if (parse_take(p, TOKEN_SET)) return node_assign(p, a, parse_assignment(p));
    uint8_t op = operator_of(p->t.kind);
    if (op == TOKEN_END) return a;
    parse_advance(p);
    return node_change(p, op, a, parse_assignment(p), false);
}

Node *parse_expression(Parser *p) {
    Node *a = parse_assignment(p);
    while (parse_take(p, TOKEN_COMMA)) {
        Node *n = node_new(p, NODE_COMMA, NULL);
        n->a = node_decay(p, a), n->b = node_value(p, parse_assignment(p));
        n->type = n->b->type;
        a = n;
    }
    return a;
}

Node *parse_condition(Parser *p) {
    Node *n = node_value(p, parse_expression(p));
    if (!type_is_scalar(n->type)) parse_fail(p, "a condition that is no number and no pointer");
    return n;
}

int32_t parse_constant(Parser *p) {
    int32_t value = 0;
    Symbol *address = NULL;
    Node *n = node_value(p, conditional(p));
    if (!node_constant(n, &value, &address) || address) parse_fail(p, "a constant should be here");
    return value;
}

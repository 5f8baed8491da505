// Initializers: bytes and references for what is there before the program runs, assignments for locals.
//
//     int a[] = {1, [3] = 2};      ->   a[0] = 1, a[3] = 2 and what is left is 0; a has 4 elements
#include "parse.h"

typedef struct {
    Parser *p;
    Symbol *symbol;
    bool is_local;
    Node **last; // where the next statement of a local goes
} Initial;

static void byte_at(Initial *s, uint32_t offset, int32_t value) {
    while (s->symbol->data.n <= offset) list_push(s->p->arena, &s->symbol->data, 0);
    s->symbol->data.at[offset] = (uint8_t)value;
}

static void add_statement(Initial *s, Node *expression) {
    Node *n = node_new(s->p, NODE_EXPRESSION, NULL);
    n->a = expression;
    *s->last = n, s->last = &n->next;
}

static void number_at(Initial *s, uint32_t offset, Type *type, int32_t value) {
    if (s->is_local) {
        if (!value) return; // all of it was cleared
        Node *place = node_place_at(s->p, s->symbol, offset, type);
        add_statement(s, node_assign(s->p, place, node_number(s->p, value, type)));
        return;
    }
    for (uint32_t i = 0; i < type_size(type); i++) byte_at(s, offset + i, value >> (8 * i));
}

static void scalar(Initial *s, Type *type, uint32_t offset) {
    Node *value = parse_assignment(s->p);
    if (s->is_local) {
        add_statement(s, node_assign(s->p, node_place_at(s->p, s->symbol, offset, type), value));
        return;
    }
    int32_t number = 0;
    Symbol *address = NULL;
    value = node_convert(s->p, node_decay(s->p, value), type);
    if (!node_constant(value, &number, &address)) parse_fail(s->p, "an initial value that is not constant");
    number_at(s, offset, type, number);
    if (!address) return;
    address->is_used = true;
    list_push(s->p->arena, &s->symbol->references, ((Reference){offset, address, number}));
}

static bool is_text(Parser *p, const Type *type) {
    return parse_is(p, TOKEN_STRING) && type->kind == TYPE_ARRAY && type_size(type->to) == 1;
}

static Type *text(Initial *s, Type *type, uint32_t offset) {
    Parser *p = s->p;
    int32_t n = p->t.value;
    const char *bytes = p->t.text;
    if (type->count < 0) type = type_array(&p->types, type->to, n);
    if (n > type->count + 1) parse_fail(p, "a string that is too long");
    for (int32_t i = 0; i < n && i < type->count; i++) number_at(s, offset + (uint32_t)i, type->to, bytes[i]);
    parse_advance(p);
    return type;
}

static Type *value(Initial *s, Type *type, uint32_t offset);

// [3] = or nothing
static int32_t element_number(Parser *p, int32_t next) {
    if (!parse_take(p, TOKEN_OPEN_INDEX)) return next;
    next = parse_constant(p);
    parse_expect(p, TOKEN_CLOSE_INDEX, "an index without ]");
    parse_expect(p, TOKEN_SET, "an initial value without =");
    return next;
}

static Type *array(Initial *s, Type *type, uint32_t offset, bool braced) {
    Parser *p = s->p;
    int32_t n = 0, most = 0;
    while (!parse_is(p, TOKEN_CLOSE_BRACE) && !parse_is(p, TOKEN_END) && (braced || n < type->count)) {
        if (braced) n = element_number(p, n);
        if (n < 0 || (type->count >= 0 && n >= type->count)) parse_fail(p, "too many initial values");
        value(s, type->to, offset + (uint32_t)n * type_size(type->to));
        if (++n > most) most = n;
        if (!braced && n == type->count) break; // the comma belongs to what is around
        if (!parse_take(p, TOKEN_COMMA)) break;
    }
    return type->count < 0 ? type_array(&p->types, type->to, most) : type;
}

static void structure(Initial *s, const Type *type, uint32_t offset, bool braced) {
    Parser *p = s->p;
    const Member *m = type->info->members;
    while (!parse_is(p, TOKEN_CLOSE_BRACE) && !parse_is(p, TOKEN_END)) {
        if (braced && parse_take(p, TOKEN_DOT)) {
            m = parse_is(p, TOKEN_NAME) ? type_member(type, p->t.name) : NULL;
            parse_advance(p);
            parse_expect(p, TOKEN_SET, "an initial value without =");
        }
        if (!m) {
            parse_fail(p, "no such member, or too many initial values");
            return;
        }
        value(s, m->type, offset + m->offset);
        m = type->info->is_union ? NULL : m->next;
        if (!braced && !m) break;
        if (!parse_take(p, TOKEN_COMMA)) break;
    }
}

// Returns the type with its size.
static Type *value(Initial *s, Type *type, uint32_t offset) {
    Parser *p = s->p;
    if (is_text(p, type)) return text(s, type, offset);
    if (type->kind != TYPE_ARRAY && type->kind != TYPE_STRUCT) {
        scalar(s, type, offset);
        return type;
    }
    bool braced = parse_take(p, TOKEN_OPEN_BRACE);
    if (type->kind == TYPE_ARRAY)
        type = array(s, type, offset, braced);
    else
        structure(s, type, offset, braced);
    if (braced) parse_expect(p, TOKEN_CLOSE_BRACE, "initial values without an end");
    return type;
}

Type *initial_global(Parser *p, Symbol *s, Type *type) {
    Initial i = {.p = p, .symbol = s};
    byte_at(&i, 0, 0); // it has an initial value
    return value(&i, type, 0);
}

static Node *clear(Parser *p, Symbol *s, const Type *type) {
    Name *name = name_of(p->lexer->names, "clear_bytes", 11);
    Node *place = node_new(p, NODE_VARIABLE, s->type);
    place->symbol = s;
    if (!name->symbol) {
        parse_fail(p, "locals of several parts can be initialized with lib.h alone");
        return place;
    }
    Node *n = node_new(p, NODE_CALL, p->types.basic[TYPE_VOID]);
    n->a = node_new(p, NODE_FUNCTION, type_pointer(&p->types, name->symbol->type));
    n->a->symbol = name->symbol;
    name->symbol->is_used = true;
    n->b = node_address(p, place);
    n->b->next = node_number(p, (int32_t)type_size(type), p->types.basic[TYPE_INT]);
    n->value = 2;
    return n;
}

Node *initial_local(Parser *p, Symbol *s, Type *type, Type **whole) {
    Node *block = node_new(p, NODE_BLOCK, NULL);
    Initial i = {.p = p, .symbol = s, .is_local = true, .last = &block->a};
    bool several = type->kind == TYPE_ARRAY || (type->kind == TYPE_STRUCT && parse_is(p, TOKEN_OPEN_BRACE));
    if (type->kind == TYPE_STRUCT && !several) {
        add_statement(&i, node_assign(p, node_place_at(p, s, 0, type), parse_assignment(p)));
        return block;
    }
    *whole = value(&i, type, 0);
    if (!several) return block;
    s->type = *whole;
    Node *first = node_new(p, NODE_EXPRESSION, NULL);
    first->a = clear(p, s, *whole);
    first->next = block->a;
    block->a = first;
    return block;
}

Symbol *initial_string(Parser *p, const Token *string) {
    Symbol *s = NEW(p->arena, Symbol);
    Text label = {.arena = p->arena};
    text_add(&label, ".text"), text_number(&label, (int32_t)p->n_labels++), text_char(&label, 0);
    s->label = label.at, s->kind = SYMBOL_GLOBAL, s->is_defined = true, s->param = -1;
    s->type = type_array(&p->types, p->types.basic[TYPE_CHAR], string->value);
    for (int32_t i = 0; i < string->value; i++) list_push(p->arena, &s->data, (uint8_t)string->text[i]);
    *p->program->last_global = s, p->program->last_global = &s->next;
    return s;
}

// Building trees: conversions, operators by the types of their operands, and constants.
#include "parse.h"

Node *node_number(Parser *p, int32_t value, Type *type) {
    Node *n = node_new(p, NODE_NUMBER, type);
    n->value = value;
    return n;
}

bool node_is_place(const Node *n) {
    return n->kind == NODE_VARIABLE || n->kind == NODE_DEREF || n->kind == NODE_MEMBER;
}

// ---- conversions
static Node *cast_to(Parser *p, Node *n, Type *type) {
    Node *c = node_new(p, NODE_CAST, type);
    c->a = n;
    return c;
}

Node *node_decay(Parser *p, Node *n) {
    if (n->type->kind == TYPE_ARRAY) {
        Node *a = node_address(p, n);
        a->type = type_pointer(&p->types, n->type->to);
        return a;
    }
    if (n->type->kind != TYPE_FUNCTION) return n;
    if (n->kind == NODE_DEREF) return n->a; // *f is f again
    Node *f = node_new(p, NODE_FUNCTION, type_pointer(&p->types, n->type));
    f->symbol = n->symbol;
    return f;
}

static bool is_narrow(const Type *t) { return t->kind >= TYPE_CHAR && t->kind <= TYPE_USHORT; }

Node *node_value(Parser *p, Node *n) {
    n = node_decay(p, n);
    return is_narrow(n->type) ? cast_to(p, n, p->types.basic[TYPE_INT]) : n;
}

static bool is_zero(const Node *n) {
    int32_t value = 1;
    Symbol *address = NULL;
    return node_constant(n, &value, &address) && !address && !value;
}

static bool pointers_agree(const Type *to, const Type *from) {
    return to->to->kind == TYPE_VOID || from->to->kind == TYPE_VOID || type_same(to->to, from->to);
}

Node *node_convert(Parser *p, Node *n, Type *type) {
    if (type_same(n->type, type)) return n;
    bool fits = type_is_int(n->type) && type_is_int(type);
    if (type->kind == TYPE_POINTER && n->type->kind == TYPE_POINTER) fits = pointers_agree(type, n->type);
    if (type->kind == TYPE_POINTER && type_is_int(n->type)) fits = is_zero(n);
    if (!fits) parse_fail(p, "a value of the wrong type");
    return cast_to(p, n, type);
}

static Type *common_type(Parser *p, const Node *a, const Node *b) {
    return p->types.basic[a->type->kind == TYPE_UINT || b->type->kind == TYPE_UINT ? TYPE_UINT : TYPE_INT];
}

// ---- places
Node *node_address(Parser *p, Node *place) {
    if (place->type->kind == TYPE_FUNCTION) return node_decay(p, place);
    if (!node_is_place(place)) parse_fail(p, "the address of what is no place");
    if (place->kind == NODE_DEREF) return cast_to(p, place->a, type_pointer(&p->types, place->type));
    const Node *of = place;
    while (of->kind == NODE_MEMBER) of = of->a;
    if (of->kind == NODE_VARIABLE) of->symbol->has_address = true;
    Node *n = node_new(p, NODE_ADDRESS, type_pointer(&p->types, place->type));
    n->a = place;
    return n;
}

Node *node_deref(Parser *p, Node *pointer) {
    if (pointer->type->kind != TYPE_POINTER || pointer->type->to->kind == TYPE_VOID) {
        parse_fail(p, "what is no pointer to anything points nowhere");
        return pointer;
    }
    Node *n = node_new(p, NODE_DEREF, pointer->type->to);
    n->a = pointer;
    return n;
}

Node *node_place_at(Parser *p, Symbol *symbol, uint32_t offset, Type *type) {
    Node *n = node_new(p, NODE_VARIABLE, symbol->type);
    n->symbol = symbol;
    if (type == symbol->type) return n;
    symbol->has_address = true;
    Node *m = node_new(p, NODE_MEMBER, type);
    m->a = n, m->value = (int32_t)offset;
    return m;
}

// ---- operators
static Node *operation(Parser *p, Op op, Node *a, Node *b, Type *type) {
    Node *n = node_new(p, NODE_BINARY, type);
    n->op = op, n->a = a, n->b = b;
    return n;
}

static Op op_of(uint8_t token, bool is_unsigned) {
    switch (token) {
    case TOKEN_ADD: return OP_ADD;
    case TOKEN_SUB: return OP_SUB;
    case TOKEN_MUL: return OP_MUL;
    case TOKEN_DIV: return is_unsigned ? OP_DIVU : OP_DIV;
    case TOKEN_REM: return is_unsigned ? OP_REMU : OP_REM;
    case TOKEN_AND: return OP_AND;
    case TOKEN_OR: return OP_OR;
    case TOKEN_XOR: return OP_XOR;
    case TOKEN_SHL: return OP_SHL;
    case TOKEN_SHR: return is_unsigned ? OP_SHR : OP_SAR;
    case TOKEN_EQ: return OP_EQ;
    case TOKEN_NE: return OP_NE;
    case TOKEN_LT:
    case TOKEN_GT: return is_unsigned ? OP_LTU : OP_LT;
    default: return is_unsigned ? OP_LEU : OP_LE; // LE, GE
    }
}

static bool compares(uint8_t token) {
    return token == TOKEN_EQ || token == TOKEN_NE || token == TOKEN_LT || token == TOKEN_GT || token == TOKEN_LE ||
           token == TOKEN_GE;
}

static Node *scaled(Parser *p, Node *n, const Type *pointer) {
    int32_t size = (int32_t)type_size(pointer->to);
    return size == 1 ? n : operation(p, OP_MUL, n, node_number(p, size, p->types.basic[TYPE_INT]), n->type);
}

static Node *pointer_arithmetic(Parser *p, uint8_t token, Node *a, Node *b) {
    if (token == TOKEN_ADD && type_is_int(b->type)) return operation(p, OP_ADD, a, scaled(p, b, a->type), a->type);
    if (token == TOKEN_SUB && type_is_int(b->type)) return operation(p, OP_SUB, a, scaled(p, b, a->type), a->type);
    if (token != TOKEN_SUB || b->type->kind != TYPE_POINTER || !pointers_agree(a->type, b->type)) {
        parse_fail(p, "an operator that is not for pointers");
        return a;
    }
    Type *type = p->types.basic[TYPE_INT];
    Node *size = node_number(p, (int32_t)type_size(a->type->to), type);
    return operation(p, OP_DIV, operation(p, OP_SUB, a, b, type), size, type);
}

static Node *comparison(Parser *p, uint8_t token, Node *a, Node *b) {
    bool pointers = a->type->kind == TYPE_POINTER || b->type->kind == TYPE_POINTER;
    if (pointers && type_is_int(a->type)) a = node_convert(p, a, b->type);
    if (pointers) b = node_convert(p, b, a->type);
    Op op = op_of(token, pointers || common_type(p, a, b)->kind == TYPE_UINT);
    bool swapped = token == TOKEN_GT || token == TOKEN_GE;
    return operation(p, op, swapped ? b : a, swapped ? a : b, p->types.basic[TYPE_INT]);
}

Node *node_binary(Parser *p, uint8_t token, Node *a, Node *b) {
    a = node_value(p, a), b = node_value(p, b);
    if (!type_is_scalar(a->type) || !type_is_scalar(b->type)) {
        parse_fail(p, "an operator for numbers and pointers alone");
        return a;
    }
    if (compares(token)) return comparison(p, token, a, b);
    if (a->type->kind == TYPE_POINTER) return pointer_arithmetic(p, token, a, b);
    if (b->type->kind == TYPE_POINTER && token == TOKEN_ADD) return pointer_arithmetic(p, token, b, a);
    if (b->type->kind == TYPE_POINTER) parse_fail(p, "an operator that is not for pointers");
    bool shifts = token == TOKEN_SHL || token == TOKEN_SHR;
    Type *type = shifts ? a->type : common_type(p, a, b);
    return operation(p, op_of(token, type->kind == TYPE_UINT), a, b, type);
}

// A struct is copied by a function of lib.h.
static Node *copy_struct(Parser *p, Node *to, Node *from) {
    Name *name = name_of(p->lexer->names, "copy_bytes", 10);
    if (!name->symbol || !type_same(to->type, from->type) || !node_is_place(from)) {
        parse_fail(p, "a struct cannot be copied like this (is lib.h there?)");
        return to;
    }
    Node *n = node_new(p, NODE_CALL, p->types.basic[TYPE_VOID]);
    n->a = node_new(p, NODE_FUNCTION, type_pointer(&p->types, name->symbol->type));
    n->a->symbol = name->symbol;
    name->symbol->is_used = true;
    n->b = node_address(p, to);
    n->b->next = node_address(p, from);
    n->b->next->next = node_number(p, (int32_t)type_size(to->type), p->types.basic[TYPE_INT]);
    n->value = 3;
    return n;
}

Node *node_assign(Parser *p, Node *to, Node *value) {
    if (!node_is_place(to)) parse_fail(p, "an assignment to what is no place");
    if (to->type->kind == TYPE_STRUCT) return copy_struct(p, to, value);
    if (!type_is_scalar(to->type)) parse_fail(p, "an assignment to what is no number and no pointer");
    Node *n = node_new(p, NODE_ASSIGN, to->type);
    n->a = to, n->b = node_convert(p, node_decay(p, value), to->type);
    return n;
}

Node *node_change(Parser *p, uint8_t token, Node *to, Node *by, bool is_post) {
    if (!node_is_place(to) || !type_is_scalar(to->type)) {
        parse_fail(p, "an assignment to what is no place");
        return to;
    }
    Node *n = node_new(p, NODE_CHANGE, to->type);
    n->is_post = is_post, n->a = to;
    by = node_value(p, by);
    if (!type_is_int(by->type)) parse_fail(p, "an operator for numbers alone");
    if (to->type->kind == TYPE_POINTER) {
        if (token != TOKEN_ADD && token != TOKEN_SUB) parse_fail(p, "an operator that is not for pointers");
        n->b = scaled(p, by, to->type);
        n->op = token == TOKEN_ADD ? OP_ADD : OP_SUB;
        return n;
    }
    bool shifts = token == TOKEN_SHL || token == TOKEN_SHR;
    n->b = by;
    n->op = op_of(token, to->type->kind == TYPE_UINT || (!shifts && by->type->kind == TYPE_UINT));
    return n;
}

// ---- constants
static int32_t evaluate(Op op, int32_t a, int32_t b, bool *known) {
    uint32_t x = (uint32_t)a, y = (uint32_t)b;
    switch (op) {
    case OP_ADD: return (int32_t)(x + y);
    case OP_SUB: return (int32_t)(x - y);
    case OP_MUL: return (int32_t)(x * y);
    case OP_DIV: *known = b && b != -1; return *known ? a / b : 0;
    case OP_REM: *known = b && b != -1; return *known ? a % b : 0;
    case OP_DIVU: *known = y; return y ? (int32_t)(x / y) : 0;
    case OP_REMU: *known = y; return y ? (int32_t)(x % y) : 0;
    case OP_AND: return a & b;
    case OP_OR: return a | b;
    case OP_XOR: return a ^ b;
    case OP_SHL: return (int32_t)(x << (y & 31));
    case OP_SHR: return (int32_t)(x >> (y & 31));
    case OP_SAR: return a >> (y & 31);
    case OP_EQ: return a == b;
    case OP_NE: return a != b;
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_LTU: return x < y;
    case OP_LEU: return x <= y;
    default: *known = false; return 0;
    }
}

static int32_t as_type(int32_t value, const Type *type) {
    switch (type->kind) {
    case TYPE_CHAR: return (int8_t)value;
    case TYPE_UCHAR: return (uint8_t)value;
    case TYPE_SHORT: return (int16_t)value;
    case TYPE_USHORT: return (uint16_t)value;
    default: return value;
    }
}

static bool constant_address(const Node *place, int32_t *value, Symbol **address) {
    if (place->kind == NODE_DEREF) return node_constant(place->a, value, address);
    if (place->kind == NODE_MEMBER) {
        if (!constant_address(place->a, value, address)) return false;
        *value += place->value;
        return true;
    }
    if (place->kind != NODE_VARIABLE || place->symbol->kind != SYMBOL_GLOBAL) return false;
    *value = 0, *address = place->symbol;
    return true;
}

static bool constant_binary(const Node *n, int32_t *value, Symbol **address) {
    int32_t a, b;
    Symbol *of_a = NULL, *of_b = NULL;
    bool known = true;
    if (!node_constant(n->a, &a, &of_a) || !node_constant(n->b, &b, &of_b)) return false;
    if (of_b || (of_a && n->op != OP_ADD && n->op != OP_SUB)) return false;
    *value = evaluate(n->op, a, b, &known);
    *address = of_a;
    return known;
}

bool node_constant(const Node *n, int32_t *value, Symbol **address) {
    int32_t a;
    Symbol *of = NULL;
    switch (n->kind) {
    case NODE_NUMBER: *value = n->value, *address = NULL; return true;
    case NODE_FUNCTION: *value = 0, *address = n->symbol; return true;
    case NODE_ADDRESS: return constant_address(n->a, value, address);
    case NODE_BINARY: return constant_binary(n, value, address);
    case NODE_CAST:
        if (!node_constant(n->a, value, address)) return false;
        if (!*address) *value = as_type(*value, n->type);
        return !*address || type_size(n->type) == 4;
    case NODE_NOT:
        if (!node_constant(n->a, &a, &of) || of) return false;
        *value = !a, *address = NULL;
        return true;
    case NODE_AND_AND:
    case NODE_OR_OR:
        if (!node_constant(n->a, &a, &of) || of) return false;
        *address = NULL;
        *value = a != 0;
        if ((a != 0) == (n->kind == NODE_OR_OR)) return true;
        if (!node_constant(n->b, &a, &of) || of) return false;
        *value = a != 0;
        return true;
    case NODE_CONDITION: return node_constant(n->a, &a, &of) && !of && node_constant(a ? n->b : n->c, value, address);
    default: return false;
    }
}

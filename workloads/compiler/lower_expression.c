// Expressions to the intermediate form.
//
// A place is an instruction for its address and a constant offset. Narrow values are kept extended as their type says, so a cast is
// an extension or nothing.
#include "lower.h"

typedef struct {
    Insn *base;
    int32_t offset;
} Place;

static Insn *number(Lower *l, int32_t value) { return ir_const(l->f, l->at, value); }

// ---- places
static Insn *global(Lower *l, Symbol *s) {
    Insn *i = lower_emit(l, OP_GLOBAL, NULL, NULL);
    i->symbol = s;
    return i;
}

static Place place_of(Lower *l, const Node *n) {
    Place p;
    switch (n->kind) {
    case NODE_VARIABLE: return (Place){n->symbol->kind == SYMBOL_LOCAL ? n->symbol->slot : global(l, n->symbol), 0};
    case NODE_MEMBER:
        p = place_of(l, n->a);
        p.offset += n->value;
        return p;
    default: return (Place){lower_value(l, n->a), 0}; // DEREF
    }
}

static Insn *load(Lower *l, Place p, const Type *type) {
    Insn *i = lower_emit(l, OP_LOAD, p.base, NULL);
    i->imm = p.offset;
    i->width = (uint8_t)type_size(type);
    i->is_signed = !type_is_unsigned(type);
    return i;
}

static void store(Lower *l, Place p, Insn *value, const Type *type) {
    Insn *i = lower_emit(l, OP_STORE, p.base, value);
    i->imm = p.offset;
    i->width = (uint8_t)type_size(type);
}

static Insn *extended(Lower *l, Insn *value, const Type *type) {
    switch (type->kind) {
    case TYPE_CHAR: return lower_emit(l, OP_SEXT8, value, NULL);
    case TYPE_UCHAR: return lower_emit(l, OP_ZEXT8, value, NULL);
    case TYPE_SHORT: return lower_emit(l, OP_SEXT16, value, NULL);
    case TYPE_USHORT: return lower_emit(l, OP_ZEXT16, value, NULL);
    default: return value;
    }
}

// ---- with control flow in them
static Insn *join(Lower *l, Block *end, Insn *a, Insn *b) {
    l->at = end;
    if (!a || !b) return NULL;
    Insn *phi = ir_phi(l->f, end, 2);
    phi->args[0] = a, phi->args[1] = b;
    return phi;
}

static Insn *conditional(Lower *l, const Node *n) {
    Block *yes = ir_block_new(l->f), *no = ir_block_new(l->f), *end = ir_block_new(l->f);
    lower_condition(l, n->a, yes, no);
    l->at = yes;
    Insn *a = lower_value(l, n->b);
    lower_jump(l, end);
    l->at = no;
    Insn *b = lower_value(l, n->c);
    lower_jump(l, end);
    return join(l, end, a, b);
}

// && and || as a number.
static Insn *truth(Lower *l, const Node *n) {
    Block *yes = ir_block_new(l->f), *no = ir_block_new(l->f), *end = ir_block_new(l->f);
    lower_condition(l, n, yes, no);
    l->at = yes;
    Insn *one = number(l, 1);
    lower_jump(l, end);
    l->at = no;
    Insn *zero = number(l, 0);
    lower_jump(l, end);
    return join(l, end, one, zero);
}

void lower_condition(Lower *l, const Node *n, Block *yes, Block *no) {
    Block *between;
    switch (n->kind) {
    case NODE_NOT: lower_condition(l, n->a, no, yes); return;
    case NODE_AND_AND:
        between = ir_block_new(l->f);
        lower_condition(l, n->a, between, no);
        l->at = between;
        lower_condition(l, n->b, yes, no);
        return;
    case NODE_OR_OR:
        between = ir_block_new(l->f);
        lower_condition(l, n->a, yes, between);
        l->at = between;
        lower_condition(l, n->b, yes, no);
        return;
    default: lower_branch(l, lower_value(l, n), yes, no);
    }
}

// ---- values
static Insn *assign(Lower *l, const Node *n) {
    Insn *value = lower_value(l, n->b);
    store(l, place_of(l, n->a), value, n->a->type);
    return value;
}

static Insn *change(Lower *l, const Node *n) {
    Place place = place_of(l, n->a);
    Insn *by = lower_value(l, n->b), *old = load(l, place, n->a->type);
    Insn *value = extended(l, lower_emit(l, n->op, old, by), n->a->type);
    store(l, place, value, n->a->type);
    return n->is_post ? old : value;
}

static Insn *call(Lower *l, const Node *n) {
    bool direct = n->a->kind == NODE_FUNCTION;
    uint32_t k = !direct, n_args = (uint32_t)n->value + k;
    Insn *i = ir_insn_new(l->f, direct ? OP_CALL : OP_CALL_TO, n_args);
    if (direct)
        i->symbol = n->a->symbol;
    else
        i->args[0] = lower_value(l, n->a);
    for (const Node *a = n->b; a; a = a->next) i->args[k++] = lower_value(l, a);
    ir_append(l->at, i);
    return i;
}

static Insn *address(Lower *l, const Node *n) {
    Place p = place_of(l, n->a);
    return p.offset ? lower_emit(l, OP_ADD, p.base, number(l, p.offset)) : p.base;
}

Insn *lower_value(Lower *l, const Node *n) {
    Insn *a;
    switch (n->kind) {
    case NODE_NUMBER: return number(l, n->value);
    case NODE_VARIABLE:
    case NODE_DEREF:
    case NODE_MEMBER: return load(l, place_of(l, n), n->type);
    case NODE_FUNCTION: return global(l, n->symbol);
    case NODE_ADDRESS: return address(l, n);
    case NODE_BINARY: a = lower_value(l, n->a); return lower_emit(l, n->op, a, lower_value(l, n->b));
    case NODE_CAST: a = lower_value(l, n->a); return type_same(n->type, n->a->type) ? a : extended(l, a, n->type);
    case NODE_NOT: a = lower_value(l, n->a); return lower_emit(l, OP_EQ, a, number(l, 0));
    case NODE_AND_AND:
    case NODE_OR_OR: return truth(l, n);
    case NODE_CONDITION: return conditional(l, n);
    case NODE_ASSIGN: return assign(l, n);
    case NODE_CHANGE: return change(l, n);
    case NODE_COMMA: lower_value(l, n->a); return lower_value(l, n->b);
    case NODE_CALL: return call(l, n);
    default: __builtin_trap(); // a statement
    }
}

// Types: how large they are and which are the same.
#include "tree.h"

void types_begin(Types *t, Arena *arena) {
    t->arena = arena;
    for (unsigned i = 0; i < TYPE_POINTER; i++) t->basic[i] = type_new(t, (TypeKind)i, NULL);
}

Type *type_new(Types *t, TypeKind kind, Type *to) {
    Type *type = NEW(t->arena, Type);
    type->kind = kind, type->to = to;
    return type;
}

Type *type_pointer(Types *t, Type *to) {
    if (!to->pointer) to->pointer = type_new(t, TYPE_POINTER, to);
    return to->pointer;
}

Type *type_array(Types *t, Type *of, int32_t count) {
    Type *type = type_new(t, TYPE_ARRAY, of);
    type->count = count;
    return type;
}

// WHY not kept: the element of an array may be found out later, see declarator().
uint32_t type_size(const Type *t) {
    switch (t->kind) {
    case TYPE_CHAR:
    case TYPE_UCHAR: return 1;
    case TYPE_SHORT:
    case TYPE_USHORT: return 2;
    case TYPE_INT:
    case TYPE_UINT:
    case TYPE_POINTER: return 4;
    case TYPE_ARRAY: return t->count < 0 ? 0 : (uint32_t)t->count * type_size(t->to);
    case TYPE_STRUCT: return t->info->size;
    default: return 1; // as gcc has it for pointers to them
    }
}

uint32_t type_align(const Type *t) {
    switch (t->kind) {
    case TYPE_ARRAY: return type_align(t->to);
    case TYPE_STRUCT: return t->info->align;
    default: return type_size(t);
    }
}

static bool same_params(const Param *a, const Param *b) {
    for (; a && b; a = a->next, b = b->next)
        if (!type_same(a->type, b->type)) return false;
    return !a && !b;
}

bool type_same(const Type *a, const Type *b) {
    if (a == b) return true;
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case TYPE_POINTER: return type_same(a->to, b->to);
    case TYPE_ARRAY: return (a->count < 0 || b->count < 0 || a->count == b->count) && type_same(a->to, b->to);
    case TYPE_STRUCT: return a->info == b->info;
    case TYPE_FUNCTION: return type_same(a->to, b->to) && same_params(a->params, b->params);
    default: return true;
    }
}

const Member *type_member(const Type *t, const Name *name) {
    for (const Member *m = t->info->members; m; m = m->next)
        if (m->name == name) return m;
    return NULL;
}

void type_print(Text *out, const Type *t) {
    static const char *const basic[] = {"void", "char", "unsigned char", "short", "unsigned short", "int", "unsigned"};
    switch (t->kind) {
    case TYPE_POINTER: type_print(out, t->to), text_add(out, " *"); break;
    case TYPE_ARRAY:
        type_print(out, t->to);
        text_char(out, '['), text_number(out, t->count), text_char(out, ']');
        break;
    case TYPE_STRUCT: text_add(out, t->info->is_union ? "union" : "struct"); break;
    case TYPE_FUNCTION:
        type_print(out, t->to);
        text_char(out, '(');
        for (const Param *p = t->params; p; p = p->next) {
            type_print(out, p->type);
            if (p->next) text_add(out, ", ");
        }
        text_char(out, ')');
        break;
    default: text_add(out, basic[t->kind]);
    }
}

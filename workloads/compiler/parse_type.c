// Types as they are written: specifiers, declarators, structs, unions and enums.
#include "parse.h"

static bool is_type_name(const Token *t) {
    return t->kind == TOKEN_NAME && t->name->symbol && t->name->symbol->kind == SYMBOL_TYPE;
}

static bool begins_type(const Token *t) {
    switch (t->kind) {
    case TOKEN_VOID:
    case TOKEN_CHAR:
    case TOKEN_SHORT:
    case TOKEN_INT:
    case TOKEN_LONG:
    case TOKEN_SIGNED:
    case TOKEN_UNSIGNED:
    case TOKEN_STRUCT:
    case TOKEN_UNION:
    case TOKEN_ENUM:
    case TOKEN_CONST:
    case TOKEN_STATIC:
    case TOKEN_EXTERN:
    case TOKEN_TYPEDEF: return true;
    default: return is_type_name(t);
    }
}

bool parse_begins_type(Parser *p) { return begins_type(&p->t); }

// ---- structs
static uint32_t round_up(uint32_t n, uint32_t align) { return (n + align - 1) & ~(align - 1); }

static void add_member(Parser *p, Struct *s, Member **last, Name *name, Type *type) {
    uint32_t size = type_size(type), align = type_align(type);
    if (!size || type->kind == TYPE_FUNCTION || type->kind == TYPE_VOID) parse_fail(p, "a member of unknown size");
    Member *m = NEW(p->arena, Member);
    m->name = name, m->type = type;
    m->offset = s->is_union ? 0 : round_up(s->size, align);
    if (m->offset + size > s->size) s->size = m->offset + size;
    if (align > s->align) s->align = align;
    *last = m;
}

static void members(Parser *p, Struct *s) {
    Member **last = &s->members;
    s->align = 1;
    while (!parse_is(p, TOKEN_CLOSE_BRACE) && !parse_is(p, TOKEN_END)) {
        Type *base = parse_specifiers(p, NULL);
        do {
            Name *name = NULL;
            Type *type = parse_declarator(p, base, &name);
            add_member(p, s, last, name, type);
            last = &(*last)->next;
        } while (parse_take(p, TOKEN_COMMA));
        parse_expect(p, TOKEN_SEMICOLON, "a member does not end in ;");
    }
    parse_expect(p, TOKEN_CLOSE_BRACE, "a struct without an end");
    s->size = round_up(s->size, s->align);
    s->is_complete = true;
}

static Symbol *add_tag(Parser *p, Name *name, Type *type) {
    Symbol *tag = NEW(p->arena, Symbol);
    tag->name = name, tag->kind = SYMBOL_TYPE, tag->type = type, tag->is_tag = true;
    tag->outer = name->tag;
    tag->in_scope = p->scope->symbols;
    return p->scope->symbols = name->tag = tag;
}

static bool is_in_scope(const Scope *scope, const Symbol *symbol) {
    for (const Symbol *s = scope->symbols; s; s = s->in_scope)
        if (s == symbol) return true;
    return false;
}

static Type *struct_type(Parser *p) {
    bool is_union = parse_is(p, TOKEN_UNION);
    Name *name = NULL;
    parse_advance(p);
    if (parse_is(p, TOKEN_NAME)) name = p->t.name, parse_advance(p);
    bool has_body = parse_is(p, TOKEN_OPEN_BRACE);
    Symbol *tag = name ? name->tag : NULL;
    if (has_body && tag && !is_in_scope(p->scope, tag)) tag = NULL;
    Type *type = tag ? tag->type : type_new(&p->types, TYPE_STRUCT, NULL);
    if (!tag) {
        type->info = NEW(p->arena, Struct);
        type->info->is_union = is_union;
        if (name) add_tag(p, name, type);
    }
    if (type->kind != TYPE_STRUCT) {
        parse_fail(p, "a tag of another kind");
        return p->types.basic[TYPE_INT];
    }
    if (!has_body) return type;
    parse_advance(p);
    if (type->info->is_complete) parse_fail(p, "a struct that is there already");
    members(p, type->info);
    return type;
}

static Type *enum_type(Parser *p) {
    parse_advance(p);
    if (parse_is(p, TOKEN_NAME)) {
        if (!p->t.name->tag) add_tag(p, p->t.name, p->types.basic[TYPE_INT]);
        parse_advance(p);
    }
    if (!parse_take(p, TOKEN_OPEN_BRACE)) return p->types.basic[TYPE_INT];
    int32_t value = 0;
    while (parse_is(p, TOKEN_NAME)) {
        Name *name = p->t.name;
        parse_advance(p);
        if (parse_take(p, TOKEN_SET)) value = parse_constant(p);
        scope_add(p, name, SYMBOL_CONSTANT, p->types.basic[TYPE_INT])->value = value++;
        if (!parse_take(p, TOKEN_COMMA)) break;
    }
    parse_expect(p, TOKEN_CLOSE_BRACE, "an enum without an end");
    return p->types.basic[TYPE_INT];
}

// ---- specifiers
typedef struct {
    unsigned chars, shorts, ints, longs, is_signed, is_unsigned;
    Type *other;
} Words;

static Type *type_of_words(Parser *p, const Words *w) {
    unsigned all = w->chars + w->shorts + w->ints + w->longs + w->is_signed + w->is_unsigned;
    if (w->other) {
        if (all) parse_fail(p, "a type with too many words");
        return w->other;
    }
    if (!all) parse_fail(p, "a type is missing");
    if (w->chars) return p->types.basic[w->is_unsigned ? TYPE_UCHAR : TYPE_CHAR];
    if (w->shorts) return p->types.basic[w->is_unsigned ? TYPE_USHORT : TYPE_SHORT];
    return p->types.basic[w->is_unsigned ? TYPE_UINT : TYPE_INT];
}

static bool storage_word(Parser *p, Storage *s) {
    bool is = parse_is(p, TOKEN_TYPEDEF) || parse_is(p, TOKEN_STATIC) || parse_is(p, TOKEN_EXTERN);
    if (!is) return false;
    if (!s) {
        parse_fail(p, "a storage class where none may be");
        return false;
    }
    s->is_typedef |= parse_is(p, TOKEN_TYPEDEF);
    s->is_static |= parse_is(p, TOKEN_STATIC);
    s->is_extern |= parse_is(p, TOKEN_EXTERN);
    return true;
}

Type *parse_specifiers(Parser *p, Storage *storage) {
    Words w = {0};
    for (;;) {
        switch (p->t.kind) {
        case TOKEN_VOID: w.other = p->types.basic[TYPE_VOID]; break;
        case TOKEN_CHAR: w.chars++; break;
        case TOKEN_SHORT: w.shorts++; break;
        case TOKEN_INT: w.ints++; break;
        case TOKEN_LONG: w.longs++; break;
        case TOKEN_SIGNED: w.is_signed++; break;
        case TOKEN_UNSIGNED: w.is_unsigned++; break;
        case TOKEN_CONST: break;
        case TOKEN_STRUCT:
        case TOKEN_UNION: w.other = struct_type(p); continue;
        case TOKEN_ENUM: w.other = enum_type(p); continue;
        default:
            if (storage_word(p, storage)) break;
            if (!is_type_name(&p->t) || w.other || w.chars + w.shorts + w.ints + w.longs + w.is_signed + w.is_unsigned)
                return type_of_words(p, &w);
            w.other = p->t.name->symbol->type;
        }
        parse_advance(p);
    }
}

// ---- declarators
Type *parse_param_type(Parser *p, Type *t) {
    if (t->kind == TYPE_ARRAY) return type_pointer(&p->types, t->to);
    return t->kind == TYPE_FUNCTION ? type_pointer(&p->types, t) : t;
}

static Type *function_type(Parser *p, Type *result) {
    Type *f = type_new(&p->types, TYPE_FUNCTION, result);
    Param **last = &f->params;
    if (parse_is(p, TOKEN_VOID) && parse_ahead(p)->kind == TOKEN_CLOSE) parse_advance(p);
    while (!parse_is(p, TOKEN_CLOSE) && !parse_is(p, TOKEN_END)) {
        Param *param = *last = NEW(p->arena, Param);
        Type *base = parse_specifiers(p, NULL);
        param->type = parse_param_type(p, parse_declarator(p, base, &param->name));
        if (!type_is_scalar(param->type)) parse_fail(p, "a parameter that is no number and no pointer");
        last = &param->next;
        if (!parse_take(p, TOKEN_COMMA)) break;
    }
    parse_expect(p, TOKEN_CLOSE, "parameters without an end");
    return f;
}

// [2][3] and (parameters), from left to right: the leftmost is the outermost type.
static Type *suffixes(Parser *p, Type *base) {
    if (parse_take(p, TOKEN_OPEN)) return function_type(p, base);
    if (!parse_take(p, TOKEN_OPEN_INDEX)) return base;
    int32_t count = parse_is(p, TOKEN_CLOSE_INDEX) ? -1 : parse_constant(p);
    parse_expect(p, TOKEN_CLOSE_INDEX, "an array without ]");
    return type_array(&p->types, suffixes(p, base), count);
}

// Is the parenthesis that comes next one around a declarator, not one around parameters?
static bool is_group(Parser *p) {
    const Token *t = parse_ahead(p);
    return t->kind == TOKEN_MUL || t->kind == TOKEN_OPEN || (t->kind == TOKEN_NAME && !is_type_name(t));
}

// What stands in parentheses is read first, about a type that is filled in when what follows is known:
//     int (*f)(char)      f is a pointer to HOLE; HOLE is a function of char that returns int
Type *parse_declarator(Parser *p, Type *base, Name **name) {
    while (parse_is(p, TOKEN_MUL) || parse_is(p, TOKEN_CONST)) {
        if (parse_is(p, TOKEN_MUL)) base = type_pointer(&p->types, base);
        parse_advance(p);
    }
    if (parse_is(p, TOKEN_OPEN) && is_group(p)) {
        Type *hole = type_new(&p->types, TYPE_VOID, NULL);
        parse_advance(p);
        Type *whole = parse_declarator(p, hole, name);
        parse_expect(p, TOKEN_CLOSE, "a declarator without )");
        Type *pointer = hole->pointer, *inner = suffixes(p, base);
        if (whole == hole) return inner;
        *hole = *inner;
        if (pointer) hole->pointer = pointer;
        return whole;
    }
    if (parse_is(p, TOKEN_NAME)) {
        if (name)
            *name = p->t.name;
        else
            parse_fail(p, "a name where none may be");
        parse_advance(p);
    }
    return suffixes(p, base);
}

Type *parse_type_name(Parser *p) {
    Type *base = parse_specifiers(p, NULL);
    return parse_declarator(p, base, NULL);
}

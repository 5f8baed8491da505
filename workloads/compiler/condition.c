// The condition of #if: a constant expression of numbers, `defined` and operators. Names that are no macros are 0.
#include "lex.h"

typedef struct {
    Lexer *l;
    Token t; // the one to look at
    bool end;
} Condition;

static void advance(Condition *c) { c->t = pre_next_of_line(c->l, &c->end); }

static bool take(Condition *c, TokenKind kind) {
    if (c->end || c->t.kind != kind) return false;
    advance(c);
    return true;
}

static int32_t binary(Condition *c, unsigned level);

// `defined NAME` or `defined(NAME)`: the name must not be replaced.
static int32_t defined(Condition *c) {
    Token t = lex_raw(c->l);
    bool in_parentheses = t.kind == TOKEN_OPEN;
    if (in_parentheses) t = lex_raw(c->l);
    int32_t is = t.name && t.name->macro;
    if (in_parentheses) lex_raw(c->l);
    advance(c);
    return is;
}

static int32_t primary(Condition *c) {
    if (take(c, TOKEN_NOT)) return !primary(c);
    if (take(c, TOKEN_SUB)) return (int32_t) - (uint32_t)primary(c);
    if (take(c, TOKEN_TILDE)) return ~primary(c);
    if (take(c, TOKEN_OPEN)) {
        int32_t value = binary(c, 0);
        if (!take(c, TOKEN_CLOSE)) error_set(c->l->error, c->l->reader->line, "#if without a closing parenthesis", "");
        return value;
    }
    if (!c->end && c->t.kind == TOKEN_NUMBER) {
        int32_t value = c->t.value;
        advance(c);
        return value;
    }
    if (!c->end && c->t.kind == TOKEN_NAME) {
        if (!strcmp(c->t.name->text, "defined")) return defined(c);
        advance(c);
        return 0;
    }
    error_set(c->l->error, c->l->reader->line, "#if of what is no expression", "");
    return 0;
}

static unsigned level_of(uint8_t kind) {
    switch (kind) {
    case TOKEN_OR_OR: return 1;
    case TOKEN_AND_AND: return 2;
    case TOKEN_EQ:
    case TOKEN_NE: return 3;
    case TOKEN_LT:
    case TOKEN_GT:
    case TOKEN_LE:
    case TOKEN_GE: return 4;
    case TOKEN_ADD:
    case TOKEN_SUB: return 5;
    case TOKEN_MUL:
    case TOKEN_DIV:
    case TOKEN_REM: return 6;
    default: return 0;
    }
}

static int32_t apply(uint8_t kind, int32_t a, int32_t b) {
    switch (kind) {
    case TOKEN_OR_OR: return a || b;
    case TOKEN_AND_AND: return a && b;
    case TOKEN_EQ: return a == b;
    case TOKEN_NE: return a != b;
    case TOKEN_LT: return a < b;
    case TOKEN_GT: return a > b;
    case TOKEN_LE: return a <= b;
    case TOKEN_GE: return a >= b;
    case TOKEN_ADD: return (int32_t)((uint32_t)a + (uint32_t)b);
    case TOKEN_SUB: return (int32_t)((uint32_t)a - (uint32_t)b);
    case TOKEN_MUL: return (int32_t)((uint32_t)a * (uint32_t)b);
    case TOKEN_DIV: return b && b != -1 ? a / b : 0;
    default: return b && b != -1 ? a % b : 0;
    }
}

static int32_t binary(Condition *c, unsigned level) {
    int32_t a = primary(c);
    while (!c->end && level_of(c->t.kind) > level) {
        uint8_t kind = c->t.kind;
        advance(c);
        a = apply(kind, a, binary(c, level_of(kind)));
    }
    return a;
}

int32_t pre_condition(Lexer *l) {
    Condition c = {.l = l};
    advance(&c);
    int32_t value = binary(&c, 0);
    if (!c.end) error_set(l->error, l->reader->line, "#if with something behind its expression", "");
    return value;
}

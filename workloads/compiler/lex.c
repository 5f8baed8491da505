// Text to tokens.
#include "lex.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

void lex_begin(Lexer *l, const char *text) {
    static const struct {
        const char *text;
        uint16_t kind;
    } words[] = {
#define WORD(kind, spelling) {spelling, TOKEN_##kind},
#define MARK(kind, spelling)
#include "token.inc"
#undef WORD
#undef MARK
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        name_of(l->names, words[i].text, (uint32_t)strlen(words[i].text))->keyword = words[i].kind;
    l->reader = NEW(l->arena, Reader);
    *l->reader = (Reader){.at = text, .line = 1, .at_begin = true};
}

// ---- what stands between tokens
static const char *skip_comment(Reader *r, const char *p) {
    if (p[1] == '/') {
        while (*p && *p != '\n') p++;
        return p;
    }
    for (p += 2; *p && !(p[0] == '*' && p[1] == '/'); p++)
        if (*p == '\n') r->line++;
    return *p ? p + 2 : p;
}

// A backslash at the end of a line joins it with the next one.
static void skip_space(Reader *r, bool stay_in_line) {
    const char *p = r->at;
    for (;;) {
        if (*p == ' ' || *p == '\t' || *p == '\r')
            p++;
        else if (p[0] == '\\' && p[1] == '\n')
            p += 2, r->line++;
        else if (p[0] == '/' && (p[1] == '/' || p[1] == '*'))
            p = skip_comment(r, p);
        else if (*p == '\n' && !stay_in_line)
            p++, r->line++, r->at_begin = true;
        else
            break;
    }
    r->at = p;
}

bool lex_is_line_end(Lexer *l) {
    skip_space(l->reader, true);
    return !*l->reader->at || *l->reader->at == '\n';
}

void lex_skip_line(Lexer *l) {
    while (!lex_is_line_end(l)) l->reader->at++;
}

// ---- numbers, characters, strings
static int digit_of(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 99;
}

static void read_number(Lexer *l, Token *t) {
    const char *p = l->reader->at;
    int base = 10;
    uint32_t value = 0;
    if (*p == '0') base = 8;
    if (*p == '0' && (p[1] == 'x' || p[1] == 'X')) base = 16, p += 2;
    for (; digit_of(*p) < base; p++) value = value * (uint32_t)base + (uint32_t)digit_of(*p);
    t->is_unsigned = value > 0x7fffffffu;
    while (*p == 'u' || *p == 'U' || *p == 'l' || *p == 'L') t->is_unsigned |= *p == 'u' || *p == 'U', p++;
    if (is_digit(*p) || is_letter(*p)) error_set(l->error, l->reader->line, "a number that is none", "");
    t->kind = TOKEN_NUMBER, t->value = (int32_t)value;
    l->reader->at = p;
}

// One character of a literal, behind the backslash if there is one.
static int read_char(Lexer *l, const char **at) {
    static const char escapes[] = "n\nt\tr\r0\0a\ab\bf\fv\v\\\\''\"\"";
    const char *p = *at;
    int c = (signed char)*p++;
    if (c == '\\' && *p == 'x') {
        for (c = 0, p++; digit_of(*p) < 16; p++) c = c * 16 + digit_of(*p);
        c = (signed char)c;
    } else if (c == '\\') {
        unsigned i = 0;
        while (i + 1 < sizeof escapes && escapes[i] != *p) i += 2;
        if (i + 1 >= sizeof escapes) error_set(l->error, l->reader->line, "an escape that is none", "");
        c = i + 1 < sizeof escapes ? escapes[i + 1] : 0;
        p++;
    }
    *at = p;
    return c;
}

static void read_character(Lexer *l, Token *t) {
    const char *p = l->reader->at + 1;
    t->kind = TOKEN_NUMBER;
    t->value = read_char(l, &p);
    if (*p != '\'')
        error_set(l->error, l->reader->line, "a character without an end", "");
    else
        p++;
    l->reader->at = p;
}

static void read_string(Lexer *l, Token *t) {
    const char *p = l->reader->at + 1;
    Text text = {.arena = l->arena};
    while (*p && *p != '"' && *p != '\n') text_char(&text, (char)read_char(l, &p));
    if (*p != '"')
        error_set(l->error, l->reader->line, "a string without an end", "");
    else
        p++;
    text_char(&text, 0);
    t->kind = TOKEN_STRING, t->text = text.at, t->value = (int32_t)text.n;
    l->reader->at = p;
}

// ---- names and marks
static void read_name(Lexer *l, Token *t) {
    const char *p = l->reader->at;
    while (is_letter(*p) || is_digit(*p)) p++;
    t->name = name_of(l->names, l->reader->at, (uint32_t)(p - l->reader->at));
    t->kind = t->name->keyword ? (uint8_t)t->name->keyword : TOKEN_NAME;
    l->reader->at = p;
}

static void read_mark(Lexer *l, Token *t) {
    static const struct {
        char text[4];
        uint8_t length, kind;
    } marks[] = {
#define WORD(kind, spelling)
#define MARK(kind, spelling) {spelling, sizeof spelling - 1, TOKEN_##kind},
#include "token.inc"
#undef WORD
#undef MARK
    };
    const char *p = l->reader->at;
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        unsigned n = 0;
        while (n < marks[i].length && p[n] == marks[i].text[n]) n++;
        if (n < marks[i].length) continue;
        t->kind = marks[i].kind;
        l->reader->at = p + n;
        return;
    }
    error_set(l->error, l->reader->line, "a character that begins no token", "");
}

Token lex_raw(Lexer *l) {
    Reader *r = l->reader;
    skip_space(r, false);
    Token t = {.kind = TOKEN_END, .first = r->at_begin, .line = r->line};
    if (*r->at) r->at_begin = false;
    if (l->error->what || !*r->at) return t;
    if (is_letter(*r->at))
        read_name(l, &t);
    else if (is_digit(*r->at))
        read_number(l, &t);
    else if (*r->at == '"')
        read_string(l, &t);
    else if (*r->at == '\'')
        read_character(l, &t);
    else
        read_mark(l, &t);
    if (l->error->what) t.kind = TOKEN_END;
    return t;
}

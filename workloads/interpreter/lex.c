// Text to tokens.
#include "tree.h"

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
    l->at = text, l->line = 1;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static void skip_space(Lexer *l) {
    for (;;) {
        if (*l->at == ' ' || *l->at == '\t') {
            l->at++;
        } else if (l->at[0] == '\\' && l->at[1] == '\n') {
            l->at += 2, l->line++;
        } else if (*l->at == '#') {
            while (*l->at && *l->at != '\n') l->at++;
        } else {
            return;
        }
    }
}

static void read_name(Lexer *l, Token *t) {
    const char *begin = l->at;
    while (is_letter(*l->at) || is_digit(*l->at)) l->at++;
    t->name = name_of(l->names, begin, (uint32_t)(l->at - begin));
    t->kind = t->name->keyword ? (uint8_t)t->name->keyword : *l->at == '(' ? TOKEN_CALL : TOKEN_NAME;
}

static void read_number(Lexer *l, Token *t) {
    uint32_t value = 0;
    while (is_digit(*l->at)) value = value * 10 + (uint32_t)(*l->at++ - '0');
    t->kind = TOKEN_NUMBER, t->number = (int32_t)value;
}

static char escaped(char c) { return c == 'n' ? '\n' : c == 't' ? '\t' : c; }

static void read_string(Lexer *l, Token *t) {
    Text text = {.arena = l->arena};
    for (l->at++; *l->at && *l->at != '"' && *l->at != '\n'; l->at++) {
        if (*l->at == '\\' && l->at[1]) {
            if (l->at[1] == '.') text_char(&text, '\\'); // of a pattern
            text_char(&text, escaped(*++l->at));
        } else {
            text_char(&text, *l->at);
        }
    }
    if (*l->at == '"')
        l->at++;
    else
        error_set(l->error, l->line, "a string without an end", "");
    t->kind = TOKEN_STRING, t->number = (int32_t)text.n;
    text_char(&text, 0);
    t->text = text.at;
}

static void read_mark(Lexer *l, Token *t) {
    static const struct {
        char text[3];
        uint8_t length, kind;
    } marks[] = {
#define WORD(kind, spelling)
#define MARK(kind, spelling) {spelling, sizeof spelling - 1, TOKEN_##kind},
#include "token.inc"
#undef WORD
#undef MARK
    };
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if (l->at[0] != marks[i].text[0] || (marks[i].length == 2 && l->at[1] != marks[i].text[1])) continue;
        t->kind = marks[i].kind;
        l->at += marks[i].length;
        return;
    }
    error_set(l->error, l->line, "a character that begins no token", "");
}

Token lex_next(Lexer *l) {
    skip_space(l);
    Token t = {.kind = TOKEN_END, .line = l->line};
    if (l->error->what || !*l->at) return t;
    if (*l->at == '\n') {
        t.kind = TOKEN_NEWLINE;
        l->at++, l->line++;
    } else if (is_letter(*l->at)) {
        read_name(l, &t);
    } else if (is_digit(*l->at)) {
        read_number(l, &t);
    } else if (*l->at == '"') {
        read_string(l, &t);
    } else {
        read_mark(l, &t);
    }
    if (l->error->what) t.kind = TOKEN_END;
    return t;
}

// Directives and macros: what stands between lex_raw() and the parser.
//
// A name that is a macro pushes its replacement as a source of tokens; while that is read the macro is busy, and its name stands
// for itself. Arguments are replaced on their own first, so that MAX(MAX(a, b), c) works. # and ## are not supported.
#include "lex.h"

static void fail(Lexer *l, const char *what, const char *name) { error_set(l->error, l->reader->line, what, name); }

// ---- sources of tokens
static void push(Lexer *l, const Token *at, uint32_t n, Macro *macro, bool is_argument) {
    Source *s = NEW(l->arena, Source);
    *s = (Source){l->source, at, at + n, macro, is_argument};
    if (macro) macro->busy = true;
    l->source = s;
}

static void pop(Lexer *l) {
    if (l->source->macro) l->source->macro->busy = false;
    l->source = l->source->below;
}

static void end_include(Lexer *l) {
    if (l->reader->below) l->reader = l->reader->below;
}

// The next token without replacement; directives are not looked for.
static Token take(Lexer *l) {
    while (l->source && l->source->at == l->source->end) {
        if (l->source->is_argument) return (Token){.kind = TOKEN_ARGUMENT_END};
        pop(l);
    }
    return l->source ? *l->source->at++ : lex_raw(l);
}

static bool is_mark(const Token *t, TokenKind kind) { return t->kind == kind; }

// Is the next token the parenthesis behind the name of a macro? Nothing is taken.
static bool opens(Lexer *l) {
    const Source *s = l->source;
    while (s && s->at == s->end && !s->is_argument) s = s->below;
    if (s) return s->at != s->end && is_mark(s->at, TOKEN_OPEN);
    Reader before = *l->reader;
    Token t = lex_raw(l);
    *l->reader = before;
    return is_mark(&t, TOKEN_OPEN);
}

// ---- replacing
typedef LIST(Token) Tokens;

// The tokens of one argument up to its comma or the last parenthesis; returns which it was.
static Token read_argument(Lexer *l, Tokens *out) {
    unsigned depth = 0;
    for (;;) {
        Token t = take(l);
        if (t.kind == TOKEN_END || t.kind == TOKEN_ARGUMENT_END) {
            fail(l, "a macro without the end of its arguments", "");
            return (Token){.kind = TOKEN_CLOSE};
        }
        if (!depth && (is_mark(&t, TOKEN_COMMA) || is_mark(&t, TOKEN_CLOSE))) return t;
        depth += is_mark(&t, TOKEN_OPEN);
        depth -= is_mark(&t, TOKEN_CLOSE);
        list_push(l->arena, out, t);
    }
}

static Token next(Lexer *l);

static void replace_argument(Lexer *l, const Tokens *from, Tokens *to) {
    push(l, from->at, from->n, NULL, true);
    for (;;) {
        Token t = next(l);
        if (t.kind == TOKEN_ARGUMENT_END || t.kind == TOKEN_END) break;
        list_push(l->arena, to, t);
    }
    if (l->source && l->source->is_argument) pop(l);
}

static Tokens *read_arguments(Lexer *l, const Macro *m, const char *name) {
    Tokens *arguments = NEW_N(l->arena, Tokens, m->params.n + 1u);
    uint32_t n = 0;
    Token end = take(l); // the parenthesis
    do {
        Tokens as_written = {0};
        end = read_argument(l, &as_written);
        if (n < m->params.n) replace_argument(l, &as_written, &arguments[n]);
        n += n < m->params.n || as_written.n; // M() has no argument, or an empty one
        if (n > m->params.n) fail(l, "too many arguments of a macro", name);
    } while (is_mark(&end, TOKEN_COMMA) && !l->error->what);
    if (n < m->params.n) fail(l, "too few arguments of a macro", name);
    return arguments;
}

static int param_of(const Macro *m, const Token *t) {
    for (uint32_t i = 0; i < m->params.n && t->kind == TOKEN_NAME; i++)
        if (m->params.at[i] == t->name) return (int)i;
    return -1;
}

static void replace(Lexer *l, const Token *name, Macro *m) {
    if (!m->has_params) {
        push(l, m->body.at, m->body.n, m, false);
        return;
    }
    Tokens *arguments = read_arguments(l, m, name->name->text), all = {0};
    for (uint32_t i = 0; i < m->body.n; i++) {
        int param = param_of(m, &m->body.at[i]);
        if (param < 0) {
            list_push(l->arena, &all, m->body.at[i]);
            all.at[all.n - 1].line = name->line;
            continue;
        }
        for (uint32_t k = 0; k < arguments[param].n; k++) list_push(l->arena, &all, arguments[param].at[k]);
    }
    push(l, all.at, all.n, m, false);
}

// ---- directives
static Name *directive_name(Lexer *l) {
    Token t = lex_raw(l);
    if (t.first || t.kind == TOKEN_END || !t.name || t.kind == TOKEN_NUMBER || t.kind == TOKEN_STRING) {
        fail(l, "a directive without a name", "");
        return name_of(l->names, "?", 1);
    }
    return t.name;
}

static void read_params(Lexer *l, Macro *m) {
    m->has_params = true;
    lex_raw(l); // the parenthesis
    for (Token t = lex_raw(l); !is_mark(&t, TOKEN_CLOSE); t = lex_raw(l)) {
        if (is_mark(&t, TOKEN_COMMA)) continue;
        if (t.kind != TOKEN_NAME) {
            fail(l, "a macro's parameter is no name", "");
            return;
        }
        list_push(l->arena, &m->params, t.name);
    }
}

static void define(Lexer *l) {
    Name *name = directive_name(l);
    Macro *m = NEW(l->arena, Macro);
    if (*l->reader->at == '(') read_params(l, m);
    while (!lex_is_line_end(l) && !l->error->what) {
        Token t = lex_raw(l);
        list_push(l->arena, &m->body, t);
    }
    name->macro = m;
}

static void include(Lexer *l) {
    Token t = lex_raw(l);
    const Header *h = l->headers;
    if (t.kind != TOKEN_STRING) {
        fail(l, "#include of what is no string", "");
        return;
    }
    while (h->name && strcmp(h->name, t.text)) h++;
    if (!h->name) {
        fail(l, "no such header", t.text);
        return;
    }
    Reader *r = NEW(l->arena, Reader);
    *r = (Reader){.below = l->reader, .at = h->text, .line = 1, .at_begin = true};
    l->reader = r;
}

typedef enum { SKIP_TO_END, SKIP_TO_ELSE } Skip;

static bool is_name(const Token *t, const char *text) {
    return (t->kind == TOKEN_NAME || t->kind > TOKEN_ARGUMENT_END) && t->name && !strcmp(t->name->text, text);
}

// Skips lines up to the #endif of this conditional, or to the #else or #elif that holds.
static void skip(Lexer *l, Skip how) {
    for (unsigned depth = 0; !l->error->what;) {
        Token t = lex_raw(l);
        if (t.kind == TOKEN_END) {
            fail(l, "a conditional without #endif", "");
            return;
        }
        if (!t.first || !is_mark(&t, TOKEN_HASH)) continue;
        t = lex_raw(l);
        if (is_name(&t, "if") || is_name(&t, "ifdef") || is_name(&t, "ifndef")) {
            depth++;
        } else if (is_name(&t, "endif")) {
            if (!depth--) return;
        } else if (!depth && how == SKIP_TO_ELSE &&
                   (is_name(&t, "else") || (is_name(&t, "elif") && pre_condition(l)))) {
            l->depth++;
            return;
        }
    }
}

static void begin_conditional(Lexer *l, bool holds) {
    if (holds)
        l->depth++;
    else
        skip(l, SKIP_TO_ELSE);
}

static void directive(Lexer *l) {
    Name *name = directive_name(l);
    const char *text = name->text;
    if (!strcmp(text, "define")) {
        define(l);
    } else if (!strcmp(text, "undef")) {
        directive_name(l)->macro = NULL;
    } else if (!strcmp(text, "include")) {
        include(l);
    } else if (!strcmp(text, "ifdef")) {
        begin_conditional(l, directive_name(l)->macro != NULL);
    } else if (!strcmp(text, "ifndef")) {
        begin_conditional(l, directive_name(l)->macro == NULL);
    } else if (!strcmp(text, "if")) {
        begin_conditional(l, pre_condition(l) != 0);
    } else if (!strcmp(text, "else") || !strcmp(text, "elif") || !strcmp(text, "endif")) {
        if (!l->depth) fail(l, "a conditional that has not begun", text);
        if (l->depth) l->depth--;
        if (strcmp(text, "endif")) lex_skip_line(l), skip(l, SKIP_TO_END);
    } else {
        fail(l, "no such directive", text);
    }
}

// ---- what the parser gets
static Token next(Lexer *l) {
    for (;;) {
        Token t = take(l);
        if (t.kind == TOKEN_END && !l->source && l->reader->below && !l->error->what) {
            end_include(l);
            continue;
        }
        if (t.kind == TOKEN_HASH && t.first && !l->source) {
            directive(l);
            continue;
        }
        if (t.kind != TOKEN_NAME || !t.name->macro || t.is_exempt) return t;
        Macro *m = t.name->macro;
        if (m->busy) {
            t.is_exempt = true;
            return t;
        }
        if (m->has_params && !opens(l)) return t;
        replace(l, &t, m);
    }
}

Token pre_next(Lexer *l) {
    Token t = next(l);
    if (l->error->what) t.kind = TOKEN_END;
    if (t.line) l->line = t.line;
    return t;
}

Token pre_next_of_line(Lexer *l, bool *end) {
    while (l->source && l->source->at == l->source->end) pop(l);
    *end = !l->source && lex_is_line_end(l);
    return *end ? (Token){.kind = TOKEN_END} : next(l);
}

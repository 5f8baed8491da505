// mutate pick SEED FILE...                       every place where a fault can be planted, in a random order that SEED fixes
// mutate apply FILE OFFSET LENGTH TEXT           FILE on standard output with LENGTH bytes at OFFSET replaced by TEXT
//
// In:  `if (n <= limit) count += 2;`
// Out: opt/x.c <TAB> 104 <TAB> 2 <TAB> 17 <TAB> relation <TAB> <= <TAB> <     (file, offset, length, line, kind, old, new)
//      and so `+=` to `-=`, `2` to `3`, `(n <= limit)` to `(!(n <= limit))`, and `count += 2` to nothing.
// It reads text, no syntax: comments, strings and the preprocessor's lines are passed over; sources are formatted, so an
// operator with a space on both sides is a binary one. What does not compile, or compiles to the same code, the caller
// drops. Lines with BUG_IF are passed over: they are checks themselves. Of a table of instructions (*.insn) the fixed bits
// of the patterns are places. Not here: which tests run (ci/mutate.sh).
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USAGE = 64, NO_INPUT = 66, NO_MEMORY = 71 };

typedef struct {
    const char *file, *kind;
    size_t offset, length;
    unsigned line;
    char old[80], new[96];
} Place;

typedef struct {
    Place *at;
    size_t n, room;
} Places;

typedef struct {
    const char *name;
    char *text;
    size_t size;
} Source;

static const struct {
    const char *kind, *old, *new;
} operators[] = {
    {"relation", "<=", "<"},    {"relation", ">=", ">"},    {"relation", "==", "!="},   {"relation", "!=", "=="},
    {"relation", "<", "<="},    {"relation", ">", ">="},    {"logic", "&&", "||"},      {"logic", "||", "&&"},
    {"bits", "<<", ">>"},       {"bits", ">>", "<<"},       {"bits", "&", "|"},         {"bits", "|", "&"},
    {"bits", "^", "|"},         {"arithmetic", "+", "-"},   {"arithmetic", "-", "+"},   {"arithmetic", "*", "+"},
    {"arithmetic", "/", "*"},   {"arithmetic", "%", "+"},   {"assignment", "+=", "-="}, {"assignment", "-=", "+="},
    {"assignment", "|=", "&="}, {"assignment", "&=", "|="}, {"assignment", "^=", "|="},
};

static void *need(void *p) {
    if (p) return p;
    fputs("mutate: out of memory\n", stderr);
    exit(NO_MEMORY);
}

static Source source_read(const char *name) {
    FILE *f = fopen(name, "r");
    if (!f || fseek(f, 0, SEEK_END)) {
        fprintf(stderr, "mutate: %s: %s\n", name, strerror(errno));
        exit(NO_INPUT);
    }
    Source s = {.name = name, .size = (size_t)ftell(f)};
    rewind(f);
    s.text = need(malloc(s.size + 1));
    if (fread(s.text, 1, s.size, f) != s.size) exit(NO_INPUT);
    s.text[s.size] = 0;
    fclose(f);
    return s;
}

static void add(Places *all, const Source *s, const char *kind, size_t offset, size_t length, unsigned line,
                const char *new) {
    if (length >= sizeof all->at->old || strlen(new) >= sizeof all->at->new) return;
    if (all->n == all->room) all->at = need(realloc(all->at, (all->room = all->room * 2 + 64) * sizeof *all->at));
    Place *p = &all->at[all->n++];
    *p = (Place){.file = s->name, .kind = kind, .offset = offset, .length = length, .line = line};
    memcpy(p->old, s->text + offset, length);
    strcpy(p->new, new);
}

// How many bytes at p are not code: a comment, a string, a character.
static size_t skipped(const char *p) {
    if (p[0] == '/' && p[1] == '/') return strcspn(p, "\n");
    if (p[0] == '/' && p[1] == '*') {
        const char *end = strstr(p + 2, "*/");
        return end ? (size_t)(end + 2 - p) : strlen(p);
    }
    if (*p != '"' && *p != '\'') return 0;
    size_t n = 1;
    while (p[n] && p[n] != *p) n += p[n] == '\\' ? 2 : 1;
    return n + 1;
}

static void add_operator(Places *all, const Source *s, size_t i, unsigned line) {
    const char *p = s->text + i;
    size_t n = strcspn(p, " \n");
    if (!i || p[-1] != ' ' || p[n] != ' ') return;
    for (size_t k = 0; k < sizeof operators / sizeof *operators; k++)
        if (strlen(operators[k].old) == n && !strncmp(p, operators[k].old, n))
            add(all, s, operators[k].kind, i, n, line, operators[k].new);
}

static size_t word_length(const char *p) {
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || p[n] == '_') n++;
    return n;
}

static void add_word(Places *all, const Source *s, size_t i, size_t n, unsigned line) {
    const char *p = s->text + i;
    if (isdigit((unsigned char)*p)) {
        char *end, new[40];
        unsigned long long value = strtoull(p, &end, 0);
        if (strchr(".eEpP", *end) && *end) return;
        // The suffix (u, ULL) stays.
        snprintf(new, sizeof new, "%llu%.*s", value == 1 ? 0 : value + 1, (int)(p + n - end), end);
        add(all, s, "constant", i, n, line, new);
    } else if (n == 4 && !strncmp(p, "true", 4)) {
        add(all, s, "constant", i, n, line, "false");
    } else if (n == 5 && !strncmp(p, "false", 5)) {
        add(all, s, "constant", i, n, line, "true");
    }
}

// `if (...)` on one line: the condition is negated.
static void add_condition(Places *all, const Source *s, size_t i, unsigned line) {
    const char *p = s->text + i;
    if (strncmp(p, "if (", 4) || (i && word_length(p - 1))) return;
    size_t depth = 0, n = 3;
    do {
        depth += p[n] == '(';
        depth -= p[n] == ')';
        if (!p[n] || p[n] == '\n') return;
        n++;
    } while (depth);
    char new[96];
    if (n - 3 >= 80) return;
    snprintf(new, sizeof new, "(!%.*s)", (int)(n - 3), p + 3);
    add(all, s, "condition", i + 3, n - 3, line, new);
}

// A statement that stands alone on its line.
static void add_statement(Places *all, const Source *s, size_t i, unsigned line) {
    static const char *const kept[] = {"return",   "if",     "for",   "while",  "do",      "else",  "case",
                                       "default",  "goto",   "const", "static", "typedef", "enum",  "struct",
                                       "unsigned", "extern", "bool",  "int",    "char",    "size_t"};
    const char *p = s->text + i;
    size_t n = strcspn(p, "\n"), w = word_length(p);
    if (!n || p[n - 1] != ';' || memchr(p, '{', n) || memchr(p, '}', n)) return;
    if ((!w && *p != '*' && *p != '(') || (i > 1 && strchr(",(|&+?:=", s->text[i - 1]))) return;
    for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
        if (w == strlen(kept[k]) && !strncmp(p, kept[k], w)) return;
    add(all, s, "statement", i, n - 1, line, "");
}

// A row of a table of instructions, `lb  iiiiiiiiiiii sssss 000 ddddd 0000011 ; rd,imm(rs1)`: each fixed bit.
static void places_of_table(Places *all, const Source *s) {
    static const char *const kept[] = {"order", "key", "names", "print", "field", "ext", "class"};
    unsigned line = 1;
    for (size_t i = 0; i < s->size; line++) {
        const char *p = s->text + i;
        size_t n = strcspn(p, "\n"), k = strcspn(p, " \n");
        bool row = isalpha((unsigned char)*p);
        for (size_t w = 0; w < sizeof kept / sizeof *kept; w++)
            if (k == strlen(kept[w]) && !strncmp(p, kept[w], k)) row = false;
        for (; row && k < n && !strchr(";=#", p[k]); k++)
            if (p[k] == '0' || p[k] == '1') add(all, s, "pattern", i + k, 1, line, p[k] == '0' ? "1" : "0");
        i += n + 1;
    }
}

static void places_of(Places *all, const Source *s) {
    unsigned line = 1;
    bool start = true, closed = false; // at a line's beginning; the line before ended a statement
    for (size_t i = 0; i < s->size;) {
        const char *p = s->text + i;
        if (*p == '\n') {
            line++, i++, start = true;
            closed = i > 1 && strchr(";{}", p[-1]);
            continue;
        }
        if (start) {
            size_t blank = strspn(p, " "), all_of_it = strcspn(p, "\n");
            const char *check = strstr(p, "BUG_IF");
            while (*p == '#' && all_of_it && p[all_of_it - 1] == '\\' && p[all_of_it])
                line++, all_of_it += 1 + strcspn(p + all_of_it + 1, "\n");
            if (*p == '#' || (check && check < p + all_of_it)) {
                i += all_of_it;
                start = false;
                continue;
            }
            start = false;
            if (blank && closed) add_statement(all, s, i + blank, line);
            i += blank;
            if (blank) continue;
        }
        size_t n = skipped(p);
        if (n) {
            for (size_t k = 0; k < n && p[k]; k++) line += p[k] == '\n';
            i += n;
            continue;
        }
        add_condition(all, s, i, line);
        if ((n = word_length(p))) {
            add_word(all, s, i, n, line);
            i += n;
            continue;
        }
        if (*p == '!' && p[1] != '=') add(all, s, "condition", i, 1, line, "");
        add_operator(all, s, i, line);
        i++;
    }
}

// splitmix64
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static int pick(uint64_t seed, char **files) {
    Places all = {0};
    for (; *files; files++) {
        Source s = source_read(*files);
        (strstr(*files, ".insn") ? places_of_table : places_of)(&all, &s);
        free(s.text);
    }
    for (size_t i = all.n; i > 1; i--) {
        size_t k = next_random(&seed) % i;
        Place other = all.at[i - 1];
        all.at[i - 1] = all.at[k], all.at[k] = other;
    }
    for (size_t i = 0; i < all.n; i++) {
        const Place *p = &all.at[i];
        printf("%s\t%zu\t%zu\t%u\t%s\t%s\t%s\n", p->file, p->offset, p->length, p->line, p->kind, p->old, p->new);
    }
    free(all.at);
    return fflush(stdout) ? NO_MEMORY : 0;
}

static int apply(const char *file, size_t offset, size_t length, const char *text) {
    Source s = source_read(file);
    if (offset > s.size || length > s.size - offset) return USAGE;
    fwrite(s.text, 1, offset, stdout);
    fputs(text, stdout);
    fwrite(s.text + offset + length, 1, s.size - offset - length, stdout);
    free(s.text);
    return fflush(stdout) ? NO_MEMORY : 0;
}

int main(int argc, char **argv) {
    if (argc > 3 && !strcmp(argv[1], "pick")) return pick(strtoull(argv[2], NULL, 0), argv + 3);
    if (argc == 6 && !strcmp(argv[1], "apply"))
        return apply(argv[2], strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0), argv[5]);
    fputs("usage: mutate pick SEED FILE... | mutate apply FILE OFFSET LENGTH TEXT\n", stderr);
    return USAGE;
}

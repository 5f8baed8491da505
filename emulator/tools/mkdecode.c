// mkdecode GUEST FILE.insn > GUEST.insn.inc: the instruction table of a guest as C data of the types in guest/decode.h.
//
// One statement a line; '#' before a space, or at the beginning of a line, begins a comment.
//   order word|bytes     patterns are written from the highest bit of a little-endian word down, or byte by byte
//   key 14:12 6:0        raw bits that select the list of candidates
//   names rd rs1|zimm    f[0] is rd; f[1] is rs1, or zimm in rows that use that name (at most 8)
//   print csr fence      kinds of fields that the guest prints itself
//   field L NAME KIND [signed] [add N] [bits 12,10:5]   from here on, letter L in a pattern is a bit of NAME; `bits`
//   says
//                        which bits of the value the letters are, in the order written (else n-1 .. 0)
//   tail NAME KIND [signed] [by FIELD] SIZES   bytes behind the pattern; SIZES 0,1,2 by the value of FIELD
//   ext NAME, class NAME apply to the rows that follow
//   NAME PATTERN ; FORMAT [; = BASE field=field field=7] [; if rd!=0,2 imm!=0] [; over NAME...] [; tail NAME...]
// A pattern is 0, 1, letters and '-' (ignored). Two rows that can match the same bits are an error unless the one with
// more fixed bits says `over` the other.
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 1024, FIELDS_IN_ROW = 12, NAMES = 8, WORDS = 64, LIST = 32, KEY_MAX = 14, TEXT = 64 };

typedef struct Decl { // a `field` or `tail` statement
    char name[TEXT], kind[TEXT], by[TEXT], letter;
    bool is_tail, is_signed;
    int add, n_bits, n_sizes;
    int bits[64], sizes[4];
} Decl;
typedef struct Seg {
    int raw_lo, width, value_lo;
} Seg;
typedef struct Field {
    Decl decl;
    int at, width, n_segs;
    Seg segs[64];
} Field;
typedef struct Cond {
    int at, not_value;
} Cond;
typedef struct Row {
    char name[TEXT], format[TEXT], ext[TEXT], klass[TEXT], base[TEXT];
    int line, len, n_fields, n_conds, n_over, n_from, base_row;
    uint64_t mask, bits;
    Field fields[FIELDS_IN_ROW];
    Cond conds[LIST];
    char over[LIST][TEXT], from[LIST][TEXT];
    int map[NAMES];
} Row;
typedef struct Table {
    const char *guest, *file;
    int line, n_rows, n_names, n_prints, n_exts, n_tails, n_key;
    bool bytes_order;
    char names[NAMES][TEXT], prints[LIST][TEXT], exts[LIST][TEXT], ext[TEXT], klass[TEXT];
    Decl letters[128], tails[LIST];
    Seg key[LIST];
    Row rows[ROWS];
} Table;

static _Noreturn void fail(const Table *t, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void fail(const Table *t, int line, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%s:%d: ", t->file, line);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    exit(1);
}

static void copy(const Table *t, char to[TEXT], const char *from) {
    if (strlen(from) >= TEXT) fail(t, t->line, "'%s' is too long", from);
    memcpy(to, from, strlen(from) + 1);
}

static int split(const Table *t, char *s, const char *by, char *out[WORDS]) {
    int n = 0;
    for (char *save, *w = strtok_r(s, by, &save); w; w = strtok_r(NULL, by, &save)) {
        if (n == WORDS) fail(t, t->line, "too many words");
        out[n++] = w;
    }
    return n;
}

static int number(const Table *t, const char *s) {
    char *end;
    long v = strtol(s, &end, 0);
    if (end == s || *end || v < 0 || v > 255) fail(t, t->line, "'%s' is not a number from 0 to 255", s);
    return (int)v;
}

// "12" or "10:5"
static void bit_range(const Table *t, const char *s, int *hi, int *lo) {
    char buf[TEXT];
    copy(t, buf, s);
    char *colon = strchr(buf, ':');
    if (colon) *colon = 0;
    *hi = number(t, buf);
    *lo = colon ? number(t, colon + 1) : *hi;
    if (*lo > *hi || *hi > 63) fail(t, t->line, "bad bit range '%s'", s);
}

// Index into f of a name; rows may use any of the |-separated names of an index.
static int name_index(const Table *t, const char *name) {
    size_t n = strlen(name);
    for (int i = 0; i < t->n_names; i++)
        for (const char *p = t->names[i]; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
            if (strncmp(p, name, n) == 0 && (p[n] == 0 || p[n] == '|')) return i;
    fail(t, t->line, "no field is called '%s'", name);
}

// ---- statements
static void parse_decl(Table *t, char **w, int n, bool is_tail) {
    Decl d = {.is_tail = is_tail};
    int i = is_tail ? 1 : 2;
    if (n < i + 2 || (!is_tail && (strlen(w[1]) != 1 || !isalpha((unsigned char)w[1][0]))))
        fail(t, t->line, "expected: field LETTER NAME KIND ... or tail NAME KIND ...");
    copy(t, d.name, w[i]), copy(t, d.kind, w[i + 1]);
    name_index(t, d.name);
    bool known = false;
    for (int k = 0; k < t->n_prints; k++) known |= strcmp(t->prints[k], d.kind) == 0;
    char word[TEXT + 2];
    snprintf(word, sizeof word, " %s ", d.kind);
    if (!known && !strstr(" none reg dec hex pc ", word)) fail(t, t->line, "unknown kind '%s'", d.kind);
    for (i += 2; i < n; i++) {
        char *list[WORDS];
        if (strcmp(w[i], "signed") == 0) {
            d.is_signed = true;
        } else if (strcmp(w[i], "add") == 0 && i + 1 < n) {
            d.add = number(t, w[++i]);
        } else if (strcmp(w[i], "by") == 0 && i + 1 < n && is_tail) {
            copy(t, d.by, w[++i]);
        } else if (strcmp(w[i], "bits") == 0 && i + 1 < n) {
            int n_list = split(t, w[++i], ",", list);
            for (int k = 0; k < n_list; k++) {
                int hi, lo;
                bit_range(t, list[k], &hi, &lo);
                for (int b = hi; b >= lo; b--) {
                    if (d.n_bits == 64) fail(t, t->line, "more than 64 bits");
                    d.bits[d.n_bits++] = b;
                }
            }
        } else if (is_tail && isdigit((unsigned char)w[i][0])) {
            d.n_sizes = split(t, w[i], ",", list);
            if (d.n_sizes > 4) fail(t, t->line, "more than 4 sizes");
            for (int k = 0; k < d.n_sizes; k++) d.sizes[k] = number(t, list[k]);
        } else {
            fail(t, t->line, "what is '%s'?", w[i]);
        }
    }
    if (is_tail && d.n_sizes != (d.by[0] ? 4 : 1)) fail(t, t->line, "a tail needs one size, or four with `by`");
    if (!is_tail) {
        d.letter = w[1][0];
        t->letters[(unsigned char)d.letter] = d;
    } else {
        if (t->n_tails == LIST) fail(t, t->line, "too many tails");
        t->tails[t->n_tails++] = d;
    }
}

static int add_name(Table *t, char list[LIST][TEXT], int *n, const char *name) {
    for (int i = 0; i < *n; i++)
        if (strcmp(list[i], name) == 0) return i;
    if (*n == LIST) fail(t, t->line, "too many names");
    copy(t, list[*n], name);
    return (*n)++;
}

static Field *row_field(Table *t, Row *r, const Decl *d) {
    int at = name_index(t, d->name);
    for (int i = 0; i < r->n_fields; i++) {
        if (r->fields[i].at != at) continue;
        if (r->fields[i].decl.letter == d->letter && !d->is_tail) return &r->fields[i];
        fail(t, t->line, "'%s' uses the place of '%s' twice", r->name, d->name);
    }
    if (r->n_fields == FIELDS_IN_ROW) fail(t, t->line, "too many fields");
    Field *f = &r->fields[r->n_fields++];
    *f = (Field){.decl = *d, .at = at};
    return f;
}

static void parse_pattern(Table *t, Row *r, const char *pattern) {
    char p[65];
    int n = 0, count[128] = {0}, seen[128] = {0};
    for (; *pattern; pattern++) {
        if (isspace((unsigned char)*pattern)) continue;
        if (n == 64) fail(t, t->line, "the pattern of '%s' is longer than 64 bits", r->name);
        unsigned char c = (unsigned char)*pattern;
        if (!strchr("01-", c) && (c > 127 || !t->letters[c].name[0])) fail(t, t->line, "letter '%c' has no `field`", c);
        count[c]++;
        p[n++] = (char)c;
    }
    if (n == 0 || n % 8) fail(t, t->line, "the pattern of '%s' has %d bits", r->name, n);
    r->len = n / 8;
    for (int i = 0; i < n; i++) {
        int raw = t->bytes_order ? i / 8 * 8 + 7 - i % 8 : n - 1 - i, c = (unsigned char)p[i];
        if (c == '-') continue;
        if (c == '0' || c == '1') {
            r->mask |= 1ull << raw;
            r->bits |= (uint64_t)(c == '1') << raw;
            continue;
        }
        const Decl *d = &t->letters[c];
        if (d->n_bits && d->n_bits != count[c])
            fail(t, t->line, "'%s' has %d bits of '%c', its field has %d", r->name, count[c], c, d->n_bits);
        int k = seen[c]++, value = d->n_bits ? d->bits[k] : count[c] - 1 - k;
        Field *f = row_field(t, r, d);
        if (value >= f->width) f->width = value + 1;
        Seg *last = f->n_segs ? &f->segs[f->n_segs - 1] : NULL;
        if (last && last->raw_lo == raw + 1 && last->value_lo == value + 1) {
            last->raw_lo--, last->value_lo--, last->width++;
        } else {
            f->segs[f->n_segs++] = (Seg){raw, 1, value};
        }
    }
}

static void parse_conds(Table *t, Row *r, char **w, int n) {
    for (int i = 1; i < n; i++) {
        char *ne = strstr(w[i], "!="), *list[WORDS];
        if (!ne) fail(t, t->line, "expected FIELD!=VALUE, not '%s'", w[i]);
        *ne = 0;
        int at = name_index(t, w[i]), n_list = split(t, ne + 2, ",", list);
        bool has = false;
        for (int k = 0; k < r->n_fields; k++) has |= r->fields[k].at == at;
        if (!has) fail(t, t->line, "'%s' has no field '%s'", r->name, w[i]);
        for (int k = 0; k < n_list; k++) {
            if (r->n_conds == LIST) fail(t, t->line, "too many conditions");
            r->conds[r->n_conds++] = (Cond){at, number(t, list[k])};
        }
    }
}

static bool has_field(const Row *r, int at) {
    for (int i = 0; i < r->n_fields; i++)
        if (r->fields[i].at == at) return true;
    return false;
}

static void parse_row(Table *t, char *line) {
    if (t->n_rows == ROWS) fail(t, t->line, "more than %d rows", ROWS);
    Row *r = &t->rows[t->n_rows++];
    r->line = t->line;
    char *parts[8] = {0}, *w[WORDS];
    int n_parts = 0;
    for (char *p = line; p; n_parts++) {
        if (n_parts == 8) fail(t, t->line, "too many parts");
        parts[n_parts] = p;
        if ((p = strchr(p, ';'))) *p++ = 0;
    }
    char *pattern = parts[0] + strcspn(parts[0], " \t");
    if (*pattern) *pattern++ = 0;
    copy(t, r->name, parts[0]);
    copy(t, r->ext, t->ext), copy(t, r->klass, t->klass);
    for (int i = 0; i + 1 < t->n_rows; i++)
        if (strcmp(t->rows[i].name, r->name) == 0)
            fail(t, t->line, "'%s' is already there, in line %d", r->name, t->rows[i].line);
    parse_pattern(t, r, pattern);
    if (parts[1]) {
        char *s = parts[1] + strspn(parts[1], " \t");
        for (size_t n = strlen(s); n && isspace((unsigned char)s[n - 1]);) s[--n] = 0;
        copy(t, r->format, s);
    }
    for (int i = 2; i < n_parts; i++) {
        int n = split(t, parts[i], " \t", w);
        if (n >= 2 && strcmp(w[0], "=") == 0) {
            copy(t, r->base, w[1]);
            for (int k = 2; k < n; k++) copy(t, r->from[r->n_from++], w[k]);
        } else if (n >= 2 && strcmp(w[0], "if") == 0) {
            parse_conds(t, r, w, n);
        } else if (n >= 2 && strcmp(w[0], "over") == 0) {
            for (int k = 1; k < n; k++) copy(t, r->over[r->n_over++], w[k]);
        } else if (n >= 2 && strcmp(w[0], "tail") == 0) {
            for (int k = 1; k < n; k++) {
                const Decl *d = NULL;
                for (int j = 0; j < t->n_tails; j++)
                    if (strcmp(t->tails[j].name, w[k]) == 0) d = &t->tails[j];
                if (!d) fail(t, t->line, "no tail is called '%s'", w[k]);
                if (d->by[0] && !has_field(r, name_index(t, d->by)))
                    fail(t, t->line, "tail '%s' is selected by '%s', which '%s' does not have", w[k], d->by, r->name);
                row_field(t, r, d);
            }
        } else {
            fail(t, t->line, "what is '%s'?", n ? w[0] : "");
        }
    }
}

static void parse_line(Table *t, char *line) {
    char *end = line;
    while (*end && *end != '\n' && !(*end == '#' && (end == line || end[1] == 0 || isspace((unsigned char)end[1]))))
        end++;
    *end = 0;
    line += strspn(line, " \t");
    if (!*line) return;
    char buf[1024], *w[WORDS];
    snprintf(buf, sizeof buf, "%s", line);
    int n = split(t, buf, " \t", w);
    if (n == 0) return;
    if (strcmp(w[0], "order") == 0 && n == 2) {
        if (strcmp(w[1], "bytes") != 0 && strcmp(w[1], "word") != 0) fail(t, t->line, "order is word or bytes");
        t->bytes_order = strcmp(w[1], "bytes") == 0;
    } else if (strcmp(w[0], "key") == 0) {
        for (int i = 1; i < n; i++) {
            int hi, lo;
            bit_range(t, w[i], &hi, &lo);
            if (t->n_key == LIST) fail(t, t->line, "too many key bits");
            t->key[t->n_key++] = (Seg){lo, hi - lo + 1, 0};
        }
    } else if (strcmp(w[0], "names") == 0) {
        if (n - 1 > NAMES) fail(t, t->line, "more than %d names", NAMES);
        for (int i = 1; i < n; i++) copy(t, t->names[t->n_names++], w[i]);
    } else if (strcmp(w[0], "print") == 0) {
        for (int i = 1; i < n; i++) add_name(t, t->prints, &t->n_prints, w[i]);
    } else if (strcmp(w[0], "field") == 0 || strcmp(w[0], "tail") == 0) {
        parse_decl(t, w, n, w[0][0] == 't');
    } else if (strcmp(w[0], "ext") == 0 && n == 2) {
        copy(t, t->ext, w[1]);
        add_name(t, t->exts, &t->n_exts, w[1]);
    } else if (strcmp(w[0], "class") == 0 && n == 2) {
        copy(t, t->klass, w[1]);
    } else {
        if (!t->ext[0] || !t->klass[0]) fail(t, t->line, "`ext` and `class` must come before the first row");
        parse_row(t, line);
    }
}

// ---- checks over the whole table
static int find_row(const Table *t, int line, const char *name) {
    for (int i = 0; i < t->n_rows; i++)
        if (strcmp(t->rows[i].name, name) == 0) return i;
    fail(t, line, "no row is called '%s'", name);
}

static bool says_over(const Row *a, const Row *b) {
    for (int i = 0; i < a->n_over; i++)
        if (strcmp(a->over[i], b->name) == 0) return true;
    return false;
}

static void check_overlaps(const Table *t) {
    for (int i = 0; i < t->n_rows; i++) {
        const Row *a = &t->rows[i];
        for (int k = 0; k < a->n_over; k++) {
            const Row *b = &t->rows[find_row(t, a->line, a->over[k])];
            if ((a->mask & b->mask & (a->bits ^ b->bits)) != 0)
                fail(t, a->line, "'%s' says over '%s', but they cannot match the same bits", a->name, b->name);
            if ((a->mask & b->mask) != b->mask || a->mask == b->mask)
                fail(t, a->line, "'%s' says over '%s', but it is not more specific", a->name, b->name);
        }
        for (int j = 0; j < i; j++) {
            const Row *b = &t->rows[j];
            if ((a->mask & b->mask & (a->bits ^ b->bits)) == 0 && !says_over(a, b) && !says_over(b, a))
                fail(t, a->line, "'%s' overlaps '%s' of line %d, and neither says `over`", a->name, b->name, b->line);
        }
    }
}

// map[i] of a short form: where f[i] of the base comes from (see InsnRow.from).
static void resolve_base(Table *t, Row *r) {
    r->base_row = (int)(r - t->rows);
    t->line = r->line;
    for (int i = 0; i < NAMES; i++) r->map[i] = i;
    if (!r->base[0]) return;
    r->base_row = find_row(t, r->line, r->base);
    const Row *b = &t->rows[r->base_row];
    if (b->base[0]) fail(t, r->line, "'%s' is a short form of the short form '%s'", r->name, b->name);
    bool given[NAMES] = {0};
    for (int k = 0; k < r->n_from; k++) {
        char *eq = strchr(r->from[k], '=');
        if (!eq) fail(t, r->line, "expected field=field or field=number, not '%s'", r->from[k]);
        *eq++ = 0;
        int at = name_index(t, r->from[k]);
        if (!has_field(b, at)) fail(t, r->line, "'%s' has no field '%s'", b->name, r->from[k]);
        given[at] = true;
        if (isdigit((unsigned char)*eq)) {
            r->map[at] = -1 - number(t, eq);
            if (r->map[at] < -128) fail(t, r->line, "the constant %s is too large", eq);
            continue;
        }
        r->map[at] = name_index(t, eq);
        if (!has_field(r, r->map[at])) fail(t, r->line, "'%s' has no field '%s'", r->name, eq);
    }
    for (int i = 0; i < NAMES; i++)
        if (has_field(b, i) && !given[i] && !has_field(r, i))
            fail(t, r->line, "'%s' does not say what '%s' of '%s' is", r->name, t->names[i], b->name);
}

// ---- output
static void put_upper(const char *s) {
    for (; *s; s++) putchar(isalnum((unsigned char)*s) ? toupper((unsigned char)*s) : '_');
}

static void put_enum(const Table *t, const char *infix, char (*names)[TEXT], int n, const char *first) {
    printf("enum {");
    for (int i = 0; i < n; i++) {
        char name[TEXT];
        snprintf(name, sizeof name, "%s", names[i]);
        for (char *save, *p = strtok_r(name, "|", &save); p; p = strtok_r(NULL, "|", &save)) {
            printf(" "), put_upper(t->guest), printf("_%s", infix), put_upper(p);
            if (i == 0 && first)
                printf(" = %s,", first);
            else
                printf(p != name ? " = %d," : ",", i);
        }
    }
    printf(" ");
    put_upper(t->guest), printf("_%sCOUNT };\n", infix);
}

static void put_fields(const Table *t) {
    int segs = 0;
    printf("static const InsnSeg insn_segs[] = {\n");
    for (int i = 0; i < t->n_rows; i++)
        for (int k = 0; k < t->rows[i].n_fields; k++)
            for (int s = 0; s < t->rows[i].fields[k].n_segs; s++) {
                const Seg *g = &t->rows[i].fields[k].segs[s];
                printf("{%d, %d, %d},\n", g->raw_lo, g->width, g->value_lo);
            }
    printf("{0}};\nstatic const InsnField insn_fields[] = {\n");
    for (int i = 0; i < t->n_rows; i++)
        for (int k = 0; k < t->rows[i].n_fields; k++) {
            const Field *f = &t->rows[i].fields[k];
            const Decl *d = &f->decl;
            printf("{%d, %d%s, ", f->at, d->is_signed, d->is_tail ? " | INSN_TAIL" : "");
            bool own = false;
            for (int p = 0; p < t->n_prints; p++) own |= strcmp(t->prints[p], d->kind) == 0;
            if (own)
                put_upper(t->guest), printf("_PRINT_");
            else
                printf("INSN_PRINT_");
            put_upper(d->kind);
            printf(", %d, %d, %d, %d, ", f->width, d->add, f->n_segs, segs);
            if (d->by[0])
                printf("%d", name_index(t, d->by));
            else
                printf("INSN_TAIL_FIXED");
            printf(", {%d, %d, %d, %d}},\n", d->sizes[0], d->sizes[1], d->sizes[2], d->sizes[3]);
            segs += f->n_segs;
        }
    printf("{0}};\nstatic const char *const insn_field_names[] = {\n");
    for (int i = 0; i < t->n_rows; i++)
        for (int k = 0; k < t->rows[i].n_fields; k++) printf("\"%s\",\n", t->rows[i].fields[k].decl.name);
    printf("\"\"};\nstatic const InsnCond insn_conds[] = {\n");
    for (int i = 0; i < t->n_rows; i++)
        for (int k = 0; k < t->rows[i].n_conds; k++)
            printf("{%d, %d},\n", t->rows[i].conds[k].at, t->rows[i].conds[k].not_value);
    printf("{0}};\n");
}

static void put_rows(const Table *t) {
    int fields = 0, conds = 0;
    printf("static const InsnRow insn_rows[] = {\n");
    for (int i = 0; i < t->n_rows; i++) {
        const Row *r = &t->rows[i];
        printf("{0x%llx, 0x%llx, \"%s\", \"%s\", %d, %d, %d, %d, %d, %d, ", (unsigned long long)r->mask,
               (unsigned long long)r->bits, r->name, r->format, fields, conds, r->base_row, r->n_fields, r->n_conds,
               r->len);
        put_upper(t->guest), printf("_EXT_"), put_upper(r->ext);
        printf(", INSN_CLASS_"), put_upper(r->klass);
        printf(", {");
        for (int k = 0; k < NAMES; k++) printf("%d,", r->map[k]);
        printf("}},\n");
        fields += r->n_fields, conds += r->n_conds;
    }
    printf("};\nconst char *const %s_op_names[] = {\n", t->guest);
    for (int i = 0; i < t->n_rows; i++) printf("\"%s\",\n", t->rows[i].name);
    printf("};\n");
}

// Bucket k of 2^width: rows that can match when the key bits have the value k, those with more fixed bits first.
static void put_buckets(const Table *t) {
    int width = 0, n = 0;
    uint64_t key_mask = 0;
    for (int i = 0; i < t->n_key; i++) {
        width += t->key[i].width;
        key_mask |= ((1ull << t->key[i].width) - 1) << t->key[i].raw_lo;
    }
    if (width == 0 || width > KEY_MAX) fail(t, 0, "the key has %d bits; 1 to %d are possible", width, KEY_MAX);
    static int start[(1 << KEY_MAX) + 1];
    printf("static const InsnSeg insn_key[] = {");
    for (int i = 0; i < t->n_key; i++) printf("{%d, %d, 0}, ", t->key[i].raw_lo, t->key[i].width);
    printf("};\nstatic const uint16_t insn_candidates[] = {\n");
    for (int k = 0; k < 1 << width; k++) {
        uint64_t raw = 0;
        for (int i = 0, at = 0; i < t->n_key; at += t->key[i++].width)
            raw |= ((uint64_t)k >> at & ((1ull << t->key[i].width) - 1)) << t->key[i].raw_lo;
        start[k] = n;
        for (int fixed = 64; fixed >= 0; fixed--)
            for (int i = 0; i < t->n_rows; i++) {
                const Row *r = &t->rows[i];
                if (__builtin_popcountll(r->mask) != fixed || (r->mask & key_mask & (r->bits ^ raw)) != 0) continue;
                printf("%d,", i), n++;
            }
    }
    start[1 << width] = n;
    printf("0};\nstatic const uint16_t insn_buckets[] = {\n");
    for (int k = 0; k <= 1 << width; k++) printf("%d,", start[k]);
    printf("};\n");
}

// The members of the guest's InsnTable that point to what stands above.
static void put_table(const Table *t) {
    static const char *const members[] = {"rows", "fields",  "segs",       "conds",
                                          "key",  "buckets", "candidates", "field_names"};
    printf("#define INSN_TABLE");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) printf(" .%s = insn_%s,", members[i], members[i]);
    printf(" .n_rows = %d, .n_key = %d\n", t->n_rows, t->n_key);
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "usage: mkdecode GUEST FILE.insn > GUEST.insn.inc\n"), 2;
    static Table table;
    static char ops[ROWS][TEXT];
    Table *t = &table;
    char line[1024];
    t->guest = argv[1], t->file = argv[2];
    FILE *in = fopen(t->file, "r");
    if (!in) return perror(t->file), 1;
    while (fgets(line, sizeof line, in)) {
        t->line++;
        if (!strchr(line, '\n') && !feof(in)) fail(t, t->line, "the line is too long");
        parse_line(t, line);
    }
    fclose(in);
    for (int i = 0; i < t->n_rows; i++) resolve_base(t, &t->rows[i]);
    check_overlaps(t);
    for (int i = 0; i < t->n_rows; i++) memcpy(ops[i], t->rows[i].name, TEXT);
    printf("// Made by tools/mkdecode from %s.insn. The second part is for the guest's table.c only.\n#pragma once\n",
           t->guest);
    put_enum(t, "", ops, t->n_rows, NULL);
    put_enum(t, "F_", t->names, t->n_names, NULL);
    put_enum(t, "EXT_", t->exts, t->n_exts, NULL);
    put_enum(t, "PRINT_", t->prints, t->n_prints, "INSN_PRINT_GUEST");
    printf("#ifdef INSN_TABLE_DATA\n");
    put_fields(t);
    put_rows(t);
    put_buckets(t);
    put_table(t);
    printf("#endif\n");
    return 0;
}

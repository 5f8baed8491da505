// The disassembler of every guest: the format strings of its table, written out as GNU objdump does.
#include "guest/decode.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct Out { // counts past the end, as snprintf does
    char *at;
    size_t size, n;
} Out;

static void put_text(Out *o, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++, o->n++)
        if (o->n + 1 < o->size) o->at[o->n] = s[i];
}

static void put_field(const InsnTable *t, Out *o, const InsnField *f, const Insn *insn, gpc pc) {
    int64_t v = insn->f[f->at];
    char buf[64] = "";
    switch (f->print) {
    case INSN_PRINT_NONE: break;
    case INSN_PRINT_REG: snprintf(buf, sizeof buf, "%s%" PRId64, t->reg_prefix, v); break;
    case INSN_PRINT_DEC: snprintf(buf, sizeof buf, "%" PRId64, v); break;
    case INSN_PRINT_HEX: snprintf(buf, sizeof buf, "0x%" PRIx64, v); break;
    case INSN_PRINT_PC: snprintf(buf, sizeof buf, "0x%" PRIx64, pc + (uint64_t)v); break;
    default: t->print_field(buf, sizeof buf, f, insn, pc); break;
    }
    // An operand that prints nothing takes the comma before it away.
    if (!*buf && o->n && o->n < o->size && o->at[o->n - 1] == ',') o->n--;
    put_text(o, buf, strlen(buf));
}

// One piece of a format string: names of the row's fields are replaced, everything else stays.
static void put_format(const InsnTable *t, Out *o, const InsnRow *r, const Insn *insn, const char *s, const char *end,
                       gpc pc) {
    while (s < end) {
        const char *word = s;
        while (s < end && isalnum((unsigned char)*s)) s++;
        if (s == word) s++;
        const InsnField *f = NULL;
        for (unsigned i = 0; i < r->n_fields; i++) {
            const char *name = t->field_names[r->fields + i];
            if (strlen(name) == (size_t)(s - word) && strncmp(name, word, (size_t)(s - word)) == 0)
                f = &t->fields[r->fields + i];
        }
        if (f)
            put_field(t, o, f, insn, pc);
        else
            put_text(o, word, (size_t)(s - word));
    }
}

size_t insn_print(const InsnTable *t, char *out, size_t size, const Insn *insn, gpc pc) {
    Out o = {out, size, 0};
    if (insn->len == 0) {
        put_text(&o, "undefined", 9);
    } else {
        const InsnRow *r = &t->rows[insn->op];
        const char *s = r->format, *end = s + strlen(s), *space = strchr(s, ' ');
        if (!space && *s == '.') space = end;
        put_text(&o, r->name, strcspn(r->name, "/"));
        if (space) {
            put_format(t, &o, r, insn, s, space, pc);
            s = space < end ? space + 1 : end;
        }
        if (s < end) put_text(&o, "\t", 1);
        put_format(t, &o, r, insn, s, end, pc);
    }
    if (size) out[o.n < size ? o.n : size - 1] = 0;
    return o.n;
}

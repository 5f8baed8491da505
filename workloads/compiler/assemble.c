// Assembly to an image.
//
//     main:                               label of the place
//         addi r4, r0, 5                  an instruction, see insn.inc
//         lui r5, high(table+4)           the upper 19 bits of an address; low(..): the lower 13
//         lw r4, 8(r1)
//         blt r4, r5, main$1
//     .data                               what follows goes there; .code: back
//         .align 4 / .word 5 / .word table+4 / .byte 1 / .space 10
//
// Labels may come later than they are used: the places are kept, and mended at the end.
#include "image.h"
#include "machine.h"

typedef struct {
    bool is_defined, in_data;
    uint32_t at;
    const char *name;
} Label;

typedef enum { FIX_BRANCH, FIX_JUMP, FIX_HIGH, FIX_LOW, FIX_WORD } FixKind;

typedef struct {
    FixKind kind;
    uint32_t at, label, line;
    int32_t addend;
} Fix;

typedef struct {
    Arena *arena;
    Error *error;
    const char *p, *end;
    uint32_t line;
    Names mnemonics, names; // keyword: 1 + number of the instruction; 1 + index of the label
    LIST(Label) labels;
    LIST(Fix) fixes;
    LIST(uint32_t) code;
    LIST(uint8_t) data;
    bool in_data;
} Assembler;

static void fail(Assembler *a, const char *what) { error_set(a->error, a->line, what, ""); }

// ---- words of a line
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '$';
}

static void skip_space(Assembler *a) {
    while (a->p < a->end && (*a->p == ' ' || *a->p == '\t')) a->p++;
}

static bool take(Assembler *a, char c) {
    skip_space(a);
    if (a->p == a->end || *a->p != c) return false;
    a->p++;
    return true;
}

static void expect(Assembler *a, char c) {
    if (!take(a, c)) fail(a, "an operand is missing, or one too many");
}

static uint32_t word(Assembler *a, const char **begin) {
    skip_space(a);
    *begin = a->p;
    while (a->p < a->end && is_letter(*a->p)) a->p++;
    return (uint32_t)(a->p - *begin);
}

static int32_t number(Assembler *a) {
    bool negative = take(a, '-');
    uint32_t value = 0;
    if (!negative) take(a, '+');
    if (a->p == a->end || *a->p < '0' || *a->p > '9') fail(a, "a number should be here");
    while (a->p < a->end && *a->p >= '0' && *a->p <= '9') value = value * 10 + (uint32_t)(*a->p++ - '0');
    return (int32_t)(negative ? -value : value);
}

static uint32_t reg(Assembler *a) {
    if (!take(a, 'r')) fail(a, "a register should be here");
    uint32_t r = (uint32_t)number(a);
    if (r >= REGS) fail(a, "no such register");
    return r & (REGS - 1);
}

static bool is_word(const char *at, uint32_t n, const char *text) { return n == strlen(text) && !memcmp(at, text, n); }

// ---- labels
static uint32_t label_of(Assembler *a, const char *at, uint32_t n) {
    Name *name = name_of(&a->names, at, n);
    if (!name->keyword) {
        list_push(a->arena, &a->labels, ((Label){.name = name->text}));
        name->keyword = (uint16_t)a->labels.n;
    }
    return name->keyword - 1u;
}

static void define(Assembler *a, const char *at, uint32_t n) {
    uint32_t index = label_of(a, at, n); // the list may grow
    Label *l = &a->labels.at[index];
    if (l->is_defined) error_set(a->error, a->line, "a label is there twice", l->name);
    *l = (Label){true, a->in_data, a->in_data ? a->data.n : 4 * a->code.n, l->name};
}

static void fix(Assembler *a, FixKind kind, uint32_t at, int32_t addend, uint32_t label) {
    list_push(a->arena, &a->fixes, ((Fix){kind, at, label, a->line, addend}));
}

static uint32_t label_operand(Assembler *a) {
    const char *at;
    uint32_t n = word(a, &at);
    if (!n) fail(a, "a label should be here");
    return label_of(a, at, n);
}

// ---- instructions
static uint32_t field(Assembler *a, int32_t value, unsigned bits, bool is_signed) {
    int32_t least = is_signed ? -(1 << (bits - 1)) : 0, most = is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
    if (value < least || value > most) fail(a, "a number that is too large for its field");
    return (uint32_t)value & ((1u << bits) - 1);
}

// A number, or high(label+n) or low(label+n), which is mended later.
static uint32_t immediate(Assembler *a, unsigned bits, bool is_signed) {
    const char *before, *at;
    skip_space(a);
    before = a->p;
    uint32_t n = word(a, &at);
    bool high = is_word(at, n, "high"), low = is_word(at, n, "low");
    if (!high && !low) {
        a->p = before;
        return field(a, number(a), bits, is_signed);
    }
    expect(a, '(');
    uint32_t label = label_operand(a);
    fix(a, high ? FIX_HIGH : FIX_LOW, a->code.n, number(a), label);
    expect(a, ')');
    return 0;
}

static uint32_t operands(Assembler *a, Form form) {
    uint32_t rd, ra;
    if (form == FORM_J) {
        fix(a, FIX_JUMP, a->code.n, 0, label_operand(a));
        return 0;
    }
    if (form == FORM_S) return field(a, number(a), 24, true);
    rd = reg(a) << 19;
    if (form == FORM_T) return rd;
    expect(a, ',');
    if (form == FORM_U) return rd | immediate(a, 19, false);
    if (form == FORM_M) {
        uint32_t imm = immediate(a, 14, true);
        expect(a, '(');
        ra = reg(a) << 14;
        expect(a, ')');
        return rd | ra | imm;
    }
    ra = reg(a) << 14;
    expect(a, ',');
    if (form == FORM_R) return rd | ra | reg(a) << 9;
    if (form == FORM_I) return rd | ra | immediate(a, 14, true);
    fix(a, FIX_BRANCH, a->code.n, 0, label_operand(a));
    return rd | ra;
}

static void instruction(Assembler *a, const char *at, uint32_t n) {
    const Name *name = name_of(&a->mnemonics, at, n);
    if (!name->keyword) {
        error_set(a->error, a->line, "no such instruction", name->text);
        return;
    }
    uint32_t op = name->keyword - 1u, rest = operands(a, (Form)machine_forms[op]);
    list_push(a->arena, &a->code, op << 24 | rest);
}

// ---- directives
static void byte(Assembler *a, uint32_t value) { list_push(a->arena, &a->data, (uint8_t)value); }

static void data_word(Assembler *a) {
    int32_t value = 0;
    skip_space(a);
    if (a->p < a->end && (*a->p == '-' || (*a->p >= '0' && *a->p <= '9'))) {
        value = number(a);
    } else {
        uint32_t label = label_operand(a);
        fix(a, FIX_WORD, a->data.n, number(a), label);
    }
    for (unsigned k = 0; k < 32; k += 8) byte(a, (uint32_t)value >> k);
}

static bool directive(Assembler *a, const char *at, uint32_t n) {
    if (is_word(at, n, ".data")) {
        a->in_data = true;
    } else if (is_word(at, n, ".code")) {
        a->in_data = false;
    } else if (is_word(at, n, ".word")) {
        data_word(a);
    } else if (is_word(at, n, ".byte")) {
        do byte(a, (uint32_t)number(a));
        while (take(a, ','));
    } else if (is_word(at, n, ".space")) {
        for (int32_t k = number(a); k > 0; k--) byte(a, 0);
    } else if (is_word(at, n, ".align")) {
        for (uint32_t align = (uint32_t)number(a); align && a->data.n % align;) byte(a, 0);
    } else {
        return false;
    }
    return true;
}

static void line(Assembler *a) {
    const char *at;
    uint32_t n = word(a, &at);
    if (n && take(a, ':'))
        define(a, at, n);
    else if (n && (*at != '.' || !directive(a, at, n)))
        instruction(a, at, n);
    skip_space(a);
    if (a->p < a->end && *a->p != '\n') fail(a, "something behind the end of a line");
    while (a->p < a->end && *a->p != '\n') a->p++;
    if (a->p < a->end) a->p++;
}

// ---- mending
static void mend(Assembler *a, const Fix *f, uint32_t data_at) {
    const Label *l = &a->labels.at[f->label];
    a->line = f->line;
    if (!l->is_defined) {
        error_set(a->error, f->line, "a label that is nowhere", l->name);
        return;
    }
    uint32_t address = l->at + (l->in_data ? data_at : 0) + (uint32_t)f->addend;
    int32_t words = ((int32_t)address - (int32_t)(4 * f->at) - 4) / 4;
    switch (f->kind) {
    case FIX_BRANCH: a->code.at[f->at] |= field(a, words, 14, true); break;
    case FIX_JUMP: a->code.at[f->at] |= field(a, words, 24, true); break;
    case FIX_HIGH: a->code.at[f->at] |= address >> 13; break;
    case FIX_LOW: a->code.at[f->at] |= address & 0x1fff; break;
    case FIX_WORD:
        for (unsigned k = 0; k < 4; k++) a->data.at[f->at + k] = (uint8_t)(address >> (8 * k));
        break;
    }
}

bool assemble(Arena *arena, Error *error, const Text *text, Image *out) {
    Assembler *a = NEW(arena, Assembler);
    a->arena = a->mnemonics.arena = a->names.arena = arena;
    a->error = error, a->p = text->at, a->end = text->at + text->n;
    for (unsigned i = 0; i < M_COUNT; i++)
        name_of(&a->mnemonics, machine_names[i], (uint32_t)strlen(machine_names[i]))->keyword = (uint16_t)(i + 1);
    while (a->p < a->end && !error->what) {
        a->line++;
        line(a);
    }
    uint32_t data_at = (4 * a->code.n + 15) & ~15u;
    for (uint32_t k = 0; k < a->fixes.n && !error->what; k++) mend(a, &a->fixes.at[k], data_at);
    *out = (Image){a->code.at, a->code.n, a->data.at, a->data.n, data_at};
    return !error->what;
}

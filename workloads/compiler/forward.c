// Loads of what is known: what was stored there, or loaded from there, in the same block.
//
//     store p+4, v1 / ... / v5 = load p+4      ->      v5 is v1, if nothing between may have changed it
//
// Two accesses are apart if their bases are different objects (locals, globals), or one base with offsets that do not overlap, or
// one is a local whose address goes nowhere.
#include "ir.h"

enum { KNOWN_MAX = 24 };

typedef struct {
    Insn *base;
    int32_t offset;
    uint8_t width;
    bool is_signed;
    Insn *value;
} Known;

typedef struct {
    Function *f;
    bool *is_private; // by id, of a LOCAL: its address is used for accesses alone
    Known known[KNOWN_MAX];
    unsigned n, next; // next: to be overwritten when all are taken
} Forward;

static void find_private(Forward *s) {
    Function *f = s->f;
    s->is_private = NEW_N(f->arena, bool, f->n_ids);
    for (const Insn *i = f->blocks.at[0]->first; i; i = i->next)
        if (i->op == OP_LOCAL) s->is_private[i->id] = true;
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (const Insn *i = f->blocks.at[b]->first; i; i = i->next)
            for (uint32_t k = 0; k < i->n_args; k++)
                if ((i->op != OP_LOAD && i->op != OP_STORE) || k) s->is_private[i->args[k]->id] = false;
}

static bool is_object(const Insn *i) { return i->op == OP_LOCAL || i->op == OP_GLOBAL; }

static bool same_object(const Insn *a, const Insn *b) {
    return a == b || (a->op == OP_GLOBAL && b->op == OP_GLOBAL && a->symbol == b->symbol);
}

static int32_t start(const Insn *base, int32_t offset) { return base->op == OP_GLOBAL ? base->imm + offset : offset; }

static bool are_apart(const Forward *s, const Known *k, const Insn *base, int32_t offset, uint8_t width) {
    int32_t a = start(k->base, k->offset), b = start(base, offset);
    if (same_object(k->base, base)) return a + k->width <= b || b + width <= a;
    if (is_object(k->base) && is_object(base)) return true;
    return (k->base->op == OP_LOCAL && s->is_private[k->base->id]) || (base->op == OP_LOCAL && s->is_private[base->id]);
}

static void forget_overlapping(Forward *s, const Insn *base, int32_t offset, uint8_t width) {
    for (unsigned n = s->n; n-- > 0;)
        if (!are_apart(s, &s->known[n], base, offset, width)) s->known[n] = s->known[--s->n];
}

static void forget_at_call(Forward *s) {
    for (unsigned n = s->n; n-- > 0;)
        if (s->known[n].base->op != OP_LOCAL || !s->is_private[s->known[n].base->id]) s->known[n] = s->known[--s->n];
}

static void remember(Forward *s, const Insn *access, Insn *value, bool is_signed) {
    Known k = {access->args[0], access->imm, access->width, is_signed, value};
    if (s->n < KNOWN_MAX)
        s->known[s->n++] = k;
    else
        s->known[s->next++ % KNOWN_MAX] = k;
}

static Insn *find(const Forward *s, const Insn *load) {
    for (unsigned n = 0; n < s->n; n++) {
        const Known *k = &s->known[n];
        if (same_object(k->base, load->args[0]) && start(k->base, k->offset) == start(load->args[0], load->imm) &&
            k->width == load->width && (k->width == 4 || k->is_signed == load->is_signed))
            return k->value;
    }
    return NULL;
}

static bool forward_block(Forward *s, Block *b) {
    bool changed = false;
    s->n = 0;
    for (Insn *i = b->first, *next; i; i = next) {
        next = i->next;
        for (uint32_t k = 0; k < i->n_args; k++) i->args[k] = ir_resolve(i->args[k]);
        if (i->op == OP_CALL || i->op == OP_CALL_TO) forget_at_call(s);
        if (i->op == OP_STORE) {
            forget_overlapping(s, i->args[0], i->imm, i->width);
            if (i->width == 4) remember(s, i, i->args[1], false);
        }
        if (i->op != OP_LOAD) continue;
        Insn *value = find(s, i);
        if (!value) {
            remember(s, i, i, i->is_signed);
            continue;
        }
        i->same = value;
        ir_remove(i);
        changed = true;
    }
    return changed;
}

bool pass_forward(Function *f) {
    Forward s = {.f = f};
    bool changed = false;
    find_private(&s);
    for (uint32_t b = 0; b < f->blocks.n; b++) changed |= forward_block(&s, f->blocks.at[b]);
    ir_resolve_all(f);
    return changed;
}

// Value numbering: what was computed in a block that dominates this one is not computed again.
//
//     v3 = add v1, v2 / ... / v9 = add v2, v1     ->     v9 is v3
#include "ir.h"

typedef struct Entry {
    struct Entry *next;
    Insn *insn;
} Entry;

enum { BUCKETS = 128 };

static uint32_t hash_of(const Insn *i) {
    uint32_t h = (uint32_t)i->op * 0x9e3779b1u ^ (uint32_t)i->imm * 0x85ebca6bu;
    for (uint32_t k = 0; k < i->n_args; k++) {
        uint32_t id = i->args[k]->id;
        // The order of inputs does not matter where it does not matter.
        h = op_is(i->op, COMMUTES) ? h + id * 0xc2b2ae35u : (h ^ id) * 0x01000193u;
    }
    return (h ^ h >> 15) % BUCKETS;
}

static bool equal(const Insn *a, const Insn *b) {
    if (a->op != b->op || a->imm != b->imm || a->symbol != b->symbol || a->n_args != b->n_args) return false;
    bool same = true, crossed = op_is(a->op, COMMUTES);
    for (uint32_t k = 0; k < a->n_args; k++) {
        same &= a->args[k] == b->args[k];
        if (crossed) crossed = a->args[k] == b->args[1 - k];
    }
    return same || crossed;
}

// Memory of its own is a thing, not a value.
static bool can_be_shared(const Insn *i) { return op_is(i->op, PURE) && i->op != OP_LOCAL && i->op != OP_ARG; }

// In preorder of the tree of dominators; what does not dominate the block that looks is passed over.
static Insn *find(Entry **bucket, const Insn *i) {
    for (const Entry *e = *bucket; e; e = e->next)
        if (equal(e->insn, i) && cfg_dominates(e->insn->block, i->block)) return e->insn;
    return NULL;
}

static bool number_block(Function *f, Block *b, Entry **table) {
    bool changed = false;
    for (Insn *i = b->first, *next; i; i = next) {
        next = i->next;
        for (uint32_t k = 0; k < i->n_args; k++) i->args[k] = ir_resolve(i->args[k]);
        if (!can_be_shared(i)) continue;
        Entry **bucket = &table[hash_of(i)];
        Insn *known = find(bucket, i);
        if (known) {
            i->same = known;
            ir_remove(i);
            changed = true;
            continue;
        }
        Entry *e = NEW(f->arena, Entry);
        *e = (Entry){*bucket, i};
        *bucket = e;
    }
    return changed;
}

bool pass_number(Function *f) {
    Entry **table = NEW_N(f->arena, Entry *, BUCKETS);
    bool changed = false;
    cfg_dominators(f);
    // WHY by order: a block comes behind all that dominate it.
    for (uint32_t b = 0; b < f->blocks.n; b++) changed |= number_block(f, f->blocks.at[b], table);
    ir_resolve_all(f);
    return changed;
}

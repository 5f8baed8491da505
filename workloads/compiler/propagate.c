// Sparse conditional constant propagation (Wegman and Zadeck): constants through PHIs, along the edges that can be taken.
//
//     x = 1; while (c) { if (x != 1) x = 2; }      x is 1 everywhere, and x = 2 is never executed
#include "ir.h"

typedef enum { UNKNOWN, KNOWN, VARIES } Level;

typedef struct {
    Function *f;
    uint8_t *level; // by id
    int32_t *value; // by id, if KNOWN
    Insn **users;   // by id: first user in `user`
    uint32_t *first_user, *n_users;
    Insn **user;
    uint8_t *edge;        // by order of the block and successor: it can be taken
    bool *reached;        // by order
    LIST(Insn *) insns;   // to be looked at again
    LIST(Block *) blocks; // to be looked at for the first time
} Propagate;

static void find_users(Propagate *p) {
    Function *f = p->f;
    uint32_t n = 0;
    p->n_users = ir_count_uses(f, f->arena);
    p->first_user = NEW_N(f->arena, uint32_t, f->n_ids);
    for (uint32_t i = 0; i < f->n_ids; i++) p->first_user[i] = n, n += p->n_users[i], p->n_users[i] = 0;
    p->user = NEW_N(f->arena, Insn *, n);
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (Insn *i = f->blocks.at[b]->first; i; i = i->next)
            for (uint32_t k = 0; k < i->n_args; k++) {
                uint32_t id = i->args[k]->id;
                p->user[p->first_user[id] + p->n_users[id]++] = i;
            }
}

static void set(Propagate *p, const Insn *i, Level level, int32_t value) {
    if (p->level[i->id] == level) return;
    p->level[i->id] = (uint8_t)level, p->value[i->id] = value;
    for (uint32_t k = 0; k < p->n_users[i->id]; k++)
        list_push(p->f->arena, &p->insns, p->user[p->first_user[i->id] + k]);
}

static void take_edge(Propagate *p, const Block *b, unsigned k) {
    if (p->edge[2 * b->order + k]) return;
    p->edge[2 * b->order + k] = 1;
    Block *to = b->succ[k];
    if (!p->reached[to->order]) {
        p->reached[to->order] = true;
        list_push(p->f->arena, &p->blocks, to);
        return;
    }
    for (Insn *i = to->first; i && i->op == OP_PHI; i = i->next) list_push(p->f->arena, &p->insns, i);
}

static bool comes_from(const Propagate *p, const Block *b, uint32_t pred) {
    const Block *from = b->preds.at[pred];
    for (unsigned k = 0; k < 2; k++)
        if (from->succ[k] == b && p->edge[2 * from->order + k]) return true;
    return false;
}

static void look_at_phi(Propagate *p, const Insn *i) {
    Level level = UNKNOWN;
    int32_t value = 0;
    for (uint32_t k = 0; k < i->n_args && level != VARIES; k++) {
        uint32_t id = i->args[k]->id;
        if (!comes_from(p, i->block, k) || p->level[id] == UNKNOWN) continue;
        if (p->level[id] == VARIES || (level == KNOWN && p->value[id] != value)) level = VARIES;
        if (level == UNKNOWN) level = KNOWN, value = p->value[id];
    }
    if (level != UNKNOWN) set(p, i, level, value);
}

static void look_at_branch(Propagate *p, const Insn *i) {
    uint32_t id = i->args[0]->id;
    if (p->level[id] == UNKNOWN) return;
    if (p->level[id] == VARIES || p->value[id]) take_edge(p, i->block, 0);
    if (p->level[id] == VARIES || !p->value[id]) take_edge(p, i->block, 1);
}

static void look_at_value(Propagate *p, const Insn *i) {
    int32_t value[2] = {0};
    bool known = i->n_args && i->n_args <= 2;
    for (uint32_t k = 0; k < i->n_args && known; k++) {
        uint32_t id = i->args[k]->id;
        if (p->level[id] == UNKNOWN) return;
        known = p->level[id] == KNOWN;
        value[k] = p->value[id];
    }
    if (i->op == OP_AND &&
        (p->level[i->args[0]->id] == KNOWN ? !p->value[i->args[0]->id]
                                           : p->level[i->args[1]->id] == KNOWN && !p->value[i->args[1]->id])) {
        set(p, i, KNOWN, 0);
        return;
    }
    if (known)
        set(p, i, KNOWN, fold_apply(i->op, value[0], value[1]));
    else
        set(p, i, VARIES, 0);
}

static void look_at(Propagate *p, const Insn *i) {
    if (p->level[i->id] == VARIES && i->op != OP_BRANCH) return;
    switch (i->op) {
    case OP_PHI: look_at_phi(p, i); break;
    case OP_CONST: set(p, i, KNOWN, i->imm); break;
    case OP_JUMP: take_edge(p, i->block, 0); break;
    case OP_BRANCH: look_at_branch(p, i); break;
    case OP_RETURN:
    case OP_STORE: break;
    case OP_ARG:
    case OP_LOCAL:
    case OP_GLOBAL:
    case OP_LOAD:
    case OP_CALL:
    case OP_CALL_TO: set(p, i, VARIES, 0); break;
    default: look_at_value(p, i);
    }
}

static void solve(Propagate *p) {
    p->reached[0] = true;
    list_push(p->f->arena, &p->blocks, p->f->blocks.at[0]);
    while (p->blocks.n || p->insns.n) {
        if (p->insns.n) {
            const Insn *i = p->insns.at[--p->insns.n];
            if (p->reached[i->block->order]) look_at(p, i);
            continue;
        }
        const Block *b = p->blocks.at[--p->blocks.n];
        for (const Insn *i = b->first; i; i = i->next) look_at(p, i);
    }
}

// A PHI stays at its place until cfg_simplify() finds that it is a constant: the constant is put into the entry.
static bool replace(Propagate *p) {
    bool changed = false;
    Function *f = p->f;
    for (uint32_t b = 0; b < f->blocks.n; b++) {
        Block *block = f->blocks.at[b];
        for (Insn *i = block->first, *next; i && p->reached[b]; i = next) {
            next = i->next;
            if (p->level[i->id] != KNOWN || i->op == OP_CONST || !op_is(i->op, VALUE)) continue;
            Insn *c = ir_insn_new(f, OP_CONST, 0);
            c->imm = p->value[i->id];
            ir_insert_before(f->blocks.at[0]->first, c);
            i->same = c;
            ir_remove(i);
            changed = true;
        }
    }
    ir_resolve_all(f);
    return changed;
}

bool pass_propagate(Function *f) {
    Propagate p = {.f = f};
    p.level = NEW_N(f->arena, uint8_t, f->n_ids);
    p.value = NEW_N(f->arena, int32_t, f->n_ids);
    p.edge = NEW_N(f->arena, uint8_t, 2 * f->blocks.n);
    p.reached = NEW_N(f->arena, bool, f->blocks.n);
    find_users(&p);
    solve(&p);
    return replace(&p);
}

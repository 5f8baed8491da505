// Locals become values.
//
//     v1 = local 4 / store v1, #3 / ... / v5 = load v1        ->    v5 is #3, or a PHI where several stores meet
//
// A local can if every use of it is a load or a store of all of it. PHIs are needed where the dominance of a block with a store ends,
// and where that of such a PHI does (Cytron et al.).
#include "ir.h"

typedef struct {
    Insn *local;
    uint8_t width;
    bool is_bad;
} Variable;

typedef struct {
    Function *f;
    LIST(Variable) variables;
    uint32_t *number; // by id of the LOCAL: 1 + index of its variable
    Set *frontier;    // by block: blocks where its dominance ends
    Insn **phi;       // by block and variable
    Insn **out;       // by block and variable: the value at its end
} Promote;

// ---- which
static uint32_t variable_of(const Promote *p, const Insn *address) { return p->number[address->id]; }

static void look_at_use(Promote *p, const Insn *i, uint32_t k) {
    uint32_t v = variable_of(p, i->args[k]);
    if (!v) return;
    Variable *variable = &p->variables.at[v - 1];
    bool access = (i->op == OP_LOAD || i->op == OP_STORE) && !k && !i->imm;
    if (!access || (int32_t)i->width != variable->local->imm) variable->is_bad = true;
}

static void find_variables(Promote *p) {
    Block *entry = p->f->blocks.at[0];
    for (Insn *i = entry->first; i; i = i->next) {
        if (i->op != OP_LOCAL || i->imm > 4 || i->imm == 3) continue;
        list_push(p->f->arena, &p->variables, ((Variable){.local = i}));
        p->number[i->id] = p->variables.n;
    }
    for (uint32_t b = 0; b < p->f->blocks.n; b++)
        for (const Insn *i = p->f->blocks.at[b]->first; i; i = i->next)
            for (uint32_t k = 0; k < i->n_args; k++) look_at_use(p, i, k);
    uint32_t n = 0;
    for (uint32_t v = 0; v < p->variables.n; v++) {
        Variable *variable = &p->variables.at[v];
        p->number[variable->local->id] = variable->is_bad ? 0 : n + 1;
        if (!variable->is_bad) p->variables.at[n++] = *variable;
    }
    p->variables.n = n;
}

// ---- where PHIs are
static void find_frontiers(Promote *p) {
    Function *f = p->f;
    p->frontier = NEW_N(f->arena, Set, f->blocks.n);
    for (uint32_t b = 0; b < f->blocks.n; b++) p->frontier[b] = set_new(f->arena, f->blocks.n);
    for (uint32_t n = 0; n < f->blocks.n; n++) {
        Block *b = f->blocks.at[n];
        for (uint32_t k = 0; k < b->preds.n && b->preds.n > 1; k++)
            for (Block *at = b->preds.at[k]; at != b->dominator; at = at->dominator)
                set_add(&p->frontier[at->order], n);
    }
}

static void place_phis(Promote *p, uint32_t v, Set *stores, uint32_t *queue) {
    Function *f = p->f;
    uint32_t n = 0;
    Set queued = set_new(f->arena, f->blocks.n);
    for (uint32_t b = set_next(stores, 0); b != SET_END; b = set_next(stores, b + 1)) {
        queue[n++] = b;
        set_add(&queued, b);
    }
    while (n) {
        const Set *frontier = &p->frontier[queue[--n]];
        for (uint32_t b = set_next(frontier, 0); b != SET_END; b = set_next(frontier, b + 1)) {
            Insn **phi = &p->phi[b * p->variables.n + v];
            if (*phi) continue;
            *phi = ir_phi(f, f->blocks.at[b], f->blocks.at[b]->preds.n);
            if (set_has(&queued, b)) continue;
            set_add(&queued, b);
            queue[n++] = b;
        }
    }
}

static void place_all_phis(Promote *p) {
    Function *f = p->f;
    Set *stores = NEW_N(f->arena, Set, p->variables.n);
    uint32_t *queue = NEW_N(f->arena, uint32_t, f->blocks.n);
    for (uint32_t v = 0; v < p->variables.n; v++) stores[v] = set_new(f->arena, f->blocks.n);
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (const Insn *i = f->blocks.at[b]->first; i; i = i->next)
            if (i->op == OP_STORE && variable_of(p, i->args[0])) set_add(&stores[variable_of(p, i->args[0]) - 1], b);
    for (uint32_t v = 0; v < p->variables.n; v++) place_phis(p, v, &stores[v], queue);
}

// ---- values
static void rename_block(Promote *p, Block *b, Insn *nothing) {
    uint32_t n = p->variables.n;
    Insn **now = &p->out[b->order * n];
    for (uint32_t v = 0; v < n; v++) {
        Insn *phi = p->phi[b->order * n + v];
        now[v] = phi ? phi : b->order ? p->out[b->dominator->order * n + v] : nothing;
    }
    for (Insn *i = b->first, *next; i; i = next) {
        next = i->next;
        uint32_t v = i->op == OP_LOAD || i->op == OP_STORE ? variable_of(p, i->args[0]) : 0;
        if (!v) continue;
        if (i->op == OP_LOAD)
            i->same = now[v - 1];
        else
            now[v - 1] = ir_resolve(i->args[1]);
        ir_remove(i);
    }
}

static void fill_phis(Promote *p, Block *b) {
    uint32_t n = p->variables.n;
    for (uint32_t v = 0; v < n; v++) {
        Insn *phi = p->phi[b->order * n + v];
        for (uint32_t k = 0; phi && k < b->preds.n; k++) phi->args[k] = p->out[b->preds.at[k]->order * n + v];
    }
}

bool pass_promote(Function *f) {
    Promote p = {.f = f, .number = NEW_N(f->arena, uint32_t, f->n_ids)};
    find_variables(&p);
    if (!p.variables.n) return false;
    p.phi = NEW_N(f->arena, Insn *, f->blocks.n * p.variables.n);
    p.out = NEW_N(f->arena, Insn *, f->blocks.n * p.variables.n);
    cfg_dominators(f);
    find_frontiers(&p);
    place_all_phis(&p);
    Insn *nothing = ir_insn_new(f, OP_CONST, 0); // of what was never stored
    ir_insert_before(f->blocks.at[0]->first, nothing);
    for (uint32_t b = 0; b < f->blocks.n; b++) rename_block(&p, f->blocks.at[b], nothing);
    for (uint32_t b = 0; b < f->blocks.n; b++) fill_phis(&p, f->blocks.at[b]);
    for (uint32_t v = 0; v < p.variables.n; v++) ir_remove(p.variables.at[v].local);
    ir_resolve_all(f);
    return true;
}

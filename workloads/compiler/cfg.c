// Control flow: the order of blocks, dominators, loops, and making it simpler.
#include "ir.h"

// ---- order
typedef struct {
    Block *block;
    unsigned next; // successor to be looked at
} Step;

static void drop_unreached(Function *f) {
    for (uint32_t n = 0; n < f->blocks.n; n++) {
        Block *b = f->blocks.at[n];
        for (unsigned k = 0; k < 2 && !b->is_reached; k++)
            if (b->succ[k] && b->succ[k]->is_reached) ir_edge_remove(b, b->succ[k]);
    }
}

// Reverse postorder: only edges that close a loop go back. WHY the second successor first: it then comes later, and the first
// one, which is the body of a loop or of an if, follows.
void cfg_order(Function *f) {
    uint32_t n = f->blocks.n, depth = 0, n_done = 0;
    Step *stack = NEW_N(f->arena, Step, n);
    Block **done = NEW_N(f->arena, Block *, n);
    for (uint32_t i = 0; i < n; i++) f->blocks.at[i]->is_reached = false;
    stack[depth++] = (Step){f->blocks.at[0], 0};
    f->blocks.at[0]->is_reached = true;
    while (depth) {
        Step *s = &stack[depth - 1];
        if (s->next == 2) {
            done[n_done++] = s->block, depth--;
            continue;
        }
        Block *to = s->block->succ[1 - s->next++];
        if (!to || to->is_reached) continue;
        to->is_reached = true;
        stack[depth++] = (Step){to, 0};
    }
    drop_unreached(f);
    for (uint32_t i = 0; i < n_done; i++) {
        f->blocks.at[i] = done[n_done - 1 - i];
        f->blocks.at[i]->order = i;
    }
    f->blocks.n = n_done;
}

// ---- dominators, by Cooper, Harvey and Kennedy: the fixed point of meeting along the tree so far
static Block *meet(Block *a, Block *b) {
    while (a != b) {
        while (a->order > b->order) a = a->dominator;
        while (b->order > a->order) b = b->dominator;
    }
    return a;
}

static bool find_dominator(Block *b) {
    Block *d = NULL;
    for (uint32_t k = 0; k < b->preds.n; k++) {
        Block *p = b->preds.at[k];
        if (p->dominator) d = d ? meet(d, p) : p;
    }
    if (d == b->dominator) return false;
    b->dominator = d;
    return true;
}

static void number_tree(Function *f) {
    uint32_t n = 0;
    Block *b = f->blocks.at[0];
    b->begin = n++;
    for (;;) { // down to the first child, else to the next sibling of an ancestor
        if (b->child) {
            b = b->child;
            b->begin = n++;
            continue;
        }
        b->end = n;
        while (!b->sibling && b != f->blocks.at[0]) b = b->dominator, b->end = n;
        if (b == f->blocks.at[0]) return;
        b = b->sibling;
        b->begin = n++;
    }
}

void cfg_dominators(Function *f) {
    for (uint32_t n = 0; n < f->blocks.n; n++) {
        Block *b = f->blocks.at[n];
        b->dominator = b->child = b->sibling = NULL;
    }
    f->blocks.at[0]->dominator = f->blocks.at[0];
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t n = 1; n < f->blocks.n; n++) changed |= find_dominator(f->blocks.at[n]);
    }
    for (uint32_t n = f->blocks.n; n-- > 1;) {
        Block *b = f->blocks.at[n];
        b->sibling = b->dominator->child;
        b->dominator->child = b;
    }
    number_tree(f);
}

bool cfg_dominates(const Block *a, const Block *b) { return a->begin <= b->begin && b->end <= a->end; }

// ---- loops
// A block from which the end of a loop is reached without its head belongs to it. Heads come from the outermost one on, so what
// is found last is innermost.
void cfg_loops(Function *f) {
    Block **stack = NEW_N(f->arena, Block *, 4 * f->blocks.n + 4);
    for (uint32_t n = 0; n < f->blocks.n; n++) f->blocks.at[n]->loop = NULL, f->blocks.at[n]->depth = 0;
    for (uint32_t n = 0; n < f->blocks.n; n++) {
        Block *head = f->blocks.at[n];
        uint32_t depth = 0;
        for (uint32_t k = 0; k < f->blocks.n; k++) f->blocks.at[k]->is_reached = false;
        for (uint32_t k = 0; k < head->preds.n; k++)
            if (cfg_dominates(head, head->preds.at[k])) stack[depth++] = head->preds.at[k];
        if (!depth) continue;
        head->is_reached = true;
        head->outer = head->loop;
        head->loop = head, head->depth++;
        while (depth) {
            Block *b = stack[--depth];
            if (b->is_reached) continue;
            b->is_reached = true;
            b->loop = head, b->depth++;
            for (uint32_t k = 0; k < b->preds.n; k++)
                if (!b->preds.at[k]->is_reached) stack[depth++] = b->preds.at[k];
        }
    }
}

// ---- simpler
static void become_jump(Block *b, unsigned taken) {
    Block *to = b->succ[taken], *other = b->succ[!taken];
    b->last->op = OP_JUMP, b->last->n_args = 0;
    b->succ[0] = to, b->succ[1] = NULL;
    ir_edge_remove(b, other);
}

// Where both ways lead to one block, its PHIs must not care.
static bool phis_agree(const Block *b, const Block *pred) {
    uint32_t first = ir_pred_number(b, pred), second = first + 1;
    while (b->preds.at[second] != pred) second++;
    for (const Insn *i = b->first; i && i->op == OP_PHI; i = i->next)
        if (ir_resolve(i->args[first]) != ir_resolve(i->args[second])) return false;
    return true;
}

static bool simplify_branch(Block *b) {
    if (b->last->op != OP_BRANCH) return false;
    const Insn *condition = ir_resolve(b->last->args[0]);
    if (b->succ[0] == b->succ[1]) {
        if (!phis_agree(b->succ[0], b)) return false;
        become_jump(b, 0);
        return true;
    }
    if (condition->op != OP_CONST) return false;
    become_jump(b, condition->imm == 0);
    return true;
}

// A block and the only one behind it, of which it is the only one before: one block.
static bool merge(Block *b) {
    Block *next = b->succ[0];
    if (b->last->op != OP_JUMP || next->preds.n != 1 || next == b || !next->last) return false;
    ir_remove(b->last);
    for (Insn *i = next->first, *after; i; i = after) {
        after = i->next;
        ir_remove(i);
        if (i->op == OP_PHI)
            i->same = ir_resolve(i->args[0]);
        else
            ir_append(b, i);
    }
    for (unsigned k = 0; k < 2; k++) {
        b->succ[k] = next->succ[k];
        if (b->succ[k]) b->succ[k]->preds.at[ir_pred_number(b->succ[k], next)] = b;
        next->succ[k] = NULL;
    }
    next->preds.n = 0;
    return true;
}

static bool is_pred(const Block *b, const Block *pred) {
    for (uint32_t k = 0; k < b->preds.n; k++)
        if (b->preds.at[k] == pred) return true;
    return false;
}

// A block that does nothing but jump: its predecessors go on to where it leads.
static bool skip_empty(Function *f, Block *b) {
    Block *to = b->succ[0];
    if (b->first != b->last || b->last->op != OP_JUMP || to == b || b == f->blocks.at[0] || !b->preds.n) return false;
    bool phis = to->first->op == OP_PHI;
    for (uint32_t k = 0; k < b->preds.n && phis; k++)
        if (is_pred(to, b->preds.at[k])) return false;
    if (phis && b->preds.n > 1 && to->preds.n > 6) return false; // inputs for each of them
    uint32_t at = ir_pred_number(to, b);
    for (uint32_t k = 0; k < b->preds.n; k++) {
        Block *p = b->preds.at[k];
        p->succ[p->succ[0] == b ? 0 : 1] = to;
        list_push(f->arena, &to->preds, p);
        for (Insn *i = to->first; i && i->op == OP_PHI; i = i->next) {
            Insn **args = NEW_N(f->arena, Insn *, i->n_args + 1);
            memcpy(args, i->args, i->n_args * sizeof *args);
            args[i->n_args++] = i->args[at];
            i->args = args;
        }
    }
    ir_edge_remove(b, to);
    b->preds.n = 0, b->succ[0] = NULL;
    return true;
}

// PHIs whose inputs are one value, or the PHI itself, are that value.
static bool simplify_phis(Block *b) {
    bool changed = false;
    for (Insn *i = b->first, *next; i && i->op == OP_PHI; i = next) {
        next = i->next;
        Insn *only = NULL;
        uint32_t k = 0;
        for (; k < i->n_args; k++) {
            Insn *arg = ir_resolve(i->args[k]);
            if (arg == i || arg == only) continue;
            if (only) break;
            only = arg;
        }
        if (k < i->n_args || !only) continue;
        i->same = only;
        ir_remove(i);
        changed = true;
    }
    return changed;
}

bool cfg_simplify(Function *f) {
    bool any = false;
    for (bool changed = true; changed; any |= changed) {
        changed = false;
        for (uint32_t n = 0; n < f->blocks.n; n++) {
            Block *b = f->blocks.at[n];
            if (!b->last) continue; // it was merged
            if (n && !b->preds.n) continue;
            changed |= simplify_phis(b) | simplify_branch(b);
            changed |= skip_empty(f, b);
            while (b->preds.n + (n == 0) && merge(b)) changed = true;
        }
        cfg_order(f);
    }
    ir_resolve_all(f);
    return any;
}

// An edge from a branch to a block with PHIs gets a block of its own, in which their copies can stand.
void cfg_split_critical(Function *f) {
    for (uint32_t n = f->blocks.n; n-- > 0;) {
        Block *b = f->blocks.at[n];
        for (unsigned k = 0; k < 2 && b->succ[1]; k++) {
            Block *to = b->succ[k];
            if (to->first->op != OP_PHI) continue;
            Block *between = ir_block_new(f);
            ir_emit(f, between, OP_JUMP, NULL, NULL);
            to->preds.at[ir_pred_number(to, b)] = between;
            between->succ[0] = to;
            b->succ[k] = between;
            list_push(f->arena, &between->preds, b);
        }
    }
    cfg_order(f);
}

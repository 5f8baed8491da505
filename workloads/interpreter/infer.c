// Which variables are arrays: those with subscripts, and those that are passed to a function that takes an array there. A function may
// come later, or call itself, so it is asked until nothing changes.
#include "tree.h"

typedef struct {
    Script *s;
    bool changed;
} Infer;

static void mark(Infer *s, const Node *variable) {
    bool *is = variable->local >= 0 ? &variable->owner->is_array[variable->local] : &variable->symbol->is_array;
    s->changed |= !*is;
    *is = true;
}

static bool is_array(const Node *n) {
    return n->kind == NODE_VARIABLE && (n->local >= 0 ? n->owner->is_array[n->local] : n->symbol->is_array);
}

// What is passed by name is an array on both sides, or on none.
static void call(Infer *s, const Node *n) {
    Function *f = n->symbol->function;
    uint32_t k = 0;
    for (const Node *a = n->list; a && f; a = a->next, k++) {
        if (a->kind != NODE_VARIABLE || k >= f->n_params) continue;
        if (f->is_array[k]) mark(s, a);
        if (!is_array(a) || f->is_array[k]) continue;
        f->is_array[k] = s->changed = true;
    }
}

static void visit(Infer *s, const Node *n) {
    for (; n; n = n->next) {
        if (n->kind == NODE_ELEMENT || n->kind == NODE_DELETE) mark(s, n->a);
        if (n->kind == NODE_IN || n->kind == NODE_FOR_IN) mark(s, n->b);
        if (n->kind == NODE_BUILTIN && n->token == TOKEN_SPLIT && n->list && n->list->next &&
            n->list->next->kind == NODE_VARIABLE)
            mark(s, n->list->next);
        if (n->kind == NODE_CALL) call(s, n);
        const Node *parts[] = {n->a, n->b, n->c, n->d, n->list};
        for (unsigned i = 0; i < COUNT_OF(parts); i++)
            if (parts[i]) visit(s, parts[i]);
    }
}

void infer_arrays(Script *s) {
    Infer i = {.s = s, .changed = true};
    while (i.changed) {
        i.changed = false;
        for (Function *f = s->functions; f; f = f->next) visit(&i, f->body);
    }
}

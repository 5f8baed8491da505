// Watchpoints of the debugger, see debugger.h. Addresses are those that the guest's instructions use.
#include "jit/invalidate.h"
#include "run/machine.h"

static bool same(const Watch *x, const Watch *y) { return x->at == y->at && x->n == y->n && x->kind == y->kind; }

bool watch_set(Machine *m, Watch w) {
    Watches *s = &m->watches;
    for (unsigned i = 0; i < s->n; i++)
        if (same(&s->at[i], &w)) return true;
    if (s->n == WATCHES_MAX) return false;
    s->at[s->n++] = w;
    jit_watch(&m->jit, true);
    return true;
}

void watch_clear(Machine *m, Watch w) {
    Watches *s = &m->watches;
    for (unsigned i = 0; i < s->n; i++) {
        if (!same(&s->at[i], &w)) continue;
        s->at[i] = s->at[--s->n];
        s->hit = NULL;
        break;
    }
    if (!s->n) jit_watch(&m->jit, false);
}

void watch_clear_all(Machine *m) {
    while (m->watches.n) watch_clear(m, m->watches.at[0]);
}

bool watch_allows(Machine *m, gaddr at, unsigned size, bool store, bool exact) {
    Watches *s = &m->watches;
    bool before = m->guest->debug->watches_before, allows = true;
    for (unsigned i = 0; i < s->n && !s->pass; i++) {
        const Watch *w = &s->at[i];
        if (w->kind == (store ? WATCH_READ : WATCH_WRITE) || at + size <= w->at || w->at + w->n <= at) continue;
        allows = exact && !before;
        if (!before && !exact) continue; // reported once it is executed alone
        s->hit = w;
        s->hit_at = at > w->at ? at : w->at;
    }
    return allows;
}

// Block chaining: a direct exit is patched to jump to the unit that it leads to, and back to its stub when that unit
// goes away, or when it is a far one and the pages of that unit may have moved (mapping.c).
#include "base/config.h"
#include "jit/jit.h"

static void aim(Jit *j, Edge *e, const uint8_t *exec_to) {
    j->host->patch(e->unit->rw + e->patch, e->unit->exec + e->patch, exec_to);
}

static Edge **list_of(Edge *e) { return e->far ? &e->to->far : &e->to->in; }

void jit_chain(Jit *j, Edge *e, Unit *to) {
    if (!feature_on(&j->o.features, FEATURE_chain) || !e->patchable || e->to || !to->exec || e->unit->dead) return;
    BUG_IF(e->unit->mode != to->mode, "unit %u of mode %#x leads to unit %u of mode %#x", e->unit->id, e->unit->mode,
           to->id, to->mode);
    bool far = !jit_lies_in(to, e->unit);
    if (far && !jit_make_current(j, to)) return;
    aim(j, e, to->exec);
    e->to = to;
    e->far = far;
    e->next_in = *list_of(e);
    *list_of(e) = e;
    j->stats->v[STAT_chain_patches]++;
    if (HOSTILE && j->stats->v[STAT_chain_patches] % 5 == 0) jit_unchain_all(j, to);
}

static void unlink_edge(Jit *j, Edge *e) {
    BUG_IF(!e->to, "an edge that is not chained");
    Edge **at = list_of(e);
    for (; *at != e; at = &(*at)->next_in) BUG_IF(!*at, "a chained edge is not in the list of its unit");
    *at = e->next_in;
    e->to = NULL;
    aim(j, e, e->unit->exec + e->stub);
    j->stats->v[STAT_chain_unlinks]++;
}

void jit_unchain_far(Jit *j, Unit *u) {
    while (u->far) unlink_edge(j, u->far);
}

void jit_unchain_all(Jit *j, Unit *u) {
    while (u->in) unlink_edge(j, u->in);
    jit_unchain_far(j, u);
    for (uint32_t i = 0; i < u->n_edges; i++)
        if (u->edges[i].to) unlink_edge(j, &u->edges[i]);
}

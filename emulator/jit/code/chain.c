// Block chaining: a direct exit is patched to jump to the unit that it leads to, and back to its stub when that unit
// goes away, or when it is a far one and the pages of that unit may have moved (mapping.c).
#include "jit/code/chain.h"
#include "base/config.h"
#include "jit/code/records.h"

static void aim(Jit *j, Edge *e, const uint8_t *exec_to) {
    const Unit *u = edge_unit(e);
    j->host->patch(&j->entry, unit_code(j, u) + e->patch, u->exec + e->patch, exec_to);
}

static Edge **list_of(Edge *e) { return e->far ? &e->to->far : &e->to->in; }

bool chain_can_link(const Jit *j, const Edge *e, const Unit *to) {
    return feature_on(&j->o.features, FEATURE_chain) && e->patchable && !e->to && to->exec && !edge_unit(e)->dead;
}

void chain_link(Jit *j, Edge *e, Unit *to, bool far) {
    const Unit *u = edge_unit(e);
    BUG_IF(u->mode != to->mode, "unit %u of mode %#x leads to unit %u of mode %#x", u->id, u->mode, to->id, to->mode);
    aim(j, e, to->exec);
    e->to = to;
    e->far = far;
    e->next_in = *list_of(e);
    *list_of(e) = e;
    j->stats->v[STAT_chain_patches]++;
    if (HOSTILE && j->stats->v[STAT_chain_patches] % 5 == 0) chain_unlink_all(j, to);
}

static void unlink_edge(Jit *j, Edge *e) {
    BUG_IF(!e->to, "an edge that is not chained");
    Edge **at = list_of(e);
    for (; *at != e; at = &(*at)->next_in) BUG_IF(!*at, "a chained edge is not in the list of its unit");
    *at = e->next_in;
    e->to = NULL;
    aim(j, e, edge_unit(e)->exec + e->stub);
    j->stats->v[STAT_chain_unlinks]++;
}

void chain_unlink_far(Jit *j, Unit *u) {
    while (u->far) unlink_edge(j, u->far);
}

void chain_unlink_all(Jit *j, Unit *u) {
    while (u->in) unlink_edge(j, u->in);
    chain_unlink_far(j, u);
    for (uint32_t i = 0, n = unit_edges(u); i < n; i++)
        if (edge_is_chained(&u->edges[i])) unlink_edge(j, &u->edges[i]);
}

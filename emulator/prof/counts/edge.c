#include "prof/counts/edge.h"

static const char *kind_of(const Unit *u, uint32_t edge) {
    static const char *const kinds[] = {
#define EXIT(name, help) [EXIT_##name] = #name,
#include "jit/exit.inc"
#undef EXIT
    };
    switch (host_edge_kind(u->shape, edge)) {
    case HOST_EDGE_LANDING: return "landing";
    case HOST_EDGE_INSIDE: return "inside";
    default: return kinds[u->edges[edge].kind];
    }
}

uint64_t edge_hits(const Unit *u, uint32_t edge) { return u->extra->counters ? u->extra->counters[edge] : 0; }

bool edge_left_block(const Unit *u, uint32_t edge) {
    if (host_edge_kind(u->shape, edge) == HOST_EDGE_LANDING) return false;
    return u->edges[edge].kind != EXIT_BUDGET || u->edges[edge].retired;
}

bool edge_was_taken(const Unit *u, uint32_t edge) { return edge_hits(u, edge) || u->extra->leaves[edge]; }

json_t *edge_object(const Unit *u, uint32_t edge) {
    const Edge *e = &u->edges[edge];
    return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "kind", kind_of(u, edge), "hits", (json_int_t)edge_hits(u, edge),
                     "guest_instructions", (json_int_t)e->retired, "host_instructions",
                     (json_int_t)(u->extra->edge_insns ? u->extra->edge_insns[edge] : 0), "stub_instructions",
                     (json_int_t)(u->extra->stub_insns ? u->extra->stub_insns[edge] : 0), "leaves",
                     (json_int_t)u->extra->leaves[edge]);
}

// The order in which blocks are allocated, and so emitted: the hottest way out of a block, as long as no other block that may come
// next is much hotter. So a block is entered first by its hottest way, which then costs nothing (entry.c), and hot blocks fall
// through. What was not watched keeps its order.
// Example, the loop of ir/heat.h: b0 b1 b3 b2
#include "ra/scan.h"

void ra_find_heat(RaScratch *s) {
    s->heat.known = false;
    if (s->cfg && s->cfg->heat) ir_heat_make(&s->heat, s->u, s->preds_first.at, s->preds.at);
}

bool ra_is_cold_edge(const RaScratch *s, uint16_t from, unsigned k) {
    return s->heat.known && ir_is_rare(s->heat.edges.at[2 * from + k], s->heat.blocks.at[from]);
}

bool ra_is_rare(const RaScratch *s, uint16_t b, uint16_t head) {
    return s->heat.known && ir_is_rare(s->heat.blocks.at[b], s->heat.blocks.at[head]);
}

uint8_t ra_likely(const RaScratch *s, uint16_t block) {
    if (!s->heat.known) return 2;
    const uint32_t *edge = s->heat.edges.at + 2 * block;
    return edge[0] == edge[1] ? 2 : edge[1] > edge[0];
}

static bool may_come(const RaScratch *s, uint16_t b) { return s->entries.at[b].known && !s->entries.at[b].done; }

// What is entered from a later block comes in the next round.
static uint16_t next_in_order(const RaScratch *s, uint16_t last) {
    for (uint32_t n = 1; n <= s->u->blocks.n; n++) {
        uint16_t b = (uint16_t)((last + n) % s->u->blocks.n);
        if (may_come(s, b)) return b;
    }
    return IR_NO_TARGET;
}

static uint16_t hottest(const RaScratch *s) {
    uint16_t best = IR_NO_TARGET;
    for (uint16_t b = 0; b < s->u->blocks.n; b++)
        if (may_come(s, b) && (best == IR_NO_TARGET || s->heat.blocks.at[b] > s->heat.blocks.at[best])) best = b;
    return best;
}

enum { MUCH = 4 }; // times as hot: the way is left for it
uint16_t ra_next_block(const RaScratch *s, uint16_t last) {
    if (!s->heat.known) return next_in_order(s, last);
    uint16_t best = hottest(s), next = IR_NO_TARGET;
    uint32_t times = 0;
    for (unsigned k = 0; k < 2; k++) {
        IrTarget to = s->u->blocks.at[last].succ[k];
        uint32_t here = s->heat.edges.at[2 * last + k];
        if (to & IR_TO_EXIT || !may_come(s, to) || (next != IR_NO_TARGET && here <= times)) continue;
        next = to, times = here;
    }
    return next == IR_NO_TARGET || s->heat.blocks.at[best] > MUCH * times ? best : next;
}

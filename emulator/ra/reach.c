// What every slot holds where a block begins: the value of the last SET, PUT, PHI or GET of it, when that is the same
// on every way there. Only then may the state of the scan carry "pending" or "home" across the edge.
// Example:
//     b0: set x1, v3; set x2, v4; br -> b1, b2
//     b1: set x2, v7; jump -> b2
//     b2: x1 holds v3; x2 holds v4 or v7, so not one value: 0
#include "ra/scan.h"
#include <string.h>

enum { UNSEEN = 0xffffffff }; // no way there was looked at yet; 0: not one value

static uint32_t *row(RaScratch *s, unsigned block) { return s->slot_holds.at + (size_t)block * s->u->n_slots; }

static void follow_block(RaScratch *s, const IrBlock *b, uint32_t *held) {
    for (uint32_t i = b->first; i < b->end; i++) {
        const IrInsn *in = &s->u->insns.at[i];
        if (in->op == IR_PHI && in->b) held[in->b - 1] = i;
        if (in->op == IR_SET || in->op == IR_PUT) held[in->imm] = in->a;
        if (in->op == IR_GET && !held[in->imm]) held[in->imm] = i;
        uint64_t touched = in->op == IR_CALL ? ir_call_slots(in) : 0;
        for (unsigned slot = 0; touched && slot < s->u->n_slots; slot++)
            if (ra_in_set(touched, slot)) held[slot] = 0;
    }
}

static bool meet(RaScratch *s, unsigned to, const uint32_t *held) {
    bool changed = false;
    uint32_t *at = row(s, to);
    for (unsigned slot = 0; slot < s->u->n_slots; slot++) {
        uint32_t v = at[slot] == UNSEEN || at[slot] == held[slot] ? held[slot] : 0;
        changed |= at[slot] != v;
        at[slot] = v;
    }
    return changed;
}

void ra_reach(RaScratch *s) {
    const IrUnit *u = s->u;
    uint32_t n = u->n_slots * u->blocks.n;
    vec_reserve(&s->slot_holds, n + 1);
    s->slot_holds.n = n;
    memset(s->slot_holds.at, 0xff, n * sizeof(uint32_t));
    memset(row(s, 0), 0, u->n_slots * sizeof(uint32_t));
    for (bool changed = u->n_slots > 0; changed;) {
        changed = false;
        for (unsigned b = 0; b < u->blocks.n; b++) {
            if (row(s, b)[0] == UNSEEN) continue;
            uint32_t held[RA_SLOTS_MAX];
            memcpy(held, row(s, b), u->n_slots * sizeof *held);
            follow_block(s, &u->blocks.at[b], held);
            for (unsigned k = 0; k < 2; k++) {
                IrTarget t = u->blocks.at[b].succ[k];
                if (t != IR_NO_TARGET && !(t & IR_TO_EXIT)) changed |= meet(s, t, held);
            }
        }
    }
}

IrRef ra_slot_holds(const RaScratch *s, uint16_t block, unsigned slot) {
    uint32_t v = s->slot_holds.at[(size_t)block * s->u->n_slots + slot];
    return v == UNSEEN ? 0 : (IrRef)v;
}

bool ra_joins(const RaScratch *s, uint16_t block) {
    const IrBlock *b = &s->u->blocks.at[block];
    uint32_t i = b->first;
    while (s->u->insns.at[i].op == IR_NOP) i++;
    return !block || s->preds_first.at[block + 1] - s->preds_first.at[block] > 1 || s->u->insns.at[i].op == IR_PHI;
}

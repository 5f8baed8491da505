// The state of the scan: registers, homes, spills and pending slots, and the steps that move a
// value from one to another.
//
// INVARIANT: a pending value is in a register, a spill or a constant, never only in another slot's memory: snapshots
// can then be written out in any order.
// Example of what one eviction is, of v3 from r2, by what else holds v3:
//     a home or a spill           nothing is written, r2 is free
//     pending in x1               [x1] <- r2, and x1 is its home: an exit need not write it again
//     nothing                     spill0 <- r2
#include "ra/scan.h"
#include "base/bits.h"
#include "base/config.h"
#include <string.h>

void ra_state_clear(RaScratch *s) {
    memset(s->in_reg, 0, sizeof s->in_reg);
    memset(s->pending, 0, s->u->n_slots * sizeof *s->pending);
    memset(s->home_head, 0, s->u->n_slots * sizeof *s->home_head);
    s->free_regs = s->pool;
    s->pinned = 0;
    s->n_pending = 0;
}

RaLoc ra_loc(const RaScratch *s, IrRef v) {
    const RaValue *val = &s->values.at[v];
    if (val->reg != RA_NO_REG) return (RaLoc){RA_REG, val->reg};
    if (ra_is_const(s, v)) return (RaLoc){RA_CONST, v};
    if (val->home != RA_NO_SLOT) return (RaLoc){RA_SLOT, val->home};
    BUG_IF(val->spill == RA_NO_SPILL, "allocator: value v%u is nowhere", v);
    return (RaLoc){RA_SPILL, val->spill};
}

void ra_assign(RaScratch *s, IrRef v, unsigned reg) {
    s->values.at[v].reg = (uint8_t)reg;
    s->in_reg[reg] = v;
    s->free_regs &= ~host_reg(reg);
}

void ra_drop_reg(RaScratch *s, IrRef v) {
    RaValue *val = &s->values.at[v];
    s->free_regs |= host_reg(val->reg);
    s->in_reg[val->reg] = 0;
    val->reg = RA_NO_REG;
}

static void unlink_home(RaScratch *s, IrRef v) {
    RaValue *val = &s->values.at[v];
    if (val->home == RA_NO_SLOT) return;
    IrRef *at = &s->home_head[val->home];
    while (*at != v) at = &s->values.at[*at].home_next;
    *at = val->home_next;
    val->home = RA_NO_SLOT;
}

void ra_set_home(RaScratch *s, IrRef v, unsigned slot) {
    if (ra_is_const(s, v) || ir_value_type(&s->u->insns.at[v]) != s->u->slots[slot].type)
        return; // an I32 slot holds half of an I64
    unlink_home(s, v);
    s->values.at[v].home = (uint16_t)slot;
    s->values.at[v].home_next = s->home_head[slot];
    s->home_head[slot] = v;
}

static bool is_live(const RaScratch *s, IrRef v) {
    return s->values.at[v].next != RA_NEVER || s->values.at[v].n_pending || s->values.at[v].n_parts;
}

uint16_t ra_take_spill(RaScratch *s) {
    for (unsigned w = 0; w < ARRAY_LEN(s->spill_used); w++) {
        if (s->spill_used[w] == ~0ull) continue;
        unsigned i = w * 64 + (unsigned)__builtin_ctzll(~s->spill_used[w]);
        s->spill_used[w] |= 1ull << (i % 64);
        if (i >= s->ra->n_spills) s->ra->n_spills = i + 1;
        return (uint16_t)i;
    }
    bug_abort(__FILE__, __LINE__, "allocator: more than %u spills", RA_SPILLS_MAX);
}

void ra_release_if_dead(RaScratch *s, IrRef v) {
    RaValue *val = &s->values.at[v];
    if (is_live(s, v)) return;
    if (val->reg != RA_NO_REG) ra_drop_reg(s, v);
    if (val->spill != RA_NO_SPILL) {
        s->spill_used[val->spill / 64] &= ~(1ull << (val->spill % 64));
        val->spill = RA_NO_SPILL;
    }
    unlink_home(s, v);
}

static void spill(RaScratch *s, IrRef v) {
    RaLoc from = ra_loc(s, v);
    uint16_t i = ra_take_spill(s);
    s->values.at[v].spill = i;
    s->ra->n_spill_ops++;
    ra_emit(s, (RaOp){.kind = RA_WRITE, .dst = RA_NO_REG, .a = from, .to = {RA_SPILL, i}});
}

void ra_unpend(RaScratch *s, unsigned slot) {
    IrRef v = s->pending[slot];
    if (!v) return;
    ra_let_go_parts(s, v);
    s->pending[slot] = 0;
    for (unsigned i = 0; i < s->n_pending; i++)
        if (s->pending_slots[i] == slot) s->pending_slots[i] = s->pending_slots[--s->n_pending];
    s->values.at[v].n_pending--;
}

void ra_set_pending(RaScratch *s, unsigned slot, IrRef v) {
    s->pending[slot] = v;
    s->pending_slots[s->n_pending++] = (uint16_t)slot;
    s->values.at[v].n_pending++;
    ra_hold_parts(s, v);
}

void ra_write_slot(RaScratch *s, unsigned slot, IrRef v) {
    ra_settle(s, v);
    // A value that is in this slot's memory only, and is still wanted, needs another place first.
    for (IrRef other = s->home_head[slot], next; other; other = next) {
        RaValue *val = &s->values.at[other];
        next = val->home_next;
        if (other == v) continue;
        if (is_live(s, other) && val->reg == RA_NO_REG && val->spill == RA_NO_SPILL) spill(s, other);
        unlink_home(s, other);
    }
    if (s->values.at[v].home == slot) return; // it is there already
    ra_emit(s, (RaOp){.kind = RA_WRITE, .dst = RA_NO_REG, .a = ra_loc(s, v), .to = {RA_SLOT, (uint16_t)slot}});
    if (s->values.at[v].home == RA_NO_SLOT) ra_set_home(s, v, slot);
}

void ra_flush(RaScratch *s, unsigned slot) {
    IrRef v = s->pending[slot];
    ra_unpend(s, slot);
    ra_write_slot(s, slot, v);
}

void ra_flush_all(RaScratch *s) {
    while (s->n_pending) {
        IrRef v = s->pending[s->pending_slots[s->n_pending - 1]];
        ra_flush(s, s->pending_slots[s->n_pending - 1]);
        ra_release_if_dead(s, v);
    }
}

void ra_flush_set(RaScratch *s, uint64_t set) {
    if (set == IR_SLOTS_ALL) {
        ra_flush_all(s);
        return;
    }
    for (unsigned i = s->n_pending; i-- > 0;) { // flushing moves the last one into place i, and that was looked at
        unsigned slot = s->pending_slots[i];
        IrRef v = s->pending[slot];
        if (!ra_in_set(set, slot)) continue;
        ra_flush(s, slot);
        ra_release_if_dead(s, v);
    }
}

void ra_evict(RaScratch *s, unsigned reg) {
    IrRef v = s->in_reg[reg];
    RaValue *val = &s->values.at[v];
    if (val->n_pending && !ra_is_const(s, v) && val->spill == RA_NO_SPILL)
        for (unsigned i = s->n_pending; i-- > 0;)
            if (s->pending[s->pending_slots[i]] == v) ra_flush(s, s->pending_slots[i]), i = s->n_pending;
    if (!ra_is_const(s, v) && (val->home == RA_NO_SLOT || val->n_parts) && val->spill == RA_NO_SPILL && is_live(s, v))
        spill(s, v);
    ra_drop_reg(s, v);
}

// Evicting is cheap when a copy exists or when the value must be written sometime anyway. What is only pending is written
// rather than something that is used on a hot way.
static uint32_t eviction_score(const RaScratch *s, IrRef v) {
    const RaValue *val = &s->values.at[v];
    bool clean = ra_is_const(s, v) || val->home != RA_NO_SLOT || val->spill != RA_NO_SPILL;
    return (val->next == RA_NEVER ? RA_LIVE_OUT + RA_COLD / 2 : val->next) + (clean ? 4 : 0);
}

unsigned ra_take_reg(RaScratch *s, IrRef v, HostRegs exclude) {
    exclude |= ~ra_regs(s, v);
    HostRegs free = s->free_regs & ~exclude & ~s->pinned;
    HostRegs odd = HOSTILE ? free & 0xf731f731f731f731u >> s->ra->ops.n % 7 : 0; // any order will do
    if (free) return host_reg_first(odd ? odd : free);
    unsigned best = RA_NO_REG;
    uint32_t best_score = 0;
    HostRegs candidates = s->pool & ~exclude & ~s->pinned;
    for (HostRegs m = candidates; m; m &= m - 1) {
        unsigned r = host_reg_first(m);
        uint32_t score = eviction_score(s, s->in_reg[r]);
        if (best == RA_NO_REG || score > best_score) best = r, best_score = score;
    }
    BUG_IF(best == RA_NO_REG, "allocator: every register is pinned");
    ra_evict(s, best);
    return best;
}

unsigned ra_to_reg(RaScratch *s, IrRef v, HostRegs exclude) {
    RaValue *val = &s->values.at[v];
    if (val->reg != RA_NO_REG && !(exclude & host_reg(val->reg))) return val->reg;
    bool hinted = ra_is_hint_free(s, v) && !(exclude & host_reg(s->hints.at[v]));
    unsigned r = hinted ? s->hints.at[v] : ra_take_reg(s, v, exclude);
    RaLoc from = ra_loc(s, v);
    if (from.kind == RA_SPILL) s->ra->n_spill_ops++;
    ra_emit(s, (RaOp){.kind = RA_MOVE, .dst = (uint8_t)r, .ref = v, .a = from});
    if (val->reg != RA_NO_REG) ra_drop_reg(s, v);
    ra_assign(s, v, r);
    return r;
}

uint32_t ra_snapshot(RaScratch *s) {
    Ra *ra = s->ra;
    RaSnap snap = {ra->entries.n, s->n_pending};
    for (unsigned i = 0; i < s->n_pending; i++) {
        uint16_t slot = s->pending_slots[i];
        IrRef v = s->pending[slot];
        bool sum = ra_is_sum_now(s, v);
        RaLoc loc = sum ? ra_sum_loc(s, v) : ra_loc(s, v);
        if (loc.kind == RA_SLOT) loc = (RaLoc){RA_SPILL, s->values.at[v].spill};
        bool boxed = sum && ra_parts(s, v)->extends == IR_BOX;
        vec_push(&ra->entries, ((RaSnapEntry){slot, s->values.at[boxed ? ra_parts(s, v)->index : v].any_nan, loc}));
    }
    vec_push(&ra->snaps, snap);
    return ra->snaps.n - 1;
}

void ra_forget_homes(RaScratch *s, uint64_t set) {
    for (unsigned slot = 0; slot < s->u->n_slots; slot++)
        while (ra_in_set(set, slot) && s->home_head[slot]) {
            IrRef v = s->home_head[slot];
            RaValue *val = &s->values.at[v];
            if (is_live(s, v) && val->reg == RA_NO_REG && val->spill == RA_NO_SPILL) spill(s, v);
            unlink_home(s, v);
        }
}

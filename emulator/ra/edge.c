// Edges between blocks of a unit: the state in which a block is entered is fixed by the first edge that reaches it
// (entry.c); every later edge (loop back edges among them) is given code that brings the state there.
//
// The code of an edge is one parallel move, stores to slots included, so that nothing is read after it was overwritten.
// Phis: the value that an edge passes takes the place that the phi has on entry. A phi that stands for a slot is
// pending there, so that a loop does not store it on every round.
//
// Example: b2 was entered from b0 with v5 in r1 and the phi v9 in r2; b1 comes with v5 in r2, and passes v8 in r1.
//     moves   r1 <- r2, r2 <- r1      each would overwrite what the other one reads
//     code    r1 <-> r2
#include "ra/scan.h"
#include "base/config.h"
#include <string.h>

typedef struct Move {
    RaLoc to, from; // to: REG, SPILL or SLOT
} Move;

// ---- bringing the state there
static bool same_loc(RaLoc a, RaLoc b) { return a.kind == b.kind && a.index == b.index; }

static void emit_move(RaScratch *s, RaLoc to, RaLoc from) {
    if (to.kind == RA_REG)
        ra_emit(s, (RaOp){.kind = RA_MOVE, .dst = (uint8_t)to.index, .a = from});
    else
        ra_emit(s, (RaOp){.kind = RA_WRITE, .dst = RA_NO_REG, .a = from, .to = to});
}

// Parallel moves: one whose destination no later move reads may go; when none is left, only register cycles remain.
static void emit_parallel(RaScratch *s, Move *moves, unsigned n) {
    while (n) {
        bool progress = false;
        for (unsigned i = 0; i < n; i++) {
            bool read_by_other = false;
            for (unsigned j = 0; j < n; j++) read_by_other |= j != i && same_loc(moves[j].from, moves[i].to);
            if (read_by_other) continue;
            emit_move(s, moves[i].to, moves[i].from);
            moves[i--] = moves[--n];
            progress = true;
        }
        if (progress || !n) continue;
        // A cycle. Registers are exchanged; a spill in the cycle is first brought to where its reader
        // wants it via a fresh spill.
        unsigned c = 0;
        while (c < n && !(moves[c].to.kind == RA_REG && moves[c].from.kind == RA_REG)) c++;
        if (c < n) {
            RaLoc to = moves[c].to, from = moves[c].from;
            ra_emit(s, (RaOp){.kind = RA_SWAP, .dst = (uint8_t)to.index, .a = from});
            moves[c] = moves[--n];
            for (unsigned j = 0; j < n; j++) {
                if (same_loc(moves[j].from, to))
                    moves[j].from = from;
                else if (same_loc(moves[j].from, from))
                    moves[j].from = to;
            }
            for (unsigned j = 0; j < n; j++)
                if (same_loc(moves[j].from, moves[j].to)) moves[j--] = moves[--n];
        } else {
            RaLoc fresh = {RA_SPILL, (uint16_t)s->ra->n_spills++};
            BUG_IF(fresh.index >= RA_SPILLS_MAX, "allocator: more than %u spills", RA_SPILLS_MAX);
            emit_move(s, fresh, moves[0].from);
            moves[0].from = fresh;
        }
    }
}

static IrRef pending_on_entry(const RaScratch *s, uint16_t to, unsigned slot) {
    const RaEntry *e = &s->entries.at[to];
    for (uint32_t i = e->slots; i < e->slots + e->n_slots; i++)
        if (s->entry_slots.at[i].slot == slot) return s->entry_slots.at[i].value;
    return 0;
}

static bool is_nowhere(const RaScratch *s, IrRef v) {
    const RaValue *val = &s->values.at[v];
    return val->reg == RA_NO_REG && val->home == RA_NO_SLOT && val->spill == RA_NO_SPILL && !ra_is_const(s, v);
}

// A value that is only wanted because its slots are pending there may have been written and forgotten here. Its home,
// or a slot of its own type, holds all of it; when there is none, no use wants more than its low half.
static RaLoc loc_on_edge(const RaScratch *s, uint16_t to, IrRef v) {
    const RaEntry *e = &s->entries.at[to];
    if (!is_nowhere(s, v)) return ra_loc(s, v);
    for (uint32_t i = e->values; i < e->values + e->n_values; i++)
        if (s->entry_values.at[i].value == v && s->entry_values.at[i].home != RA_NO_SLOT)
            return (RaLoc){RA_SLOT, s->entry_values.at[i].home};
    RaLoc half = {RA_NONE, 0};
    for (uint32_t i = e->slots; i < e->slots + e->n_slots; i++) {
        uint16_t slot = s->entry_slots.at[i].slot;
        if (s->entry_slots.at[i].value != v) continue;
        if (s->u->slots[slot].type == ir_value_type(&s->u->insns.at[v])) return (RaLoc){RA_SLOT, slot};
        half = (RaLoc){RA_SLOT, slot};
    }
    BUG_IF(half.kind == RA_NONE, "allocator: value v%u is nowhere on an edge to block %u", v, to);
    return half;
}

// Does the slot hold the value now? Not if that is pending there, and not if it was dropped as pending at the beginning
// of a block that the slot is not demanded in: then a register or a spill place holds it.
static bool is_at_home(const RaScratch *s, IrRef v, uint16_t home) {
    if (s->pending[home] == v) return false;
    return is_nowhere(s, v) || s->values.at[v].home == home;
}

static unsigned add_slot_move(Move *moves, unsigned n, unsigned slot, RaLoc from) {
    Move m = {{RA_SLOT, (uint16_t)slot}, from};
    for (unsigned i = 0; i < n; i++)
        if (same_loc(moves[i].to, m.to)) return n;
    moves[n] = m;
    return n + 1;
}

enum { MOVES_MAX = HOST_REGS_MAX + RA_SPILLS_MAX + 2 * RA_SLOTS_MAX };

// All at once: what is pending here but not there is written, homes that the block relies on hold their value, and
// every value goes to its place.
static unsigned edge_moves(RaScratch *s, uint16_t from, uint16_t to, Move *moves) {
    const RaEntry *e = &s->entries.at[to];
    unsigned n = 0;
    for (unsigned i = 0; i < s->n_pending; i++) {
        unsigned slot = s->pending_slots[i];
        IrRef v = s->pending[slot], there = pending_on_entry(s, to, slot);
        if (!ir_demanded(&s->demand, to, slot)) continue; // written again before anything looks
        if (!there || ra_passed(s, from, to, there) != v) n = add_slot_move(moves, n, slot, ra_loc(s, v));
    }
    for (uint32_t i = e->values; i < e->values + e->n_values; i++) {
        const RaEntryValue *ev = &s->entry_values.at[i];
        IrRef v = ra_passed(s, from, to, ev->value);
        if (ev->home != RA_NO_SLOT && !is_at_home(s, v, ev->home)) n = add_slot_move(moves, n, ev->home, ra_loc(s, v));
    }
    for (uint32_t i = e->values; i < e->values + e->n_values; i++) {
        const RaEntryValue *ev = &s->entry_values.at[i];
        if (ev->loc.kind == RA_NONE) continue;
        IrRef v = ra_passed(s, from, to, ev->value);
        if (ev->loc.kind == RA_SPILL && s->values.at[v].spill == ev->loc.index) continue;
        RaLoc at = loc_on_edge(s, to, v);
        if (!same_loc(at, ev->loc)) moves[n++] = (Move){ev->loc, at};
    }
    return n;
}

// ---- sums: see sum.c
static bool all_want(const RaScratch *s, uint16_t block, unsigned slot) {
    const IrBlock *b = &s->u->blocks.at[block];
    for (unsigned k = 0; k < 2; k++)
        if (b->succ[k] == IR_NO_TARGET || b->succ[k] & IR_TO_EXIT || !ra_wants_sum(s, block, b->succ[k], slot))
            return false;
    return true;
}

void ra_compute_for_edges(RaScratch *s, uint16_t block) {
    for (unsigned i = 0; i < s->n_pending; i++)
        if (all_want(s, block, s->pending_slots[i])) ra_compute_slot(s, s->pending_slots[i]);
}

// What the edge wants is computed for it alone: into a register that is free, where a PHI wants it if that can be, or a spill place.
static unsigned make_sums(RaScratch *s, uint16_t from, uint16_t to, IrRef *made) {
    unsigned n = 0;
    for (unsigned i = 0; i < s->n_pending; i++) {
        if (!ra_wants_sum(s, from, to, s->pending_slots[i])) continue;
        IrRef v = s->pending[s->pending_slots[i]];
        RaLoc sum = ra_sum_loc(s, v);
        HostRegs free = s->free_regs & ra_regs(s, v);
        if (free) {
            ra_assign(s, v, ra_is_hint_free(s, v) ? s->hints.at[v] : host_reg_first(free));
            ra_emit(s, (RaOp){.kind = RA_MOVE, .dst = s->values.at[v].reg, .ref = v, .a = sum});
        } else {
            s->values.at[v].spill = ra_take_spill(s);
            ra_emit(s, (RaOp){.kind = RA_WRITE, .dst = RA_NO_REG, .a = sum, .to = {RA_SPILL, s->values.at[v].spill}});
        }
        made[n++] = v;
    }
    return n;
}

// The other edge finds them as they were.
static void forget_sums(RaScratch *s, const IrRef *made, unsigned n) {
    while (n-- > 0) {
        RaValue *val = &s->values.at[made[n]];
        if (val->reg != RA_NO_REG) ra_drop_reg(s, made[n]);
        val->spill = RA_NO_SPILL; // the place itself stays taken: the entry of a block may name it
    }
}

// ---- NaNs: see nan.c. A PHI that may be any NaN in a register has been given none.
static bool wants_settled(const RaScratch *s, uint16_t from, uint16_t to, const RaEntryValue *ev) {
    return !ev->any_nan && s->values.at[ra_passed(s, from, to, ev->value)].any_nan;
}

static bool any_wants_settled(const RaScratch *s, uint16_t from, uint16_t to) {
    const RaEntry *e = &s->entries.at[to];
    for (uint32_t i = e->values; s->any_nans.n && i < e->values + e->n_values; i++)
        if (wants_settled(s, from, to, &s->entry_values.at[i])) return true;
    return false;
}

static void settle_rest(RaScratch *s, uint16_t from, uint16_t to) {
    const RaEntry *e = &s->entries.at[to];
    for (uint32_t i = e->values; s->any_nans.n && i < e->values + e->n_values; i++)
        if (wants_settled(s, from, to, &s->entry_values.at[i]))
            ra_settle(s, ra_passed(s, from, to, s->entry_values.at[i].value));
}

bool ra_edge_needs_code(RaScratch *s, uint16_t from, uint16_t to) {
    for (unsigned i = 0; i < s->n_pending; i++)
        if (ra_wants_sum(s, from, to, s->pending_slots[i])) return true;
    if (ra_edge_sees_nans(s, from, to)) return true;
    if (!s->entries.at[to].known) ra_fix_entry(s, from, to);
    Move moves[MOVES_MAX];
    return (ra_joins(s, to) && any_wants_settled(s, from, to)) || edge_moves(s, from, to, moves) > 0;
}

void ra_leave_to(RaScratch *s, uint16_t from, uint16_t to) {
    IrRef made[RA_SLOTS_MAX];
    uint32_t unsettled = ra_settle_for_edge(s, from, to);
    unsigned n = make_sums(s, from, to, made);
    if (!s->entries.at[to].known) ra_fix_entry(s, from, to);
    if (ra_joins(s, to)) settle_rest(s, from, to);
    Move moves[MOVES_MAX];
    emit_parallel(s, moves, edge_moves(s, from, to, moves));
    ra_unsettle(s, unsettled);
    forget_sums(s, made, n);
}

static const RaValue clear = {RA_NO_REG, 0, 0, false, RA_NO_SLOT, RA_NO_SPILL, 0, RA_NEVER};

static void clear_range(RaScratch *s, uint32_t first, uint32_t end) {
    for (uint32_t v = first; v < end; v++) s->values.at[v] = clear;
}

void ra_clear_values(RaScratch *s) { clear_range(s, 0, s->u->insns.n); }

// WHY not all of them: a region has as many values as blocks times values of a block.
void ra_forget_block(RaScratch *s, uint16_t block) {
    const RaEntry *e = &s->entries.at[block];
    const IrBlock *b = &s->u->blocks.at[block];
    clear_range(s, b->first, b->end);
    for (uint32_t i = b->first; i < b->end; i++) // a sum lives by its parts
        if (s->u->insns.at[i].op == IR_SET) s->values.at[s->u->insns.at[i].a] = clear;
    for (uint32_t i = e->values; i < e->values + e->n_values; i++) s->values.at[s->entry_values.at[i].value] = clear;
    for (uint32_t i = e->slots; i < e->slots + e->n_slots; i++) s->values.at[s->entry_slots.at[i].value] = clear;
    for (uint32_t i = s->live_in_first.at[block]; i < s->live_in_first.at[block + 1]; i++)
        s->values.at[s->live_in.at[i].value] = clear;
    if (!CHECKED) return;
    for (uint32_t v = 0; v < s->u->insns.n; v++) {
        const RaValue *val = &s->values.at[v];
        BUG_IF(val->reg != clear.reg || val->home != clear.home || val->spill != clear.spill || val->n_pending ||
                   val->n_parts || val->any_nan || val->next != clear.next,
               "allocator: block %u leaves something of value v%u behind", block, v);
    }
}

void ra_enter_block(RaScratch *s, uint16_t block) {
    const RaEntry *e = &s->entries.at[block];
    ra_state_clear(s);
    memset(s->spill_used, 0, sizeof s->spill_used);
    for (uint32_t i = e->values; i < e->values + e->n_values; i++) {
        const RaEntryValue *ev = &s->entry_values.at[i];
        if (ev->loc.kind == RA_REG) ra_assign(s, ev->value, ev->loc.index);
        if (ev->loc.kind == RA_SPILL) {
            s->values.at[ev->value].spill = ev->loc.index;
            s->spill_used[ev->loc.index / 64] |= 1ull << (ev->loc.index % 64);
        }
        if (ev->home != RA_NO_SLOT) ra_set_home(s, ev->value, ev->home);
        if (ev->any_nan) ra_enter_nan(s, ev->value);
    }
    for (uint32_t i = e->slots; i < e->slots + e->n_slots; i++)
        ra_set_pending(s, s->entry_slots.at[i].slot, s->entry_slots.at[i].value);
    for (uint32_t i = s->live_in_first.at[block]; i < s->live_in_first.at[block + 1]; i++)
        s->values.at[s->live_in.at[i].value].next = s->live_in.at[i].next;
    for (uint32_t i = s->u->blocks.at[block].first; i < s->u->blocks.at[block].end; i++)
        if (s->u->insns.at[i].op == IR_PHI) s->values.at[i].next = s->uses.at[i].def;
    for (uint32_t i = e->values; i < e->values + e->n_values; i++) ra_release_if_dead(s, s->entry_values.at[i].value);
}

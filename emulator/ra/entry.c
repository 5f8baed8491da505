// How a block is entered: the first edge that reaches it fixes where every value is then.
//
// Values stay where they are. A loop head is special, because what is fixed there is paid for on every round: values
// that the loop uses get registers, values that only live through it give theirs up when there are too few.
//
// Example: the head of a loop that adds up, entered with v1 (the limit), v2 (not used in the loop) and the phis v4, v5:
//     v1 in r1         the loop uses it: it stays
//     v2 in r2         goes to its slot or a spill, if the loop needs r2
//     v4, v5           registers, and what goes round the loop is made there (the hints)
#include "base/alloc.h"
#include "ra/scan.h"
#include <stdlib.h>
#include <string.h>

typedef struct Fix {
    RaScratch *s;
    RaEntry *e;
    uint16_t from, to;
    HostRegs used_regs;
    uint64_t *in_loop; // values that the loop uses; NULL: not a loop head
    uint64_t *in_reg;  // those of them that it does not only read where memory will do
    uint16_t last;     // its last block
    bool joins;        // several edges lead here
} Fix;

// Phis lead their block, NOPs between them.
static uint32_t next_phi(const IrUnit *u, uint16_t block, uint32_t i) {
    while (i < u->blocks.at[block].end && u->insns.at[i].op == IR_NOP) i++;
    return i < u->blocks.at[block].end && u->insns.at[i].op == IR_PHI ? i : 0;
}

static bool slot_has_phi(const IrUnit *u, uint16_t block, unsigned slot) {
    for (uint32_t i = next_phi(u, block, u->blocks.at[block].first); i; i = next_phi(u, block, i + 1))
        if (u->insns.at[i].b == slot + 1) return true;
    return false;
}

static bool is_phi_here(const Fix *f, IrRef v) {
    const IrBlock *b = &f->s->u->blocks.at[f->to];
    return f->s->u->insns.at[v].op == IR_PHI && v >= b->first && v < b->end;
}

// ---- loops
// A block on an edge that does no guest instruction (it pays for the budget) stands behind all others, and counts where
// it comes from.
static uint16_t real_pred(const RaScratch *s, uint32_t k) {
    uint16_t b = s->preds.at[k];
    while (!s->u->blocks.at[b].n_guest && b && s->preds_first.at[b + 1] - s->preds_first.at[b] == 1)
        b = s->preds.at[s->preds_first.at[b]];
    return b;
}

// 0: not a loop head. A block that jumps to itself is a loop of its own, whatever else leads back to it. Of several ways back the
// nearest one that brings half of the rounds counts: a region that begins in an inner loop has the outer one lead there, too.
static uint16_t own_back_edge(const RaScratch *s, uint16_t head) {
    uint16_t last = 0, near = 0;
    for (uint32_t k = s->preds_first.at[head]; k < s->preds_first.at[head + 1]; k++) {
        uint16_t from = real_pred(s, k);
        if (from == head) return head;
        if (from < head) continue;
        if (from > last) last = from;
        bool often = s->u->blocks.at[from].seen && 2 * s->u->blocks.at[from].seen >= s->u->blocks.at[head].seen;
        if (often && (!near || from < near)) near = from;
    }
    return near ? near : last;
}

// The loop of a head holds the loops whose heads are in it: a block in the middle may be led back to from far below.
static uint16_t last_back_edge(const RaScratch *s, uint16_t head) {
    uint16_t last = own_back_edge(s, head);
    for (uint16_t b = (uint16_t)(head + 1); last != head && b <= last; b++) {
        uint16_t inner = own_back_edge(s, b);
        if (inner > last) last = inner;
    }
    return last;
}

static bool is_rare(const Fix *f, uint16_t b) { return ra_is_rare(f->s, b, f->to); }

static void use_in_loop(Fix *f, IrRef v) { f->in_loop[v / 64] |= 1ull << (v % 64); }

static void use_inputs(Fix *f, IrRef i) {
    IrRef inputs[3];
    const IrInsn *in = &f->s->u->insns.at[i];
    unsigned n = in->op == IR_SET ? 0 : ra_inputs(f->s, i, inputs); // no register is needed for a SET
    for (unsigned k = 0; k < n; k++) {
        use_in_loop(f, inputs[k]);
        if (!ra_may_read_memory(f->s, i, k)) f->in_reg[inputs[k] / 64] |= 1ull << (inputs[k] % 64);
    }
}

// Blocks of a loop stand between its head and its last back edge; others there make this an estimate,
// which is all it has to be. A PHI of another block that the loop uses uses its args: twice, because the head of a loop
// inside may be passed what is made below it.
static void find_uses_in_loop(Fix *f) {
    const RaScratch *s = f->s;
    const IrUnit *u = s->u;
    uint16_t last = f->last = f->joins ? last_back_edge(f->s, f->to) : 0; // one way in, from below, makes no loop
    if (!last) return;
    uint32_t words = (u->insns.n + 63) / 64;
    f->in_loop = alloc_zeroed(2 * words, sizeof *f->in_loop);
    f->in_reg = f->in_loop + words;
    for (uint16_t b = f->to; b <= last; b++)
        for (uint32_t i = u->blocks.at[b].first; !is_rare(f, b) && i < u->blocks.at[b].end; i++)
            use_inputs(f, (IrRef)i);
    for (unsigned round = 0; round < 2; round++)
        for (uint16_t b = last; b > f->to; b--)
            for (uint32_t i = u->blocks.at[b].end; i-- > u->blocks.at[b].first;) {
                const IrInsn *in = &u->insns.at[i];
                bool used = in->op == IR_PHI && f->in_loop[i / 64] >> (i % 64) & 1;
                for (unsigned k = 0; used && k < in->c; k++)
                    if (!is_rare(f, s->preds.at[s->preds_first.at[b] + k])) use_in_loop(f, u->phi_args.at[in->imm + k]);
            }
}

static bool is_wanted(const Fix *f, IrRef v) {
    if (f->in_loop) return (f->in_loop[v / 64] >> (v % 64)) & 1;
    return !is_phi_here(f, v) || f->s->uses.at[v].def < RA_LIVE_OUT;
}

// ---- places
static bool give_reg(Fix *f, RaEntryValue *ev) {
    HostRegs free = f->s->pool & ra_regs(f->s, ev->value) & ~f->used_regs;
    if (!free) return false;
    uint8_t hint = f->s->hints.at[ev->value];
    bool hinted = hint != RA_NO_REG && free & host_reg(hint);
    ev->loc = (RaLoc){RA_REG, (uint16_t)(hinted ? hint : host_reg_first(free))};
    f->used_regs |= host_reg(ev->loc.index);
    return true;
}

static void stop_pending(Fix *f, unsigned slot) {
    for (uint32_t k = f->e->slots; k < f->s->entry_slots.n; k++)
        if (f->s->entry_slots.at[k].slot == slot)
            f->s->entry_slots.at[k--] = f->s->entry_slots.at[--f->s->entry_slots.n];
}

static bool still_pends(const Fix *f, IrRef v) { // for a slot of another type
    for (uint32_t k = f->e->slots; k < f->s->entry_slots.n; k++)
        if (f->s->entry_slots.at[k].value == v) return true;
    return false;
}

// Out of its register: into the slot that it is pending for, or a slot that holds it, or a spill.
static void demote(Fix *f, RaEntryValue *ev) {
    BUG_IF(ev->any_nan, "allocator: v%u goes to memory, and may be any NaN", ev->value);
    if (ev->loc.kind == RA_REG) f->used_regs &= ~host_reg(ev->loc.index);
    ev->loc = (RaLoc){RA_NONE, 0};
    for (uint32_t k = f->e->slots; k < f->s->entry_slots.n; k++) {
        const RaEntrySlot es = f->s->entry_slots.at[k];
        if (es.value != ev->value || ir_value_type(&f->s->u->insns.at[ev->value]) != f->s->u->slots[es.slot].type)
            continue;
        ev->home = es.slot;
        stop_pending(f, es.slot);
        k = f->e->slots - 1; // it may be pending for others, which then are read from this one
    }
    if (ev->home == RA_NO_SLOT || still_pends(f, ev->value)) ev->loc = (RaLoc){RA_SPILL, ra_take_spill(f->s)};
}

// ---- collecting
// Where v lies now, if that is a place of its own; a home only when the slot holds v on every way into the block.
// `soon`: the block itself uses it. Else, at a join, a copy in memory is enough: other edges may have nothing but that.
static void add_value(Fix *f, IrRef v, bool soon) {
    RaScratch *s = f->s;
    const RaValue *val = &s->values.at[v];
    if (ra_is_const(s, v)) return;
    RaEntryValue ev = {v, {RA_NONE, 0}, val->home, val->any_nan};
    if (ev.home != RA_NO_SLOT && (slot_has_phi(s->u, f->to, ev.home) || ra_slot_holds(s, f->to, ev.home) != v))
        ev.home = RA_NO_SLOT;
    bool in_memory = ev.home != RA_NO_SLOT || val->spill != RA_NO_SPILL;
    if (val->reg != RA_NO_REG && (soon || !f->joins || !in_memory || val->n_pending)) {
        ev.loc = (RaLoc){RA_REG, val->reg};
        f->used_regs |= host_reg(val->reg);
    } else if (val->spill != RA_NO_SPILL) {
        ev.loc = (RaLoc){RA_SPILL, val->spill};
    }
    vec_push(&s->entry_values, ev);
}

// What is kept for slots alone: no instruction of this or a later block uses it.
static void keep(Fix *f, IrRef v) {
    bool there = !v || ra_lives_into(f->s, f->to, v);
    for (uint32_t i = f->e->values; i < f->s->entry_values.n; i++) there |= f->s->entry_values.at[i].value == v;
    if (!there) add_value(f, v, false);
}

// A sum that is pending stays one: its parts are kept.
static void keep_pending(Fix *f, IrRef v) {
    const RaParts *p = ra_is_sum_now(f->s, v) ? ra_parts(f->s, v) : NULL;
    keep(f, p ? p->base : v);
    if (p) keep(f, p->index);
}

// A slot stays pending if every way into the block brings it with the same value; a phi's slot is pending with the phi.
static void add_pending(Fix *f) {
    RaScratch *s = f->s;
    for (unsigned i = 0; i < s->n_pending; i++) {
        uint16_t slot = s->pending_slots[i];
        if (!ir_demanded(&s->demand, f->to, slot)) continue;
        if (!slot_has_phi(s->u, f->to, slot) && ra_slot_holds(s, f->to, slot) == s->pending[slot])
            vec_push(&s->entry_slots, ((RaEntrySlot){slot, s->pending[slot]}));
    }
}

static void add_phis(Fix *f) {
    RaScratch *s = f->s;
    unsigned k = ra_pred_index(s, f->from, f->to);
    for (uint32_t i = next_phi(s->u, f->to, s->u->blocks.at[f->to].first); i; i = next_phi(s->u, f->to, i + 1)) {
        const IrInsn *in = &s->u->insns.at[i];
        unsigned r = s->values.at[s->u->phi_args.at[in->imm + k]].reg;
        RaEntryValue ev = {(IrRef)i, {RA_NONE, 0}, RA_NO_SLOT, false};
        if (r != RA_NO_REG && !(f->used_regs & host_reg(r))) { // the argument's register: no move
            ev.loc = (RaLoc){RA_REG, (uint16_t)r};
            f->used_regs |= host_reg(r);
        }
        vec_push(&s->entry_values, ev);
        if (in->b) vec_push(&s->entry_slots, ((RaEntrySlot){(uint16_t)(in->b - 1), (IrRef)i}));
    }
}

static void collect(Fix *f) {
    RaScratch *s = f->s;
    add_pending(f);
    uint32_t n_pending = s->entry_slots.n;
    for (uint32_t i = s->live_in_first.at[f->to]; i < s->live_in_first.at[f->to + 1]; i++)
        if (!is_phi_here(f, s->live_in.at[i].value))
            add_value(f, s->live_in.at[i].value,
                      s->live_in.at[i].next < (s->heat.known ? RA_LIVE_OUT + RA_COLD : RA_LIVE_OUT) ||
                          (f->in_loop && is_wanted(f, s->live_in.at[i].value)));
    for (uint32_t k = f->e->slots; k < n_pending; k++) keep_pending(f, s->entry_slots.at[k].value);
    add_phis(f);
}

// ---- deciding
static void count_live(const RaScratch *s, IrRef v, int by, int n[HOST_CLASSES]) {
    if (!ra_is_const(s, v)) n[ra_class(s, v)] += by;
}

// How many values of each class that the loop makes or uses are alive at once, at most: backward through its blocks.
static void find_pressure(Fix *f, unsigned pressure[HOST_CLASSES]) {
    RaScratch *s = f->s;
    const IrUnit *u = s->u;
    uint32_t first = ir_behind_phis(u, &u->blocks.at[f->to]); // a PHI that the loop uses is in in_loop
    uint32_t words = (u->insns.n + 63) / 64;
    uint64_t *live = alloc_zeroed(words, sizeof *live);
    for (unsigned c = 0; c < HOST_CLASSES; c++) pressure[c] = 0;
    for (uint32_t b = f->to; b <= f->last; b++) {
        if (is_rare(f, (uint16_t)b)) continue;
        int n[HOST_CLASSES] = {0};
        ra_live_out(s, (uint16_t)b, live);
        for (uint32_t w = 0; w < words; w++) {
            uint64_t own = w * 64 + 63 < first ? 0 : w * 64 < first ? ~0ull << first % 64 : ~0ull;
            live[w] &= f->in_loop[w] | own;
            for (uint64_t bits = live[w]; bits; bits &= bits - 1)
                count_live(s, (IrRef)(w * 64 + (unsigned)__builtin_ctzll(bits)), 1, n);
        }
        for (uint32_t i = u->blocks.at[b].end; i-- > u->blocks.at[b].first;) {
            IrRef inputs[3];
            unsigned n_inputs = ra_inputs(s, (IrRef)i, inputs);
            for (unsigned c = 0; c < HOST_CLASSES; c++)
                if (n[c] > (int)pressure[c]) pressure[c] = (unsigned)n[c];
            if (live[i / 64] >> (i % 64) & 1) count_live(s, (IrRef)i, -1, n), live[i / 64] &= ~(1ull << i % 64);
            for (unsigned k = 0; k < n_inputs; k++) {
                if (!inputs[k] || live[inputs[k] / 64] >> (inputs[k] % 64) & 1) continue;
                live[inputs[k] / 64] |= 1ull << inputs[k] % 64;
                count_live(s, inputs[k], 1, n);
            }
        }
    }
    free(live);
}

// Is the PHI another value after a round? In memory it would have to be stored on every one.
static bool goes_round(const Fix *f, IrRef v) {
    const RaScratch *s = f->s;
    const IrInsn *phi = &s->u->insns.at[v];
    for (unsigned k = 0; k < phi->c; k++) {
        uint16_t from = real_pred(s, s->preds_first.at[f->to] + k);
        if (from >= f->to && from <= f->last && s->u->phi_args.at[phi->imm + k] != v) return true;
    }
    return false;
}

// A float PHI that the loop sets anew on every round. In memory it costs a store a round, in a register one at most: when
// a value needs the register, the PHI is written, or dropped if nothing can look at it now.
static bool is_made_anew(const Fix *f, IrRef v) {
    return is_phi_here(f, v) && ra_class(f->s, v) == HOST_FLOATS && goes_round(f, v);
}

// Registers that the loop leaves free hold values that it does not use: first the PHIs that it would have to store on
// every round, then those that are there already.
static void keep_unwanted(Fix *f, HostClass class, unsigned left) {
    RaScratch *s = f->s;
    RaEntryValue *first = s->entry_values.at + f->e->values, *end = s->entry_values.at + s->entry_values.n;
    for (unsigned round = 0; round < 2; round++)
        for (RaEntryValue *ev = first; ev < end; ev++) {
            bool phi = is_phi_here(f, ev->value);
            if (ra_class(s, ev->value) != class || is_wanted(f, ev->value) || phi != (round == 0)) continue;
            if (left && (ev->loc.kind == RA_REG || (phi && goes_round(f, ev->value) && give_reg(f, ev))))
                left--;
            else if (ev->loc.kind == RA_REG && is_made_anew(f, ev->value))
                f->used_regs &= ~host_reg(ev->loc.index), ev->loc = (RaLoc){RA_NONE, 0}; // see place_rest()
            else if (ev->loc.kind == RA_REG)
                demote(f, ev);
        }
}

// How much a value of the loop loses in memory: 2: it is loaded and stored on every round, 1: loaded, 0: nothing.
static unsigned loss_in_memory(const Fix *f, IrRef v) {
    if (is_phi_here(f, v) && goes_round(f, v)) return 2;
    return f->in_reg[v / 64] >> (v % 64) & 1;
}

static void balance_loop(Fix *f, HostClass class, unsigned pressure) {
    RaScratch *s = f->s;
    RaEntryValue *first = s->entry_values.at + f->e->values, *end = s->entry_values.at + s->entry_values.n;
    HostRegs of_class = s->host->regs[class];
    unsigned regs = host_reg_count(s->pool & of_class), spare = s->host->spare[class], n_wanted = 0;
    keep_unwanted(f, class, regs > pressure ? regs - pressure : 0);
    for (RaEntryValue *ev = first; ev < end; ev++)
        n_wanted += ra_class(s, ev->value) == class && is_wanted(f, ev->value);
    unsigned own = pressure > n_wanted ? pressure - n_wanted : 0; // that the loop makes
    unsigned room = pressure <= regs ? regs : regs - (own < spare ? own : spare);
    for (RaEntryValue *ev = first; ev < end; ev++)
        if (ra_class(s, ev->value) == class && ev->loc.kind == RA_REG && ev->home != RA_NO_SLOT &&
            is_wanted(f, ev->value) && !loss_in_memory(f, ev->value) && !still_pends(f, ev->value) &&
            host_reg_count(f->used_regs & of_class) > room)
            f->used_regs &= ~host_reg(ev->loc.index), ev->loc = (RaLoc){RA_NONE, 0};
    for (unsigned loss = 3; loss-- > 0;)
        for (RaEntryValue *ev = first; ev < end; ev++) {
            if (ra_class(s, ev->value) != class || ev->loc.kind == RA_REG || !is_wanted(f, ev->value) ||
                loss_in_memory(f, ev->value) != loss)
                continue;
            if (host_reg_count(f->used_regs & of_class) < room) give_reg(f, ev);
        }
}

// The value of a slot that no instruction uses until it is overwritten: a loop that has registers left need
// not store it on every round.
static bool is_cheap_to_keep(const Fix *f, IrRef v) {
    RaScratch *s = f->s;
    if (!f->in_loop || ra_class(s, v) != HOST_FLOATS) return false;
    if (is_made_anew(f, v)) return true;
    HostRegs left = s->pool & s->host->regs[HOST_FLOATS] & ~f->used_regs;
    return host_reg_count(left) > 2u * s->host->spare[HOST_FLOATS];
}

static void place_rest(Fix *f) {
    RaScratch *s = f->s;
    for (uint32_t i = f->e->values; i < s->entry_values.n; i++) {
        RaEntryValue *ev = &s->entry_values.at[i];
        if (ev->loc.kind != RA_NONE || ev->home != RA_NO_SLOT) continue;
        if (!(is_wanted(f, ev->value) || is_cheap_to_keep(f, ev->value)) || !give_reg(f, ev)) demote(f, ev);
    }
}

// What is in memory, too, is settled: a slot is read as it is.
static void free_nans(Fix *f) {
    for (uint32_t i = f->e->values; i < f->s->entry_values.n; i++) {
        RaEntryValue *ev = &f->s->entry_values.at[i];
        bool own = ev->loc.kind == RA_REG && ev->home == RA_NO_SLOT && is_phi_here(f, ev->value);
        if (own) ev->any_nan = ra_may_be_any_nan(f->s, ev->value);
    }
}

// The register that a PHI here has for the slot, or RA_NO_REG.
static uint8_t reg_of_slot(const Fix *f, unsigned slot) {
    const RaScratch *s = f->s;
    for (uint32_t i = f->e->values; i < s->entry_values.n; i++) {
        const RaEntryValue *ev = &s->entry_values.at[i];
        if (ev->loc.kind == RA_REG && is_phi_here(f, ev->value) && s->u->insns.at[ev->value].b == slot + 1)
            return (uint8_t)ev->loc.index;
    }
    return RA_NO_REG;
}

// What dies where a value is made that has a hint gets the same hint, and so does what a slot holds that a PHI has a
// register for: the guest's compiler has found that no two of them are in the way of each other. Floats only: what has
// three operands is not drawn to the register of its first.
static void hint_inside(Fix *f) {
    RaScratch *s = f->s;
    const IrUnit *u = s->u;
    for (uint32_t i = u->blocks.at[f->last].end; i-- > u->blocks.at[f->to].first;) {
        const IrInsn *in = &u->insns.at[i];
        if (in->op == IR_SET && ra_class(s, in->a) == HOST_FLOATS && s->hints.at[in->a] == RA_NO_REG)
            s->hints.at[in->a] = reg_of_slot(f, ir_slot(in));
        if (in->op == IR_PHI || s->hints.at[i] == RA_NO_REG || ra_class(s, (IrRef)i) != HOST_FLOATS) continue;
        IrRef inputs[3];
        unsigned n = ra_inputs(s, (IrRef)i, inputs);
        for (unsigned k = 0; k < n; k++) {
            IrRef v = inputs[k];
            if (v < u->blocks.at[f->to].first || ra_class(s, v) != HOST_FLOATS || s->hints.at[v] != RA_NO_REG ||
                s->uses.at[i].after[k] != RA_NEVER)
                continue;
            s->hints.at[v] = s->hints.at[i];
            break;
        }
    }
}

// Values that go round the loop should be made where the phi wants them, and what a phi takes on its way there, too.
static void hint_args(RaScratch *s, IrRef phi, uint8_t reg, unsigned depth) {
    const IrInsn *in = &s->u->insns.at[phi];
    for (unsigned k = 0; k < in->c; k++) {
        IrRef arg = s->u->phi_args.at[in->imm + k];
        bool way = depth && s->u->insns.at[arg].op == IR_PHI && s->hints.at[arg] != reg;
        s->hints.at[arg] = reg;
        if (way) hint_args(s, arg, reg, depth - 1);
    }
}

enum { PHIS_ON_THE_WAY = 4 };
static void hint_phi_args(Fix *f) {
    RaScratch *s = f->s;
    for (uint32_t i = f->e->values; i < s->entry_values.n; i++) {
        const RaEntryValue *ev = &s->entry_values.at[i];
        if (ev->loc.kind != RA_REG) continue;
        if (is_phi_here(f, ev->value))
            hint_args(s, ev->value, (uint8_t)ev->loc.index, s->heat.known && f->in_loop ? PHIS_ON_THE_WAY : 0);
        else if (f->in_loop)
            s->hints.at[ev->value] = (uint8_t)ev->loc.index; // it comes back there when it has given it up
    }
}

void ra_fix_entry(RaScratch *s, uint16_t from, uint16_t to) {
    Fix f = {.s = s, .e = &s->entries.at[to], .from = from, .to = to, .joins = ra_joins(s, to)};
    *f.e = (RaEntry){.known = true, .values = s->entry_values.n, .slots = s->entry_slots.n};
    find_uses_in_loop(&f);
    collect(&f);
    if (f.in_loop) {
        unsigned pressure[HOST_CLASSES];
        find_pressure(&f, pressure);
        for (unsigned c = 0; c < HOST_CLASSES; c++) balance_loop(&f, (HostClass)c, pressure[c]);
    }
    place_rest(&f);
    free_nans(&f);
    hint_phi_args(&f);
    if (f.in_loop && f.last == to) hint_inside(&f);
    free(f.in_loop);
    f.e->n_values = s->entry_values.n - f.e->values;
    f.e->n_slots = s->entry_slots.n - f.e->slots;
}

// The forward scan: each instruction gets its inputs into place, then a register for its result.
// Example, where instructions have two operands (an ADD reads its second input from memory, and v3 is not used again):
//     v3 = get.i64 x1             r2 <- [x1]                 a GET alone is no step: x1 is the home of v3
//     v4 = add.i64 v3, #1         r2     r2                  the result takes the register of the input that dies
//     set x1, v4                                             no step: x1 is pending, with v4
//     v6 = load.i64[8] v5         r1     r3     {x1=r2}      if it faults, the snapshot says where x1 is
//     jump -> e0                  [x1] <- r2                 what is pending is written before the unit is left
#include "base/alloc.h"
#include "ra/scan.h"
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 64 }; // instructions of a block that are looked at for what comes

void ra_init(Ra *ra) {
    memset(ra, 0, sizeof *ra);
    ra->scratch = alloc_zeroed(1, sizeof *ra->scratch);
}

void ra_free(Ra *ra) {
    RaScratch *s = ra->scratch;
    vec_free(&s->wants);
    vec_free(&s->parts_of);
    vec_free(&s->parts);
    vec_free(&s->uses);
    vec_free(&s->live_in);
    vec_free(&s->live_in_first);
    vec_free(&s->cur);
    vec_free(&s->live_bits);
    vec_free(&s->values);
    vec_free(&s->slot_holds);
    vec_free(&s->hints);
    vec_free(&s->entries);
    vec_free(&s->entry_values);
    vec_free(&s->entry_slots);
    vec_free(&s->any_nans);
    vec_free(&s->preds);
    vec_free(&s->preds_first);
    ir_heat_free(&s->heat);
    free(s);
    vec_free(&ra->ops);
    vec_free(&ra->snaps);
    vec_free(&ra->entries);
    vec_free(&ra->fixes);
    vec_free(&ra->sums);
}

static bool is_memory(RaLoc loc) { return loc.kind == RA_SLOT || loc.kind == RA_SPILL; }

// May b of instruction i, an op that takes constants, be v?
static bool fits_as_const(const RaScratch *s, IrRef i, IrRef v) {
    const IrInsn *in = &s->u->insns.at[v];
    return in->op == IR_CONST && ra_class(s, v) == HOST_INTS && s->host->const_fits(&s->u->insns.at[i], in->imm);
}

// Where input v can be read: in memory or as a constant if the op allows and the value is not
// wanted in a register soon.
static RaLoc place_input(RaScratch *s, IrRef v, bool mem_ok, bool const_ok, uint32_t after, HostRegs exclude) {
    const RaValue *val = &s->values.at[v];
    if (val->reg == RA_NO_REG || (exclude & host_reg(val->reg))) {
        if (const_ok) return (RaLoc){RA_CONST, v};
        if (mem_ok && val->reg == RA_NO_REG && s->u->insns.at[v].op != IR_CONST && after >= RA_LIVE_OUT)
            return ra_loc(s, v);
    }
    unsigned r = ra_to_reg(s, v, exclude);
    s->pinned |= host_reg(r);
    return (RaLoc){RA_REG, (uint16_t)r};
}

static void vacate(RaScratch *s, HostRegs regs) {
    for (HostRegs m = regs & s->pool & ~s->free_regs; m; m &= m - 1) {
        unsigned r = host_reg_first(m);
        IrRef v = s->in_reg[r];
        if (s->free_regs & ra_regs(s, v) & ~regs & ~s->pinned)
            ra_to_reg(s, v, regs);
        else
            ra_evict(s, r);
    }
}

// Puts the inputs into place, marks their uses as done, and fills op->a, b, c. Registers stay pinned.
static void take_inputs(RaScratch *s, IrRef i, RaOp *op) {
    const IrInsn *in = &s->u->insns.at[i];
    const HostOp *h = ra_host_op(s, i);
    const RaUses *uses = &s->uses.at[i];
    IrRef inputs[3];
    unsigned n = ra_inputs(s, i, inputs);
    bool floats = ir_op_is(in->op, IR_COND) && ir_is_float((IrType)in->type);
    RaLoc loc[3] = {{0}};
    // b and c first: they may stay in memory, and a may then be overwritten by the result.
    for (unsigned k = n; k-- > 0;) {
        if (!inputs[k]) continue;
        bool mem_ok =
            k == 1 ? (h->flags & HOST_B_MEM) != 0
                   : k == 0 && (h->flags & HOST_A_MEM) && !floats && loc[1].kind != RA_SLOT && loc[1].kind != RA_SPILL;
        if (k == 1 && inputs[1] == inputs[0]) mem_ok = false;
        bool const_ok = k == 1 && (h->flags & HOST_B_CONST) && fits_as_const(s, i, inputs[k]);
        loc[k] = place_input(s, inputs[k], mem_ok, const_ok, uses->after[k], h->clobbers);
    }
    for (unsigned k = 0; k < n; k++) // making room for one input may have moved another one
        if (is_memory(loc[k])) loc[k] = ra_loc(s, inputs[k]);
    op->a = loc[0], op->b = loc[1], op->c = loc[2];
    if (ir_is_memory(in) && inputs[2] && n == 3)
        op->scale = ra_parts(s, in->a)->shift, op->extends = ra_parts(s, in->a)->extends;
    for (unsigned k = 0; k < n; k++)
        if (inputs[k]) s->values.at[inputs[k]].next = uses->after[k];
}

static void release_inputs(RaScratch *s, IrRef i) {
    IrRef inputs[3];
    unsigned n = ra_inputs(s, i, inputs);
    for (unsigned k = 0; k < n; k++)
        if (inputs[k]) ra_release_if_dead(s, inputs[k]);
}

static bool dies_in_reg(const RaScratch *s, IrRef v, RaLoc loc) {
    const RaValue *val = &s->values.at[v];
    return v && loc.kind == RA_REG && val->next == RA_NEVER && !val->n_pending && !val->n_parts;
}

// A tied result takes over the register of a dying input; of two, the one where a PHI wants the result.
static unsigned tied_reg(RaScratch *s, IrRef i, RaOp *op) {
    const IrInsn *in = &s->u->insns.at[i];
    uint16_t tied = ra_host_op(s, i)->flags;
    unsigned hint = s->hints.at[i];
    bool c = tied & HOST_TIED_C && dies_in_reg(s, in->c, op->c) && in->c != in->a && in->c != in->b;
    bool b = tied & HOST_TIED_B && dies_in_reg(s, in->b, op->b) && in->b != in->a && in->b != in->c;
    if (c && !(b && op->b.index == hint)) return op->c.index;
    if (b) return op->b.index;
    if (!(tied & HOST_TIED_A)) return RA_NO_REG;
    bool a = dies_in_reg(s, in->a, op->a);
    b = ir_op_is(in->op, IR_COMM) && op->a.kind == RA_REG && dies_in_reg(s, in->b, op->b);
    if (a && !(b && op->b.index == hint)) return op->a.index;
    if (!b) return RA_NO_REG;
    RaLoc t = op->a;
    op->a = op->b, op->b = t;
    return op->a.index;
}

static void hold_memory_inputs(RaScratch *s, const IrInsn *in, const RaOp *op, IrRef now) {
    if (is_memory(op->a)) s->values.at[in->a].next = now;
    if (is_memory(op->b)) s->values.at[in->b].next = now;
}

// Where they are now. Their use by instruction i is over.
static void find_memory_inputs(RaScratch *s, IrRef i, RaOp *op) {
    const IrInsn *in = &s->u->insns.at[i];
    if (is_memory(op->a)) op->a = ra_loc(s, in->a);
    if (is_memory(op->b)) op->b = ra_loc(s, in->b);
    s->values.at[in->a].next = s->uses.at[i].after[0];
    if (in->b) s->values.at[in->b].next = s->uses.at[i].after[1];
}

// Of these registers, which are free, the one that the values made next have a hint for last.
static unsigned last_hinted(const RaScratch *s, IrRef i, HostRegs free) {
    for (uint32_t n = i + 1u; n <= i + (unsigned)AHEAD && !ir_op_is(s->u->insns.at[n].op, IR_TERM); n++) {
        HostRegs hinted = s->hints.at[n] == RA_NO_REG ? 0 : host_reg(s->hints.at[n]);
        if (!(free & ~hinted)) break;
        free &= ~hinted;
    }
    return host_reg_first(free);
}

// Where a phi wants the result, else where the first input just died, else any.
static unsigned take_result_reg(RaScratch *s, IrRef i, const RaOp *op, HostRegs exclude) {
    HostRegs free = s->free_regs & ra_regs(s, i) & ~exclude & ~s->pinned;
    unsigned hint = s->hints.at[i];
    if (hint != RA_NO_REG && (free & host_reg(hint))) return hint;
    if (op->a.kind == RA_REG && (free & host_reg(op->a.index))) return op->a.index;
    if (free && s->u->blocks.n > 1 && ra_class(s, i) == HOST_FLOATS) return last_hinted(s, i, free);
    return ra_take_reg(s, i, exclude);
}

static void define(RaScratch *s, IrRef i, RaOp *op) {
    const IrInsn *in = &s->u->insns.at[i];
    const HostOp *h = ra_host_op(s, i);
    unsigned r = RA_NO_REG;
    if (h->flags & HOST_TIED) {
        r = tied_reg(s, i, op);
        if (r != RA_NO_REG) {
            s->pinned = 0;
            IrRef gone = s->in_reg[r];
            release_inputs(s, i);
            BUG_IF(s->in_reg[r] && s->in_reg[r] == gone, "allocator: v%u outlives the register it gave away", gone);
        }
    }
    if (r == RA_NO_REG) {
        // An input in memory stays alive until the register is there: an eviction may write over where it lies.
        bool in_memory = is_memory(op->a) || is_memory(op->b);
        if (in_memory)
            hold_memory_inputs(s, in, op, i);
        else if (!(h->flags & (HOST_TIED | HOST_DISTINCT)))
            s->pinned = 0, release_inputs(s, i);
        r = take_result_reg(s, i, op, h->clobbers);
        if (in_memory) find_memory_inputs(s, i, op);
        s->pinned = 0;
        s->free_regs &= ~host_reg(r); // not to be given away by the releases below
        release_inputs(s, i);
    }
    ra_assign(s, i, r);
    s->values.at[i].next = s->uses.at[i].def;
    op->dst = (uint8_t)r;
}

// Can the state be looked at here, or do slots change or get read behind the allocator's back?
static bool shows_slots(const IrInsn *in) {
    return ir_op_is(in->op, IR_FAULT | IR_TERM) || in->op == IR_GET || in->op == IR_BUDGET;
}

static bool is_input(const RaScratch *s, IrRef i, IrRef v) {
    IrRef inputs[3];
    unsigned n = ra_inputs(s, i, inputs);
    for (unsigned k = 0; k < n; k++)
        if (inputs[k] == v) return true;
    return false;
}

// What a snapshot names: registers, which keep what they hold until the instruction is done.
static bool stays_in_regs(const RaScratch *s, IrRef v) {
    if (!ra_is_sum_now(s, v)) return s->values.at[v].reg != RA_NO_REG;
    const RaParts *p = ra_parts(s, v);
    return (!p->base || s->values.at[p->base].reg != RA_NO_REG) &&
           (!p->index || s->values.at[p->index].reg != RA_NO_REG);
}

// Slots that are SET anew before an exit, call or fault looks give up their old values now, so that the result of instruction i may
// take such a register: of an accumulator, or of what a load overwrites (when it faults it has written nothing). A
// spill place stays while a snapshot names it: what makes room for the result may be written there before i runs.
// WHY AHEAD is so far: of several SETs of a slot the pass `sink` leaves the last one.
static void give_up(RaScratch *s, IrRef i, unsigned slot, bool snapshot) {
    IrRef old = s->pending[slot];
    if (snapshot && !stays_in_regs(s, old)) return;
    const RaParts *p = ra_is_sum_now(s, old) ? ra_parts(s, old) : NULL;
    ra_unpend(s, slot);
    if (!is_input(s, i, old)) ra_release_if_dead(s, old);
    if (p && p->base && !is_input(s, i, p->base)) ra_release_if_dead(s, p->base);
    if (p && p->index && !is_input(s, i, p->index)) ra_release_if_dead(s, p->index);
}

static bool is_demanded_behind(const RaScratch *s, unsigned slot) {
    return s->demanded_behind[slot / 64] >> (slot % 64) & 1;
}

// Does the block end there, and go on to others?
static bool is_end(const IrInsn *in) { return in->op == IR_JUMP || in->op == IR_BR; }

static void give_up_overwritten(RaScratch *s, IrRef i, bool snapshot) {
    if (!s->n_pending) return;
    uint32_t k = i + 1;
    for (; k <= i + (unsigned)AHEAD && !shows_slots(&s->u->insns.at[k]); k++) {
        const IrInsn *set = &s->u->insns.at[k];
        if (set->op == IR_SET && s->pending[set->imm] && s->pending[set->imm] != set->a)
            give_up(s, i, (unsigned)set->imm, snapshot);
    }
    if (!is_end(&s->u->insns.at[k])) return;
    for (unsigned n = s->n_pending; n-- > 0;)
        if (!is_demanded_behind(s, s->pending_slots[n])) give_up(s, i, s->pending_slots[n], snapshot);
}

// Is the slot SET anew behind i before anything looks?
static bool is_overwritten(const RaScratch *s, IrRef i, unsigned slot) {
    uint32_t k = i + 1;
    for (; k <= i + (unsigned)AHEAD && !shows_slots(&s->u->insns.at[k]); k++)
        if (s->u->insns.at[k].op == IR_SET && ir_slot(&s->u->insns.at[k]) == slot) return true;
    return is_end(&s->u->insns.at[k]) && !is_demanded_behind(s, slot);
}

static void do_insn(RaScratch *s, IrRef i) {
    const IrInsn *in = &s->u->insns.at[i];
    RaOp op = {.kind = RA_DO, .dst = RA_NO_REG, .ref = i, .snap = RA_NO_SNAP};
    const HostOp *h = ra_host_op(s, i);
    if (in->op == IR_CALL) ra_compute_sums(s);
    if (in->op != IR_SELECT && in->op != IR_RETIRE) ra_compute_before(s, i, is_overwritten); // those read flags
    if (h->clobbers) vacate(s, h->clobbers);
    uint64_t touched = in->op == IR_CALL ? ir_call_slots(in) : 0;
    if (touched) ra_flush_set(s, touched);
    take_inputs(s, i, &op);
    ra_settle_inputs(s, i);
    if (ir_op_is(in->op, IR_FAULT) || in->op == IR_BUDGET) op.snap = ra_snapshot(s);
    if (touched) ra_forget_homes(s, touched); // rescues come before the call
    if (ir_value_type(in) != IR_VOID) {
        give_up_overwritten(s, i, op.snap != RA_NO_SNAP);
        define(s, i, &op);
        ra_define_nan(s, i, &op);
    } else {
        s->pinned = 0;
        release_inputs(s, i);
    }
    ra_emit(s, op);
    if (ir_value_type(in) != IR_VOID) ra_release_if_dead(s, i);
}

static void do_get(RaScratch *s, IrRef i) {
    unsigned slot = (unsigned)s->u->insns.at[i].imm;
    s->values.at[i].next = s->uses.at[i].def;
    if (s->uses.at[i].def == RA_NEVER) return;
    ra_compute_slot(s, slot);
    if (s->pending[slot]) ra_flush(s, slot);
    ra_set_home(s, i, slot);
}

// Parts of a sum are used where it becomes pending, and then kept by that.
static void done_with_parts(RaScratch *s, IrRef i) {
    IrRef inputs[3];
    unsigned n = ra_inputs(s, i, inputs);
    for (unsigned k = 1; k < n; k++)
        if (inputs[k]) s->values.at[inputs[k]].next = s->uses.at[i].after[k];
    for (unsigned k = 1; k < n; k++)
        if (inputs[k]) ra_release_if_dead(s, inputs[k]);
}

static void do_set(RaScratch *s, IrRef i) {
    const IrInsn *in = &s->u->insns.at[i];
    unsigned slot = (unsigned)in->imm;
    IrRef v = in->a, old = s->pending[slot];
    uint32_t after = ra_parts(s, v) ? s->uses.at[v].def : s->uses.at[i].after[0];
    s->values.at[v].next = old == v ? after : i; // alive until it has its place
    if (old == v) {
        if (ra_parts(s, v)) done_with_parts(s, i);
        return;
    }
    if (old) {
        ra_unpend(s, slot);
        ra_release_parts(s, old);
        ra_release_if_dead(s, old);
    }
    if (in->op == IR_PUT) {
        ra_write_slot(s, slot, v);
    } else if (s->values.at[v].home != slot) {
        if (!ra_is_sum_now(s, v) && ra_loc(s, v).kind == RA_SLOT && s->values.at[v].spill == RA_NO_SPILL)
            ra_to_reg(s, v, 0);
        ra_set_pending(s, slot, v);
    }
    s->values.at[v].next = after;
    if (ra_parts(s, v)) done_with_parts(s, i);
    ra_release_if_dead(s, v);
}

static bool all_succ_are_exits(const IrBlock *b) {
    for (unsigned k = 0; k < 2; k++)
        if (b->succ[k] != IR_NO_TARGET && !(b->succ[k] & IR_TO_EXIT)) return false;
    return true;
}

static void do_terminator(RaScratch *s, uint16_t block, IrRef i) {
    const IrBlock *b = &s->u->blocks.at[block];
    RaOp op = {.kind = RA_DO, .dst = RA_NO_REG, .ref = i, .snap = RA_NO_SNAP, .likely = ra_likely(s, block)};
    bool leaves = all_succ_are_exits(b);
    ra_settle_all(s, i); // with the boxes that are sums, before each is made
    if (leaves)
        ra_compute_sums(s);
    else
        ra_compute_for_edges(s, block);
    if (leaves) ra_flush_all(s);
    take_inputs(s, i, &op);
    s->pinned = 0;
    if (leaves) {
        ra_emit(s, op);
        return;
    }
    release_inputs(s, i);
    if (b->succ[1] == IR_NO_TARGET || b->succ[1] == b->succ[0]) { // one way: the edge's code goes before the jump
        ra_leave_to(s, block, b->succ[0]);
        ra_emit(s, op);
        return;
    }
    op.snap = ra_snapshot(s);
    uint32_t at = s->ra->ops.n;
    ra_emit(s, op);
    for (unsigned k = 0; k < 2; k++) {
        if ((b->succ[k] & IR_TO_EXIT) || !ra_edge_needs_code(s, block, b->succ[k])) continue;
        s->ra->ops.at[at].edge[k] = s->ra->ops.n + 1;
        ra_emit(s, (RaOp){.kind = RA_EDGE, .dst = RA_NO_REG, .ref = (IrRef)k});
        ra_leave_to(s, block, b->succ[k]);
        ra_emit(s, (RaOp){.kind = RA_GOTO, .dst = RA_NO_REG, .ref = b->succ[k]});
    }
}

static void do_block(RaScratch *s, uint16_t block) {
    const IrUnit *u = s->u;
    const IrBlock *b = &u->blocks.at[block];
    s->any_nans.n = 0;
    if (s->demand.at) ir_demand_at_end(&s->demand, b, s->demanded_behind);
    ra_enter_block(s, block);
    ra_emit(s, (RaOp){.kind = RA_BLOCK, .dst = RA_NO_REG, .ref = block});
    for (uint32_t i = b->first; i < b->end; i++) {
        if (ra_parts(s, (IrRef)i)) continue;
        switch (u->insns.at[i].op) {
        case IR_NOP:
        case IR_PHI: break;
        case IR_INSN: ra_emit(s, (RaOp){.dst = RA_NO_REG, .ref = (IrRef)i, .snap = RA_NO_SNAP}); break;
        case IR_CONST: s->values.at[i].next = s->uses.at[i].def; break;
        case IR_GET: do_get(s, (IrRef)i); break;
        case IR_SET:
        case IR_PUT: do_set(s, (IrRef)i); break;
        default:
            if (ir_op_is(u->insns.at[i].op, IR_TERM))
                do_terminator(s, block, (IrRef)i);
            else
                do_insn(s, (IrRef)i);
        }
    }
    if (u->blocks.n > 1) ra_forget_block(s, block);
}

void ra_run(Ra *ra, const IrUnit *u, const Host *host, HostRegs pool, const HostConfig *cfg) {
    RaScratch *s = ra->scratch;
    BUG_IF(u->n_slots > RA_SLOTS_MAX, "allocator: guest has %u slots", u->n_slots);
    ra->ops.n = ra->snaps.n = ra->entries.n = ra->fixes.n = ra->sums.n = 0;
    ra->n_spills = ra->n_spill_ops = 0;
    s->ra = ra, s->u = u, s->host = host, s->pool = pool, s->cfg = cfg;
    memset(s->spill_used, 0, sizeof s->spill_used);
    vec_reserve(&s->values, u->insns.n);
    ra_clear_values(s);
    vec_reserve(&s->hints, u->insns.n);
    memset(s->hints.at, RA_NO_REG, u->insns.n);
    s->heat.known = false;
    if (u->blocks.n > 1) ra_find_preds(s), ra_find_heat(s);
    ra_find_sums(s);
    ra_next_use(s);
    s->entries.n = s->entry_values.n = s->entry_slots.n = 0;
    vec_reserve(&s->entries, u->blocks.n);
    memset(s->entries.at, 0, u->blocks.n * sizeof *s->entries.at);
    s->demand.at = NULL;
    memset(s->demanded_behind, 0xff, sizeof s->demanded_behind);
    bool edges = u->blocks.n > 1 || !all_succ_are_exits(&u->blocks.at[0]);
    if (u->blocks.n > 1) ra_reach(s);
    if (edges) ir_demand_make(&s->demand, u);
    s->entries.at[0].known = true; // entered from outside: everything is in memory
    for (uint16_t b = 0; b != IR_NO_TARGET; b = ra_next_block(s, b)) {
        s->entries.at[b].done = true;
        do_block(s, b);
    }
    if (edges) ir_demand_free(&s->demand);
}

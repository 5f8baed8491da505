// Inside of the allocator: the state of the forward scan. Private to ra/.
#pragma once
#include "ir/demand.h"
#include "ir/heat.h"
#include "ra/ra.h"

#define RA_NEVER 0xffffffffu // no next use
#define RA_LIVE_OUT                                                                                                    \
    0x40000000u             // and more: next use is in another block, so many instructions behind the end of this one
#define RA_FAR  0x00100000u // instructions: the farthest next use
#define RA_COLD 0x00001000u // the same: what a cold way adds

enum { RA_NO_SLOT = 0xffff, RA_NO_SPILL = 0xffff, RA_SLOTS_MAX = 128 };

typedef struct RaValue {
    uint8_t reg;       // RA_NO_REG: none
    uint8_t n_pending; // slots whose pending value it is
    uint8_t n_parts;   // pending sums that it is part of, once for each slot
    bool any_nan;      // see nan.c
    uint16_t home;     // slot whose memory holds it, or RA_NO_SLOT
    uint16_t spill;    // or RA_NO_SPILL
    IrRef home_next;   // next value with the same home
    uint32_t next;     // position of the next use, RA_LIVE_OUT or RA_NEVER
} RaValue;

typedef struct RaParts { // of a sum: see RaSum
    IrRef base, index;
    uint8_t extends, shift;
    int32_t imm;
} RaParts;

typedef struct RaUses {
    uint32_t after[3]; // next use of input a, b, c after this instruction
    uint32_t def;      // first use of the result
} RaUses;

typedef struct RaEntryValue {
    IrRef value;
    RaLoc loc;     // where it must be on entry (REG or SPILL), RA_NONE: in its home only
    uint16_t home; // slot that holds it too, or RA_NO_SLOT
    bool any_nan;  // as that of RaValue: where no other way leads, and a PHI_CANONICAL in a register
} RaEntryValue;
typedef struct RaEntrySlot {
    uint16_t slot;
    IrRef value;
} RaEntrySlot;
typedef struct RaEntry {
    bool known, done;
    uint32_t values, n_values; // into scratch->entry_values
    uint32_t slots, n_slots;   // into scratch->entry_slots: pending on entry
} RaEntry;
typedef struct RaLiveIn {
    IrRef value;
    uint32_t next;
} RaLiveIn;

typedef struct RaScratch {
    // the unit
    Ra *ra;
    const IrUnit *u;
    const Host *host;
    HostRegs pool;
    const HostConfig *cfg;
    // sum.c
    bool sums_on;
    VEC(uint8_t) wants;     // per value
    VEC(uint32_t) parts_of; // per value: into parts, or 0
    VEC(RaParts) parts;
    // next_use.c
    VEC(RaUses) uses;            // per instruction
    VEC(RaLiveIn) live_in;       // all blocks, one after the other
    VEC(uint32_t) live_in_first; // per block, and one more
    VEC(uint32_t) cur;
    VEC(uint64_t) live_bits;
    // the state
    VEC(RaValue) values; // per instruction
    IrRef in_reg[HOST_REGS_MAX];
    HostRegs free_regs, pinned;
    IrRef pending[RA_SLOTS_MAX];
    uint16_t pending_slots[RA_SLOTS_MAX]; // which slots are pending, unordered
    uint16_t n_pending;
    IrRef home_head[RA_SLOTS_MAX];
    uint64_t spill_used[RA_SPILLS_MAX / 64];
    // edge.c
    VEC(uint32_t) slot_holds;                  // reach.c: [block][slot]
    IrDemand demand;                           // units of several blocks
    uint64_t demanded_behind[IR_DEMAND_WORDS]; // slots, where the block goes on
    VEC(uint8_t) hints;                        // per value: register that a phi wants it in, or RA_NO_REG
    VEC(RaEntry) entries;
    VEC(RaEntryValue) entry_values;
    VEC(RaEntrySlot) entry_slots;
    VEC(IrRef) any_nans; // of this block, in order; some are settled
    VEC(IrRef) preds;    // predecessors of all blocks
    VEC(uint32_t) preds_first;
    // heat.c
    IrHeat heat;
} RaScratch;

static inline bool ra_is_const(const RaScratch *s, IrRef v) { return s->u->insns.at[v].op == IR_CONST; }
static inline HostClass ra_class(const RaScratch *s, IrRef v) {
    return ir_is_float(ir_value_type(&s->u->insns.at[v])) ? HOST_FLOATS : HOST_INTS;
}
// The registers that may hold v.
static inline HostRegs ra_regs(const RaScratch *s, IrRef v) { return s->host->regs[ra_class(s, v)]; }
static inline const HostOp *ra_host_op(const RaScratch *s, IrRef i) { return &s->host->ops[s->u->insns.at[i].op]; }
// May instruction i read its input k where it lies in memory?
static inline bool ra_may_read_memory(const RaScratch *s, IrRef i, unsigned k) {
    const IrInsn *in = &s->u->insns.at[i];
    if (k == 1) return ra_host_op(s, i)->flags & HOST_B_MEM && in->a != in->b;
    return k == 0 && ra_host_op(s, i)->flags & HOST_A_MEM &&
           !(ir_op_is(in->op, IR_COND) && ir_is_float((IrType)in->type));
}

// Is the register free that a PHI wants v in?
static inline bool ra_is_hint_free(const RaScratch *s, IrRef v) {
    return s->hints.at[v] != RA_NO_REG && s->free_regs & ~s->pinned & host_reg(s->hints.at[v]);
}

// sum.c
void ra_find_sums(RaScratch *s);
static inline const RaParts *ra_parts(const RaScratch *s, IrRef v) { // NULL: no sum
    return s->sums_on && s->parts_of.at[v] ? &s->parts.at[s->parts_of.at[v]] : NULL;
}
unsigned ra_inputs_of_sums(const RaScratch *s, IrRef i, IrRef inputs[3]);
static inline unsigned ra_inputs(const RaScratch *s, IrRef i, IrRef inputs[3]) { // as ir_inputs(), but for sums
    return s->sums_on ? ra_inputs_of_sums(s, i, inputs) : ir_inputs(&s->u->insns.at[i], inputs);
}
bool ra_is_sum_now(const RaScratch *s, IrRef v);   // it has not been computed
RaLoc ra_sum_loc(RaScratch *s, IrRef v);           // of a value that has not
void ra_hold_parts(RaScratch *s, IrRef v);         // v has become pending in one more slot,
void ra_let_go_parts(RaScratch *s, IrRef v);       // in one less: v itself may be no sum
void ra_release_parts(RaScratch *s, IrRef v);      // those that are dead
void ra_compute_sums(RaScratch *s);                // all that are pending
void ra_compute_slot(RaScratch *s, unsigned slot); // what is pending there
void ra_compute_before(RaScratch *s, IrRef i, bool (*overwritten)(const RaScratch *s, IrRef i, unsigned slot));

// next_use.c
void ra_find_preds(RaScratch *s); // of a unit of several blocks
void ra_next_use(RaScratch *s);
unsigned ra_pred_index(const RaScratch *s, uint16_t from, uint16_t to); // which of `to`'s predecessors is `from`
void ra_live_out(RaScratch *s, uint16_t block, uint64_t *live);         // bits of the values that live on after it
// Live-in of b in the sense of ra_next_use(); true if v lives into block b.
bool ra_lives_into(const RaScratch *s, uint16_t block, IrRef v);

// heat.c
void ra_find_heat(RaScratch *s); // of a unit of several blocks
uint8_t ra_likely(const RaScratch *s,
                  uint16_t block); // the way out that is taken more often; 2: neither, or it is not known
bool ra_is_rare(const RaScratch *s, uint16_t b, uint16_t head); // is b entered in few of the rounds of that loop?
bool ra_is_cold_edge(const RaScratch *s, uint16_t from, unsigned k);
uint16_t ra_next_block(const RaScratch *s,
                       uint16_t last); // the one to allocate behind `last`, or IR_NO_TARGET: all are done

// reach.c
void ra_reach(RaScratch *s);
// Do several ways lead there, to block 0 one from outside, or does a PHI stand there?
bool ra_joins(const RaScratch *s, uint16_t block);
IrRef ra_slot_holds(const RaScratch *s, uint16_t block, unsigned slot); // where the block begins; 0: not one value

// state.c
void ra_state_clear(RaScratch *s);
// WHY here: the compiler writes the op where it stays. A copy of what was just written in smaller parts waits for them.
static inline RaOp *ra_emit(RaScratch *s, RaOp op) {
    vec_push(&s->ra->ops, op);
    return &s->ra->ops.at[s->ra->ops.n - 1];
}
RaLoc ra_loc(const RaScratch *s, IrRef v); // best place to read v from: register, spill, slot, constant
unsigned ra_take_reg(RaScratch *s, IrRef v, HostRegs exclude); // one of the class of v
void ra_assign(RaScratch *s, IrRef v, unsigned reg);
uint16_t ra_take_spill(RaScratch *s); // a free spill place; it is in use from here on
void ra_drop_reg(RaScratch *s, IrRef v);
void ra_evict(RaScratch *s, unsigned reg);
unsigned ra_to_reg(RaScratch *s, IrRef v, HostRegs exclude);
void ra_set_home(RaScratch *s, IrRef v, unsigned slot);
void ra_release_if_dead(RaScratch *s, IrRef v);
void ra_set_pending(RaScratch *s, unsigned slot, IrRef v);
void ra_unpend(RaScratch *s, unsigned slot);
void ra_write_slot(RaScratch *s, unsigned slot,
                   IrRef v);                // memory of the slot becomes v, others that lived there are rescued
void ra_flush(RaScratch *s, unsigned slot); // the pending value is written
void ra_flush_all(RaScratch *s);
// A set of slots, as ir_call_slots() gives it.
static inline bool ra_in_set(uint64_t set, unsigned slot) {
    return set == IR_SLOTS_ALL || (slot < 64 && (set >> slot & 1));
}
void ra_flush_set(RaScratch *s, uint64_t set);
uint32_t ra_snapshot(RaScratch *s);
void ra_forget_homes(RaScratch *s, uint64_t set); // a call may have written these slots

// nan.c
void ra_settle(RaScratch *s, IrRef v);        // a NaN in v is the canonical one from here on
void ra_settle_inputs(RaScratch *s, IrRef i); // of an instruction that would see the difference
// `partner`: which value the test may look at, too, or 0; it is asked again when that one has been settled.
typedef struct RaPlace { // before an instruction, or between two blocks
    IrRef at;
    uint16_t from, to;
} RaPlace;
typedef IrRef RaPartner(const RaScratch *s, RaPlace at, IrRef v);
void ra_settle_with(RaScratch *s, IrRef v, RaPartner *partner, RaPlace at);
bool ra_can_go_along(const RaScratch *s, IrRef w, IrRef v); // can one test look at both?
void ra_define_nan(RaScratch *s, IrRef i, RaOp *op);        // op, not yet emitted, makes i
void ra_enter_nan(RaScratch *s, IrRef v);                   // a block is entered, and v is not settled

// pass.c
IrRef ra_passed(const RaScratch *s, uint16_t from, uint16_t to, IrRef v); // for v there: v, or what a PHI is passed
bool ra_wants_sum(const RaScratch *s, uint16_t from, uint16_t to, unsigned slot); // what is pending there, computed
bool ra_may_be_any_nan(const RaScratch *s, IrRef phi);                            // in a register
void ra_settle_all(RaScratch *s, IrRef terminator); // what blocks want settled that the block goes on to
bool ra_edge_sees_nans(const RaScratch *s, uint16_t from, uint16_t to); // will that one do anything?
uint32_t ra_settle_for_edge(RaScratch *s, uint16_t from,
                            uint16_t to);   // what is left; how many may be any NaN otherwise
void ra_unsettle(RaScratch *s, uint32_t n); // on the other edge they are what they were

// entry.c
void ra_fix_entry(RaScratch *s, uint16_t from, uint16_t to);

// edge.c
void ra_clear_values(RaScratch *s);
void ra_enter_block(RaScratch *s, uint16_t block);
void ra_compute_for_edges(RaScratch *s, uint16_t block);    // the sums that all blocks want to which it goes on
void ra_forget_block(RaScratch *s, uint16_t block);         // its values are clear again
void ra_leave_to(RaScratch *s, uint16_t from, uint16_t to); // emits what makes the state fit block `to`
bool ra_edge_needs_code(RaScratch *s, uint16_t from, uint16_t to);

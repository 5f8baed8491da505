// Emitting a unit: what the driver, which is the same for all hosts, and the emitters of a host share. Private to host/.
//
// The driver (driver.c, edges.c, detour.c) walks over the allocated unit: blocks, edges, stubs, detours, sites, counts.
// The host emits instructions when it is asked to: the functions gen_*().
//
// INVARIANT: emit_path() is the number of instructions that are executed from the start of the block to here, on the
// straight path and on every detour from it. All counts of HostCode are made of it: a host counts nothing.
#pragma once
#include "host/code.h"
#include "host/host.h"
#include "ra/ra.h"

// A jump whose goal comes later. `at`: what gen_aim() wants to know of it; `path`: emit_path() where it leads.
typedef struct Jump {
    uint32_t at, path;
} Jump;

// What an op does out of line: Cold.rare. A host has more of them, from RARE_OWN on.
typedef enum RareKind {
    RARE_TABLE,   // outside of the span: probe the table, back to the straight path
    RARE_REFUSED, // a check failed, of a BOUND or where nothing lies next to the span: leave
    RARE_MEM,     // slow load or store, back to the straight path
    RARE_EVAL,    // an op goes through a call, back to the straight path
    RARE_OWN
} RareKind;

// What is not on the straight path: emitted behind it, in the order in which it was queued.
typedef enum ColdKind {
    COLD_BUDGET,  // out of budget: write the snapshot, leave
    COLD_STUB,    // unpatched edge: leave with its token
    COLD_COUNTED, // count the edge, then its patchable jump
    COLD_SNAP,    // write the snapshot, then the edge's patchable jump
    COLD_EDGE,    // the allocator's code for an edge, from `op` to its RA_GOTO
    COLD_PROBE,   // a return that the return stack did not know
    COLD_NO_JUMP, // indirect jump that missed: leave with the token
    COLD_DETOUR,  // what an op does rarely; counted by a counter of its own
    COLD_CALL,    // a call out, counted by its site
} ColdKind;

typedef struct Cold {
    uint8_t kind; // ColdKind
    uint8_t rare; // DETOUR, CALL: RareKind
    uint8_t reg;
    bool returns; // to the straight path, at `back`
    uint16_t block, index;
    gpc pc;
    Jump from; // that comes here; slots are patched later
    Jump back; // `at`: offset of where the straight path goes on
    uint32_t op, edge;
} Cold;

enum { EMIT_NO_BLOCK = 0xffff };
typedef struct EmitPlace { // of a block, see layout.c
    uint32_t at;           // offset of its code
    uint32_t first_op;     // RA_BLOCK
    uint16_t position;     // in Emit.order
    uint16_t before;       // the block whose code of the edge to this one stands before it, or EMIT_NO_BLOCK
    uint8_t before_side;   // which of that block's edges it is
    uint32_t before_at, before_insns, before_mark; // offset of that code; its instructions; its mark
} EmitPlace;

typedef struct Emit {
    Code e;
    const HostConfig *cfg;
    const HostUnit *unit;
    const HostEntry *entry;
    const IrUnit *u;
    const Ra *ra;
    HostCode *out;
    HostEdges edges;
    uint16_t block, index; // being emitted
    uint16_t next_block;   // what its code falls through to, or IR_NO_TARGET
    gpc pc;
    uint32_t path_base;        // e.n_insns - emit_path()
    bool floats;               // the unit has values of type F32 or F64
    const HostRoutine *called; // by the last call of a routine
    VEC(Cold) cold;
    VEC(EmitPlace) places; // of each block
    VEC(uint16_t) order;   // blocks
    VEC(struct {
        uint32_t at;
        uint16_t block;
        bool before; // to the edge's code that stands before it
    })
    gotos; // to be aimed once the places are known
} Emit;

static inline uint32_t emit_path(const Emit *m) { return m->e.n_insns - m->path_base; }
static inline bool emit_has(const Emit *m, HostIsa isa) { return (m->cfg->isa & isa) == isa; }
static inline IrType emit_type(const Emit *m, IrRef v) { return ir_value_type(&m->u->insns.at[v]); }
static inline uint32_t emit_op_index(const Emit *m, const RaOp *op) { return (uint32_t)(op - m->ra->ops.at); }

// ---- driver.c
// Host.emit of a host whose own state begins with the Emit that it passes, all zero.
size_t emit_unit(Emit *m, HostCode *out, const HostUnit *unit, const HostEntry *entry, const HostConfig *cfg,
                 uint8_t *rw, size_t room, ptrdiff_t to_exec);
void emit_snapshot(Emit *m, uint32_t snap);
bool emit_phis_keep_types(const IrUnit *u); // false: a PHI of type I32 may take an I64
void emit_step(Emit *m, const RaOp *op);    // MOVE, WRITE, SWAP, CANON
// From here on the unit is, or is no longer, about to call: the guest's return address is where gen_push_return() puts it.
void emit_unwind(Emit *m, bool calling);
// An address of this process lies in the last 8 bytes of code.
void emit_note_address(Emit *m);
// The distance from here to a place of the entry code lies in the last 4 bytes.
void emit_note_to_entry(Emit *m);

int32_t emit_disp(const Emit *m, RaLoc loc); // of a slot or a spill, from the frame register

// ---- access.c
void emit_access(Emit *m, const RaOp *op, const IrInsn *in);
void emit_bound(Emit *m, const RaOp *op, const IrInsn *in);
void emit_probe(Emit *m, const RaOp *op, const IrInsn *in);
void emit_atomic(Emit *m, const RaOp *op, const IrInsn *in);
void emit_call(Emit *m, const RaOp *op); // of a helper, or of ir_eval
void emit_access_cold(Emit *m, const Cold *c);
void emit_guard(Emit *m, const RaOp *op); // behind an access that may raise a signal
const HostSpan *emit_span(const Emit *m, bool store);
unsigned emit_aligned_log2(const IrInsn *in); // of a LOAD or STORE that must be aligned, else 0
unsigned emit_reached(const IrInsn *in);      // how many bytes a LOAD, a STORE or a PROBE is about

// ---- layout.c
void emit_order(Emit *m);
const RaOp *emit_terminator_of(const Emit *m, unsigned b);
bool emit_stands_before(const Emit *m, unsigned b, unsigned k); // does the code of that edge stand before its goal?
bool emit_goes_back(const Emit *m, IrTarget t); // to a block of the unit that is emitted before this one, or is it

// ---- edges.c
void emit_edge_ahead(Emit *m, uint16_t block); // the edge's code that stands before the block
void emit_budget(Emit *m, uint32_t op_index);
void emit_terminator(Emit *m, uint32_t op_index);
void emit_edge_cold(Emit *m, const Cold *c);

// ---- detour.c
// Instructions between these two are not executed on behalf of the guest: they count.
typedef struct Pause {
    uint32_t at, n_insns;
} Pause;
Pause emit_pause(const Emit *m);
void emit_resume(Emit *m, Pause p);
void emit_count(Emit *m, uint32_t counter); // if the configuration asks for it; by number, see HostUnit.counters
// Queues what the host does out of line when `from` is taken. emit_back() says where the straight path goes on.
uint32_t emit_detour(Emit *m, unsigned rare, const RaOp *op, Jump from);
uint32_t emit_cold_call(Emit *m, unsigned rare, const RaOp *op, Jump from); // it has one site, and no other detour
void emit_back(Emit *m, uint32_t cold);
void emit_back_as(Emit *m, uint32_t cold, const Cold *c); // where c goes on: what is queued while c is emitted
void emit_rare(Emit *m, const Cold *c);                   // DETOUR or CALL, by gen_cold()
void emit_site(Emit *m, const RaOp *op); // right behind a call of m->called, or an access that may raise a signal

// ---- the host's. A condition is the host's own, but for its negation.
typedef struct Cond {
    uint8_t op, a, b;
} Cond;
// A block begins, or an op other than SELECT and RETIRE: nothing is known of what the flags are about.
void gen_forget(Emit *m);
void gen_end(Emit *m);                                    // the unit ends: what lies behind its code
void gen_pure(Emit *m, const RaOp *op, const IrInsn *in); // native ops without side effects
void gen_retire(Emit *m, const RaOp *op, const IrInsn *in);
void gen_evaluated(Emit *m, const RaOp *op); // behind the call that does an op which is not native
void gen_cold(Emit *m, const Cold *c);       // RARE_OWN and behind it
// Accesses to guest memory, for access.c. A place in the host's memory is the host's own, between two of these.
typedef struct Place {
    uint8_t base, index, scale;
    bool index_wide;
    int64_t disp;
} Place;
bool gen_span_fits(const Emit *m, const HostSpan *span, const IrInsn *in); // may gen_check_span() be used?
bool gen_bounds_fit(const Emit *m, const HostSpan *span,
                    const IrInsn *in); // the same for all constants that a BOUND can have
// These jump unless the access is in the span, or in the table, and say where it is then.
Jump gen_check_span(Emit *m, const RaOp *op, const IrInsn *in, Place *at);
Jump gen_probe_table(Emit *m, const HostProbe *p, const RaOp *op, const IrInsn *in, Place *at);
Jump gen_check_bound(Emit *m, const RaOp *op, const IrInsn *in);
Jump gen_check_half(Emit *m, unsigned reg);                      // unless it is its low half, sign-extended
Place gen_bare_place(Emit *m, const RaOp *op, const IrInsn *in); // of an access that is known to be in the span
Place gen_found_place(const RaOp *op, const IrInsn *in);         // of one that is FOUND
void gen_found(Emit *m, const RaOp *op, Place at);               // of a PROBE: its result is where that place lies
void gen_access(Emit *m, const RaOp *op, const IrInsn *in, Place at);
// `as_store` is the store that an ATOMIC has in it: aligned. In gen_atomic() emit_guard() stands behind each access.
Jump gen_atomic_place(Emit *m, const RaOp *op, const IrInsn *as_store, Place *at);
void gen_atomic(Emit *m, const RaOp *op, const IrInsn *in, Place at);
void gen_fence(Emit *m);
// Calls out: into a routine of HostEntry, and what it is given and returns.
void gen_call_routine(Emit *m, const uint8_t *routine);
void gen_miss_args(Emit *m, const RaOp *op, const IrInsn *in); // the address, and the value of a STORE
void gen_loaded(Emit *m, const RaOp *op, const IrInsn *in);    // the result of a LOAD
void gen_arg(Emit *m, unsigned k, IrRef value, RaLoc at);      // into the frame; an I32 zero-extended
void gen_helper(Emit *m, const void *helper);                  // NULL: none
void gen_result(Emit *m, const RaOp *op);
// Locations. WRITE and fix are used where a snapshot is written: they keep all registers that are allocated.
void gen_move(Emit *m, unsigned dst, RaLoc from);
void gen_write(Emit *m, RaLoc to, RaLoc from);
void gen_swap(Emit *m, unsigned a, unsigned b);
void gen_canon(Emit *m, const RaOp *op);
void gen_fix(Emit *m, RaLoc loc, IrType t); // any NaN there becomes the canonical one
// Jumps. Those that gen_jump(), gen_jump_if() and gen_call() return can be aimed at any place of the unit, and patched.
// The others are only aimed.
Jump gen_jump(Emit *m);
Jump gen_jump_if(Emit *m, Cond c);
Jump gen_goto(Emit *m);
Jump gen_goto_if(Emit *m, Cond c);
Jump gen_call(Emit *m); // pushes the address behind it, for gen_return()
void gen_aim(Emit *m, uint32_t at, uint32_t offset);
Cond gen_condition(Emit *m, const RaOp *op, const IrInsn *in); // of a BR
Cond gen_not(Cond c);
// The budget.
Jump gen_charge(Emit *m, uint32_t n); // takes n, and jumps if there was less
void gen_take(Emit *m, uint32_t n);
// Leaving.
void gen_leave(Emit *m, const void *token);
void gen_leave_to(Emit *m, unsigned pc, const void *token); // pc: the register with the guest's pc
// A patchable exit that is its own stub: HostSlot.patch and stub. false, and no code, if the host has no such.
bool gen_exit(Emit *m, const void *token, uint32_t *patch, uint32_t *stub);
// Indirect jumps. `pc` is a register.
void gen_zero_extend(Emit *m, unsigned pc);
// The return stack, if Host.return_stack.
void gen_push_return(Emit *m, gpc return_pc);
void gen_drop_return(Emit *m);               // of a call that has returned
Jump gen_check_return(Emit *m, unsigned pc); // jumps unless pc is what the last gen_push_return() pushed
void gen_return(Emit *m);
Jump gen_probe(Emit *m, unsigned pc); // into HostConfig.jump; jumps when it misses
void gen_jump_probed(Emit *m);        // to what it found
void gen_call_probed(Emit *m);
void gen_count(Emit *m, const uint64_t *counter); // one more; keeps the flags that a Cond is about, and all registers
HostUnwind gen_unwind(bool calling);

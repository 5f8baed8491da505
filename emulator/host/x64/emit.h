// Inside of the x86-64 back end: what the emitters share. Private to host/x64/.
//
// Registers: RBP frame, R15 budget, RSP the stack of generated code (guest return addresses), RAX and RCX scratch of
// the emitters, all others are allocated.
#pragma once
#include "host/host.h"
#include "host/x64/enc.h"
#include "ra/ra.h"

enum { FRAME = RBP, BUDGET = R15, TMP = RAX, TMP2 = RCX };

// Registers as the allocator counts them: 0 to 15 are those of integers, from here on XMM0 to XMM15.
enum { XMM0 = 16, X64_REGS = 32 };

typedef enum ColdKind {
    COLD_TABLE,     // outside of the span: probe the table, back to the straight path
    COLD_BOUND,     // a BOUND failed: leave
    COLD_MEM,       // slow load or store, back to the straight path
    COLD_ATOMIC,    // an ATOMIC that the probe did not find, back to the straight path
    COLD_BUDGET,    // out of budget: write the snapshot, leave
    COLD_STUB,      // unpatched edge: leave with its token
    COLD_COUNTED,   // count the edge, then its patchable jump
    COLD_SNAP,      // write the snapshot, then the edge's patchable jump
    COLD_EDGE,      // the allocator's code for an edge, from `op` to its RA_GOTO
    COLD_PROBE,     // a return that the return stack did not know
    COLD_NO_JUMP,   // indirect jump that missed: leave with the token
    COLD_DIV_ZERO,  // division by zero
    COLD_DIV_MINUS, // division by -1
    COLD_NAN,       // the result is a NaN: the canonical one
    COLD_CANON,     // RA_CANON of a NaN
    COLD_EQUAL,     // FMIN, FMAX of equal operands
    COLD_NUMBER,    // FMIN, FMAX with a NaN
    COLD_TO_INT,    // FTOI out of range
    COLD_UNSIGNED,  // ITOF of an integer that is too large to be a signed one
    COLD_FLAGS,     // FFLAGS when there are some
    COLD_EXACT,     // the op goes through ir_eval
    COLD_QUIET,     // a quiet comparison with a NaN
} ColdKind;

typedef struct Cold {
    uint8_t kind; // ColdKind
    uint8_t reg;
    uint16_t block, index;
    gpc pc;
    uint32_t at;   // displacement to patch to here; slots patch it later
    uint32_t back; // where the straight path goes on
    uint32_t op;   // RaOp
    uint32_t edge;
    uint32_t insns;   // straight-path instructions from the start of the block to the jump here, inclusive
    uint32_t skipped; // straight-path instructions that are not executed when the detour is taken
} Cold;

typedef struct Emit {
    Enc e;
    const HostConfig *cfg;
    const HostUnit *unit;
    const HostEntry *entry;
    const IrUnit *u;
    const Ra *ra;
    HostCode *out;
    HostEdges edges;
    uint16_t block, index; // being emitted
    uint16_t next_block;   // the one that is emitted after it
    gpc pc;
    uint32_t block_insns; // e.n_insns where the block began
    IrRef flags_of;       // the CMP that the flags still are of, or 0: for a SELECT, RETIRE or BR behind it
    Cc flags_cc;
    bool floats;               // the unit has values of type F32 or F64
    const HostRoutine *called; // by the last call of a routine
    bool i32_is_extended; // INVARIANT: every emitter of an I32 zero-extends it; false when a PHI may take the half of
                          // an I64
    VEC(Cold) cold;
    VEC(uint32_t) block_at; // offset of each block
    VEC(struct {
        uint32_t at;
        uint16_t block;
    })
    gotos; // to be aimed once block_at is known
} Emit;

static inline uint32_t emit_path(const Emit *m) { return m->e.n_insns - m->block_insns; }
bool emit_has(const Emit *m, HostIsa isa); // X64_*
// An address of this process: always in 8 bytes, which are noted in HostCode.addresses.
void emit_address(Emit *m, unsigned dst, const void *address);

// operand.c
Mem emit_slot(const Emit *m, unsigned slot);
Mem emit_loc_mem(const Emit *m, RaLoc loc);          // SLOT or SPILL
void emit_to_reg(Emit *m, unsigned dst, RaLoc from); // any location
void emit_write(Emit *m, RaLoc to, RaLoc from);      // to SLOT or SPILL; may use TMP
void emit_snapshot(Emit *m, uint32_t snap);
uint64_t emit_const(const Emit *m, RaLoc loc);

// alu.c: ops without side effects
void emit_pure(Emit *m, const RaOp *op, const IrInsn *in);
Cc emit_compare(Emit *m, const RaOp *op, const IrInsn *in); // sets the flags
Cc emit_condition(Emit *m, IrRef value, RaLoc at);          // the flags say that `value`, a CMP or not, is not 0
void emit_div_cold(Emit *m, const Cold *c);

// float.c: registers are those of the allocator, 16 to 31; dbl: F64, else F32
void emit_float(Emit *m, const RaOp *op, const IrInsn *in);
Cc emit_float_compare(Emit *m, const RaOp *op, const IrInsn *in); // as emit_compare()
void emit_float_select(Emit *m, const RaOp *op, const IrInsn *in);
void emit_float_cold(Emit *m, const Cold *c);
void emit_canon(Emit *m, const RaOp *op);
void emit_float_check(Emit *m, const RaOp *op);    // after an FMA that ir_eval has done
void emit_float_fix(Emit *m, RaLoc loc, IrType t); // any NaN there becomes the canonical one; no branches
void emit_float_to_reg(Emit *m, unsigned dst, RaLoc from, bool dbl);
void emit_float_bits(Emit *m, unsigned reg, unsigned src, bool dbl); // to an integer register, F32 zero-extended
void emit_float_from_bits(Emit *m, unsigned dst, unsigned reg, bool dbl);
void emit_float_load(Emit *m, unsigned dst, Mem at, bool dbl);
void emit_float_store(Emit *m, Mem at, unsigned src, bool dbl);
void emit_float_swap(Emit *m, unsigned a, unsigned b);
static inline bool emit_is_float_reg(unsigned reg) { return reg >= XMM0 && reg < X64_REGS; }

// memory.c: guest loads and stores, calls
void emit_access(Emit *m, uint32_t op_index);
void emit_table_cold(Emit *m, const Cold *c);
void emit_bound(Emit *m, uint32_t op_index);
void emit_bound_cold(Emit *m, const Cold *c);
void emit_mem_cold(Emit *m, const Cold *c);
void emit_call(Emit *m, uint32_t op_index);
// The operand that reaches what `in`, an access that must be aligned, touches; returns the jump that is taken when it is not
// found, and in *insns the straight-path instructions up to and with that jump. May use TMP, TMP2 and, in *where, TMP.
uint32_t emit_place(Emit *m, const RaOp *op, const IrInsn *in, Mem *where, uint32_t *insns);
void emit_guard(Emit *m, const RaOp *op); // behind an access that may raise a signal

// atomic.c
void emit_atomic(Emit *m, uint32_t op_index);
void emit_fence(Emit *m);
void emit_eval_cold(Emit *m, const Cold *c);
void emit_eval(Emit *m, uint32_t op_index); // an op without an emitter: ir_eval decides

// From here on the unit has pushed so many words above the return address that it was entered with: none, or the guest
// return address of a call that it is making.
void emit_unwind(Emit *m, unsigned pushed);

// branch.c: edges, exits, stubs
void emit_budget(Emit *m, uint32_t op_index);
void emit_retire(Emit *m, const RaOp *op, const IrInsn *in);
void emit_terminator(Emit *m, uint32_t op_index);
void emit_branch_cold(Emit *m, const Cold *c);
void emit_goto(Emit *m, unsigned block);
void emit_edge_op(Emit *m, const RaOp *op); // MOVE, WRITE, SWAP
void emit_site(Emit *m, const RaOp *op, uint16_t block, uint16_t index, gpc pc, uint32_t insns_before, int32_t extra);

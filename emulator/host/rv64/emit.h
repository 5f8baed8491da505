// Inside of the RISC-V back end: what the emitters share. Private to host/rv64/.
//
// Registers are numbered as the machine has them, f0 to f31 as 32 to 63. x0, sp, gp and tp stay what they are: generated
// code runs on the C stack, and puts nothing there.
#pragma once
#include "host/emit.h"
#include "host/rv64/enc.h"

enum {
    ZERO = 0,
    LINK = 1,   // return address of a call out, and scratch between calls
    TOKEN = 10, // a0: what leave returns
    TMP = 5,
    TMP2 = 6,
    TMP3 = 7, // scratch of the emitters
    FRAME = 8,
    BUDGET = 9,
    MEM = 18, // these hold RvBase, see there
    LOAD_LO = 19,
    LOAD_LEN = 20,
    STORE_LO = 21,
    STORE_LEN = 22,
    JUMPS = 23,
    F0 = 32,
    FTMP = F0 + 31,
};

// What enter() puts into registers: a unit that was made for other values computes its own.
//   MEM        host address - guest address of the span
//   LOAD_LO    an access by a base register in [lo + RV_MARGIN, lo + len - RV_MARGIN - 8) and a constant of at most
//   LOAD_LEN   RV_MARGIN lies in the span: base - LOAD_LO < LOAD_LEN, unsigned. The same for stores.
//   JUMPS      address of the table of indirect jumps
enum { RV_MARGIN = 256 };
typedef struct RvBase {
    int64_t mem, load_lo, load_len, store_lo, store_len;
    int32_t jumps;
} RvBase;
RvBase rv_base(const HostConfig *cfg);

// What is done out of line: Cold.rare.
typedef enum Rare {
    RARE_TABLE, // outside of the span: probe the table, back to the straight path
    RARE_BOUND, // a BOUND failed: leave
    RARE_MEM,   // slow load or store, back to the straight path
    RARE_EVAL,  // an op goes through a call, back to the straight path
} Rare;

typedef struct Literal { // 8 bytes behind the code, which auipc and ld at `at` read
    uint32_t at;
    uint64_t value;
    bool is_address;
} Literal;

typedef struct RvEmit {
    Emit m;               // first
    RvBase base;          // what enter() has loaded
    bool near;            // all of code memory is in the reach of one jump
    bool far_branches;    // conditional jumps jump over an unconditional one
    bool out_of_reach;    // so they must: a conditional jump leads further than 4 KiB
    bool phis_keep_types; // false: a PHI of type I32 may take an I64
    VEC(Literal) literals;
} RvEmit;
static inline RvEmit *rv_of(Emit *m) { return (RvEmit *)m; }
static inline const RvEmit *rv_of_const(const Emit *m) { return (const RvEmit *)m; }

static inline bool emit_is_float_reg(unsigned reg) { return reg >= F0 && reg < F0 + 32; }
static inline IrType emit_type(const Emit *m, IrRef v) { return ir_value_type(&m->u->insns.at[v]); }

// INVARIANT: a register that holds an I32 holds it sign-extended, one that holds an F32 holds it boxed.
// Whether that can be relied on for the low half of v: an I64 may be given for an I32.
bool emit_is_extended(const Emit *m, IrRef v);
// The register that has the low half of v, which is in `reg`, sign-extended: `reg`, or tmp.
unsigned emit_low(Emit *m, IrRef v, unsigned reg, unsigned tmp);
void emit_zext32(Emit *m, unsigned dst, unsigned src);

// operand.c
void emit_li(Emit *m, unsigned dst, int64_t value);
void emit_address(Emit *m, unsigned dst, const void *address); // of this process, noted in HostCode.addresses
int64_t emit_const(const Emit *m, RaLoc loc);
void emit_frame_store(Emit *m, RvOp op, unsigned src, int32_t disp); // may use LINK
void emit_add_imm(Emit *m, bool wide, unsigned dst, unsigned a, int64_t imm, unsigned tmp);

// alu.c: ops without side effects
void emit_pure(Emit *m, const RaOp *op, const IrInsn *in);

// float.c
void emit_float(Emit *m, const RaOp *op, const IrInsn *in);
void emit_float_compare(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in); // may use TMP2
void emit_float_select(Emit *m, const RaOp *op, const IrInsn *in);

// memory.c: guest loads and stores, calls
void emit_access(Emit *m, const RaOp *op, const IrInsn *in);
void emit_bound(Emit *m, const RaOp *op, const IrInsn *in);
void emit_call(Emit *m, const RaOp *op); // of a helper, or of ir_eval
void emit_memory_rare(Emit *m, const Cold *c);
// Leaves in TMP the host address that `in`, an access that must be aligned, touches; returns the jump that is taken when
// it is not found.
Jump emit_place(Emit *m, const RaOp *op, const IrInsn *in);
void emit_guard(Emit *m, const RaOp *op); // behind an access that may raise a signal

// atomic.c
void emit_atomic(Emit *m, const RaOp *op, const IrInsn *in);
void emit_fence(Emit *m);

// control.c
Jump emit_branch(Emit *m, RvOp op, unsigned a, unsigned b); // to a place of the unit
void emit_retire(Emit *m, const RaOp *op, const IrInsn *in);

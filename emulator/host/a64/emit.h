// Inside of the AArch64 back end: what the emitters share. Private to host/a64/.
//
// Registers are numbered as the machine has them, v0 to v31 as 32 to 63. x18 and sp stay what they are: generated code
// runs on the C stack, and puts nothing there.
#pragma once
#include "host/a64/enc.h"
#include "host/emit.h"

enum {
    TOKEN = 0, // what leave returns
    TMP3 = 15,
    TMP = 16,
    TMP2 = 17, // scratch of the emitters
    MEM = 19,  // these hold A64Base, see there
    LOAD_LO = 20,
    LOAD_LEN = 21,
    STORE_LO = 22,
    STORE_LEN = 23,
    JUMPS = 24,
    BUDGET = 27,
    FRAME = 28,
    LINK = 30, // return address of a call out, and scratch between calls
    ZERO = 31, // or sp: the instruction says which
    F0 = 32,
    FTMP = F0 + 31,
};

// What enter() puts into registers: a unit that was made for other values computes its own.
//   MEM        host address - guest address of the span
//   LOAD_LO    an access by a base register in [lo + A64_MARGIN, lo + len - A64_MARGIN - 8) and a constant of at most
//   LOAD_LEN   A64_MARGIN lies in the span: base + LOAD_LO < LOAD_LEN, unsigned. The same for stores.
//   JUMPS      address of the table of indirect jumps
enum { A64_MARGIN = 256 };
typedef struct A64Base {
    int64_t mem, load_lo, load_len, store_lo, store_len;
    int32_t jumps;
} A64Base;
A64Base a64_base(const HostConfig *cfg);

// What is done out of line: Cold.rare.
typedef enum Rare {
    RARE_TABLE, // outside of the span: probe the table, back to the straight path
    RARE_BOUND, // a BOUND failed: leave
    RARE_MEM,   // slow load or store, back to the straight path
    RARE_EVAL,  // an op goes through a call, back to the straight path
    RARE_TINY,  // the same, of floating point whose result is tiny
} Rare;

typedef struct Literal { // 8 bytes behind the code, which the load at `at` reads
    uint32_t at;
    uint64_t value;
    bool is_address;
} Literal;

typedef struct A64Emit {
    Emit m;               // first
    A64Base base;         // what enter() has loaded
    bool i32_is_extended; // false when a PHI may take the half of an I64
    bool far_tests;       // a test of one bit and its jump take two instructions
    bool out_of_reach;    // so they must: such a jump leads further than 32 KiB
    VEC(Literal) literals;
} A64Emit;
static inline A64Emit *a64_of(Emit *m) { return (A64Emit *)m; }

static inline bool emit_is_float_reg(unsigned reg) { return reg >= F0 && reg < F0 + 32; }
static inline IrType emit_type(const Emit *m, IrRef v) { return ir_value_type(&m->u->insns.at[v]); }
static inline bool emit_is_half(IrType t) { return t == IR_I32 || t == IR_F32; }

// INVARIANT: the upper half of a register that holds an I32 is 0, as instructions of 32 bits leave it (see
// i32_is_extended); so is that of one that holds an F32.

// operand.c
void emit_li(Emit *m, unsigned dst, uint64_t value);
void emit_address(Emit *m, unsigned dst, const void *address); // of this process, noted in HostCode.addresses
int64_t emit_const(const Emit *m, RaLoc loc);
void emit_frame_store(Emit *m, unsigned src, bool wide, int32_t disp); // may use LINK
void emit_add_imm(Emit *m, bool wide, unsigned dst, unsigned a, int64_t imm, unsigned tmp);
unsigned emit_reg_b(Emit *m, const RaOp *op, const IrInsn *in); // operand b; TMP2 for what is no register

// alu.c: ops without side effects
void emit_pure(Emit *m, const RaOp *op, const IrInsn *in);
void emit_test(Emit *m, const RaOp *op, const IrInsn *in); // compares operand a with 0

// float.c
void emit_float(Emit *m, const RaOp *op, const IrInsn *in);
A64Cond emit_float_compare(Emit *m, const RaOp *op, const IrInsn *in);
void emit_forget_tiny(Emit *m);
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
enum { COND_ZERO = 16, COND_NOT_ZERO = 17 };               // Cond.op beside A64Cond: register a, of 64 bits if b
Jump emit_branch(Emit *m, A64Cond c);                      // to a place of the unit
Jump emit_branch_bit(Emit *m, unsigned reg, unsigned bit); // if that bit is 1
void emit_retire(Emit *m, const RaOp *op, const IrInsn *in);

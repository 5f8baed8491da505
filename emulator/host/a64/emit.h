// Inside of the AArch64 back end: what the emitters share. Private to host/a64/.
//
// Registers are numbered as the machine has them, v0 to v31 as 32 to 63. x18 and sp stay what they are: generated code
// runs on the C stack, and puts nothing there.
#pragma once
#include "host/a64/enc.h"
#include "host/loadstore/loadstore.h"

enum {
    TMP3 = 15,
    TMP = 16,
    TMP2 = 17, // scratch of the emitters
    MEM = 19,  // these hold LsBase, see there
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

enum { RARE_TINY = RARE_OWN }; // Cold.rare: as RARE_EVAL, of floating point whose result is tiny

// INVARIANT: the upper half of a register that holds an I32 is 0, as instructions of 32 bits leave it (see
// LsEmit.phis_keep_types); so is that of one that holds an F32.

// operand.c
void emit_add_imm(Emit *m, bool wide, unsigned dst, unsigned a, int64_t imm, unsigned tmp);
unsigned emit_reg_b(Emit *m, const RaOp *op, const IrInsn *in); // operand b; TMP2 for what is no register

// alu.c
void emit_test(Emit *m, const RaOp *op, const IrInsn *in); // compares operand a with 0

// float.c
void emit_float(Emit *m, const RaOp *op, const IrInsn *in);
A64Cond emit_float_compare(Emit *m, const RaOp *op, const IrInsn *in);
void emit_float_select(Emit *m, const RaOp *op, const IrInsn *in);

// control.c
enum { COND_ZERO = 16, COND_NOT_ZERO = 17 };               // Cond.op beside A64Cond: register a, of 64 bits if b
Jump emit_branch(Emit *m, A64Cond c);                      // to a place of the unit
Jump emit_branch_bit(Emit *m, unsigned reg, unsigned bit); // if that bit is 1

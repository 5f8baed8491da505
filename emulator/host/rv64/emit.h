// Inside of the RISC-V back end: what the emitters share. Private to host/rv64/.
//
// Registers are numbered as the machine has them, f0 to f31 as 32 to 63. x0, sp, gp and tp stay what they are: generated
// code runs on the C stack, and puts nothing there.
#pragma once
#include "host/loadstore/loadstore.h"
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
    MEM = 18, // these hold LsBase, see there
    LOAD_LO = 19,
    LOAD_LEN = 20,
    STORE_LO = 21,
    STORE_LEN = 22,
    JUMPS = 23,
    F0 = 32,
    FTMP = F0 + 31,
};

// INVARIANT: a register that holds an I32 holds it sign-extended, one that holds an F32 holds it boxed.
// Whether that can be relied on for the low half of v: an I64 may be given for an I32.
bool emit_is_extended(const Emit *m, IrRef v);
// The register that has the low half of v, which is in `reg`, sign-extended: `reg`, or tmp.
unsigned emit_low(Emit *m, IrRef v, unsigned reg, unsigned tmp);
void emit_zext32(Emit *m, unsigned dst, unsigned src);

// operand.c
void emit_add_imm(Emit *m, bool wide, unsigned dst, unsigned a, int64_t imm, unsigned tmp);

// float.c
void emit_float(Emit *m, const RaOp *op, const IrInsn *in);
void emit_float_compare(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in); // may use TMP2
void emit_float_select(Emit *m, const RaOp *op, const IrInsn *in);

// control.c
Jump emit_branch(Emit *m, RvOp op, unsigned a, unsigned b); // to a place of the unit

// Inside of the x86-64 back end: what the emitters share, beside host/emit.h. Private to host/x64/.
//
// Registers: RBP frame, R15 budget, RSP the stack of generated code (guest return addresses), RAX and RCX scratch of
// the emitters, all others are allocated.
#pragma once
#include "host/emit.h"
#include "host/x64/enc.h"

enum { FRAME = RBP, BUDGET = R15, TMP = RAX, TMP2 = RCX };

// Registers as the allocator counts them: 0 to 15 are those of integers, from here on XMM0 to XMM15.
enum { XMM0 = 16, X64_REGS = 32 };

// What is done out of line beside RareKind.
typedef enum Rare {
    RARE_DIV_ZERO = RARE_OWN, // division by zero
    RARE_DIV_MINUS,           // division by -1
    RARE_NAN,                 // the result is a NaN: the canonical one
    RARE_CANON,               // RA_CANON of a NaN
    RARE_EQUAL,               // FMIN, FMAX of equal operands
    RARE_NUMBER,              // FMIN, FMAX with a NaN
    RARE_TO_INT,              // FTOI out of range
    RARE_UNSIGNED,            // ITOF of an integer that is too large to be a signed one
    RARE_FLAGS,               // FFLAGS when there are some
    RARE_QUIET,               // a quiet comparison with a NaN
    RARE_TINY,                // FMULZ, FDIVZ: a zero, a NaN, or what may have been rounded up from a tiny result
} Rare;

typedef struct X64Emit {
    Emit m;               // first
    IrRef flags_of;       // what the flags still are of, or 0: for a SELECT, RETIRE or BR behind it
    Cc flags_cc;          // holds if that is not 0
    IrType flags_type;    // in so many bits; IR_VOID: a CMP, in any number
    bool i32_is_extended; // INVARIANT: every emitter of an I32 zero-extends it; false when a PHI may take the half of
                          // an I64
} X64Emit;
static inline X64Emit *x64_of(Emit *m) { return (X64Emit *)m; }
static inline const X64Emit *x64_of_const(const Emit *m) { return (const X64Emit *)m; }

// An address of this process: always in 8 bytes, which are noted in HostCode.addresses.
void emit_address(Emit *m, unsigned dst, const void *address);

// operand.c
Mem emit_slot(const Emit *m, unsigned slot);
Mem emit_loc_mem(const Emit *m, RaLoc loc); // SLOT or SPILL
uint64_t emit_const(const Emit *m, RaLoc loc);

// alu.c
Cc emit_compare(Emit *m, const RaOp *op, const IrInsn *in); // sets the flags
Cc emit_condition(Emit *m, IrRef value, RaLoc at);          // the flags say that `value`, a CMP or not, is not 0
void emit_div_rare(Emit *m, const Cold *c);

// float.c: registers are those of the allocator, 16 to 31; dbl: F64, else F32
void emit_float(Emit *m, const RaOp *op, const IrInsn *in);
Cc emit_float_compare(Emit *m, const RaOp *op, const IrInsn *in); // as emit_compare()
void emit_float_select(Emit *m, const RaOp *op, const IrInsn *in);
void emit_float_rare(Emit *m, const Cold *c);
void emit_float_to_reg(Emit *m, unsigned dst, RaLoc from, bool dbl);
void emit_float_bits(Emit *m, unsigned reg, unsigned src, bool dbl); // to an integer register, F32 zero-extended
void emit_float_from_bits(Emit *m, unsigned dst, unsigned reg, bool dbl);
void emit_float_load(Emit *m, unsigned dst, Mem at, bool dbl);
void emit_float_store(Emit *m, Mem at, unsigned src, bool dbl);
void emit_float_box(Emit *m, unsigned dst, RaLoc f); // the F32 in an F64
void emit_float_store_box(Emit *m, Mem at, RaLoc f);
void emit_float_swap(Emit *m, unsigned a, unsigned b);
static inline bool emit_is_float_reg(unsigned reg) { return reg >= XMM0 && reg < X64_REGS; }

// control.c
Jump emit_jcc(Emit *m, Cc cc);

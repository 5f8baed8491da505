// What the files of the pass `fold` share: fold.c drives, fold_int.c, fold_cmp.c and fold_float.c hold rules by family,
// fold_bits.c says what is known of a value, fold_rotate.c puts two shifts together. A rule changes one instruction in place and returns true if it did: then
// the instruction is looked at again. Inputs are in their final form already. Rules add no instructions.
#pragma once
#include "base/bits.h"
#include "opt/rewrite.h"

static inline IrInsn *fold_at(const IrUnit *u, IrRef r) { return &u->insns.at[r]; }
static inline unsigned fold_width(IrType t) { return t == IR_I32 ? 32 : 64; }

// ---- known bits (fold_bits.c); both answers are about the value within the width of its type
unsigned fold_zero_bits(const IrUnit *u, IrRef r, unsigned depth); // n: the value is below 2^n
unsigned fold_sign_bits(const IrUnit *u, IrRef r, unsigned depth); // n: the value is its low n bits, sign-extended
enum { FOLD_DEPTH = 3 };

// ---- forms of an instruction
bool fold_input_const(const IrUnit *u, const IrInsn *i, unsigned which, uint64_t *v); // which: 0 is a, 1 is b (or imm)
bool fold_fits(IrType t, uint64_t v, int64_t *imm); // as an immediate, in the canonical form
bool fold_to_const(IrInsn *i, uint64_t v);
bool fold_to_value(const IrUnit *u, IrInsn *i, IrRef r);
bool fold_to_imm(IrInsn *i, IrOp op, IrRef a, uint64_t imm); // false: imm does not fit, nothing changed
bool fold_to_ext(IrInsn *i, IrOp op, IrRef a, unsigned width);
// Looks through extensions and masks that do not change the low `width` bits. `type` I64: the result must be an I64.
IrRef fold_low_bits(const IrUnit *u, IrRef r, unsigned width, IrType type);

// ---- rules
bool fold_int(IrUnit *u, IrInsn *i); // arithmetic, logic, shifts, extensions, select
bool fold_cmp(IrUnit *u, IrInsn *i); // CMP and the condition of BR
bool fold_float(IrUnit *u, IrInsn *i);
bool fold_float_store(const IrUnit *u, IrInsn *i);
void fold_rotations(IrUnit *u); // behind them
bool fold_condition_known(const IrUnit *u, const IrInsn *i, bool *yes);

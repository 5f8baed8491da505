// Floating point as the IR means it: IEEE 754 binary32 and binary64, computed in integers. It is what ir_eval() says of
// the F ops, the oracle of what a host emits, and what helpers call for the rounding modes that a host lacks.
//
// The functions whose name ends in z are those of processors that have no denormal numbers, for IR_F32: such operands are
// zeros. A result that is not 0 and below the smallest normal number before rounding is a zero of its sign, inexact and an
// underflow. Of NaN operands one is the result, made quiet: a signaling one before a quiet one, then the first.
//
// Values are bit patterns, an F32 zero-extended in 64 bits. Tininess is detected after rounding. NaN results are the
// canonical one, positive and quiet without payload, except where an op moves bits only.
#pragma once
#include "ir/ir.h"
#include <stdbool.h>
#include <stdint.h>

// Nearest even, to zero, down, up, nearest and ties away from zero.
typedef enum FloatRound { FLOAT_RNE, FLOAT_RTZ, FLOAT_RDN, FLOAT_RUP, FLOAT_RMM } FloatRound;
// Sticky: inexact, underflow, overflow, division by zero, invalid operation.
// In Cpu.fp_round, with a rounding mode: what the z functions say of denormal numbers is how the host computes.
enum { FLOAT_FLUSH = 8 };
enum { FLOAT_NX = 1, FLOAT_UF = 2, FLOAT_OF = 4, FLOAT_DZ = 8, FLOAT_NV = 16 };

// `type` is IR_F32 or IR_F64. Flags are or-ed into *flags.
uint64_t float_add(IrType type, uint64_t a, uint64_t b, FloatRound round, unsigned *flags);
uint64_t float_sub(IrType type, uint64_t a, uint64_t b, FloatRound round, unsigned *flags);
uint64_t float_mul(IrType type, uint64_t a, uint64_t b, FloatRound round, unsigned *flags);
uint64_t float_div(IrType type, uint64_t a, uint64_t b, FloatRound round, unsigned *flags);
uint64_t float_sqrt(IrType type, uint64_t a, FloatRound round, unsigned *flags);
uint64_t float_fma(IrType type, uint64_t a, uint64_t b, uint64_t c, FloatRound round, unsigned *flags); // a * b + c
// minimumNumber and maximumNumber of IEEE 754-2019: a NaN loses against a number, -0 < +0.
uint64_t float_min(IrType type, uint64_t a, uint64_t b, unsigned *flags);
uint64_t float_max(IrType type, uint64_t a, uint64_t b, unsigned *flags);
// Only EQ (quiet), LTS, LES, GTS, GES (signaling) are conditions of floating point; false when a NaN takes part.
bool float_compare(IrCond c, IrType type, uint64_t a, uint64_t b, unsigned *flags);
uint64_t float_convert(IrType to, IrType from, uint64_t a, FloatRound round, unsigned *flags);
// Integers are IR_I32 or IR_I64. Out of range or NaN: invalid, and the nearest value that fits (NaN: the largest).
uint64_t float_to_int(IrType to, bool is_unsigned, IrType from, uint64_t a, FloatRound round, unsigned *flags);
uint64_t float_from_int(IrType to, IrType from, bool is_unsigned, uint64_t a, FloatRound round, unsigned *flags);
// op: IR_FADDZ, FSUBZ, FMULZ or FDIVZ
uint64_t float_arithmetic_z(IrOp op, uint64_t a, uint64_t b, FloatRound round, unsigned *flags);
bool float_compare_z(IrCond c, uint64_t a, uint64_t b, unsigned *flags); // quiet
uint64_t float_to_int_z(uint64_t a, FloatRound round, unsigned *flags);  // to I32; a NaN: the largest of its sign
uint64_t float_canonical_nan(IrType type);
bool float_is_nan(IrType type, uint64_t a);

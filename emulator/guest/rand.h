// Random instructions of any guest, made from its table. The same seed and limits give the same bytes.
#pragma once
#include "guest/decode.h"

typedef struct Rng {
    uint64_t state; // the seed; any value
} Rng;
uint64_t rng_next(Rng *r);
uint64_t rng_below(Rng *r, uint64_t n); // 0 .. n-1, n > 0

// What may come out. Registers are sets by number, tested on the base instruction: c.lwsp counts as lw with base x2.
//   A field in table->dest_fields is a destination; short forms such as c.addi also read it, and then it must be in
//   both sets. In classes LOAD, STORE, ATOMIC and JUMP, a field in base_fields is the base; everywhere else it is a
//   source. Offsets of LOAD and STORE lie in [offset_min, offset_max] and are multiples of offset_step. Branch and jump
//   distances are random: give those classes weight 0 unless the caller overwrites them.
typedef struct RandLimits {
    uint16_t weight[INSN_CLASS_COUNT]; // relative frequency of the rows of a class; 0: never
    uint32_t exts;                     // set of the guest's extensions
    uint32_t dest, src, base;          // sets of registers
    int64_t offset_min, offset_max;
    uint32_t offset_step; // 0 counts as 1
} RandLimits;

// Everything allowed: all classes but those that leave the straight line, all registers, all offsets.
RandLimits rand_limits_default(void);

// One instruction into out; returns its length, or 0 if the limits leave nothing that could be found. Takes time in the
// order of the number of rows; *op (may be NULL) gets the row.
size_t rand_insn(const InsnTable *t, Rng *r, const RandLimits *limits, uint8_t out[INSN_BYTES_MAX], uint16_t *op);

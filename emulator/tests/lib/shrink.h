// Making what fails small ("Simplifying and Isolating Failure-Inducing Input", Zeller and Hildebrandt), and the text files that
// what is left of it becomes: regression tests.
//
//   61 items, it fails without 30 of them, then without 15 more, ...   ->   2 items, and it does not fail without either
#pragma once
#include "base/bytes.h"
#include "base/feature.h"
#include "ir/ir.h"
#include <stdbool.h>
#include <stdio.h>

// Does it still go wrong without these?
typedef bool ShrinkFails(void *ctx, const bool *dropped);
// Sets dropped[0..n) so that it fails and would not without any single one more; returns how many are left.
uint32_t shrink(bool *dropped, uint32_t n, ShrinkFails *fails, void *ctx);

// Runs ok() in a child without output. WRONG: it says so, or ends the child with a code.
typedef enum ShrinkEnd { SHRINK_RIGHT, SHRINK_WRONG, SHRINK_DIED, SHRINK_LONG } ShrinkEnd;
ShrinkEnd shrink_child(bool (*ok)(void *ctx), void *ctx, unsigned seconds); // LONG: more than so many of CPU time

// Leaves out instructions, branches and constants of a unit that stays sound; returns how many instructions are left, but for
// budgets and jumps.
uint32_t shrink_unit(IrUnit *u, bool (*fails)(const IrUnit *u, void *ctx), void *ctx);

// A unit as a case: its text, with `; KIND SEED` as the first line. Reading takes what the printed text needs.
void shrink_unit_print(FILE *out, const IrUnit *u, const char *kind, uint64_t seed);
uint64_t shrink_unit_read(IrUnit *u, const char *path, char kind[32]); // returns the seed; a broken file is a bug
void shrink_plant(IrUnit *u);                                          // a fault on purpose: the first XOR is an OR

// ---- a case as text: `key value` a line; `features` as --features takes them, `code` hexadecimal, numbers; # comments
typedef enum ShrinkNumber {
    SHRINK_SEED,
    SHRINK_AT,
    SHRINK_TIMER,
    SHRINK_CACHE,
    SHRINK_INTERP,
    SHRINK_NUMBERS
} ShrinkNumber;
typedef struct ShrinkCase {
    Features features;
    Bytes code;
    uint64_t number[SHRINK_NUMBERS]; // 0 where the text has none
} ShrinkCase;
void shrink_case_print(FILE *out, const ShrinkCase *c);
ShrinkCase shrink_case_read(const char *path); // vec_free() of its code is due; a broken file is a bug
// Calls check with each file NAME.txt of the folder, in order; returns how many it said false to. *n: how many there were.
unsigned shrink_each(const char *folder, bool (*check)(const char *path), unsigned *n);

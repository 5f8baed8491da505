// --engine=check: the translator and the interpreter in lockstep. Two machines run the same program; whenever generated
// code is where it can stop, the interpreter follows to the same instruction, and the two are compared.
#pragma once
#include "run/machine.h"

typedef enum CheckResult { CHECK_SAME, CHECK_DIFFERENT, CHECK_ERROR } CheckResult;

// Runs `m`, which is set up, to its end, and compares it with a machine that interprets the same options without any
// pass. `every`: guest instructions between two comparisons; 1: as often as generated code can stop. CHECK_DIFFERENT:
// what differs is on `out`. CHECK_ERROR: *err says why the two cannot be compared.
CheckResult check_run(Machine *m, uint64_t every, FILE *out, Err *err);

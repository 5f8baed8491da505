// Two runs side by side: what moved, by how much, and what that means. Pure: documents in, nightjar.compare/1 out.
//
// Verdict of an exact metric: equal is pass, beyond the exact gate is improved or regressed. Verdict of a sampled
// metric with gate g (never tighter than the noise floor): significant (the interval excludes 1 and Holm-corrected p <
// 0.05) and the effect at least g: improved or regressed; else, with the whole interval within g: pass; significant but
// smaller than g: pass; else inconclusive. No valid sample on one side, or an exact metric that varied: invalid. Only
// metrics with "gate": true decide the overall verdict.
#pragma once
#include "base/err.h"
#include <jansson.h>

typedef struct JudgeOptions {
    double gate;         // of sampled metrics, 0.05 is 5 %; 0: as tight as the noise allows
    double exact_gate;   // of exact metrics
    const json_t *noise; // entries measured on this machine, may be NULL
    bool exact_only;     // times are not compared
    bool gate_all;       // times of every configuration decide
} JudgeOptions;

enum { JUDGE_DEFAULT_FLOOR_PERCENT = 10 }; // of a machine that `nightjar aa` never measured

// Why these two must not be compared (array of strings, empty if they may; new reference).
json_t *judge_incomparable(const json_t *before, const json_t *after, bool exact_only);
// nightjar.compare/1 (new reference); NULL and a message if the gate is tighter than the noise floor.
json_t *judge_compare(const json_t *before, const json_t *after, const JudgeOptions *options, Err *err);
int judge_exit_code(const json_t *comparison);

// Two runs side by side: what moved, by how much, and what that means. Pure: documents in, nightjar.compare/1 out.
//
// An exact metric: equal is pass, beyond the exact gate is improved or regressed. A time with gate g: an effect of at
// least g with Holm's p below NOISE_ALPHA (an effect of two floors: 0.05) is improved or regressed; with p below 0.05 only it is inconclusive; all else
// is pass, where equal arms of this n stay within the gate and a verdict was possible, else inconclusive. Holm corrects
// over the cells that decide. Each inconclusive cell says how many more repetitions it needs. Equal builds pass.
// Invalid: a side that lost a cell, an exact metric that varied, a guest program that changed.
#pragma once
#include "base/err.h"
#include "bench/model/run.h"
#include <jansson.h>

typedef struct JudgeOptions {
    double gate;               // the gate of times: 0.05 is 5 %; 0: the noise floor
    double exact_gate;         // the gate of exact metrics
    const json_t *noise;       // entries measured on this machine, may be NULL
    const json_t *exact_names; // names of the exact metrics that decide; NULL: JUDGE_EXACT
    bool exact_only;           // times are not compared
    bool gate_all;             // times of every configuration decide
    bool force;                // cells whose guest program changed are judged all the same
} JudgeOptions;

enum { JUDGE_DEFAULT_FLOOR_PERCENT = 10 }; // the floor of a machine that `nightjar aa` never measured
#define JUDGE_EXACT                                                                                                    \
    "host_instructions,units_translated,run_loop_entries,host_bytes_emitted,helper_calls,host_branch_minority"

// Why these two must not be compared at all (array of strings, empty if they may; new reference).
json_t *judge_incomparable(const RunDoc *before, const RunDoc *after, bool exact_only);
// nightjar.compare/1 (new reference); NULL and a message if the gate is tighter than the noise floor.
json_t *judge_compare(const RunDoc *before, const RunDoc *after, const JudgeOptions *options, Err *err);
int judge_exit_code(const json_t *comparison);

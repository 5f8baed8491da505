// What the emulator says about itself and about a run, as JSON: see emulator/INTERFACE.md for the fields.
#pragma once
#include "run/machine.h"
#include <jansson.h>

json_t *report_version(void); // nightjar.version/1
void report_version_text(FILE *out);
json_t *report_features(const Machine *m);              // switch -> on
json_t *report_stats(const Machine *m, json_t *events); // nightjar.stats/1; borrows `events`
json_t *report_blocks(const Machine *m);                // nightjar.blocks/1

typedef struct BlockTotals {
    uint64_t guest_instructions, host_instructions, block_hits, branch_minority, host_branch_minority;
    uint64_t run_loop; // part of host_instructions: the ways in and out of generated code, which are no block's
} BlockTotals;
BlockTotals blocks_totals(const Machine *m); // needs o.profile
bool report_has(const Machine *m, Stat s);   // is the counter available?

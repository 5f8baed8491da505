// Inside of `nightjar golden`: the text of a program's hot host code, and what differs between two such texts.
#pragma once
#include "profiles/profile.h"

#define GOLDEN_SHARE 0.9
#define GOLDEN_ISA   "v2"

// `doc` is nightjar.blocks/1 with code. Blocks stand by guest address, so that a difference stays where the code is.
void golden_text(ReportText *out, const json_t *doc, const Symbols *symbols, const char *program, const char *guest);

typedef struct GoldenDiff {
    unsigned blocks, changed, fresh, gone; // counts in the text as it is now
    char before[32], after[32];            // host instructions for each guest instruction, as the texts say
    char first[160];                       // header of the first block that differs; empty: none does
} GoldenDiff;
GoldenDiff golden_compare(const char *before, const char *now);

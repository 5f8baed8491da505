// What the index takes of a run: its members, and of the samples that count a few values each. From the text with columns these
// are read without the rest being parsed; from a document of before there were columns, by its samples.
#pragma once
#include "base/vec.h"
#include "ci/metrics.h"
#include <jansson.h>

typedef struct SampleFacts {
    const char *workload, *guest, *config, *elf, *code; // never NULL
    bool exact, invalid;
    double work, value[INDEX_METRICS]; // NAN: none
} SampleFacts;

typedef struct RunFacts {
    json_t *run;           // its samples may be missing
    VEC(SampleFacts) rows; // counted and timed samples; the others (warm-up, start-up) are only in the two numbers
    int samples, invalid;
    char *text; // or NULL; the strings of the rows are in it, or in the run, or in `heads`
    VEC(json_t *) heads;
} RunFacts;

void facts_of_run(RunFacts *f, json_t *run); // steals it
// Steals the text, which ends with a NUL behind its n bytes, and writes into it. False: something is not as columns_text()
// writes it, or needs a whole JSON parser; the text is as it was then, and the caller's again.
bool facts_of_columns(RunFacts *f, char *text, size_t n);
void facts_free(RunFacts *f);

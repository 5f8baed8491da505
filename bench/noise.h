// The noise floor: what equal arms differ by, and the smallest effect that is found, for the n at hand.
//
// nightjar.noise/2, written by `nightjar aa`: {"schema", "cpu_model", "entries": [{"workload", "guest", "metric",
// "size", "plan", "n", "floor", "mde", "drift", "spread", "measured"}]}. An entry belongs to a size and a plan (how
// long a sample is, where it runs, what else is counted) and is applied to no other. `spread` holds the logarithms of
// the samples around the median of their own arm: from them floor and mde follow for any n.
#pragma once
#include "base/err.h"
#include "bench/base/statistics.h"
#include "bench/model/run.h"
#include <jansson.h>

// Family-wise. WHY not 0.005, which is one false alarm in 200 comparisons of equal builds: two nights differ by a little
// more than their samples say, and test_nights then counts 1 in 100.
#define NOISE_ALPHA 0.003
// An effect of so many floors needs p < 0.05 only. WHY: one late sample in the run before costs nine pairs of 9 against 9,
// and p cannot get below NOISE_ALPHA; medians do not mind it.
#define NOISE_CLEAR  2
#define NOISE_LEAST  0.01  // two builds of the same code differ by that in their layout
#define NOISE_NIGHTS 0.005 // what two nights may hide of an effect

typedef struct NoiseKey {
    const char *workload, *guest, *metric, *size, *plan; // size and plan NULL: any
} NoiseKey;

// Samples of equal arms, as logarithms around their arms' medians.
typedef struct Spread {
    double *at;
    uint32_t n, arms;
} Spread;

void spread_add(Spread *s, const Series *arm); // one arm; values that have no logarithm make the spread useless (NAN)
void spread_free(Spread *s);
// What medians of n and m samples of equal arms differ by in 95 of 100 comparisons: 0.02 is 2 %. Infinite where the
// spread is of fewer than three samples.
double noise_floor(const Spread *s, uint32_t n, uint32_t m);
// The smallest effect that is found in 95 of 100: beyond the gate, and significant among `cells` comparisons. Infinite
// where n and m can show none.
double noise_mde(const Spread *s, uint32_t n, uint32_t m, uint32_t cells, double gate);
// The smallest n for which n against n samples can be significant among `cells` comparisons.
uint32_t noise_blocks_for_verdict(uint32_t cells);

// The entries measured on this CPU model (new reference); an empty array if there is no such file,
// or it is of another machine.
json_t *noise_load(const char *path);
// Computes the entries from a run of the matrix `aa` (new reference).
json_t *noise_measure(const RunDoc *doc);
// Replaces the entries of the same workload, guest, metric, size and plan, keeps the others.
bool noise_store(const char *path, const RunDoc *doc, const json_t *entries, Err *err);
// The entry for this key in an array; NULL if there is none.
const json_t *noise_find(const json_t *entries, const NoiseKey *key);
Spread noise_spread(const json_t *entry); // the caller frees it
// The entries that belong to this document's sizes and plan, with floor and mde for the n that was run (new reference).
json_t *noise_for(const RunDoc *doc, const json_t *entries);
// What of a document's plan a floor belongs to, as text; the caller frees it.
char *noise_plan(const RunDoc *doc);

// From samples to numbers: cells, speedups, attribution. A pure function of the document's samples, configs, workloads
// and metrics, so a resumed or merged run gets exactly the summary that an undisturbed one gets.
#pragma once
#include "bench/base/statistics.h"
#include <jansson.h>

typedef struct CellKey {
    const char *config, *workload, *guest, *metric;
} CellKey;

// The valid values of this metric in this cell, from the samples of the metric's purpose. The caller frees it.
Series summary_series(const json_t *document, const CellKey *key);
const json_t *summary_metric(const json_t *document, const char *metric); // its entry in `metrics`, or NULL
bool summary_is_exact(const json_t *metric);
// Fills in "summary" of the document.
void summary_make(json_t *document);
// config relative to base as a speedup (above 1 is better), with its interval; exact metrics have no width. NAN where a
// cell has no valid value or an exact metric varied.
Interval summary_speedup(const json_t *metric, const Series *base, const Series *config, bool paired);
json_t *interval_json(Interval i); // {"ratio", "lo", "hi"}, null where a number is not finite
json_t *number_or_null(double x);

// warmup.c: the array "warmup".
json_t *summary_warmup(const json_t *document);
// attribution_json.c: the array "attribution".
json_t *summary_attribution(const json_t *document);

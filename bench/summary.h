// From samples to numbers: cells, speedups, attribution. A pure function of the document's samples, configs, workloads
// and metrics, so a resumed or merged run gets exactly the summary that an undisturbed one gets.
#pragma once
#include "bench/base/statistics.h"
#include "bench/model/run.h"

// The valid values of this metric in this cell, from the samples of the metric's purpose; none where an index is RUN_NONE. The
// caller frees it.
Series summary_series(const RunDoc *doc, uint32_t config, uint32_t workload, uint32_t metric);
// The member `summary` of a document that has none yet (new reference).
json_t *summary_make(const RunDoc *doc);
// config relative to base as a speedup (above 1 is better), with its interval; exact metrics have no width. NAN where a
// cell has no valid value or an exact metric varied.
Interval summary_speedup(const RunMetric *metric, const Series *base, const Series *config, bool paired);
json_t *interval_json(Interval i); // {"ratio", "lo", "hi"}, null where a number is not finite
json_t *number_or_null(double x);

// warmup.c: the array "warmup".
json_t *summary_warmup(const RunDoc *doc);
// attribution_json.c: the array "attribution".
json_t *summary_attribution(const RunDoc *doc);

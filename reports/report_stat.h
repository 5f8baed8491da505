// The little statistics that a report does itself: a ratio of medians with a bootstrap interval, for pairs of
// configurations that the document's summary does not hold. Everything else comes from the document.
#pragma once
#include "reports/report_doc.h"

double stat_median_of(double *x, size_t n); // sorts x; NAN when n is 0
// median(base) / median(config) with a 95 % percentile bootstrap; the same data give the same interval.
Est stat_median_ratio(const double *base, size_t n_base, const double *config, size_t n_config);
// The same over all valid timing samples of two configurations of one workload; unknown when one has none.
Est stat_doc_ratio(const RunDoc *doc, const RunWorkload *w, const char *metric, const char *base, const char *config);

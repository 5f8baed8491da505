// Statistics for noisy times: medians, bootstrap intervals, Mann-Whitney U, Holm. Never a bare mean.
//
// A Series is the valid values of one metric in one cell, each with the block in which it was taken. Series of one run
// are resampled by block: all cells of a block ran close together, so what disturbed the machine then disturbed them
// all, and the ratio keeps out of it. Series of different runs share no blocks and are resampled independently.
#pragma once
#include "base/vec.h"

typedef struct Series {
    double *value;
    int *block;
    uint32_t n;
} Series;

typedef struct Interval {
    double point, lo, hi; // 95 %; lo and hi are NAN where there are too few values (fewer than STATS_MIN)
} Interval;

enum { STATS_MIN = 3, STATS_RESAMPLES = 2000 };

void series_add(Series *s, double value, int block);
void series_free(Series *s);

double stats_median(const double *values, uint32_t n); // NAN if n == 0
double stats_quantile(const double *sorted, uint32_t n, double q);

// Computes `outs` numbers from the medians of the cells.
typedef void StatsFn(const double *medians, void *context, double *out);
typedef struct Bootstrap {
    const Series *const *cells;
    uint32_t n;
    bool paired; // the cells share blocks
    int resamples;
    uint64_t seed;
    StatsFn *fn;
    void *context;
    uint32_t outs;
} Bootstrap;
// Percentile intervals; the point is fn on the medians of what was measured.
void stats_bootstrap(const Bootstrap *b, Interval *out);
// median(base) / median(config).
Interval stats_ratio(const Series *base, const Series *config, bool paired, uint64_t seed);
Interval stats_median_interval(const Series *s, uint64_t seed);

// Two-sided p of "both come from the same distribution": exact for n, m <= 20 without ties, else normal with tie and
// continuity corrections. 1 if one of them is empty.
double stats_mann_whitney(const double *a, uint32_t n, const double *b, uint32_t m);
// Holm's step-down adjustment in place; NAN entries are left alone and do not count.
void stats_holm(double *p, uint32_t n);

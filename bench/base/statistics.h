// Statistics for noisy times: medians, and intervals that cover what they say. Never a bare mean.
//
// A Series is the valid values of one metric in one cell, each with the block in which it was taken.
// Cells of one run share blocks: what disturbed the machine in a block disturbed all cells of it, so their ratio is
// formed within each block, and the interval is that of n block ratios. Cells of two runs share nothing: the interval
// is that of the shift between two independent arms. Ratios are compared by their logarithms throughout.
//
// The intervals (decided by simulation, bench/tests/test_coverage.c):
//   paired, n >= 6    inversion of the signed-rank test; exact for every distribution that is symmetric, which block
//                     ratios of two cells with equal noise are; interpolated between its two levels beside 95 %
//   paired, n 3 to 5  Student's t: no test by ranks reaches 95 % here; at least 95 % where the noise has tails or modes
//   two runs          inversion of the Mann-Whitney test, where its smallest level reaches 95 %: 4 and 4, 3 and 5, ...
//   one cell          order statistics, n >= 6: at least 95 % for every distribution (98.4 % at 7, 96.1 % at 9)
// There is no interval (NAN) where none of these exists. An interval always contains its point.
#pragma once
#include "base/vec.h"
#include <stdbool.h>

typedef struct Series {
    double *value;
    int *block;
    uint32_t n;
} Series;

typedef struct Interval {
    double point, lo, hi; // 95 %; lo and hi are NAN where there are too few values
} Interval;

enum { STATS_MIN = 3 }; // fewer blocks than this never have an interval

void series_add(Series *s, double value, int block);
void series_free(Series *s);

double stats_median(const double *values, uint32_t n); // NAN if n == 0
double stats_quantile(const double *sorted, uint32_t n, double q);

// Computes `outs` ratios from one cost of each cell. Each logarithm must be linear in the logarithms of the costs.
typedef void StatsFn(const double *costs, void *context, double *out);
typedef struct Contrast {
    const Series *const *cells; // the cells of one run
    uint32_t n;
    StatsFn *fn;
    void *context;
    uint32_t outs;
} Contrast;
// The point is fn on the medians of what was measured, the interval comes from the blocks that all cells have.
void stats_contrast(const Contrast *c, Interval *out);
// median(base) / median(config); paired: of one run.
Interval stats_ratio(const Series *base, const Series *config, bool paired);
Interval stats_median_interval(const Series *s);
// The number of blocks that both have.
uint32_t stats_shared(const Series *a, const Series *b);

// ranks.c: sorts the n values, which must be finite. False where no interval of 95 % exists.
bool ranks_signed_interval(double *values, uint32_t n, double *lo, double *hi);
bool ranks_shift_interval(const double *a, uint32_t n, const double *b, uint32_t m, double *lo,
                          double *hi); // the shift a - b
bool ranks_median_interval(double *values, uint32_t n, double *lo, double *hi);

// Two-sided p of "both come from the same distribution": exact for n, m <= 20 without ties, else normal with tie and
// continuity corrections. 1 if one of them is empty.
double stats_mann_whitney(const double *a, uint32_t n, const double *b, uint32_t m);
#define STATS_ALPHA 0.05 // a p above it says nothing; arms whose smallest p is above it get none
// The smallest p that arms of n and m can have: 2 / (n + m choose n).
double stats_smallest_p(uint32_t n, uint32_t m);
// The largest U (the smaller of both) whose two-sided p is below this one; -1: none.
int stats_critical_u(uint32_t n, uint32_t m, double p);
// Holm's step-down adjustment in place; NAN entries are left alone and do not count.
void stats_holm(double *p, uint32_t n);

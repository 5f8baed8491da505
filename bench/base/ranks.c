// What ranks alone can say: exact intervals and p values that hold whatever the distribution is.
//
// Example: five values, 1 2 4 8 16, are symmetric around their centre by assumption. Their 15 Walsh averages
// (x_i + x_j) / 2, sorted, are 1, 1.5, 2, 2.5, ... 12, 16. The centre lies between the first and the last of them in
// 93.75 % of all samples of five: 2 of the 2^5 patterns of signs lie outside. That is not 95 %, so there is no interval.
#include "base/alloc.h"
#include "bench/base/statistics.h"
#include "base/err.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX 20 // Mann-Whitney: the distribution of U is counted out up to this many values an arm
#define LEVEL     0.95

// ---- distributions under the null hypothesis, as tables of P(statistic <= k) ----------------------------------------

// W+, the rank sum of the positive ones of n: the subsets of 1..n by their sum. k is 0 .. n(n+1)/2.
static double *signed_rank_table(uint32_t n) {
    uint32_t most = n * (n + 1) / 2;
    double *p = alloc_zeroed(most + 1, sizeof *p);
    p[0] = 1;
    for (uint32_t rank = 1; rank <= n; rank++)
        for (uint32_t k = most + 1; k-- > 0;) p[k] = (p[k] + (k >= rank ? p[k - rank] : 0)) / 2;
    for (uint32_t k = 1; k <= most; k++) p[k] += p[k - 1];
    return p;
}

// U of arms of n and m: ways[i][k] subsets of size i of the ranks seen so far whose rank sum minus i(i+1)/2 is k.
static double *mann_whitney_table(uint32_t n, uint32_t m) {
    uint32_t size = n * m + 1;
    double *ways = alloc_zeroed((size_t)(n + 1) * size, sizeof *ways), *p = alloc_zeroed(size, sizeof *p), total = 0;
    ways[0] = 1;
    for (uint32_t rank = 1; rank <= n + m; rank++) {
        uint32_t fewest = rank > m ? rank - m : 1; // with fewer than that, the ranks that are left do not make n
        for (uint32_t i = rank < n ? rank : n; i >= fewest; i--) {
            uint32_t step = rank - i; // what this rank adds to U when it becomes the i-th of the first arm
            for (uint32_t k = i * step + 1; k-- > step;) // no subset of size i has a larger U
                ways[(size_t)i * size + k] += ways[(size_t)(i - 1) * size + k - step];
        }
    }
    for (uint32_t k = 0; k < size; k++) total += ways[(size_t)n * size + k];
    double sum = 0;
    for (uint32_t k = 0; k < size; k++) p[k] = (sum += ways[(size_t)n * size + k]) / total;
    free(ways);
    return p;
}

// The same by the normal distribution, for arms so large that counting would take long.
static double mann_whitney_normal(uint32_t n, uint32_t m, double k) {
    double nm = (double)n * m;
    return gsl_cdf_ugaussian_P((k + 0.5 - nm / 2) / sqrt(nm * (n + m + 1.0) / 12));
}

static double *shift_table(uint32_t n, uint32_t m) {
    if (n <= EXACT_MAX && m <= EXACT_MAX) return mann_whitney_table(n, m);
    double *table = alloc_zeroed((size_t)n * m + 1, sizeof *table);
    for (uint32_t k = 0; k <= n * m; k++) table[k] = mann_whitney_normal(n, m, k);
    return table;
}

// ---- from a table to an interval ------------------------------------------------------------------------------------

// sorted[k] .. sorted[count - 1 - k] covers with 1 - 2 P(k). Takes the largest k that covers 95 % and goes linearly
// towards the next one, which does not. WHY: the levels of small n lie far apart, 96.9 and 93.8 % at n = 6.
static bool cut(const double *sorted, uint32_t count, const double *table, double *lo, double *hi) {
    if (1 - 2 * table[0] < LEVEL) return false;
    uint32_t k = 0;
    while (k + 1 < count / 2 && 1 - 2 * table[k + 1] >= LEVEL) k++;
    double here = 1 - 2 * table[k], next = 1 - 2 * table[k + 1], part = (here - LEVEL) / (here - next);
    if (k + 1 >= count / 2) part = 0;
    *lo = sorted[k] + part * (sorted[k + 1] - sorted[k]);
    *hi = sorted[count - 1 - k] - part * (sorted[count - 1 - k] - sorted[count - 2 - k]);
    return true;
}

bool ranks_signed_interval(double *values, uint32_t n, double *lo, double *hi) {
    uint32_t count = n * (n + 1) / 2, at = 0;
    double *table = signed_rank_table(n), *walsh = alloc_zeroed(count, sizeof *walsh);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i; j < n; j++) walsh[at++] = (values[i] + values[j]) / 2;
    gsl_sort(walsh, 1, count);
    bool any = cut(walsh, count, table, lo, hi);
    free(walsh), free(table);
    return any;
}

bool ranks_shift_interval(const double *a, uint32_t n, const double *b, uint32_t m, double *lo, double *hi) {
    if (n < STATS_MIN || m < STATS_MIN || stats_smallest_p(n, m) > 1 - LEVEL) return false;
    uint32_t count = n * m, at = 0;
    double *table = shift_table(n, m);
    double *shifts = alloc_zeroed(count, sizeof *shifts);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < m; j++) shifts[at++] = a[i] - b[j];
    gsl_sort(shifts, 1, count);
    bool any = cut(shifts, count, table, lo, hi);
    free(shifts), free(table);
    return any;
}

// x(k+1) .. x(n-k) leaves out the median when at most k of n values lie on one side of it: a fair coin.
bool ranks_median_interval(double *values, uint32_t n, double *lo, double *hi) {
    if (!n || 1 - 2 * gsl_cdf_binomial_P(0, 0.5, n) < LEVEL) return false;
    uint32_t k = 0;
    while (1 - 2 * gsl_cdf_binomial_P(k + 1, 0.5, n) >= LEVEL) k++;
    gsl_sort(values, 1, n);
    *lo = values[k], *hi = values[n - 1 - k];
    return true;
}

// ---- Mann-Whitney -------------------------------------------------------------------------------------------------

typedef struct Ranked {
    double value, rank;
    bool first; // belongs to the first arm
} Ranked;

static int compare_ranked(const void *a, const void *b) {
    double x = ((const Ranked *)a)->value, y = ((const Ranked *)b)->value;
    return (x > y) - (x < y);
}

// Mid-ranks; returns the sum of t^3 - t over the groups of ties.
static double rank_all(Ranked *all, uint32_t n) {
    double ties = 0;
    qsort(all, n, sizeof *all, compare_ranked);
    for (uint32_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && all[j].value == all[i].value; j++) {
        }
        for (uint32_t k = i; k < j; k++) all[k].rank = (double)(i + 1 + j) / 2;
        double t = j - i;
        ties += t * t * t - t;
    }
    return ties;
}

double stats_smallest_p(uint32_t n, uint32_t m) {
    double arrangements = 1; // n + m choose n
    for (uint32_t i = 1; i <= n; i++) arrangements *= (double)(m + i) / i;
    return 2 / arrangements;
}

double stats_mann_whitney(const double *a, uint32_t n, const double *b, uint32_t m) {
    if (!n || !m) return 1;
    Ranked *all = alloc_zeroed(n + m, sizeof *all);
    for (uint32_t i = 0; i < n; i++) all[i] = (Ranked){a[i], 0, true};
    for (uint32_t i = 0; i < m; i++) all[n + i] = (Ranked){b[i], 0, false};
    double ties = rank_all(all, n + m), sum = 0;
    for (uint32_t i = 0; i < n + m; i++) sum += all[i].first ? all[i].rank : 0;
    free(all);
    double u = sum - n * (n + 1.0) / 2, nm = (double)n * m, total = (double)n + m;
    if (u > nm - u) u = nm - u;
    double p;
    if (ties == 0 && n <= EXACT_MAX && m <= EXACT_MAX) {
        double *table = mann_whitney_table(n, m);
        p = 2 * table[(uint32_t)u];
        free(table);
    } else {
        double variance = nm / 12 * (total + 1 - ties / (total * (total - 1)));
        double z = variance > 0 ? (nm / 2 - u - 0.5) / sqrt(variance) : 0;
        p = 2 * gsl_cdf_ugaussian_Q(z > 0 ? z : 0);
    }
    return p < 1 ? p : 1;
}

int stats_critical_u(uint32_t n, uint32_t m, double p) {
    int u = -1, most = (int)(n * m / 2);
    double *table = n && m ? shift_table(n, m) : NULL;
    while (table && u + 1 <= most && 2 * table[u + 1] < p) u++;
    free(table);
    return u;
}

// ---- Holm ---------------------------------------------------------------------------------------------------------

typedef struct Ordered {
    double p;
    uint32_t at;
} Ordered;

static int compare_ordered(const void *a, const void *b) {
    double x = ((const Ordered *)a)->p, y = ((const Ordered *)b)->p;
    return (x > y) - (x < y);
}

void stats_holm(double *p, uint32_t n) {
    Ordered *order = alloc_zeroed(n, sizeof *order);
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!isnan(p[i])) order[count++] = (Ordered){p[i], i};
    qsort(order, count, sizeof *order, compare_ordered);
    double before = 0;
    for (uint32_t i = 0; i < count; i++) {
        double adjusted = order[i].p * (count - i);
        if (adjusted < before) adjusted = before;
        before = adjusted < 1 ? adjusted : 1;
        p[order[i].at] = before;
    }
    free(order);
}

// Mann-Kendall (with ties: M. G. Kendall, Rank Correlation Methods), Theil-Sen, Benjamini-Hochberg.
#include "base/alloc.h"
#include "ci/detect.h"
#include "base/err.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted_copy(const double *v, uint32_t n) {
    double *copy = alloc_bytes((n + 1) * sizeof *copy);
    memcpy(copy, v, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, by_value);
    return copy;
}

static double middle(const double *sorted, uint32_t n) {
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

// Variance of S when there is no trend; t equal values take t(t-1)(2t+5)/18 off.
static double variance_of_s(const double *sorted, uint32_t n) {
    double var = (double)n * (n - 1.0) * (2.0 * n + 5) / 18;
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i;
        while (end < n && sorted[end] == sorted[i]) end++;
        double t = end - i;
        var -= t * (t - 1) * (2 * t + 5) / 18;
        i = end;
    }
    return var;
}

Drift detect_drift(const double *v, uint32_t n) {
    Drift d = {.p = 1};
    if (n < 4) return d;
    uint32_t pairs = n * (n - 1) / 2, k = 0;
    double *slopes = alloc_bytes(pairs * sizeof *slopes), *values = sorted_copy(v, n), s = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++) {
            slopes[k++] = (v[j] - v[i]) / (j - i);
            s += (v[j] > v[i]) - (v[j] < v[i]);
        }
    qsort(slopes, pairs, sizeof *slopes, by_value);
    double var = variance_of_s(values, n), level = fabs(middle(values, n));
    if (var > 0 && s != 0) d.p = 2 * gsl_cdf_ugaussian_Q((fabs(s) - 1) / sqrt(var));
    double reach = gsl_cdf_ugaussian_Pinv(0.975) * sqrt(fmax(var, 0));
    int lo = (int)floor((pairs - reach) / 2), hi = (int)ceil((pairs + reach) / 2);
    if (lo < 0) lo = 0;
    if (hi >= (int)pairs) hi = (int)pairs - 1;
    d.slope = middle(slopes, pairs), d.slope_low = slopes[lo], d.slope_high = slopes[hi];
    if (level > 0) d.slope /= level, d.slope_low /= level, d.slope_high /= level;
    free(slopes);
    free(values);
    return d;
}

typedef struct Ranked {
    double p;
    uint32_t at;
} Ranked;

static int by_p(const void *a, const void *b) {
    const Ranked *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

void detect_false_discovery(double *p, uint32_t n) {
    Ranked *r = alloc_bytes((n + 1) * sizeof *r);
    for (uint32_t i = 0; i < n; i++) r[i] = (Ranked){p[i], i};
    qsort(r, n, sizeof *r, by_p);
    double least = 1;
    for (uint32_t i = n; i-- > 0;) {
        least = fmin(least, r[i].p * n / (i + 1));
        p[r[i].at] = least;
    }
    free(r);
}

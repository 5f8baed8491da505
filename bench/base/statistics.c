// Example: base {100, 104, 98}, config {50, 52, 50} in the blocks 0, 1, 2. The ratio is 100 / 50 = 2; the block ratios
// are 2, 2 and 1.96, and the interval is that of their logarithms, taken back by exp.
#include "bench/base/statistics.h"
#include "base/alloc.h"
#include "base/err.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void series_add(Series *s, double value, int block) {
    if ((s->n & (s->n - 1)) == 0) { // grows at powers of two
        uint32_t cap = s->n ? s->n * 2 : 1;
        s->value = alloc_again(s->value, cap, sizeof *s->value);
        s->block = alloc_again(s->block, cap, sizeof *s->block);
    }
    s->value[s->n] = value;
    s->block[s->n++] = block;
}

void series_free(Series *s) {
    free(s->value), free(s->block);
    memset(s, 0, sizeof *s);
}

double stats_quantile(const double *sorted, uint32_t n, double q) {
    return n ? gsl_stats_quantile_from_sorted_data(sorted, 1, n, q) : NAN;
}

double stats_median(const double *values, uint32_t n) {
    if (!n) return NAN;
    double stack[64], *copy = n <= ARRAY_LEN(stack) ? stack : alloc_zeroed(n, sizeof *copy);
    memcpy(copy, values, n * sizeof *copy);
    gsl_sort(copy, 1, n);
    double m = gsl_stats_median_from_sorted_data(copy, 1, n);
    if (copy != stack) free(copy);
    return m;
}

// ---- cells of one run: block by block -----------------------------------------------------------------------------

// The cell's value in this block, the median where it has several; NAN where it has none.
static double value_in_block(const Series *s, int block) {
    double first = NAN;
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        if (s->block[i] != block) continue;
        first = s->value[i];
        count++;
    }
    if (count < 2) return first;
    double *all = alloc_zeroed(count, sizeof *all);
    count = 0;
    for (uint32_t i = 0; i < s->n; i++)
        if (s->block[i] == block) all[count++] = s->value[i];
    double m = stats_median(all, count);
    free(all);
    return m;
}

static bool is_first_of_block(const Series *s, uint32_t at) {
    for (uint32_t i = 0; i < at; i++)
        if (s->block[i] == s->block[at]) return false;
    return true;
}

// The logarithms of what fn makes of each block that all cells have: logs[k * most + i], `most` is the first cell's n.
static uint32_t block_logs(const Contrast *c, double *logs) {
    const Series *first = c->cells[0];
    double *costs = alloc_zeroed(c->n, sizeof *costs), *out = alloc_zeroed(c->outs, sizeof *out);
    uint32_t blocks = 0;
    for (uint32_t i = 0; i < first->n; i++) {
        bool whole = is_first_of_block(first, i);
        for (uint32_t k = 0; whole && k < c->n; k++) {
            costs[k] = value_in_block(c->cells[k], first->block[i]);
            whole = !isnan(costs[k]);
        }
        if (!whole) continue;
        c->fn(costs, c->context, out);
        for (uint32_t k = 0; k < c->outs; k++) logs[(size_t)k * first->n + blocks] = log(out[k]);
        blocks++;
    }
    free(out), free(costs);
    return blocks;
}

static bool all_finite(const double *values, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

static void student_interval(const double *values, uint32_t n, double *lo, double *hi) {
    double mean = gsl_stats_mean(values, 1, n), sd = gsl_stats_sd_m(values, 1, n, mean);
    double half = gsl_cdf_tdist_Pinv(0.975, n - 1) * sd / sqrt(n);
    *lo = mean - half, *hi = mean + half;
}

// The interval around exp of n logarithms; widened where it would leave out the point.
static void set_bounds(Interval *i, bool any, double lo, double hi) {
    if (!any || !isfinite(i->point)) return;
    i->lo = fmin(exp(lo), i->point);
    i->hi = fmax(exp(hi), i->point);
}

void stats_contrast(const Contrast *c, Interval *out) {
    double *medians = alloc_zeroed(c->n, sizeof *medians), *point = alloc_zeroed(c->outs, sizeof *point);
    for (uint32_t k = 0; k < c->n; k++) medians[k] = stats_median(c->cells[k]->value, c->cells[k]->n);
    c->fn(medians, c->context, point);
    uint32_t most = c->cells[0]->n;
    double *logs = alloc_zeroed((size_t)c->outs * most, sizeof *logs);
    uint32_t blocks = block_logs(c, logs);
    for (uint32_t k = 0; k < c->outs; k++) {
        double *mine = logs + (size_t)k * most, lo = NAN, hi = NAN;
        out[k] = (Interval){point[k], NAN, NAN};
        bool any = blocks >= STATS_MIN && all_finite(mine, blocks);
        if (any && !ranks_signed_interval(mine, blocks, &lo, &hi)) student_interval(mine, blocks, &lo, &hi);
        set_bounds(&out[k], any, lo, hi);
    }
    free(logs), free(point), free(medians);
}

static void ratio_of_two(const double *costs, void *context, double *out) {
    (void)context;
    *out = costs[0] / costs[1];
}

// ---- two runs, and one cell ---------------------------------------------------------------------------------------

static double *logs_of(const Series *s) {
    double *logs = alloc_zeroed(s->n, sizeof *logs);
    for (uint32_t i = 0; i < s->n; i++) logs[i] = log(s->value[i]);
    return logs;
}

static Interval independent_ratio(const Series *base, const Series *config) {
    Interval i = {stats_median(base->value, base->n) / stats_median(config->value, config->n), NAN, NAN};
    double *a = logs_of(base), *b = logs_of(config), lo = NAN, hi = NAN;
    bool any =
        all_finite(a, base->n) && all_finite(b, config->n) && ranks_shift_interval(a, base->n, b, config->n, &lo, &hi);
    set_bounds(&i, any, lo, hi);
    free(a), free(b);
    return i;
}

Interval stats_ratio(const Series *base, const Series *config, bool paired) {
    if (!paired) return independent_ratio(base, config);
    const Series *cells[] = {base, config};
    Contrast c = {cells, 2, ratio_of_two, NULL, 1};
    Interval i;
    stats_contrast(&c, &i);
    return i;
}

Interval stats_median_interval(const Series *s) {
    Interval i = {stats_median(s->value, s->n), NAN, NAN};
    double *sorted = alloc_zeroed(s->n, sizeof *sorted);
    if (s->n) memcpy(sorted, s->value, s->n * sizeof *sorted);
    if (all_finite(sorted, s->n)) ranks_median_interval(sorted, s->n, &i.lo, &i.hi);
    free(sorted);
    return i;
}

uint32_t stats_shared(const Series *a, const Series *b) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->n; i++) n += is_first_of_block(a, i) && !isnan(value_in_block(b, a->block[i]));
    return n;
}

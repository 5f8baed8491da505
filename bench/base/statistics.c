#include "bench/base/statistics.h"
#include "base/err.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX 20 // Mann-Whitney: the distribution of U is counted out up to this many values an arm

static void *allocate(size_t n, size_t size) {
    void *p = calloc(n ? n : 1, size);
    BUG_IF(!p, "out of memory for %zu values", n);
    return p;
}

void series_add(Series *s, double value, int block) {
    if ((s->n & (s->n - 1)) == 0) { // grows at powers of two
        uint32_t cap = s->n ? s->n * 2 : 1;
        s->value = realloc(s->value, cap * sizeof *s->value);
        s->block = realloc(s->block, cap * sizeof *s->block);
        BUG_IF(!s->value || !s->block, "out of memory for %u values", cap);
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
    double stack[64], *copy = n <= ARRAY_LEN(stack) ? stack : allocate(n, sizeof *copy);
    memcpy(copy, values, n * sizeof *copy);
    gsl_sort(copy, 1, n);
    double m = gsl_stats_median_from_sorted_data(copy, 1, n);
    if (copy != stack) free(copy);
    return m;
}

// ---- bootstrap ----------------------------------------------------------------------------------------------------

typedef struct Blocks {
    int *id; // sorted, unique
    uint32_t n;
} Blocks;

static int compare_int(const void *a, const void *b) {
    return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static Blocks blocks_of(const Bootstrap *b) {
    Blocks all = {0};
    uint32_t total = 0;
    for (uint32_t c = 0; c < b->n; c++) total += b->cells[c]->n;
    all.id = allocate(total, sizeof *all.id);
    total = 0;
    for (uint32_t c = 0; c < b->n; c++) {
        if (b->cells[c]->n) memcpy(all.id + total, b->cells[c]->block, b->cells[c]->n * sizeof *all.id);
        total += b->cells[c]->n;
    }
    qsort(all.id, total, sizeof *all.id, compare_int);
    for (uint32_t i = 0; i < total; i++)
        if (!all.n || all.id[all.n - 1] != all.id[i]) all.id[all.n++] = all.id[i];
    return all;
}

// The cell's values in the drawn blocks; a cell that has none of them is drawn by itself.
static double resampled_median(const Series *s, const Blocks *blocks, const uint32_t *drawn, bool paired, gsl_rng *rng,
                               double *scratch) {
    uint32_t n = 0;
    for (uint32_t d = 0; paired && d < blocks->n; d++) {
        for (uint32_t i = 0; i < s->n; i++)
            if (s->block[i] == blocks->id[drawn[d]]) scratch[n++] = s->value[i];
    }
    if (!n)
        for (; n < s->n; n++) scratch[n] = s->value[gsl_rng_uniform_int(rng, s->n)];
    return stats_median(scratch, n);
}

static void draw_resamples(const Bootstrap *b, gsl_rng *rng, double *results) {
    Blocks blocks = blocks_of(b);
    uint32_t *drawn = allocate(blocks.n, sizeof *drawn), largest = 1;
    for (uint32_t c = 0; c < b->n; c++)
        if (b->cells[c]->n > largest) largest = b->cells[c]->n;
    double *scratch = allocate((size_t)blocks.n * largest + largest, sizeof *scratch);
    double *medians = allocate(b->n, sizeof *medians), *out = allocate(b->outs, sizeof *out);
    for (int r = 0; r < b->resamples; r++) {
        for (uint32_t d = 0; d < blocks.n; d++) drawn[d] = (uint32_t)gsl_rng_uniform_int(rng, blocks.n);
        for (uint32_t c = 0; c < b->n; c++)
            medians[c] = resampled_median(b->cells[c], &blocks, drawn, b->paired, rng, scratch);
        b->fn(medians, b->context, out);
        for (uint32_t k = 0; k < b->outs; k++) results[(size_t)k * (size_t)b->resamples + (size_t)r] = out[k];
    }
    free(out), free(medians), free(scratch), free(drawn), free(blocks.id);
}

void stats_bootstrap(const Bootstrap *b, Interval *out) {
    double *medians = allocate(b->n, sizeof *medians), *point = allocate(b->outs, sizeof *point);
    bool enough = true;
    for (uint32_t c = 0; c < b->n; c++) {
        medians[c] = stats_median(b->cells[c]->value, b->cells[c]->n);
        enough &= b->cells[c]->n >= STATS_MIN;
    }
    b->fn(medians, b->context, point);
    for (uint32_t k = 0; k < b->outs; k++) out[k] = (Interval){point[k], NAN, NAN};
    if (enough) {
        gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
        gsl_rng_set(rng, (unsigned long)(b->seed ? b->seed : 1));
        double *results = allocate((size_t)b->outs * (size_t)b->resamples, sizeof *results);
        draw_resamples(b, rng, results);
        for (uint32_t k = 0; k < b->outs; k++) {
            double *mine = results + (size_t)k * (size_t)b->resamples;
            gsl_sort(mine, 1, (size_t)b->resamples);
            out[k].lo = stats_quantile(mine, (uint32_t)b->resamples, 0.025);
            out[k].hi = stats_quantile(mine, (uint32_t)b->resamples, 0.975);
        }
        free(results);
        gsl_rng_free(rng);
    }
    free(point), free(medians);
}

static void ratio_of_two(const double *medians, void *context, double *out) {
    (void)context;
    *out = medians[0] / medians[1];
}

static void first_median(const double *medians, void *context, double *out) {
    (void)context;
    *out = medians[0];
}

Interval stats_ratio(const Series *base, const Series *config, bool paired, uint64_t seed) {
    const Series *cells[] = {base, config};
    Bootstrap b = {cells, 2, paired, STATS_RESAMPLES, seed, ratio_of_two, NULL, 1};
    Interval i;
    stats_bootstrap(&b, &i);
    return i;
}

Interval stats_median_interval(const Series *s, uint64_t seed) {
    const Series *cells[] = {s};
    Bootstrap b = {cells, 1, false, STATS_RESAMPLES, seed, first_median, NULL, 1};
    Interval i;
    stats_bootstrap(&b, &i);
    return i;
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

// P(U <= u) for arms of n and m without ties: the number of ways to place n of n + m ranks with U = k, by the usual
// recurrence.
static double exact_tail(uint32_t n, uint32_t m, double u) {
    static const uint32_t SIZE = EXACT_MAX * EXACT_MAX + 1;
    // ways[i][k]: subsets of size i of the ranks seen so far whose rank sum minus i(i+1)/2 is k
    double *ways = allocate((size_t)(n + 1) * SIZE, sizeof *ways), total = 0, tail = 0;
    ways[0] = 1;
    for (uint32_t rank = 1; rank <= n + m; rank++) {
        for (uint32_t i = rank < n ? rank : n; i >= 1; i--) {
            uint32_t step = rank - i; // what this rank adds to U when it becomes the i-th of the first arm
            for (uint32_t k = n * m + 1; k-- > step;) ways[i * SIZE + k] += ways[(i - 1) * SIZE + k - step];
        }
    }
    for (uint32_t k = 0; k <= n * m; k++) {
        total += ways[n * SIZE + k];
        if (k <= u) tail += ways[n * SIZE + k];
    }
    free(ways);
    return tail / total;
}

double stats_mann_whitney(const double *a, uint32_t n, const double *b, uint32_t m) {
    if (!n || !m) return 1;
    Ranked *all = allocate(n + m, sizeof *all);
    for (uint32_t i = 0; i < n; i++) all[i] = (Ranked){a[i], 0, true};
    for (uint32_t i = 0; i < m; i++) all[n + i] = (Ranked){b[i], 0, false};
    double ties = rank_all(all, n + m), sum = 0;
    for (uint32_t i = 0; i < n + m; i++) sum += all[i].first ? all[i].rank : 0;
    free(all);
    double u = sum - n * (n + 1.0) / 2, nm = (double)n * m, total = (double)n + m;
    if (u > nm - u) u = nm - u;
    double p;
    if (ties == 0 && n <= EXACT_MAX && m <= EXACT_MAX) {
        p = 2 * exact_tail(n, m, u);
    } else {
        double variance = nm / 12 * (total + 1 - ties / (total * (total - 1)));
        double z = variance > 0 ? (nm / 2 - u - 0.5) / sqrt(variance) : 0;
        p = 2 * gsl_cdf_ugaussian_Q(z > 0 ? z : 0);
    }
    return p < 1 ? p : 1;
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
    Ordered *order = allocate(n, sizeof *order);
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

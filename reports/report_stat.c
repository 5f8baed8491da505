// See report_stat.h. The seed is fixed: a report of the same document is the same report.
#include "reports/report_stat.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 2000 };
typedef VEC(double) Doubles;

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double stat_median_of(double *x, size_t n) {
    if (!n) return NAN;
    qsort(x, n, sizeof *x, by_value);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static uint64_t next_random(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15u; // splitmix64
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double resampled_median(const double *x, size_t n, double *scratch, uint64_t *seed) {
    for (size_t i = 0; i < n; i++) scratch[i] = x[next_random(seed) % n];
    return stat_median_of(scratch, n);
}

Est stat_median_ratio(const double *base, size_t n_base, const double *config, size_t n_config) {
    if (!n_base || !n_config) return (Est){0};
    size_t most = n_base > n_config ? n_base : n_config;
    double *scratch = malloc(most * sizeof *scratch), *ratios = malloc(RESAMPLES * sizeof *ratios);
    BUG_IF(!scratch || !ratios, "out of memory");
    memcpy(scratch, base, n_base * sizeof *base);
    double top = stat_median_of(scratch, n_base);
    memcpy(scratch, config, n_config * sizeof *config);
    double bottom = stat_median_of(scratch, n_config);
    Est e = {0};
    if (bottom > 0 && top > 0) e = est_of(top / bottom);
    if (e.known && n_base > 1 && n_config > 1) {
        uint64_t seed = 1;
        for (size_t i = 0; i < RESAMPLES; i++) {
            double b = resampled_median(base, n_base, scratch, &seed);
            ratios[i] = b / resampled_median(config, n_config, scratch, &seed);
        }
        qsort(ratios, RESAMPLES, sizeof *ratios, by_value);
        e = est_with(e.value, ratios[RESAMPLES * 25 / 1000], ratios[RESAMPLES * 975 / 1000 - 1]);
    }
    free(scratch);
    free(ratios);
    return e;
}

static void collect(Doubles *out, const RunDoc *doc, const RunWorkload *w, const char *metric, const char *config) {
    for (uint32_t i = 0; i < doc->samples.n; i++) {
        const RunSample *s = &doc->samples.at[i];
        const json_t *v = json_object_get(s->metrics, metric);
        if (s->valid && json_is_number(v) && strcmp(s->purpose, "time") == 0 && strcmp(s->config, config) == 0 &&
            strcmp(s->workload, w->name) == 0 && strcmp(s->guest, w->guest) == 0)
            vec_push(out, json_number_value(v));
    }
}

Est stat_doc_ratio(const RunDoc *doc, const RunWorkload *w, const char *metric, const char *base, const char *config) {
    Doubles a = {0}, b = {0};
    collect(&a, doc, w, metric, base);
    collect(&b, doc, w, metric, config);
    Est e = stat_median_ratio(a.at, a.n, b.at, b.n);
    vec_free(&a);
    vec_free(&b);
    return e;
}

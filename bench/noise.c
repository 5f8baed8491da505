#include "bench/noise.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/environment.h"
#include "bench/summary.h"
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMOOTH 1.1                       // test_nights: 95 of 100 for skewed noise, 97 for normal
enum { RESAMPLES = 1000, COMPARED = 4 }; // comparisons that a floor without further words is stated for

// ---- from samples of equal arms to floor and effect ---------------------------------------------------------------

void spread_add(Spread *s, const Series *arm) {
    if (!arm->n) return;
    s->at = alloc_again(s->at, s->n + arm->n, sizeof *s->at);
    double centre = log(stats_median(arm->value, arm->n));
    for (uint32_t i = 0; i < arm->n; i++) s->at[s->n++] = log(arm->value[i]) - centre;
    s->arms++;
}

void spread_free(Spread *s) {
    free(s->at);
    *s = (Spread){0};
}

// By insertion: arms have about ten values, and this is the inner loop.
static void sort_arm(double *x, uint32_t n) {
    for (uint32_t i = 1; i < n; i++) {
        double v = x[i];
        uint32_t k = i;
        for (; k > 0 && x[k - 1] > v; k--) x[k] = x[k - 1];
        x[k] = v;
    }
}

// Two arms drawn from the spread, each sorted. WHY a pool: what is known of the noise was itself drawn, so each pair of
// arms comes from another drawing of it. `scale` makes up for the medians from which the distances were taken.
typedef struct Draws {
    const Spread *spread;
    gsl_rng *rng;
    double scale, *pool, *first, *second;
    uint32_t n, m;
} Draws;

static Draws draws_begin(const Spread *s, uint32_t n, uint32_t m) {
    Draws d = {.spread = s, .rng = gsl_rng_alloc(gsl_rng_mt19937), .n = n, .m = m};
    gsl_rng_set(d.rng, 1);
    d.scale = SMOOTH * sqrt((double)s->n / (s->n - s->arms));
    d.pool = alloc_zeroed((size_t)s->n + n + m, sizeof *d.pool);
    d.first = d.pool + s->n, d.second = d.first + n;
    return d;
}

static void draws_end(Draws *d) {
    free(d->pool);
    gsl_rng_free(d->rng);
}

static void draw_arms(Draws *d) {
    uint32_t all = d->spread->n;
    for (uint32_t i = 0; i < all; i++) d->pool[i] = d->scale * d->spread->at[gsl_rng_uniform_int(d->rng, all)];
    for (uint32_t i = 0; i < d->n + d->m; i++) d->first[i] = d->pool[gsl_rng_uniform_int(d->rng, all)];
    sort_arm(d->first, d->n), sort_arm(d->second, d->m);
}

static double middle(const double *sorted, uint32_t n) { return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2; }

static bool usable(const Spread *s, uint32_t n, uint32_t m) {
    for (uint32_t i = 0; i < s->n; i++)
        if (!isfinite(s->at[i])) return false;
    return s->n >= s->arms + 2 && n && m;
}

double noise_floor(const Spread *s, uint32_t n, uint32_t m) {
    double all[RESAMPLES];
    if (!usable(s, n, m)) return INFINITY;
    Draws d = draws_begin(s, n, m);
    for (int i = 0; i < RESAMPLES; i++) {
        draw_arms(&d);
        all[i] = fabs(middle(d.first, n) - middle(d.second, m));
    }
    draws_end(&d);
    gsl_sort(all, 1, RESAMPLES);
    return expm1(stats_quantile(all, RESAMPLES, 0.95));
}

// For k up to `kth`, largest[k] becomes the k-th largest difference of a pair of samples, from 0.
static void largest_differences(const Draws *d, uint32_t kth, double *largest, double *scratch) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < d->n; i++) // a row: only its largest ones can be among them; the second arm is sorted
        for (uint32_t j = 0; j < d->m && j <= kth; j++) scratch[count++] = d->first[i] - d->second[j];
    gsl_sort_largest(largest, kth + 1, scratch, 1, count);
}

// The shift of the second arm from which on this pair is called different: its medians are `gate` apart, and all but
// `critical` of the pairs of samples stand in the order of the shift.
static double shift_found(const Draws *d, int critical, double gate, const double *largest) {
    return fmax(largest[critical], gate + middle(d->first, d->n) - middle(d->second, d->m));
}

double noise_mde(const Spread *s, uint32_t n, uint32_t m, uint32_t cells, double gate) {
    double all[RESAMPLES];
    int strict = stats_critical_u(n, m, NOISE_ALPHA / (cells ? cells : 1)),
        loose = stats_critical_u(n, m, STATS_ALPHA / (cells ? cells : 1));
    if (!usable(s, n, m) || strict < 0) return INFINITY;
    double wide = NOISE_CLEAR * fmax(log1p(gate), log1p(noise_floor(s, n, m)));
    Draws d = draws_begin(s, n, m);
    double *scratch = alloc_zeroed((size_t)n * m * 2, sizeof *scratch), *largest = scratch + (size_t)n * m;
    for (int i = 0; i < RESAMPLES; i++) {
        draw_arms(&d);
        largest_differences(&d, (uint32_t)loose, largest, scratch); // the looser level leaves out more pairs
        all[i] = fmin(shift_found(&d, strict, log1p(gate), largest), shift_found(&d, loose, wide, largest));
    }
    free(scratch);
    draws_end(&d);
    gsl_sort(all, 1, RESAMPLES);
    return expm1(stats_quantile(all, RESAMPLES, 0.95) + NOISE_NIGHTS);
}

uint32_t noise_blocks_for_verdict(uint32_t cells) {
    uint32_t n = STATS_MIN;
    while (stats_smallest_p(n, n) * (cells ? cells : 1) >= NOISE_ALPHA) n++;
    return n;
}

// ---- entries ------------------------------------------------------------------------------------------------------

static bool is_text(const json_t *e, const char *name, const char *wanted) {
    return !wanted || !strcmp(json_text(e, name, ""), wanted);
}

const json_t *noise_find(const json_t *entries, const NoiseKey *key) {
    size_t i;
    json_t *e;
    json_array_foreach((json_t *)entries, i, e) {
        if (is_text(e, "workload", key->workload) && is_text(e, "guest", key->guest) &&
            is_text(e, "metric", key->metric) && is_text(e, "size", key->size) && is_text(e, "plan", key->plan))
            return e;
    }
    return NULL;
}

static NoiseKey key_of(const json_t *e) {
    return (NoiseKey){json_text(e, "workload", ""), json_text(e, "guest", ""), json_text(e, "metric", ""),
                      json_text(e, "size", ""), json_text(e, "plan", "")};
}

Spread noise_spread(const json_t *entry) {
    const json_t *values = json_object_get(entry, "spread");
    Spread s = {.n = (uint32_t)json_array_size(values), .arms = 2};
    s.at = alloc_zeroed(s.n + 1, sizeof *s.at);
    for (uint32_t i = 0; i < s.n; i++) s.at[i] = json_number_value(json_array_get(values, i));
    return s;
}

char *noise_plan(const RunDoc *doc) {
    char pin[32] = "any";
    if (doc->plan.pin != RUN_NULL) snprintf(pin, sizeof pin, "%d", (int)doc->plan.pin);
    return alloc_print("cpu %s, events %s, isa %s", pin, doc->plan.events ? doc->plan.events : "none",
                       doc->plan.time_isa ? doc->plan.time_isa : "unknown");
}

json_t *noise_load(const char *path) {
    Err err;
    json_t *file = jsonfile_load_schema(path, "nightjar.noise", 2, &err), *entries = json_array();
    char *cpu = environment_cpuinfo("model name");
    bool known = file && !strcmp(json_text(file, "schema", ""), "nightjar.noise/2"); // 1 does not say of which plan
    if (known && !strcmp(json_text(file, "cpu_model", ""), cpu ? cpu : ""))
        json_array_extend(entries, json_object_get(file, "entries"));
    free(cpu);
    json_decref(file);
    return entries;
}

// Sets floor and mde of an entry for arms of n and m. The drift between the halves of the A/A run is a lower bound.
static void set_levels(json_t *entry, const Spread *s, uint32_t n, uint32_t m) {
    double floor = fmax(fmax(noise_floor(s, n, m), json_num(entry, "drift", 0)), NOISE_LEAST);
    json_put(entry, "n", json_integer(n < m ? n : m));
    json_put(entry, "floor", number_or_null(floor));
    json_put(entry, "mde", number_or_null(noise_mde(s, n, m, COMPARED, floor)));
}

static double drift_of(const Series *a, const Series *b) {
    Series early = {0}, late = {0};
    const Series *arms[] = {a, b};
    int last = 0;
    for (uint32_t i = 0; i < a->n; i++) last = a->block[i] > last ? a->block[i] : last;
    for (size_t k = 0; k < ARRAY_LEN(arms); k++)
        for (uint32_t i = 0; i < arms[k]->n; i++)
            series_add(arms[k]->block[i] * 2 <= last ? &early : &late, arms[k]->value[i], 0);
    double d = early.n && late.n ? stats_median(early.value, early.n) / stats_median(late.value, late.n) : 1;
    series_free(&early), series_free(&late);
    return fmax(d, 1 / d) - 1;
}

static json_t *measure_one(const RunDoc *doc, uint32_t workload, uint32_t metric, const char *plan) {
    const RunWorkload *w = &doc->workloads.at[workload];
    Series a = summary_series(doc, run_config_on(doc, "aa-a", NULL), workload, metric),
           b = summary_series(doc, run_config_on(doc, "aa-b", NULL), workload, metric);
    Spread s = {0};
    spread_add(&s, &a), spread_add(&s, &b);
    json_t *entry = NULL;
    if (a.n >= STATS_MIN && b.n >= STATS_MIN && usable(&s, a.n, b.n)) {
        json_t *values = json_array();
        for (uint32_t i = 0; i < s.n; i++) json_array_append_new(values, json_real(s.at[i]));
        entry = json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:o, s:s}", "workload", w->name, "guest", w->guest, "metric",
                          doc->metrics.at[metric].name, "size", w->size, "plan", plan, "drift", drift_of(&a, &b),
                          "spread", values, "measured", doc->created);
        set_levels(entry, &s, a.n, b.n);
    }
    series_free(&a), series_free(&b), spread_free(&s);
    return entry;
}

json_t *noise_measure(const RunDoc *doc) {
    static const char *const METRICS[] = {"cpu_ns", "wall_ns", "execute_ns"};
    json_t *entries = json_array();
    char *plan = noise_plan(doc);
    for (uint32_t w = 0; w < doc->workloads.n; w++)
        for (size_t m = 0; m < ARRAY_LEN(METRICS); m++) {
            uint32_t metric = run_metric(doc, METRICS[m]);
            json_t *entry = metric == RUN_NONE ? NULL : measure_one(doc, w, metric, plan);
            if (entry) json_array_append_new(entries, entry);
        }
    free(plan);
    return entries;
}

// The number of samples that a report of this document compares: those of all-on, else of the first timed cell.
static uint32_t samples_of(const RunDoc *doc, uint32_t workload, uint32_t metric) {
    uint32_t first = 0, all_on = run_config_on(doc, "all-on", NULL);
    for (uint32_t c = 0; c < doc->configs.n; c++) {
        Series s = summary_series(doc, c, workload, metric);
        uint32_t n = s.n;
        series_free(&s);
        if (c == all_on && n) return n;
        if (!first) first = n;
    }
    return first;
}

json_t *noise_for(const RunDoc *doc, const json_t *entries) {
    json_t *mine = json_array();
    char *plan = noise_plan(doc);
    for (uint32_t i = 0; i < doc->workloads.n; i++)
        for (uint32_t m = 0; m < doc->metrics.n; m++) {
            const RunWorkload *w = &doc->workloads.at[i];
            NoiseKey key = {w->name, w->guest, doc->metrics.at[m].name, w->size, plan};
            const json_t *e = noise_find(entries, &key);
            uint32_t n = e ? samples_of(doc, i, m) : 0;
            if (!n) continue;
            json_t *copy = json_deep_copy(e);
            Spread s = noise_spread(e);
            set_levels(copy, &s, n, n);
            spread_free(&s);
            json_array_append_new(mine, copy);
        }
    free(plan);
    return mine;
}

bool noise_store(const char *path, const RunDoc *doc, const json_t *entries, Err *err) {
    json_t *old = noise_load(path), *kept = json_deep_copy(entries), *e;
    size_t i;
    json_array_foreach(old, i, e) {
        NoiseKey key = key_of(e);
        if (!noise_find(entries, &key)) json_array_append(kept, e);
    }
    json_decref(old);
    json_t *file = json_pack("{s:s, s:o, s:o}", "schema", "nightjar.noise/2", "cpu_model",
                             json_string_or_null(doc->environment.cpu_model), "entries", kept);
    bool ok = jsonfile_write(path, file, err);
    json_decref(file);
    return ok;
}

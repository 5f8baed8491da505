#include "bench/noise.h"
#include "bench/environment.h"
#include "bench/base/jsonfile.h"
#include "bench/base/statistics.h"
#include "bench/summary.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPLITS = 4000 };

const json_t *noise_find(const json_t *entries, const char *workload, const char *guest, const char *metric) {
    size_t i;
    json_t *e;
    json_array_foreach((json_t *)entries, i, e) {
        if (!strcmp(json_text(e, "workload", ""), workload) && !strcmp(json_text(e, "guest", ""), guest) &&
            !strcmp(json_text(e, "metric", ""), metric))
            return e;
    }
    return NULL;
}

json_t *noise_load(const char *path) {
    Err err;
    json_t *file = jsonfile_load_schema(path, "nightjar.noise", 1, &err), *entries = json_array();
    char *cpu = environment_cpuinfo("model name");
    if (file && !strcmp(json_text(file, "cpu_model", ""), cpu ? cpu : ""))
        json_array_extend(entries, json_object_get(file, "entries"));
    free(cpu);
    json_decref(file);
    return entries;
}

// Ratios of medians of random halves of one and the same population, sorted.
static void split_ratios(double *all, uint32_t n, double *ratios) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 1);
    for (int i = 0; i < SPLITS; i++) {
        gsl_ran_shuffle(rng, all, n, sizeof *all);
        ratios[i] = stats_median(all, n / 2) / stats_median(all + n / 2, n / 2);
    }
    gsl_rng_free(rng);
    gsl_sort(ratios, 1, SPLITS);
}

// The floor is what equal arms differ by in 95 of 100 comparisons; two arms taken one after the other (first half of
// the blocks against the second) also see the machine drift, so that difference is a lower bound of the floor. The
// smallest visible effect is the one that lands beyond the floor in 80 of 100 comparisons.
static json_t *measure_one(const json_t *document, const json_t *w, const char *metric) {
    CellKey key = {"aa-a", json_text(w, "name", ""), json_text(w, "guest", ""), metric};
    Series a = summary_series(document, &key), early = {0}, late = {0}, all = {0};
    key.config = "aa-b";
    Series b = summary_series(document, &key);
    json_t *entry = NULL;
    const Series *arms[] = {&a, &b};
    int last = 0;
    for (uint32_t i = 0; i < a.n; i++) last = a.block[i] > last ? a.block[i] : last;
    for (size_t k = 0; k < ARRAY_LEN(arms); k++)
        for (uint32_t i = 0; i < arms[k]->n; i++) {
            series_add(&all, arms[k]->value[i], 0);
            series_add(arms[k]->block[i] * 2 <= last ? &early : &late, arms[k]->value[i], 0);
        }
    if (a.n >= STATS_MIN && b.n >= STATS_MIN && early.n && late.n) {
        static const double POWER = 0.8;
        double *ratios = calloc(SPLITS, sizeof *ratios),
               drift = stats_median(early.value, early.n) / stats_median(late.value, late.n);
        BUG_IF(!ratios, "out of memory");
        split_ratios(all.value, all.n, ratios);
        double low = stats_quantile(ratios, SPLITS, 0.025), high = stats_quantile(ratios, SPLITS, 0.975);
        double floor = fmax(fmax(high, 1 / low), fmax(drift, 1 / drift)) - 1;
        double mde = (1 + floor) / stats_quantile(ratios, SPLITS, 1 - POWER) - 1;
        entry = json_pack("{s:s, s:s, s:s, s:f, s:f, s:i, s:f, s:s, s:s}", "workload", key.workload, "guest", key.guest,
                          "metric", metric, "floor", floor, "mde", mde, "n", (int)(all.n / 2), "drift",
                          fmax(drift, 1 / drift) - 1, "size", json_text(w, "size", ""), "measured",
                          json_text(document, "created", ""));
        free(ratios);
    }
    series_free(&a), series_free(&b), series_free(&all), series_free(&early), series_free(&late);
    return entry;
}

json_t *noise_measure(const json_t *document) {
    static const char *const METRICS[] = {"cpu_ns", "wall_ns", "execute_ns"};
    json_t *entries = json_array(), *w;
    size_t i;
    json_array_foreach(json_object_get(document, "workloads"), i, w) {
        for (size_t m = 0; m < ARRAY_LEN(METRICS); m++) {
            json_t *entry = measure_one(document, w, METRICS[m]);
            if (entry) json_array_append_new(entries, entry);
        }
    }
    return entries;
}

bool noise_store(const char *path, const json_t *document, const json_t *entries, Err *err) {
    json_t *old = noise_load(path), *kept = json_deep_copy(entries), *e;
    size_t i;
    json_array_foreach(old, i, e) {
        if (!noise_find(entries, json_text(e, "workload", ""), json_text(e, "guest", ""), json_text(e, "metric", "")))
            json_array_append(kept, e);
    }
    json_decref(old);
    json_t *file = json_pack("{s:s, s:O, s:o}", "schema", "nightjar.noise/1", "cpu_model",
                             json_object_get(json_object_get(document, "environment"), "cpu_model"), "entries", kept);
    bool ok = jsonfile_write(path, file, err);
    json_decref(file);
    return ok;
}

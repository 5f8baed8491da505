// The first pass over the code and the steady state: from warm-up samples to `summary.warmup` (RUN-FORMAT.md).
//
// Example, four parts instead of twenty: they took 9, 5, 4 and 4 ms. The steady state is the median of the second half,
// 4 ms; the first pass took (9 - 4) + (5 - 4) + 0 + 0 = 6 ms beyond it.
#include "bench/base/jsonfile.h"
#include "bench/summary.h"
#include <math.h>
#include <string.h>

enum { PARTS = 20 };

typedef struct Curves { // of one cell
    Series cpu[PARTS], translate[PARTS];
    int n;
} Curves;

static double slice_value(const json_t *slices, size_t i, const char *name) {
    double now = json_num(json_array_get(slices, i), name, NAN);
    return fmax(0, i ? now - json_num(json_array_get(slices, i - 1), name, NAN) : now);
}

static void add_curve(Curves *c, const json_t *slices) {
    if (json_array_size(slices) < PARTS) return; // the run loop took over too seldom
    for (size_t i = 0; i < PARTS; i++) {
        series_add(&c->cpu[i], slice_value(slices, i, "cpu_ns"), c->n);
        series_add(&c->translate[i], slice_value(slices, i, "translate_ns"), c->n);
    }
    c->n++;
}

static json_t *warmup_json(const Curves *c, const char *config, const json_t *w) {
    double cpu[PARTS], first = 0;
    json_t *slices = json_array();
    for (size_t i = 0; i < PARTS; i++) {
        cpu[i] = stats_median(c->cpu[i].value, c->cpu[i].n);
        json_array_append_new(slices, json_pack("{s:f, s:f}", "cpu_ns", cpu[i], "translate_ns",
                                                stats_median(c->translate[i].value, c->translate[i].n)));
    }
    double steady = stats_median(cpu + PARTS / 2, PARTS / 2);
    for (size_t i = 0; i < PARTS; i++) first += cpu[i] - steady;
    return json_pack("{s:s, s:O, s:O, s:i, s:f, s:f, s:o}", "config", config, "workload", json_object_get(w, "name"),
                     "guest", json_object_get(w, "guest"), "n", c->n, "first_pass_ns", first, "steady_ns", steady,
                     "slices", slices);
}

static bool is_warmup_of(const json_t *s, const char *config, const json_t *w) {
    return json_is_true(json_object_get(s, "valid")) && !strcmp(json_text(s, "purpose", ""), "warmup") &&
           !strcmp(json_text(s, "config", ""), config) &&
           !strcmp(json_text(s, "workload", ""), json_text(w, "name", "")) &&
           !strcmp(json_text(s, "guest", ""), json_text(w, "guest", ""));
}

json_t *summary_warmup(const json_t *document) {
    json_t *out = json_array(), *c, *w, *s;
    size_t i, j, k;
    json_array_foreach(json_object_get(document, "configs"), i, c) {
        json_array_foreach(json_object_get(document, "workloads"), j, w) {
            Curves curves = {0};
            const char *config = json_text(c, "id", "");
            json_array_foreach(json_object_get(document, "samples"), k, s) {
                if (is_warmup_of(s, config, w)) add_curve(&curves, json_object_get(s, "slices"));
            }
            if (curves.n) json_array_append_new(out, warmup_json(&curves, config, w));
            for (k = 0; k < PARTS; k++) series_free(&curves.cpu[k]), series_free(&curves.translate[k]);
        }
    }
    return out;
}

// Attribution for the document: finds the cells, calls attribution.c, writes `summary.attribution` (RUN-FORMAT.md).
// Two bases: "factorial" (all 2^n cells of plan.axes, the others on: Shapley and interactions) and "ablation"
// (leave-one-out from all-on and add-one to all-off, for every switch).
#include "bench/attribution.h"
#include "bench/base/jsonfile.h"
#include "bench/plan.h"
#include "bench/summary.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const METRICS[] = {"host_instructions", "cpu_ns", "wall_ns", "execute_ns"};

typedef struct Cells {
    Series at[1u << ATTRIBUTION_AXES];
    uint32_t n;
} Cells;

static const json_t *all_on_features(const json_t *document) {
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(document, "configs"), i, c) {
        if (!strcmp(json_text(c, "id", ""), "all-on")) return json_object_get(c, "features");
    }
    return NULL;
}

static void cells_free(Cells *cells) {
    for (uint32_t i = 0; i < cells->n; i++) series_free(&cells->at[i]);
}

// One Series for each of the 2^n configurations; false if one of them has no valid sample.
static bool factorial_cells(const json_t *document, const json_t *w, const char *metric, const json_t *axes,
                            const json_t *all_on, Cells *out) {
    uint32_t n = (uint32_t)json_array_size(axes);
    bool complete = true;
    out->n = 1u << n;
    for (uint32_t mask = 0; mask < out->n; mask++) {
        json_t *set = json_deep_copy(all_on);
        for (uint32_t i = 0; i < n; i++)
            json_put(set, json_string_value(json_array_get(axes, i)), json_boolean(mask >> i & 1));
        char *id = matrix_config_id(set);
        out->at[mask] =
            summary_series(document, &(CellKey){id, json_text(w, "name", ""), json_text(w, "guest", ""), metric});
        complete &= out->at[mask].n > 0;
        free(id);
        json_decref(set);
    }
    return complete;
}

// Exact cells must not vary; returns false where they do.
static bool exact_intervals(const Cells *cells, uint32_t axes, uint32_t outs, Interval *result) {
    double cost[1u << ATTRIBUTION_AXES], point[1 + 3 * ATTRIBUTION_AXES + ATTRIBUTION_AXES * ATTRIBUTION_AXES];
    for (uint32_t i = 0; i < cells->n; i++) {
        cost[i] = cells->at[i].value[0];
        for (uint32_t k = 1; k < cells->at[i].n; k++)
            if (cells->at[i].value[k] != cost[i]) return false;
    }
    attribution_compute(cost, &axes, point);
    for (uint32_t k = 0; k < outs; k++) result[k] = (Interval){point[k], point[k], point[k]};
    return true;
}

static void sampled_intervals(const Cells *cells, uint32_t axes, uint32_t outs, Interval *result) {
    const Series *pointers[1u << ATTRIBUTION_AXES];
    for (uint32_t i = 0; i < cells->n; i++) pointers[i] = &cells->at[i];
    Contrast c = {pointers, cells->n, attribution_compute, &axes, outs};
    stats_contrast(&c, result);
}

static json_t *entry_head(const json_t *w, const char *metric, const char *basis, Interval total) {
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "workload", json_text(w, "name", ""), "guest",
                     json_text(w, "guest", ""), "metric", metric, "basis", basis, "total", number_or_null(total.point),
                     "total_lo", number_or_null(total.lo), "total_hi", number_or_null(total.hi));
}

static json_t *factorial_json(const json_t *w, const char *metric, const json_t *axes, const Interval *r) {
    uint32_t n = (uint32_t)json_array_size(axes);
    json_t *entry = entry_head(w, metric, "factorial", r[0]), *parts = json_array(), *pairs = json_array();
    for (uint32_t i = 0; i < n; i++) {
        json_array_append_new(parts, json_pack("{s:O, s:o, s:o, s:o}", "feature", json_array_get(axes, i), "add_one",
                                               interval_json(r[attribution_add_one(i)]), "leave_one_out",
                                               interval_json(r[attribution_leave_one_out(n, i)]), "shapley",
                                               interval_json(r[attribution_shapley(n, i)])));
        for (uint32_t j = i + 1; j < n; j++) {
            json_t *pair = interval_json(r[attribution_pair(n, i, j)]);
            json_object_set(pair, "a", json_array_get(axes, i));
            json_object_set(pair, "b", json_array_get(axes, j));
            json_array_append_new(pairs, pair);
        }
    }
    json_put(entry, "parts", parts);
    json_put(entry, "interactions", pairs);
    return entry;
}

static void add_factorial(const json_t *document, const json_t *w, const json_t *metric, json_t *out) {
    const json_t *axes = json_object_get(json_object_get(document, "plan"), "axes"),
                 *all_on = all_on_features(document);
    uint32_t n = (uint32_t)json_array_size(axes);
    if (!n || n > ATTRIBUTION_AXES || !all_on) return;
    Cells cells;
    Interval result[1 + 3 * ATTRIBUTION_AXES + ATTRIBUTION_AXES * ATTRIBUTION_AXES];
    const char *name = json_text(metric, "name", "");
    bool ok = factorial_cells(document, w, name, axes, all_on, &cells);
    if (ok && summary_is_exact(metric))
        ok = exact_intervals(&cells, n, attribution_outputs(n), result);
    else if (ok)
        sampled_intervals(&cells, n, attribution_outputs(n), result);
    if (ok) json_array_append_new(out, factorial_json(w, name, axes, result));
    cells_free(&cells);
}

// The speedup of `better` over `worse` as {"ratio", "lo", "hi"}, or null where one of them was not measured.
static json_t *step(const json_t *document, const json_t *w, const json_t *metric, const char *worse,
                    const char *better) {
    const char *name = json_text(w, "name", ""), *guest = json_text(w, "guest", ""), *m = json_text(metric, "name", "");
    Series a = summary_series(document, &(CellKey){worse, name, guest, m}),
           b = summary_series(document, &(CellKey){better, name, guest, m});
    Interval i = summary_speedup(metric, &a, &b, true);
    series_free(&a), series_free(&b);
    return isfinite(i.point) ? interval_json(i) : json_null();
}

static void add_ablation(const json_t *document, const json_t *w, const json_t *metric, json_t *out) {
    const json_t *all_on = all_on_features(document);
    json_t *total = step(document, w, metric, "all-off", "all-on"), *parts = json_array(), *v;
    const char *feature;
    bool any = false;
    json_object_foreach((json_t *)all_on, feature, v) {
        char only[160], without[160];
        snprintf(only, sizeof only, "only-%s", feature);
        snprintf(without, sizeof without, "no-%s", feature);
        json_t *add = step(document, w, metric, "all-off", only), *leave = step(document, w, metric, without, "all-on");
        any |= !json_is_null(add) || !json_is_null(leave);
        json_array_append_new(parts, json_pack("{s:s, s:o, s:o, s:n}", "feature", feature, "add_one", add,
                                               "leave_one_out", leave, "shapley"));
    }
    if (any && json_is_object(total)) {
        json_t *entry = entry_head(
            w, json_text(metric, "name", ""), "ablation",
            (Interval){json_num(total, "ratio", NAN), json_num(total, "lo", NAN), json_num(total, "hi", NAN)});
        json_object_set(entry, "parts", parts);
        json_put(entry, "interactions", json_array());
        json_array_append_new(out, entry);
    }
    json_decref(parts), json_decref(total);
}

json_t *summary_attribution(const json_t *document) {
    json_t *out = json_array(), *w;
    size_t i;
    for (int basis = 0; basis < 2; basis++) {
        for (size_t m = 0; m < ARRAY_LEN(METRICS); m++) {
            const json_t *metric = summary_metric(document, METRICS[m]);
            json_array_foreach(json_object_get(document, "workloads"), i, w) {
                if (metric && basis == 0) add_factorial(document, w, metric, out);
                if (metric && basis == 1) add_ablation(document, w, metric, out);
            }
        }
    }
    return out;
}

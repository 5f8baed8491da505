// Attribution for the document: finds the cells, calls attribution.c, writes `summary.attribution` (RUN-FORMAT.md).
// Two bases: "factorial" (all 2^n cells of plan.axes, the others on: Shapley and interactions) and "ablation"
// (leave-one-out from all-on and add-one to all-off, for every switch). Of the first host alone.
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

static const json_t *all_on_features(const RunDoc *doc) {
    uint32_t c = run_config_on(doc, "all-on", NULL);
    return c == RUN_NONE ? NULL : doc->configs.at[c].features;
}

static void cells_free(Cells *cells) {
    for (uint32_t i = 0; i < cells->n; i++) series_free(&cells->at[i]);
}

// One Series for each of the 2^n configurations; false if one of them has no valid sample.
static bool factorial_cells(const RunDoc *doc, uint32_t workload, uint32_t metric, const json_t *all_on, Cells *out) {
    const json_t *axes = doc->plan.axes;
    uint32_t n = (uint32_t)json_array_size(axes);
    bool complete = true;
    out->n = 1u << n;
    for (uint32_t mask = 0; mask < out->n; mask++) {
        json_t *set = json_deep_copy(all_on);
        for (uint32_t i = 0; i < n; i++)
            json_put(set, json_string_value(json_array_get(axes, i)), json_boolean(mask >> i & 1));
        char *id = matrix_config_id(set, run_first_host(doc));
        out->at[mask] = summary_series(doc, run_config(doc, id), workload, metric);
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

static json_t *entry_head(const RunWorkload *w, const RunMetric *metric, const char *basis, Interval total) {
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "workload", w->name, "guest", w->guest, "metric",
                     metric->name, "basis", basis, "total", number_or_null(total.point), "total_lo",
                     number_or_null(total.lo), "total_hi", number_or_null(total.hi));
}

static json_t *factorial_json(const RunWorkload *w, const RunMetric *metric, const json_t *axes, const Interval *r) {
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

static void add_factorial(const RunDoc *doc, uint32_t workload, uint32_t metric, json_t *out) {
    const json_t *axes = doc->plan.axes, *all_on = all_on_features(doc);
    const RunMetric *m = &doc->metrics.at[metric];
    uint32_t n = (uint32_t)json_array_size(axes);
    if (!n || n > ATTRIBUTION_AXES || !all_on) return;
    Cells cells;
    Interval result[1 + 3 * ATTRIBUTION_AXES + ATTRIBUTION_AXES * ATTRIBUTION_AXES];
    bool ok = factorial_cells(doc, workload, metric, all_on, &cells);
    if (ok && run_is_exact(m))
        ok = exact_intervals(&cells, n, attribution_outputs(n), result);
    else if (ok)
        sampled_intervals(&cells, n, attribution_outputs(n), result);
    if (ok) json_array_append_new(out, factorial_json(&doc->workloads.at[workload], m, axes, result));
    cells_free(&cells);
}

// The speedup of `better` over `worse`; not finite where one of them was not measured.
static Interval step(const RunDoc *doc, uint32_t workload, uint32_t metric, const char *worse, const char *better) {
    Series a = summary_series(doc, run_config_on(doc, worse, NULL), workload, metric),
           b = summary_series(doc, run_config_on(doc, better, NULL), workload, metric);
    Interval i = summary_speedup(&doc->metrics.at[metric], &a, &b, true);
    series_free(&a), series_free(&b);
    return i;
}

static json_t *step_json(Interval i) { return isfinite(i.point) ? interval_json(i) : json_null(); }

static void add_ablation(const RunDoc *doc, uint32_t workload, uint32_t metric, json_t *out) {
    Interval total = step(doc, workload, metric, "all-off", "all-on");
    json_t *parts = json_array(), *v;
    const char *feature;
    bool any = false;
    json_object_foreach((json_t *)all_on_features(doc), feature, v) {
        char only[160], without[160];
        snprintf(only, sizeof only, "only-%s", feature);
        snprintf(without, sizeof without, "no-%s", feature);
        Interval add = step(doc, workload, metric, "all-off", only),
                 leave = step(doc, workload, metric, without, "all-on");
        any |= isfinite(add.point) || isfinite(leave.point);
        json_array_append_new(parts, json_pack("{s:s, s:o, s:o, s:n}", "feature", feature, "add_one", step_json(add),
                                               "leave_one_out", step_json(leave), "shapley"));
    }
    if (any && isfinite(total.point)) {
        json_t *entry = entry_head(&doc->workloads.at[workload], &doc->metrics.at[metric], "ablation", total);
        json_object_set(entry, "parts", parts);
        json_put(entry, "interactions", json_array());
        json_array_append_new(out, entry);
    }
    json_decref(parts);
}

json_t *summary_attribution(const RunDoc *doc) {
    json_t *out = json_array();
    for (int basis = 0; basis < 2; basis++)
        for (size_t i = 0; i < ARRAY_LEN(METRICS); i++) {
            uint32_t metric = run_metric(doc, METRICS[i]);
            for (uint32_t w = 0; metric != RUN_NONE && w < doc->workloads.n; w++)
                (basis ? add_ablation : add_factorial)(doc, w, metric, out);
        }
    return out;
}

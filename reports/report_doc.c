// Reads a nightjar.run/1 document into RunDoc. What is refused and why is report_refuse.c's business; the meaning of
// the fields is bench/RUN-FORMAT.md's. Optional members that are missing become empty lists or unknown estimates.
#include "reports/report_doc.h"
#include "reports/report_refuse.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *json_str_or(const json_t *object, const char *key, const char *otherwise) {
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : otherwise;
}

static const char *str(const json_t *object, const char *key) { return json_str_or(object, key, ""); }

static double number(const json_t *object, const char *key, double otherwise) {
    const json_t *v = json_object_get(object, key);
    return json_is_number(v) ? json_number_value(v) : otherwise;
}

// {"ratio": r, "lo": l, "hi": h} under the given name of the value; a plain number is a value without interval.
static Est estimate(const json_t *v, const char *value_key) {
    if (json_is_number(v)) return est_of(json_number_value(v));
    const json_t *value = json_object_get(v, value_key);
    if (!json_is_number(value)) return (Est){0};
    const json_t *lo = json_object_get(v, "lo"), *hi = json_object_get(v, "hi");
    if (!json_is_number(lo) || !json_is_number(hi)) return est_of(json_number_value(value));
    return est_with(json_number_value(value), json_number_value(lo), json_number_value(hi));
}

static void read_configs(RunDoc *doc, const json_t *list) {
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o) {
        RunConfig c = {
            .id = str(o, "id"), .engine = json_str_or(o, "engine", NULL), .peer = json_str_or(o, "peer", NULL)};
        c.label = json_str_or(o, "label", c.id);
        if (json_is_object(json_object_get(o, "features"))) c.features = json_object_get(o, "features");
        vec_push(&doc->configs, c);
    }
}

static void read_workloads(RunDoc *doc, const json_t *list) {
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o) {
        RunWorkload w = {.name = str(o, "name"), .guest = str(o, "guest"), .work_unit = str(o, "work_unit")};
        w.title = json_str_or(o, "title", w.name);
        w.exact_size = json_str_or(json_object_get(o, "exact"), "size", NULL);
        w.work = number(o, "work", 0);
        vec_push(&doc->workloads, w);
    }
}

static void read_metrics(RunDoc *doc, const json_t *list) {
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o) {
        RunMetric m = {str(o, "name"),      str(o, "unit"), str(o, "kind"),
                       str(o, "direction"), str(o, "help"), json_is_true(json_object_get(o, "primary"))};
        vec_push(&doc->metrics, m);
    }
}

static void read_samples(RunDoc *doc, const json_t *list) {
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o) {
        RunSample s = {.config = str(o, "config"),
                       .workload = str(o, "workload"),
                       .guest = str(o, "guest"),
                       .purpose = str(o, "purpose"),
                       .reason = json_str_or(o, "reason", NULL),
                       .id = number(o, "id", (double)i),
                       .valid = json_is_true(json_object_get(o, "valid")),
                       .metrics = json_object_get(o, "metrics"),
                       .unavailable = json_object_get(o, "unavailable")};
        vec_push(&doc->samples, s);
    }
}

static void read_cells(RunDoc *doc, const json_t *list) {
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o) {
        RunCell c = {.config = str(o, "config"),
                     .workload = str(o, "workload"),
                     .guest = str(o, "guest"),
                     .metric = str(o, "metric"),
                     .median = estimate(o, "median"),
                     .min = number(o, "min", NAN),
                     .max = number(o, "max", NAN),
                     .n = (int)number(o, "n", 0),
                     .invalid = (int)number(o, "invalid", 0)};
        vec_push(&doc->cells, c);
    }
}

static void read_speedups(RunDoc *doc, const json_t *list) {
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o) {
        RunSpeedup s = {str(o, "config"), str(o, "baseline"),   str(o, "workload"),      str(o, "guest"),
                        str(o, "metric"), estimate(o, "ratio"), number(o, "p_holm", NAN)};
        vec_push(&doc->speedups, s);
    }
}

static double size_of_part(const RunPart *p) {
    return p->shapley.known ? p->shapley.value : p->leave_one_out.known ? p->leave_one_out.value : p->add_one.value;
}

int report_largest_part_first(const void *a, const void *b) {
    const RunPart *x = a, *y = b;
    if (x->shapley.known != y->shapley.known) return x->shapley.known ? -1 : 1;
    double p = size_of_part(x), q = size_of_part(y);
    return p > q ? -1 : p < q ? 1 : strcmp(x->feature, y->feature);
}

static void read_attribution(RunDoc *doc, const json_t *o) {
    RunAttribution a = {.workload = str(o, "workload"), .guest = str(o, "guest"), .metric = str(o, "metric")};
    a.total = estimate(json_object_get(o, "total"), "ratio");
    const json_t *lo = json_object_get(o, "total_lo"), *hi = json_object_get(o, "total_hi");
    if (a.total.known && json_is_number(lo) && json_is_number(hi))
        a.total = est_with(a.total.value, json_number_value(lo), json_number_value(hi));
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(o, "parts"), i, p) {
        RunPart part = {str(p, "feature"), estimate(json_object_get(p, "add_one"), "ratio"),
                        estimate(json_object_get(p, "leave_one_out"), "ratio"),
                        estimate(json_object_get(p, "shapley"), "ratio")};
        vec_push(&a.parts, part);
    }
    json_array_foreach(json_object_get(o, "interactions"), i, p) {
        RunPair pair = {str(p, "a"), str(p, "b"), estimate(p, "ratio")};
        vec_push(&a.pairs, pair);
    }
    bool shapley = a.pairs.n > 0;
    for (uint32_t k = 0; k < a.parts.n; k++) shapley |= a.parts.at[k].shapley.known;
    a.factorial = strcmp(json_str_or(o, "basis", shapley ? "factorial" : "ablation"), "factorial") == 0;
    if (a.parts.n) qsort(a.parts.at, a.parts.n, sizeof *a.parts.at, report_largest_part_first);
    vec_push(&doc->attributions, a);
}

static void read_noise(RunDoc *doc, const json_t *list) {
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o) {
        RunNoise n = {str(o, "workload"),
                      str(o, "guest"),
                      str(o, "metric"),
                      str(o, "measured"),
                      estimate(json_object_get(o, "floor"), "ratio"),
                      estimate(json_object_get(o, "mde"), "ratio"),
                      number(o, "n", 0)};
        vec_push(&doc->noise, n);
    }
}

bool report_doc_from_json(RunDoc *doc, json_t *root, const char *path, Err *err) {
    *doc = (RunDoc){0};
    if (!report_refuse(root, path, err)) {
        json_decref(root);
        return false;
    }
    doc->root = root;
    doc->path = strdup(path);
    BUG_IF(!doc->path, "out of memory");
    doc->created = str(root, "created");
    doc->title = str(root, "title");
    doc->tool = json_object_get(root, "tool");
    doc->plan = json_object_get(root, "plan");
    doc->environment = json_object_get(root, "environment");
    doc->emulator = json_object_get(root, "emulator");
    doc->commit = json_str_or(doc->tool, "commit", NULL);
    doc->dirty = json_is_true(json_object_get(doc->tool, "dirty"));
    doc->errors = json_object_get(root, "errors");
    const json_t *summary = json_object_get(root, "summary");
    doc->baseline = str(summary, "baseline");
    read_configs(doc, json_object_get(root, "configs"));
    read_workloads(doc, json_object_get(root, "workloads"));
    read_metrics(doc, json_object_get(root, "metrics"));
    read_samples(doc, json_object_get(root, "samples"));
    read_noise(doc, json_object_get(root, "noise"));
    read_cells(doc, json_object_get(summary, "cells"));
    read_speedups(doc, json_object_get(summary, "speedups"));
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(summary, "attribution"), i, o) read_attribution(doc, o);
    return true;
}

bool report_doc_load(RunDoc *doc, const char *path, Err *err) {
    *doc = (RunDoc){0};
    json_t *root = report_read_json(path, err);
    return root && report_doc_from_json(doc, root, path, err);
}

void report_doc_free(RunDoc *doc) {
    for (uint32_t i = 0; i < doc->attributions.n; i++) {
        vec_free(&doc->attributions.at[i].parts);
        vec_free(&doc->attributions.at[i].pairs);
    }
    vec_free(&doc->attributions);
    vec_free(&doc->configs);
    vec_free(&doc->workloads);
    vec_free(&doc->metrics);
    vec_free(&doc->samples);
    vec_free(&doc->cells);
    vec_free(&doc->speedups);
    vec_free(&doc->noise);
    json_decref(doc->root);
    free(doc->path);
    *doc = (RunDoc){0};
}

const RunConfig *report_doc_config(const RunDoc *doc, const char *id) {
    for (uint32_t i = 0; i < doc->configs.n; i++)
        if (strcmp(doc->configs.at[i].id, id) == 0) return &doc->configs.at[i];
    return NULL;
}

const RunMetric *report_doc_metric(const RunDoc *doc, const char *name) {
    for (uint32_t i = 0; i < doc->metrics.n; i++)
        if (strcmp(doc->metrics.at[i].name, name) == 0) return &doc->metrics.at[i];
    return NULL;
}

const RunMetric *report_doc_primary(const RunDoc *doc) {
    for (uint32_t i = 0; i < doc->metrics.n; i++)
        if (doc->metrics.at[i].primary) return &doc->metrics.at[i];
    const RunMetric *cpu = report_doc_metric(doc, "cpu_ns");
    return cpu || !doc->metrics.n ? cpu : &doc->metrics.at[0];
}

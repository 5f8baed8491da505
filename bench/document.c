#include "bench/document.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/model/run.h"
#include "bench/noise.h"
#include "bench/summary.h"
#include "bench/validity.h"
#include <stdlib.h>
#include <string.h>

typedef struct FixedMetric {
    const char *name, *unit, *kind, *direction, *purpose;
    bool primary, gate, per_work; // per_work: of a unit of work, where samples are told how much to do
    const char *help;
} FixedMetric;

static const FixedMetric FIXED[] = {
    {"cpu_ns", "ns", "sampled", "lower", "time", true, true, true,
     "user and system CPU time of the process: of a unit of work in the steady state, or of the whole run where the work "
     "is that of a size"},
    {"wall_ns", "ns", "sampled", "lower", "time", false, false, true, "wall time from start to end of the process"},
    {"execute_ns", "ns", "sampled", "lower", "time", false, false, true,
     "CPU time between guest start and guest end that is not translation"},
    {"startup_ns", "ns", "sampled", "lower", "time", false, false, false,
     "CPU time that a process takes whatever its work is: start, loading, translation; from samples of two lengths"},
    {"translate_ns", "ns", "sampled", "lower", "time", false, false, false, "CPU time in the translator"},
    {"load_ns", "ns", "sampled", "lower", "time", false, false, false, "CPU time until the guest starts"},
    {"max_rss_kb", "KiB", "sampled", "lower", "time", false, false, false, "largest resident set of the process"},
    {"involuntary_switches", "switches", "sampled", "none", "time", false, false, false,
     "times that the kernel took the CPU away: many mean that something else was running"},
    {"minor_faults", "faults", "sampled", "none", "time", false, false, false, "pages that the kernel mapped in"},
    {"host_per_guest", "ratio", "exact", "lower", "exact", false, false, false,
     "host instructions in generated code per guest instruction"},
};

static json_t *metric_json(const FixedMetric *f) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:s}", "name", f->name, "unit", f->unit, "kind", f->kind,
                     "direction", f->direction, "purpose", f->purpose, "primary", f->primary, "gate", f->gate,
                     "per_work", f->per_work, "help", f->help);
}

// Counts are taken from exact samples, times from timed ones: then counts of one cell belong to one and the same run,
// and configurations that are only counted have all of them.
static json_t *counter_json(const json_t *c) {
    const char *name = json_text(c, "name", "?");
    FixedMetric f = {name,
                     json_text(c, "unit", "events"),
                     json_text(c, "kind", "exact"),
                     json_text(c, "direction", "none"),
                     "exact",
                     false,
                     !strcmp(name, "host_instructions"),
                     false,
                     json_text(c, "help", "")};
    return metric_json(&f);
}

bool document_has_fixed(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(FIXED); i++)
        if (!strcmp(FIXED[i].name, name)) return true;
    return false;
}

json_t *document_metrics(const json_t *version, const json_t *samples) {
    json_t *metrics = json_array(), *seen = json_object(), *v;
    size_t i;
    const char *name;
    for (i = 0; i < ARRAY_LEN(FIXED); i++) json_array_append_new(metrics, metric_json(&FIXED[i]));
    json_array_foreach(json_object_get(version, "counters"), i, v) json_array_append_new(metrics, counter_json(v));
    json_array_foreach((json_t *)samples, i, v) json_object_update(seen, json_object_get(v, "units"));
    json_object_foreach(seen, name, v) {
        FixedMetric f = {.name = name,
                         .unit = json_string_value(v),
                         .kind = "sampled",
                         .direction = "lower",
                         .purpose = "time",
                         .per_work = true,
                         .help = "PAPI event, counted around guest execution"};
        json_array_append_new(metrics, metric_json(&f));
    }
    json_decref(seen);
    return metrics;
}

static int compare_ids(const void *a, const void *b) {
    json_int_t x = json_integer_value(json_object_get(*(json_t *const *)a, "id")),
               y = json_integer_value(json_object_get(*(json_t *const *)b, "id"));
    return (x > y) - (x < y);
}

// A copy, ordered by id: the order in which samples were taken does not change the document.
static json_t *ordered_samples(const json_t *samples) {
    size_t n = json_array_size(samples);
    json_t **at = alloc_zeroed(n + 1, sizeof *at), *out = json_array();
    for (size_t i = 0; i < n; i++) at[i] = json_array_get(samples, i);
    qsort(at, n, sizeof *at, compare_ids);
    for (size_t i = 0; i < n; i++) json_array_append_new(out, json_deep_copy(at[i]));
    free(at);
    return out;
}

json_t *document_make(const json_t *header, const json_t *samples, const json_t *noise, const char *path, Err *err) {
    static const char *const KEPT[] = {"created",     "title",    "tool",  "plan",    "plan_hash",
                                       "environment", "emulator", "hosts", "configs", "workloads"};
    RunDoc draft;
    json_t *doc = json_object();
    json_put(doc, "schema", json_string(RUN_SCHEMA));
    for (size_t i = 0; i < ARRAY_LEN(KEPT); i++)
        if (json_object_get(header, KEPT[i])) json_put(doc, KEPT[i], json_deep_copy(json_object_get(header, KEPT[i])));
    json_t *own = ordered_samples(samples);
    json_put(doc, "metrics", document_metrics(json_object_get(json_object_get(doc, "emulator"), "version"), own));
    json_put(doc, "samples", own);
    validity_siblings(own);
    json_put(doc, "errors", validity_inexact(own, json_object_get(doc, "metrics")));
    json_put(doc, "noise", json_array());
    if (!run_doc_draft(&draft, doc, path, err)) return NULL;
    json_incref(doc);
    if (noise) json_put(doc, "noise", noise_for(&draft, noise));
    json_put(doc, "summary", summary_make(&draft));
    run_doc_free(&draft);
    return doc;
}

int document_faults(const json_t *document) {
    size_t i;
    json_t *s;
    int n = (int)json_array_size(json_object_get(document, "errors"));
    json_array_foreach(json_object_get(document, "samples"), i, s) n += !json_is_true(json_object_get(s, "valid"));
    return n;
}

bool document_check(const json_t *doc, const char *path, Err *err) {
    RunDoc run;
    bool whole = run_doc_from_json(&run, json_incref((json_t *)doc), path, err);
    if (whole) run_doc_free(&run);
    return whole;
}

json_t *document_load(const char *path, Err *err) {
    json_t *doc = jsonfile_load(path, err);
    if (!doc || document_check(doc, path, err)) return doc;
    json_decref(doc);
    return NULL;
}

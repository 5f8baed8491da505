// A nightjar.run/1 document (bench/RUN-FORMAT.md) as typed lists. Strings point into the JSON, which the document owns.
// INVARIANT: after report_doc_load every string is non-NULL unless its comment says "may be NULL", and every list is
// valid.
#pragma once
#include "base/err.h"
#include "base/vec.h"
#include "reports/report_text.h"
#include <jansson.h>

typedef struct RunConfig {
    const char *id, *label;
    const char *engine, *peer; // may be NULL; a peer has no features
    const json_t *features;    // may be NULL
} RunConfig;

typedef struct RunWorkload {
    const char *name, *guest, *title, *work_unit;
    const char *exact_size; // the program whose instructions are counted, when it is not the timed one; may be NULL
    double work;            // 0 when unknown
} RunWorkload;

typedef struct RunMetric {
    const char *name, *unit, *kind, *direction, *help;
    bool primary;
} RunMetric;

typedef struct RunSample {
    const char *config, *workload, *guest, *purpose;
    const char *reason; // may be NULL
    double id;
    bool valid;
    const json_t *metrics, *unavailable; // may be NULL
} RunSample;

typedef struct RunCell {
    const char *config, *workload, *guest, *metric;
    Est median;
    double min, max;
    int n, invalid;
} RunCell;

typedef struct RunSpeedup {
    const char *config, *baseline, *workload, *guest, *metric;
    Est ratio;
    double p_holm; // NAN when unknown
} RunSpeedup;

typedef struct RunPart {
    const char *feature;
    Est add_one, leave_one_out, shapley;
} RunPart;

typedef struct RunPair {
    const char *a, *b;
    Est ratio;
} RunPair;

typedef struct RunAttribution {
    const char *workload, *guest, *metric;
    bool factorial; // over the axes with the others on; else an ablation: every switch, no Shapley parts
    Est total;
    VEC(RunPart) parts; // Shapley parts first, then the others; largest first
    VEC(RunPair) pairs;
} RunAttribution;

typedef struct RunNoise {
    const char *workload, *guest, *metric, *measured;
    Est floor, mde; // shares: 0.02 = 2 %
    double n;
} RunNoise;

typedef struct RunDoc {
    char *path;
    json_t *root;
    const char *created, *title;
    const char *commit; // may be NULL
    bool dirty;
    const json_t *tool, *plan, *environment, *emulator; // may be NULL
    VEC(RunConfig) configs;
    VEC(RunWorkload) workloads;
    VEC(RunMetric) metrics;
    VEC(RunSample) samples;
    VEC(RunCell) cells;
    VEC(RunSpeedup) speedups;
    VEC(RunAttribution) attributions;
    VEC(RunNoise) noise;
    const json_t *errors; // may be NULL: exact metrics that varied, and the like
    const char *baseline; // id of a configuration, "" when unknown
} RunDoc;

// Refuses, by name and with what to do: files that cannot be read, are empty, cut off, no JSON, of another schema,
// newer, or that lack a member. On failure *doc needs no free.
bool report_doc_load(RunDoc *doc, const char *path, Err *err);
bool report_doc_from_json(RunDoc *doc, json_t *root, const char *path, Err *err); // takes the reference of root
void report_doc_free(RunDoc *doc);

const RunConfig *report_doc_config(const RunDoc *doc, const char *id);   // NULL when there is none
const RunMetric *report_doc_metric(const RunDoc *doc, const char *name); // NULL when there is none
const RunMetric *report_doc_primary(const RunDoc *doc);                  // NULL when no metric is listed
int report_largest_part_first(const void *a, const void *b);             // for qsort over RunPart
const char *json_str_or(const json_t *object, const char *key, const char *otherwise);

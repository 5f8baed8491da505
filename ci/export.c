// `nightjar history export`: one row for each value. SQLite is a copy of the index.
#include "bench/base/output.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/codes.h"
#include "bench/model/run.h"
#include "ci/history.h"
#include "ci/names.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct Row {
    const IndexRun *run;
    const char *workload, *guest, *config, *metric, *unit, *elf, *isa, *engine, *code;
    bool exact;
    double value, anchor_ratio; // NAN: none
    int n;
} Row;

typedef struct Export {
    const HistoryOptions *o;
    Index *x;
    FILE *out;
    json_t *notes;
    IndexRuns runs;
    bool first;
} Export;

// ---- formats
static void csv_text(FILE *f, const char *text) {
    if (!strpbrk(text, ",\"\n\r")) {
        fputs(text, f);
        return;
    }
    fputc('"', f);
    for (; *text; text++) {
        if (*text == '"') fputc('"', f);
        fputc(*text, f);
    }
    fputc('"', f);
}

static void csv_row(const Export *e, const Row *r) {
    const char *const texts[] = {r->run->created,
                                 r->run->commit ? r->run->commit : "",
                                 r->run->machine,
                                 r->workload,
                                 r->guest,
                                 r->config,
                                 r->metric,
                                 r->unit,
                                 r->exact ? "exact" : "sampled",
                                 r->elf,
                                 r->isa,
                                 r->engine};
    for (unsigned i = 0; i < ARRAY_LEN(texts); i++) csv_text(e->out, texts[i]), fputc(',', e->out);
    fprintf(e->out, "%.17g,%d,", r->value, r->n);
    if (!isnan(r->anchor_ratio)) fprintf(e->out, "%.17g", r->anchor_ratio);
    fprintf(e->out, ",%s\n", r->code);
}

static void json_row(Export *e, const Row *r) {
    json_t *v = json_pack("{s:s, s:s?, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:i, s:o, s:s}",
                          "created", r->run->created, "commit", r->run->commit, "machine", r->run->machine, "workload",
                          r->workload, "guest", r->guest, "config", r->config, "metric", r->metric, "unit", r->unit,
                          "kind", r->exact ? "exact" : "sampled", "elf_sha256", r->elf, "isa", r->isa, "engine",
                          r->engine, "value", r->value, "n", r->n, "anchor_ratio",
                          isnan(r->anchor_ratio) ? json_null() : json_real(r->anchor_ratio), "code_sha256", r->code);
    fputs(e->first ? "" : ",\n", e->out);
    json_dumpf(v, e->out, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(v);
}

static void label(FILE *f, const char *name, const char *value, bool first) {
    fprintf(f, "%s%s=\"", first ? "" : ",", name);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"') fputc('\\', f);
        if (*value == '\n')
            fputs("\\n", f);
        else
            fputc(*value, f);
    }
    fputc('"', f);
}

static void metric_name(const char *metric, char out[128]) {
    unsigned n = 0;
    for (; *metric && n < 127; metric++) {
        bool plain = (*metric >= 'a' && *metric <= 'z') || (*metric >= 'A' && *metric <= 'Z') ||
                     (*metric >= '0' && *metric <= '9') || *metric == '_';
        out[n++] = plain ? *metric : '_';
    }
    out[n] = 0;
}

static void openmetrics_row(const Export *e, const Row *r) {
    char name[128];
    struct tm tm = {0};
    const char *rest = strptime(r->run->created, "%Y-%m-%dT%H:%M:%S", &tm);
    metric_name(r->metric, name);
    fprintf(e->out, "nightjar_%s{", name);
    label(e->out, "workload", r->workload, true);
    label(e->out, "guest", r->guest, false);
    label(e->out, "config", r->config, false);
    label(e->out, "elf", r->elf, false);
    label(e->out, "isa", r->isa, false);
    label(e->out, "machine", r->run->machine, false);
    label(e->out, "commit", r->run->commit ? r->run->commit : "", false);
    label(e->out, "run", r->run->name, false);
    fprintf(e->out, "} %.17g", r->value);
    if (rest) fprintf(e->out, " %lld", (long long)timegm(&tm));
    fputc('\n', e->out);
}

static void put(Export *e, const Row *r) {
    if (!strcmp(e->o->format, "csv")) csv_row(e, r);
    if (!strcmp(e->o->format, "json")) json_row(e, r);
    if (!strcmp(e->o->format, "openmetrics")) openmetrics_row(e, r);
    e->first = false;
}

static void begin_metric(const Export *e, const char *metric, const char *unit) {
    char name[128];
    if (strcmp(e->o->format, "openmetrics")) return;
    metric_name(metric, name);
    fprintf(e->out, "# TYPE nightjar_%s gauge\n# HELP nightjar_%s %s, in %s\n", name, name, metric, unit);
}

// ---- from the index
static const IndexPoint *point_of(const IndexPoints *points, int64_t run) {
    for (uint32_t i = 0; i < points->n; i++)
        if (points->at[i].run == run) return &points->at[i];
    return NULL;
}

static bool export_series(Export *e, const IndexSeries *s, int m, Err *err) {
    IndexPoints points = {0};
    if (!index_points(e->x, s->id, &points, err)) return false;
    for (uint32_t i = 0; i < e->runs.n; i++) {
        const IndexPoint *p = point_of(&points, e->runs.at[i].id);
        if (!p || isnan(p->value[m])) continue;
        Row r = {.run = &e->runs.at[i],
                 .workload = name_now(e->notes, "workload", s->workload),
                 .guest = name_now(e->notes, "guest", s->guest),
                 .config = name_now(e->notes, "config", s->config),
                 .metric = index_metrics[m].name,
                 .unit = index_metrics[m].unit,
                 .elf = s->elf,
                 .isa = s->isa,
                 .engine = s->engine,
                 .code = p->code,
                 .exact = s->exact,
                 .value = p->value[m],
                 .anchor_ratio = !strcmp(index_metrics[m].name, "cpu_ns") ? p->value[m] / p->anchor : NAN,
                 .n = p->n};
        put(e, &r);
    }
    vec_free(&points);
    return true;
}

static bool export_indexed(Export *e, Err *err) {
    IndexSeriesList list = {0};
    bool ok = index_series(e->x, &list, err);
    for (int m = 0; ok && m < INDEX_METRICS; m++) {
        if (e->o->metric && strcmp(e->o->metric, index_metrics[m].name)) continue;
        begin_metric(e, index_metrics[m].name, index_metrics[m].unit);
        for (uint32_t i = 0; ok && i < list.n; i++) {
            const IndexSeries *s = &list.at[i];
            if (s->exact == index_metrics[m].exact && cell_fits(e->notes, e->o->cell, s->workload, s->guest, s->config))
                ok = export_series(e, s, m, err);
        }
    }
    index_series_free(&list);
    return ok;
}

// ---- from the runs: any metric, slower
static int export_run(Export *e, const IndexRun *run, bool *begun, Err *err) {
    json_t *root = run->problem ? NULL : store_load_run(e->x->store, run->name, err);
    RunDoc doc;
    int rows = 0;
    if (!root || !run_doc_from_json(&doc, root, run->name, err)) return 0;
    uint32_t metric = run_metric(&doc, e->o->metric);
    for (uint32_t i = 0; i < doc.summary.cells.n; i++) {
        const RunCell *c = &doc.summary.cells.at[i];
        const char *w = doc.workloads.at[c->workload].name, *g = c->guest, *f = doc.configs.at[c->config].id;
        if (c->metric != metric || isnan(c->median) || !cell_fits(e->notes, e->o->cell, w, g, f)) continue;
        const RunMetric *m = &doc.metrics.at[metric];
        if (!*begun) begin_metric(e, m->name, m->unit);
        *begun = true;
        Row r = {.run = run,
                 .workload = name_now(e->notes, "workload", w),
                 .guest = name_now(e->notes, "guest", g),
                 .config = name_now(e->notes, "config", f),
                 .metric = m->name,
                 .unit = m->unit,
                 .elf = "",
                 .isa = "",
                 .engine = "",
                 .code = "",
                 .exact = run_is_exact(m),
                 .value = c->median,
                 .anchor_ratio = NAN,
                 .n = (int)c->n};
        put(e, &r);
        rows++;
    }
    run_doc_free(&doc);
    return rows;
}

static bool export_any(Export *e, Err *err) {
    int rows = 0;
    bool begun = false;
    for (uint32_t i = 0; i < e->runs.n; i++) rows += export_run(e, &e->runs.at[i], &begun, err);
    return rows || err_set(err, "--metric %s: no run has it", e->o->metric);
}

// ---- the command
static bool write_rows(Export *e, Err *err) {
    bool json = !strcmp(e->o->format, "json");
    if (!strcmp(e->o->format, "csv"))
        fputs(
            "created,commit,machine,workload,guest,config,metric,unit,kind,elf_sha256,isa,engine,value,n,anchor_ratio,"
            "code_sha256\n",
            e->out);
    if (json) fputs("[\n", e->out);
    e->first = true;
    bool ok = !e->o->metric || index_metric(e->o->metric) >= 0 ? export_indexed(e, err) : export_any(e, err);
    if (json) fputs("\n]\n", e->out);
    if (!strcmp(e->o->format, "openmetrics")) fputs("# EOF\n", e->out);
    return ok;
}

static int copy_index(const HistoryOptions *o, Index *x) {
    if (!o->out || !strcmp(o->out, "-")) {
        fprintf(stderr, "nightjar: history export --format sqlite: give -o FILE\n");
        return EXIT_USAGE;
    }
    Err err;
    sqlite3_int64 n = 0;
    unsigned char *bytes = sqlite3_serialize(x->db, "main", &n, 0);
    if (!bytes) alloc_failed((size_t)n);
    bool ok = output_write(o->out, (const char *)bytes, (size_t)n, &err);
    sqlite3_free(bytes);
    return ok ? EXIT_OK : complain(&err, EXIT_HOST);
}

int history_export(const HistoryOptions *o, Index *x) {
    static const char *const formats[] = {"csv", "json", "sqlite", "openmetrics"};
    Export e = {.o = o, .x = x};
    Err err;
    bool known = false;
    for (unsigned i = 0; i < ARRAY_LEN(formats); i++) known |= o->format && !strcmp(o->format, formats[i]);
    if (!known) {
        fprintf(stderr, "nightjar: history export: give --format csv, json, sqlite or openmetrics\n");
        return EXIT_USAGE;
    }
    if (!strcmp(o->format, "sqlite")) return copy_index(o, x);
    char *text = NULL;
    size_t size = 0;
    e.out = alloc_stream(&text, &size);
    e.notes = store_notes(x->store, NULL);
    bool ok = index_runs(x, &e.runs, &err) && write_rows(&e, &err);
    alloc_stream_end(e.out);
    int code = !ok ? complain(&err, EXIT_USAGE)
               : !jsonfile_write_text(o->out ? o->out : "-", text, &err) ? complain(&err, EXIT_HOST)
                                                                         : EXIT_OK;
    free(text);
    index_runs_free(&e.runs);
    json_decref(e.notes);
    return code;
}

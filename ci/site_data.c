// The numbers of the site: points of the index as rows of nights, and as the script that the page loads.
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/model/run.h"
#include "ci/bridge.h"
#include "ci/names.h"
#include "ci/site.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 0, CPU = INDEX_METRICS - 2 };

static const char *const ENVIRONMENT[] = {"cpu_model",  "cpu_signature", "microcode", "kernel", "cores",
                                          "hypervisor", "governor",      "turbo",     "smt",    "aslr"};

// ---- events
static char *value_of(const json_t *e, const char *key) {
    char *v = json_dumps(json_object_get(e, key), JSON_ENCODE_ANY | JSON_COMPACT);
    char *text = v ? v : alloc_text("unknown");
    return text;
}

static void compare_environments(Site *s, uint32_t night, const json_t *before, const json_t *now) {
    for (unsigned k = 0; before && k < ARRAY_LEN(ENVIRONMENT); k++) {
        SiteEvent e = {night, ENVIRONMENT[k], value_of(before, ENVIRONMENT[k]), value_of(now, ENVIRONMENT[k]), NULL};
        if (strcmp(e.before, e.after)) {
            vec_push(&s->events, e);
        } else {
            free(e.before), free(e.after);
        }
    }
}

static void collect_events(Site *s) {
    json_t *before = NULL;
    for (uint32_t i = 0; i < s->nights.n; i++) {
        const IndexRun *r = &s->changes.runs.at[s->nights.at[i]];
        json_t *now = json_loads(r->environment ? r->environment : "{}", 0, NULL);
        compare_environments(s, i, before, now);
        json_decref(before);
        before = now;
        for (uint32_t k = 0; k < s->changes.epochs.n; k++) {
            const Epoch *e = &s->changes.epochs.at[k];
            if (e->first == s->nights.at[i] && run_id_is(e->config, "all-on"))
                vec_push(&s->events, ((SiteEvent){i, e->what, alloc_text(""), alloc_text(""), e}));
        }
    }
    json_decref(before);
}

bool site_has_event(const Site *s, uint32_t event, const SiteSubject *subject) {
    const Epoch *e = s->events.at[event].epoch;
    return !e || (!strcmp(e->workload, subject->workload) && !strcmp(e->guest, subject->guest));
}

static double *empty_row(const Site *s) {
    double *row = alloc_bytes((s->nights.n + 1) * sizeof *row);
    for (uint32_t i = 0; i < s->nights.n; i++) row[i] = NAN;
    return row;
}

static SiteSubject *subject_of(Site *s, const char *workload, const char *guest) {
    for (uint32_t i = 0; i < s->subjects.n; i++)
        if (!strcmp(s->subjects.at[i].workload, workload) && !strcmp(s->subjects.at[i].guest, guest))
            return &s->subjects.at[i];
    vec_push(&s->subjects, ((SiteSubject){.workload = workload, .guest = guest}));
    return &s->subjects.at[s->subjects.n - 1];
}

static SiteCell *cell_of(const Site *s, SiteSubject *subject, const char *config) {
    for (uint32_t i = 0; i < subject->cells.n; i++)
        if (!strcmp(subject->cells.at[i].config, config)) return &subject->cells.at[i];
    vec_push(&subject->cells,
             ((SiteCell){config, empty_row(s), empty_row(s), empty_row(s), empty_row(s), false, false}));
    return &subject->cells.at[subject->cells.n - 1];
}

typedef struct Night {
    int64_t run;
    long at;
} Night;

static int by_run(const void *a, const void *b) {
    const Night *x = a, *y = b;
    return (x->run > y->run) - (x->run < y->run);
}

// Sorted by id of the run. The caller frees it.
static Night *sorted_nights(const Site *s) {
    Night *list = alloc_zeroed(s->nights.n + 1, sizeof *list);
    for (uint32_t i = 0; i < s->nights.n; i++) list[i] = (Night){s->changes.runs.at[s->nights.at[i]].id, i};
    qsort(list, s->nights.n, sizeof *list, by_run);
    return list;
}

static long night_of(const Site *s, const Night *list, int64_t run) {
    const Night *found = bsearch(&(Night){run, 0}, list, s->nights.n, sizeof *list, by_run);
    return found ? found->at : -1;
}

static long night_of_run(const Site *s, uint32_t run) {
    for (uint32_t i = 0; i < s->nights.n; i++)
        if (s->nights.at[i] == run) return i;
    return -1;
}

static void take_point(SiteSubject *subject, SiteCell *c, const IndexSeries *series, const IndexPoint *p, long night) {
    if (series->exact && !isnan(p->value[COUNT])) c->count[night] = p->value[COUNT], c->counted = true;
    if (series->exact || isnan(p->value[CPU])) return;
    double by = p->anchor > 0 ? p->anchor : 1e6; // ms where there is no anchor
    subject->anchored |= p->anchor > 0;
    c->time[night] = p->value[CPU] / by, c->lo[night] = p->lo / by, c->hi[night] = p->hi / by;
    c->timed = true;
}

static int by_name(const void *a, const void *b) {
    const SiteSubject *x = a, *y = b;
    int order = strcmp(x->workload, y->workload);
    return order ? order : strcmp(x->guest, y->guest);
}

static int all_on_first(const void *a, const void *b) {
    const SiteCell *x = a, *y = b;
    bool first = run_id_is(x->config, "all-on"), second = run_id_is(y->config, "all-on");
    if (first != second) return first ? -1 : 1;
    bool here = !strchr(x->config, '@'), there = !strchr(y->config, '@');
    if (here != there) return here ? -1 : 1;
    if (x->timed != y->timed) return x->timed ? -1 : 1;
    return strcmp(x->config, y->config);
}

bool site_collect(Site *s, Index *x, Err *err) {
    const Changes *c = &s->changes;
    for (uint32_t i = 0; i < c->runs.n; i++)
        if (!c->runs.at[i].problem && !bridge_is_before(c->notes, c->runs.at[i].name)) vec_push(&s->nights, i);
    if (!store_list(x->store, "hot", &s->hot_files, NULL, err)) return false;
    s->hot_of = alloc_zeroed(s->nights.n + 1, sizeof *s->hot_of);
    for (uint32_t i = 0; i < s->nights.n; i++) s->hot_of[i] = hot_find(&s->hot_files, c->runs.at[s->nights.at[i]].name);
    collect_events(s);
    Night *sorted = sorted_nights(s);
    for (uint32_t i = 0; i < c->series.n; i++) {
        const IndexSeries *series = &c->series.at[i];
        IndexPoints points = {0};
        if (!strncmp(series->config, "peer:", 5)) continue;
        if (!index_points(x, series->id, &points, err)) return free(sorted), false;
        SiteSubject *subject =
            subject_of(s, name_now(c->notes, "workload", series->workload), name_now(c->notes, "guest", series->guest));
        SiteCell *cell = cell_of(s, subject, name_now(c->notes, "config", series->config));
        for (uint32_t k = 0; k < points.n; k++) {
            long night = night_of(s, sorted, points.at[k].run);
            if (night >= 0) take_point(subject, cell, series, &points.at[k], night);
        }
        vec_free(&points);
    }
    free(sorted);
    if (s->subjects.n) qsort(s->subjects.at, s->subjects.n, sizeof *s->subjects.at, by_name);
    for (uint32_t i = 0; i < s->subjects.n; i++)
        qsort(s->subjects.at[i].cells.at, s->subjects.at[i].cells.n, sizeof *s->subjects.at[i].cells.at, all_on_first);
    return true;
}

void site_free(Site *s) {
    for (uint32_t i = 0; i < s->subjects.n; i++) {
        SiteSubject *subject = &s->subjects.at[i];
        for (uint32_t k = 0; k < subject->cells.n; k++) {
            SiteCell *c = &subject->cells.at[k];
            free(c->count), free(c->time), free(c->lo), free(c->hi);
        }
        vec_free(&subject->cells);
    }
    vec_free(&s->subjects);
    vec_free(&s->nights);
    for (uint32_t i = 0; i < s->events.n; i++) free(s->events.at[i].before), free(s->events.at[i].after);
    vec_free(&s->events);
    vec_free(&s->hot_files);
    free(s->hot_of), free(s->remote);
}

// ---- the script
static json_t *row_json(const Site *s, const double *row) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < s->nights.n; i++)
        json_array_append_new(list, isnan(row[i])                                    ? json_null()
                                    : row[i] == floor(row[i]) && fabs(row[i]) < 9e15 ? json_integer((json_int_t)row[i])
                                                                                     : json_real(row[i]));
    return list;
}

static json_t *run_json(const Site *s, uint32_t night) {
    const IndexRun *r = &s->changes.runs.at[s->nights.at[night]];
    const char *commit = r->commit ? r->commit : "";
    char hot[20];
    bool link = s->remote && *commit && !r->dirty;
    site_hot_id(s, night, hot);
    json_t *row = json_pack("[s?, o]", r->created, json_sprintf("%.12s%s", commit, r->dirty ? "+" : ""));
    if (link || *hot) json_array_append_new(row, link ? json_sprintf("%s/commit/%s", s->remote, commit) : json_null());
    if (*hot) json_array_append_new(row, json_string(hot));
    return row;
}

// Of all subjects (NULL): what changed on the machine; of one: its epochs.
static json_t *event_text(const SiteEvent *e) {
    if (!e->epoch) return json_sprintf("%s: %s, before %s", e->what, e->after, e->before);
    const char *which = e->epoch->exact ? "counts" : "times";
    return isnan(e->epoch->bridged)
               ? json_sprintf("another %s: %s begin anew", e->what, which)
               : json_sprintf("another %s: %s begin anew; by one emulator x %.6g", e->what, which, e->epoch->bridged);
}

static json_t *events_json(const Site *s, const SiteSubject *subject) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < s->events.n; i++) {
        const SiteEvent *e = &s->events.at[i];
        bool wanted = subject ? e->epoch && site_has_event(s, i, subject) : !e->epoch;
        if (wanted) json_array_append_new(list, json_pack("{s:i, s:o}", "at", (int)e->night, "what", event_text(e)));
    }
    return list;
}

static void add_call(ReportText *out, const char *function, const char *key, json_t *doc) { // steals
    char *text = json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(6) | JSON_ENSURE_ASCII);
    BUG_IF(!text, "data that cannot be written as JSON");
    json_t *name = json_string(key);
    char *quoted = name ? json_dumps(name, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : alloc_text("\"\"");
    rt_add(out, "nightjarSite.%s(%s,", function, quoted);
    rt_bytes(out, text, strlen(text));
    rt_add(out, ");\n");
    free(text), free(quoted);
    json_decref(name), json_decref(doc);
}

void site_nights(ReportText *out, const Site *s) {
    json_t *runs = json_array();
    for (uint32_t i = 0; i < s->nights.n; i++) json_array_append_new(runs, run_json(s, i));
    add_call(out, "add", "nights", json_pack("{s:o, s:o}", "runs", runs, "events", events_json(s, NULL)));
}

static json_t *alerts_json(const Site *s, const SiteSubject *subject) {
    static const char *const KINDS[] = {"count", "step", "drift"};
    json_t *list = json_array();
    for (uint32_t i = 0; i < s->alerts->n; i++) {
        const Alert *a = &s->alerts->at[i];
        for (uint32_t k = 0; k < a->changes.n; k++) {
            const Change *c = a->changes.at[k];
            bool counts = c->kind != CHANGE_COUNT || !strcmp(c->metric, "host_instructions");
            if (strcmp(c->workload, subject->workload) || strcmp(c->guest, subject->guest) || !counts) continue;
            long night = night_of_run(s, c->first);
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:s, s:s, s:i, s:b}", "id", a->id, "state", a->state, "config",
                                            c->config, "kind", KINDS[c->kind], "at", (int)night, "worse", c->worse));
        }
    }
    return list;
}

// What a switch buys: host instructions without it, over those with everything on, night by night.
static json_t *attribution_json(const Site *s, const SiteSubject *subject) {
    json_t *parts = json_object();
    const SiteCell *on =
        subject->cells.n && run_id_is(subject->cells.at[0].config, "all-on") ? &subject->cells.at[0] : NULL;
    const char *host = on ? on->config + strlen("all-on") : ""; // "", or "@rv64"
    for (uint32_t i = 0; on && i < subject->cells.n; i++) {
        const SiteCell *c = &subject->cells.at[i];
        if (strncmp(c->config, "no-", 3) || strchr(c->config + 3, '-') || !c->counted) continue;
        if (strcmp(c->config + run_id_stem(c->config), host)) continue;
        double *row = empty_row(s);
        for (uint32_t n = 0; n < s->nights.n; n++) row[n] = c->count[n] / on->count[n];
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)run_id_stem(c->config + 3), c->config + 3);
        json_put(parts, name, row_json(s, row));
        free(row);
    }
    return parts;
}

void site_data(ReportText *out, const Site *s, const SiteSubject *subject) {
    json_t *cells = json_object();
    for (uint32_t i = 0; i < subject->cells.n; i++) {
        const SiteCell *c = &subject->cells.at[i];
        json_t *cell = json_object();
        if (c->counted) json_put(cell, "count", row_json(s, c->count));
        if (c->timed)
            json_put(cell, "time", row_json(s, c->time)), json_put(cell, "lo", row_json(s, c->lo)),
                json_put(cell, "hi", row_json(s, c->hi));
        json_put(cells, c->config, cell);
    }
    json_t *doc = json_pack("{s:s, s:o, s:o, s:o, s:o}", "timeUnit",
                            subject->anchored ? "CPU time / that of the anchor of the same night" : "CPU time, ms",
                            "cells", cells, "alerts", alerts_json(s, subject), "events", events_json(s, subject),
                            "attribution", attribution_json(s, subject));
    char key[400];
    snprintf(key, sizeof key, "%s/%s", subject->workload, subject->guest);
    add_call(out, "add", key, doc);
}

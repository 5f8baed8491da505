#include "ci/changes.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "ci/bridge.h"
#include "ci/detect.h"
#include "ci/names.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

ChangeOptions changes_defaults(void) { return (ChangeOptions){.magnitude = 0.025, .q = 0.05}; }

enum { DRIFT_LEAST = 14, CPU = INDEX_METRICS - 2 };
#define DRIFT_P 0.01

// ---- points of a series in the order of runs
typedef struct Placed {
    uint32_t run; // index into Changes.runs
    IndexPoint point;
    double width; // what is not known of the bridge that it came over, as a share; 0: it came over none
} Placed;
typedef VEC(Placed) PlacedList;

typedef struct Place {
    int64_t id;
    uint32_t at;
} Place;

typedef struct Finder {
    Index *x;
    const ChangeOptions *o;
    Changes *c;
    Place *places;  // by id
    json_t *floors; // the newest run's: "workload guest" -> share
    VEC(double) p;  // p of each step and drift in c->list from `sampled` on, and 1 for each series without
} Finder;

static int by_id(const void *a, const void *b) {
    int64_t x = ((const Place *)a)->id, y = ((const Place *)b)->id;
    return (x > y) - (x < y);
}

static int by_run(const void *a, const void *b) {
    uint32_t x = ((const Placed *)a)->run, y = ((const Placed *)b)->run;
    return (x > y) - (x < y);
}

static bool counts(const IndexRun *r, const ChangeOptions *o) {
    return !r->problem && (o->beside || (!r->dirty && (r->on_line || isnan(r->position))));
}

static void make_places(Finder *f) {
    f->places = alloc_zeroed(f->c->runs.n + 1, sizeof *f->places);
    for (uint32_t i = 0; i < f->c->runs.n; i++) {
        f->places[i] = (Place){f->c->runs.at[i].id, i};
        f->c->skipped += !f->c->runs.at[i].problem && !counts(&f->c->runs.at[i], f->o);
    }
    qsort(f->places, f->c->runs.n, sizeof *f->places, by_id);
}

static bool same_cell(const json_t *notes, const IndexSeries *a, const IndexSeries *b) {
    return a->exact == b->exact &&
           !strcmp(name_now(notes, "workload", a->workload), name_now(notes, "workload", b->workload)) &&
           !strcmp(name_now(notes, "guest", a->guest), name_now(notes, "guest", b->guest)) &&
           !strcmp(name_now(notes, "config", a->config), name_now(notes, "config", b->config));
}

// One series, if renamings are looked through.
static bool same_series(const json_t *notes, const IndexSeries *a, const IndexSeries *b) {
    return same_cell(notes, a, b) && !strcmp(a->elf, b->elf) && !strcmp(a->isa, b->isa) &&
           !strcmp(a->clock, b->clock) && !strcmp(a->engine, b->engine) && !strcmp(a->machine, b->machine) &&
           !strcmp(a->build, b->build);
}

static bool add_points(Finder *f, const IndexSeries *s, BridgeFactor by, PlacedList *out, Err *err) {
    IndexPoints points = {0};
    if (!index_points(f->x, s->id, &points, err)) return false;
    for (uint32_t i = 0; i < points.n; i++) {
        Place key = {points.at[i].run, 0}, *p = bsearch(&key, f->places, f->c->runs.n, sizeof *f->places, by_id);
        if (!p || !counts(&f->c->runs.at[p->at], f->o)) continue;
        Placed placed = {p->at, points.at[i], by.width};
        for (int m = INDEX_FIRST_TIME; m < INDEX_METRICS; m++) placed.point.value[m] *= by.factor;
        vec_push(out, placed);
    }
    vec_free(&points);
    return true;
}

static BridgeFactor bridge(const Finder *f, const IndexSeries *from, const IndexSeries *to) {
    return bridge_series(f->c->notes, &f->c->series, from, to);
}

// Of the series, of those that it was under other names, and of those that were bridged to it.
static bool place_points(Finder *f, const IndexSeries *s, PlacedList *out, Err *err) {
    for (uint32_t i = 0; i < f->c->series.n; i++) {
        const IndexSeries *other = &f->c->series.at[i];
        bool same = same_series(f->c->notes, s, other);
        BridgeFactor by = same ? (BridgeFactor){1, 0} : bridge(f, other, s);
        if (!isnan(by.factor) && !add_points(f, other, by, out, err)) return false;
    }
    if (out->n) qsort(out->at, out->n, sizeof *out->at, by_run);
    return true;
}

static Change change_of(const Finder *f, const IndexSeries *s, int metric, ChangeKind kind) {
    const json_t *notes = f->c->notes;
    return (Change){.kind = kind,
                    .workload = name_now(notes, "workload", s->workload),
                    .guest = name_now(notes, "guest", s->guest),
                    .config = name_now(notes, "config", s->config),
                    .metric = index_metrics[metric].name,
                    .unit = index_metrics[metric].unit};
}

// ---- counts: equal or not
static void find_counts(Finder *f, const IndexSeries *s, const PlacedList *points, int m) {
    const Placed *last = NULL;
    uint32_t began = f->c->list.n;
    for (uint32_t i = 0; i < points->n; i++) {
        const Placed *p = &points->at[i];
        if (isnan(p->point.value[m])) continue;
        if (last && last->point.value[m] != p->point.value[m]) {
            Change c = change_of(f, s, m, CHANGE_COUNT);
            c.last = last->run, c.first = p->run;
            c.before = last->point.value[m], c.after = p->point.value[m];
            c.worse = c.after > c.before;
            vec_push(&f->c->list, c);
        }
        last = p;
    }
    for (uint32_t i = began; i < f->c->list.n; i++) f->c->list.at[i].now = last->point.value[m];
}

// ---- times
typedef struct Nights {
    double *value, *width;
    uint32_t *run;
    uint32_t n;
    bool anchored;
} Nights;

static const char *anchor_of(const Finder *f, const Placed *p) {
    const char *anchor = f->c->runs.at[p->run].anchor;
    return anchor ? anchor : "";
}

// The ratio to the anchor of the same night where there is one: nights without it are then left out, and so are those whose anchor was
// replaced by another one that was never measured beside it. All are ratios to the newest anchor.
static Nights nights_of(const Finder *f, const IndexSeries *s, const PlacedList *points) {
    Nights t = {.value = alloc_zeroed(2 * (size_t)points->n + 1, sizeof(double)),
                .run = alloc_zeroed(points->n + 1, sizeof(uint32_t))};
    const char *newest = "";
    t.width = t.value + points->n;
    for (uint32_t i = 0; i < points->n; i++) {
        if (!(points->at[i].point.anchor > 0)) continue;
        t.anchored = true, newest = anchor_of(f, &points->at[i]);
    }
    for (uint32_t i = 0; i < points->n; i++) {
        const Placed *placed = &points->at[i];
        BridgeFactor by = t.anchored ? bridge_anchor(f->c->notes, s->workload, s->guest, anchor_of(f, placed), newest)
                                     : (BridgeFactor){1, 0};
        double v = placed->point.value[CPU] * by.factor / (t.anchored ? placed->point.anchor : 1);
        if (!isfinite(v) || v <= 0) continue;
        t.value[t.n] = v, t.width[t.n] = hypot(placed->width, by.width), t.run[t.n++] = placed->run;
    }
    return t;
}

// A level that changes where a bridge ends must change by more than is unknown of the bridge.
static bool is_of_bridge(const Nights *t, const ChangePoint *p, double floor) {
    enum { NEAR = 3 };
    double width = 0;
    uint32_t from = p->at > NEAR ? p->at - NEAR : 1, to = p->at + NEAR < t->n ? p->at + NEAR : t->n - 1;
    for (uint32_t i = from; i <= to; i++)
        if (t->width[i] != t->width[i - 1]) width = fmax(width, fmax(t->width[i], t->width[i - 1]));
    return width > 0 && fabs(log(p->after / p->before)) < floor + width;
}

static const IndexPoint *exact_point(const PlacedList *exact, uint32_t run) {
    for (uint32_t i = 0; i < exact->n; i++)
        if (exact->at[i].run == run) return &exact->at[i].point;
    return NULL;
}

// Is the emitted code the same in both runs? Unknown is no.
static bool same_code(Finder *f, const IndexSeries *time, uint32_t a, uint32_t b) {
    bool same = false;
    Err err;
    for (uint32_t i = 0; i < f->c->series.n && !same; i++) {
        const IndexSeries *s = &f->c->series.at[i];
        if (!s->exact || strcmp(s->workload, time->workload) || strcmp(s->guest, time->guest) ||
            strcmp(s->config, time->config))
            continue;
        PlacedList exact = {0};
        if (place_points(f, s, &exact, &err)) {
            const IndexPoint *x = exact_point(&exact, a), *y = exact_point(&exact, b);
            same = x && y && *x->code && !strcmp(x->code, y->code) && x->value[0] == y->value[0];
        }
        vec_free(&exact);
    }
    return same;
}

static double floor_of(const Finder *f, const IndexSeries *s) {
    char key[256];
    snprintf(key, sizeof key, "%s %s", s->workload, s->guest);
    return fmax(f->o->magnitude, json_num(f->floors, key, 0));
}

static void find_steps(Finder *f, const IndexSeries *s, const Nights *t, ChangePoints *steps) {
    DetectOptions o = detect_defaults();
    o.magnitude = floor_of(f, s);
    detect_changes(t->value, t->n, &o, steps);
    for (uint32_t i = 0; i < steps->n; i++) {
        const ChangePoint *p = &steps->at[i];
        if (is_of_bridge(t, p, o.magnitude)) continue;
        Change c = change_of(f, s, CPU, CHANGE_STEP);
        c.last = t->run[p->at - 1], c.first = t->run[p->at];
        c.before = p->before, c.after = p->after, c.p = p->p, c.now = t->value[t->n - 1];
        c.worse = p->after > p->before, c.anchored = t->anchored;
        c.same_code = same_code(f, s, c.last, c.first);
        vec_push(&f->c->list, c);
        vec_push(&f->p, p->p);
    }
    if (!steps->n) vec_push(&f->p, 1.0);
}

// What is left since the last step.
static void find_drift(Finder *f, const IndexSeries *s, const Nights *t, const ChangePoints *steps) {
    uint32_t from = steps->n ? steps->at[steps->n - 1].at : 0, n = t->n - from;
    if (n < DRIFT_LEAST) return;
    Drift d = detect_drift(t->value + from, n);
    vec_push(&f->p, d.p);
    if (d.p > DRIFT_P || fabs(d.slope) * n < floor_of(f, s)) return;
    Change c = change_of(f, s, CPU, CHANGE_DRIFT);
    c.last = t->run[from], c.first = t->run[t->n - 1];
    c.before = t->value[from], c.after = t->value[from] * (1 + d.slope * (n - 1)), c.now = t->value[t->n - 1];
    c.p = d.p, c.worse = d.slope > 0, c.anchored = t->anchored;
    vec_push(&f->c->list, c);
}

static void find_times(Finder *f, const IndexSeries *s, const PlacedList *points) {
    Nights t = nights_of(f, s, points);
    ChangePoints steps = {0};
    if (t.n) find_steps(f, s, &t, &steps);
    if (t.n) find_drift(f, s, &t, &steps);
    vec_free(&steps);
    free(t.value), free(t.run);
}

// Steps and drifts are weighed against all series that were looked at.
static void drop_false_ones(Finder *f) {
    uint32_t kept = 0, tests = f->p.n;
    VEC(double) p = {0};
    for (uint32_t i = 0; i < f->c->list.n; i++)
        if (f->c->list.at[i].kind != CHANGE_COUNT) vec_push(&p, f->c->list.at[i].p);
    uint32_t found = p.n, at = 0;
    while (p.n < tests) vec_push(&p, 1.0);
    if (p.n) detect_false_discovery(p.at, p.n);
    for (uint32_t i = 0; i < f->c->list.n; i++) {
        Change *c = &f->c->list.at[i];
        bool keep = c->kind == CHANGE_COUNT || (at < found && p.at[at] <= f->o->q);
        at += c->kind != CHANGE_COUNT;
        if (keep) f->c->list.at[kept++] = *c;
    }
    f->c->list.n = kept;
    vec_free(&p);
}

// ---- epochs
static const char *what_differs(const IndexSeries *a, const IndexSeries *b) {
    return strcmp(a->elf, b->elf)           ? "ELF"
           : strcmp(a->isa, b->isa)         ? "instruction set"
           : strcmp(a->machine, b->machine) ? "machine"
           : strcmp(a->build, b->build)     ? "compiler or flags"
                                            : "clock or engine";
}

// The series of the same cell whose last point came before this one's first.
static void find_epoch(Finder *f, uint32_t which, const uint32_t *begins, const uint32_t *ends) {
    const IndexSeries *s = &f->c->series.at[which], *before = NULL;
    uint32_t nearest = 0;
    if (begins[which] == UINT32_MAX) return;
    for (uint32_t i = 0; i < f->c->series.n; i++) {
        const IndexSeries *other = &f->c->series.at[i];
        if (i == which || begins[i] == UINT32_MAX || begins[i] >= begins[which] || !same_cell(f->c->notes, s, other))
            continue;
        if (!before || ends[i] >= nearest) before = other, nearest = ends[i];
    }
    if (!before) return;
    Change named = change_of(f, s, 0, CHANGE_COUNT);
    double bridged = s->exact ? bridge_counts(f->c->notes, s->workload, s->guest, s->config, s->elf) : NAN;
    vec_push(&f->c->epochs, ((Epoch){named.workload, named.guest, named.config, s->exact, begins[which],
                                     what_differs(before, s), bridged}));
}

// ---- all of it
static int in_order(const void *a, const void *b) {
    const Change *x = a, *y = b;
    if ((x->kind == CHANGE_COUNT) != (y->kind == CHANGE_COUNT)) return x->kind == CHANGE_COUNT ? -1 : 1;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    const char *const p[] = {x->workload, x->guest, x->config, x->metric}, *const q[] = {y->workload, y->guest,
                                                                                         y->config, y->metric};
    for (unsigned i = 0; i < ARRAY_LEN(p); i++)
        if (strcmp(p[i], q[i])) return strcmp(p[i], q[i]);
    return (x->kind > y->kind) - (x->kind < y->kind);
}

static json_t *noise_floors(Index *x, const IndexRuns *runs) {
    json_t *floors = json_object(), *n;
    Err err;
    size_t i;
    for (uint32_t k = runs->n; k-- > 0 && !json_object_size(floors);) {
        if (runs->at[k].problem) continue;
        json_t *run = store_load_members(x->store, runs->at[k].name, &err);
        json_array_foreach(json_object_get(run, "noise"), i, n) {
            char key[256];
            snprintf(key, sizeof key, "%s %s", json_text(n, "workload", ""), json_text(n, "guest", ""));
            if (!strcmp(json_text(n, "metric", ""), "cpu_ns"))
                json_put(floors, key, json_real(json_num(n, "floor", 0)));
        }
        json_decref(run);
        break; // the newest whole run says it, or nothing does
    }
    return floors;
}

static bool look_at(Finder *f, uint32_t which, uint32_t *begins, uint32_t *ends, Err *err) {
    const IndexSeries *s = &f->c->series.at[which];
    PlacedList points = {0};
    begins[which] = UINT32_MAX;
    for (uint32_t i = 0; i < which; i++)
        if (same_series(f->c->notes, s, &f->c->series.at[i])) return true; // was looked at with that one
    for (uint32_t i = 0; i < f->c->series.n; i++)
        if (!isnan(bridge(f, s, &f->c->series.at[i]).factor)) return true; // is looked at with that one
    if (!strncmp(s->config, "peer:", 5) || !cell_fits(f->c->notes, f->o->cell, s->workload, s->guest, s->config))
        return true;
    if (!place_points(f, s, &points, err)) return false;
    if (points.n) {
        begins[which] = points.at[0].run, ends[which] = points.at[points.n - 1].run;
        f->c->n_exact += s->exact, f->c->n_time += !s->exact;
        for (int m = 0; s->exact && m < CPU; m++)
            if (!f->o->metric || !strcmp(f->o->metric, index_metrics[m].name)) find_counts(f, s, &points, m);
        if (!s->exact && (!f->o->metric || !strcmp(f->o->metric, index_metrics[CPU].name))) find_times(f, s, &points);
    }
    vec_free(&points);
    return true;
}

bool changes_find(Index *x, const ChangeOptions *o, Changes *c, Err *err) {
    memset(c, 0, sizeof *c);
    c->notes = store_notes(x->store, NULL);
    if (!index_runs(x, &c->runs, err) || !index_series(x, &c->series, err)) return false;
    Finder f = {.x = x, .o = o, .c = c, .floors = noise_floors(x, &c->runs)};
    make_places(&f);
    uint32_t *begins = alloc_zeroed(2 * (size_t)c->series.n + 1, sizeof *begins), *ends = begins + c->series.n;
    bool ok = true;
    for (uint32_t i = 0; ok && i < c->series.n; i++) ok = look_at(&f, i, begins, ends, err);
    for (uint32_t i = 0; ok && i < c->series.n; i++) find_epoch(&f, i, begins, ends);
    drop_false_ones(&f);
    if (c->list.n) qsort(c->list.at, c->list.n, sizeof *c->list.at, in_order);
    free(begins), free(f.places);
    vec_free(&f.p);
    json_decref(f.floors);
    return ok;
}

void changes_free(Changes *c) {
    index_runs_free(&c->runs);
    index_series_free(&c->series);
    vec_free(&c->list);
    vec_free(&c->epochs);
    json_decref(c->notes);
    memset(c, 0, sizeof *c);
}

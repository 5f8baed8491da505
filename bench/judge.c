#include "bench/judge.h"
#include "base/alloc.h"
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/judge_cells.h"
#include "bench/noise.h"
#include "bench/summary.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Worst first.
static const char *const ORDER[] = {"regressed", "invalid", "inconclusive", "improved", "pass"};

int judge_exit_code(const json_t *comparison) {
    const char *v = json_text(comparison, "verdict", "invalid");
    if (!strcmp(v, "pass") || !strcmp(v, "improved")) return EXIT_OK;
    return !strcmp(v, "regressed") ? EXIT_REGRESSED : !strcmp(v, "inconclusive") ? EXIT_INCONCLUSIVE : EXIT_INVALID;
}

// ---- one metric of one cell ---------------------------------------------------------------------------------------

typedef struct Judge {
    const RunDoc *before, *after;
    const JudgeOptions *options;
    char *plan; // NULL: the two runs have different plans, so no floor belongs to both
    json_t *entries, *notes;
} Judge;

typedef struct Side { // indices of one document; RUN_NONE where it does not have it
    const RunDoc *doc;
    uint32_t config, workload, metric;
    Series series;
} Side;

typedef struct Entry {
    const RunMetric *metric;     // as the run before has it
    const RunWorkload *workload; // the same
    const char *config;
    Side before, after;
    Interval effect; // speedup: above 1 is better
    double p, floor, gate, mde, spread_floor;
    int needed; // more repetitions; -1: none, or more of them would not help
    bool decides, measured_floor, same_build, comparable;
    char why[300], window[300]; // window: why the counts are those of other code; "" where they are not
} Entry;

static bool in_list(const char *list, const char *name) {
    size_t n = strlen(name);
    for (const char *at = strstr(list, name); at; at = strstr(at + 1, name))
        if ((at == list || at[-1] == ',') && (!at[n] || at[n] == ',')) return true;
    return false;
}

static bool exact_decides(const Judge *j, const char *metric) {
    size_t i;
    json_t *v;
    if (!j->options->exact_names) return in_list(JUDGE_EXACT, metric);
    json_array_foreach((json_t *)j->options->exact_names, i, v) {
        if (!strcmp(json_string_value(v), metric)) return true;
    }
    return false;
}

static bool decides(const Judge *j, const Entry *e) {
    if (cells_is_peer(e->config)) return false;
    if (run_is_exact(e->metric)) return exact_decides(j, e->metric->name);
    const char *host = run_first_host(j->before);
    uint32_t before = run_config_on(j->before, "all-on", host), after = run_config_on(j->after, "all-on", host);
    bool headline = before == RUN_NONE || after == RUN_NONE || !strcmp(e->config, j->before->configs.at[before].id);
    return e->metric->gate && (headline || j->options->gate_all);
}

// The larger floor of what both runs and the noise file say of this size and plan, for the samples that there are. The
// spread of the two runs themselves says what this comparison can see.
static void find_floor(const Judge *j, Entry *e, uint32_t cells) {
    const json_t *sources[] = {json_object_get(j->before->root, "noise"), json_object_get(j->after->root, "noise"),
                               j->options->noise};
    const char *size = e->workload->size;
    bool same_size = !strcmp(size, j->after->workloads.at[e->after.workload].size);
    uint32_t n = e->before.series.n, m = e->after.series.n;
    Spread own = {0};
    spread_add(&own, &e->before.series), spread_add(&own, &e->after.series);
    e->floor = NOISE_LEAST;
    for (size_t i = 0; same_size && j->plan && i < ARRAY_LEN(sources); i++) {
        NoiseKey key = {e->workload->name, e->workload->guest, e->metric->name, size, j->plan};
        const json_t *entry = noise_find(sources[i], &key);
        if (!entry) continue;
        Spread s = noise_spread(entry);
        e->floor = fmax(e->floor, fmax(json_num(entry, "drift", 0), noise_floor(&s, n, m)));
        e->measured_floor = true;
        spread_free(&s);
    }
    if (!e->measured_floor) e->floor = JUDGE_DEFAULT_FLOOR_PERCENT / 100.0;
    e->gate = j->options->gate > 0 ? j->options->gate : e->floor;
    e->spread_floor = noise_floor(&own, n, m);
    e->mde = e->decides ? noise_mde(&own, n, m, cells, e->gate) : NAN;
    spread_free(&own);
}

static bool check_gate(const Entry *e, Err *err) {
    if (e->gate >= e->floor - 1e-12) return true;
    const char *name = e->metric->name;
    if (e->measured_floor)
        return err_set(err,
                       "--gate %.2f%%: tighter than the noise floor of %s (%s), %s, which is %.2f%% with %u and %u "
                       "samples: it would cry wolf. Use a wider gate, a quieter machine or more repetitions",
                       100 * e->gate, e->workload->name, e->workload->guest, name, 100 * e->floor, e->before.series.n,
                       e->after.series.n);
    return err_set(err,
                   "--gate %.2f%%: the noise floor of %s (%s), %s was never measured here with this size and plan, so "
                   "nothing below %d%% is believed: run `nightjar aa` first",
                   100 * e->gate, e->workload->name, e->workload->guest, name, JUDGE_DEFAULT_FLOOR_PERCENT);
}

static bool varies(const Series *s) {
    for (uint32_t i = 1; i < s->n; i++)
        if (s->value[i] != s->value[0]) return true;
    return false;
}

static const char *judge_exact(Entry *e, double gate) {
    double ratio = e->effect.point;
    if (varies(&e->before.series) || varies(&e->after.series)) {
        snprintf(e->why, sizeof e->why, "an exact metric that varied between repeats");
        return "invalid";
    }
    snprintf(e->why, sizeof e->why, e->before.series.value[0] == e->after.series.value[0] ? "equal" : "%+.10g",
             e->after.series.value[0] - e->before.series.value[0]);
    if (e->before.series.value[0] == e->after.series.value[0]) return "pass";
    if (*e->window) {
        snprintf(e->why, sizeof e->why, "%s", e->window);
        return "invalid";
    }
    if (!isfinite(ratio) || ratio == 0) return e->effect.point > 1 ? "improved" : "regressed";
    if (fabs(ratio - 1) < gate) return "pass";
    return ratio > 1 ? "improved" : "regressed";
}

// Sets how many more repetitions of each run are needed: those without which no p is small enough, or those that bring
// what equal arms differ by under `wanted` (it shrinks with the square root).
static const char *inconclusive(Entry *e, uint32_t cells, double wanted, const char *what) {
    double n = fmin(e->before.series.n, e->after.series.n), least = noise_blocks_for_verdict(cells), enough = least;
    if (isfinite(e->spread_floor) && e->spread_floor > wanted)
        enough = ceil(n * pow(log1p(e->spread_floor) / log1p(wanted), 2));
    e->needed = (int)fmin(fmax(fmax(enough, least) - n, 1), 100000);
    snprintf(e->why, sizeof e->why, "%s: %d more repetition%s of each run needed", what, e->needed,
             e->needed == 1 ? "" : "s");
    return "inconclusive";
}

static const char *judge_sampled(Entry *e, uint32_t cells) {
    char what[200];
    double size = fmax(e->effect.point, 1 / e->effect.point) - 1, wanted = fmax(e->gate, e->floor);
    wanted = e->measured_floor ? fmax(wanted, JUDGE_DEFAULT_FLOOR_PERCENT / 100.0) : wanted;
    const char *moved = e->effect.point > 1 ? "improved" : "regressed";
    if (e->same_build) {
        snprintf(e->why, sizeof e->why, "the same emulator emitted the same code: %.1f %% is the machine", 100 * size);
        return "pass";
    }
    double clear = NOISE_CLEAR * log1p(fmax(e->gate, e->spread_floor));
    bool possible = stats_smallest_p(e->before.series.n, e->after.series.n) * cells < NOISE_ALPHA;
    if (size >= e->gate && (e->p < NOISE_ALPHA || (possible && e->p < STATS_ALPHA && log1p(size) >= clear))) {
        snprintf(e->why, sizeof e->why, "%.1f %%, gate %.1f %%", 100 * size, 100 * e->gate);
        return moved;
    }
    if (!possible) {
        snprintf(what, sizeof what, "%u and %u samples can show nothing among %u comparisons", e->before.series.n,
                 e->after.series.n, cells);
        return inconclusive(e, cells, wanted, what);
    }
    if (size >= e->gate && e->p < STATS_ALPHA) {
        snprintf(what, sizeof what, "looks %s by %.1f %%, but p = %.2g is not below %g", moved, 100 * size, e->p,
                 NOISE_ALPHA);
        return inconclusive(e, cells, size / 2, what);
    }
    if (e->spread_floor > wanted) {
        snprintf(what, sizeof what, "equal runs as noisy as these differ by up to %.1f %%, which is above %.1f %%",
                 100 * e->spread_floor, 100 * wanted);
        return inconclusive(e, cells, wanted, what);
    }
    int used = snprintf(e->why, sizeof e->why, "no change beyond %.1f %% seen", 100 * e->gate);
    if (isfinite(e->mde))
        snprintf(e->why + used, sizeof e->why - (size_t)used, "; one of %.1f %% is found in 95 of 100", 100 * e->mde);
    return "pass";
}

static const char *verdict_of(const Judge *j, Entry *e, uint32_t cells) {
    bool exact = run_is_exact(e->metric);
    if (!e->comparable) return "invalid";
    if (!e->before.series.n || !e->after.series.n) {
        snprintf(e->why, sizeof e->why, "no valid sample in the run %s", e->before.series.n ? "after" : "before");
        return "invalid";
    }
    return exact ? judge_exact(e, j->options->exact_gate) : judge_sampled(e, cells);
}

static json_t *entry_json(const Judge *j, Entry *e, uint32_t cells) {
    bool exact = run_is_exact(e->metric);
    const char *verdict = verdict_of(j, e, cells);
    json_t *v = interval_json(e->effect);
    json_put(v, "config", json_string(e->config));
    json_put(v, "workload", json_string(e->workload->name));
    json_put(v, "guest", json_string(e->workload->guest));
    json_put(v, "metric", json_string(e->metric->name));
    json_put(v, "unit", json_string(e->metric->unit));
    json_put(v, "kind", json_string(e->metric->kind));
    json_put(v, "before", number_or_null(stats_median(e->before.series.value, e->before.series.n)));
    json_put(v, "after", number_or_null(stats_median(e->after.series.value, e->after.series.n)));
    json_put(v, "n", json_pack("[i, i]", (int)e->before.series.n, (int)e->after.series.n));
    json_put(v, "p_holm", exact ? NULL : number_or_null(e->p));
    json_put(v, "floor", exact ? NULL : number_or_null(e->floor));
    json_put(v, "mde", exact ? NULL : number_or_null(e->mde));
    json_put(v, "gate", json_real(exact ? j->options->exact_gate : e->gate));
    json_put(v, "gates", json_boolean(e->decides));
    json_put(v, "verdict", json_string(verdict));
    json_put(v, "needed", e->needed > 0 ? json_integer(e->needed) : NULL);
    json_put(v, "why", json_string(e->why));
    return v;
}

// ---- all cells of one metric --------------------------------------------------------------------------------------

typedef VEC(Entry) EntryList;

static Side side_of(const RunDoc *doc, const char *config, const RunWorkload *w, const char *metric) {
    Side s = {doc, run_config(doc, config), run_workload(doc, w->name, w->guest), run_metric(doc, metric), {0}};
    s.series = summary_series(doc, s.config, s.workload, s.metric);
    return s;
}

static void collect_config(const Judge *j, const RunMetric *metric, const char *config, EntryList *list) {
    for (uint32_t k = 0; k < j->before->workloads.n; k++) {
        const RunWorkload *w = &j->before->workloads.at[k];
        uint32_t other = run_workload(j->after, w->name, w->guest);
        if (other == RUN_NONE) continue;
        Entry e = {.config = config, .workload = w, .metric = metric, .p = NAN, .needed = -1};
        e.before = side_of(j->before, config, w, metric->name);
        e.after = side_of(j->after, config, w, metric->name);
        e.decides = decides(j, &e);
        CellAt x = {j->before, e.before.config, e.before.workload}, y = {j->after, e.after.config, e.after.workload};
        e.same_build = cells_same_build(x, y);
        if (run_is_exact(metric) && !j->options->force) cells_same_window(x, y, e.window);
        e.comparable =
            cells_same_elf(w, &j->after->workloads.at[other], run_is_exact(metric), e.why) || j->options->force;
        vec_push(list, e);
    }
}

static void collect(const Judge *j, const RunMetric *metric, EntryList *list) {
    for (uint32_t i = 0; i < j->before->configs.n; i++) {
        const char *id = j->before->configs.at[i].id;
        if (run_config(j->after, id) != RUN_NONE) collect_config(j, metric, id, list);
    }
}

// Was this configuration to be run for this purpose?
static bool asked(const Side *s, const RunMetric *metric) {
    const RunConfig *c = &s->doc->configs.at[s->config];
    return strcmp(metric->purpose, "exact") ? c->timed : c->exact;
}

static bool was_tried(const Side *s, const RunMetric *metric) {
    uint32_t n;
    const uint32_t *at = run_samples(s->doc, s->config, s->workload, &n);
    for (uint32_t i = 0; metric->gate && i < n; i++)
        if (!strcmp(s->doc->samples.at[at[i]].purpose, metric->purpose)) return true;
    return false;
}

// A cell that one side was not asked to measure is none. One in which neither side has a value is one if it decides and
// a sample was tried.
static bool planned(const Entry *e) {
    if (e->before.series.n && e->after.series.n) return true;
    if (!asked(&e->before, e->metric) || !asked(&e->after, e->metric)) return false;
    return e->before.series.n || e->after.series.n || was_tried(&e->before, e->metric) ||
           was_tried(&e->after, e->metric);
}

// Holm over the cells that decide. The others explain, so they are not corrected for each other.
static uint32_t correct(EntryList *list, bool exact) {
    double *p = alloc_zeroed(list->n + 1, sizeof *p);
    uint32_t cells = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        Entry *e = &list->at[i];
        bool both = !exact && e->comparable && e->before.series.n && e->after.series.n;
        if (both)
            e->p = stats_mann_whitney(e->before.series.value, e->before.series.n, e->after.series.value,
                                      e->after.series.n);
        p[i] = both && e->decides ? e->p : NAN;
        cells += both && e->decides;
    }
    stats_holm(p, list->n);
    for (uint32_t i = 0; i < list->n; i++)
        if (!isnan(p[i])) list->at[i].p = p[i];
    free(p);
    return cells;
}

static bool judge_metric(Judge *j, const RunMetric *metric, Err *err) {
    EntryList list = {0};
    bool ok = true, exact = run_is_exact(metric);
    collect(j, metric, &list);
    uint32_t cells = correct(&list, exact);
    for (uint32_t i = 0; i < list.n; i++) {
        Entry *e = &list.at[i];
        bool both = e->comparable && e->before.series.n && e->after.series.n;
        e->effect =
            both ? summary_speedup(metric, &e->before.series, &e->after.series, false) : (Interval){NAN, NAN, NAN};
        if (both && !exact) find_floor(j, e, e->decides ? cells : 1);
        if (both && !exact && e->decides && !e->same_build) ok = ok && check_gate(e, err);
        if (ok && planned(e)) json_array_append_new(j->entries, entry_json(j, e, e->decides ? cells : 1));
        series_free(&e->before.series), series_free(&e->after.series);
    }
    vec_free(&list);
    return ok;
}

static const char *worst_verdict(const json_t *entries) {
    for (size_t o = 0; o < ARRAY_LEN(ORDER); o++) {
        size_t i;
        json_t *e;
        json_array_foreach((json_t *)entries, i, e) {
            if (json_is_true(json_object_get(e, "gates")) && !strcmp(json_text(e, "verdict", ""), ORDER[o]))
                return ORDER[o];
        }
    }
    return "invalid"; // nothing that gates was compared
}

static json_t *run_of(const RunDoc *doc) {
    return json_pack("{s:s, s:o, s:s, s:O?}", "created", doc->created, "title", json_string_or_null(doc->title),
                     "emulator_sha256", doc->emulator.sha256, "emulator_commit",
                     json_object_get(doc->emulator.version, "commit"));
}

// The most repetitions that a deciding cell needs; 0: none.
static int needed(const json_t *entries) {
    size_t i;
    json_t *e;
    int most = 0;
    json_array_foreach((json_t *)entries, i, e) {
        int n = (int)json_num(e, "needed", 0);
        if (json_is_true(json_object_get(e, "gates")) && n > most) most = n;
    }
    return most;
}

static json_t *result_of(const Judge *j) {
    int more = needed(j->entries);
    if (json_equal(j->before->root, j->after->root))
        json_array_insert_new(j->notes, 0,
                              json_string("both files are one and the same run: nothing could have moved"));
    return json_pack("{s:s, s:s, s:o, s:o, s:o?, s:o, s:O, s:O}", "schema", "nightjar.compare/1", "verdict",
                     worst_verdict(j->entries), "before", run_of(j->before), "after", run_of(j->after),
                     "repetitions_needed", more ? json_integer(more) : NULL, "together", judge_together(j->entries),
                     "entries", j->entries, "notes", j->notes);
}

json_t *judge_compare(const RunDoc *before, const RunDoc *after, const JudgeOptions *options, Err *err) {
    Judge j = {before, after, options, noise_plan(before), json_array(), json_array()};
    char *other = noise_plan(after);
    bool ok = true, same = !strcmp(j.plan, other);
    free(other);
    if (!same) free(j.plan), j.plan = NULL;
    cells_missing(before, after, j.entries, j.notes);
    for (int pass = 0; pass < 2; pass++) { // exact metrics first
        for (uint32_t i = 0; i < before->metrics.n; i++) {
            const RunMetric *m = &before->metrics.at[i];
            if (run_is_exact(m) != (pass == 0) || (pass == 1 && options->exact_only)) continue;
            if (strcmp(m->direction, "none")) ok = ok && judge_metric(&j, m, err);
        }
    }
    json_t *result = ok ? result_of(&j) : NULL;
    json_decref(j.entries), json_decref(j.notes);
    free(j.plan);
    return result;
}

#include "bench/judge.h"
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

// A run from before there was --host-isa does not say: like "unknown", which is what the CPU had.
static void compare_isa(json_t *reasons, const char *what, const char *key, const json_t *a, const json_t *b) {
    const char *x = json_text(a, key, "unknown"), *y = json_text(b, key, "unknown");
    if (!strcmp(x, y)) return;
    json_array_append_new(reasons, json_sprintf("other host instructions: the %s runs could use `%s` and `%s`: measure "
                                                "both with the same --exact-isa and --time-isa",
                                                what, x, y));
}

json_t *judge_incomparable(const json_t *before, const json_t *after, bool exact_only) {
    json_t *reasons = json_array(), *w;
    size_t i, common = 0, same = 0;
    char why[300] = "", text[700];
    const char *x = json_text(json_object_get(before, "environment"), "cpu_model", "?");
    const char *y = json_text(json_object_get(after, "environment"), "cpu_model", "?");
    if (!exact_only && strcmp(x, y)) {
        snprintf(text, sizeof text,
                 "other CPU (%s; %s): times of different machines do not compare; --exact-only compares counts", x, y);
        json_array_append_new(reasons, json_string(text));
    }
    compare_isa(reasons, "counted", "exact_isa", json_object_get(before, "plan"), json_object_get(after, "plan"));
    if (!exact_only)
        compare_isa(reasons, "timed", "time_isa", json_object_get(before, "plan"), json_object_get(after, "plan"));
    json_array_foreach(json_object_get(before, "workloads"), i, w) {
        const json_t *other = cells_workload(after, json_text(w, "name", ""), json_text(w, "guest", ""));
        if (!other) continue;
        common++;
        same += cells_same_elf(w, other, true, why) || (!exact_only && cells_same_elf(w, other, false, why));
    }
    if (!common) json_array_append_new(reasons, json_string("they have no workload in common"));
    if (common && !same) {
        snprintf(text, sizeof text, "every guest program differs, the last one: %s: measure both with the same ones",
                 why);
        json_array_append_new(reasons, json_string(text));
    }
    return reasons;
}

// ---- one metric of one cell ---------------------------------------------------------------------------------------

typedef struct Entry {
    const char *config;
    const json_t *metric, *workload, *other; // the workload of the run before and after
    Series before, after;
    Interval effect; // speedup: above 1 is better
    double p, floor, gate, mde, spread_floor;
    int needed; // more repetitions; -1: none, or more of them would not help
    bool decides, measured_floor, same_build, comparable;
    char why[300];
} Entry;

typedef struct Judge {
    const json_t *before, *after;
    const JudgeOptions *options;
    char *plan; // NULL: the two runs have different plans, so no floor belongs to both
    json_t *entries, *notes;
} Judge;

static const char *text_of(const Entry *e, const char *member) { return json_text(e->workload, member, ""); }

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
    if (summary_is_exact(e->metric)) return exact_decides(j, json_text(e->metric, "name", ""));
    bool headline =
        !strcmp(e->config, "all-on") || !cells_config(j->before, "all-on") || !cells_config(j->after, "all-on");
    return json_is_true(json_object_get(e->metric, "gate")) && (headline || j->options->gate_all);
}

// The larger floor of what both runs and the noise file say of this size and plan, for the samples that there are. The
// spread of the two runs themselves says what this comparison can see.
static void find_floor(const Judge *j, Entry *e, uint32_t cells) {
    const json_t *sources[] = {json_object_get(j->before, "noise"), json_object_get(j->after, "noise"),
                               j->options->noise};
    const char *size = text_of(e, "size");
    bool same_size = !strcmp(size, json_text(e->other, "size", ""));
    uint32_t n = e->before.n, m = e->after.n;
    Spread own = {0};
    spread_add(&own, &e->before), spread_add(&own, &e->after);
    e->floor = NOISE_LEAST;
    for (size_t i = 0; same_size && j->plan && i < ARRAY_LEN(sources); i++) {
        NoiseKey key = {text_of(e, "name"), text_of(e, "guest"), json_text(e->metric, "name", ""), size, j->plan};
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
    const char *name = json_text(e->metric, "name", "");
    if (e->measured_floor)
        return err_set(err,
                       "--gate %.2f%%: tighter than the noise floor of %s (%s), %s, which is %.2f%% with %u and %u "
                       "samples: it would cry wolf. Use a wider gate, a quieter machine or more repetitions",
                       100 * e->gate, text_of(e, "name"), text_of(e, "guest"), name, 100 * e->floor, e->before.n,
                       e->after.n);
    return err_set(err,
                   "--gate %.2f%%: the noise floor of %s (%s), %s was never measured here with this size and plan, so "
                   "nothing below %d%% is believed: run `nightjar aa` first",
                   100 * e->gate, text_of(e, "name"), text_of(e, "guest"), name, JUDGE_DEFAULT_FLOOR_PERCENT);
}

static bool varies(const Series *s) {
    for (uint32_t i = 1; i < s->n; i++)
        if (s->value[i] != s->value[0]) return true;
    return false;
}

static const char *judge_exact(Entry *e, double gate) {
    double ratio = e->effect.point;
    if (varies(&e->before) || varies(&e->after)) {
        snprintf(e->why, sizeof e->why, "an exact metric that varied between repeats");
        return "invalid";
    }
    snprintf(e->why, sizeof e->why, e->before.value[0] == e->after.value[0] ? "equal" : "%+.10g",
             e->after.value[0] - e->before.value[0]);
    if (e->before.value[0] == e->after.value[0]) return "pass";
    if (!isfinite(ratio) || ratio == 0) return e->effect.point > 1 ? "improved" : "regressed";
    if (fabs(ratio - 1) < gate) return "pass";
    return ratio > 1 ? "improved" : "regressed";
}

// Sets how many more repetitions of each run are needed: those without which no p is small enough, or those that bring
// what equal arms differ by under `wanted` (it shrinks with the square root).
static const char *inconclusive(Entry *e, uint32_t cells, double wanted, const char *what) {
    double n = fmin(e->before.n, e->after.n), least = noise_blocks_for_verdict(cells), enough = least;
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
    bool possible = stats_smallest_p(e->before.n, e->after.n) * cells < NOISE_ALPHA;
    if (size >= e->gate && (e->p < NOISE_ALPHA || (possible && e->p < STATS_ALPHA && log1p(size) >= clear))) {
        snprintf(e->why, sizeof e->why, "%.1f %%, gate %.1f %%", 100 * size, 100 * e->gate);
        return moved;
    }
    if (!possible) {
        snprintf(what, sizeof what, "%u and %u samples can show nothing among %u comparisons", e->before.n, e->after.n,
                 cells);
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
    bool exact = summary_is_exact(e->metric);
    if (!e->comparable) return "invalid";
    if (!e->before.n || !e->after.n) {
        snprintf(e->why, sizeof e->why, "no valid sample in the run %s", e->before.n ? "after" : "before");
        return "invalid";
    }
    return exact ? judge_exact(e, j->options->exact_gate) : judge_sampled(e, cells);
}

static json_t *entry_json(const Judge *j, Entry *e, uint32_t cells) {
    bool exact = summary_is_exact(e->metric);
    const char *verdict = verdict_of(j, e, cells);
    json_t *v = interval_json(e->effect);
    json_put(v, "config", json_string(e->config));
    json_object_set(v, "workload", json_object_get(e->workload, "name"));
    json_object_set(v, "guest", json_object_get(e->workload, "guest"));
    json_object_set(v, "metric", json_object_get(e->metric, "name"));
    json_object_set(v, "unit", json_object_get(e->metric, "unit"));
    json_object_set(v, "kind", json_object_get(e->metric, "kind"));
    json_put(v, "before", number_or_null(stats_median(e->before.value, e->before.n)));
    json_put(v, "after", number_or_null(stats_median(e->after.value, e->after.n)));
    json_put(v, "n", json_pack("[i, i]", (int)e->before.n, (int)e->after.n));
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

typedef struct EntryList {
    Entry *at;
    uint32_t n, cap;
} EntryList;

static void push(EntryList *list, Entry e) {
    if (list->n == list->cap) {
        list->cap = list->cap * 2 + 16;
        list->at = realloc(list->at, list->cap * sizeof *list->at);
        BUG_IF(!list->at, "out of memory");
    }
    list->at[list->n++] = e;
}

static Series series_of(const json_t *document, const Entry *e) {
    return summary_series(
        document, &(CellKey){e->config, text_of(e, "name"), text_of(e, "guest"), json_text(e->metric, "name", "")});
}

static void collect(const Judge *j, const json_t *metric, EntryList *list) {
    json_t *c, *w;
    size_t i, k;
    json_array_foreach(json_object_get(j->before, "configs"), i, c) {
        const char *id = json_text(c, "id", "");
        if (!cells_config(j->after, id)) continue;
        json_array_foreach(json_object_get(j->before, "workloads"), k, w) {
            const json_t *other = cells_workload(j->after, json_text(w, "name", ""), json_text(w, "guest", ""));
            if (!other) continue;
            Entry e = {.config = id, .workload = w, .other = other, .metric = metric, .p = NAN, .needed = -1};
            e.before = series_of(j->before, &e);
            e.after = series_of(j->after, &e);
            e.decides = decides(j, &e);
            e.same_build = cells_same_build(j->before, j->after, id, w);
            e.comparable = cells_same_elf(w, other, summary_is_exact(metric), e.why) || j->options->force;
            push(list, e);
        }
    }
}

// Was this configuration to be run for this purpose? Without the member: it was.
static bool asked(const json_t *document, const Entry *e) {
    const json_t *v = json_object_get(cells_config(document, e->config),
                                      strcmp(json_text(e->metric, "purpose", ""), "exact") ? "timed" : "exact");
    return !json_is_false(v);
}

// A cell that one side was not asked to measure is none. One in which neither side has a value is one if it decides and
// a sample was tried.
static bool planned(const Judge *j, const Entry *e) {
    if (e->before.n && e->after.n) return true;
    const json_t *documents[] = {j->before, j->after};
    bool tried = e->before.n || e->after.n;
    for (size_t d = 0; d < ARRAY_LEN(documents); d++) {
        json_t *s;
        size_t i;
        if (!asked(documents[d], e)) return false;
        json_array_foreach(json_object_get(documents[d], "samples"), i, s) {
            if (tried) break;
            tried = !strcmp(json_text(s, "config", ""), e->config) &&
                    !strcmp(json_text(s, "workload", ""), text_of(e, "name")) &&
                    !strcmp(json_text(s, "guest", ""), text_of(e, "guest")) &&
                    !strcmp(json_text(s, "purpose", ""), json_text(e->metric, "purpose", "")) &&
                    json_is_true(json_object_get(e->metric, "gate"));
        }
    }
    return tried;
}

// Holm over the cells that decide. The others explain, so they are not corrected for each other.
static uint32_t correct(EntryList *list, bool exact) {
    double *p = calloc(list->n + 1, sizeof *p);
    uint32_t cells = 0;
    BUG_IF(!p, "out of memory");
    for (uint32_t i = 0; i < list->n; i++) {
        Entry *e = &list->at[i];
        bool both = !exact && e->comparable && e->before.n && e->after.n;
        if (both) e->p = stats_mann_whitney(e->before.value, e->before.n, e->after.value, e->after.n);
        p[i] = both && e->decides ? e->p : NAN;
        cells += both && e->decides;
    }
    stats_holm(p, list->n);
    for (uint32_t i = 0; i < list->n; i++)
        if (!isnan(p[i])) list->at[i].p = p[i];
    free(p);
    return cells;
}

static bool judge_metric(Judge *j, const json_t *metric, Err *err) {
    EntryList list = {0};
    bool ok = true, exact = summary_is_exact(metric);
    collect(j, metric, &list);
    uint32_t cells = correct(&list, exact);
    for (uint32_t i = 0; i < list.n; i++) {
        Entry *e = &list.at[i];
        bool both = e->comparable && e->before.n && e->after.n;
        e->effect = both ? summary_speedup(metric, &e->before, &e->after, false) : (Interval){NAN, NAN, NAN};
        if (both && !exact) find_floor(j, e, e->decides ? cells : 1);
        if (both && !exact && e->decides && !e->same_build) ok = ok && check_gate(e, err);
        if (ok && planned(j, e)) json_array_append_new(j->entries, entry_json(j, e, e->decides ? cells : 1));
        series_free(&e->before), series_free(&e->after);
    }
    free(list.at);
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

static json_t *run_of(const json_t *document) {
    return json_pack("{s:O?, s:O?, s:O?, s:O?}", "created", json_object_get(document, "created"), "title",
                     json_object_get(document, "title"), "emulator_sha256",
                     json_object_get(json_object_get(document, "emulator"), "sha256"), "emulator_commit",
                     json_object_get(json_object_get(json_object_get(document, "emulator"), "version"), "commit"));
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
    if (json_equal((json_t *)j->before, (json_t *)j->after))
        json_array_insert_new(j->notes, 0,
                              json_string("both files are one and the same run: nothing could have moved"));
    return json_pack("{s:s, s:s, s:o, s:o, s:o?, s:o, s:O, s:O}", "schema", "nightjar.compare/1", "verdict",
                     worst_verdict(j->entries), "before", run_of(j->before), "after", run_of(j->after),
                     "repetitions_needed", more ? json_integer(more) : NULL, "together", judge_together(j->entries),
                     "entries", j->entries, "notes", j->notes);
}

json_t *judge_compare(const json_t *before, const json_t *after, const JudgeOptions *options, Err *err) {
    Judge j = {before, after, options, noise_plan(before), json_array(), json_array()};
    char *other = noise_plan(after);
    bool ok = true, same = !strcmp(j.plan, other);
    free(other);
    if (!same) free(j.plan), j.plan = NULL;
    cells_missing(before, after, j.entries, j.notes);
    for (int pass = 0; pass < 2; pass++) { // exact metrics first
        size_t i;
        json_t *m;
        json_array_foreach(json_object_get(before, "metrics"), i, m) {
            if (summary_is_exact(m) != (pass == 0) || (pass == 1 && options->exact_only)) continue;
            if (!strcmp(json_text(m, "direction", "none"), "none")) continue;
            ok = ok && judge_metric(&j, m, err);
        }
    }
    json_t *result = ok ? result_of(&j) : NULL;
    json_decref(j.entries), json_decref(j.notes);
    free(j.plan);
    return result;
}

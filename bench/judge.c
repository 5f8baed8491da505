#include "bench/judge.h"
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/noise.h"
#include "bench/summary.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALPHA 0.05

// Worst first.
static const char *const ORDER[] = {"regressed", "invalid", "inconclusive", "improved", "pass"};

int judge_exit_code(const json_t *comparison) {
    const char *v = json_text(comparison, "verdict", "invalid");
    if (!strcmp(v, "pass") || !strcmp(v, "improved")) return EXIT_OK;
    return !strcmp(v, "regressed") ? EXIT_REGRESSED : !strcmp(v, "inconclusive") ? EXIT_INCONCLUSIVE : EXIT_INVALID;
}

// ---- may they be compared? ----------------------------------------------------------------------------------------

static const json_t *find_workload(const json_t *document, const json_t *w) {
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(document, "workloads"), i, v) {
        if (!strcmp(json_text(v, "name", ""), json_text(w, "name", "")) &&
            !strcmp(json_text(v, "guest", ""), json_text(w, "guest", "")))
            return v;
    }
    return NULL;
}

static void refuse(json_t *reasons, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void refuse(json_t *reasons, const char *fmt, ...) {
    char text[600];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    json_array_append_new(reasons, json_string(text));
}

static void compare_elf(json_t *reasons, const json_t *w, const char *what, const json_t *a, const json_t *b) {
    const char *x = json_text(a, "elf_sha256", ""), *y = json_text(b, "elf_sha256", "");
    if (strcmp(x, y))
        refuse(reasons,
               "workload %s (%s): the %s ELF differs (%.12s, size %s; %.12s, size %s): measure both with the same "
               "guest program",
               json_text(w, "name", ""), json_text(w, "guest", ""), what, x, json_text(a, "size", "?"), y,
               json_text(b, "size", "?"));
}

// A run from before there was --host-isa does not say: like "unknown", which is what the CPU had.
static void compare_isa(json_t *reasons, const char *what, const char *key, const json_t *a, const json_t *b) {
    const char *x = json_text(a, key, "unknown"), *y = json_text(b, key, "unknown");
    if (strcmp(x, y))
        refuse(
            reasons,
            "other host instructions: the %s runs could use `%s` and `%s`: measure both with the same --exact-isa and "
            "--time-isa",
            what, x, y);
}

json_t *judge_incomparable(const json_t *before, const json_t *after, bool exact_only) {
    json_t *reasons = json_array(), *w;
    size_t i, common = 0;
    const char *x = json_text(json_object_get(before, "environment"), "cpu_model", "?");
    const char *y = json_text(json_object_get(after, "environment"), "cpu_model", "?");
    if (!exact_only && strcmp(x, y))
        refuse(reasons, "other CPU (%s; %s): times of different machines do not compare; --exact-only compares counts",
               x, y);
    compare_isa(reasons, "counted", "exact_isa", json_object_get(before, "plan"), json_object_get(after, "plan"));
    if (!exact_only)
        compare_isa(reasons, "timed", "time_isa", json_object_get(before, "plan"), json_object_get(after, "plan"));
    json_array_foreach(json_object_get(before, "workloads"), i, w) {
        const json_t *other = find_workload(after, w);
        if (!other) continue;
        common++;
        if (!exact_only) compare_elf(reasons, w, "timed", w, other);
        compare_elf(reasons, w, "counted", json_object_get(w, "exact"), json_object_get(other, "exact"));
    }
    if (!common) refuse(reasons, "they have no workload in common");
    return reasons;
}

// ---- one metric of one cell ---------------------------------------------------------------------------------------

typedef struct Entry {
    const char *config, *workload, *guest;
    const json_t *metric;
    Series before, after;
    Interval effect; // speedup: above 1 is better
    double p, floor, gate;
    bool measured_floor;
} Entry;

typedef struct Judge {
    const json_t *before, *after;
    const JudgeOptions *options;
    json_t *entries;
} Judge;

static bool has_config(const json_t *document, const char *id) {
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(document, "configs"), i, c) {
        if (!strcmp(json_text(c, "id", ""), id)) return true;
    }
    return false;
}

static bool is_peer(const char *config) { return !strncmp(config, "peer:", 5); }

static bool decides(const Judge *j, const Entry *e) {
    if (is_peer(e->config) || !json_is_true(json_object_get(e->metric, "gate"))) return false;
    bool headline = !strcmp(e->config, "all-on") || !has_config(j->before, "all-on") || !has_config(j->after, "all-on");
    return summary_is_exact(e->metric) || headline || j->options->gate_all;
}

// The larger floor of what both runs and the noise file say. It was measured with arms of n samples; the median of
// fewer is noisier, by the square root.
static void find_floor(const Judge *j, Entry *e) {
    const json_t *sources[] = {json_object_get(j->before, "noise"), json_object_get(j->after, "noise"),
                               j->options->noise};
    double floor = 0, mde = 0;
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        const json_t *n = noise_find(sources[i], e->workload, e->guest, json_text(e->metric, "name", ""));
        if (!n) continue;
        e->measured_floor = true;
        double few = fmin(e->before.n, e->after.n), scale = few > 0 ? sqrt(fmax(1, json_num(n, "n", few) / few)) : 1;
        floor = fmax(floor, scale * json_num(n, "floor", 0));
        mde = fmax(mde, scale * json_num(n, "mde", 0));
    }
    e->floor = e->measured_floor ? floor : JUDGE_DEFAULT_FLOOR_PERCENT / 100.0;
    e->gate = j->options->gate > 0 ? j->options->gate : e->measured_floor ? fmax(mde, floor) : e->floor;
}

static bool check_gate(const Entry *e, Err *err) {
    if (e->gate >= e->floor - 1e-12) return true;
    const char *name = json_text(e->metric, "name", "");
    if (e->measured_floor)
        return err_set(err,
                       "--gate %.2f%%: tighter than the noise floor of %s (%s), %s, which is %.2f%%: it would cry "
                       "wolf. Use a wider gate, a quieter "
                       "machine or more repetitions, then `nightjar aa` again",
                       100 * e->gate, e->workload, e->guest, name, 100 * e->floor);
    return err_set(err,
                   "--gate %.2f%%: the noise floor of %s (%s), %s was never measured here, so nothing below %d%% is "
                   "believed: run `nightjar aa` first",
                   100 * e->gate, e->workload, e->guest, name, JUDGE_DEFAULT_FLOOR_PERCENT);
}

static bool varies(const Series *s) {
    for (uint32_t i = 1; i < s->n; i++)
        if (s->value[i] != s->value[0]) return true;
    return false;
}

static const char *judge_exact(const Entry *e, double gate, char why[200]) {
    double ratio = e->effect.point;
    if (varies(&e->before) || varies(&e->after)) {
        snprintf(why, 200, "an exact metric that varied between repeats");
        return "invalid";
    }
    snprintf(why, 200, e->before.value[0] == e->after.value[0] ? "equal" : "%+.10g",
             e->after.value[0] - e->before.value[0]);
    if (e->before.value[0] == e->after.value[0]) return "pass";
    if (!isfinite(ratio) || ratio == 0) return e->effect.point > 1 ? "improved" : "regressed";
    if (fabs(ratio - 1) < gate) return "pass";
    return ratio > 1 ? "improved" : "regressed";
}

static const char *judge_sampled(const Entry *e, char why[200]) {
    Interval i = e->effect;
    double size = fmax(i.point, 1 / i.point) - 1;
    if (isnan(i.lo)) {
        snprintf(why, 200, "%u and %u valid samples: an interval needs %d", e->before.n, e->after.n, STATS_MIN);
        return "inconclusive";
    }
    bool outside = i.lo > 1 || i.hi < 1, significant = outside && e->p < ALPHA;
    if (significant && size >= e->gate) {
        snprintf(why, 200, "%.1f %%, gate %.1f %%", 100 * size, 100 * e->gate);
        return i.point > 1 ? "improved" : "regressed";
    }
    if (i.lo > 1 / (1 + e->gate) && i.hi < 1 + e->gate) {
        snprintf(why, 200, "within the gate of %.1f %%", 100 * e->gate);
        return "pass";
    }
    if (significant) {
        snprintf(why, 200, "moved by %.1f %%, less than the gate of %.1f %%", 100 * size, 100 * e->gate);
        return "pass";
    }
    if (outside && size >= e->gate)
        snprintf(why, 200, "looks like %.1f %%, but p = %.2g is not below %.2f: more repetitions", 100 * size, e->p,
                 ALPHA);
    else
        snprintf(why, 200, "the interval is wider than the gate of %.1f %%: more repetitions or less noise",
                 100 * e->gate);
    return "inconclusive";
}

static json_t *entry_json(const Judge *j, const Entry *e) {
    char why[200] = "no valid sample on one side";
    bool exact = summary_is_exact(e->metric), gates = decides(j, e);
    const char *verdict = !e->before.n || !e->after.n ? "invalid"
                          : exact                     ? judge_exact(e, j->options->exact_gate, why)
                                                      : judge_sampled(e, why);
    json_t *v = interval_json(e->effect);
    json_put(v, "config", json_string(e->config));
    json_put(v, "workload", json_string(e->workload));
    json_put(v, "guest", json_string(e->guest));
    json_object_set(v, "metric", json_object_get(e->metric, "name"));
    json_object_set(v, "unit", json_object_get(e->metric, "unit"));
    json_object_set(v, "kind", json_object_get(e->metric, "kind"));
    json_put(v, "before", number_or_null(stats_median(e->before.value, e->before.n)));
    json_put(v, "after", number_or_null(stats_median(e->after.value, e->after.n)));
    json_put(v, "n", json_pack("[i, i]", (int)e->before.n, (int)e->after.n));
    json_put(v, "p_holm", exact ? NULL : number_or_null(e->p));
    json_put(v, "floor", exact ? NULL : json_real(e->floor));
    json_put(v, "gate", json_real(exact ? j->options->exact_gate : e->gate));
    json_put(v, "gates", json_boolean(gates));
    json_put(v, "verdict", json_string(verdict));
    json_put(v, "why", json_string(why));
    return v;
}

// ---- all cells of one metric: the family that Holm corrects --------------------------------------------------------

typedef struct EntryList {
    Entry *at;
    uint32_t n, cap;
} EntryList;

static void collect(const Judge *j, const json_t *metric, EntryList *list) {
    json_t *c, *w;
    size_t i, k;
    const char *name = json_text(metric, "name", "");
    json_array_foreach(json_object_get(j->before, "configs"), i, c) {
        const char *id = json_text(c, "id", "");
        if (!has_config(j->after, id)) continue;
        json_array_foreach(json_object_get(j->before, "workloads"), k, w) {
            if (!find_workload(j->after, w)) continue;
            Entry e = {.config = id,
                       .workload = json_text(w, "name", ""),
                       .guest = json_text(w, "guest", ""),
                       .metric = metric,
                       .p = NAN};
            CellKey key = {e.config, e.workload, e.guest, name};
            e.before = summary_series(j->before, &key);
            e.after = summary_series(j->after, &key);
            if (list->n == list->cap) {
                list->cap = list->cap * 2 + 16;
                list->at = realloc(list->at, list->cap * sizeof *list->at);
                BUG_IF(!list->at, "out of memory");
            }
            list->at[list->n++] = e;
        }
    }
}

// A cell in which neither side took any sample of this metric was never planned: nothing to say about it. A side that
// lost all its samples (failed, or the metric is gone) is invalid.
static bool planned(const Judge *j, const Entry *e) {
    if (e->before.n || e->after.n) return true;
    const json_t *documents[] = {j->before, j->after};
    for (size_t d = 0; d < ARRAY_LEN(documents); d++) {
        json_t *s;
        size_t i;
        json_array_foreach(json_object_get(documents[d], "samples"), i, s) {
            if (!strcmp(json_text(s, "config", ""), e->config) && !strcmp(json_text(s, "workload", ""), e->workload) &&
                !strcmp(json_text(s, "purpose", ""), json_text(e->metric, "purpose", "")) &&
                json_is_true(json_object_get(e->metric, "gate")))
                return true;
        }
    }
    return false;
}

static bool judge_metric(Judge *j, const json_t *metric, Err *err) {
    EntryList list = {0};
    bool ok = true, exact = summary_is_exact(metric);
    collect(j, metric, &list);
    double *p = calloc(list.n + 1, sizeof *p);
    BUG_IF(!p, "out of memory");
    for (uint32_t i = 0; i < list.n; i++) {
        Entry *e = &list.at[i];
        e->effect = summary_speedup(metric, &e->before, &e->after, false);
        p[i] = exact || !e->before.n || !e->after.n
                   ? NAN
                   : stats_mann_whitney(e->before.value, e->before.n, e->after.value, e->after.n);
        find_floor(j, e);
        if (!exact && decides(j, e) && e->before.n && e->after.n) ok = ok && check_gate(e, err);
    }
    stats_holm(p, list.n);
    for (uint32_t i = 0; i < list.n; i++) {
        Entry *e = &list.at[i];
        e->p = p[i];
        if (ok && planned(j, e)) json_array_append_new(j->entries, entry_json(j, e));
        series_free(&e->before), series_free(&e->after);
    }
    free(list.at), free(p);
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

// ---- the count and the time of a cell together ---------------------------------------------------------------------

static const char *together(const char *count, const char *time) {
    bool count_worse = !strcmp(count, "regressed"), count_better = !strcmp(count, "improved"),
         count_same = !strcmp(count, "pass");
    bool time_worse = !strcmp(time, "regressed"), time_better = !strcmp(time, "improved");
    if (count_worse && time_worse) return "more host instructions, and slower";
    if (count_worse && time_better) return "more host instructions, yet faster: dearer ones were saved";
    if (count_worse) return "more host instructions; the time does not show it (yet)";
    if (count_better && time_worse)
        return "fewer host instructions, yet slower: look at stalls, the run loop and translation time";
    if (count_better && time_better) return "fewer host instructions, and faster";
    if (count_better) return "fewer host instructions; the time does not show it";
    if (count_same && time_worse)
        return "slower with the same host instructions: translation, run loop, helpers, code layout, or the machine";
    if (count_same && time_better)
        return "faster with the same host instructions: translation, run loop, helpers, code layout, or the machine";
    return "no change seen";
}

static json_t *find_entry(const json_t *entries, const json_t *like, const char *metric) {
    size_t i;
    json_t *e;
    json_array_foreach((json_t *)entries, i, e) {
        if (!strcmp(json_text(e, "metric", ""), metric) &&
            !strcmp(json_text(e, "config", ""), json_text(like, "config", "")) &&
            !strcmp(json_text(e, "workload", ""), json_text(like, "workload", "")) &&
            !strcmp(json_text(e, "guest", ""), json_text(like, "guest", "")))
            return e;
    }
    return NULL;
}

static json_t *pairs(const json_t *entries) {
    json_t *out = json_array(), *e;
    size_t i;
    json_array_foreach((json_t *)entries, i, e) {
        if (strcmp(json_text(e, "metric", ""), "host_instructions")) continue;
        const json_t *time = find_entry(entries, e, "cpu_ns");
        const char *count_verdict = json_text(e, "verdict", ""),
                   *time_verdict = json_text(time, "verdict", "not measured");
        json_array_append_new(out, json_pack("{s:O, s:O, s:O, s:s, s:s, s:s}", "config", json_object_get(e, "config"),
                                             "workload", json_object_get(e, "workload"), "guest",
                                             json_object_get(e, "guest"), "count", count_verdict, "time", time_verdict,
                                             "meaning", together(count_verdict, time_verdict)));
    }
    return out;
}

static json_t *run_of(const json_t *document) {
    return json_pack("{s:O?, s:O?, s:O?, s:O?}", "created", json_object_get(document, "created"), "title",
                     json_object_get(document, "title"), "emulator_sha256",
                     json_object_get(json_object_get(document, "emulator"), "sha256"), "emulator_commit",
                     json_object_get(json_object_get(json_object_get(document, "emulator"), "version"), "commit"));
}

json_t *judge_compare(const json_t *before, const json_t *after, const JudgeOptions *options, Err *err) {
    Judge j = {before, after, options, json_array()};
    bool ok = true;
    for (int pass = 0; pass < 2; pass++) { // exact metrics first
        size_t i;
        json_t *m;
        json_array_foreach(json_object_get(before, "metrics"), i, m) {
            if (summary_is_exact(m) != (pass == 0) || (pass == 1 && options->exact_only)) continue;
            if (!strcmp(json_text(m, "direction", "none"), "none")) continue;
            ok = ok && judge_metric(&j, m, err);
        }
    }
    json_t *result = NULL;
    if (ok)
        result = json_pack("{s:s, s:s, s:o, s:o, s:o, s:O, s:[]}", "schema", "nightjar.compare/1", "verdict",
                           worst_verdict(j.entries), "before", run_of(before), "after", run_of(after), "together",
                           pairs(j.entries), "entries", j.entries, "notes");
    json_decref(j.entries);
    return result;
}

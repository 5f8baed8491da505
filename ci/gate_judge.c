// From what was measured to nightjar.gate/1. Counts come first: missing cells, then what moved; then times.
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/base/statistics.h"
#include "bench/model/run.h"
#include "ci/gate.h"
#include <math.h>
#include <string.h>

int gate_exit_code(const json_t *gate) { return (int)json_num(gate, "exit", EXIT_INVALID); }

static void cell_name(const json_t *e, char out[300]) {
    snprintf(out, 300, "%s/%s/%s", json_text(e, "workload", "?"), json_text(e, "guest", "?"),
             json_text(e, "config", "?"));
    for (char *p = out; *p; p++) // names come from the change that is judged, and go into pages of others
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:+-", *p)) *p = '?';
}

// ---- counts
static const json_t *accepted_reason(const GateInput *in, const char *cell, const char *metric) {
    size_t i;
    json_t *a;
    json_array_foreach((json_t *)in->accepted, i, a) {
        if (!strcmp(json_text(a, "cell", ""), cell) && !strcmp(json_text(a, "metric", ""), metric)) return a;
    }
    return NULL;
}

static json_t *moved(const json_t *e, const char *cell) {
    double before = json_num(e, "before", NAN), after = json_num(e, "after", NAN);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:b}", "cell", cell, "metric", json_text(e, "metric", "?"),
                     "verdict", json_text(e, "verdict", "?"), "before", json_incref(json_object_get(e, "before")),
                     "after", json_incref(json_object_get(e, "after")), "percent",
                     before > 0 ? json_real(100 * (after / before - 1)) : json_null(), "gates",
                     json_is_true(json_object_get(e, "gates")));
}

typedef struct Sorted {
    json_t *exact, *accepted, *missing, *seen; // seen: cells that were judged
    bool worse, better;
    size_t deciding; // entries of `exact` that do
} Sorted;

// Has this side no valid counted sample of the cell? `reason`: what its first one failed with.
static bool nothing_valid(const json_t *run, const json_t *entry, char reason[200]) {
    static const char *const KEYS[] = {"config", "workload", "guest"};
    size_t i;
    json_t *s;
    reason[0] = 0;
    json_array_foreach(json_object_get(run, "samples"), i, s) {
        bool same = !strcmp(json_text(s, "purpose", ""), "exact");
        for (unsigned k = 0; same && k < ARRAY_LEN(KEYS); k++)
            same = !strcmp(json_text(s, KEYS[k], ""), json_text(entry, KEYS[k], "?"));
        if (same && json_is_true(json_object_get(s, "valid"))) return false;
        if (same && !*reason) snprintf(reason, 200, "%.199s", json_text(s, "reason", "?"));
    }
    return *reason != 0;
}

// A cell of which one side has nothing is named once, not by each of its metrics.
static void add_invalid(const GateInput *in, const json_t *e, const char *cell, Sorted *s) {
    char reason[200], why[300];
    size_t i;
    json_t *m;
    bool before = nothing_valid(in->base, e, reason), lost = before || nothing_valid(in->head, e, reason);
    snprintf(why, sizeof why, "no run of %s counts: %s", before ? "base" : "head", reason);
    json_array_foreach(s->missing, i, m) {
        if (lost && !strcmp(json_text(m, "cell", ""), cell)) return;
    }
    json_array_append_new(s->missing, json_pack("{s:s, s:s, s:s}", "cell", cell, "metric",
                                                lost ? "every metric" : json_text(e, "metric", ""), "why",
                                                lost ? why : json_text(e, "why", "?")));
}

static void sort_entry(const GateInput *in, const json_t *e, Sorted *s) {
    char cell[300];
    cell_name(e, cell);
    const char *verdict = json_text(e, "verdict", "invalid"), *metric = json_text(e, "metric", "");
    bool gates = json_is_true(json_object_get(e, "gates"));
    if (!strncmp(json_text(e, "config", ""), "every ", 6)) return; // count_cells() names them one by one
    if (!strcmp(verdict, "invalid") && gates) {
        add_invalid(in, e, cell, s);
        return;
    }
    json_object_set_new(s->seen, cell, json_true());
    if (gates && json_num(e, "before", 0) > 0 && json_num(e, "after", 1) == 0 && strcmp(metric, "helper_calls")) {
        json_array_append_new(s->missing, json_pack("{s:s, s:s, s:s}", "cell", cell, "metric", metric, "why",
                                                    "the count collapsed to 0: nothing was counted"));
        return;
    }
    if (strcmp(verdict, "regressed") && strcmp(verdict, "improved")) return;
    if (!strcmp(metric, "host_per_guest")) return; // host_instructions again
    json_t *entry = moved(e, cell);
    const json_t *accepted = accepted_reason(in, cell, metric);
    if (accepted) {
        json_put(entry, "reason", json_string(json_text(accepted, "reason", "")));
        json_array_append_new(s->accepted, entry);
        return;
    }
    json_array_insert_new(s->exact, gates ? s->deciding++ : json_array_size(s->exact),
                          entry); // what decides comes first
    s->worse |= gates && !strcmp(verdict, "regressed");
    s->better |= gates && !strcmp(verdict, "improved");
}

// An exact count of a cell in a run: the one value of its valid samples, or NAN.
static double count_of(const json_t *run, const json_t *sample, const char *metric) {
    static const char *const KEYS[] = {"config", "workload", "guest"};
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(run, "samples"), i, s) {
        bool same = json_is_true(json_object_get(s, "valid")) && !strcmp(json_text(s, "purpose", ""), "exact");
        for (unsigned k = 0; same && k < ARRAY_LEN(KEYS); k++)
            same = !strcmp(json_text(s, KEYS[k], ""), json_text(sample, KEYS[k], "?"));
        if (same) return json_num(json_object_get(s, "metrics"), metric, NAN);
    }
    return NAN;
}

// What base has, head must have: the cells of base that were counted. Those that were not judged are named.
static size_t count_cells(const GateInput *in, Sorted *s) {
    size_t i, k;
    json_t *sample, *cells = json_object(), *m;
    json_array_foreach(json_object_get(in->base, "samples"), i, sample) {
        char cell[300];
        cell_name(sample, cell);
        if (strcmp(json_text(sample, "purpose", ""), "exact") || json_object_get(cells, cell)) continue;
        json_object_set_new(cells, cell, json_true());
        bool named = json_object_get(s->seen, cell) != NULL;
        json_array_foreach(s->missing, k, m) named |= !strcmp(json_text(m, "cell", ""), cell);
        if (!named)
            json_array_append_new(s->missing, json_pack("{s:s, s:s, s:s}", "cell", cell, "metric", "every metric",
                                                        "why", "head does not have this cell"));
    }
    size_t n = json_object_size(cells);
    json_decref(cells);
    return n;
}

// The same program must retire the same instructions, else the comparison is of two different runs.
static void check_guest(const GateInput *in, Sorted *s) {
    size_t i;
    json_t *sample, *done = json_object();
    json_array_foreach(json_object_get(in->base, "samples"), i, sample) {
        char cell[300];
        cell_name(sample, cell);
        if (json_object_get(done, cell) || strcmp(json_text(sample, "purpose", ""), "exact")) continue;
        json_object_set_new(done, cell, json_true());
        double a = count_of(in->base, sample, "guest_instructions"),
               b = count_of(in->head, sample, "guest_instructions");
        if (!isfinite(a) || !isfinite(b) || a == b) continue;
        json_array_append_new(s->missing,
                              json_pack("{s:s, s:s, s:s}", "cell", cell, "metric", "guest_instructions", "why",
                                        "the guest retired another number of instructions: it did other work"));
    }
    json_decref(done);
}

// ---- the control group: cells whose emitted code is the same
static const char *code_of(const json_t *run, const TimeCell *c) {
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(run, "samples"), i, s) {
        if (run_id_is(json_text(s, "config", ""), "all-on") && !strcmp(json_text(s, "workload", ""), c->workload) &&
            !strcmp(json_text(s, "guest", ""), c->guest))
            return json_text(s, "code_sha256", NULL);
    }
    return NULL;
}

static bool same_code(const GateInput *in, const TimeCell *c) {
    const char *a = code_of(in->base, c), *b = code_of(in->head, c);
    return a && b && !strcmp(a, b);
}

static json_t *control(const GateInput *in) {
    double sum = 0;
    int n = 0;
    for (uint32_t i = 0; i < in->n_cells; i++) {
        const TimeCell *c = &in->cells[i];
        if (!same_code(in, c) || !c->blocks.n) continue;
        sum += stats_median(c->blocks.at, c->blocks.n), n++;
    }
    return json_pack("{s:i, s:o}", "cells", n, "ratio", n ? json_real(exp(sum / n)) : json_null());
}

// ---- times
static json_t *time_json(const GateInput *in, const TimeCell *c) {
    bool known = isfinite(c->lo) && isfinite(c->hi) && c->ratio > 0;
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:f, s:i, s:i, s:b}", "workload", c->workload, "guest", c->guest,
                     "verdict", time_verdicts[c->verdict], "ratio", known ? json_real(c->ratio) : json_null(), "lo",
                     known ? json_real(c->lo) : json_null(), "hi", known ? json_real(c->hi) : json_null(), "threshold",
                     isfinite(c->threshold) ? c->threshold : 0, "blocks", (int)c->blocks.n, "confirmed_by",
                     (int)c->fresh.n, "same_code", same_code(in, c));
}

static json_t *times(const GateInput *in, Sorted *s, unsigned *open) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < in->n_cells; i++) {
        const TimeCell *c = &in->cells[i];
        char cell[300];
        snprintf(cell, sizeof cell, "%s/%s/all-on", c->workload, c->guest);
        json_t *entry = time_json(in, c);
        const json_t *accepted = accepted_reason(in, cell, "cpu_ns");
        if (accepted) json_put(entry, "accepted", json_string(json_text(accepted, "reason", "")));
        json_array_append_new(list, entry);
        s->worse |= c->verdict == TIME_REGRESSED && !accepted, s->better |= c->verdict == TIME_IMPROVED;
        *open += c->verdict == TIME_INCONCLUSIVE;
        if (c->verdict == TIME_INVALID)
            json_array_append_new(s->missing, json_pack("{s:s, s:s, s:s}", "cell", cell, "metric", "cpu_ns", "why",
                                                        "a timed run failed or did not print the right result"));
    }
    return list;
}

static json_t *side(const json_t *run, const char *asked) {
    const json_t *emu = json_object_get(run, "emulator");
    return json_pack("{s:s, s:s, s:s}", "asked", asked, "commit",
                     json_text(json_object_get(emu, "version"), "commit", "?"), "emulator",
                     json_text(emu, "sha256", "?"));
}

json_t *gate_document(const GateOptions *o, const GateInput *in) {
    Sorted s = {json_array(), json_array(), json_array(), json_object(), false, false, 0};
    size_t i;
    json_t *e;
    unsigned open = 0;
    json_array_foreach(json_object_get(in->comparison, "entries"), i, e) {
        if (strcmp(json_text(e, "kind", ""), "sampled")) sort_entry(in, e, &s);
    }
    check_guest(in, &s);
    json_t *time = times(in, &s, &open);
    size_t expected = count_cells(in, &s), missing = json_array_size(s.missing);
    json_array_foreach(s.missing, i, e) json_object_del(s.seen, json_text(e, "cell", ""));
    size_t judged = json_object_size(s.seen);
    bool empty = !judged;
    const char *verdict = missing || empty    ? "invalid"
                          : s.worse           ? "regressed"
                          : open && o->strict ? "inconclusive"
                          : s.better          ? "improved"
                                              : "pass";
    int code = missing || empty    ? EXIT_INVALID
               : s.worse           ? EXIT_REGRESSED
               : open && o->strict ? EXIT_INCONCLUSIVE
                                   : EXIT_OK;
    if (missing && s.worse) code = EXIT_INVALID;
    json_decref(s.seen);
    return json_pack("{s:s, s:s, s:i, s:o, s:o, s:{s:i, s:i, s:o}, s:o, s:o, s:o, s:i, s:o, s:[], s:O, s:O}", "schema",
                     "nightjar.gate/1", "verdict", verdict, "exit", code, "base", side(in->base, o->base), "head",
                     side(in->head, o->head), "coverage", "expected", (int)expected, "judged", (int)judged, "missing",
                     s.missing, "exact", s.exact, "accepted", s.accepted, "time", time, "time_open", (int)open,
                     "control", control(in), "explain", "notes", json_object_get(in->comparison, "notes"), "reproduce",
                     o->words);
}

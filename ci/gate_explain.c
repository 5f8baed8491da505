// Why: which switch the change goes away with, and which guest blocks moved most.
//
// A switch is named when leaving it out makes the difference vanish: the counts of no-X are then equal on both sides,
// while those of all-on are not. Blocks come from a profile of both emulators (`nightjar profile`).
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "bench/model/run.h"
#include "ci/gate.h"
#include "profiles/profile.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 5 };

typedef struct Worst {
    const char *workload, *guest;
    double ratio;
} Worst;

// The cell, all on, whose gating count grew most; else the time that did.
static bool find_worst(const json_t *comparison, const json_t *gate, Worst *w) {
    size_t i;
    json_t *e;
    *w = (Worst){"", "", 1};
    json_array_foreach(json_object_get(comparison, "entries"), i, e) {
        double before = json_num(e, "before", NAN), after = json_num(e, "after", NAN);
        if (strcmp(json_text(e, "verdict", ""), "regressed") || strcmp(json_text(e, "kind", ""), "exact") ||
            !run_id_is(json_text(e, "config", ""), "all-on") || !json_is_true(json_object_get(e, "gates")) ||
            !(before > 0))
            continue;
        if (after / before > w->ratio)
            *w = (Worst){json_text(e, "workload", ""), json_text(e, "guest", ""), after / before};
    }
    json_array_foreach(json_object_get(gate, "time"), i, e) {
        if (w->ratio > 1 || strcmp(json_text(e, "verdict", ""), "regressed")) continue;
        *w = (Worst){json_text(e, "workload", ""), json_text(e, "guest", ""), json_num(e, "ratio", 1)};
    }
    return w->ratio > 1;
}

static double delta(const json_t *comparison, const Worst *w, const char *config, const char *metric) {
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(comparison, "entries"), i, e) {
        if (run_id_is(json_text(e, "config", ""), config) && !strcmp(json_text(e, "metric", ""), metric) &&
            !strcmp(json_text(e, "workload", ""), w->workload) && !strcmp(json_text(e, "guest", ""), w->guest))
            return json_num(e, "after", NAN) - json_num(e, "before", NAN);
    }
    return NAN;
}

static json_t *switches(const json_t *comparison, const json_t *run, const Worst *w) {
    static const char *const METRICS[] = {"host_instructions", "host_bytes_emitted", "units_translated", "helper_calls",
                                          "run_loop_entries"};
    json_t *list = json_array(), *c;
    size_t i;
    for (unsigned m = 0; m < ARRAY_LEN(METRICS); m++) {
        double whole = delta(comparison, w, "all-on", METRICS[m]);
        if (!isfinite(whole) || whole == 0) continue;
        unsigned named = 0;
        json_array_foreach(json_object_get(run, "configs"), i, c) {
            const char *id = json_text(c, "id", "");
            if (strncmp(id, "no-", 3) || strchr(id + 3, '-') || delta(comparison, w, id, METRICS[m]) != 0) continue;
            json_array_append_new(list, json_sprintf("%s: %+.15g with everything on, equal without %.*s", METRICS[m],
                                                     whole, (int)run_id_stem(id + 3), id + 3));
            named++;
        }
        if (!named)
            json_array_append_new(
                list, json_sprintf("%s: %+.15g with everything on; no single switch takes it away", METRICS[m], whole));
    }
    return list;
}

static bool profile_of(ProfileDoc *doc, const GateOptions *o, const char *emu, const Worst *w, const char *dir) {
    char file[4200];
    char *self = revision_self();
    VEC(const char *) argv = {0};
    const char *const words[] = {self, "profile", w->workload, "--guest", w->guest, "--emu",
                                 emu,  "--pairs", "0",         "-q",      "-o",     dir};
    for (unsigned i = 0; i < ARRAY_LEN(words); i++) vec_push(&argv, words[i]);
    for (uint32_t i = 0; i + 1 < o->pass.n; i++) { // where the workloads are, by the names that `profile` has for it
        if (!strcmp(o->pass.at[i], "--elf-dir")) vec_push(&argv, "--elves"), vec_push(&argv, o->pass.at[i + 1]);
        if (!strcmp(o->pass.at[i], "--workloads-dir"))
            vec_push(&argv, "--workloads"), vec_push(&argv, o->pass.at[i + 1]);
    }
    vec_push(&argv, NULL);
    Err err;
    ProcessResult r;
    bool ok = false;
    if (process_run(argv.at, &(ProcessLimits){.timeout_s = 300, .pin = -1}, &r, &err)) {
        snprintf(file, sizeof file, "%s/profile.json", dir);
        ok = r.exited && !r.code && profile_doc_load(doc, file, &err);
        process_result_free(&r);
    }
    vec_free(&argv);
    free(self);
    return ok;
}

static void add_blocks(json_t *entry, const GateOptions *o, const Worst *w, const char *base, const char *head,
                       const char *scratch) {
    char dir[4200];
    snprintf(dir, sizeof dir, "%s/profile-base", scratch);
    ProfileDoc a = {0}, b = {0};
    bool both = profile_of(&a, o, base, w, dir);
    snprintf(dir, sizeof dir, "%s/profile-head", scratch);
    both = both && profile_of(&b, o, head, w, dir);
    if (both) {
        json_t *diff = profile_diff(&a, &b);
        ReportText t = {0};
        profile_diff_text(&t, diff, TOP, PROFILE_TERMINAL);
        json_put(entry, "text", json_string(rt_str(&t)));
        rt_free(&t);
        profile_diff_text(&t, diff, TOP, PROFILE_MARKDOWN);
        json_put(entry, "markdown", json_string(rt_str(&t)));
        rt_free(&t);
        json_decref(diff);
    } else {
        json_array_append_new(json_object_get(entry, "switches"),
                              json_string("no profile: one of the emulators does not give one"));
    }
    profile_doc_free(&a), profile_doc_free(&b);
}

void gate_explain(json_t *gate, const GateOptions *o, const GateInput *in, const char *base, const char *head,
                  const char *scratch) {
    Worst w = {0};
    if (!find_worst(in->comparison, gate, &w)) return;
    json_t *entry = json_pack("{s:o, s:o}", "cell", json_sprintf("%s/%s/all-on", w.workload, w.guest), "switches",
                              switches(in->comparison, in->head, &w));
    if (base && head) add_blocks(entry, o, &w, base, head, scratch);
    json_array_append_new(json_object_get(gate, "explain"), entry);
}

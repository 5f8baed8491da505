// Example: the run before has the workloads dhrystone and coremark, the one after has dhrystone alone. If the one after
// was asked for dhrystone only (`plan.workloads`), coremark is a note. If it was asked for every benchmark, coremark is
// missing: an invalid entry, and the comparison cannot pass.
#include "bench/judge_cells.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool cells_is_peer(const char *config) { return !strncmp(config, "peer:", 5); }

bool cells_same_elf(const RunWorkload *before, const RunWorkload *after, bool exact, char why[300]) {
    const char *x = exact ? before->exact.elf_sha256 : before->elf_sha256,
               *y = exact ? after->exact.elf_sha256 : after->elf_sha256;
    const char *size_x = exact ? before->exact.size : before->size, *size_y = exact ? after->exact.size : after->size;
    if (strcmp(x, y)) {
        snprintf(why, 300, "refused: the %s ELF differs (%.12s, size %.20s; %.12s, size %.20s)",
                 exact ? "counted" : "timed", x, size_x, y, size_y);
        return false;
    }
    if (exact && before->exact.work != after->exact.work) {
        snprintf(why, 300, "refused: the counted work differs (%.0f, %.0f)", before->exact.work, after->exact.work);
        return false;
    }
    return true;
}

// The hash of the emitted code that a counted sample of this cell carries; NULL where none does.
static const char *emitted_code(CellAt c) {
    uint32_t n;
    const uint32_t *at = run_samples(c.doc, c.config, c.workload, &n);
    for (uint32_t i = 0; i < n; i++) {
        const RunSample *s = &c.doc->samples.at[at[i]];
        if (s->code_sha256 && !strcmp(s->purpose, "exact")) return s->code_sha256;
    }
    return NULL;
}

static const char *emulator_of(CellAt c) {
    const char *host = run_host(c.doc, c.config);
    for (uint32_t i = 1; i < c.doc->hosts.n; i++) // the first one is the document's emulator
        if (!strcmp(c.doc->hosts.at[i].name, host)) return c.doc->hosts.at[i].sha256;
    return c.doc->emulator.sha256;
}

bool cells_same_build(CellAt before, CellAt after) {
    if (strcmp(emulator_of(before), emulator_of(after))) return false;
    const char *a = emitted_code(before), *b = emitted_code(after);
    return !a || !b || !strcmp(a, b);
}

// 1 or 0; -1: no counted sample says it, or they disagree (an `inexact` entry of that run).
static int window_of(CellAt c) {
    uint32_t n;
    int window = -1;
    const uint32_t *at = run_samples(c.doc, c.config, c.workload, &n);
    for (uint32_t i = 0; i < n; i++) {
        const RunSample *s = &c.doc->samples.at[at[i]];
        if (s->window < 0 || !s->valid || strcmp(s->purpose, "exact")) continue;
        if (window >= 0 && window != s->window) return -1;
        window = s->window;
    }
    return window;
}

bool cells_same_window(CellAt before, CellAt after, char why[300]) {
    int x = window_of(before), y = window_of(after);
    if (x < 0 || y < 0 || x == y) return true;
    snprintf(
        why, 300,
        "the board had no window of RAM in the run %s (`window`: memory was limited or refused there), so other code was "
        "counted",
        x ? "after" : "before");
    return false;
}

bool cells_has_host(const RunDoc *doc, const char *host) {
    for (uint32_t i = 0; i < doc->configs.n; i++)
        if (!strcmp(run_host(doc, i), host)) return true;
    return false;
}

// ---- what one side has lost ---------------------------------------------------------------------------------------

static bool lists(const json_t *array, const char *text) {
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)array, i, v) {
        if (json_is_string(v) && (!strcmp(json_string_value(v), text) || !strcmp(json_string_value(v), "all")))
            return true;
    }
    return false;
}

// Was this run asked for other workloads or guests only?
static bool plan_left_out(const RunDoc *doc, const RunWorkload *w) {
    const json_t *names = doc->plan.workloads, *guests = doc->plan.guests;
    return (json_array_size(names) && !lists(names, w->name)) || (json_array_size(guests) && !lists(guests, w->guest));
}

static bool lists_differ(const json_t *a, const json_t *b) { return a && b && !json_equal((json_t *)a, (json_t *)b); }

// Were the configurations of the two runs asked for by different options?
static bool plans_differ(const RunPlan *a, const RunPlan *b) {
    return strcmp(a->matrix, b->matrix) || lists_differ(a->axes, b->axes) || lists_differ(a->features, b->features);
}

static void add_missing(json_t *entries, const char *config, const RunWorkload *w, const char *side) {
    char why[200];
    snprintf(why, sizeof why, "missing %s", side);
    json_array_append_new(entries,
                          json_pack("{s:s, s:s, s:s, s:s, s:n, s:s, s:n, s:n, s:n, s:n, s:n, s:[i,i], s:b, s:s, s:s}",
                                    "config", config, "workload", w->name, "guest", w->guest, "metric", "every metric",
                                    "unit", "kind", "exact", "before", "after", "ratio", "lo", "hi", "n", 0, 0, "gates",
                                    1, "verdict", "invalid", "why", why));
}

static void note(json_t *notes, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void note(json_t *notes, const char *fmt, ...) {
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    json_array_append_new(notes, json_string(text));
}

// What `full` has and `other` has not.
static void missing_workloads(const RunDoc *full, const RunDoc *other, const char *side, json_t *entries,
                              json_t *notes) {
    for (uint32_t i = 0; i < full->workloads.n; i++) {
        const RunWorkload *w = &full->workloads.at[i];
        if (run_workload(other, w->name, w->guest) != RUN_NONE) continue;
        if (plan_left_out(other, w))
            note(notes, "%s (%s) was not asked for %s: it is not compared", w->name, w->guest, side);
        else
            add_missing(entries, "every configuration", w, side);
    }
}

static bool first_of_host(const RunDoc *doc, uint32_t config) {
    for (uint32_t i = 0; i < config; i++)
        if (!strcmp(run_host(doc, i), run_host(doc, config))) return false;
    return true;
}

static void missing_configs(const RunDoc *full, const RunDoc *other, const char *side, json_t *entries, json_t *notes) {
    for (uint32_t i = 0; i < full->configs.n; i++) {
        const RunConfig *c = &full->configs.at[i];
        if (run_config(other, c->id) != RUN_NONE) continue;
        const char *host = run_host(full, i);
        if (*host && !cells_has_host(other, host)) {
            if (first_of_host(full, i)) note(notes, "the host %s was not measured %s: it is not compared", host, side);
            continue;
        }
        if ((c->engine && strcmp(c->engine, "jit")) || cells_is_peer(c->id) ||
            plans_differ(&full->plan, &other->plan)) {
            note(notes, "%s was not measured %s: it is not compared", c->id, side);
            continue;
        }
        for (uint32_t k = 0; k < full->workloads.n; k++) {
            const RunWorkload *w = &full->workloads.at[k];
            if (run_workload(other, w->name, w->guest) != RUN_NONE) add_missing(entries, c->id, w, side);
        }
    }
}

void cells_missing(const RunDoc *before, const RunDoc *after, json_t *entries, json_t *notes) {
    missing_workloads(before, after, "in the run after", entries, notes);
    missing_workloads(after, before, "in the run before", entries, notes);
    missing_configs(before, after, "in the run after", entries, notes);
    missing_configs(after, before, "in the run before", entries, notes);
}

// `nightjar compare BEFORE.json AFTER.json`: options, refusals and the three ways to print nightjar.compare/1.
#include "base/alloc.h"
#include "base/command_line.h"
#include "bench/base/codes.h"
#include "bench/commands.h"
#include "bench/document.h"
#include "bench/base/jsonfile.h"
#include "bench/judge.h"
#include "bench/noise.h"
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct CompareOptions {
    const char *before, *after, *md, *json, *noise;
    double gate, exact_gate;
    json_t *gate_on; // names, NULL: the default ones
    bool force, exact_only, all, gate_all;
} CompareOptions;

enum {
    KEY_GATE = 256,
    KEY_EXACT_GATE,
    KEY_MD,
    KEY_JSON,
    KEY_NOISE,
    KEY_FORCE,
    KEY_EXACT_ONLY,
    KEY_ALL,
    KEY_GATE_ALL,
    KEY_GATE_ON
};

static double percent(struct argp_state *state, const char *option, const char *arg) {
    char *end;
    double v = strtod(arg, &end);
    if (end == arg || (*end && strcmp(end, "%")) || !isfinite(v) || v < 0 || v >= 1000)
        argp_error(state, "--%s %s: give percent, such as 5%%", option, arg);
    return v / 100;
}

static json_t *names(const char *list) {
    json_t *out = json_array();
    char *copy = alloc_text(list), *save = NULL;
    for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
        json_array_append_new(out, json_string(w));
    free(copy);
    return out;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    CompareOptions *o = state->input;
    switch (key) {
    case KEY_GATE: o->gate = percent(state, "gate", arg); return 0;
    case KEY_EXACT_GATE: o->exact_gate = percent(state, "exact-gate", arg); return 0;
    case KEY_MD: o->md = arg; return 0;
    case KEY_JSON: o->json = arg; return 0;
    case KEY_NOISE: o->noise = arg; return 0;
    case KEY_FORCE: o->force = true; return 0;
    case KEY_EXACT_ONLY: o->exact_only = true; return 0;
    case KEY_GATE_ON: o->gate_on = names(arg); return 0;
    case KEY_ALL: o->all = true; return 0;
    case KEY_GATE_ALL: o->gate_all = true; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1) argp_error(state, "give two runs: the one before and the one after");
        *(state->arg_num ? &o->after : &o->before) = arg;
        return 0;
    case ARGP_KEY_END:
        if (state->arg_num < 2) argp_error(state, "give two runs: the one before and the one after");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option OPTIONS[] = {
    {"gate", KEY_GATE, "PERCENT", 0,
     "smallest change of a time that counts (default: what the noise allows); refused if tighter than the noise floor",
     0},
    {"exact-gate", KEY_EXACT_GATE, "PERCENT", 0, "smallest change of an exact count that counts (default 0: any)", 0},
    {"exact-only", KEY_EXACT_ONLY, 0, 0, "compare exact counts only; works across machines", 0},
    {"gate-all", KEY_GATE_ALL, 0, 0, "the time of every configuration decides, not only that of all-on", 0},
    {"gate-on", KEY_GATE_ON, "LIST", 0, "the exact metrics that decide (default " JUDGE_EXACT ")", 0},
    {"all", KEY_ALL, 0, 0, "print the metrics that did not move, too", 0},
    {"md", KEY_MD, "FILE", 0, "write Markdown (- is stdout)", 0},
    {"json", KEY_JSON, "FILE", 0, "write nightjar.compare/1 (- is stdout)", 0},
    {"noise", KEY_NOISE, "FILE", 0, "noise floor of this machine (default build/noise.json)", 0},
    {"force", KEY_FORCE, 0, 0, "compare what does not compare", 0},
    {0}};

// ---- printing -----------------------------------------------------------------------------------------------------

// What decides and moved, all of all-on that decides, and whatever else moved for sure.
static bool is_shown(const json_t *e, bool all) {
    const char *v = json_text(e, "verdict", "");
    bool gates = json_is_true(json_object_get(e, "gates")), passed = !strcmp(v, "pass");
    if (all || (gates && (!passed || run_id_is(json_text(e, "config", ""), "all-on")))) return true;
    return !passed && strcmp(v, "inconclusive") && strcmp(v, "invalid") &&
           strcmp(json_text(e, "metric", ""), "host_per_guest");
}

static void value_text(const json_t *e, const char *key, char text[32]) {
    double v = json_num(e, key, NAN);
    if (isnan(v))
        snprintf(text, 32, "-");
    else if (!strcmp(json_text(e, "unit", ""), "ns"))
        snprintf(text, 32, v < 1e4 ? "%.4g ns" : "%.3f ms", v < 1e4 ? v : v * 1e-6);
    else
        snprintf(text, 32, "%.10g", v);
}

static void effect_text(const json_t *e, char text[64]) {
    double r = json_num(e, "ratio", NAN), lo = json_num(e, "lo", NAN), hi = json_num(e, "hi", NAN);
    if (isnan(r))
        snprintf(text, 64, "-");
    else if (!strcmp(json_text(e, "kind", ""), "exact") || isnan(lo))
        snprintf(text, 64, "x%.5g", r);
    else
        snprintf(text, 64, "x%.3f [%.3f, %.3f]", r, lo, hi);
}

static void print_rows(FILE *f, const json_t *comparison, bool all, bool md) {
    size_t i;
    json_t *e;
    if (md)
        fputs("| workload | configuration | metric | before | after | speedup | verdict "
              "|\n|---|---|---|---:|---:|---|---|\n",
              f);
    else
        fprintf(f, "%-22s %-24s %-20s %14s %14s  %-24s %s\n", "workload", "configuration", "metric", "before", "after",
                "speedup", "verdict");
    json_array_foreach(json_object_get(comparison, "entries"), i, e) {
        char before[32], after[32], effect[64], workload[100];
        if (!is_shown(e, all)) continue;
        value_text(e, "before", before), value_text(e, "after", after), effect_text(e, effect);
        snprintf(workload, sizeof workload, "%s (%s)", json_text(e, "workload", ""), json_text(e, "guest", ""));
        fprintf(
            f, md ? "| %s | %s | `%s` | %s | %s | %s | %s%s: %s |\n" : "%-22s %-24s %-20s %14s %14s  %-24s %s%s (%s)\n",
            workload, json_text(e, "config", ""), json_text(e, "metric", ""), before, after, effect,
            json_text(e, "verdict", ""), json_is_true(json_object_get(e, "gates")) ? "" : " (does not gate)",
            json_text(e, "why", ""));
    }
}

static void print_together(FILE *f, const json_t *comparison, bool all, bool md) {
    size_t i, hidden = 0;
    json_t *v;
    json_array_foreach(json_object_get(comparison, "together"), i, v) {
        const char *meaning = json_text(v, "meaning", "");
        bool quiet = !all && !strcmp(meaning, "no change seen");
        hidden += quiet;
        if (!quiet)
            fprintf(f, "%s%s (%s), %s: %s\n", md ? "* " : "", json_text(v, "workload", ""), json_text(v, "guest", ""),
                    json_text(v, "config", ""), meaning);
    }
    if (hidden) fprintf(f, "%sno change seen in %zu of %zu configurations x workloads\n", md ? "* " : "", hidden, i);
}

static void print_comparison(FILE *f, const json_t *comparison, bool all, bool md) {
    size_t i;
    json_t *v;
    fprintf(f, md ? "## Verdict: %s\n\n" : "verdict: %s\n", json_text(comparison, "verdict", ""));
    int needed = (int)json_num(comparison, "repetitions_needed", 0);
    if (needed)
        fprintf(f, "%s%d more repetitions of each run would settle it%s", md ? "> " : "", needed, md ? "\n\n" : "\n");
    json_array_foreach(json_object_get(comparison, "notes"), i, v)
        fprintf(f, md ? "> %s\n\n" : "note: %s\n", json_string_value(v));
    print_rows(f, comparison, all, md);
    fputs("\n", f);
    print_together(f, comparison, all, md);
}

static bool write_md(const char *path, const json_t *comparison, bool all, Err *err) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = alloc_stream(&text, &size);
    print_comparison(f, comparison, all, true);
    alloc_stream_end(f);
    bool ok = jsonfile_write_text(path, text, err);
    free(text);
    return ok;
}

// ---- the command --------------------------------------------------------------------------------------------------

static int compare_documents(const CompareOptions *o, const RunDoc *before, const RunDoc *after) {
    Err err;
    json_t *reasons = judge_incomparable(before, after, o->exact_only), *r;
    size_t i;
    json_array_foreach(reasons, i, r)
        fprintf(stderr, "nightjar: %s: %s\n", o->force ? "forced" : "refused", json_string_value(r));
    if (json_array_size(reasons) && !o->force) {
        json_decref(reasons);
        return EXIT_INCOMPARABLE;
    }
    json_t *noise = noise_load(o->noise);
    JudgeOptions judge = {.gate = o->gate,
                          .exact_gate = o->exact_gate,
                          .noise = noise,
                          .exact_names = o->gate_on,
                          .exact_only = o->exact_only,
                          .force = o->force,
                          .gate_all = o->gate_all};
    json_t *comparison = judge_compare(before, after, &judge, &err);
    json_decref(noise);
    if (comparison) json_array_extend(json_object_get(comparison, "notes"), reasons);
    json_decref(reasons);
    if (!comparison) return complain(&err, EXIT_USAGE);
    bool to_stdout = (o->md && !strcmp(o->md, "-")) || (o->json && !strcmp(o->json, "-"));
    if (!to_stdout) print_comparison(stdout, comparison, o->all, false);
    bool ok = (!o->md || write_md(o->md, comparison, o->all, &err)) &&
              (!o->json || jsonfile_write(o->json, comparison, &err));
    int code = ok ? judge_exit_code(comparison) : complain(&err, EXIT_HOST);
    json_decref(comparison);
    return code;
}

int compare_main(int argc, char **argv) {
    CompareOptions o = {.noise = "build/noise.json"};
    Err err;
    static const char DOC[] =
        "Says what moved between two runs: exact counts first, then times, and both together.\v"
        "Verdicts: pass, improved, regressed, inconclusive (and how many more repetitions that needs), invalid. The "
        "exact counts of --gate-on of every configuration of the emulator decide, and the CPU time of all-on; the "
        "others explain. Equal arms are called different in 1 of 200 comparisons.\n\nExit: 0 pass or improved; 1 "
        "regressed; 2 inconclusive; 3 invalid: a side lost a workload, a configuration or its samples, or one guest "
        "program changed; 4 refused: other CPU, every guest program changed, or nothing in common (--force); "
        "64 usage, or a gate tighter than the noise floor; 65 a file is missing, truncated, foreign or newer.\n";
    struct argp argp = {OPTIONS, parse, "BEFORE.json AFTER.json", DOC, NULL, NULL, NULL};
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    RunDoc before, after;
    if (!run_doc_load(&before, o.before, &err)) return complain(&err, EXIT_DATA);
    bool loaded = run_doc_load(&after, o.after, &err);
    int code = loaded ? compare_documents(&o, &before, &after) : complain(&err, EXIT_DATA);
    run_doc_free(&before), run_doc_free(&after), json_decref(o.gate_on);
    return code;
}

// Writes sample-run.json: SYNTHETIC test data in the shape of nightjar.run/1, for the tests of the renderers.
// Nothing in it was measured, and it is never shown as a result. Made by reports/tests/golden.sh; the same
// program writes the same bytes.
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
enum { AXES = 4, SWITCHES = 8, REPS = 3, MAX_CONFIGS = 64 };

static const char *const names[SWITCHES] = {"chain", "flags", "regcache", "tlb", "ibtc", "fold", "cse", "dce"};
// Log speedups per workload and switch, and the pair effects of the axes: invented.
static const double effect[2][SWITCHES] = {{0.95, 0.002, 0.42, 0.52, 0.21, 0.06, 0.03, 0.045},
                                           {0.62, -0.004, 0.66, 0.58, 0.07, 0.05, 0.04, 0.03}};
static const double pair[AXES][AXES] = {{0, 0, 0.11, 0.04}, {0, 0, 0.002, 0}, {0, 0, 0, -0.05}, {0, 0, 0, 0}};

typedef struct Config {
    char id[64], label[64];
    unsigned on; // bit per switch
    const char *peer, *engine;
    bool full_only; // measured on the first workload only
} Config;

typedef struct Gen {
    Config config[MAX_CONFIGS];
    int n;
    uint64_t seed;
    json_t *samples, *cells, *speedups;
    int next_id;
} Gen;

static double noise(Gen *g) { // about normal, standard deviation 0.012
    double sum = 0;
    for (int i = 0; i < 6; i++) {
        g->seed = g->seed * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(g->seed >> 33) / (double)(1u << 31) - 0.5;
    }
    return 0.017 * sum;
}

static void add_config(Gen *g, const char *id, const char *label, unsigned on, bool full_only) {
    Config *c = &g->config[g->n++];
    snprintf(c->id, sizeof c->id, "%s", id);
    snprintf(c->label, sizeof c->label, "%s", label);
    c->on = on, c->engine = "jit", c->full_only = full_only;
}

static void make_configs(Gen *g) {
    char id[64], label[64];
    unsigned all = (1u << SWITCHES) - 1, axes = (1u << AXES) - 1;
    add_config(g, "all-on", "all on", all, false);
    add_config(g, "all-off", "all off", 0, false);
    for (int s = 0; s < SWITCHES; s++) {
        snprintf(id, sizeof id, "without-%s", names[s]);
        snprintf(label, sizeof label, "all but %s", names[s]);
        add_config(g, id, label, all & ~(1u << s), false);
        snprintf(id, sizeof id, "only-%s", names[s]);
        snprintf(label, sizeof label, "only %s", names[s]);
        add_config(g, id, label, 1u << s, false);
    }
    for (unsigned m = 0; m < axes; m++) {
        if (__builtin_popcount(m) == AXES - 1) continue; // those are the leave-one-outs
        strcpy(label, "");
        for (int s = 0; s < AXES; s++)
            if (m >> s & 1)
                snprintf(label + strlen(label), sizeof label - strlen(label), "%s%s", *label ? " + " : "", names[s]);
        if (!m) strcpy(label, "no axis");
        snprintf(id, sizeof id, "axes-%u", m);
        add_config(g, id, label, (all & ~axes) | m, true);
    }
    static const char *const peers[][2] = {{"qemu-system", "QEMU system"}, {"native", "native"}};
    for (size_t i = 0; i < COUNT(peers); i++) {
        snprintf(id, sizeof id, "peer:%s", peers[i][0]);
        add_config(g, id, peers[i][1], 0, false);
        g->config[g->n - 1].peer = peers[i][0], g->config[g->n - 1].engine = NULL;
    }
}

static double log_speedup(const Config *c, int w) {
    if (c->peer) return strcmp(c->peer, "native") == 0 ? (w ? 2.98 : 3.31) : (w ? 1.62 : 1.49);
    double x = 0;
    for (int s = 0; s < SWITCHES; s++) x += c->on >> s & 1 ? effect[w][s] : 0;
    for (int a = 0; a < AXES; a++)
        for (int b = a + 1; b < AXES; b++) x += (c->on >> a & c->on >> b & 1) ? pair[a][b] : 0;
    return x;
}

static double host_per_guest(const Config *c, int w) { return 31.5 * exp(-0.86 * log_speedup(c, w)) + 1.5; }

static json_t *exact_counts(const Config *c, int w) {
    double guest = w ? 354018e3 : 321.5e6, hits = guest / 5.2;
    bool chain = c->on & 1, tlb = c->on >> 3 & 1, ibtc = c->on >> 4 & 1;
    const struct {
        const char *name;
        double value;
    } rows[] = {
        {"guest_instructions", guest},
        {"host_instructions", floor(guest * host_per_guest(c, w))},
        {"units_translated", 412 + 37 * w},
        {"ir_ops_lifted", 9120},
        {"ir_ops_optimized", 9120 - 1400.0 * (c->on >> 5 & 1) - 600.0 * (c->on >> 6 & 1) - 900.0 * (c->on >> 7 & 1)},
        {"host_instructions_emitted", floor(9120 * (1.4 + host_per_guest(c, w) / 6))},
        {"run_loop_entries", floor(chain ? (ibtc ? 1900 : hits / 7) : hits)},
        {"chain_patches", chain ? 688 : 0},
        {"ibtc_misses", ibtc ? 91 : 0},
        {"tlb_misses", tlb ? 164 : 0},
        {"slow_loads", tlb ? 164 : floor(guest * 0.21)},
        {"slow_stores", tlb ? 51 : floor(guest * 0.09)},
        {"cache_flushes", 0}};
    json_t *o = json_object();
    for (size_t i = 0; i < COUNT(rows); i++)
        json_object_set_new(o, rows[i].name, json_integer((json_int_t)rows[i].value));
    return o;
}

static json_t *features_of(const Config *c) {
    if (c->peer) return json_null();
    json_t *o = json_object();
    for (int s = 0; s < SWITCHES; s++) json_object_set_new(o, names[s], json_boolean(c->on >> s & 1));
    return o;
}

static const char hash[] = "0000000000000000000000000000000000000000000000000000000000000000";
static const char *const workload_name[2] = {"dhrystone", "coremark"};

static void add_sample(Gen *g, const Config *c, int w, int block, const char *purpose, json_t *metrics,
                       const char *reason) {
    json_t *unavailable = json_pack("{s:s}", "PAPI_TOT_INS", "no hardware PMU (PAPI -7)");
    if (strcmp(purpose, "time") == 0 && !c->peer)
        json_object_set_new(unavailable, "host_instructions", json_string("needs --profile"));
    json_array_append_new(g->samples,
                          json_pack("{s:i s:i s:s s:s s:s s:s s:s s:s s:i s:o s:b s:s? s:o s:o}", "id", g->next_id++,
                                    "block", block, "config", c->id, "workload", workload_name[w], "guest", "rv64",
                                    "size", *purpose == 'e' ? "test" : "quick", "elf_sha256", hash, "purpose", purpose,
                                    "wall_ns", 1000000, "features", features_of(c), "valid", reason == NULL, "reason",
                                    reason, "metrics", metrics, "unavailable", unavailable));
}

static void add_cell(Gen *g, const Config *c, int w, const char *metric, double median, double spread, int n,
                     int invalid) {
    double lo = floor(median * (1 - spread)), hi = ceil(median * (1 + spread));
    json_array_append_new(g->cells,
                          json_pack("{s:s s:s s:s s:s s:i s:i s:f s:f s:f s:f s:f}", "config", c->id, "workload",
                                    workload_name[w], "guest", "rv64", "metric", metric, "n", n, "invalid", invalid,
                                    "median", median, "lo", spread > 0 ? lo : median, "hi", spread > 0 ? hi : median,
                                    "min", spread > 0 ? lo : median, "max", spread > 0 ? hi : median));
}

static int by_value(const void *a, const void *b) { return *(const double *)a < *(const double *)b ? -1 : 1; }

static void measure(Gen *g, const Config *c, int w) {
    static const char *const bad = "workload check failed: CRC 0x1234 instead of 0xe714";
    double cpu[REPS], total = (w ? 6.1e9 : 4.4e9) * exp(-log_speedup(c, w)), load = 1.1e6,
                      translate = c->peer ? 0 : 7.4e6;
    bool spoiled = w == 1 && strcmp(c->id, "without-cse") == 0;
    for (int r = 0; r < REPS; r++) {
        cpu[r] = floor(total * exp(noise(g)));
        json_t *m = c->peer ? json_object()
                            : json_pack("{s:f s:f s:f}", "load_ns", load, "translate_ns", translate, "execute_ns",
                                        cpu[r] - load - translate);
        json_object_set_new(m, "cpu_ns", json_real(cpu[r]));
        json_object_set_new(m, "wall_ns", json_real(floor(cpu[r] * 1.04)));
        add_sample(g, c, w, r, "time", m, spoiled && r == 1 ? bad : NULL);
    }
    qsort(cpu, REPS, sizeof *cpu, by_value);
    int n = spoiled ? REPS - 1 : REPS;
    add_cell(g, c, w, "cpu_ns", cpu[1], 0.011, n, REPS - n);
    add_cell(g, c, w, "wall_ns", floor(cpu[1] * 1.04), 0.03, n, REPS - n);
    if (c->peer) return;
    add_cell(g, c, w, "load_ns", load, 0.05, n, REPS - n);
    add_cell(g, c, w, "translate_ns", translate, 0.02, n, REPS - n);
    add_cell(g, c, w, "execute_ns", cpu[1] - load - translate, 0.011, n, REPS - n);
    add_cell(g, c, w, "host_per_guest", host_per_guest(c, w), 0, 1, 0);
    json_t *counts = exact_counts(c, w), *value;
    const char *key;
    json_object_foreach(counts, key, value) add_cell(g, c, w, key, (double)json_integer_value(value), 0, 1, 0);
    add_sample(g, c, w, REPS, "exact", counts, NULL);
}

static json_t *estimate(double log_ratio, double half_width) {
    return json_pack("{s:f s:f s:f}", "ratio", exp(log_ratio), "lo", exp(log_ratio - half_width), "hi",
                     exp(log_ratio + half_width));
}

static void add_speedup(Gen *g, const Config *base, const Config *c, int w) {
    if (base == c) return;
    double x = log_speedup(c, w) - log_speedup(base, w);
    json_t *e = estimate(x + noise(g) / 2, 0.016);
    json_object_update_new(e, json_pack("{s:s s:s s:s s:s s:s s:f}", "config", c->id, "baseline", base->id, "workload",
                                        workload_name[w], "guest", "rv64", "metric", "cpu_ns", "p_holm",
                                        fabs(x) < 0.02 ? 0.61 : 0.0004));
    json_array_append_new(g->speedups, e);
}

// In this model a pair effect is shared equally by its two switches, so the Shapley value has a closed form.
static double shapley(int w, int s) {
    double x = effect[w][s];
    for (int o = 0; o < AXES; o++) x += (pair[s][o] + pair[o][s]) / 2;
    return x;
}

static json_t *part(int w, int s, bool factorial, double scale, double half) {
    double last = effect[w][s];
    for (int o = 0; o < AXES && s < AXES; o++) last += pair[s][o] + pair[o][s];
    return json_pack("{s:s s:o s:o s:o}", "feature", names[s], "add_one", estimate(scale * effect[w][s], half),
                     "leave_one_out", estimate(scale * last, half), "shapley",
                     factorial ? estimate(scale * shapley(w, s), half * 0.6) : json_null());
}

static json_t *attribution(int w, const char *metric, bool factorial, double scale, double half) {
    json_t *parts = json_array(), *pairs = json_array();
    double total = 0;
    for (int s = 0; s < (factorial ? AXES : SWITCHES); s++) {
        total += s < AXES ? shapley(w, s) : effect[w][s];
        json_array_append_new(parts, part(w, s, factorial, scale, half));
    }
    for (int a = 0; a < AXES && factorial; a++)
        for (int b = a + 1; b < AXES; b++) {
            json_t *e = estimate(scale * pair[a][b], half);
            json_object_update_new(e, json_pack("{s:s s:s}", "a", names[a], "b", names[b]));
            json_array_append_new(pairs, e);
        }
    return json_pack("{s:s s:s s:s s:s s:f s:f s:f s:o s:o}", "workload", workload_name[w], "guest", "rv64", "metric",
                     metric, "basis", factorial ? "factorial" : "ablation", "total", exp(scale * total), "total_lo",
                     exp(scale * total - half), "total_hi", exp(scale * total + half), "parts", parts, "interactions",
                     pairs);
}

static json_t *metric_list(void) {
    static const char *const rows[][5] = {
        {"cpu_ns", "ns", "sampled", "lower", "user and system CPU time of the process"},
        {"wall_ns", "ns", "sampled", "lower", "wall time"},
        {"load_ns", "ns", "sampled", "lower", "CPU time of loading the ELF"},
        {"translate_ns", "ns", "sampled", "lower", "CPU time of translation"},
        {"execute_ns", "ns", "sampled", "lower", "CPU time between guest start and end that is not translation"},
        {"host_per_guest", "ratio", "exact", "lower", "host instructions per guest instruction"},
        {"guest_instructions", "instructions", "exact", "none", "guest instructions retired"},
        {"host_instructions", "instructions", "exact", "lower", "host instructions executed in generated code"},
        {"units_translated", "units", "exact", "lower", "translation units made"},
        {"ir_ops_lifted", "ops", "exact", "lower", "IR ops as lifted"},
        {"ir_ops_optimized", "ops", "exact", "lower", "IR ops after the passes"},
        {"host_instructions_emitted", "instructions", "exact", "lower", "host instructions emitted"},
        {"run_loop_entries", "entries", "exact", "lower", "times that generated code was entered from the run loop"},
        {"chain_patches", "patches", "exact", "none", "direct exits patched to jump to their successor"},
        {"ibtc_misses", "misses", "exact", "lower", "indirect jumps that missed the indirect-branch cache"},
        {"tlb_misses", "misses", "exact", "lower", "loads and stores that missed the TLB and filled it"},
        {"slow_loads", "accesses", "exact", "lower", "loads that took the slow path"},
        {"slow_stores", "accesses", "exact", "lower", "stores that took the slow path"},
        {"cache_flushes", "flushes", "exact", "lower", "times that the code cache was full and flushed"}};
    json_t *list = json_array();
    for (size_t i = 0; i < COUNT(rows); i++)
        json_array_append_new(list, json_pack("{s:s s:s s:s s:s s:s s:b s:b s:s}", "name", rows[i][0], "unit",
                                              rows[i][1], "kind", rows[i][2], "direction", rows[i][3], "purpose",
                                              rows[i][2][0] == 'e' ? "exact" : "time", "primary", i == 0, "gate",
                                              i == 0, "help", rows[i][4]));
    return list;
}

static json_t *config_list(const Gen *g) {
    json_t *list = json_array();
    for (int i = 0; i < g->n; i++)
        json_array_append_new(list, json_pack("{s:s s:s s:s? s:o s:s? s:b s:b}", "id", g->config[i].id, "label",
                                              g->config[i].label, "engine", g->config[i].engine, "features",
                                              features_of(&g->config[i]), "peer", g->config[i].peer, "timed", 1,
                                              "exact", g->config[i].peer == NULL));
    return list;
}

static json_t *surroundings(void) {
    static const char text[] =
        "{'schema': 'nightjar.run/1', 'created': '2026-01-01T00:00:00Z', 'title': 'SYNTHETIC test data',"
        "'tool': {'name': 'nightjar', 'version': '0.1.0', 'commit': '5a3b1e0', 'dirty': false},"
        "'plan': {'matrix': 'full', 'axes': ['chain', 'flags', 'regcache', 'tlb'], 'seed': 1,"
        "'reps': 3, 'exact_reps': 1, 'size': 'quick', 'exact_size': "
        "'test', 'events': null, 'pin': null, 'timeout_s': 120,"
        "'memory_bytes': 8589934592, 'samples_planned': 200, "
        "'samples_taken': 200, 'shard': null, 'time_budget_s': null,"
        "'stopped': null, 'peers_missing': [{'name': 'qemu-user', "
        "'reason': 'qemu-riscv64 is not installed'}]},"
        "'environment': {'cpu_model': 'Imaginary CPU <4 cores> & "
        "more', 'microcode': '0x0', 'machine': 'x86_64', 'cores': 2,"
        "'kernel': '6.1.0', 'hypervisor': 'kvm', 'governor': null, "
        "'turbo': null, 'smt': false, 'aslr': 2, 'paranoid': 2,"
        "'pmu': false, 'clocksource': 'tsc', 'steal_percent': 0.1, "
        "'load1': 0.5,"
        "'notes': ['nothing here was measured', 'written by "
        "reports/tests/sample_gen.c']},"
        "'emulator': {'path': 'build/rel/emu', 'version': {'schema': "
        "'nightjar.version/1', 'name': 'emu',"
        "'version': '0.1.0', 'commit': '5a3b1e0', 'dirty': false, "
        "'mode': 'rel', 'compiler': 'gcc 12.2.0'}}}";
    char json[sizeof text];
    for (size_t i = 0; i < sizeof text; i++) json[i] = text[i] == '\'' ? '"' : text[i];
    json_t *doc = json_loads(json, 0, NULL);
    json_object_set_new(doc, "plan_hash", json_string(hash));
    json_object_set_new(json_object_get(doc, "emulator"), "sha256", json_string(hash));
    return doc;
}

static json_t *workload(const char *name, const char *title, int work, const char *unit) {
    return json_pack("{s:s s:s s:s s:s s:s s:s s:i s:s s:{s:s s:s s:i} s:{s:i s:[s]}}", "name", name, "guest", "rv64",
                     "title", title, "kind", "benchmark", "size", "quick", "elf_sha256", hash, "work", work,
                     "work_unit", unit, "exact", "size", "test", "elf_sha256", hash, "work", work / 100, "check",
                     "exit", 0, "stdout", "^VALID$");
}

int main(void) {
    Gen g = {.seed = 20260101, .samples = json_array(), .cells = json_array(), .speedups = json_array()};
    make_configs(&g);
    for (int w = 0; w < 2; w++)
        for (int i = 0; i < g.n; i++) {
            if (g.config[i].full_only && w) continue;
            measure(&g, &g.config[i], w);
            add_speedup(&g, &g.config[1], &g.config[i], w);
        }
    for (int w = 0; w < 2; w++)
        for (int i = 0; i < g.n; i++)
            if (g.config[i].peer) add_speedup(&g, &g.config[i], &g.config[0], w);
    json_t *doc = surroundings();
    json_object_set_new(doc, "configs", config_list(&g));
    json_object_set_new(doc, "workloads",
                        json_pack("[o o]", workload("dhrystone", "Dhrystone 2.1", 1000000, "runs"),
                                  workload("coremark", "CoreMark 1.0", 1000, "iterations")));
    json_object_set_new(doc, "metrics", metric_list());
    json_object_set_new(doc, "samples", g.samples);
    json_object_set_new(doc, "errors",
                        json_pack("[{s:s s:s s:s s:s s:s s:s s:[i i]}]", "kind", "inexact", "config", "only-dce",
                                  "workload", "coremark", "guest", "rv64", "purpose", "exact", "metric", "slow_loads",
                                  "values", 7, 9));
    json_t *noise_list = json_array();
    for (int w = 0; w < 2; w++)
        json_array_append_new(noise_list, json_pack("{s:s s:s s:s s:f s:f s:i s:s}", "workload", workload_name[w],
                                                    "guest", "rv64", "metric", "cpu_ns", "floor", 0.021 - 0.004 * w,
                                                    "mde", 0.034, "n", 20, "measured", "2026-01-01T00:00:00Z"));
    json_object_set_new(doc, "noise", noise_list);
    json_t *attributions = json_array();
    for (int w = 0; w < 2; w++) {
        for (int factorial = w == 0; factorial >= 0; factorial--) { // the second workload has no factorial
            json_array_append_new(attributions, attribution(w, "cpu_ns", factorial, 1, 0.02));
            json_array_append_new(attributions, attribution(w, "host_instructions", factorial, 0.86, 0));
        }
    }
    json_object_set_new(doc, "summary",
                        json_pack("{s:s s:o s:o s:o}", "baseline", "all-off", "cells", g.cells, "speedups", g.speedups,
                                  "attribution", attributions));
    int failed = json_dumpf(doc, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(doc);
    return failed != 0;
}

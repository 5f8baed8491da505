// A long history, for measuring: test_scale DIR NIGHTS. Writes 64 cells a night (four workloads, two guests, eight configurations), two
// counted and three timed samples of each, with steps, noise, and a kernel that changes twice a year. ci/tests/scale.sh measures with it.
// tests: by-hand
#include "bench/base/jsonfile.h"
#include "ci/store.h"
#include "ci/tests/lib_series.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORKLOADS = 4, GUESTS = 2, CONFIGS = 8, CELLS = WORKLOADS * GUESTS * CONFIGS, COUNTERS = 12, TIMED = 3 };
static const char *const WORKLOAD[] = {"dhrystone", "coremark", "sort", "matrix"}, *const GUEST[] = {"rv64", "rx"},
                         *const CONFIG[] = {"all-on", "all-off",   "no-chain", "no-flags",
                                            "no-tlb", "no-region", "no-fold",  "no-cse"},
                         *const COUNTER[COUNTERS] = {
                             "host_instructions",  "guest_instructions", "host_instructions_emitted",
                             "host_bytes_emitted", "units_translated",   "run_loop_entries",
                             "helper_calls",       "ibtc_misses",        "slow_loads",
                             "slow_stores",        "spills_emitted",     "exceptions"};

typedef struct Maker {
    SeriesRandom random;
    unsigned night;
} Maker;

static json_t *counted(Maker *m, unsigned cell) {
    json_t *metrics = json_object();
    double size = 1e6 * (1 + cell) * (m->night > 150 + 7 * cell ? 0.97 : 1) * (m->night > 800 ? 1.01 : 1);
    for (int i = 0; i < COUNTERS; i++) json_put(metrics, COUNTER[i], json_integer((json_int_t)(size / (1 + i * i))));
    return metrics;
}

static json_t *timed(Maker *m, unsigned cell) {
    double t = 2e8 * (1 + cell % 7) * (1 + 0.012 * series_gauss(&m->random)) * (m->night > 600 ? 1.05 : 1);
    return json_pack("{s:I, s:I, s:I}", "cpu_ns", (json_int_t)t, "wall_ns", (json_int_t)(1.1 * t), "max_rss_kb",
                     (json_int_t)20000);
}

static json_t *sample(Maker *m, int id, unsigned cell, bool exact) {
    char code[65];
    snprintf(code, sizeof code, "%064x", cell * 1000 + (m->night > 150 + 7 * cell));
    json_t *s = json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:b, s:n, s:o, s:{}, s:i}", "id", id, "block", id % 5,
                          "config", CONFIG[cell % CONFIGS], "workload", WORKLOAD[cell / CONFIGS / GUESTS], "guest",
                          GUEST[cell / CONFIGS % GUESTS], "elf_sha256", exact ? "e1" : "e2", "purpose",
                          exact ? "exact" : "time", "valid", 1, "reason", "metrics",
                          exact ? counted(m, cell) : timed(m, cell), "unavailable", "wall_ns", 1000000 + id);
    if (exact) json_put(s, "code_sha256", json_string(code));
    return s;
}

static json_t *night(Maker *m) {
    char created[32], commit[16], kernel[32];
    time_t at = 1700000000 + 86400 * (time_t)m->night;
    struct tm tm;
    gmtime_r(&at, &tm);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &tm);
    snprintf(commit, sizeof commit, "%012x", m->night + 1);
    snprintf(kernel, sizeof kernel, "Linux 6.%u", m->night / 180);
    json_t *samples = json_array(), *configs = json_array();
    for (int i = 0; i < CONFIGS; i++)
        json_array_append_new(configs, json_pack("{s:s, s:s}", "id", CONFIG[i], "engine", "jit"));
    for (unsigned cell = 0; cell < CELLS; cell++)
        for (int k = 0; k < 2 + TIMED; k++)
            json_array_append_new(samples, sample(m, (int)json_array_size(samples), cell, k < 2));
    return json_pack("{s:s, s:s, s:{s:{s:s, s:b}}, s:{s:s, s:i, s:s, s:b, s:s}, s:{s:s, s:s}, s:o, s:o}", "schema",
                     "nightjar.run/1", "created", created, "emulator", "version", "commit", commit, "dirty", 0,
                     "environment", "cpu_signature", "X-1-2-3", "cores", 2, "hypervisor", "kvm", "smt", 0, "kernel",
                     kernel, "plan", "exact_isa", "none", "time_isa", "bmi2", "configs", configs, "samples", samples);
}

int main(int argc, char **argv) {
    Maker m = {.random = {1}};
    Store s;
    Err err;
    char name[128];
    bool known;
    if (argc != 3) return fputs("test_scale DIR NIGHTS\n", stderr), 64;
    unsigned n = (unsigned)strtoul(argv[2], NULL, 10);
    bool ok = store_init(argv[1], NULL, "HEAD", &err) && store_open(&s, argv[1], &err);
    for (; ok && m.night < n; m.night++) {
        json_t *run = night(&m);
        ok = store_add_run(&s, run, name, &known, &err);
        json_decref(run);
    }
    if (!ok) return fprintf(stderr, "%s\n", err.text), 74;
    store_close(&s);
    return 0;
}

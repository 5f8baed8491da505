#include "bench/options.h"
#include "base/command_line.h"
#include "base/alloc.h"
#include "bench/base/argument.h"
#include "bench/base/codes.h"
#include "bench/model/hosts.h"
#include "bench/base/jsonfile.h"
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_MATRIX = 256,
    KEY_FEATURES,
    KEY_AXES,
    KEY_INTERP,
    KEY_PEER,
    KEY_GUEST,
    KEY_HOST,
    KEY_THROUGH,
    KEY_WORKLOAD,
    KEY_REPS,
    KEY_EXACT_REPS,
    KEY_BUDGET,
    KEY_THIN,
    KEY_SEED,
    KEY_PIN,
    KEY_EXACT_ISA,
    KEY_TIME_ISA,
    KEY_SAMPLE,
    KEY_SIZE,
    KEY_EXACT_SIZE,
    KEY_EMU,
    KEY_WORKLOADS,
    KEY_ELVES,
    KEY_PEERS_DIR,
    KEY_DRY_RUN,
    KEY_RESUME,
    KEY_SHARD,
    KEY_TIMEOUT,
    KEY_MEMORY,
    KEY_EVENTS,
    KEY_NOISE,
    KEY_TITLE,
};

static const struct argp_option OPTIONS[] = {
    {0, 0, 0, 0, "What is measured:", 1},
    {"matrix", KEY_MATRIX, "NAME", 0,
     "full: 2^4 of chain, flags, regcache, tlb, the others on; ablation: all on, all off, each switch left out and "
     "each one alone; quick (default): "
     "all on, all off, the four left out, every peer; the full factorial and every other switch left out are counted, "
     "not timed; ends: all on and all off. Repeatable",
     1},
    {"features", KEY_FEATURES, "LIST", 0, "one more configuration, as in emu --features; repeatable", 1},
    {"axes", KEY_AXES, "A,B,...", 0, "other axes for the full factorial (up to 6)", 1},
    {"interp", KEY_INTERP, 0, 0, "also the interpreter (slow)", 1},
    {"peer", KEY_PEER, "NAME", 0,
     "also a peer of bench/peers: qemu-system, qemu-user, emu-user, native, all, none; repeatable", 1},
    {"guest", KEY_GUEST, "NAME", 0, "only this guest; repeatable (default: every guest of the emulator)", 1},
    {"host", KEY_HOST, "A,B,...", 0,
     "the hosts whose code is counted: x64, rv64, a64 (default: that of --emu). This machine's own is timed, too; the others "
     "run in QEMU's user mode, and have no times. `make HOST=NAME emu` builds them",
     1},
    {"through", KEY_THROUGH, "qemu|emu", 0,
     "what runs the other hosts' emulators: qemu-riscv64 and so on (default), or this machine's emu --user, for rv64",
     1},
    {"workload", KEY_WORKLOAD, "NAME", 0, "only this workload; repeatable; all: kernels too (default: every benchmark)",
     1},
    {"sample", KEY_SAMPLE, "TIME", 0,
     "how long a timed run takes: each is told how much to do, and times are those of one unit of work (default 0.3s; a "
     "time budget moves it between 0.1s and 0.5s)",
     1},
    {"size", KEY_SIZE, "quick|full|test", 0, "instead: the same work for all, of this size, and times of whole runs",
     1},
    {"exact-size", KEY_EXACT_SIZE, "SIZE", 0, "size of the runs whose host instructions are counted (default test)", 1},
    {"exact-isa", KEY_EXACT_ISA, "none|native|LIST", 0,
     "emu --host-isa of the counted runs: x64 has v2 and v3, rv64 rva20 and rva22, a64 armv8.0 and armv8.1 (default none, which every "
     "machine of a host has: their counts compare)",
     1},
    {"time-isa", KEY_TIME_ISA, "none|native|LIST", 0, "the same of the timed runs (default native)", 1},
    {"events", KEY_EVENTS, "LIST", 0,
     "PAPI events for the timed runs: names, or default (emu --events=list prints what counts here)", 1},
    {0, 0, 0, 0, "How often and in which order:", 2},
    {"reps", KEY_REPS, "N", 0,
     "timed repetitions of every configuration and workload (default 9, with which `compare` can tell; with a budget "
     "up to 100)",
     2},
    {"exact-reps", KEY_EXACT_REPS, "N", 0,
     "counted repetitions (default 2: the second one verifies that exact is exact)", 2},
    {"time-budget", KEY_BUDGET, "TIME", 0, "begin no further round when it would not fit: 90s, 10m, 1h", 2},
    {"thin", KEY_THIN, "TIME", 0,
     "a configuration and workload whose samples take longer than this is timed in the first 3 rounds only", 2},
    {"seed", KEY_SEED, "N", 0, "seed of the order (default 1)", 2},
    {"shard", KEY_SHARD, "I/N", 0, "take every N-th round, from the I-th; put the parts together with `nightjar merge`",
     2},
    {0, 0, 0, 0, "How each sample runs:", 3},
    {"pin", KEY_PIN, "CPU", 0, "pin each sample to this CPU", 3},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "kill a sample after this time (default 2m)", 3},
    {"memory-limit", KEY_MEMORY, "SIZE", 0, "memory that a sample may write, suffix K M G; 0: no limit (default 8G)",
     3},
    {0, 0, 0, 0, "Files:", 4},
    {"out", 'o', "FILE", 0, "the run's document (default build/run.json); the journal lies beside it", 4},
    {"resume", KEY_RESUME, 0, 0, "go on with the interrupted run of this --out, with the same options", 4},
    {"dry-run", KEY_DRY_RUN, 0, 0, "print the plan and an estimate, run nothing", 4},
    {"title", KEY_TITLE, "TEXT", 0, "title of the run in reports", 4},
    {"noise", KEY_NOISE, "FILE", 0, "noise floor of this machine, written by `nightjar aa` (default build/noise.json)",
     4},
    {"emu", KEY_EMU, "[HOST=]FILE", 0,
     "the emulator (default: emu beside nightjar); that of another host (default: build/HOST/emu beside build/rel); repeatable",
     4},
    {"workloads-dir", KEY_WORKLOADS, "DIR", 0, "manifests (default workloads)", 4},
    {"elf-dir", KEY_ELVES, "DIR", 0, "built guest programs (default build/workloads)", 4},
    {"peers-dir", KEY_PEERS_DIR, "DIR", 0, "peers (default bench/peers)", 4},
    {0}};

static void push(json_t *list, const char *text) { json_array_append_new(list, json_string(text)); }

static void push_words(json_t *list, const char *text) {
    char *copy = alloc_text(text), *save = NULL;
    for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) push(list, w);
    free(copy);
}

static uint64_t bytes(struct argp_state *state, const char *option, const char *arg) {
    char *end;
    unsigned long long v = strtoull(arg, &end, 10);
    int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (end == arg || *arg == '-' || (*end && !shift) || (shift && end[1]) || v > UINT64_MAX >> shift)
        argp_error(state, "--%s %s: give a size such as 512M or 8G", option, arg);
    return (uint64_t)v << shift;
}

static void parse_shard(Options *o, struct argp_state *state, const char *arg) {
    char rest;
    if (sscanf(arg, "%d/%d%c", &o->shard, &o->shards, &rest) != 2 || o->shards < 1 || o->shard < 1 ||
        o->shard > o->shards)
        argp_error(state, "--shard %s: give I/N with 1 <= I <= N", arg);
    o->shard--;
}

static void parse_pin(Options *o, struct argp_state *state, const char *arg) {
    cpu_set_t set;
    o->pin = (int)argument_number(state, "pin", arg, 0, CPU_SETSIZE - 1);
    if (!sched_getaffinity(0, sizeof set, &set) && !CPU_ISSET(o->pin, &set))
        argp_error(state, "--pin %d: this process may not run on that CPU", o->pin);
}

static void parse_size(struct argp_state *state, const char *option, const char *arg) {
    if (strcmp(arg, "quick") && strcmp(arg, "full") && strcmp(arg, "test"))
        argp_error(state, "--%s %s: there are quick, full and test", option, arg);
}

static error_t parse_numbers(int key, char *arg, struct argp_state *state, Options *o) {
    switch (key) {
    case KEY_REPS: o->reps = (int)argument_number(state, "reps", arg, 0, 100000); return 0;
    case KEY_EXACT_REPS: o->exact_reps = (int)argument_number(state, "exact-reps", arg, 0, 100); return 0;
    case KEY_SEED: o->seed = (uint64_t)argument_number(state, "seed", arg, 0, 1ll << 53); return 0;
    case KEY_BUDGET: o->time_budget_s = argument_seconds(state, "time-budget", arg); return 0;
    case KEY_SAMPLE: o->sample_s = argument_seconds(state, "sample", arg); return 0;
    case KEY_THIN: o->thin_s = argument_seconds(state, "thin", arg); return 0;
    case KEY_TIMEOUT: o->timeout_s = argument_seconds(state, "timeout", arg); return 0;
    case KEY_MEMORY: o->memory_bytes = bytes(state, "memory-limit", arg); return 0;
    case KEY_PIN: parse_pin(o, state, arg); return 0;
    case KEY_SHARD: parse_shard(o, state, arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// "FILE", or "rv64=FILE".
static void parse_emu(Options *o, const char *arg) {
    const char *equal = strchr(arg, '=');
    char host[16] = "";
    if (equal && equal - arg < (int)sizeof host) snprintf(host, sizeof host, "%.*s", (int)(equal - arg), arg);
    if (host_kind(host))
        json_put(o->host_emus, host, json_string(equal + 1));
    else
        o->emu = arg;
}

static void parse_hosts(Options *o, struct argp_state *state, const char *arg) {
    size_t i;
    json_t *v;
    push_words(o->hosts, arg);
    json_array_foreach(o->hosts, i, v) {
        char names[64];
        host_names(names);
        if (!host_kind(json_string_value(v)))
            argp_error(state, "--host %s: there is no such host; there are %s", json_string_value(v), names);
    }
}

static void parse_through(Options *o, struct argp_state *state, const char *arg) {
    o->through_emu = !strcmp(arg, "emu");
    if (!o->through_emu && strcmp(arg, "qemu")) argp_error(state, "--through %s: it is qemu or emu", arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    Options *o = state->input;
    switch (key) {
    case KEY_MATRIX: push_words(o->matrices, arg); return 0;
    case KEY_FEATURES: push(o->features, arg); return 0;
    case KEY_AXES: push_words(o->axes, arg); return 0;
    case KEY_INTERP: o->interp = true; return 0;
    case KEY_PEER: push_words(o->peers, arg); return 0;
    case KEY_GUEST: push_words(o->guests, arg); return 0;
    case KEY_WORKLOAD: push_words(o->names, arg); return 0;
    case KEY_SIZE:
        parse_size(state, "size", arg);
        o->size = arg;
        return 0;
    case KEY_EXACT_SIZE:
        parse_size(state, "exact-size", arg);
        o->exact_size = arg;
        return 0;
    case KEY_EVENTS: o->events = arg; return 0;
    case KEY_EXACT_ISA: o->exact_isa = arg; return 0;
    case KEY_TIME_ISA: o->time_isa = arg; return 0;
    case KEY_EMU: parse_emu(o, arg); return 0;
    case KEY_HOST: parse_hosts(o, state, arg); return 0;
    case KEY_THROUGH: parse_through(o, state, arg); return 0;
    case KEY_WORKLOADS: o->workloads = arg; return 0;
    case KEY_ELVES: o->elves = arg; return 0;
    case KEY_PEERS_DIR: o->peers_dir = arg; return 0;
    case KEY_DRY_RUN: o->dry_run = true; return 0;
    case KEY_RESUME: o->resume = true; return 0;
    case KEY_NOISE: o->noise = arg; return 0;
    case KEY_TITLE: o->title = arg; return 0;
    case 'o': o->out = arg; return 0;
    default: return parse_numbers(key, arg, state, o);
    }
}

static bool has_word(const json_t *list, const char *word) {
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)list, i, v) {
        if (!strcmp(json_string_value(v), word)) return true;
    }
    return false;
}

static void fill_defaults(Options *o, bool aa) {
    if (aa) {
        json_array_clear(o->matrices), json_array_clear(o->features), json_array_clear(o->peers);
        push(o->matrices, "aa");
    } else if (!json_array_size(o->matrices) && !json_array_size(o->features)) {
        push(o->matrices, "quick");
    }
    if (has_word(o->matrices, "quick") && !json_array_size(o->peers)) push(o->peers, "all");
    if (has_word(o->peers, "none")) json_array_clear(o->peers);
    o->reps_up_to = o->reps < 0 && o->time_budget_s > 0;
    if (o->reps < 0) o->reps = aa ? 20 : o->time_budget_s > 0 ? 100 : 9;
}

void options_parse(Options *o, int argc, char **argv, bool aa) {
    *o = (Options){.exact_isa = "none",
                   .time_isa = "native",
                   .workloads = "workloads",
                   .elves = "build/workloads",
                   .peers_dir = "bench/peers",
                   .out = aa ? "build/aa.json" : "build/run.json",
                   .noise = "build/noise.json",
                   .sample_s = 0.3,
                   .exact_size = "test",
                   .reps = -1,
                   .exact_reps = aa ? 1 : 2,
                   .pin = -1,
                   .seed = 1,
                   .memory_bytes = 8ull << 30,
                   .timeout_s = 120,
                   .aa = aa};
    json_t **lists[] = {&o->matrices, &o->features, &o->names, &o->guests, &o->peers, &o->axes, &o->hosts};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) *lists[i] = json_array();
    o->host_emus = json_object();
    o->emu_owned = emulator_beside();
    o->emu = o->emu_owned;
    static const char BENCH_DOC[] = "Measures what each switch of the translator buys: configurations x workloads x "
                                    "repetitions, in randomized interleaved blocks, each sample a fresh process.\v"
                                    "The document is nightjar.run/1 (bench/RUN-FORMAT.md). After each sample the "
                                    "journal is synced: after Ctrl-C, kill -9 or a power cut, the same command with "
                                    "--resume goes on.\n\n"
                                    "Exit: 0 done; 3 done, but some samples do not count (each says why); 64 usage; "
                                    "65 a file; 74 the machine; 130 interrupted, resume.\n\n"
                                    "Examples:\n"
                                    "  nightjar bench --dry-run\n"
                                    "  nightjar bench --matrix full --workload dhrystone --reps 11 -o full.json\n"
                                    "  nightjar bench --features all --features -regcache --peer qemu-system\n"
                                    "  nightjar bench --matrix ends --host x64,rv64,a64 --reps 0\n";
    static const char AA_DOC[] =
        "Measures the harness against itself: two arms of the same configuration, "
        "interleaved. Prints the noise floor (what two equal arms differ "
        "by in 95 of 100 comparisons) and the smallest effect that is found in 95 of 100, per workload, "
        "and stores both for `bench` and `compare`.\v"
        "Exit: 0 no change reported, as it must be; 1 a change was reported: do not trust "
        "times of this machine now; others as for bench.\n";
    struct argp argp = {OPTIONS, parse_option, NULL, aa ? AA_DOC : BENCH_DOC, NULL, NULL, NULL};
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, o)) exit(EXIT_USAGE);
    fill_defaults(o, aa);
}

void options_free(Options *o) {
    json_t *lists[] = {o->matrices, o->features, o->names, o->guests, o->peers, o->axes, o->hosts, o->host_emus};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) json_decref(lists[i]);
    free(o->emu_owned);
}

// `nightjar bridge` and `nightjar anchor`: what was and what comes, measured once with one emulator, so that times of before and after
// an epoch can be compared. Both are runs of `nightjar bench`, relative to what did not change: to the anchor of the same run for
// other guest programs, to the emulator for another anchor. ci/bridge.c uses the notes that they leave.
#include "bench/base/codes.h"
#include "base/command_line.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "bench/base/statistics.h"
#include "bench/document.h"
#include "bench/model/run.h"
#include "ci/commands.h"
#include "ci/facts.h"
#include "ci/revision.h"
#include "ci/scratch.h"
#include "ci/store_options.h"
#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CPU = INDEX_FIRST_TIME };

typedef struct BridgeOptions {
    StoreOptions history;
    const char *emu, *elves[2], *isa[2], *matrix, *reps; // [0]: before, [1]: after
    VEC(const char *) pass;
} BridgeOptions;

typedef struct Measured {
    json_t *run;
    RunFacts facts; // of a copy of the run
} Measured;

// ---- measuring
// A folder with one peer: that anchor. Without an anchor there is no peer.
static bool write_peer(const char *dir, const char *anchor, Err *err) {
    char path[4200];
    json_t *rv = json_pack("[s, s, s]", anchor, "--features=all", "{elf}");
    json_t *doc =
        json_pack("{s:s, s:s, s:{s:O, s:O}, s:[s, s], s:s}", "name", "anchor", "title", "anchor", "commands", "rv64",
                  rv, "rx", rv, "version", anchor, "--version", "install", "nightjar anchor --emu FILE");
    snprintf(path, sizeof path, "%s/anchor.json", dir);
    bool ok = (!mkdir(dir, 0777) || !access(dir, W_OK)) && jsonfile_write(path, doc, err);
    json_decref(rv), json_decref(doc);
    return ok;
}

static bool measure(const BridgeOptions *o, unsigned side, const char *anchor, const char *dir, Measured *m, Err *err) {
    char peers[200], file[200];
    char *self = revision_self();
    VEC(const char *) argv = {0};
    snprintf(peers, sizeof peers, "%s/peers-%u", dir, side), snprintf(file, sizeof file, "%s/%u.json", dir, side);
    const char *const words[] = {self,           "bench",
                                 "--emu",        o->emu,
                                 "--elf-dir",    o->elves[side],
                                 "--reps",       o->reps,
                                 "--exact-reps", "2",
                                 "--matrix",     o->matrix,
                                 "--peer",       anchor ? "anchor" : "none",
                                 "-o",           file};
    for (unsigned i = 0; i < ARRAY_LEN(words); i++) vec_push(&argv, words[i]);
    const char *const more[] = {"--peers-dir", peers, "--exact-isa", o->isa[side], "--time-isa", o->isa[side]};
    for (unsigned i = anchor ? 0 : 2; i < (o->isa[side] ? ARRAY_LEN(more) : 2); i++) vec_push(&argv, more[i]);
    for (uint32_t i = 0; i < o->pass.n; i++) vec_push(&argv, o->pass.at[i]);
    vec_push(&argv, NULL);
    ProcessResult r;
    fprintf(stderr, "measuring what %s\n", side ? "comes" : "was");
    bool ok = (!anchor || write_peer(peers, anchor, err)) &&
              process_run(argv.at, &(ProcessLimits){.timeout_s = 7200, .pin = -1}, &r, err);
    if (ok) {
        if (!r.exited || (r.code != EXIT_OK && r.code != EXIT_INVALID))
            ok = err_set(err, "nightjar bench fails: %.800s", *r.err ? r.err : "no message");
        process_result_free(&r);
    }
    m->run = ok ? document_load(file, err) : NULL;
    if (m->run) facts_of_run(&m->facts, json_incref(m->run));
    vec_free(&argv);
    free(self);
    return m->run != NULL;
}

static void forget(Measured *m) { facts_free(&m->facts), json_decref(m->run); }

// ---- factors
typedef struct Level { // of logarithms: the median, and the square of its standard error
    double at, error2;
    uint32_t n;
} Level;

static bool is_cell(const SampleFacts *s, const char *workload, const char *guest, const char *config) {
    return !s->invalid && !strcmp(s->workload, workload) && !strcmp(s->guest, guest) && !strcmp(s->config, config);
}

static Level level_of(const RunFacts *f, const char *workload, const char *guest, const char *config) {
    VEC(double) logs = {0};
    double mean = 0, square = 0;
    for (uint32_t i = 0; i < f->rows.n; i++) {
        const SampleFacts *s = &f->rows.at[i];
        if (!s->exact && is_cell(s, workload, guest, config) && s->value[CPU] > 0)
            vec_push(&logs, log(s->value[CPU] / fmax(1, s->work)));
    }
    for (uint32_t i = 0; i < logs.n; i++) mean += logs.at[i] / logs.n;
    for (uint32_t i = 0; i < logs.n; i++) square += (logs.at[i] - mean) * (logs.at[i] - mean);
    Level l = {.n = logs.n, .at = logs.n ? stats_median(logs.at, logs.n) : NAN};
    l.error2 =
        logs.n > 1 ? M_PI / 2 * square / (logs.n - 1) / logs.n : NAN; // a median's is pi / 2 times that of a mean
    vec_free(&logs);
    return l;
}

// (a1 / b1) / (a0 / b0), and half of its 95 % interval.
static void factor_of(const Level a[2], const Level b[2], bool relative, double *factor, double *width) {
    double at = a[1].at - a[0].at, error2 = a[0].error2 + a[1].error2;
    if (relative) at -= b[1].at - b[0].at, error2 += b[0].error2 + b[1].error2;
    *factor = exp(at), *width = 1.96 * sqrt(error2);
}

static const SampleFacts *counted(const RunFacts *f, const SampleFacts *like) {
    for (uint32_t i = 0; i < f->rows.n; i++)
        if (f->rows.at[i].exact && is_cell(&f->rows.at[i], like->workload, like->guest, like->config))
            return &f->rows.at[i];
    return NULL;
}

static const SampleFacts *timed(const RunFacts *f, const SampleFacts *like) {
    for (uint32_t i = 0; i < f->rows.n; i++)
        if (!f->rows.at[i].exact && is_cell(&f->rows.at[i], like->workload, like->guest, like->config))
            return &f->rows.at[i];
    return NULL;
}

static json_t *pair(const char *a, const char *b) { return json_pack("[s, s]", a, b); }

static const char *isa_of(const Measured *m, const char *key) {
    return json_text(json_object_get(m->run, "plan"), key, "unknown");
}

static json_t *cell_json(const Measured m[2], const SampleFacts *s) {
    const SampleFacts *t[2] = {timed(&m[0].facts, s), timed(&m[1].facts, s)};
    const SampleFacts *c[2] = {counted(&m[0].facts, s), counted(&m[1].facts, s)};
    Level own[2], anchor[2];
    double factor, width;
    json_t *cell = json_pack("{s:s, s:s, s:s}", "workload", s->workload, "guest", s->guest, "config", s->config);
    for (unsigned i = 0; i < 2; i++) {
        own[i] = level_of(&m[i].facts, s->workload, s->guest, s->config);
        anchor[i] = level_of(&m[i].facts, s->workload, s->guest, "peer:anchor");
    }
    factor_of(own, anchor, anchor[0].n && anchor[1].n, &factor, &width);
    if (t[0] && t[1] && isfinite(factor) && isfinite(width)) {
        json_put(cell, "elf", pair(t[0]->elf, t[1]->elf));
        json_put(cell, "isa", pair(isa_of(&m[0], "time_isa"), isa_of(&m[1], "time_isa")));
        json_put(cell, "factor", json_real(factor)), json_put(cell, "width", json_real(width));
    }
    if (c[0] && c[1] && c[0]->value[0] > 0) {
        json_put(cell, "exact_elf", pair(c[0]->elf, c[1]->elf));
        json_put(cell, "host_instructions", json_pack("[f, f]", c[0]->value[0], c[1]->value[0]));
    }
    return cell;
}

static json_t *all_cells(const Measured m[2]) {
    json_t *cells = json_array(), *seen = json_object();
    for (uint32_t i = 0; i < m[1].facts.rows.n; i++) {
        const SampleFacts *s = &m[1].facts.rows.at[i];
        char name[400];
        snprintf(name, sizeof name, "%s/%s/%s", s->workload, s->guest, s->config);
        if (s->invalid || !strncmp(s->config, "peer:", 5) || json_object_get(seen, name)) continue;
        json_object_set_new(seen, name, json_true());
        json_array_append_new(cells, cell_json(m, s));
    }
    json_decref(seen);
    return cells;
}

static void print_cells(const json_t *cells) {
    size_t i;
    json_t *c;
    json_array_foreach((json_t *)cells, i, c) {
        const json_t *n = json_object_get(c, "host_instructions");
        printf("%s/%s/%s:", json_text(c, "workload", ""), json_text(c, "guest", ""), json_text(c, "config", ""));
        if (n)
            printf(" counts x %.6g", json_number_value(json_array_get(n, 1)) / json_number_value(json_array_get(n, 0)));
        if (json_object_get(c, "factor"))
            printf(" time x %.4f +- %.1f %%", json_num(c, "factor", 0), 100 * json_num(c, "width", 0));
        puts("");
    }
}

// ---- bridge
static bool differs(const json_t *cells) {
    static const char *const KEYS[] = {"elf", "exact_elf", "isa"};
    size_t i;
    json_t *c;
    json_array_foreach((json_t *)cells, i, c) {
        for (unsigned k = 0; k < ARRAY_LEN(KEYS); k++) {
            const json_t *p = json_object_get(c, KEYS[k]);
            if (p && !json_equal(json_array_get(p, 0), json_array_get(p, 1))) return true;
        }
    }
    return false;
}

static bool keep(const Store *s, const Measured m[2], json_t *cells, Err *err) {
    static const char *const SIDES[] = {"before", "after"};
    json_t *note = json_pack("{s:s, s:O}", "kind", "bridge", "cells", cells);
    char name[128];
    bool ok = true, known;
    for (unsigned i = 0; ok && i < 2; i++) {
        ok = store_add_run(s, m[i].run, name, &known, err);
        json_put(note, SIDES[i], json_string(name));
    }
    ok = ok && store_add_note(s, note, name, err);
    json_decref(note);
    if (ok) printf("%s\n", name);
    return ok;
}

static int bridge(const BridgeOptions *o, const Store *s, const char *dir) {
    char anchor[4200];
    Measured m[2] = {0};
    Err err;
    snprintf(anchor, sizeof anchor, "%s/anchor/emu", s->dir);
    const char *with = access(anchor, X_OK) ? NULL : anchor;
    bool ok = measure(o, 0, with, dir, &m[0], &err);
    sleep(1); // runs that began in one second have no order
    ok = ok && measure(o, 1, with, dir, &m[1], &err);
    int code = ok ? EXIT_OK : complain(&err, EXIT_HOST);
    json_t *cells = ok ? all_cells(m) : json_array();
    if (ok && !differs(cells)) {
        err_set(&err, "there is nothing to bridge: guest programs and instruction set are the same on both sides");
        code = complain(&err, EXIT_INCOMPARABLE);
    } else if (ok) {
        print_cells(cells);
        if (!keep(s, m, cells, &err)) code = complain(&err, EXIT_HOST);
    }
    json_decref(cells);
    forget(&m[0]), forget(&m[1]);
    return code;
}

// ---- anchor
static const char *version_of(const Measured *m) {
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(m->run, "configs"), i, c) {
        if (!strcmp(json_text(c, "id", ""), "peer:anchor")) return json_text(c, "version", "");
    }
    return "";
}

// Its id on the host of the run's emulator.
static char *all_on_of(const json_t *run) {
    const json_t *version = json_object_get(json_object_get(run, "emulator"), "version");
    return run_id_on("all-on", json_string_value(json_array_get(json_object_get(version, "hosts"), 0)));
}

static json_t *anchor_cells(const Measured m[2]) {
    json_t *cells = json_array(), *w;
    size_t i;
    json_array_foreach(json_object_get(m[1].run, "workloads"), i, w) {
        const char *workload = json_text(w, "name", ""), *guest = json_text(w, "guest", "");
        Level own[2], anchor[2];
        double factor, width;
        for (unsigned k = 0; k < 2; k++) {
            char *on = all_on_of(m[k].run);
            own[k] = level_of(&m[k].facts, workload, guest, on);
            free(on);
            anchor[k] = level_of(&m[k].facts, workload, guest, "peer:anchor");
        }
        factor_of(anchor, own, true, &factor, &width);
        if (!isfinite(factor) || !isfinite(width)) continue;
        json_array_append_new(cells, json_pack("{s:s, s:s, s:f, s:f}", "workload", workload, "guest", guest, "factor",
                                               factor, "width", width));
        printf("%s/%s: the new anchor takes %.4f of the old one's time, +- %.1f %%\n", workload, guest, factor,
               100 * width);
    }
    return cells;
}

// The note first: a kill in between leaves the old anchor, and a note that no night refers to.
static bool replace(const Store *s, const char *emu, const char *from, const char *to, json_t *cells, Err *err) {
    char name[128], dir[4200];
    json_t *note = json_pack("{s:s, s:s, s:s, s:O}", "kind", "anchor", "from", from, "to", to, "cells", cells);
    bool ok = store_add_note(s, note, name, err);
    json_decref(note);
    snprintf(dir, sizeof dir, "%s/anchor", s->dir);
    const char *argv[] = {"sh", "-c", "cp \"$1\" \"$2/emu.new\" && sync \"$2/emu.new\" && mv \"$2/emu.new\" \"$2/emu\"",
                          "sh", emu,  dir,
                          NULL};
    ProcessResult r;
    if (!ok || !process_run(argv, &(ProcessLimits){.timeout_s = 60, .pin = -1}, &r, err)) return false;
    ok = r.exited && !r.code;
    if (!ok) err_set(err, "%s/emu cannot be replaced: %.300s", dir, r.err);
    process_result_free(&r);
    return ok;
}

static int anchor(const BridgeOptions *o, const Store *s, const char *dir) {
    char old[4200];
    Measured m[2] = {0};
    Err err;
    snprintf(old, sizeof old, "%s/anchor/emu", s->dir);
    char *new = realpath(o->emu, NULL);
    if (!new || access(old, X_OK)) {
        err_set(&err, "%s: %s", new ? old : o->emu,
                new ? "there is no anchor yet; `make nightly` keeps one" : "no such emulator");
        free(new);
        return complain(&err, EXIT_DATA);
    }
    bool ok = measure(o, 0, old, dir, &m[0], &err) && measure(o, 1, new, dir, &m[1], &err);
    int code = ok ? EXIT_OK : complain(&err, EXIT_HOST);
    json_t *cells = ok ? anchor_cells(m) : json_array();
    const char *from = ok ? version_of(&m[0]) : "", *to = ok ? version_of(&m[1]) : "";
    if (ok && !strcmp(from, to)) {
        err_set(&err, "the new anchor calls itself what the old one does (%.200s): nights could not tell them apart",
                to);
        code = complain(&err, EXIT_INCOMPARABLE);
    } else if (ok && !json_array_size(cells)) {
        err_set(&err, "no workload was timed beside both anchors: nothing was replaced");
        code = complain(&err, EXIT_INVALID);
    } else if (ok && !replace(s, new, from, to, cells, &err)) {
        code = complain(&err, EXIT_HOST);
    }
    if (!code) printf("%s is the anchor now, after %s\n", to, from);
    json_decref(cells);
    forget(&m[0]), forget(&m[1]);
    free(new);
    return code;
}

// ---- the commands
enum {
    KEY_EMU = 256,
    KEY_BEFORE,
    KEY_ELVES,
    KEY_ISA,
    KEY_ISA_BEFORE,
    KEY_MATRIX,
    KEY_REPS,
    KEY_WORKLOAD,
    KEY_GUEST,
    KEY_WORKLOADS,
    KEY_SIZE
};

static const struct argp_option SHARED[] = {
    {"emu", KEY_EMU, "FILE", 0, "the emulator; for anchor the new one (default build/rel/emu)", 1},
    {"elf-dir", KEY_ELVES, "DIR", 0, "guest programs as they are now (default build/workloads)", 1},
    {"reps", KEY_REPS, "N", 0, "timed samples of each cell (default 9)", 1},
    {"size", KEY_SIZE, "SIZE", 0, "as in bench", 1},
    {"workload", KEY_WORKLOAD, "NAME", 0, "only this workload; repeatable (default: every benchmark)", 1},
    {"guest", KEY_GUEST, "NAME", 0, "only this guest; repeatable", 1},
    {"workloads-dir", KEY_WORKLOADS, "DIR", 0, "manifests (default workloads)", 1},
    {0}};

static const struct argp_option BRIDGE[] = {
    {"before-elf-dir", KEY_BEFORE, "DIR", 0, "guest programs as they were (default: those of --elf-dir)", 0},
    {"isa", KEY_ISA, "LIST", 0, "instruction set as it is now, as in emu --host-isa (default: those of bench)", 0},
    {"before-isa", KEY_ISA_BEFORE, "LIST", 0, "instruction set as it was", 0},
    {"matrix", KEY_MATRIX, "NAME", 0, "configurations, as in bench (default quick)", 0},
    {0}};

static error_t parse_shared(int key, char *arg, struct argp_state *state) {
    BridgeOptions *o = state->input;
    char *end;
    const char *option = key == KEY_WORKLOAD ? "--workload"
                         : key == KEY_GUEST  ? "--guest"
                         : key == KEY_SIZE   ? "--size"
                                             : "--workloads-dir";
    switch (key) {
    case KEY_EMU: o->emu = arg; return 0;
    case KEY_ELVES: o->elves[1] = arg; return 0;
    case KEY_REPS:
        if (strtol(arg, &end, 10) < 3 || *end) argp_error(state, "--reps %s: a factor needs at least 3", arg);
        o->reps = arg;
        return 0;
    case KEY_WORKLOAD:
    case KEY_GUEST:
    case KEY_SIZE:
    case KEY_WORKLOADS: vec_push(&o->pass, option), vec_push(&o->pass, arg); return 0;
    case ARGP_KEY_ARG: argp_error(state, "what is %s?", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_bridge(int key, char *arg, struct argp_state *state) {
    BridgeOptions *o = state->input;
    switch (key) {
    case KEY_BEFORE: o->elves[0] = arg; return 0;
    case KEY_ISA: o->isa[1] = arg; return 0;
    case KEY_ISA_BEFORE: o->isa[0] = arg; return 0;
    case KEY_MATRIX: o->matrix = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = o, state->child_inputs[1] = &o->history; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp SHARED_ARGP = {SHARED, parse_shared, NULL, NULL, NULL, NULL, NULL};
static const struct argp_child CHILDREN[] = {{&SHARED_ARGP, 0, NULL, 0}, {&store_argp, 0, NULL, 0}, {0}};

typedef int Action(const BridgeOptions *o, const Store *s, const char *dir);

static int run(const struct argp *argp, int argc, char **argv, BridgeOptions *o, Action *action) {
    Store s;
    Scratch scratch;
    Err err;
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(argp, argc, argv, 0, o)) return EXIT_USAGE;
    if (!o->elves[0]) o->elves[0] = o->elves[1];
    if (!store_open_asked(&s, &o->history, &err)) return complain(&err, EXIT_DATA);
    int code;
    if (scratch_make(&scratch, "bridge", &err)) {
        code = action(o, &s, scratch.path);
        scratch_remove(&scratch);
    } else {
        code = complain(&err, EXIT_HOST);
    }
    store_close(&s);
    vec_free(&o->pass);
    return code;
}

static BridgeOptions defaults(const char *matrix) {
    return (BridgeOptions){.history = store_options(),
                           .emu = "build/rel/emu",
                           .elves = {NULL, "build/workloads"},
                           .matrix = matrix,
                           .reps = "9"};
}

int bridge_main(int argc, char **argv) {
    static const char DOC[] =
        "Bridges an epoch: measures the old guest programs (or the old instruction set) and the new ones once, with one emulator, and "
        "keeps both runs and the factors between them in the history. Times then go on over the epoch; counts of the old programs "
        "have one more night, by today's emulator, so that nothing that changed meanwhile is hidden by the epoch.\v"
        "Do it on the machine of the nights, before the first night with the new programs. The old programs are those of an older "
        "checkout: `git worktree add old COMMIT && make -C old workloads`.\n\n"
        "Exit: 0 kept; 4 both sides are the same; 64 usage; 65 no such history; 74 the machine, or bench failed.\n\n"
        "Examples:\n"
        "  nightjar bridge --before-elf-dir old/build/workloads\n"
        "  nightjar bridge --before-isa v2 --isa v3\n";
    BridgeOptions o = defaults("quick");
    return run(&(struct argp){BRIDGE, parse_bridge, NULL, DOC, CHILDREN, NULL, NULL}, argc, argv, &o, bridge);
}

static const struct argp_option NO_OPTIONS[] = {{0}};

int anchor_main(int argc, char **argv) {
    static const char DOC[] =
        "Renews the anchor, the emulator that every night's times are relative to: measures the old one and the new one beside the same "
        "emulator, keeps the factor, and puts the new one into the history. Times of before are then ratios to the new one, too.\v"
        "An anchor that was replaced by hand begins times anew: nights of the old one are left out.\n\n"
        "Exit: 0 renewed; 3 nothing was timed beside both; 4 both call themselves the same; 64 usage; 65 no such history, emulator or "
        "anchor; 74 the machine, or bench failed.\n\n"
        "Example:\n  nightjar anchor --emu build/rel/emu\n";
    BridgeOptions o = defaults("ends");
    return run(&(struct argp){NO_OPTIONS, parse_bridge, NULL, DOC, CHILDREN, NULL, NULL}, argc, argv, &o, anchor);
}

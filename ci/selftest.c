// `nightjar selftest`: does the gate catch what it is for? Faults are planted into the sources of the real translator, one
// at a time, in a copy of this checkout; each must be caught by the gate with the right exit code, metric, switch and
// blocks, and an emulator that was merely built again must be let through.
#include "base/alloc.h"
#include "base/command_line.h"
#include "base/vec.h"
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "ci/commands.h"
#include "ci/revision.h"
#include "ci/scratch.h"
#include "reports/html/text.h"
#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Fault {
    const char *name, *help;
    const char *file, *anchor, *planted; // the anchor occurs once and is replaced; file NULL: nothing is planted
    int code;                            // the gate's exit code
    const char *metric;                  // that must have regressed, in all-on; NULL: any
    const char *without;                 // switch that must be named, or NULL
    const char *missing;                 // what must be named as not judged, or NULL
    bool small, timed;                   // small: also with --small. timed: counts stay equal, only time tells
    bool vanishes;                       // nothing is built: head's document has fewer cells
} Fault;

static const Fault FAULTS[] = {
    {.name = "nothing", .help = "built again, nothing else", .small = true},
    {.name = "instruction",
     .help = "one more host instruction for every guest instruction",
     .file = "emulator/host/driver.c",
     .anchor = "case IR_INSN: m->index = in->c,",
     .planted = "case IR_INSN: gen_take(m, 0), m->index = in->c,",
     .code = EXIT_REGRESSED,
     .metric = "host_instructions",
     .small = true},
    {.name = "pass",
     .help = "a pass that is switched on does nothing",
     .file = "emulator/opt/dce.c",
     .anchor = "void opt_dce(IrUnit *u) {",
     .planted = "void opt_dce(IrUnit *u) {\n    if (u) return;",
     .code = EXIT_REGRESSED,
     .metric = "host_instructions",
     .without = "dce",
     .small = true},
    {.name = "spill",
     .help = "seven registers less for the allocator",
     .file = "emulator/ra/ra.c",
     .anchor = "s->pool = pool;",
     .planted = "s->pool = pool;\n    for (int n = 0; n < 7; n++) s->pool &= s->pool - 1;",
     .code = EXIT_REGRESSED,
     .metric = "spills_emitted"},
    {.name = "translation",
     .help = "every unit is counted as two",
     .file = "emulator/jit/translate/pipeline.c",
     .anchor = "v[STAT_units_translated]++",
     .planted = "v[STAT_units_translated] += 2",
     .code = EXIT_REGRESSED,
     .metric = "units_translated",
     .small = true},
    {.name = "profile",
     .help = "the profile counts nothing",
     .file = "emulator/prof/counts/stats.c",
     .anchor = "case STAT_host_instructions: return t->host_instructions;",
     .planted = "case STAT_host_instructions: return 0 * t->host_instructions;",
     .code = EXIT_INVALID,
     .missing = "host_instructions",
     .small = true},
    {.name = "crash",
     .help = "the emulator aborts where it is to count",
     .file = "emulator/run/main.c",
     .anchor = "int main(int argc, char **argv) {",
     .planted = "int main(int argc, char **argv) {\n    for (int i = 1; i < argc; i++)\n"
                "        if (strstr(argv[i], \"profile=\")) __builtin_trap();",
     .code = EXIT_INVALID,
     .missing = "every metric"},
    {.name = "sleep",
     .help = "a store to a device takes a tenth of a millisecond longer",
     .file = "emulator/run/access.c",
     .anchor = "if (r == MEM_DEVICE) {",
     .planted = "if (r == MEM_DEVICE) {\n        for (volatile int i = 0; i < 200000; i++) continue;",
     .code = EXIT_REGRESSED,
     .timed = true},
    {.name = "vanished",
     .help = "the program of another guest is gone from the plan",
     .code = EXIT_INVALID,
     .small = true,
     .vanishes = true},
};

typedef struct SelfOptions {
    const char *source, *work, *workload, *guest, *only, *json, *elves, *workloads;
    bool small, keep;
} SelfOptions;

typedef struct Self {
    const SelfOptions *o;
    char dir[4000], tree[4100], base[4200];
    json_t *results;
    Err err;
} Self;

// ---- the copy and its builds
static bool shell(Self *s, const char *script, const char *a, const char *b) {
    const char *argv[] = {"sh", "-c", script, "sh", a, b, NULL};
    ProcessResult r;
    if (!process_run(argv, &(ProcessLimits){.timeout_s = 1200, .pin = -1}, &r, &s->err)) return false;
    bool ok = r.exited && !r.code;
    if (!ok) err_set(&s->err, "%.300s fails: %.600s%.600s", script, r.err, r.out);
    process_result_free(&r);
    return ok;
}

// WHY with the objects: make then compiles what was planted, and no more.
// WHY sources without links (-L): a build folder has links to them (ci/linked.sh), and a fault planted through one would be in
// the checkout.
static bool copy_tree(Self *s) {
    return shell(
        s,
        "mkdir -p \"$2/build/rel\" \"$2/ci\" && cp -aL \"$1/emulator\" \"$1/Makefile\" \"$2/\" && cp -aL \"$1/ci/tools\" \"$2/ci/\" && cp -a \"$1/build/gen\" \"$2/build/\" && "
        "cp -a \"$1/build/rel/flags\" \"$1/build/rel/obj\" \"$2/build/rel/\"",
        s->o->source, s->tree);
}

static bool build(Self *s, const char *to) {
    return shell(
        s,
        "unset MAKEFLAGS MFLAGS MAKELEVEL MODE FEATURES; make -s -C \"$1\" -j2 emu >\"$2.log\" 2>&1 || { grep -m1 -E \"error|[*]{3}\" \"$2.log\" >&2; exit 1; }; "
        "cp \"$1/build/rel/emu\" \"$2\"",
        s->tree, to);
}

static char *read_text(const char *path) {
    FILE *f = fopen(path, "r");
    VEC(char) text = {0};
    for (int c; f && (c = getc(f)) != EOF;) vec_push(&text, (char)c);
    vec_push(&text, 0);
    if (f) fclose(f);
    return text.at;
}

static bool write_text(Self *s, const char *path, const char *a, size_t n, const char *b, const char *c) {
    FILE *f = fopen(path, "w");
    bool ok = f && fwrite(a, 1, n, f) == n && fputs(b, f) >= 0 && fputs(c, f) >= 0;
    if (f && fclose(f)) ok = false;
    return ok || err_set(&s->err, "%s cannot be written", path);
}

// Replaces the anchor, builds, puts the file back.
static bool plant(Self *s, const Fault *f, const char *emu) {
    char path[4600];
    snprintf(path, sizeof path, "%s/%s", s->tree, f->file);
    char *text = read_text(path), *at = strstr(text, f->anchor);
    bool once = at && !strstr(at + 1, f->anchor);
    bool ok = once && write_text(s, path, text, (size_t)(at - text), f->planted, at + strlen(f->anchor));
    if (!once)
        err_set(
            &s->err,
            "the fault `%s` cannot be planted: `%s` does not stand once in %s; ci/selftest.c must follow the sources",
            f->name, f->anchor, f->file);
    ok = ok && build(s, emu);
    if (once) ok = write_text(s, path, text, strlen(text), "", "") && ok;
    vec_release(text);
    return ok;
}

// ---- was it caught?
// Runs `nightjar COMMAND WORDS...` on the workload; NULL ends the words.
static bool nightjar(Self *s, const char *command, const char *const *words, ProcessResult *r) {
    char *self = revision_self();
    const char *const head[] = {
        self, command, "--workload", s->o->workload, "--workloads-dir", s->o->workloads, "--elf-dir", s->o->elves};
    VEC(const char *) argv = {0};
    for (unsigned i = 0; i < ARRAY_LEN(head); i++) vec_push(&argv, head[i]);
    while (*words) vec_push(&argv, *words++);
    vec_push(&argv, NULL);
    bool ok = process_run(argv.at, &(ProcessLimits){.timeout_s = 900, .pin = -1}, r, &s->err);
    vec_free(&argv);
    free(self);
    return ok;
}

static json_t *gate(Self *s, const Fault *f, const char *emu, int *code) {
    char file[4300];
    snprintf(file, sizeof file, "%s.json", emu);
    bool every_switch = f->without || (!f->file && !s->o->small); // the other faults must show with everything on
    const char *const matrix = every_switch ? "ablation" : "ends", *const exact = f->timed ? NULL : "--exact-only";
    const char *const words[] = {"--base", s->base, "--head",   emu,    "--guest", s->o->guest,
                                 "--json", file,    "--matrix", matrix, exact,     NULL};
    ProcessResult r;
    *code = -1;
    unlink(file);
    if (!nightjar(s, "gate", words, &r)) return NULL;
    *code = r.exited ? r.code : -1;
    json_t *doc = jsonfile_load_schema(file, "nightjar.gate", 1, &s->err);
    if (!doc) err_set(&s->err, "the gate fails: %.800s", r.err);
    process_result_free(&r);
    return doc;
}

static bool has_metric(const json_t *gate, const char *metric) {
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(gate, "exact"), i, e) {
        const char *cell = json_text(e, "cell", ""), *slash = strrchr(cell, '/');
        if (slash && !strcmp(slash, "/all-on") && !strcmp(json_text(e, "metric", ""), metric) &&
            !strcmp(json_text(e, "verdict", ""), "regressed"))
            return true;
    }
    return false;
}

static bool names_switch(const json_t *gate, const char *name) {
    const json_t *why = json_object_get(json_array_get(json_object_get(gate, "explain"), 0), "switches");
    char want[100];
    size_t i;
    json_t *v;
    snprintf(want, sizeof want, "equal without %s", name);
    json_array_foreach((json_t *)why, i, v) {
        if (strstr(json_string_value(v), want)) return true;
    }
    return false;
}

static bool names_missing(const json_t *gate, const char *metric) {
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(json_object_get(gate, "coverage"), "missing"), i, e) {
        if (!strcmp(json_text(e, "metric", ""), metric)) return true;
    }
    return false;
}

static bool has_blocks(const json_t *gate) {
    const char *text = json_text(json_array_get(json_object_get(gate, "explain"), 0), "text", "");
    return strlen(text) > 100;
}

static bool time_regressed(const json_t *gate) {
    const json_t *cell = json_array_get(json_object_get(gate, "time"), 0);
    return !strcmp(json_text(cell, "verdict", ""), "regressed") && !json_array_size(json_object_get(gate, "exact"));
}

// NULL: caught as it should be; else what is wrong.
static const char *judge(const Fault *f, const json_t *doc, int code) {
    if (code != f->code) return "the gate has another exit code";
    if (f->metric && !has_metric(doc, f->metric)) return "the metric is not named";
    if (f->without && !names_switch(doc, f->without)) return "the switch is not named";
    if (f->missing && !names_missing(doc, f->missing)) return "what was not judged is not named";
    if (f->timed && !time_regressed(doc)) return "the time did not regress alone";
    if (f->code == EXIT_REGRESSED && !has_blocks(doc)) return "no blocks are named";
    if (!f->file && json_array_size(json_object_get(doc, "exact"))) return "a count moved although nothing was planted";
    return NULL;
}

static bool try_fault(Self *s, const Fault *f, unsigned *missed) {
    char emu[4200];
    int code;
    snprintf(emu, sizeof emu, "%s/%s", s->dir, f->name);
    fprintf(stderr, "selftest: %s: %s\n", f->name, f->help);
    if (f->file ? !plant(s, f, emu) : !build(s, emu)) return false;
    json_t *doc = gate(s, f, emu, &code);
    if (!doc) return false;
    const char *wrong = judge(f, doc, code);
    *missed += wrong != NULL;
    printf("%-12s %-7s exit %d  %s%s%s\n", f->name,
           wrong     ? "MISSED"
           : f->file ? "caught"
                     : "silent",
           code, f->help, wrong ? ": " : "", wrong ? wrong : "");
    json_array_append_new(s->results, json_pack("{s:s, s:b, s:i, s:s?, s:O}", "fault", f->name, "good", wrong == NULL,
                                                "exit", code, "wrong", wrong, "gate", doc));
    json_decref(doc);
    return true;
}

// Counts the workload, of one guest or (NULL) of all, into a file.
static bool count(Self *s, const char *guest, const char *file) {
    const char *const words[] = {"--emu",
                                 s->base,
                                 "--matrix",
                                 "ends",
                                 "--peer",
                                 "none",
                                 "--reps",
                                 "0",
                                 "--exact-reps",
                                 "1",
                                 "-o",
                                 file,
                                 guest ? "--guest" : NULL,
                                 guest,
                                 NULL};
    ProcessResult r;
    if (!nightjar(s, "bench", words, &r)) return false;
    bool ok = r.exited && !r.code;
    if (!ok) err_set(&s->err, "nightjar bench fails: %.800s", r.err);
    process_result_free(&r);
    return ok;
}

// A workload that is gone from the document of head: no build is needed.
static bool try_vanished(Self *s, const Fault *f, unsigned *missed) {
    char file[4200], less[4200];
    snprintf(file, sizeof file, "%s/run.json", s->dir), snprintf(less, sizeof less, "%s/less.json", s->dir);
    if (!count(s, NULL, file) || !count(s, s->o->guest, less)) return false;
    ProcessResult r;
    if (!nightjar(s, "gate", (const char *const[]){"--base", file, "--head", less, NULL}, &r)) return false;
    int code = r.exited ? r.code : -1;
    process_result_free(&r);
    bool good = code == f->code;
    *missed += !good;
    printf("%-12s %-7s exit %d  %s\n", f->name, good ? "caught" : "MISSED", code, f->help);
    json_array_append_new(s->results, json_pack("{s:s, s:b, s:i}", "fault", f->name, "good", good, "exit", code));
    return true;
}

static int run_all(Self *s) {
    unsigned missed = 0, tried = 0;
    snprintf(s->base, sizeof s->base, "%s/base", s->dir);
    if (!copy_tree(s) || !build(s, s->base)) return complain(&s->err, EXIT_HOST);
    for (unsigned i = 0; i < ARRAY_LEN(FAULTS); i++) {
        const Fault *f = &FAULTS[i];
        if (s->o->only ? strcmp(s->o->only, f->name) : s->o->small && !f->small) continue;
        if (!(f->vanishes ? try_vanished : try_fault)(s, f, &missed)) return complain(&s->err, EXIT_HOST);
        tried++;
    }
    printf("%u of %u as they should be\n", tried - missed, tried);
    json_t *doc = json_pack("{s:s, s:O}", "schema", "nightjar.selftest/1", "faults", s->results);
    bool ok = !s->o->json || jsonfile_write(s->o->json, doc, &s->err);
    json_decref(doc);
    if (!ok) return complain(&s->err, EXIT_HOST);
    return missed ? EXIT_REGRESSED : EXIT_OK;
}

// ---- the command
enum { KEY_SOURCE = 256, KEY_SMALL, KEY_ONLY, KEY_JSON, KEY_KEEP, KEY_WORKLOAD, KEY_GUEST, KEY_ELVES, KEY_WORKLOADS };

static const struct argp_option OPTIONS[] = {
    {"small", KEY_SMALL, 0, 0, "what a minute is enough for: counts only, the faults that compile quickly", 0},
    {"only", KEY_ONLY, "FAULT", 0, "only this one", 0},
    {"source", KEY_SOURCE, "DIR", 0, "a built checkout (default .); it is copied, not changed", 0},
    {"workload", KEY_WORKLOAD, "NAME", 0, "default dhrystone", 0},
    {"guest", KEY_GUEST, "NAME", 0, "default rv64", 0},
    {"workloads-dir", KEY_WORKLOADS, "DIR", 0, "manifests (default workloads)", 0},
    {"elf-dir", KEY_ELVES, "DIR", 0, "built guest programs (default build/workloads)", 0},
    {"json", KEY_JSON, "FILE", 0, "write nightjar.selftest/1 (- is stdout)", 0},
    {"keep", KEY_KEEP, 0, 0, "keep the copy, and say where it is", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    SelfOptions *o = state->input;
    bool known = false;
    switch (key) {
    case KEY_SMALL: o->small = true; return 0;
    case KEY_ONLY:
        for (unsigned i = 0; i < ARRAY_LEN(FAULTS); i++) known |= !strcmp(arg, FAULTS[i].name);
        if (!known) argp_error(state, "--only %s: there is no such fault (--help lists them)", arg);
        o->only = arg;
        return 0;
    case KEY_SOURCE: o->source = arg; return 0;
    case KEY_WORKLOAD: o->workload = arg; return 0;
    case KEY_GUEST: o->guest = arg; return 0;
    case KEY_WORKLOADS: o->workloads = arg; return 0;
    case KEY_ELVES: o->elves = arg; return 0;
    case KEY_JSON: o->json = arg; return 0;
    case KEY_KEEP: o->keep = true; return 0;
    case ARGP_KEY_ARG: argp_error(state, "what is %s?", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// --help names every fault.
static char *help(int key, const char *text, void *input) {
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC) return (char *)(uintptr_t)text;
    ReportText t = {0};
    rt_add(&t, "Faults:\n");
    for (unsigned i = 0; i < ARRAY_LEN(FAULTS); i++) rt_add(&t, "  %-12s %s\n", FAULTS[i].name, FAULTS[i].help);
    rt_add(&t, "\n%s", text);
    char *all = alloc_text(rt_str(&t));
    rt_free(&t);
    return all;
}

int selftest_main(int argc, char **argv) {
    SelfOptions o = {
        .source = ".", .workload = "dhrystone", .guest = "rv64", .elves = "build/workloads", .workloads = "workloads"};
    static const char DOC[] =
        "Plants faults into a copy of the translator and demands that the gate catches each: with the right exit code, the metric, the "
        "switch and the blocks named; and that it lets through what was only built again.\v"
        "Exit: 0 all as they should be; 1 one was missed; 64 usage; 74 a copy, a build or the machine failed.\n\n"
        "Example:\n  nightjar selftest --small\n";
    struct argp argp = {OPTIONS, parse, NULL, DOC, NULL, help, NULL};
    Scratch scratch;
    Self s = {.o = &o};
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    if (!scratch_make(&scratch, "selftest", &s.err)) return complain(&s.err, EXIT_HOST);
    s.results = json_array();
    snprintf(s.dir, sizeof s.dir, "%s", scratch.path);
    snprintf(s.tree, sizeof s.tree, "%s/tree", scratch.path);
    int code = run_all(&s);
    json_decref(s.results);
    if (o.keep)
        printf("kept: %s\n", scratch.path);
    else
        scratch_remove(&scratch);
    return code;
}

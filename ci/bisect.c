// `nightjar bisect GOOD BAD --cell W/G/C --metric M`: which commit of the first parents between them moved this number?
//
// Between good and bad lie two values; a commit is bad if its own is nearer to the bad one. A commit that
// does not build is stepped around; what is left when only such commits lie between is reported as a range,
// never as the first that builds.
#include "bench/base/codes.h"
#include "base/command_line.h"
#include "bench/base/jsonfile.h"
#include "bench/model/hosts.h"
#include "ci/commands.h"
#include "ci/gate.h"
#include "ci/scratch.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct BisectOptions {
    GateOptions gate; // repo, work, pass
    const char *good, *bad, *cell, *metric, *json;
    double good_value, bad_value;
    bool step, exhaustive;
    char workload[64], guest[32], features[512];
} BisectOptions;

enum { KEY_CELL = 256, KEY_METRIC, KEY_STEP, KEY_GOOD_VALUE, KEY_BAD_VALUE, KEY_EXHAUSTIVE, KEY_JSON };
enum { STEP_GOOD = 0, STEP_BAD = 1, STEP_SKIP = 125, TIME_BLOCKS = 7 };

static const struct argp_option OPTIONS[] = {
    {"cell", KEY_CELL, "W/G/C", 0, "workload/guest/configuration, such as coremark/rv64/all-on", 0},
    {"metric", KEY_METRIC, "NAME", 0, "a count, or cpu_ns: then relative to GOOD, in turns", 0},
    {"exhaustive", KEY_EXHAUSTIVE, 0, 0, "measure every commit of the range and print them all", 0},
    {"json", KEY_JSON, "FILE", 0, "write nightjar.bisect/1 (- is stdout)", 0},
    {"step", KEY_STEP, 0, 0, "for `git bisect run`: judge the commit that is checked out in --repo", 0},
    {"good-value", KEY_GOOD_VALUE, "X", 0, "with --step: the value of a good commit (of a count)", 0},
    {"bad-value", KEY_BAD_VALUE, "X", 0, "with --step: the value of a bad one", 0},
    {0}};

static const struct argp_child CHILDREN[] = {{&gate_argp, 0, NULL, 0}, {0}};

// "no-fold-cse" -> "all,-fold,-cse", "only-tlb" -> "none,+tlb"; an empty result: no such form.
static void features_of(const char *config, char out[512]) {
    bool without = !strncmp(config, "no-", 3), only = !strncmp(config, "only-", 5);
    out[0] = 0;
    if (!strcmp(config, "all-on")) snprintf(out, 512, "all");
    if (!strcmp(config, "all-off")) snprintf(out, 512, "none");
    if (!without && !only) return;
    char names[256], *save = NULL;
    snprintf(names, sizeof names, "%s", config + (without ? 3 : 5));
    snprintf(out, 512, "%s", without ? "all" : "none");
    for (char *w = strtok_r(names, "-", &save); w; w = strtok_r(NULL, "-", &save)) {
        size_t n = strlen(out);
        snprintf(out + n, 512 - n, ",%c%s", without ? '-' : '+', w);
    }
}

static void parse_cell(BisectOptions *o, const char *arg, struct argp_state *state) {
    char config[256];
    if (sscanf(arg, "%63[^/]/%31[^/]/%255[^/]", o->workload, o->guest, config) != 3)
        argp_error(state, "--cell %s: give workload/guest/configuration, such as coremark/rv64/all-on", arg);
    // A revision is built for this machine and run on it.
    char *at = strchr(config, '@');
    const HostKind *here = host_of_machine();
    if (at && (!here || strcmp(at + 1, here->name)))
        argp_error(state, "--cell %s: bisect measures this machine's host alone: give the configuration without @HOST",
                   arg);
    if (at) *at = 0;
    features_of(config, o->features);
    if (!*o->features) argp_error(state, "--cell %s: configurations are all-on, all-off, no-A and only-A", arg);
    o->cell = arg;
}

static double number(const char *option, const char *arg, struct argp_state *state) {
    char *end;
    double v = strtod(arg, &end);
    if (end == arg || *end || !isfinite(v)) argp_error(state, "--%s %s: give a number", option, arg);
    return v;
}

static void check(const BisectOptions *o, struct argp_state *state) {
    if (!o->cell || !o->metric) argp_error(state, "--cell and --metric say what is looked for");
    if (!o->step && (!o->good || !o->bad)) argp_error(state, "which commits? GOOD and BAD");
    if (o->step && (o->good || o->bad)) argp_error(state, "--step judges what is checked out: no GOOD and BAD");
    if (o->step && (isnan(o->good_value) || isnan(o->bad_value)))
        argp_error(state, "--step: give --good-value and --bad-value, which `nightjar bisect` prints");
    if (o->step && o->metric && !strcmp(o->metric, "cpu_ns"))
        argp_error(state, "--step: a time is only known relative to another emulator; use `nightjar bisect GOOD BAD`");
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    BisectOptions *o = state->input;
    switch (key) {
    case KEY_CELL: parse_cell(o, arg, state); return 0;
    case KEY_METRIC: o->metric = arg; return 0;
    case KEY_EXHAUSTIVE: o->exhaustive = true; return 0;
    case KEY_JSON: o->json = arg; return 0;
    case KEY_STEP: o->step = true; return 0;
    case KEY_GOOD_VALUE: o->good_value = number("good-value", arg, state); return 0;
    case KEY_BAD_VALUE: o->bad_value = number("bad-value", arg, state); return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->gate; return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 1) argp_error(state, "two commits, not more: %s", arg);
        *(state->arg_num ? &o->bad : &o->good) = arg;
        return 0;
    case ARGP_KEY_END: check(o, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// ---- one commit
typedef enum CommitState { COMMIT_UNKNOWN, COMMIT_MEASURED, COMMIT_BROKEN } CommitState;
typedef struct Commit {
    char hash[41];
    CommitState state;
    double value; // a count, or the ratio of a time to that of good
} Commit;

typedef struct Bisect {
    BisectOptions *o;
    VEC(Commit) commits; // good first, bad last
    char *good_emu;
    Scratch scratch;
    Err err;
} Bisect;

static double count_in(const json_t *run, const char *metric) {
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(run, "samples"), i, s) {
        if (json_is_true(json_object_get(s, "valid"))) return json_num(json_object_get(s, "metrics"), metric, NAN);
    }
    return NAN;
}

static double count_of(Bisect *b, const char *emu) {
    json_t *run = gate_count(&b->o->gate, emu, b->scratch.path, "commit", &b->err);
    double v = count_in(run, b->o->metric);
    if (run && isnan(v)) err_set(&b->err, "%s of %s: the run gives no such count", b->o->metric, b->o->cell);
    json_decref(run);
    return v;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The median ratio to good, in turns.
static double time_of(Bisect *b, const char *emu) {
    TimeSides sides = {.o = &b->o->gate, .base = b->good_emu, .head = emu, .scratch = b->scratch.path};
    TimeCell cell = {0};
    memcpy(cell.workload, b->o->workload, sizeof cell.workload), memcpy(cell.guest, b->o->guest, sizeof cell.guest);
    for (uint32_t i = 0; i < TIME_BLOCKS && gate_take_block(&sides, &cell, 1, false, i); i++) continue;
    double v = NAN;
    if (cell.blocks.n == TIME_BLOCKS) {
        qsort(cell.blocks.at, cell.blocks.n, sizeof *cell.blocks.at, by_value);
        v = exp(cell.blocks.at[TIME_BLOCKS / 2]);
    } else {
        err_set(&b->err, "%s: %.900s", b->o->cell,
                sides.err.text[0] ? sides.err.text : "a timed run did not print the right result");
    }
    vec_free(&cell.blocks);
    return v;
}

// False: the machine failed, see b->err. What does not build, or cannot run the cell, is COMMIT_BROKEN.
static bool measure(Bisect *b, Commit *c) {
    Revision r;
    bool broken;
    if (c->state != COMMIT_UNKNOWN) return true;
    b->err.text[0] = 0;
    bool built = revision_open(&r, c->hash, b->o->gate.repo, b->o->gate.work, &broken, &b->err);
    if (!built && !broken) return false;
    c->state = COMMIT_BROKEN;
    if (built) {
        c->value = strcmp(b->o->metric, "cpu_ns") ? count_of(b, r.emu) : time_of(b, r.emu);
        if (!isnan(c->value)) c->state = COMMIT_MEASURED;
    }
    fprintf(stderr, "bisect: %.12s %s", c->hash, c->state == COMMIT_MEASURED ? "" : b->err.text);
    if (c->state == COMMIT_MEASURED) fprintf(stderr, "%s = %.15g", b->o->metric, c->value);
    fprintf(stderr, "\n");
    revision_close(&r);
    return true;
}

static bool is_bad(double v, double good, double bad) { return fabs(v - bad) < fabs(v - good); }

// ---- the search
static bool list_commits(Bisect *b) {
    const char *repo = b->o->gate.repo;
    char good[64], bad[64], range[100];
    snprintf(good, sizeof good, "%.50s^{commit}", b->o->good), snprintf(bad, sizeof bad, "%.50s^{commit}", b->o->bad);
    char *g = revision_git(repo, (const char *[]){"rev-parse", "--verify", "--quiet", good, NULL});
    char *h = revision_git(repo, (const char *[]){"rev-parse", "--verify", "--quiet", bad, NULL});
    char *text = NULL, *save = NULL;
    if (!g || strlen(g) != 40 || !h || strlen(h) != 40) {
        err_set(&b->err, "%s is no commit of %s", !g || strlen(g) != 40 ? b->o->good : b->o->bad, repo);
    } else {
        snprintf(range, sizeof range, "%s..%s", g, h);
        text = revision_git(repo, (const char *[]){"rev-list", "--first-parent", "--reverse", range, "--", NULL});
        if (!text || !*text)
            err_set(&b->err, "no commit lies between %s and %s on the line of first parents", b->o->good, b->o->bad);
    }
    if (text && *text) {
        Commit c = {.state = COMMIT_UNKNOWN};
        memcpy(c.hash, g, 41);
        vec_push(&b->commits, c);
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
            if (strlen(line) == 40) memcpy(c.hash, line, 41), vec_push(&b->commits, c);
    }
    free(g), free(h), free(text);
    return b->commits.n > 1;
}

// The commit in ]lo, hi[ that is nearest to the middle and not known to be broken; hi: there is none.
static uint32_t next_one(const Bisect *b, uint32_t lo, uint32_t hi) {
    uint32_t best = hi, middle = (lo + hi) / 2;
    for (uint32_t i = lo + 1; i < hi; i++) {
        if (b->commits.at[i].state == COMMIT_BROKEN) continue;
        if (best == hi || labs((long)i - (long)middle) < labs((long)best - (long)middle)) best = i;
    }
    return best;
}

typedef struct Found {
    uint32_t lo, hi; // the change is in ]lo, hi]
} Found;

static bool search(Bisect *b, Found *f) {
    double good = b->commits.at[0].value, bad = b->commits.at[b->commits.n - 1].value;
    *f = (Found){0, b->commits.n - 1};
    for (uint32_t i; (i = next_one(b, f->lo, f->hi)) < f->hi;) {
        if (!measure(b, &b->commits.at[i])) return false;
        if (b->commits.at[i].state != COMMIT_MEASURED) continue;
        *(is_bad(b->commits.at[i].value, good, bad) ? &f->hi : &f->lo) = i;
    }
    return true;
}

static bool measure_all(Bisect *b) {
    for (uint32_t i = 0; i < b->commits.n; i++)
        if (!measure(b, &b->commits.at[i])) return false;
    return true;
}

// ---- the answer
static json_t *answer(const Bisect *b, const Found *f) {
    json_t *commits = json_array(), *suspects = json_array();
    for (uint32_t i = 0; i < b->commits.n; i++) {
        const Commit *c = &b->commits.at[i];
        static const char *const STATES[] = {"not measured", "measured", "broken"};
        json_array_append_new(commits,
                              json_pack("{s:s, s:s, s:o}", "commit", c->hash, "state", STATES[c->state], "value",
                                        c->state == COMMIT_MEASURED ? json_real(c->value) : json_null()));
        if (i > f->lo && i <= f->hi) json_array_append_new(suspects, json_string(c->hash));
    }
    return json_pack("{s:s, s:s, s:s, s:f, s:f, s:o, s:o}", "schema", "nightjar.bisect/1", "cell", b->o->cell, "metric",
                     b->o->metric, "good", b->commits.at[f->lo].value, "bad", b->commits.at[f->hi].value, "suspects",
                     suspects, "commits", commits);
}

static void print_answer(const Bisect *b, const Found *f) {
    const Commit *last = &b->commits.at[f->lo], *first = &b->commits.at[f->hi];
    printf("%s of %s: %.15g at %.12s, %.15g at %.12s\n", b->o->metric, b->o->cell, last->value, last->hash,
           first->value, first->hash);
    if (f->hi - f->lo == 1) {
        char *subject = revision_git(
            b->o->gate.repo, (const char *[]){"log", "-1", "--format=%h %an %ad%n  %s", first->hash, "--", NULL});
        printf("the first bad commit is\n  %s\n", subject ? subject : first->hash);
        free(subject);
        return;
    }
    printf("one of these %u commits; those before the last one do not build or cannot run it:\n", f->hi - f->lo);
    for (uint32_t i = f->lo + 1; i <= f->hi; i++) printf("  %s\n", b->commits.at[i].hash);
}

static int bisect(Bisect *b) {
    Found f;
    Revision good;
    bool broken;
    if (!list_commits(b)) return complain(&b->err, EXIT_DATA);
    if (!revision_open(&good, b->commits.at[0].hash, b->o->gate.repo, b->o->gate.work, &broken, &b->err))
        return complain(&b->err, EXIT_DATA);
    b->good_emu = good.emu;
    Commit *first = &b->commits.at[0], *last = &b->commits.at[b->commits.n - 1];
    bool ok = measure(b, first) && measure(b, last) && (!b->o->exhaustive || measure_all(b));
    int code = EXIT_OK;
    if (!ok) {
        code = complain(&b->err, EXIT_HOST);
    } else if (first->state != COMMIT_MEASURED || last->state != COMMIT_MEASURED) {
        err_set(&b->err, "%.12s does not build or cannot run %s: good and bad must",
                first->state != COMMIT_MEASURED ? first->hash : last->hash, b->o->cell);
        code = complain(&b->err, EXIT_DATA);
    } else if (first->value == last->value) {
        err_set(&b->err, "%s of %s is %.15g at both: nothing to find", b->o->metric, b->o->cell, first->value);
        code = complain(&b->err, EXIT_INCONCLUSIVE);
    } else if (!search(b, &f)) {
        code = complain(&b->err, EXIT_HOST);
    } else {
        json_t *doc = answer(b, &f);
        if (!b->o->json || strcmp(b->o->json, "-")) print_answer(b, &f);
        if (b->o->json && !jsonfile_write(b->o->json, doc, &b->err)) code = complain(&b->err, EXIT_HOST);
        if (f.hi - f.lo > 1) code = code ? code : EXIT_INVALID;
        json_decref(doc);
    }
    revision_close(&good);
    return code;
}

static int step(Bisect *b) {
    Commit c = {0};
    char *head = revision_git(b->o->gate.repo, (const char *[]){"rev-parse", "--verify", "HEAD", NULL});
    if (!head || strlen(head) != 40) {
        free(head);
        err_set(&b->err, "%s: no commit is checked out", b->o->gate.repo);
        return complain(&b->err, 128); // git bisect run stops
    }
    memcpy(c.hash, head, 41);
    free(head);
    if (!measure(b, &c)) return complain(&b->err, 128);
    if (c.state != COMMIT_MEASURED) return STEP_SKIP;
    return is_bad(c.value, b->o->good_value, b->o->bad_value) ? STEP_BAD : STEP_GOOD;
}

int bisect_main(int argc, char **argv) {
    BisectOptions o = {.gate = {.repo = ".", .work = "build/revisions", .matrix = "ends", .time = time_defaults()},
                       .good_value = NAN,
                       .bad_value = NAN};
    static const char DOC[] =
        "Finds the commit, along first parents, that moved one number of one cell. Each commit is built in a worktree "
        "of its own; yours is left alone.\v"
        "A commit that does not build, or cannot run the cell, is stepped around; if only such ones lie between the "
        "last good and the first bad one, the answer is the range.\n\n"
        "Exit: 0 found; 2 good and bad have the same value; 3 only a range is known; 64 usage; 65 no such commit, or "
        "good or bad cannot be measured; 74 the machine. With --step: 0 good, 1 bad, 125 does not build, 128 stop.\n\n"
        "Examples:\n"
        "  nightjar bisect v1.0 HEAD --cell coremark/rv64/all-on --metric host_instructions\n"
        "  git bisect run nightjar bisect --step --cell coremark/rv64/all-on --metric host_instructions --good-value "
        "9950954 --bad-value 10020000\n";
    struct argp argp = {OPTIONS, parse, "[GOOD BAD]", DOC, CHILDREN, NULL, NULL};
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    Bisect b = {.o = &o};
    gate_pass(&o.gate, "--workload", o.workload), gate_pass(&o.gate, "--guest", o.guest);
    o.gate.features = o.features;
    if (!scratch_make(&b.scratch, "bisect", &b.err)) return complain(&b.err, EXIT_HOST);
    int code = o.step ? step(&b) : bisect(&b);
    scratch_remove(&b.scratch);
    vec_free(&b.commits);
    vec_free(&o.gate.pass);
    return code;
}

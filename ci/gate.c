// `nightjar gate --base REV|RUN --head REV|RUN`: has anything become worse?
#include "ci/gate.h"
#include "base/command_line.h"
#include "base/alloc.h"
#include "bench/base/argument.h"
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/document.h"
#include "bench/judge.h"
#include "ci/alerts.h"
#include "ci/commands.h"
#include "ci/history.h"
#include "ci/scratch.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_BASE = 256,
    KEY_HEAD,
    KEY_STORE,
    KEY_MATRIX,
    KEY_GATE_ON,
    KEY_EXACT_GATE,
    KEY_FLOOR,
    KEY_BLOCKS,
    KEY_BUDGET,
    KEY_EXACT_ONLY,
    KEY_STRICT,
    KEY_NO_EXPLAIN,
    KEY_MD,
    KEY_JSON,
    KEY_JUNIT,
    KEY_GITHUB,
    KEY_GITLAB,
    KEY_WORKLOAD,
    KEY_GUEST,
    KEY_SIZE
};

static const struct argp_option OPTIONS[] = {
    {0, 0, 0, 0, "What is compared:", 1},
    {"base", KEY_BASE, "REV|RUN|EMU", 0, "what was: a revision of git, a run's document, or an emulator", 1},
    {"head", KEY_HEAD, "REV|RUN|EMU", 0, "what is to be judged", 1},
    {"workload", KEY_WORKLOAD, "NAME", 0, "only this workload; repeatable (default: every benchmark)", 1},
    {"guest", KEY_GUEST, "NAME", 0, "only this guest; repeatable", 1},
    {"size", KEY_SIZE, "quick|full|test", 0, "size of the timed runs (default quick)", 1},
    {0, 0, 0, 0, "What counts:", 2},
    {"matrix", KEY_MATRIX, "NAME", 0, "configurations that are counted, as in bench (default ablation)", 2},
    {"gate-on", KEY_GATE_ON, "LIST", 0, "the exact metrics that decide (default " JUDGE_EXACT ")", 2},
    {"exact-gate", KEY_EXACT_GATE, "PERCENT", 0, "smallest change of a count that decides (default 0: any)", 2},
    {"floor", KEY_FLOOR, "PERCENT", 0, "smallest change of a time that decides (default 2.5)", 2},
    {"exact-only", KEY_EXACT_ONLY, 0, 0, "no times", 2},
    {"blocks", KEY_BLOCKS, "N", 0, "at most so many timed rounds, from 3 (default 12)", 2},
    {"time-budget", KEY_BUDGET, "TIME", 0, "begin no further round after this: 90s, 10m", 2},
    {"strict", KEY_STRICT, 0, 0, "a time that could not be told is exit 2, not a remark", 2},
    {"store", KEY_STORE, "DIR", 0, "a history whose accepted changes hold here, too", 2},
    {0, 0, 0, 0, "What is written:", 3},
    {"md", KEY_MD, "FILE", 0, "one page of Markdown, for a pull request", 3},
    {"json", KEY_JSON, "FILE", 0, "nightjar.gate/1 (- is stdout)", 3},
    {"junit", KEY_JUNIT, "FILE", 0, "JUnit XML", 3},
    {"github", KEY_GITHUB, "FILE", 0, "annotations as GitHub's workflow commands (- is stdout)", 3},
    {"gitlab", KEY_GITLAB, "FILE", 0, "annotations as GitLab's Code Quality report", 3},
    {"no-explain", KEY_NO_EXPLAIN, 0, 0, "do not profile what regressed", 3},
    {0}};

static const struct argp_child CHILDREN[] = {{&gate_argp, 0, NULL, 0}, {0}};

static double percent(const char *option, const char *arg, struct argp_state *state) {
    char *end;
    double v = strtod(arg, &end);
    if (end == arg || (*end && strcmp(end, "%")) || !isfinite(v) || v < 0 || v > 1000)
        argp_error(state, "--%s %s: give percent, such as 2.5%%", option, arg);
    return v / 100;
}

static error_t parse_output(int key, char *arg, GateOptions *o) {
    switch (key) {
    case KEY_MD: o->md = arg; return 0;
    case KEY_JSON: o->json = arg; return 0;
    case KEY_JUNIT: o->junit = arg; return 0;
    case KEY_GITHUB: o->github = arg; return 0;
    case KEY_GITLAB: o->gitlab = arg; return 0;
    case KEY_NO_EXPLAIN: o->no_explain = true; return 0;
    case KEY_WORKLOAD: gate_pass(o, "--workload", arg); return 0;
    case KEY_GUEST: gate_pass(o, "--guest", arg); return 0;
    case KEY_SIZE: gate_pass(o, "--size", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    GateOptions *o = state->input;
    char *end;
    long n;
    switch (key) {
    case KEY_BASE: o->base = arg; return 0;
    case KEY_HEAD: o->head = arg; return 0;
    case KEY_STORE: o->store = arg; return 0;
    case KEY_MATRIX: o->matrix = arg; return 0;
    case KEY_GATE_ON: o->gate_on = arg; return 0;
    case KEY_EXACT_GATE: percent("exact-gate", arg, state), o->exact_gate = arg; return 0;
    case KEY_FLOOR: o->time.floor = percent("floor", arg, state); return 0;
    case KEY_EXACT_ONLY: o->exact_only = true; return 0;
    case KEY_STRICT: o->strict = true; return 0;
    case KEY_BUDGET: o->budget_s = argument_seconds(state, "time-budget", arg); return 0;
    case KEY_BLOCKS:
        n = strtol(arg, &end, 10);
        if (end == arg || *end || n < 3 || n > 1000)
            argp_error(state, "--blocks %s: a gate never runs on fewer than 3 rounds, nor on more than 1000", arg);
        o->time.most = (uint32_t)n;
        return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = o; return 0;
    case ARGP_KEY_ARG: argp_error(state, "what is %s? Give --base and --head", arg); return 0;
    case ARGP_KEY_END:
        if (!o->base || !o->head) argp_error(state, "give --base and --head");
        return 0;
    default: return parse_output(key, arg, o);
    }
}

// ---- acceptance
// What of the comparison was accepted: by trailers of the commits base..head, by a history.
static json_t *accepted_of(const GateOptions *o, const Revision *base, const Revision *head, const json_t *comparison) {
    json_t *list = json_array(), *e;
    Store s = {.repo = (char *)(uintptr_t)o->repo, .branch = (char *)(uintptr_t)(*head->hash ? head->hash : "HEAD")},
          stored = {0};
    Err err;
    size_t i;
    if (!*base->hash || !*head->hash) return list;
    bool kept = o->store && store_open(&stored, o->store, &err);
    json_t *notes = kept ? store_notes(&stored, NULL) : json_array();
    Commits commits;
    commits_load(&commits, &s);
    char base_name[] = "base", head_name[] = "head";
    IndexRun a = {.name = base_name,
                  .commit = (char *)(uintptr_t)base->hash,
                  .position = commits_place(&commits, base->hash).position};
    IndexRun b = {.name = head_name,
                  .commit = (char *)(uintptr_t)head->hash,
                  .position = commits_place(&commits, head->hash).position};
    json_array_foreach(json_object_get(comparison, "entries"), i, e) {
        Change c = {.workload = json_text(e, "workload", ""),
                    .guest = json_text(e, "guest", ""),
                    .config = json_text(e, "config", ""),
                    .metric = json_text(e, "metric", "")};
        const char *verdict = json_text(e, "verdict", "");
        if (strcmp(verdict, "regressed") && strcmp(verdict, "improved")) continue;
        const char *reason = accepted_by(&s, &commits, notes, &a, &b, &c);
        if (reason)
            json_array_append_new(list, json_pack("{s:o, s:s, s:s}", "cell",
                                                  json_sprintf("%s/%s/%s", c.workload, c.guest, c.config), "metric",
                                                  c.metric, "reason", reason));
    }
    commits_free(&commits);
    json_decref(notes);
    if (kept) store_close(&stored);
    return list;
}

// ---- outputs
typedef void Renderer(ReportText *out, const json_t *gate);

static bool write_one(const char *file, Renderer *render, const json_t *gate, Err *err) {
    ReportText t = {0};
    if (!file) return true;
    render(&t, gate);
    bool ok = jsonfile_write_text(file, rt_str(&t), err);
    rt_free(&t);
    return ok;
}

static bool write_all(const GateOptions *o, const json_t *gate, Err *err) {
    json_t *quality = gate_gitlab(gate);
    const char *const files[] = {o->md, o->json, o->junit, o->github, o->gitlab};
    bool to_stdout = false;
    for (unsigned i = 0; i < ARRAY_LEN(files); i++) to_stdout |= files[i] && !strcmp(files[i], "-");
    bool ok = (to_stdout || write_one("-", gate_text, gate, err)) && write_one(o->md, gate_markdown, gate, err) &&
              (!o->json || jsonfile_write(o->json, gate, err)) && write_one(o->junit, gate_junit, gate, err) &&
              write_one(o->github, gate_github, gate, err) && (!o->gitlab || jsonfile_write(o->gitlab, quality, err));
    json_decref(quality);
    return ok;
}

// ---- judging
static TimeCell *cells_of(const json_t *run, uint32_t *n) {
    const json_t *workloads = json_object_get(run, "workloads");
    size_t i;
    json_t *w;
    TimeCell *cells = alloc_zeroed(json_array_size(workloads) + 1, sizeof *cells);
    *n = 0;
    json_array_foreach((json_t *)workloads, i, w) {
        snprintf(cells[*n].workload, sizeof cells->workload, "%s", json_text(w, "name", ""));
        snprintf(cells[*n].guest, sizeof cells->guest, "%s", json_text(w, "guest", ""));
        ++*n;
    }
    return cells;
}

static json_t *compare_documents(const GateOptions *o, const RunDoc *base, const RunDoc *head, bool exact_only,
                                 Err *err) {
    json_t *reasons = judge_incomparable(base, head, exact_only);
    if (json_array_size(reasons)) {
        err_set(err, "refused: %s", json_string_value(json_array_get(reasons, 0)));
        json_decref(reasons);
        return NULL;
    }
    json_decref(reasons);
    json_t *names = NULL;
    if (o->gate_on) {
        char *copy = alloc_text(o->gate_on), *save = NULL;
        names = json_array();
        for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
            json_array_append_new(names, json_string(w));
        free(copy);
    }
    JudgeOptions judge = {
        .exact_gate = o->exact_gate ? strtod(o->exact_gate, NULL) / 100 : 0, .exact_only = true, .exact_names = names};
    json_t *comparison = judge_compare(base, head, &judge, err);
    json_decref(names);
    return comparison;
}

static json_t *compare(const GateOptions *o, json_t *base, json_t *head, bool exact_only, Err *err) {
    RunDoc a, b = {0};
    if (!run_doc_from_json(&a, json_incref(base), "the run of --base", err)) return NULL;
    bool ok = run_doc_from_json(&b, json_incref(head), "the run of --head", err);
    json_t *comparison = ok ? compare_documents(o, &a, &b, exact_only, err) : NULL;
    run_doc_free(&a), run_doc_free(&b);
    return comparison;
}

typedef struct Sides {
    Revision base, head;
    json_t *base_run, *head_run;
    Scratch scratch;
} Sides;

static bool take_runs(const GateOptions *o, Sides *s, Err *err) {
    if (s->base.run) {
        s->base_run = document_load(s->base.run, err);
        s->head_run = s->base_run ? document_load(s->head.run, err) : NULL;
        return s->head_run;
    }
    fprintf(stderr, "gate: counting %s\n", o->base);
    if (!(s->base_run = gate_count(o, s->base.emu, s->scratch.path, "base", err))) return false;
    fprintf(stderr, "gate: counting %s\n", o->head);
    return (s->head_run = gate_count(o, s->head.emu, s->scratch.path, "head", err)) != NULL;
}

static int judge(const GateOptions *o, Sides *s) {
    Err err = {0};
    if (!take_runs(o, s, &err)) return complain(&err, EXIT_HOST);
    json_t *comparison = compare(o, s->base_run, s->head_run, true, &err);
    if (!comparison) return complain(&err, EXIT_INCOMPARABLE);
    GateInput in = {.base = s->base_run, .head = s->head_run, .comparison = comparison};
    uint32_t n = 0;
    TimeCell *cells = cells_of(s->base_run, &n);
    bool timed = s->base.emu && !o->exact_only;
    TimeSides sides = {.o = o,
                       .base = s->base.emu,
                       .head = s->head.emu,
                       .scratch = s->scratch.path,
                       .until_s = o->budget_s > 0 ? gate_now_s() + o->budget_s : 0};
    if (timed) {
        fprintf(stderr, "gate: timing in turns, all on\n");
        time_judge(cells, n, &o->time, gate_take_block, &sides);
        in.cells = cells, in.n_cells = n;
    }
    json_t *accepted = accepted_of(o, &s->base, &s->head, comparison);
    in.accepted = accepted;
    json_t *gate = gate_document(o, &in);
    if (!o->no_explain && gate_exit_code(gate) == EXIT_REGRESSED)
        gate_explain(gate, o, &in, s->base.emu, s->head.emu, s->scratch.path);
    int code = sides.err.text[0] ? complain(&sides.err, EXIT_HOST) : gate_exit_code(gate);
    if (!write_all(o, gate, &err)) code = complain(&err, EXIT_HOST);
    json_decref(gate), json_decref(accepted), json_decref(comparison);
    time_cells_free(cells, n);
    return code;
}

static int open_sides(const GateOptions *o, Sides *s) {
    Err err;
    bool broken = false;
    if (!revision_open(&s->base, o->base, o->repo, o->work, &broken, &err)) return complain(&err, EXIT_DATA);
    if (!revision_open(&s->head, o->head, o->repo, o->work, &broken, &err)) return complain(&err, EXIT_DATA);
    if (!s->base.run != !s->head.run) {
        err_set(&err,
                "one of --base and --head is a run, the other is not: measure both in the same job, or give two runs");
        return complain(&err, EXIT_USAGE);
    }
    return EXIT_OK;
}

static int run(const GateOptions *o) {
    Sides s = {0};
    Err err;
    if (!scratch_make(&s.scratch, "gate", &err)) return complain(&err, EXIT_HOST);
    int code = open_sides(o, &s);
    if (!code) code = judge(o, &s);
    json_decref(s.base_run), json_decref(s.head_run);
    revision_close(&s.base), revision_close(&s.head);
    scratch_remove(&s.scratch);
    return code;
}

int gate_main(int argc, char **argv) {
    GateOptions o = {
        .repo = ".", .work = "build/revisions", .matrix = "ablation", .time = time_defaults(), .words = json_array()};
    static const char DOC[] =
        "Is head worse than base? Both are built here, counted with every switch left out in turn, and timed in turns.\v"
        "1. Coverage: every cell of base must be judged. 2. Counts: any change decides, both directions are reported. 3. Time, all on "
        "only: from 3 rounds, looks at 5, 8 and 12; what moved must still be there in five fresh rounds. 4. What regressed is "
        "explained: the switch without which it is gone, the five guest blocks that moved most.\n"
        "A change that was accepted (`nightjar accept` with --store, or the trailer Nightjar-Accept of a commit between them) does not "
        "fail; exactly that one.\n\n"
        "Exit: 0 pass or improved; 1 regressed; 2 with --strict: a time could not be told; 3 something was not judged; 4 refused: other "
        "instruction sets or guest programs; 64 usage; 65 a revision that is unknown or does not build, a file that is no run; 74 the "
        "machine.\n\n"
        "Examples:\n"
        "  nightjar gate --base origin/main --head HEAD --md gate.md --junit gate.xml\n"
        "  nightjar gate --base main --head build/rel/emu --exact-only\n"
        "  nightjar gate --base before.json --head after.json\n";
    struct argp argp = {OPTIONS, parse, NULL, DOC, CHILDREN, NULL, NULL};
    argp_err_exit_status = EXIT_USAGE;
    json_array_append_new(o.words, json_string("nightjar"));
    json_array_append_new(o.words, json_string("gate"));
    for (int i = 1; i < argc; i++) json_array_append_new(o.words, json_string(argv[i]));
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    int code = run(&o);
    vec_free(&o.pass);
    json_decref(o.words);
    return code;
}

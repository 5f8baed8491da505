// `nightjar history VERB`: the runs of all nights.
#include "ci/history.h"
#include "base/command_line.h"
#include "bench/base/jsonfile.h"
#include "bench/base/codes.h"
#include "bench/document.h"
#include "ci/bridge.h"
#include "ci/commands.h"
#include "ci/hot.h"
#include "ci/index.h"
#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char DOC[] =
    "Keeps every run, for as long as you like, and says what is there.\n\n"
    "  init                       make a history in --store; --repo (default .) says which git repository its order comes from\n"
    "  add RUN.json...            keep these runs (what was measured; summaries are computed again when they are read)\n"
    "  list                       all runs, in the order of their commits\n"
    "  show RUN                   one run; with -o FILE the whole document, for report and compare\n"
    "  export --format FORMAT     all values: csv, json, sqlite or openmetrics\n"
    "  prune --keep N | --before DATE   remove old runs; --dry-run says which\n"
    "  alias workload|config|guest OLD NEW    a renaming: its history goes on under the new name\n"
    "  verify                     read and check every file\v"
    "RUN is a part of a file's name, a commit or branch (its last run), latest, or latest~N.\n\n"
    "One file a run, written once: copying two histories together is copying files, a backup is a copy. index.sqlite is "
    "made from the files when it is not there. Writers do not disturb each other.\n\n"
    "Exit: 0 done; 3 done, but files are damaged (each is named); 64 usage; 65 no such history or run, or a file that is "
    "no run; 74 the disk.\n\n"
    "Examples:\n"
    "  nightjar history init --store ~/nightjar-history --repo .\n"
    "  nightjar history add build/nightly.json --store ~/nightjar-history\n"
    "  nightjar history show latest~1 -o before.json; nightjar compare before.json build/nightly.json\n"
    "  nightjar history export --format csv --metric host_instructions --cell 'coremark/*/all-on' -o counts.csv\n";

enum { KEY_BRANCH = 256, KEY_FORMAT, KEY_METRIC, KEY_CELL, KEY_KEEP, KEY_BEFORE, KEY_DRY, KEY_JSON, KEY_PROFILE };

static const struct argp_option OPTIONS[] = {
    {"branch", KEY_BRANCH, "NAME", 0, "init: the branch to follow (default HEAD)", 0},
    {"output", 'o', "FILE", 0, "where show and export write (default: standard output)", 0},
    {"json", KEY_JSON, 0, 0, "list: as JSON", 0},
    {"profile", KEY_PROFILE, "FILE", 0,
     "add: keep the hot blocks of this profile.json beside the one run, for the site; repeatable", 0},
    {"format", KEY_FORMAT, "csv|json|sqlite|openmetrics", 0, "of export", 0},
    {"metric", KEY_METRIC, "NAME", 0,
     "export: only this one, which may be any of the runs' metrics (default: those of the index)", 0},
    {"cell", KEY_CELL, "W/G/C", 0, "export: only these cells, as a pattern of workload/guest/configuration", 0},
    {"keep", KEY_KEEP, "N", 0, "prune: keep the last N runs of each machine", 0},
    {"before", KEY_BEFORE, "YYYY-MM-DD", 0, "prune: remove runs from before this day", 0},
    {"dry-run", KEY_DRY, 0, 0, "prune: only say what would go", 0},
    {0}};

static const struct argp_child CHILDREN[] = {{&store_argp, 0, NULL, 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    HistoryOptions *o = state->input;
    char *end;
    switch (key) {
    case KEY_BRANCH: o->branch = arg; return 0;
    case KEY_FORMAT: o->format = arg; return 0;
    case KEY_METRIC: o->metric = arg; return 0;
    case KEY_CELL: o->cell = arg; return 0;
    case KEY_KEEP:
        o->keep = strtol(arg, &end, 10);
        if (end == arg || *end || o->keep < 1) argp_error(state, "--keep %s: give a number from 1", arg);
        return 0;
    case KEY_BEFORE: {
        struct tm tm = {0};
        end = strptime(arg, "%Y-%m-%d", &tm);
        if (!end || *end || strlen(arg) != 10) argp_error(state, "--before %s: give a day, such as 2026-01-31", arg);
        o->before = arg;
        return 0;
    }
    case KEY_DRY: o->dry_run = true; return 0;
    case KEY_JSON: o->json = true; return 0;
    case KEY_PROFILE: vec_push(&o->profiles, arg); return 0;
    case 'o': o->out = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->history; return 0;
    case ARGP_KEY_ARG:
        if (!o->verb)
            o->verb = arg;
        else
            vec_push(&o->words, arg);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// ---- init, add
static int init(const HistoryOptions *o) {
    Err err;
    if (!store_init(o->history.dir, o->history.repo ? o->history.repo : ".", o->branch ? o->branch : "HEAD", &err))
        return complain(&err, EXIT_DATA);
    printf("a history begins in %s\n", o->history.dir);
    return EXIT_OK;
}

static int add(const HistoryOptions *o, Store *s) {
    Err err;
    if (o->profiles.n && o->words.n != 1)
        return err_set(&err, "history add: --profile belongs to one run; give that one"), complain(&err, EXIT_USAGE);
    for (uint32_t i = 0; i < o->words.n; i++) {
        char name[128];
        bool known;
        json_t *run = document_load(o->words.at[i], &err);
        if (!run) return complain(&err, EXIT_DATA);
        bool ok = store_add_run(s, run, name, &known, &err);
        json_decref(run);
        if (!ok) return complain(&err, EXIT_HOST);
        if (o->profiles.n && !hot_add(s, name, o->profiles.at, o->profiles.n, &err)) return complain(&err, EXIT_DATA);
        printf("%s%s\n", name, known ? " was there" : "");
        fflush(stdout); // a reader may take it as the receipt
    }
    Index x;
    if (!index_open(&x, s, &err)) return complain(&err, EXIT_HOST);
    index_close(&x);
    return EXIT_OK;
}

// ---- list, show
static json_t *run_json(const IndexRun *r) {
    return json_pack("{s:s, s:s?, s:s?, s:b, s:s?, s:s?, s:s?, s:o, s:b, s:i, s:i, s:I, s:s?}", "name", r->name,
                     "created", r->created, "commit", r->commit, "dirty", r->dirty, "title", r->title, "machine",
                     r->machine, "machine_text", r->machine_text, "position",
                     isnan(r->position) ? json_null() : json_real(r->position), "on_line", r->on_line, "samples",
                     r->samples, "invalid", r->invalid, "bytes", (json_int_t)r->bytes, "problem", r->problem);
}

static void print_run(const IndexRun *r) {
    if (r->problem) {
        printf("%s\n    DAMAGED: %s\n", r->name, r->problem);
        return;
    }
    printf("%.16s  %-12.12s%s %-8s %5d samples%s  %s%s\n", r->created, r->commit ? r->commit : "?",
           r->dirty ? "+" : " ", r->machine, r->samples, r->invalid ? " (some invalid)" : "", r->title ? r->title : "",
           isnan(r->position) ? "  [commit unknown here]"
           : r->on_line       ? ""
                              : "  [beside the branch]");
}

static int list(const HistoryOptions *o, Index *x) {
    IndexRuns runs = {0};
    Err err;
    int damaged = 0;
    if (!index_runs(x, &runs, &err)) return complain(&err, EXIT_HOST);
    json_t *doc = json_array();
    for (uint32_t i = 0; i < runs.n; i++) {
        damaged += runs.at[i].problem != NULL;
        if (o->json)
            json_array_append_new(doc, run_json(&runs.at[i]));
        else
            print_run(&runs.at[i]);
    }
    if (o->json) json_dumpf(doc, stdout, JSON_INDENT(1)), puts("");
    json_decref(doc);
    index_runs_free(&runs);
    return damaged ? EXIT_INVALID : EXIT_OK;
}

static void print_cells(const json_t *run) {
    size_t i;
    json_t *c;
    printf("%-24s %-28s %-20s %16s %5s\n", "workload", "configuration", "metric", "median", "n");
    json_array_foreach(json_object_get(json_object_get(run, "summary"), "cells"), i, c) {
        char workload[100];
        if (index_metric(json_text(c, "metric", "")) < 0) continue;
        snprintf(workload, sizeof workload, "%s (%s)", json_text(c, "workload", ""), json_text(c, "guest", ""));
        printf("%-24s %-28s %-20s %16.10g %5d\n", workload, json_text(c, "config", ""), json_text(c, "metric", ""),
               json_num(c, "median", NAN), (int)json_num(c, "n", 0));
    }
}

static int show(const HistoryOptions *o, Index *x) {
    IndexRuns runs = {0};
    Err err;
    if (o->words.n != 1)
        return err_set(&err, "history show: which run? one, such as latest"), complain(&err, EXIT_USAGE);
    if (!index_runs(x, &runs, &err)) return complain(&err, EXIT_HOST);
    const IndexRun *r = index_find(x, &runs, o->words.at[0], &err);
    json_t *run = r ? store_load_run(x->store, r->name, &err) : NULL;
    int code = run ? EXIT_OK : complain(&err, EXIT_DATA);
    if (run && o->out) {
        if (!jsonfile_write(o->out, run, &err)) code = complain(&err, EXIT_HOST);
    } else if (run) {
        print_run(r);
        print_cells(run);
    }
    json_decref(run);
    index_runs_free(&runs);
    return code;
}

// ---- prune
// Runs of this machine that are as new or newer, damaged ones not counted.
static long newer(const IndexRuns *runs, uint32_t at) {
    long n = 0;
    for (uint32_t i = at; i < runs->n; i++)
        n += !runs->at[i].problem && !runs->at[at].problem && !strcmp(runs->at[i].machine, runs->at[at].machine);
    return n;
}

// A run, and before it what belongs to it.
static bool remove_run(const Store *s, const char *run, Err *err) {
    StoreFiles files = {0};
    char name[128];
    bool ok = store_list(s, "hot", &files, NULL, err);
    json_t *hot = ok ? hot_of_run(s, &files, run, name) : NULL;
    if (hot) ok = store_remove(s, name, err);
    json_decref(hot);
    vec_free(&files);
    return ok && store_remove(s, run, err);
}

static int prune(const HistoryOptions *o, Index *x) {
    IndexRuns runs = {0};
    Err err;
    if (!o->keep && !o->before)
        return err_set(&err, "history prune: give --keep N or --before YYYY-MM-DD"), complain(&err, EXIT_USAGE);
    unsigned gone = 0, unread;
    json_t *notes = store_notes(x->store, &unread);
    if (unread) { // WHY: it may be of a bridge, whose runs stay
        json_decref(notes);
        err_set(&err, "history prune: no run is removed while a note cannot be read; mend it, or remove it");
        return complain(&err, EXIT_DATA);
    }
    if (!index_runs(x, &runs, &err)) return json_decref(notes), complain(&err, EXIT_HOST);
    int code = EXIT_OK;
    for (uint32_t i = 0; i < runs.n && !code; i++) {
        const IndexRun *r = &runs.at[i];
        if (r->problem) continue; // verify names it; a person decides
        if (bridge_has_run(notes, r->name)) continue;
        bool old = (o->keep && newer(&runs, i) > o->keep) || (o->before && strcmp(r->created, o->before) < 0);
        if (!old) continue;
        printf("%s %s\n", o->dry_run ? "would go:" : "removed:", r->name);
        gone++;
        if (!o->dry_run && !remove_run(x->store, r->name, &err)) code = complain(&err, EXIT_HOST);
    }
    printf("%u of %u runs\n", gone, runs.n);
    json_decref(notes);
    index_runs_free(&runs);
    return code;
}

// ---- alias, verify
static int alias(const HistoryOptions *o, const Store *s) {
    static const char *const kinds[] = {"workload", "config", "guest"};
    Err err;
    char name[128];
    bool known = false;
    for (unsigned i = 0; i < ARRAY_LEN(kinds) && o->words.n == 3; i++) known |= !strcmp(o->words.at[0], kinds[i]);
    if (!known || !strcmp(o->words.at[1], o->words.at[2])) {
        err_set(&err, "history alias: give what (workload, config or guest), the old name and the new one");
        return complain(&err, EXIT_USAGE);
    }
    json_t *note = json_pack("{s:s, s:s, s:s, s:s}", "kind", "alias", "what", o->words.at[0], "old", o->words.at[1],
                             "new", o->words.at[2]);
    bool ok = store_add_note(s, note, name, &err);
    json_decref(note);
    if (!ok) return complain(&err, EXIT_HOST);
    printf("%s\n", name);
    return EXIT_OK;
}

static int verify(const Store *s) {
    static const char *const folders[] = {"runs", "notes", "hot"};
    Err err;
    unsigned good = 0, bad = 0;
    json_t *strange = json_array(), *v;
    for (unsigned f = 0; f < ARRAY_LEN(folders); f++) {
        StoreFiles files = {0};
        if (!store_list(s, folders[f], &files, strange, &err)) {
            json_decref(strange);
            return complain(&err, EXIT_HOST);
        }
        for (uint32_t i = 0; i < files.n; i++) {
            json_t *doc = store_load(s, files.at[i].name, &err);
            if (!doc) printf("damaged: %s\n", err.text);
            good += doc != NULL, bad += doc == NULL;
            json_decref(doc);
        }
        vec_free(&files);
    }
    size_t i;
    json_array_foreach(strange, i, v) printf("not of the history: %s\n", json_string_value(v));
    json_decref(strange);
    printf("%u files are whole, %u damaged\n", good, bad);
    return bad ? EXIT_INVALID : EXIT_OK;
}

// ---- the command
static int with_index(const HistoryOptions *o, Store *s) {
    Index x;
    Err err;
    if (!index_open(&x, s, &err)) return complain(&err, EXIT_HOST);
    int code = !strcmp(o->verb, "list")    ? list(o, &x)
               : !strcmp(o->verb, "show")  ? show(o, &x)
               : !strcmp(o->verb, "prune") ? prune(o, &x)
                                           : history_export(o, &x);
    index_close(&x);
    return code;
}

static int run_verb(const HistoryOptions *o) {
    static const char *const verbs[] = {"init", "add", "list", "show", "export", "prune", "alias", "verify"};
    Err err;
    Store s;
    bool known = false;
    for (unsigned i = 0; i < ARRAY_LEN(verbs); i++) known |= o->verb && !strcmp(o->verb, verbs[i]);
    if (!known) {
        err_set(&err, "history %s: the verbs are init, add, list, show, export, prune, alias, verify (--help)",
                o->verb ? o->verb : "");
        return complain(&err, EXIT_USAGE);
    }
    if (!strcmp(o->verb, "init")) return init(o);
    if (!store_open_asked(&s, &o->history, &err)) return complain(&err, EXIT_DATA);
    int code = !strcmp(o->verb, "add")      ? add(o, &s)
               : !strcmp(o->verb, "alias")  ? alias(o, &s)
               : !strcmp(o->verb, "verify") ? verify(&s)
                                            : with_index(o, &s);
    store_close(&s);
    return code;
}

int history_main(int argc, char **argv) {
    HistoryOptions o = {.history = store_options()};
    struct argp argp = {OPTIONS, parse, "VERB [ARGUMENT...]", DOC, CHILDREN, NULL, NULL};
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    int code = run_verb(&o);
    vec_free(&o.words);
    vec_free(&o.profiles);
    return code;
}

// Accepting a change, and finding out whether one was.
#include "bench/base/codes.h"
#include "base/command_line.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "ci/alerts.h"
#include "ci/commands.h"
#include "ci/names.h"
#include "ci/store_options.h"
#include <argp.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- is it?
static bool fits(const json_t *accept, const json_t *notes, const Change *c) {
    const char *metric = json_text(accept, "metric", "");
    return cell_fits(notes, json_text(accept, "cell", ""), c->workload, c->guest, c->config) &&
           !fnmatch(metric, c->metric, 0);
}

// Is the commit one of (last, first]?
static bool in_range(const Commits *commits, const char *commit, const IndexRun *last, const IndexRun *first) {
    CommitPlace p = commits_place(commits, commit);
    if (first->commit && !strncmp(first->commit, commit, strlen(first->commit))) return true;
    return p.on_line && p.position > last->position && p.position <= first->position;
}

// "Nightjar-Accept: coremark/*/all-on host_instructions because" of these commits, as notes.
static void read_trailers(const Store *s, json_t *notes, const IndexRun *last, const IndexRun *first) {
    char range[100];
    if (!s->repo || !last->commit || !first->commit || *last->commit == '-' || *first->commit == '-') return;
    snprintf(range, sizeof range, "%.40s..%.40s", last->commit, first->commit);
    const char *argv[] = {
        "git", "-C", s->repo, "log", "--format=%H %(trailers:key=Nightjar-Accept,valueonly,separator=%x09)",
        range, "--", NULL};
    Err err;
    ProcessResult r;
    if (!process_run(argv, &(ProcessLimits){.timeout_s = 60, .pin = -1}, &r, &err)) return;
    char *save = NULL;
    for (char *line = strtok_r(r.out, "\n", &save); line && !r.code; line = strtok_r(NULL, "\n", &save)) {
        char *text = strchr(line, ' '), *more = NULL;
        if (!text) continue;
        *text++ = 0;
        for (char *one = strtok_r(text, "\t", &more); one; one = strtok_r(NULL, "\t", &more)) {
            char cell[256], metric[100];
            int at = 0;
            if (sscanf(one, "%255s %99s %n", cell, metric, &at) < 2 || !at || !one[at]) continue; // a reason is needed
            json_array_append_new(notes, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "accept", "commit", line,
                                                   "cell", cell, "metric", metric, "reason", one + at));
        }
    }
    process_result_free(&r);
}

const char *accepted_by(const Store *s, const Commits *commits, json_t *notes, const IndexRun *last,
                        const IndexRun *first, const Change *c) {
    char asked[300];
    size_t i;
    json_t *n;
    snprintf(asked, sizeof asked, "trailers %.120s %.120s", last->name, first->name);
    if (!json_object_get(json_array_get(notes, 0), asked)) { // once for each range; the first note remembers
        if (!json_array_size(notes)) json_array_append_new(notes, json_pack("{s:s}", "kind", "memory"));
        read_trailers(s, notes, last, first);
        json_put(json_array_get(notes, 0), asked, json_true());
    }
    json_array_foreach(notes, i, n) {
        if (!strcmp(json_text(n, "kind", ""), "accept") && fits(n, notes, c) &&
            in_range(commits, json_text(n, "commit", "-"), last, first))
            return json_text(n, "reason", "");
    }
    return NULL;
}

// ---- nightjar accept
typedef struct AcceptOptions {
    StoreOptions history;
    const char *commit, *cell, *metric, *reason;
} AcceptOptions;

enum { KEY_CELL = 256, KEY_METRIC, KEY_REASON };

static const struct argp_option OPTIONS[] = {
    {"cell", KEY_CELL, "W/G/C", 0,
     "the cells, as a pattern of workload/guest/configuration, such as 'coremark/*/all-on'", 0},
    {"metric", KEY_METRIC, "NAME", 0, "the metric, or a pattern", 0},
    {"reason", KEY_REASON, "TEXT", 0, "why it is all right", 0},
    {0}};

static const struct argp_child CHILDREN[] = {{&store_argp, 0, NULL, 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    AcceptOptions *o = state->input;
    switch (key) {
    case KEY_CELL: o->cell = arg; return 0;
    case KEY_METRIC: o->metric = arg; return 0;
    case KEY_REASON: o->reason = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->history; return 0;
    case ARGP_KEY_ARG:
        if (o->commit) argp_error(state, "one commit, not two: %s and %s", o->commit, arg);
        o->commit = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->commit) argp_error(state, "which commit brought the change?");
        if (!o->cell || !o->metric)
            argp_error(state, "--cell and --metric say what is accepted: exactly that, nothing else");
        if (!o->reason || !*o->reason) argp_error(state, "--reason: say why, for those who ask in a year");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static int accept_it(const AcceptOptions *o, Store *s) {
    Err err;
    char hash[41], name[128];
    if (!commits_resolve(s, o->commit, hash)) {
        fprintf(stderr, "nightjar: accept: %s is no commit of %s\n", o->commit,
                s->repo ? s->repo : "a repository (--repo)");
        return EXIT_DATA;
    }
    json_t *note = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "accept", "commit", hash, "cell", o->cell, "metric",
                             o->metric, "reason", o->reason);
    bool ok = store_add_note(s, note, name, &err);
    json_decref(note);
    if (!ok) return complain(&err, EXIT_HOST);
    printf("accepted: %s of %s, which came with %.12s\n", o->metric, o->cell, hash);
    return EXIT_OK;
}

int accept_main(int argc, char **argv) {
    AcceptOptions o = {.history = store_options()};
    static const char DOC[] =
        "Says that a change is all right: trend and gate then report it as accepted, once, and go on from there.\v"
        "Only a change that came with exactly this commit, in these cells and this metric, is accepted. The same in the "
        "commit itself is a trailer of its message, which a review sees:\n\n"
        "  Nightjar-Accept: coremark/*/* units_translated regions are made earlier now\n\n"
        "Exit: 0 done; 64 usage; 65 no such history or commit; 74 the disk.\n\n"
        "Example:\n"
        "  nightjar accept 1a2b3c4 --cell '*/rv64/*' --metric host_bytes_emitted --reason 'longer forms of moves'\n";
    struct argp argp = {OPTIONS, parse, "COMMIT", DOC, CHILDREN, NULL, NULL};
    Err err;
    Store s;
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    if (!store_open_asked(&s, &o.history, &err)) return complain(&err, EXIT_DATA);
    int code = accept_it(&o, &s);
    store_close(&s);
    return code;
}

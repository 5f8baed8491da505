// `nightjar trend`: what changed over the nights, at which commit, and what people made of it.
#include "bench/base/codes.h"
#include "base/command_line.h"
#include "bench/base/jsonfile.h"
#include "ci/alerts.h"
#include "ci/commands.h"
#include "ci/store_options.h"
#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct TrendOptions {
    StoreOptions history;
    const char *json, *set, *state, *reason;
    ChangeOptions changes;
    long since;
    double max_age_h;
    time_t now;
    bool fail_on_new, fail_on_open, dry_run;
} TrendOptions;

enum {
    KEY_SINCE = 256,
    KEY_CELL,
    KEY_METRIC,
    KEY_FAIL_ON,
    KEY_JSON,
    KEY_SET,
    KEY_REASON,
    KEY_DRY,
    KEY_AGE,
    KEY_NOW,
    KEY_ALL,
    KEY_MAGNITUDE
};

static const struct argp_option OPTIONS[] = {
    {"since", KEY_SINCE, "N", 0, "show what the last N runs brought (default: everything)", 1},
    {"cell", KEY_CELL, "W/G/C", 0, "only these cells, as a pattern of workload/guest/configuration", 1},
    {"metric", KEY_METRIC, "NAME", 0, "only this metric of the index", 1},
    {"magnitude", KEY_MAGNITUDE, "PERCENT", 0,
     "smallest step of a time (default 2.5 %, or the noise floor if that is larger)", 1},
    {"all", KEY_ALL, 0, 0, "also runs beside the branch and of uncommitted changes", 1},
    {"fail-on", KEY_FAIL_ON, "new|open", 0, "exit 1 if an alert that is worse is new; open: or under investigation", 2},
    {"max-age", KEY_AGE, "HOURS", 0, "no run for so long is an alert, too (default 36; 0: never)", 2},
    {"now", KEY_NOW, "TIME", 0, "as if it were then: 2026-01-31T02:00:00Z", 2},
    {"dry-run", KEY_DRY, 0, 0, "do not write new alerts into the history", 2},
    {"json", KEY_JSON, "FILE", 0, "write nightjar.trend/1 (- is stdout)", 2},
    {"set", KEY_SET, "ID=STATE", 0,
     "say what became of an alert: new, investigating, accepted, fixed, backed-out, invalid", 3},
    {"reason", KEY_REASON, "TEXT", 0, "with --set: why", 3},
    {0}};

static const struct argp_child CHILDREN[] = {{&store_argp, 0, NULL, 0}, {0}};

static void parse_set(TrendOptions *o, char *arg, struct argp_state *state) {
    char *equals = strchr(arg, '=');
    if (!equals || equals == arg || !alert_is_state(equals + 1))
        argp_error(state,
                   "--set %s: give ID=STATE; states are new, investigating, accepted, fixed, backed-out, invalid", arg);
    else
        *equals = 0, o->set = arg, o->state = equals + 1;
}

static time_t parse_time(const char *arg, struct argp_state *state) {
    struct tm tm = {0};
    char *end = strptime(arg, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (!end || *end) argp_error(state, "--now %s: give a time such as 2026-01-31T02:00:00Z", arg);
    return timegm(&tm);
}

static double number(const char *option, const char *arg, struct argp_state *state) {
    char *end;
    double v = strtod(arg, &end);
    if (end == arg || (*end && strcmp(end, "%")) || !isfinite(v) || v < 0)
        argp_error(state, "--%s %s: give a number of at least 0", option, arg);
    return v;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    TrendOptions *o = state->input;
    char *end;
    switch (key) {
    case KEY_SINCE:
        o->since = strtol(arg, &end, 10);
        if (end == arg || *end || o->since < 1) argp_error(state, "--since %s: give a number of runs from 1", arg);
        return 0;
    case KEY_CELL: o->changes.cell = arg; return 0;
    case KEY_METRIC:
        o->changes.metric = arg;
        if (index_metric(arg) < 0)
            argp_error(state, "--metric %s: the index does not hold it; `nightjar history export` does", arg);
        return 0;
    case KEY_MAGNITUDE: o->changes.magnitude = number("magnitude", arg, state) / 100; return 0;
    case KEY_ALL: o->changes.beside = true; return 0;
    case KEY_FAIL_ON:
        if (strcmp(arg, "new") && strcmp(arg, "open")) argp_error(state, "--fail-on %s: it is new or open", arg);
        o->fail_on_new = true, o->fail_on_open = !strcmp(arg, "open");
        return 0;
    case KEY_AGE: o->max_age_h = number("max-age", arg, state); return 0;
    case KEY_NOW: o->now = parse_time(arg, state); return 0;
    case KEY_DRY: o->dry_run = true; return 0;
    case KEY_JSON: o->json = arg; return 0;
    case KEY_SET: parse_set(o, arg, state); return 0;
    case KEY_REASON: o->reason = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->history; return 0;
    case ARGP_KEY_ARG: argp_error(state, "what is %s?", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// ---- staleness
static double age_h(const Changes *c, time_t now) {
    const char *newest = "";
    struct tm tm = {0};
    for (uint32_t i = 0; i < c->runs.n; i++) {
        const IndexRun *r = &c->runs.at[i];
        if (!r->problem && r->samples > r->invalid && strcmp(r->created, newest) > 0) newest = r->created;
    }
    return strptime(newest, "%Y-%m-%dT%H:%M:%S", &tm) ? difftime(now, timegm(&tm)) / 3600 : INFINITY;
}

// ---- printing
static const char *kind_text(const Alert *a) {
    return a->kind == CHANGE_COUNT ? "count" : a->kind == CHANGE_STEP ? "step" : "drift";
}

static const char *commit_text(const IndexRun *r) { return r->commit && *r->commit ? r->commit : "an unknown commit"; }

static void value_text(const Change *c, double v, char out[48]) {
    if (c->kind == CHANGE_COUNT)
        snprintf(out, 48, "%.15g", v);
    else if (c->anchored)
        snprintf(out, 48, "%.4f of the anchor", v);
    else
        snprintf(out, 48, "%.2f ms", v * 1e-6);
}

static void print_change(const Change *c) {
    char before[48], after[48];
    value_text(c, c->before, before), value_text(c, c->after, after);
    printf("    %s/%s/%s: %s -> %s (%+.2f %%)%s%s\n", c->workload, c->guest, c->config, before, after,
           100 * (c->after / c->before - 1), c->now == c->before ? "; since then back again" : "",
           c->same_code ? "; the emitted code is the same on either side: look at the emulator or the machine" : "");
}

static void print_alert(const Changes *c, const Alert *a) {
    enum { SHOWN = 5 };
    const IndexRun *last = &c->runs.at[a->head->last], *first = &c->runs.at[a->head->first];
    double between = first->position - last->position; // NaN: the branch of one of them is not known
    printf("%s  %-13s %s %s, %s  at %.12s", a->id, a->state, kind_text(a), a->head->worse ? "worse" : "better",
           a->head->metric, commit_text(first));
    if (between > 1) printf(" or one of the %.0f commits since %.12s", between, commit_text(last));
    printf(", night of %.10s%s%s\n", first->created, a->reason ? ": " : "", a->reason ? a->reason : "");
    for (uint32_t i = 0; i < a->changes.n && i < SHOWN; i++) print_change(a->changes.at[i]);
    if (a->changes.n > SHOWN) printf("    and %u more cells (--json has them)\n", a->changes.n - SHOWN);
}

static void print_epoch(const Changes *c, const Epoch *e, uint32_t same) {
    const IndexRun *r = &c->runs.at[e->first];
    printf("epoch: another %s from %.10s (%.12s) on: %u series begin anew, %s/%s/%s and so on", e->what, r->created,
           commit_text(r), same, e->workload, e->guest, e->config);
    if (isnan(e->bridged))
        puts("");
    else
        printf("; bridged: by one emulator its host instructions are %.6g times as many\n", e->bridged);
}

static void print_epochs(const Changes *c, long from) {
    for (uint32_t i = 0; i < c->epochs.n;) {
        const Epoch *e = &c->epochs.at[i];
        uint32_t same = 0, k = i;
        for (; k < c->epochs.n; k++) {
            if (c->epochs.at[k].first != e->first || strcmp(c->epochs.at[k].what, e->what)) break;
            same++;
        }
        if ((long)e->first >= from) print_epoch(c, e, same);
        i = k;
    }
}

static json_t *change_json(const Changes *c, const Change *ch) {
    return json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:b, s:s, s:s}", "workload", ch->workload, "guest",
                     ch->guest, "config", ch->config, "unit", ch->anchored ? "ratio" : ch->unit, "before", ch->before,
                     "after", ch->after, "now", ch->now, "p", ch->p, "same_code", ch->same_code, "last",
                     c->runs.at[ch->last].name, "first", c->runs.at[ch->first].name);
}

static json_t *alert_json(const Changes *c, const Alert *a) {
    json_t *cells = json_array();
    for (uint32_t i = 0; i < a->changes.n; i++) json_array_append_new(cells, change_json(c, a->changes.at[i]));
    const IndexRun *last = &c->runs.at[a->head->last], *first = &c->runs.at[a->head->first];
    return json_pack("{s:s, s:s, s:s?, s:s, s:b, s:s, s:s?, s:s?, s:s, s:o}", "id", a->id, "state", a->state, "reason",
                     a->reason, "kind", kind_text(a), "worse", a->head->worse, "metric", a->head->metric, "last_commit",
                     last->commit, "first_commit", first->commit, "night", first->created, "cells", cells);
}

static json_t *trend_json(const Changes *c, const AlertList *list, long from, double age) {
    json_t *alerts = json_array(), *epochs = json_array();
    for (uint32_t i = 0; i < list->n; i++)
        if ((long)list->at[i].head->first >= from) json_array_append_new(alerts, alert_json(c, &list->at[i]));
    for (uint32_t i = 0; i < c->epochs.n; i++) {
        const Epoch *e = &c->epochs.at[i];
        json_array_append_new(epochs, json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "workload", e->workload, "guest",
                                                e->guest, "config", e->config, "what", e->what, "first",
                                                c->runs.at[e->first].name, "exact", e->exact, "bridged",
                                                isnan(e->bridged) ? json_null() : json_real(e->bridged)));
    }
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:o, s:o, s:o}", "schema", "nightjar.trend/1", "runs", (int)c->runs.n,
                     "exact_series", (int)c->n_exact, "time_series", (int)c->n_time, "skipped_runs", (int)c->skipped,
                     "hours_since_last_run", isfinite(age) ? json_real(age) : json_null(), "alerts", alerts, "epochs",
                     epochs);
}

// ---- the command
static bool fails(const TrendOptions *o, const Alert *a) {
    bool open = !strcmp(a->state, "new") || (o->fail_on_open && !strcmp(a->state, "investigating"));
    return o->fail_on_new && a->head->worse && open;
}

static int show(const TrendOptions *o, const Changes *c, const AlertList *list) {
    Err err;
    long from = o->since && o->since < (long)c->runs.n ? (long)c->runs.n - o->since : 0;
    double age = age_h(c, o->now ? o->now : time(NULL));
    bool quiet = o->json && !strcmp(o->json, "-"), stale = o->max_age_h > 0 && age > o->max_age_h;
    uint32_t shown = 0, failing = 0, damaged = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        if ((long)list->at[i].head->first < from) continue;
        if (!quiet) print_alert(c, &list->at[i]);
        shown++, failing += fails(o, &list->at[i]);
    }
    for (uint32_t i = 0; i < c->runs.n; i++) damaged += c->runs.at[i].problem != NULL;
    if (!quiet) print_epochs(c, from);
    if (!quiet && stale && isfinite(age))
        printf("stale: no valid run for %.0f hours (--max-age %g)\n", age, o->max_age_h);
    if (!quiet && stale && !isfinite(age)) printf("stale: there is no valid run at all\n");
    if (!quiet)
        printf("%u alerts; %u exact and %u time series of %u runs%s", shown, c->n_exact, c->n_time, c->runs.n,
               c->skipped ? "" : "\n");
    if (!quiet && c->skipped) printf("; %u runs are not of the branch or of uncommitted changes (--all)\n", c->skipped);
    if (o->json) {
        json_t *doc = trend_json(c, list, from, age);
        bool ok = jsonfile_write(o->json, doc, &err);
        json_decref(doc);
        if (!ok) return complain(&err, EXIT_HOST);
    }
    if (failing || (stale && o->fail_on_new)) return EXIT_REGRESSED;
    return damaged ? EXIT_INVALID : EXIT_OK;
}

static int look(const TrendOptions *o, Store *s) {
    Index x;
    Changes c;
    AlertList list = {0};
    Err err;
    if (!index_open(&x, s, &err)) return complain(&err, EXIT_HOST);
    bool found = changes_find(&x, &o->changes, &c, &err);
    bool ok = found && alerts_make(s, &c, &x.commits, !o->dry_run, &list, &err);
    int code = ok ? show(o, &c, &list) : complain(&err, EXIT_HOST);
    alerts_free(&list);
    changes_free(&c);
    index_close(&x);
    return code;
}

int trend_main(int argc, char **argv) {
    TrendOptions o = {.history = store_options(), .changes = changes_defaults(), .max_age_h = 36};
    static const char DOC[] =
        "Says what changed over the nights of a history: an exact count at the run that first differs; a time where its level "
        "changes for good (three nights on either side, at least 2.5 % or the noise floor, hardly any overlap), or drifts.\v"
        "Times are taken as their ratio to the anchor emulator of the same night, where the history has one. A new ELF, "
        "instruction set, machine or compiler begins an epoch: nothing is compared across it. Alerts have ids that stay; "
        "states are new, investigating, accepted, fixed, backed-out, invalid.\n\n"
        "Exit: 0 done; 1 with --fail-on: something is worse, or no run came for --max-age hours; 3 files of the history are "
        "damaged; 64 usage; 65 no such history or alert; 74 the disk.\n\n"
        "Examples:\n"
        "  nightjar trend --since 7 --fail-on new\n"
        "  nightjar trend --cell 'coremark/*/all-on' --metric host_instructions\n"
        "  nightjar trend --set 1a2b3c4d=investigating --reason 'the new region heuristics?'\n";
    struct argp argp = {OPTIONS, parse, NULL, DOC, CHILDREN, NULL, NULL};
    Store s;
    Err err;
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    if (!store_open_asked(&s, &o.history, &err)) return complain(&err, EXIT_DATA);
    int code;
    if (o.set)
        code = alert_set(&s, o.set, o.state, o.reason, &err) ? EXIT_OK : complain(&err, EXIT_DATA);
    else
        code = look(&o, &s);
    store_close(&s);
    return code;
}

// `nightjar site -o DIR`: every night so far, as pages that need no server: index.html, and the numbers of each workload and
// guest in data/GUEST-WORKLOAD.js, which the page loads when a picture is clicked. Pictures are SVG made here, so that the
// page reads without scripts, too; uPlot draws the large ones where ci/uplot.sh has fetched it.
#include "base/alloc.h"
#include "base/command_line.h"
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/model/tool.h"
#include "ci/alerts.h"
#include "ci/commands.h"
#include "ci/site.h"
#include "ci/store_options.h"
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { KEY_UPLOT = 256, KEY_TITLE, KEY_HOT };

typedef struct SiteOptions {
    StoreOptions history;
    const char *out, *uplot, *title, *hot;
} SiteOptions;

static const struct argp_option OPTIONS[] = {
    {"output", 'o', "DIR", 0, "where the pages go (default reports/site)", 0},
    {"uplot", KEY_UPLOT, "DIR", 0, "uPlot, as ci/uplot.sh fetches it (default build/vendor/uplot)", 0},
    {"hot", KEY_HOT, "URL", 0, "link to the hot blocks of tonight, such as ../out/hot", 0},
    {"title", KEY_TITLE, "TEXT", 0, "title of the page", 0},
    {0}};

static const struct argp_child CHILDREN[] = {{&store_argp, 0, NULL, 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    SiteOptions *o = state->input;
    switch (key) {
    case 'o': o->out = arg; return 0;
    case KEY_UPLOT: o->uplot = arg; return 0;
    case KEY_HOT: o->hot = arg; return 0;
    case KEY_TITLE: o->title = arg; return 0;
    case ARGP_KEY_INIT: state->child_inputs[0] = &o->history; return 0;
    case ARGP_KEY_ARG: argp_error(state, "what is %s? The folder is -o DIR", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

// The web address of the checkout that the newest run came from, or NULL. The caller frees it.
static char *remote_of(Index *x, const IndexRuns *runs) {
    Err err;
    char *remote = NULL;
    for (uint32_t i = runs->n; i-- > 0 && !remote;) {
        if (runs->at[i].problem) continue;
        json_t *run = store_load_members(x->store, runs->at[i].name, &err);
        const char *text = json_text(json_object_get(run, "tool"), "remote", NULL);
        remote = text ? alloc_text(text) : NULL;
        json_decref(run);
        break;
    }
    return remote;
}

static bool make_folder(const char *path, Err *err) {
    return !mkdir(path, 0777) || errno == EEXIST || err_set(err, "%s: %s", path, strerror(errno));
}

static bool write_nights(const Site *s, const char *folder, Err *err) {
    ReportText t = {0};
    site_nights(&t, s);
    bool ok = rt_write_file(&t, folder, "nights.js", err);
    rt_free(&t);
    return ok;
}

static bool write_data(const SiteOptions *o, Site *s, const Store *store, Err *err) {
    char folder[4096], hot[4110];
    snprintf(folder, sizeof folder, "%.4000s/data", o->out);
    snprintf(hot, sizeof hot, "%s/hot", folder);
    if (!make_folder(o->out, err) || !make_folder(folder, err) || !make_folder(hot, err)) return false;
    if (!write_nights(s, folder, err) || !site_hot_write(s, store, hot, err)) return false;
    for (uint32_t i = 0; i < s->subjects.n; i++) {
        ReportText t = {0};
        char name[300];
        site_data(&t, s, &s->subjects.at[i]);
        snprintf(name, sizeof name, "%.100s-%.150s.js", s->subjects.at[i].guest, s->subjects.at[i].workload);
        bool ok = rt_write_file(&t, folder, name, err);
        rt_free(&t);
        if (!ok) return false;
    }
    return true;
}

static int make(const SiteOptions *o, Store *store) {
    Err err;
    Index x;
    Site s = {.title = o->title, .uplot = o->uplot, .hot = o->hot};
    AlertList alerts = {0};
    ChangeOptions options = changes_defaults();
    if (!index_open(&x, store, &err)) return complain(&err, EXIT_HOST);
    bool ok = changes_find(&x, &options, &s.changes, &err) &&
              alerts_make(store, &s.changes, &x.commits, false, &alerts, &err);
    s.alerts = &alerts;
    s.remote = ok ? remote_of(&x, &s.changes.runs) : NULL;
    ok = ok && site_collect(&s, &x, &err) && write_data(o, &s, store, &err);
    ReportText page = {0};
    if (ok) site_page(&page, &s, store, time(NULL));
    ok = ok && rt_write_file(&page, o->out, "index.html", &err);
    rt_free(&page);
    if (ok)
        printf("%s/index.html: %u runs, %u workloads and guests, %u alerts%s\n", o->out, s.changes.runs.n, s.subjects.n,
               alerts.n, s.has_uplot ? "" : "; no zoom: ci/uplot.sh fetches uPlot");
    int code = ok ? EXIT_OK : complain(&err, EXIT_HOST);
    site_free(&s);
    alerts_free(&alerts);
    changes_free(&s.changes);
    index_close(&x);
    return code;
}

int site_main(int argc, char **argv) {
    SiteOptions o = {
        .history = store_options(), .out = "reports/site", .uplot = "build/vendor/uplot", .title = "every night"};
    static const char DOC[] =
        "Writes pages over a whole history: tonight at a glance, a small picture for every workload, guest and configuration, a trend "
        "with zoom behind each, what each switch buys over time, alerts, and changes of the machine.\v"
        "The pages need no server and no network: open index.html. They read without scripts and on paper.\n\n"
        "Exit: 0 written; 64 usage; 65 no such history; 74 the disk.\n\n"
        "Example:\n  nightjar site --store ~/nightjar-history -o ~/public/nightjar\n";
    struct argp argp = {OPTIONS, parse, NULL, DOC, CHILDREN, NULL, NULL};
    Store s;
    Err err;
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    if (!store_open_asked(&s, &o.history, &err)) return complain(&err, EXIT_DATA);
    int code = make(&o, &s);
    store_close(&s);
    return code;
}

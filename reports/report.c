// The command line of `nightjar report`, and the order of its work: load everything, draw, then write page, summary and
// terminal columns from the same views.
#include "reports/report.h"
#include "base/command_line.h"
#include "base/alloc.h"
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/base/screen.h"
#include "reports/page.h"
#include "reports/report_gnuplot.h"
#include "reports/report_words.h"
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPT_GNUPLOT = 256, OPT_NO_PLOTS, OPT_SINCE, OPT_HOT };

typedef struct Options {
    const char *dir, *gnuplot, *since_file, *hot;
    json_t *since;
    bool plots, quiet;
    VEC(const char *) runs;
} Options;

static error_t parse(int key, char *arg, struct argp_state *state) {
    Options *o = state->input;
    switch (key) {
    case 'o': o->dir = arg; break;
    case 'q': o->quiet = true; break;
    case OPT_GNUPLOT: o->gnuplot = arg; break;
    case OPT_SINCE: o->since_file = arg; break;
    case OPT_HOT: o->hot = arg; break;
    case OPT_NO_PLOTS: o->plots = false; break;
    case ARGP_KEY_ARG: vec_push(&o->runs, arg); break;
    case ARGP_KEY_END:
        if (!o->runs.n) argp_error(state, "name at least one run document, for example build/run.json");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static bool make_dirs(const char *dir, Err *err) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s", dir) >= (int)sizeof path || !*dir)
        return err_set(err, "-o %.200s: not a usable folder name; choose another", dir);
    for (char *s = path + 1;; s++) {
        if (*s && *s != '/') continue;
        char keep = *s;
        *s = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return err_set(err, "%s: cannot make the folder: %s; choose another with -o", path, strerror(errno));
        *s = keep;
        if (!keep) return true;
    }
}

static bool write_all(const Options *o, const RunDoc *docs, unsigned n, const ViewList *views, PlotList *plots,
                      Err *why, Err *err) {
    char dir[PATH_MAX];
    if (snprintf(dir, sizeof dir, "%s/plots", o->dir) >= (int)sizeof dir)
        return err_set(err, "-o %.200s: too long", o->dir);
    if (!make_dirs(dir, err)) return false;
    if (!o->plots) err_set(why, "pictures were switched off with --no-plots");
    if (!gnuplot_draw_all(plots, dir, o->plots ? o->gnuplot : NULL, why, err)) return false;
    ReportText t = {0};
    page_write(&t, &(PageInput){docs, n, views, plots, dir, "plots", why->text, o->since, o->dir, o->hot});
    bool good = rt_write_file(&t, o->dir, "index.html", err);
    rt_free(&t);
    markdown_write(&t, docs, n, views);
    good = good && rt_write_file(&t, o->dir, "summary.md", err);
    rt_free(&t);
    return good;
}

static int report(const Options *o, RunDoc *docs, unsigned n) {
    Err err = {0}, why = {0};
    ViewList views = {0};
    PlotList plots = {0};
    views_build(&views, docs, n);
    plot_all(&plots, &views);
    bool good = write_all(o, docs, n, &views, &plots, &why, &err);
    if (good && !o->quiet) {
        ReportText t = {0};
        terminal_write(&t, docs, n, &views, screen_has_colour(STDOUT_FILENO), screen_columns(STDOUT_FILENO));
        printf("%s\nWrote %s/index.html, %s/summary.md and %u plots in %s/plots.\n", rt_str(&t), o->dir, o->dir,
               plots.n, o->dir);
        rt_free(&t);
    }
    plots_free(&plots);
    views_free(&views);
    if (!good) return complain(&err, EXIT_HOST);
    return why.text[0] && o->plots ? complain(&why, EXIT_INVALID) : EXIT_OK;
}

static int load_and_report(Options *o) {
    RunDoc *docs = alloc_zeroed(o->runs.n, sizeof *docs);
    int status = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->runs.n; i++) {
        Err err = {0};
        if (run_doc_load(&docs[n], o->runs.at[i], &err))
            n++;
        else
            status = complain(&err, EXIT_DATA);
    }
    Err err = {0};
    if (o->since_file) o->since = jsonfile_load_schema(o->since_file, "nightjar.compare", 1, &err);
    if (o->since_file && !o->since) status = complain(&err, EXIT_DATA);
    if (!status) status = report(o, docs, n);
    json_decref(o->since);
    for (uint32_t i = 0; i < n; i++) run_doc_free(&docs[i]);
    free(docs);
    return status;
}

int report_main(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"output", 'o', "DIR", 0, "Folder of the report (default reports/out)", 0},
        {"gnuplot", OPT_GNUPLOT, "PROGRAM", 0, "The gnuplot to run (default gnuplot)", 0},
        {"no-plots", OPT_NO_PLOTS, NULL, 0, "Write the plots' data and scripts, draw nothing", 0},
        {"since", OPT_SINCE, "COMPARE.json", 0,
         "What has changed since the run before: a file of `nightjar compare BEFORE AFTER --json`", 0},
        {"hot", OPT_HOT, "FOLDER", 0,
         "Where the hot blocks lie, below the report (default hot): FOLDER/GUEST-NAME/index.html is linked where it is",
         0},
        {"quiet", 'q', NULL, 0, "Print nothing but errors", 0},
        {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "RUN.json...",
                                     "Turns run documents of `nightjar bench` into index.html, summary.md and "
                                     "plots.\vSeveral documents, for example of two commits or of "
                                     "two guests, become one report with the runs side by side. Exit codes: 0 written; "
                                     "3 written without (all) pictures, the reason is on "
                                     "stderr; 64 usage; 65 a document cannot be used; 74 the report cannot be written.",
                                     NULL,
                                     NULL,
                                     NULL};
    Options o = {.dir = "reports/out", .gnuplot = "gnuplot", .hot = "hot", .plots = true};
    int status = EXIT_USAGE, keep = argp_err_exit_status;
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o) == 0) status = load_and_report(&o);
    argp_err_exit_status = keep;
    vec_free(&o.runs);
    return status;
}

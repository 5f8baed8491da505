// The command line of `nightjar profile diff`.
#include "profiles/profile.h"
#include "base/command_line.h"
#include "bench/base/argument.h"
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Options {
    const char *a, *b, *dir;
    unsigned top;
} Options;

static error_t parse(int key, char *arg, struct argp_state *state) {
    Options *o = state->input;
    switch (key) {
    case 'o': o->dir = arg; break;
    case 't': o->top = (unsigned)argument_number(state, "top", arg, 1, 1000000); break;
    case ARGP_KEY_ARG:
        if (o->b) argp_error(state, "two profiles, not more");
        *(o->a ? &o->b : &o->a) = arg;
        break;
    case ARGP_KEY_END:
        if (!o->b) argp_error(state, "name two profiles: profile.json of A and of B");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static bool write_all(const Options *o, const json_t *d, Err *err) {
    char path[4096];
    if (mkdir(o->dir, 0777) && errno != EEXIST)
        return err_set(err, "%s: cannot make the folder: %s", o->dir, strerror(errno));
    if (snprintf(path, sizeof path, "%s/diff.json", o->dir) >= (int)sizeof path) return err_set(err, "-o: too long");
    ReportText t = {0};
    bool ok = jsonfile_write(path, d, err);
    profile_diff_page(&t, d, o->top);
    ok = ok && rt_write_file(&t, o->dir, "index.html", err);
    rt_free(&t);
    profile_diff_text(&t, d, o->top, PROFILE_MARKDOWN);
    ok = ok && rt_write_file(&t, o->dir, "diff.md", err);
    rt_free(&t);
    return ok;
}

static int compare(const Options *o, const ProfileDoc *a, const ProfileDoc *b) {
    Err err;
    int64_t work[2] = {a->workload.work, b->workload.work}; // 0: it was chosen by the program
    if (strcmp(a->guest, b->guest)) {
        err_set(&err, "%s and %s are of different guests: no block of one is in the other", o->a, o->b);
        return complain(&err, EXIT_INCOMPARABLE);
    }
    if (work[0] && work[1] && work[0] != work[1]) {
        err_set(&err, "%s is of %lld units of work and %s of %lld: make both with `nightjar profile --work=%lld`", o->a,
                (long long)work[0], o->b, (long long)work[1], (long long)(work[0] > work[1] ? work[0] : work[1]));
        return complain(&err, EXIT_INCOMPARABLE);
    }
    json_t *d = profile_diff(a, b);
    ReportText t = {0};
    profile_diff_text(&t, d, o->top, PROFILE_TERMINAL);
    fputs(rt_str(&t), stdout);
    rt_free(&t);
    bool ok = !o->dir || write_all(o, d, &err);
    json_decref(d);
    return ok ? EXIT_OK : complain(&err, EXIT_HOST);
}

static int diff(const Options *o) {
    Err err;
    ProfileDoc a, b;
    if (!profile_doc_load(&a, o->a, &err)) return complain(&err, EXIT_DATA);
    bool loaded = profile_doc_load(&b, o->b, &err);
    int status = loaded ? compare(o, &a, &b) : complain(&err, EXIT_DATA);
    profile_doc_free(&a), profile_doc_free(&b);
    return status;
}

int profile_diff_main(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"out", 'o', "DIR", 0, "write index.html, diff.md and diff.json there", 0},
        {"top", 't', "N", 0, "blocks (default 12)", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "A.json B.json",
        "Which guest blocks moved between two profiles, by hits or by emitted code, and how their host code differs.\v"
        "Exit codes: 0 written; 4 different guests; 64 usage; 65 a document cannot be used; 74 the disk failed.",
        NULL,
        NULL,
        NULL};
    Options o = {.top = 12};
    int keep = argp_err_exit_status;
    argp_err_exit_status = EXIT_USAGE;
    int status = command_line_parse(&argp, argc, argv, 0, &o) ? EXIT_USAGE : diff(&o);
    argp_err_exit_status = keep;
    return status;
}

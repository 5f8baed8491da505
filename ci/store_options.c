#include "ci/store_options.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

enum { KEY_STORE = 256, KEY_REPO };

static const struct argp_option OPTIONS[] = {
    {"store", KEY_STORE, "DIR", 0, "the history (default: environment NIGHTJAR_HISTORY, else build/history)", 0},
    {"repo", KEY_REPO, "DIR", 0,
     "git repository whose first parents give the order of runs (default: what `nightjar history init` was told)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    StoreOptions *o = state->input;
    switch (key) {
    case KEY_STORE: o->dir = arg; return 0;
    case KEY_REPO: o->repo = arg; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp store_argp = {OPTIONS, parse, NULL, NULL, NULL, NULL, NULL};

StoreOptions store_options(void) {
    const char *dir = getenv("NIGHTJAR_HISTORY");
    return (StoreOptions){.dir = dir && *dir ? dir : "build/history"};
}

bool store_open_asked(Store *s, const StoreOptions *o, Err *err) {
    if (!store_open(s, o->dir, err)) return false;
    if (o->repo) free(s->repo), s->repo = alloc_text(o->repo);
    return true;
}

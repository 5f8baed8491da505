#include "ci/names.h"
#include "bench/base/jsonfile.h"
#include <fnmatch.h>
#include <string.h>

static const char *step(const json_t *notes, const char *what, const char *name) {
    const char *to = NULL;
    size_t i;
    json_t *n;
    json_array_foreach((json_t *)notes, i, n) { // the last one that was said holds
        if (!strcmp(json_text(n, "kind", ""), "alias") && !strcmp(json_text(n, "what", ""), what) &&
            !strcmp(json_text(n, "old", ""), name))
            to = json_text(n, "new", NULL);
    }
    return to;
}

const char *name_now(const json_t *notes, const char *what, const char *name) {
    const char *now = name, *next;
    for (size_t left = json_array_size(notes); left && (next = step(notes, what, now)); left--) {
        if (!strcmp(next, name)) break;
        now = next;
    }
    return now;
}

bool cell_fits(const json_t *notes, const char *pattern, const char *workload, const char *guest, const char *config) {
    char cell[512];
    if (!pattern) return true;
    snprintf(cell, sizeof cell, "%s/%s/%s", name_now(notes, "workload", workload), name_now(notes, "guest", guest),
             name_now(notes, "config", config));
    return !fnmatch(pattern, cell, 0);
}

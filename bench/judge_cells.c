// Example: the run before has the workloads dhrystone and coremark, the one after has dhrystone alone. If the one after
// was asked for dhrystone only (`plan.workloads`), coremark is a note. If it was asked for every benchmark, coremark is
// missing: an invalid entry, and the comparison cannot pass.
#include "bench/judge_cells.h"
#include "bench/base/jsonfile.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const json_t *cells_workload(const json_t *document, const char *name, const char *guest) {
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(document, "workloads"), i, v) {
        if (!strcmp(json_text(v, "name", ""), name) && !strcmp(json_text(v, "guest", ""), guest)) return v;
    }
    return NULL;
}

const json_t *cells_config(const json_t *document, const char *id) {
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(document, "configs"), i, c) {
        if (!strcmp(json_text(c, "id", ""), id)) return c;
    }
    return NULL;
}

bool cells_is_peer(const char *config) { return !strncmp(config, "peer:", 5); }

bool cells_same_elf(const json_t *before, const json_t *after, bool exact, char why[300]) {
    const json_t *a = exact ? json_object_get(before, "exact") : before,
                 *b = exact ? json_object_get(after, "exact") : after;
    const char *x = json_text(a, "elf_sha256", ""), *y = json_text(b, "elf_sha256", "");
    double work = json_num(a, "work", 0), other = json_num(b, "work", 0);
    if (strcmp(x, y)) {
        snprintf(why, 300, "refused: the %s ELF differs (%.12s, size %.20s; %.12s, size %.20s)",
                 exact ? "counted" : "timed", x, json_text(a, "size", "?"), y, json_text(b, "size", "?"));
        return false;
    }
    if (exact && work != other) {
        snprintf(why, 300, "refused: the counted work differs (%.0f, %.0f)", work, other);
        return false;
    }
    return true;
}

// The hash of the emitted code that a counted sample of this cell carries; NULL where none does.
static const char *emitted_code(const json_t *document, const char *config, const json_t *w) {
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(document, "samples"), i, s) {
        const char *hash = json_text(s, "code_sha256", NULL);
        if (hash && !strcmp(json_text(s, "purpose", ""), "exact") && !strcmp(json_text(s, "config", ""), config) &&
            !strcmp(json_text(s, "workload", ""), json_text(w, "name", "")) &&
            !strcmp(json_text(s, "guest", ""), json_text(w, "guest", "")))
            return hash;
    }
    return NULL;
}

bool cells_same_build(const json_t *before, const json_t *after, const char *config, const json_t *workload) {
    const char *x = json_text(json_object_get(before, "emulator"), "sha256", NULL),
               *y = json_text(json_object_get(after, "emulator"), "sha256", NULL);
    if (!x || !y || !*x || strcmp(x, y)) return false;
    const char *a = emitted_code(before, config, workload), *b = emitted_code(after, config, workload);
    return !a || !b || !strcmp(a, b);
}

// ---- what one side has lost ---------------------------------------------------------------------------------------

static bool lists(const json_t *array, const char *text) {
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)array, i, v) {
        if (json_is_string(v) && (!strcmp(json_string_value(v), text) || !strcmp(json_string_value(v), "all")))
            return true;
    }
    return false;
}

// Was this run asked for other workloads or guests only?
static bool plan_left_out(const json_t *document, const char *workload, const char *guest) {
    const json_t *p = json_object_get(document, "plan"), *names = json_object_get(p, "workloads"),
                 *guests = json_object_get(p, "guests");
    return (json_array_size(names) && !lists(names, workload)) || (json_array_size(guests) && !lists(guests, guest));
}

// Were the configurations of the two runs asked for by different options?
static bool plans_differ(const json_t *a, const json_t *b) {
    static const char *const MEMBERS[] = {"matrix", "axes", "features"};
    const json_t *x = json_object_get(a, "plan"), *y = json_object_get(b, "plan");
    for (size_t i = 0; i < ARRAY_LEN(MEMBERS); i++) {
        const json_t *v = json_object_get(x, MEMBERS[i]), *w = json_object_get(y, MEMBERS[i]);
        if (v && w && !json_equal((json_t *)v, (json_t *)w)) return true;
    }
    return false;
}

static void add_missing(json_t *entries, const char *config, const json_t *w, const char *side) {
    char why[200];
    snprintf(why, sizeof why, "missing %s", side);
    json_array_append_new(
        entries, json_pack("{s:s, s:s, s:s, s:s, s:n, s:s, s:n, s:n, s:n, s:n, s:n, s:[i,i], s:b, s:s, s:s}", "config",
                           config, "workload", json_text(w, "name", ""), "guest", json_text(w, "guest", ""), "metric",
                           "every metric", "unit", "kind", "exact", "before", "after", "ratio", "lo", "hi", "n", 0, 0,
                           "gates", 1, "verdict", "invalid", "why", why));
}

static void note(json_t *notes, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void note(json_t *notes, const char *fmt, ...) {
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    json_array_append_new(notes, json_string(text));
}

// What `full` has and `other` has not.
static void missing_workloads(const json_t *full, const json_t *other, const char *side, json_t *entries,
                              json_t *notes) {
    size_t i;
    json_t *w;
    json_array_foreach(json_object_get(full, "workloads"), i, w) {
        const char *name = json_text(w, "name", ""), *guest = json_text(w, "guest", "");
        if (cells_workload(other, name, guest)) continue;
        if (plan_left_out(other, name, guest))
            note(notes, "%s (%s) was not asked for %s: it is not compared", name, guest, side);
        else
            add_missing(entries, "every configuration", w, side);
    }
}

static void missing_configs(const json_t *full, const json_t *other, const char *side, json_t *entries, json_t *notes) {
    size_t i, k;
    json_t *c, *w;
    json_array_foreach(json_object_get(full, "configs"), i, c) {
        const char *id = json_text(c, "id", "");
        if (cells_config(other, id)) continue;
        if (strcmp(json_text(c, "engine", "jit"), "jit") || cells_is_peer(id) || plans_differ(full, other)) {
            note(notes, "%s was not measured %s: it is not compared", id, side);
            continue;
        }
        json_array_foreach(json_object_get(full, "workloads"), k, w) {
            if (cells_workload(other, json_text(w, "name", ""), json_text(w, "guest", "")))
                add_missing(entries, id, w, side);
        }
    }
}

void cells_missing(const json_t *before, const json_t *after, json_t *entries, json_t *notes) {
    missing_workloads(before, after, "in the run after", entries, notes);
    missing_workloads(after, before, "in the run before", entries, notes);
    missing_configs(before, after, "in the run after", entries, notes);
    missing_configs(after, before, "in the run before", entries, notes);
}

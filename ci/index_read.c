// Questions to the index. Answers do not depend on in which order files were read: ids never decide an order.
#include "base/alloc.h"
#include "ci/index.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *index_text(sqlite3_stmt *q, int column) {
    const char *s = (const char *)sqlite3_column_text(q, column);
    if (!s && sqlite3_errcode(sqlite3_db_handle(q)) == SQLITE_NOMEM) alloc_failed(0);
    return s;
}

static char *column(sqlite3_stmt *q, int at) {
    const char *s = index_text(q, at);
    return s ? alloc_text(s) : NULL;
}

static double number(sqlite3_stmt *q, int at) {
    return sqlite3_column_type(q, at) == SQLITE_NULL ? NAN : sqlite3_column_double(q, at);
}

static bool ask(Index *x, const char *sql, sqlite3_stmt **q, Err *err) {
    return sqlite3_prepare_v2(x->db, sql, -1, q, NULL) == SQLITE_OK ||
           err_set(err, "%s/index.sqlite: %s", x->store->dir, sqlite3_errmsg(x->db));
}

// The end of an answer; false: the rows that came are not all of it.
static bool answered(Index *x, sqlite3_stmt *q, Err *err) {
    return sqlite3_finalize(q) == SQLITE_OK ||
           err_set(err, "%s/index.sqlite: %s", x->store->dir, sqlite3_errmsg(x->db));
}

// ---- runs
static int by_time(const void *a, const void *b) {
    const IndexRun *x = a, *y = b;
    int order = strcmp(x->created ? x->created : "", y->created ? y->created : "");
    return order ? order : strcmp(x->name, y->name);
}

typedef struct Placed {
    IndexRun run;
    double key;
} Placed;

static int by_place(const void *a, const void *b) {
    const Placed *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return by_time(&x->run, &y->run);
}

// A commit that git does not know stands where the last known one before it in time stands.
static void put_in_order(const Index *x, IndexRuns *runs) {
    if (!runs->n) return;
    qsort(runs->at, runs->n, sizeof *runs->at, by_time);
    Placed *placed = alloc_zeroed(runs->n, sizeof *placed);
    double last = -1;
    const char *asked = "";
    CommitPlace place = {NAN, false};
    for (uint32_t i = 0; i < runs->n; i++) {
        IndexRun *r = &runs->at[i];
        const char *commit = r->commit ? r->commit : "";
        if (strcmp(commit, asked)) place = commits_place(&x->commits, commit), asked = commit;
        r->position = *commit ? place.position : NAN;
        r->on_line = *commit && place.on_line;
        if (!isnan(r->position)) last = fmax(last, r->position);
        placed[i] = (Placed){*r, isnan(r->position) ? last : r->position};
    }
    qsort(placed, runs->n, sizeof *placed, by_place);
    for (uint32_t i = 0; i < runs->n; i++) runs->at[i] = placed[i].run;
    free(placed);
}

bool index_runs(Index *x, IndexRuns *runs, Err *err) {
    sqlite3_stmt *q;
    if (!ask(x,
             "SELECT id, name, created, commit_hash, title, machine, machine_text, environment, problem, dirty, "
             "samples, invalid, size, anchor FROM runs",
             &q, err))
        return false;
    while (sqlite3_step(q) == SQLITE_ROW) {
        IndexRun r = {.id = sqlite3_column_int64(q, 0),
                      .name = column(q, 1),
                      .created = column(q, 2),
                      .commit = column(q, 3),
                      .title = column(q, 4),
                      .machine = column(q, 5),
                      .machine_text = column(q, 6),
                      .environment = column(q, 7),
                      .problem = column(q, 8),
                      .dirty = sqlite3_column_int(q, 9),
                      .samples = sqlite3_column_int(q, 10),
                      .invalid = sqlite3_column_int(q, 11),
                      .bytes = sqlite3_column_int64(q, 12),
                      .anchor = column(q, 13)};
        vec_push(runs, r);
    }
    if (!answered(x, q, err)) return false;
    put_in_order(x, runs);
    return true;
}

void index_runs_free(IndexRuns *runs) {
    for (uint32_t i = 0; i < runs->n; i++) {
        IndexRun *r = &runs->at[i];
        free(r->name), free(r->created), free(r->commit), free(r->title), free(r->machine), free(r->machine_text);
        free(r->environment), free(r->problem), free(r->anchor);
    }
    vec_free(runs);
}

// The n-th whole run from the end; n = 0 is the last.
static const IndexRun *from_the_end(const IndexRuns *runs, unsigned long n) {
    for (uint32_t i = runs->n; i-- > 0;)
        if (!runs->at[i].problem && !n--) return &runs->at[i];
    return NULL;
}

static bool commit_fits(const IndexRun *r, const char *hash) {
    return r->commit && *r->commit && !strncmp(r->commit, hash, strlen(r->commit));
}

const IndexRun *index_find(const Index *x, const IndexRuns *runs, const char *what, Err *err) {
    const IndexRun *found = NULL;
    unsigned n = 0;
    char hash[41], *end;
    if (!strncmp(what, "latest", 6) && (!what[6] || what[6] == '~')) {
        unsigned long back = what[6] ? strtoul(what + 7, &end, 10) : 0;
        found = what[6] && (!what[7] || *end) ? NULL : from_the_end(runs, back);
        if (!found) err_set(err, "%s: the history holds no such run (%u runs)", what, runs->n);
        return found;
    }
    for (uint32_t i = 0; i < runs->n; i++)
        if (strstr(runs->at[i].name, what)) found = &runs->at[i], n++;
    if (n == 1) return found;
    for (uint32_t i = runs->n; commits_resolve(x->store, what, hash) && i-- > 0;)
        if (commit_fits(&runs->at[i], hash)) return &runs->at[i];
    if (n)
        err_set(err, "%s: %u runs have this in their names; give more of one (nightjar history list)", what, n);
    else
        err_set(err, "%s: no run has this in its name, and it is no commit of one (nightjar history list)", what);
    return NULL;
}

// ---- series
bool index_series(Index *x, IndexSeriesList *list, Err *err) {
    sqlite3_stmt *q;
    if (!ask(x,
             "SELECT id, exact, workload, guest, config, elf, isa, clock, engine, machine, build FROM series ORDER BY "
             "workload, guest, config, exact DESC, elf, isa, clock, engine, machine, build",
             &q, err))
        return false;
    while (sqlite3_step(q) == SQLITE_ROW) {
        IndexSeries s = {.id = sqlite3_column_int64(q, 0),
                         .exact = sqlite3_column_int(q, 1),
                         .workload = column(q, 2),
                         .guest = column(q, 3),
                         .config = column(q, 4),
                         .elf = column(q, 5),
                         .isa = column(q, 6),
                         .clock = column(q, 7),
                         .engine = column(q, 8),
                         .machine = column(q, 9),
                         .build = column(q, 10)};
        vec_push(list, s);
    }
    return answered(x, q, err);
}

void index_series_free(IndexSeriesList *list) {
    for (uint32_t i = 0; i < list->n; i++) {
        IndexSeries *s = &list->at[i];
        free(s->workload), free(s->guest), free(s->config), free(s->elf), free(s->isa), free(s->clock);
        free(s->engine), free(s->machine), free(s->build);
    }
    vec_free(list);
}

bool index_points(Index *x, int64_t series, IndexPoints *points, Err *err) {
    sqlite3_stmt *q;
    if (!ask(
            x,
            "SELECT run, n, code, lo, hi, anchor, host_instructions, guest_instructions, host_instructions_emitted, "
            "host_bytes_emitted, units_translated, run_loop_entries, helper_calls, host_branch_minority, cpu_ns, wall_ns "
            "FROM points "
            "WHERE series=? ORDER BY run",
            &q, err))
        return false;
    sqlite3_bind_int64(q, 1, series);
    while (sqlite3_step(q) == SQLITE_ROW) {
        IndexPoint p = {.run = sqlite3_column_int64(q, 0),
                        .n = sqlite3_column_int(q, 1),
                        .lo = number(q, 3),
                        .hi = number(q, 4),
                        .anchor = number(q, 5)};
        snprintf(p.code, sizeof p.code, "%s", index_text(q, 2));
        for (int m = 0; m < INDEX_METRICS; m++) p.value[m] = number(q, 6 + m);
        vec_push(points, p);
    }
    return answered(x, q, err);
}

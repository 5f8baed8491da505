// What the index keeps of a run: per cell (configuration x workload) the exact counts, and the medians of time. Samples
// that do not count are left out, as in the run's own summary.
#include "ci/index_write.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/statistics.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool index_writer_open(IndexWriter *w, Index *x) {
    memset(w, 0, sizeof *w);
    w->x = x, w->known = json_object();
    static const char RUN[] =
        "INSERT INTO runs(name, size, mtime, problem, created, commit_hash, dirty, title, machine, "
        "machine_text, environment, samples, invalid, anchor) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    static const char FIND[] =
        "SELECT id FROM series WHERE exact=? AND workload=? AND guest=? AND config=? AND elf=? AND "
        "isa=? AND clock=? AND engine=? AND machine=? AND build=?";
    static const char SERIES[] = "INSERT INTO series(exact, workload, guest, config, elf, isa, clock, engine, machine, "
                                 "build) VALUES(?,?,?,?,?,?,?,?,?,?)";
    static const char POINT[] = "INSERT INTO points VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    sqlite3 *db = x->db;
    return sqlite3_prepare_v2(db, RUN, -1, &w->run, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(db, FIND, -1, &w->find_series, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(db, SERIES, -1, &w->series, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(db, POINT, -1, &w->point, NULL) == SQLITE_OK;
}

void index_writer_close(IndexWriter *w) {
    json_decref(w->known);
    sqlite3_finalize(w->run), sqlite3_finalize(w->find_series), sqlite3_finalize(w->series), sqlite3_finalize(w->point);
}

static bool finish(sqlite3_stmt *q) {
    bool ok = sqlite3_step(q) == SQLITE_DONE;
    sqlite3_reset(q);
    return ok;
}

// WHY: what could not be bound would be NULL in the index from now on.
static void text(sqlite3_stmt *q, int at, const char *value) {
    if (sqlite3_bind_text(q, at, value, -1, SQLITE_TRANSIENT) != SQLITE_OK) alloc_failed(0);
}

// ---- cells
typedef struct Values {
    double *at;
    uint32_t n, cap;
} Values;

typedef struct Cell {
    const char *workload, *guest, *config, *elf, *code;
    bool exact;
    uint32_t n;
    double count[INDEX_METRICS]; // exact: the one value; NAN: varied
    bool seen[INDEX_METRICS];
    Values time[2]; // cpu_ns, wall_ns
} Cell;
typedef VEC(Cell) Cells;

// WHY from the end: samples come sorted by cell, so the last one is nearly always the one.
static Cell *cell_of(Cells *cells, const SampleFacts *s) {
    for (uint32_t i = cells->n; i-- > 0;) {
        Cell *c = &cells->at[i];
        if (c->exact == s->exact && !strcmp(c->config, s->config) && !strcmp(c->workload, s->workload) &&
            !strcmp(c->guest, s->guest) && !strcmp(c->elf, s->elf))
            return c;
    }
    vec_push(cells, ((Cell){.workload = s->workload,
                            .guest = s->guest,
                            .config = s->config,
                            .elf = s->elf,
                            .code = "",
                            .exact = s->exact}));
    return &cells->at[cells->n - 1];
}

static void take_counts(Cell *c, const SampleFacts *s) {
    for (int m = 0; m < INDEX_FIRST_TIME; m++) {
        double v = s->value[m];
        if (isnan(v)) continue;
        c->count[m] = !c->seen[m] || c->count[m] == v ? v : NAN;
        c->seen[m] = true;
    }
    c->code = c->n == 0 || !strcmp(c->code, s->code) ? s->code : "";
}

// Where samples were told how much to do, a time is that of one unit of work, start-up included.
static void take_times(Cell *c, const SampleFacts *s) {
    for (int t = 0; t < 2; t++) {
        Values *values = &c->time[t];
        double v = s->value[INDEX_FIRST_TIME + t];
        if (!isnan(v)) vec_push(values, v / fmax(1, s->work));
    }
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(const Values *v) { return v->n ? stats_median(v->at, v->n) : NAN; }

static double anchor_of(const Cells *cells, const Cell *c) {
    for (uint32_t i = 0; i < cells->n; i++) {
        const Cell *a = &cells->at[i];
        if (!a->exact && !strcmp(a->config, "peer:anchor") && !strcmp(a->workload, c->workload) &&
            !strcmp(a->guest, c->guest))
            return middle(&a->time[0]);
    }
    return NAN;
}

// ---- series
static const json_t *config_of(const json_t *run, const char *id) {
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(run, "configs"), i, c) {
        if (!strcmp(json_text(c, "id", ""), id)) return c;
    }
    return NULL;
}

// The emulator of that host; NULL: a peer, or a run of before there were others.
static const json_t *host_of(const json_t *run, const char *name) {
    size_t i;
    json_t *h;
    json_array_foreach(json_object_get(run, "hosts"), i, h) {
        if (!strcmp(json_text(h, "name", ""), name)) return h;
    }
    return NULL;
}

enum { KEYS = 9 };

static int64_t ask_series_id(IndexWriter *w, const char *const key[KEYS], bool exact) {
    sqlite3_stmt *const both[] = {w->find_series, w->series};
    for (unsigned q = 0; q < 2; q++) {
        sqlite3_bind_int(both[q], 1, exact);
        for (int i = 0; i < KEYS; i++) text(both[q], i + 2, key[i]);
        int64_t id = -1;
        if (q == 0 && sqlite3_step(both[q]) == SQLITE_ROW) id = sqlite3_column_int64(both[q], 0);
        if (q == 1 && sqlite3_step(both[q]) == SQLITE_DONE) id = sqlite3_last_insert_rowid(w->x->db);
        sqlite3_reset(both[q]);
        if (id >= 0) return id;
    }
    return -1;
}

static int64_t series_id(IndexWriter *w, const json_t *run, const Cell *c, const char *machine) {
    const json_t *plan = json_object_get(run, "plan"),
                 *version = json_object_get(json_object_get(run, "emulator"), "version");
    char build[1024], whole[2048];
    snprintf(build, sizeof build, "%s; %s; %s", json_text(version, "compiler", "?"), json_text(version, "cflags", "?"),
             json_text(version, "mode", "?"));
    const char *member = c->exact ? "exact_isa" : "time_isa", *isa = json_text(plan, member, "unknown");
    const json_t *host = host_of(run, json_text(config_of(run, c->config), "host", ""));
    if (host) isa = json_text(host, member, isa);
    const char *const key[KEYS] = {c->workload,
                                   c->guest,
                                   c->config,
                                   c->elf,
                                   isa,
                                   "insn",
                                   json_text(config_of(run, c->config), "engine", "peer"),
                                   c->exact ? "" : machine,
                                   c->exact ? "" : build};
    size_t n = (size_t)snprintf(whole, sizeof whole, "%d", c->exact);
    for (unsigned i = 0; i < KEYS && n < sizeof whole; i++)
        n += (size_t)snprintf(whole + n, sizeof whole - n, "\n%s", key[i]);
    if (n >= sizeof whole) return ask_series_id(w, key, c->exact);
    const json_t *known = json_object_get(w->known, whole);
    int64_t id = known ? json_integer_value(known) : ask_series_id(w, key, c->exact);
    if (!known && id >= 0) json_object_set_new(w->known, whole, json_integer(id));
    return id;
}

static void number(sqlite3_stmt *q, int at, double v) {
    if (isnan(v))
        sqlite3_bind_null(q, at);
    else if (v == floor(v) && fabs(v) < 9e15)
        sqlite3_bind_int64(q, at, (int64_t)v);
    else
        sqlite3_bind_double(q, at, v);
}

static bool add_point(IndexWriter *w, int64_t run_id, const json_t *run, const Cells *cells, Cell *c,
                      const char *machine) {
    int64_t series = series_id(w, run, c, machine);
    if (series < 0) return false;
    sqlite3_bind_int64(w->point, 1, series);
    sqlite3_bind_int64(w->point, 2, run_id);
    sqlite3_bind_int(w->point, 3, (int)c->n);
    text(w->point, 4, c->code);
    Values *cpu = &c->time[0];
    if (cpu->n) qsort(cpu->at, cpu->n, sizeof *cpu->at, by_value);
    number(w->point, 5, cpu->n ? stats_quantile(cpu->at, cpu->n, 0.25) : NAN);
    number(w->point, 6, cpu->n ? stats_quantile(cpu->at, cpu->n, 0.75) : NAN);
    number(w->point, 7, c->exact ? NAN : anchor_of(cells, c));
    for (int m = 0; m < INDEX_METRICS; m++) {
        double v = NAN;
        if (index_metrics[m].exact == c->exact)
            v = !c->exact ? middle(&c->time[m - INDEX_FIRST_TIME]) : c->seen[m] ? c->count[m] : NAN;
        number(w->point, 8 + m, v);
    }
    return finish(w->point);
}

static bool add_cells(IndexWriter *w, int64_t run_id, const RunFacts *facts, const char *machine) {
    Cells cells = {0};
    bool ok = true;
    for (uint32_t i = 0; i < facts->rows.n; i++) {
        const SampleFacts *s = &facts->rows.at[i];
        if (s->invalid) continue;
        Cell *c = cell_of(&cells, s);
        if (c->exact)
            take_counts(c, s);
        else
            take_times(c, s);
        c->n++;
    }
    for (uint32_t k = 0; ok && k < cells.n; k++) ok = add_point(w, run_id, facts->run, &cells, &cells.at[k], machine);
    for (uint32_t k = 0; k < cells.n; k++) vec_free(&cells.at[k].time[0]), vec_free(&cells.at[k].time[1]);
    vec_free(&cells);
    return ok;
}

// ---- runs
static bool insert_run(IndexWriter *w, const StoreFile *file, const RunFacts *facts, const char *machine,
                       const char *problem) {
    const json_t *run = facts ? facts->run : NULL;
    const json_t *version = json_object_get(json_object_get(run, "emulator"), "version");
    const json_t *environment = json_object_get(run, "environment");
    char *kept = environment ? json_dumps(environment, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    char *machine_text = environment ? store_machine_text(environment) : NULL;
    text(w->run, 1, file->name);
    sqlite3_bind_int64(w->run, 2, file->size);
    sqlite3_bind_int64(w->run, 3, file->mtime_ns);
    text(w->run, 4, problem);
    text(w->run, 5, json_text(run, "created", NULL));
    text(w->run, 6, json_text(version, "commit", NULL));
    sqlite3_bind_int(w->run, 7, json_is_true(json_object_get(version, "dirty")));
    text(w->run, 8, json_text(run, "title", NULL));
    text(w->run, 9, machine);
    text(w->run, 10, machine_text);
    text(w->run, 11, kept);
    sqlite3_bind_int(w->run, 12, facts ? facts->samples : 0);
    sqlite3_bind_int(w->run, 13, facts ? facts->invalid : 0);
    text(w->run, 14, run ? json_text(config_of(run, "peer:anchor"), "version", NULL) : NULL);
    free(kept), free(machine_text);
    return finish(w->run);
}

bool index_add_run(IndexWriter *w, const StoreFile *file, const RunFacts *facts, const char *problem) {
    char machine[9] = "";
    if (facts) store_machine_class(json_object_get(facts->run, "environment"), machine);
    bool ok = insert_run(w, file, facts, machine, facts ? NULL : problem);
    int64_t id = sqlite3_last_insert_rowid(w->x->db);
    return ok && (!facts || add_cells(w, id, facts, machine));
}

bool index_forget_run(IndexWriter *w, int64_t id) {
    char *sql = sqlite3_mprintf("DELETE FROM points WHERE run=%lld; DELETE FROM runs WHERE id=%lld;", (long long)id,
                                (long long)id);
    bool ok = sqlite3_exec(w->x->db, sql, NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_free(sql);
    w->forgot = true;
    return ok;
}

bool index_writer_done(IndexWriter *w) {
    static const char SQL[] = "DELETE FROM series WHERE id NOT IN (SELECT series FROM points)";
    return !w->forgot || sqlite3_exec(w->x->db, SQL, NULL, NULL, NULL) == SQLITE_OK;
}

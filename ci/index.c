// Opening, and keeping up with the files: names, sizes and times of the runs on disk are compared with those that were
// read. One transaction adds what is new and takes out what is gone, so that a kill in between changes nothing.
#include "ci/index.h"
#include "base/alloc.h"
#include "ci/index_write.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool prepare(Index *x) {
    static const char SCHEMA[] =
        "CREATE TABLE IF NOT EXISTS meta(version INTEGER);"
        "CREATE TABLE IF NOT EXISTS runs(id INTEGER PRIMARY KEY, name TEXT UNIQUE, size INTEGER, mtime INTEGER, problem TEXT,"
        " created TEXT, commit_hash TEXT, dirty INTEGER, title TEXT, machine TEXT, machine_text TEXT, environment TEXT,"
        " samples INTEGER, invalid INTEGER, anchor TEXT);"
        "CREATE TABLE IF NOT EXISTS series(id INTEGER PRIMARY KEY, exact INTEGER, workload TEXT, guest TEXT, config TEXT,"
        " elf TEXT, isa TEXT, clock TEXT, engine TEXT, machine TEXT, build TEXT,"
        " UNIQUE(exact, workload, guest, config, elf, isa, clock, engine, machine, build));"
        "CREATE TABLE IF NOT EXISTS points(series INTEGER, run INTEGER, n INTEGER, code TEXT, lo REAL, hi REAL, anchor REAL,"
        " host_instructions, guest_instructions, host_instructions_emitted, host_bytes_emitted, units_translated,"
        " run_loop_entries, helper_calls, host_branch_minority, cpu_ns, wall_ns, PRIMARY KEY(series, run)) WITHOUT ROWID;"
        "CREATE INDEX IF NOT EXISTS points_run ON points(run);";
    sqlite3_busy_timeout(x->db, 60000);
    // WHY not synchronous: what a power cut leaves of the index does not matter, the files are the truth.
    return sqlite3_exec(x->db, "PRAGMA synchronous=OFF; PRAGMA journal_mode=DELETE;", NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(x->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(x->db, SCHEMA, NULL, NULL, NULL) == SQLITE_OK;
}

enum { INDEX_VERSION = 4 };

// Another version of this table of tables is an index that is not there.
static bool is_current(Index *x) {
    sqlite3_stmt *q;
    bool ok = sqlite3_prepare_v2(x->db, "SELECT count(*), max(version) FROM meta", -1, &q, NULL) == SQLITE_OK &&
              sqlite3_step(q) == SQLITE_ROW;
    int rows = ok ? sqlite3_column_int(q, 0) : -1, version = ok ? sqlite3_column_int(q, 1) : 0;
    sqlite3_finalize(q);
    if (!rows) return sqlite3_exec(x->db, "INSERT INTO meta VALUES(4)", NULL, NULL, NULL) == SQLITE_OK;
    return rows == 1 && version == INDEX_VERSION;
}

typedef struct Known {
    char name[128];
    int64_t id, size, mtime;
} Known;
typedef VEC(Known) KnownList;

static bool list_known(Index *x, KnownList *list) {
    sqlite3_stmt *q;
    if (sqlite3_prepare_v2(x->db, "SELECT name, id, size, mtime FROM runs ORDER BY name", -1, &q, NULL) != SQLITE_OK)
        return false;
    int rc;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        Known k = {
            .id = sqlite3_column_int64(q, 1), .size = sqlite3_column_int64(q, 2), .mtime = sqlite3_column_int64(q, 3)};
        snprintf(k.name, sizeof k.name, "%s", index_text(q, 0));
        vec_push(list, k);
    }
    sqlite3_finalize(q);
    return rc == SQLITE_DONE;
}

// ---- reading: files are parsed side by side, a batch at a time, and added in order
enum { BATCH = 16 };
typedef struct Job {
    const Store *store;
    const StoreFile *file;
    RunFacts facts;
    StoreFound found; // if not whole, `err` has the reason
    Err err;
    pthread_t thread;
    bool started;
} Job;

static void *read_one(void *job) {
    Job *j = job;
    j->found = store_load_facts(j->store, j->file->name, &j->facts, &j->err);
    return NULL;
}

static bool add_batch(IndexWriter *w, Job *jobs, uint32_t n) {
    bool ok = true;
    for (uint32_t i = 0; i < n; i++) {
        jobs[i].started = n > 1 && !pthread_create(&jobs[i].thread, NULL, read_one, &jobs[i]);
        if (!jobs[i].started) read_one(&jobs[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (jobs[i].started) pthread_join(jobs[i].thread, NULL);
        // WHY not as a damaged one: it would be passed over from now on, and may be whole.
        if (jobs[i].found == STORE_UNREADABLE) w->x->unreadable = jobs[i].err, ok = false;
        ok = ok &&
             (jobs[i].found == STORE_GONE ||
              index_add_run(w, jobs[i].file, jobs[i].found == STORE_WHOLE ? &jobs[i].facts : NULL, jobs[i].err.text));
        facts_free(&jobs[i].facts);
    }
    w->x->read_now += n;
    return ok;
}

typedef VEC(const StoreFile *) FileRefs;

static bool add_all(IndexWriter *w, const FileRefs *files) {
    bool ok = true;
    Job *jobs = alloc_zeroed(BATCH, sizeof *jobs);
    json_object_seed(0); // once, before there are threads
    for (uint32_t at = 0; ok && at < files->n; at += BATCH) {
        uint32_t n = files->n - at < BATCH ? files->n - at : BATCH;
        for (uint32_t i = 0; i < n; i++) jobs[i] = (Job){.store = w->x->store, .file = files->at[at + i]};
        ok = add_batch(w, jobs, n);
    }
    free(jobs);
    return ok;
}

// Both lists are sorted by name (of bytes), so one walk finds what is gone, changed and new.
static bool forget_and_collect(IndexWriter *w, const StoreFiles *files, const KnownList *known, FileRefs *fresh) {
    bool ok = true;
    for (uint32_t i = 0, k = 0; ok && (i < files->n || k < known->n);) {
        const StoreFile *f = i < files->n ? &files->at[i] : NULL;
        const Known *old = k < known->n ? &known->at[k] : NULL;
        int order = !f ? 1 : !old ? -1 : strcmp(f->name, old->name);
        bool changed = !order && (f->size != old->size || f->mtime_ns != old->mtime);
        if (old && (order > 0 || changed)) ok = index_forget_run(w, old->id);
        if (f && (order < 0 || changed)) vec_push(fresh, f);
        i += order <= 0, k += order >= 0;
    }
    return ok;
}

static bool synchronize(Index *x, const StoreFiles *files) {
    KnownList known = {0};
    FileRefs fresh = {0};
    IndexWriter w = {0};
    bool ok = list_known(x, &known) && index_writer_open(&w, x) && forget_and_collect(&w, files, &known, &fresh) &&
              add_all(&w, &fresh) && index_writer_done(&w);
    index_writer_close(&w);
    vec_free(&known);
    vec_free(&fresh);
    return ok;
}

static void drop(Index *x) {
    sqlite3_close(x->db);
    x->db = NULL;
}

static bool try_open(Index *x, const char *path, const StoreFiles *files) {
    bool ok = sqlite3_open_v2(path, &x->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK &&
              prepare(x) && is_current(x) && synchronize(x, files) &&
              sqlite3_exec(x->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    return ok;
}

// A store that cannot be written has its index in memory.
static bool open_any(Index *x, const StoreFiles *files, Err *err) {
    char path[4096], journal[4200];
    snprintf(path, sizeof path, "%s/index.sqlite", x->store->dir);
    if (try_open(x, path, files)) return true;
    int why = sqlite3_errcode(x->db);
    drop(x);
    if (*x->unreadable.text) return *err = x->unreadable, false;
    bool broken = why == SQLITE_CORRUPT || why == SQLITE_NOTADB || why == SQLITE_ERROR || why == SQLITE_OK;
    if (broken) {
        snprintf(journal, sizeof journal, "%s-journal", path);
        unlink(path), unlink(journal);
        if (try_open(x, path, files)) return true;
        drop(x);
    }
    x->read_now = 0;
    if (try_open(x, ":memory:", files)) return true;
    err_set(err, "%s: %s", path, sqlite3_errmsg(x->db));
    if (*x->unreadable.text) *err = x->unreadable;
    drop(x);
    return false;
}

bool index_open(Index *x, const Store *s, Err *err) {
    StoreFiles files = {0};
    memset(x, 0, sizeof *x);
    x->store = s;
    bool ok = store_list(s, "runs", &files, NULL, err) && open_any(x, &files, err);
    vec_free(&files);
    if (ok) commits_load(&x->commits, s);
    return ok;
}

void index_close(Index *x) {
    commits_free(&x->commits);
    drop(x);
}

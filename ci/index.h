// index.sqlite: what the files of a history say, to be asked quickly. It is a function of the files and of git alone:
// deleted or broken, it is built again and gives the same answers. Each opening looks which files are new or gone.
//
// A series is what may be compared over time. Exact: workload, guest, configuration, ELF, instruction set, clock,
// engine. Time: the same, machine, compiler and flags of the emulator. Each metric of the tables below is a column.
#pragma once
#include "ci/metrics.h"
#include "ci/order.h"
#include "ci/store.h"
#include <sqlite3.h>

typedef struct Index {
    sqlite3 *db;
    const Store *store;
    Commits commits;
    uint32_t read_now; // runs that this opening has read
    Err unreadable;    // the run that the host did not let it read, or empty
} Index;

// Text of a column; NULL: it has none. Ends the process without memory, which SQLite tells by NULL, too.
const char *index_text(sqlite3_stmt *q, int column);
bool index_open(Index *x, const Store *s, Err *err);
void index_close(Index *x);

typedef struct IndexRun {
    int64_t id;
    char *name, *created, *commit, *title, *machine, *machine_text, *environment; // environment: as JSON
    char *anchor;  // which one ran beside, as it names itself; or NULL
    char *problem; // or NULL; a damaged file has nothing else than its name
    bool dirty, on_line;
    double position; // NAN: git does not know the commit
    int samples, invalid;
    int64_t bytes;
} IndexRun;
typedef VEC(IndexRun) IndexRuns;
// All runs, in order: by commit along the first parents, by time where that is the same; commits that git does not know
// stand by their time.
bool index_runs(Index *x, IndexRuns *runs, Err *err);
void index_runs_free(IndexRuns *runs);
// By its name or a part of it, by a commit or other name that git knows (its last run), by "latest" or "latest~N".
// NULL and a message: none, or several.
const IndexRun *index_find(const Index *x, const IndexRuns *runs, const char *what, Err *err);

typedef struct IndexSeries {
    int64_t id;
    bool exact;
    char *workload, *guest, *config, *elf, *isa, *clock, *engine, *machine, *build;
} IndexSeries;
typedef VEC(IndexSeries) IndexSeriesList;
bool index_series(Index *x, IndexSeriesList *list, Err *err); // sorted by their members
void index_series_free(IndexSeriesList *list);

typedef struct IndexPoint {
    int64_t run;
    double value[INDEX_METRICS]; // medians of time, counts; NAN: none, or a count that varied
    double lo, hi;               // quartiles of cpu_ns
    double anchor;               // the anchor's cpu_ns in the same run, or NAN
    int n;
    char code[65]; // exact: hash of the emitted code, or empty
} IndexPoint;
typedef VEC(IndexPoint) IndexPoints;
bool index_points(Index *x, int64_t series, IndexPoints *points, Err *err); // by run id, which is in no order

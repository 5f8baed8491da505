// Private to the index: one run into the tables, and out of them.
#pragma once
#include "ci/index.h"

typedef struct IndexWriter {
    Index *x;
    bool forgot;
    sqlite3_stmt *run, *find_series, *series, *point;
    json_t *known; // key of a series -> its id
} IndexWriter;

bool index_writer_open(IndexWriter *w, Index *x);
void index_writer_close(IndexWriter *w);
// `facts` NULL: a damaged file becomes a run with a problem.
bool index_add_run(IndexWriter *w, const StoreFile *file, const RunFacts *facts, const char *problem);
bool index_forget_run(IndexWriter *w, int64_t id);
bool index_writer_done(IndexWriter *w); // takes out series without points

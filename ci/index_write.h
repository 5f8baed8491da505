// Private to the index: one run into the tables, and out of them.
#pragma once
#include "ci/index.h"

typedef struct IndexWriter {
    Index *x;
    bool forgot;
    sqlite3_stmt *run, *find_series, *series, *point;
} IndexWriter;

bool index_writer_open(IndexWriter *w, Index *x);
void index_writer_close(IndexWriter *w);
// `run` NULL: a damaged file becomes a run with a problem.
bool index_add_run(IndexWriter *w, const StoreFile *file, const json_t *run, const char *problem);
bool index_forget_run(IndexWriter *w, int64_t id);
bool index_writer_done(IndexWriter *w); // takes out series without points

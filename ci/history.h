// What `nightjar history` was asked for; its export is a file of its own.
#pragma once
#include "ci/index.h"
#include "ci/store_options.h"

typedef struct HistoryOptions {
    StoreOptions history;
    const char *verb, *branch, *out, *format, *metric, *cell, *before;
    long keep;
    bool json, dry_run;
    VEC(char *) words;          // behind the verb
    VEC(const char *) profiles; // of add
} HistoryOptions;

int history_export(const HistoryOptions *o, Index *x); // an Exit

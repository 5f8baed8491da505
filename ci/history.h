// What `nightjar history` was asked for; its export is a file of its own.
#pragma once
#include "ci/index.h"

typedef struct HistoryOptions {
    const char *verb, *dir, *repo, *branch, *out, *format, *metric, *cell, *before;
    long keep;
    bool json, dry_run;
    VEC(char *) words; // behind the verb
} HistoryOptions;

const char *history_default_dir(void);                 // of --store
int history_export(const HistoryOptions *o, Index *x); // an Exit

// The journal: OUT.journal, one JSON line per finished sample, fsynced before the next sample starts.
// INVARIANT: whatever kills the harness, at most the last line is torn, and a torn last line is the one sample that is
// lost.
#pragma once
#include "base/err.h"
#include <jansson.h>

typedef struct Journal {
    int fd;
    char *path;
} Journal;

// Starts a new journal with this header line; refuses to overwrite one that is already there.
bool journal_create(Journal *journal, const char *path, const json_t *header, Err *err);
// Reads a journal: its header and all whole samples (new references); a torn last line is cut off from `repair`, the
// same journal opened (and so locked), unless that is NULL.
bool journal_read(const char *path, const Journal *repair, json_t **header, json_t **samples, Err *err);
bool journal_open(Journal *journal, const char *path, Err *err);
bool journal_append(Journal *journal, const json_t *sample, Err *err);
void journal_close(Journal *journal);

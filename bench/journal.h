// The journal: one JSON line per finished sample, fsynced before the next sample starts.
// INVARIANT: whatever kills the harness, at most the last line is torn, and a torn last line is the one sample that is
// lost. A journal that cannot be continued is never deleted: it is renamed.
#pragma once
#include "base/err.h"
#include <jansson.h>

typedef struct Journal {
    int fd;
    char *path;
} Journal;

// What a journal holds.
typedef struct JournalContent {
    json_t *header, *samples; // NULL header: nothing that could be continued
    int broken;               // lines in the middle that are no JSON: samples that are lost
} JournalContent;

// Opens or makes the journal and locks it: until journal_close() or the end of the process no other harness can. Refuses
// what is not a regular file.
bool journal_open(Journal *journal, const char *path, Err *err);
// Reads it; a torn last line is cut off. false only when it cannot be read at all.
bool journal_read(const Journal *journal, JournalContent *content, Err *err);
void journal_content_free(JournalContent *content);
// Renames it to PATH.TAG (PATH.TAG-2, ... if that is there) and opens a new, empty one. `kept` gets the name.
bool journal_put_aside(Journal *journal, const char *tag, char kept[4200], Err *err);
// WHY it may fail: a journal whose size is not known is neither begun nor put aside.
bool journal_is_empty(const Journal *journal, bool *empty, Err *err);
bool journal_append(Journal *journal, const json_t *line, Err *err); // the header is the first line
void journal_close(Journal *journal);
void journal_remove(Journal *journal); // the run is done: closes, too

// A history on disk: a folder of files that are written once and never changed. runs/ holds one gzip file a run, named
//   20261129T021503Z-ec1475a0ffee-1a2b3c4d-0123456789abcdef.json.gz     time, commit, class of machine, content
// notes/ holds what people and detectors said, one small file each; hot/ the hot blocks of nights (ci/hot.h). A file is written to a temporary name, synced, and
// linked to its own: two writers never meet, and a kill leaves a temporary file at the most.
// INVARIANT: the last part of a name is the beginning of the SHA-256 of the document's JSON text. In the file a run stands by
// columns (ci/columns.h), or, if it was kept before there were any, as that text.
#pragma once
#include "base/err.h"
#include "base/bytes.h"
#include "ci/facts.h"

#define STORE_SCHEMA "nightjar.history/1"
#define NOTE_FAMILY  "nightjar.note"
#define HOT_SCHEMA   "nightjar.hot/1"

typedef struct Store {
    char *dir, *repo, *branch; // repo: where the order of commits comes from; may be NULL
} Store;

typedef struct StoreFile {
    char name[128]; // below the store's folder: "runs/...", "notes/..." or "hot/..."
    int64_t size, mtime_ns;
} StoreFile;
typedef VEC(StoreFile) StoreFiles;

bool store_init(const char *dir, const char *repo, const char *branch, Err *err);
bool store_open(Store *s, const char *dir, Err *err);
void store_close(Store *s);

// Keeps a run: what was measured, without the summary. `name` gets where; *known: it was there already.
bool store_add_run(const Store *s, const json_t *document, char name[128], bool *known, Err *err);
// {"kind": ..., ...}: schema and time are added. Also gives the name.
bool store_add_note(const Store *s, json_t *note, char name[128], Err *err);
// Hot blocks: `prefix` is that of the run's name.
bool store_add_hot(const Store *s, const json_t *hot, const char *prefix, char name[128], Err *err);
// The document as it is kept, checked against its name; a damaged file is refused by name.
json_t *store_load(const Store *s, const char *name, Err *err);
typedef enum StoreFound {
    STORE_WHOLE,
    STORE_DAMAGED,
    STORE_GONE,       // another process has removed it
    STORE_UNREADABLE, // the host refuses: it may be whole
} StoreFound;
// What the index takes, trusting gzip's own check sum: a tenth of the time. A message if it is not whole.
StoreFound store_load_facts(const Store *s, const char *name, RunFacts *facts, Err *err);
// The members of a run but for its samples, as quickly.
json_t *store_load_members(const Store *s, const char *name, Err *err);
bool store_read(const Store *s, const char *name, Bytes *out, Err *err); // the bytes of the file
// A run with its metrics, errors and summary again, as `bench` wrote it.
json_t *store_load_run(const Store *s, const char *name, Err *err);
// All notes in order of time. One that cannot be read is left out, and a message on stderr names it; `unread` (or NULL): how many.
json_t *store_notes(const Store *s, unsigned *unread);
// folder: "runs", "notes" or "hot", which may be missing; sorted by name. `strange` (or NULL): files that are not of the store, leftovers included.
bool store_list(const Store *s, const char *folder, StoreFiles *files, json_t *strange, Err *err);
bool store_remove(const Store *s, const char *name, Err *err); // and syncs the folder

// What the machine of a run is, for times: CPU, cores, hypervisor, SMT. The caller frees it.
char *store_machine_text(const json_t *environment);
void store_machine_class(const json_t *environment, char out[9]); // the beginning of its hash

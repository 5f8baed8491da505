// The noise file: what `nightjar aa` found out about this machine, nightjar.noise/1:
// {"schema", "cpu_model", "entries": [{"workload", "guest", "metric", "floor", "mde", "n", "drift", "size",
// "measured"}]}
#pragma once
#include "base/err.h"
#include <jansson.h>

// The entries measured on this CPU model (new reference); an empty array if there is no such file, or it is of another
// machine.
json_t *noise_load(const char *path);
// Computes the entries from a run of the matrix `aa` (new reference).
json_t *noise_measure(const json_t *document);
// Replaces the entries of the same workload, guest and metric, keeps the others.
bool noise_store(const char *path, const json_t *document, const json_t *entries, Err *err);
// The entry for workload, guest and metric in an array; NULL if there is none.
const json_t *noise_find(const json_t *entries, const char *workload, const char *guest, const char *metric);

// nightjar.run/1 as JSON: assembled from the journal's header and its samples. Loaded and checked by the typed model
// (bench/model/run.h), so every command refuses the same documents.
#pragma once
#include "base/err.h"
#include <jansson.h>

// The document of these samples: validity, metrics, summary. A pure function of its inputs. `noise` may be NULL. NULL and a
// message, which begins with `path`, if the header or a sample is not whole.
json_t *document_make(const json_t *header, const json_t *samples, const json_t *noise, const char *path, Err *err);
// The entries of `metrics`: times, counters of this emulator, and the events that occur in the samples.
json_t *document_metrics(const json_t *emulator_version, const json_t *samples);
bool document_has_fixed(const char *name); // a metric that every run has, whatever its emulator counts
// Loads a run and refuses what is not one: missing, truncated, foreign, newer, structurally broken.
json_t *document_load(const char *path, Err *err);
// What run_doc_load() refuses; the message names the member.
bool document_check(const json_t *document, const char *path, Err *err);
// Samples that do not count and exact metrics that varied: 0 means that everything can be trusted.
int document_faults(const json_t *document);

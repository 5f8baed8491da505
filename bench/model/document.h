// nightjar.run/1 as a whole: assembled from the journal's header and its samples, loaded, checked (RUN-FORMAT.md).
#pragma once
#include "base/err.h"
#include <jansson.h>

#define RUN_FAMILY "nightjar.run"
enum { RUN_VERSION = 1 };

// The document of these samples: validity, metrics, summary. A pure function of its inputs. `noise` may be NULL.
json_t *document_make(const json_t *header, const json_t *samples, const json_t *noise);
// The entries of `metrics`: times, counters of this emulator, and the events that occur in the samples.
json_t *document_metrics(const json_t *emulator_version, const json_t *samples);
// Loads a run and refuses what is not one: missing, truncated, foreign, newer, structurally broken.
json_t *document_load(const char *path, Err *err);
// Structural check of every required member; the message names the member.
bool document_check(const json_t *document, const char *path, Err *err);
json_t *document_tool(void); // {"name", "version", "commit", "dirty"}
// Samples that do not count and exact metrics that varied: 0 means that everything can be trusted.
int document_faults(const json_t *document);

// The text in which a history keeps a run: its samples by columns, one JSON value a line. What all samples of a kind have in
// common stands once, and a reader that wants nine metrics of forty parses no others: half the bytes, a tenth of the time.
#pragma once
#include "base/err.h"
#include <jansson.h>

// {"schema": "nightjar.run/1", ..., "samples": null}
// {"rows": 2, "invalid": 0, "purpose": "time", "keys": ["id", "config", ..., "metrics"], "same": {"config": "all-on"},
//  "metrics": ["cpu_ns"], "same_metrics": {}}
// ["id",4,9]                the first sample of this kind has id 4
// ["metrics.cpu_ns",812,799]
// ["#",17,3]                and was the 18th of the run
#define COLUMNS_METRIC "metrics."
char *columns_text(const json_t *run); // the caller frees it
bool columns_is(const char *text, size_t n);
json_t *columns_run(const char *text, size_t n, Err *err); // the run again, as it was; NULL and a message

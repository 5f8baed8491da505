// Cells have names, "workload/guest/configuration", and names change: an alias says under which name the old one goes on.
#pragma once
#include <jansson.h>
#include <stdbool.h>

// The newest name; aliases are followed one after the other, a circle ends where it began.
const char *name_now(const json_t *notes, const char *what, const char *name); // what: "workload", "guest", "config"
// Does "workload/guest/config", by today's names, fit the pattern (shell's wildcards; NULL fits all)?
bool cell_fits(const json_t *notes, const char *pattern, const char *workload, const char *guest, const char *config);

// The hot blocks of a night, small enough to be kept for each: nightjar.hot/1, made of nightjar.profile/1 documents. Nothing in it is
// of that night alone, so equal code gives equal documents.
//
// {"schema": "nightjar.hot/1", "profiles": [{"workload", "guest", "host_instructions", "guest_instructions",
//  "blocks": [{"gpc", "symbol", "offset", "hits", "host", "code": ["mov eax, ebx\tcompute\t17", "add eax, 1\tcompute"], "guest": [text]}]}]}
//
// `host`: executed host instructions of the block. A line of code has the number of its executions where it differs from the line before.
#pragma once
#include "ci/store.h"

// The blocks that make 90 % of each profile (new reference). NULL and a message.
json_t *hot_make(const char *const *profiles, uint32_t n, Err *err);
// Keeps it beside the run, whose name begins with the same time, commit and machine.
bool hot_add(const Store *s, const char *run, const char *const *profiles, uint32_t n, Err *err);
long hot_find(const StoreFiles *files, const char *run); // of the folder hot/: where those of the run are, or -1
// Those of a run ("runs/..."); `name` gets the file. NULL: there are none, or they are damaged.
json_t *hot_of_run(const Store *s, const StoreFiles *files, const char *run, char name[128]);

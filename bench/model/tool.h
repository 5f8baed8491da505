// The member `tool` of every document that the harness writes: itself, and the checkout in which it runs.
#pragma once
#include <jansson.h>
#include <stdbool.h>

typedef struct RunTool {
    const char *name, *version, *commit, *remote;
    bool dirty;
} RunTool;

// {"name", "version", "commit", "dirty", "remote"}: null where there is no checkout or no origin (new reference).
json_t *tool_document(void);
char *tool_web_address(const char *remote); // from git's remote; the caller frees it; NULL when there is none

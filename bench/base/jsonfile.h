// JSON files: loading with messages that say what is wrong, and writing that is never seen half done.
#pragma once
#include "base/err.h"
#include <jansson.h>

// The document, or NULL and a message naming the file (missing, empty, truncated, not JSON).
json_t *jsonfile_load(const char *path, Err *err);
// Loads a document of ours and refuses other schemas by name: `family` is "nightjar.run", `version`
// the newest that we can read.
json_t *jsonfile_load_schema(const char *path, const char *family, int version, Err *err);
// The same check of a document that is loaded already.
bool jsonfile_is_schema(const json_t *doc, const char *path, const char *family, int version, Err *err);
// As output.h writes: temporary name, fsync, rename, fsync of the folder. "-" is stdout.
bool jsonfile_write(const char *path, const json_t *doc, Err *err);
bool jsonfile_write_text(const char *path, const char *text, Err *err);

const char *json_text(const json_t *object, const char *key, const char *fallback); // a string member
double json_num(const json_t *object, const char *key, double fallback);            // a number member
void json_put(json_t *object, const char *key, json_t *value);                      // steals; a NULL value becomes null
json_t *json_string_or_null(const char *text);

#include "bench/base/jsonfile.h"
#include "base/alloc.h"
#include "bench/base/output.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *json_text(const json_t *object, const char *key, const char *fallback) {
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : fallback;
}

double json_num(const json_t *object, const char *key, double fallback) {
    const json_t *v = json_object_get(object, key);
    return json_is_number(v) ? json_number_value(v) : fallback;
}

void json_put(json_t *object, const char *key, json_t *value) {
    int rc = json_object_set_new(object, key, value ? value : json_null());
    BUG_IF(rc, "cannot set %s", key);
}

json_t *json_string_or_null(const char *text) { return text ? json_string(text) : json_null(); }

// WHY: a cut may fall into a word or a character, and then the parser complains about that instead of the end.
static bool is_cut_off(const char *path, const json_error_t *e, off_t size) {
    if (json_error_code(e) == json_error_premature_end_of_input) return true;
    FILE *f = fopen(path, "rb");
    int first = f ? fgetc(f) : EOF;
    if (f) fclose(f);
    return first == '{' && e->position + 4 >= size;
}

json_t *jsonfile_load(const char *path, Err *err) {
    struct stat st;
    json_error_t why;
    if (stat(path, &st)) {
        err_set(err, "%s: cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    if (S_ISDIR(st.st_mode)) {
        err_set(err, "%s: is a folder: name the documents in it, for example %s/*.json", path, path);
        return NULL;
    }
    if (S_ISREG(st.st_mode) && st.st_size == 0) {
        err_set(err, "%s: empty: it was never finished; run `nightjar bench` again, or --resume from its journal",
                path);
        return NULL;
    }
    json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (doc) return doc;
    if (json_error_code(&why) == json_error_cannot_open_file)
        err_set(err, "%s: cannot be read: %s; check its permissions", path, strerror(errno));
    else if (S_ISREG(st.st_mode) && is_cut_off(path, &why, st.st_size))
        err_set(err, "%s: truncated at line %d: take another copy, or --resume from its journal", path, why.line);
    else
        err_set(err, "%s: not a JSON document: line %d, column %d: %s", path, why.line, why.column, why.text);
    return NULL;
}

static const char *what_it_is(const char *schema) {
    static const char *const KNOWN[][2] = {{"nightjar.stats/", "the counters of a single emu process"},
                                           {"nightjar.blocks/", "a block profile; `nightjar profile` reads it"},
                                           {"nightjar.profile/", "a profile; `nightjar profile diff` reads it"},
                                           {"nightjar.journal/", "the journal of a run; --resume reads it"},
                                           {"nightjar.", "another document of Nightjar"}};
    for (size_t i = 0; i < ARRAY_LEN(KNOWN); i++)
        if (!strncmp(schema, KNOWN[i][0], strlen(KNOWN[i][0]))) return KNOWN[i][1];
    return "a document of another program";
}

bool jsonfile_is_schema(const json_t *doc, const char *path, const char *family, int version, Err *err) {
    const char *schema = json_text(doc, "schema", NULL);
    size_t len = strlen(family);
    char *end = NULL;
    if (!json_is_object(doc))
        return err_set(err, "%s: no JSON object, so not a document of Nightjar (expected %s/%d)", path, family,
                       version);
    if (!schema)
        return err_set(err, "%s: has no `schema`: not a document of Nightjar (expected %s/%d)", path, family, version);
    if (strncmp(schema, family, len) || schema[len] != '/')
        return err_set(err, "%s: is %.60s, %s; expected %s/%d", path, schema, what_it_is(schema), family, version);
    if (strtol(schema + len + 1, &end, 10) > version)
        return err_set(err, "%s: is %.60s, this nightjar reads up to %s/%d: use the newer nightjar that wrote it", path,
                       schema, family, version);
    if (end == schema + len + 1 || *end || strtol(schema + len + 1, NULL, 10) < 1)
        return err_set(err, "%s: has the broken schema name %.60s (expected %s/%d)", path, schema, family, version);
    return true;
}

json_t *jsonfile_load_schema(const char *path, const char *family, int version, Err *err) {
    json_t *doc = jsonfile_load(path, err);
    if (!doc || jsonfile_is_schema(doc, path, family, version, err)) return doc;
    json_decref(doc);
    return NULL;
}

bool jsonfile_write_text(const char *path, const char *text, Err *err) {
    return output_write(path, text, strlen(text), err);
}

bool jsonfile_write(const char *path, const json_t *doc, Err *err) {
    char *text = json_dumps(doc, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    BUG_IF(!text, "a document that cannot be written as JSON");
    size_t n = strlen(text);
    char *line = alloc_again(text, n + 2, 1);
    memcpy(line + n, "\n", 2);
    bool ok = jsonfile_write_text(path, line, err);
    free(line);
    return ok;
}

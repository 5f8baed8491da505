// The door of `nightjar report`: truncated, foreign, newer or incomplete documents stop here, by name.
#include "reports/report_refuse.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// WHY: a cut may fall into a word or a character, and then the parser complains about that instead of the end.
static bool is_cut_off(const char *path, const json_error_t *e, off_t size) {
    if (json_error_code(e) == json_error_premature_end_of_input) return true;
    FILE *f = fopen(path, "rb");
    int first = f ? fgetc(f) : EOF;
    if (f) fclose(f);
    return first == '{' && e->position + 4 >= size;
}

static json_t *explain_syntax(const char *path, const json_error_t *e, off_t size, Err *err) {
    if (is_cut_off(path, e, size))
        err_set(
            err,
            "%s: truncated: the document ends at line %d before it is complete; finish the run with `nightjar bench "
            "--resume`, or copy the file again",
            path, e->line);
    else
        err_set(err, "%s: not valid JSON at line %d, column %d (%s); give the document that `nightjar bench` wrote",
                path, e->line, e->column, e->text);
    return NULL;
}

json_t *report_read_json(const char *path, Err *err) {
    struct stat st;
    if (stat(path, &st) != 0) {
        err_set(err, "%s: cannot read: %s; give the document that `nightjar bench` wrote", path, strerror(errno));
        return NULL;
    }
    if (S_ISDIR(st.st_mode)) {
        err_set(err, "%s: is a folder; name the run documents in it, for example %s/*.json", path, path);
        return NULL;
    }
    if (S_ISREG(st.st_mode) && st.st_size == 0) {
        err_set(err, "%s: empty: the run wrote nothing; run `nightjar bench` again and check the disk", path);
        return NULL;
    }
    json_error_t e;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &e);
    if (root) return root;
    if (json_error_code(&e) == json_error_cannot_open_file) {
        err_set(err, "%s: cannot read: %s; check its permissions", path, strerror(errno));
        return NULL;
    }
    return explain_syntax(path, &e, st.st_size, err);
}

static bool refuse_schema(const char *schema, const char *path, Err *err) {
    if (!schema)
        return err_set(
            err, "%s: no member \"schema\": this is no nightjar document; give one that `nightjar bench` wrote", path);
    if (strcmp(schema, RUN_SCHEMA) == 0) return true;
    if (strncmp(schema, "nightjar.run/", 13) == 0) {
        if (atoi(schema + 13) > 1)
            return err_set(err,
                           "%s: is %s, written by a newer nightjar than this one (which reads %s); update nightjar",
                           path, schema, RUN_SCHEMA);
        return err_set(err, "%s: is %s; this nightjar reads %s; run `nightjar bench` again", path, schema, RUN_SCHEMA);
    }
    const char *hint = strncmp(schema, "nightjar.stats/", 15) == 0    ? "the counters of a single emu process"
                       : strncmp(schema, "nightjar.blocks/", 16) == 0 ? "a block profile; use `nightjar profile`"
                       : strncmp(schema, "nightjar.", 9) == 0         ? "another nightjar document"
                                                                      : "a document of another program";
    return err_set(err, "%s: is %.60s, %s; a report needs %s, which `nightjar bench` writes", path, schema, hint,
                   RUN_SCHEMA);
}

static bool need(const json_t *o, const char *key, json_type type, const char *where, const char *path, Err *err) {
    const json_t *v = json_object_get(o, key);
    if (v && json_typeof(v) == type) return true;
    return err_set(err, "%s: %s has no %s \"%s\"; the document is incomplete or was edited: run `nightjar bench` again",
                   path, where,
                   type == JSON_ARRAY    ? "list"
                   : type == JSON_OBJECT ? "object"
                                         : "text",
                   key);
}

static bool need_in_each(const json_t *root, const char *list, const char *const *keys, const char *path, Err *err) {
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(root, list), i, o) {
        char where[64];
        snprintf(where, sizeof where, "%s[%zu]", list, i);
        for (const char *const *k = keys; *k; k++)
            if (!need(o, *k, JSON_STRING, where, path, err)) return false;
    }
    return true;
}

bool report_refuse(const json_t *root, const char *path, Err *err) {
    if (!json_is_object(root))
        return err_set(err, "%s: is no JSON object; give the document that `nightjar bench` wrote", path);
    if (!refuse_schema(json_string_value(json_object_get(root, "schema")), path, err)) return false;
    static const char *const lists[] = {"configs", "workloads", "metrics", "samples"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (!need(root, lists[i], JSON_ARRAY, "the document", path, err)) return false;
    if (!need(root, "summary", JSON_OBJECT, "the document", path, err)) return false;
    const json_t *summary = json_object_get(root, "summary");
    if (!need(summary, "cells", JSON_ARRAY, "summary", path, err)) return false;
    static const char *const config_keys[] = {"id", NULL}, *const workload_keys[] = {"name", "guest", NULL};
    static const char *const metric_keys[] = {"name", NULL};
    static const char *const sample_keys[] = {"config", "workload", "guest", "purpose", NULL};
    return need_in_each(root, "configs", config_keys, path, err) &&
           need_in_each(root, "workloads", workload_keys, path, err) &&
           need_in_each(root, "metrics", metric_keys, path, err) &&
           need_in_each(root, "samples", sample_keys, path, err);
}

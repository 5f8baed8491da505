#include "bench/tests/lib_run.h"
#include "bench/base/jsonfile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static json_t *complete(const json_t *schema, const json_t *shape, json_t *value);

static const json_t *resolve(const json_t *schema, const json_t *shape) {
    const char *ref = json_text(shape, "$ref", NULL);
    return ref ? json_object_get(json_object_get(schema, "definitions"), strrchr(ref, '/') + 1) : shape;
}

static json_t *text_made(const json_t *shape, json_t *value) {
    char digest[65];
    const char *pattern = json_text(shape, "pattern", ""), *text = value ? json_string_value(value) : "";
    if (!strcmp(pattern, "^[0-9a-f]{64}$")) {
        snprintf(digest, sizeof digest, "%s", text);
        for (size_t n = strlen(digest); n < 64; n++) digest[n] = '0', digest[n + 1] = 0;
        text = digest;
    } else if (!value && strstr(pattern, "Z$")) {
        text = "2026-01-01T00:00:00Z";
    } else if (!value && json_object_get(shape, "minLength")) {
        text = "x";
    }
    json_t *made = json_string(text);
    json_decref(value);
    return made;
}

static json_t *object_made(const json_t *schema, const json_t *shape, json_t *value) {
    json_t *made = value ? value : json_object(), *name, *member;
    const json_t *properties = json_object_get(shape, "properties");
    const char *key;
    size_t i;
    json_array_foreach(json_object_get(shape, "required"), i, name) {
        const char *missing = json_string_value(name);
        if (!json_object_get(made, missing))
            json_put(made, missing, complete(schema, json_object_get(properties, missing), NULL));
    }
    json_object_foreach((json_t *)properties, key, member) {
        json_t *v = json_object_get(made, key);
        if (v) json_put(made, key, complete(schema, member, json_incref(v)));
    }
    return made;
}

static json_t *list_made(const json_t *schema, const json_t *shape, json_t *value) {
    json_t *made = value ? value : json_array();
    for (size_t i = 0; i < json_array_size(made); i++)
        json_array_set_new(made, i,
                           complete(schema, json_object_get(shape, "items"), json_incref(json_array_get(made, i))));
    return made;
}

// Takes the value, which may be NULL.
static json_t *complete(const json_t *schema, const json_t *at, json_t *value) {
    const json_t *shape = resolve(schema, at), *any = json_object_get(shape, "anyOf");
    bool nullable = any && !strcmp(json_text(json_array_get(any, 1), "type", ""), "null");
    if ((nullable && !value) || json_is_null(value)) return value ? value : json_null();
    if (nullable) return complete(schema, json_array_get(any, 0), value);
    const char *type = json_text(shape, "type", "");
    if (!strcmp(type, "object")) return object_made(schema, shape, value);
    if (!strcmp(type, "array")) return list_made(schema, shape, value);
    if (!strcmp(type, "string")) return text_made(shape, value);
    if (value) return value;
    if (!strcmp(type, "boolean")) return json_true();
    if (json_object_get(shape, "enum")) return json_incref(json_array_get(json_object_get(shape, "enum"), 0));
    return json_integer(json_object_get(shape, "exclusiveMinimum") ? 1 : 0);
}

json_t *document_completed(const json_t *schema, const json_t *made) {
    return complete(schema, schema, json_deep_copy(made));
}

RunDoc run_made(const json_t *made) {
    RunDoc doc;
    Err err = {0};
    json_t *schema = run_schema(), *whole = document_completed(schema, made);
    json_decref(schema);
    json_object_del(whole, "summary");
    if (!run_doc_draft(&doc, whole, "made", &err)) fail_msg("%s", err.text);
    return doc;
}

static RunDoc side_made(const json_t *made, const char *emulator) {
    json_t *copy = json_deep_copy(made);
    if (!json_object_get(copy, "emulator")) json_put(copy, "emulator", json_pack("{s:s}", "sha256", emulator));
    RunDoc doc = run_made(copy);
    json_decref(copy);
    return doc;
}

json_t *judge_made(const json_t *before, const json_t *after, const JudgeOptions *o, Err *err) {
    RunDoc a = side_made(before, "a"), b = side_made(after, "b");
    json_t *c = judge_compare(&a, &b, o, err);
    run_doc_free(&a), run_doc_free(&b);
    return c;
}

json_t *incomparable_made(const json_t *before, const json_t *after, bool exact_only) {
    RunDoc a = side_made(before, "a"), b = side_made(after, "b");
    json_t *reasons = judge_incomparable(&a, &b, exact_only);
    run_doc_free(&a), run_doc_free(&b);
    return reasons;
}

// The same table as a JSON schema (draft 7): one definition a shape, references by "#/definitions/NAME" only, so that
// every validator resolves them without a base address.
#include "bench/model/member.h"
#include <stdlib.h>
#include <string.h>

static json_t *text_schema(const Member *m) {
    json_t *s = json_pack("{s:s}", "type", "string");
    switch (m->kind) {
    case KIND_NAME: json_object_set_new(s, "minLength", json_integer(1)); break;
    case KIND_DIGEST: json_object_set_new(s, "pattern", json_string("^[0-9a-f]{64}$")); break;
    case KIND_MOMENT:
        json_object_set_new(s, "pattern", json_string("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"));
        break;
    case KIND_ADDRESS: json_object_set_new(s, "pattern", json_string("^0x[0-9a-f]+$")); break;
    case KIND_SHARD: json_object_set_new(s, "pattern", json_string("^[0-9]+/[0-9]+$")); break;
    default: break;
    }
    return s;
}

static json_t *choice_schema(const Member *m) {
    json_t *list = json_array();
    for (const char *at = m->choices; *at;) {
        size_t n = strcspn(at, " ");
        json_array_append_new(list, json_stringn(at, n));
        at += n + (at[n] == ' ');
    }
    return json_pack("{s:o}", "enum", list);
}

static json_t *reference(const char *name) {
    return json_pack("{s:o}", "$ref", json_sprintf("#/definitions/%s", name));
}

static json_t *map_of(const char *type) {
    return json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "type", type);
}

static json_t *list_of(json_t *items) { return json_pack("{s:s, s:o}", "type", "array", "items", items); }

static json_t *value_schema(const Member *m) {
    switch (m->kind) {
    case KIND_CHOICE: return choice_schema(m);
    case KIND_INT: return json_pack("{s:s}", "type", "integer");
    case KIND_COUNT: return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
    case KIND_NUMBER: return json_pack("{s:s}", "type", "number");
    case KIND_SIZE: return json_pack("{s:s, s:i}", "type", "number", "minimum", 0);
    case KIND_POSITIVE: return json_pack("{s:s, s:i}", "type", "number", "exclusiveMinimum", 0);
    case KIND_BOOL:
    case KIND_TRUTH: return json_pack("{s:s}", "type", "boolean");
    case KIND_TEXTS: return list_of(json_pack("{s:s}", "type", "string"));
    case KIND_SCALARS:
        return json_pack("{s:[o, o]}", "anyOf", list_of(json_pack("{s:s}", "type", "number")),
                         list_of(json_pack("{s:s}", "type", "string")));
    case KIND_SWITCHES: return map_of("boolean");
    case KIND_REASONS: return map_of("string");
    case KIND_VALUES: return map_of("number");
    case KIND_TALLY: return map_of("integer");
    case KIND_ROWS:
        return list_of(json_pack("{s:s, s:[{s:s}, {s:s}, {s:s}], s:i, s:i}", "type", "array", "items", "type",
                                 "integer", "type", "integer", "type", "string", "minItems", 3, "maxItems", 3));
    case KIND_FOREIGN: return json_pack("{s:s}", "type", "object");
    case KIND_STEP: return reference("step");
    case KIND_ONE: return reference(m->shape->name);
    case KIND_LIST: {
        json_t *s = list_of(reference(m->shape->name));
        if (m->key) json_object_set_new(s, "uniqueItems", json_true());
        return s;
    }
    default: return text_schema(m);
    }
}

// A member that may be null accepts either.
static json_t *member_schema_of(const Member *m) {
    json_t *s = value_schema(m);
    if (m->presence != NEEDED) s = json_pack("{s:[o, {s:s}]}", "anyOf", s, "type", "null");
    json_object_set_new(s, "description", json_string(m->help));
    return s;
}

static json_t *shape_schema(const Shape *shape) {
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < shape->n; i++) {
        const Member *m = &shape->members[i];
        json_object_set_new(properties, m->name, member_schema_of(m));
        if (m->presence < MAY_MISS) json_array_append_new(required, json_string(m->name));
    }
    json_t *s = json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required", required,
                          "additionalProperties", 0);
    if (shape->rule) {
        json_t *rule = json_loads(shape->rule, 0, NULL);
        BUG_IF(!rule, "the rule of %s is not JSON", shape->name);
        json_object_update(s, rule);
        json_decref(rule);
    }
    return s;
}

static void define(json_t *definitions, const Shape *shape) {
    for (size_t i = 0; i < shape->n; i++) {
        const Shape *inner = shape->members[i].shape;
        if (!inner || json_object_get(definitions, inner->name)) continue;
        define(definitions, inner);
        json_object_set_new(definitions, inner->name, shape_schema(inner));
    }
}

static bool has_step(const Shape *shape) {
    bool has = false;
    for (size_t i = 0; i < shape->n && !has; i++) {
        const Member *m = &shape->members[i];
        has = m->kind == KIND_STEP || (m->shape && has_step(m->shape));
    }
    return has;
}

json_t *member_schema(const Shape *shape, const char *title, const char *description) {
    json_t *schema = json_pack("{s:s, s:s, s:s}", "$schema", "http://json-schema.org/draft-07/schema#", "title", title,
                               "description", description);
    json_t *number = json_pack("{s:[s, s]}", "type", "number", "null"), *definitions = json_object();
    if (has_step(shape))
        json_object_set_new(definitions, "step",
                            json_pack("{s:s, s:{s:O, s:O, s:O}, s:[s, s, s]}", "type", "object", "properties", "ratio",
                                      number, "lo", number, "hi", number, "required", "ratio", "lo", "hi"));
    json_decref(number);
    define(definitions, shape);
    json_object_set_new(schema, "definitions", definitions);
    json_t *top = shape_schema(shape);
    json_object_update(schema, top);
    json_decref(top);
    return schema;
}

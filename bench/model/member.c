#include "bench/model/member.h"
#include "bench/model/estimate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Place { // where in the document the reader is, innermost first
    const struct Place *up;
    const char *name; // a member's name; NULL: an item of a list
    size_t index;
} Place;

typedef struct GenericVec { // the layout of every VEC
    char *at;
    uint32_t n, cap;
} GenericVec;

static void *field(void *into, const Member *m) { return (char *)into + m->offset; }

static size_t place_text(const Place *p, char *out, size_t size) {
    size_t n = p->up ? place_text(p->up, out, size) : 0;
    if (n >= size) return n;
    if (p->name) return n + (size_t)snprintf(out + n, size - n, "%s%.80s", n ? "." : "", p->name);
    return n + (size_t)snprintf(out + n, size - n, "[%zu]", p->index);
}

static bool refuse(const MemberReader *r, const Place *p, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool refuse(const MemberReader *r, const Place *p, const char *fmt, ...) {
    char where[300], why[500];
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    place_text(p, where, sizeof where);
    return err_set(r->err, "%s: `%s` %s: not a whole %s document; run `%s` again, or copy the file again", r->file,
                   where, why, r->schema, r->again);
}

// ---- what a kind accepts --------------------------------------------------------------------------------------------

static bool is_hex(const char *s, size_t digits) {
    size_t n = strspn(s, "0123456789abcdef");
    return n == digits && !s[n];
}

// 9 stands for any digit, everything else for itself.
static bool fits_mask(const char *s, const char *mask) {
    for (; *s && *mask; s++, mask++)
        if (*mask == '9' ? *s < '0' || *s > '9' : *s != *mask) return false;
    return !*s && !*mask;
}

static bool is_shard(const char *s) {
    size_t n = strspn(s, "0123456789"), m = n && s[n] == '/' ? strspn(s + n + 1, "0123456789") : 0;
    return m && !s[n + 1 + m];
}

static bool is_address(const char *s) {
    size_t n = strncmp(s, "0x", 2) ? 0 : strspn(s + 2, "0123456789abcdef");
    return n && !s[2 + n];
}

static bool is_choice(const char *s, const char *choices) {
    size_t n = strlen(s);
    for (const char *at = choices; n && (at = strstr(at, s)); at++)
        if ((at == choices || at[-1] == ' ') && (!at[n] || at[n] == ' ')) return true;
    return false;
}

static bool all_of(const json_t *v, json_type a, json_type b) {
    const char *key;
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)v, i, item) if (json_typeof(item) != a && json_typeof(item) != b) return false;
    json_object_foreach((json_t *)v, key, item) if (json_typeof(item) != a && json_typeof(item) != b) return false;
    return true;
}

static const char *member_wants(MemberKind kind) {
    static const char *const WANTS[KIND_COUNT_OF_KINDS] = {
        [KIND_TEXT] = "a text",
        [KIND_NAME] = "a text that is not empty",
        [KIND_DIGEST] = "a SHA-256 of 64 hexadecimal digits",
        [KIND_MOMENT] = "a time such as 2026-01-01T00:00:00Z",
        [KIND_SHARD] = "a shard such as 2/3",
        [KIND_CHOICE] = "one of",
        [KIND_ADDRESS] = "an address such as 0x80000000",
        [KIND_INT] = "an integer",
        [KIND_COUNT] = "an integer of at least 0",
        [KIND_NUMBER] = "a number",
        [KIND_SIZE] = "a number of at least 0",
        [KIND_POSITIVE] = "a number above 0",
        [KIND_BOOL] = "true or false",
        [KIND_TRUTH] = "true or false",
        [KIND_TEXTS] = "a list of texts",
        [KIND_SCALARS] = "a list of numbers or texts",
        [KIND_SWITCHES] = "an object of switches that are true or false",
        [KIND_REASONS] = "an object of texts",
        [KIND_TALLY] = "an object of integers",
        [KIND_FOREIGN] = "an object",
        [KIND_VALUES] = "an object of numbers",
        [KIND_ROWS] = "a list of [integer, integer, text]",
        [KIND_STEP] = "an object with ratio, lo and hi",
        [KIND_ONE] = "an object",
        [KIND_LIST] = "a list of objects",
        [KIND_CONFIG] = "the id of a configuration",
        [KIND_WORKLOAD] = "the name of a workload",
        [KIND_METRIC] = "the name of a metric",
    };
    return WANTS[kind];
}

static bool text_fits(const Member *m, const char *s) {
    switch (m->kind) {
    case KIND_NAME: return *s;
    case KIND_DIGEST: return is_hex(s, 64);
    case KIND_MOMENT: return fits_mask(s, "9999-99-99T99:99:99Z");
    case KIND_SHARD: return is_shard(s);
    case KIND_ADDRESS: return is_address(s);
    case KIND_CHOICE: return is_choice(s, m->choices);
    default: return true;
    }
}

static bool all_rows(const json_t *v) {
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)v, i, row) {
        if (json_array_size(row) != 3 || !json_is_integer(json_array_get(row, 0)) ||
            !json_is_integer(json_array_get(row, 1)) || !json_is_string(json_array_get(row, 2)))
            return false;
    }
    return true;
}

static bool fits(const Member *m, const json_t *v) {
    switch (m->kind) {
    case KIND_INT: return json_is_integer(v);
    case KIND_COUNT: return json_is_integer(v) && json_integer_value(v) >= 0;
    case KIND_NUMBER: return json_is_number(v);
    case KIND_SIZE: return json_is_number(v) && json_number_value(v) >= 0;
    case KIND_POSITIVE: return json_is_number(v) && json_number_value(v) > 0;
    case KIND_BOOL:
    case KIND_TRUTH: return json_is_boolean(v);
    case KIND_TEXTS: return json_is_array(v) && all_of(v, JSON_STRING, JSON_STRING);
    case KIND_SCALARS:
        return json_is_array(v) && (all_of(v, JSON_INTEGER, JSON_REAL) || all_of(v, JSON_STRING, JSON_STRING));
    case KIND_SWITCHES: return json_is_object(v) && all_of(v, JSON_TRUE, JSON_FALSE);
    case KIND_REASONS: return json_is_object(v) && all_of(v, JSON_STRING, JSON_STRING);
    case KIND_VALUES: return json_is_object(v) && all_of(v, JSON_INTEGER, JSON_REAL);
    case KIND_TALLY: return json_is_object(v) && all_of(v, JSON_INTEGER, JSON_INTEGER);
    case KIND_ROWS: return json_is_array(v) && all_rows(v);
    case KIND_FOREIGN:
    case KIND_STEP:
    case KIND_ONE: return json_is_object(v);
    case KIND_LIST: return json_is_array(v);
    default: return json_is_string(v) && text_fits(m, json_string_value(v));
    }
}

// ---- reading --------------------------------------------------------------------------------------------------------

static bool read_object(const MemberReader *r, const Shape *shape, const json_t *o, void *into, const Place *up);

static int by_metric(const void *a, const void *b) {
    const MemberValue *x = a, *y = b;
    return (x->metric > y->metric) - (x->metric < y->metric);
}

static bool read_values(const MemberReader *r, const json_t *v, MemberValues *out, const Place *here) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)v, name, value) {
        Place inner = {here, name, 0};
        uint32_t metric = r->find(r->names, KIND_METRIC, name, NULL);
        if (metric == MEMBER_NONE) return refuse(r, &inner, "is a value of a metric which `metrics` does not have");
        vec_push(out, ((MemberValue){metric, json_number_value(value)}));
    }
    if (out->n) qsort(out->at, out->n, sizeof *out->at, by_metric);
    return true;
}

static void read_rows(const json_t *v, MemberRows *out) {
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)v, i, row) {
        MemberRow r = {json_integer_value(json_array_get(row, 0)), json_integer_value(json_array_get(row, 1)),
                       json_string_value(json_array_get(row, 2))};
        vec_push(out, r);
    }
}

static bool read_step(const MemberReader *r, const json_t *v, Est *out, const Place *here) {
    static const char *const PARTS[] = {"ratio", "lo", "hi"};
    double part[3];
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
        const json_t *x = json_object_get(v, PARTS[i]);
        Place inner = {here, PARTS[i], 0};
        if (!json_is_number(x) && !json_is_null(x)) return refuse(r, &inner, "is no number, and not null");
        part[i] = json_is_number(x) ? json_number_value(x) : NAN;
    }
    *out = est_or_none(part[0], part[1], part[2]);
    return true;
}

// The members of the key, one after the other: what tells the items of a list apart.
static char *key_of(const json_t *item, const char *key) {
    json_t *parts = json_array();
    for (const char *at = key; *at;) {
        size_t n = strcspn(at, " ");
        char name[40];
        snprintf(name, sizeof name, "%.*s", (int)n, at);
        json_t *v = json_object_get(item, name);
        json_array_append(parts, v ? v : json_null());
        at += n + (at[n] == ' ');
    }
    char *text = json_dumps(parts, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(parts);
    return text;
}

static bool is_again(const MemberReader *r, const Member *m, const json_t *item, json_t *seen, const Place *here) {
    if (!m->key) return false;
    char *key = key_of(item, m->key);
    const json_t *first = json_object_get(seen, key);
    if (first)
        refuse(r, here, "is item %lld again (the same %s: %.120s)", (long long)json_integer_value(first), m->key, key);
    else
        json_object_set_new(seen, key, json_integer((json_int_t)here->index));
    free(key);
    return first != NULL;
}

static bool read_list(const MemberReader *r, const Member *m, const json_t *v, GenericVec *out, const Place *here) {
    size_t i;
    json_t *item, *seen = json_object();
    bool ok = true;
    json_array_foreach((json_t *)v, i, item) {
        Place inner = {here, NULL, i};
        if (out->n == out->cap) out->at = vec_grow(out->at, &out->cap, out->n + 1, m->shape->size);
        void *into = out->at + (size_t)out->n++ * m->shape->size;
        memset(into, 0, m->shape->size);
        ok = json_is_object(item) || refuse(r, &inner, "is not an object");
        ok = ok && read_object(r, m->shape, item, into, &inner) && !is_again(r, m, item, seen, &inner);
        if (!ok) break;
    }
    json_decref(seen);
    return ok;
}

static bool read_reference(const MemberReader *r, const Member *m, const json_t *o, const char *name, uint32_t *out,
                           const Place *here) {
    static const char *const LISTS[] = {"configs", "workloads", "metrics"};
    const char *guest = json_string_value(json_object_get(o, "guest"));
    *out = r->find(r->names, m->kind, name, guest);
    if (*out != MEMBER_NONE) return true;
    bool with_guest = m->kind == KIND_WORKLOAD;
    return refuse(r, here, "is %.80s%s%.40s, which `%s` does not have", name, with_guest ? " of the guest " : "",
                  with_guest && guest ? guest : "", LISTS[m->kind - KIND_CONFIG]);
}

// What a member is that the document does not have, or has as null.
static void read_nothing(const Member *m, void *at) {
    if (m->presence == ELSE_ZERO) return; // zeroed
    switch (m->kind) {
    case KIND_INT:
    case KIND_COUNT: *(int64_t *)at = MEMBER_NULL; break;
    case KIND_NUMBER:
    case KIND_SIZE:
    case KIND_POSITIVE: *(double *)at = NAN; break;
    case KIND_TRUTH: *(int *)at = -1; break;
    case KIND_CONFIG:
    case KIND_WORKLOAD:
    case KIND_METRIC: *(uint32_t *)at = MEMBER_NONE; break;
    default: break; // zeroed: NULL, an empty list, false
    }
}

static bool read_value(const MemberReader *r, const Member *m, const json_t *o, const json_t *v, void *at,
                       const Place *here) {
    switch (m->kind) {
    case KIND_INT:
    case KIND_COUNT: *(int64_t *)at = json_integer_value(v); return true;
    case KIND_NUMBER:
    case KIND_SIZE:
    case KIND_POSITIVE: *(double *)at = json_number_value(v); return true;
    case KIND_BOOL: *(bool *)at = json_is_true(v); return true;
    case KIND_TRUTH: *(int *)at = json_is_true(v); return true;
    case KIND_TEXTS:
    case KIND_SCALARS:
    case KIND_SWITCHES:
    case KIND_REASONS:
    case KIND_TALLY:
    case KIND_FOREIGN: *(const json_t **)at = v; return true;
    case KIND_VALUES: return read_values(r, v, at, here);
    case KIND_ROWS: read_rows(v, at); return true;
    case KIND_STEP: return read_step(r, v, at, here);
    case KIND_ONE: return read_object(r, m->shape, v, at, here);
    case KIND_LIST: return read_list(r, m, v, at, here);
    case KIND_CONFIG:
    case KIND_WORKLOAD:
    case KIND_METRIC: return read_reference(r, m, o, json_string_value(v), at, here);
    default: *(const char **)at = json_string_value(v); return true;
    }
}

static bool read_member(const MemberReader *r, const Member *m, const json_t *o, void *into, const Place *up) {
    const json_t *v = json_object_get(o, m->name);
    Place here = {up, m->name, 0};
    if (!v || json_is_null(v)) read_nothing(m, field(into, m));
    if (!v) return m->presence >= MAY_MISS || refuse(r, &here, "is missing");
    if (json_is_null(v)) return m->presence != NEEDED || refuse(r, &here, "is null, not %s", member_wants(m->kind));
    if (fits(m, v)) return read_value(r, m, o, v, field(into, m), &here);
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
    refuse(r, &here, "is %.60s, not %s%s%s", text ? text : "?", member_wants(m->kind), m->choices ? " " : "",
           m->choices ? m->choices : "");
    free(text);
    return false;
}

static bool is_known(const Shape *shape, const char *name) {
    for (size_t i = 0; i < shape->n; i++)
        if (!strcmp(shape->members[i].name, name)) return true;
    return false;
}

static bool read_object(const MemberReader *r, const Shape *shape, const json_t *o, void *into, const Place *up) {
    const char *name;
    json_t *v;
    for (size_t i = 0; i < shape->n; i++)
        if (!read_member(r, &shape->members[i], o, into, up)) return false;
    json_object_foreach((json_t *)o, name, v) {
        Place here = {up, name, 0};
        if (!is_known(shape, name)) return refuse(r, &here, "is no member of %s that this nightjar knows", r->schema);
    }
    return true;
}

bool member_read(const MemberReader *reader, const Shape *shape, const json_t *object, void *into) {
    return read_object(reader, shape, object, into, NULL);
}

void member_free(const Shape *shape, void *struct_at) {
    for (size_t i = 0; i < shape->n; i++) {
        const Member *m = &shape->members[i];
        void *at = field(struct_at, m);
        if (m->kind == KIND_ONE) member_free(m->shape, at);
        if (m->kind == KIND_VALUES) vec_free((MemberValues *)at);
        if (m->kind == KIND_ROWS) vec_free((MemberRows *)at);
        if (m->kind != KIND_LIST) continue;
        GenericVec *list = at;
        for (uint32_t k = 0; k < list->n; k++) member_free(m->shape, list->at + (size_t)k * m->shape->size);
        vec_free(list);
    }
}

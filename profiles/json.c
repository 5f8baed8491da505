#include "base/alloc.h"
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <stdlib.h>
#include <string.h>

json_int_t pj_int(const json_t *object, const char *key) { return json_integer_value(json_object_get(object, key)); }

uint64_t pj_hex(const json_t *object, const char *key) { return strtoull(json_text(object, key, "0"), NULL, 16); }

void pj_add(json_t *object, const char *key, json_int_t n) {
    json_t *v = json_object_get(object, key);
    if (v)
        json_integer_set(v, json_integer_value(v) + n);
    else
        json_put(object, key, json_integer(n));
}

void pj_add_all(json_t *object, const json_t *numbers) {
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)numbers, key, v) pj_add(object, key, json_integer_value(v));
}

json_t *pj_child(json_t *object, const char *key, bool *made) {
    json_t *child = json_object_get(object, key);
    if (made) *made = !child;
    if (child) return child;
    child = json_object();
    json_object_set_new(object, key, child);
    return child;
}

typedef struct Keyed {
    json_t *value;
    json_int_t key;
    size_t at;
} Keyed;

static int by_key(const void *x, const void *y) {
    const Keyed *a = x, *b = y;
    if (a->key != b->key) return a->key < b->key ? 1 : -1;
    return a->at < b->at ? -1 : 1; // qsort is not stable
}

json_t *pj_sorted(json_t *object, const char *by) {
    size_t n = 0;
    Keyed *all = alloc_bytes((json_object_size(object) + 1) * sizeof *all);
    const char *name;
    json_t *v;
    json_object_foreach(object, name, v) {
        all[n] = (Keyed){v, pj_int(v, by), n};
        n++;
    }
    qsort(all, n, sizeof *all, by_key);
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) json_array_append(list, all[i].value);
    free(all);
    json_decref(object);
    return list;
}

double pj_share(json_int_t part, json_int_t whole) { return whole ? (double)part / (double)whole : 0; }

void pj_place(char *out, size_t size, const json_t *entry) {
    place_text(out, size, json_text(entry, "symbol", NULL), pj_int(entry, "offset"), json_text(entry, "gpc", "?"));
}

void pj_source(char *out, size_t size, const json_t *entry) {
    source_text(out, size, json_text(entry, "file", NULL), pj_int(entry, "line"));
}

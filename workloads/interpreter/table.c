// Arrays: hash tables with open addressing. A key is a number or a text.
#include "value.h"

Table *table_new(Heap *h) {
    Table *t = (Table *)heap_object(h, TABLE, sizeof(Table));
    t->n = t->n_used = t->size = 0;
    t->at = NULL;
    return t;
}

// "12" and 12 are one key, "012" is another.
Value table_key(Value v) {
    if (v.kind == NUMBER) return v;
    if (v.kind != TEXT) return number_value(0); // of awk "" is a key of its own: the programs do not use it
    const char *p = v.text->bytes;
    bool negative = *p == '-';
    uint32_t n = v.text->length - negative;
    p += negative;
    if (!n || n > 9 || (*p == '0' && (n > 1 || negative))) return v;
    for (uint32_t i = 0; i < n; i++)
        if (p[i] < '0' || p[i] > '9') return v;
    return number_value(number_of_text(v.text));
}

static uint32_t hash_of(Value key) {
    return key.kind == TEXT ? key.text->hash ^ key.text->hash >> 15 : (uint32_t)key.number * 0x9e3779b1u >> 7;
}

static bool same_key(Value a, Value b) {
    if (a.kind != b.kind) return false;
    if (a.kind == NUMBER) return a.number == b.number;
    return a.text == b.text || (a.text->hash == b.text->hash && a.text->length == b.text->length &&
                                !memcmp(a.text->bytes, b.text->bytes, a.text->length));
}

static bool is_free(const Entry *e) { return e->key.kind == NIL && !e->key.number; }

static Entry *find(const Table *t, Value key, uint32_t hash) {
    for (uint32_t i = hash;; i++) {
        Entry *e = &t->at[i & (t->size - 1)];
        if (is_free(e)) return NULL;
        if (e->hash == hash && same_key(e->key, key)) return e;
    }
}

Value *table_find(const Table *t, Value key) {
    Entry *e = t->size ? find(t, key, hash_of(key)) : NULL;
    return e ? &e->value : NULL;
}

static Entry *add(Table *t, Value key, uint32_t hash) {
    uint32_t i = hash & (t->size - 1);
    while (!is_free(&t->at[i])) i = (i + 1) & (t->size - 1);
    t->at[i] = (Entry){key, {.kind = NIL}, hash};
    t->n++, t->n_used++;
    return &t->at[i];
}

static void make_room(Heap *h, Table *t) {
    Entry *old = t->at;
    uint32_t size = t->size;
    uint8_t class = t->class;
    t->size = 8;
    while (t->size < 2 * t->n + 2) t->size *= 2;
    t->at = heap_take(h, t->size * (uint32_t)sizeof(Entry), &t->class);
    memset(t->at, 0, t->size * sizeof(Entry));
    t->n = t->n_used = 0;
    for (uint32_t i = 0; i < size; i++)
        if (old[i].key.kind != NIL) add(t, old[i].key, old[i].hash)->value = old[i].value;
    if (size) heap_give(h, old, class);
}

Value *table_place(Heap *h, Table *t, Value key) {
    uint32_t hash = hash_of(key);
    Entry *e = t->size ? find(t, key, hash) : NULL;
    if (e) return &e->value;
    if (4 * (t->n_used + 1) > 3 * t->size) make_room(h, t);
    return &add(t, key, hash)->value;
}

void table_remove(Table *t, Value key) {
    Entry *e = t->size ? find(t, key, hash_of(key)) : NULL;
    if (!e) return;
    *e = (Entry){.key = {.kind = NIL, .number = 1}};
    t->n--;
}

void table_clear(Heap *h, Table *t) {
    if (t->size) heap_give(h, t->at, t->class);
    t->n = t->n_used = t->size = 0;
    t->at = NULL;
}

Keys *table_keys(Heap *h, const Table *t) {
    Keys *k = (Keys *)heap_object(h, KEYS, (uint32_t)(sizeof(Keys) + t->n * sizeof(Value)));
    k->n = 0;
    for (uint32_t i = 0; i < t->size; i++)
        if (t->at[i].key.kind != NIL) k->at[k->n++] = t->at[i].key;
    return k;
}

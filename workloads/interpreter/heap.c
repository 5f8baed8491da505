// Memory in classes of sizes, each with a list of what is free; marking and sweeping.
#include "value.h"

enum { FIRST_DUE = 96 << 10 };

void heap_begin(Heap *h, void *memory, size_t n) {
    memset(h, 0, sizeof *h);
    arena_begin(&h->arena, memory, n);
    h->n_due = FIRST_DUE;
}

static uint32_t bytes_of(uint8_t class) { return 16u << class; }

// WHY not cleared: texts, of which most are made, are written at once.
void *heap_take(Heap *h, uint32_t n, uint8_t *class) {
    uint8_t c = 0;
    while (bytes_of(c) < n) c++;
    *class = c;
    h->n_bytes += bytes_of(c);
    void *at = h->free[c];
    if (!at) return arena_take(&h->arena, bytes_of(c));
    h->free[c] = *(void **)at;
    return at;
}

void heap_give(Heap *h, void *at, uint8_t class) {
    *(void **)at = h->free[class];
    h->free[class] = at;
    h->n_bytes -= bytes_of(class);
}

Object *heap_object(Heap *h, Kind kind, uint32_t n) {
    uint8_t class;
    Object *o = heap_take(h, n, &class);
    *o = (Object){h->all, (uint8_t)kind, class, 0};
    h->all = o;
    h->n_objects++;
    return o;
}

// ---- collecting
static void mark_table(const Table *t) {
    for (uint32_t i = 0; i < t->size; i++)
        if (t->at[i].key.kind != NIL) heap_mark(t->at[i].key), heap_mark(t->at[i].value);
}

// An array holds no array, so this goes three deep at most.
void heap_mark(Value v) {
    if (v.kind < TEXT || v.object->is_marked) return;
    v.object->is_marked = 1;
    if (v.kind == TABLE) mark_table(v.table);
    for (uint32_t i = 0; v.kind == KEYS && i < v.keys->n; i++) heap_mark(v.keys->at[i]);
}

void heap_sweep(Heap *h) {
    Object **last = &h->all;
    for (Object *o = h->all, *next; o; o = next) {
        next = o->next;
        if (o->is_marked) {
            o->is_marked = 0;
            *last = o, last = &o->next;
            continue;
        }
        if (o->kind == TABLE && ((Table *)o)->size) heap_give(h, ((Table *)o)->at, ((Table *)o)->class);
        heap_give(h, o, o->class);
    }
    *last = NULL;
    h->n_due = h->n_bytes + h->n_bytes / 2 + FIRST_DUE;
    h->n_rounds++;
}

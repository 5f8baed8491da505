// Values, and the heap that the larger ones live on.
//
// A value is nothing, a number, a text or an array; nothing is 0 and "" at once. Texts do not change. The heap is collected by marking and
// sweeping, at calls and backward jumps alone: there everything that lives is on the stack, in a global or a constant.
#pragma once

#include "../compiler/base.h"

typedef enum { NIL, NUMBER, TEXT, TABLE, KEYS } Kind; // KEYS: of a loop, not of the language

typedef struct Object {
    struct Object *next; // of all objects
    uint8_t kind, class, is_marked;
} Object;

typedef struct {
    uint32_t kind;
    union {
        int32_t number;
        struct Str *text;
        struct Table *table;
        struct Keys *keys;
        Object *object;
    };
} Value;

typedef struct Str {
    Object object;
    uint32_t length, hash;
    char bytes[]; // ended by a 0
} Str;

typedef struct {
    Value key; // NIL: free, or deleted (number 1)
    Value value;
    uint32_t hash;
} Entry;

typedef struct Table {
    Object object;
    uint32_t n, n_used, size; // used: or deleted; size: a power of two, or 0
    Entry *at;
    uint8_t class; // of the memory at `at`
} Table;

typedef struct Keys {
    Object object;
    uint32_t n;
    Value at[];
} Keys;

enum { CLASSES = 18 }; // of memory: 16 << class bytes

typedef struct Heap {
    Arena arena;
    void *free[CLASSES];
    Object *all;
    uint32_t n_bytes;   // in use
    uint32_t n_due;     // to be collected when there are so many
    uint32_t n_rounds;  // of collection
    uint32_t n_objects; // made so far
} Heap;

void heap_begin(Heap *h, void *memory, size_t n);
static inline bool heap_is_due(const Heap *h) { return h->n_bytes >= h->n_due; }
void heap_mark(Value v);  // what a collection must keep
void heap_sweep(Heap *h); // frees what was not marked
void *heap_take(Heap *h, uint32_t n, uint8_t *class);
void heap_give(Heap *h, void *at, uint8_t class);
Object *heap_object(Heap *h, Kind kind, uint32_t n);

// ---- numbers and texts
static inline Value number_value(int32_t n) { return (Value){.kind = NUMBER, .number = n}; }
static inline Value text_value(Str *s) { return (Value){.kind = TEXT, .text = s}; }
Str *text_new(Heap *h, const char *bytes, uint32_t n);
Str *text_room(Heap *h, uint32_t n); // to be filled in, then:
void text_done(Str *s);
Str *text_of(Heap *h, Value v); // as it is printed
int32_t number_of_text(const Str *s);
static inline int32_t number_of(Value v) {
    return v.kind == NUMBER ? v.number : v.kind == TEXT ? number_of_text(v.text) : 0;
}
static inline bool truth_of(Value v) { return v.kind == NUMBER ? v.number != 0 : v.kind == TEXT && v.text->length; }
int compare(Heap *h, Value a, Value b);                       // as awk does: below 0, 0, above 0
bool text_matches(const Str *text, const Str *pattern);       // match.c
Str *text_format(Heap *h, const Value *argument, uint32_t n); // format.c: the first is the format

// ---- arrays
Table *table_new(Heap *h);
Value table_key(Value v);                     // a text that is a whole number, as it would be printed, is that number
Value *table_find(const Table *t, Value key); // NULL: it is not there
Value *table_place(Heap *h, Table *t, Value key); // made if it is not there
void table_remove(Table *t, Value key);
void table_clear(Heap *h, Table *t);
Keys *table_keys(Heap *h, const Table *t);

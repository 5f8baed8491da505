// What every part of the compiler uses: memory, lists, text, names, and the first error.
//
// A compilation takes all of its memory from one arena and gives it back at once. An error is kept, not thrown: the lexer delivers
// the end of the file from then on, so every loop of the parser comes to an end, and nothing is generated.
#pragma once

#include "runtime.h"

#include <stdbool.h>

// ---- memory
typedef struct {
    char *at, *end, *base;
} Arena;

void arena_begin(Arena *a, void *memory, size_t n);
void *arena_take(Arena *a, size_t n); // zeroed, aligned to 8 bytes; traps if there is not so much

// A growing array. LIST(int) l = {0}; list_push(a, &l, 3); l.at[0]; l.n
#define LIST(T)                                                                                                        \
    struct {                                                                                                           \
        T *at;                                                                                                         \
        uint32_t n, cap;                                                                                               \
    }
#define list_push(arena, l, x)                                                                                         \
    ((l)->n == (l)->cap ? (void)((l)->at = list_grow((arena), (l)->at, (l)->n, &(l)->cap, sizeof *(l)->at)) : (void)0, \
     (l)->at[(l)->n++] = (x))
void *list_grow(Arena *a, const void *at, uint32_t n, uint32_t *cap, size_t size);

#define NEW(arena, T)      ((T *)arena_take((arena), sizeof(T)))
#define NEW_N(arena, T, n) ((T *)arena_take((arena), (n) * sizeof(T)))
#define COUNT_OF(array)    (sizeof(array) / sizeof *(array))

// ---- sets of small numbers
typedef struct {
    uint32_t *word;
    uint32_t n_words;
} Set;

Set set_new(Arena *a, uint32_t n);
static inline bool set_has(const Set *s, uint32_t i) { return s->word[i >> 5] >> (i & 31) & 1; }
static inline void set_add(Set *s, uint32_t i) { s->word[i >> 5] |= 1u << (i & 31); }
static inline void set_remove(Set *s, uint32_t i) { s->word[i >> 5] &= ~(1u << (i & 31)); }
void set_clear(Set *s);
void set_copy(Set *to, const Set *from);
bool set_join(Set *to, const Set *from); // did `to` grow?
#define SET_END 0xffffffffu
uint32_t set_next(const Set *s, uint32_t from); // the least member that is not below `from`, or SET_END

// ---- text
typedef struct {
    Arena *arena;
    char *at; // not terminated
    uint32_t n, cap;
} Text;

void text_char(Text *t, char c);
void text_add(Text *t, const char *s);
void text_number(Text *t, int32_t value);

// ---- names: each spelling once, so that equal names are equal pointers
typedef struct Name {
    struct Name *next; // in its bucket
    const char *text;
    uint32_t length, hash;
    uint16_t keyword;    // kind of token, if it is one
    struct Macro *macro; // what it stands for now
    struct Symbol *symbol, *tag;
} Name;

enum { NAME_BUCKETS = 256 };

typedef struct {
    Arena *arena;
    Name *bucket[NAME_BUCKETS];
} Names;

Name *name_of(Names *names, const char *text, uint32_t length);

// ---- errors
typedef struct {
    const char *what; // NULL: none
    const char *name; // what it is about, or ""
    uint32_t line;
} Error;

void error_set(Error *e, uint32_t line, const char *what, const char *name); // the first one stays

uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t n); // FNV-1a
#define HASH_BEGIN 0x811c9dc5u

// A hash table with open addressing: a power of two of places, at most half of them taken.
#include "jit/branches.h"
#include "base/alloc.h"
#include <stdlib.h>

enum { FIRST_SIZE = 64 };

// A branch that was never executed is no branch: its place is free.
static bool is_free(const Branch *b) { return !b->end; }

static Branch *place_of(const Branches *t, gpc end) {
    uint32_t i = (uint32_t)(end * 0x9e3779b97f4a7c15ull >> 32) & (t->size - 1);
    while (!is_free(&t->at[i]) && t->at[i].end != end) i = (i + 1) & (t->size - 1);
    return &t->at[i];
}

static void grow(Branches *t) {
    Branches old = *t;
    t->size = old.size ? 2 * old.size : FIRST_SIZE;
    t->at = alloc_zeroed(t->size, sizeof *t->at);
    for (uint32_t i = 0; i < old.size; i++)
        if (!is_free(&old.at[i])) *place_of(t, old.at[i].end) = old.at[i];
    free(old.at);
}

Branch *branches_at(Branches *t, gpc end) {
    if (2 * t->n >= t->size) grow(t);
    Branch *b = place_of(t, end);
    if (is_free(b)) b->end = end, t->n++;
    return b;
}

const Branch *branches_find(const Branches *t, gpc end) {
    const Branch *b = t->size ? place_of(t, end) : NULL;
    return b && !is_free(b) ? b : NULL;
}

void branches_free(Branches *t) {
    free(t->at);
    *t = (Branches){0};
}

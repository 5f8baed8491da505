#include "base/vec.h"
#include "base/alloc.h"
#include <stdlib.h>

void *vec_grow(void *at, uint32_t *cap, uint32_t want, size_t elem_size) {
    uint32_t next = *cap < 8 ? 8 : *cap * 2;
    if (next < want) next = want;
    *cap = next;
    return alloc_again(at, next, elem_size);
}

void vec_release(void *at) { free(at); }

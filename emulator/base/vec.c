#include "base/vec.h"
#include "base/err.h"
#include <stdlib.h>

void *vec_grow(void *at, uint32_t *cap, uint32_t want, size_t elem_size) {
    uint32_t next = *cap < 8 ? 8 : *cap * 2;
    if (next < want) next = want;
    void *grown = realloc(at, (size_t)next * elem_size);
    BUG_IF(!grown, "out of memory for %u elements of %zu bytes", next, elem_size);
    *cap = next;
    return grown;
}

void vec_release(void *at) { free(at); }

// Growing arrays. VEC(int) v = {0}; vec_push(&v, 3); v.at[0]; v.n; vec_free(&v). Running out of
// memory ends the process: see alloc.h.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define VEC(T)                                                                                                         \
    struct {                                                                                                           \
        T *at;                                                                                                         \
        uint32_t n, cap;                                                                                               \
    }
#define vec_reserve(v, want)                                                                                           \
    ((v)->cap < (want) ? ((v)->at = vec_grow((v)->at, &(v)->cap, (want), sizeof *(v)->at)) : (v)->at)
#define vec_push(v, x) (vec_reserve((v), (v)->n + 1), (v)->at[(v)->n++] = (x))
#define vec_free(v)    (vec_release((v)->at), (v)->at = NULL, (v)->n = (v)->cap = 0)

__attribute__((returns_nonnull)) void *vec_grow(void *at, uint32_t *cap, uint32_t want, size_t elem_size);
void vec_release(void *at);

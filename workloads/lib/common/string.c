// String and memory functions in plain C: byte loops, and whole words where both sides are aligned.
//
// WHY: the native build links these too, in place of the host library's vector code, so that a ratio guest / native
// compares the same work. Compiled with -fno-tree-loop-distribute-patterns, or the compiler would see in the loop of
// memset a call of memset.
#include "runtime.h"

typedef unsigned long __attribute__((may_alias)) Word;

static int aligned(const void *p, const void *q) { return (((uintptr_t)p | (uintptr_t)q) % sizeof(Word)) == 0; }

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    unsigned char *d = to;
    const unsigned char *s = from;
    if (aligned(d, s)) {
        for (; n >= sizeof(Word); n -= sizeof(Word), d += sizeof(Word), s += sizeof(Word))
            *(Word *)d = *(const Word *)s;
    }
    while (n--) *d++ = *s++;
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    unsigned char *d = to;
    const unsigned char *s = from;
    if ((uintptr_t)d - (uintptr_t)s >= n) return memcpy(to, from, n);
    while (n--) d[n] = s[n];
    return to;
}

void *memset(void *to, int byte, size_t n) {
    unsigned char *d = to;
    Word pattern = ~(Word)0 / 255 * (unsigned char)byte;
    if (aligned(d, d)) {
        for (; n >= sizeof(Word); n -= sizeof(Word), d += sizeof(Word)) *(Word *)d = pattern;
    }
    while (n--) *d++ = (unsigned char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *p = a, *q = b;
    for (; n; n--, p++, q++) {
        if (*p != *q) return *p - *q;
    }
    return 0;
}

size_t strlen(const char *s) {
    const char *end = s;
    while (*end) end++;
    return (size_t)(end - s);
}

// WHY an index: with two pointers the compiler needs a move more for each character.
int strcmp(const char *a, const char *b) {
    const unsigned char *p = (const unsigned char *)a, *q = (const unsigned char *)b;
    size_t i = 0;
    while (p[i] == q[i] && p[i]) i++;
    return p[i] - q[i];
}

char *strcpy(char *restrict to, const char *restrict from) {
    char *d = to;
    while ((*d++ = *from++)) {
    }
    return to;
}

// What the programs share: the few functions that the compiler calls by itself, and a checksum.
#ifndef LIB_H
#define LIB_H

typedef unsigned int word;

static void copy_bytes(void *to, const void *from, int n) {
    char *d = to;
    const char *s = from;
    while (n-- > 0) *d++ = *s++;
}

static void clear_bytes(void *at, int n) {
    char *d = at;
    while (n-- > 0) *d++ = 0;
}

static word mix(word sum, word value) { return (sum ^ value) * 0x01000193u; }

static word next_random(word *state) {
    word x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static int text_length(const char *s) {
    int n = 0;
    while (s[n]) n++;
    return n;
}

static int text_compare(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (*a & 255) - (*b & 255);
}

#define MIN(a, b)    ((a) < (b) ? (a) : (b))
#define MAX(a, b)    ((a) > (b) ? (a) : (b))
#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

#endif

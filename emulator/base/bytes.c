#include "base/bytes.h"
#include <string.h>

void bytes_add(Bytes *b, const void *from, size_t n) {
    if (!n) return;
    vec_reserve(b, b->n + (uint32_t)n);
    memcpy(b->at + b->n, from, n);
    b->n += (uint32_t)n;
}

void bytes_put(Bytes *b, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++) vec_push(b, (uint8_t)(value >> (8 * i)));
}

void bytes_set(Bytes *b, uint32_t at, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++) b->at[at + i] = (uint8_t)(value >> (8 * i));
}

void bytes_string(Bytes *b, const char *text) { bytes_add(b, text, strlen(text) + 1); }

void bytes_uleb(Bytes *b, uint64_t value) {
    for (; value >= 0x80; value >>= 7) vec_push(b, (uint8_t)(value | 0x80));
    vec_push(b, (uint8_t)value);
}

void bytes_sleb(Bytes *b, int64_t value) {
    for (; value < -0x40 || value >= 0x40; value >>= 7) vec_push(b, (uint8_t)(value | 0x80));
    vec_push(b, (uint8_t)(value & 0x7f));
}

void bytes_align(Bytes *b, uint32_t to, uint8_t with) {
    while (b->n & (to - 1)) vec_push(b, with);
}

// The reference: plain C, a byte at a time.
#include "strings.h"

void bytes_copy(uint8_t *to, const uint8_t *from, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) to[i] = from[i];
}

void bytes_copy_back(uint8_t *to, const uint8_t *from, uint32_t n) {
    for (uint32_t i = n; i > 0; i--) to[i - 1] = from[i - 1];
}

void text_copy(uint8_t *to, const uint8_t *from, uint32_t limit) {
    for (uint32_t i = 0; i < limit; i++) {
        to[i] = from[i];
        if (!from[i]) return;
    }
}

int text_compare(const uint8_t *a, const uint8_t *b, uint32_t limit) {
    for (uint32_t i = 0; i < limit; i++) {
        if (a[i] != b[i]) return a[i] > b[i] ? 1 : -1;
        if (!a[i]) break;
    }
    return 0;
}

void words_fill(uint32_t *to, uint32_t value, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) to[i] = value;
}

void bytes_fill(uint8_t *to, uint32_t value, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) to[i] = (uint8_t)value;
}

uint32_t byte_find(const uint8_t *from, uint8_t wanted, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (from[i] == wanted) return i;
    return n;
}

uint32_t halves_skip(const uint16_t *from, uint16_t same, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (from[i] != same) return i;
    return n;
}

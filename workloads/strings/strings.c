// Runs of bytes: short and long, aligned and not, with a match early, late and never.
#include "strings.h"

#define SIZE 1024

static uint32_t words[SIZE / 4], other_words[SIZE / 4];
static uint8_t *const bytes = (uint8_t *)words, *const others = (uint8_t *)other_words;

static uint32_t sum_of(const uint32_t *from, uint32_t sum) {
    for (unsigned i = 0; i < SIZE / 4; i++) sum = mix(sum, from[i]);
    return sum;
}

static uint32_t copies(uint32_t *seed, uint32_t sum) {
    uint32_t n = next_random(seed) % (SIZE / 4), from = next_random(seed) % (SIZE / 2),
             to = next_random(seed) % (SIZE / 2);
    bytes_copy(others + to, bytes + from, n);
    bytes_copy_back(others + from, others + from / 2, n);
    text_copy(bytes + to, others + from, SIZE / 4);
    return mix(sum, others[to + n / 2] ^ bytes[to]);
}

static uint32_t searches(uint32_t *seed, uint32_t sum) {
    uint32_t at = next_random(seed) % (SIZE / 2), n = next_random(seed) % (SIZE / 2);
    sum = mix(sum, byte_find(bytes + at, (uint8_t)next_random(seed), n));
    sum = mix(sum, (uint32_t)text_compare(bytes + at, others + at, n));
    bytes_copy(others + at, bytes + at, n);
    others[at + n / 2] ^= (uint8_t)(n & 1);
    return mix(sum, (uint32_t)text_compare(bytes + at, others + at, n));
}

static uint32_t fills(uint32_t *seed, uint32_t sum) {
    uint32_t at = next_random(seed) % (SIZE / 8), n = next_random(seed) % (SIZE / 8), value = next_random(seed);
    words_fill(other_words + at, (value & 0xffff) * 0x10001, n);
    sum = mix(sum, halves_skip((const uint16_t *)(other_words + at), (uint16_t)value, 2 * n + 2));
    bytes_fill(bytes + next_random(seed) % (SIZE / 2), value, n / 4);
    return sum;
}

static uint32_t iterate(uint32_t seed) {
    uint32_t sum = 0;
    for (unsigned i = 0; i < SIZE / 4; i++) {
        words[i] = next_random(&seed) | 0x01010101; // texts do not end early by themselves
        other_words[i] = next_random(&seed);
    }
    for (unsigned i = 0; i < 16; i++) {
        sum = copies(&seed, sum);
        sum = searches(&seed, sum);
        sum = fills(&seed, sum);
    }
    return sum_of(words, sum_of(other_words, sum));
}

const Kernel kernel = {"strings", 0x376fe9e7, iterate};

// The frame of a kernel: a small workload that stresses one thing in a translator.
//
// Every iteration does the same work from the same seed, so one expected checksum serves all sizes and every iteration
// is checked.
#pragma once

#include "runtime.h"

typedef struct {
    const char *name;
    uint32_t expected; // checksum of one iteration
    uint32_t (*iterate)(uint32_t seed);
} Kernel;

// Each kernel defines this one.
extern const Kernel kernel;

#define KERNEL_SEED 0x2545f491u // any number but 0

// The next number of a xorshift generator.
static inline uint32_t next_random(uint32_t *state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

// Adds a number to a checksum in which the order counts.
static inline uint32_t mix(uint32_t sum, uint32_t value) { return (sum ^ value) * 0x01000193u; }

// What kernels in floating point share: numbers from the generator, checksums of their bits, fused operations.
#pragma once

#include "kernel.h"

// Between -1 and 1.
static inline double random_double(uint32_t *seed) { return (double)(int32_t)next_random(seed) / 2147483648.0; }

static inline uint32_t mix_float(uint32_t sum, float value) {
    union {
        float value;
        uint32_t bits;
    } as = {value};
    return mix(sum, as.bits);
}

// On RX a double has 32 bits.
#if __SIZEOF_DOUBLE__ == 4
#define mix_double mix_float
#else
static inline uint32_t mix_double(uint32_t sum, double value) {
    union {
        double value;
        uint64_t bits;
    } as = {value};
    return mix(mix(sum, (uint32_t)as.bits), (uint32_t)(as.bits >> 32));
}
#endif

// The matrix kernel: 16-bit operands, 32-bit results, square matrices of run-time size.
#include "coremark.h"

// Two square operands of 16 bits and a square result of 32 bits must fit.
static unsigned dim_for(unsigned bytes) {
    unsigned dim = 0;
    while ((dim + 1) * (dim + 1) * 8 < bytes) dim++;
    return dim;
}

void matrix_init(Matrices *m, unsigned bytes, int32_t seed) {
    unsigned n = dim_for(bytes);
    int32_t order = 1;

    m->dim = n;
    if (seed == 0) seed = 1;
    for (unsigned i = 0; i < n * n; i++, order++) {
        seed = (order * seed) % 65536;
        int16_t value = (int16_t)(seed + order);
        m->b[i] = value;
        m->a[i] = (int16_t)(value + order) & 0xff;
    }
}

// A sum that starts anew above the limit; counts those, and how often the results rise.
static int16_t summarize(unsigned n, const int32_t *c, int16_t limit) {
    int32_t sum = 0, previous = 0;
    int16_t result = 0;
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < n; j++) {
            int32_t current = c[i * n + j];
            sum += current;
            if (sum > limit) {
                result += 10;
                sum = 0;
            } else {
                result += current > previous;
            }
            previous = current;
        }
    }
    return result;
}

static void add_constant(unsigned n, int16_t *a, int16_t value) {
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < n; j++) a[i * n + j] += value;
    }
}

static void multiply_constant(unsigned n, int32_t *c, const int16_t *a, int16_t value) {
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < n; j++) c[i * n + j] = (int32_t)a[i * n + j] * value;
    }
}

static void multiply_vector(unsigned n, int32_t *c, const int16_t *a, const int16_t *b) {
    for (unsigned i = 0; i < n; i++) {
        c[i] = 0;
        for (unsigned j = 0; j < n; j++) c[i] += (int32_t)a[i * n + j] * b[j];
    }
}

static void multiply(unsigned n, int32_t *c, const int16_t *a, const int16_t *b) {
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < n; j++) {
            c[i * n + j] = 0;
            for (unsigned k = 0; k < n; k++) c[i * n + j] += (int32_t)a[i * n + k] * b[k * n + j];
        }
    }
}

static int32_t bits(int32_t value, unsigned first, unsigned count) { return (value >> first) & ((1 << count) - 1); }

static void multiply_bits(unsigned n, int32_t *c, const int16_t *a, const int16_t *b) {
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < n; j++) {
            c[i * n + j] = 0;
            for (unsigned k = 0; k < n; k++) {
                int32_t product = (int32_t)a[i * n + k] * b[k * n + j];
                c[i * n + j] += bits(product, 2, 4) * bits(product, 5, 7);
            }
        }
    }
}

uint16_t matrix_run(Matrices *m, int16_t seed, uint16_t crc) {
    unsigned n = m->dim;
    int32_t *c = m->product;
    int16_t limit = (int16_t)(0xf000 | seed);
    uint16_t sums = 0;

    add_constant(n, m->a, seed);
    multiply_constant(n, c, m->a, seed);
    sums = crc_s16(summarize(n, c, limit), sums);
    multiply_vector(n, c, m->a, m->b);
    sums = crc_s16(summarize(n, c, limit), sums);
    multiply(n, c, m->a, m->b);
    sums = crc_s16(summarize(n, c, limit), sums);
    multiply_bits(n, c, m->a, m->b);
    sums = crc_s16(summarize(n, c, limit), sums);
    add_constant(n, m->a, (int16_t)-seed);
    return crc_u16(sums, crc);
}

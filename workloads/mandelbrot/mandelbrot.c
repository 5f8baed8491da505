// Floating point in single precision: how long points stay near 0 under z -> z * z + c. Comparisons decide branches.
#include "floating.h"

#define COLUMNS 48
#define ROWS    32
#define LIMIT   64

typedef struct {
    int steps; // until z has left the circle of radius 2
    float re, im;
} Escape;

static Escape escape(float x, float y) {
    Escape z = {0, 0, 0};
    while (z.steps < LIMIT) {
        float re2 = z.re * z.re, im2 = z.im * z.im;
        if (re2 + im2 > 4) break;
        z.im = 2 * z.re * z.im + y;
        z.re = re2 - im2 + x;
        z.steps++;
    }
    return z;
}

// The frame moves a little with the seed.
static uint32_t iterate(uint32_t seed) {
    float left = -2.25f + (float)(next_random(&seed) & 1023) / 8192;
    float top = -1.25f + (float)(next_random(&seed) & 1023) / 8192;
    float re = 0, im = 0; // sums of all points
    uint32_t sum = 0;
    for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS; column++) {
            Escape z = escape(left + (float)column / 16, top + (float)row / 16);
            sum = mix(sum, (uint32_t)z.steps);
            re += z.re;
            im += z.im;
        }
    }
    return mix_float(mix_float(sum, re), im);
}

const Kernel kernel = {"mandelbrot", 0x8ce55c6a, iterate};

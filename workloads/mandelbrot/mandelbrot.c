// Floating point in single precision: how long points stay near 0 under z -> z * z + c. Comparisons decide branches.
#include "floating.h"

#define COLUMNS 48
#define ROWS    32
#define LIMIT   64

// Steps until z has left the circle of radius 2; mixes where it was then into *sum.
static int escape(float x, float y, uint32_t *sum) {
    float re = 0, im = 0;
    int steps = 0;
    while (steps < LIMIT) {
        float re2 = re * re, im2 = im * im;
        if (re2 + im2 > 4) break;
        im = 2 * re * im + y;
        re = re2 - im2 + x;
        steps++;
    }
    *sum = mix_float(mix_float(*sum, re), im);
    return steps;
}

// The frame moves a little with the seed.
static uint32_t iterate(uint32_t seed) {
    float left = -2.25f + (float)(next_random(&seed) & 1023) / 8192,
          top = -1.25f + (float)(next_random(&seed) & 1023) / 8192;
    uint32_t sum = 0;
    for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS; column++) {
            float x = left + (float)column / 16, y = top + (float)row / 16;
            int steps = escape(x, y, &sum);
            sum = mix(sum, (uint32_t)steps);
        }
    }
    return sum;
}

const Kernel kernel = {"mandelbrot", 0x306b78dc, iterate};

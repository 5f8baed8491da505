// Floating point: the spectral norm of the infinite matrix 1 / ((i + j) (i + j + 1) / 2 + i + 1), approximated by its
// first rows and a few steps of the power method. Conversions from integers, divisions, a square root at the end.
#include "floating.h"

#define N     24
#define STEPS 3

static double element(int i, int j) { return 1.0 / (double)((i + j) * (i + j + 1) / 2 + i + 1); }

static void times(double *product, const double *v, int transposed) {
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < N; j++) sum += (transposed ? element(j, i) : element(i, j)) * v[j];
        product[i] = sum;
    }
}

static void step(double *product, const double *v) {
    double half[N];
    times(half, v, 0);
    times(product, half, 1);
}

static uint32_t iterate(uint32_t seed) {
    double u[N], v[N];
    for (int i = 0; i < N; i++) u[i] = 1 + random_double(&seed) / 8;
    for (int i = 0; i < STEPS; i++) {
        step(v, u);
        step(u, v);
    }
    double uv = 0, vv = 0;
    for (int i = 0; i < N; i++) {
        uv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    return mix_double(0, __builtin_sqrt(uv / vv));
}

const Kernel kernel = {"spectral", 0x0180219a, iterate};

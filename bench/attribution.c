#include "bench/attribution.h"
#include "base/err.h"
#include <math.h>

uint32_t attribution_outputs(uint32_t n) { return 1 + 3 * n + n * (n - 1) / 2; }
uint32_t attribution_add_one(uint32_t axis) { return 1 + axis; }
uint32_t attribution_leave_one_out(uint32_t n, uint32_t axis) { return 1 + n + axis; }
uint32_t attribution_shapley(uint32_t n, uint32_t axis) { return 1 + 2 * n + axis; }
uint32_t attribution_pair(uint32_t n, uint32_t a, uint32_t b) {
    return 1 + 3 * n + a * n - a * (a + 1) / 2 + (b - a - 1);
}

static double factorial(uint32_t n) {
    double f = 1;
    for (uint32_t i = 2; i <= n; i++) f *= i;
    return f;
}

static double shapley(const double *v, uint32_t n, uint32_t i) {
    double sum = 0;
    for (uint32_t s = 0; s < 1u << n; s++) {
        if (s >> i & 1) continue;
        uint32_t size = (uint32_t)__builtin_popcount(s);
        sum += factorial(size) * factorial(n - size - 1) / factorial(n) * (v[s | 1u << i] - v[s]);
    }
    return sum;
}

static double interaction(const double *v, uint32_t n, uint32_t i, uint32_t j) {
    double sum = 0;
    uint32_t bi = 1u << i, bj = 1u << j;
    for (uint32_t s = 0; s < 1u << n; s++) {
        if (s & (bi | bj)) continue;
        uint32_t size = (uint32_t)__builtin_popcount(s);
        sum += factorial(size) * factorial(n - size - 2) / factorial(n - 1) *
               (v[s | bi | bj] - v[s | bi] - v[s | bj] + v[s]);
    }
    return sum;
}

void attribution_compute(const double *cost, void *axes, double *out) {
    uint32_t n = *(const uint32_t *)axes, all = (1u << n) - 1;
    double v[1u << ATTRIBUTION_AXES] = {0};
    BUG_IF(n < 1 || n > ATTRIBUTION_AXES, "a factorial over %u axes", n);
    for (uint32_t s = 0; s <= all; s++) v[s] = log(cost[0] / cost[s]);
    out[0] = exp(v[all]);
    for (uint32_t i = 0; i < n; i++) {
        out[attribution_add_one(i)] = exp(v[1u << i]);
        out[attribution_leave_one_out(n, i)] = exp(v[all] - v[all & ~(1u << i)]);
        out[attribution_shapley(n, i)] = exp(shapley(v, n, i));
        for (uint32_t j = i + 1; j < n; j++) out[attribution_pair(n, i, j)] = exp(interaction(v, n, i, j));
    }
}

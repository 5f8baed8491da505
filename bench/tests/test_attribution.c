// Oracle: two switches worked out by hand; for four, the average over all orders in which switches can be turned on.
#include "bench/attribution.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void near(double got, double want) {
    if (!(fabs(got - want) <= 1e-9 * fabs(want))) fail_msg("got %.12g, expected %.12g", got, want);
}

// Cost 100 with both off, 50 with a, 40 with b, 10 with both. log speedups: a ln 2, b ln 2.5, both ln 10.
// Shapley a = (ln 2 + ln 4) / 2 = ln sqrt 8, b = (ln 2.5 + ln 5) / 2 = ln sqrt 12.5; interaction ln 10 - ln 2 - ln 2.5
// = ln 2.
static void two_switches(void **state) {
    (void)state;
    uint32_t axes = 2;
    double out[8];
    assert_int_equal(attribution_outputs(2), 8);
    attribution_compute((double[]){100, 50, 40, 10}, &axes, out);
    near(out[0], 10);
    near(out[attribution_add_one(0)], 2), near(out[attribution_add_one(1)], 2.5);
    near(out[attribution_leave_one_out(2, 0)], 4), near(out[attribution_leave_one_out(2, 1)], 5);
    near(out[attribution_shapley(2, 0)], sqrt(8)), near(out[attribution_shapley(2, 1)], sqrt(12.5));
    near(out[attribution_pair(2, 0, 1)], 2);
    near(out[attribution_shapley(2, 0)] * out[attribution_shapley(2, 1)], out[0]);
}

// Independent factors: every measure of a switch is its factor, nothing interacts, a switch
// without effect gets exactly 1.
static void independent_switches(void **state) {
    (void)state;
    uint32_t axes = 3;
    double cost[8], factor[] = {2, 1, 5}, out[16];
    for (uint32_t s = 0; s < 8; s++) {
        cost[s] = 1000;
        for (uint32_t i = 0; i < 3; i++)
            if (s >> i & 1) cost[s] /= factor[i];
    }
    attribution_compute(cost, &axes, out);
    near(out[0], 10);
    for (uint32_t i = 0; i < 3; i++) {
        near(out[attribution_add_one(i)], factor[i]);
        near(out[attribution_leave_one_out(3, i)], factor[i]);
        near(out[attribution_shapley(3, i)], factor[i]);
        for (uint32_t j = i + 1; j < 3; j++) near(out[attribution_pair(3, i, j)], 1);
    }
}

static double sum_over_orders(const double *cost, uint32_t n, uint32_t axis, uint32_t *order, uint32_t depth,
                              uint32_t used, double *orders) {
    if (depth == n) {
        uint32_t set = 0;
        (*orders)++;
        for (uint32_t k = 0; order[k] != axis; k++) set |= 1u << order[k];
        return log(cost[set] / cost[set | 1u << axis]);
    }
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (used >> i & 1) continue;
        order[depth] = i;
        sum += sum_over_orders(cost, n, axis, order, depth + 1, used | 1u << i, orders);
    }
    return sum;
}

static void four_switches(void **state) {
    (void)state;
    srand(7);
    for (int round = 0; round < 20; round++) {
        uint32_t axes = 4, order[4];
        double cost[16], out[32], product = 1;
        for (int s = 0; s < 16; s++) cost[s] = 1 + rand() % 1000;
        attribution_compute(cost, &axes, out);
        for (uint32_t i = 0; i < 4; i++) {
            double orders = 0, sum = sum_over_orders(cost, 4, i, order, 0, 0, &orders);
            near(orders, 24);
            near(out[attribution_shapley(4, i)], exp(sum / orders));
            product *= out[attribution_shapley(4, i)];
        }
        near(product, out[0]); // the parts make up the whole
        near(out[0], cost[0] / cost[15]);
    }
}

// Every output has its own place.
static void layout(void **state) {
    (void)state;
    for (uint32_t n = 1; n <= ATTRIBUTION_AXES; n++) {
        uint32_t next = 1;
        for (uint32_t i = 0; i < n; i++) assert_int_equal(attribution_add_one(i), next++);
        for (uint32_t i = 0; i < n; i++) assert_int_equal(attribution_leave_one_out(n, i), next++);
        for (uint32_t i = 0; i < n; i++) assert_int_equal(attribution_shapley(n, i), next++);
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = i + 1; j < n; j++) assert_int_equal(attribution_pair(n, i, j), next++);
        assert_int_equal(attribution_outputs(n), next);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(two_switches), cmocka_unit_test(independent_switches),
                                       cmocka_unit_test(four_switches), cmocka_unit_test(layout)};
    return cmocka_run_group_tests_name("attribution", tests, NULL, NULL);
}

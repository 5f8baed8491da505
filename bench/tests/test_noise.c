// Oracle: spreads of which the answer is known without drawing, and a simulation's bounds. bench/tests/test_nights.c has the promise
// that is made of floors: how often equal nights differ.
#include "bench/noise.h"
#include "base/macros.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// cmocka needs the ones above
#include <cmocka.h>

static void what_no_spread_says(void **state) {
    (void)state;
    double three[] = {0, 0, 0};
    Spread s = {three, 3, 1};
    assert_true(noise_floor(&s, 5, 5) == 0 &&
                fabs(noise_mde(&s, 9, 9, 1, 0.05) - expm1(log1p(0.05) + NOISE_NIGHTS)) < 1e-12);
    assert_true(isinf(noise_floor(&s, 0, 5)) && isinf(noise_floor(&s, 5, 0)) && isinf(noise_mde(&s, 0, 9, 1, 0.05)));
    assert_true(isinf(noise_mde(&s, 3, 3, 1, 0.05))); // no p is small enough
    s.n = 2;                                          // of one arm: one difference, no spread
    assert_true(isinf(noise_floor(&s, 5, 5)));
    s.n = 3, three[1] = NAN;
    assert_true(isinf(noise_floor(&s, 5, 5)));
}

// Six of forty values lie 1 above all others. Medians of twelve do not see it; but then more than the 37 pairs of 144 that may stand
// against the order (p 0.05) do, in more than one draw of twenty, until the shift is larger than 1: no smaller effect is found in 95 of 100.
static void few_late_samples(void **state) {
    (void)state;
    double at[40] = {0};
    for (int i = 0; i < 6; i++) at[6 * i] = 1;
    Spread s = {at, ARRAY_LEN(at), 4};
    double floor = noise_floor(&s, 12, 12), mde = noise_mde(&s, 12, 12, 1, 0.01);
    assert_true(floor == 0);
    assert_true(mde > expm1(1) && mde < expm1(1.3));
}

// 6 against 6 have p 2 / 924, the first below 0.003; 7 against 7 have 2 / 3432, which is below 0.003 / 4, not below 0.003 / 6.
static void blocks_for_a_verdict(void **state) {
    (void)state;
    static const uint32_t table[][2] = {{0, 6}, {1, 6}, {2, 7}, {4, 7}, {5, 7}, {6, 8}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++) assert_int_equal(noise_blocks_for_verdict(table[i][0]), table[i][1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_no_spread_says), cmocka_unit_test(few_late_samples),
                                       cmocka_unit_test(blocks_for_a_verdict)};
    return cmocka_run_group_tests_name("noise", tests, NULL, NULL);
}

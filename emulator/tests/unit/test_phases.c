// Oracle: asserts, known sums. Phases add up to the whole, whatever the clocks said.
#include "run/phases.h"
#include "base/macros.h"
#include <stddef.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_share(void **state) {
    (void)state;
    // 1000 translations, 10 of them timed: they took half as much CPU time as wall time.
    Translating t = {.wall_ns = 100000, .timed_wall_ns = 4000, .timed_cpu_ns = 2000};
    assert_int_equal(translating_ns(&t, 1000000), 50000);
    t.wall_ns = 90000; // an estimate that becomes smaller is not said
    assert_int_equal(translating_ns(&t, 1000000), 50000);
    t.wall_ns = 200000;
    assert_int_equal(translating_ns(&t, 1000000), 100000);
    Translating none = {0};
    assert_int_equal(translating_ns(&none, 5), 0);
}

static void test_sum(void **state) {
    (void)state;
    static const struct {
        uint64_t load, total, wall, timed_wall, timed_cpu;
    } cases[] = {
        {10, 100, 50, 50, 50},  {10, 100, 5000, 50, 50}, {10, 100, 1000, 10, 900},
        {10, 5, 100, 100, 100}, {0, 0, 0, 0, 0},
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        Phases p = {.load_ns = cases[i].load, .total_cpu_ns = cases[i].total};
        Translating t = {
            .wall_ns = cases[i].wall, .timed_wall_ns = cases[i].timed_wall, .timed_cpu_ns = cases[i].timed_cpu};
        phases_close(&p, &t);
        assert_true(p.load_ns <= p.total_cpu_ns && p.translate_ns <= p.total_cpu_ns && p.execute_ns <= p.total_cpu_ns);
        assert_int_equal(p.load_ns + p.translate_ns + p.execute_ns, p.total_cpu_ns);
    }
}

static void test_timing(void **state) {
    (void)state;
    Translating t = {.on = true};
    for (unsigned i = 0; i < 1024; i++) {
        translating_begin(&t, false);
        assert_int_equal(t.timed, i < 512 || i % 16 == 0);
        translating_end(&t);
    }
    translating_begin(&t, true);
    assert_true(t.timed);
    translating_end(&t);
    assert_int_equal(t.n, 1025);
    assert_true(t.timed_wall_ns <= t.wall_ns);
    Translating off = {0};
    translating_begin(&off, true);
    translating_end(&off);
    assert_int_equal(off.n, 0);
    assert_int_equal(off.wall_ns, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_share), cmocka_unit_test(test_sum),
                                       cmocka_unit_test(test_timing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

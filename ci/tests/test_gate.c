// Oracle: the plant. A gate over 64 cells whose blocks are simulated: base and head share what the machine does in a block
// in part only. 100 equal nights may not block once; a step must be found, up and down alike; without enough blocks
// nothing is said. SIM_NIGHTS is the number of nights.
#include "ci/gate_time.h"
#include "ci/tests/lib_series.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the ones above
#include <cmocka.h>

enum { CELLS = 64 };

typedef struct Night {
    SeriesRandom r;
    SeriesNoise noise;
    double effect[CELLS]; // head / base
    uint32_t budget;      // blocks
    uint32_t taken, fresh, fails_at;
} Night;

static double value(Night *n) { // one sample, around 1
    double v;
    series_make(&n->r, n->noise, 1, 1, 1, &v);
    return v;
}

static bool take(void *ctx, TimeCell *cells, uint32_t n, bool fresh, uint32_t block) {
    Night *night = ctx;
    if (!fresh && block >= night->budget) return false;
    night->taken += !fresh, night->fresh += fresh;
    for (uint32_t i = 0; i < n; i++) {
        if (fresh && !time_suspected(&cells[i])) continue;
        double ratio = log(value(night) * night->effect[i] / value(night));
        if (fresh)
            vec_push(&cells[i].fresh, ratio);
        else
            vec_push(&cells[i].blocks, ratio);
        if (night->fails_at == i + 1) cells[i].verdict = TIME_INVALID;
    }
    return true;
}

static TimeCell *gate(Night *n) {
    TimeCell *cells = calloc(CELLS, sizeof *cells);
    TimeOptions o = time_defaults();
    assert_non_null(cells);
    time_judge(cells, CELLS, &o, take, n);
    return cells;
}

static Night night_of(unsigned seed, SeriesNoise noise) {
    Night n = {.r = {seed * 7919ull + (unsigned)noise}, .noise = noise, .budget = 100};
    for (unsigned i = 0; i < CELLS; i++) n.effect[i] = 1;
    return n;
}

static unsigned nights(void) {
    const char *asked = getenv("SIM_NIGHTS");
    return asked ? (unsigned)strtoul(asked, NULL, 10) : 100;
}

static void equal_nights_never_block(void **state) {
    (void)state;
    for (SeriesNoise noise = 0; noise < NOISE_KINDS; noise++) {
        unsigned said[6] = {0};
        for (unsigned seed = 0; seed < nights(); seed++) {
            Night n = night_of(seed, noise);
            TimeCell *cells = gate(&n);
            assert_true(n.taken <= 12);
            for (unsigned i = 0; i < CELLS; i++) said[cells[i].verdict]++;
            time_cells_free(cells, CELLS);
        }
        printf("equal, noise %d: %u pass, %u inconclusive, %u regressed, %u improved\n", (int)noise, said[TIME_PASS],
               said[TIME_INCONCLUSIVE], said[TIME_REGRESSED], said[TIME_IMPROVED]);
        assert_int_equal(said[TIME_REGRESSED], 0);
        assert_int_equal(said[TIME_IMPROVED], 0);
        assert_int_equal(said[TIME_OPEN] + said[TIME_INVALID], 0);
    }
}

// 4 cells of 64 move by 15 %: on quiet machines all are found, and the others stay.
static void steps_are_found(void **state) {
    (void)state;
    for (int down = 0; down < 2; down++) {
        unsigned found = 0, wrong = 0, total = 0;
        for (unsigned seed = 0; seed < 50; seed++) {
            Night n = night_of(seed + 1000, NOISE_GAUSS);
            for (unsigned i = 0; i < 4; i++) n.effect[16 * i] = down ? 1 / 1.15 : 1.15;
            TimeCell *cells = gate(&n);
            for (unsigned i = 0; i < CELLS; i++) {
                TimeVerdict want = down ? TIME_IMPROVED : TIME_REGRESSED;
                bool moved = i % 16 == 0;
                found += moved && cells[i].verdict == want, total += moved;
                wrong += !moved && time_suspected(&cells[i]);
                if (moved && cells[i].verdict == want) {
                    assert_int_equal(cells[i].fresh.n, 5);
                    assert_true(fabs(cells[i].ratio / n.effect[i] - 1) < 0.05);
                    assert_true(cells[i].lo < cells[i].ratio && cells[i].ratio < cells[i].hi);
                }
            }
            time_cells_free(cells, CELLS);
        }
        printf("%s 15 %%: %u of %u\n", down ? "down" : "up", found, total);
        assert_true(100 * found >= 95 * total);
        assert_int_equal(wrong, 0);
    }
}

static void too_few_blocks_say_nothing(void **state) {
    (void)state;
    for (uint32_t budget = 0; budget < 3; budget++) {
        Night n = night_of(1, NOISE_GAUSS);
        n.effect[0] = 3, n.budget = budget;
        TimeCell *cells = gate(&n);
        for (unsigned i = 0; i < CELLS; i++) assert_int_equal(cells[i].verdict, TIME_INCONCLUSIVE);
        time_cells_free(cells, CELLS);
    }
    Night n = night_of(1, NOISE_GAUSS); // three are enough for what is huge
    n.effect[0] = 3, n.budget = 3;
    TimeCell *cells = gate(&n);
    assert_int_equal(n.taken, 3);
    assert_int_equal(cells[0].verdict, TIME_REGRESSED);
    time_cells_free(cells, CELLS);
}

static void a_cell_that_fails_is_invalid(void **state) {
    (void)state;
    Night n = night_of(1, NOISE_GAUSS);
    n.fails_at = 8;
    TimeCell *cells = gate(&n);
    assert_int_equal(cells[7].verdict, TIME_INVALID);
    assert_int_not_equal(cells[6].verdict, TIME_INVALID);
    time_cells_free(cells, CELLS);
}

// By hand: logarithms 0.01, 0.02, 0.03 have mean 0.02 and an error of 0.01 / sqrt(3); with two degrees of freedom t is 4.3026527 at
// 0.975 and 1.0606602 at 0.8, and the two-sided p of sqrt(12) is 1 - sqrt(12 / 14).
static bool take_three(void *ctx, TimeCell *cells, uint32_t n, bool fresh, uint32_t block) {
    (void)ctx, (void)n, (void)fresh;
    if (block >= 3) return false;
    vec_push(&cells[0].blocks, 0.01 * (block + 1));
    return true;
}

static void numbers_are_those_of_the_t_distribution(void **state) {
    (void)state;
    TimeCell cell = {0};
    TimeOptions o = time_defaults();
    time_judge(&cell, 1, &o, take_three, NULL);
    assert_int_equal(cell.verdict, TIME_INCONCLUSIVE);
    double error = 0.01 / sqrt(3);
    assert_true(fabs(cell.ratio - (exp(0.02))) < 1e-8);
    assert_true(fabs(cell.lo - (exp(0.02 - 4.3026527 * error))) < 1e-8);
    assert_true(fabs(cell.hi - (exp(0.02 + 4.3026527 * error))) < 1e-8);
    assert_true(fabs(cell.threshold - (exp((4.3026527 + 1.0606602) * error) - 1)) < 1e-8);
    assert_true(fabs(cell.p - (1 - sqrt(12. / 14))) < 1e-8);
    vec_free(&cell.blocks);
}

// What looked moved by 40 % must be there again in five fresh blocks, which decide alone: by an interval beside 1 and by more than
// the floor of 2.5 %.
typedef struct Fresh {
    double sign, fresh[5];
    TimeVerdict verdict;
} Fresh;

static bool take_fresh(void *ctx, TimeCell *cells, uint32_t n, bool fresh, uint32_t block) {
    const Fresh *f = ctx;
    (void)n;
    if (fresh)
        vec_push(&cells[0].fresh, f->sign * f->fresh[block]);
    else
        vec_push(&cells[0].blocks, f->sign * (0.35 + 0.001 * (block % 3)));
    return true;
}

static void fresh_blocks_decide(void **state) {
    (void)state;
    static const struct {
        double fresh[5];
        bool stays;
        TimeVerdict other; // where it does not
    } table[] = {
        {{0.35, 0.351, 0.349, 0.35, 0.352}, true, 0},
        {{0.05, 0.051, 0.049, 0.05, 0.052}, true, 0},
        {{0.01, 0.011, 0.009, 0.01, 0.012}, false, TIME_PASS},              // beside 1, and small
        {{0.3, -0.3, 0.4, -0.2, 0.3}, false, TIME_INCONCLUSIVE},            // large, and not beside 1
        {{0, 0.001, -0.001, 0, 0.002}, false, TIME_PASS},                   // neither
        {{-0.35, -0.351, -0.349, -0.35, -0.352}, false, TIME_INCONCLUSIVE}, // the other way
    };
    for (size_t i = 0; i < 2 * sizeof table / sizeof *table; i++) {
        Fresh f = {.sign = i % 2 ? 1 : -1};
        memcpy(f.fresh, table[i / 2].fresh, sizeof f.fresh);
        TimeCell cell = {0};
        TimeOptions o = time_defaults();
        time_judge(&cell, 1, &o, take_fresh, &f);
        TimeVerdict moved = f.sign > 0 ? TIME_REGRESSED : TIME_IMPROVED;
        assert_int_equal(cell.verdict, table[i / 2].stays ? moved : table[i / 2].other);
        vec_free(&cell.blocks), vec_free(&cell.fresh);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_blocks_decide),
        cmocka_unit_test(equal_nights_never_block),
        cmocka_unit_test(steps_are_found),
        cmocka_unit_test(too_few_blocks_say_nothing),
        cmocka_unit_test(a_cell_that_fails_is_invalid),
        cmocka_unit_test(numbers_are_those_of_the_t_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

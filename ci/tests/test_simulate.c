// Oracle: the plant. 20 series x 60 nights a seed, looked at night by night as `nightjar trend` does, with a step
// at night 30, or none that the noise did not make. Found: within 14 nights, at most 3 nights off. False: any other
// new point. The least that must be found is written beside each case; SIM_SEEDS=1000 is the whole experiment (three minutes), the
// default a part of it. tests: rel
#include "ci/detect.h"
#include "base/macros.h"
#include "ci/tests/lib_series.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka needs the ones above
#include <cmocka.h>

enum { NIGHTS = 60, STEP_AT = 30, SERIES = 20, NEAR = 3, IN_TIME = 14, FIRST = 6 };

typedef struct Tally {
    unsigned series, found;
    unsigned long false_alarms, nights, delay;
} Tally;

static void watch(const double *v, bool planted, Tally *t) {
    uint32_t seen[NIGHTS], n_seen = 0;
    int delay = -1;
    for (uint32_t n = FIRST; n <= NIGHTS; n++) {
        ChangePoints points = {0};
        DetectOptions o = detect_defaults();
        detect_changes(v, n, &o, &points);
        for (uint32_t i = 0; i < points.n; i++) {
            int at = (int)points.at[i].at;
            bool old = false;
            for (uint32_t k = 0; k < n_seen; k++) old |= abs((int)seen[k] - at) <= NEAR;
            if (old || n_seen == NIGHTS) continue;
            seen[n_seen++] = (uint32_t)at;
            bool right = planted && abs(at - STEP_AT) <= NEAR;
            if (right && delay < 0) delay = (int)n - 1 - STEP_AT;
            t->false_alarms += !right;
        }
        vec_free(&points);
    }
    t->series++, t->nights += NIGHTS;
    if (delay >= 0 && delay <= IN_TIME) t->found++, t->delay += (unsigned)delay;
}

static Tally simulate(SeriesNoise kind, double step, unsigned seeds) {
    Tally t = {0};
    for (unsigned seed = 0; seed < seeds; seed++)
        for (unsigned s = 0; s < SERIES; s++) {
            double v[NIGHTS];
            SeriesRandom r = {seed * 1000003ull + s * 7919 + (unsigned)kind * 101 + (uint64_t)(step * 1e6)};
            series_make(&r, kind, NIGHTS, STEP_AT, step, v);
            watch(v, step != 1, &t);
        }
    return t;
}

static const struct {
    const char *name;
    double false_alarms; // per 1,000 series-nights, at most
    double five, ten;    // steps of 5 % and 10 % that must be found, of 100
} DEMANDS[NOISE_KINDS] = {
    {"Gauss", 1, 95, 95}, {"neighbours", 1, 65, 95}, {"AR(1)", 5, 90, 95}, {"bimodal", 15, 90, 95}};

static void demand(SeriesNoise kind) {
    static const double STEPS[] = {1, 1.05, 1 / 1.05, 1.10, 1 / 1.10};
    const char *asked = getenv("SIM_SEEDS");
    unsigned seeds = asked ? (unsigned)strtoul(asked, NULL, 10) : 6;
    unsigned long false_alarms = 0, nights = 0;
    printf("%-10s", DEMANDS[kind].name);
    for (unsigned i = 0; i < ARRAY_LEN(STEPS); i++) {
        Tally t = simulate(kind, STEPS[i], seeds);
        false_alarms += t.false_alarms, nights += t.nights;
        if (STEPS[i] == 1) continue;
        double share = 100.0 * t.found / t.series, least = i < 3 ? DEMANDS[kind].five : DEMANDS[kind].ten;
        printf("  %+5.1f %%: %.1f of 100, %.1f nights", 100 * (STEPS[i] - 1), share,
               t.found ? (double)t.delay / t.found : 0);
        assert_true(share >= least);
    }
    printf("  false: %.2f in 1,000\n", 1000.0 * false_alarms / nights);
    assert_true(1000.0 * false_alarms / nights <= DEMANDS[kind].false_alarms);
}

static void gauss(void **state) { (void)state, demand(NOISE_GAUSS); }
static void neighbours(void **state) { (void)state, demand(NOISE_NEIGHBOURS); }
static void autoregressive(void **state) { (void)state, demand(NOISE_AR); }
static void bimodal(void **state) { (void)state, demand(NOISE_BIMODAL); }

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gauss), cmocka_unit_test(neighbours),
                                       cmocka_unit_test(autoregressive), cmocka_unit_test(bimodal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

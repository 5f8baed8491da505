// Oracles: the definitions, written out without any cleverness below; series whose points are known by construction; the
// eight points that Apache Otava publishes for its Tigerbeetle series (365 values, window 50, p 0.001, no magnitude).
#include "ci/detect.h"
#include "base/macros.h"
#include "ci/tests/lib_series.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the ones above
#include <cmocka.h>

// ---- the slow one
enum { MOST = 128 };
typedef struct Slow {
    double v[MOST];
    int n, points[MOST], n_points;
} Slow;

static double slow_t_test(const double *v, int from, int at, int to) {
    double a = 0, b = 0, s = 0;
    for (int i = from; i < at; i++) a += v[i] / (at - from);
    for (int i = at; i < to; i++) b += v[i] / (to - at);
    for (int i = from; i < at; i++) s += pow(v[i] - a, 2);
    for (int i = at; i < to; i++) s += pow(v[i] - b, 2);
    int df = to - from - 2;
    if (df <= 0) return 1;
    if (s == 0) return a == b;
    return 2 * gsl_cdf_tdist_Q(fabs(a - b) / sqrt(s / df * (1.0 / (at - from) + 1.0 / (to - at))), df);
}

// The energy distance of [from, at) and [at, end), scaled by nm / (n + m): three double loops.
static double slow_q(const double *v, int from, int at, int end) {
    double cross = 0, left = 0, right = 0, n = at - from, m = end - at;
    for (int i = from; i < at; i++)
        for (int j = at; j < end; j++) cross += fabs(v[i] - v[j]);
    for (int i = from; i < at; i++)
        for (int j = i + 1; j < at; j++) left += fabs(v[i] - v[j]);
    for (int i = at; i < end; i++)
        for (int j = i + 1; j < end; j++) right += fabs(v[i] - v[j]);
    double e = 2 * cross / (n * m) - (n > 1 ? 2 * left / (n * (n - 1)) : 0) - (m > 1 ? 2 * right / (m * (m - 1)) : 0);
    return e * n * m / (n + m);
}

static int compare_ints(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void add_point(Slow *s, int at) {
    for (int i = 0; i < s->n_points; i++)
        if (s->points[i] == at) return;
    s->points[s->n_points++] = at;
    qsort(s->points, (size_t)s->n_points, sizeof *s->points, compare_ints);
}

static void around(const Slow *s, int at, int n, int *from, int *to) {
    *from = 0, *to = n;
    for (int i = 0; i < s->n_points; i++) {
        if (s->points[i] < at) *from = s->points[i];
        if (s->points[i] > at && *to == n) *to = s->points[i];
    }
}

// The best split of any piece of the window; false: none, or not significant.
static bool slow_split(Slow *w, double p) {
    double best = -INFINITY;
    int best_at = -1;
    for (int from = 0; from < w->n;) {
        int to = w->n;
        for (int i = w->n_points; i-- > 0;)
            if (w->points[i] > from) to = w->points[i];
        for (int at = from + 1; at < to; at++)
            for (int end = at + 1; end <= to; end++) {
                double q = slow_q(w->v, from, at, end);
                if (q > best * (1 + 1e-12) + 1e-15) best = q, best_at = at;
            }
        from = to;
    }
    if (best_at < 0) return false;
    int from, to;
    around(w, best_at, w->n, &from, &to);
    if (slow_t_test(w->v, from, best_at, to) > p) return false;
    add_point(w, best_at);
    return true;
}

static double slow_median(const double *v, int n) { // the value with as many below as above it, or between two such
    double lo = NAN, hi = NAN;
    for (int i = 0; i < n; i++) {
        int below = 0, equal = 0;
        for (int k = 0; k < n; k++) below += v[k] < v[i], equal += v[k] == v[i];
        if (below <= (n - 1) / 2 && below + equal > (n - 1) / 2) lo = v[i];
        if (below <= n / 2 && below + equal > n / 2) hi = v[i];
    }
    return (lo + hi) / 2;
}

typedef struct Facts {
    double p, magnitude, agreement;
    int left, right;
} Facts;

static Facts slow_facts(const Slow *s, int at) {
    int from, to;
    around(s, at, s->n, &from, &to);
    double a = slow_median(s->v + from, at - from), b = slow_median(s->v + at, to - at), wins = 0;
    for (int i = from; i < at; i++)
        for (int k = at; k < to; k++) wins += s->v[k] > s->v[i] ? 1 : s->v[k] == s->v[i] ? 0.5 : 0;
    wins /= (double)(at - from) * (to - at);
    return (Facts){slow_t_test(s->v, from, at, to), fmax(a, b) / fmin(a, b) - 1, fmax(wins, 1 - wins), at - from,
                   to - at};
}

static bool slow_removes(Slow *s, const DetectOptions *o) {
    int worst = -1;
    double worst_p = -1, least = INFINITY;
    for (int i = 0; i < s->n_points; i++) {
        Facts f = slow_facts(s, s->points[i]);
        if (f.p >= o->p && f.p > worst_p) worst = i, worst_p = f.p;
    }
    for (int i = 0; i < s->n_points && worst_p < 0; i++) {
        Facts f = slow_facts(s, s->points[i]);
        bool good = f.left >= (int)o->points && f.right >= (int)o->points && f.magnitude >= o->magnitude &&
                    f.agreement >= o->agreement;
        if (!good && f.magnitude < least) worst = i, least = f.magnitude;
    }
    if (worst < 0) return false;
    memmove(&s->points[worst], &s->points[worst + 1], (size_t)(s->n_points - worst - 1) * sizeof *s->points);
    s->n_points--;
    return true;
}

static void slow_detect(Slow *s, const DetectOptions *o) {
    for (int start = 0; start < s->n;) {
        Slow w = {.n = s->n - start < (int)o->window ? s->n - start : (int)o->window};
        memcpy(w.v, s->v + start, (size_t)w.n * sizeof *w.v);
        while (slow_split(&w, o->p * (o->p < 0.05 ? 10 : o->p < 0.5 ? 2 : 1))) continue;
        int last = 0;
        for (int i = 0; i < w.n_points; i++) add_point(s, last = start + w.points[i]);
        start = last > start + (int)o->window / 2 ? last : start + (int)o->window / 2;
    }
    while (slow_removes(s, o)) continue;
}

static void same_as_the_slow_one(void **state) {
    (void)state;
    unsigned points = 0;
    for (unsigned seed = 0; seed < 120; seed++) {
        SeriesRandom r = {seed};
        Slow s = {.n = (int)(6 + series_bits(&r) % 70)};
        series_make(&r, (SeriesNoise)(seed % NOISE_KINDS), (uint32_t)s.n, (uint32_t)s.n / 3,
                    1.04 + 0.1 * series_uniform(&r), s.v);
        if (seed % 5 == 0)
            for (int i = 0; i < s.n; i++) s.v[i] = floor(100 * s.v[i]); // ties
        DetectOptions o = detect_defaults();
        o.window = 20 + seed % 30;
        o.p = seed % 12 == 7 ? 0.5 : seed % 4 == 1 ? 0.05 : seed % 3 ? 0.001 : 0.004;
        ChangePoints fast = {0};
        detect_changes(s.v, (uint32_t)s.n, &o, &fast);
        slow_detect(&s, &o);
        assert_int_equal(fast.n, s.n_points);
        for (uint32_t i = 0; i < fast.n; i++) {
            Facts f = slow_facts(&s, s.points[i]);
            assert_int_equal(fast.at[i].at, s.points[i]);
            assert_true(fabs(fast.at[i].p - f.p) <= 1e-9 && fabs(fast.at[i].agreement - f.agreement) < 1e-12);
            assert_true(fabs(detect_magnitude(&fast.at[i]) - f.magnitude) < 1e-12);
        }
        points += fast.n;
        vec_free(&fast);
    }
    assert_true(points > 60);
}

// Of 64 pairs 56 stand in the order of the change: 0.875, which binary fractions have exactly.
static void agreement_may_be_just_enough(void **state) {
    (void)state;
    static const double v[] = {100, 100, 100, 121, 100, 100, 100, 100, 120, 120, 120, 120, 120, 120, 120, 120};
    ChangePoints c = {0};
    DetectOptions o = detect_defaults();
    o.agreement = 0.875;
    detect_changes(v, ARRAY_LEN(v), &o, &c);
    assert_int_equal(c.n, 1);
    assert_int_equal(c.at[0].at, 8);
    assert_true(c.at[0].agreement == 0.875);
    vec_free(&c);
    o.agreement = nextafter(0.875, 1);
    detect_changes(v, ARRAY_LEN(v), &o, &c);
    assert_int_equal(c.n, 0);
    vec_free(&c);
}

static void tigerbeetle(void **state) {
    (void)state;
    static const uint32_t PUBLISHED[] = {15, 61, 71, 95, 117, 131, 192, 212};
    double v[400];
    uint32_t n = 0;
    FILE *f = fopen("ci/tests/tigerbeetle.txt", "r");
    assert_non_null(f);
    while (n < ARRAY_LEN(v) && fscanf(f, "%lf,", &v[n]) == 1) n++;
    fclose(f);
    assert_int_equal(n, 365);
    ChangePoints c = {0};
    detect_changes(v, n, &(DetectOptions){.window = 50, .p = 0.001, .by_means = true}, &c);
    assert_int_equal(c.n, ARRAY_LEN(PUBLISHED));
    for (uint32_t i = 0; i < c.n; i++) assert_int_equal(c.at[i].at, PUBLISHED[i]);
    vec_free(&c);
    detect_changes(v, n, &(DetectOptions){.window = 30, .p = 0.01, .magnitude = 0.05, .by_means = true}, &c);
    assert_int_equal(c.n, 2);
    assert_int_equal(c.at[0].at, 15);
    assert_int_equal(c.at[1].at, 71);
    vec_free(&c);
}

// points of a series of 20 values: `levels` of 10 each, with a ripple of 0.1 %
static uint32_t count_points(const double *v, uint32_t n, uint32_t *first) {
    ChangePoints c = {0};
    DetectOptions o = detect_defaults();
    detect_changes(v, n, &o, &c);
    uint32_t found = c.n;
    if (c.n) *first = c.at[0].at;
    vec_free(&c);
    return found;
}

static void known_series(void **state) {
    (void)state;
    double v[40];
    uint32_t at = 0;
    for (int i = 0; i < 40; i++) v[i] = 100 + 0.1 * (i % 3);
    assert_int_equal(count_points(v, 40, &at), 0);
    v[17] = 140; // a spike is no change
    assert_int_equal(count_points(v, 40, &at), 0);
    v[18] = 140;
    assert_int_equal(count_points(v, 40, &at), 0);
    v[17] = v[18] = 100;
    for (int i = 25; i < 40; i++) v[i] += 4;
    assert_int_equal(count_points(v, 40, &at), 1);
    assert_int_equal(at, 25);
    assert_int_equal(count_points(v, 27, &at), 0); // two nights are not enough
    assert_int_equal(count_points(v, 28, &at), 1); // three are
    for (int i = 25; i < 40; i++) v[i] -= 2;       // 2 %: below the magnitude
    assert_int_equal(count_points(v, 40, &at), 0);
    for (uint32_t n = 0; n < 6; n++) assert_int_equal(count_points(v, n, &at), 0);
    for (int i = 0; i < 40; i++) v[i] = 7;
    assert_int_equal(count_points(v, 40, &at), 0);
    for (int i = 20; i < 40; i++) v[i] = 8; // without any noise
    assert_int_equal(count_points(v, 40, &at), 1);
    assert_int_equal(at, 20);
}

// Example of the literature: 1 2 3 ... without a tie has S = n(n-1)/2; its variance is n(n-1)(2n+5)/18.
static void drift(void **state) {
    (void)state;
    double v[30];
    for (int i = 0; i < 30; i++) v[i] = 100 + 0.1 * i;
    Drift d = detect_drift(v, 30);
    double s = 435, var = 30.0 * 29 * 65 / 18;
    assert_true(fabs(d.p - 2 * gsl_cdf_ugaussian_Q((s - 1) / sqrt(var))) < 1e-15);
    assert_true(fabs(d.slope - 0.1 / 101.45) < 1e-9);
    assert_true(d.slope_low <= d.slope && d.slope <= d.slope_high);
    for (int i = 0; i < 30; i++) v[i] = 5;
    d = detect_drift(v, 30);
    assert_true(d.p == 1 && d.slope == 0);
    assert_true(detect_drift(v, 3).p == 1);
    for (int i = 0; i < 30; i++) v[i] = 100 + (i % 2); // up and down
    assert_true(detect_drift(v, 30).p > 0.5);
    v[3] = 1000; // one spike moves neither p nor slope by much
    assert_true(detect_drift(v, 30).p > 0.4 && fabs(detect_drift(v, 30).slope) < 0.001);
}

// Worked out by hand. 1 2 4 ... 128: S = 28, variance 8 * 7 * 21 / 18, the 7th and 23rd of 28 slopes are 4 and 24.8, their median is
// 11.25, the level 12. 1 2 2 3 3 3 9: S = 17; ties take (2 * 9 + 6 * 11) / 18 from the variance of 133 / 3; slopes 5, 11, 18 of 21.
static void drift_by_hand(void **state) {
    (void)state;
    Drift d = detect_drift((double[]){1, 2, 4, 8, 16, 32, 64, 128}, 8);
    assert_true(fabs(d.p - 2 * gsl_cdf_ugaussian_Q(27 / sqrt(8 * 7 * 21 / 18.0))) < 1e-12);
    assert_true(fabs(d.slope - 11.25 / 12) < 1e-12);
    assert_true(fabs(d.slope_low - 4.0 / 12) < 1e-12 && fabs(d.slope_high - 24.8 / 12) < 1e-12);
    d = detect_drift((double[]){1, 2, 2, 3, 3, 3, 9}, 7);
    assert_true(fabs(d.p - 2 * gsl_cdf_ugaussian_Q(16 / sqrt((133 - 14) / 3.0))) < 1e-12);
    assert_true(fabs(d.slope - 0.5 / 3) < 1e-12);
    assert_true(fabs(d.slope_low - 0.25 / 3) < 1e-12 && fabs(d.slope_high - 1.75 / 3) < 1e-12);
    assert_true(detect_drift((double[]){1, 2, 2, 1}, 4).p == 1); // as many up as down
}

// +0.1 % a night on Gauss noise of 0.5 %: found in 30 nights; without the drift, one in twenty is below 0.05.
static void drift_of_noisy_series(void **state) {
    (void)state;
    unsigned found = 0, false_ones = 0;
    for (unsigned seed = 0; seed < 400; seed++) {
        double v[30], w[30];
        SeriesRandom r = {seed};
        for (int i = 0; i < 30; i++) {
            double noise = 1 + 0.005 * series_gauss(&r);
            w[i] = noise, v[i] = noise * (1 + 0.001 * i);
        }
        found += detect_drift(v, 30).p < 0.01;
        false_ones += detect_drift(w, 30).p < 0.05;
    }
    assert_true(found > 380);
    assert_true(false_ones > 5 && false_ones < 36);
}

static void false_discovery(void **state) {
    (void)state;
    // Benjamini and Hochberg 1995, the example of 15 p values: at q = 0.05 the first four are rejected.
    double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
                  0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000};
    detect_false_discovery(p, ARRAY_LEN(p));
    for (unsigned i = 0; i < ARRAY_LEN(p); i++) assert_true((p[i] <= 0.05) == (i < 4));
    assert_true(fabs(p[0] - 0.0015) < 1e-12);
    double q[] = {0.9, 0.001};
    detect_false_discovery(q, 2);
    assert_true(fabs(q[1] - 0.002) < 1e-12 && q[0] == 0.9);
    detect_false_discovery(q, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agreement_may_be_just_enough),
        cmocka_unit_test(same_as_the_slow_one),
        cmocka_unit_test(tigerbeetle),
        cmocka_unit_test(known_series),
        cmocka_unit_test(drift),
        cmocka_unit_test(drift_by_hand),
        cmocka_unit_test(drift_of_noisy_series),
        cmocka_unit_test(false_discovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

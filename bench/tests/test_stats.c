// Oracle: values worked out by hand, tables of the U distribution, R's p.adjust, and counting over all subsets.
#include "bench/base/statistics.h"
#include "base/macros.h"
#include "bench/base/digest.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("got %.10g, expected %.10g", got, want);
}

static void medians(void **state) {
    (void)state;
    near(stats_median((double[]){3, 1, 2}, 3), 2, 0);
    near(stats_median((double[]){4, 1, 3, 2}, 4), 2.5, 0);
    assert_true(isnan(stats_median(NULL, 0)));
    double many[101];
    for (int i = 0; i < 101; i++) many[i] = (i * 37) % 101;
    near(stats_median(many, 101), 50, 0);
}

// P(U <= u) doubled, over all ways to choose n of n + m distinct values for the first arm.
static double by_counting(const double *all, uint32_t n, uint32_t m, double u) {
    double hits = 0, total = 0;
    for (uint32_t set = 0; set < 1u << (n + m); set++) {
        if (__builtin_popcount(set) != (int)n) continue;
        double mine = 0;
        for (uint32_t i = 0; i < n + m; i++)
            for (uint32_t j = 0; j < n + m; j++) mine += (set >> i & 1) && !(set >> j & 1) && all[i] > all[j];
        total++;
        hits += mine <= u;
    }
    return fmin(1, 2 * hits / total);
}

static void mann_whitney_exact(void **state) {
    (void)state;
    double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};
    near(stats_mann_whitney(low, 5, high, 5), 2.0 / 252, 1e-12); // tables: U = 0
    near(stats_mann_whitney(low, 3, high, 4), 2.0 / 35, 1e-12);
    double a[] = {1, 4, 5, 8, 11, 3}, b[] = {2, 6, 7, 9}, all[10];
    memcpy(all, a, sizeof a);
    memcpy(all + 6, b, sizeof b);
    double u = 0;
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 4; j++) u += a[i] > b[j];
    near(stats_mann_whitney(a, 6, b, 4), by_counting(all, 6, 4, fmin(u, 24 - u)), 1e-12);
    near(stats_mann_whitney(a, 6, b, 4), stats_mann_whitney(b, 4, a, 6), 1e-12);
    near(stats_mann_whitney(a, 0, b, 4), 1, 0);
}

// The largest U whose two-sided p is below 0.05. Tables have the first ones; arms of more than 20 take the normal distribution, which is
// within 2 of counting: of the ways to choose n of n + m ranks, those with the last rank in the first arm have U larger by m.
static void critical_values(void **state) {
    (void)state;
    static const int table[][3] = {{4, 4, 0}, {5, 5, 2},   {8, 8, 13},   {10, 10, 23},
                                   {5, 9, 7}, {12, 7, 18}, {20, 20, 127}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        assert_int_equal(stats_critical_u((uint32_t)table[i][0], (uint32_t)table[i][1], 0.05), table[i][2]);
    assert_int_equal(stats_critical_u(3, 3, 0.05), -1);
    enum { N = 24, U = N * N + 1 };
    static double ways[N + 1][N + 1][U];
    for (int n = 0; n <= N; n++)
        for (int m = 0; m <= N; m++)
            for (int u = 0; u <= n * m; u++)
                ways[n][m][u] = !n || !m ? u == 0 : (u >= m ? ways[n - 1][m][u - m] : 0) + ways[n][m - 1][u];
    static const double levels[] = {0.05, 0.003};
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        double total = 0, sum = 0;
        int u = -1;
        for (int k = 0; k <= 21 * N; k++) total += ways[21][N][k];
        while (2 * (sum += ways[21][N][u + 1]) / total < levels[i]) u++;
        assert_in_range(stats_critical_u(21, N, levels[i]), u - 2, u + 2);
        double sd = sqrt(21.0 * N * (21 + N + 1) / 12); // continuity: half a step
        for (int k = u - 2; k <= u + 2; k++)
            assert_int_equal(stats_critical_u(21, N, erfc((21.0 * N / 2 - k - 0.5) / sd / sqrt(2)) * (1 + 1e-9)), k);
    }
}

// {1, 2, 2, 3} and {2, 3, 4, 5}: U = 2.5; ties 3 x 2, 2 x 3: 24 + 6 = 30; variance 16 / 12 * (9 - 30 / 56); z = (8
// - 2.5 - 0.5) / sd.
static void mann_whitney_ties(void **state) {
    (void)state;
    double a[] = {1, 2, 2, 3}, b[] = {2, 3, 4, 5};
    double z = 5 / sqrt(16.0 / 12 * (9 - 30.0 / 56));
    near(stats_mann_whitney(a, 4, b, 4), erfc(z / sqrt(2)), 1e-12);
    double same[] = {7, 7, 7};
    near(stats_mann_whitney(same, 3, same, 3), 1, 0);
}

static void holm(void **state) {
    (void)state;
    double p[] = {0.01, 0.04, 0.03, NAN, 0.02}; // R: p.adjust(c(.01, .04, .03, .02), "holm") = .04 .06 .06 .06
    stats_holm(p, 5);
    near(p[0], 0.04, 1e-12), near(p[1], 0.06, 1e-12), near(p[2], 0.06, 1e-12), near(p[4], 0.06, 1e-12);
    assert_true(isnan(p[3]));
    double big[] = {0.9, 0.8};
    stats_holm(big, 2);
    near(big[0], 1, 0), near(big[1], 1, 0);
}

static Series noisy(gsl_rng *rng, uint32_t n, double centre, const double *drift) {
    Series s = {0};
    for (uint32_t i = 0; i < n; i++)
        series_add(&s, centre * exp(0.03 * gsl_ran_ugaussian(rng)) * (drift ? drift[i] : 1), (int)i);
    return s;
}

// What disturbs a whole block disturbs both arms: resampling by block keeps it out of the ratio.
static void blocks_cancel_drift(void **state) {
    (void)state;
    double drift[15];
    for (int i = 0; i < 15; i++) drift[i] = 1 + 0.1 * i;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    Series base = noisy(rng, 15, 125, drift), config = noisy(rng, 15, 100, drift);
    Interval paired = stats_ratio(&base, &config, true), apart = stats_ratio(&base, &config, false);
    assert_true((paired.hi - paired.lo) * 3 < apart.hi - apart.lo);
    assert_true(paired.lo < 1.25 && 1.25 < paired.hi);
    Interval again = stats_ratio(&base, &config, true);
    assert_memory_equal(&again, &paired, sizeof again);
    series_free(&base), series_free(&config);
    gsl_rng_free(rng);
}

// No interval where none covers 95 %: two blocks, three values in each of two runs (20 arrangements), five in one cell.
static void too_few(void **state) {
    (void)state;
    Series two = {0}, three = {0}, other = {0}, five = {0}, six = {0};
    series_add(&two, 2, 0), series_add(&two, 2, 1);
    for (int i = 0; i < 3; i++) series_add(&three, 1 + 0.1 * i, i), series_add(&other, 1 + 0.1 * (i == 1), i);
    for (int i = 0; i < 6; i++) series_add(&six, 6 - i, i);
    for (int i = 0; i < 5; i++) series_add(&five, i, i);
    Interval i = stats_ratio(&two, &three, true);
    near(i.point, 2 / 1.1, 1e-12);
    assert_true(isnan(i.lo) && isnan(i.hi));
    i = stats_ratio(&three, &other, false);
    assert_true(isnan(i.lo) && isnan(i.hi));
    i = stats_median_interval(&five);
    assert_true(i.point == 2 && isnan(i.lo) && isnan(i.hi));
    i = stats_median_interval(&six); // smallest and largest of six: 1 - 2 / 2^6
    assert_true(i.point == 3.5 && i.lo == 1 && i.hi == 6);
    assert_int_equal(stats_shared(&two, &six), 2);
    near(stats_smallest_p(3, 3), 0.1, 1e-12), near(stats_smallest_p(9, 9), 2.0 / 48620, 1e-15);
    series_free(&two), series_free(&three), series_free(&other), series_free(&five), series_free(&six);
}

// log ratios -0.2, 0, 0.2 in three blocks: Student's t with 2 degrees, 4.302653 * 0.2 / sqrt(3).
static void three_blocks(void **state) {
    (void)state;
    Series base = {0}, config = {0};
    for (int i = 0; i < 3; i++) series_add(&base, 5 * exp(0.2 * (i - 1)), i), series_add(&config, 5, i);
    Interval i = stats_ratio(&base, &config, true);
    near(i.point, 1, 1e-12), near(log(i.hi), 4.302653 * 0.2 / sqrt(3), 1e-6), near(log(i.lo), -log(i.hi), 1e-12);
    series_free(&base), series_free(&config);
}

// Seven block ratios: P(W+ <= 2) = 3/128, so the interval begins with the third of the 28 Walsh averages (95.3 %) and
// goes to the fourth (P(W+ <= 3) = 5/128, 92.2 %) as far as 95 % lies between both.
static void signed_rank(void **state) {
    (void)state;
    double lo, hi, v[] = {7, 1, 64, 2, 16, 4, 32}, part = (1 - 6.0 / 128 - 0.95) / (4.0 / 128);
    assert_true(ranks_signed_interval(v, 7, &lo, &hi));
    near(lo, 2 + part * 0.5, 1e-12);  // 1, 1.5, 2, 2.5, ...
    near(hi, 40 - part * 4.5, 1e-12); // 64, 48, 40, 35.5, ...
}

// FIPS 180-4 examples.
static void digest(void **state) {
    (void)state;
    assert_string_equal(digest_bytes("abc", 3).hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(digest_bytes("", 0).hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_string_equal(digest_bytes(two, strlen(two)).hex,
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(medians),
                                       cmocka_unit_test(mann_whitney_exact),
                                       cmocka_unit_test(mann_whitney_ties),
                                       cmocka_unit_test(critical_values),
                                       cmocka_unit_test(holm),
                                       cmocka_unit_test(signed_rank),
                                       cmocka_unit_test(three_blocks),
                                       cmocka_unit_test(blocks_cancel_drift),
                                       cmocka_unit_test(too_few),
                                       cmocka_unit_test(digest)};
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}

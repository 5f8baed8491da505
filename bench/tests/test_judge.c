// Oracle: two made-up runs whose difference is known: equal, a planted slowdown, noise wider than the gate.
#include "bench/base/codes.h"
#include "bench/judge.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

typedef struct Made {
    double cpu, spread; // ns; relative distance of neighbouring samples
    long host;          // host instructions of both exact samples; the second one gets `wobble` more
    long wobble;
    int n;
} Made;

static json_t *one_sample(int id, const char *purpose, const char *metric, double value) {
    return json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:b, s:n, s:{s:f}}", "id", id, "block", id, "config", "all-on",
                     "workload", "w", "guest", "g", "purpose", purpose, "valid", 1, "reason", "metrics", metric, value);
}

static json_t *run_of(Made m) {
    json_t *samples = json_array();
    for (int i = 0; i < m.n; i++) // around the median, both sides alike, in an order that is not sorted
        json_array_append_new(samples,
                              one_sample(i, "time", "cpu_ns",
                                         m.cpu * (1 + m.spread * ((double)((i * 7) % m.n) - (double)m.n / 2 + 0.5))));
    json_array_append_new(samples, one_sample(100, "exact", "host_instructions", (double)m.host));
    json_array_append_new(samples, one_sample(101, "exact", "host_instructions", (double)(m.host + m.wobble)));
    return json_pack("{s:{s:s}, s:[{s:s}], s:[{s:s, s:s, s:s, s:{s:s}}], s:[{s:s, s:s, s:s, s:s, s:s, s:b}, {s:s, s:s, "
                     "s:s, s:s, s:s, s:b}], s:o}",
                     "environment", "cpu_model", "cpu", "configs", "id", "all-on", "workloads", "name", "w", "guest",
                     "g", "elf_sha256", "1", "exact", "elf_sha256", "2", "metrics", "name", "cpu_ns", "unit", "ns",
                     "kind", "sampled", "direction", "lower", "purpose", "time", "gate", 1, "name", "host_instructions",
                     "unit", "instructions", "kind", "exact", "direction", "lower", "purpose", "exact", "gate", 1,
                     "samples", samples);
}

static json_t *noise_of(double floor) {
    return json_pack("[{s:s, s:s, s:s, s:f, s:f}]", "workload", "w", "guest", "g", "metric", "cpu_ns", "floor", floor,
                     "mde", floor * 1.5);
}

static void expect(Made a, Made b, const char *verdict, const char *count, const char *time) {
    json_t *before = run_of(a), *after = run_of(b), *noise = noise_of(0.02);
    JudgeOptions o = {.noise = noise};
    Err err = {0};
    json_t *c = judge_compare(before, after, &o, &err), *e;
    assert_non_null(c);
    size_t i;
    json_array_foreach(json_object_get(c, "entries"), i, e) {
        const char *want = !strcmp(json_text(e, "metric", ""), "cpu_ns") ? time : count;
        if (strcmp(want, json_text(e, "verdict", "")))
            fail_msg("%s: %s (%s), expected %s", json_text(e, "metric", ""), json_text(e, "verdict", ""),
                     json_text(e, "why", ""), want);
    }
    assert_int_equal(i, 2);
    assert_string_equal(json_text(c, "verdict", ""), verdict);
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

static const Made STEADY = {1e9, 0.002, 1000000, 0, 11};

static void verdicts(void **state) {
    (void)state;
    Made b = STEADY;
    expect(STEADY, b, "pass", "pass", "pass");
    b = STEADY, b.host = 1000001; // one instruction more in a million: exact is exact
    expect(STEADY, b, "regressed", "regressed", "pass");
    b = STEADY, b.cpu = 1.08e9;
    expect(STEADY, b, "regressed", "pass", "regressed");
    b = STEADY, b.cpu = 0.9e9, b.host = 900000;
    expect(STEADY, b, "improved", "improved", "improved");
    b = STEADY, b.cpu = 1.015e9; // real, but below the gate of 3 %
    expect(STEADY, b, "pass", "pass", "pass");
    b = STEADY, b.spread = 0.06, b.cpu = 1.02e9; // neighbours 6 % apart: no telling
    expect(STEADY, b, "inconclusive", "pass", "inconclusive");
    b = STEADY, b.wobble = 1;
    expect(STEADY, b, "invalid", "invalid", "pass");
    b = STEADY, b.n = 0;
    expect(STEADY, b, "invalid", "pass", "invalid");
    b = STEADY, b.n = 2;
    expect(STEADY, b, "inconclusive", "pass", "inconclusive");
    Made few = STEADY; // a clear effect, but 3 against 3 samples can never be significant: smallest p is 0.1
    few.n = 3, b = few, b.cpu = 1.5e9;
    expect(few, b, "inconclusive", "pass", "inconclusive");
}

static void gate_tighter_than_noise(void **state) {
    (void)state;
    json_t *before = run_of(STEADY), *after = run_of(STEADY), *noise = noise_of(0.02);
    Err err = {0};
    JudgeOptions o = {.noise = noise, .gate = 0.01};
    assert_null(judge_compare(before, after, &o, &err));
    assert_non_null(strstr(err.text, "tighter than the noise floor"));
    o.gate = 0.02;
    json_t *c = judge_compare(before, after, &o, &err);
    assert_non_null(c);
    json_decref(c);
    o = (JudgeOptions){.gate = 0.05};
    assert_null(judge_compare(before, after, &o, &err));
    assert_non_null(strstr(err.text, "never measured"));
    o.exact_only = true; // no time, no noise
    c = judge_compare(before, after, &o, &err);
    assert_string_equal(json_text(c, "verdict", ""), "pass");
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

static void incomparable(void **state) {
    (void)state;
    json_t *before = run_of(STEADY), *after = run_of(STEADY);
    json_t *reasons = judge_incomparable(before, after, false);
    assert_int_equal(json_array_size(reasons), 0);
    json_decref(reasons);
    json_put(json_object_get(after, "environment"), "cpu_model", json_string("other"));
    json_put(json_array_get(json_object_get(after, "workloads"), 0), "elf_sha256", json_string("9"));
    reasons = judge_incomparable(before, after, false);
    assert_int_equal(json_array_size(reasons), 2);
    json_decref(reasons);
    reasons = judge_incomparable(before, after, true); // counts of the same counted program compare across machines
    assert_int_equal(json_array_size(reasons), 0);
    json_decref(reasons);
    json_put(json_array_get(json_object_get(after, "workloads"), 0), "name", json_string("v"));
    reasons = judge_incomparable(before, after, true);
    assert_int_equal(json_array_size(reasons), 1);
    json_decref(reasons), json_decref(before), json_decref(after);
}

static void exit_codes(void **state) {
    (void)state;
    static const struct {
        const char *verdict;
        int code;
    } CASES[] = {{"pass", 0}, {"improved", 0}, {"regressed", 1}, {"inconclusive", 2}, {"invalid", 3}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        json_t *c = json_pack("{s:s}", "verdict", CASES[i].verdict);
        assert_int_equal(judge_exit_code(c), CASES[i].code);
        json_decref(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts), cmocka_unit_test(gate_tighter_than_noise),
                                       cmocka_unit_test(incomparable), cmocka_unit_test(exit_codes)};
    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}

// Oracle: simulation. Nights with a known truth are drawn by a generator with a fixed seed and judged as `nightjar aa`
// and `nightjar compare` judge them: equal builds pass in at least 95 of 100, are called different in at most 1 of 200,
// and one workload that is 5 % slower is found in at least 95 of 100 at 9 blocks of a quiet machine.
//
// A quiet machine: 1 % noise on each sample, one sample in twenty up to 3 % late, and 0.2 % between two nights.
// tests: slow
#include "bench/base/jsonfile.h"
#include "base/config.h"
#include "bench/base/codes.h"
#include "bench/judge.h"
#include "bench/noise.h"
#include "bench/tests/lib_run.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// A checked build only looks at what the code does: a sanitizer needs each path, not hundreds of them, and nothing is said
// of proportions.
enum { WORKLOADS = 4, BLOCKS = 9, AA_BLOCKS = 8, NIGHTS_LEAST = CHECKED ? 5 : 80, FLOORS = CHECKED ? 5 : 200 };

// 200 with SIM_NIGHTS=200; where whole judgements are drawn, three tenths of them.
static int nights_many(void) {
    const char *n = getenv("SIM_NIGHTS");
    return n ? atoi(n) : NIGHTS_LEAST;
}
static int nights_few(void) { return CHECKED ? NIGHTS_LEAST : nights_many() * 3 / 10; }

static void proportion(bool as_promised) { assert_true(CHECKED || as_promised); }

typedef double Noise(gsl_rng *rng);

static double quiet(gsl_rng *rng) {
    double late = gsl_rng_uniform(rng) < 0.05 ? 0.03 * gsl_rng_uniform(rng) : 0;
    return 0.01 * gsl_ran_ugaussian(rng) + late;
}
static double skewed(gsl_rng *rng) { return gsl_ran_exponential(rng, 0.015); }
static double bimodal(gsl_rng *rng) { return (gsl_rng_uniform(rng) < 0.3 ? 0.03 : 0) + 0.005 * gsl_ran_ugaussian(rng); }

static void add_cell(json_t *samples, const char *config, int w, int blocks, double cpu, Noise *noise, gsl_rng *rng) {
    char name[8];
    snprintf(name, sizeof name, "w%d", w);
    double night = 0.002 * gsl_ran_ugaussian(rng);
    for (int b = 0; b < blocks; b++)
        json_array_append_new(samples, json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:b, s:{s:f}}", "id",
                                                 (int)json_array_size(samples), "block", b, "config", config,
                                                 "workload", name, "guest", "g", "purpose", "time", "valid", 1,
                                                 "metrics", "cpu_ns", cpu * exp(noise(rng) + night)));
}

static json_t *document_of(json_t *samples) {
    json_t *workloads = json_array();
    for (int w = 0; w < WORKLOADS; w++)
        json_array_append_new(workloads,
                              json_pack("{s:o, s:s, s:s, s:s, s:{s:s}}", "name", json_sprintf("w%d", w), "guest", "g",
                                        "size", "s", "elf_sha256", "1", "exact", "elf_sha256", "2"));
    return json_pack("{s:{}, s:[{s:s}], s:o, s:[{s:s, s:s, s:s, s:s, s:b}], s:o}", "plan", "configs", "id", "all-on",
                     "workloads", workloads, "metrics", "name", "cpu_ns", "kind", "sampled", "direction", "lower",
                     "purpose", "time", "gate", 1, "samples", samples);
}

// The first workload is `slower` times as slow as the others.
static json_t *night(double slower, Noise *noise, gsl_rng *rng) {
    json_t *samples = json_array();
    for (int w = 0; w < WORKLOADS; w++) add_cell(samples, "all-on", w, BLOCKS, 1e9 * (w ? 1 : slower), noise, rng);
    return document_of(samples);
}

static json_t *floors(Noise *noise, gsl_rng *rng) {
    json_t *samples = json_array();
    for (int w = 0; w < WORKLOADS; w++) {
        add_cell(samples, "aa-a", w, AA_BLOCKS, 1e9, noise, rng);
        add_cell(samples, "aa-b", w, AA_BLOCKS, 1e9, noise, rng);
    }
    json_t *document = document_of(samples);
    json_array_append_new(json_object_get(document, "configs"), json_pack("{s:s}", "id", "aa-a"));
    json_array_append_new(json_object_get(document, "configs"), json_pack("{s:s}", "id", "aa-b"));
    RunDoc doc = run_made(document);
    json_t *entries = noise_measure(&doc);
    run_doc_free(&doc), json_decref(document);
    return entries;
}

typedef struct Tally {
    int passed, alarms, found;
} Tally;

static Tally judge_nights(int nights, double slower, Noise *noise, unsigned long seed) {
    Tally t = {0};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, seed);
    for (int i = 0; i < nights; i++) {
        json_t *entries = floors(noise, rng), *before = night(1, noise, rng), *after = night(slower, noise, rng), *e;
        JudgeOptions o = {.noise = entries};
        Err err;
        json_t *c = judge_made(before, after, &o, &err);
        int code = judge_exit_code(c);
        t.passed += code == EXIT_OK;
        t.alarms += code == EXIT_REGRESSED || !strcmp(json_text(c, "verdict", ""), "improved");
        size_t k;
        json_array_foreach(json_object_get(c, "entries"), k, e) {
            t.found += !strcmp(json_text(e, "workload", ""), "w0") && !strcmp(json_text(e, "verdict", ""), "regressed");
        }
        json_decref(c), json_decref(before), json_decref(after), json_decref(entries);
    }
    gsl_rng_free(rng);
    return t;
}

static void equal_nights(void **state) {
    (void)state;
    static Noise *const NOISES[] = {quiet, skewed, bimodal};
    for (size_t i = 0; i < ARRAY_LEN(NOISES); i++) {
        int nights = i ? nights_few() : nights_many();
        Tally t = judge_nights(nights, 1, NOISES[i], 10 + i);
        print_message("noise %zu: %d of %d passed, %d alarms\n", i, t.passed, nights, t.alarms);
        proportion(t.passed * 100 >= nights * 95);
        proportion(t.alarms * 200 <= nights); // none of fewer than 200
    }
}

static void five_percent(void **state) {
    (void)state;
    int nights = nights_few() * 2;
    Tally t = judge_nights(nights, 1.05, quiet, 20);
    print_message("5 %% found in %d of %d\n", t.found, nights);
    proportion(t.found * 100 >= nights * 95);
}

// The floor of an A/A run holds for what follows: equal arms of 9 differ by less in at least 95 of 100 comparisons; in at
// least 93 where the noise has two modes, of whose shares 8 samples an arm know little.
static void floor_holds(void **state) {
    (void)state;
    static Noise *const NOISES[] = {quiet, skewed, bimodal};
    for (size_t i = 0; i < ARRAY_LEN(NOISES); i++) {
        gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
        gsl_rng_set(rng, 30 + i);
        int inside = 0, trials = 0;
        for (int k = 0; k < FLOORS; k++) {
            Series a = {0}, b = {0};
            Spread s = {0};
            for (int arm = 0; arm < 2; arm++) {
                Series one = {0};
                for (int block = 0; block < AA_BLOCKS; block++) series_add(&one, exp(NOISES[i](rng)), block);
                spread_add(&s, &one);
                series_free(&one);
            }
            double floor = noise_floor(&s, BLOCKS, BLOCKS);
            for (int again = 0; again < 10; again++, trials++) {
                for (int block = 0; block < BLOCKS; block++)
                    series_add(&a, exp(NOISES[i](rng)), block), series_add(&b, exp(NOISES[i](rng)), block);
                double r = stats_median(a.value, a.n) / stats_median(b.value, b.n);
                inside += fmax(r, 1 / r) - 1 <= floor;
                series_free(&a), series_free(&b);
            }
            spread_free(&s);
        }
        gsl_rng_free(rng);
        double covered = 100.0 * inside / trials;
        print_message("noise %zu: %.1f of 100 equal comparisons are within the floor\n", i, covered);
        proportion(covered >= (NOISES[i] == bimodal ? 93 : 95) && covered <= 99);
    }
}

// An effect of the size that an A/A run calls visible with 9 samples is found in at least 95 of 100.
static void visible_effect(void **state) {
    (void)state;
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 40);
    int found = 0, nights = nights_few();
    double sum = 0;
    for (int i = 0; i < nights; i++) {
        json_t *entries = floors(quiet, rng), *before = night(1, quiet, rng), *e;
        Spread s = noise_spread(json_array_get(entries, 0));
        double floor = fmax(noise_floor(&s, BLOCKS, BLOCKS), NOISE_LEAST),
               mde = noise_mde(&s, BLOCKS, BLOCKS, WORKLOADS, floor);
        json_t *after = night(1 + mde, quiet, rng);
        JudgeOptions o = {.noise = entries};
        Err err;
        json_t *c = judge_made(before, after, &o, &err);
        size_t k;
        json_array_foreach(json_object_get(c, "entries"), k, e) {
            found += !strcmp(json_text(e, "workload", ""), "w0") && !strcmp(json_text(e, "verdict", ""), "regressed");
        }
        sum += mde;
        spread_free(&s);
        json_decref(c), json_decref(before), json_decref(after), json_decref(entries);
    }
    gsl_rng_free(rng);
    print_message("called visible: %.2f %% on average; found in %d of %d\n", 100 * sum / nights, found, nights);
    proportion(found * 100 >= nights * 95);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(equal_nights), cmocka_unit_test(five_percent),
                                       cmocka_unit_test(floor_holds), cmocka_unit_test(visible_effect)};
    return cmocka_run_group_tests_name("nights", tests, NULL, NULL);
}

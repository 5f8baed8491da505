// Oracle: the document itself. What is written by columns and read again is the same text, whatever the samples have in
// common; what the index takes from the columns is what it takes from the document.
#include "ci/columns.h"
#include "bench/base/jsonfile.h"
#include "ci/facts.h"
#include "ci/tests/lib_series.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the ones above
#include <cmocka.h>

enum { DOCUMENTS = 150 };

static uint32_t below(SeriesRandom *r, uint32_t n) { return (uint32_t)(series_bits(r) % n); }

// Numbers of all kinds, text with and without escapes, null, lists.
static json_t *any_value(SeriesRandom *r) {
    switch (below(r, 9)) {
    case 0: return json_null();
    case 1: return json_real(series_gauss(r));
    case 2: return json_real(1e300 * series_uniform(r));
    case 3: return json_integer(-(json_int_t)below(r, 1000));
    case 4: return json_integer((json_int_t)(series_bits(r) >> 1));
    case 5: return json_string(below(r, 2) ? "a \"quoted\"\nline" : "\xc3\xa9,]");
    case 6: return json_pack("[i, [s]]", (int)below(r, 3), "x");
    default: return json_integer(below(r, 100));
    }
}

static const char *one_of(SeriesRandom *r, const char *const names[], uint32_t n) { return names[below(r, n)]; }

static json_t *any_sample(SeriesRandom *r, bool plain) {
    static const char *const CONFIGS[] = {"all-on", "all-off", "no-chain"}, *const WORKLOADS[] = {"a", "b"},
                             *const PURPOSES[] = {"exact", "time", "start", "warmup"},
                             *const METRICS[] = {"host_instructions", "cpu_ns", "wall_ns", "helper_calls", "strange"};
    json_t *s = json_pack("{s:i, s:s, s:s, s:s, s:s, s:b}", "id", (int)below(r, 100), "config", one_of(r, CONFIGS, 3),
                          "workload", one_of(r, WORKLOADS, 2), "guest", "rv64", "purpose", one_of(r, PURPOSES, 4),
                          "valid", below(r, 8) != 0);
    if (below(r, 2)) json_put(s, "code_sha256", json_string(below(r, 2) ? "0123" : "4567"));
    if (below(r, 2)) json_put(s, "work", json_integer(1 + below(r, 5)));
    if (below(r, 3)) json_put(s, "elf_sha256", json_string(below(r, 3) ? "e1" : "e2"));
    if (!plain && below(r, 3) == 0) json_put(s, "odd", any_value(r));
    if (!plain && below(r, 10) == 0) return json_put(s, "metrics", any_value(r)), s;
    if (!plain && below(r, 10) == 0) return s;
    json_t *metrics = json_object();
    for (uint32_t i = 0; i < 5; i++)
        if (below(r, 3))
            json_put(metrics, METRICS[i],
                     plain ? json_integer((json_int_t)(1000 * series_uniform(r))) : json_real(series_gauss(r)));
    json_put(s, "metrics", metrics);
    if (below(r, 2)) json_put(s, "wall_ns", json_integer(below(r, 3))); // beside the metric of that name
    return s;
}

static json_t *any_run(SeriesRandom *r, bool plain) {
    json_t *samples = json_array(),
           *run = json_pack("{s:s, s:n, s:{s:i}}", "schema", "nightjar.run/1", "samples", "environment", "cores", 2);
    for (uint32_t n = below(r, 40); n > 0; n--) json_array_append_new(samples, any_sample(r, plain));
    json_put(run, "samples", samples);
    return run;
}

static char *text_of(const json_t *doc) { return json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(17)); }

static void same_text_again(void **state) {
    (void)state;
    SeriesRandom r = {1};
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        Err err = {0};
        json_t *run = any_run(&r, i % 2);
        char *columns = columns_text(run);
        assert_true(columns_is(columns, strlen(columns)));
        json_t *again = columns_run(columns, strlen(columns), &err);
        assert_non_null(again);
        char *a = text_of(run), *b = text_of(again);
        assert_string_equal(a, b);
        assert_false(columns_is(a, strlen(a)));
        free(a), free(b), free(columns);
        json_decref(run), json_decref(again);
    }
}

// ---- facts, in the order of a text that says all of each
static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void facts_lines(const RunFacts *f, char **lines) {
    for (uint32_t i = 0; i < f->rows.n; i++) {
        const SampleFacts *s = &f->rows.at[i];
        lines[i] = calloc(1, 1000);
        assert_non_null(lines[i]);
        int n = snprintf(lines[i], 1000, "%s %s %s %s %s %d %d %.17g", s->workload, s->guest, s->config, s->elf,
                         s->code, s->exact, s->invalid, s->work);
        for (int m = 0; m < INDEX_METRICS; m++)
            n += snprintf(lines[i] + n, 1000 - (size_t)n, isnan(s->value[m]) ? " -" : " %.17g", s->value[m]);
    }
    if (f->rows.n) qsort(lines, f->rows.n, sizeof *lines, by_text);
}

static void same_facts(const RunFacts *a, const RunFacts *b) {
    char *x[64] = {0}, *y[64] = {0};
    assert_int_equal(a->samples, b->samples);
    assert_int_equal(a->invalid, b->invalid);
    assert_int_equal(a->rows.n, b->rows.n);
    facts_lines(a, x), facts_lines(b, y);
    for (uint32_t i = 0; i < a->rows.n; i++) {
        assert_string_equal(x[i], y[i]);
        free(x[i]), free(y[i]);
    }
}

static void facts_are_those_of_the_document(void **state) {
    (void)state;
    SeriesRandom r = {2};
    unsigned scanned = 0;
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        bool plain = i % 2;
        json_t *run = any_run(&r, plain);
        char *columns = columns_text(run);
        size_t n = strlen(columns);
        RunFacts whole, quick;
        facts_of_run(&whole, run);
        if (facts_of_columns(&quick, columns, n)) {
            scanned++;
            same_facts(&whole, &quick);
            assert_int_equal(json_integer_value(json_object_get(json_object_get(quick.run, "environment"), "cores")),
                             2);
            facts_free(&quick); // and the text
        } else {
            assert_false(plain); // only what is strange may need the slow way
            free(columns);
        }
        facts_free(&whole);
    }
    assert_true(scanned > DOCUMENTS / 2);
}

// A text with one byte less or another one is refused or gives something; it is never read beyond.
static void damage_is_survived(void **state) {
    (void)state;
    SeriesRandom r = {3};
    json_t *run = any_run(&r, true);
    char *columns = columns_text(run);
    size_t n = strlen(columns);
    assert_true(n > 500);
    for (size_t i = 0; i < 2 * n; i += 31) {
        size_t cut = i < n ? i : n;
        char *copy = malloc(cut + 1);
        RunFacts f;
        Err err;
        assert_non_null(copy);
        memcpy(copy, columns, cut);
        copy[cut] = 0;
        if (i >= n) copy[i - n] = (char)(copy[i - n] ^ 1 << below(&r, 7));
        json_decref(columns_run(copy, cut, &err));
        if (facts_of_columns(&f, copy, cut))
            facts_free(&f);
        else
            free(copy);
    }
    free(columns);
    json_decref(run);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_text_again),
                                       cmocka_unit_test(facts_are_those_of_the_document),
                                       cmocka_unit_test(damage_is_survived)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

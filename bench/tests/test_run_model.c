// Oracle: rules written down by hand. From a whole document, one thing is broken at a time; the message must name the
// file, the member and the reason, and every reader of the harness must refuse the same document.
#include "bench/base/jsonfile.h"
#include "bench/document.h"
#include "bench/model/run.h"
#include "bench/model/tool.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SAMPLE "reports/tests/sample-run.json"

static json_t *whole(void) {
    json_t *root = json_load_file(SAMPLE, 0, NULL);
    assert_non_null(root);
    return root;
}

static json_t *item(json_t *root, const char *list, size_t i) { return json_array_get(json_object_get(root, list), i); }

static void refused(json_t *root, const char *member, const char *why) {
    RunDoc doc;
    Err err = {0}, other = {0};
    assert_false(document_check(root, "a.json", &other));
    assert_false(run_doc_from_json(&doc, root, "a.json", &err));
    assert_string_equal(err.text, other.text);
    if (strncmp(err.text, "a.json: ", 8) || !strstr(err.text, member) || !strstr(err.text, why))
        fail_msg("`%s` does not say `%s` and `%s`", err.text, member, why);
}

#define REFUSED(member, why, change)                                                                                   \
    do {                                                                                                               \
        json_t *root = whole();                                                                                        \
        change;                                                                                                        \
        refused(root, member, why);                                                                                    \
    } while (0)

static void what_is_missing_or_unknown(void **state) {
    (void)state;
    REFUSED("`summary`", "is missing", json_object_del(root, "summary"));
    REFUSED("`workloads[1].elf_sha256`", "is missing", json_object_del(item(root, "workloads", 1), "elf_sha256"));
    REFUSED("`samples[7].workload`", "is missing", json_object_del(item(root, "samples", 7), "workload"));
    REFUSED("`configs[0].id`", "is 5, not a text", json_put(item(root, "configs", 0), "id", json_integer(5)));
    REFUSED("`plan.reps`", "is null", json_put(json_object_get(root, "plan"), "reps", NULL));
    REFUSED("`plan.repetitions`", "is no member", json_put(json_object_get(root, "plan"), "repetitions", json_true()));
    REFUSED("`samples[3]`", "is not an object", json_array_set_new(json_object_get(root, "samples"), 3, json_null()));
    REFUSED("`metrics[2].kind`", "one of exact sampled", json_put(item(root, "metrics", 2), "kind", json_string("a")));
    REFUSED("`created`", "2026-01-01T00:00:00Z", json_put(root, "created", json_string("yesterday")));
    REFUSED("`plan_hash`", "64 hexadecimal digits", json_put(root, "plan_hash", json_string("0f")));
}

static void what_leads_nowhere(void **state) {
    (void)state;
    REFUSED("`samples[0].config`", "is none, which `configs` does not have",
            json_put(item(root, "samples", 0), "config", json_string("none")));
    REFUSED("`samples[0].workload`", "of the guest rx, which `workloads` does not have",
            json_put(item(root, "samples", 0), "guest", json_string("rx")));
    REFUSED("`samples[0].metrics.new_ns`", "`metrics` does not have",
            json_put(json_object_get(item(root, "samples", 0), "metrics"), "new_ns", json_integer(5)));
    REFUSED("`summary.baseline`", "`configs` does not have",
            json_put(json_object_get(root, "summary"), "baseline", json_string("none")));
    REFUSED("`summary.cells[4].metric`", "`metrics` does not have",
            json_put(json_array_get(json_object_get(json_object_get(root, "summary"), "cells"), 4), "metric",
                     json_string("speed")));
}

// A list that is written several times doubles every median's n; a sample that is there twice counts twice.
static void what_is_there_twice(void **state) {
    (void)state;
    static const char *const LISTS[] = {"configs", "workloads", "metrics", "samples", "noise", "errors"};
    for (size_t i = 0; i < ARRAY_LEN(LISTS); i++) {
        char where[40];
        json_t *root = whole(), *list = json_object_get(root, LISTS[i]), *copy = json_deep_copy(list);
        snprintf(where, sizeof where, "`%s[%zu]`", LISTS[i], json_array_size(list));
        json_array_extend(list, copy), json_array_extend(list, copy);
        json_decref(copy);
        refused(root, where, "is item 0 again");
    }
    static const char *const PARTS[] = {"cells", "speedups", "attribution"};
    for (size_t i = 0; i < ARRAY_LEN(PARTS); i++) {
        json_t *root = whole(), *list = json_object_get(json_object_get(root, "summary"), PARTS[i]);
        json_array_append(list, json_array_get(list, 1));
        refused(root, PARTS[i], "is item 1 again");
    }
    REFUSED("`samples[5]`", "is item 4 again (the same id: [4])",
            json_put(item(root, "samples", 5), "id", json_integer(4)));
}

static json_t *values(json_t *root, size_t i) { return json_object_get(item(root, "samples", i), "metrics"); }

static void times_that_no_clock_gives(void **state) {
    (void)state;

    REFUSED("`samples[0].metrics.cpu_ns`", "is 0", json_put(values(root, 0), "cpu_ns", json_integer(0)));
    REFUSED("`samples[0].metrics.wall_ns`", "is -2", json_put(values(root, 0), "wall_ns", json_real(-2)));
    REFUSED("`samples[0].metrics.load_ns`", "is -1", json_put(values(root, 0), "load_ns", json_integer(-1)));
    REFUSED("`samples[0].wall_ns`", "above 0", json_put(item(root, "samples", 0), "wall_ns", json_integer(0)));
    REFUSED("`summary.cells[0].median`", "at least 0",
            json_put(json_array_get(json_object_get(json_object_get(root, "summary"), "cells"), 0), "median",
                     json_real(-1)));
    REFUSED("`samples[0]`", "gives no reason", json_put(item(root, "samples", 0), "valid", json_false()));
    REFUSED("`samples[0]`", "valid but gives the reason",
            json_put(item(root, "samples", 0), "reason", json_string("why")));
}

// A count of events may be 0 on one side: its ratio is 0, and the document is whole.
static void a_ratio_may_be_zero(void **state) {
    (void)state;
    RunDoc doc;
    Err err = {0};
    json_t *root = whole(), *s = json_array_get(json_object_get(json_object_get(root, "summary"), "speedups"), 0);
    json_put(s, "ratio", json_real(0)), json_put(s, "lo", json_null()), json_put(s, "hi", json_null());
    assert_true(run_doc_from_json(&doc, root, "a.json", &err));
    run_doc_free(&doc);
}

// Members that came later may be missing: a document of last year still loads, and says that it does not know.
static void older_documents_load(void **state) {
    (void)state;
    RunDoc doc;
    Err err = {0};
    json_t *root = whole();
    assert_null(json_object_get(json_object_get(root, "plan"), "thin_s"));
    assert_null(json_object_get(item(root, "noise", 0), "drift"));
    assert_true(run_doc_from_json(&doc, root, "old.json", &err));
    assert_true(isnan(doc.plan.thin_s) && isnan(doc.noise.at[0].drift));
    assert_null(doc.noise.at[0].size);
    run_doc_free(&doc);
}

static void what_is_in_the_sample(void **state) {
    (void)state;
    RunDoc doc;
    Err err = {0};
    assert_true(run_doc_load(&doc, SAMPLE, &err));
    assert_int_equal(doc.samples.n, json_array_size(json_object_get(doc.root, "samples")));
    assert_string_equal(doc.metrics.at[run_primary(&doc)].name, "cpu_ns");
    assert_int_equal(run_config(&doc, "no such"), RUN_NONE);
    assert_int_equal(run_workload(&doc, "dhrystone", "rx"), RUN_NONE);
    uint32_t native = run_config(&doc, "peer:native"), core = run_workload(&doc, "coremark", "rv64");
    assert_string_equal(doc.configs.at[native].peer, "native");
    assert_null(doc.configs.at[native].features);
    assert_string_equal(doc.configs.at[doc.summary.baseline].id, "all-off");
    assert_true(doc.plan.pin == RUN_NULL && isnan(doc.plan.time_budget_s) && doc.environment.turbo == -1);
    // The look-up of a cell's samples against a walk over all of them.
    uint32_t total = 0, cpu = run_metric(&doc, "cpu_ns");
    for (uint32_t c = 0; c < doc.configs.n; c++) {
        for (uint32_t w = 0; w < doc.workloads.n; w++) {
            uint32_t n, seen = 0;
            const uint32_t *at = run_samples(&doc, c, w, &n);
            for (uint32_t i = 0; i < doc.samples.n; i++) {
                if (doc.samples.at[i].config != c || doc.samples.at[i].workload != w) continue;
                assert_true(seen < n && at[seen] == i);
                seen++;
            }
            assert_int_equal(seen, n);
            total += n;
        }
    }
    assert_int_equal(total, doc.samples.n);
    for (uint32_t i = 0; i < doc.samples.n; i++) {
        const json_t *v = json_object_get(json_object_get(item(doc.root, "samples", i), "metrics"), "cpu_ns");
        double x = run_value(&doc.samples.at[i], cpu);
        assert_true(v ? x == json_number_value(v) : isnan(x));
    }
    const RunCell *cell = run_cell(&doc, native, core, cpu);
    assert_true(cell && cell->config == native && cell->workload == core && cell->metric == cpu);
    const RunSpeedup *s = run_speedup(&doc, doc.summary.baseline, native, core, cpu);
    assert_true(s && s->baseline == doc.summary.baseline && s->config == native && run_speedup_est(s).known);
    assert_null(run_cell(&doc, native, core, run_metric(&doc, "host_instructions")));
    const RunAttribution *a = run_attribution(&doc, 0, cpu, "factorial");
    assert_true(a && a->parts.at[0].shapley.known);
    for (uint32_t i = 1; i < a->parts.n; i++)
        assert_true(a->parts.at[i - 1].shapley.value >= a->parts.at[i].shapley.value);
    const RunAttribution *ablation = run_attribution(&doc, 0, cpu, "ablation");
    assert_int_equal(ablation->parts.n, 8);
    assert_false(ablation->parts.at[0].shapley.known); // null in the document
    run_doc_free(&doc);
}

static void files_that_are_no_document(void **state) {
    (void)state;
    static const char *const CASES[][2] = {{"", "empty"},
                                           {"hello", "not a JSON document"},
                                           {"[1]", "no JSON object"},
                                           {"{}", "has no `schema`"},
                                           {"{\"schema\": \"nightjar.run/2\"}", "newer"},
                                           {"{\"schema\": \"nightjar.run/0\"}", "broken schema name"},
                                           {"{\"schema\": \"nightjar.stats/1\"}", "a single emu process"},
                                           {"{\"schema\": \"nightjar.blocks/1\"}", "`nightjar profile` reads it"},
                                           {"{\"schema\": \"org.example/7\"}", "another program"},
                                           {"{\"schema\": \"nightjar.run/1\", \"schema\": \"a\"}", "duplicate"}};
    char path[] = "/tmp/nightjar-model-XXXXXX";
    int fd = mkstemp(path);
    RunDoc doc;
    Err err = {0};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        assert_true(!ftruncate(fd, 0) && !lseek(fd, 0, SEEK_SET));
        assert_int_equal(write(fd, CASES[i][0], strlen(CASES[i][0])), (ssize_t)strlen(CASES[i][0]));
        assert_false(run_doc_load(&doc, path, &err));
        if (!strstr(err.text, path) || !strstr(err.text, CASES[i][1])) fail_msg("%s: %s", CASES[i][1], err.text);
    }
    close(fd), unlink(path);
    assert_false(run_doc_load(&doc, "/nonexistent/run.json", &err));
    assert_non_null(strstr(err.text, "/nonexistent/run.json"));
    assert_false(run_doc_load(&doc, "/tmp", &err));
    assert_non_null(strstr(err.text, "folder"));
}

static void cut_at_many_bytes(void **state) {
    (void)state;
    json_t *root = whole();
    char *text = json_dumps(root, JSON_COMPACT), path[] = "/tmp/nightjar-model-XXXXXX";
    int fd = mkstemp(path);
    size_t n = strlen(text);
    json_decref(root);
    for (size_t at = 1; at < n; at += at < 400 ? 7 : at < n / 2 ? at / 2 : (n - at) / 2 + 1) {
        RunDoc doc;
        Err err = {0};
        assert_true(!ftruncate(fd, 0) && pwrite(fd, text, at, 0) == (ssize_t)at);
        assert_false(run_doc_load(&doc, path, &err));
        if (!strstr(err.text, "truncated") || !strstr(err.text, "--resume")) fail_msg("%zu bytes: %s", at, err.text);
    }
    free(text), close(fd), unlink(path);
}

static void addresses_for_links(void **state) {
    (void)state;
    static const char *const CASES[][2] = {{"https://example.org/a/b.git", "https://example.org/a/b"},
                                           {"https://user:key@example.org/a/b", "https://example.org/a/b"},
                                           {"git@example.org:a/b.git", "https://example.org/a/b"},
                                           {"ssh://git@example.org:2222/a/b.git", "https://example.org/a/b"},
                                           {"/home/a/b", NULL},
                                           {"file:///home/a/b", NULL},
                                           {"../b", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *address = tool_web_address(CASES[i][0]);
        if (CASES[i][1]) assert_string_equal(address, CASES[i][1]);
        if (!CASES[i][1]) assert_null(address);
        free(address);
    }
    assert_null(tool_web_address(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_or_unknown), cmocka_unit_test(what_leads_nowhere),
        cmocka_unit_test(what_is_there_twice),        cmocka_unit_test(times_that_no_clock_gives),
        cmocka_unit_test(a_ratio_may_be_zero),        cmocka_unit_test(older_documents_load),
        cmocka_unit_test(what_is_in_the_sample),      cmocka_unit_test(files_that_are_no_document),
        cmocka_unit_test(cut_at_many_bytes),          cmocka_unit_test(addresses_for_links)};
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}

// Oracle: the contract in bench/RUN-FORMAT.md. What is no complete nightjar.run/1 document is refused by name, with
// advice.
#include "reports/report_doc.h"
#include "reports/report.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SAMPLE "reports/tests/sample-run.json"

static json_t *sample(void) {
    json_t *root = json_load_file(SAMPLE, 0, NULL);
    assert_non_null(root);
    return root;
}

// Writes the text to a file, loads it, and expects a refusal that names the file and holds all of the words.
static void refused(const char *text, size_t n, const char *word1, const char *word2) {
    char path[] = "/tmp/nightjar-report-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, n) == (ssize_t)n);
    close(fd);
    RunDoc doc;
    Err err = {0};
    assert_false(report_doc_load(&doc, path, &err));
    unlink(path);
    assert_non_null(strstr(err.text, path));
    if (!strstr(err.text, word1) || !strstr(err.text, word2))
        fail_msg("not in the message: %s / %s: %s", word1, word2, err.text);
}

static void refused_json(json_t *root, const char *word1, const char *word2) {
    char *text = json_dumps(root, 0);
    refused(text, strlen(text), word1, word2);
    free(text);
    json_decref(root);
}

static void truncated_at_any_byte(void **state) {
    (void)state;
    json_t *root = sample();
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    size_t n = strlen(text);
    for (size_t at = 1; at < n; at += at < 2000 ? 7 : at / 2) refused(text, at, "truncated", "--resume");
    refused(text, n - 1, "truncated", "--resume");
    refused("", 0, "empty", "nightjar bench");
    free(text);
}

static void foreign_and_newer(void **state) {
    (void)state;
    refused("hello", 5, "not valid JSON", "nightjar bench");
    refused("[1]", 3, "no JSON object", "nightjar bench");
    refused("{}", 2, "no member \"schema\"", "nightjar bench");
    const char *const cases[][3] = {{"nightjar.run/2", "newer", "update nightjar"},
                                    {"nightjar.run/10", "newer", "update nightjar"},
                                    {"nightjar.run/0", "nightjar.run/0", "nightjar.run/1"},
                                    {"nightjar.stats/1", "single emu process", "nightjar.run/1"},
                                    {"nightjar.blocks/1", "nightjar profile", "nightjar.run/1"},
                                    {"org.example/7", "another program", "nightjar.run/1"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *root = sample();
        json_object_set_new(root, "schema", json_string(cases[i][0]));
        refused_json(root, cases[i][1], cases[i][2]);
    }
}

static void missing_members(void **state) {
    (void)state;
    const char *const lists[] = {"configs", "workloads", "metrics", "samples", "summary"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        json_t *root = sample();
        json_object_del(root, lists[i]);
        refused_json(root, lists[i], "incomplete");
    }
    json_t *root = sample();
    json_object_del(json_array_get(json_object_get(root, "samples"), 7), "workload");
    refused_json(root, "samples[7]", "workload");
}

static void unreadable(void **state) {
    (void)state;
    RunDoc doc;
    Err err = {0};
    assert_false(report_doc_load(&doc, "/nonexistent/run.json", &err));
    assert_non_null(strstr(err.text, "/nonexistent/run.json"));
    assert_false(report_doc_load(&doc, "/tmp", &err));
    assert_non_null(strstr(err.text, "folder"));
}

// Every optional member may be absent, null or of a wrong type: fields become empty, never a crash.
static void any_member_may_be_odd(void **state) {
    (void)state;
    const char *const optional[] = {"created", "title", "tool", "plan", "environment", "emulator", "noise"};
    for (size_t i = 0; i < ARRAY_LEN(optional); i++) {
        for (int kind = 0; kind < 3; kind++) {
            json_t *root = sample();
            if (kind == 0)
                json_object_del(root, optional[i]);
            else
                json_object_set_new(root, optional[i], kind == 1 ? json_null() : json_integer(3));
            RunDoc doc;
            Err err = {0};
            assert_true(report_doc_from_json(&doc, root, "odd", &err));
            assert_int_equal(doc.configs.n, json_array_size(json_object_get(root, "configs")));
            report_doc_free(&doc);
        }
    }
}

static void loads_the_sample(void **state) {
    (void)state;
    RunDoc doc;
    Err err = {0};
    assert_true(report_doc_load(&doc, SAMPLE, &err));
    assert_int_equal(doc.samples.n, json_array_size(json_object_get(doc.root, "samples")));
    assert_string_equal(report_doc_primary(&doc)->name, "cpu_ns");
    assert_null(report_doc_config(&doc, "no such"));
    assert_string_equal(report_doc_config(&doc, "peer:native")->peer, "native");
    assert_true(doc.attributions.at[0].parts.at[0].shapley.known);
    const RunAttribution *ablation = &doc.attributions.at[2];
    assert_true(doc.attributions.at[0].factorial && !ablation->factorial);
    assert_int_equal(ablation->parts.n, 8);
    assert_false(ablation->parts.at[0].shapley.known); // null in the document
    report_doc_free(&doc);
}

static void usage_and_files_have_exit_codes(void **state) {
    (void)state;
    char *missing[] = {"report", "-o", "/tmp/nightjar-report-none", "/nonexistent/a.json", SAMPLE, NULL};
    assert_int_equal(report_main(5, missing), 65);
    assert_int_equal(access("/tmp/nightjar-report-none", F_OK), -1); // nothing is written when a document is refused
    char *no_dir[] = {"report", "-q", "-o", "/dev/null/x", SAMPLE, NULL};
    assert_int_equal(report_main(5, no_dir), 74);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(truncated_at_any_byte),
                                       cmocka_unit_test(foreign_and_newer),
                                       cmocka_unit_test(missing_members),
                                       cmocka_unit_test(unreadable),
                                       cmocka_unit_test(any_member_may_be_odd),
                                       cmocka_unit_test(loads_the_sample),
                                       cmocka_unit_test(usage_and_files_have_exit_codes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

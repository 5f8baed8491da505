// Oracle: files written by hand and cut at every byte: what was whole before the cut must come back, and nothing else.
#include "bench/base/codes.h"
#include "bench/document.h"
#include "bench/journal.h"
#include "bench/base/jsonfile.h"
#include "bench/sample_stats.h"
#include "bench/validity.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64];

static const char *path_of(const char *name) {
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *path, const char *text, size_t n) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/nightjar-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state) {
    (void)state;
    unlink(path_of("file"));
    return rmdir(folder);
}

static void journal_survives_any_cut(void **state) {
    (void)state;
    static const char TEXT[] = "{\"schema\":\"nightjar.journal/1\"}\n{\"id\":0}\n{\"id\":1}\n{\"id\":2}\n";
    const char *path = path_of("file");
    for (size_t n = strlen("{\"schema\":\"nightjar.journal/1\"}\n"); n < sizeof TEXT; n++) {
        size_t whole = 0;
        for (size_t i = 0; i < n; i++) whole += TEXT[i] == '\n';
        put(path, TEXT, n);
        JournalContent c;
        Journal j;
        Err err;
        assert_true(journal_open(&j, path, &err));
        assert_true(journal_read(&j, &c, &err));
        assert_true(c.header && !c.broken);
        assert_int_equal(json_array_size(c.samples), whole - 1);
        journal_content_free(&c);
        // What is appended after the repair is a line of its own.
        json_t *line = json_pack("{s:i}", "id", 9);
        assert_true(journal_append(&j, line, &err));
        json_decref(line);
        assert_true(journal_read(&j, &c, &err));
        assert_int_equal(json_array_size(c.samples), whole);
        assert_int_equal(json_integer_value(json_object_get(json_array_get(c.samples, whole - 1), "id")), 9);
        journal_content_free(&c);
        journal_close(&j);
    }
}

// What cannot be continued is told apart from what can, and is never thrown away.
static void journals_that_cannot_go_on(void **state) {
    (void)state;
    static const char HOLE[] = "{\"schema\":\"nightjar.journal/1\"}\n{\"id\":\n{\"id\":1}\n",
                      FOREIGN[] = "{\"schema\":\"x\"}\n";
    char path[200], kept[4200];
    snprintf(path, sizeof path, "%s", path_of("file"));
    Journal j, second;
    JournalContent c;
    Err err;
    put(path, HOLE, strlen(HOLE));
    assert_true(journal_open(&j, path, &err) && journal_read(&j, &c, &err));
    assert_true(c.header && c.broken == 1 && json_array_size(c.samples) == 1);
    journal_content_free(&c);
    assert_false(journal_open(&second, path, &err)); // while the first one lives
    assert_non_null(strstr(err.text, "another nightjar is writing this journal"));
    for (int i = 1; i <= 2; i++) {
        assert_true(journal_put_aside(&j, "broken", kept, &err));
        bool empty = false;
        assert_true(journal_is_empty(&j, &empty, &err) && empty);
        assert_string_equal(strrchr(kept, '.'), i == 1 ? ".broken" : ".broken-2");
        assert_false(journal_open(&second, path, &err)); // the new file is locked, too
        json_t *line = json_object();
        assert_true(journal_append(&j, line, &err));
        json_decref(line);
    }
    unlink(kept), unlink(path_of("file.broken"));
    journal_close(&j);
    put(path, FOREIGN, strlen(FOREIGN));
    assert_true(journal_open(&j, path, &err) && journal_read(&j, &c, &err));
    assert_null(c.header);
    journal_content_free(&c), journal_close(&j);
    assert_false(journal_open(&j, "/dev/null", &err));
    assert_non_null(strstr(err.text, "is not a regular file"));
    // One that cannot be asked for its size is not taken for one with samples.
    bool empty;
    assert_false(journal_is_empty(&(Journal){.path = path, .fd = -1}, &empty, &err));
    assert_non_null(strstr(err.text, path));
}

static void refused(const char *text, const char *says) {
    Err err = {0};
    const char *path = path_of("file");
    put(path, text, strlen(text));
    json_t *doc = jsonfile_load_schema(path, "nightjar.run", 1, &err);
    assert_null(doc);
    if (!strstr(err.text, says) || !strstr(err.text, path))
        fail_msg("`%s` does not say `%s` and the file's name", err.text, says);
}

static void documents_refused_by_name(void **state) {
    (void)state;
    refused("", "empty");
    refused("{\"schema\": \"nightjar.run/1\", \"samples\": [", "truncated");
    refused("hello", "not a JSON document");
    refused("{\"a\": 1}", "has no `schema`");
    refused("{\"schema\": \"nightjar.stats/1\"}",
            "is nightjar.stats/1, the counters of a single emu process; expected nightjar.run/1");
    refused("{\"schema\": \"nightjar.run/2\"}", "newer");
    refused("{\"schema\": \"nightjar.runner/1\"}", "expected nightjar.run/1");
    refused("{\"schema\": \"nightjar.run/x\"}", "broken schema name");
    Err err;
    assert_null(jsonfile_load("/nonexistent/file", &err));
    assert_null(jsonfile_load("/tmp", &err));
    const char *path = path_of("file");
    put(path, "{\"schema\": \"nightjar.run/1\", \"created\": 5}",
        strlen("{\"schema\": \"nightjar.run/1\", \"created\": 5}"));
    assert_null(document_load(path, &err));
    assert_non_null(strstr(err.text, "`created` is 5, not a time"));
}

static void writes_are_atomic(void **state) {
    (void)state;
    Err err;
    const char *path = path_of("file");
    json_t *doc = json_pack("{s:i}", "a", 1);
    assert_true(jsonfile_write(path, doc, &err));
    json_t *back = jsonfile_load(path, &err);
    assert_true(json_equal(doc, back));
    json_decref(back), json_decref(doc);
    json_t *other = json_object();
    assert_false(jsonfile_write("/nonexistent/folder/file", other, &err));
    assert_non_null(strstr(err.text, "/nonexistent/folder/file"));
    json_decref(other);
}

static json_t *sample(const char *config, int count, int host, bool valid) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:n, s:{s:i, s:i}}", "config", config, "workload", "w",
                     "guest", "g", "size", "s", "elf_sha256", "e", "purpose", "exact", "valid", valid, "reason",
                     "metrics", "guest_instructions", count, "host_instructions", host);
}

static void the_odd_one_out_is_invalid(void **state) {
    (void)state;
    json_t *samples = json_pack("[o, o, o, o]", sample("a", 100, 1, true), sample("a", 100, 1, true),
                                sample("b", 101, 1, true), sample("b", 7, 1, false));
    assert_int_equal(validity_siblings(samples), 1);
    assert_true(json_is_true(json_object_get(json_array_get(samples, 0), "valid")));
    assert_string_equal(json_text(json_array_get(samples, 2), "reason", ""),
                        "guest_instructions: 101, most siblings have 100");
    assert_int_equal(validity_siblings(samples), 0); // judging twice changes nothing
    json_decref(samples);
    samples = json_pack("[o, o]", sample("a", 100, 1, true), sample("b", 101, 1, true));
    assert_int_equal(validity_siblings(samples), 2); // no majority: neither is believed
    json_decref(samples);
}

static void exact_must_repeat(void **state) {
    (void)state;
    json_t *metrics = json_pack("[{s:s, s:s}, {s:s, s:s}]", "name", "host_instructions", "kind", "exact", "name",
                                "guest_instructions", "kind", "exact");
    json_t *samples = json_pack("[o, o, o, o]", sample("a", 1, 10, true), sample("a", 1, 10, true),
                                sample("b", 1, 20, true), sample("b", 1, 21, true));
    json_t *errors = validity_inexact(samples, metrics);
    assert_int_equal(json_array_size(errors), 1);
    json_t *e = json_array_get(errors, 0);
    assert_string_equal(json_text(e, "config", ""), "b");
    assert_string_equal(json_text(e, "metric", ""), "host_instructions");
    assert_int_equal(json_array_size(json_object_get(e, "values")), 2);
    json_decref(errors), json_decref(samples), json_decref(metrics);
}

// A reason is a text whatever was printed, and the first one stays.
static void reasons_are_text(void **state) {
    (void)state;
    json_t *s = json_pack("{s:b, s:n}", "valid", 1, "reason");
    sample_invalidate(s, "stderr: \xff\xc3(");
    sample_invalidate(s, "another");
    assert_true(json_is_false(json_object_get(s, "valid")));
    assert_string_equal(json_text(s, "reason", ""), "stderr: \?\?(");
    json_decref(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_are_text),           cmocka_unit_test(journal_survives_any_cut),
        cmocka_unit_test(journals_that_cannot_go_on), cmocka_unit_test(documents_refused_by_name),
        cmocka_unit_test(writes_are_atomic),          cmocka_unit_test(the_odd_one_out_is_invalid),
        cmocka_unit_test(exact_must_repeat)};
    return cmocka_run_group_tests_name("files", tests, make_folder, drop_folder);
}

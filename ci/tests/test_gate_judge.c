// Oracle: the rules of ci/gate.h and docs/EXIT-CODES.md, worked out by hand for documents of a few cells: counts that moved, that were
// accepted, that collapsed; cells that are lost; times; cells whose code is the same.
#include "ci/gate.h"
#include "base/macros.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
// cmocka needs the ones above
#include <cmocka.h>

typedef struct Night {
    json_t *base, *head, *comparison, *accepted, *words;
    TimeCell cells[4];
    uint32_t n_cells;
    bool strict;
} Night;

static json_t *sample(const char *workload, const char *reason, double guest, const char *code) {
    json_t *metrics = json_object();
    if (isfinite(guest)) json_put(metrics, "guest_instructions", json_real(guest));
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s*, s:o, s:s*}", "config", "all-on", "workload", workload, "guest",
                     "rv64", "purpose", "exact", "valid", !reason, "reason", reason, "metrics", metrics, "code_sha256",
                     code);
}

static json_t *entry(const char *workload, const char *metric, const char *verdict, int before, int after, bool gates) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:b, s:s}", "kind", "exact", "config", "all-on",
                     "workload", workload, "guest", "rv64", "metric", metric, "verdict", verdict, "before", before,
                     "after", after, "gates", gates, "why", "it varied");
}

static Night night(void) {
    return (Night){.base = json_pack("{s:[]}", "samples"),
                   .head = json_pack("{s:[]}", "samples"),
                   .comparison = json_pack("{s:[], s:[s]}", "entries", "notes", "a note"),
                   .accepted = json_array(),
                   .words = json_pack("[s]", "gate")};
}

static void counted(const Night *n, const char *workload, double before, double after, const char *code,
                    const char *head_code) {
    json_array_append_new(json_object_get(n->base, "samples"), sample(workload, NULL, before, code));
    json_array_append_new(json_object_get(n->head, "samples"), sample(workload, NULL, after, head_code));
}

static void compared(const Night *n, json_t *e) { json_array_append_new(json_object_get(n->comparison, "entries"), e); }

static void timed(Night *n, const char *workload, TimeVerdict verdict, double ratio) {
    TimeCell *c = &n->cells[n->n_cells++];
    *c = (TimeCell){.guest = "rv64", .verdict = verdict, .ratio = ratio, .lo = ratio, .hi = ratio, .threshold = 0.03};
    snprintf(c->workload, sizeof c->workload, "%s", workload);
    for (int i = 0; ratio > 0 && i < 3; i++) vec_push(&c->blocks, log(ratio));
}

static json_t *judged(Night *n) {
    GateOptions o = {.base = "v1", .head = "HEAD", .strict = n->strict, .words = n->words};
    GateInput in = {n->base, n->head, n->comparison, n->cells, n->n_cells, n->accepted};
    json_t *gate = gate_document(&o, &in);
    assert_non_null(gate);
    for (uint32_t i = 0; i < n->n_cells; i++) vec_free(&n->cells[i].blocks);
    json_decref(n->base), json_decref(n->head), json_decref(n->comparison), json_decref(n->accepted),
        json_decref(n->words);
    return gate;
}

static void ends(json_t *gate, const char *verdict, int code) {
    assert_string_equal(json_text(gate, "verdict", ""), verdict);
    assert_int_equal(gate_exit_code(gate), code);
    json_decref(gate);
}

static json_t *list(const json_t *gate, const char *name) {
    json_t *v = json_object_get(gate, name);
    return v ? v : json_object_get(json_object_get(gate, "coverage"), name);
}

static void lists(const json_t *gate, const char *name, size_t n) {
    assert_int_equal(json_array_size(list(gate, name)), n);
}

static void says(const json_t *gate, const char *name, size_t i, const char *key, const char *text) {
    assert_string_equal(json_text(json_array_get(list(gate, name), i), key, "nothing"), text);
}

// The codes are those of docs/EXIT-CODES.md.
static void verdicts(void **state) {
    (void)state;
    static const struct {
        const char *metric, *counts;
        TimeVerdict time;
        bool gates, strict;
        const char *verdict;
        int code;
    } table[] = {
        {"host_instructions", "pass", TIME_PASS, true, false, "pass", 0},
        {"host_instructions", "regressed", TIME_PASS, true, false, "regressed", 1},
        {"host_instructions", "regressed", TIME_IMPROVED, true, false, "regressed", 1},
        {"host_instructions", "improved", TIME_REGRESSED, true, false, "regressed", 1},
        {"host_instructions", "improved", TIME_PASS, true, false, "improved", 0},
        {"host_instructions", "pass", TIME_IMPROVED, true, false, "improved", 0},
        {"host_instructions", "regressed", TIME_PASS, false, false, "pass", 0},
        {"host_instructions", "improved", TIME_PASS, false, false, "pass", 0},
        {"host_per_guest", "regressed", TIME_PASS, true, false, "pass", 0},
        {"host_instructions", "pass", TIME_INCONCLUSIVE, true, false, "pass", 0},
        {"host_instructions", "pass", TIME_INCONCLUSIVE, true, true, "inconclusive", 2},
        {"host_instructions", "improved", TIME_INCONCLUSIVE, true, true, "inconclusive", 2},
        {"host_instructions", "regressed", TIME_INCONCLUSIVE, true, true, "regressed", 1},
        {"host_instructions", "regressed", TIME_INVALID, true, false, "invalid", 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        Night n = night();
        n.strict = table[i].strict;
        counted(&n, "a", 7, 7, "c", "c");
        compared(&n, entry("a", table[i].metric, table[i].counts, 100, 100, table[i].gates));
        timed(&n, "a", table[i].time, 1);
        ends(judged(&n), table[i].verdict, table[i].code);
    }
    Night n = night(); // nothing was judged
    ends(judged(&n), "invalid", 3);
}

static void what_moved(void **state) {
    (void)state;
    Night n = night();
    counted(&n, "a", 7, 7, "c", "d");
    compared(&n, entry("a", "spills", "regressed", 100, 150, false));
    compared(&n, entry("a", "host_instructions", "regressed", 100, 103, true));
    compared(&n, entry("a", "helper_calls", "improved", 5, 0, true));
    compared(&n, entry("a", "units_translated", "regressed", 0, 3, true));
    compared(&n, entry("a", "host_bytes_emitted", "regressed", 10, 30, true));
    compared(&n, entry("a", "run_loop_entries", "pass", 10, 10, true));
    json_array_append_new(n.accepted, json_pack("{s:s, s:s, s:s}", "cell", "a/rv64/all-on", "metric",
                                                "host_bytes_emitted", "reason", "longer code"));
    json_array_append_new(n.accepted, json_pack("{s:s, s:s, s:s}", "cell", "b/rv64/all-on", "metric",
                                                "host_instructions", "reason", "of another cell"));
    json_t *gate = judged(&n);
    lists(gate, "missing", 0), lists(gate, "exact", 4), lists(gate, "accepted", 1);
    says(gate, "exact", 0, "metric", "host_instructions"); // what decides comes first
    says(gate, "exact", 1, "metric", "helper_calls");      // none is no collapse of this one
    says(gate, "exact", 2, "metric", "units_translated");
    says(gate, "exact", 3, "metric", "spills");
    says(gate, "accepted", 0, "reason", "longer code");
    assert_true(fabs(json_num(json_array_get(list(gate, "exact"), 0), "percent", 0) - 3) < 1e-9);
    assert_true(json_is_null(json_object_get(json_array_get(list(gate, "exact"), 2), "percent"))); // of nothing
    assert_int_equal(json_num(json_object_get(gate, "coverage"), "expected", 0), 1);
    assert_int_equal(json_num(json_object_get(gate, "coverage"), "judged", 0), 1);
    ends(gate, "regressed", 1);
}

static void what_is_lost(void **state) {
    (void)state;
    Night n = night();
    counted(&n, "zero", 7, 7, "c", "c");
    counted(&n, "other", 7, 8, "c", "c");
    counted(&n, "varied", NAN, 7, "c", "c"); // unknown is no difference
    // Of another configuration, before the one that counts: each cell is compared with itself.
    json_t *other[] = {sample("other", NULL, 7, NULL), sample("other", NULL, 7, NULL),
                       entry("other", "host_instructions", "pass", 1, 1, true)};
    for (int i = 0; i < 3; i++) json_put(other[i], "config", json_string("all-off"));
    json_array_insert_new(json_object_get(n.base, "samples"), 0, other[0]);
    json_array_insert_new(json_object_get(n.head, "samples"), 0, other[1]);
    compared(&n, other[2]);
    counted(&n, "we<i>rd", 7, 7, "c", "c");
    json_array_append_new(json_object_get(n.base, "samples"), sample("gone", NULL, 7, NULL));
    json_array_append_new(json_object_get(n.base, "samples"), sample("broken", NULL, 7, NULL));
    json_array_append_new(json_object_get(n.head, "samples"), sample("broken", "timeout", 7, NULL));
    json_array_append_new(json_object_get(n.head, "samples"), sample("broken", "another", 7, NULL));
    compared(&n, entry("zero", "host_instructions", "improved", 1, 0, true));
    compared(&n, entry("other", "host_instructions", "pass", 10, 10, true));
    compared(&n, entry("varied", "host_instructions", "invalid", 10, 10, true));
    compared(&n, entry("varied", "spills", "invalid", 10, 10, false));
    compared(&n, entry("broken", "host_instructions", "invalid", 10, 10, true));
    compared(&n, entry("broken", "helper_calls", "invalid", 10, 10, true));
    json_t *gate = judged(&n);
    static const char *const missing[][3] = {
        {"zero/rv64/all-on", "host_instructions", "the count collapsed to 0: nothing was counted"},
        {"varied/rv64/all-on", "host_instructions", "it varied"},
        {"broken/rv64/all-on", "every metric", "no run of head counts: timeout"},
        {"other/rv64/all-on", "guest_instructions",
         "the guest retired another number of instructions: it did other work"},
        {"we?i?rd/rv64/all-on", "every metric", "head does not have this cell"},
        {"gone/rv64/all-on", "every metric", "head does not have this cell"},
    };
    lists(gate, "missing", ARRAY_LEN(missing));
    for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
        says(gate, "missing", i, "cell", missing[i][0]);
        says(gate, "missing", i, "metric", missing[i][1]);
        says(gate, "missing", i, "why", missing[i][2]);
    }
    assert_int_equal(json_num(json_object_get(gate, "coverage"), "expected", 0), 7);
    assert_int_equal(json_num(json_object_get(gate, "coverage"), "judged", 9), 1); // the others lost something
    ends(gate, "invalid", 3);
}

static void the_control_group(void **state) {
    (void)state;
    Night n = night();
    counted(&n, "same", 7, 7, "c", "c"), counted(&n, "changed", 7, 7, "c", "d");
    counted(&n, "untimed", 7, 7, "c", "c"), counted(&n, "unknown", 7, 7, NULL, NULL);
    static const char *const names[] = {"same", "changed", "untimed", "unknown"};
    for (int i = 0; i < 4; i++) compared(&n, entry(names[i], "host_instructions", "pass", 1, 1, true));
    timed(&n, "same", TIME_PASS, 1.25), timed(&n, "changed", TIME_REGRESSED, 2);
    timed(&n, "untimed", TIME_INCONCLUSIVE, 0), timed(&n, "unknown", TIME_PASS, 3);
    json_array_append_new(n.accepted, json_pack("{s:s, s:s, s:s}", "cell", "changed/rv64/all-on", "metric", "cpu_ns",
                                                "reason", "wanted"));
    json_t *gate = judged(&n), *control = json_object_get(gate, "control"), *time = json_object_get(gate, "time");
    assert_int_equal(json_num(control, "cells", 0), 1);
    assert_true(fabs(json_num(control, "ratio", 0) - 1.25) < 1e-12);
    for (size_t i = 0; i < 4; i++) {
        json_t *same = json_object_get(json_array_get(time, i), "same_code");
        assert_int_equal(json_is_true(same), i == 0 || i == 2);
    }
    assert_string_equal(json_text(json_array_get(time, 1), "accepted", ""), "wanted");
    assert_true(json_num(json_array_get(time, 0), "ratio", 0) == 1.25);
    assert_true(json_is_null(json_object_get(json_array_get(time, 2), "ratio")));
    assert_int_equal(json_num(gate, "time_open", 0), 1);
    assert_int_equal(json_num(json_array_get(time, 0), "blocks", 0), 3);
    ends(gate, "pass", 0); // the slower cell is accepted
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts), cmocka_unit_test(what_moved),
                                       cmocka_unit_test(what_is_lost), cmocka_unit_test(the_control_group)};
    return cmocka_run_group_tests_name("gate_judge", tests, NULL, NULL);
}

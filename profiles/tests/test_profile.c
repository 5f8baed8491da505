// Oracle: documents written by hand, whose sums are known.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static json_t *insn(const char *gpc_text, const char *text, int retired, int host) {
    return json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:{s:i}}", "gpc", gpc_text, "bytes", "00", "text", text, "kind", "kind",
                     "retired", retired, "host_instructions", host, "why", "compute", host);
}

static json_t *line(int at, const char *text, const char *why, int hits) {
    return json_pack("{s:i,s:s,s:s,s:i,s:i,s:i,s:s,s:s,s:i}", "at", at, "bytes", "90", "text", text, "block", 0, "insn",
                     0, "ir", 0, "path", "straight", "why", why, "hits", hits);
}

// One block of one guest instruction: `hits` times, `each` host instructions.
static json_t *unit(int number, const char *gpc_text, const char *text, int hits, int each, const char *host_text) {
    json_t *block =
        json_pack("{s:i,s:s,s:s,s:i,s:i,s:i,s:{s:i},s:[o],s:[],s:[],s:[{s:s,s:s,s:i,s:i}]}", "block", 0, "gpc",
                  gpc_text, "gpc_end", "0x0", "hits", hits, "guest_instructions", hits, "host_instructions",
                  hits * each, "why", "compute", hits * each, "guest", insn(gpc_text, text, hits, hits * each),
                  "ir_before", "ir", "exits", "kind", "DIRECT", "gpc", "0x10", "hits", hits, "leaves", 0);
    return json_pack("{s:i,s:s,s:s,s:b,s:i,s:i,s:[o],s:[o,o]}", "unit", number, "gpc", gpc_text, "tier", "block",
                     "dead", 0, "guest_instructions", hits, "host_instructions", hits * each, "blocks", block, "host",
                     line(0, host_text, "compute", hits), line(4, "jmp .9", "branch", hits));
}

static json_t *blocks(json_t *units, int host, int stepped) {
    return json_pack("{s:s,s:{s:s,s:s},s:s,s:s,s:{s:b},s:{s:i,s:i,s:i},s:o,s:{s:s}}", "schema", "nightjar.blocks/1",
                     "elf", "path", "x", "sha256", "0", "guest", "rv64", "engine", "jit", "features", "chain", 1,
                     "totals", "host_instructions", host, "run_loop_host_instructions", 5, "stepped_instructions",
                     stepped, "units", units, "whys", "compute", "work");
}

static json_t *build(json_t *units, int retired, int host, int stepped) {
    json_t *b = blocks(units, host, stepped),
           *stats = json_pack("{s:{s:i},s:{s:s}}", "counters", "guest_instructions", retired, "emu", "commit", "c");
    json_t *p = profile_build(b, stats, NULL, "host_instructions");
    json_decref(b), json_decref(stats);
    return p;
}

static void ranks_and_adds_up(void **state) {
    (void)state;
    json_t *p = build(json_pack("[o,o,o]", unit(0, "0x10", "a", 10, 3, "x"), unit(1, "0x20", "b", 100, 2, "y"),
                                unit(2, "0x10", "a", 40, 1, "z")),
                      152, 275, 2);
    const json_t *list = json_object_get(p, "blocks"), *first = json_array_get(list, 0),
                 *second = json_array_get(list, 1);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_text(first, "gpc", ""), "0x20");
    assert_int_equal(pj_int(second, "hits"), 50); // two translations of one block
    assert_int_equal(pj_int(second, "host_instructions"), 70);
    assert_int_equal(json_array_size(json_object_get(second, "translations")), 2);
    assert_true(profile_is_exact(p));
    assert_float_equal(json_num(second, "cumulative", 0), 270.0 / 275, 1e-9);
    json_decref(p);
}

static void a_missing_instruction_is_seen(void **state) {
    (void)state;
    json_t *p = build(json_pack("[o]", unit(0, "0x10", "a", 10, 3, "x")), 11, 35, 0);
    assert_false(profile_is_exact(p));
    json_decref(p);
    p = build(json_pack("[o]", unit(0, "0x10", "a", 10, 3, "x")), 10, 36, 0);
    assert_false(profile_is_exact(p));
    json_decref(p);
}

static json_t *block_of_diff(json_t *d, size_t i) { return json_array_get(json_object_get(d, "blocks"), i); }

static void diff_tells_hits_from_code(void **state) {
    (void)state;
    json_t *a = build(json_pack("[o,o,o]", unit(0, "0x10", "a", 10, 3, "same"), unit(1, "0x20", "b", 100, 9, "old"),
                                unit(2, "0x30", "c", 7, 1, "q")),
                      117, 937, 0);
    json_t *b = build(json_pack("[o,o,o]", unit(0, "0x10", "a", 30, 3, "same"), unit(1, "0x20", "b", 100, 2, "new"),
                                unit(2, "0x30", "c", 7, 1, "q")),
                      137, 302, 0);
    json_t *d = profile_diff(a, b);
    assert_string_equal(json_text(block_of_diff(d, 0), "moved", ""), "code");
    assert_int_equal(pj_int(block_of_diff(d, 0), "delta"), -700);
    assert_string_equal(json_text(block_of_diff(d, 1), "moved", ""), "hits");
    assert_float_equal(json_num(block_of_diff(d, 1), "by_hits", 0), 60, 1e-9);
    assert_string_equal(json_text(block_of_diff(d, 2), "moved", ""), "no");
    const json_t *row = json_array_get(json_object_get(block_of_diff(d, 0), "code"), 0);
    const json_t *in_a = json_object_get(row, "a"), *in_b = json_object_get(row, "b");
    assert_string_equal(json_string_value(json_array_get(json_array_get(in_a, 0), 0)), "-");
    assert_string_equal(json_string_value(json_array_get(json_array_get(in_b, 0), 0)), "+");
    assert_string_equal(json_string_value(json_array_get(json_array_get(in_a, 1), 0)), "="); // the jump
    json_decref(a), json_decref(b), json_decref(d);
}

static void renderers_escape(void **state) {
    (void)state;
    json_t *p =
        build(json_pack("[o]", unit(0, "0x10", "<script>alert(1)</script>", 10, 3, "</span><img src=x>")), 10, 35, 0);
    json_object_set_new(p, "workload", json_pack("{s:s}", "name", "<b>w</b>"));
    ReportText t = {0};
    profile_page(&t, p, 5, "../../index.html");
    assert_non_null(strstr(rt_str(&t), "<a href=\"../../index.html\">"));
    assert_null(strstr(rt_str(&t), "<script>alert"));
    assert_null(strstr(rt_str(&t), "<img"));
    assert_null(strstr(rt_str(&t), "<b>w"));
    rt_free(&t);
    profile_markdown(&t, p, 5);
    profile_terminal(&t, p, 5, true);
    for (const ProfileExport *x = PROFILE_EXPORTS; x->name; x++) x->write(&t, p);
    assert_true(t.n > 500);
    rt_free(&t);
    json_t *d = profile_diff(p, p);
    profile_diff_page(&t, d, 5);
    assert_null(strstr(rt_str(&t), "<img"));
    rt_free(&t);
    json_decref(d), json_decref(p);
}

static void no_symbols_is_no_error(void **state) {
    (void)state;
    Symbols *s = symbols_open("/nonexistent/program.elf");
    assert_null(symbols_at(s, 0x80000000).name);
    symbols_close(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_and_adds_up),         cmocka_unit_test(a_missing_instruction_is_seen),
        cmocka_unit_test(diff_tells_hits_from_code), cmocka_unit_test(renderers_escape),
        cmocka_unit_test(no_symbols_is_no_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Oracle: documents written by hand, whose sums are known.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static json_t *insn(const char *gpc_text, const char *text, int retired, int host) {
    return json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:{s:i}}", "gpc", gpc_text, "bytes", "00", "text", text, "kind", "kind",
                     "retired", retired, "host_instructions", host, "why", "compute", host);
}

static json_t *line(int at, const char *text, const char *why, int hits) {
    return json_pack("{s:i,s:s,s:s,s:i,s:i,s:i,s:s,s:s,s:i}", "at", at, "bytes", "90", "text", text, "block", 0, "insn",
                     0, "ir", 0, "path", "straight", "why", why, "hits", hits);
}

static json_t *edge(int hits) {
    return json_pack("{s:s,s:s,s:i,s:i,s:i,s:i,s:i}", "kind", "DIRECT", "gpc", "0x10", "hits", hits, "leaves", 0,
                     "guest_instructions", 1, "host_instructions", 1, "stub_instructions", 1);
}

// One block of one guest instruction: `hits` times, `each` host instructions.
static json_t *unit(int number, const char *gpc_text, const char *text, int hits, int each, const char *host_text) {
    json_t *block = json_pack(
        "{s:i,s:s,s:s,s:i,s:i,s:i,s:{s:i},s:[o],s:[],s:[],s:[o],s:i,s:i,s:i,s:i,s:i,s:i}", "block", 0, "gpc", gpc_text,
        "gpc_end", "0x0", "hits", hits, "guest_instructions", hits, "host_instructions", hits * each, "why", "compute",
        hits * each, "guest", insn(gpc_text, text, hits, hits * each), "ir_before", "ir", "exits", edge(hits),
        "host_emitted", 2, "host_bytes", 8, "spills", 0, "slow_accesses", 0, "helper_calls", 0, "left_inside", 0);
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

// The document as `nightjar profile` makes it, of a workload of this name.
static ProfileDoc build_named(json_t *units, int retired, int host, int stepped, const char *name) {
    json_t *b = blocks(units, host, stepped),
           *stats = json_pack("{s:{s:i},s:{s:s}}", "counters", "guest_instructions", retired, "emu", "commit", "c");
    json_t *p = profile_build(b, stats, NULL, "host_instructions");
    json_object_set_new(p, "workload", json_pack("{s:s,s:n}", "name", name, "size"));
    json_object_set_new(p, "created", json_string("2026-01-01T00:00:00Z"));
    json_object_set_new(p, "overhead", json_null());
    json_object_set_new(
        p, "tool",
        json_pack("{s:s,s:s,s:n,s:b,s:n}", "name", "nightjar", "version", "0", "commit", "dirty", 0, "remote"));
    json_decref(b), json_decref(stats);
    ProfileDoc doc;
    Err err = {0};
    if (!profile_doc_from_json(&doc, p, "built", &err)) fail_msg("%s", err.text);
    return doc;
}

static ProfileDoc build(json_t *units, int retired, int host, int stepped) {
    return build_named(units, retired, host, stepped, "w");
}

static void ranks_and_adds_up(void **state) {
    (void)state;
    ProfileDoc p = build(json_pack("[o,o,o]", unit(0, "0x10", "a", 10, 3, "x"), unit(1, "0x20", "b", 100, 2, "y"),
                                   unit(2, "0x10", "a", 40, 1, "z")),
                         152, 275, 2);
    const ProfileBlock *first = &p.blocks.at[0], *second = &p.blocks.at[1];
    assert_int_equal(p.blocks.n, 2);
    assert_string_equal(first->gpc, "0x20");
    assert_int_equal(second->hits, 50); // two translations of one block
    assert_int_equal(second->host_instructions, 70);
    assert_int_equal(second->translations.n, 2);
    assert_true(p.exact);
    assert_float_equal(second->cumulative, 270.0 / 275, 1e-9);
    profile_doc_free(&p);
}

static void a_missing_instruction_is_seen(void **state) {
    (void)state;
    ProfileDoc p = build(json_pack("[o]", unit(0, "0x10", "a", 10, 3, "x")), 11, 35, 0);
    assert_false(p.exact);
    profile_doc_free(&p);
    p = build(json_pack("[o]", unit(0, "0x10", "a", 10, 3, "x")), 10, 36, 0);
    assert_false(p.exact);
    profile_doc_free(&p);
}

static json_t *block_of_diff(json_t *d, size_t i) { return json_array_get(json_object_get(d, "blocks"), i); }

static void diff_tells_hits_from_code(void **state) {
    (void)state;
    ProfileDoc a = build(json_pack("[o,o,o]", unit(0, "0x10", "a", 10, 3, "same"), unit(1, "0x20", "b", 100, 9, "old"),
                                   unit(2, "0x30", "c", 7, 1, "q")),
                         117, 937, 0);
    ProfileDoc b = build(json_pack("[o,o,o]", unit(0, "0x10", "a", 30, 3, "same"), unit(1, "0x20", "b", 100, 2, "new"),
                                   unit(2, "0x30", "c", 7, 1, "q")),
                         137, 302, 0);
    json_t *d = profile_diff(&a, &b);
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
    profile_doc_free(&a), profile_doc_free(&b), json_decref(d);
}

static void renderers_escape(void **state) {
    (void)state;
    ProfileDoc p =
        build_named(json_pack("[o]", unit(0, "0x10", "<script>alert(1)</script>", 10, 3, "</span><img src=x>")), 10, 35,
                    0, "<b>w</b>");
    ReportText t = {0};
    profile_page(&t, &p, 5, "../../index.html");
    assert_non_null(strstr(rt_str(&t), "<a href=\"../../index.html\">"));
    assert_null(strstr(rt_str(&t), "<script>alert"));
    assert_null(strstr(rt_str(&t), "<img"));
    assert_null(strstr(rt_str(&t), "<b>w"));
    rt_free(&t);
    profile_markdown(&t, &p, 5);
    profile_terminal(&t, &p, 5, true);
    for (const ProfileExport *x = PROFILE_EXPORTS; x->name; x++) x->write(&t, &p);
    assert_true(t.n > 500);
    rt_free(&t);
    json_t *d = profile_diff(&p, &p);
    profile_diff_page(&t, d, 5);
    assert_null(strstr(rt_str(&t), "<img"));
    rt_free(&t);
    json_decref(d), profile_doc_free(&p);
}

// A document whose member is gone, renamed or of another type is refused by the member's name; never read as if it were 0.
static void what_is_not_whole_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *path, *json, *says; // json NULL: the member is taken out
    } BAD[] = {
        {"blocks", NULL, "`blocks` is missing"},
        {"hot", "1", "`hot` is no member of nightjar.profile/1"},
        {"engine", "\"turbo\"", "`engine` is \"turbo\", not one of jit interp"},
        {"why", "{\"compute\": 1.5}", "`why` is {\"compute\":1.5}, not an object of integers"},
        {"blocks/0/gpc", "\"16\"", "`blocks[0].gpc` is \"16\", not an address"},
        {"blocks/0/hits", "\"many\"", "`blocks[0].hits` is \"many\", not an integer"},
        {"blocks/0/translations/0/ir", "[[0, 1]]", "`blocks[0].translations[0].ir` is [[0,1]], not a list of"},
        {"blocks/0/translations/0/host/0/path", "\"away\"", "translations[0].host[0].path` is \"away\", not one of"},
        {"schema", "\"nightjar.profile/2\"", "this nightjar reads up to nightjar.profile/1"},
        {"schema", "\"nightjar.run/1\"", "expected nightjar.profile/1"},
    };
    ProfileDoc p = build(json_pack("[o]", unit(0, "0x10", "a", 10, 3, "x")), 10, 35, 0);
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        json_t *root = json_deep_copy(p.root), *at = root;
        char path[100], *save = NULL;
        snprintf(path, sizeof path, "%s", BAD[i].path);
        char *last = strtok_r(path, "/", &save);
        for (char *w; (w = strtok_r(NULL, "/", &save)); last = w)
            at = json_is_array(at) ? json_array_get(at, (size_t)atoi(last)) : json_object_get(at, last);
        if (BAD[i].json)
            json_object_set_new(at, last, json_loads(BAD[i].json, JSON_DECODE_ANY, NULL));
        else
            json_object_del(at, last);
        ProfileDoc bad;
        Err err = {0};
        assert_false(profile_doc_from_json(&bad, root, "p.json", &err));
        if (!strstr(err.text, BAD[i].says) || !strstr(err.text, "p.json")) fail_msg("%s: %s", BAD[i].path, err.text);
    }
    profile_doc_free(&p);
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
        cmocka_unit_test(no_symbols_is_no_error),    cmocka_unit_test(what_is_not_whole_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

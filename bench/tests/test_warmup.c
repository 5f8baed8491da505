// Oracle: the example of bench/warmup.c, by hand: twenty parts that took 9, 5 and then 4 ms.
#include "bench/summary.h"
#include "bench/base/jsonfile.h"
#include "bench/tests/lib_run.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// cmocka needs the ones above
#include <cmocka.h>

// `scale`: how slow this run was; `parts`: how many slices it has.
static json_t *sample(int id, const char *purpose, bool valid, double scale, int parts) {
    json_t *slices = json_array();
    double cpu = 0, translate = 0;
    for (int i = 0; i < parts; i++) {
        cpu += scale * (i == 0 ? 9e6 : i == 1 ? 5e6 : 4e6), translate += scale * (i == 0 ? 3e6 : 1e5);
        json_array_append_new(slices, json_pack("{s:i, s:f, s:f}", "guest_instructions", 1000 * (i + 1), "cpu_ns", cpu,
                                                "translate_ns", translate));
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:b, s:s?, s:o}", "id", id, "config", "all-on", "workload", "w",
                     "guest", "g", "purpose", purpose, "valid", valid, "reason", valid ? NULL : "a reason", "slices",
                     slices);
}

static void the_first_pass_and_the_rest(void **state) {
    (void)state;
    json_t *made = json_pack(
        "{s:[{s:s}, {s:s}], s:[{s:s, s:s}], s:[o, o, o, o, o, o]}", "configs", "id", "all-on", "id", "all-off",
        "workloads", "name", "w", "guest", "g", "samples", sample(0, "warmup", true, 1, 20),
        sample(1, "warmup", true, 3, 21), sample(2, "warmup", true, 1, 20), sample(3, "warmup", false, 50, 20),
        sample(4, "time", true, 50, 20), sample(5, "warmup", true, 50, 19)); // the run loop took over too seldom
    RunDoc doc = run_made(made);
    json_t *all = summary_warmup(&doc), *w = json_array_get(all, 0), *slices = json_object_get(w, "slices");
    assert_int_equal(json_array_size(all), 1); // no other configuration has any
    assert_string_equal(json_text(w, "config", ""), "all-on");
    assert_int_equal(json_num(w, "n", 0), 3);
    assert_true(json_num(w, "steady_ns", 0) == 4e6);
    assert_true(json_num(w, "first_pass_ns", 0) == 6e6);
    assert_int_equal(json_array_size(slices), 20);
    for (size_t i = 0; i < 20; i++) {
        const json_t *part = json_array_get(slices, i);
        assert_true(json_num(part, "cpu_ns", 0) == (i == 0 ? 9e6 : i == 1 ? 5e6 : 4e6));
        double translate = json_num(part, "translate_ns", 0) / (i == 0 ? 3e6 : 1e5);
        assert_true(translate > 0.999999 && translate < 1.000001);
    }
    json_decref(all), json_decref(made);
    run_doc_free(&doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_pass_and_the_rest)};
    return cmocka_run_group_tests_name("warmup", tests, NULL, NULL);
}

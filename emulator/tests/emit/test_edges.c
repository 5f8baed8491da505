// Oracle: world_walk(), a plain walk over the IR by ir_eval. Units written for one edge between blocks each: what the
// allocator made of them was once wrong. And what is counted of edges, by hand.
#include "tests/lib/native.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RUNS = 40 };

// Both ways of the first branch, and the same as world_walk() on each.
static void check(const char *text) {
    Native n;
    IrUnit u;
    Err err;
    unsigned ways[2] = {0};
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    if (!ir_parse_with(&u, text, unit_helpers, &err) || !ir_verify(&u, &err)) fail_msg("%s", err.text);
    native_compile(&n, &u, (NativeShape){0});
    for (unsigned run = 0; run < RUNS; run++) {
        World want = world_start(run);
        want.no_markers = true;
        ways[want.slot[2] < want.slot[3]]++;
        World got = want;
        world_walk(&u, &want);
        native_run(&n, &got);
        if (world_same(&want, &got)) continue;
        world_print_differences(&want, &got);
        fail_msg("run %u:\n%s\n%s", run, text, native_text(&n));
    }
    assert_true(ways[0] && ways[1]);
    ir_unit_free(&u);
    native_free(&n);
}

// b4 is entered first from b1, where v3 is in the slot x1, and relies on that. On the way over b2 and b3 the store waits;
// b3 and what follows overwrite x1 before an exit looks, so there it is dropped. The edge from b3 writes x1 for v3's sake.
static void test_slot_that_an_entry_relies_on(void **state) {
    (void)state;
    check("b0: pc 0x1000 bytes 4 guest 1\n"
          "  insn 0x1000 [0]\n"
          "  v2 = get.i64 x4\n"
          "  v3 = add.i64 v2, #1\n"
          "  v4 = get.i64 x2\n"
          "  v5 = get.i64 x3\n"
          "  br.i64.ltu v4, v5 -> b1, b2\n"
          "b1: pc 0x1004 bytes 4 guest 1\n"
          "  insn 0x1004 [0]\n"
          "  put x1, v3\n"
          "  jump -> b4\n"
          "b2: pc 0x1008 bytes 4 guest 1\n"
          "  insn 0x1008 [0]\n"
          "  set x1, v3\n"
          "  jump -> b3\n"
          "b3: pc 0x100c bytes 4 guest 1\n"
          "  insn 0x100c [0]\n"
          "  jump -> b4\n"
          "b4: pc 0x1010 bytes 4 guest 1\n"
          "  insn 0x1010 [0]\n"
          "  jump -> b5\n"
          "b5: pc 0x1014 bytes 4 guest 1\n"
          "  insn 0x1014 [0]\n"
          "  v21 = xor.i64 v3, #85\n"
          "  set x1, v21\n"
          "  set x5, v3\n"
          "  jump -> e0\n"
          "e0: direct pc 0x1018 retired 1\n");
}

// Its one exit is counted in one place, also where a unit with more was emitted before.
static void test_counting_is_of_this_unit(void **state) {
    (void)state;
    static const char *const texts[] = {"b0: pc 0x1000 bytes 4 guest 1\n"
                                        "  insn 0x1000 [0]\n"
                                        "  v2 = get.i64 x2\n"
                                        "  br.i64.ltu v2, #9 -> e0, e1\n"
                                        "e0: direct pc 0x1018 retired 1\n"
                                        "e1: direct pc 0x1004 retired 1\n",
                                        "b0: pc 0x1000 bytes 4 guest 1\n"
                                        "  insn 0x1000 [0]\n"
                                        "  jump -> e0\n"
                                        "e0: direct pc 0x1018 retired 1\n"};
    Native n;
    native_init(&n);
    n.cfg.marks = true;
    for (unsigned i = 0; i < ARRAY_LEN(texts); i++) {
        IrUnit u;
        Err err;
        ir_unit_init(&u, unit_slots, UNIT_SLOTS);
        if (!ir_parse_with(&u, texts[i], unit_helpers, &err) || !ir_verify(&u, &err)) fail_msg("%s", err.text);
        native_compile(&n, &u, (NativeShape){.count = true});
        assert_int_equal(n.code.counting.n, i == 0 ? 2 : 1);
        ir_unit_free(&u);
    }
    native_free(&n);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slot_that_an_entry_relies_on),
                                       cmocka_unit_test(test_counting_is_of_this_unit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

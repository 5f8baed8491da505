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
static void check_as(const char *text, NativeShape shape) {
    Native n;
    IrUnit u;
    Err err;
    unsigned ways[2] = {0};
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    if (!ir_parse_with(&u, text, unit_helpers, &err) || !ir_verify(&u, &err)) fail_msg("%s", err.text);
    native_compile(&n, &u, shape);
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

static void check(const char *text) { check_as(text, (NativeShape){0}); }

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

// Its one exit is counted in one place, also where a unit with more was emitted before. That has two, and a jump behind the
// first counter that is there because it counts.
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
        assert_int_equal(n.code.counting.n, i == 0 ? 3 : 1);
        ir_unit_free(&u);
    }
    native_free(&n);
}

// ---- the layout of loops: host/layout.c
// A loop that tests at its head; b3 leads back.
#define WHILE_LOOP                                                                                                     \
    "b0: pc 0x1000 bytes 0 guest 0\n"                                                                                  \
    "  v1 = get.i64 x2\n"                                                                                              \
    "  v2 = get.i64 x3\n"                                                                                              \
    "  v3 = and.i64 v1, #15\n"                                                                                         \
    "  set x4, v3\n"                                                                                                   \
    "  set x5, v2\n"                                                                                                   \
    "  jump -> b1\n"                                                                                                   \
    "b1: pc 0x1000 bytes 4 guest 1\n"                                                                                  \
    "  v7 = phi.i64 v3, v16 [x4]\n"                                                                                    \
    "  v8 = phi.i64 v2, v15 [x5]\n"                                                                                    \
    "  insn 0x1000 [0]\n"                                                                                              \
    "  br.i64.eq v7, #0 -> b3, b2\n"                                                                                   \
    "b2: pc 0x1004 bytes 8 guest 2\n"                                                                                  \
    "  insn 0x1004 [0]\n"                                                                                              \
    "  v15 = xor.i64 v8, v7\n"                                                                                         \
    "  v16 = add.i64 v7, #-1\n"                                                                                        \
    "  set x4, v16\n"                                                                                                  \
    "  set x5, v15\n"                                                                                                  \
    "  insn 0x1008 [1]\n"                                                                                              \
    "  budget #3, back #3\n"                                                                                           \
    "  jump -> b1\n"                                                                                                   \
    "b3: pc 0x100c bytes 8 guest 2\n"                                                                                  \
    "  insn 0x100c [0]\n"                                                                                              \
    "  v24 = get.i64 x2\n"                                                                                             \
    "  v25 = get.i64 x3\n"                                                                                             \
    "  br.i64.ltu v24, v25 -> e0, e1\n"                                                                                \
    "e0: direct pc 0x1018 retired 1\n"                                                                                 \
    "e1: direct pc 0x1020 retired 1\n"

// One that tests at its end, and goes round with two values exchanged.
#define SWAP_LOOP                                                                                                      \
    "b0: pc 0x1000 bytes 0 guest 0\n"                                                                                  \
    "  v1 = get.i64 x2\n"                                                                                              \
    "  v2 = get.i64 x3\n"                                                                                              \
    "  v3 = and.i64 v1, #15\n"                                                                                         \
    "  set x4, v3\n"                                                                                                   \
    "  set x5, v2\n"                                                                                                   \
    "  set x1, v1\n"                                                                                                   \
    "  jump -> b1\n"                                                                                                   \
    "b1: pc 0x1000 bytes 8 guest 2\n"                                                                                  \
    "  v8 = phi.i64 v3, v15 [x4]\n"                                                                                    \
    "  v9 = phi.i64 v2, v10 [x5]\n"                                                                                    \
    "  v10 = phi.i64 v1, v9 [x1]\n"                                                                                    \
    "  insn 0x1000 [0]\n"                                                                                              \
    "  set x5, v10\n"                                                                                                  \
    "  set x1, v9\n"                                                                                                   \
    "  v15 = add.i64 v8, #-1\n"                                                                                        \
    "  set x4, v15\n"                                                                                                  \
    "  insn 0x1004 [1]\n"                                                                                              \
    "  budget #2, back #2\n"                                                                                           \
    "  br.i64.gts v15, #0 -> b1, b2\n"                                                                                 \
    "b2: pc 0x100c bytes 8 guest 2\n"                                                                                  \
    "  insn 0x100c [0]\n"                                                                                              \
    "  v21 = get.i64 x2\n"                                                                                             \
    "  v22 = get.i64 x3\n"                                                                                             \
    "  br.i64.ltu v21, v22 -> e0, e1\n"                                                                                \
    "e0: direct pc 0x1018 retired 1\n"                                                                                 \
    "e1: direct pc 0x1020 retired 1\n"

static void test_loops_run(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        NativeShape shape = {.rotate = i & 1, .count = i >> 1};
        check_as(WHILE_LOOP, shape);
        check_as(SWAP_LOOP, shape);
    }
}

// What block b executes up to its edge k.
static uint32_t insns_of(const char *text, uint16_t b, unsigned k, bool rotate, bool count) {
    Native n;
    IrUnit u;
    Err err;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    if (!ir_parse_with(&u, text, unit_helpers, &err)) fail_msg("%s", err.text);
    native_compile(&n, &u, (NativeShape){.rotate = rotate, .count = count});
    uint32_t insns = n.code.edge_insns.at[host_edge_inside(host_edges_of(&u), b, k)];
    ir_unit_free(&u);
    native_free(&n);
    return insns;
}

// By hand: the jump back is gone, and there is one on the way in. Counting changes no count.
static void test_a_round_has_a_jump_less(void **state) {
    (void)state;
    for (unsigned count = 0; count < 2; count++) {
        assert_int_equal(insns_of(WHILE_LOOP, 2, 0, true, count) + 1, insns_of(WHILE_LOOP, 2, 0, false, count));
        assert_int_equal(insns_of(WHILE_LOOP, 1, 1, true, count), insns_of(WHILE_LOOP, 1, 1, false, count));
        assert_int_equal(insns_of(WHILE_LOOP, 0, 0, true, count), insns_of(WHILE_LOOP, 0, 0, false, count) + 1);
        assert_int_equal(insns_of(SWAP_LOOP, 1, 0, true, count) + 1, insns_of(SWAP_LOOP, 1, 0, false, count));
        assert_int_equal(insns_of(SWAP_LOOP, 0, 0, true, count), insns_of(SWAP_LOOP, 0, 0, false, count) + 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slot_that_an_entry_relies_on), cmocka_unit_test(test_counting_is_of_this_unit),
        cmocka_unit_test(test_loops_run), cmocka_unit_test(test_a_round_has_a_jump_less)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

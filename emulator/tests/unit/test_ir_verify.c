// Oracle: asserts. Each rule of ir_verify() is broken once, and the message names the instruction and the rule.
#include "ir/cfg.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const IrSlot slots[] = {{"x0", IR_I64}, {"x1", IR_I64}, {"w0", IR_I32}, {"f0", IR_F64}};
static const IrHelper touch = {"touch", NULL, 0, 0}, picky = {"picky", NULL, IR_HELPER_RAISES, 0};
static const IrHelper *const helpers[] = {&touch, &picky, NULL};

#define EXIT  "e0: direct pc 0x1004 retired 1\n"
#define EXIT1 "e1: direct pc 0x1008 retired 1\n"
#define END   "  jump -> e0\n" EXIT

static void parse(IrUnit *u, const char *text) {
    Err err;
    ir_unit_init(u, slots, ARRAY_LEN(slots));
    if (!ir_parse_with(u, text, helpers, &err)) fail_msg("%s", err.text);
}

static void accepted(const char *text) {
    IrUnit u;
    Err err;
    parse(&u, text);
    if (!ir_verify(&u, &err)) fail_msg("%s\n%s", err.text, text);
    ir_unit_free(&u);
}

static void verify_says(IrUnit *u, const char *why) {
    Err err = {""};
    assert_false(ir_verify(u, &err));
    if (!strstr(err.text, why)) fail_msg("'%s' does not contain '%s'", err.text, why);
    ir_unit_free(u);
}

static void refused(const char *text, const char *why) {
    IrUnit u;
    parse(&u, text);
    verify_says(&u, why);
}

static void test_good(void **state) {
    (void)state;
    accepted(
        "b0:\n  v1 = get.i64 x0\n  v2 = add.i32 v1, v1\n  put w0, v1\n  v4 = cmp.i32.eq v2, v1\n  put x0, v4\n" END);
    accepted("b0:\n  v1 = get.i32 w0\n  v2 = load.i64[4] v1\n  v3 = sext.i64[32] v1\n  store.i32[4] v3, v1\n" END);
    accepted("b0:\n  v1 = get.f64 f0\n  v2 = get.i64 x0\n  v3 = select.f64 v2, v1, v1\n  store.f64[8] v2, v3\n" END);
    accepted("b0:\n  insn 0x1000 [0]\n  v2 = get.i64 x0\n  put x1, v2\n  call touch()\n"
             "  insn 0x1002 [1]\n  v6 = load.i64[8] v2\n  put x0, v6\n" END);
    // A loop whose latch stands first in the order of its own dominators; b3 cannot be reached.
    accepted("b0:\n  v1 = get.i64 x0\n  jump -> b1\n"
             "b1:\n  v3 = phi.i64 v1, v5\n  budget #1\n  v5 = add.i64 v3, #1\n  br.i64.eq v5, #0 -> b2, b1\n"
             "b2:\n  put x0, v5\n  jump -> e0\n"
             "b3:\n  put x0, v5\n  jump -> e0\n" EXIT);
}

#define F "b0:\n  v1 = get.i64 x0\n  v2 = get.f64 f0\n  v3 = fcvt.f32[rne] v2\n"

static void test_floats(void **state) {
    (void)state;
    accepted(F "  v4 = itof.f32[rne i32] v1\n  v5 = ftoi.i32[rtz f32] v4\n  v6 = bits.i32 v4\n" END);
    accepted(F "  v4 = cmp.f64.gts v2, v2\n  store.f32[4] v1, v3\n  br.f32.ne v3, v3 -> e0, e1\n" EXIT EXIT1);
    refused(F "  v4 = fadd.f64[rne] v2, v3\n" END, "input v3 is f32, needs f64");
    refused(F "  v4 = fadd.f64[rne] v2, v1\n" END, "input v1 is i64, needs f64");
    refused(F "  v4 = add.i64 v1, v2\n" END, "input v2 is f64, needs i64");
    refused(F "  v4 = add.f64 v2, v2\n" END, "type must be i32 or i64");
    refused(F "  v4 = fsqrt.i64[rne] v1\n" END, "type must be f32 or f64");
    refused(F "  v4 = fcvt.f64[rne] v2\n" END, "input v2 is f64, needs f32");
    refused(F "  v4 = ftoi.i64[rne f32] v2\n" END, "input v2 is f64, needs f32");
    refused(F "  v4 = ftoi.i64[rne i64] v1\n" END, "source type");
    refused(F "  v4 = itof.i64[rne i64] v1\n" END, "type must be f32 or f64");
    refused(F "  v4 = itof.f64[rne i64] v3\n" END, "input v3 is f32, needs i64");
    refused(F "  v4 = bits.f32 v2\n" END, "input v2 is f64, needs i32");
    refused(F "  v4 = box.f32 v3\n" END, "type must be f64");
    refused(F "  v4 = unbox.f32 v3\n" END, "input v3 is f32, needs f64");
    refused(F "  v4 = cmp.f64.ltu v2, v2\n" END, "condition");
    refused(F "  v4 = cmp.f64.eq v2, #0\n" END, "input v0");
    refused(F "  v4 = select.f64 v2, v2, v2\n" END, "input v2 is f64, needs i64");
    refused(F "  v4 = load.f64[4] v1\n" END, "4 bytes of a value of type f64");
    refused(F "  v4 = load.f32[s4] v1\n" END, "sign-extends");
    refused(F "  br.f32.ne v3, v3 -> e0, e0\n" EXIT, "one successor");
    refused(F "  v4 = fflags.i64\n" END, "type must be i32");
    refused(F "  put x1, v2\n" END, "input v2 is f64, needs i64");
    IrUnit u;
    parse(&u, F "  v4 = fadd.f64[rne] v2, v2\n" END);
    u.insns.at[4].imm = IR_UNSIGNED;
    verify_says(&u, "rounding 8");
    parse(&u, F "  v4 = ftoi.i64[rne f32] v3\n" END);
    u.insns.at[4].imm = 5;
    verify_says(&u, "rounding 5");
}

static void test_structure(void **state) {
    (void)state;
    IrUnit u;
    parse(&u, "b0:\n  v1 = get.i64 x0\n" END);
    u.insns.at[0].op = IR_CONST;
    verify_says(&u, "instruction 0 is not nop");
    parse(&u, "b0:\n  v1 = get.i64 x0\n" END);
    u.blocks.n = 0;
    verify_says(&u, "0 blocks");
    parse(&u, "b0:\n  v1 = get.i64 x0\n" END);
    u.blocks.at[0].first = 2;
    verify_says(&u, "block 0 is [2, 3): must start at 1");
    parse(&u, "b0:\n  v1 = get.i64 x0\n" END);
    u.blocks.at[0].end--;
    verify_says(&u, "block 0, instruction 1 (v1 = get.i64 x0): the last instruction is not a terminator");
    parse(&u, "b0:\n  v1 = get.i64 x0\n" END);
    ir_emit(&u, (IrInsn){.op = IR_NOP});
    verify_says(&u, "instructions from 3 on are in no block");
    parse(&u, "b0:\n  v1 = get.i64 x0\n" END);
    u.insns.at[1].op = IR_TRAP;
    verify_says(&u, "a terminator in the middle");
    parse(&u, "b0:\n  v1 = get.i64 x0\n" END);
    u.insns.at[1].op = IR_OP_COUNT;
    verify_says(&u, "no such op");
    parse(&u, "b0:\n" END);
    u.blocks.at[0].succ[1] = IR_TO_EXIT;
    verify_says(&u, "has one successor but the block names two");
}

static void test_targets(void **state) {
    (void)state;
    refused("b0:\n  jump -> none\n", "a successor is missing");
    refused("b0:\n  jump -> b4\n", "successor block 4 does not exist");
    refused("b0:\n  jump -> e1\n" EXIT, "exit 1 does not exist");
    refused("b0:\n  trap -> e0\n" EXIT, "exit 0 has the wrong kind");
    refused("b0:\n  jump -> e0\ne0: indirect\n", "exit 0 has the wrong kind");
    refused("b0:\n  trap -> b0\n", "must leave through an exit");
    refused("b0:\n  v1 = get.i64 x0\n  br.i64.eq v1, #0 -> e0, none\n" EXIT, "a successor is missing");
}

static void test_values(void **state) {
    (void)state;
    refused("b0:\n  v1 = add.i64 v2, #1\n  v2 = get.i64 x0\n" END, "(v1 = add.i64 v2, #1): input v2 is defined later");
    refused("b0:\n  v1 = add.i64 v1, #1\n" END, "input v1 is defined later");
    refused("b0:\n  v1 = add.i64 -, #1\n" END, "input v0 does not exist");
    refused("b0:\n  v1 = get.i64 x0\n  v9 = add.i64 v700, #1\n" END, "input v700 does not exist");
    refused("b0:\n  insn 0x1000 [0]\n  v2 = not.i64 v1\n" END, "input v1 is insn, which has no value");
    refused("b0:\n  v2 = not.i64 v1\n" END, "input v1 is nop, which has no value");
    refused("b0:\n  v1 = get.i64 x0\n  br.i64.eq v1, #0 -> b1, b2\n"
            "b1:\n  v3 = not.i64 v1\n  jump -> b2\n"
            "b2:\n  put x0, v3\n" END,
            "block 2, instruction 5 (put x0, v3): input v3 of block 1 does not dominate block 2");
}

static void test_types(void **state) {
    (void)state;
    refused("b0:\n  v1 = get.i32 w0\n  v2 = add.i64 v1, #1\n" END, "input v1 is i32, needs i64");
    refused("b0:\n  v1 = get.i32 w0\n  v2 = cmp.i64.eq v1, #1\n" END, "input v1 is i32, needs i64");
    refused("b0:\n  v1 = get.i32 w0\n  br.i64.eq v1, #1 -> e0, e0\n" EXIT, "input v1 is i32, needs i64");
    refused("b0:\n  v1 = get.i32 w0\n  put x0, v1\n" END, "input v1 is i32, needs i64");
    refused("b0:\n  v1 = get.i32 w0\n  v2 = select.i32 v1, v1, v1\n" END, "input v1 is i32, needs i64");
    refused("b0:\n  v1 = get.f64 f0\n  v2 = add.i64 v1, v1\n" END, "input v1 is f64, needs i64");
    refused("b0:\n  v1 = get.f64 f0\n  v2 = add.f64 v1, v1\n" END, "type must be i32 or i64");
    refused("b0:\n  v1 = get.f64 f0\n  v2 = load.i64[8] v1\n" END, "input v1 is f64");
    refused("b0:\n  v1 = get.f64 f0\n  v2 = call.i64 touch(v1)\n" END, "input v1 is f64");
    refused("b0:\n  v1 = call.f64 touch()\n" END, "a helper returns an integer or nothing");
    refused("b0:\n  v1 = get.i64 x0\n  v2 = load.i32[8] v1\n" END, "8 bytes of a value of type i32");
    refused("b0:\n  v1 = get.i64 x0\n  v2 = get.i32 w0\n  store.i32[8] v1, v2\n" END, "8 bytes of a value of type i32");
    refused("b0:\n  v1 = get.i32 x0\n" END, "the slot is i64");
    refused("b0:\n  v1 = get.i64 x0\n  v2 = sext.i64[24] v1\n" END, "width 24");
    refused("b0:\n  budget #-40000\n" END, "budget -40000");
}

static void test_fields(void **state) {
    (void)state;
    IrUnit u;
    parse(&u, "b0:\n  v1 = get.i64 x0\n" END);
    u.insns.at[1].imm = 4;
    verify_says(&u, "slot 4 of 4");
    parse(&u, "b0:\n  v1 = get.i64 x0\n  v2 = cmp.i64.eq v1, #0\n" END);
    u.insns.at[2].c = IR_COND_COUNT;
    verify_says(&u, "condition 10");
    parse(&u, "b0:\n  v1 = get.i64 x0\n  v2 = load.i64[8] v1\n" END);
    u.insns.at[2].c = 256;
    verify_says(&u, "memop 256");
    parse(&u, "b0:\n  v1 = get.i64 x0\n  v2 = load.i64[8] v1\n" END);
    u.insns.at[2].c |= MEMOP_FOUND;
    verify_says(&u, "is a probe's");
    parse(&u, "b0:\n  call touch()\n" END);
    u.insns.at[1].imm = 0;
    verify_says(&u, "no helper");
}

static void test_phis(void **state) {
    (void)state;
    static const char head[] = "b0:\n  v1 = get.i64 x0\n  v2 = get.i32 w0\n  jump -> b1\n";
    char text[400];
    static const char *const cases[][2] = {
        {"b1:\n  v5 = phi.i64 v1, v1\n" END, "2 args for 1 predecessors"},
        {"b1:\n  v5 = phi.i64 v2\n" END, "arg v2 is i32"},
        {"b1:\n  v5 = not.i64 v1\n  v6 = phi.i64 v1\n" END, "a phi after the start of its block"},
        {"b1:\n  v5 = phi.i64 v6\n  v6 = not.i64 v1\n" END, "input v6 of block 1 does not dominate block 0"},
        {"b1:\n  v5 = phi.i64 v99\n" END, "input v99 does not exist"},
    };
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        snprintf(text, sizeof text, "%s%s", head, cases[i][0]);
        refused(text, cases[i][1]);
    }
    refused("b0:\n  v1 = phi.i64\n" END, "a phi in the entry block");
}

static void test_fault_after_put(void **state) {
    (void)state;
    refused("b0:\n  insn 0x1000 [0]\n  v2 = get.i64 x0\n  put x1, v2\n  v4 = load.i64[8] v2\n" END,
            "may fault after a put of the same guest instruction");
    refused("b0:\n  insn 0x1000 [0]\n  v2 = get.i64 x0\n  put x1, v2\n  call picky()\n" END, "may fault after a put");
}

// Predecessors and dominators of a graph with a diamond, a loop, an unreachable block and an edge into the middle.
//   b0 -> b1 b2; b1 -> b3; b2 -> b3; b3 -> b4 b1; b4 -> b4 exit; b5 -> b4
static void test_dominators(void **state) {
    (void)state;
    IrUnit u;
    IrCfg cfg;
    parse(&u, "b0:\n  v1 = get.i64 x0\n  br.i64.eq v1, #0 -> b1, b2\n"
              "b1:\n  jump -> b3\n"
              "b2:\n  jump -> b3\n"
              "b3:\n  br.i64.eq v1, #0 -> b4, b1\n"
              "b4:\n  br.i64.eq v1, #0 -> b4, e0\n"
              "b5:\n  jump -> b4\n" EXIT);
    ir_cfg_make(&cfg, &u);
    static const uint16_t idom[] = {0, 0, 0, 0, 3, IR_NO_BLOCK};
    for (unsigned b = 0; b < 6; b++) assert_int_equal(cfg.idom[b], idom[b]);
    assert_true(ir_dominates(&cfg, 3, 4));
    assert_true(ir_dominates(&cfg, 0, 4));
    assert_true(ir_dominates(&cfg, 4, 4));
    assert_false(ir_dominates(&cfg, 1, 3));
    assert_false(ir_dominates(&cfg, 4, 3));
    assert_int_equal(cfg.first_pred[5] - cfg.first_pred[4], 3);
    assert_int_equal(cfg.preds[cfg.first_pred[4] + 2], 5);
    assert_int_equal(ir_single_pred(&cfg, 2), 0);
    assert_int_equal(ir_single_pred(&cfg, 1), IR_NO_BLOCK);
    assert_int_equal(ir_single_pred(&cfg, 0), IR_NO_BLOCK);
    ir_cfg_free(&cfg);
    ir_unit_free(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),       cmocka_unit_test(test_floats), cmocka_unit_test(test_structure),
        cmocka_unit_test(test_targets),    cmocka_unit_test(test_values), cmocka_unit_test(test_types),
        cmocka_unit_test(test_fields),     cmocka_unit_test(test_phis),   cmocka_unit_test(test_fault_after_put),
        cmocka_unit_test(test_dominators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

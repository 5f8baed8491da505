// Oracle: known text. Every form of an instruction is read and printed as the same text; broken text is refused by
// line. (test_opt_random.c does the same with random units.)
#include "ir/ir.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const IrSlot slots[] = {{"x0", IR_I64}, {"x1", IR_I64}, {"w0", IR_I32}, {"f0", IR_F64}};
static const IrHelper one = {"one", NULL, 0, 0}, two_words = {"two_words", NULL, IR_HELPER_PURE, 0};
static const IrHelper *const helpers[] = {&one, &two_words, NULL};

static const char every_form[] = "b0: pc 0x80000000 bytes 6 guest 2\n"
                                 "  insn 0x80000000 [0]\n"
                                 "  budget #2\n"
                                 "  v3 = get.i64 x1\n"
                                 "  v4 = get.i32 w0\n"
                                 "  v5 = get.f64 f0\n"
                                 "  v6 = const.i64 #-5\n"
                                 "  v7 = const.i64 #0x8000000000000000\n"
                                 "  v9 = add.i64 v3, #5\n" // v8 is a NOP
                                 "  v10 = add.i64 v3, v9\n"
                                 "  v11 = mulhsu.i64 v3, v9\n"
                                 "  v12 = sext.i64[32] v4\n"
                                 "  v13 = zext.i32[8] v3\n"
                                 "  v14 = cmp.i64.ltu v3, #0x12345678\n"
                                 "  v15 = cmp.i32.ges v3, v4\n"
                                 "  v16 = select.f64 v14, v5, v5\n"
                                 "  v17 = popcnt.i32 v4\n"
                                 "  v18 = load.i64[s4] v3 + 16\n"
                                 "  v19 = load.i32[2r] v3 - 8\n"
                                 "  v20 = load.f64[8] v3 + 0x8000000000000000\n"
                                 "  store.i64[8] v3, v9\n"
                                 "  store.i32[1] v3 + 0x12345678, v4\n"
                                 "  put x1, v3\n"
                                 "  set w0, v4\n"
                                 "  call one()\n"
                                 "  v27 = call.i64 two_words(v3, -, v4)\n"
                                 "  call two_words(v3)\n"
                                 "  br.i64.ne v14, #0 -> b1, e0\n"
                                 "b1: pc 0x80000010 bytes 0 guest 0\n"
                                 "  v30 = phi.i64 v3, v30 [x1]\n"
                                 "  br.i32.eq v30, v4 -> b2, b1\n"
                                 "b2: pc 0x0 bytes 0 guest 0\n"
                                 "  jump -> b3\n"
                                 "b3: pc 0x0 bytes 0 guest 0\n"
                                 "  br.i64.eq v3, v3 -> b4, e1\n"
                                 "b4: pc 0x0 bytes 0 guest 0\n"
                                 "  ijump v3 -> e2\n"
                                 "b5: pc 0x0 bytes 0 guest 0\n"
                                 "  trap -> e3\n"
                                 "e0: direct pc 0x80000006 retired 2\n"
                                 "e1: direct pc 0x80000006 return 0x80000010 retired 0\n"
                                 "e2: return retired 1\n"
                                 "e3: trap pc 0x80000004 code 11 value 0xffffffffffffffff retired 0\n";

static const char float_forms[] = "b0: pc 0x1000 bytes 4 guest 1\n"
                                  "  v1 = get.f64 f0\n"
                                  "  v2 = get.i64 x0\n"
                                  "  v3 = fadd.f64[rne] v1, v1\n"
                                  "  v4 = fma.f64[rup] v1, v3, v1\n"
                                  "  v5 = fsqrt.f64[rdn] v4\n"
                                  "  v6 = fmax.f64 v4, v5\n"
                                  "  v7 = fcvt.f32[rmm] v6\n"
                                  "  v8 = ftoi.i32[rtz u f64] v6\n"
                                  "  v9 = ftoi.i64[rne f32] v7\n"
                                  "  v10 = itof.f64[rne u i32] v2\n"
                                  "  v11 = bits.i64 v10\n"
                                  "  v12 = bits.f64 v11\n"
                                  "  v13 = box.f64 v7\n"
                                  "  v14 = unbox.f32 v13\n"
                                  "  v15 = fneg.f32 v14\n"
                                  "  v16 = cmp.f32.les v15, v7\n"
                                  "  v17 = fflags.i32\n"
                                  "  store.f32[4] v2, v15\n"
                                  "  br.f64.eq v13, v1 -> e0, e1\n"
                                  "e0: direct pc 0x1004 retired 1\n"
                                  "e1: direct pc 0x1008 retired 1\n";

static char *text_of(const IrUnit *u) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    ir_print(f, u);
    fclose(f);
    return text;
}

static void test_every_form(void **state) {
    (void)state;
    IrUnit u;
    Err err;
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    if (!ir_parse_with(&u, every_form, helpers, &err)) fail_msg("%s", err.text);
    if (!ir_verify(&u, &err)) fail_msg("%s", err.text);
    char *text = text_of(&u);
    assert_string_equal(text, every_form);
    assert_int_equal(u.insns.at[8].op, IR_NOP);
    assert_int_equal(u.insns.at[19].c, 1 | MEMOP_RMW);
    assert_int_equal(u.insns.at[19].imm, -8);
    assert_int_equal(u.insns.at[20].imm, INT64_MIN);
    assert_ptr_equal((void *)(uintptr_t)u.insns.at[27].imm, &two_words);
    assert_int_equal(u.insns.at[27].b, 0);
    assert_int_equal(u.insns.at[30].b, 2);
    assert_int_equal(u.exits.at[3].code, 11);
    free(text);
    ir_unit_free(&u);
}

static void test_float_forms(void **state) {
    (void)state;
    IrUnit u;
    Err err;
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    if (!ir_parse(&u, float_forms, &err)) fail_msg("%s", err.text);
    if (!ir_verify(&u, &err)) fail_msg("%s", err.text);
    char *text = text_of(&u);
    assert_string_equal(text, float_forms);
    assert_int_equal(u.insns.at[4].imm, 3);
    assert_int_equal(u.insns.at[8].imm, 1 | IR_UNSIGNED);
    assert_int_equal(u.insns.at[8].c, IR_F64);
    free(text);
    ir_unit_free(&u);
}

// What the builders make is what its text makes.
static void test_builders(void **state) {
    (void)state;
    IrUnit u, read;
    Err err;
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    ir_unit_init(&read, slots, ARRAY_LEN(slots));
    for (unsigned round = 0; round < 2; round++) {
        ir_unit_reset(&u);
        uint16_t b = ir_block_begin(&u, 0x1000);
        IrRef x = ir_get(&u, 1), w = ir_get(&u, 2);
        IrRef c = ir_const(&u, IR_I32, 0xffffffff);
        IrRef sum = ir_op2i(&u, IR_ADD, IR_I64, x, -1);
        IrRef ext = ir_ext(&u, IR_SEXT, IR_I64, ir_op2(&u, IR_SUB, IR_I32, w, c), 32);
        IrRef yes = ir_cmpi(&u, IR_LTU, IR_I64, sum, 7), no = ir_cmp(&u, IR_EQ, IR_I64, sum, ext);
        ir_put(&u, 1, ir_select(&u, IR_I64, yes, no, ir_op1(&u, IR_NOT, IR_I64, x)));
        ir_store(&u, 2, x, 4, w);
        ir_put(&u, 0, ir_load(&u, IR_I64, 1 | MEMOP_SIGNED, x, 0));
        IrRef f = ir_float(&u, IR_FMUL, IR_F64, 2, ir_get(&u, 3), ir_itof(&u, IR_F64, IR_I32, true, 1, w), 0);
        ir_put(&u, 3, ir_float(&u, IR_FMA, IR_F64, 0, f, f, f));
        ir_put(&u, 2, ir_ftoi(&u, IR_I32, false, IR_F64, 1, f));
        ir_call(&u, IR_VOID, &one, x, 0, 0);
        ir_emit(&u, (IrInsn){.op = IR_JUMP});
        u.blocks.at[b].succ[0] = ir_exit_add(&u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x1008, .retired = 2});
        ir_block_end(&u);
        if (!ir_verify(&u, &err)) fail_msg("%s", err.text);
        char *text = text_of(&u);
        if (!ir_parse_with(&read, text, helpers, &err)) fail_msg("%s", err.text);
        assert_int_equal(read.insns.n, u.insns.n);
        assert_memory_equal(read.insns.at, u.insns.at, u.insns.n * sizeof *u.insns.at);
        assert_memory_equal(read.blocks.at[0].succ, u.blocks.at[0].succ, sizeof u.blocks.at[0].succ);
        free(text);
    }
    ir_unit_free(&u);
    ir_unit_free(&read);
}

static void refused(const char *text, const char *why) {
    IrUnit u;
    Err err = {""};
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    assert_false(ir_parse_with(&u, text, helpers, &err));
    if (!strstr(err.text, why)) fail_msg("'%s' does not contain '%s'", err.text, why);
    ir_unit_free(&u);
}

static void test_broken_text(void **state) {
    (void)state;
    refused("b0:\n  v1 = frob.i64 v2\n", "line 2: no such op at 'frob");
    refused("b0:\n  v1 = get.i64 x9\n", "line 2: no such slot at 'x9'");
    refused("b0:\n  v2 = get.i64 x0\n  v1 = get.i64 x0\n", "line 3: the number of the value is too small");
    refused("  v1 = get.i64 x0\n", "line 1: an instruction outside of a block");
    refused("b0:\n  v1 = get.i64 x0\n", "the last block is not ended");
    refused("b1:\n", "numbers of blocks");
    refused("b0:\n  jump -> e0\ne1: direct\n", "numbers of blocks and exits");
    refused("b0:\n  jump -> e0\ne0: sideways\n", "kind of exit");
    refused("b0:\n  get.i64 x0\n", "a value needs a number");
    refused("b0:\n  v1 = jump -> e0\n", "a value needs a number");
    refused("b0:\n  v1 = call.i64 three()\n", "no such helper at 'three");
    refused("b0:\n  v1 = load.i64[3] v2\n", "size must be");
    refused("b0:\n  v1 = add.i64 v2\n", "expected ','");
    refused("b0:\n  v1 = add.i64 v2, #\n", "expected a number");
    refused("b0:\n  v1 = const.i64 #99999999999999999999\n", "number too large");
    refused("b0:\n  v1 = add.i65 v2, #1\n", "no such type");
    refused("b0:\n  v1 = fadd.f64[up] v2, v3\n", "no such rounding");
    refused("b0:\n  v1 = fadd.f64 v2, v3\n", "expected '['");
    refused("b0:\n  v1 = itof.f64[rne i16] v2\n", "no such type");
    refused("b0:\n  v70000 = get.i64 x0\n", "out of range");
    refused("b0:\n  v1 = get.i64 x0 x1\n", "something after the end");
    refused("b0:\nb1:\n", "the block before is not ended");
}

static void test_comments_and_gaps(void **state) {
    (void)state;
    IrUnit u;
    Err err;
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    assert_true(ir_parse(&u, "; nothing\n\nb0: ; the entry\n\n  v5 = get.i64 x0 ; five\n  ijump v5 -> none", &err));
    assert_int_equal(u.insns.n, 7);
    assert_int_equal(u.blocks.n, 1);
    assert_int_equal(u.blocks.at[0].succ[0], IR_NO_TARGET);
    ir_unit_free(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_form), cmocka_unit_test(test_float_forms),
                                       cmocka_unit_test(test_builders), cmocka_unit_test(test_broken_text),
                                       cmocka_unit_test(test_comments_and_gaps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Oracle: counted by hand. How often the allocator writes a slot whose old value nothing can look at any more: a store
// that is not needed changes no result, so no test of results finds it.
#include "host/host.h"
#include "ra/ra.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { D0 = 1, FLOAT_REGS = 4 }; // slot d0; so few registers of floats are given away
static const IrSlot slots[] = {{"x0", IR_I64}, {"d0", IR_F64}, {"d1", IR_F64}};

// RA_WRITEs of slot d0 in block `block` and on its edges.
static unsigned writes(const char *text, unsigned block) {
    IrUnit u;
    Ra ra;
    Err err;
    unsigned n = 0;
    bool inside = false;
    HostRegs floats = host_native.pool & host_native.regs[HOST_FLOATS], pool = host_native.pool & ~floats;
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    if (!ir_parse(&u, text, &err) || !ir_verify(&u, &err)) fail_msg("%s", err.text);
    for (unsigned left = FLOAT_REGS; left; left--, floats &= floats - 1) pool |= floats & -floats;
    ra_init(&ra);
    ra_run(&ra, &u, &host_native, pool, NULL);
    for (uint32_t i = 0; i < ra.ops.n; i++) {
        const RaOp *op = &ra.ops.at[i];
        if (op->kind == RA_BLOCK) inside = op->ref == block;
        n += inside && op->kind == RA_WRITE && op->to.kind == RA_SLOT && op->to.index == D0;
    }
    ra_free(&ra);
    ir_unit_free(&u);
    return n;
}

// The load may leave with v5 in d0. Behind it nothing can leave before d0 is set again, so v5 need not be written when
// its register is taken, however far that SET is away.
static void test_set_far_ahead(void **state) {
    (void)state;
    assert_int_equal(writes("b0: pc 0x1000 bytes 8 guest 2\n"
                            "  v1 = get.i64 x0\n"
                            "  v2 = get.f64 d1\n"
                            "  insn 0x1000 [0]\n"
                            "  v4 = fmul.f64[rne] v2, v2\n"
                            "  v5 = fadd.f64[rne] v4, v2\n"
                            "  set d0, v5\n"
                            "  insn 0x1004 [1]\n"
                            "  v8 = load.f64[8] v1\n"
                            "  v9 = fadd.f64[rne] v8, v8\n"
                            "  v10 = fmul.f64[rne] v9, v8\n"
                            "  v11 = fmul.f64[rne] v10, v9\n"
                            "  v12 = fadd.f64[rne] v11, v10\n"
                            "  v13 = fadd.f64[rne] v12, v11\n"
                            "  v14 = fadd.f64[rne] v13, v8\n"
                            "  v15 = fadd.f64[rne] v14, v9\n"
                            "  v16 = fadd.f64[rne] v15, v10\n"
                            "  v17 = fadd.f64[rne] v16, v12\n"
                            "  v18 = fadd.f64[rne] v17, v13\n"
                            "  v19 = fadd.f64[rne] v18, v18\n"
                            "  v20 = fmul.f64[rne] v19, v19\n"
                            "  set d0, v20\n"
                            "  jump -> e0\n"
                            "e0: direct pc 0x1008 retired 2\n",
                            0),
                     1); // v20
}

// Behind the load the loop needs all registers, but d0 is set again before anything can look: its value goes round in a
// register and is written nowhere.
static void test_loop_that_sets_anew(void **state) {
    (void)state;
    assert_int_equal(writes("b0: pc 0x1000 bytes 0 guest 0\n"
                            "  v1 = get.i64 x0\n"
                            "  v2 = get.f64 d0\n"
                            "  jump -> b1\n"
                            "b1: pc 0x1000 bytes 8 guest 2\n"
                            "  v4 = phi.f64 v2, v11 [d0]\n"
                            "  insn 0x1000 [0]\n"
                            "  v6 = load.f64[8] v1\n"
                            "  v7 = fadd.f64[rne] v6, v6\n"
                            "  v8 = fmul.f64[rne] v7, v6\n"
                            "  v9 = fmul.f64[rne] v8, v7\n"
                            "  v10 = fma.f64[rne] v6, v7, v8\n"
                            "  v11 = fma.f64[rne] v9, v10, v8\n"
                            "  set d0, v11\n"
                            "  insn 0x1004 [1]\n"
                            "  br.i64.ne v1, #0 -> b1, e0\n"
                            "e0: direct pc 0x1008 retired 2\n",
                            1),
                     0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_set_far_ahead),
                                       cmocka_unit_test(test_loop_that_sets_anew)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Oracle: counted by hand. A unit means the same in any order and with any registers, so no test of results finds what is laid out
// or kept badly; here are the counts of heat.h's example, the order of blocks, what a hot way costs in moves, and who pays the budget.
#include "host/host.h"
#include "ir/cfg.h"
#include "ir/heat.h"
#include "jit/translate/translator.h"
#include "ra/ra.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const IrSlot slots[] = {{"x0", IR_I64}, {"x1", IR_I64}, {"x2", IR_I64}, {"x3", IR_I64}, {"x4", IR_I64}};
enum { SEEN_MAX = 8 };

static void make(IrUnit *u, const char *text, const uint16_t *seen) {
    Err err;
    ir_unit_init(u, slots, ARRAY_LEN(slots));
    if (!ir_parse(u, text, &err) || !ir_verify(u, &err)) fail_msg("%s", err.text);
    for (unsigned b = 0; seen && b < u->blocks.n; b++) u->blocks.at[b].seen = seen[b];
}

// The loop of ir/heat.h: b1 goes on to b2 three times in 128 rounds.
static const char loop_text[] = "b0: pc 0x1000 bytes 0 guest 0\n"
                                "  v1 = get.i64 x0\n"
                                "  jump -> b1\n"
                                "b1: pc 0x1000 bytes 8 guest 2\n"
                                "  v3 = phi.i64 v1, v9, v5 [x0]\n"
                                "  insn 0x1000 [0]\n"
                                "  v5 = add.i64 v3, #-1\n"
                                "  set x0, v5\n"
                                "  br.i64.eq v5, #100 -> b2, b3\n"
                                "b2: pc 0x1008 bytes 4 guest 1\n"
                                "  insn 0x1008 [0]\n"
                                "  v9 = add.i64 v5, #-7\n"
                                "  set x0, v9\n"
                                "  br.i64.eq v9, #0 -> e0, b1\n"
                                "b3: pc 0x1000 bytes 0 guest 0\n"
                                "  take #1\n"
                                "  jump -> b1\n"
                                "e0: direct pc 0x100c retired 1\n";
static const uint16_t loop_seen[SEEN_MAX] = {0, 129, 4, 0};

static void test_counts(void **state) {
    (void)state;
    IrUnit u;
    IrHeat h = {0};
    IrCfg cfg;
    make(&u, loop_text, loop_seen);
    ir_cfg_make(&cfg, &u);
    ir_heat_make(&h, &u, cfg.first_pred, cfg.preds);
    assert_true(h.known);
    assert_int_equal(h.blocks.at[1], 128);
    assert_int_equal(h.blocks.at[2], 3);
    assert_int_equal(h.blocks.at[3], 125);
    assert_int_equal(ir_heat_of_edge(&h, &u, 1, 2), 3);
    assert_int_equal(ir_heat_of_edge(&h, &u, 1, 3), 125);
    assert_int_equal(ir_heat_of_edge(&h, &u, 3, 1), 125);
    for (unsigned b = 0; b < u.blocks.n; b++) u.blocks.at[b].seen = 0;
    ir_heat_make(&h, &u, cfg.first_pred, cfg.preds);
    assert_false(h.known);
    ir_heat_free(&h);
    ir_cfg_free(&cfg);
    ir_unit_free(&u);
}

static void allocate(Ra *ra, const IrUnit *u, HostRegs pool, bool heat) {
    HostConfig cfg = {.heat = heat};
    ra_init(ra);
    ra_run(ra, u, &host_native, pool, &cfg);
}

static void check_order(const uint16_t *seen, bool heat, const char *want) {
    IrUnit u;
    Ra ra;
    char got[16] = "";
    make(&u, loop_text, seen);
    allocate(&ra, &u, host_native.pool, heat);
    for (uint32_t i = 0, n = 0; i < ra.ops.n; i++)
        if (ra.ops.at[i].kind == RA_BLOCK) got[n++] = (char)('0' + ra.ops.at[i].ref);
    assert_string_equal(got, want);
    ra_free(&ra);
    ir_unit_free(&u);
}

static void test_order(void **state) {
    (void)state;
    check_order(loop_seen, true, "0132");
    check_order(loop_seen, false, "0123"); // the switch is off
    check_order(NULL, true, "0123");       // nothing was watched
}

// b2 is entered in one round of 128 and reads x2 and x3. Four registers hold what b1 and b3 read and make: the base, the
// counter, what is loaded. Where b2 counts as much, its two values want registers, too.
static const char cold_text[] = "b0: pc 0x1000 bytes 0 guest 0\n"
                                "  v1 = get.i64 x1\n"
                                "  v2 = get.i64 x2\n"
                                "  v3 = get.i64 x3\n"
                                "  v4 = get.i64 x4\n"
                                "  jump -> b1\n"
                                "b1: pc 0x1000 bytes 8 guest 2\n"
                                "  v6 = phi.i64 v4, v20 [x4]\n"
                                "  insn 0x1000 [0]\n"
                                "  v8 = add.i64 v1, v6\n"
                                "  v9 = load.i64[8] v8\n"
                                "  insn 0x1004 [1]\n"
                                "  br.i64.eq v9, v6 -> b2, b3\n"
                                "b2: pc 0x1008 bytes 8 guest 2\n"
                                "  insn 0x1008 [0]\n"
                                "  store.i64[8] v2, v3\n"
                                "  insn 0x100c [1]\n"
                                "  store.i64[8] v3 + 8, v2\n"
                                "  jump -> b3\n"
                                "b3: pc 0x1010 bytes 4 guest 2\n"
                                "  insn 0x1010 [0]\n"
                                "  v20 = add.i64 v6, #-1\n"
                                "  set x4, v20\n"
                                "  insn 0x1014 [1]\n"
                                "  br.i64.ne v20, #0 -> b1, e0\n"
                                "e0: direct pc 0x1018 retired 2\n";

// Moves and writes in b1, in b3 and on the edges between them.
static unsigned steps_of_rounds(bool heat) {
    static const uint16_t seen[SEEN_MAX] = {0, 129, 2, 129};
    IrUnit u;
    Ra ra;
    unsigned n = 0, block = 0, edge = 0;
    bool on_edge = false;
    HostRegs ints = host_native.pool & ~host_native.regs[HOST_FLOATS], pool = host_native.pool & ~ints;
    for (unsigned left = 4; left; left--, ints &= ints - 1) pool |= ints & -ints;
    make(&u, cold_text, seen);
    allocate(&ra, &u, pool, heat);
    for (uint32_t i = 0; i < ra.ops.n; i++) {
        const RaOp *op = &ra.ops.at[i];
        if (op->kind == RA_BLOCK) block = op->ref, on_edge = false;
        if (op->kind == RA_EDGE) edge = op->ref, on_edge = true;
        bool hot = (block == 1 && !(on_edge && edge == 0)) || (block == 3 && !(on_edge && edge == 1));
        n += hot && (op->kind == RA_MOVE || op->kind == RA_WRITE || op->kind == RA_SWAP);
    }
    ra_free(&ra);
    ir_unit_free(&u);
    return n;
}

static void test_cold_values(void **state) {
    (void)state;
    assert_int_equal(steps_of_rounds(true), 0);
    assert_true(steps_of_rounds(false) > 0);
}

// Two ways of one and three instructions meet in b4, and one of them pays the difference: which one?
static const char budget_text[] = "b0: pc 0x1000 bytes 0 guest 0\n"
                                  "  v1 = get.i64 x0\n"
                                  "  jump -> b1\n"
                                  "b1: pc 0x1000 bytes 4 guest 1\n"
                                  "  v3 = phi.i64 v1, v13 [x0]\n"
                                  "  insn 0x1000 [0]\n"
                                  "  br.i64.eq v3, #100 -> b2, b3\n"
                                  "b2: pc 0x1004 bytes 4 guest 1\n"
                                  "  insn 0x1004 [0]\n"
                                  "  jump -> b4\n"
                                  "b3: pc 0x1008 bytes 12 guest 3\n"
                                  "  insn 0x1008 [0]\n"
                                  "  insn 0x100c [1]\n"
                                  "  insn 0x1010 [2]\n"
                                  "  jump -> b4\n"
                                  "b4: pc 0x1014 bytes 4 guest 1\n"
                                  "  insn 0x1014 [0]\n"
                                  "  v13 = add.i64 v3, #-1\n"
                                  "  set x0, v13\n"
                                  "  br.i64.ne v13, #0 -> b1, e0\n"
                                  "e0: direct pc 0x1018 retired 1\n";

static int payers(uint16_t seen2, uint16_t seen3, bool by_heat) { // as a set of blocks
    const uint16_t seen[SEEN_MAX] = {0, 129, seen2, seen3, 129};
    IrUnit u;
    int set = 0;
    make(&u, budget_text, seen);
    budget_place(&u, by_heat);
    for (unsigned b = 0; b < u.blocks.n; b++)
        for (uint32_t i = u.blocks.at[b].first; i < u.blocks.at[b].end; i++) set |= (u.insns.at[i].op == IR_TAKE) << b;
    ir_unit_free(&u);
    return set;
}

static void test_budget(void **state) {
    (void)state;
    assert_int_equal(payers(4, 126, true), 1 << 2);
    assert_int_equal(payers(126, 4, true), 1 << 3);
    assert_int_equal(payers(4, 126, false), 1 << 3); // the longer one
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_counts), cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_cold_values), cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

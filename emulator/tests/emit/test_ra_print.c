// Oracle: written by hand from the comments of ra/ra.h: a step of each kind, and what --log=ra calls it. The program is none that
// an allocator made.
#include "ra/ra.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const IrSlot slots[] = {{"x0", IR_I64}, {"x1", IR_I64}, {"d0", IR_F64}};
static const char *const regs[] = {"ra", "rb", "rc"};
static const char ir[] = "b0: pc 0x1000 bytes 4 guest 1\n"
                         "  v1 = get.i64 x0\n"
                         "  v2 = const.i64 #0x1234\n"
                         "  insn 0x1000 [0]\n"
                         "  v4 = load.i64[8] v1\n"
                         "  jump -> e0\n"
                         "e0: direct pc 0x1004 retired 1\n";

#define REG(n)                                                                                                         \
    { RA_REG, n }
#define SLOT(n)                                                                                                        \
    { RA_SLOT, n }
#define SPILL(n)                                                                                                       \
    { RA_SPILL, n }

static void add(Ra *ra) {
    static const RaSum sums[] = {{REG(0), REG(1), 0, 3, -8},
                                 {REG(0), SPILL(2), IR_SEXT, 0, 16},
                                 {{RA_NONE, 0}, REG(2), IR_ZEXT, 1, 0},
                                 {{RA_NONE, 0}, REG(2), IR_BOX, 0, 0}};
    static const RaSnapEntry entries[] = {{0, false, REG(1)},      {1, false, {RA_CONST, 2}}, {0, false, {RA_SUM, 0}},
                                          {1, false, {RA_SUM, 1}}, {1, false, {RA_SUM, 2}},   {2, true, {RA_SUM, 3}}};
    static const RaFix fixes[] = {{SPILL(9), IR_F64}, {REG(1), IR_F64}, {SLOT(2), IR_F64}, {REG(0), IR_F64}};
    for (unsigned i = 0; i < ARRAY_LEN(sums); i++) vec_push(&ra->sums, sums[i]);
    for (unsigned i = 0; i < ARRAY_LEN(entries); i++) vec_push(&ra->entries, entries[i]);
    for (unsigned i = 0; i < ARRAY_LEN(fixes); i++) vec_push(&ra->fixes, fixes[i]);
    vec_push(&ra->snaps, ((RaSnap){0, 0}));
    vec_push(&ra->snaps, ((RaSnap){1, 1}));
    vec_push(&ra->snaps, ((RaSnap){0, 6}));
    const RaOp ops[] = {
        {.kind = RA_BLOCK, .dst = RA_NO_REG, .ref = 7},
        {.kind = RA_DO, .dst = 1, .ref = 4, .a = REG(0), .snap = 2},
        {.kind = RA_DO, .dst = 2, .ref = 4, .a = REG(0), .b = {RA_CONST, 2}, .c = SPILL(3), .snap = 1},
        {.kind = RA_DO, .dst = RA_NO_REG, .ref = 4, .b = SLOT(1), .snap = 0},
        {.kind = RA_DO, .dst = 0, .ref = 4, .snap = RA_NO_SNAP},
        {.kind = RA_MOVE, .dst = 0, .a = SPILL(511)},
        {.kind = RA_SWAP, .dst = 1, .a = REG(2)},
        {.kind = RA_WRITE, .dst = RA_NO_REG, .to = SLOT(0), .a = {RA_SUM, 0}},
        {.kind = RA_WRITE, .dst = RA_NO_REG, .to = SPILL(1), .a = REG(2)},
        {.kind = RA_CANON, .dst = RA_NO_REG, .ref = 4, .a = REG(2)},
        {.kind = RA_CANON, .dst = RA_NO_REG, .ref = 4, .a = SPILL(0), .fixes = 1, .n_fixes = 2},
        {.kind = RA_EDGE, .dst = RA_NO_REG, .ref = 1},
        {.kind = RA_GOTO, .dst = RA_NO_REG, .ref = 3},
    };
    for (unsigned i = 0; i < ARRAY_LEN(ops); i++) vec_push(&ra->ops, ops[i]);
}

static const char want[] = "block 7\n"
                           "  rb     ra   ; v4 = load.i64[8] v1   {x0=rb x1=#0x1234 x0=ra+rb<<3+-8 x1=ra+sspill2<<0+16"
                           " x1=-+zrc<<1+0 d0=-+brc<<0+0}\n"
                           "  rc     ra #0x1234 spill3   ; v4 = load.i64[8] v1   {x1=#0x1234}\n"
                           "         [x1]   ; v4 = load.i64[8] v1\n"
                           "  ra       ; v4 = load.i64[8] v1\n"
                           "  ra     <- spill511\n"
                           "  rb     <-> rc\n"
                           "  [x0] <- ra+rb<<3+-8\n"
                           "  spill1 <- rc\n"
                           "  canon  rc\n"
                           "  canon  spill0 rb [d0]\n"
                           "edge 1\n"
                           "  goto block 3\n";

static void test_each_step(void **state) {
    (void)state;
    IrUnit u;
    Ra ra;
    Err err;
    char *text = NULL;
    size_t size = 0;
    ir_unit_init(&u, slots, ARRAY_LEN(slots));
    if (!ir_parse(&u, ir, &err)) fail_msg("%s", err.text);
    ra_init(&ra);
    add(&ra);
    FILE *out = open_memstream(&text, &size);
    ra_print(out, &ra, &u, regs);
    fclose(out);
    assert_string_equal(text, want);
    free(text);
    ra_free(&ra);
    ir_unit_free(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_step)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

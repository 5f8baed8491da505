// Oracle: known values, and arithmetic in 128 bits that shares nothing with eval.c.
#include "ir/ir.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static uint64_t eval(IrOp op, IrType t, uint64_t a, uint64_t b) {
    return ir_eval(&(IrInsn){.op = op, .type = t}, a, b, 0);
}
static uint64_t ext(IrOp op, IrType t, uint64_t a, int64_t width) {
    return ir_eval(&(IrInsn){.op = op, .type = t, .imm = width}, a, 0, 0);
}
static uint64_t cmp(IrCond c, IrType t, uint64_t a, uint64_t b) {
    return ir_eval(&(IrInsn){.op = IR_CMP, .type = t, .c = c}, a, b, 0);
}

#define MIN64 0x8000000000000000ull
#define JUNK  0xdeadbeef00000000ull // in the upper half of an input of an I32 op

static void test_division(void **state) {
    (void)state;
    assert_int_equal(eval(IR_DIVS, IR_I64, 7, 0), ~0ull);
    assert_int_equal(eval(IR_DIVS, IR_I64, MIN64, ~0ull), MIN64);
    assert_int_equal(eval(IR_DIVS, IR_I64, (uint64_t)-7, 2), (uint64_t)-3);
    assert_int_equal(eval(IR_REMS, IR_I64, (uint64_t)-7, 2), ~0ull);
    assert_int_equal(eval(IR_REMS, IR_I64, MIN64, ~0ull), 0);
    assert_int_equal(eval(IR_REMS, IR_I64, 7, 0), 7);
    assert_int_equal(eval(IR_DIVU, IR_I64, 7, 0), ~0ull);
    assert_int_equal(eval(IR_REMU, IR_I64, 7, 0), 7);
    assert_int_equal(eval(IR_DIVS, IR_I32, JUNK | 7, JUNK), 0xffffffff);
    assert_int_equal(eval(IR_DIVS, IR_I32, JUNK | 0x80000000, JUNK | 0xffffffff), 0x80000000);
    assert_int_equal(eval(IR_REMS, IR_I32, JUNK | 0x80000000, JUNK | 0xffffffff), 0);
    assert_int_equal(eval(IR_REMS, IR_I32, JUNK | 0xfffffff9, JUNK), 0xfffffff9);
    assert_int_equal(eval(IR_DIVU, IR_I32, JUNK | 0xfffffff9, JUNK | 2), 0x7ffffffc);
    assert_int_equal(eval(IR_DIVU, IR_I32, JUNK | 1, JUNK), 0xffffffff);
    assert_int_equal(eval(IR_REMU, IR_I32, JUNK | 9, JUNK), 9);
}

static void test_shifts(void **state) {
    (void)state;
    assert_int_equal(eval(IR_SHL, IR_I64, 1, 65), 2);
    assert_int_equal(eval(IR_SHR, IR_I64, MIN64, 127), 1);
    assert_int_equal(eval(IR_SAR, IR_I64, MIN64, 63), ~0ull);
    assert_int_equal(eval(IR_SHL, IR_I32, JUNK | 0x80000001, 33), 2);
    assert_int_equal(eval(IR_SHR, IR_I32, JUNK | 0x80000000, 31), 1);
    assert_int_equal(eval(IR_SAR, IR_I32, JUNK | 0x80000000, 31), 0xffffffff);
    assert_int_equal(eval(IR_ROL, IR_I64, MIN64 | 1, 1), 3);
    assert_int_equal(eval(IR_ROL, IR_I64, 5, 64), 5);
    assert_int_equal(eval(IR_ROR, IR_I64, 1, 1), MIN64);
    assert_int_equal(eval(IR_ROR, IR_I64, 5, 0), 5);
    assert_int_equal(eval(IR_ROL, IR_I32, JUNK | 0x80000001, 1), 3);
    assert_int_equal(eval(IR_ROR, IR_I32, JUNK | 1, 33), 0x80000000);
    assert_int_equal(eval(IR_ROR, IR_I32, JUNK | 7, 32), 7);
}

static void test_bits(void **state) {
    (void)state;
    assert_int_equal(eval(IR_CLZ, IR_I64, 0, 0), 64);
    assert_int_equal(eval(IR_CTZ, IR_I64, 0, 0), 64);
    assert_int_equal(eval(IR_CLZ, IR_I64, 1, 0), 63);
    assert_int_equal(eval(IR_CTZ, IR_I64, MIN64, 0), 63);
    assert_int_equal(eval(IR_CLZ, IR_I32, JUNK, 0), 32);
    assert_int_equal(eval(IR_CTZ, IR_I32, JUNK, 0), 32);
    assert_int_equal(eval(IR_CLZ, IR_I32, JUNK | 1, 0), 31);
    assert_int_equal(eval(IR_POPCNT, IR_I64, ~0ull, 0), 64);
    assert_int_equal(eval(IR_POPCNT, IR_I32, JUNK | 7, 0), 3);
    assert_int_equal(eval(IR_BSWAP, IR_I64, 0x0102030405060708, 0), 0x0807060504030201);
    assert_int_equal(eval(IR_BSWAP, IR_I32, JUNK | 0x01020304, 0), 0x04030201);
    assert_int_equal(eval(IR_NOT, IR_I32, JUNK, 0), 0xffffffff);
    assert_int_equal(eval(IR_NEG, IR_I32, JUNK | 1, 0), 0xffffffff);
    assert_int_equal(eval(IR_NEG, IR_I64, MIN64, 0), MIN64);
}

static void test_extensions(void **state) {
    (void)state;
    assert_int_equal(ext(IR_SEXT, IR_I64, JUNK | 0x80, 8), 0xffffffffffffff80);
    assert_int_equal(ext(IR_SEXT, IR_I32, JUNK | 0x80, 8), 0xffffff80);
    assert_int_equal(ext(IR_SEXT, IR_I64, JUNK | 0x7fff, 16), 0x7fff);
    assert_int_equal(ext(IR_SEXT, IR_I64, JUNK | 0x80000000, 32), 0xffffffff80000000);
    assert_int_equal(ext(IR_ZEXT, IR_I64, JUNK | 0x80000000, 32), 0x80000000);
    assert_int_equal(ext(IR_ZEXT, IR_I32, JUNK | 0x80000000, 32), 0x80000000);
    assert_int_equal(ext(IR_ZEXT, IR_I64, ~0ull, 8), 0xff);
    assert_int_equal(ext(IR_CONST, IR_I64, 0, -5), (uint64_t)-5);
    assert_int_equal(ext(IR_CONST, IR_I32, 0, -5), 0xfffffffb);
}

static void test_conditions(void **state) {
    (void)state;
    assert_int_equal(cmp(IR_LTS, IR_I64, MIN64, 0), 1);
    assert_int_equal(cmp(IR_LTU, IR_I64, MIN64, 0), 0);
    assert_int_equal(cmp(IR_LTS, IR_I32, JUNK | 0x80000000, 0), 1);
    assert_int_equal(cmp(IR_LTU, IR_I32, JUNK | 1, 2), 1);
    assert_int_equal(cmp(IR_EQ, IR_I32, JUNK | 1, 1), 1);
    assert_int_equal(cmp(IR_EQ, IR_I64, JUNK | 1, 1), 0);
    static const uint64_t some[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, MIN64, ~0ull};
    for (unsigned i = 0; i < ARRAY_LEN(some); i++)
        for (unsigned j = 0; j < ARRAY_LEN(some); j++)
            for (IrCond c = IR_EQ; c < IR_COND_COUNT; c++)
                for (IrType t = IR_I32; t <= IR_I64; t++) {
                    bool yes = ir_cond_eval(c, t, some[i], some[j]);
                    assert_int_equal(ir_cond_eval(ir_cond_negate(c), t, some[i], some[j]), !yes);
                    assert_int_equal(ir_cond_eval(ir_cond_swap(c), t, some[j], some[i]), yes);
                }
}

static void test_select(void **state) {
    (void)state;
    IrInsn i = {.op = IR_SELECT, .type = IR_I64};
    assert_int_equal(ir_eval(&i, MIN64, 1, 2), 1); // all 64 bits count
    assert_int_equal(ir_eval(&i, 0, 1, 2), 2);
    i.type = IR_I32;
    assert_int_equal(ir_eval(&i, 1, JUNK | 3, 2), 3);
    i.type = IR_F64;
    assert_int_equal(ir_eval(&i, 1, JUNK | 3, 2), JUNK | 3);
}

// Values of `width` bits in 128-bit arithmetic, signed and unsigned.
typedef struct Wide {
    __int128 s;
    unsigned __int128 u;
} Wide;

static Wide widen(uint64_t v, unsigned width) {
    unsigned __int128 one = 1, u = v & ((one << width) - 1);
    bool negative = (u >> (width - 1)) & 1;
    return (Wide){negative ? (__int128)u - (__int128)(one << width) : (__int128)u, u};
}

static void check_products(IrType t, uint64_t a, uint64_t b) {
    unsigned width = t == IR_I32 ? 32 : 64;
    uint64_t mask = t == IR_I32 ? 0xffffffff : ~0ull;
    Wide x = widen(a, width), y = widen(b, width);
    assert_int_equal(eval(IR_ADD, t, a, b), (uint64_t)(x.u + y.u) & mask);
    assert_int_equal(eval(IR_SUB, t, a, b), (uint64_t)(x.u - y.u) & mask);
    assert_int_equal(eval(IR_MUL, t, a, b), (uint64_t)(x.u * y.u) & mask);
    assert_int_equal(eval(IR_MULHU, t, a, b), (uint64_t)(x.u * y.u >> width) & mask);
    assert_int_equal(eval(IR_MULHS, t, a, b), (uint64_t)((unsigned __int128)(x.s * y.s) >> width) & mask);
    assert_int_equal(eval(IR_MULHSU, t, a, b), (uint64_t)((unsigned __int128)(x.s * (__int128)y.u) >> width) & mask);
    if (!y.u) return;
    assert_int_equal(eval(IR_DIVU, t, a, b), (uint64_t)(x.u / y.u) & mask);
    assert_int_equal(eval(IR_REMU, t, a, b), (uint64_t)(x.u % y.u) & mask);
    assert_int_equal(eval(IR_DIVS, t, a, b), (uint64_t)(x.s / y.s) & mask);
    assert_int_equal(eval(IR_REMS, t, a, b), (uint64_t)(x.s % y.s) & mask);
}

static void test_arithmetic_in_128_bits(void **state) {
    (void)state;
    static const uint64_t edges[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, MIN64 - 1, MIN64, MIN64 + 1, ~0ull};
    uint64_t x = 88172645463325252ull;
    for (unsigned n = 0; n < 20000; n++) {
        uint64_t v[2];
        for (unsigned k = 0; k < 2; k++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17; // xorshift
            v[k] = x % 3 ? x >> (x >> 58) : edges[x / 3 % ARRAY_LEN(edges)];
        }
        check_products(IR_I64, v[0], v[1]);
        check_products(IR_I32, v[0], v[1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_division),
        cmocka_unit_test(test_shifts),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_extensions),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_select),
        cmocka_unit_test(test_arithmetic_in_128_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

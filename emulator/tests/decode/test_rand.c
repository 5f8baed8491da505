// Oracle: the limits that were asked for, read off the disassembly's own table rows; and the
// opcode coverage of many draws.
#include "guest/cover.h"
#include "guest/rand.h"
#include "guest/rv64/guest_rv64.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// Every row comes out when everything is allowed, and each is what decode says it is.
static void test_coverage(void **state) {
    (void)state;
    RandLimits l = rand_limits_default();
    for (unsigned i = 0; i < INSN_CLASS_COUNT; i++) l.weight[i] = 1;
    Cover cover;
    cover_init(&cover, &guest_rv64);
    Rng rng = {7};
    for (int i = 0; i < 20000; i++) {
        uint8_t b[INSN_BYTES_MAX];
        uint16_t op;
        size_t n = rand_insn(&rv64_insns, &rng, &l, b, &op);
        Insn insn = guest_rv64.decode(b, (unsigned)n, 0);
        assert_true(n == 2 || n == 4);
        assert_int_equal(insn.len, n);
        assert_int_equal(insn.op, op);
        cover_insn(&cover, &insn);
    }
    assert_int_equal(cover_missing(&cover), 0);
    cover_free(&cover);
}

static void test_same_seed(void **state) {
    (void)state;
    RandLimits l = rand_limits_default();
    Rng a = {3}, b = {3};
    for (int i = 0; i < 1000; i++) {
        uint8_t x[INSN_BYTES_MAX] = {0}, y[INSN_BYTES_MAX] = {0};
        assert_int_equal(rand_insn(&rv64_insns, &a, &l, x, NULL), rand_insn(&rv64_insns, &b, &l, y, NULL));
        assert_memory_equal(x, y, 8);
    }
}

// Memory through x8 and x9 only, offsets 0..120 in steps of 8, results in x10..x15. Checked on the printed text.
static void test_limits(void **state) {
    (void)state;
    RandLimits l = rand_limits_default();
    l.dest = 0xfc00, l.base = 0x300, l.src = 0xff00;
    l.offset_min = 0, l.offset_max = 120, l.offset_step = 8;
    Rng rng = {9};
    unsigned accesses = 0, compressed = 0;
    for (int i = 0; i < 20000; i++) {
        uint8_t b[INSN_BYTES_MAX];
        char text[100];
        size_t n = rand_insn(&rv64_insns, &rng, &l, b, NULL);
        assert_true(n != 0);
        Insn insn = guest_rv64.decode(b, (unsigned)n, 0);
        guest_rv64.print(text, sizeof text, &insn, 0);
        compressed += n == 2;
        char *paren = strchr(text, '('), *tab = strchr(text, '\t');
        if (paren) {
            accesses++;
            assert_true(strcmp(paren, "(x8)") == 0 || strcmp(paren, "(x9)") == 0);
            char *comma = strrchr(text, ',');
            assert_non_null(comma);
            long offset = strtol(comma + 1, NULL, 10);
            assert_true(offset >= 0 && offset <= 120 && offset % 8 == 0);
        } else if (tab && tab[1] == 'x') {
            long rd = strtol(tab + 2, NULL, 10);
            assert_in_range(rd, 10, 15);
        }
    }
    assert_true(accesses > 4000 && compressed > 2000);
}

static void test_nothing_left(void **state) {
    (void)state;
    RandLimits l = {0};
    Rng rng = {1};
    uint8_t b[INSN_BYTES_MAX];
    assert_int_equal(rand_insn(&rv64_insns, &rng, &l, b, NULL), 0);
    l = rand_limits_default();
    static const uint8_t no_memory[] = {INSN_CLASS_ALU, INSN_CLASS_MUL, INSN_CLASS_FENCE, INSN_CLASS_FLOAT};
    for (unsigned i = 0; i < ARRAY_LEN(no_memory); i++) l.weight[no_memory[i]] = 0;
    l.base = 0;
    assert_int_equal(rand_insn(&rv64_insns, &rng, &l, b, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_same_seed),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_nothing_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

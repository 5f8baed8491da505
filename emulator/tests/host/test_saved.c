// Oracle: System V ABI for x86-64, "DWARF Register Number Mapping", and the opcode of PUSH in the processor's manual. What an
// unwinder is told that enter() saves is what it pushes, in that order; and the way back is in it.
#include "tests/lib/native.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { EM_X64 = 62, PUSH = 0x50, REX_B = 0x41 };

// The number that debuggers know a register of the processor by: they differ for the first eight.
static unsigned dwarf_of(unsigned reg) {
    static const unsigned char low[] = {0, 2, 1, 3, 7, 6, 4, 5};
    return reg < 8 ? low[reg] : reg;
}

static void test_pushes(void **state) {
    (void)state;
    if (host_native.elf_machine != EM_X64) skip();
    Native n;
    const uint8_t *p;
    unsigned pushes = 0;
    native_init(&n);
    memcpy(&p, &n.entry.enter, sizeof p);
    for (; p[*p == REX_B] >> 3 == PUSH >> 3; p += 1 + (*p == REX_B), pushes++) {
        unsigned reg = (p[*p == REX_B] & 7) + (*p == REX_B ? 8 : 0);
        assert_int_equal(dwarf_of(reg), host_native.dwarf.saved[pushes]);
    }
    assert_int_equal(pushes, 6);
    native_free(&n);
}

// The return address below all frames of generated code is a place in enter(), where an unwinder finds the C side.
static void test_way_back(void **state) {
    (void)state;
    if (host_native.elf_machine != EM_X64) skip();
    Native n;
    const uint8_t *enter, *p, *place;
    native_init(&n);
    memcpy(&enter, &n.entry.enter, sizeof enter);
    for (p = enter; memcmp(p, "\x48\xb8", 2) != 0; p++)
        assert_true(p < (const uint8_t *)n.entry.leave); // MOV RAX, imm64
    memcpy(&place, p + 2, sizeof place);
    assert_true(place > enter && place < (const uint8_t *)n.entry.leave);
    native_free(&n);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pushes), cmocka_unit_test(test_way_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

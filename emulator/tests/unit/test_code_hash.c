// Oracle: the definition in code_hash.h: bytes that hold addresses do not matter, any other byte does, and so do the
// order of units and where they begin.
#include "prof/counts/code_hash.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the four above
#include <cmocka.h>

enum { N_BYTES = 40, ADDRESS_AT = 12 };

// Shows the observer a unit whose code has an address at ADDRESS_AT.
static void show(CodeHash *h, gpc pc, uint32_t mode, const uint8_t *code) {
    HostCode made = {0};
    uint8_t copy[N_BYTES];
    memcpy(copy, code, N_BYTES);
    Unit u = {.pc = pc, .mode = mode, .exec = copy, .n_bytes = N_BYTES};
    vec_push(&made.addresses, (HostAddress){ADDRESS_AT});
    h->observer.made(h->observer.ctx, &(JitMade){.unit = &u, .code = &made});
    assert_memory_equal(copy, code, N_BYTES); // the code itself stays as it is
    vec_free(&made.addresses);
}

static void hash_of(const uint8_t *code, gpc pc, char out[65]) {
    CodeHash h;
    code_hash_init(&h);
    show(&h, pc, 0, code);
    memcpy(out, h.hex, 65);
    code_hash_free(&h);
}

static void every_byte_but_an_address(void **state) {
    (void)state;
    uint8_t code[N_BYTES];
    char base[65], other[65];
    for (unsigned i = 0; i < N_BYTES; i++) code[i] = (uint8_t)(7 * i);
    hash_of(code, 0x1000, base);
    assert_int_equal(strlen(base), 64);
    for (unsigned i = 0; i < N_BYTES; i++) {
        code[i] ^= 0x10;
        hash_of(code, 0x1000, other);
        bool is_address = i >= ADDRESS_AT && i < ADDRESS_AT + 8;
        assert_true(is_address == !strcmp(base, other));
        code[i] ^= 0x10;
    }
    hash_of(code, 0x1002, other);
    assert_string_not_equal(base, other);
}

static void order_matters(void **state) {
    (void)state;
    uint8_t a[N_BYTES] = {1}, b[N_BYTES] = {2};
    CodeHash ab, ba, aa;
    code_hash_init(&ab), code_hash_init(&ba), code_hash_init(&aa);
    show(&ab, 0, 0, a), show(&ab, 0, 0, b);
    show(&ba, 0, 0, b), show(&ba, 0, 0, a);
    show(&aa, 0, 0, a);
    assert_string_not_equal(ab.hex, ba.hex);
    char once[65];
    memcpy(once, aa.hex, sizeof once);
    show(&aa, 0, 0, a);
    assert_string_not_equal(aa.hex, once);
    code_hash_free(&ab), code_hash_free(&ba), code_hash_free(&aa);
}

static void names_of_instruction_sets(void **state) {
    (void)state;
    HostIsa isa, v3;
    Err err;
    char text[64];
    assert_true(host_isa_parse(&host_native, "v2", &isa, &err) && isa == 0);
    assert_true(host_isa_parse(&host_native, "none", &isa, &err) && isa == 0);
    assert_true(host_isa_parse(&host_native, "v3", &v3, &err));
    assert_true(host_isa_parse(&host_native, "fma,bmi2", &isa, &err) && isa == v3);
    assert_true(host_isa_parse(&host_native, "native", &isa, &err) && isa == host_native.isa_native());
    host_isa_text(&host_native, v3, text, sizeof text);
    assert_string_equal(text, "bmi2,fma");
    host_isa_text(&host_native, 0, text, sizeof text);
    assert_string_equal(text, "none");
    static const char *const wrong[] = {"", "avx9", "bmi2,", ",fma", "bmi2 fma", "bmi"};
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) assert_false(host_isa_parse(&host_native, wrong[i], &isa, &err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_but_an_address),
        cmocka_unit_test(order_matters),
        cmocka_unit_test(names_of_instruction_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

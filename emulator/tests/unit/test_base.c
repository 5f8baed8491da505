// Oracle: asserts and known values.
#include "base/bits.h"
#include "base/bytes.h"
#include "base/feature.h"
#include "base/log.h"
#include "base/stat.h"
#include "base/vec.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void test_bits(void **state) {
    (void)state;
    assert_int_equal(bits_mask(0), 0);
    assert_int_equal(bits_mask(1), 1);
    assert_int_equal(bits_mask(63), INT64_MAX);
    assert_int_equal(bits_mask(64), ~0ull);
    assert_int_equal(bits_get(0xabcd, 4, 8), 0xbc);
    assert_int_equal(bits_sext(0x80, 8), -128);
    assert_int_equal(bits_sext(0x7f, 8), 127);
    assert_int_equal(bits_sext(~0ull, 64), -1);
    assert_true(bits_fits_signed(-2048, 12));
    assert_true(bits_fits_signed(2047, 12));
    assert_false(bits_fits_signed(2048, 12));
    assert_false(bits_fits_signed(-2049, 12));
    assert_true(bits_fits_signed(INT64_MIN, 64));
}

static void test_vec(void **state) {
    (void)state;
    VEC(uint32_t) v = {0};
    for (uint32_t i = 0; i < 1000; i++) vec_push(&v, i * i);
    assert_int_equal(v.n, 1000);
    assert_true(v.cap >= 1000);
    for (uint32_t i = 0; i < 1000; i++) assert_int_equal(v.at[i], i * i);
    uint32_t *at = v.at;
    vec_reserve(&v, 10); // has it
    assert_ptr_equal(v.at, at);
    vec_reserve(&v, 5000);
    assert_true(v.cap >= 5000);
    assert_int_equal(v.n, 1000);
    vec_free(&v);
    assert_null(v.at);
    assert_int_equal(v.n + v.cap, 0);
}

static void test_err(void **state) {
    (void)state;
    Err err;
    assert_false(err_set(&err, "%s: line %d", "file", 7));
    assert_string_equal(err.text, "file: line 7");
    char big[3000];
    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = 0;
    err_set(&err, "%s", big); // cut, not overrun
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void test_features(void **state) {
    (void)state;
    Err err = {""};
    Features f = features_default();
    assert_int_equal(f.on & ~(uint32_t)FEATURES_BUILT, 0);
    assert_true(features_parse(&f, "none", &err));
    assert_int_equal(f.on, 0);
    assert_true(features_parse(&f, "", &err));
    assert_true(features_parse(&f, "all", &err));
    assert_int_equal(f.on, FEATURES_BUILT);
    for (Feature i = 0; i < FEATURE_COUNT; i++) {
        FeatureInfo info = feature_info(i);
        char list[80];
        assert_true(!strcmp(info.kind, "switch") || !strcmp(info.kind, "pass"));
        snprintf(list, sizeof list, "none,+%s", info.name);
        assert_int_equal(features_parse(&f, list, &err), info.built);
        if (!info.built) {
            assert_non_null(strstr(err.text, info.name));
            continue;
        }
        assert_int_equal(f.on, FEATURE_BIT(i));
        snprintf(list, sizeof list, "-%s", info.name);
        assert_true(features_parse(&f, list, &err));
        assert_int_equal(f.on, 0);
    }
    assert_false(features_parse(&f, "+nonsense", &err));
    assert_non_null(strstr(err.text, "nonsense"));
    assert_false(features_parse(&f, "chai", &err)); // no prefixes
    assert_false(features_parse(&f, "-", &err));
}

static void test_log(void **state) {
    (void)state;
    Err err = {""};
    Log log = {0};
    assert_true(log_parse(&log, "ir,exec", &err));
    assert_true(log_on(&log, LOG_IR));
    assert_true(log_on(&log, LOG_EXEC));
    assert_false(log_on(&log, LOG_HOST));
    assert_false(log_parse(&log, "ir,everything", &err));
    assert_non_null(strstr(err.text, "everything"));
}

// Names are keys of JSON objects: unique, and each counter has its unit and its sentence.
static void test_lists(void **state) {
    (void)state;
    for (Stat i = 0; i < STAT_COUNT; i++) {
        StatInfo info = stat_info(i);
        assert_true(info.name[0] && info.unit[0] && info.help[0]);
        for (Stat j = 0; j < i; j++) assert_string_not_equal(stat_info(j).name, info.name);
    }
    for (Feature i = 0; i < FEATURE_COUNT; i++)
        for (Feature j = 0; j < i; j++) assert_string_not_equal(feature_info(i).name, feature_info(j).name);
    assert_true(FEATURE_COUNT < 32);
}

// Figures "Examples of Unsigned LEB128 Encodings" and "of Signed" of the DWARF standard.
static void test_leb128(void **state) {
    (void)state;
    static const struct {
        int64_t value;
        bool is_signed;
        uint8_t n, bytes[2];
    } known[] = {
        {2, false, 1, {2}},
        {127, false, 1, {127}},
        {128, false, 2, {0x80, 1}},
        {129, false, 2, {0x81, 1}},
        {12857, false, 2, {0xb9, 100}},
        {2, true, 1, {2}},
        {-2, true, 1, {0x7e}},
        {127, true, 2, {0xff, 0}},
        {-127, true, 2, {0x81, 0x7f}},
        {128, true, 2, {0x80, 1}},
        {-128, true, 2, {0x80, 0x7f}},
        {129, true, 2, {0x81, 1}},
        {-129, true, 2, {0xff, 0x7e}},
    };
    for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
        Bytes b = {0};
        if (known[i].is_signed)
            bytes_sleb(&b, known[i].value);
        else
            bytes_uleb(&b, (uint64_t)known[i].value);
        assert_int_equal(b.n, known[i].n);
        assert_memory_equal(b.at, known[i].bytes, b.n);
        vec_free(&b);
    }
}

static void test_bytes(void **state) {
    (void)state;
    Bytes b = {0};
    bytes_put(&b, 0, 2);
    bytes_string(&b, "ab");
    bytes_align(&b, 8, 0xcc);
    bytes_set(&b, 0, 0x1234, 2);
    static const uint8_t expected[] = {0x34, 0x12, 'a', 'b', 0, 0xcc, 0xcc, 0xcc};
    assert_int_equal(b.n, sizeof expected);
    assert_memory_equal(b.at, expected, sizeof expected);
    vec_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bits),   cmocka_unit_test(test_vec),
                                       cmocka_unit_test(test_err),    cmocka_unit_test(test_features),
                                       cmocka_unit_test(test_log),    cmocka_unit_test(test_lists),
                                       cmocka_unit_test(test_leb128), cmocka_unit_test(test_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Oracle: a plain array of bytes that says what memory must hold, beside every region, and counts of device calls.
#include "mem/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the four above
#include <cmocka.h>

enum { BASE = 0x8000, PAGES = 4, SIZE = PAGES * MEM_PAGE };

typedef struct Probe {
    unsigned reads, writes, size;
    uint64_t offset, value;
} Probe;

static uint64_t probe_read(void *state, uint64_t offset, unsigned size) {
    Probe *p = state;
    p->reads++;
    p->offset = offset;
    p->size = size;
    return 0x1122334455667788;
}

static void probe_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    Probe *p = state;
    p->writes++;
    p->offset = offset;
    p->size = size;
    p->value = value;
}

static MemDevice probe_device(Probe *p) { return (MemDevice){"probe", p, probe_read, probe_write}; }

// A small generator of its own: tests repeat exactly.
static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

// RAM in two regions that touch, then ROM, against the array.
static void random_accesses_match_an_array(void **state) {
    (void)state;
    Mem m;
    Err err = {0};
    static uint8_t model[SIZE];
    uint64_t seed = 42;
    memset(model, 0, sizeof model);
    mem_init(&m);
    assert_true(mem_add_ram(&m, "high", BASE + SIZE / 2, SIZE / 2, true, &err));
    assert_true(mem_add_ram(&m, "low", BASE, SIZE / 2, true, &err));
    for (unsigned i = 0; i < 200000; i++) {
        unsigned size = 1u << (next_random(&seed) & 3);
        uint64_t at = next_random(&seed) % (SIZE + 16) - 8, v = next_random(&seed), want = 0, got = ~0ull;
        if (i % 3 == 0) at = SIZE / 2 - 8 + next_random(&seed) % 16;
        bool in = at < SIZE && at + size <= SIZE;
        MemResult expected = in ? MEM_OK : MEM_UNMAPPED;
        if (v & 1) {
            assert_int_equal(mem_store(&m, BASE + at, size, true, false, v), expected);
            if (in) memcpy(model + at, &v, size);
        } else {
            if (in) memcpy(&want, model + at, size);
            assert_int_equal(mem_load(&m, BASE + at, size, true, &got), expected);
            if (in) assert_true(got == want);
        }
    }
    uint8_t copy[SIZE];
    assert_true(mem_copy_out(&m, BASE, copy, SIZE));
    assert_memory_equal(copy, model, SIZE);
    assert_false(mem_copy_out(&m, BASE + 1, copy, SIZE));
    mem_free(&m);
}

static void rom_is_loaded_but_not_stored_to(void **state) {
    (void)state;
    Mem m;
    Err err = {0};
    uint64_t v = 0;
    mem_init(&m);
    assert_true(mem_add_ram(&m, "rom", BASE, MEM_PAGE, false, &err));
    assert_true(mem_copy_in(&m, BASE + 8, "abcdefgh", 8));
    assert_int_equal(mem_store(&m, BASE + 8, 8, true, true, 1), MEM_UNMAPPED);
    assert_int_equal(mem_load(&m, BASE + 8, 2, true, &v), MEM_OK);
    assert_int_equal(v, 'a' | 'b' << 8);
    assert_non_null(mem_page_host(&m, BASE, false));
    assert_null(mem_page_host(&m, BASE, true));
    mem_free(&m);
}

static void devices_are_asked_only_when_allowed(void **state) {
    (void)state;
    Mem m;
    Err err = {0};
    Probe probe = {0};
    uint64_t v = 0;
    mem_init(&m);
    assert_true(mem_add_device(&m, 0x100, 0x10, probe_device(&probe), &err));
    assert_int_equal(mem_load(&m, 0x104, 4, false, &v), MEM_DEVICE);
    assert_int_equal(mem_store(&m, 0x104, 4, false, false, 1), MEM_DEVICE);
    assert_int_equal(probe.reads + probe.writes, 0);
    assert_int_equal(mem_load(&m, 0x104, 4, true, &v), MEM_OK);
    assert_int_equal(probe.offset, 4);
    assert_int_equal(mem_store(&m, 0x108, 2, true, false, 0xabcdef), MEM_OK);
    assert_int_equal(probe.value, 0xcdef);
    assert_int_equal(probe.size, 2);
    assert_int_equal(mem_load(&m, 0x10c, 8, true, &v), MEM_UNMAPPED); // crosses its end
    assert_int_equal(mem_load(&m, 0xfc, 8, true, &v), MEM_UNMAPPED);
    assert_int_equal(probe.reads, 1);
    assert_false(mem_copy_out(&m, 0x100, &v, 1));
    mem_free(&m);
}

static void a_carved_device_splits_ram_that_stays_contiguous(void **state) {
    (void)state;
    Mem m;
    Err err = {0};
    Probe probe = {0};
    uint64_t v = 0;
    gaddr hole = BASE + MEM_PAGE + 0x40;
    mem_init(&m);
    assert_true(mem_add_ram(&m, "ram", BASE, SIZE, true, &err));
    hp before = mem_page_host(&m, BASE, true), after = mem_page_host(&m, BASE + 2 * MEM_PAGE, true);
    assert_true(mem_carve_device(&m, hole, 8, probe_device(&probe), &err));
    assert_ptr_equal(mem_page_host(&m, BASE, true), before);
    assert_ptr_equal(mem_page_host(&m, BASE + 2 * MEM_PAGE, true), after);
    assert_ptr_equal(after, before + 2 * MEM_PAGE);
    assert_null(mem_page_host(&m, BASE + MEM_PAGE, false)); // the page of the device
    assert_int_equal(mem_store(&m, hole, 8, true, false, 5), MEM_OK);
    assert_int_equal(probe.writes, 1);
    assert_int_equal(mem_store(&m, hole + 8, 8, true, false, 5), MEM_OK);
    assert_int_equal(mem_store(&m, hole - 8, 8, true, false, 5), MEM_OK);
    assert_int_equal(probe.writes, 1);
    assert_int_equal(mem_store(&m, hole - 4, 8, true, false, 5), MEM_UNMAPPED); // half RAM, half device
    uint8_t bytes[SIZE];
    memset(bytes, 7, sizeof bytes);
    assert_true(mem_copy_in(&m, BASE, bytes, SIZE)); // a loader writes under it
    assert_true(mem_zero(&m, hole - 4, 16));
    assert_int_equal(mem_load(&m, hole - 8, 8, true, &v), MEM_OK);
    assert_int_equal(v, 0x07070707);
    assert_true(mem_code_mark(&m, hole + 0x40, 4)); // the marks of a page are shared by the regions around the device
    assert_int_equal(mem_code_lines(&m, BASE + MEM_PAGE), 1u << 2);
    assert_int_equal(mem_store(&m, hole + 0x44, 4, true, false, 5), MEM_CODE);
    // At the edges of RAM and over them
    assert_true(mem_carve_device(&m, BASE, 8, probe_device(&probe), &err));
    assert_true(mem_carve_device(&m, BASE + SIZE - 8, 8, probe_device(&probe), &err));
    assert_int_equal(mem_store(&m, BASE, 8, true, false, 5), MEM_OK);
    assert_int_equal(mem_store(&m, BASE + SIZE - 8, 8, true, false, 5), MEM_OK);
    assert_int_equal(probe.writes, 3);
    assert_false(mem_carve_device(&m, BASE + SIZE - 12, 8, probe_device(&probe), &err));
    assert_true(err.text[0]);
    assert_true(mem_is_backed(&m, BASE, SIZE));
    assert_false(mem_is_backed(&m, BASE, SIZE + 1));
    mem_free(&m);
}

static void stores_to_translated_lines_are_caught_to_the_byte(void **state) {
    (void)state;
    Mem m;
    Err err = {0};
    uint64_t v = 1;
    gaddr line = BASE + MEM_PAGE - MEM_CODE_LINE; // the last of its page, and the first of the next
    mem_init(&m);
    assert_true(mem_add_ram(&m, "ram", BASE, SIZE, true, &err));
    assert_true(mem_code_mark(&m, line + 10, MEM_CODE_LINE));
    assert_false(mem_code_mark(&m, line + 10, 1));
    for (unsigned size = 1; size <= 8; size *= 2)
        for (gaddr at = line - 16; at < line + 2 * MEM_CODE_LINE + 16; at++) {
            bool hit = at + size > line && at < line + 2 * MEM_CODE_LINE;
            assert_int_equal(mem_store(&m, at, size, true, false, 0x5a), hit ? MEM_CODE : MEM_OK);
            assert_int_equal(mem_store(&m, at, size, true, true, 0), MEM_OK);
        }
    assert_null(mem_page_host(&m, line, true));
    assert_null(mem_page_host(&m, line + MEM_CODE_LINE, true));
    assert_non_null(mem_page_host(&m, line, false));
    assert_int_equal(mem_store(&m, line, 8, true, false, ~0ull), MEM_CODE);
    assert_int_equal(mem_load(&m, line, 8, true, &v), MEM_OK);
    assert_int_equal(v, 0); // nothing was written
    mem_code_unmark(&m, line, 2 * MEM_CODE_LINE);
    assert_int_equal(mem_store(&m, line, 8, true, false, ~0ull), MEM_OK);
    assert_non_null(mem_page_host(&m, line, true));
    mem_free(&m);
}

static void large_areas_are_zeroed_to_the_byte(void **state) {
    (void)state;
    enum { BIG = 4 << 20, FROM = 100, TO = BIG - 4000 };
    Mem m;
    Err err = {0};
    uint8_t *bytes = malloc(BIG);
    mem_init(&m);
    assert_true(mem_add_ram(&m, "ram", BASE, BIG, true, &err));
    memset(bytes, 7, BIG);
    assert_true(mem_copy_in(&m, BASE, bytes, BIG));
    assert_true(mem_zero(&m, BASE + FROM, TO - FROM));
    assert_true(mem_copy_out(&m, BASE, bytes, BIG));
    for (unsigned i = 0; i < BIG; i++) assert_true(bytes[i] == (i >= FROM && i < TO ? 0 : 7));
    assert_false(mem_zero(&m, BASE + BIG - 1, 2));
    free(bytes);
    mem_free(&m);
}

static void what_cannot_be_is_refused_by_name(void **state) {
    (void)state;
    Mem m;
    Err err = {0};
    Probe probe = {0};
    mem_init(&m);
    assert_true(mem_add_ram(&m, "ram", BASE, SIZE, true, &err));
    assert_false(mem_add_ram(&m, "second", BASE + SIZE - MEM_PAGE, SIZE, true, &err));
    assert_non_null(strstr(err.text, "second"));
    assert_non_null(strstr(err.text, "ram"));
    assert_false(mem_add_ram(&m, "odd", 0x100000, 100, true, &err));
    assert_false(mem_add_ram(&m, "none", 0x100000, 0, true, &err));
    assert_false(mem_add_ram(&m, "wraps", 0x80000000, -(uint64_t)MEM_PAGE, true, &err));
    assert_false(mem_add_ram(&m, "huge", 0x80000000, 1ull << 50, true, &err));
    assert_non_null(strstr(err.text, "--memory"));
    assert_false(mem_add_device(&m, BASE - 4, 8, probe_device(&probe), &err));
    assert_null(mem_find(&m, BASE - 1));
    assert_null(mem_find(&m, BASE + SIZE));
    unsigned added = 0;
    while (mem_add_device(&m, 0x1000000 + 16 * added, 16, probe_device(&probe), &err)) added++;
    assert_int_equal(added, MEM_REGIONS_MAX - 1);
    mem_free(&m);
}

static void the_top_of_the_address_space_does_not_wrap(void **state) {
    (void)state;
    Mem m;
    Err err = {0};
    uint64_t v = 0;
    mem_init(&m);
    assert_true(mem_add_ram(&m, "top", -(uint64_t)MEM_PAGE, MEM_PAGE, true, &err));
    assert_true(mem_add_ram(&m, "zero", 0, MEM_PAGE, true, &err));
    assert_int_equal(mem_load(&m, ~7ull, 8, true, &v), MEM_OK);
    assert_int_equal(mem_load(&m, ~3ull, 8, true, &v), MEM_UNMAPPED);
    assert_int_equal(mem_store(&m, ~3ull, 8, true, true, v), MEM_UNMAPPED);
    assert_true(mem_is_backed(&m, ~7ull, 8));
    assert_false(mem_is_backed(&m, ~7ull, 9));
    mem_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_accesses_match_an_array),
        cmocka_unit_test(rom_is_loaded_but_not_stored_to),
        cmocka_unit_test(devices_are_asked_only_when_allowed),
        cmocka_unit_test(a_carved_device_splits_ram_that_stays_contiguous),
        cmocka_unit_test(stores_to_translated_lines_are_caught_to_the_byte),
        cmocka_unit_test(large_areas_are_zeroed_to_the_byte),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
        cmocka_unit_test(the_top_of_the_address_space_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

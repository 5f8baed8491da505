// Oracle: the probe that tlb.h promises to emitted code, written out by hand, against a list of what was filled in
// last.
#include "mem/tlb.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the four above
#include <cmocka.h>

// As emitted code does it; NULL: a miss.
static hp probe(const Tlb *t, gaddr at, bool store) {
    uint64_t page = at >> 12;
    unsigned i = page % 256;
    if ((store ? t->store_tag : t->load_tag)[i] != page) return NULL;
    return (hp)(uintptr_t)(at + (store ? t->store_addend : t->load_addend)[i]);
}

static void filled_pages_hit_and_nothing_else(void **state) {
    (void)state;
    static Tlb t;
    static uint8_t host[4 * MEM_PAGE];
    tlb_flush(&t);
    for (gaddr at = 0; at < 1 << 21; at += MEM_PAGE) {
        assert_null(probe(&t, at, false));
        assert_null(probe(&t, at, true));
    }
    assert_null(probe(&t, ~0ull, false)); // the highest page is not the tag that means "none"
    tlb_fill(&t, 0x80001234, host, false);
    assert_ptr_equal(probe(&t, 0x80001000, false), host);
    assert_ptr_equal(probe(&t, 0x80001fff, false), host + 0xfff);
    assert_null(probe(&t, 0x80001000, true)); // loads and stores have separate tags
    assert_null(probe(&t, 0x80002000, false));
    assert_null(probe(&t, 0x80101000, false)); // same entry, other page
    tlb_fill(&t, 0xfffffffffffff008, host + MEM_PAGE, true);
    assert_ptr_equal(probe(&t, ~0ull, true), host + 2 * MEM_PAGE - 1);
    tlb_fill(&t, 0x80101000, host + MEM_PAGE, false); // takes the entry over
    assert_null(probe(&t, 0x80001000, false));
    assert_ptr_equal(probe(&t, 0x80101004, false), host + MEM_PAGE + 4);
    tlb_flush(&t);
    assert_null(probe(&t, 0x80101004, false));
    assert_null(probe(&t, ~0ull, true));
}

static void every_alias_of_a_code_page_loses_its_store_tag(void **state) {
    (void)state;
    static Tlb t;
    static uint8_t host[2 * MEM_PAGE];
    tlb_flush(&t);
    tlb_fill(&t, 0x10000, host, true);
    tlb_fill(&t, 0xffffffff80011000, host, true);
    tlb_fill(&t, 0x12000, host + MEM_PAGE, true);
    tlb_fill(&t, 0x10000, host, false);
    tlb_forget_stores(&t, host);
    assert_null(probe(&t, 0x10000, true));
    assert_null(probe(&t, 0xffffffff80011000, true));
    assert_ptr_equal(probe(&t, 0x12000, true), host + MEM_PAGE);
    assert_ptr_equal(probe(&t, 0x10000, false), host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filled_pages_hit_and_nothing_else),
        cmocka_unit_test(every_alias_of_a_code_page_loses_its_store_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

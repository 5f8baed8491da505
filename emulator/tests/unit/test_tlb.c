// Oracle: the probe that tlb.h promises to emitted code, written out by hand, against a list
// of what was filled in last.
#include "mem/tlb.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the four above
#include <cmocka.h>

// As emitted code does it; NULL: a miss.
static hp probe_bytes(const Tlb *t, gaddr at, unsigned size, bool store) {
    const TlbEntry *e = &t->entry[at / 4096 % TLB_ENTRIES];
    if ((store ? e->store_tag : e->load_tag) != (at + size - 1) / 4096 * 4096) return NULL;
    return (hp)(uintptr_t)(at + e->addend);
}
static hp probe(const Tlb *t, gaddr at, bool store) { return probe_bytes(t, at, 1, store); }

enum { SAME_ENTRY = TLB_ENTRIES * 4096 };
static Tlb t;
static uint8_t host[4 * MEM_PAGE];

static int fresh(void **state) {
    (void)state;
    memset(&t, 0, sizeof t);
    tlb_init(&t);
    return 0;
}

static void filled_pages_hit_and_nothing_else(void **state) {
    (void)state;
    for (gaddr at = 0; at < 1 << 24; at += MEM_PAGE) {
        assert_null(probe(&t, at, false));
        assert_null(probe(&t, at, true));
    }
    assert_null(probe_bytes(&t, ~0ull, 2, false)); // it ends in page 0
    assert_null(probe_bytes(&t, ~0ull, 2, true));
    assert_null(probe(&t, ~0ull, false)); // the highest page is not the tag that means "none"
    tlb_fill(&t, 0x80001234, host, false, false);
    assert_ptr_equal(probe(&t, 0x80001000, false), host);
    assert_ptr_equal(probe(&t, 0x80001fff, false), host + 0xfff);
    assert_ptr_equal(probe_bytes(&t, 0x80001ffc, 4, false), host + 0xffc);
    assert_null(probe_bytes(&t, 0x80001ffd, 4, false)); // crosses
    assert_null(probe(&t, 0x80001000, true));           // loads and stores have separate tags
    assert_null(probe(&t, 0x80002000, false));
    assert_null(probe(&t, 0x80001000 + SAME_ENTRY, false));
    tlb_fill(&t, 0xfffffffffffff008, host + MEM_PAGE, true, false);
    assert_ptr_equal(probe(&t, ~0ull, true), host + 2 * MEM_PAGE - 1);
    assert_null(probe_bytes(&t, ~0ull, 2, true));
    tlb_fill(&t, 0x80001000 + SAME_ENTRY, host + MEM_PAGE, false, false); // takes the entry over
    assert_null(probe(&t, 0x80001000, false));
    assert_ptr_equal(probe(&t, 0x80001004 + SAME_ENTRY, false), host + MEM_PAGE + 4);
    tlb_flush(&t);
    assert_null(probe(&t, 0x80001004 + SAME_ENTRY, false));
    assert_null(probe(&t, ~0ull, true));
}

// The addend is shared: a tag must not outlive the page that it was filled for.
static void loads_and_stores_of_an_entry_go_together(void **state) {
    (void)state;
    tlb_fill(&t, 0x5000, host, false, false);
    tlb_fill(&t, 0x5000, host, true, false);
    assert_ptr_equal(probe(&t, 0x5010, false), host + 0x10);
    assert_ptr_equal(probe(&t, 0x5010, true), host + 0x10);
    tlb_fill(&t, 0x5000 + SAME_ENTRY, host + MEM_PAGE, true, false); // another page
    assert_null(probe(&t, 0x5010, false));
    assert_null(probe(&t, 0x5010, true));
    assert_null(probe(&t, 0x5010 + SAME_ENTRY, false));
    tlb_fill(&t, 0x5000 + SAME_ENTRY, host + MEM_PAGE, false, false);
    tlb_fill(&t, 0x5000 + SAME_ENTRY, host + 2 * MEM_PAGE, false, false); // the same page, mapped elsewhere
    assert_ptr_equal(probe(&t, 0x5000 + SAME_ENTRY, false), host + 2 * MEM_PAGE);
    assert_null(probe(&t, 0x5000 + SAME_ENTRY, true));
}

static void every_alias_of_a_code_page_loses_its_store_tag(void **state) {
    (void)state;
    tlb_fill(&t, 0x10000, host, true, false);
    tlb_fill(&t, 0xffffffff80011000, host, true, true);
    tlb_fill(&t, 0x12000, host + MEM_PAGE, true, false);
    tlb_fill(&t, 0x10000, host, false, false);
    tlb_forget_stores(&t, host);
    assert_null(probe(&t, 0x10000, true));
    assert_null(probe(&t, 0xffffffff80011000, true));
    assert_ptr_equal(probe(&t, 0x12000, true), host + MEM_PAGE);
    assert_ptr_equal(probe(&t, 0x10000, false), host);
}

static void a_page_or_an_address_space_is_flushed(void **state) {
    (void)state;
    tlb_fill(&t, 0x10000, host, true, false);
    tlb_fill(&t, 0x10000, host, false, false);
    tlb_fill(&t, 0x11000, host + MEM_PAGE, false, true);
    tlb_fill(&t, 0x12000, host + 2 * MEM_PAGE, false, false);
    tlb_flush_page(&t, 0x10000 + SAME_ENTRY); // not the page that is there
    assert_non_null(probe(&t, 0x10000, false));
    tlb_flush_page(&t, 0x10fff);
    assert_null(probe(&t, 0x10000, false));
    assert_null(probe(&t, 0x10000, true));
    tlb_flush_local(&t);
    assert_null(probe(&t, 0x12000, false));
    assert_ptr_equal(probe(&t, 0x11000, false), host + MEM_PAGE);
    tlb_fill(&t, 0x11000 + SAME_ENTRY, host, false, false); // local where there was a global one
    tlb_flush_local(&t);
    assert_null(probe(&t, 0x11000 + SAME_ENTRY, false));
    tlb_fill(&t, 0x13000, host, false, true);
    tlb_flush(&t);
    assert_null(probe(&t, 0x13000, false));
}

// Oracle: the list of mappings itself. A range may hold more than was added, never less, and pages are not ranges.
static void ranges_cover_every_large_mapping(void **state) {
    (void)state;
    static const struct {
        gaddr at;
        unsigned bits;
    } maps[] = {{0x80200000, 21}, {0x80400123, 21},         {0xffffffff80000000, 30}, {0x40000000, 30}, {0x10000, 12},
                {0x12345678, 21}, {0xffffffffffe00000, 21}, {0x7fffffffff, 39},       {0x10200000, 21}};
    TlbLarge l = {0};
    for (unsigned i = 0; i < ARRAY_LEN(maps); i++) {
        tlb_large_add(&l, maps[i].at, maps[i].bits);
        for (unsigned k = 0; k <= i; k++) {
            gaddr size = 1ull << maps[k].bits, first = maps[k].at & -size;
            if (maps[k].bits == 12) continue;
            assert_true(tlb_large_holds(&l, first));
            assert_true(tlb_large_holds(&l, first + size - 1));
        }
        if (i == 1) assert_int_equal(l.n, 1);                   // neighbours
        if (i == 4) assert_false(tlb_large_holds(&l, 0x10000)); // a page is flushed as a page
    }
    assert_int_equal(l.n, TLB_RANGES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(filled_pages_hit_and_nothing_else, fresh),
        cmocka_unit_test_setup(loads_and_stores_of_an_entry_go_together, fresh),
        cmocka_unit_test_setup(every_alias_of_a_code_page_loses_its_store_tag, fresh),
        cmocka_unit_test_setup(a_page_or_an_address_space_is_flushed, fresh),
        cmocka_unit_test(ranges_cover_every_large_mapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

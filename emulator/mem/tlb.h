// The TLB: which guest pages emitted code may reach directly, and where they lie in the host.
//
// Direct-mapped; an entry has a tag for loads, one for stores, and one addend. Emitted code (described to the host in
// jit/code/host_config.c) does
//     i = gaddr >> MEM_PAGE_BITS & (TLB_ENTRIES - 1);  entry[i].load_tag == page of the last byte  ->
//     host = gaddr + entry[i].addend
// Only whole pages of plain memory get in; a page of which code was translated never gets a store tag, so stores there
// take the slow path. Which mapping the addresses belong to is the owner's business: one Tlb for each.
#pragma once
#include "base/types.h"
#include "mem/mem.h"

enum { TLB_BITS = 10, TLB_ENTRIES = 1 << TLB_BITS, TLB_ENTRY_BITS = 5 };
#define TLB_NO_PAGE (~0ull) // not the address of a page

typedef struct TlbEntry {
    uint64_t load_tag, store_tag; // address of the page
    uint64_t addend;              // host address - guest address
    uint64_t state;               // tlb.c's own
} TlbEntry;
_Static_assert(sizeof(TlbEntry) == 1 << TLB_ENTRY_BITS, "emitted code shifts by it");

typedef struct Tlb {
    TlbEntry entry[TLB_ENTRIES];
    uint16_t filled[TLB_ENTRIES]; // the entries that may hold something: forgetting costs what was filled
    unsigned n_filled;
} Tlb;

void tlb_init(Tlb *t); // of zero bytes. WHY: a table that is not used costs two pages of memory
void tlb_flush(Tlb *t);
void tlb_flush_page(Tlb *t, gaddr vaddr);
void tlb_flush_local(Tlb *t); // all but what was filled as global
void tlb_fill(Tlb *t, gaddr vaddr, hp host_page, bool store, bool global);
void tlb_forget_stores(Tlb *t,
                       hp host_page); // the page was found to hold code: no alias of it may be stored to directly

// The byte in the host; NULL: the page is not known.
static inline hp tlb_look(const Tlb *t, gaddr vaddr, bool store) {
    const TlbEntry *e = &t->entry[(vaddr >> MEM_PAGE_BITS) & (TLB_ENTRIES - 1)];
    bool hit = (store ? e->store_tag : e->load_tag) == (vaddr & -(gaddr)MEM_PAGE);
    return hit ? (hp)(uintptr_t)(vaddr + e->addend) : NULL;
}

// Mappings larger than a page of which something was filled, as a few ranges that cover them all: flushing one page of
// such a mapping means all of it.
enum { TLB_RANGES = 4 };
typedef struct TlbLarge {
    gaddr first[TLB_RANGES], last[TLB_RANGES];
    unsigned n;
} TlbLarge;
void tlb_large_add(TlbLarge *l, gaddr vaddr, unsigned map_bits);
bool tlb_large_holds(const TlbLarge *l, gaddr vaddr);

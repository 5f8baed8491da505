// The TLB: which guest pages emitted code may reach directly, and where they lie in the host.
//
// Direct-mapped, separate tags for loads and stores, one addend. Emitted code (jit/probe descriptors) does
//     page = gaddr >> MEM_PAGE_BITS; i = page & (TLB_ENTRIES-1);  tag[i] == page && aligned  ->  host = gaddr +
//     addend[i]
// A page of which code was translated never gets a store tag, so stores there take the slow path.
#pragma once
#include "base/types.h"
#include "mem/mem.h"

enum { TLB_BITS = 8, TLB_ENTRIES = 1 << TLB_BITS };
#define TLB_NO_PAGE (~0ull) // not a page number: page numbers have 52 bits

typedef struct Tlb {
    uint64_t load_tag[TLB_ENTRIES];
    uint64_t store_tag[TLB_ENTRIES];
    uint64_t load_addend[TLB_ENTRIES]; // host address - guest address
    uint64_t store_addend[TLB_ENTRIES];
} Tlb;

void tlb_flush(Tlb *t);
void tlb_fill(Tlb *t, gaddr vaddr, hp host_page, bool store);
void tlb_forget_stores(Tlb *t,
                       hp host_page); // the page was found to hold code: no alias of it may be stored to directly

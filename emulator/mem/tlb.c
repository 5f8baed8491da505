// The TLB: geometry, fill, flush. The probe that emitted code does is described to the host by jit/, from tlb.h.
#include "mem/tlb.h"
#include <string.h>

void tlb_flush(Tlb *t) {
    memset(t->load_tag, 0xff, sizeof t->load_tag);
    memset(t->store_tag, 0xff, sizeof t->store_tag);
}

void tlb_fill(Tlb *t, gaddr vaddr, hp host_page, bool store) {
    uint64_t page = vaddr >> MEM_PAGE_BITS;
    unsigned i = page & (TLB_ENTRIES - 1);
    uint64_t addend = (uint64_t)(uintptr_t)host_page - (page << MEM_PAGE_BITS);
    if (store) {
        t->store_tag[i] = page;
        t->store_addend[i] = addend;
    } else {
        t->load_tag[i] = page;
        t->load_addend[i] = addend;
    }
}

void tlb_forget_stores(Tlb *t, hp host_page) {
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        if (t->store_tag[i] == TLB_NO_PAGE) continue;
        if ((t->store_tag[i] << MEM_PAGE_BITS) + t->store_addend[i] == (uint64_t)(uintptr_t)host_page)
            t->store_tag[i] = TLB_NO_PAGE;
    }
}

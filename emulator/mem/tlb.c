// The TLB: geometry, fill, flush.
#include "mem/tlb.h"
#include <string.h>

enum { LISTED = 1, GLOBAL = 2 }; // TlbEntry.state: it is in `filled`; what it holds is the same in all address spaces

static gaddr page_of(gaddr vaddr) { return vaddr & -(gaddr)MEM_PAGE; }
static unsigned index_of(gaddr vaddr) { return (unsigned)(vaddr >> MEM_PAGE_BITS) & (TLB_ENTRIES - 1); }
static void forget(TlbEntry *e) { e->load_tag = e->store_tag = TLB_NO_PAGE; }

// Zero bytes are a tag of page 0, which only two entries could take for a hit: the one of page 0, and the last one, by an
// access that begins at the end of all addresses and ends in page 0.
void tlb_init(Tlb *t) {
    forget(&t->entry[0]);
    forget(&t->entry[TLB_ENTRIES - 1]);
}

void tlb_flush(Tlb *t) {
    for (unsigned i = 0; i < t->n_filled; i++) {
        TlbEntry *e = &t->entry[t->filled[i]];
        forget(e);
        e->state = 0;
    }
    t->n_filled = 0;
}

void tlb_flush_local(Tlb *t) {
    unsigned kept = 0;
    for (unsigned i = 0; i < t->n_filled; i++) {
        TlbEntry *e = &t->entry[t->filled[i]];
        if (e->state & GLOBAL) {
            t->filled[kept++] = t->filled[i];
        } else {
            forget(e);
            e->state = 0;
        }
    }
    t->n_filled = kept;
}

void tlb_flush_page(Tlb *t, gaddr vaddr) {
    TlbEntry *e = &t->entry[index_of(vaddr)];
    if (e->load_tag == page_of(vaddr) || e->store_tag == page_of(vaddr)) forget(e);
}

void tlb_fill(Tlb *t, gaddr vaddr, hp host_page, bool store, bool global) {
    gaddr page = page_of(vaddr);
    TlbEntry *e = &t->entry[index_of(vaddr)];
    uint64_t addend = (uint64_t)(uintptr_t)host_page - page;
    if (!(e->state & LISTED)) t->filled[t->n_filled++] = (uint16_t)index_of(vaddr);
    if ((e->load_tag != page && e->store_tag != page) || e->addend != addend) forget(e); // the other tag goes along
    e->addend = addend;
    e->state = LISTED | (global ? GLOBAL : 0);
    *(store ? &e->store_tag : &e->load_tag) = page;
}

void tlb_forget_stores(Tlb *t, hp host_page) {
    for (unsigned i = 0; i < t->n_filled; i++) {
        TlbEntry *e = &t->entry[t->filled[i]];
        if (e->store_tag != TLB_NO_PAGE && e->store_tag + e->addend == (uint64_t)(uintptr_t)host_page)
            e->store_tag = TLB_NO_PAGE;
    }
}

bool tlb_large_holds(const TlbLarge *l, gaddr vaddr) {
    for (unsigned i = 0; i < l->n; i++)
        if (vaddr - l->first[i] <= l->last[i] - l->first[i]) return true;
    return false;
}

// When there is no range left, the one that grows the least takes the mapping in. It may then cover what is
// not large: a flush too much.
void tlb_large_add(TlbLarge *l, gaddr vaddr, unsigned map_bits) {
    if (map_bits <= MEM_PAGE_BITS || tlb_large_holds(l, vaddr)) return;
    gaddr size = map_bits >= 64 ? 0 : 1ull << map_bits, first = vaddr & -size, last = first + size - 1, least = ~0ull;
    unsigned best = l->n;
    for (unsigned i = 0; i < l->n; i++) {
        gaddr below = first < l->first[i] ? l->first[i] - first : 0, above = last > l->last[i] ? last - l->last[i] : 0;
        bool touches = below <= size && above <= size;
        if ((touches || l->n == TLB_RANGES) && below + above < least) best = i, least = below + above;
    }
    if (best == l->n) {
        l->first[l->n] = first, l->last[l->n++] = last;
        return;
    }
    if (first < l->first[best]) l->first[best] = first;
    if (last > l->last[best]) l->last[best] = last;
}

// Writes to translated code: which units were made from which physical pages, and throwing away what a store hits.
//
// Memory keeps a bit per 64 bytes of every page that holds translated code (mem_code_*): such a page never enters the
// TLB for stores, and a store that meets a marked line comes here with exact addresses. Only units that overlap the
// stored bytes go. INVARIANT: nothing here runs while generated code is on the stack; such stores are executed alone by
// the run loop (EXIT_STEP).
#include "jit/code/smc.h"
#include "base/alloc.h"
#include "jit/code/span.h"
#include <stdlib.h>

// WHY so many: the C library takes 128 KiB and more from the kernel, and what is not used is not touched.
enum { BUCKETS = 1 << 14 };

typedef struct SmcPage {
    gaddr page;
    UnitList units;
    struct SmcPage *next;  // in its bucket
    struct SmcPage *after; // of all: the first is in the bucket behind the last
} SmcPage;

static SmcPage *page_at(Jit *j, gaddr page, bool make) {
    if (!j->pages) j->pages = alloc_zeroed(BUCKETS + 1, sizeof *j->pages);
    SmcPage **bucket = &j->pages[page % BUCKETS];
    for (SmcPage *p = *bucket; p; p = p->next)
        if (p->page == page) return p;
    if (!make) return NULL;
    SmcPage *p = alloc_zeroed(1, sizeof *p);
    *p = (SmcPage){.page = page, .next = *bucket, .after = j->pages[BUCKETS]};
    return j->pages[BUCKETS] = *bucket = p;
}

// One unit is added at a time: if it is there already, it is the last one.
static void list_add(UnitList *l, Unit *u) {
    if (!l->n || l->at[l->n - 1] != u) vec_push(l, u);
}

static void forget_stores(Jit *j, gaddr paddr) {
    hp host = mem_page_host(j->mem, paddr, false);
    for (uint32_t n = 0; host && n < j->frames.n; n++)
        for (unsigned view = 0; view < CPU_VIEWS; view++) tlb_forget_stores(&j->frames.at[n]->tlb[view], host);
}

void smc_add(Jit *j, Unit *u) {
    for (unsigned b = 0; b < u->n_blocks; b++) {
        CodePiece piece[2];
        for (unsigned n = unit_pieces(&u->blocks[b], piece); n-- > 0;) {
            if (j->o.code_made) j->o.code_made(j->o.code_made_ctx, piece[n].paddr, piece[n].bytes);
            list_add(&page_at(j, piece[n].paddr >> MEM_PAGE_BITS, true)->units, u);
            if (mem_code_mark(j->mem, piece[n].paddr, piece[n].bytes)) forget_stores(j, piece[n].paddr);
        }
    }
}

// The marks of a page are those of the units that are left.
static void remark(Jit *j, SmcPage *p) {
    mem_code_unmark(j->mem, p->page << MEM_PAGE_BITS, MEM_PAGE);
    for (uint32_t i = 0; i < p->units.n; i++)
        for (unsigned b = 0; b < p->units.at[i]->n_blocks; b++) {
            CodePiece piece[2];
            for (unsigned n = unit_pieces(&p->units.at[i]->blocks[b], piece); n-- > 0;)
                if (piece[n].paddr >> MEM_PAGE_BITS == p->page) mem_code_mark(j->mem, piece[n].paddr, piece[n].bytes);
        }
}

static void remove_from_page(Jit *j, gaddr page, Unit *u) {
    SmcPage *p = page_at(j, page, false);
    if (!p) return;
    bool there = false;
    for (uint32_t i = 0; i < p->units.n; i++)
        if (p->units.at[i] == u) p->units.at[i--] = p->units.at[--p->units.n], there = true;
    if (there) remark(j, p);
}

void smc_remove(Jit *j, Unit *u) {
    for (unsigned b = 0; b < u->n_blocks; b++) {
        CodePiece piece[2];
        for (unsigned n = unit_pieces(&u->blocks[b], piece); n-- > 0;)
            remove_from_page(j, piece[n].paddr >> MEM_PAGE_BITS, u);
    }
}

static bool overlaps(const Unit *u, gaddr paddr, unsigned size) {
    for (unsigned b = 0; b < u->n_blocks; b++) {
        CodePiece piece[2];
        for (unsigned n = unit_pieces(&u->blocks[b], piece); n-- > 0;)
            if (paddr < piece[n].paddr + piece[n].bytes && piece[n].paddr < paddr + size) return true;
    }
    return false;
}

Unit *smc_find(Jit *j, gaddr paddr, unsigned size) {
    for (gaddr page = paddr >> MEM_PAGE_BITS; page <= (paddr + size - 1) >> MEM_PAGE_BITS; page++) {
        const SmcPage *p = page_at(j, page, false);
        for (uint32_t i = p ? p->units.n : 0; i-- > 0;)
            if (overlaps(p->units.at[i], paddr, size)) return p->units.at[i];
    }
    return NULL;
}

void smc_free(Jit *j) {
    for (SmcPage *p = j->pages ? j->pages[BUCKETS] : NULL, *after; p; p = after) {
        after = p->after;
        mem_code_unmark(j->mem, p->page << MEM_PAGE_BITS, MEM_PAGE);
        vec_free(&p->units);
        free(p);
    }
    free(j->pages);
    j->pages = NULL;
}

// Where code lies: guest pages and the physical pages behind them, as fetches of a mode see them, and which links of
// units hold only as long as that stays so.
//
// Units are found by physical address, so a mapping that changes drops no translation. What it ends are ways into a
// unit that do not look: a chained edge from a unit that does not lie in the same pages ("far"), and an entry in the
// cache of indirect branches. A unit that has such ways in is *current* and listed at each of its pages; when a page is
// dropped they are undone, and the run loop finds out where the guest goes now. So an event costs what was used since
// the last one. INVARIANT: events happen only where generated code leaves to the run loop (CpuEnv, guest/cpu.h), so no
// return address on the stack of generated code outlives one.
//
// Modes without CPU_MODE_FETCH_MAPPED need none of this: their units have no pages.
#include "jit/code/mapping.h"
#include "base/alloc.h"
#include "jit/code/chain.h"
#include "jit/code/ibtc.h"
#include "jit/invalidate.h"
#include <stdlib.h>

enum { BUCKETS = 1024, PAGES_MAX = 1 << 14 };

typedef struct CodePage {
    gaddr vpage, ppage;
    uint32_t mode;
    bool global;
    struct CodePage *next;            // same bucket
    struct CodePage *after, **before; // among those that hold, see CodePages; before == NULL: it does not
    UnitList current;
} CodePage;

typedef struct CodePages {
    CodePage *bucket[BUCKETS];
    CodePage *local, *global; // those that hold
    uint32_t n;
} CodePages;

static gaddr page_of(gaddr at) { return at & -(gaddr)MEM_PAGE; }

static CodePage **bucket_of(CodePages *c, gaddr vpage) {
    return &c->bucket[(vpage >> MEM_PAGE_BITS ^ vpage >> (MEM_PAGE_BITS + 18)) % BUCKETS];
}

static CodePages *pages_of(Jit *j) {
    if (!j->code_pages) j->code_pages = alloc_zeroed(1, sizeof *j->code_pages);
    return j->code_pages;
}

// ---- links
static void undo_links(Jit *j, Unit *u) {
    chain_unlink_far(j, u);
    ibtc_forget(j, u);
    u->current = false;
}

static void drop(Jit *j, CodePage *p) {
    if (!p->before) return;
    *p->before = p->after;
    if (p->after) p->after->before = p->before;
    p->before = NULL;
    for (uint32_t i = 0; i < p->current.n; i++)
        if (p->current.at[i]->current) undo_links(j, p->current.at[i]);
    p->current.n = 0;
}

static void drop_all(Jit *j, CodePage **list) {
    while (*list) drop(j, *list);
}

void jit_mapping_flush(Jit *j) {
    j->mapping_events++;
    if (!j->code_pages) return;
    drop_all(j, &j->code_pages->local);
    drop_all(j, &j->code_pages->global);
}

void jit_mapping_switch(Jit *j) {
    j->mapping_events++;
    if (j->code_pages) drop_all(j, &j->code_pages->local);
}

void jit_mapping_flush_page(Jit *j, gaddr vaddr) {
    j->mapping_events++;
    if (!j->code_pages) return;
    for (CodePage *p = *bucket_of(j->code_pages, page_of(vaddr)); p; p = p->next)
        if (p->vpage == page_of(vaddr)) drop(j, p);
}

void mapping_forget_units(Jit *j) {
    CodePages *c = j->code_pages;
    for (CodePage *p = c ? c->local : NULL; p; p = p->after) p->current.n = 0;
    for (CodePage *p = c ? c->global : NULL; p; p = p->after) p->current.n = 0;
}

void mapping_free(Jit *j) {
    CodePages *c = j->code_pages;
    for (unsigned i = 0; c && i < BUCKETS; i++)
        for (CodePage *p = c->bucket[i], *next; p; p = next) {
            next = p->next;
            vec_free(&p->current);
            free(p);
        }
    free(c);
    j->code_pages = NULL;
}

// ---- look-up
static CodePage *find(CodePages *c, gaddr vpage, uint32_t mode) {
    CodePage *p = *bucket_of(c, vpage);
    while (p && (p->vpage != vpage || p->mode != mode)) p = p->next;
    return p;
}

static CodePage *make(Jit *j, gaddr vpage, uint32_t mode) {
    if (pages_of(j)->n == PAGES_MAX) { // a guest with that much code starts anew; nothing is lost but links
        drop_all(j, &j->code_pages->local);
        drop_all(j, &j->code_pages->global);
        mapping_free(j);
    }
    CodePages *c = pages_of(j);
    CodePage *p = alloc_zeroed(1, sizeof *p), **bucket = bucket_of(c, vpage);
    *p = (CodePage){.vpage = vpage, .mode = mode, .next = *bucket};
    c->n++;
    return *bucket = p;
}

static void hold(Jit *j, Frame *f, CodePage *p, const MemPage *where, gaddr vaddr) {
    CodePage **list = where->global ? &j->code_pages->global : &j->code_pages->local;
    p->ppage = page_of(where->paddr);
    p->global = where->global;
    p->after = *list;
    if (p->after) p->after->before = &p->after;
    p->before = list;
    *list = p;
    tlb_large_add(&f->large, vaddr, where->map_bits);
}

// The page that vaddr lies in, if it may be fetched from.
static const CodePage *hold_page(Jit *j, Frame *f, gaddr vaddr, unsigned size, MemPage *where, MemFault *fault) {
    uint32_t mode = f->cpu.mode;
    CodePage *p = find(pages_of(j), page_of(vaddr), mode);
    if (p && p->before) return p;
    *fault = j->o.translate(f->hart, vaddr, size, MEM_KIND_FETCH, where);
    if (*fault != MEM_FAULT_NONE || where->partial) return NULL;
    if (!p) p = make(j, page_of(vaddr), mode);
    hold(j, f, p, where, vaddr);
    return p;
}

MemFault mapping_fetch(Jit *j, Frame *f, gaddr vaddr, unsigned size, gaddr *paddr) {
    if (!(f->cpu.mode & CPU_MODE_FETCH_MAPPED)) {
        *paddr = vaddr;
        return MEM_FAULT_NONE;
    }
    MemPage where;
    MemFault fault = MEM_FAULT_NONE;
    const CodePage *p = hold_page(j, f, vaddr, size, &where, &fault);
    if (fault != MEM_FAULT_NONE) return fault;
    if (!p && !f->cpu.alone) return MEM_FAULT_ALONE; // what holds for these bytes only can be in no unit
    *paddr = p ? p->ppage | (vaddr & (MEM_PAGE - 1)) : where.paddr;
    return MEM_FAULT_NONE;
}

bool mapping_known(Jit *j, const Frame *f, gaddr vaddr, gaddr *paddr) {
    if (!(f->cpu.mode & CPU_MODE_FETCH_MAPPED)) {
        *paddr = vaddr;
        return true;
    }
    const CodePage *p = find(pages_of(j), page_of(vaddr), f->cpu.mode);
    if (!p || !p->before) return false;
    *paddr = p->ppage | (vaddr & (MEM_PAGE - 1));
    return true;
}

// WHY a region asks for none of its pages: it may never get to some, and asking marks a page as used in the guest's
// tables. It is entered once all of them were fetched from.
bool mapping_holds(Jit *j, Frame *f, const Unit *u) {
    for (unsigned i = 0; i < u->n_pages; i++) {
        gaddr paddr;
        bool there = u->n_blocks > 1 ? mapping_known(j, f, unit_pages(u)[i].vpage, &paddr)
                                     : mapping_fetch(j, f, unit_pages(u)[i].vpage, 1, &paddr) == MEM_FAULT_NONE;
        if (!there || paddr != unit_pages(u)[i].ppage) return false;
    }
    return true;
}

bool mapping_lies_in(const Unit *u, const Unit *other) {
    for (unsigned i = 0; i < u->n_pages; i++) {
        unsigned k = 0;
        while (k < other->n_pages && unit_pages(other)[k].vpage != unit_pages(u)[i].vpage) k++;
        if (k == other->n_pages) return false;
    }
    return true;
}

static void list_once(UnitList *l, Unit *u) { // it may be there: when only another of its pages was dropped
    for (uint32_t i = 0; i < l->n; i++)
        if (l->at[i] == u) return;
    vec_push(l, u);
}

bool mapping_make_current(Jit *j, Unit *u) {
    CodePage *pages[UNIT_PAGES_MAX] = {NULL};
    if (u->current) return true;
    for (unsigned i = 0; i < u->n_pages; i++) {
        pages[i] = find(pages_of(j), unit_pages(u)[i].vpage, u->mode);
        if (!pages[i] || !pages[i]->before) return false; // only when looking for the others made room
    }
    for (unsigned i = 0; i < u->n_pages; i++)
        if (u->n_pages > 1)
            list_once(&pages[i]->current, u);
        else
            vec_push(&pages[i]->current, u);
    return u->current = true;
}

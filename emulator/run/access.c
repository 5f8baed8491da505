// Guest memory as the engines see it: where a guest address lies, accesses across a page border, devices, translated
// code. Filling the TLB is leave.c's.
#include "base/guarded.h"
#include "jit/invalidate.h"
#include "run/machine.h"
#include <string.h>

static const MemFail fine = {MEM_FAULT_NONE, 0};

MemFault hart_translate(Hart *h, gaddr vaddr, unsigned size, MemKind kind, MemPage *page) {
    *page = (MemPage){0};
    h->machine->stats.v[STAT_page_walks] += !h->machine->peeking;
    return h->translate(h->translate_ctx, vaddr, size, kind, page);
}

static bool is_bare(const Hart *h) { return (hart_cpu(h)->mode & CPU_MODE_VIEW) == CPU_VIEW_BARE; }

static MemFault locate(Hart *h, gaddr at, unsigned size, MemKind kind, MemPage *page) {
    if (!is_bare(h)) return hart_translate(h, at, size, kind, page);
    *page = (MemPage){.paddr = at};
    return MEM_FAULT_NONE;
}

static unsigned in_first_page(gaddr at, unsigned size) {
    unsigned room = MEM_PAGE - (unsigned)(at & (MEM_PAGE - 1));
    return size < room ? size : room;
}

static bool is_misaligned(gaddr at, unsigned memop) {
    return memop & MEMOP_ALIGNED && at & ((1u << (memop & MEMOP_SIZE)) - 1);
}

// ---- by physical address
static MemFault load(Machine *m, gaddr paddr, unsigned size, bool exact, uint64_t *value) {
    const Personality *p = m->personality;
    if (p->read) return p->read(m, paddr, size, value) ? MEM_FAULT_NONE : MEM_FAULT_ACCESS;
    MemResult r = mem_load(&m->mem, paddr, size, false, value);
    if (r == MEM_OK) return MEM_FAULT_NONE;
    if (r == MEM_UNMAPPED) return MEM_FAULT_ACCESS;
    if (!exact) return MEM_FAULT_ALONE;
    m->stats.v[STAT_mmio_accesses]++;
    m->replan = true;
    return mem_load(&m->mem, paddr, size, true, value) == MEM_OK ? MEM_FAULT_NONE : MEM_FAULT_ACCESS;
}

static MemFault store(Machine *m, gaddr paddr, unsigned size, bool exact, uint64_t value) {
    const Personality *p = m->personality;
    if (!p->may_store(m, paddr, size, exact)) return MEM_FAULT_ALONE;
    if (m->written) vec_push(m->written, ((Written){paddr, size}));
    if (p->write) return p->write(m, paddr, size, value) ? MEM_FAULT_NONE : MEM_FAULT_ACCESS;
    MemResult r = mem_store(&m->mem, paddr, size, false, false, value);
    if (r == MEM_CODE && !jit_has_code(&m->jit, paddr, size))
        r = mem_store(&m->mem, paddr, size, false, true, value); // beside it
    if (r == MEM_OK) return MEM_FAULT_NONE;
    if (r == MEM_UNMAPPED) return MEM_FAULT_ACCESS;
    if (!exact) return MEM_FAULT_ALONE;
    if (r == MEM_CODE) jit_code_written(&m->jit, paddr, size);
    if (r == MEM_DEVICE) {
        m->stats.v[STAT_mmio_accesses]++;
        m->replan = true;
    }
    return mem_store(&m->mem, paddr, size, true, true, value) == MEM_OK ? MEM_FAULT_NONE : MEM_FAULT_ACCESS;
}

// ---- across a page border: both pages are found before anything is read or written
typedef struct Split {
    unsigned first, size; // bytes in the first page, in both
    MemPage page[2];
} Split;

static MemFail split(Hart *h, gaddr at, unsigned size, MemKind kind, Split *s) {
    *s = (Split){.first = in_first_page(at, size), .size = size};
    MemFault fault = locate(h, at, s->first, kind, &s->page[0]);
    if (fault != MEM_FAULT_NONE) return (MemFail){fault, at};
    fault = locate(h, at + s->first, size - s->first, kind, &s->page[1]);
    return fault == MEM_FAULT_NONE ? fine : (MemFail){fault, at + s->first};
}

static gaddr byte_of(const Split *s, unsigned i) {
    return i < s->first ? s->page[0].paddr + i : s->page[1].paddr + (i - s->first);
}

static gaddr page_of(const Split *s, gaddr at, unsigned i) { return i < s->first ? at : at + s->first; }

// Is every byte there? A store wants it to be writable.
static MemFail check_split(Machine *m, const Split *s, gaddr at, bool is_store) {
    for (unsigned i = 0; i < s->size; i++) {
        const MemRegion *r = mem_find(&m->mem, byte_of(s, i));
        if (!r || (is_store && !r->writable)) return (MemFail){MEM_FAULT_ACCESS, page_of(s, at, i)};
    }
    return fine;
}

static bool is_plain(Machine *m, const Split *s, bool is_store) {
    return mem_page_host(&m->mem, s->page[0].paddr, is_store) && mem_page_host(&m->mem, s->page[1].paddr, is_store);
}

static MemFail load_across(Hart *h, gaddr at, unsigned size, bool exact, uint64_t *value) {
    Machine *m = h->machine;
    Split s;
    MemFail r = split(h, at, size, MEM_KIND_LOAD, &s);
    if (r.fault != MEM_FAULT_NONE) return r;
    if (!is_plain(m, &s, false) && !exact) return (MemFail){MEM_FAULT_ALONE, at};
    r = check_split(m, &s, at, false);
    *value = 0;
    for (unsigned i = 0; i < size && r.fault == MEM_FAULT_NONE; i++) {
        uint64_t byte = 0;
        r = (MemFail){load(m, byte_of(&s, i), 1, exact, &byte), page_of(&s, at, i)};
        *value |= byte << 8 * i;
    }
    return r;
}

static MemFail store_across(Hart *h, gaddr at, unsigned size, bool exact, uint64_t value) {
    Machine *m = h->machine;
    Split s;
    MemFail r = split(h, at, size, MEM_KIND_STORE, &s);
    if (r.fault != MEM_FAULT_NONE) return r;
    if (!is_plain(m, &s, true) && !exact) return (MemFail){MEM_FAULT_ALONE, at};
    r = check_split(m, &s, at, true);
    for (unsigned i = 0; i < size && r.fault == MEM_FAULT_NONE; i++)
        r = (MemFail){store(m, byte_of(&s, i), 1, exact, value >> 8 * i), page_of(&s, at, i)};
    return r;
}

// ---- by guest address
MemFail hart_load(Hart *h, gaddr at, unsigned memop, bool exact, uint64_t *value, MemPage *page) {
    Machine *m = h->machine;
    unsigned size = 1u << (memop & MEMOP_SIZE);
    *page = (MemPage){.partial = true};
    if (is_misaligned(at, memop)) return (MemFail){MEM_FAULT_ALIGN, at};
    if (m->watches.n && !watch_allows(m, at, size, false, exact)) return (MemFail){MEM_FAULT_ALONE, at};
    bool across = in_first_page(at, size) < size;
    if (across && !is_bare(h)) return load_across(h, at, size, exact, value);
    MemFault fault = locate(h, at, size, MEM_KIND_LOAD, page);
    if (fault == MEM_FAULT_NONE) fault = load(m, page->paddr, size, exact, value);
    page->partial |= across;
    return (MemFail){fault, at};
}

MemFail hart_store(Hart *h, gaddr at, unsigned memop, bool exact, uint64_t value, MemPage *page) {
    Machine *m = h->machine;
    unsigned size = 1u << (memop & MEMOP_SIZE);
    *page = (MemPage){.partial = true};
    if (is_misaligned(at, memop)) return (MemFail){MEM_FAULT_ALIGN, at};
    if (m->watches.n && !watch_allows(m, at, size, true, exact)) return (MemFail){MEM_FAULT_ALONE, at};
    bool across = in_first_page(at, size) < size;
    if (across && !is_bare(h)) return store_across(h, at, size, exact, value);
    MemFault fault = locate(h, at, size, MEM_KIND_STORE, page);
    if (fault == MEM_FAULT_NONE) fault = store(m, page->paddr, size, exact, value);
    page->partial |= across;
    return (MemFail){fault, at};
}

// ---- in one step for every processor, if it is plain memory
static MemFault exchange(Machine *m, gaddr paddr, const IrInsn *in, uint64_t b, uint64_t c, bool exact, uint64_t *old) {
    unsigned size = in->type == IR_I32 ? 4 : 8;
    IrAtomic kind = (IrAtomic)in->imm;
    if (!m->personality->may_store(m, paddr, size, exact)) return MEM_FAULT_ALONE;
    hp host = mem_page_host(&m->mem, paddr, true);
    if (!host) {
        MemFault fault = load(m, paddr, size, exact, old);
        if (fault != MEM_FAULT_NONE) return fault;
        return store(m, paddr, size, exact, ir_atomic_eval(kind, (IrType)in->type, *old, b, c));
    }
    if (m->written) vec_push(m->written, ((Written){paddr, size}));
    void *at = host + (paddr & (MEM_PAGE - 1));
    uint64_t expected;
    if (!guarded_load(at, size, old)) return MEM_FAULT_ACCESS;
    do {
        expected = *old;
        if (!guarded_cas(at, size, old, ir_atomic_eval(kind, (IrType)in->type, expected, b, c)))
            return MEM_FAULT_ACCESS;
    } while (*old != expected);
    return MEM_FAULT_NONE;
}

MemFail hart_atomic(Hart *h, gaddr at, const IrInsn *in, const uint64_t bc[2], bool exact, uint64_t *old,
                    MemPage *page) {
    Machine *m = h->machine;
    unsigned size = in->type == IR_I32 ? 4 : 8;
    *page = (MemPage){.partial = true};
    if (at & (size - 1)) return (MemFail){MEM_FAULT_ALIGN, at};
    if (m->watches.n && !(watch_allows(m, at, size, false, exact) && watch_allows(m, at, size, true, exact)))
        return (MemFail){MEM_FAULT_ALONE, at};
    MemFault fault = locate(h, at, size, MEM_KIND_STORE, page);
    if (fault == MEM_FAULT_NONE) fault = exchange(m, page->paddr, in, bc[0], bc[1], exact, old);
    return (MemFail){fault, at};
}

// ---- CpuEnv
static bool env_load(void *hart, gaddr at, unsigned size_log2, uint64_t *value) {
    MemPage page;
    return hart_load(hart, at, size_log2, true, value, &page).fault == MEM_FAULT_NONE;
}

static bool env_store(void *hart, gaddr at, unsigned size_log2, uint64_t value) {
    MemPage page;
    return hart_store(hart, at, size_log2, true, value, &page).fault == MEM_FAULT_NONE;
}

static __attribute__((noinline)) void *find_plain(Hart *h, gaddr at, bool is_store, Tlb *tlb) {
    Machine *m = h->machine;
    MemPage page;
    if (m->watches.n && !watch_allows(m, at & -(gaddr)MEM_PAGE, MEM_PAGE, is_store, false)) return NULL;
    if (locate(h, at, 1, is_store ? MEM_KIND_STORE : MEM_KIND_LOAD, &page) != MEM_FAULT_NONE || page.partial)
        return NULL;
    hp host = mem_page_host(&m->mem, page.paddr, is_store);
    if (!host) return NULL;
    if (tlb && is_bare(h)) tlb_fill(tlb, at, host, is_store, page.global);
    return host + (at & (MEM_PAGE - 1));
}

// The TLB knows most pages, and gets to know those that are found here, unless a debugger watches.
static void *env_plain(void *hart, gaddr at, bool is_store) {
    Hart *h = hart;
    unsigned view = hart_cpu(h)->mode & CPU_MODE_VIEW;
    bool used = view < CPU_VIEWS && feature_on(&h->machine->o.features, FEATURE_tlb) && !h->machine->watches.n;
    Tlb *tlb = used ? &h->frame->tlb[view] : NULL;
    hp known = tlb ? tlb_look(tlb, at, is_store) : NULL;
    return known ? known : find_plain(h, at, is_store, tlb);
}

static bool table_load(void *hart, gaddr paddr, uint64_t *value) {
    Machine *m = ((Hart *)hart)->machine;
    return mem_load(&m->mem, paddr, sizeof *value, false, value) == MEM_OK;
}

static bool table_or(void *hart, gaddr paddr, uint64_t bits) {
    Machine *m = ((Hart *)hart)->machine;
    uint64_t entry;
    if (m->peeking) return true;
    if (mem_load(&m->mem, paddr, sizeof entry, false, &entry) != MEM_OK) return false;
    return store(m, paddr, sizeof entry, hart_cpu(hart)->alone, entry | bits) == MEM_FAULT_NONE;
}

void hart_offer_memory(CpuEnv *env) {
    env->load = env_load;
    env->store = env_store;
    env->plain_memory = env_plain;
    env->table_load = table_load;
    env->table_or = table_or;
}

// ---- debuggers
static bool peek_page(Hart *h, gaddr at, MemPage *page) {
    h->machine->peeking = true;
    bool there = locate(h, at, 1, MEM_KIND_LOAD, page) == MEM_FAULT_NONE ||
                 locate(h, at, 1, MEM_KIND_FETCH, page) == MEM_FAULT_NONE;
    h->machine->peeking = false;
    return there;
}

size_t hart_peek(Hart *h, gaddr at, void *out, size_t n) {
    Machine *m = h->machine;
    size_t done = 0;
    while (done < n) {
        MemPage page;
        size_t part = in_first_page(at + done, n - done < MEM_PAGE ? (unsigned)(n - done) : MEM_PAGE);
        if (!peek_page(h, at + done, &page)) return done;
        if (!mem_copy_out(&m->mem, page.paddr, (uint8_t *)out + done, part)) {
            if (part == 1) return done;
            part = 1; // up to where it ends
            if (!mem_copy_out(&m->mem, page.paddr, (uint8_t *)out + done, part)) return done;
        }
        done += part;
    }
    return done;
}

bool hart_poke(Hart *h, gaddr at, const void *bytes, size_t n) {
    Machine *m = h->machine;
    if (m->personality->poke) return m->personality->poke(m, at, bytes, n);
    for (unsigned write = 0; write < 2; write++) {
        size_t part;
        for (size_t done = 0; done < n; done += part) {
            MemPage page;
            part = in_first_page(at + done, n - done < MEM_PAGE ? (unsigned)(n - done) : MEM_PAGE);
            if (!peek_page(h, at + done, &page) || !mem_is_backed(&m->mem, page.paddr, part)) return false;
            if (!write) continue;
            jit_code_written(&m->jit, page.paddr, (unsigned)part);
            mem_copy_in(&m->mem, page.paddr, (const uint8_t *)bytes + done, part);
        }
    }
    return true;
}

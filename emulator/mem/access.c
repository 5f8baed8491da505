// The slow load and store, the pages that may enter the TLB, and the marks of translated code.
//
// This is the path of every guest access when the TLB is switched off: RAM in the region that was used last comes
// first. INVARIANT: a store changes memory only if it returns MEM_OK, and then all of its bytes.
#include "base/bits.h"
#include "mem/mem.h"
#include <string.h>
#include <sys/mman.h>

static uint64_t load_bytes(const uint8_t *at, unsigned size) {
    uint64_t v = 0;
    switch (size) {
    case 1: return *at;
    case 2: memcpy(&v, at, 2); return v;
    case 4: memcpy(&v, at, 4); return v;
    default: memcpy(&v, at, 8); return v;
    }
}

static void store_bytes(hp at, unsigned size, uint64_t v) {
    switch (size) {
    case 1: *at = (uint8_t)v; return;
    case 2: memcpy(at, &v, 2); return;
    case 4: memcpy(at, &v, 4); return;
    default: memcpy(at, &v, 8); return;
    }
}

static uint64_t *code_word(const MemRegion *r, gaddr paddr) {
    return &r->code_lines[(paddr >> MEM_PAGE_BITS) - (r->base >> MEM_PAGE_BITS)];
}

// The bits of the lines that [first, last] touches; both in one page.
static uint64_t line_mask(gaddr first, gaddr last) {
    unsigned lo = (first & (MEM_PAGE - 1)) / MEM_CODE_LINE, hi = (last & (MEM_PAGE - 1)) / MEM_CODE_LINE;
    return bits_mask(hi - lo + 1) << lo;
}

// At most 8 bytes that lie in r: do they overlap translated code?
static bool holds_code(const MemRegion *r, gaddr paddr, unsigned size) {
    gaddr last = paddr + size - 1, next_page = last & -(gaddr)MEM_PAGE;
    if (__builtin_expect(next_page > paddr, 0))
        return (*code_word(r, paddr) & line_mask(paddr, next_page - 1)) ||
               (*code_word(r, last) & line_mask(next_page, last));
    uint64_t lines = *code_word(r, paddr);
    return __builtin_expect(lines != 0, 0) && (lines & line_mask(paddr, last));
}

static bool inside(const MemRegion *r, gaddr paddr, unsigned size) {
    uint64_t offset = paddr - r->base;
    return offset < r->size && size <= r->size - offset;
}

// ---- the rare cases: devices, and what crosses from one region into another ---------------------------------------
static MemResult load_rare(Mem *m, gaddr paddr, unsigned size, bool devices, uint64_t *value) {
    MemRegion *r = mem_find(m, paddr);
    if (!r) return MEM_UNMAPPED;
    if (inside(r, paddr, size)) {
        if (!r->host && !devices) return MEM_DEVICE;
        *value =
            r->host ? load_bytes(r->host + (paddr - r->base), size) : r->dev.read(r->dev.state, paddr - r->base, size);
        return MEM_OK;
    }
    uint64_t v = 0;
    for (unsigned i = 0; i < size; i++) {
        r = mem_find(m, paddr + i);
        if (!r || !r->host || paddr + i < paddr) return MEM_UNMAPPED;
        v |= (uint64_t)r->host[paddr + i - r->base] << (8 * i);
    }
    *value = v;
    return MEM_OK;
}

static MemResult store_rare(Mem *m, gaddr paddr, unsigned size, bool devices, bool code, uint64_t value) {
    MemRegion *r = mem_find(m, paddr);
    if (!r) return MEM_UNMAPPED;
    if (inside(r, paddr, size) && !r->host) {
        if (!devices) return MEM_DEVICE;
        r->dev.write(r->dev.state, paddr - r->base, size, value & bits_mask(8 * size));
        return MEM_OK;
    }
    MemResult result = MEM_OK;
    for (unsigned i = 0; i < size; i++) {
        r = mem_find(m, paddr + i);
        if (!r || !r->host || !r->writable || paddr + i < paddr) return MEM_UNMAPPED;
        if (!code && holds_code(r, paddr + i, 1)) result = MEM_CODE;
    }
    for (unsigned i = 0; i < size && result == MEM_OK; i++) {
        r = mem_find(m, paddr + i);
        r->host[paddr + i - r->base] = (uint8_t)(value >> (8 * i));
    }
    return result;
}

// ---- the common case ----------------------------------------------------------------------------------------------
MemResult mem_load(Mem *m, gaddr paddr, unsigned size, bool devices, uint64_t *value) {
    const MemRegion *r = &m->regions[m->hot];
    if (__builtin_expect(!inside(r, paddr, size) || !r->host, 0)) return load_rare(m, paddr, size, devices, value);
    *value = load_bytes(r->host + (paddr - r->base), size);
    return MEM_OK;
}

MemResult mem_store(Mem *m, gaddr paddr, unsigned size, bool devices, bool code, uint64_t value) {
    const MemRegion *r = &m->regions[m->hot];
    if (__builtin_expect(!inside(r, paddr, size) || !r->host || !r->writable, 0))
        return store_rare(m, paddr, size, devices, code, value);
    if (!code && holds_code(r, paddr, size)) return MEM_CODE;
    store_bytes(r->host + (paddr - r->base), size, value);
    return MEM_OK;
}

// ---- pages and code -----------------------------------------------------------------------------------------------
hp mem_page_host(Mem *m, gaddr paddr, bool store) {
    gaddr page = paddr & -(gaddr)MEM_PAGE;
    const MemRegion *r = mem_find(m, page);
    if (!r || !r->host || r->size - (page - r->base) < MEM_PAGE) return NULL;
    if (store && (!r->writable || *code_word(r, page))) return NULL;
    return r->host + (page - r->base);
}

bool mem_code_mark(Mem *m, gaddr paddr, uint64_t n) {
    bool first = false;
    for (uint64_t part; n; n -= part, paddr += part) {
        part = MEM_PAGE - (paddr & (MEM_PAGE - 1));
        if (part > n) part = n;
        const MemRegion *r = mem_find(m, paddr);
        if (!r || !r->host) continue;
        uint64_t *word = code_word(r, paddr);
        first |= !*word;
        *word |= line_mask(paddr, paddr + part - 1);
    }
    return first;
}

void mem_code_unmark(Mem *m, gaddr paddr, uint64_t n) {
    for (uint64_t part; n; n -= part, paddr += part) {
        part = MEM_PAGE - (paddr & (MEM_PAGE - 1));
        if (part > n) part = n;
        const MemRegion *r = mem_find(m, paddr);
        if (r && r->host) *code_word(r, paddr) &= ~line_mask(paddr, paddr + part - 1);
    }
}

uint64_t mem_code_lines(Mem *m, gaddr paddr) {
    const MemRegion *r = mem_find(m, paddr);
    return r && r->host ? *code_word(r, paddr) : 0;
}

// ---- the window, where emitted code stores
static hp page_in_window(Mem *m, gaddr paddr) {
    const MemRegion *r = mem_find(m, paddr);
    return r && r->window ? r->window + ((paddr & -(gaddr)MEM_PAGE) - r->base) : NULL;
}

bool mem_window_protect(Mem *m, gaddr paddr) {
    hp page = page_in_window(m, paddr);
    return !page || mprotect(page, MEM_PAGE, PROT_READ) == 0;
}

bool mem_window_free(Mem *m, gaddr paddr) {
    hp page = page_in_window(m, paddr);
    return page && !mem_code_lines(m, paddr) && mprotect(page, MEM_PAGE, PROT_READ | PROT_WRITE) == 0;
}

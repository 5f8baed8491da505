// Pages that translated code was read from. A store to one is noticed: the host's page is not writable, and system
// calls that write come by space_at().
//
// What is not noticed are bytes that change by another way: a second mapping of the same file (JIT compilers write
// through one and run the other), write() to the file, another process. Such pages are "aliased". The architecture asks
// for a fence.i, or the system for riscv_flush_icache(), before changed code is run; there every aliased page is
// compared with the bytes that it had, and translations of the 64-byte lines that differ are dropped:
//
//     copy:  line 0  line 1  line 2 ...      taken before the first byte of the page is fetched
//     now:   line 0  line 1' line 2 ...  ->  code_gone(line 1); the copy becomes what is there now
//
// WHY compare, and not drop all of them: a compiler of Erlang or .NET flushes after every function, and all its code is
// in such pages. WHY not by file and page: stores through the other mapping raise nothing that could be noticed.
// A private mapping of a file that was opened for reading only is not aliased: whether it shows later changes of the
// file is unspecified (mmap(2)), and comparing all libraries at each flush would cost a millisecond.
//
// INVARIANT: a line that code was translated from has in the copy the bytes that were translated, or
// its bit in `changed` is set.
#include "base/alloc.h"
#include "base/guarded.h"
#include "sys/space.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BUCKETS = 256, LINE = 64 };

typedef struct SpaceCopy {
    gaddr page;
    struct SpaceCopy *next;
    uint64_t changed; // lines, a bit each
    uint8_t bytes[MEM_PAGE];
} SpaceCopy;

static uint64_t index_of(const Space *s, gaddr at) { return (at - s->lo) >> MEM_PAGE_BITS; }

bool space_is_code(const Space *s, gaddr at) {
    if (at < s->lo || at >= s->hi) return false;
    uint64_t i = index_of(s, at);
    return s->code[i / 64] >> (i % 64) & 1;
}

// ---- the host's view
static int host_prot(unsigned what, bool code) {
    if (what & SPACE_WRITE) return code ? PROT_READ : PROT_READ | PROT_WRITE;
    return what & SPACE_RWX ? PROT_READ : PROT_NONE;
}

// A run of equal pages at a time.
int space_reprotect(const Space *s, gaddr at, uint64_t n, unsigned what) {
    if (!s->n_code || !(what & SPACE_WRITE)) return mprotect(space_host(s, at), n, host_prot(what, false)) ? -errno : 0;
    for (gaddr end = at + n, next; at < end; at = next) {
        bool code = space_is_code(s, at);
        for (next = at + MEM_PAGE; next < end && space_is_code(s, next) == code;) next += MEM_PAGE;
        if (mprotect(space_host(s, at), next - at, host_prot(what, code))) return -errno;
    }
    return 0;
}

// ---- copies of aliased pages --------------------------------------------------------------------------------------
static SpaceCopy **place_of(Space *s, gaddr page) {
    if (!s->copies) s->copies = alloc_zeroed(BUCKETS, sizeof *s->copies);
    SpaceCopy **at = &s->copies[(page >> MEM_PAGE_BITS) % BUCKETS];
    while (*at && (*at)->page != page) at = &(*at)->next;
    return at;
}

void space_fetched(Space *s, gaddr at) {
    gaddr page = space_page_down(at);
    const SpaceArea *a = space_area(s, page);
    if (!a || !(a->what & SPACE_ALIASED)) return;
    SpaceCopy **place = place_of(s, page);
    if (*place) return;
    SpaceCopy *c = alloc_zeroed(1, sizeof *c);
    c->page = page;
    if (!guarded_copy(c->bytes, space_host(s, page), MEM_PAGE)) c->changed = ~0ull;
    *place = c;
}

static void forget(Space *s, gaddr page) {
    SpaceCopy **place = place_of(s, page), *c = *place;
    if (!c) return;
    *place = c->next;
    free(c);
}

// The page may have changed since it was copied, before this was translated.
static void check_lines(Space *s, gaddr at, gaddr end) {
    space_fetched(s, at);
    SpaceCopy *c = *place_of(s, space_page_down(at));
    for (at &= -(gaddr)LINE; c && at < end; at += LINE) {
        uint8_t now[LINE];
        unsigned offset = (unsigned)(at - c->page);
        if (!guarded_copy(now, space_host(s, at), LINE) || memcmp(now, c->bytes + offset, LINE))
            c->changed |= 1ull << (offset / LINE);
    }
}

static void refresh(Space *s, SpaceCopy *c) {
    uint8_t now[MEM_PAGE];
    bool there = guarded_copy(now, space_host(s, c->page), MEM_PAGE);
    if (there && !c->changed && !memcmp(now, c->bytes, MEM_PAGE)) return;
    for (unsigned line = 0; line < MEM_PAGE / LINE; line++) {
        unsigned offset = line * LINE;
        if (there && !(c->changed >> line & 1) && !memcmp(now + offset, c->bytes + offset, LINE)) continue;
        s->code_gone(s->ctx, c->page + offset, LINE);
    }
    c->changed = there ? 0 : ~0ull;
    if (there) memcpy(c->bytes, now, MEM_PAGE);
}

void space_code_refresh(Space *s) {
    for (unsigned i = 0; s->copies && i < BUCKETS; i++)
        for (SpaceCopy *c = s->copies[i], *next; c; c = next) {
            next = c->next;
            if (space_page(s, c->page) & SPACE_ALIASED)
                refresh(s, c);
            else
                forget(s, c->page); // it was fetched from, no code was made, and it was unmapped
        }
}

// ---- code appears and goes ----------------------------------------------------------------------------------------
void space_code_made(Space *s, gaddr at, uint64_t n) {
    for (gaddr end = at + n, next; at < end; at = next) {
        gaddr page = space_page_down(at);
        next = page + MEM_PAGE;
        unsigned what = space_page(s, page);
        if (!(what & SPACE_MAPPED)) continue;
        if (what & SPACE_ALIASED) check_lines(s, at, end < next ? end : next);
        if (what & SPACE_CODE) continue;
        uint64_t i = index_of(s, page);
        s->code[i / 64] |= 1ull << (i % 64);
        s->n_code++;
        if (what & SPACE_WRITE) space_reprotect(s, page, MEM_PAGE, what);
    }
}

static void drop_page(Space *s, uint64_t i) {
    gaddr page = s->lo + (i << MEM_PAGE_BITS);
    s->code_gone(s->ctx, page, MEM_PAGE);
    s->code[i / 64] &= ~(1ull << (i % 64));
    s->n_code--;
    if (s->copies) forget(s, page);
    if (space_page(s, page) & SPACE_WRITE) space_reprotect(s, page, MEM_PAGE, space_page(s, page));
}

void space_code_drop(Space *s, gaddr at, uint64_t n) {
    if (!s->n_code) return;
    uint64_t i = index_of(s, space_page_down(at)), end = index_of(s, space_page_up(at + n));
    while (i < end && s->n_code) {
        uint64_t bits = s->code[i / 64] >> (i % 64);
        if (!bits) {
            i = (i / 64 + 1) * 64;
            continue;
        }
        i += (unsigned)__builtin_ctzll(bits);
        if (i < end) drop_page(s, i++);
    }
}

void space_code_free(Space *s) {
    for (unsigned i = 0; s->copies && i < BUCKETS; i++)
        while (s->copies[i]) forget(s, s->copies[i]->page);
    free(s->copies);
    s->copies = NULL;
}

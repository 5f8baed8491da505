// The span: guest RAM that emitted code reaches with a range check alone, because guest addresses are physical
// and RAM is one piece. It is to the TLB what a huge page is: an entry that covers everything. What lies
// outside still takes the table.
//
// It is used in modes whose data addresses are physical, CPU_VIEW_BARE, and in all of a machine whose pages the host
// protects (JitOptions.code_made): there code may be anywhere.
//
// Stores must not reach translated code, so their span begins behind the last code page. It moves when code appears
// behind it: then everything is translated anew, a few times at the most. A guest that maps its code has it anywhere:
// for stores there is no span then.
//
// Where RAM has a window (mem/window.c), accesses that are proved to be near it have no check (opt/fence.c). Pages of code are
// write-protected there. An access that raises a signal is made with a check of its own from then on: span_stray(). A guest
// that maps its code gets no such accesses any more.
#include "jit/code/span.h"

enum { MOVES_MAX = 16 };

void span_init(Jit *j, gaddr code_end) {
    const MemRegion *ram = mem_largest_ram(j->mem);
    if (!ram || !feature_on(&j->o.features, FEATURE_tlb)) return;
    hp at = ram->window ? ram->window : ram->host;
    int64_t to_host = (int64_t)((uint64_t)(uintptr_t)at - ram->base);
    HostSpan span = {.on = true,
                     .lo = ram->base,
                     .len = ram->size,
                     .to_host = to_host,
                     .fenced = ram->fence_above && !ram->window,
                     .above = ram->fence_above,
                     .below = ram->fence_below};
    if (span.fenced) {
        span.lo = 0, span.len = 1;
        while (span.len < ram->base + ram->size) span.len *= 2;
    }
    j->load_span = j->store_span = span;
    span_add_code(j, false, ram->base, code_end - ram->base);
}

// Where the host refuses (vm.max_map_count), accesses get their checks again.
bool span_protect(Jit *j, const UnitBlock *b) {
    CodePiece piece[2];
    if (j->o.code_made || !j->load_span.above) return false;
    for (unsigned n = unit_pieces(b, piece); n-- > 0;) {
        gaddr paddr = piece[n].paddr;
        if (mem_code_lines(j->mem, paddr) || mem_window_protect(j->mem, paddr)) continue;
        j->load_span.above = j->store_span.above = 0;
        return true;
    }
    return false;
}

void span_stray(Jit *j, gpc pc) {
    if (!jit_is_among(j->strays.at, j->strays.n, pc)) vec_push(&j->strays, pc);
}

bool span_covers(const Jit *j, uint32_t mode) { return (mode & CPU_MODE_VIEW) == CPU_VIEW_BARE || j->o.code_made; }

bool span_add_code(Jit *j, bool mapped, gaddr paddr, uint64_t bytes) {
    HostSpan *s = &j->store_span;
    gaddr code_end = (paddr + bytes + MEM_PAGE - 1) & ~(gaddr)(MEM_PAGE - 1);
    if (j->o.code_made) return false; // the host's page tables notice
    if (mapped && j->load_span.above) {
        j->load_span.above = j->store_span.above = 0;
        return true;
    }
    if (!s->on || !bytes || code_end <= s->lo || paddr >= s->lo + s->len) return false;
    if (mapped || code_end >= s->lo + s->len || ++j->span_moves > MOVES_MAX) {
        s->on = false;
        return true;
    }
    s->len -= code_end - s->lo;
    s->lo = code_end;
    return true;
}

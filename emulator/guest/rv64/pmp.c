// "Physical Memory Protection": 16 entries, granularity 4 bytes. The entries that are on are kept as ranges.
//
//   pmpNcfg   [0] R  [1] W  [2] X  [4:3] A: OFF, TOR, NA4, NAPOT  [7] L      pmpaddr   [53:0] address bits 55:2
//
// R = 0 with W = 1 is reserved: W then reads as 0. An access that matches an entry in part fails; M-mode's do not while
// nothing is locked: each of their bytes counts as an access then, as the manual allows for accesses that are split.
#include "base/bits.h"
#include "guest/rv64/rv64.h"

enum { R = 1, W = 2, X = 4, A_SHIFT = 3, L = 0x80, WRITABLE = 0x9f };
enum { OFF, TOR, NA4, NAPOT };
enum { PAGE_LAST = 0xfff };
#define ADDR_MASK ((1ull << 54) - 1)

static unsigned matching(uint8_t cfg) { return cfg >> A_SHIFT & 3; }

// false: the entry matches nothing.
static bool range_of(const Rv64 *s, unsigned i, Rv64PmpRange *r) {
    uint64_t addr = s->pmpaddr[i], below = i ? s->pmpaddr[i - 1] : 0;
    r->cfg = s->pmpcfg[i];
    switch (matching(r->cfg)) {
    case TOR:
        r->first = below << 2;
        r->last = (addr << 2) - 1;
        return below < addr;
    case NA4:
        r->first = addr << 2;
        r->last = r->first + 3;
        return true;
    case NAPOT: {
        uint64_t ones = addr ^ (addr + 1); // the trailing ones and the zero above them
        r->first = (addr & ~ones) << 2;
        r->last = ((addr | ones) << 2) + 3;
        return true;
    }
    default: return false;
    }
}

static void changed(Cpu *cpu) {
    Rv64 *s = rv64_state(cpu);
    s->n_pmp = 0;
    s->pmp_locked = false;
    s->pmp_around = (Rv64PmpRange){0};
    for (unsigned i = 0; i < RV64_PMP_ENTRIES; i++) {
        if (!range_of(s, i, &s->pmp[s->n_pmp])) continue;
        s->pmp_locked |= (s->pmpcfg[i] & L) != 0;
        s->n_pmp++;
    }
    cpu->env->tlb_flush(cpu->env->hart);
    rv64_update_mode(cpu);
}

uint64_t rv64_pmpcfg_read(const Rv64 *s, unsigned reg) {
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++) v |= (uint64_t)s->pmpcfg[4 * reg + i] << (8 * i);
    return v;
}

void rv64_pmpcfg_write(Cpu *cpu, unsigned reg, uint64_t v) {
    Rv64 *s = rv64_state(cpu);
    for (unsigned i = 0; i < 8; i++) {
        uint8_t *cfg = &s->pmpcfg[4 * reg + i], fresh = (uint8_t)(v >> (8 * i)) & WRITABLE;
        if (!(fresh & R)) fresh &= (uint8_t)~W;
        if (!(*cfg & L)) *cfg = fresh;
    }
    changed(cpu);
}

void rv64_pmpaddr_write(Cpu *cpu, unsigned entry, uint64_t v) {
    Rv64 *s = rv64_state(cpu);
    if (s->pmpcfg[entry] & L) return;
    if (entry + 1 < RV64_PMP_ENTRIES && (s->pmpcfg[entry + 1] & L) && matching(s->pmpcfg[entry + 1]) == TOR) return;
    s->pmpaddr[entry] = v & ADDR_MASK;
    changed(cpu);
}

// Neighbours of a page that entry i decides for: no entry of higher priority reaches into them.
static void remember(Rv64 *s, unsigned i, gaddr page) {
    Rv64PmpRange around = s->pmp[i];
    for (unsigned k = 0; k < i; k++) {
        const Rv64PmpRange *r = &s->pmp[k];
        if (r->last < page && r->last >= around.first) around.first = r->last + 1;
        if (r->first > page && r->first <= around.last) around.last = r->first - 1;
    }
    s->pmp_around = around;
}

bool rv64_pmp_allows(Rv64 *s, gaddr paddr, unsigned size, unsigned priv, MemKind kind, bool *partial) {
    static const uint8_t needs[] = {[MEM_KIND_LOAD] = R, [MEM_KIND_STORE] = W, [MEM_KIND_FETCH] = X};
    if (priv == RV64_M && !s->pmp_locked) return true;
    gaddr last = paddr + size - 1, page_first = paddr & ~(gaddr)PAGE_LAST, page_last = last | PAGE_LAST;
    bool whole = true;
    if (priv != RV64_M && page_first >= s->pmp_around.first && page_last <= s->pmp_around.last)
        return (s->pmp_around.cfg & needs[kind]) != 0;
    for (unsigned i = 0; i < s->n_pmp; i++) {
        const Rv64PmpRange *r = &s->pmp[i];
        if (page_last < r->first || page_first > r->last) continue;
        if (page_first < r->first || page_last > r->last) *partial = true, whole = false;
        if (last < r->first || paddr > r->last) continue;
        if (paddr < r->first || last > r->last) return false; // an access must match as a whole
        if (whole) remember(s, i, page_first);
        return (priv == RV64_M && !(r->cfg & L)) || (r->cfg & needs[kind]);
    }
    return priv == RV64_M;
}

// Virtual memory: satp, sfence.vma and the page-table walk of Sv39, Sv48 and Sv57 ("Supervisor-Level ISA", "Virtual Address
// Translation Process"). PMP is asked for every table entry and for the access itself.
//
//   satp   [63:60] MODE: 0 Bare, 8 Sv39, 9 Sv48, 10 Sv57   [59:44] ASID   [43:0] PPN of the root table
//   PTE    [63:54] reserved   [53:10] PPN   [7] D   [6] A   [5] G   [4] U   [3] X   [2] W   [1] R   [0] V
//
// A and D are set in memory by the walk, as hardware may do; without ADUE of menvcfg (Svade) an entry that lacks them
// is a page fault. Nothing is cached here: that is the house's TLB, which
// knows no ASIDs; it forgets on every change of satp what is not global.
#include "base/bits.h"
#include "guest/rv64/rv64.h"

enum { PTE_V = 1, PTE_R = 2, PTE_W = 4, PTE_X = 8, PTE_U = 16, PTE_G = 32, PTE_A = 64, PTE_D = 128 };
enum { LEVEL_BITS = 9, PPN_SHIFT = 10, PPN_BITS = 44, RESERVED_SHIFT = 54 };
enum { BARE = 0, SV39 = 8, SV48 = 9, SV57 = 10, MODE_SHIFT = 60, ASID_SHIFT = 44, ASID_BITS = 16 };

static unsigned satp_mode(uint64_t satp) { return (unsigned)(satp >> MODE_SHIFT); }

bool rv64_satp_paged(const Rv64 *s) { return satp_mode(s->satp) != BARE; }

// A write with an unsupported MODE has no effect at all.
void rv64_satp_write(Cpu *cpu, uint64_t v) {
    Rv64 *s = rv64_state(cpu);
    unsigned from = satp_mode(s->satp), to = satp_mode(v);
    if ((to != BARE && (to < SV39 || to > SV57)) || v == s->satp) return;
    s->satp = v;
    if (from != BARE && to != BARE && from != to)
        cpu->env->tlb_flush(cpu->env->hart);
    else
        cpu->env->tlb_switch(cpu->env->hart);
    rv64_update_mode(cpu);
}

// "Supervisor Memory-Management Fence Instruction". An ASID other than the current one has nothing cached.
void rv64_sfence(Cpu *cpu, unsigned rs1, unsigned rs2) {
    const CpuEnv *env = cpu->env;
    uint64_t asid = bits_get(rv64_state(cpu)->satp, ASID_SHIFT, ASID_BITS);
    if (rs2 && bits_get(cpu->slot[rs2], 0, ASID_BITS) != asid) return;
    if (rs1)
        env->tlb_flush_page(env->hart, cpu->slot[rs1]);
    else if (rs2)
        env->tlb_switch(env->hart);
    else
        env->tlb_flush(env->hart);
}

typedef struct Walk {
    Cpu *cpu;
    unsigned priv;
    MemKind kind;
    gaddr entry_at; // address of the leaf's entry
    uint64_t pte;   // the leaf
    unsigned level; // level of the leaf; 0: a 4 KiB page
    bool global;
} Walk;

static MemFault load_entry(Walk *w, gaddr at) {
    bool partial;
    const CpuEnv *env = w->cpu->env;
    w->entry_at = at;
    if (!rv64_pmp_allows(rv64_state(w->cpu), at, 8, RV64_S, MEM_KIND_LOAD, &partial)) return MEM_FAULT_ACCESS;
    return env->table_load(env->hart, at, &w->pte) ? MEM_FAULT_NONE : MEM_FAULT_ACCESS;
}

static bool is_leaf(uint64_t pte) { return (pte & (PTE_R | PTE_W | PTE_X)) != 0; }

static bool well_formed(uint64_t pte) {
    if (!(pte & PTE_V) || pte >> RESERVED_SHIFT) return false;
    if (!is_leaf(pte)) return !(pte & (PTE_U | PTE_A | PTE_D));
    return !(pte & PTE_W) || (pte & PTE_R);
}

static MemFault find_leaf(Walk *w, gaddr vaddr) {
    uint64_t satp = rv64_state(w->cpu)->satp;
    unsigned levels = satp_mode(satp) - SV39 + 3, va_bits = PAGE_BITS + levels * LEVEL_BITS;
    if (!bits_fits_signed((int64_t)vaddr, va_bits)) return MEM_FAULT_PAGE;
    gaddr table = bits_get(satp, 0, PPN_BITS) << PAGE_BITS;
    for (w->level = levels; w->level-- > 0;) {
        unsigned shift = PAGE_BITS + w->level * LEVEL_BITS;
        MemFault f = load_entry(w, table + 8 * bits_get(vaddr, shift, LEVEL_BITS));
        if (f) return f;
        if (!well_formed(w->pte)) return MEM_FAULT_PAGE;
        w->global |= (w->pte & PTE_G) != 0;
        uint64_t ppn = bits_get(w->pte, PPN_SHIFT, PPN_BITS);
        if (is_leaf(w->pte)) return ppn & bits_mask(w->level * LEVEL_BITS) ? MEM_FAULT_PAGE : MEM_FAULT_NONE;
        table = ppn << PAGE_BITS;
    }
    return MEM_FAULT_PAGE;
}

// Of A and D, what this access is to set.
static uint64_t unmarked(const Walk *w) { return (w->kind == MEM_KIND_STORE ? PTE_A | PTE_D : PTE_A) & ~w->pte; }

static bool permits(const Walk *w) {
    uint64_t status = rv64_state(w->cpu)->mstatus;
    if (!(rv64_state(w->cpu)->menvcfg & RV64_ENVCFG_ADUE) && unmarked(w)) return false;
    if (w->priv == RV64_U && !(w->pte & PTE_U)) return false;
    if (w->priv == RV64_S && (w->pte & PTE_U) && (w->kind == MEM_KIND_FETCH || !(status & RV64_MSTATUS_SUM)))
        return false;
    switch (w->kind) {
    case MEM_KIND_LOAD: return (w->pte & PTE_R) || ((w->pte & PTE_X) && (status & RV64_MSTATUS_MXR));
    case MEM_KIND_STORE: return (w->pte & PTE_W) != 0;
    default: return (w->pte & PTE_X) != 0;
    }
}

static MemFault mark_used(const Walk *w) {
    uint64_t bits = unmarked(w);
    if (!bits) return MEM_FAULT_NONE;
    bool partial;
    const CpuEnv *env = w->cpu->env;
    if (!rv64_pmp_allows(rv64_state(w->cpu), w->entry_at, 8, RV64_S, MEM_KIND_STORE, &partial)) return MEM_FAULT_ACCESS;
    return env->table_or(env->hart, w->entry_at, bits) ? MEM_FAULT_NONE : MEM_FAULT_ALONE;
}

MemFault rv64_translate(Cpu *cpu, gaddr vaddr, unsigned size, MemKind kind, MemPage *page) {
    Rv64 *s = rv64_state(cpu);
    Walk w = {.cpu = cpu, .priv = kind == MEM_KIND_FETCH ? s->priv : rv64_data_priv(s), .kind = kind};
    bool paged = w.priv != RV64_M && rv64_satp_paged(s);
    *page = (MemPage){.paddr = vaddr, .map_bits = PAGE_BITS};
    if (paged) {
        MemFault f = find_leaf(&w, vaddr);
        if (f) return f;
        if (!permits(&w)) return MEM_FAULT_PAGE;
        page->map_bits = (uint8_t)(PAGE_BITS + w.level * LEVEL_BITS);
        page->paddr = bits_get(w.pte, PPN_SHIFT, PPN_BITS) << PAGE_BITS | (vaddr & bits_mask(page->map_bits));
        page->global = w.global;
        page->written = (w.pte & PTE_W) && (w.pte & PTE_D);
    }
    if (!rv64_pmp_allows(s, page->paddr, size, w.priv, kind, &page->partial)) return MEM_FAULT_ACCESS;
    return paged ? mark_used(&w) : MEM_FAULT_NONE;
}

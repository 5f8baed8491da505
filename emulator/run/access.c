// Guest memory as the engines see it, and filling the TLB. (Guest virtual = physical until a guest has paging.)
#include "run/machine.h"

MemResult machine_load(Machine *m, gaddr at, unsigned size_log2, bool exact, uint64_t *value) {
    unsigned size = 1u << size_log2;
    MemResult r = mem_load(&m->mem, at, size, false, value);
    if (r != MEM_DEVICE || !exact) return r;
    m->stats.v[STAT_mmio_accesses]++;
    m->replan = true;
    return mem_load(&m->mem, at, size, true, value);
}

MemResult machine_store(Machine *m, gaddr at, unsigned size_log2, bool exact, uint64_t value) {
    unsigned size = 1u << size_log2;
    MemResult r = mem_store(&m->mem, at, size, false, false, value);
    if (r == MEM_OK || r == MEM_UNMAPPED || !exact) return r;
    if (r == MEM_CODE) jit_code_written(&m->jit, at, size);
    if (r == MEM_DEVICE) {
        m->stats.v[STAT_mmio_accesses]++;
        m->replan = true;
    }
    return mem_store(&m->mem, at, size, true, true, value);
}

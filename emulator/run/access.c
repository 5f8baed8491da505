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

bool machine_env_load(void *machine, gaddr at, unsigned size_log2, uint64_t *value) {
    return machine_load(machine, at, size_log2, true, value) == MEM_OK;
}

bool machine_env_store(void *machine, gaddr at, unsigned size_log2, uint64_t value) {
    return machine_store(machine, at, size_log2, true, value) == MEM_OK;
}

void *machine_env_plain(void *machine, gaddr at, bool store) {
    Machine *m = machine;
    hp page = mem_page_host(&m->mem, at, store);
    return page ? page + (at & (MEM_PAGE - 1)) : NULL;
}

#include "tests/lib/rv64_cpu.h"
#include "base/err.h"
#include "guest/rv64/guest_rv64.h"
#include <string.h>

static uint64_t no_time(void *machine) {
    (void)machine;
    return 0;
}
static void count_flush(void *machine) { ((Rv64Cpu *)machine)->flushes++; }
static void count_switch(void *machine) { ((Rv64Cpu *)machine)->switches++; }
static void count_page(void *machine, gaddr vaddr) {
    Rv64Cpu *c = machine;
    c->page_flushes++;
    c->flushed_page = vaddr;
}

uint64_t *rv64_cpu_word(Rv64Cpu *c, gaddr paddr) {
    gaddr i = (paddr - RV64_CPU_MEMORY) / 8;
    return i < RV64_CPU_WORDS ? &c->memory[i] : NULL;
}

static bool table_load(void *machine, gaddr paddr, uint64_t *value) {
    Rv64Cpu *c = machine;
    const uint64_t *word = rv64_cpu_word(c, paddr);
    c->loads++;
    if (word) *value = *word;
    return word != NULL;
}

static bool table_or(void *machine, gaddr paddr, uint64_t bits) {
    Rv64Cpu *c = machine;
    if (!c->refuses) *rv64_cpu_word(c, paddr) |= bits;
    return !c->refuses;
}

void rv64_cpu_init(Rv64Cpu *c) {
    memset(c, 0, sizeof *c);
    c->env = (CpuEnv){.hart = c,
                      .time = no_time,
                      .tlb_flush = count_flush,
                      .tlb_flush_page = count_page,
                      .tlb_switch = count_switch,
                      .table_load = table_load,
                      .table_or = table_or};
    c->cpu.env = &c->env;
    c->cpu.guest = guest_rv64.create();
    guest_rv64.reset(&c->cpu, RV64_CPU_MEMORY);
}

void rv64_cpu_free(Rv64Cpu *c) { guest_rv64.destroy(c->cpu.guest); }

void rv64_cpu_set_priv(Rv64Cpu *c, unsigned priv) {
    rv64_state(&c->cpu)->priv = (uint8_t)priv;
    rv64_update_mode(&c->cpu);
}

uint64_t rv64_cpu_csr(const Rv64Cpu *c, unsigned csr) {
    Rv64CsrAccess access = rv64_csr_access(c->cpu.mode, csr, false);
    BUG_IF(!access.legal, "CSR %#x is not to be read", csr);
    return rv64_csr_read.fn((Cpu *)&c->cpu, access.which, 0, 0);
}

uint64_t rv64_cpu_csr_do(Rv64Cpu *c, const IrHelper *how, unsigned csr, uint64_t v) {
    Rv64CsrAccess access = rv64_csr_access(c->cpu.mode, csr, true);
    BUG_IF(!access.legal, "CSR %#x is not to be written", csr);
    return how->fn(&c->cpu, access.which, v, 0);
}

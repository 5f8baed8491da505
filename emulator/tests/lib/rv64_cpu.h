// An RV64 CPU without a machine: physical memory is an array, and what the guest asks of the house is counted.
#pragma once
#include "guest/rv64/rv64.h"

enum { RV64_CPU_MEMORY = 0x80000000, RV64_CPU_WORDS = 16 * 512 }; // 16 pages

typedef struct Rv64Cpu {
    Cpu cpu;
    CpuEnv env;
    uint64_t memory[RV64_CPU_WORDS];
    unsigned loads, flushes, page_flushes, switches;
    gaddr flushed_page;
    bool refuses; // table_or: the entry lies in translated code
} Rv64Cpu;

void rv64_cpu_init(Rv64Cpu *c); // after reset
void rv64_cpu_free(Rv64Cpu *c);
void rv64_cpu_set_priv(Rv64Cpu *c, unsigned priv);
uint64_t *rv64_cpu_word(Rv64Cpu *c, gaddr paddr); // of memory
// A CSR instruction in the current mode, which must be allowed to do it. The write returns what its helper does.
uint64_t rv64_cpu_csr(const Rv64Cpu *c, unsigned csr);
uint64_t rv64_cpu_csr_do(Rv64Cpu *c, const IrHelper *how, unsigned csr, uint64_t v);

// Control and status registers: a table. A row is a register or a run of them, where its value is, what a write may
// change.
//
// Chapter "Machine-Level ISA". Fields that this CPU lacks are read-only zero, as their WARL rules allow: no F or S or
// U, so mstatus has MIE, MPIE and an MPP that is always M; medeleg, mideleg, mcounteren and menvcfg do not exist. 16
// PMP entries exist and are read-only zero: with M-mode only and nothing locked they could not deny anything. The
// privilege level that a CSR needs is in its number [9:8], read-only in [11:10] ("CSR Address Mapping Conventions").
#include "guest/rv64/rv64.h"
#include <stddef.h>

enum { TIME_NS = 100 }; // `time` counts at 10 MHz, as mtime of the board

typedef struct CsrRow {
    uint16_t first, last;
    uint16_t field; // offset in Rv64, when `read` is NULL; NO_FIELD: reads as `fixed`
    bool resumes;   // a write may let an interrupt in
    uint64_t fixed; // value without a field
    uint64_t mask;  // bits that a write changes, when `write` is NULL
    uint64_t (*read)(const Cpu *cpu, unsigned csr);
    void (*write)(Cpu *cpu, unsigned csr, uint64_t v);
} CsrRow;

// ---- counters. A CSR instruction is the last of its block, so cpu_now() has counted it already.
static uint64_t counter_read(const Cpu *cpu, const Rv64Counter *c) {
    return c->stopped ? c->stopped_at : cpu_now(cpu) - 1 + c->offset;
}
// The next instruction finds the value that was written.
static void counter_write(const Cpu *cpu, Rv64Counter *c, uint64_t v) {
    c->stopped_at = v;
    c->offset = v - cpu_now(cpu);
}
static void counter_stop(const Cpu *cpu, Rv64Counter *c, bool stop) {
    if (stop == c->stopped) return;
    if (stop)
        c->stopped_at = counter_read(cpu, c) + 1; // this instruction still counts
    else
        c->offset = c->stopped_at - cpu_now(cpu);
    c->stopped = stop;
}

static Rv64Counter *counter_of(const Cpu *cpu, unsigned csr) {
    return (csr & 0xff) == 0 ? &rv64_state(cpu)->cycle : &rv64_state(cpu)->instret;
}
static uint64_t read_counter(const Cpu *cpu, unsigned csr) { return counter_read(cpu, counter_of(cpu, csr)); }
static void write_counter(Cpu *cpu, unsigned csr, uint64_t v) { counter_write(cpu, counter_of(cpu, csr), v); }
static uint64_t read_time(const Cpu *cpu, unsigned csr) {
    (void)csr;
    return cpu->env->time(cpu->env->machine) / TIME_NS;
}

static uint64_t read_mcountinhibit(const Cpu *cpu, unsigned csr) {
    (void)csr;
    return (rv64_state(cpu)->cycle.stopped ? 1u : 0u) | (rv64_state(cpu)->instret.stopped ? 4u : 0u);
}
static void write_mcountinhibit(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    counter_stop(cpu, &rv64_state(cpu)->cycle, v & 1);
    counter_stop(cpu, &rv64_state(cpu)->instret, v & 4);
}

static uint64_t read_mip(const Cpu *cpu, unsigned csr) {
    (void)csr;
    return rv64_mip(cpu);
}

// MODE 0 is direct, 1 vectored; a write with a reserved MODE is ignored.
static void write_mtvec(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    if ((v & 3) < 2) rv64_state(cpu)->mtvec = v;
}

#define NO_FIELD 0xffff
#define MISA     (2ull << 62 | 1 << ('A' - 'A') | 1 << ('C' - 'A') | 1 << ('I' - 'A') | 1 << ('M' - 'A'))
#define FIELD(csr, name, mask)                                                                                         \
    { csr, csr, offsetof(Rv64, name), false, 0, mask, NULL, NULL }
#define IRQ_FIELD(csr, name, mask)                                                                                     \
    { csr, csr, offsetof(Rv64, name), true, 0, mask, NULL, NULL }
#define FIXED(first, last, value)                                                                                      \
    { first, last, NO_FIELD, false, value, 0, NULL, NULL }
#define ACTIVE(csr, read, write)                                                                                       \
    { csr, csr, NO_FIELD, false, 0, 0, read, write }

static const CsrRow rows[] = {
    IRQ_FIELD(0x300, mstatus, RV64_MSTATUS_MIE | RV64_MSTATUS_MPIE),
    FIXED(0x301, 0x301, MISA), // misa
    IRQ_FIELD(0x304, mie, RV64_IRQS),
    {0x305, 0x305, offsetof(Rv64, mtvec), false, 0, 0, NULL, write_mtvec},
    ACTIVE(0x320, read_mcountinhibit, write_mcountinhibit),
    FIXED(0x323, 0x33f, 0), // mhpmevent3..31
    FIELD(0x340, mscratch, ~0ull),
    FIELD(0x341, mepc, ~1ull),
    FIELD(0x342, mcause, ~0ull),
    FIELD(0x343, mtval, ~0ull),
    {0x344, 0x344, NO_FIELD, true, 0, 0, read_mip, NULL}, // mip: its bits belong to the devices
    FIXED(0x3a0, 0x3a0, 0),                               // pmpcfg0
    FIXED(0x3a2, 0x3a2, 0),                               // pmpcfg2
    FIXED(0x3b0, 0x3bf, 0),                               // pmpaddr0..15
    ACTIVE(0xb00, read_counter, write_counter),           // mcycle
    ACTIVE(0xb02, read_counter, write_counter),           // minstret
    FIXED(0xb03, 0xb1f, 0),                               // mhpmcounter3..31
    ACTIVE(0xc00, read_counter, NULL),                    // cycle
    ACTIVE(0xc01, read_time, NULL),                       // time
    ACTIVE(0xc02, read_counter, NULL),                    // instret
    FIXED(0xc03, 0xc1f, 0),                               // hpmcounter3..31
    FIXED(0xf11, 0xf15, 0),                               // mvendorid marchid mimpid mhartid mconfigptr
};

Rv64CsrAccess rv64_csr_access(unsigned csr, bool write) {
    if (write && (csr >> 10 & 3) == 3) return (Rv64CsrAccess){0};
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
        if (csr >= rows[i].first && csr <= rows[i].last)
            return (Rv64CsrAccess){.legal = true, .resumes = write && rows[i].resumes, .which = i << 12 | csr};
    return (Rv64CsrAccess){0};
}

// ---- access. Helpers get `which` of Rv64CsrAccess and the operand.
static uint64_t csr_read(const Cpu *cpu, const CsrRow *r, unsigned csr) {
    if (r->read) return r->read(cpu, csr);
    if (r->field == NO_FIELD) return r->fixed;
    return *(const uint64_t *)((const char *)rv64_state(cpu) + r->field);
}

static void csr_write(Cpu *cpu, const CsrRow *r, unsigned csr, uint64_t v) {
    if (r->write) {
        r->write(cpu, csr, v);
    } else if (r->field != NO_FIELD) {
        uint64_t *p = (uint64_t *)((char *)rv64_state(cpu) + r->field);
        *p = (*p & ~r->mask) | (v & r->mask);
    }
}

static uint64_t help_read(Cpu *cpu, uint64_t which, uint64_t v, uint64_t none) {
    (void)v, (void)none;
    return csr_read(cpu, &rows[which >> 12], which & 0xfff);
}
static uint64_t help_swap(Cpu *cpu, uint64_t which, uint64_t v, uint64_t none) {
    uint64_t old = help_read(cpu, which, 0, none);
    csr_write(cpu, &rows[which >> 12], which & 0xfff, v);
    return old;
}
static uint64_t help_set(Cpu *cpu, uint64_t which, uint64_t v, uint64_t none) {
    uint64_t old = help_read(cpu, which, 0, none);
    csr_write(cpu, &rows[which >> 12], which & 0xfff, old | v);
    return old;
}
static uint64_t help_clear(Cpu *cpu, uint64_t which, uint64_t v, uint64_t none) {
    uint64_t old = help_read(cpu, which, 0, none);
    csr_write(cpu, &rows[which >> 12], which & 0xfff, old & ~v);
    return old;
}

const IrHelper rv64_csr_read = {"csr_read", help_read, 0, 0};
const IrHelper rv64_csr_swap = {"csr_swap", help_swap, 0, 0};
const IrHelper rv64_csr_set = {"csr_set", help_set, 0, 0};
const IrHelper rv64_csr_clear = {"csr_clear", help_clear, 0, 0};

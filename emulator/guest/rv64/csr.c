// Control and status registers: a table. A row is a register or a run of them, where its value is, what a write may
// change, and what follows from a write.
//
// Chapters "Machine-Level ISA", "Supervisor-Level ISA". Fields that this CPU lacks are read-only zero, as their WARL
// rules allow: big-endian and 32-bit modes, counters 3 to 31. The privilege level that a CSR needs is in its number
// [9:8], read-only in [11:10] ("CSR Address Mapping Conventions"); beyond that, bits of Cpu.mode forbid some. The
// memory-management ones are in mmu.c and pmp.c, those of floating point in fflags.c.
#include "guest/rv64/rv64.h"
#include <stddef.h>

typedef struct CsrRow {
    uint16_t first, last;
    uint16_t field;                                    // offset in Rv64; NO_FIELD: none
    uint8_t kind;                                      // Rv64CsrKind
    uint32_t denied_by;                                // bits of Cpu.mode
    uint64_t fixed;                                    // value without a field
    uint64_t mask;                                     // bits that a write changes, when `write` is NULL
    uint64_t (*read)(const Cpu *cpu, unsigned csr);    // NULL: the field
    void (*write)(Cpu *cpu, unsigned csr, uint64_t v); // NULL: the field
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
    return cpu->env->time(cpu->env->hart);
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

// ---- status and interrupts
#define SSTATUS_WRITABLE                                                                                               \
    (RV64_MSTATUS_SIE | RV64_MSTATUS_SPIE | RV64_MSTATUS_SPP | RV64_MSTATUS_FS | RV64_MSTATUS_SUM | RV64_MSTATUS_MXR)
#define MSTATUS_WRITABLE                                                                                               \
    (SSTATUS_WRITABLE | RV64_MSTATUS_MIE | RV64_MSTATUS_MPIE | RV64_MSTATUS_MPP | RV64_MSTATUS_MPRV |                  \
     RV64_MSTATUS_TVM | RV64_MSTATUS_TW | RV64_MSTATUS_TSR)
#define SSTATUS_VISIBLE (SSTATUS_WRITABLE | RV64_MSTATUS_UXL | RV64_MSTATUS_SD)

static uint64_t read_status(const Cpu *cpu, unsigned csr) {
    uint64_t v = rv64_state(cpu)->mstatus;
    if ((v & RV64_MSTATUS_FS) == RV64_MSTATUS_FS) v |= RV64_MSTATUS_SD;
    return csr == RV64_CSR_MSTATUS ? v : v & SSTATUS_VISIBLE;
}

// MPP 2 is no privilege: such a write leaves MPP as it is.
static void write_status(Cpu *cpu, unsigned csr, uint64_t v) {
    Rv64 *s = rv64_state(cpu);
    uint64_t mask = csr == RV64_CSR_MSTATUS ? MSTATUS_WRITABLE : SSTATUS_WRITABLE;
    if (rv64_mpp_of(v) == 2) mask &= ~RV64_MSTATUS_MPP;
    s->mstatus = (s->mstatus & ~mask) | (v & mask);
    rv64_update_mode(cpu);
}

static uint64_t read_mip(const Cpu *cpu, unsigned csr) {
    (void)csr;
    return rv64_mip(cpu);
}

// sie and sip: the delegated bits of mie and mip. Software may write SSIP alone of the latter.
static uint64_t read_sie(const Cpu *cpu, unsigned csr) {
    (void)csr;
    return rv64_state(cpu)->mie & rv64_state(cpu)->mideleg;
}
static void write_sie(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    Rv64 *s = rv64_state(cpu);
    s->mie = (s->mie & ~s->mideleg) | (v & s->mideleg);
}
static uint64_t read_sip(const Cpu *cpu, unsigned csr) {
    (void)csr;
    return rv64_mip(cpu) & rv64_state(cpu)->mideleg;
}
static void write_sip(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    Rv64 *s = rv64_state(cpu);
    uint64_t mask = s->mideleg & RV64_IRQ_SSI;
    s->mip = (s->mip & ~mask) | (v & mask);
}

// ---- stimecmp: "Sstc" Extension. The board compares; without STCE it has nothing to compare with.
static void set_alarm(Cpu *cpu) {
    const Rv64 *s = rv64_state(cpu);
    if (cpu->env->alarm) cpu->env->alarm(cpu->env->hart, s->menvcfg & RV64_ENVCFG_STCE ? s->stimecmp : ~0ull);
}
static void write_stimecmp(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    rv64_state(cpu)->stimecmp = v;
    set_alarm(cpu);
}
static void write_menvcfg(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    rv64_state(cpu)->menvcfg = v & (RV64_ENVCFG_FIOM | RV64_ENVCFG_ADUE | RV64_ENVCFG_STCE);
    set_alarm(cpu);
    rv64_update_mode(cpu);
}

// MODE 0 is direct, 1 vectored; a write with a reserved MODE is ignored.
enum { CSR_STVEC = 0x105 };
static void write_tvec(Cpu *cpu, unsigned csr, uint64_t v) {
    Rv64 *s = rv64_state(cpu);
    if ((v & 3) < 2) *(csr == CSR_STVEC ? &s->stvec : &s->mtvec) = v;
}

static void write_mcounteren(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    rv64_state(cpu)->mcounteren = v & RV64_MODE_COUNTERS;
    rv64_update_mode(cpu);
}
static void write_scounteren(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    rv64_state(cpu)->scounteren = v & RV64_MODE_COUNTERS;
    rv64_update_mode(cpu);
}

// ---- memory
enum { CSR_PMPCFG0 = 0x3a0, CSR_PMPADDR0 = 0x3b0 };

static void write_satp(Cpu *cpu, unsigned csr, uint64_t v) {
    (void)csr;
    rv64_satp_write(cpu, v);
}
static uint64_t read_pmpcfg(const Cpu *cpu, unsigned csr) {
    return rv64_pmpcfg_read(rv64_state(cpu), csr - CSR_PMPCFG0);
}
static void write_pmpcfg(Cpu *cpu, unsigned csr, uint64_t v) { rv64_pmpcfg_write(cpu, csr - CSR_PMPCFG0, v); }
static uint64_t read_pmpaddr(const Cpu *cpu, unsigned csr) { return rv64_state(cpu)->pmpaddr[csr - CSR_PMPADDR0]; }
static void write_pmpaddr(Cpu *cpu, unsigned csr, uint64_t v) { rv64_pmpaddr_write(cpu, csr - CSR_PMPADDR0, v); }

// ---- the table
#define NO_FIELD  0xffff
#define LETTER(l) (1ull << ((l) - 'A'))
#define MISA                                                                                                           \
    (2ull << 62 | LETTER('A') | LETTER('B') | LETTER('C') | LETTER('D') | LETTER('F') | LETTER('I') | LETTER('M') |    \
     LETTER('S') | LETTER('U'))
enum { DELEGABLE = 0xb3ff }; // DELEGABLE: all exceptions but ecall from M-mode

#define FIELD(csr, name, bits)                                                                                         \
    { .first = csr, .last = csr, .field = offsetof(Rv64, name), .mask = bits }
#define MODE_FIELD(csr, name, bits)                                                                                    \
    { .first = csr, .last = csr, .field = offsetof(Rv64, name), .kind = RV64_CSR_MODE, .mask = bits }
#define WARL(csr, name, what, writer)                                                                                  \
    { .first = csr, .last = csr, .field = offsetof(Rv64, name), .kind = what, .write = writer }
#define FIXED(from, to, value)                                                                                         \
    { .first = from, .last = to, .field = NO_FIELD, .fixed = value }
#define ACTIVE(from, to, what, reader, writer)                                                                         \
    { .first = from, .last = to, .field = NO_FIELD, .kind = what, .read = reader, .write = writer }
#define COUNTER(csr, reader, bit)                                                                                      \
    {                                                                                                                  \
        .first = csr, .last = csr, .field = NO_FIELD, .kind = RV64_CSR_EXACT,                                          \
        .denied_by = 1 << (RV64_MODE_NO_COUNTER + (bit)), .read = reader                                               \
    }

#define FLOAT(from, to)                                                                                                \
    {                                                                                                                  \
        .first = from, .last = to, .field = NO_FIELD, .kind = RV64_CSR_MODE, .denied_by = RV64_MODE_NO_FP,             \
        .read = rv64_fcsr_read, .write = rv64_fcsr_write                                                               \
    }

static const CsrRow rows[] = {
    FLOAT(0x001, 0x003),                                            // fflags, frm, fcsr
    ACTIVE(0x100, 0x100, RV64_CSR_MODE, read_status, write_status), // sstatus
    ACTIVE(0x104, 0x104, RV64_CSR_MODE, read_sie, write_sie),
    WARL(0x105, stvec, RV64_CSR_PLAIN, write_tvec),
    WARL(0x106, scounteren, RV64_CSR_MODE, write_scounteren),
    FIELD(0x10a, senvcfg, RV64_ENVCFG_FIOM),
    FIELD(0x140, sscratch, ~0ull),
    FIELD(0x141, sepc, ~1ull),
    FIELD(0x142, scause, ~0ull),
    FIELD(0x143, stval, ~0ull),
    ACTIVE(0x144, 0x144, RV64_CSR_MODE, read_sip, write_sip),
    {0x14d, 0x14d, offsetof(Rv64, stimecmp), RV64_CSR_MAP, RV64_MODE_NO_STIMECMP, 0, 0, NULL, write_stimecmp},
    {0x180, 0x180, offsetof(Rv64, satp), RV64_CSR_MAP, RV64_MODE_NO_VM, 0, 0, NULL, write_satp},
    ACTIVE(0x300, 0x300, RV64_CSR_MODE, read_status, write_status), // mstatus
    FIXED(0x301, 0x301, MISA),
    FIELD(0x302, medeleg, DELEGABLE),
    MODE_FIELD(0x303, mideleg, RV64_IRQS_S),
    MODE_FIELD(0x304, mie, RV64_IRQS),
    WARL(0x305, mtvec, RV64_CSR_PLAIN, write_tvec),
    WARL(0x306, mcounteren, RV64_CSR_MODE, write_mcounteren),
    WARL(0x30a, menvcfg, RV64_CSR_MAP, write_menvcfg),
    ACTIVE(0x320, 0x320, RV64_CSR_EXACT, read_mcountinhibit, write_mcountinhibit),
    FIXED(0x323, 0x33f, 0), // mhpmevent3..31
    FIELD(0x340, mscratch, ~0ull),
    FIELD(0x341, mepc, ~1ull),
    FIELD(0x342, mcause, ~0ull),
    FIELD(0x343, mtval, ~0ull),
    // Set and clear start from what software wrote, not from the lines of the devices ("mip and mie").
    {0x344, 0x344, offsetof(Rv64, mip), RV64_CSR_MODE, 0, 0, RV64_IRQS_S, read_mip, NULL},
    ACTIVE(0x3a0, 0x3a0, RV64_CSR_MAP, read_pmpcfg, write_pmpcfg), // pmpcfg0
    ACTIVE(0x3a2, 0x3a2, RV64_CSR_MAP, read_pmpcfg, write_pmpcfg), // pmpcfg2
    ACTIVE(0x3b0, 0x3bf, RV64_CSR_MAP, read_pmpaddr, write_pmpaddr),
    ACTIVE(0xb00, 0xb00, RV64_CSR_EXACT, read_counter, write_counter), // mcycle
    ACTIVE(0xb02, 0xb02, RV64_CSR_EXACT, read_counter, write_counter), // minstret
    FIXED(0xb03, 0xb1f, 0),                                            // mhpmcounter3..31
    COUNTER(0xc00, read_counter, 0),                                   // cycle
    COUNTER(0xc01, read_time, 1),
    COUNTER(0xc02, read_counter, 2),                                             // instret
    {0xc03, 0xc1f, NO_FIELD, RV64_CSR_PLAIN, RV64_MODE_NOT_M, 0, 0, NULL, NULL}, // hpmcounter3..31
    FIXED(0xf11, 0xf15, 0), // mvendorid marchid mimpid mhartid mconfigptr
};

Rv64CsrAccess rv64_csr_access(uint32_t mode, unsigned csr, bool write) {
    if (write && (csr >> 10 & 3) == 3) return (Rv64CsrAccess){0};
    if ((csr >> 8 & 3) > rv64_priv_of(mode)) return (Rv64CsrAccess){0};
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
        if (csr >= rows[i].first && csr <= rows[i].last)
            return (Rv64CsrAccess){
                .legal = !(mode & rows[i].denied_by), .kind = (Rv64CsrKind)rows[i].kind, .which = i << 12 | csr};
    return (Rv64CsrAccess){0};
}

// ---- access. Helpers get `which` of Rv64CsrAccess and the operand.
static const CsrRow *row_of(uint64_t which) { return &rows[which >> 12 & 0xff]; }

static uint64_t *field_of(const Cpu *cpu, const CsrRow *r) {
    return r->field == NO_FIELD ? NULL : (uint64_t *)((char *)rv64_state(cpu) + r->field);
}

static uint64_t help_read(Cpu *cpu, uint64_t which, uint64_t v, uint64_t none) {
    (void)v, (void)none;
    const CsrRow *r = row_of(which);
    if (r->read) return r->read(cpu, which & 0xfff);
    return r->field == NO_FIELD ? r->fixed : *field_of(cpu, r);
}

static uint64_t write_bits(Cpu *cpu, uint64_t which, uint64_t v, uint64_t bits) {
    const CsrRow *r = row_of(which);
    uint64_t *field = field_of(cpu, r), old = help_read(cpu, which, 0, 0), from = field ? *field : old;
    uint32_t mode = cpu->mode;
    v = (from & ~bits) | (v & bits);
    if (r->write)
        r->write(cpu, which & 0xfff, v);
    else if (field)
        *field = (from & ~r->mask) | (v & r->mask);
    return which & RV64_CSR_LOOK ? cpu->mode != mode || rv64_irq_deliverable(cpu) : old;
}

static uint64_t help_swap(Cpu *cpu, uint64_t which, uint64_t v, uint64_t none) {
    (void)none;
    return write_bits(cpu, which, v, ~0ull);
}
static uint64_t help_set(Cpu *cpu, uint64_t which, uint64_t v, uint64_t none) {
    (void)none;
    return write_bits(cpu, which, v, v);
}
static uint64_t help_clear(Cpu *cpu, uint64_t which, uint64_t v, uint64_t none) {
    (void)none;
    return write_bits(cpu, which, 0, v);
}

const IrHelper rv64_csr_read = {"csr_read", help_read, 0, RV64_SET_FFLAGS};
const IrHelper rv64_csr_swap = {"csr_swap", help_swap, 0, RV64_SET_FFLAGS};
const IrHelper rv64_csr_set = {"csr_set", help_set, 0, RV64_SET_FFLAGS};
const IrHelper rv64_csr_clear = {"csr_clear", help_clear, 0, RV64_SET_FFLAGS};

uint64_t rv64_csr_peek(const Cpu *cpu, unsigned csr) {
    return help_read((Cpu *)cpu, rv64_csr_access(RV64_M << RV64_MODE_PRIV, csr, false).which, 0, 0);
}

void rv64_csr_poke(Cpu *cpu, unsigned csr, uint64_t v) {
    Rv64CsrAccess access = rv64_csr_access(RV64_M << RV64_MODE_PRIV, csr, true);
    if (access.legal) write_bits(cpu, access.which, v, ~0ull);
}

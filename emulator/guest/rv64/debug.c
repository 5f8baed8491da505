// RV64 as gdb sees it: x0 to x31 and pc, f0 to f31, the privilege, CSRs ("RISC-V Features" of gdb's manual; it accepts
// ABI names for x0 to x31). A CSR reads as the next instruction would find it.
#include "guest/rv64/rv64.h"

#define CSRS(X)                                                                                                        \
    X(sstatus, 0x100)                                                                                                  \
    X(sie, 0x104)                                                                                                      \
    X(stvec, 0x105)                                                                                                    \
    X(scounteren, 0x106)                                                                                               \
    X(senvcfg, 0x10a)                                                                                                  \
    X(sscratch, 0x140)                                                                                                 \
    X(sepc, 0x141)                                                                                                     \
    X(scause, 0x142)                                                                                                   \
    X(stval, 0x143)                                                                                                    \
    X(sip, 0x144)                                                                                                      \
    X(stimecmp, 0x14d)                                                                                                 \
    X(satp, 0x180)                                                                                                     \
    X(mstatus, 0x300)                                                                                                  \
    X(misa, 0x301)                                                                                                     \
    X(medeleg, 0x302)                                                                                                  \
    X(mideleg, 0x303)                                                                                                  \
    X(mie, 0x304)                                                                                                      \
    X(mtvec, 0x305)                                                                                                    \
    X(mcounteren, 0x306)                                                                                               \
    X(menvcfg, 0x30a)                                                                                                  \
    X(mscratch, 0x340)                                                                                                 \
    X(mepc, 0x341)                                                                                                     \
    X(mcause, 0x342)                                                                                                   \
    X(mtval, 0x343)                                                                                                    \
    X(mip, 0x344)                                                                                                      \
    X(pmpcfg0, 0x3a0)                                                                                                  \
    X(pmpcfg2, 0x3a2)                                                                                                  \
    X(pmpaddr0, 0x3b0)                                                                                                 \
    X(pmpaddr1, 0x3b1)                                                                                                 \
    X(pmpaddr2, 0x3b2)                                                                                                 \
    X(pmpaddr3, 0x3b3)                                                                                                 \
    X(pmpaddr4, 0x3b4)                                                                                                 \
    X(pmpaddr5, 0x3b5)                                                                                                 \
    X(pmpaddr6, 0x3b6)                                                                                                 \
    X(pmpaddr7, 0x3b7)                                                                                                 \
    X(mcountinhibit, 0x320)                                                                                            \
    X(mcycle, 0xb00)                                                                                                   \
    X(minstret, 0xb02)                                                                                                 \
    X(cycle, 0xc00)                                                                                                    \
    X(time, 0xc01)                                                                                                     \
    X(instret, 0xc02)                                                                                                  \
    X(mhartid, 0xf14)
#define NUMBER(name, csr) csr,
#define ROW(name, csr)    {#name, "int", 64},

static const uint16_t csrs[] = {CSRS(NUMBER)};
enum {
    REG_PC = 32,
    REG_F,
    REG_FFLAGS = REG_F + 32,
    REG_FRM,
    REG_FCSR,
    REG_PRIV,
    REG_CSR,
    REGS = REG_CSR + ARRAY_LEN(csrs)
};
#define X(n, name, type) [n] = {name, type, 64},
#define F(n)             [REG_F + n] = {"f" #n, "ieee_double", 64},

static const GuestReg regs[REGS] = {
    [0] = {"zero", "int", 64},
#include "guest/rv64/registers.inc"
    [REG_PC] = {"pc", "code_ptr", 64}, [REG_FFLAGS] = {"fflags", "int", 32}, [REG_FRM] = {"frm", "int", 32},
    [REG_FCSR] = {"fcsr", "int", 32},  [REG_PRIV] = {"priv", "int", 64},     CSRS(ROW)};

// A CSR instruction has been counted when it reads a counter.
static uint64_t csr_read(const Cpu *cpu, unsigned csr) {
    Cpu later = *cpu;
    later.budget--;
    bool counts = csr >> 8 == 0xb || csr >> 8 == 0xc;
    return rv64_csr_peek(counts ? &later : cpu, csr);
}

static uint64_t read(const Cpu *cpu, unsigned reg) {
    if (reg >= REG_CSR) return csr_read(cpu, csrs[reg - REG_CSR]);
    if (reg >= REG_FFLAGS && reg <= REG_FCSR) return rv64_csr_peek(cpu, reg - REG_FFLAGS + RV64_CSR_FFLAGS);
    if (reg >= REG_F && reg < REG_FFLAGS) return cpu->slot[RV64_SLOT_F0 + reg - REG_F];
    switch (reg) {
    case 0: return 0;
    case REG_PC: return cpu->pc;
    case REG_PRIV: return rv64_state(cpu)->priv;
    default: return cpu->slot[reg];
    }
}

// A CSR takes what an instruction in M-mode could write.
static void write(Cpu *cpu, unsigned reg, uint64_t value) {
    if (reg >= REG_CSR) {
        rv64_csr_poke(cpu, csrs[reg - REG_CSR], value);
        return;
    }
    if (reg >= REG_FFLAGS && reg <= REG_FCSR) {
        rv64_csr_poke(cpu, reg - REG_FFLAGS + RV64_CSR_FFLAGS, value);
        return;
    }
    if (reg >= REG_F && reg < REG_FFLAGS) {
        cpu->slot[RV64_SLOT_F0 + reg - REG_F] = value;
        return;
    }
    switch (reg) {
    case 0: return;
    case REG_PC: cpu->pc = value & ~1ull; return;
    case REG_PRIV:
        if (value == RV64_U || value == RV64_S || value == RV64_M) rv64_state(cpu)->priv = (uint8_t)value;
        rv64_update_mode(cpu);
        return;
    default: cpu->slot[reg] = value;
    }
}

static const GuestRegSet sets[] = {{"org.gnu.gdb.riscv.cpu", 0},
                                   {"org.gnu.gdb.riscv.fpu", REG_F},
                                   {"org.gnu.gdb.riscv.virtual", REG_PRIV},
                                   {"org.gnu.gdb.riscv.csr", REG_CSR}};
const GuestDebug rv64_debug = {"riscv:rv64", true, sets, ARRAY_LEN(sets), regs, REGS, read, write};

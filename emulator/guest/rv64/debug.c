// RV64 as gdb sees it: x0 to x31 and pc ("RISC-V Features" of gdb's manual; it accepts ABI names for x0 to x31).
#include "guest/rv64/rv64.h"

enum { REG_PC = 32, REGS };

static const GuestReg regs[REGS] = {
    {"zero", "int", 64}, {"ra", "code_ptr", 64}, {"sp", "data_ptr", 64}, {"gp", "data_ptr", 64}, {"tp", "data_ptr", 64},
    {"t0", "int", 64},   {"t1", "int", 64},      {"t2", "int", 64},      {"fp", "data_ptr", 64}, {"s1", "int", 64},
    {"a0", "int", 64},   {"a1", "int", 64},      {"a2", "int", 64},      {"a3", "int", 64},      {"a4", "int", 64},
    {"a5", "int", 64},   {"a6", "int", 64},      {"a7", "int", 64},      {"s2", "int", 64},      {"s3", "int", 64},
    {"s4", "int", 64},   {"s5", "int", 64},      {"s6", "int", 64},      {"s7", "int", 64},      {"s8", "int", 64},
    {"s9", "int", 64},   {"s10", "int", 64},     {"s11", "int", 64},     {"t3", "int", 64},      {"t4", "int", 64},
    {"t5", "int", 64},   {"t6", "int", 64},      {"pc", "code_ptr", 64},
};

static uint64_t read(const Cpu *cpu, unsigned reg) { return reg == REG_PC ? cpu->pc : reg ? cpu->slot[reg] : 0; }

static void write(Cpu *cpu, unsigned reg, uint64_t value) {
    if (reg == REG_PC)
        cpu->pc = value & ~1ull;
    else if (reg)
        cpu->slot[reg] = value;
}

const GuestDebug rv64_debug = {"riscv:rv64", "org.gnu.gdb.riscv.cpu", regs, REGS, read, write};

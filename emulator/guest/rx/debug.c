// RX as gdb sees it: "RX Features" of gdb's manual.
#include "guest/rx/rx.h"

enum { REG_USP = 16, REG_ISP, REG_PSW, REG_PC, REG_INTB, REG_BPSW, REG_BPC, REG_FINTV, REG_FPSW, REG_ACC, REGS };

static const GuestReg regs[REGS] = {
    {"r0", "data_ptr", 32},   {"r1", "uint32", 32},    {"r2", "uint32", 32},    {"r3", "uint32", 32},
    {"r4", "uint32", 32},     {"r5", "uint32", 32},    {"r6", "uint32", 32},    {"r7", "uint32", 32},
    {"r8", "uint32", 32},     {"r9", "uint32", 32},    {"r10", "uint32", 32},   {"r11", "uint32", 32},
    {"r12", "uint32", 32},    {"r13", "uint32", 32},   {"r14", "uint32", 32},   {"r15", "uint32", 32},
    {"usp", "data_ptr", 32},  {"isp", "data_ptr", 32}, {"psw", "uint32", 32},   {"pc", "code_ptr", 32},
    {"intb", "data_ptr", 32}, {"bpsw", "uint32", 32},  {"bpc", "code_ptr", 32}, {"fintv", "code_ptr", 32},
    {"fpsw", "uint32", 32},   {"acc", "uint64", 64},
};

// R0 is one of the two stack pointers, the other one waits in its slot.
static unsigned slot_of(const Cpu *cpu, unsigned reg) {
    bool user_sp = rx_reg(cpu, RX_SLOT_PSW) & RX_PSW_U;
    switch (reg) {
    case REG_USP: return user_sp ? 0 : RX_SLOT_OTHER_SP;
    case REG_ISP: return user_sp ? RX_SLOT_OTHER_SP : 0;
    case REG_INTB: return RX_SLOT_INTB;
    case REG_BPSW: return RX_SLOT_BPSW;
    case REG_BPC: return RX_SLOT_BPC;
    case REG_FINTV: return RX_SLOT_FINTV;
    case REG_ACC: return RX_SLOT_ACC;
    default: return reg;
    }
}

static uint64_t read(const Cpu *cpu, unsigned reg) {
    switch (reg) {
    case REG_PC: return cpu->pc;
    case REG_PSW: return rx_psw_read(cpu);
    case REG_FPSW: return rx_fpsw_read(cpu);
    default: return cpu->slot[slot_of(cpu, reg)];
    }
}

static void write(Cpu *cpu, unsigned reg, uint64_t value) {
    switch (reg) {
    case REG_PC: cpu->pc = (uint32_t)value; return;
    case REG_PSW: rx_psw_write(cpu, (uint32_t)value & (RX_PSW_SYSTEM | RX_PSW_FLAGS)); return;
    case REG_FPSW: rx_fpsw_write(cpu, (uint32_t)value); return;
    default: cpu->slot[slot_of(cpu, reg)] = value;
    }
}

static const GuestRegSet sets[] = {{"org.gnu.gdb.rx.core", 0}};
const GuestDebug rx_debug = {"rx", false, sets, ARRAY_LEN(sets), regs, REGS, read, write};

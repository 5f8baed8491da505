// What the files of the RV64 guest share. RV64IMAC, Zicsr, Zifencei, M-mode only.
//
// x1..x31 are slots 1..31; slot 0 is never read or written by the IR (x0 is the constant 0). Everything of the CPU that
// emitted code does not touch itself lives in Rv64, behind cpu->guest.
#pragma once
#include "guest/decode.h"
#include "guest/guest.h"
#include "rv64.insn.inc"

enum {
    RV64_SLOT_RESERVATION = 32, // address of LR's reservation; RV64_NO_RESERVATION: none
    RV64_SLOTS
};
#define RV64_NO_RESERVATION (~0ull) // never equal to an aligned address

// Trap codes. The exceptions of "Machine Cause Register (mcause)", and what ends a block but is no exception.
enum {
    RV64_EXC = 0x100, // | cause
    RV64_EXC_FETCH_MISALIGNED = RV64_EXC | 0,
    RV64_EXC_FETCH_ACCESS = RV64_EXC | 1,
    RV64_EXC_ILLEGAL = RV64_EXC | 2,
    RV64_EXC_BREAKPOINT = RV64_EXC | 3,
    RV64_EXC_LOAD_MISALIGNED = RV64_EXC | 4,
    RV64_EXC_LOAD_ACCESS = RV64_EXC | 5,
    RV64_EXC_STORE_MISALIGNED = RV64_EXC | 6,
    RV64_EXC_STORE_ACCESS = RV64_EXC | 7,
    RV64_EXC_ECALL_M = RV64_EXC | 11,
    RV64_EXC_FETCH_PAGE = RV64_EXC | 12,
    RV64_EXC_LOAD_PAGE = RV64_EXC | 13,
    RV64_EXC_STORE_PAGE = RV64_EXC | 15,
    RV64_TRAP_MRET = 0x200,
    RV64_TRAP_WFI,    // value: pc of the next instruction
    RV64_TRAP_RESUME, // value: pc of the next instruction; the run loop looks at interrupts
};

enum { // mip, mie; bit numbers are those of cpu->irq_lines
    RV64_IRQ_MSI = 1 << 3,
    RV64_IRQ_MTI = 1 << 7,
    RV64_IRQ_MEI = 1 << 11,
    RV64_IRQS = RV64_IRQ_MSI | RV64_IRQ_MTI | RV64_IRQ_MEI,
};
enum { RV64_MSTATUS_MIE = 1 << 3, RV64_MSTATUS_MPIE = 1 << 7, RV64_MSTATUS_MPP = 3 << 11 };

// mcycle or minstret: retired instructions + offset, or a value that stands still (mcountinhibit).
typedef struct Rv64Counter {
    uint64_t offset, stopped_at;
    bool stopped;
} Rv64Counter;

typedef struct Rv64 {
    uint64_t mstatus, mtvec, mepc, mcause, mtval, mie, mscratch;
    Rv64Counter cycle, instret;
    uint64_t trap_pc, trap_now; // of the last exception, to notice a guest that traps without end
    bool trapped;
} Rv64;

static inline Rv64 *rv64_state(const Cpu *cpu) { return cpu->guest; }
static inline uint64_t rv64_mip(const Cpu *cpu) { return cpu->irq_lines & RV64_IRQS; }

// ---- lift: one function per extension; false for an op that is not of it
bool rv64_lift_i(Lift *l, const Insn *insn);
bool rv64_lift_m(Lift *l, const Insn *insn);
bool rv64_lift_a(Lift *l, const Insn *insn);
bool rv64_lift_zicsr(Lift *l, const Insn *insn);
bool rv64_lift_priv(Lift *l, const Insn *insn);
void rv64_lift_illegal(Lift *l, const Insn *insn);

// ---- lift.c: what all of them use
static inline unsigned rv64_rd(const Insn *i) { return (unsigned)i->f[RV64_F_RD]; }
static inline unsigned rv64_rs1(const Insn *i) { return (unsigned)i->f[RV64_F_RS1]; }
static inline unsigned rv64_rs2(const Insn *i) { return (unsigned)i->f[RV64_F_RS2]; }
IrRef rv64_get(Lift *l, unsigned x);
void rv64_put(Lift *l, unsigned x, IrRef v); // x0: nothing

// rd = rs1 op rs2, or rs1 op imm: a row per instruction. IR_NOP: the instruction is not of this kind.
typedef struct Rv64Alu {
    uint8_t op;   // IrOp
    uint8_t type; // IR_I32: an instruction on words, its result is sign-extended
    uint8_t cond; // of IR_CMP
    bool imm;
} Rv64Alu;
void rv64_lift_alu(Lift *l, const Insn *insn, const Rv64Alu *alu);

// ---- csr.c
typedef struct Rv64CsrAccess {
    bool legal;
    bool resumes;   // a write that may let an interrupt in
    uint32_t which; // first argument of the helpers
} Rv64CsrAccess;
Rv64CsrAccess rv64_csr_access(unsigned csr, bool write);
extern const IrHelper rv64_csr_read, rv64_csr_swap, rv64_csr_set, rv64_csr_clear;

// ---- debug.c
extern const GuestDebug rv64_debug;

// ---- trap.c
TrapAction rv64_trap(Cpu *cpu, uint32_t code, uint64_t value, Stats *stats);
uint32_t rv64_fault_code(MemKind kind, MemFault fault);
bool rv64_irq_deliverable(const Cpu *cpu);
bool rv64_irq_wakes(const Cpu *cpu);
void rv64_irq_take(Cpu *cpu, Stats *stats);

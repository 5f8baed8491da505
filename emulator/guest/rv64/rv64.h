// What the files of the RV64 guest share. RV64GC, Zba, Zbb, Zbs, Zicond, Zicsr, Zifencei; M-, S- and U-mode.
//
// x1..x31 are slots 1..31; x0 is the constant 0 and needs none. f0..f31 are slots 32..63. Everything of the CPU that
// emitted code does not touch itself lives in Rv64, behind cpu->guest.
#pragma once
#include "guest/decode.h"
#include "guest/guest.h"
#include "rv64.insn.inc"

enum {
    RV64_SLOT_FFLAGS = 0, // accrued flags, see fflags.c
    RV64_SLOT_F0 = 32,
    RV64_SLOT_FRM = 64,
    RV64_SLOT_RESERVATION, // address of LR's reservation; RV64_NO_RESERVATION: none
    RV64_SLOT_RESERVED,    // what that LR loaded
    RV64_SLOTS
};
enum { RV64_SET_FFLAGS = 1 << RV64_SLOT_FFLAGS }; // slots of an IrHelper that touches no other
#define RV64_NO_RESERVATION (~0ull)               // never equal to an aligned address

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
    RV64_EXC_ECALL = RV64_EXC | 8, // + the privilege it comes from
    RV64_EXC_FETCH_PAGE = RV64_EXC | 12,
    RV64_EXC_LOAD_PAGE = RV64_EXC | 13,
    RV64_EXC_STORE_PAGE = RV64_EXC | 15,
    RV64_TRAP_MRET = 0x200,
    RV64_TRAP_SRET,
    RV64_TRAP_WFI,      // value: pc of the next instruction
    RV64_TRAP_RESUME,   // value: pc of the next instruction; the run loop looks at mode and interrupts
    RV64_TRAP_SFENCE,   // sfence.vma; value: rs1 | rs2 << 5
    RV64_TRAP_FS_DIRTY, // mstatus.FS becomes dirty, then the instruction is done
    RV64_TRAP_FENCE_I,  // of a program of an operating system; value: pc of the next instruction
    RV64_TRAP_FRM,      // the slot frm has changed; value: pc of the next instruction
};

enum { RV64_U = 0, RV64_S = 1, RV64_M = 3 }; // privilege: [9:8] of a CSR's number, MPP, ...

// Cpu.mode beside what cpu.h says: what makes an instruction legal. mode.c composes it.
enum {
    RV64_MODE_PRIV = 4,       // [5:4] privilege
    RV64_MODE_NO_VM = 1 << 6, // no satp, no sfence.vma
    RV64_MODE_NO_SRET = 1 << 7,
    RV64_MODE_NO_WFI = 1 << 8,
    RV64_MODE_NOT_M = 1 << 9,
    RV64_MODE_NO_COUNTER = 10, // [12:10] cycle, time, instret cannot be read
    RV64_MODE_COUNTERS = 7,
    RV64_MODE_NO_FP = 1 << 13,    // mstatus.FS is off; then the others of these are 0
    RV64_MODE_FP_CLEAN = 1 << 14, // it is not yet dirty
    RV64_MODE_FRM = 15,           // [17:15] frm
    RV64_MODE_NO_STIMECMP = 1 << 18,
};

enum { // mip, mie; bit numbers are those of cpu->irq_lines
    RV64_IRQ_SSI = 1 << 1,
    RV64_IRQ_MSI = 1 << 3,
    RV64_IRQ_STI = 1 << 5,
    RV64_IRQ_MTI = 1 << 7,
    RV64_IRQ_SEI = 1 << 9,
    RV64_IRQ_MEI = 1 << 11,
    RV64_IRQS_S = RV64_IRQ_SSI | RV64_IRQ_STI | RV64_IRQ_SEI,
    RV64_IRQS = RV64_IRQS_S | RV64_IRQ_MSI | RV64_IRQ_MTI | RV64_IRQ_MEI,
};

#define RV64_ENVCFG_FIOM  1ull
#define RV64_ENVCFG_ADUE  (1ull << 61) // the walk sets A and D; else an entry without them is a page fault
#define RV64_ENVCFG_STCE  (1ull << 63) // S-mode has stimecmp
#define RV64_MSTATUS_SIE  (1ull << 1)
#define RV64_MSTATUS_MIE  (1ull << 3)
#define RV64_MSTATUS_SPIE (1ull << 5)
#define RV64_MSTATUS_MPIE (1ull << 7)
#define RV64_MSTATUS_SPP  (1ull << 8)
#define RV64_MSTATUS_MPP  (3ull << 11)
#define RV64_MSTATUS_FS   (3ull << 13)
#define RV64_MSTATUS_MPRV (1ull << 17)
#define RV64_MSTATUS_SUM  (1ull << 18)
#define RV64_MSTATUS_MXR  (1ull << 19)
#define RV64_MSTATUS_TVM  (1ull << 20)
#define RV64_MSTATUS_TW   (1ull << 21)
#define RV64_MSTATUS_TSR  (1ull << 22)
#define RV64_MSTATUS_UXL  (2ull << 32) // 64 bits
#define RV64_MSTATUS_SXL  (2ull << 34)
#define RV64_MSTATUS_SD   (1ull << 63)

// mcycle or minstret: retired instructions + offset, or a value that stands still (mcountinhibit).
typedef struct Rv64Counter {
    uint64_t offset, stopped_at;
    bool stopped;
} Rv64Counter;

enum { RV64_PMP_ENTRIES = 16 };
typedef struct Rv64PmpRange {
    gaddr first, last;
    uint8_t cfg;
} Rv64PmpRange;

typedef struct Rv64 {
    uint8_t priv; // RV64_M, ...
    bool hosted;  // a program without a supervisor: user.c
    uint64_t mstatus, mtvec, medeleg, mideleg, mie, mscratch, mepc, mcause, mtval, mcounteren, menvcfg;
    uint64_t mip; // what software wrote; rv64_mip() is the register
    uint64_t stvec, sscratch, sepc, scause, stval, satp, scounteren, senvcfg, stimecmp;
    Rv64Counter cycle, instret;
    uint64_t pmpaddr[RV64_PMP_ENTRIES];
    uint8_t pmpcfg[RV64_PMP_ENTRIES];
    Rv64PmpRange pmp[RV64_PMP_ENTRIES]; // entries that are on, in order of priority: pmp.c
    uint8_t n_pmp;
    bool pmp_locked;         // one of them binds M-mode, too
    Rv64PmpRange pmp_around; // what one entry decides for alone: where S and U were last; empty: not known
    // the last exception, to notice a guest that traps without end
    uint64_t trap_pc, trap_now, trap_cause;
    uint8_t trap_priv;
    bool trapped;
} Rv64;

static inline Rv64 *rv64_state(const Cpu *cpu) { return cpu->guest; }
// With stimecmp, STIP is its comparison alone.
static inline uint64_t rv64_mip(const Cpu *cpu) {
    const Rv64 *s = rv64_state(cpu);
    return (cpu->irq_lines & RV64_IRQS) | (s->menvcfg & RV64_ENVCFG_STCE ? s->mip & ~(uint64_t)RV64_IRQ_STI : s->mip);
}
static inline unsigned rv64_priv_of(uint32_t mode) { return mode >> RV64_MODE_PRIV & 3; }
static inline unsigned rv64_frm_of(uint32_t mode) { return mode >> RV64_MODE_FRM & 7; }
static inline unsigned rv64_mpp_of(uint64_t mstatus) { return mstatus >> 11 & 3; }
static inline uint64_t rv64_mpp_bits(unsigned priv) { return (uint64_t)priv << 11; }

// ---- mode.c
void rv64_update_mode(Cpu *cpu);        // after a change of anything that it reads
unsigned rv64_data_priv(const Rv64 *s); // privilege of loads and stores

// ---- mmu.c
MemFault rv64_translate(Cpu *cpu, gaddr vaddr, unsigned size, MemKind kind, MemPage *page);
bool rv64_satp_paged(const Rv64 *s);
void rv64_satp_write(Cpu *cpu, uint64_t v);
void rv64_sfence(Cpu *cpu, unsigned rs1, unsigned rs2); // register numbers

// ---- pmp.c
uint64_t rv64_pmpcfg_read(const Rv64 *s, unsigned reg); // pmpcfg0, pmpcfg2
void rv64_pmpcfg_write(Cpu *cpu, unsigned reg, uint64_t v);
void rv64_pmpaddr_write(Cpu *cpu, unsigned entry, uint64_t v);
// May an access be done? *partial becomes true when the answer does not hold for the whole 4 KiB page.
bool rv64_pmp_allows(Rv64 *s, gaddr paddr, unsigned size, unsigned priv, MemKind kind, bool *partial);

// ---- user.c
extern const GuestUser rv64_user;

// ---- lift: one function per extension; false for an op that is not of it
bool rv64_lift_i(Lift *l, const Insn *insn);
bool rv64_lift_m(Lift *l, const Insn *insn);
bool rv64_lift_a(Lift *l, const Insn *insn);
bool rv64_lift_fd(Lift *l, const Insn *insn);
bool rv64_lift_b(Lift *l, const Insn *insn);
bool rv64_lift_zicond(Lift *l, const Insn *insn);
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
    uint8_t cond; // condition of IR_CMP
    bool imm;
} Rv64Alu;
void rv64_lift_alu(Lift *l, const Insn *insn, const Rv64Alu *alu);

// ---- fflags.c
uint32_t rv64_float_mode(const Cpu *cpu);              // its bits of Cpu.mode
void rv64_float_dirty(Cpu *cpu);                       // mstatus.FS
void rv64_float_rounding(Cpu *cpu);                    // after a change of the slot frm
uint64_t rv64_fcsr_read(const Cpu *cpu, unsigned csr); // fflags, frm, fcsr
void rv64_fcsr_write(Cpu *cpu, unsigned csr, uint64_t v);
void rv64_raise_fflags(Cpu *cpu, unsigned flags);
// May a floating-point instruction be executed, which `writes` registers or flags? If not, the block has ended.
bool rv64_float_ready(Lift *l, const Insn *insn, bool writes);
void rv64_accrue_fflags(Lift *l); // behind an instruction that raises flags
// A CSR instruction on fflags, frm or fcsr; operand 0: it only reads. `how`: the helper of csr.c that it is like.
void rv64_lift_fcsr(Lift *l, const Insn *insn, unsigned csr, IrRef operand, const IrHelper *how);

// ---- csr.c
enum { RV64_CSR_FFLAGS = 1, RV64_CSR_FRM, RV64_CSR_FCSR, RV64_CSR_SSTATUS = 0x100, RV64_CSR_MSTATUS = 0x300 };
typedef enum Rv64CsrKind {
    RV64_CSR_PLAIN, // nothing follows from an access but its value
    RV64_CSR_EXACT, // counts instructions: is accessed at the end of a block
    RV64_CSR_MODE,  // a write may change the mode or let an interrupt in: the run loop may have to look
    RV64_CSR_MAP,   // a write changes what is mapped
} Rv64CsrKind;
typedef struct Rv64CsrAccess {
    bool legal;
    Rv64CsrKind kind;
    uint32_t which; // first argument of the helpers
} Rv64CsrAccess;
Rv64CsrAccess rv64_csr_access(uint32_t mode, unsigned csr, bool write);
// All return the old value; a write with `which | RV64_CSR_LOOK`: 1 if the run loop must look before the next
// instruction, else 0.
enum { RV64_CSR_LOOK = 1 << 20 };
uint64_t rv64_csr_peek(const Cpu *cpu, unsigned csr); // reader for debuggers; the CSR exists and is no counter
void rv64_csr_poke(Cpu *cpu, unsigned csr, uint64_t v);
extern const IrHelper rv64_csr_read, rv64_csr_swap, rv64_csr_set, rv64_csr_clear;

// ---- debug.c
extern const GuestDebug rv64_debug;

// ---- trap.c
TrapAction rv64_trap(Cpu *cpu, uint32_t code, uint64_t value, Stats *stats);
uint32_t rv64_fault_code(MemKind kind, MemFault fault);
bool rv64_irq_deliverable(const Cpu *cpu);
bool rv64_irq_wakes(const Cpu *cpu);
void rv64_irq_take(Cpu *cpu, Stats *stats);

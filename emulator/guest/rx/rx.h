// What the files of the RX guest share. RXv1, little-endian data.
//
// R0..R15 are slots 0..15; R0 is the stack pointer that PSW.U selects, the other one waits in its own slot. Flags live
// in slots of their own (flags.c); PSW holds I, U, PM and IPL only. All guest addresses are 32 bits wide and wrap.
#pragma once
#include "guest/decode.h"
#include "guest/guest.h"
#include "rx.insn.inc"
#include <string.h>

enum {
    RX_SLOT_KIND = 16, // flags.c: where the flags come from, and the values
    RX_SLOT_A,
    RX_SLOT_B,
    RX_SLOT_R,
    RX_SLOT_C,
    RX_SLOT_Z,
    RX_SLOT_S,
    RX_SLOT_O,
    RX_SLOT_X,
    RX_SLOT_Y,
    RX_SLOT_FOP, // psw.c: the last floating-point operation, 1 + RxFloatOp, and its operands; FPSW does not have it yet. 0: none
    RX_SLOT_FA,
    RX_SLOT_FB,
    RX_SLOT_ACC,
    RX_SLOT_FPSW,
    RX_SLOT_PSW,
    RX_SLOT_OTHER_SP, // USP while U = 0, ISP while U = 1
    RX_SLOT_INTB,
    RX_SLOT_BPC,
    RX_SLOT_BPSW,
    RX_SLOT_FINTV,
    RX_SLOTS
};

#define RX_FLAG_SLOTS (0x3ffull << RX_SLOT_KIND) // all that flags.c keeps

enum { RX_PSW_C = 1, RX_PSW_Z = 2, RX_PSW_S = 4, RX_PSW_O = 8, RX_PSW_FLAGS = 15 };
enum {
    RX_PSW_I = 1 << 16,
    RX_PSW_U = 1 << 17,
    RX_PSW_PM = 1 << 20,
    RX_PSW_IPL_SHIFT = 24,
    RX_PSW_IPL = 15 << RX_PSW_IPL_SHIFT,
    RX_PSW_SYSTEM = RX_PSW_I | RX_PSW_U | RX_PSW_PM | RX_PSW_IPL,
};

#define RX_FPSW_RESET 0x100u // DN
#define RX_FPSW_PLAIN 0x100u // of RX_FPSW_MODE: denormal numbers are zeros, to the nearest, no exception
#define RX_FPSW_MODE  0x7d03u

// Cpu.mode: FPSW is not plain, floating point is left to fpu.c.
enum { RX_MODE_FLOAT = 1 << 4 };

// Trap codes: the exceptions by their place in the fixed vector table, and what ends a block but is no exception.
enum {
    RX_EXC_PRIVILEGED = 0x100 | 20,
    RX_EXC_ACCESS = 0x100 | 21,
    RX_EXC_UNDEFINED = 0x100 | 23,
    RX_EXC_FLOAT = 0x100 | 25,
    RX_TRAP_INT = 0x200, // value: vector | pc of the next instruction << 8
    RX_TRAP_RTE,
    RX_TRAP_RTFI,
    RX_TRAP_WAIT,   // value: pc of the next instruction
    RX_TRAP_RESUME, // value: pc of the next instruction; the run loop looks at interrupts
    RX_TRAP_MVTIPL, // value: IPL | pc of the next instruction << 4
};

typedef struct Rx {
    uint64_t trap_now; // time of the last exception, to notice a guest that traps without end
    gpc trap_pc;
    bool trapped;
} Rx;

static inline Rx *rx_state(const Cpu *cpu) { return cpu->guest; }
// WHY not the whole slot: generated code has just stored its half, and processors let a longer load wait for that. Hosts are
// little-endian.
static inline uint32_t rx_reg(const Cpu *cpu, unsigned slot) {
    uint32_t v;
    memcpy(&v, &cpu->slot[slot], sizeof v);
    return v;
}

// dsp3 of the short branches: 3..7, and 0, 1, 2 for 8, 9, 10
static inline uint32_t rx_short_distance(int64_t dsp3) { return (uint32_t)(dsp3 < 3 ? dsp3 + 8 : dsp3); }

// ---- lift: one function per family of instructions (`ext` of the table); false for an op that is not of it
bool rx_lift_arith(Lift *l, const Insn *insn);
bool rx_lift_logic(Lift *l, const Insn *insn);
bool rx_lift_shift(Lift *l, const Insn *insn);
bool rx_lift_move(Lift *l, const Insn *insn);
bool rx_lift_stack(Lift *l, const Insn *insn);
bool rx_lift_bit(Lift *l, const Insn *insn);
bool rx_lift_branch(Lift *l, const Insn *insn);
bool rx_lift_float(Lift *l, const Insn *insn);
bool rx_lift_dsp(Lift *l, const Insn *insn);
bool rx_lift_string(Lift *l, const Insn *insn);
bool rx_lift_system(Lift *l, const Insn *insn);
void rx_lift_undefined_insn(Lift *l);

// ---- operands.c
static inline unsigned rx_rd(const Insn *i) { return (unsigned)i->f[RX_F_RD]; }
static inline unsigned rx_rs(const Insn *i) { return (unsigned)i->f[RX_F_RS]; }
static inline unsigned rx_rt(const Insn *i) { return (unsigned)i->f[RX_F_RT]; }
typedef struct RxMemory { // base + offset, and how the access is made
    IrRef base;
    int64_t offset;
    unsigned memop; // signed loads
} RxMemory;
IrRef rx_get(Lift *l, unsigned r);
void rx_put(Lift *l, unsigned r, IrRef v);
IrRef rx_imm(Lift *l, const Insn *insn);
RxMemory rx_memory(Lift *l, const Insn *insn);                    // dsp[rs] with the size of the instruction
IrRef rx_load(Lift *l, RxMemory m);                               // an I32
void rx_store(Lift *l, RxMemory m, IrRef value);                  // the low bytes
IrRef rx_source(Lift *l, const Insn *insn);                       // rs or memory, by ld
IrRef rx_source_l(Lift *l, const Insn *insn);                     // the same, always a longword
IrRef rx_extend(Lift *l, IrRef v, unsigned size, bool is_signed); // low byte, word or all of v

// ---- flags.c: everything about C, Z, S, O
typedef enum RxFlag { RX_FLAG_C, RX_FLAG_Z, RX_FLAG_S, RX_FLAG_O } RxFlag;
void rx_flags_sub(Lift *l, IrRef a, IrRef b, IrRef r); // all four, of a - b = r; r may be 0: not computed
void rx_flags_add(Lift *l, IrRef a, IrRef b, IrRef r); // all four, of a + b = r
void rx_flags_zs(Lift *l, IrRef r);                    // Z and S of a result
void rx_flags_float(Lift *l, IrRef r);                 // Z and S of the bits of a float; lazy flags only
// Z, S and O of a comparison of floats: of their bits, and as F32. Lazy flags only.
void rx_flags_compare(Lift *l, IrRef x, IrRef y, IrRef float_x, IrRef float_y);
bool rx_flags_lazy(const Lift *l);
void rx_flags_bits(Lift *l, unsigned which, const IrRef value[4]); // a set of flags; each value: bit 0 counts
IrRef rx_flag(Lift *l, RxFlag flag);                               // I64, 0 or 1
IrRef rx_cond(Lift *l, unsigned cond);                             // I64, 0 or 1
void rx_branch_cond(Lift *l, unsigned cond, gpc taken);            // ends the block
void rx_flags_forget(Lift *l);                                     // something else has changed them
uint32_t rx_flags_read(const Cpu *cpu);                            // as PSW bits 3..0
void rx_flags_write(Cpu *cpu, uint32_t which, uint32_t psw);       // which: PSW bits 3..0
void rx_flags_reset(Cpu *cpu);

// ---- psw.c
uint32_t rx_psw_read(const Cpu *cpu);
void rx_psw_write(Cpu *cpu, uint32_t psw); // every field, re-maps R0
uint32_t rx_cr_read(const Cpu *cpu, unsigned cr, uint32_t pc);
void rx_cr_write(Cpu *cpu, unsigned cr, uint32_t v); // as MVTC does, in the mode that the CPU is in
uint32_t rx_fpsw_read(const Cpu *cpu);
void rx_fpsw_write(Cpu *cpu, uint32_t fpsw); // as it is
IrRef rx_read_cr(Lift *l, unsigned cr);
void rx_write_cr(Lift *l, unsigned cr, IrRef v); // MVTC, POPC: the last thing that the instruction does

// ---- debug.c
extern const GuestDebug rx_debug;

// ---- trap.c
TrapAction rx_trap(Cpu *cpu, uint32_t code, uint64_t value, Stats *stats);
uint32_t rx_fault_code(MemKind kind, MemFault fault);
bool rx_irq_deliverable(const Cpu *cpu);
bool rx_irq_wakes(const Cpu *cpu);
void rx_irq_take(Cpu *cpu, Stats *stats);

// PSW, FPSW and the control registers: reading, writing, and what user mode may not change ("PSW").
//
// With lazy flags and a plain FPSW, floating point is the IR's (lift_float.c). Then the flags are sticky where the engine
// collects what ops raise, and the causes are those of the last operation, which waits in slots of its own: rx_fpsw_read()
// puts them together. Operations that fpu.c does leave both in the slot.
// INVARIANT: RX_MODE_FLOAT of Cpu.mode says that FPSW is not plain; what waits was done when it was.
#include "guest/rx/fpu.h"
#include "ir/float.h"

enum { CR_PSW, CR_PC, CR_USP, CR_FPSW, CR_BPSW = 8, CR_BPC, CR_ISP, CR_FINTV, CR_INTB };
#define FPSW_CAUSES 0x000000fcu
#define FPSW_PLAIN  0x7c007d03u // flags, enables, DN, RM
#define FPSW_FV     0x04000000u
#define FPSW_FO     0x08000000u
#define FPSW_FZ     0x10000000u
#define FPSW_FU     0x20000000u
#define FPSW_FX     0x40000000u
#define FPSW_FS     0x80000000u
#define FPSW_FV_FU  0x3c000000u // FS is their union

uint32_t rx_psw_read(const Cpu *cpu) { return rx_reg(cpu, RX_SLOT_PSW) | rx_flags_read(cpu); }

void rx_psw_write(Cpu *cpu, uint32_t psw) {
    uint32_t old = rx_reg(cpu, RX_SLOT_PSW);
    if ((old ^ psw) & RX_PSW_U) {
        uint64_t sp = cpu->slot[0];
        cpu->slot[0] = cpu->slot[RX_SLOT_OTHER_SP];
        cpu->slot[RX_SLOT_OTHER_SP] = sp;
    }
    cpu->slot[RX_SLOT_PSW] = psw & RX_PSW_SYSTEM;
    rx_flags_write(cpu, RX_PSW_FLAGS, psw);
}

static unsigned sp_slot(const Cpu *cpu, bool usp) {
    bool u = rx_reg(cpu, RX_SLOT_PSW) & RX_PSW_U;
    return u == usp ? 0 : RX_SLOT_OTHER_SP;
}

// ---- FPSW
static void raise(Cpu *cpu, unsigned flags) {
    uint32_t v = rx_reg(cpu, RX_SLOT_FPSW);
    if (flags & FLOAT_NV) v |= FPSW_FV | FPSW_FS;
    if (flags & FLOAT_OF) v |= FPSW_FO | FPSW_FS;
    if (flags & FLOAT_DZ) v |= FPSW_FZ | FPSW_FS;
    if (flags & FLOAT_UF) v |= FPSW_FU | FPSW_FS;
    if (flags & FLOAT_NX) v |= FPSW_FX;
    cpu->slot[RX_SLOT_FPSW] = v;
}

// WHY the cast: what waits moves to the slot, which no guest can tell.
uint32_t rx_fpsw_read(const Cpu *const_cpu) {
    Cpu *cpu = (Cpu *)const_cpu;
    uint32_t op = rx_reg(cpu, RX_SLOT_FOP), result;
    raise(cpu, cpu->env->fp_flags(cpu->env->hart));
    if (op) {
        uint32_t v = rx_reg(cpu, RX_SLOT_FPSW);
        rx_float(&v, (RxFloatOp)(op - 1), rx_reg(cpu, RX_SLOT_FA), rx_reg(cpu, RX_SLOT_FB), &result);
        cpu->slot[RX_SLOT_FPSW] = v;
    }
    cpu->slot[RX_SLOT_FOP] = 0;
    return rx_reg(cpu, RX_SLOT_FPSW);
}

void rx_fpsw_write(Cpu *cpu, uint32_t fpsw) {
    cpu->env->fp_flags(cpu->env->hart); // nothing of before is left there
    cpu->slot[RX_SLOT_FOP] = 0;
    cpu->slot[RX_SLOT_FPSW] = fpsw;
    cpu->mode = (fpsw & RX_FPSW_MODE) == RX_FPSW_PLAIN ? 0 : RX_MODE_FLOAT;
}

uint32_t rx_cr_read(const Cpu *cpu, unsigned cr, uint32_t pc) {
    switch (cr) {
    case CR_PSW: return rx_psw_read(cpu);
    case CR_PC: return pc;
    case CR_USP: return rx_reg(cpu, sp_slot(cpu, true));
    case CR_FPSW: return rx_fpsw_read(cpu);
    case CR_BPSW: return rx_reg(cpu, RX_SLOT_BPSW);
    case CR_BPC: return rx_reg(cpu, RX_SLOT_BPC);
    case CR_ISP: return rx_reg(cpu, sp_slot(cpu, false));
    case CR_FINTV: return rx_reg(cpu, RX_SLOT_FINTV);
    default: return rx_reg(cpu, RX_SLOT_INTB);
    }
}

// A cause bit can be cleared, never set; FS follows the flags.
static uint32_t fpsw_written(uint32_t old, uint32_t v) {
    uint32_t r = (v & FPSW_PLAIN) | (old & v & FPSW_CAUSES);
    return r & FPSW_FV_FU ? r | FPSW_FS : r;
}

static void psw_written(Cpu *cpu, uint32_t v, bool user) {
    uint32_t old = rx_psw_read(cpu), keep = RX_PSW_PM | (user ? (uint32_t)(RX_PSW_IPL | RX_PSW_U | RX_PSW_I) : 0u);
    rx_psw_write(cpu, (old & keep) | (v & ~keep));
}

void rx_cr_write(Cpu *cpu, unsigned cr, uint32_t v) {
    bool user = rx_reg(cpu, RX_SLOT_PSW) & RX_PSW_PM;
    switch (cr) {
    case CR_PSW: psw_written(cpu, v, user); return;
    case CR_USP: cpu->slot[sp_slot(cpu, true)] = v; return;
    case CR_FPSW: rx_fpsw_write(cpu, fpsw_written(rx_fpsw_read(cpu), v)); return;
    default: break;
    }
    if (user) return;
    switch (cr) {
    case CR_BPSW: cpu->slot[RX_SLOT_BPSW] = v & (RX_PSW_SYSTEM | RX_PSW_FLAGS); return;
    case CR_BPC: cpu->slot[RX_SLOT_BPC] = v; return;
    case CR_ISP: cpu->slot[sp_slot(cpu, false)] = v; return;
    case CR_FINTV: cpu->slot[RX_SLOT_FINTV] = v; return;
    case CR_INTB: cpu->slot[RX_SLOT_INTB] = v; return;
    default: return;
    }
}

// ---- lift
static uint64_t help_read(Cpu *cpu, uint64_t cr, uint64_t pc, uint64_t raised) {
    raise(cpu, (unsigned)raised);
    return rx_cr_read(cpu, (unsigned)cr, (uint32_t)pc);
}
static uint64_t help_write(Cpu *cpu, uint64_t cr, uint64_t v, uint64_t raised) {
    raise(cpu, (unsigned)raised);
    rx_cr_write(cpu, (unsigned)cr, (uint32_t)v);
    return 0;
}
static uint64_t help_bit(Cpu *cpu, uint64_t bit, uint64_t on, uint64_t none) { // I or U
    (void)none;
    uint32_t psw = rx_psw_read(cpu);
    rx_cr_write(cpu, CR_PSW, on ? psw | (uint32_t)bit : psw & ~(uint32_t)bit);
    return 0;
}
static const IrHelper read_helper = {"rx_cr_read", help_read, 0, 0};
static const IrHelper write_helper = {"rx_cr_write", help_write, 0, 0};
static const IrHelper bit_helper = {"rx_psw_bit", help_bit, 0, 0};

// What ops raised since: a helper for FPSW gets it. The op also makes it a unit that takes its flags along to helpers.
static IrRef raised(Lift *l, unsigned cr) {
    bool waits = cr == CR_FPSW && rx_flags_lazy(l);
    return waits ? ir_emit(l->u, (IrInsn){.op = IR_FFLAGS, .type = IR_I32}) : ir_const(l->u, IR_I32, 0);
}

IrRef rx_read_cr(Lift *l, unsigned cr) {
    IrRef flags = raised(l, cr), pc = ir_const(l->u, IR_I32, l->pc);
    return ir_call(l->u, IR_I32, &read_helper, ir_const(l->u, IR_I32, cr), pc, flags);
}

// A write to PSW may let an interrupt in: the run loop has a look before the next instruction. One to FPSW may change the mode.
void rx_write_cr(Lift *l, unsigned cr, IrRef v) {
    IrRef flags = raised(l, cr);
    ir_call(l->u, IR_VOID, &write_helper, ir_const(l->u, IR_I32, cr), v, flags);
    if (cr != CR_PSW && cr != CR_FPSW) return;
    rx_flags_forget(l);
    lift_trap_retired(l, RX_TRAP_RESUME, l->next_pc);
}

static void lift_psw_bit(Lift *l, unsigned flag, bool on) {
    static const uint32_t system[] = {RX_PSW_I, RX_PSW_U};
    if (flag < 4) {
        IrRef bit = ir_const(l->u, IR_I64, on), value[4] = {bit, bit, bit, bit};
        rx_flags_bits(l, 1u << flag, value);
        return;
    }
    IrRef bit = ir_const(l->u, IR_I64, system[flag - 8]);
    ir_call(l->u, IR_VOID, &bit_helper, bit, ir_const(l->u, IR_I64, on), 0);
    rx_flags_forget(l);
    if (on) lift_trap_retired(l, RX_TRAP_RESUME, l->next_pc);
}

bool rx_lift_system(Lift *l, const Insn *insn) {
    uint64_t next = (uint32_t)l->next_pc, imm = (uint64_t)insn->f[RX_F_IMM];
    unsigned cr = (unsigned)insn->f[RX_F_CR];
    switch (insn->op) {
    case RX_NOP: return true;
    case RX_BRK: lift_trap_retired(l, RX_TRAP_INT, next << 8); return true;
    case RX_INT: lift_trap_retired(l, RX_TRAP_INT, next << 8 | imm); return true;
    case RX_RTE: lift_trap_retired(l, RX_TRAP_RTE, 0); return true;
    case RX_RTFI: lift_trap_retired(l, RX_TRAP_RTFI, 0); return true;
    case RX_WAIT: lift_trap_retired(l, RX_TRAP_WAIT, next); return true;
    case RX_MVTIPL: lift_trap_retired(l, RX_TRAP_MVTIPL, next << 4 | imm); return true;
    case RX_MVFC: rx_put(l, rx_rd(insn), rx_read_cr(l, cr)); return true;
    case RX_MVTC: rx_write_cr(l, cr, rx_get(l, rx_rs(insn))); return true;
    case RX_MVTC_I: rx_write_cr(l, cr, rx_imm(l, insn)); return true;
    case RX_SETPSW: lift_psw_bit(l, (unsigned)insn->f[RX_F_FLAG], true); return true;
    case RX_CLRPSW: lift_psw_bit(l, (unsigned)insn->f[RX_F_FLAG], false); return true;
    default: return false;
    }
}

// PSW and the control registers: reading, writing, and what user mode may not change ("PSW").
#include "guest/rx/rx.h"

enum { CR_PSW, CR_PC, CR_USP, CR_FPSW, CR_BPSW = 8, CR_BPC, CR_ISP, CR_FINTV, CR_INTB };
#define FPSW_CAUSES 0x000000fcu
#define FPSW_PLAIN  0x7c007d03u // flags, enables, DN, RM
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

uint32_t rx_cr_read(const Cpu *cpu, unsigned cr, uint32_t pc) {
    switch (cr) {
    case CR_PSW: return rx_psw_read(cpu);
    case CR_PC: return pc;
    case CR_USP: return rx_reg(cpu, sp_slot(cpu, true));
    case CR_FPSW: return rx_reg(cpu, RX_SLOT_FPSW);
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
    case CR_FPSW: cpu->slot[RX_SLOT_FPSW] = fpsw_written(rx_reg(cpu, RX_SLOT_FPSW), v); return;
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
static uint64_t help_read(Cpu *cpu, uint64_t cr, uint64_t pc, uint64_t none) {
    (void)none;
    return rx_cr_read(cpu, (unsigned)cr, (uint32_t)pc);
}
static uint64_t help_write(Cpu *cpu, uint64_t cr, uint64_t v, uint64_t none) {
    (void)none;
    rx_cr_write(cpu, (unsigned)cr, (uint32_t)v);
    return 0;
}
static uint64_t help_bit(Cpu *cpu, uint64_t bit, uint64_t on, uint64_t none) { // I or U
    (void)none;
    uint32_t psw = rx_psw_read(cpu);
    rx_cr_write(cpu, CR_PSW, on ? psw | (uint32_t)bit : psw & ~(uint32_t)bit);
    return 0;
}
const IrHelper rx_help_cr_read = {"rx_cr_read", help_read, 0, 0};
static const IrHelper write_helper = {"rx_cr_write", help_write, 0, 0};
static const IrHelper bit_helper = {"rx_psw_bit", help_bit, 0, 0};

// A write to PSW may let an interrupt in: the run loop has a look before the next instruction.
void rx_write_cr(Lift *l, unsigned cr, IrRef v) {
    ir_call(l->u, IR_VOID, &write_helper, ir_const(l->u, IR_I32, cr), v, 0);
    if (cr != CR_PSW) return;
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
    case RX_MVFC: {
        IrRef v = ir_call(l->u, IR_I32, &rx_help_cr_read, ir_const(l->u, IR_I32, cr), ir_const(l->u, IR_I32, l->pc), 0);
        rx_put(l, rx_rd(insn), v);
        return true;
    }
    case RX_MVTC: rx_write_cr(l, cr, rx_get(l, rx_rs(insn))); return true;
    case RX_MVTC_I: rx_write_cr(l, cr, rx_imm(l, insn)); return true;
    case RX_SETPSW: lift_psw_bit(l, (unsigned)insn->f[RX_F_FLAG], true); return true;
    case RX_CLRPSW: lift_psw_bit(l, (unsigned)insn->f[RX_F_FLAG], false); return true;
    default: return false;
    }
}

// fflags, frm, fcsr and mstatus.FS ("Floating-Point Control and Status Register", "Extension Context
// Status in mstatus Register").
//
// Accrued flags are in two places, and fcsr reads as both together: where the engine collects what FP ops raise (the
// host's own sticky flags while generated code runs), and the slot fflags. With the switch `flags` the first are taken
// when the guest reads fcsr; without it every FP instruction moves them to the slot.
//
// INVARIANT: Cpu.mode tells whether FS is off or not yet dirty, and frm; Cpu.fp_round is what generated code assumes.
// So an instruction that makes FS dirty leaves once by RV64_TRAP_FS_DIRTY, and code of the dirty mode need not look.
#include "guest/rv64/rv64.h"
#include "ir/float.h"

enum { FFLAGS = 31, FRM_SHIFT = 5, FRM = 7 };

// ---- mode
uint32_t rv64_float_mode(const Cpu *cpu) {
    uint64_t fs = rv64_state(cpu)->mstatus & RV64_MSTATUS_FS;
    if (!fs) return RV64_MODE_NO_FP;
    return (fs == RV64_MSTATUS_FS ? 0 : RV64_MODE_FP_CLEAN) | (uint32_t)cpu->slot[RV64_SLOT_FRM] << RV64_MODE_FRM;
}

void rv64_float_dirty(Cpu *cpu) {
    rv64_state(cpu)->mstatus |= RV64_MSTATUS_FS;
    rv64_update_mode(cpu);
}

// Generated code has no RMM, and nothing rounds by a reserved mode: both have nearest even there.
void rv64_float_rounding(Cpu *cpu) {
    uint64_t frm = cpu->slot[RV64_SLOT_FRM];
    cpu->fp_round = frm <= FLOAT_RUP ? (uint8_t)frm : FLOAT_RNE;
    rv64_update_mode(cpu);
}

// ---- CSRs, for helpers and debuggers
// WHY the cast: flags move from one place to the other, which no guest can tell.
static uint64_t fflags(const Cpu *cpu) {
    uint64_t *slot = &((Cpu *)cpu)->slot[RV64_SLOT_FFLAGS];
    *slot = (*slot | cpu->env->fp_flags(cpu->env->hart)) & FFLAGS;
    return *slot;
}

uint64_t rv64_fcsr_read(const Cpu *cpu, unsigned csr) {
    uint64_t frm = cpu->slot[RV64_SLOT_FRM];
    return csr == RV64_CSR_FFLAGS ? fflags(cpu) : csr == RV64_CSR_FRM ? frm : frm << FRM_SHIFT | fflags(cpu);
}

void rv64_fcsr_write(Cpu *cpu, unsigned csr, uint64_t v) {
    if (csr != RV64_CSR_FRM) {
        cpu->env->fp_flags(cpu->env->hart); // nothing of before is left there
        cpu->slot[RV64_SLOT_FFLAGS] = v & FFLAGS;
    }
    if (csr != RV64_CSR_FFLAGS) cpu->slot[RV64_SLOT_FRM] = (csr == RV64_CSR_FRM ? v : v >> FRM_SHIFT) & FRM;
    rv64_state(cpu)->mstatus |= RV64_MSTATUS_FS;
    rv64_float_rounding(cpu);
}

void rv64_raise_fflags(Cpu *cpu, unsigned flags) { cpu->slot[RV64_SLOT_FFLAGS] |= flags & FFLAGS; }

// ---- lift
bool rv64_float_ready(Lift *l, const Insn *insn, bool writes) {
    uint32_t mode = l->cpu->mode;
    if (mode & RV64_MODE_NO_FP)
        rv64_lift_illegal(l, insn);
    else if (writes && (mode & RV64_MODE_FP_CLEAN))
        lift_trap(l, RV64_TRAP_FS_DIRTY, 0);
    return !l->ended;
}

// All that are accrued, in the slot.
static IrRef take_fflags(Lift *l) {
    IrRef raised = ir_emit(l->u, (IrInsn){.op = IR_FFLAGS, .type = IR_I32});
    IrRef all = ir_op2(l->u, IR_OR, IR_I32, ir_get(l->u, RV64_SLOT_FFLAGS), raised);
    ir_put(l->u, RV64_SLOT_FFLAGS, all);
    return all;
}

void rv64_accrue_fflags(Lift *l) {
    if (!feature_on(l->features, FEATURE_flags)) take_fflags(l);
}

// Quiet comparisons of C read and restore the flags, libm much more: the block goes on unless
// the rounding mode changes.
void rv64_lift_fcsr(Lift *l, const Insn *insn, unsigned csr, IrRef operand, const IrHelper *how) {
    IrUnit *u = l->u;
    unsigned frm = rv64_frm_of(l->cpu->mode);
    if (!rv64_float_ready(l, insn, operand != 0)) return;
    IrRef old = csr == RV64_CSR_FRM ? ir_const(u, IR_I64, frm) : ir_ext(u, IR_ZEXT, IR_I64, take_fflags(l), 32);
    if (csr == RV64_CSR_FCSR) old = ir_op2i(u, IR_OR, IR_I64, old, frm << FRM_SHIFT);
    rv64_put(l, rv64_rd(insn), old);
    if (!operand) return;
    IrRef v = operand;
    if (how == &rv64_csr_set) v = ir_op2(u, IR_OR, IR_I64, old, operand);
    if (how == &rv64_csr_clear) v = ir_op2(u, IR_AND, IR_I64, old, ir_op1(u, IR_NOT, IR_I64, operand));
    if (csr != RV64_CSR_FRM) ir_put(u, RV64_SLOT_FFLAGS, ir_op2i(u, IR_AND, IR_I32, v, FFLAGS));
    if (csr == RV64_CSR_FFLAGS) return;
    if (csr == RV64_CSR_FCSR) v = ir_op2i(u, IR_SHR, IR_I64, v, FRM_SHIFT);
    v = ir_op2i(u, IR_AND, IR_I64, v, FRM);
    ir_put(u, RV64_SLOT_FRM, v);
    lift_trap_if(l, ir_cmpi(u, IR_NE, IR_I64, v, frm), RV64_TRAP_FRM, l->next_pc);
}

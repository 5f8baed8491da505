// fflags, frm, fcsr and mstatus.FS ("Floating-Point Control and Status Register", "Extension Context Status in mstatus
// Register").
//
// Accrued flags are in three places, and fcsr reads as all of them together: where the engine collects what FP ops
// raise (env->fp_flags(), the host's own sticky flags while generated code runs), Rv64.fflags, and the slot fflags.
// With the switch `flags` the first one is asked when the guest reads fcsr; without it every FP instruction moves it to
// the slot.
//
// INVARIANT: Cpu.mode tells whether FS is off or not yet dirty, and frm; Cpu.fp_round is what generated code assumes.
// So an instruction that makes FS dirty leaves once by RV64_TRAP_FS_DIRTY, and code of the dirty mode need not look.
#include "guest/rv64/rv64.h"
#include "ir/float.h"

enum { CSR_FFLAGS = 1, CSR_FRM = 2, FFLAGS = 31, FRM_SHIFT = 5, FRM = 7 };

// ---- mode
uint32_t rv64_float_mode(const Rv64 *s) {
    uint64_t fs = s->mstatus & RV64_MSTATUS_FS;
    if (!fs) return RV64_MODE_NO_FP;
    return (fs == RV64_MSTATUS_FS ? 0 : RV64_MODE_FP_CLEAN) | (uint32_t)s->frm << RV64_MODE_FRM;
}

void rv64_float_dirty(Cpu *cpu) {
    rv64_state(cpu)->mstatus |= RV64_MSTATUS_FS;
    rv64_update_mode(cpu);
}

// ---- CSRs
static unsigned fflags(const Cpu *cpu) {
    Rv64 *s = rv64_state(cpu);
    s->fflags |= cpu->env->fp_flags(cpu->env->machine) & FFLAGS;
    return s->fflags | (unsigned)(cpu->slot[RV64_SLOT_FFLAGS] & FFLAGS);
}

static void set_fflags(Cpu *cpu, uint64_t v) {
    cpu->env->fp_flags(cpu->env->machine); // nothing of before is left there
    cpu->slot[RV64_SLOT_FFLAGS] = 0;
    rv64_state(cpu)->fflags = v & FFLAGS;
}

// Generated code has no RMM, and nothing rounds by a reserved mode: both have nearest even there.
static void set_frm(Cpu *cpu, uint64_t v) {
    rv64_state(cpu)->frm = v & FRM;
    cpu->fp_round = (v & FRM) <= FLOAT_RUP ? v & FRM : FLOAT_RNE;
}

uint64_t rv64_fcsr_read(const Cpu *cpu, unsigned csr) {
    uint64_t frm = rv64_state(cpu)->frm;
    return csr == CSR_FFLAGS ? fflags(cpu) : csr == CSR_FRM ? frm : frm << FRM_SHIFT | fflags(cpu);
}

void rv64_fcsr_write(Cpu *cpu, unsigned csr, uint64_t v) {
    if (csr != CSR_FRM) set_fflags(cpu, v);
    if (csr != CSR_FFLAGS) set_frm(cpu, csr == CSR_FRM ? v : v >> FRM_SHIFT);
    rv64_float_dirty(cpu);
}

void rv64_raise_fflags(Cpu *cpu, unsigned flags) { rv64_state(cpu)->fflags |= flags & FFLAGS; }

// ---- lift
bool rv64_float_ready(Lift *l, const Insn *insn, bool writes) {
    uint32_t mode = l->cpu->mode;
    if (mode & RV64_MODE_NO_FP)
        rv64_lift_illegal(l, insn);
    else if (writes && (mode & RV64_MODE_FP_CLEAN))
        lift_trap(l, RV64_TRAP_FS_DIRTY, 0);
    return !l->ended;
}

void rv64_accrue_fflags(Lift *l) {
    if (feature_on(l->features, FEATURE_flags)) return;
    IrRef raised = ir_emit(l->u, (IrInsn){.op = IR_FFLAGS, .type = IR_I32});
    ir_put(l->u, RV64_SLOT_FFLAGS, ir_op2(l->u, IR_OR, IR_I32, ir_get(l->u, RV64_SLOT_FFLAGS), raised));
}

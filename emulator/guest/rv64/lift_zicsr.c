// "Zicsr", Control and Status Register Instructions. What a CSR is and does: csr.c.
//
// Most CSRs are just values, and the block goes on. Where instructions are counted the access ends the block, so
// cpu_now() in the helper counts exactly up to and including it. A write that may change Cpu.mode or let an interrupt
// in ends the block, too; it returns whether the run loop must look before the next instruction, which is rare.
#include "guest/rv64/rv64.h"

typedef struct CsrOp {
    const IrHelper *write;
    bool zimm;   // the operand is a 5-bit constant
    bool always; // writes even when the operand is x0 or 0
} CsrOp;

static CsrOp csr_op(uint16_t op) {
    switch (op) {
    case RV64_CSRRW: return (CsrOp){&rv64_csr_swap, false, true};
    case RV64_CSRRS: return (CsrOp){&rv64_csr_set, false, false};
    case RV64_CSRRC: return (CsrOp){&rv64_csr_clear, false, false};
    case RV64_CSRRWI: return (CsrOp){&rv64_csr_swap, true, true};
    case RV64_CSRRSI: return (CsrOp){&rv64_csr_set, true, false};
    case RV64_CSRRCI: return (CsrOp){&rv64_csr_clear, true, false};
    default: return (CsrOp){0};
    }
}

// How kernels forbid interrupts: csrrci clears SIE or MIE of sstatus or mstatus, which can let nothing in.
static bool only_forbids(unsigned csr, CsrOp op) {
    return (csr == RV64_CSR_SSTATUS || csr == RV64_CSR_MSTATUS) && op.write == &rv64_csr_clear && op.zimm;
}

static void end(Lift *l, Rv64CsrKind kind, bool writes, IrRef wanted) {
    if (kind == RV64_CSR_EXACT)
        lift_jump(l, l->next_pc, 0);
    else if (kind == RV64_CSR_MAP && writes)
        lift_trap_retired(l, RV64_TRAP_RESUME, l->next_pc);
    else if (wanted)
        lift_trap_if(l, wanted, RV64_TRAP_RESUME, l->next_pc);
}

bool rv64_lift_zicsr(Lift *l, const Insn *insn) {
    CsrOp op = csr_op(insn->op);
    if (!op.write) return false;
    unsigned csr = (unsigned)insn->f[RV64_F_CSR], operand = rv64_rs1(insn); // register number or zimm: the same place
    bool writes = op.always || operand != 0;
    Rv64CsrAccess access = rv64_csr_access(l->cpu->mode, csr, writes);
    if (!access.legal) {
        rv64_lift_illegal(l, insn);
        return true;
    }
    if (csr <= RV64_CSR_FCSR) {
        IrRef v = !writes ? 0 : op.zimm ? ir_const(l->u, IR_I64, operand) : rv64_get(l, operand);
        rv64_lift_fcsr(l, insn, csr, v, op.write);
        return true;
    }
    bool looks = access.kind == RV64_CSR_MODE && writes && !only_forbids(csr, op);
    IrRef which = ir_const(l->u, IR_I64, access.which), old = 0, wanted = 0;
    if (!writes || (looks && rv64_rd(insn))) old = ir_call(l->u, IR_I64, &rv64_csr_read, which, 0, 0);
    if (writes) {
        IrRef v = op.zimm ? ir_const(l->u, IR_I64, operand) : rv64_get(l, operand);
        if (looks)
            wanted = ir_call(l->u, IR_I64, op.write, ir_const(l->u, IR_I64, access.which | RV64_CSR_LOOK), v, 0);
        else
            old = ir_call(l->u, IR_I64, op.write, which, v, 0);
    }
    if (old) rv64_put(l, rv64_rd(insn), old);
    end(l, access.kind, writes, wanted);
    return true;
}

// "Zicsr", Control and Status Register Instructions. What a CSR is and does: csr.c.
//
// A CSR instruction ends its block. So cpu_now() in the helper counts exactly up to and including it, and after a write
// that may let an interrupt in, the run loop is entered (RV64_TRAP_RESUME) before the next instruction. LATER: with S-
// and U-mode, accesses whose legality depends on CSR bits (TVM, counter enables) need a helper that raises.
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

bool rv64_lift_zicsr(Lift *l, const Insn *insn) {
    CsrOp op = csr_op(insn->op);
    if (!op.write) return false;
    unsigned csr = (unsigned)insn->f[RV64_F_CSR], operand = rv64_rs1(insn); // register number or zimm: the same place
    bool writes = op.always || operand != 0;
    Rv64CsrAccess access = rv64_csr_access(csr, writes);
    if (!access.legal) {
        rv64_lift_illegal(l, insn);
        return true;
    }
    IrRef which = ir_const(l->u, IR_I64, access.which), old;
    if (writes) {
        IrRef v = op.zimm ? ir_const(l->u, IR_I64, operand) : rv64_get(l, operand);
        old = ir_call(l->u, IR_I64, op.write, which, v, 0);
    } else {
        old = ir_call(l->u, IR_I64, &rv64_csr_read, which, 0, 0);
    }
    rv64_put(l, rv64_rd(insn), old);
    if (access.resumes)
        lift_trap_retired(l, RV64_TRAP_RESUME, l->next_pc);
    else
        lift_jump(l, l->next_pc, 0);
    return true;
}

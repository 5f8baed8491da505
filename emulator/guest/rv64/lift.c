// What all lift files of RV64 use: registers and the common shape of an arithmetic instruction.
#include "guest/rv64/rv64.h"

IrRef rv64_get(Lift *l, unsigned x) { return x ? ir_get(l->u, x) : ir_const(l->u, IR_I64, 0); }

void rv64_put(Lift *l, unsigned x, IrRef v) {
    if (x) ir_put(l->u, x, v);
}

void rv64_lift_illegal(Lift *l, const Insn *insn) { lift_trap(l, RV64_EXC_ILLEGAL, insn->raw); }

static IrRef alu_value(Lift *l, const Insn *insn, const Rv64Alu *alu) {
    IrUnit *u = l->u;
    unsigned rs2 = alu->imm ? 0 : rv64_rs2(insn);
    int64_t imm = alu->imm ? insn->f[RV64_F_IMM] : 0;
    // Moves and constants, the most common special cases: li, mv, sext.w and their compressed forms.
    bool add_like = alu->op == IR_ADD || alu->op == IR_OR || alu->op == IR_XOR;
    if (add_like && rv64_rs1(insn) == 0 && rs2 == 0) return ir_const(u, IR_I64, (uint64_t)imm);
    IrRef a = rv64_get(l, rv64_rs1(insn)), v;
    if (alu->op == IR_ADD && rs2 == 0 && imm == 0) return alu->type == IR_I32 ? ir_ext(u, IR_SEXT, IR_I64, a, 32) : a;
    if (alu->op == IR_ADD && rv64_rs1(insn) == 0 && alu->type == IR_I64) return rv64_get(l, rs2);
    IrRef b = rs2 == 0 ? 0 : rs2 == rv64_rs1(insn) ? a : ir_get(u, rs2);
    if (alu->op == IR_CMP) return b ? ir_cmp(u, alu->cond, alu->type, a, b) : ir_cmpi(u, alu->cond, alu->type, a, imm);
    if (b) {
        v = ir_op2(u, alu->op, alu->type, a, b);
    } else if (ir_op_is(alu->op, IR_BIMM)) {
        v = ir_op2i(u, alu->op, alu->type, a, imm);
    } else {
        v = ir_op2(u, alu->op, alu->type, a, ir_const(u, alu->type, 0));
    }
    return alu->type == IR_I32 ? ir_ext(u, IR_SEXT, IR_I64, v, 32) : v;
}

void rv64_lift_alu(Lift *l, const Insn *insn, const Rv64Alu *alu) {
    if (rv64_rd(insn)) rv64_put(l, rv64_rd(insn), alu_value(l, insn, alu));
}

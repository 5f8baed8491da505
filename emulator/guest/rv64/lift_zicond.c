// "Zicond" Extension for Integer Conditional Operations.
#include "guest/rv64/rv64.h"

// rd = rs2 is 0, or is not 0, ? 0 : rs1
bool rv64_lift_zicond(Lift *l, const Insn *insn) {
    IrUnit *u = l->u;
    IrRef a = rv64_get(l, rv64_rs1(insn)), b = rv64_get(l, rv64_rs2(insn)), zero = ir_const(u, IR_I64, 0);
    switch (insn->op) {
    case RV64_CZERO_EQZ: rv64_put(l, rv64_rd(insn), ir_select(u, IR_I64, b, a, zero)); return true;
    case RV64_CZERO_NEZ: rv64_put(l, rv64_rd(insn), ir_select(u, IR_I64, b, zero, a)); return true;
    default: return false;
    }
}

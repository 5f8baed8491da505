// "M Standard Extension for Integer Multiplication and Division". Division by zero and overflow
// are those of the IR's ops.
#include "guest/rv64/rv64.h"

static const Rv64Alu alu[RV64_COUNT] = {
    [RV64_MUL] = {IR_MUL, IR_I64, 0, false},       [RV64_MULH] = {IR_MULHS, IR_I64, 0, false},
    [RV64_MULHSU] = {IR_MULHSU, IR_I64, 0, false}, [RV64_MULHU] = {IR_MULHU, IR_I64, 0, false},
    [RV64_DIV] = {IR_DIVS, IR_I64, 0, false},      [RV64_DIVU] = {IR_DIVU, IR_I64, 0, false},
    [RV64_REM] = {IR_REMS, IR_I64, 0, false},      [RV64_REMU] = {IR_REMU, IR_I64, 0, false},
    [RV64_MULW] = {IR_MUL, IR_I32, 0, false},      [RV64_DIVW] = {IR_DIVS, IR_I32, 0, false},
    [RV64_DIVUW] = {IR_DIVU, IR_I32, 0, false},    [RV64_REMW] = {IR_REMS, IR_I32, 0, false},
    [RV64_REMUW] = {IR_REMU, IR_I32, 0, false},
};

bool rv64_lift_m(Lift *l, const Insn *insn) {
    if (alu[insn->op].op == IR_NOP) return false;
    rv64_lift_alu(l, insn, &alu[insn->op]);
    return true;
}

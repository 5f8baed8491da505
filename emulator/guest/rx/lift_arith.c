// Arithmetic: ADD, ADC, SUB, SBB, CMP, NEG, ABS, MAX, MIN, multiplication and division ("Integer semantics").
#include "guest/rx/rx.h"

// rd = rd + s + C, or rd + ~s + C for SBB: all four flags are those of that sum.
static void add_with_carry(Lift *l, unsigned rd, IrRef s, bool subtract) {
    IrUnit *u = l->u;
    IrRef d = rx_get(l, rd), c = rx_flag(l, RX_FLAG_C);
    if (subtract) s = ir_op1(u, IR_NOT, IR_I32, s);
    IrRef sum = ir_op2(u, IR_ADD, IR_I32, d, s), r = ir_op2(u, IR_ADD, IR_I32, sum, c);
    IrRef carry = ir_op2(u, IR_OR, IR_I64, ir_cmp(u, IR_LTU, IR_I32, sum, s), ir_cmp(u, IR_LTU, IR_I32, r, sum));
    IrRef o = ir_op2(u, IR_AND, IR_I32, ir_op2(u, IR_XOR, IR_I32, r, d), ir_op2(u, IR_XOR, IR_I32, r, s));
    rx_put(l, rd, r);
    rx_flags_zs(l, r);
    rx_flags_bits(l, 1 << RX_FLAG_C | 1 << RX_FLAG_O, (IrRef[4]){carry, 0, 0, ir_cmpi(u, IR_LTS, IR_I32, o, 0)});
}

static void add(Lift *l, unsigned rd, IrRef a, IrRef b) {
    IrRef r = ir_op2(l->u, IR_ADD, IR_I32, a, b);
    rx_put(l, rd, r);
    rx_flags_add(l, a, b, r);
}

static void subtract(Lift *l, unsigned rd, IrRef a, IrRef b) {
    IrRef r = ir_op2(l->u, IR_SUB, IR_I32, a, b);
    rx_put(l, rd, r);
    rx_flags_sub(l, a, b, r);
}

static void lift_abs(Lift *l, unsigned rd, IrRef s) {
    IrUnit *u = l->u;
    IrRef minus = ir_op1(u, IR_NEG, IR_I32, s), negative = ir_cmpi(u, IR_LTS, IR_I32, s, 0);
    IrRef r = ir_select(u, IR_I32, negative, minus, s), o = ir_cmpi(u, IR_EQ, IR_I32, s, INT32_MIN);
    rx_put(l, rd, r);
    rx_flags_zs(l, r);
    rx_flags_bits(l, 1 << RX_FLAG_O, (IrRef[4]){0, 0, 0, o});
}

static void larger(Lift *l, unsigned rd, IrRef s, IrCond c) {
    IrRef d = rx_get(l, rd);
    rx_put(l, rd, ir_select(l->u, IR_I32, ir_cmp(l->u, c, IR_I32, d, s), d, s));
}

static void multiply_long(Lift *l, unsigned rd, IrRef s, IrOp high) {
    IrRef d = rx_get(l, rd);
    IrRef lo = ir_op2(l->u, IR_MUL, IR_I32, d, s), hi = ir_op2(l->u, high, IR_I32, d, s);
    rx_put(l, rd, lo);
    rx_put(l, (rd + 1) & 15, hi);
}

// A quotient that does not exist leaves Rd as it is and sets O.
static void divide(Lift *l, unsigned rd, IrRef s, bool is_signed) {
    IrUnit *u = l->u;
    IrRef d = rx_get(l, rd), bad = ir_cmpi(u, IR_EQ, IR_I32, s, 0);
    IrRef q = ir_op2(u, is_signed ? IR_DIVS : IR_DIVU, IR_I32, d, s);
    rx_put(l, rd, ir_select(u, IR_I32, bad, d, q)); // the most negative / -1 is itself in the IR
    if (is_signed) {
        IrRef least = ir_cmpi(u, IR_EQ, IR_I32, d, INT32_MIN), minus = ir_cmpi(u, IR_EQ, IR_I32, s, -1);
        bad = ir_op2(u, IR_OR, IR_I64, bad, ir_op2(u, IR_AND, IR_I64, least, minus));
    }
    rx_flags_bits(l, 1 << RX_FLAG_O, (IrRef[4]){0, 0, 0, bad});
}

static bool lift_long(Lift *l, const Insn *insn, unsigned rd) {
    switch (insn->op) {
    case RX_EMUL_M: multiply_long(l, rd, rx_source(l, insn), IR_MULHS); return true;
    case RX_EMUL_I: multiply_long(l, rd, rx_imm(l, insn), IR_MULHS); return true;
    case RX_EMULU_M: multiply_long(l, rd, rx_source(l, insn), IR_MULHU); return true;
    case RX_EMULU_I: multiply_long(l, rd, rx_imm(l, insn), IR_MULHU); return true;
    case RX_DIV_M: divide(l, rd, rx_source(l, insn), true); return true;
    case RX_DIV_I: divide(l, rd, rx_imm(l, insn), true); return true;
    case RX_DIVU_M: divide(l, rd, rx_source(l, insn), false); return true;
    case RX_DIVU_I: divide(l, rd, rx_imm(l, insn), false); return true;
    default: return false;
    }
}

static void multiply(Lift *l, unsigned rd, IrRef a, IrRef b) { rx_put(l, rd, ir_op2(l->u, IR_MUL, IR_I32, a, b)); }

static bool lift_unary(Lift *l, const Insn *insn, unsigned rd) {
    switch (insn->op) {
    case RX_NEG: subtract(l, rd, ir_const(l->u, IR_I32, 0), rx_get(l, rx_rs(insn))); return true;
    case RX_ABS: lift_abs(l, rd, rx_get(l, rx_rs(insn))); return true;
    case RX_MAX_M: larger(l, rd, rx_source(l, insn), IR_GTS); return true;
    case RX_MAX_I: larger(l, rd, rx_imm(l, insn), IR_GTS); return true;
    case RX_MIN_M: larger(l, rd, rx_source(l, insn), IR_LTS); return true;
    case RX_MIN_I: larger(l, rd, rx_imm(l, insn), IR_LTS); return true;
    case RX_MUL_M: multiply(l, rd, rx_get(l, rd), rx_source(l, insn)); return true;
    case RX_MUL_I: multiply(l, rd, rx_get(l, rd), rx_imm(l, insn)); return true;
    case RX_MUL_R3: multiply(l, rd, rx_get(l, rx_rs(insn)), rx_get(l, rx_rt(insn))); return true;
    default: return lift_long(l, insn, rd);
    }
}

bool rx_lift_arith(Lift *l, const Insn *insn) {
    unsigned rd = rx_rd(insn);
    IrRef s;
    switch (insn->op) {
    case RX_ADD_M:
        s = rx_source(l, insn);
        add(l, rd, rx_get(l, rd), s);
        return true;
    case RX_ADD_I3: add(l, rd, rx_get(l, rx_rs(insn)), rx_imm(l, insn)); return true;
    case RX_ADD_R3: add(l, rd, rx_get(l, rx_rt(insn)), rx_get(l, rx_rs(insn))); return true;
    case RX_SUB_M:
        s = rx_source(l, insn);
        subtract(l, rd, rx_get(l, rd), s);
        return true;
    case RX_SUB_I4: subtract(l, rd, rx_get(l, rd), rx_imm(l, insn)); return true;
    case RX_SUB_R3: subtract(l, rd, rx_get(l, rx_rt(insn)), rx_get(l, rx_rs(insn))); return true;
    case RX_CMP_M:
        s = rx_source(l, insn);
        rx_flags_sub(l, rx_get(l, rd), s, 0);
        return true;
    case RX_CMP_I: rx_flags_sub(l, rx_get(l, rd), rx_imm(l, insn), 0); return true;
    case RX_ADC_M: add_with_carry(l, rd, rx_source_l(l, insn), false); return true;
    case RX_ADC_I: add_with_carry(l, rd, rx_imm(l, insn), false); return true;
    case RX_SBB_M: add_with_carry(l, rd, rx_source_l(l, insn), true); return true;
    default: return lift_unary(l, insn, rd);
    }
}

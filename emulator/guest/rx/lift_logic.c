// AND, OR, XOR, NOT and TST; shifts, rotates and byte swaps ("Integer semantics").
#include "guest/rx/rx.h"

enum { C = 1 << RX_FLAG_C, O = 1 << RX_FLAG_O };

static void logic(Lift *l, int rd, IrOp op, IrRef a, IrRef b) {
    IrRef r = ir_op2(l->u, op, IR_I32, a, b);
    if (rd >= 0) rx_put(l, (unsigned)rd, r);
    rx_flags_zs(l, r);
}

bool rx_lift_logic(Lift *l, const Insn *insn) {
    int rd = (int)rx_rd(insn);
    unsigned d = rx_rd(insn), s = rx_rs(insn);
    switch (insn->op) {
    case RX_AND_M: logic(l, rd, IR_AND, rx_source(l, insn), rx_get(l, d)); return true;
    case RX_AND_I: logic(l, rd, IR_AND, rx_get(l, d), rx_imm(l, insn)); return true;
    case RX_AND_R3: logic(l, rd, IR_AND, rx_get(l, s), rx_get(l, rx_rt(insn))); return true;
    case RX_OR_M: logic(l, rd, IR_OR, rx_source(l, insn), rx_get(l, d)); return true;
    case RX_OR_I: logic(l, rd, IR_OR, rx_get(l, d), rx_imm(l, insn)); return true;
    case RX_OR_R3: logic(l, rd, IR_OR, rx_get(l, s), rx_get(l, rx_rt(insn))); return true;
    case RX_XOR_M: logic(l, rd, IR_XOR, rx_source(l, insn), rx_get(l, d)); return true;
    case RX_XOR_I: logic(l, rd, IR_XOR, rx_get(l, d), rx_imm(l, insn)); return true;
    case RX_TST_M: logic(l, -1, IR_AND, rx_source(l, insn), rx_get(l, d)); return true;
    case RX_TST_I: logic(l, -1, IR_AND, rx_get(l, d), rx_imm(l, insn)); return true;
    case RX_NOT: {
        IrRef r = ir_op1(l->u, IR_NOT, IR_I32, rx_get(l, s));
        rx_put(l, d, r);
        rx_flags_zs(l, r);
        return true;
    }
    default: return false;
    }
}

// ---- shifts
static void end_shift(Lift *l, unsigned rd, IrRef r, unsigned which, IrRef c, IrRef o) {
    rx_put(l, rd, r);
    rx_flags_zs(l, r);
    rx_flags_bits(l, which, (IrRef[4]){c, 0, 0, o});
}

// The last bit that a left shift moved out is bit 32 - n, that of a right shift bit n - 1; none for n = 0.
static void shift_const(Lift *l, unsigned rd, IrOp op, IrRef a, unsigned n) {
    IrUnit *u = l->u;
    IrRef none = ir_const(u, IR_I64, 0), c = none, o = none;
    IrRef r = n ? ir_op2i(u, op, IR_I32, a, n) : a;
    if (n) c = ir_op2i(u, IR_SHR, IR_I32, a, op == IR_SHL ? 32 - (int64_t)n : (int64_t)n - 1);
    if (n && op == IR_SHL) o = ir_cmp(u, IR_NE, IR_I32, ir_op2i(u, IR_SAR, IR_I32, r, n), a);
    end_shift(l, rd, r, op == IR_SHR ? C : C | O, c, o);
}

static void shift_by(Lift *l, unsigned rd, IrOp op, IrRef a, IrRef count) {
    IrUnit *u = l->u;
    IrRef n = ir_op2i(u, IR_AND, IR_I32, count, 31), none = ir_const(u, IR_I32, 0);
    IrRef out = op == IR_SHL ? ir_op1(u, IR_NEG, IR_I32, n) : ir_op2i(u, IR_SUB, IR_I32, n, 1); // modulo 32
    IrRef r = ir_op2(u, op, IR_I32, a, n), o = ir_const(u, IR_I64, 0);
    IrRef c = ir_select(u, IR_I32, ir_cmpi(u, IR_NE, IR_I32, n, 0), ir_op2(u, IR_SHR, IR_I32, a, out), none);
    if (op == IR_SHL) o = ir_cmp(u, IR_NE, IR_I32, ir_op2(u, IR_SAR, IR_I32, r, n), a);
    end_shift(l, rd, r, op == IR_SHR ? C : C | O, c, o);
}

// C is the bit that arrived: bit 0 of a left rotation, bit 31 of a right one.
static void rotate(Lift *l, unsigned rd, IrOp op, IrRef r) {
    IrRef c = op == IR_ROL ? r : ir_op2i(l->u, IR_SHR, IR_I32, r, 31);
    end_shift(l, rd, r, C, c, 0);
}

static void rotate_carry(Lift *l, unsigned rd, bool left) {
    IrUnit *u = l->u;
    IrRef a = rx_get(l, rd), in = rx_flag(l, RX_FLAG_C), r;
    IrRef c = left ? ir_op2i(u, IR_SHR, IR_I32, a, 31) : a;
    if (left)
        r = ir_op2(u, IR_OR, IR_I32, ir_op2i(u, IR_SHL, IR_I32, a, 1), in);
    else
        r = ir_op2(u, IR_OR, IR_I32, ir_op2i(u, IR_SHR, IR_I32, a, 1), ir_op2i(u, IR_SHL, IR_I32, in, 31));
    end_shift(l, rd, r, C, c, 0);
}

static bool lift_rotate(Lift *l, const Insn *insn, unsigned rd) {
    IrUnit *u = l->u;
    int64_t n = insn->f[RX_F_IMM];
    IrRef r;
    switch (insn->op) {
    case RX_ROTL_I: rotate(l, rd, IR_ROL, ir_op2i(u, IR_ROL, IR_I32, rx_get(l, rd), n)); return true;
    case RX_ROTR_I: rotate(l, rd, IR_ROR, ir_op2i(u, IR_ROR, IR_I32, rx_get(l, rd), n)); return true;
    case RX_ROTL_RR:
        rotate(l, rd, IR_ROL, ir_op2(u, IR_ROL, IR_I32, rx_get(l, rd), rx_get(l, rx_rs(insn))));
        return true;
    case RX_ROTR_RR:
        rotate(l, rd, IR_ROR, ir_op2(u, IR_ROR, IR_I32, rx_get(l, rd), rx_get(l, rx_rs(insn))));
        return true;
    case RX_ROLC: rotate_carry(l, rd, true); return true;
    case RX_RORC: rotate_carry(l, rd, false); return true;
    case RX_REVL: rx_put(l, rd, ir_op1(u, IR_BSWAP, IR_I32, rx_get(l, rx_rs(insn)))); return true;
    case RX_REVW: // the swapped longword with its halves exchanged
        r = ir_op1(u, IR_BSWAP, IR_I32, rx_get(l, rx_rs(insn)));
        rx_put(l, rd, ir_op2i(u, IR_ROL, IR_I32, r, 16));
        return true;
    default: return false;
    }
}

bool rx_lift_shift(Lift *l, const Insn *insn) {
    unsigned rd = rx_rd(insn), n = (unsigned)insn->f[RX_F_IMM];
    switch (insn->op) {
    case RX_SHLL_I3: shift_const(l, rd, IR_SHL, rx_get(l, rx_rs(insn)), n); return true;
    case RX_SHLR_I3: shift_const(l, rd, IR_SHR, rx_get(l, rx_rs(insn)), n); return true;
    case RX_SHAR_I3: shift_const(l, rd, IR_SAR, rx_get(l, rx_rs(insn)), n); return true;
    case RX_SHLL_RR: shift_by(l, rd, IR_SHL, rx_get(l, rd), rx_get(l, rx_rs(insn))); return true;
    case RX_SHLR_RR: shift_by(l, rd, IR_SHR, rx_get(l, rd), rx_get(l, rx_rs(insn))); return true;
    case RX_SHAR_RR: shift_by(l, rd, IR_SAR, rx_get(l, rd), rx_get(l, rx_rs(insn))); return true;
    default: return lift_rotate(l, insn, rd);
    }
}

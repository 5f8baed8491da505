// Bits: BSET, BCLR, BNOT, BTST, BMCnd and SCCnd. A bit number is modulo 32 in a register, modulo 8 in memory.
#include "guest/rx/rx.h"

typedef enum Action { SET, CLEAR, INVERT, TEST, COPY } Action;

static IrRef change(Lift *l, Action action, IrRef value, IrRef bit, unsigned cond) {
    IrUnit *u = l->u;
    IrRef one = ir_const(u, IR_I32, 1), mask = ir_op2(u, IR_SHL, IR_I32, one, bit);
    IrRef keep = ir_op2(u, IR_AND, IR_I32, value, ir_op1(u, IR_NOT, IR_I32, mask));
    switch (action) {
    case SET: return ir_op2(u, IR_OR, IR_I32, value, mask);
    case CLEAR: return keep;
    case INVERT: return ir_op2(u, IR_XOR, IR_I32, value, mask);
    default: return ir_op2(u, IR_OR, IR_I32, keep, ir_op2(u, IR_SHL, IR_I32, rx_cond(l, cond), bit));
    }
}

static void test(Lift *l, IrRef value, IrRef bit) {
    IrUnit *u = l->u;
    IrRef c = ir_op2(u, IR_SHR, IR_I32, value, bit), z = ir_op2i(u, IR_XOR, IR_I32, c, 1);
    rx_flags_bits(l, 1 << RX_FLAG_C | 1 << RX_FLAG_Z, (IrRef[4]){c, z, 0, 0});
}

static void in_register(Lift *l, const Insn *insn, Action action, IrRef bit) {
    IrRef value = rx_get(l, rx_rd(insn));
    if (action == TEST)
        test(l, value, bit);
    else
        rx_put(l, rx_rd(insn), change(l, action, value, bit, (unsigned)insn->f[RX_F_COND]));
}

static void in_memory(Lift *l, const Insn *insn, Action action, IrRef bit) {
    RxMemory m = {rx_get(l, rx_rs(insn)), insn->f[RX_F_DSP], 0 | (action == TEST ? 0u : MEMOP_RMW)};
    IrRef value = rx_load(l, m);
    if (action == TEST)
        test(l, value, bit);
    else
        rx_store(l, m, change(l, action, value, bit, (unsigned)insn->f[RX_F_COND]));
}

static IrRef bit_of(Lift *l, const Insn *insn, unsigned modulo) { // bit number in the register rt
    return ir_op2i(l->u, IR_AND, IR_I32, rx_get(l, rx_rt(insn)), modulo - 1);
}

static void set_condition(Lift *l, const Insn *insn) {
    RxMemory m = rx_memory(l, insn);
    rx_store(l, m, rx_cond(l, (unsigned)insn->f[RX_F_COND]));
}

bool rx_lift_bit(Lift *l, const Insn *insn) {
    switch (insn->op) {
    case RX_BSET_I5: in_register(l, insn, SET, rx_imm(l, insn)); return true;
    case RX_BSET_RR: in_register(l, insn, SET, bit_of(l, insn, 32)); return true;
    case RX_BSET_IM: in_memory(l, insn, SET, rx_imm(l, insn)); return true;
    case RX_BSET_RM: in_memory(l, insn, SET, bit_of(l, insn, 8)); return true;
    case RX_BCLR_I5: in_register(l, insn, CLEAR, rx_imm(l, insn)); return true;
    case RX_BCLR_RR: in_register(l, insn, CLEAR, bit_of(l, insn, 32)); return true;
    case RX_BCLR_IM: in_memory(l, insn, CLEAR, rx_imm(l, insn)); return true;
    case RX_BCLR_RM: in_memory(l, insn, CLEAR, bit_of(l, insn, 8)); return true;
    case RX_BNOT_I5: in_register(l, insn, INVERT, rx_imm(l, insn)); return true;
    case RX_BNOT_RR: in_register(l, insn, INVERT, bit_of(l, insn, 32)); return true;
    case RX_BNOT_IM: in_memory(l, insn, INVERT, rx_imm(l, insn)); return true;
    case RX_BNOT_RM: in_memory(l, insn, INVERT, bit_of(l, insn, 8)); return true;
    case RX_BTST_I5: in_register(l, insn, TEST, rx_imm(l, insn)); return true;
    case RX_BTST_RR: in_register(l, insn, TEST, bit_of(l, insn, 32)); return true;
    case RX_BTST_IM: in_memory(l, insn, TEST, rx_imm(l, insn)); return true;
    case RX_BTST_RM: in_memory(l, insn, TEST, bit_of(l, insn, 8)); return true;
    case RX_BM_I5: in_register(l, insn, COPY, rx_imm(l, insn)); return true;
    case RX_BM_IM: in_memory(l, insn, COPY, rx_imm(l, insn)); return true;
    case RX_SC_R: rx_put(l, rx_rd(insn), rx_cond(l, (unsigned)insn->f[RX_F_COND])); return true;
    case RX_SC_M: set_condition(l, insn); return true;
    default: return false;
    }
}

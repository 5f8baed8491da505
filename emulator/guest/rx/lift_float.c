// FADD, FSUB, FMUL, FDIV, FCMP, FTOI, ROUND, ITOF: a call to fpu.c, and the flags of its result.
#include "guest/rx/fpu.h"

static uint64_t help_float(Cpu *cpu, uint64_t d, uint64_t s, uint64_t op) {
    uint32_t fpsw = rx_reg(cpu, RX_SLOT_FPSW), result;
    if (!rx_float(&fpsw, (RxFloatOp)op, (uint32_t)d, (uint32_t)s, &result)) cpu_raise(cpu, RX_EXC_FLOAT, 0);
    cpu->slot[RX_SLOT_FPSW] = fpsw;
    return result;
}
static const IrHelper float_helper = {"rx_float", help_float, IR_HELPER_RAISES, 1ull << RX_SLOT_FPSW};

static IrRef call(Lift *l, unsigned rd, IrRef s, RxFloatOp op) {
    return ir_call(l->u, IR_I32, &float_helper, rx_get(l, rd), s, ir_const(l->u, IR_I32, op));
}

// Z: +0 and -0
static void put_float(Lift *l, unsigned rd, IrRef r) {
    IrUnit *u = l->u;
    rx_put(l, rd, r);
    IrRef z = ir_cmpi(u, IR_EQ, IR_I32, ir_op2i(u, IR_SHL, IR_I32, r, 1), 0), s = ir_op2i(u, IR_SHR, IR_I32, r, 31);
    rx_flags_bits(l, 1 << RX_FLAG_Z | 1 << RX_FLAG_S, (IrRef[4]){0, z, s, 0});
}

static void put_int(Lift *l, unsigned rd, IrRef r) {
    rx_put(l, rd, r);
    rx_flags_zs(l, r);
}

static void lift_compare(Lift *l, unsigned rd, IrRef s) {
    IrUnit *u = l->u;
    IrRef f = call(l, rd, s, RX_FLOAT_CMP), value[4] = {0};
    for (unsigned n = RX_FLAG_Z; n <= RX_FLAG_O; n++) value[n] = ir_op2i(u, IR_SHR, IR_I32, f, n);
    rx_flags_bits(l, 1 << RX_FLAG_Z | 1 << RX_FLAG_S | 1 << RX_FLAG_O, value);
}

bool rx_lift_float(Lift *l, const Insn *insn) {
    unsigned rd = rx_rd(insn);
    switch (insn->op) {
    case RX_FADD_I: put_float(l, rd, call(l, rd, rx_imm(l, insn), RX_FLOAT_ADD)); return true;
    case RX_FADD_M: put_float(l, rd, call(l, rd, rx_source_l(l, insn), RX_FLOAT_ADD)); return true;
    case RX_FSUB_I: put_float(l, rd, call(l, rd, rx_imm(l, insn), RX_FLOAT_SUB)); return true;
    case RX_FSUB_M: put_float(l, rd, call(l, rd, rx_source_l(l, insn), RX_FLOAT_SUB)); return true;
    case RX_FMUL_I: put_float(l, rd, call(l, rd, rx_imm(l, insn), RX_FLOAT_MUL)); return true;
    case RX_FMUL_M: put_float(l, rd, call(l, rd, rx_source_l(l, insn), RX_FLOAT_MUL)); return true;
    case RX_FDIV_I: put_float(l, rd, call(l, rd, rx_imm(l, insn), RX_FLOAT_DIV)); return true;
    case RX_FDIV_M: put_float(l, rd, call(l, rd, rx_source_l(l, insn), RX_FLOAT_DIV)); return true;
    case RX_FCMP_I: lift_compare(l, rd, rx_imm(l, insn)); return true;
    case RX_FCMP_M: lift_compare(l, rd, rx_source_l(l, insn)); return true;
    case RX_FTOI_M: put_int(l, rd, call(l, rd, rx_source_l(l, insn), RX_FLOAT_TO_INT)); return true;
    case RX_ROUND_M: put_int(l, rd, call(l, rd, rx_source_l(l, insn), RX_FLOAT_ROUND)); return true;
    case RX_ITOF_M: put_float(l, rd, call(l, rd, rx_source(l, insn), RX_FLOAT_FROM_INT)); return true;
    default: return false;
    }
}

// FADD, FSUB, FMUL, FDIV, FCMP, FTOI, ROUND, ITOF: while FPSW is plain, flags are lazy and the host has them, ops of the IR and a note of the operation
// for FPSW (psw.c); else a call to fpu.c, and the flags of its result.
#include "guest/rx/fpu.h"
#include "ir/float.h"

static uint64_t help_float(Cpu *cpu, uint64_t d, uint64_t s, uint64_t op) {
    uint32_t fpsw = rx_reg(cpu, RX_SLOT_FPSW), result;
    if (!rx_float(&fpsw, (RxFloatOp)op, (uint32_t)d, (uint32_t)s, &result)) cpu_raise(cpu, RX_EXC_FLOAT, 0);
    cpu->slot[RX_SLOT_FPSW] = fpsw;
    return result;
}
static const IrHelper float_helper = {"rx_float", help_float, IR_HELPER_RAISES, 1ull << RX_SLOT_FPSW};

static IrRef call(Lift *l, IrRef d, IrRef s, RxFloatOp op) {
    return ir_call(l->u, IR_I32, &float_helper, d, s, ir_const(l->u, IR_I32, op));
}

static bool is_plain(const Lift *l) { return rx_flags_lazy(l) && l->cpu->fp_flush && !(l->cpu->mode & RX_MODE_FLOAT); }

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

// ---- ops of the IR
static IrRef as_float(Lift *l, IrRef v) { return ir_op1(l->u, IR_BITS, IR_F32, v); }

static void note(Lift *l, RxFloatOp op, IrRef d, IrRef s) {
    ir_put(l->u, RX_SLOT_FOP, ir_const(l->u, IR_I32, op + 1u));
    ir_put(l->u, RX_SLOT_FA, d);
    ir_put(l->u, RX_SLOT_FB, s);
}

// A conversion has no d: s again.
static void lift_plain(Lift *l, unsigned rd, IrRef s, RxFloatOp op) {
    static const uint8_t ops[] = {
        [RX_FLOAT_ADD] = IR_FADDZ, [RX_FLOAT_SUB] = IR_FSUBZ, [RX_FLOAT_MUL] = IR_FMULZ, [RX_FLOAT_DIV] = IR_FDIVZ};
    IrUnit *u = l->u;
    IrRef d = op < RX_FLOAT_TO_INT ? rx_get(l, rd) : s, r = 0;
    IrRef x = op < RX_FLOAT_TO_INT ? as_float(l, d) : 0, y = op < RX_FLOAT_FROM_INT ? as_float(l, s) : 0;
    switch (op) {
    case RX_FLOAT_CMP: break;
    case RX_FLOAT_TO_INT: r = ir_float(u, IR_FTOIZ, IR_I32, FLOAT_RTZ, y, 0, 0); break;
    case RX_FLOAT_ROUND: r = ir_float(u, IR_FTOIZ, IR_I32, FLOAT_RNE, y, 0, 0); break;
    case RX_FLOAT_FROM_INT: r = ir_op1(u, IR_BITS, IR_I32, ir_itof(u, IR_F32, IR_I32, false, FLOAT_RNE, s)); break;
    default: r = ir_op1(u, IR_BITS, IR_I32, ir_float(u, (IrOp)ops[op], IR_F32, FLOAT_RNE, x, y, 0));
    }
    note(l, op, d, s);
    if (r) rx_put(l, rd, r);
    if (op == RX_FLOAT_CMP)
        rx_flags_compare(l, d, s, x, y);
    else if (op == RX_FLOAT_TO_INT || op == RX_FLOAT_ROUND)
        rx_flags_zs(l, r);
    else
        rx_flags_float(l, r);
}

// ---- both ways
static void lift_compare(Lift *l, unsigned rd, IrRef s) {
    IrUnit *u = l->u;
    IrRef f = call(l, rx_get(l, rd), s, RX_FLOAT_CMP), value[4] = {0};
    for (unsigned n = RX_FLAG_Z; n <= RX_FLAG_O; n++) value[n] = ir_op2i(u, IR_SHR, IR_I32, f, n);
    rx_flags_bits(l, 1 << RX_FLAG_Z | 1 << RX_FLAG_S | 1 << RX_FLAG_O, value);
}

static bool lift(Lift *l, unsigned rd, IrRef s, RxFloatOp op) {
    if (is_plain(l))
        lift_plain(l, rd, s, op);
    else if (op == RX_FLOAT_CMP)
        lift_compare(l, rd, s);
    else if (op == RX_FLOAT_TO_INT || op == RX_FLOAT_ROUND)
        put_int(l, rd, call(l, rx_get(l, rd), s, op));
    else
        put_float(l, rd, call(l, rx_get(l, rd), s, op));
    return true;
}

bool rx_lift_float(Lift *l, const Insn *insn) {
    unsigned rd = rx_rd(insn);
    switch (insn->op) {
    case RX_FADD_I: return lift(l, rd, rx_imm(l, insn), RX_FLOAT_ADD);
    case RX_FADD_M: return lift(l, rd, rx_source_l(l, insn), RX_FLOAT_ADD);
    case RX_FSUB_I: return lift(l, rd, rx_imm(l, insn), RX_FLOAT_SUB);
    case RX_FSUB_M: return lift(l, rd, rx_source_l(l, insn), RX_FLOAT_SUB);
    case RX_FMUL_I: return lift(l, rd, rx_imm(l, insn), RX_FLOAT_MUL);
    case RX_FMUL_M: return lift(l, rd, rx_source_l(l, insn), RX_FLOAT_MUL);
    case RX_FDIV_I: return lift(l, rd, rx_imm(l, insn), RX_FLOAT_DIV);
    case RX_FDIV_M: return lift(l, rd, rx_source_l(l, insn), RX_FLOAT_DIV);
    case RX_FCMP_I: return lift(l, rd, rx_imm(l, insn), RX_FLOAT_CMP);
    case RX_FCMP_M: return lift(l, rd, rx_source_l(l, insn), RX_FLOAT_CMP);
    case RX_FTOI_M: return lift(l, rd, rx_source_l(l, insn), RX_FLOAT_TO_INT);
    case RX_ROUND_M: return lift(l, rd, rx_source_l(l, insn), RX_FLOAT_ROUND);
    case RX_ITOF_M: return lift(l, rd, rx_source(l, insn), RX_FLOAT_FROM_INT);
    default: return false;
    }
}

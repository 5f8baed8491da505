// The DSP accumulator, and saturation by the overflow flag ("DSP accumulator", "Integer semantics").
#include "guest/rx/rx.h"

// The product of two 16-bit halves, as ACC counts it: shifted by 16.
static IrRef product(Lift *l, const Insn *insn, bool high) {
    IrUnit *u = l->u;
    IrRef v[2] = {rx_get(l, rx_rs(insn)), rx_get(l, rx_rt(insn))};
    for (int i = 0; i < 2; i++)
        v[i] = high ? ir_ext(u, IR_SEXT, IR_I64, ir_op2i(u, IR_SAR, IR_I32, v[i], 16), 32)
                    : ir_ext(u, IR_SEXT, IR_I64, v[i], 16);
    return ir_op2i(u, IR_SHL, IR_I64, ir_op2(u, IR_MUL, IR_I64, v[0], v[1]), 16);
}

static void put_acc(Lift *l, IrRef v) { ir_put(l->u, RX_SLOT_ACC, v); }

static void add_product(Lift *l, const Insn *insn, bool high) {
    IrRef p = product(l, insn, high);
    put_acc(l, ir_op2(l->u, IR_ADD, IR_I64, ir_get(l->u, RX_SLOT_ACC), p));
}

static void move_to_acc(Lift *l, IrRef v, bool high) {
    IrUnit *u = l->u;
    IrRef acc = ir_get(u, RX_SLOT_ACC), kept, wide = ir_ext(u, IR_ZEXT, IR_I64, v, 32);
    if (high) {
        kept = ir_ext(u, IR_ZEXT, IR_I64, acc, 32);
        wide = ir_op2i(u, IR_SHL, IR_I64, wide, 32);
    } else {
        kept = ir_op2i(u, IR_SHL, IR_I64, ir_op2i(u, IR_SHR, IR_I64, acc, 32), 32);
    }
    put_acc(l, ir_op2(u, IR_OR, IR_I64, kept, wide));
}

static void move_from_acc(Lift *l, unsigned rd, unsigned shift) {
    rx_put(l, rd, ir_ext(l->u, IR_ZEXT, IR_I32, ir_op2i(l->u, IR_SHR, IR_I64, ir_get(l->u, RX_SLOT_ACC), shift), 32));
}

// t = (ACC << n) + 0x80000000, clipped, without its low half. The sum wraps at 64 bits, as the register does.
static void round_acc(Lift *l, unsigned n) {
    IrUnit *u = l->u;
    IrRef most = ir_const(u, IR_I64, 0x00007fff00000000), least = ir_const(u, IR_I64, 0xffff800000000000);
    IrRef half = ir_const(u, IR_I64, 0x80000000);
    IrRef t = ir_op2(u, IR_ADD, IR_I64, ir_op2i(u, IR_SHL, IR_I64, ir_get(u, RX_SLOT_ACC), n), half);
    IrRef cut = ir_op2i(u, IR_SHL, IR_I64, ir_op2i(u, IR_SHR, IR_I64, t, 32), 32);
    IrRef low = ir_select(u, IR_I64, ir_cmp(u, IR_LTS, IR_I64, t, least), least, cut);
    put_acc(l, ir_select(u, IR_I64, ir_cmp(u, IR_GTS, IR_I64, t, most), most, low));
}

// When O: the value that overflowed, by its wrong sign.
static IrRef saturated(Lift *l, IrRef o, IrRef s, IrRef old, uint32_t if_s, uint32_t if_not) {
    IrRef v = ir_select(l->u, IR_I32, s, ir_const(l->u, IR_I32, if_s), ir_const(l->u, IR_I32, if_not));
    return ir_select(l->u, IR_I32, o, v, old);
}

static void saturate(Lift *l, unsigned rd) {
    IrRef o = rx_flag(l, RX_FLAG_O), s = rx_flag(l, RX_FLAG_S);
    rx_put(l, rd, saturated(l, o, s, rx_get(l, rd), 0x7fffffff, 0x80000000));
}

static void saturate_rmpa(Lift *l) {
    IrRef o = rx_flag(l, RX_FLAG_O), s = rx_flag(l, RX_FLAG_S), r6 = rx_get(l, 6), r5 = rx_get(l, 5), r4 = rx_get(l, 4);
    rx_put(l, 6, saturated(l, o, s, r6, 0xffffffff, 0));
    rx_put(l, 5, saturated(l, o, s, r5, 0x80000000, 0x7fffffff));
    rx_put(l, 4, saturated(l, o, s, r4, 0, 0xffffffff));
}

bool rx_lift_dsp(Lift *l, const Insn *insn) {
    switch (insn->op) {
    case RX_SAT: saturate(l, rx_rd(insn)); return true;
    case RX_SATR: saturate_rmpa(l); return true;
    case RX_MULHI: put_acc(l, product(l, insn, true)); return true;
    case RX_MULLO: put_acc(l, product(l, insn, false)); return true;
    case RX_MACHI: add_product(l, insn, true); return true;
    case RX_MACLO: add_product(l, insn, false); return true;
    case RX_MVTACHI: move_to_acc(l, rx_get(l, rx_rs(insn)), true); return true;
    case RX_MVTACLO: move_to_acc(l, rx_get(l, rx_rs(insn)), false); return true;
    case RX_MVFACHI: move_from_acc(l, rx_rd(insn), 32); return true;
    case RX_MVFACMI: move_from_acc(l, rx_rd(insn), 16); return true;
    case RX_RACW: round_acc(l, (unsigned)insn->f[RX_F_IMM]); return true;
    default: return false;
    }
}

// Branches, calls and returns. Distances are from the address of the branch itself; addresses are modulo 2^32.
#include "guest/rx/rx.h"

static gpc address(gpc pc) { return (uint32_t)pc; }

static void push_return(Lift *l) {
    IrRef sp = rx_get(l, 0);
    ir_store(l->u, 2, sp, -4, ir_const(l->u, IR_I32, l->next_pc));
    rx_put(l, 0, ir_op2i(l->u, IR_ADD, IR_I32, sp, -4));
}

static void call(Lift *l, IrRef to) {
    push_return(l);
    lift_ijump(l, to, false, address(l->next_pc));
}

static IrRef relative(Lift *l, const Insn *insn) {
    return ir_op2i(l->u, IR_ADD, IR_I32, rx_get(l, rx_rs(insn)), (int32_t)l->pc);
}

// RTSD drops the frame of `bytes`, whose top holds registers from..to (from = 0: none); then as RTS.
static void lift_return(Lift *l, unsigned bytes, unsigned from, unsigned to) {
    unsigned n = from ? to - from + 1 : 0;
    IrRef sp = rx_get(l, 0), v[16] = {0};
    for (unsigned r = from; n && r <= to; r++)
        v[r] = ir_load(l->u, IR_I32, 2, sp, (int64_t)bytes - 4 * (int64_t)(n - (r - from)));
    IrRef pc = ir_load(l->u, IR_I32, 2, sp, bytes);
    for (unsigned r = from; n && r <= to; r++) rx_put(l, r, v[r]);
    rx_put(l, 0, ir_op2i(l->u, IR_ADD, IR_I32, sp, (int64_t)bytes + 4));
    lift_ijump(l, pc, true, 0);
}

bool rx_lift_branch(Lift *l, const Insn *insn) {
    unsigned cond = (unsigned)insn->f[RX_F_COND], bytes = 4 * (unsigned)insn->f[RX_F_IMM];
    gpc near = address(l->pc + (uint64_t)insn->f[RX_F_IMM]);
    switch (insn->op) {
    case RX_B_B: rx_branch_cond(l, cond, near); return true;
    case RX_B_S: rx_branch_cond(l, cond, address(l->pc + rx_short_distance(insn->f[RX_F_IMM]))); return true;
    case RX_BRA_B: lift_jump(l, near, 0); return true;
    case RX_BRA_S: lift_jump(l, address(l->pc + rx_short_distance(insn->f[RX_F_IMM])), 0); return true;
    case RX_BRA_R: lift_ijump(l, relative(l, insn), false, 0); return true;
    case RX_JMP: lift_ijump(l, rx_get(l, rx_rs(insn)), false, 0); return true;
    case RX_JSR: call(l, rx_get(l, rx_rs(insn))); return true;
    case RX_BSR_R: call(l, relative(l, insn)); return true;
    case RX_BSR_A:
        push_return(l);
        lift_jump(l, near, address(l->next_pc));
        return true;
    case RX_RTS: lift_return(l, 0, 0, 0); return true;
    case RX_RTSD: lift_return(l, bytes, 0, 0); return true;
    case RX_RTSD_M:
        if (rx_rs(insn) > rx_rt(insn))
            rx_lift_undefined_insn(l);
        else
            lift_return(l, bytes, rx_rs(insn), rx_rt(insn));
        return true;
    default: return false;
    }
}

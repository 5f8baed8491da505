// "A Standard Extension for Atomic Instructions". One hart runs at a time, so a load, an operation and a store are
// atomic: interrupts come between blocks only. aq and rl mean nothing here.
//
// A reservation is the address of the last LR; SC succeeds if it names the same one, and ends the reservation, as does
// every trap (trap.c). WHY SC always loads and stores: the IR has no conditional store. When it fails, it writes back
// what it read; for RAM no program can tell, and an SC that would fail may still fault ("Load-Reserved/Store-Conditional
// Instructions"). Misaligned addresses raise address-misaligned: 4 for LR, 6 for SC and AMO, before anything else
// happens.
#include "guest/rv64/rv64.h"

typedef struct Amo {
    uint8_t op;   // IrOp; IR_SELECT: old if (old <cond> rs2), else rs2; IR_NOP: not an AMO
    uint8_t size; // log2 of bytes
    uint8_t cond;
    bool swap; // the new value is rs2
} Amo;

static const Amo amos[RV64_COUNT] = {
    [RV64_AMOSWAP_W] = {IR_SELECT, 2, 0, true},
    [RV64_AMOSWAP_D] = {IR_SELECT, 3, 0, true},
    [RV64_AMOADD_W] = {IR_ADD, 2, 0, false},
    [RV64_AMOADD_D] = {IR_ADD, 3, 0, false},
    [RV64_AMOXOR_W] = {IR_XOR, 2, 0, false},
    [RV64_AMOXOR_D] = {IR_XOR, 3, 0, false},
    [RV64_AMOAND_W] = {IR_AND, 2, 0, false},
    [RV64_AMOAND_D] = {IR_AND, 3, 0, false},
    [RV64_AMOOR_W] = {IR_OR, 2, 0, false},
    [RV64_AMOOR_D] = {IR_OR, 3, 0, false},
    [RV64_AMOMIN_W] = {IR_SELECT, 2, IR_LTS, false},
    [RV64_AMOMIN_D] = {IR_SELECT, 3, IR_LTS, false},
    [RV64_AMOMAX_W] = {IR_SELECT, 2, IR_GTS, false},
    [RV64_AMOMAX_D] = {IR_SELECT, 3, IR_GTS, false},
    [RV64_AMOMINU_W] = {IR_SELECT, 2, IR_LTU, false},
    [RV64_AMOMINU_D] = {IR_SELECT, 3, IR_LTU, false},
    [RV64_AMOMAXU_W] = {IR_SELECT, 2, IR_GTU, false},
    [RV64_AMOMAXU_D] = {IR_SELECT, 3, IR_GTU, false},
};

// The load that each of them begins with.
static IrRef load(Lift *l, unsigned size, unsigned flags, IrRef address) {
    return ir_load(l->u, IR_I64, size | (size == 2 ? MEMOP_SIGNED : 0u) | MEMOP_ALIGNED | flags, address, 0);
}

static void lift_lr(Lift *l, const Insn *insn, unsigned size) {
    IrRef address = rv64_get(l, rv64_rs1(insn)), v = load(l, size, 0, address);
    ir_put(l->u, RV64_SLOT_RESERVATION, address);
    rv64_put(l, rv64_rd(insn), v);
}

static void lift_sc(Lift *l, const Insn *insn, unsigned size) {
    IrUnit *u = l->u;
    IrRef address = rv64_get(l, rv64_rs1(insn));
    IrRef reserved = ir_get(u, RV64_SLOT_RESERVATION);
    IrRef value = rv64_get(l, rv64_rs2(insn));
    IrRef old = load(l, size, MEMOP_RMW, address);
    IrRef ok = ir_cmp(u, IR_EQ, IR_I64, reserved, address);
    ir_store(u, size, address, 0, ir_select(u, IR_I64, ok, value, old));
    ir_put(u, RV64_SLOT_RESERVATION, ir_const(u, IR_I64, RV64_NO_RESERVATION));
    if (rv64_rd(insn)) rv64_put(l, rv64_rd(insn), ir_op2i(u, IR_XOR, IR_I64, ok, 1));
}

static void lift_amo(Lift *l, const Insn *insn, const Amo *amo) {
    IrUnit *u = l->u;
    IrType type = amo->size == 2 ? IR_I32 : IR_I64;
    IrRef address = rv64_get(l, rv64_rs1(insn));
    IrRef operand = rv64_get(l, rv64_rs2(insn));
    IrRef old = load(l, amo->size, MEMOP_RMW, address);
    IrRef value = operand;
    if (amo->op != IR_SELECT)
        value = ir_op2(u, amo->op, type, old, operand);
    else if (!amo->swap)
        value = ir_select(u, IR_I64, ir_cmp(u, amo->cond, type, old, operand), old, operand);
    ir_store(u, amo->size, address, 0, value);
    rv64_put(l, rv64_rd(insn), old);
}

bool rv64_lift_a(Lift *l, const Insn *insn) {
    switch (insn->op) {
    case RV64_LR_W: lift_lr(l, insn, 2); return true;
    case RV64_LR_D: lift_lr(l, insn, 3); return true;
    case RV64_SC_W: lift_sc(l, insn, 2); return true;
    case RV64_SC_D: lift_sc(l, insn, 3); return true;
    default: break;
    }
    if (amos[insn->op].op == IR_NOP) return false;
    lift_amo(l, insn, &amos[insn->op]);
    return true;
}

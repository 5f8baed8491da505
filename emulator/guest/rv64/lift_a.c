// "A Standard Extension for Atomic Instructions", by the IR's ATOMIC: one step for other processors, too, and in the order
// of the program, which is all that aq and rl ask for.
//
// A reservation is the address of the last LR and the value that it loaded; SC succeeds if it names the same address and
// that value is still there (compare and exchange), and ends the reservation, as does every trap (trap.c). So a store of
// another processor that puts the same value back goes unnoticed, as under QEMU; programs that count on more are rare,
// compilers do not make them. An SC that has no reservation puts back what it expects, if it is there: no program can tell,
// and an SC that would fail may still fault ("Load-Reserved/Store-Conditional Instructions"). Misaligned addresses raise
// address-misaligned: 4 for LR, 6 for SC and AMO, before anything else happens.
#include "guest/rv64/rv64.h"

static const struct Amo {
    uint8_t bytes; // 0: not an AMO
    uint8_t kind;  // IrAtomic
} amos[RV64_COUNT] = {
    [RV64_AMOSWAP_W] = {4, IR_ATOMIC_EXCHANGE}, [RV64_AMOSWAP_D] = {8, IR_ATOMIC_EXCHANGE},
    [RV64_AMOADD_W] = {4, IR_ATOMIC_ADD},       [RV64_AMOADD_D] = {8, IR_ATOMIC_ADD},
    [RV64_AMOXOR_W] = {4, IR_ATOMIC_XOR},       [RV64_AMOXOR_D] = {8, IR_ATOMIC_XOR},
    [RV64_AMOAND_W] = {4, IR_ATOMIC_AND},       [RV64_AMOAND_D] = {8, IR_ATOMIC_AND},
    [RV64_AMOOR_W] = {4, IR_ATOMIC_OR},         [RV64_AMOOR_D] = {8, IR_ATOMIC_OR},
    [RV64_AMOMIN_W] = {4, IR_ATOMIC_MINS},      [RV64_AMOMIN_D] = {8, IR_ATOMIC_MINS},
    [RV64_AMOMAX_W] = {4, IR_ATOMIC_MAXS},      [RV64_AMOMAX_D] = {8, IR_ATOMIC_MAXS},
    [RV64_AMOMINU_W] = {4, IR_ATOMIC_MINU},     [RV64_AMOMINU_D] = {8, IR_ATOMIC_MINU},
    [RV64_AMOMAXU_W] = {4, IR_ATOMIC_MAXU},     [RV64_AMOMAXU_D] = {8, IR_ATOMIC_MAXU},
};

static IrType type_of(unsigned bytes) { return bytes == 4 ? IR_I32 : IR_I64; }

static void lift_lr(Lift *l, const Insn *insn, unsigned bytes) {
    unsigned memop = bytes == 4 ? 2 | MEMOP_SIGNED | MEMOP_ALIGNED : 3 | MEMOP_ALIGNED;
    IrRef address = rv64_get(l, rv64_rs1(insn)), v = ir_load(l->u, IR_I64, memop, address, 0);
    ir_put(l->u, RV64_SLOT_RESERVATION, address);
    ir_put(l->u, RV64_SLOT_RESERVED, v);
    rv64_put(l, rv64_rd(insn), v);
}

static void lift_sc(Lift *l, const Insn *insn, unsigned bytes) {
    IrUnit *u = l->u;
    IrType type = type_of(bytes);
    IrRef address = rv64_get(l, rv64_rs1(insn)), value = rv64_get(l, rv64_rs2(insn));
    IrRef expected = ir_get(u, RV64_SLOT_RESERVED);
    IrRef ok = ir_cmp(u, IR_EQ, IR_I64, ir_get(u, RV64_SLOT_RESERVATION), address);
    IrRef fresh = ir_select(u, IR_I64, ok, value, expected);
    IrRef old = ir_atomic(u, type, IR_ATOMIC_CAS, address, fresh, expected);
    ir_put(u, RV64_SLOT_RESERVATION, ir_const(u, IR_I64, RV64_NO_RESERVATION));
    if (!rv64_rd(insn)) return;
    IrRef stored = ir_op2(u, IR_AND, IR_I64, ok, ir_cmp(u, IR_EQ, type, old, expected));
    rv64_put(l, rv64_rd(insn), ir_op2i(u, IR_XOR, IR_I64, stored, 1));
}

static void lift_amo(Lift *l, const Insn *insn, unsigned bytes, IrAtomic kind) {
    IrUnit *u = l->u;
    IrRef address = rv64_get(l, rv64_rs1(insn)), operand = rv64_get(l, rv64_rs2(insn));
    IrRef old = ir_atomic(u, type_of(bytes), kind, address, operand, 0);
    if (rv64_rd(insn)) rv64_put(l, rv64_rd(insn), bytes == 4 ? ir_ext(u, IR_SEXT, IR_I64, old, 32) : old);
}

bool rv64_lift_a(Lift *l, const Insn *insn) {
    switch (insn->op) {
    case RV64_LR_W: lift_lr(l, insn, 4); return true;
    case RV64_LR_D: lift_lr(l, insn, 8); return true;
    case RV64_SC_W: lift_sc(l, insn, 4); return true;
    case RV64_SC_D: lift_sc(l, insn, 8); return true;
    default: break;
    }
    if (!amos[insn->op].bytes) return false;
    lift_amo(l, insn, amos[insn->op].bytes, (IrAtomic)amos[insn->op].kind);
    return true;
}

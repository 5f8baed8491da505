// "B Standard Extension for Bit Manipulation": Zba, Zbb and Zbs.
#include "guest/rv64/rv64.h"

static const Rv64Alu alu[RV64_COUNT] = {
    [RV64_ROL] = {IR_ROL, IR_I64, 0, false},  [RV64_ROR] = {IR_ROR, IR_I64, 0, false},
    [RV64_RORI] = {IR_ROR, IR_I64, 0, true},  [RV64_ROLW] = {IR_ROL, IR_I32, 0, false},
    [RV64_RORW] = {IR_ROR, IR_I32, 0, false}, [RV64_RORIW] = {IR_ROR, IR_I32, 0, true},
};

// (rs1, zero-extended from 32 bits if `word`) << shift, + rs2 if `add`
static IrRef shift_add(Lift *l, const Insn *insn, unsigned shift, bool word, bool add) {
    IrRef v = rv64_get(l, rv64_rs1(insn));
    if (word) v = ir_ext(l->u, IR_ZEXT, IR_I64, v, 32);
    if (shift) v = ir_op2i(l->u, IR_SHL, IR_I64, v, shift);
    return add ? ir_op2(l->u, IR_ADD, IR_I64, v, rv64_get(l, rv64_rs2(insn))) : v;
}

static IrRef lift_zba(Lift *l, const Insn *insn) {
    switch (insn->op) {
    case RV64_ADD_UW: return shift_add(l, insn, 0, true, true);
    case RV64_SH1ADD: return shift_add(l, insn, 1, false, true);
    case RV64_SH2ADD: return shift_add(l, insn, 2, false, true);
    case RV64_SH3ADD: return shift_add(l, insn, 3, false, true);
    case RV64_SH1ADD_UW: return shift_add(l, insn, 1, true, true);
    case RV64_SH2ADD_UW: return shift_add(l, insn, 2, true, true);
    case RV64_SH3ADD_UW: return shift_add(l, insn, 3, true, true);
    case RV64_SLLI_UW: return shift_add(l, insn, (unsigned)insn->f[RV64_F_IMM], true, false);
    default: return 0;
    }
}

// Each byte becomes all ones unless it is 0: bit 7 of t says so, as 7 bits + 0x7f carry into it.
static IrRef or_combine(IrUnit *u, IrRef a) {
    IrRef low = ir_const(u, IR_I64, 0x7f7f7f7f7f7f7f7f), high = ir_const(u, IR_I64, 0x8080808080808080);
    IrRef t = ir_op2(u, IR_ADD, IR_I64, ir_op2(u, IR_AND, IR_I64, a, low), low);
    t = ir_op2(u, IR_AND, IR_I64, ir_op2(u, IR_OR, IR_I64, t, a), high);
    return ir_op2(u, IR_SUB, IR_I64, ir_op2i(u, IR_SHL, IR_I64, t, 1), ir_op2i(u, IR_SHR, IR_I64, t, 7));
}

static IrRef extreme(Lift *l, IrCond first, IrRef a, IrRef b) {
    return ir_select(l->u, IR_I64, ir_cmp(l->u, first, IR_I64, a, b), a, b);
}

// clzw, ctzw and cpopw have small results: a zero-extension is a sign-extension, too.
static IrRef count_word(Lift *l, IrOp op, IrRef a) {
    return ir_ext(l->u, IR_ZEXT, IR_I64, ir_op1(l->u, op, IR_I32, a), 32);
}

static IrRef lift_zbb(Lift *l, const Insn *insn) {
    IrUnit *u = l->u;
    IrRef a = rv64_get(l, rv64_rs1(insn)), b;
    switch (insn->op) {
    case RV64_CLZ: return ir_op1(u, IR_CLZ, IR_I64, a);
    case RV64_CTZ: return ir_op1(u, IR_CTZ, IR_I64, a);
    case RV64_CPOP: return ir_op1(u, IR_POPCNT, IR_I64, a);
    case RV64_CLZW: return count_word(l, IR_CLZ, a);
    case RV64_CTZW: return count_word(l, IR_CTZ, a);
    case RV64_CPOPW: return count_word(l, IR_POPCNT, a);
    case RV64_SEXT_B: return ir_ext(u, IR_SEXT, IR_I64, a, 8);
    case RV64_SEXT_H: return ir_ext(u, IR_SEXT, IR_I64, a, 16);
    case RV64_ZEXT_H: return ir_ext(u, IR_ZEXT, IR_I64, a, 16);
    case RV64_ORC_B: return or_combine(u, a);
    case RV64_REV8: return ir_op1(u, IR_BSWAP, IR_I64, a);
    default: b = rv64_get(l, rv64_rs2(insn)); break;
    }
    switch (insn->op) {
    case RV64_ANDN: return ir_op2(u, IR_AND, IR_I64, a, ir_op1(u, IR_NOT, IR_I64, b));
    case RV64_ORN: return ir_op2(u, IR_OR, IR_I64, a, ir_op1(u, IR_NOT, IR_I64, b));
    case RV64_XNOR: return ir_op1(u, IR_NOT, IR_I64, ir_op2(u, IR_XOR, IR_I64, a, b));
    case RV64_MIN: return extreme(l, IR_LTS, a, b);
    case RV64_MINU: return extreme(l, IR_LTU, a, b);
    case RV64_MAX: return extreme(l, IR_GTS, a, b);
    case RV64_MAXU: return extreme(l, IR_GTU, a, b);
    default: return 0;
    }
}

// Zbs: one bit of rs1, its number in rs2 or the instruction.
static IrRef lift_bit(Lift *l, const Insn *insn) {
    static const uint8_t op_of[RV64_COUNT] = {
        [RV64_BCLR] = IR_AND, [RV64_BCLRI] = IR_AND, [RV64_BEXT] = IR_SHR, [RV64_BEXTI] = IR_SHR,
        [RV64_BINV] = IR_XOR, [RV64_BINVI] = IR_XOR, [RV64_BSET] = IR_OR,  [RV64_BSETI] = IR_OR,
    };
    IrUnit *u = l->u;
    IrOp op = (IrOp)op_of[insn->op];
    if (op == IR_NOP) return 0;
    bool imm = insn->op == RV64_BCLRI || insn->op == RV64_BEXTI || insn->op == RV64_BINVI || insn->op == RV64_BSETI;
    IrRef a = rv64_get(l, rv64_rs1(insn));
    IrRef n = imm ? ir_const(u, IR_I64, (uint64_t)insn->f[RV64_F_IMM]) : rv64_get(l, rv64_rs2(insn));
    if (op == IR_SHR) return ir_op2i(u, IR_AND, IR_I64, ir_op2(u, IR_SHR, IR_I64, a, n), 1);
    IrRef bit = ir_op2(u, IR_SHL, IR_I64, ir_const(u, IR_I64, 1), n);
    if (op == IR_AND) bit = ir_op1(u, IR_NOT, IR_I64, bit);
    return ir_op2(u, op, IR_I64, a, bit);
}

bool rv64_lift_b(Lift *l, const Insn *insn) {
    static IrRef (*const kinds[])(Lift *, const Insn *) = {lift_zba, lift_bit, lift_zbb};
    if (alu[insn->op].op != IR_NOP) return rv64_lift_alu(l, insn, &alu[insn->op]), true;
    IrRef v = 0;
    for (unsigned i = 0; i < ARRAY_LEN(kinds) && !v; i++) v = kinds[i](l, insn);
    if (v) rv64_put(l, rv64_rd(insn), v);
    return v != 0;
}

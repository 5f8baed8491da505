// "RV64I Base Integer Instruction Set" and Zifencei.
#include "guest/rv64/rv64.h"

static const Rv64Alu alu[RV64_COUNT] = {
    [RV64_ADDI] = {IR_ADD, IR_I64, 0, true},       [RV64_SLTI] = {IR_CMP, IR_I64, IR_LTS, true},
    [RV64_SLTIU] = {IR_CMP, IR_I64, IR_LTU, true}, [RV64_XORI] = {IR_XOR, IR_I64, 0, true},
    [RV64_ORI] = {IR_OR, IR_I64, 0, true},         [RV64_ANDI] = {IR_AND, IR_I64, 0, true},
    [RV64_SLLI] = {IR_SHL, IR_I64, 0, true},       [RV64_SRLI] = {IR_SHR, IR_I64, 0, true},
    [RV64_SRAI] = {IR_SAR, IR_I64, 0, true},       [RV64_ADD] = {IR_ADD, IR_I64, 0, false},
    [RV64_SUB] = {IR_SUB, IR_I64, 0, false},       [RV64_SLL] = {IR_SHL, IR_I64, 0, false},
    [RV64_SLT] = {IR_CMP, IR_I64, IR_LTS, false},  [RV64_SLTU] = {IR_CMP, IR_I64, IR_LTU, false},
    [RV64_XOR] = {IR_XOR, IR_I64, 0, false},       [RV64_SRL] = {IR_SHR, IR_I64, 0, false},
    [RV64_SRA] = {IR_SAR, IR_I64, 0, false},       [RV64_OR] = {IR_OR, IR_I64, 0, false},
    [RV64_AND] = {IR_AND, IR_I64, 0, false},       [RV64_ADDIW] = {IR_ADD, IR_I32, 0, true},
    [RV64_SLLIW] = {IR_SHL, IR_I32, 0, true},      [RV64_SRLIW] = {IR_SHR, IR_I32, 0, true},
    [RV64_SRAIW] = {IR_SAR, IR_I32, 0, true},      [RV64_ADDW] = {IR_ADD, IR_I32, 0, false},
    [RV64_SUBW] = {IR_SUB, IR_I32, 0, false},      [RV64_SLLW] = {IR_SHL, IR_I32, 0, false},
    [RV64_SRLW] = {IR_SHR, IR_I32, 0, false},      [RV64_SRAW] = {IR_SAR, IR_I32, 0, false},
};

// MemOp + 1 of loads and stores; 0: not one.
static const uint8_t mem_op[RV64_COUNT] = {
    [RV64_LB] = 1 + (0 | MEMOP_SIGNED),
    [RV64_LH] = 1 + (1 | MEMOP_SIGNED),
    [RV64_LW] = 1 + (2 | MEMOP_SIGNED),
    [RV64_LD] = 1 + 3,
    [RV64_LBU] = 1 + 0,
    [RV64_LHU] = 1 + 1,
    [RV64_LWU] = 1 + 2,
    [RV64_SB] = 1 + 0,
    [RV64_SH] = 1 + 1,
    [RV64_SW] = 1 + 2,
    [RV64_SD] = 1 + 3,
};

static const uint8_t branch_cond[RV64_COUNT] = {
    [RV64_BEQ] = IR_EQ,  [RV64_BNE] = IR_NE,   [RV64_BLT] = IR_LTS,
    [RV64_BGE] = IR_GES, [RV64_BLTU] = IR_LTU, [RV64_BGEU] = IR_GEU,
};

static void lift_cond_branch(Lift *l, const Insn *insn) {
    IrCond c = branch_cond[insn->op];
    unsigned rs1 = rv64_rs1(insn), rs2 = rv64_rs2(insn);
    gpc taken = l->pc + (uint64_t)insn->f[RV64_F_IMM];
    if (rs1 == rs2) {
        lift_jump(l, ir_cond_eval(c, IR_I64, 0, 0) ? taken : l->next_pc, 0);
        return;
    }
    if (rs1 == 0) { // the constant goes to the right
        c = ir_cond_swap(c);
        rs1 = rs2;
        rs2 = 0;
    }
    IrRef a = ir_get(l->u, rs1), b = rs2 ? ir_get(l->u, rs2) : 0;
    lift_branch(l, c, IR_I64, a, b, taken);
}

static bool is_link(unsigned x) { return x == 1 || x == 5; }

static void lift_jal(Lift *l, const Insn *insn) {
    unsigned rd = rv64_rd(insn);
    if (rd) rv64_put(l, rd, ir_const(l->u, IR_I64, l->next_pc));
    lift_jump(l, l->pc + (uint64_t)insn->f[RV64_F_IMM], is_link(rd) ? l->next_pc : 0);
}

// Calls and returns are told apart as in "Return-address stack prediction hints" of JALR. A pop followed by a push
// (rd and rs1 are different link registers) counts as a call.
static void lift_jalr(Lift *l, const Insn *insn) {
    unsigned rd = rv64_rd(insn), rs1 = rv64_rs1(insn);
    int64_t imm = insn->f[RV64_F_IMM];
    gpc return_pc = is_link(rd) ? l->next_pc : 0;
    if (rs1 == 0) {
        if (rd) rv64_put(l, rd, ir_const(l->u, IR_I64, l->next_pc));
        lift_jump(l, (uint64_t)imm & ~1ull, return_pc);
        return;
    }
    IrRef to = ir_get(l->u, rs1);
    if (imm) to = ir_op2i(l->u, IR_ADD, IR_I64, to, imm);
    to = ir_op2i(l->u, IR_AND, IR_I64, to, ~1ll);
    if (rd) rv64_put(l, rd, ir_const(l->u, IR_I64, l->next_pc));
    lift_ijump(l, to, is_link(rs1) && !is_link(rd), return_pc);
}

static void lift_load(Lift *l, const Insn *insn, unsigned memop) {
    IrRef v = ir_load(l->u, IR_I64, memop, rv64_get(l, rv64_rs1(insn)), insn->f[RV64_F_IMM]);
    rv64_put(l, rv64_rd(insn), v);
}

static void lift_store(Lift *l, const Insn *insn, unsigned memop) {
    IrRef base = rv64_get(l, rv64_rs1(insn));
    ir_store(l->u, memop, base, insn->f[RV64_F_IMM], rv64_get(l, rv64_rs2(insn)));
}

// The only order that the host does not keep by itself: stores before, loads behind. In f: [3] i [2] o [1] r [0] w.
static bool orders_loads(const Insn *insn) { return insn->f[RV64_F_PRED] & 5 && insn->f[RV64_F_SUCC] & 10; }

bool rv64_lift_i(Lift *l, const Insn *insn) {
    if (alu[insn->op].op != IR_NOP) return rv64_lift_alu(l, insn, &alu[insn->op]), true;
    uint64_t imm = (uint64_t)insn->f[RV64_F_IMM];
    switch (insn->op) {
    case RV64_LUI: rv64_put(l, rv64_rd(insn), ir_const(l->u, IR_I64, imm)); return true;
    case RV64_AUIPC: rv64_put(l, rv64_rd(insn), ir_const(l->u, IR_I64, l->pc + imm)); return true;
    case RV64_JAL: lift_jal(l, insn); return true;
    case RV64_JALR: lift_jalr(l, insn); return true;
    case RV64_BEQ:
    case RV64_BNE:
    case RV64_BLT:
    case RV64_BGE:
    case RV64_BLTU:
    case RV64_BGEU: lift_cond_branch(l, insn); return true;
    case RV64_LB:
    case RV64_LH:
    case RV64_LW:
    case RV64_LD:
    case RV64_LBU:
    case RV64_LHU:
    case RV64_LWU: lift_load(l, insn, mem_op[insn->op] - 1u); return true;
    case RV64_SB:
    case RV64_SH:
    case RV64_SW:
    case RV64_SD: lift_store(l, insn, mem_op[insn->op] - 1u); return true;
    case RV64_FENCE:
        if (orders_loads(insn)) ir_emit(l->u, (IrInsn){.op = IR_FENCE});
        return true;
    case RV64_FENCE_TSO:
        return true; // accesses are in this order anyway
    // Stores to translated code are noticed when they happen; what follows was perhaps fetched before, so the block
    // ends. A program may have written through another mapping: its system looks.
    case RV64_FENCE_I:
        if (rv64_state(l->cpu)->hosted)
            lift_trap_retired(l, RV64_TRAP_FENCE_I, l->next_pc);
        else
            lift_jump(l, l->next_pc, 0);
        return true;
    case RV64_ECALL: lift_trap(l, RV64_EXC_ECALL + rv64_priv_of(l->cpu->mode), 0); return true;
    case RV64_EBREAK: lift_trap(l, RV64_EXC_BREAKPOINT, 0); return true;
    default: return false;
    }
}

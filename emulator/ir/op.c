// What is known of each op, condition and type: tables made from ir_op.inc, and the algebra of conditions.
#include "ir/ir.h"

const IrOpInfo ir_op_info[IR_OP_COUNT] = {
#define PURE                             IR_PURE
#define COMM                             IR_COMM
#define BIMM                             IR_BIMM
#define COND                             IR_COND
#define FAULT                            IR_FAULT
#define EFFECT                           IR_EFFECT
#define TERM                             IR_TERM
#define WIDTH                            IR_WIDTH
#define FLAGS                            IR_FLAGS
#define ROUND                            IR_ROUND
#define NO_VALUE                         IR_NO_VALUE
#define IR_OP(name, text, inputs, flags) {text, inputs, flags},
#include "ir/ir_op.inc"
#undef IR_OP
#undef PURE
#undef COMM
#undef BIMM
#undef COND
#undef FAULT
#undef EFFECT
#undef TERM
#undef WIDTH
#undef FLAGS
#undef ROUND
#undef NO_VALUE
};

const char *const ir_cond_text[IR_COND_COUNT] = {"eq", "ne", "lts", "ges", "les", "gts", "ltu", "geu", "leu", "gtu"};
const char *const ir_round_text[IR_ROUND_COUNT] = {"rne", "rtz", "rdn", "rup", "rmm"};
const char *const ir_atomic_text[IR_ATOMIC_COUNT] = {"add",  "and",  "or",   "xor",      "mins",
                                                     "maxs", "minu", "maxu", "exchange", "cas"};
const char *const ir_type_text[IR_TYPE_COUNT] = {"void", "i32", "i64", "f32", "f64"};

bool ir_extends_i32(const IrUnit *u, const IrInsn *insn, IrOp by) {
    return insn->op == by && insn->type == IR_I64 && insn->imm == 32 && ir_value_type(&u->insns.at[insn->a]) == IR_I32;
}

IrCond ir_cond_negate(IrCond c) {
    static const uint8_t to[IR_COND_COUNT] = {
        [IR_EQ] = IR_NE,   [IR_NE] = IR_EQ,   [IR_LTS] = IR_GES, [IR_GES] = IR_LTS, [IR_LES] = IR_GTS,
        [IR_GTS] = IR_LES, [IR_LTU] = IR_GEU, [IR_GEU] = IR_LTU, [IR_LEU] = IR_GTU, [IR_GTU] = IR_LEU,
    };
    return (IrCond)to[c];
}

IrCond ir_cond_swap(IrCond c) {
    static const uint8_t to[IR_COND_COUNT] = {
        [IR_EQ] = IR_EQ,   [IR_NE] = IR_NE,   [IR_LTS] = IR_GTS, [IR_GES] = IR_LES, [IR_LES] = IR_GES,
        [IR_GTS] = IR_LTS, [IR_LTU] = IR_GTU, [IR_GEU] = IR_LEU, [IR_LEU] = IR_GEU, [IR_GTU] = IR_LTU,
    };
    return (IrCond)to[c];
}

bool ir_cond_eval(IrCond c, IrType width, uint64_t a, uint64_t b) {
    if (width == IR_I32) {
        // WHY: sign extension keeps both the signed and the unsigned order of 32-bit values.
        a = (uint64_t)(int64_t)(int32_t)a;
        b = (uint64_t)(int64_t)(int32_t)b;
    }
    switch (c) {
    case IR_EQ: return a == b;
    case IR_NE: return a != b;
    case IR_LTS: return (int64_t)a < (int64_t)b;
    case IR_GES: return (int64_t)a >= (int64_t)b;
    case IR_LES: return (int64_t)a <= (int64_t)b;
    case IR_GTS: return (int64_t)a > (int64_t)b;
    case IR_LTU: return a < b;
    case IR_GEU: return a >= b;
    case IR_LEU: return a <= b;
    case IR_GTU: return a > b;
    default: BUG_IF(true, "condition %d", c);
    }
}

gpc ir_budget_pc(const IrUnit *u, const IrBlock *b, const IrInsn *budget, uint16_t *retired, gpc *head) {
    *retired = 0;
    *head = b->pc;
    if (!budget->b) return b->pc;
    *head = u->blocks.at[b->succ[budget->b - 1]].pc;
    *retired = b->n_guest;
    if (u->insns.at[b->end - 1].op == IR_JUMP) return *head;
    uint32_t i = b->end - 1;
    while (u->insns.at[i].op != IR_INSN) i--;
    *retired = u->insns.at[i].c;
    return (gpc)u->insns.at[i].imm;
}

// WHY the type of any instruction: one that has a float as its type and makes none takes one.
bool ir_has_floats(const IrUnit *u) {
    bool any = false; // WHY to the end: most units have none, and so it is one test an instruction
    for (uint32_t i = 1; i < u->insns.n; i++) {
        const IrInsn *in = &u->insns.at[i];
        any |= (in->type >= IR_F32) | ((ir_op_info[in->op].flags & IR_FLAGS) != 0) | (in->op == IR_FFLAGS);
    }
    return any;
}

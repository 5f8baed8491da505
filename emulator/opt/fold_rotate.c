// Rotations: two shifts of one value, put together again. Of 32 bits on RV64 without Zbb, where each shift is sign-extended:
//
//     v3 = shl.i32 v1, #7             v3 = shl.i32 v1, #7
//     v4 = sext.i64[32] v3            v4 = sext.i64[32] v3
//     v5 = shr.i32 v1, #25            v5 = shr.i32 v1, #25
//     v6 = sext.i64[32] v5            v6 = sext.i64[32] v5
//     v7 = or.i64 v4, v6              v7 = rol.i32 v1, #7
//                                     v8 = sext.i64[32] v7
//
// The bits of the two do not meet, so OR, XOR and ADD are the same. What is left of the shifts is state. WHY not among the rules: it
// takes one more instruction.
#include "opt/fold.h"
#include "opt/insert.h"

typedef struct Rotation {
    IrType type;
    IrRef of;
    int64_t left;
} Rotation;

static const IrInsn *shift(const IrUnit *u, IrRef v, IrOp op, IrType t) {
    const IrInsn *i = fold_at(u, v);
    if (t == IR_I32 && ir_value_type(i) == IR_I64) {
        if (!ir_extends_i32(u, i, IR_SEXT)) return NULL;
        i = fold_at(u, i->a);
    }
    return i->op == op && i->type == t && !i->b ? i : NULL;
}

static bool halves(const IrUnit *u, IrRef a, IrRef b, IrType t, Rotation *r) {
    const IrInsn *left = shift(u, a, IR_SHL, t), *right = shift(u, b, IR_SHR, t);
    if (!left || !right || left->a != right->a || left->imm <= 0 || left->imm + right->imm != fold_width(t))
        return false;
    *r = (Rotation){t, left->a, left->imm};
    return true;
}

static bool rotates(const IrUnit *u, const IrInsn *i, Rotation *r) {
    if ((i->op != IR_OR && i->op != IR_XOR && i->op != IR_ADD) || !i->b) return false;
    IrType t = (IrType)i->type;
    return halves(u, i->a, i->b, t, r) || halves(u, i->b, i->a, t, r) ||
           (t == IR_I64 && (halves(u, i->a, i->b, IR_I32, r) || halves(u, i->b, i->a, IR_I32, r)));
}

void fold_rotations(IrUnit *u) {
    VEC(OptInsert) list = {0};
    for (uint32_t n = 1; n < u->insns.n; n++) {
        IrInsn *i = &u->insns.at[n];
        Rotation r;
        if (!rotates(u, i, &r)) continue;
        IrInsn rol = {.op = IR_ROL, .type = (uint8_t)r.type, .a = r.of, .imm = r.left};
        bool extend = r.type != i->type;
        if (extend) vec_push(&list, ((OptInsert){n, rol, .feeds = true}));
        *i = extend ? (IrInsn){.op = IR_SEXT, .type = IR_I64, .a = r.of, .imm = 32} : rol;
    }
    if (list.n) opt_insert(u, list.at, list.n);
    vec_free(&list);
}

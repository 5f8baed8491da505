// Indexes: `slli x, 32; srli x, 32 - k`, which is how RV64 scales an unsigned index of 32 bits, becomes an extension and a shift by k.
// The allocator puts both into the address of an access (ra/sum.c); what is left of the first shift is state.
//
// Example:
//     v3 = shl.i64 v2, #32            v3 = shl.i64 v2, #32
//     v4 = shr.i64 v3, #30            v4 = zext.i64[32] v2
//                                     v5 = shl.i64 v4, #2
#include "opt/insert.h"
#include "opt/opt.h"
#include "opt/rewrite.h"

enum { SCALE_MAX = 3 };

static bool is_shift(const IrInsn *i, IrOp op) { return i->op == op && i->type == IR_I64 && !i->b; }

// The index in v = (index << 32) >> (32 - k), or 0.
static IrRef scaled(const IrUnit *u, const IrInsn *v) {
    if (!is_shift(v, IR_SHR) || v->imm < 32 - SCALE_MAX || v->imm >= 32) return 0;
    const IrInsn *inner = &u->insns.at[v->a];
    if (!is_shift(inner, IR_SHL) || inner->imm != 32) return 0;
    const IrInsn *index = &u->insns.at[inner->a];
    return ir_extends_i32(u, index, IR_SEXT) ? index->a : inner->a;
}

void opt_scale(IrUnit *u) {
    VEC(OptInsert) list = {0};
    if (u->blocks.n == 1) return;
    for (uint32_t n = 1; n < u->insns.n; n++) {
        IrInsn *i = &u->insns.at[n];
        IrRef index = scaled(u, i);
        if (!index) continue;
        vec_push(&list,
                 ((OptInsert){.at = n, .insn = {.op = IR_ZEXT, .type = IR_I64, .a = index, .imm = 32}, .feeds = true}));
        *i = (IrInsn){.op = IR_SHL, .type = IR_I64, .a = i->a, .imm = 32 - i->imm};
    }
    if (list.n) opt_insert(u, list.at, list.n);
    vec_free(&list);
}

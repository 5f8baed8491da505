// ATOMIC and FENCE: one instruction of the A extension each, but for
//     cas        1: lr.w t1,(t0); subw t2,t1,c; bnez t2,2f; sc.w t2,b,(t0); bnez t2,1b; 2: mv dst,t1
// Aligned plain memory only: where the probe misses, a call does it (run/access.c). The instruction counts of a profile
// take the loop as if it were gone through once: other processors decide how often it is.
#include "host/rv64/emit.h"

static void compare_and_swap(Emit *m, const RaOp *op, bool w) {
    uint32_t again = code_offset(&m->e);
    enc_r1(&m->e, w ? RV_LR_D : RV_LR_W, TMP2, TMP);
    enc_r(&m->e, w ? RV_SUB : RV_SUBW, TMP3, TMP2, op->c.index);
    uint32_t differs = enc_branch(&m->e, RV_BNE, TMP3, ZERO);
    enc_r(&m->e, w ? RV_SC_D : RV_SC_W, TMP3, TMP, op->b.index);
    enc_aim(&m->e, enc_branch(&m->e, RV_BNE, TMP3, ZERO), again);
    enc_aim(&m->e, differs, code_offset(&m->e));
}

static void operate(Emit *m, const RaOp *op, const IrInsn *in) {
    static const struct {
        uint16_t narrow, wide;
    } rows[IR_ATOMIC_COUNT] = {
        [IR_ATOMIC_ADD] = {RV_AMOADD_W, RV_AMOADD_D},       [IR_ATOMIC_AND] = {RV_AMOAND_W, RV_AMOAND_D},
        [IR_ATOMIC_OR] = {RV_AMOOR_W, RV_AMOOR_D},          [IR_ATOMIC_XOR] = {RV_AMOXOR_W, RV_AMOXOR_D},
        [IR_ATOMIC_MINS] = {RV_AMOMIN_W, RV_AMOMIN_D},      [IR_ATOMIC_MAXS] = {RV_AMOMAX_W, RV_AMOMAX_D},
        [IR_ATOMIC_MINU] = {RV_AMOMINU_W, RV_AMOMINU_D},    [IR_ATOMIC_MAXU] = {RV_AMOMAXU_W, RV_AMOMAXU_D},
        [IR_ATOMIC_EXCHANGE] = {RV_AMOSWAP_W, RV_AMOSWAP_D}};
    bool w = in->type == IR_I64;
    if (in->imm == IR_ATOMIC_CAS)
        compare_and_swap(m, op, w);
    else
        enc_r(&m->e, (RvOp)(w ? rows[in->imm].wide : rows[in->imm].narrow), op->dst == RA_NO_REG ? ZERO : op->dst, TMP,
              op->b.index);
}

void gen_atomic(Emit *m, const RaOp *op, const IrInsn *in, Place at) {
    (void)at; // TMP
    operate(m, op, in);
    emit_guard(m, op);
    if (op->dst != RA_NO_REG && in->imm == IR_ATOMIC_CAS) enc_mv(&m->e, op->dst, TMP2);
}

void gen_fence(Emit *m) {
    if (m->cfg->shared) enc_r1(&m->e, RV_FENCE, 0, 0);
}

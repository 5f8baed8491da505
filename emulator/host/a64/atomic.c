// ATOMIC and FENCE. Where others run on the same memory:
//     ldaddal b,dst,[x16]                                                                         LSE (ARMv8.1)
//     1: ldaxr x17,[x16]; add x15,x17,b; stlxr w30,x15,[x16]; cbnz w30,1b; dmb ish; mov dst,x17   without it
// Aligned plain memory only: where the probe misses, a call does it (run/access.c). The instruction counts of a profile
// take the loop as if it were gone through once: other processors decide how often it is. WHY the barrier: the store of
// stlxr may become visible after a load that stands behind it. One instruction that acquires and releases is a barrier itself
// (Arm ARM, "Barrier-ordered-before"), unless it throws away what was there.
#include "host/a64/a64.h"
#include "host/a64/emit.h"

// TMP3 = what is to be there; TMP2: what was.
static unsigned operate(Emit *m, const RaOp *op, const IrInsn *in) {
    static const A64Op rows[IR_ATOMIC_COUNT] = {
        [IR_ATOMIC_ADD] = A64_ADD, [IR_ATOMIC_AND] = A64_AND, [IR_ATOMIC_OR] = A64_ORR, [IR_ATOMIC_XOR] = A64_EOR};
    static const uint8_t keeps[IR_ATOMIC_COUNT] = {
        [IR_ATOMIC_MINS] = A64_LT, [IR_ATOMIC_MAXS] = A64_GT, [IR_ATOMIC_MINU] = A64_LO, [IR_ATOMIC_MAXU] = A64_HI};
    bool w = in->type == IR_I64;
    unsigned b = op->b.index;
    if (in->imm == IR_ATOMIC_EXCHANGE || in->imm == IR_ATOMIC_CAS) return b;
    if (rows[in->imm]) {
        enc_r(&m->e, w, rows[in->imm], TMP3, TMP2, b);
    } else {
        enc_r(&m->e, w, A64_SUBS, ZERO, TMP2, b);
        enc_csel(&m->e, w, A64_CSEL, TMP3, TMP2, b, (A64Cond)keeps[in->imm]);
    }
    return TMP3;
}

static void by_loop(Emit *m, const RaOp *op, const IrInsn *in) {
    bool w = in->type == IR_I64, cas = in->imm == IR_ATOMIC_CAS, shared = m->cfg->shared;
    unsigned size = w ? 3 : 2;
    uint32_t again = code_offset(&m->e), differs = 0;
    if (shared)
        enc_exclusive(&m->e, A64_LDAXR, size, 0, TMP2, TMP);
    else
        enc_mem(&m->e, A64_LDR, size, TMP2, TMP, 0);
    emit_guard(m, op);
    if (cas) {
        enc_r(&m->e, w, A64_SUBS, ZERO, TMP2, op->c.index);
        differs = enc_branch(&m->e, A64_NE);
    }
    unsigned value = operate(m, op, in);
    if (shared)
        enc_exclusive(&m->e, A64_STLXR, size, LINK, value, TMP);
    else
        enc_mem(&m->e, A64_STR, size, value, TMP, 0);
    emit_guard(m, op);
    if (shared) enc_aim(&m->e, enc_branch_zero(&m->e, false, A64_CBNZ, LINK), again);
    if (cas) enc_aim(&m->e, differs, code_offset(&m->e));
    gen_fence(m);
}

// Returns the register with what was there.
static unsigned by_lse(Emit *m, const RaOp *op, const IrInsn *in) {
    static const A64Op rows[IR_ATOMIC_COUNT] = {
        [IR_ATOMIC_ADD] = A64_LDADDAL,   [IR_ATOMIC_AND] = A64_LDCLRAL,   [IR_ATOMIC_OR] = A64_LDSETAL,
        [IR_ATOMIC_XOR] = A64_LDEORAL,   [IR_ATOMIC_MINS] = A64_LDSMINAL, [IR_ATOMIC_MAXS] = A64_LDSMAXAL,
        [IR_ATOMIC_MINU] = A64_LDUMINAL, [IR_ATOMIC_MAXU] = A64_LDUMAXAL, [IR_ATOMIC_EXCHANGE] = A64_SWPAL};
    bool w = in->type == IR_I64;
    unsigned size = w ? 3 : 2, b = op->b.index, was = op->dst == RA_NO_REG ? TMP2 : op->dst;
    if (in->imm == IR_ATOMIC_CAS) {
        enc_mv(&m->e, TMP2, op->c.index);
        enc_exclusive(&m->e, A64_CASAL, size, was = TMP2, b, TMP);
    } else {
        if (in->imm == IR_ATOMIC_AND) enc_r(&m->e, w, A64_ORN, TMP3, ZERO, b), b = TMP3; // it clears bits
        enc_exclusive(&m->e, rows[in->imm], size, b, was, TMP);
    }
    emit_guard(m, op);
    return was;
}

void gen_atomic(Emit *m, const RaOp *op, const IrInsn *in, Place at) {
    unsigned was = TMP2;
    (void)at; // TMP
    if (m->cfg->shared && emit_has(m, A64_LSE))
        was = by_lse(m, op, in);
    else
        by_loop(m, op, in);
    if (op->dst != RA_NO_REG) enc_mv(&m->e, op->dst, was);
}

void gen_fence(Emit *m) {
    if (m->cfg->shared) code_word(&m->e, A64_DMB_ISH, true);
}

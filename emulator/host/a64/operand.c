// Operands: where the allocator put a value, as AArch64 sees it.
#include "host/a64/emit.h"
#include <string.h>

// ---- constants
void ls_gen_literal(Emit *m, unsigned dst) { code_word(&m->e, A64_LDR_LITERAL | dst, true); }
void ls_gen_aim_literal(Emit *m, uint32_t at, uint32_t to) { enc_aim(&m->e, at, to); }

void ls_gen_const(Emit *m, unsigned dst, RaLoc from) {
    int64_t v = emit_const(m, from);
    unsigned to = emit_is_float_reg(dst) ? TMP : dst;
    if (emit_is_half((IrType)m->u->insns.at[from.index].type)) v = (uint32_t)v;
    if (to == dst || v) emit_li(m, to, v);
    if (to != dst) enc_cross(&m->e, true, true, A64_FMOV_FROM_INT, dst, v ? TMP : ZERO);
}

void emit_add_imm(Emit *m, bool wide, unsigned dst, unsigned a, int64_t imm, unsigned tmp) {
    if (!wide) imm = (int32_t)imm;
    if (a64_fits_add(imm)) {
        if (imm || dst != a || !wide) enc_add_imm(&m->e, wide, A64_ADD, dst, a, imm);
    } else {
        emit_li(m, tmp, wide ? imm : (uint32_t)imm);
        enc_r(&m->e, wide, A64_ADD, dst, a, tmp);
    }
}

unsigned emit_reg_b(Emit *m, const RaOp *op, const IrInsn *in) {
    if (op->b.kind == RA_REG) return op->b.index;
    uint64_t imm = (uint64_t)(op->b.kind == RA_CONST ? emit_const(m, op->b) : in->imm);
    if (in->type != IR_I64) imm = (uint32_t)imm;
    if (imm == 0) return ZERO;
    emit_li(m, TMP2, (int64_t)imm);
    return TMP2;
}

// ---- sums. A zero-extended I32 is so in its register: see ls_addresses().
static void index_into(Emit *m, unsigned dst, const RaSum *sum) {
    unsigned shift = sum->shift;
    if (sum->extends == IR_SEXT && shift < 32)
        enc_bits(&m->e, true, A64_SBFM, dst, sum->index.index, (64 - shift) & 63, 31); // sbfiz
    else if (shift)
        enc_shift_imm(&m->e, true, A64_LSLV, dst, sum->index.index, shift);
    else
        enc_mv(&m->e, dst, sum->index.index);
}

void ls_gen_sum(Emit *m, unsigned dst, const RaSum *sum) {
    unsigned base = sum->base.index;
    if (sum->base.kind == RA_NONE) {
        index_into(m, dst, sum);
        return;
    }
    if (sum->index.kind != RA_NONE) {
        bool sext = sum->extends == IR_SEXT;
        if (sext) index_into(m, TMP2, sum);
        enc_shifted(&m->e, true, A64_ADD, dst, base, sext ? TMP2 : sum->index.index, sext ? 0 : sum->shift);
        base = dst;
    }
    emit_add_imm(m, true, dst, base, sum->imm, LINK);
}

// ---- the frame
static unsigned frame_base(Emit *m, unsigned size, int32_t *disp) {
    if (a64_fits_mem(*disp, size)) return FRAME;
    enc_li(&m->e, LINK, *disp);
    enc_r(&m->e, true, A64_ADD, LINK, LINK, FRAME);
    *disp = 0;
    return LINK;
}

void ls_gen_frame_load(Emit *m, unsigned dst, bool half, int32_t disp) {
    unsigned size = half ? 2 : 3, base = frame_base(m, size, &disp);
    enc_mem(&m->e, emit_is_float_reg(dst) ? A64_LDR_F : A64_LDR, size, dst, base, disp);
}

void ls_gen_frame_store(Emit *m, unsigned src, bool half, int32_t disp) {
    unsigned size = half ? 2 : 3, base = frame_base(m, size, &disp);
    enc_mem(&m->e, emit_is_float_reg(src) ? A64_STR_F : A64_STR, size, src, base, disp);
}

void ls_gen_copy(Emit *m, unsigned dst, unsigned src) {
    if (dst == src) return;
    if (emit_is_float_reg(dst) && emit_is_float_reg(src))
        enc_f(&m->e, true, A64_FMOV, dst, src, 0);
    else if (emit_is_float_reg(dst))
        enc_cross(&m->e, true, true, A64_FMOV_FROM_INT, dst, src);
    else if (emit_is_float_reg(src))
        enc_cross(&m->e, true, true, A64_FMOV_TO_INT, dst, src);
    else
        enc_mv(&m->e, dst, src);
}

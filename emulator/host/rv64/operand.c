// Operands: where the allocator put a value, as RISC-V sees it.
#include "host/rv64/emit.h"
#include "host/rv64/rv64.h"
#include <string.h>

// ---- constants
void ls_gen_literal(Emit *m, unsigned dst) {
    enc_u(&m->e, RV_AUIPC, dst, 0);
    enc_i(&m->e, RV_LD, dst, dst, 0);
}

void ls_gen_aim_literal(Emit *m, uint32_t at, uint32_t to) {
    uint32_t words[2], distance = to - at, low = distance & 0xfff;
    memcpy(words, m->e.begin + at, sizeof words);
    words[0] |= (distance + 0x800) & 0xfffff000;
    words[1] |= low << 20;
    memcpy(m->e.begin + at, words, sizeof words);
}

void ls_gen_const(Emit *m, unsigned dst, RaLoc from) {
    int64_t v = emit_const(m, from);
    if (!emit_is_float_reg(dst)) {
        emit_li(m, dst, v);
        return;
    }
    if (v) emit_li(m, TMP, v);
    bool half = m->u->insns.at[from.index].type == IR_F32;
    enc_r1(&m->e, half ? RV_FMV_W_X : RV_FMV_D_X, dst, v ? TMP : ZERO);
}

void emit_add_imm(Emit *m, bool wide, unsigned dst, unsigned a, int64_t imm, unsigned tmp) {
    if (!wide) imm = (int32_t)imm;
    if (rv_fits12(imm)) {
        if (imm || dst != a || !wide) enc_i(&m->e, wide ? RV_ADDI : RV_ADDIW, dst, a, (int32_t)imm);
    } else {
        emit_li(m, tmp, imm);
        enc_r(&m->e, wide ? RV_ADD : RV_ADDW, dst, a, tmp);
    }
}

// ---- sums
static void index_into(Emit *m, unsigned dst, const RaSum *sum) {
    unsigned index = sum->index.index;
    int32_t shift = sum->shift;
    if (sum->extends == IR_ZEXT && shift < 32 && (shift || !emit_has(m, RV_ZBA))) {
        enc_i(&m->e, RV_SLLI, dst, index, 32);
        enc_i(&m->e, RV_SRLI, dst, dst, 32 - shift);
        return;
    }
    if (shift < 32 && sum->extends == IR_ZEXT)
        emit_zext32(m, dst, index), index = dst;
    else if (shift < 32 && sum->extends == IR_SEXT)
        enc_i(&m->e, RV_ADDIW, dst, index, 0), index = dst;
    if (shift)
        enc_i(&m->e, RV_SLLI, dst, index, shift);
    else
        enc_mv(&m->e, dst, index);
}

// The instruction of Zba that adds a scaled index, or RV_OP_COUNT.
static RvOp scaled_add(const Emit *m, const RaSum *sum) {
    static const uint16_t wide[] = {RV_ADD, RV_SH1ADD, RV_SH2ADD, RV_SH3ADD};
    static const uint16_t zext[] = {RV_ADD_UW, RV_SH1ADD_UW, RV_SH2ADD_UW, RV_SH3ADD_UW};
    if (sum->extends == IR_SEXT || sum->shift > 3 || !emit_has(m, RV_ZBA)) return RV_OP_COUNT;
    return (RvOp)(sum->extends ? zext : wide)[sum->shift];
}

void ls_gen_sum(Emit *m, unsigned dst, const RaSum *sum) {
    unsigned base = sum->base.index, index = sum->index.index;
    RvOp add = scaled_add(m, sum);
    if (sum->base.kind == RA_NONE) {
        index_into(m, dst, sum);
        return;
    }
    if (sum->index.kind != RA_NONE) {
        if (add == RV_OP_COUNT && (sum->shift || sum->extends)) index_into(m, index = TMP2, sum);
        enc_r(&m->e, add == RV_OP_COUNT ? RV_ADD : add, dst, index, base);
        base = dst;
    }
    emit_add_imm(m, true, dst, base, sum->imm, LINK);
}

// ---- the frame
static unsigned frame_base(Emit *m, int32_t *disp) {
    if (rv_fits12(*disp)) return FRAME;
    int32_t low = (int32_t)bits_sext((uint64_t)*disp, 12);
    enc_u(&m->e, RV_LUI, LINK, *disp - low);
    enc_r(&m->e, RV_ADD, LINK, LINK, FRAME);
    *disp = low;
    return LINK;
}

void ls_gen_frame_load(Emit *m, unsigned dst, bool half, int32_t disp) {
    unsigned base = frame_base(m, &disp);
    enc_i(&m->e, emit_is_float_reg(dst) ? half ? RV_FLW : RV_FLD : half ? RV_LW : RV_LD, dst, base, disp);
}

void ls_gen_frame_store(Emit *m, unsigned src, bool half, int32_t disp) {
    unsigned base = frame_base(m, &disp);
    enc_s(&m->e, emit_is_float_reg(src) ? half ? RV_FSW : RV_FSD : half ? RV_SW : RV_SD, src, base, disp);
}

void ls_gen_copy(Emit *m, unsigned dst, unsigned src) {
    if (dst == src) return;
    if (emit_is_float_reg(dst) && emit_is_float_reg(src))
        enc_r(&m->e, RV_FSGNJ_D, dst, src, src);
    else if (emit_is_float_reg(dst))
        enc_r1(&m->e, RV_FMV_D_X, dst, src);
    else if (emit_is_float_reg(src))
        enc_r1(&m->e, RV_FMV_X_D, dst, src);
    else
        enc_mv(&m->e, dst, src);
}

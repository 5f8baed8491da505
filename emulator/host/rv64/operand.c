// Operands: where the allocator put a value, as RISC-V sees it.
#include "host/rv64/emit.h"
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

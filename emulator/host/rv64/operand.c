// Operands: where the allocator put a value, as RISC-V sees it.
#include "host/rv64/emit.h"
#include <string.h>

// ---- constants
static void literal(Emit *m, unsigned dst, uint64_t value, bool is_address) {
    vec_push(&rv_of(m)->literals, ((Literal){code_offset(&m->e), value, is_address}));
    enc_u(&m->e, RV_AUIPC, dst, 0);
    enc_i(&m->e, RV_LD, dst, dst, 0);
}

void emit_li(Emit *m, unsigned dst, int64_t value) {
    if (enc_li_insns(value) > 2)
        literal(m, dst, (uint64_t)value, false);
    else
        enc_li(&m->e, dst, value);
}

void emit_address(Emit *m, unsigned dst, const void *address) { literal(m, dst, (uint64_t)(uintptr_t)address, true); }

static void aim_literal(Emit *m, uint32_t at, uint32_t to) {
    uint32_t words[2], distance = to - at, low = distance & 0xfff;
    if (m->e.full) return;
    memcpy(words, m->e.begin + at, sizeof words);
    words[0] |= (distance + 0x800) & 0xfffff000;
    words[1] |= low << 20;
    memcpy(m->e.begin + at, words, sizeof words);
}

void gen_end(Emit *m) {
    const RvEmit *rv = rv_of(m);
    if (rv->literals.n && code_offset(&m->e) % 8) enc_word(&m->e, 0, false);
    uint32_t first = code_offset(&m->e);
    for (uint32_t i = 0, n = 0; i < rv->literals.n && !m->e.full; i++) {
        const Literal *l = &rv->literals.at[i];
        uint32_t k = 0;
        while (k < n && memcmp(m->e.begin + first + 8 * k, &l->value, 8)) k++;
        if (k == n) {
            n++;
            enc_word(&m->e, (uint32_t)l->value, false);
            enc_word(&m->e, (uint32_t)(l->value >> 32), false);
            if (l->is_address) emit_note_address(m);
        }
        aim_literal(m, l->at, first + 8 * k);
    }
}

int64_t emit_const(const Emit *m, RaLoc loc) {
    const IrInsn *in = &m->u->insns.at[loc.index];
    return in->type == IR_I32 || in->type == IR_F32 ? (int32_t)in->imm : in->imm;
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

static void frame_load(Emit *m, RvOp op, unsigned dst, int32_t disp) {
    unsigned base = frame_base(m, &disp);
    enc_i(&m->e, op, dst, base, disp);
}

void emit_frame_store(Emit *m, RvOp op, unsigned src, int32_t disp) {
    unsigned base = frame_base(m, &disp);
    enc_s(&m->e, op, src, base, disp);
}

static bool is_half(const Emit *m, RaLoc loc) {
    if (loc.kind != RA_SLOT) return false;
    uint8_t t = m->u->slots[loc.index].type;
    return t == IR_I32 || t == IR_F32;
}

static int32_t disp_of(const Emit *m, RaLoc loc) {
    BUG_IF(loc.kind != RA_SLOT && loc.kind != RA_SPILL, "location of kind %u is not in memory", loc.kind);
    return (loc.kind == RA_SLOT ? m->cfg->frame.slot0 : m->cfg->frame.spill0) + 8 * (int32_t)loc.index;
}

// ---- moves
static void reg_to_reg(Emit *m, unsigned dst, unsigned src) {
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

static void const_to_reg(Emit *m, unsigned dst, RaLoc from) {
    int64_t v = emit_const(m, from);
    if (!emit_is_float_reg(dst)) {
        emit_li(m, dst, v);
        return;
    }
    if (v) emit_li(m, TMP, v);
    bool half = m->u->insns.at[from.index].type == IR_F32;
    enc_r1(&m->e, half ? RV_FMV_W_X : RV_FMV_D_X, dst, v ? TMP : ZERO);
}

void gen_move(Emit *m, unsigned dst, RaLoc from) {
    bool half = is_half(m, from), to_float = emit_is_float_reg(dst);
    if (from.kind == RA_REG)
        reg_to_reg(m, dst, from.index);
    else if (from.kind == RA_CONST)
        const_to_reg(m, dst, from);
    else
        frame_load(m, to_float ? half ? RV_FLW : RV_FLD : half ? RV_LW : RV_LD, dst, disp_of(m, from));
}

void gen_write(Emit *m, RaLoc to, RaLoc from) {
    bool half = is_half(m, to);
    bool boxes = from.kind == RA_SLOT && m->u->slots[from.index].type == IR_F32; // for a spill it must be
    unsigned src = boxes ? FTMP : TMP;
    if (from.kind == RA_REG)
        src = from.index;
    else if (from.kind == RA_CONST && emit_const(m, from) == 0)
        src = ZERO;
    else
        gen_move(m, src, from);
    emit_frame_store(m, emit_is_float_reg(src) ? half ? RV_FSW : RV_FSD : half ? RV_SW : RV_SD, src, disp_of(m, to));
}

void gen_swap(Emit *m, unsigned a, unsigned b) {
    unsigned tmp = emit_is_float_reg(a) ? FTMP : TMP;
    reg_to_reg(m, tmp, a);
    reg_to_reg(m, a, b);
    reg_to_reg(m, b, tmp);
}

// No op of this host is one of HOST_ANY_NAN: NaNs are canonical.
void gen_canon(Emit *m, const RaOp *op) {
    (void)m;
    bug_abort(__FILE__, __LINE__, "v%u is to be made canonical", op->ref);
}
void gen_fix(Emit *m, RaLoc loc, IrType t) {
    (void)m, (void)t;
    bug_abort(__FILE__, __LINE__, "location %u is to be made canonical", loc.index);
}

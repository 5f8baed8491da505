// Operands: where the allocator put a value, as AArch64 sees it.
#include "host/a64/emit.h"
#include <string.h>

// ---- constants
static void literal(Emit *m, unsigned dst, uint64_t value, bool is_address) {
    vec_push(&a64_of(m)->literals, ((Literal){code_offset(&m->e), value, is_address}));
    enc_word(&m->e, A64_LDR_LITERAL | dst, true);
}

void emit_li(Emit *m, unsigned dst, uint64_t value) {
    if (enc_li_insns(value) > 2)
        literal(m, dst, value, false);
    else
        enc_li(&m->e, dst, value);
}

void emit_address(Emit *m, unsigned dst, const void *address) { literal(m, dst, (uint64_t)(uintptr_t)address, true); }

void gen_end(Emit *m) {
    const A64Emit *a = a64_of(m);
    if (a->literals.n && code_offset(&m->e) % 8) enc_word(&m->e, 0, false);
    uint32_t first = code_offset(&m->e);
    for (uint32_t i = 0, n = 0; i < a->literals.n && !m->e.full; i++) {
        const Literal *l = &a->literals.at[i];
        uint32_t k = 0;
        while (k < n && memcmp(m->e.begin + first + 8 * k, &l->value, 8)) k++;
        if (k == n) {
            n++;
            enc_word(&m->e, (uint32_t)l->value, false);
            enc_word(&m->e, (uint32_t)(l->value >> 32), false);
            if (l->is_address) emit_note_address(m);
        }
        enc_aim(&m->e, l->at, first + 8 * k);
    }
}

int64_t emit_const(const Emit *m, RaLoc loc) {
    const IrInsn *in = &m->u->insns.at[loc.index];
    return emit_is_half((IrType)in->type) ? (uint32_t)in->imm : in->imm;
}

void emit_add_imm(Emit *m, bool wide, unsigned dst, unsigned a, int64_t imm, unsigned tmp) {
    if (!wide) imm = (int32_t)imm;
    if (a64_fits_add(imm)) {
        if (imm || dst != a || !wide) enc_add_imm(&m->e, wide, A64_ADD, dst, a, imm);
    } else {
        emit_li(m, tmp, wide ? (uint64_t)imm : (uint32_t)imm);
        enc_r(&m->e, wide, A64_ADD, dst, a, tmp);
    }
}

unsigned emit_reg_b(Emit *m, const RaOp *op, const IrInsn *in) {
    if (op->b.kind == RA_REG) return op->b.index;
    uint64_t imm = (uint64_t)(op->b.kind == RA_CONST ? emit_const(m, op->b) : in->imm);
    if (in->type != IR_I64) imm = (uint32_t)imm;
    if (imm == 0) return ZERO;
    emit_li(m, TMP2, imm);
    return TMP2;
}

// ---- the frame
static unsigned frame_base(Emit *m, unsigned size, int32_t *disp) {
    if (a64_fits_mem(*disp, size)) return FRAME;
    enc_li(&m->e, LINK, (uint64_t)(int64_t)*disp);
    enc_r(&m->e, true, A64_ADD, LINK, LINK, FRAME);
    *disp = 0;
    return LINK;
}

static void frame_load(Emit *m, unsigned dst, bool wide, int32_t disp) {
    unsigned size = wide ? 3 : 2, base = frame_base(m, size, &disp);
    enc_mem(&m->e, emit_is_float_reg(dst) ? A64_LDR_F : A64_LDR, size, dst, base, disp);
}

void emit_frame_store(Emit *m, unsigned src, bool wide, int32_t disp) {
    unsigned size = wide ? 3 : 2, base = frame_base(m, size, &disp);
    enc_mem(&m->e, emit_is_float_reg(src) ? A64_STR_F : A64_STR, size, src, base, disp);
}

static bool is_half(const Emit *m, RaLoc loc) {
    return loc.kind == RA_SLOT && emit_is_half((IrType)m->u->slots[loc.index].type);
}

static int32_t disp_of(const Emit *m, RaLoc loc) {
    BUG_IF(loc.kind != RA_SLOT && loc.kind != RA_SPILL, "location of kind %u is not in memory", loc.kind);
    return (loc.kind == RA_SLOT ? m->cfg->frame.slot0 : m->cfg->frame.spill0) + 8 * (int32_t)loc.index;
}

// ---- moves
static void reg_to_reg(Emit *m, unsigned dst, unsigned src) {
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

static void const_to_reg(Emit *m, unsigned dst, RaLoc from) {
    uint64_t v = (uint64_t)emit_const(m, from);
    unsigned to = emit_is_float_reg(dst) ? TMP : dst;
    if (to == dst || v) emit_li(m, to, v);
    if (to != dst) enc_cross(&m->e, true, true, A64_FMOV_FROM_INT, dst, v ? TMP : ZERO);
}

void gen_move(Emit *m, unsigned dst, RaLoc from) {
    if (from.kind == RA_REG)
        reg_to_reg(m, dst, from.index);
    else if (from.kind == RA_CONST)
        const_to_reg(m, dst, from);
    else
        frame_load(m, dst, !is_half(m, from), disp_of(m, from));
}

void gen_write(Emit *m, RaLoc to, RaLoc from) {
    unsigned src = TMP;
    if (from.kind == RA_REG)
        src = from.index;
    else if (from.kind == RA_CONST && emit_const(m, from) == 0)
        src = ZERO;
    else
        gen_move(m, src, from);
    emit_frame_store(m, src, !is_half(m, to), disp_of(m, to));
}

void gen_swap(Emit *m, unsigned a, unsigned b) {
    unsigned tmp = emit_is_float_reg(a) ? FTMP : TMP;
    reg_to_reg(m, tmp, a);
    reg_to_reg(m, a, b);
    reg_to_reg(m, b, tmp);
}

// No op of this host is one of HOST_ANY_NAN: FPCR.DN is set.
void gen_canon(Emit *m, const RaOp *op) {
    (void)m;
    bug_abort(__FILE__, __LINE__, "v%u is to be made canonical", op->ref);
}
void gen_fix(Emit *m, RaLoc loc, IrType t) {
    (void)m, (void)t;
    bug_abort(__FILE__, __LINE__, "location %u is to be made canonical", loc.index);
}

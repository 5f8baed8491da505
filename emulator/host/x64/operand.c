// Operands: where the allocator put a value, as x86-64 sees it.
#include "host/x64/emit.h"
#include "base/bits.h"

static unsigned slot_size(const Emit *m, unsigned slot) {
    IrType t = m->u->slots[slot].type;
    return t == IR_I32 || t == IR_F32 ? 2 : 3;
}

Mem emit_slot(const Emit *m, unsigned slot) { return mem_at(FRAME, m->cfg->frame.slot0 + 8 * (int32_t)slot); }

Mem emit_loc_mem(const Emit *m, RaLoc loc) {
    if (loc.kind == RA_SLOT) return emit_slot(m, loc.index);
    BUG_IF(loc.kind != RA_SPILL, "location of kind %u is not in memory", loc.kind);
    return mem_at(FRAME, m->cfg->frame.spill0 + 8 * loc.index);
}

uint64_t emit_const(const Emit *m, RaLoc loc) {
    const IrInsn *in = &m->u->insns.at[loc.index];
    return in->type == IR_I32 || in->type == IR_F32 ? (uint32_t)in->imm : (uint64_t)in->imm;
}

static void index_into(Emit *m, unsigned dst, const RaSum *sum) {
    if (sum->index.kind != RA_REG && sum->extends)
        enc_load(&m->e, dst, emit_loc_mem(m, sum->index), 2, sum->extends == IR_SEXT, true);
    else if (sum->index.kind == RA_REG && sum->extends)
        enc_ext(&m->e, dst, sum->index.index, 32, sum->extends == IR_SEXT, true);
    else
        gen_move(m, dst, sum->index);
    if (sum->shift) enc_shift_ri(&m->e, SH_SHL, true, dst, sum->shift);
}

// dst may be one of the parts, and TMP. A base in memory is added last.
static void sum_into(Emit *m, unsigned dst, const RaSum *sum) {
    unsigned index = sum->index.index, shift = sum->shift;
    bool scaled = sum->index.kind == RA_REG && sum->extends != IR_SEXT &&
                  shift <= 3; // zero-extended in its register: see addresses()
    x64_of(m)->flags_of = 0;
    if (sum->base.kind == RA_NONE) {
        index_into(m, dst, sum);
    } else if (sum->base.kind != RA_REG) {
        if (sum->index.kind == RA_NONE)
            gen_move(m, TMP, sum->base);
        else
            index_into(m, TMP, sum), enc_alu_rm(&m->e, ALU_ADD, true, TMP, emit_loc_mem(m, sum->base));
        enc_lea(&m->e, true, dst, mem_at(TMP, sum->imm));
    } else if (sum->index.kind == RA_NONE) {
        enc_lea(&m->e, true, dst, mem_at(sum->base.index, sum->imm));
    } else {
        if (!scaled) index_into(m, TMP, sum), index = TMP, shift = 0;
        enc_lea(&m->e, true, dst, mem_indexed(sum->base.index, index, shift, sum->imm));
    }
}

void gen_move(Emit *m, unsigned dst, RaLoc from) {
    if (from.kind == RA_SUM && m->ra->sums.at[from.index].extends == IR_BOX) {
        emit_float_box(m, dst, m->ra->sums.at[from.index].index);
        return;
    }
    if (from.kind == RA_SUM) {
        sum_into(m, dst, &m->ra->sums.at[from.index]);
        return;
    }
    if (emit_is_float_reg(dst)) {
        emit_float_to_reg(m, dst, from, from.kind != RA_SLOT || slot_size(m, from.index) == 3);
        return;
    }
    if (from.kind == RA_REG && emit_is_float_reg(from.index)) {
        emit_float_bits(m, dst, from.index, true);
        return;
    }
    switch (from.kind) {
    case RA_REG:
        if (from.index != dst) enc_mov_rr(&m->e, true, dst, from.index);
        break;
    case RA_CONST: enc_mov_ri(&m->e, dst, emit_const(m, from)); break;
    case RA_SLOT: enc_load(&m->e, dst, emit_loc_mem(m, from), slot_size(m, from.index), false, true); break;
    default: enc_load(&m->e, dst, emit_loc_mem(m, from), 3, false, true);
    }
}

// May use TMP.
void gen_write(Emit *m, RaLoc to, RaLoc from) {
    unsigned size = to.kind == RA_SLOT ? slot_size(m, to.index) : 3;
    Mem at = emit_loc_mem(m, to);
    if (from.kind == RA_SUM && m->ra->sums.at[from.index].extends == IR_BOX) {
        emit_float_store_box(m, at, m->ra->sums.at[from.index].index);
        return;
    }
    if (from.kind == RA_CONST) {
        int64_t v = (int64_t)emit_const(m, from);
        if (size == 2) v = (int32_t)v;
        if (bits_fits_signed(v, 32)) {
            enc_store_i(&m->e, at, (int32_t)v, size);
            return;
        }
    }
    unsigned src = from.kind == RA_REG ? from.index : TMP;
    if (from.kind != RA_REG) gen_move(m, TMP, from);
    if (emit_is_float_reg(src))
        emit_float_store(m, at, src, size == 3);
    else
        enc_store(&m->e, at, src, size);
}

void gen_swap(Emit *m, unsigned a, unsigned b) {
    if (emit_is_float_reg(a))
        emit_float_swap(m, a, b);
    else
        enc_xchg(&m->e, a, b);
}

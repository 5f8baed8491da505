// Jumps, the budget, leaving, indirect jumps. See host/emit.h.
//
// A jump that is patched is `b`, which may change while another processor runs it (Arm ARM, "Concurrent modification and
// execution of instructions"); one with a condition may not, and jumps over it:
//     b.ge over; b stub; over:
// Inside the unit a condition jumps by itself.
#include "host/a64/a64.h"
#include "host/a64/emit.h"

Jump gen_jump(Emit *m) { return gen_goto(m); }

static uint32_t branch_if(Emit *m, Cond c) {
    if (c.op < COND_ZERO) return enc_branch(&m->e, (A64Cond)c.op);
    return enc_branch_zero(&m->e, c.b, c.op == COND_ZERO ? A64_CBZ : A64_CBNZ, c.a);
}

Jump gen_goto_if(Emit *m, Cond c) {
    uint32_t at = branch_if(m, c);
    return (Jump){at, emit_path(m)};
}

Jump emit_branch_bit(Emit *m, unsigned reg, unsigned bit) {
    if (ls_of(m)->far) {
        enc_logic_imm(&m->e, true, A64_ANDS, ZERO, reg, 1ull << bit);
        return emit_branch(m, A64_NE);
    }
    uint32_t at = enc_branch_bit(&m->e, reg, bit);
    return (Jump){at, emit_path(m)};
}

Jump emit_branch(Emit *m, A64Cond c) { return gen_goto_if(m, (Cond){(uint8_t)c, 0, 0}); }

Jump gen_jump_if(Emit *m, Cond c) {
    uint32_t over = branch_if(m, gen_not(c));
    code_word(&m->e, A64_B, false);
    enc_aim(&m->e, over, code_offset(&m->e));
    return (Jump){code_offset(&m->e) - 4, emit_path(m) + 1};
}

void ls_gen_far(Emit *m, const uint8_t *to, bool call) { enc_jump_to(&m->e, call ? A64_BL : A64_B, to); }

Cond gen_not(Cond c) { return (Cond){c.op ^ 1, c.a, c.b}; }

// ---- budget
static void take(Emit *m, A64Op add, A64Op sub, unsigned dst, int64_t n) {
    if (a64_fits_add(n)) {
        enc_add_imm(&m->e, true, sub, dst, BUDGET, n);
    } else {
        emit_li(m, TMP, -n);
        enc_r(&m->e, true, add, dst, BUDGET, TMP);
    }
}

void gen_take(Emit *m, uint32_t n) { take(m, A64_ADD, A64_SUB, BUDGET, (int32_t)n); }

Jump gen_charge(Emit *m, uint32_t n) {
    take(m, A64_ADDS, A64_SUBS, BUDGET, (int32_t)n);
    return emit_branch(m, A64_MI);
}

void gen_retire(Emit *m, const RaOp *op, const IrInsn *in) {
    if (in->imm) {
        take(m, A64_ADD, A64_SUB, TMP2, in->imm);
        emit_test(m, op, in);
        enc_csel(&m->e, true, A64_CSEL, BUDGET, TMP2, BUDGET, in->b ? A64_EQ : A64_NE);
    }
    if (!m->cfg->count) return;
    Pause p = emit_pause(m);
    bool wide = !emit_is_half(emit_type(m, in->a));
    uint32_t past = enc_branch_zero(&m->e, wide, in->b ? A64_CBNZ : A64_CBZ, op->a.index);
    gen_count(m, m->unit->counters + host_edge_inside(m->edges, in->c, 0));
    enc_aim(&m->e, past, code_offset(&m->e));
    emit_resume(m, p);
}

// May use TMP and LINK.
void gen_count(Emit *m, const uint64_t *counter) {
    uintptr_t from = (uintptr_t)(m->e.p + m->e.to_exec), to = (uintptr_t)counter;
    int64_t pages = (int64_t)((to >> 12) - (from >> 12));
    BUG_IF(!bits_fits_signed(pages, 21), "a counter %lld pages away", (long long)pages);
    code_word(&m->e, A64_ADRP | LINK | ((uint32_t)pages & 3) << 29 | ((uint32_t)(pages >> 2) & 0x7ffff) << 5, true);
    enc_mem(&m->e, A64_LDR, 3, TMP, LINK, to & 0xfff);
    enc_add_imm(&m->e, true, A64_ADD, TMP, TMP, 1);
    enc_mem(&m->e, A64_STR, 3, TMP, LINK, to & 0xfff);
}

// ---- indirect jumps
void gen_zero_extend(Emit *m, unsigned pc) {
    if (!ls_of(m)->phis_keep_types) enc_bits(&m->e, false, A64_UBFM, pc, pc, 0, 31);
}

// Leaves the entry of the table in TMP.
Jump gen_probe(Emit *m, unsigned pc) {
    const HostProbe *p = &m->cfg->jump;
    unsigned base = JUMPS;
    enc_bits(&m->e, true, A64_UBFM, TMP, pc, p->shift, p->shift + p->bits - 1u);
    if (p->tag != ls_of(m)->base.jumps) emit_add_imm(m, true, TMP2, FRAME, p->tag, TMP2), base = TMP2;
    enc_shifted(&m->e, true, A64_ADD, TMP, base, TMP, p->stride_bits);
    enc_mem(&m->e, A64_LDR, 3, TMP2, TMP, 0);
    enc_r(&m->e, true, A64_SUBS, ZERO, TMP2, pc);
    return emit_branch(m, A64_NE);
}

void gen_jump_probed(Emit *m) {
    int64_t distance = m->cfg->jump.data - m->cfg->jump.tag;
    if (!a64_fits_mem(distance, 3)) {
        int64_t low = distance & 0xff8;
        emit_add_imm(m, true, TMP, TMP, distance - low, TMP2);
        distance = low;
    }
    enc_mem(&m->e, A64_LDR, 3, TMP, TMP, distance);
    enc_r1(&m->e, true, A64_BR, 0, TMP);
}

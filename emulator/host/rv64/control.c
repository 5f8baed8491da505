// Jumps, the budget, leaving, indirect jumps. See host/emit.h.
//
// A jump that is patched is `jal`, or in a large code memory `auipc; jalr`. One with a condition jumps over it:
//     bge ...,over; jal stub; over:
// inside the unit a condition jumps by itself as long as the unit is so small that 4 KiB reach.
#include "host/rv64/emit.h"
#include "host/rv64/rv64.h"

// ---- jumps
// The place of a jump to anywhere in code memory.
static uint32_t anywhere(Emit *m, bool counted) {
    uint32_t at = code_offset(&m->e), n = m->e.n_insns;
    enc_jump_to(&m->e, ZERO, TMP, m->e.p + m->e.to_exec, m->entry->own_near);
    if (!counted) m->e.n_insns = n;
    return at;
}

// The straight path goes over `over` bytes, of `insns` instructions.
static void skip(Emit *m, RvOp op, unsigned a, unsigned b, unsigned over) {
    code_word(&m->e, rv_skip(op, a, b, over), true);
}

Jump emit_branch(Emit *m, RvOp op, unsigned a, unsigned b) {
    if (!ls_of(m)->far) {
        uint32_t at = enc_branch(&m->e, op, a, b);
        return (Jump){at, emit_path(m)};
    }
    skip(m, op, a, b, 4);
    code_word(&m->e, rv_jal(ZERO, 0), false);
    return (Jump){code_offset(&m->e) - 4, emit_path(m) + 1};
}

Jump gen_jump(Emit *m) {
    uint32_t at = anywhere(m, true);
    return (Jump){at, emit_path(m)};
}

Jump gen_jump_if(Emit *m, Cond c) {
    unsigned words = m->entry->own_near ? 1 : 2;
    skip(m, (RvOp)c.op, c.a, c.b, 4 * words);
    uint32_t at = anywhere(m, false);
    return (Jump){at, emit_path(m) + words};
}

Jump gen_goto_if(Emit *m, Cond c) { return emit_branch(m, (RvOp)c.op, c.a, c.b); }

void ls_gen_far(Emit *m, const uint8_t *to, bool call) {
    enc_jump_to(&m->e, call ? LINK : ZERO, call ? LINK : TMP, to, m->entry->own_near);
}

Cond gen_not(Cond c) { return (Cond){c.op ^ 1, c.a, c.b}; }

// ---- budget
void gen_take(Emit *m, uint32_t n) { emit_add_imm(m, true, BUDGET, BUDGET, -(int64_t)(int32_t)n, TMP); }

Jump gen_charge(Emit *m, uint32_t n) {
    gen_take(m, n);
    return emit_branch(m, RV_BLT, BUDGET, ZERO);
}

// TMP = all ones if what RETIRE asks for is so.
static void retire_mask(Emit *m, unsigned is_true, const IrInsn *in) {
    if (in->b)
        enc_i(&m->e, RV_ADDI, TMP2, is_true, -1);
    else
        enc_r(&m->e, RV_SUB, TMP2, ZERO, is_true);
}

void gen_retire(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned a = op->a.index;
    if (m->u->insns.at[in->a].op != IR_CMP) enc_r(&m->e, RV_SLTU, TMP, ZERO, a), a = TMP;
    if (in->imm) {
        retire_mask(m, a, in);
        if (in->imm != 1 && rv_fits12(in->imm)) {
            enc_i(&m->e, RV_ANDI, TMP2, TMP2, (int32_t)in->imm);
        } else if (in->imm != 1) {
            emit_li(m, TMP3, in->imm);
            enc_r(&m->e, RV_AND, TMP2, TMP2, TMP3);
        }
        enc_r(&m->e, in->imm == 1 ? RV_ADD : RV_SUB, BUDGET, BUDGET, TMP2); // a mask of ones is -1
    }
    if (!m->cfg->count) return;
    Pause p = emit_pause(m);
    uint32_t past = enc_branch(&m->e, in->b ? RV_BNE : RV_BEQ, a, ZERO);
    gen_count(m, m->unit->counters + host_edge_inside(m->edges, in->c, 0));
    enc_aim(&m->e, past, code_offset(&m->e));
    emit_resume(m, p);
}

// May use TMP and LINK.
void gen_count(Emit *m, const uint64_t *counter) {
    uint32_t words[2];
    rv_pair(words, LINK, LINK, (const uint8_t *)counter - (m->e.p + m->e.to_exec));
    int32_t low = (int32_t)words[1] >> 20;
    code_word(&m->e, words[0], false); // auipc
    enc_i(&m->e, RV_LD, TMP, LINK, low);
    enc_i(&m->e, RV_ADDI, TMP, TMP, 1);
    enc_s(&m->e, RV_SD, TMP, LINK, low);
}

// ---- indirect jumps
void gen_zero_extend(Emit *m, unsigned pc) { emit_zext32(m, pc, pc); }

// Leaves the entry of the table in TMP.
Jump gen_probe(Emit *m, unsigned pc) {
    const HostProbe *p = &m->cfg->jump;
    unsigned base = JUMPS;
    BUG_IF(p->stride_bits != 3, "a table of jumps with entries of %d bytes", 1 << p->stride_bits);
    enc_i(&m->e, RV_SLLI, TMP, pc, 64 - p->shift - p->bits);
    enc_i(&m->e, RV_SRLI, TMP, TMP, 64 - p->bits);
    if (p->tag != ls_of(m)->base.jumps) emit_add_imm(m, true, TMP2, FRAME, p->tag, TMP2), base = TMP2;
    if (emit_has(m, RV_ZBA)) {
        enc_r(&m->e, RV_SH3ADD, TMP, TMP, base);
    } else {
        enc_i(&m->e, RV_SLLI, TMP, TMP, 3);
        enc_r(&m->e, RV_ADD, TMP, TMP, base);
    }
    enc_i(&m->e, RV_LD, TMP2, TMP, 0);
    return emit_branch(m, RV_BNE, TMP2, pc);
}

void gen_jump_probed(Emit *m) {
    int32_t distance = m->cfg->jump.data - m->cfg->jump.tag, low = (int32_t)bits_sext((uint64_t)distance, 12);
    if (distance != low) {
        enc_u(&m->e, RV_LUI, TMP2, distance - low);
        enc_r(&m->e, RV_ADD, TMP, TMP, TMP2);
    }
    enc_i(&m->e, RV_LD, TMP, TMP, low);
    enc_i(&m->e, RV_JALR, ZERO, TMP, 0);
}

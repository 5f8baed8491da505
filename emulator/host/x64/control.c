// Jumps, the budget, leaving, indirect jumps and the return stack. See host/emit.h.
//
// The return stack is the machine's: a guest call pushes {guest return address, host return address}, so that a guest
// return is CMP and RET.
#include "host/x64/emit.h"
#include "base/bits.h"

Jump emit_jcc(Emit *m, Cc cc) {
    uint32_t at = enc_jcc(&m->e, cc);
    return (Jump){at, emit_path(m)};
}

Jump gen_jump(Emit *m) {
    uint32_t at = enc_jmp(&m->e);
    return (Jump){at, emit_path(m)};
}

Jump gen_jump_if(Emit *m, Cond c) { return emit_jcc(m, (Cc)c.op); }

Jump gen_goto(Emit *m) { return gen_jump(m); }
Jump gen_goto_if(Emit *m, Cond c) { return gen_jump_if(m, c); }

Jump gen_call(Emit *m) {
    uint32_t at = enc_call(&m->e);
    return (Jump){at, emit_path(m)};
}

void gen_aim(Emit *m, uint32_t at, uint32_t offset) { enc_patch(&m->e, at, offset); }

Cond gen_condition(Emit *m, const RaOp *op, const IrInsn *in) { return (Cond){.op = (uint8_t)emit_compare(m, op, in)}; }

Cond gen_not(Cond c) { return (Cond){.op = c.op ^ 1}; }

// ---- budget
Jump gen_charge(Emit *m, uint32_t n) {
    x64_of(m)->flags_of = 0;
    enc_alu_ri(&m->e, ALU_SUB, true, BUDGET, (int32_t)n);
    return emit_jcc(m, CC_L); // WHY not CC_S: hosts fuse this one with the SUB
}

void gen_take(Emit *m, uint32_t n) {
    x64_of(m)->flags_of = 0;
    enc_alu_ri(&m->e, ALU_SUB, true, BUDGET, (int32_t)n);
}

// In two instructions that keep the flags; so does counting.
void gen_retire(Emit *m, const RaOp *op, const IrInsn *in) {
    Cc cc = emit_condition(m, in->a, op->a) ^ (in->b ? 1 : 0);
    if (in->imm) {
        enc_lea(&m->e, true, TMP, mem_at(BUDGET, -(int32_t)in->imm));
        enc_cmov(&m->e, cc, true, BUDGET, TMP);
    }
    if (!m->cfg->count) return;
    Pause p = emit_pause(m);
    uint32_t past = enc_jcc(&m->e, cc ^ 1);
    enc_count_rip(&m->e, m->unit->counters + host_edge_inside(m->edges, in->c, 0), TMP);
    enc_patch(&m->e, past, enc_offset(&m->e));
    emit_resume(m, p);
}

void gen_count(Emit *m, const uint64_t *counter) { enc_inc_rip(&m->e, counter); }

// ---- leaving
void gen_leave(Emit *m, const void *token) {
    enc_patch_far(&m->e, enc_call(&m->e), m->entry->leave);
    emit_note_to_entry(m);
    enc_token(&m->e, token);
    emit_note_address(m);
}

// The call that leaves becomes the jump: see Host.patch.
bool gen_exit(Emit *m, const void *token, uint32_t *patch, uint32_t *stub) {
    *stub = enc_offset(&m->e);
    *patch = *stub + 1;
    gen_leave(m, token);
    return true;
}

void gen_leave_to(Emit *m, unsigned pc, const void *token) {
    enc_store(&m->e, mem_at(FRAME, m->cfg->frame.pc), pc, 3);
    gen_leave(m, token);
}

// ---- indirect jumps
void gen_zero_extend(Emit *m, unsigned pc) { enc_mov_rr(&m->e, false, pc, pc); }

void gen_push_return(Emit *m, gpc return_pc) {
    if (bits_fits_signed((int64_t)return_pc, 32)) {
        enc_push_i(&m->e, (int32_t)return_pc);
    } else {
        enc_mov_ri(&m->e, TMP2, return_pc);
        enc_push(&m->e, TMP2);
    }
}

void gen_drop_return(Emit *m) { enc_lea(&m->e, true, RSP, mem_at(RSP, 8)); }

Jump gen_check_return(Emit *m, unsigned pc) {
    enc_alu_rm(&m->e, ALU_CMP, true, pc, mem_at(RSP, 8));
    return emit_jcc(m, CC_NE);
}

void gen_return(Emit *m) { enc_ret(&m->e); }

Jump gen_probe(Emit *m, unsigned pc) {
    const HostProbe *p = &m->cfg->jump;
    enc_imul_rri(&m->e, false, TMP, pc, (int32_t)p->hash);
    enc_shift_ri(&m->e, SH_SHR, false, TMP, 32u - p->bits);
    enc_alu_rm(&m->e, ALU_CMP, true, pc, mem_indexed(FRAME, TMP, 3, p->tag));
    return emit_jcc(m, CC_NE);
}

static Mem probed(const Emit *m) { return mem_indexed(FRAME, TMP, 3, m->cfg->jump.data); }

void gen_jump_probed(Emit *m) { enc_jmp_m(&m->e, probed(m)); }

void gen_call_probed(Emit *m) { enc_call_m(&m->e, probed(m)); }

// In words above the return address that the unit was entered with: none, or the guest's.
HostUnwind gen_unwind(bool calling) { return (HostUnwind){.cfa = calling ? 16 : 8}; }

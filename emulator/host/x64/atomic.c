// ATOMIC and FENCE. What an ATOMIC does to memory is one instruction, or a loop around one:
//     add        mov rax,b; lock xadd [m],rax; mov dst,rax                       without a result: lock add [m],b
//     min, ...   mov rax,[m]; 1: mov rdx,b; cmp rax,b; cmovl rdx,rax; lock cmpxchg [m],rdx; jne 1b; mov dst,rax
//     cas        mov rax,c; lock cmpxchg [m],b; mov dst,rax
// where no other processor can see the memory, without `lock` and without the loop, and then (3 cycles less than cmpxchg):
//     cas        mov rax,[m]; mov rdx,b; cmp rax,c; cmovne rdx,rax; mov [m],rdx; mov dst,rax
// Aligned plain memory only: where the probe misses, a call does it (run/access.c). The instruction counts of a profile
// take a loop as if it were gone through once: other processors decide how often it is.
#include "host/x64/emit.h"

enum { NEW = RDX }; // see the op's clobbers

static const uint8_t alus[IR_ATOMIC_COUNT] = {
    [IR_ATOMIC_ADD] = ALU_ADD, [IR_ATOMIC_AND] = ALU_AND, [IR_ATOMIC_OR] = ALU_OR, [IR_ATOMIC_XOR] = ALU_XOR};
static const uint8_t keeps_old[IR_ATOMIC_COUNT] = {
    [IR_ATOMIC_MINS] = CC_L, [IR_ATOMIC_MAXS] = CC_G, [IR_ATOMIC_MINU] = CC_B, [IR_ATOMIC_MAXU] = CC_A};

static bool is_logic(IrAtomic kind) { return kind <= IR_ATOMIC_XOR; }

// RAX = what was there; memory = what the operation makes of it.
static void by_compare(Emit *m, IrAtomic kind, bool w, Mem where, unsigned b) {
    enc_load(&m->e, RAX, where, w ? 3 : 2, false, w);
    uint32_t again = enc_offset(&m->e);
    if (is_logic(kind)) {
        enc_mov_rr(&m->e, w, NEW, RAX);
        enc_alu_rr(&m->e, (Alu)alus[kind], w, NEW, b);
    } else {
        enc_mov_rr(&m->e, w, NEW, b);
        enc_alu_rr(&m->e, ALU_CMP, w, RAX, b);
        enc_cmov(&m->e, (Cc)keeps_old[kind], w, NEW, RAX);
    }
    if (!m->cfg->shared) {
        enc_store(&m->e, where, NEW, w ? 3 : 2);
        return;
    }
    enc_cmpxchg(&m->e, true, w, where, NEW);
    enc_patch(&m->e, enc_jcc(&m->e, CC_NE), again);
}

static void exchange(Emit *m, bool w, Mem where, unsigned b) {
    if (m->cfg->shared) {
        enc_mov_rr(&m->e, w, RAX, b);
        enc_xchg_m(&m->e, w, where, RAX);
    } else {
        enc_load(&m->e, RAX, where, w ? 3 : 2, false, w);
        enc_store(&m->e, where, b, w ? 3 : 2);
    }
}

static void compare_exchange(Emit *m, bool w, Mem where, unsigned b, unsigned c) {
    if (m->cfg->shared) {
        enc_mov_rr(&m->e, w, RAX, c);
        enc_cmpxchg(&m->e, true, w, where, b);
        return;
    }
    enc_load(&m->e, RAX, where, w ? 3 : 2, false, w);
    enc_mov_rr(&m->e, w, NEW, b);
    enc_alu_rr(&m->e, ALU_CMP, w, RAX, c);
    enc_cmov(&m->e, CC_NE, w, NEW, RAX);
    enc_store(&m->e, where, NEW, w ? 3 : 2);
}

static void operate(Emit *m, const RaOp *op, const IrInsn *in, Mem where) {
    bool lock = m->cfg->shared, w = in->type == IR_I64;
    IrAtomic kind = (IrAtomic)in->imm;
    unsigned b = op->b.index;
    if (is_logic(kind) && op->dst == RA_NO_REG) {
        enc_alu_lock(&m->e, (Alu)alus[kind], lock, w, where, b);
    } else if (kind == IR_ATOMIC_ADD && lock) {
        enc_mov_rr(&m->e, w, RAX, b);
        enc_xadd(&m->e, lock, w, where, RAX);
    } else if (kind == IR_ATOMIC_EXCHANGE) {
        exchange(m, w, where, b);
    } else if (kind == IR_ATOMIC_CAS) {
        compare_exchange(m, w, where, b, op->c.index);
    } else {
        by_compare(m, kind, w, where, b);
    }
}

void gen_atomic(Emit *m, const RaOp *op, const IrInsn *in, Place at) {
    operate(m, op, in, (Mem){at.base, at.index, at.scale, (int32_t)at.disp});
    emit_guard(m, op);
    if (op->dst != RA_NO_REG) enc_mov_rr(&m->e, in->type == IR_I64, op->dst, RAX);
}

// The stack of generated code is as good a place as any.
void gen_fence(Emit *m) {
    if (!m->cfg->shared) return;
    enc_fence(&m->e, mem_at(RSP, 0));
}

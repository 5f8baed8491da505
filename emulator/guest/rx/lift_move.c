// Moves and the stack. Loads come before the first PUT of an instruction; a store that faults
// leaves the registers alone.
#include "guest/rx/rx.h"

static IrRef add(Lift *l, IrRef a, int64_t n) { return ir_op2i(l->u, IR_ADD, IR_I32, a, n); }

static void lift_mov(Lift *l, const Insn *insn, bool is_signed) {
    rx_put(l, rx_rd(insn), rx_extend(l, rx_get(l, rx_rs(insn)), (unsigned)insn->f[RX_F_SIZE], is_signed));
}

static RxMemory signedness(RxMemory m, bool is_signed) {
    m.memop = (m.memop & MEMOP_SIZE) | (is_signed ? MEMOP_SIGNED : 0u);
    return m;
}

static RxMemory plain(IrRef base, unsigned size, bool is_signed) {
    return signedness((RxMemory){base, 0, size}, is_signed);
}

// [rs * size + rt]
static RxMemory indexed(Lift *l, const Insn *insn, bool is_signed) {
    unsigned size = (unsigned)insn->f[RX_F_SIZE];
    IrRef index = rx_get(l, rx_rs(insn));
    if (size) index = ir_op2i(l->u, IR_SHL, IR_I32, index, size);
    return plain(ir_op2(l->u, IR_ADD, IR_I32, index, rx_get(l, rx_rt(insn))), size, is_signed);
}

// [rs+] or [-rs]. What is stored is read first; what is loaded is written last.
static void updating(Lift *l, const Insn *insn, bool store, bool before, bool is_signed) {
    unsigned size = (unsigned)insn->f[RX_F_SIZE];
    IrRef base = rx_get(l, rx_rs(insn)), moved = add(l, base, before ? -(1 << size) : 1 << size), v = 0;
    RxMemory m = plain(before ? moved : base, size, is_signed);
    if (store)
        rx_store(l, m, rx_get(l, rx_rt(insn)));
    else
        v = rx_load(l, m);
    rx_put(l, rx_rs(insn), moved);
    if (v) rx_put(l, rx_rd(insn), v);
}

static void memory_to_memory(Lift *l, const Insn *insn) {
    unsigned size = (unsigned)insn->f[RX_F_SIZE];
    IrRef v = rx_load(l, rx_memory(l, insn));
    ir_store(l->u, size, rx_get(l, rx_rd(insn)), insn->f[RX_F_DSP2] << size, v);
}

// The first half of an exchange is a store where the kind of a fault is asked.
static void exchange(Lift *l, const Insn *insn) {
    IrRef d = rx_get(l, rx_rd(insn));
    if (insn->f[RX_F_LD] == 3) {
        IrRef s = rx_get(l, rx_rs(insn));
        rx_put(l, rx_rs(insn), d);
        rx_put(l, rx_rd(insn), s);
        return;
    }
    RxMemory m = rx_memory(l, insn);
    m.memop |= MEMOP_RMW;
    IrRef v = rx_load(l, m);
    rx_store(l, m, d);
    rx_put(l, rx_rd(insn), v);
}

static void set_if(Lift *l, const Insn *insn, bool zero) {
    IrRef z = rx_flag(l, RX_FLAG_Z), d = rx_get(l, rx_rd(insn)), imm = rx_imm(l, insn);
    rx_put(l, rx_rd(insn), zero ? ir_select(l->u, IR_I32, z, imm, d) : ir_select(l->u, IR_I32, z, d, imm));
}

static bool lift_load(Lift *l, const Insn *insn) {
    unsigned rd = rx_rd(insn);
    switch (insn->op) {
    case RX_MOV_LD: rx_put(l, rd, rx_load(l, rx_memory(l, insn))); return true;
    case RX_MOVU_LD: rx_put(l, rd, rx_load(l, signedness(rx_memory(l, insn), false))); return true;
    case RX_MOV_LDX: rx_put(l, rd, rx_load(l, indexed(l, insn, true))); return true;
    case RX_MOVU_LDX: rx_put(l, rd, rx_load(l, indexed(l, insn, false))); return true;
    case RX_MOV_LDINC: updating(l, insn, false, false, true); return true;
    case RX_MOV_LDDEC: updating(l, insn, false, true, true); return true;
    case RX_MOVU_LDINC: updating(l, insn, false, false, false); return true;
    case RX_MOVU_LDDEC: updating(l, insn, false, true, false); return true;
    case RX_XCHG_M: exchange(l, insn); return true;
    default: return false;
    }
}

bool rx_lift_move(Lift *l, const Insn *insn) {
    switch (insn->op) {
    case RX_MOV_RR: lift_mov(l, insn, true); return true;
    case RX_MOVU_RR: lift_mov(l, insn, false); return true;
    case RX_MOV_I: rx_put(l, rx_rd(insn), rx_imm(l, insn)); return true;
    case RX_STZ: set_if(l, insn, true); return true;
    case RX_STNZ: set_if(l, insn, false); return true;
    case RX_MOV_ST: rx_store(l, rx_memory(l, insn), rx_get(l, rx_rt(insn))); return true;
    case RX_MOV_STI: rx_store(l, rx_memory(l, insn), rx_imm(l, insn)); return true;
    case RX_MOV_STX: rx_store(l, indexed(l, insn, false), rx_get(l, rx_rd(insn))); return true;
    case RX_MOV_MM: memory_to_memory(l, insn); return true;
    case RX_MOV_INC: updating(l, insn, true, false, false); return true;
    case RX_MOV_DEC: updating(l, insn, true, true, false); return true;
    default: return lift_load(l, insn);
    }
}

// ---- the stack
static void push(Lift *l, IrRef value, unsigned size) {
    IrRef sp = rx_get(l, 0);
    ir_store(l->u, size, sp, -4, value);
    rx_put(l, 0, add(l, sp, -4));
}

// Rb is stored first, so that the registers ascend in memory.
static void push_many(Lift *l, unsigned from, unsigned to) {
    IrRef sp = rx_get(l, 0);
    unsigned n = to - from + 1;
    for (unsigned k = 0; k < n; k++) ir_store(l->u, 2, sp, -4 * (int64_t)(k + 1), rx_get(l, to - k));
    rx_put(l, 0, add(l, sp, -4 * (int64_t)n));
}

static void pop_many(Lift *l, unsigned from, unsigned to) {
    IrRef sp = rx_get(l, 0), v[16];
    for (unsigned r = from; r <= to; r++) v[r] = ir_load(l->u, IR_I32, 2, sp, 4 * (int64_t)(r - from));
    for (unsigned r = from; r <= to; r++) rx_put(l, r, v[r]);
    rx_put(l, 0, add(l, sp, 4 * (int64_t)(to - from + 1)));
}

static void lift_pop(Lift *l, unsigned rd) {
    IrRef sp = rx_get(l, 0), v = ir_load(l->u, IR_I32, 2, sp, 0);
    rx_put(l, 0, add(l, sp, 4));
    rx_put(l, rd, v);
}

static void lift_pushc(Lift *l, unsigned cr) { push(l, rx_read_cr(l, cr), 2); }

static void lift_popc(Lift *l, unsigned cr) {
    IrRef sp = rx_get(l, 0), v = ir_load(l->u, IR_I32, 2, sp, 0);
    rx_put(l, 0, add(l, sp, 4));
    rx_write_cr(l, cr, v);
}

bool rx_lift_stack(Lift *l, const Insn *insn) {
    unsigned rs = rx_rs(insn), rt = rx_rt(insn), size = (unsigned)insn->f[RX_F_SIZE];
    switch (insn->op) {
    case RX_PUSH: push(l, rx_get(l, rs), size); return true;
    case RX_PUSH_M: push(l, rx_load(l, rx_memory(l, insn)), size); return true;
    case RX_POP: lift_pop(l, rx_rd(insn)); return true;
    case RX_PUSHM:
    case RX_POPM:
        if (rs >= rt)
            rx_lift_undefined_insn(l);
        else if (insn->op == RX_PUSHM)
            push_many(l, rs, rt);
        else
            pop_many(l, rs, rt);
        return true;
    case RX_PUSHC: lift_pushc(l, (unsigned)insn->f[RX_F_CR]); return true;
    case RX_POPC: lift_popc(l, (unsigned)insn->f[RX_F_CR]); return true;
    default: return false;
    }
}

// Operands: registers, immediates, and memory in all its forms.
#include "guest/rx/rx.h"

IrRef rx_get(Lift *l, unsigned r) { return ir_get(l->u, r); }
void rx_put(Lift *l, unsigned r, IrRef v) { ir_put(l->u, r, v); }
IrRef rx_imm(Lift *l, const Insn *insn) { return ir_const(l->u, IR_I32, (uint64_t)insn->f[RX_F_IMM]); }

// .b .w .l .uw .ub
static const uint8_t memops[] = {0 | MEMOP_SIGNED, 1 | MEMOP_SIGNED, 2, 1, 0};

RxMemory rx_memory(Lift *l, const Insn *insn) {
    unsigned memop = memops[insn->f[RX_F_SIZE]];
    return (RxMemory){rx_get(l, rx_rs(insn)), insn->f[RX_F_DSP] << (memop & MEMOP_SIZE), memop};
}

IrRef rx_load(Lift *l, RxMemory m) { return ir_load(l->u, IR_I32, m.memop, m.base, m.offset); }

void rx_store(Lift *l, RxMemory m, IrRef value) { ir_store(l->u, m.memop & MEMOP_SIZE, m.base, m.offset, value); }

IrRef rx_source(Lift *l, const Insn *insn) {
    return insn->f[RX_F_LD] == 3 ? rx_get(l, rx_rs(insn)) : rx_load(l, rx_memory(l, insn));
}

IrRef rx_source_l(Lift *l, const Insn *insn) {
    Insn longword = *insn;
    longword.f[RX_F_SIZE] = 2;
    return rx_source(l, &longword);
}

IrRef rx_extend(Lift *l, IrRef v, unsigned size, bool is_signed) {
    return size == 2 ? v : ir_ext(l->u, is_signed ? IR_SEXT : IR_ZEXT, IR_I32, v, 8u << size);
}

// Guest loads and stores, and calls out of generated code: the instructions, see host/access.c. LO, LEN and MEM are those of LsBase.
//
// A load of 4 bytes at a + imm, when most guest memory maps to the host by one constant (no paging: jit/code/span.c):
//     sub t0,a,LO; bgeu t0,LEN,table; add t0,a,MEM; lw dst,imm(t0)
// and when what lies around it is inaccessible (--user), the base alone is checked:
//     bgeu a,LEN,table; add t0,a,MEM; lw dst,imm(t0)
// Where memory lies at the guest's own addresses (mem/window.c), nothing is added.
// Else the probe (INVARIANT: the index comes from the page of the first byte, the compared page from the last byte, so
// an access that crosses into the next page misses):
//     addi t0,a,imm; addi t2,t0,3; lui ra,-4096; and t2,t2,ra              page of the last byte
//     srli t1,t0,12; andi t1,t1,1023; slli t1,t1,5; lui ra,HI; add t1,t1,s0; add t1,t1,ra
//     ld ra,TAG(t1); bne ra,t2,miss; ld t1,DATA(t1); add t0,t0,t1; lw dst,0(t0)
// The low bits of an address that must be aligned become its highest ones for the range check, and are compared with the
// page for the probe.
// The miss is out of line and calls a routine with all registers preserved: address in t0, value in t1.
#include "host/rv64/emit.h"
#include "host/rv64/rv64.h"

// ---- addresses
// The register with the base; an I32 sign-extended. In memory whose addresses have 31 bits at most it then is the
// address, and any other one looks out of range: the slow path knows better.
static unsigned base_reg(Emit *m, const RaOp *op, const IrInsn *in, unsigned tmp) {
    return emit_is_wide(m, in) ? op->a.index : emit_low(m, in->a, op->a.index, tmp);
}

void ls_gen_address(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in) {
    bool w = emit_is_wide(m, in);
    RaSum sum = emit_place_sum(op);
    sum.imm = (int32_t)in->imm; // COVERED: the constant is small
    if (sum.index.kind == RA_REG)
        ls_gen_sum(m, dst, &sum);
    else if (w && !in->imm)
        enc_mv(&m->e, dst, op->a.index);
    else if (!w && !(int32_t)in->imm)
        emit_zext32(m, dst, op->a.index);
    else
        emit_add_imm(m, w, dst, op->a.index, in->imm, LINK);
    if (!w && (int32_t)in->imm) emit_zext32(m, dst, dst);
}

// ---- the span
// The register that reaches in the host what `base` does in the guest: `base` where they are the same.
static unsigned host_base(Emit *m, unsigned base, bool store) {
    if (!emit_span(m, store)->to_host) return base;
    enc_r(&m->e, RV_ADD, TMP, base, emit_span_mem(m, store, TMP2));
    return TMP;
}

// base + *imm by a register and 12 bits.
static unsigned near_base(Emit *m, unsigned base, int64_t *imm) {
    if (rv_fits12(*imm)) return base;
    int64_t low = (int64_t)bits_sext((uint64_t)*imm, 12);
    emit_add_imm(m, true, TMP3, base, *imm - low, TMP2);
    *imm = low;
    return TMP3;
}

// Jumps away unless the access lies in the span. Its base may be `*base` + *disp then: of a constant that is too large
// they become TMP3 and 0. `exact`: not only what lies beyond the margins, for two instructions more.
static Jump check_span(Emit *m, const IrInsn *in, bool store, bool exact, unsigned *base, int32_t *disp) {
    const HostSpan *span = emit_span(m, store);
    int64_t imm = emit_imm(m, in), reach = LS_MARGIN;
    unsigned low = emit_aligned_log2(in), from = *base;
    if ((imm < -reach || imm > reach) && !span->fenced) {
        emit_add_imm(m, true, TMP3, *base, imm, LINK);
        from = *base = TMP3, imm = 0;
    }
    unsigned by = TMP;
    if (span->fenced)
        by = from;
    else
        enc_r(&m->e, RV_SUB, TMP, from, emit_span_lo(m, store, TMP2));
    if (exact && !span->fenced) enc_i(&m->e, RV_ADDI, TMP, TMP, LS_MARGIN + (int32_t)imm);
    if (low) {
        unsigned address = from;
        if (imm & ((1 << low) - 1))
            enc_i(&m->e, RV_ADDI, TMP2, from, (int32_t)(imm & ((1 << low) - 1))), address = TMP2;
        enc_i(&m->e, RV_SLLI, TMP2, address, 64 - (int32_t)low);
        enc_r(&m->e, RV_OR, TMP, by, TMP2);
        by = TMP;
    }
    unsigned len = emit_span_len(m, store, TMP2);
    if (exact && !span->fenced) { // the margin is taken back
        enc_i(&m->e, RV_ADDI, TMP2, len, 2 * LS_MARGIN + 9 - (1 << (in->c & MEMOP_SIZE)));
        len = TMP2;
    }
    Jump miss = emit_branch(m, RV_BGEU, by, len);
    *base = near_base(m, *base, &imm); // fenced: the base decides
    *disp = (int32_t)imm;
    return miss;
}

// ---- the probe
// Leaves the host address in TMP.
Jump gen_probe_table(Emit *m, const HostProbe *p, const RaOp *op, const IrInsn *in, Place *at) {
    unsigned size = emit_reached(in), low = emit_aligned_log2(in), last = TMP;
    int32_t high = (p->tag + 0x800) & ~0xfff;
    if (!rv_fits12(p->data - high)) high += 0x1000;
    ls_gen_address(m, TMP, op, in);
    if (size > 1 && !low) enc_i(&m->e, RV_ADDI, TMP3, TMP, (int32_t)size - 1), last = TMP3;
    enc_u(&m->e, RV_LUI, LINK, -(1 << p->shift));
    enc_r(&m->e, RV_AND, TMP3, last, LINK);
    if (low) {
        enc_i(&m->e, RV_ANDI, TMP2, TMP, (int32_t)size - 1);
        enc_r(&m->e, RV_OR, TMP3, TMP3, TMP2);
    }
    enc_i(&m->e, RV_SLLI, TMP2, TMP, 64 - p->shift - p->bits);
    enc_i(&m->e, RV_SRLI, TMP2, TMP2, 64 - p->bits);
    enc_i(&m->e, RV_SLLI, TMP2, TMP2, p->stride_bits);
    enc_u(&m->e, RV_LUI, LINK, high);
    enc_r(&m->e, RV_ADD, TMP2, TMP2, FRAME);
    enc_r(&m->e, RV_ADD, TMP2, TMP2, LINK);
    enc_i(&m->e, RV_LD, LINK, TMP2, p->tag - high);
    Jump miss = emit_branch(m, RV_BNE, LINK, TMP3);
    enc_i(&m->e, RV_LD, TMP2, TMP2, p->data - high);
    enc_r(&m->e, RV_ADD, TMP, TMP, TMP2);
    *at = (Place){.base = TMP};
    return miss;
}

// ---- the access itself
static RvOp load_op(const IrInsn *in) {
    static const uint16_t plain[] = {RV_LBU, RV_LHU, RV_LWU, RV_LD}, sign[] = {RV_LB, RV_LH, RV_LW, RV_LD};
    unsigned size = in->c & MEMOP_SIZE;
    if (ir_is_float((IrType)in->type)) return size == 3 ? RV_FLD : RV_FLW;
    return (RvOp)(in->c & MEMOP_SIGNED || (in->type == IR_I32 && size == 2) ? sign : plain)[size];
}

void gen_access(Emit *m, const RaOp *op, const IrInsn *in, Place at) {
    static const uint16_t stores[] = {RV_SB, RV_SH, RV_SW, RV_SD};
    unsigned size = in->c & MEMOP_SIZE, value = emit_store_reg(op);
    int32_t disp = (int32_t)at.disp;
    if (in->op == IR_LOAD)
        enc_i(&m->e, load_op(in), op->dst, at.base, disp);
    else if (emit_is_float_reg(value))
        enc_s(&m->e, size == 3 ? RV_FSD : RV_FSW, value, at.base, disp);
    else
        enc_s(&m->e, (RvOp)stores[size], value, at.base, disp);
}

Jump gen_check_span(Emit *m, const RaOp *op, const IrInsn *in, Place *at) {
    bool store = in->op == IR_STORE;
    unsigned base = base_reg(m, op, in, TMP3);
    int32_t disp;
    Jump miss = check_span(m, in, store, false, &base, &disp);
    *at = (Place){.base = (uint8_t)host_base(m, base, store), .disp = disp};
    return miss;
}

Place gen_bare_place(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned base = TMP3;
    int64_t imm = emit_imm(m, in);
    RaSum sum = emit_place_sum(op);
    if (sum.index.kind == RA_REG)
        ls_gen_sum(m, base, &sum);
    else
        base = base_reg(m, op, in, TMP3);
    base = host_base(m, near_base(m, base, &imm), in->c & MEMOP_COVERED_STORE);
    return (Place){.base = (uint8_t)base, .disp = imm};
}

Place gen_found_place(const RaOp *op, const IrInsn *in) { return (Place){.base = op->a.index, .disp = in->imm}; }

void gen_found(Emit *m, const RaOp *op, Place at) { enc_mv(&m->e, op->dst, at.base); }

Jump gen_check_half(Emit *m, unsigned reg) {
    enc_i(&m->e, RV_ADDIW, TMP, reg, 0);
    return emit_branch(m, RV_BNE, TMP, reg);
}

Jump gen_check_bound(Emit *m, const RaOp *op, const IrInsn *in) {
    bool store = in->b;
    unsigned base = base_reg(m, op, in, TMP3);
    if (emit_span(m, store)->fenced)
        return emit_branch(m, RV_BGEU, base, emit_span_len(m, store, TMP2)); // the base decides
    int64_t imm = emit_imm(m, in) + LS_MARGIN;
    enc_r(&m->e, RV_SUB, TMP, base, emit_span_lo(m, store, TMP2));
    if (imm) emit_add_imm(m, true, TMP, TMP, imm, TMP2);
    emit_add_imm(m, true, TMP2, emit_span_len(m, store, TMP2), 2 * LS_MARGIN + 9 - (int64_t)in->c, LINK);
    return emit_branch(m, RV_BGEU, TMP, TMP2);
}

// Leaves the host address in TMP.
Jump gen_atomic_place(Emit *m, const RaOp *op, const IrInsn *in, Place *at) {
    if (!gen_span_fits(m, &m->cfg->store_span, in)) return gen_probe_table(m, &m->cfg->store, op, in, at);
    unsigned base = base_reg(m, op, in, TMP3);
    int32_t disp;
    Jump miss = check_span(m, in, true, true, &base, &disp);
    enc_r(&m->e, RV_ADD, TMP, base, emit_span_mem(m, true, TMP2));
    if (disp) enc_i(&m->e, RV_ADDI, TMP, TMP, disp);
    *at = (Place){.base = TMP};
    return miss;
}

// ---- calls
void gen_loaded(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned size = in->c & MEMOP_SIZE;
    int32_t by = 64 - (8 << size);
    bool sign = in->c & MEMOP_SIGNED || (in->type == IR_I32 && size == 2);
    if (emit_is_float_reg(op->dst)) {
        enc_r1(&m->e, size == 3 ? RV_FMV_D_X : RV_FMV_W_X, op->dst, TMP);
    } else if (size == 3) {
        enc_mv(&m->e, op->dst, TMP);
    } else {
        enc_i(&m->e, RV_SLLI, op->dst, TMP, by);
        enc_i(&m->e, sign ? RV_SRAI : RV_SRLI, op->dst, op->dst, by);
    }
}

// A helper sees an I32 zero-extended, as the interpreter passes it.
void gen_arg(Emit *m, unsigned k, IrRef value, RaLoc at) {
    IrType t = emit_type(m, value);
    bool in_place = at.kind == RA_REG && !ir_is_float(t);
    unsigned src = in_place ? at.index : TMP;
    if (!in_place) gen_move(m, TMP, at);
    if (emit_is_half(t)) emit_zext32(m, TMP, src), src = TMP;
    ls_gen_frame_store(m, src, false, m->cfg->frame.args + 8 * (int32_t)k);
}

void gen_result(Emit *m, const RaOp *op) {
    switch (emit_type(m, op->ref)) {
    case IR_F64: enc_r1(&m->e, RV_FMV_D_X, op->dst, TMP); break;
    case IR_F32: enc_r1(&m->e, RV_FMV_W_X, op->dst, TMP); break;
    case IR_I32: enc_i(&m->e, RV_ADDIW, op->dst, TMP, 0); break;
    default: enc_mv(&m->e, op->dst, TMP);
    }
}

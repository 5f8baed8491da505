// Guest loads and stores, and calls out of generated code: the instructions, see host/access.c. LO, LEN and MEM are those of LsBase.
//
// A load of 4 bytes at a + imm, when most guest memory maps to the host by one constant (no paging: jit/code/span.c):
//     add x16,LO,a; cmp x16,LEN; b.hs table; add x16,MEM,a; ldr dst,[x16,imm]
// and when what lies around it is inaccessible (--user), the base alone is checked:
//     cmp a,LEN; b.hs table; ldr dst,[MEM,a]                               if imm is 0
// Else the probe (INVARIANT: the index comes from the page of the first byte, the compared page from the last byte, so
// an access that crosses into the next page misses):
//     add x16,a,imm; add x15,x16,3; and x15,x15,-4096                      page of the last byte
//     ubfx x17,x16,12,10; add x17,x28,x17,lsl 5; ldr x30,[x17,TAG]; cmp x30,x15; b.ne miss
//     ldr x17,[x17,DATA]; ldr dst,[x16,x17]
// The low bits of an address that must be aligned become its highest ones for the range check, and are compared with the
// page for the probe. A base of 32 bits is extended by the instruction that adds it.
// The miss is out of line and calls a routine with all registers preserved: address in x16, value in x17.
#include "host/a64/a64.h"
#include "host/a64/emit.h"

// ---- addresses
// A register and whether its 64 bits are an address, or the low 32. A wide I32 that wraps at 32 bits then looks out of
// range, and the slow path knows better.
typedef struct Base {
    unsigned reg;
    bool wide;
} Base;

static void add_base(Emit *m, unsigned dst, unsigned to, Base b) {
    if (b.wide)
        enc_r(&m->e, true, A64_ADD, dst, to, b.reg);
    else
        enc_uxtw(&m->e, A64_ADD, dst, to, b.reg);
}

// dst = base + imm in 64 bits: where an address of 32 bits wraps it then looks out of range, and the slow path knows
// better.
static Base far_base(Emit *m, unsigned dst, Base b, int64_t imm) {
    if (!b.wide) enc_bits(&m->e, false, A64_UBFM, dst, b.reg, 0, 31), b.reg = dst;
    emit_add_imm(m, true, dst, b.reg, imm, LINK);
    return (Base){dst, true};
}

void ls_gen_address(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in) {
    RaSum sum = emit_place_sum(op);
    sum.imm = (int32_t)in->imm; // COVERED: the constant is small
    if (sum.index.kind == RA_REG)
        ls_gen_sum(m, dst, &sum);
    else if (emit_is_wide(m, in) && !in->imm)
        enc_mv(&m->e, dst, op->a.index);
    else
        emit_add_imm(m, emit_is_wide(m, in), dst, op->a.index, in->imm, LINK);
}

// ---- the span
// Jumps away unless a < b, unsigned.
static Jump unless_below(Emit *m, unsigned a, unsigned b) {
    enc_r(&m->e, true, A64_SUBS, ZERO, a, b);
    return emit_branch(m, A64_HS);
}

// TMP gets the low bits of base + imm as its highest ones, beside what is in `by`.
static void mix_in_alignment(Emit *m, unsigned low, unsigned by, unsigned from, int64_t imm) {
    int64_t rest = imm & ((1 << low) - 1);
    if (rest) enc_add_imm(&m->e, true, A64_ADD, TMP2, from, rest), from = TMP2;
    enc_shifted(&m->e, true, A64_ORR, TMP, by, from, 64 - low);
}

// Jumps away unless the access lies in the span. Where it is is base + imm: of a constant that is too large they become
// TMP3 and 0. `exact`: not only what lies beyond the margins, for two instructions more.
static Jump check_span(Emit *m, const IrInsn *in, bool store, bool exact, Base *base, int64_t *imm) {
    const HostSpan *span = emit_span(m, store);
    unsigned low = emit_aligned_log2(in), by = TMP;
    if ((*imm < -LS_MARGIN || *imm > LS_MARGIN) && !span->fenced) *base = far_base(m, TMP3, *base, *imm), *imm = 0;
    if (span->fenced)
        by = base->reg;
    else
        add_base(m, TMP, emit_span_lo(m, store, TMP2), *base);
    if (exact && !span->fenced) emit_add_imm(m, true, TMP, TMP, LS_MARGIN + *imm, TMP2);
    if (low) mix_in_alignment(m, low, by, base->reg, *imm), by = TMP;
    unsigned len = emit_span_len(m, store, TMP2);
    if (exact && !span->fenced) { // the margin is taken back
        enc_add_imm(&m->e, true, A64_ADD, TMP2, len, 2 * LS_MARGIN + 9 - (1 << (in->c & MEMOP_SIZE)));
        len = TMP2;
    }
    return unless_below(m, by, len);
}

// ---- the probe
// A place is base + (index << scale), of which index_wide says how much counts and scale is 0 or log2 of the size, or without an index base + disp.
static Place at_disp(unsigned base, int64_t disp) {
    return (Place){.base = (uint8_t)base, .index = ZERO, .index_wide = true, .disp = disp};
}
static Place at_index(unsigned base, unsigned index, bool wide) {
    return (Place){.base = (uint8_t)base, .index = (uint8_t)index, .index_wide = wide};
}

Jump gen_probe_table(Emit *m, const HostProbe *p, const RaOp *op, const IrInsn *in, Place *at) {
    unsigned size = emit_reached(in), low = emit_aligned_log2(in), last = TMP;
    bool near = a64_fits_mem(p->tag, 3) && a64_fits_mem(p->data, 3);
    int64_t high = near ? 0 : p->tag & ~0xfff;
    ls_gen_address(m, TMP, op, in);
    if (size > 1 && !low) enc_add_imm(&m->e, true, A64_ADD, TMP3, TMP, size - 1), last = TMP3;
    enc_logic_imm(&m->e, true, A64_AND, TMP3, last, ~(uint64_t)0 << p->shift | (low ? size - 1 : 0));
    enc_bits(&m->e, true, A64_UBFM, TMP2, TMP, p->shift, p->shift + p->bits - 1u);
    enc_shifted(&m->e, true, A64_ADD, TMP2, FRAME, TMP2, p->stride_bits);
    if (high) emit_add_imm(m, true, TMP2, TMP2, high, LINK);
    enc_mem(&m->e, A64_LDR, 3, LINK, TMP2, p->tag - high);
    enc_r(&m->e, true, A64_SUBS, ZERO, LINK, TMP3);
    Jump miss = emit_branch(m, A64_NE);
    enc_mem(&m->e, A64_LDR, 3, TMP2, TMP2, p->data - high);
    *at = at_index(TMP, TMP2, true);
    return miss;
}

// ---- the access itself
static A64Op load_op(const IrInsn *in) {
    unsigned size = in->c & MEMOP_SIZE;
    if (!(in->c & MEMOP_SIGNED) || size == 3 || (in->type == IR_I32 && size == 2)) return A64_LDR;
    return in->type == IR_I32 ? A64_LDRS_W : A64_LDRS_X;
}

void gen_access(Emit *m, const RaOp *op, const IrInsn *in, Place at) {
    unsigned size = in->c & MEMOP_SIZE, reg = in->op == IR_LOAD ? op->dst : emit_store_reg(op);
    bool is_float = emit_is_float_reg(reg);
    A64Op a64 = in->op == IR_LOAD ? is_float ? A64_LDR_F : load_op(in) : is_float ? A64_STR_F : A64_STR;
    if (at.index != ZERO)
        enc_mem_r(&m->e, a64, size, reg, at.base, at.index, at.index_wide, at.scale);
    else
        enc_mem(&m->e, a64, size, reg, at.base, at.disp);
}

// base + imm where the host's addresses are the guest's.
static Place at_same_address(Emit *m, Base base, int64_t imm, unsigned size) {
    int64_t low = imm & 0xfff;
    if (a64_fits_mem(imm, size)) return at_disp(base.reg, imm);
    if (!a64_fits_mem(low, size) || !a64_fits_add(imm - low)) low = 0;
    emit_add_imm(m, true, TMP3, base.reg, imm - low, TMP2);
    return at_disp(TMP3, low);
}

// base + imm in the span.
static Place in_span(Emit *m, Base base, int64_t imm, bool store, unsigned size) {
    if (!emit_span(m, store)->to_host && base.wide) return at_same_address(m, base, imm, size);
    unsigned mem = emit_span_mem(m, store, TMP2);
    if (!imm) return at_index(mem, base.reg, base.wide);
    if (a64_fits_mem(imm, size)) {
        add_base(m, TMP, mem, base);
        return at_disp(TMP, imm);
    }
    base = far_base(m, TMP3, base, imm);
    return at_index(mem, base.reg, true);
}

static Base base_of(const Emit *m, const RaOp *op, const IrInsn *in) {
    return (Base){op->a.index, emit_is_wide(m, in) || ls_of_const(m)->phis_keep_types};
}

Jump gen_check_span(Emit *m, const RaOp *op, const IrInsn *in, Place *at) {
    bool store = in->op == IR_STORE;
    Base base = base_of(m, op, in);
    int64_t imm = emit_imm(m, in);
    Jump miss = check_span(m, in, store, false, &base, &imm);
    *at = in_span(m, base, imm, store, in->c & MEMOP_SIZE);
    return miss;
}

Place gen_bare_place(Emit *m, const RaOp *op, const IrInsn *in) {
    bool store = in->c & MEMOP_COVERED_STORE;
    unsigned size = in->c & MEMOP_SIZE;
    RaSum sum = emit_place_sum(op);
    if (sum.index.kind != RA_REG) return in_span(m, base_of(m, op, in), emit_imm(m, in), store, size);
    if (!emit_span(m, store)->to_host && !in->imm && (!sum.shift || sum.shift == size))
        return (Place){
            .base = (uint8_t)sum.base.index, .index = (uint8_t)sum.index.index, .scale = sum.shift, .index_wide = true};
    ls_gen_sum(m, TMP, &sum);
    return in_span(m, (Base){TMP, true}, in->imm, store, size);
}

Place gen_found_place(const RaOp *op, const IrInsn *in) { return at_disp(op->a.index, in->imm); }

void gen_found(Emit *m, const RaOp *op, Place at) { enc_r(&m->e, true, A64_ADD, op->dst, at.base, at.index); }

Jump gen_check_half(Emit *m, unsigned reg) {
    enc_bits(&m->e, true, A64_SBFM, TMP, reg, 0, 31);
    enc_r(&m->e, true, A64_SUBS, ZERO, TMP, reg);
    return emit_branch(m, A64_NE);
}

Jump gen_check_bound(Emit *m, const RaOp *op, const IrInsn *in) {
    bool store = in->b;
    if (emit_span(m, store)->fenced)
        return unless_below(m, op->a.index, emit_span_len(m, store, TMP2)); // the base decides
    int64_t imm = emit_imm(m, in) + LS_MARGIN;
    add_base(m, TMP, emit_span_lo(m, store, TMP2), base_of(m, op, in));
    if (imm) emit_add_imm(m, true, TMP, TMP, imm, TMP2);
    emit_add_imm(m, true, TMP2, emit_span_len(m, store, TMP2), 2 * LS_MARGIN + 9 - (int64_t)in->c, LINK);
    return unless_below(m, TMP, TMP2);
}

// Leaves the host address in TMP.
Jump gen_atomic_place(Emit *m, const RaOp *op, const IrInsn *in, Place *at) {
    if (!gen_span_fits(m, &m->cfg->store_span, in)) {
        Jump miss = gen_probe_table(m, &m->cfg->store, op, in, at);
        enc_r(&m->e, true, A64_ADD, TMP, at->base, at->index);
        return miss;
    }
    Base base = base_of(m, op, in);
    int64_t imm = emit_imm(m, in);
    Jump miss = check_span(m, in, true, true, &base, &imm);
    add_base(m, TMP, emit_span_mem(m, true, TMP2), base);
    if (imm) emit_add_imm(m, true, TMP, TMP, imm, TMP2);
    return miss;
}

// ---- calls
void gen_loaded(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned size = in->c & MEMOP_SIZE;
    bool sign = load_op(in) != A64_LDR;
    if (emit_is_float_reg(op->dst))
        enc_cross(&m->e, size == 3, size == 3, A64_FMOV_FROM_INT, op->dst, TMP);
    else if (size == 3)
        enc_mv(&m->e, op->dst, TMP);
    else
        enc_bits(&m->e, sign && in->type == IR_I64, sign ? A64_SBFM : A64_UBFM, op->dst, TMP, 0, (8u << size) - 1);
}

// A helper sees an I32 zero-extended, as the interpreter passes it.
void gen_arg(Emit *m, unsigned k, IrRef value, RaLoc at) {
    unsigned src = at.kind == RA_REG ? at.index : TMP;
    if (at.kind != RA_REG) gen_move(m, TMP, at);
    if (emit_type(m, value) == IR_I32 && !ls_of(m)->phis_keep_types)
        enc_bits(&m->e, false, A64_UBFM, TMP, src, 0, 31), src = TMP;
    ls_gen_frame_store(m, src, false, m->cfg->frame.args + 8 * (int32_t)k);
}

void gen_result(Emit *m, const RaOp *op) {
    IrType t = emit_type(m, op->ref);
    bool wide = !emit_is_half(t);
    if (ir_is_float(t))
        enc_cross(&m->e, wide, wide, A64_FMOV_FROM_INT, op->dst, TMP);
    else
        enc_r(&m->e, wide, A64_ORR, op->dst, ZERO, TMP);
}

// Guest loads and stores, and calls out of generated code: the instructions, see host/access.c.
//
// Probe of a load of 4 bytes at a + imm (INVARIANT: the index comes from the page of the first byte, the compared page
// from the last byte, so an access that crosses into the next page misses):
//     lea rax,[a+imm]; lea rcx,[a+imm+3]; shr eax,12-5; and rcx,-4096; and eax,255<<5; cmp rcx,[rbp+rax+tag]; jne miss
//     mov rax,[rbp+rax+addend]; mov dst,[rax+a+imm]
// An access that must be aligned, or of one byte, lies in one page; the low bits that must be zero are compared, too:
//     lea rcx,[a+imm]; rorx rax,rcx,12-5; and rcx,-4096+3; and eax,255<<5; cmp rcx,[rbp+rax+tag]; jne miss
// When most guest memory maps to the host by one constant (no paging: jit/code/span.c), a range check
// comes first and costs less:
//     lea rax,[a+imm-lo]; cmp rax,len-4; ja table; mov dst,[a+imm+to_host]
// and when what lies around it is inaccessible (--user), the base alone is checked, whatever imm and size are:
//     cmp a,len-1; ja table; mov dst,[a+imm+to_host]                 len up to 2^31
//     mov rax,a; shr rax,log2(len); jne table; mov dst,[a+imm+to_host]
// The miss is out of line and calls a routine with all registers preserved: address in RAX, value in RCX.
#include "host/x64/emit.h"
#include "host/x64/x64.h"
#include "base/bits.h"

static Place place_of(Mem m) { return (Place){.base = m.base, .index = m.index, .scale = m.scale, .disp = m.disp}; }
static Mem mem_of(Place p) { return (Mem){p.base, p.index, p.scale, (int32_t)p.disp}; }

static void address_into(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in, int64_t extra) {
    bool w = ir_value_type(&m->u->insns.at[in->a]) == IR_I64;
    int64_t disp = in->imm + extra;
    if (op->c.kind == RA_REG && ir_is_memory(in)) { // COVERED: the constant is small
        enc_lea(&m->e, true, dst, mem_indexed(op->a.index, op->c.index, op->scale, (int32_t)disp));
        return;
    }
    if (!w) disp = (int32_t)disp;
    if (bits_fits_signed(disp, 32)) {
        if (disp == 0)
            enc_mov_rr(&m->e, w, dst, op->a.index);
        else
            enc_lea(&m->e, w, dst, mem_at(op->a.index, (int32_t)disp));
    } else {
        enc_mov_ri(&m->e, dst, (uint64_t)disp);
        enc_alu_rr(&m->e, ALU_ADD, w, dst, op->a.index);
    }
}

// May the base be used as a 64-bit register? An I32 may when all of them are zero-extended: an address that wraps at 32
// bits then looks out of range, and the slow path knows better.
static bool is_wide_base(const Emit *m, const IrInsn *in) {
    return emit_type(m, in->a) == IR_I64 || x64_of_const(m)->i32_is_extended;
}

// A fenced span: the base register decides. When the address must be aligned, it decides, rotated, so that the bits that
// must be zero make it too large. WHY a shift for large spans: a limit in memory is one instruction less, and took 9 %
// longer on Dhrystone.
static Jump check_fenced(Emit *m, const HostSpan *span, const RaOp *op, const IrInsn *in) {
    unsigned low = emit_aligned_log2(in), by = op->a.index;
    uint64_t last = (span->len >> low) - 1;
    if (low) {
        address_into(m, by = TMP, op, in, 0);
        enc_shift_ri(&m->e, SH_ROR, true, TMP, low);
    }
    if (last <= INT32_MAX) {
        enc_alu_ri(&m->e, ALU_CMP, true, by, (int32_t)last);
        return emit_jcc(m, CC_A);
    }
    if (by != TMP) enc_mov_rr(&m->e, true, TMP, by);
    enc_shift_ri(&m->e, SH_SHR, true, TMP, (unsigned)__builtin_ctzll(last + 1));
    return emit_jcc(m, CC_NE);
}

// Jumps away unless [a + imm, a + imm + size) lies in the span. Leaves the address - lo in TMP; when the address must
// be aligned, rotated, so that the bits that must be zero make it too large.
static Jump check_range(Emit *m, const HostSpan *span, const RaOp *op, const IrInsn *in, unsigned size) {
    bool w = is_wide_base(m, in);
    int64_t disp = in->imm - (int64_t)span->lo;
    if (span->fenced) return check_fenced(m, span, op, in);
    if (!w) {
        enc_lea(&m->e, false, TMP, mem_at(op->a.index, (int32_t)disp));
    } else {
        int64_t first = disp < INT32_MIN ? INT32_MIN : disp;
        enc_lea(&m->e, true, TMP, mem_at(op->a.index, (int32_t)first));
        if (disp != first) enc_alu_ri(&m->e, ALU_ADD, true, TMP, (int32_t)(disp - first));
    }
    unsigned low = emit_aligned_log2(in);
    if (low) enc_shift_ri(&m->e, SH_ROR, true, TMP, low);
    enc_alu_ri(&m->e, ALU_CMP, true, TMP, (int32_t)((span->len - size) >> low));
    return emit_jcc(m, CC_A);
}

static Jump check_access(Emit *m, const HostSpan *span, const RaOp *op, const IrInsn *in, Place *at) {
    bool w = is_wide_base(m, in);
    if (w)
        *at = place_of(mem_at(op->a.index, (int32_t)(in->imm + span->to_host)));
    else
        *at = place_of(mem_at(TMP, (int32_t)((int64_t)span->lo + span->to_host)));
    return check_range(m, span, op, in, 1u << (in->c & MEMOP_SIZE));
}

Jump gen_check_span(Emit *m, const RaOp *op, const IrInsn *in, Place *at) {
    return check_access(m, emit_span(m, in->op == IR_STORE), op, in, at);
}

Jump gen_check_bound(Emit *m, const RaOp *op, const IrInsn *in) {
    return check_range(m, emit_span(m, in->b), op, in, in->c);
}

Jump gen_check_half(Emit *m, unsigned reg) {
    enc_ext(&m->e, TMP, reg, 32, true, true);
    enc_alu_rr(&m->e, ALU_CMP, true, TMP, reg);
    return emit_jcc(m, CC_NE);
}

bool gen_span_fits(const Emit *m, const HostSpan *span, const IrInsn *in) {
    bool w = is_wide_base(m, in);
    int64_t disp = in->imm - (int64_t)span->lo;
    if (span->on && span->fenced)
        return w && in->imm >= HOST_FENCE_BELOW && in->imm <= INT32_MAX &&
               bits_fits_signed(in->imm + span->to_host, 32);
    if (!span->on || span->len < 8 || span->len > INT32_MAX || span->lo >> 32) return false;
    if (in->c & MEMOP_ALIGNED && (!w || span->lo % 8)) return false;
    if (!w) return bits_fits_signed((int64_t)span->lo + span->to_host, 32);
    return bits_fits_signed(in->imm + span->to_host, 32) && disp <= INT32_MAX && disp >= 2 * (int64_t)INT32_MIN;
}

// Bits of the address that must be zero.
static int32_t aligned_bits(const IrInsn *in) { return (1 << emit_aligned_log2(in)) - 1; }

static void shift_into(Emit *m, unsigned dst, unsigned src, unsigned by) { // bits above the index do not matter
    if (emit_has(m, X64_BMI2)) {
        enc_rorx(&m->e, dst, src, by);
    } else {
        if (dst != src) enc_mov_rr(&m->e, true, dst, src);
        enc_shift_ri(&m->e, SH_SHR, true, dst, by);
    }
}

Jump gen_probe_table(Emit *m, const HostProbe *p, const RaOp *op, const IrInsn *in, Place *at) {
    unsigned size = emit_reached(in), by = p->shift - p->stride_bits;
    bool wide = emit_type(m, in->a) == IR_I64;
    bool indexed = op->c.kind == RA_REG && ir_is_memory(in);
    bool direct = wide && !indexed && bits_fits_signed(in->imm, 32), one_page = size == 1 || aligned_bits(in);
    address_into(m, TMP2, op, in, one_page ? 0 : size - 1);
    if (one_page) {
        shift_into(m, TMP, TMP2, by);
    } else if (wide && !indexed && !in->imm) {
        shift_into(m, TMP, op->a.index, by);
    } else {
        address_into(m, TMP, op, in, 0);
        enc_shift_ri(&m->e, SH_SHR, false, TMP, by);
    }
    enc_alu_ri(&m->e, ALU_AND, true, TMP2, (int32_t)(-(1u << p->shift) | (uint32_t)aligned_bits(in)));
    enc_alu_ri(&m->e, ALU_AND, false, TMP, (int32_t)(bits_mask(p->bits) << p->stride_bits));
    enc_alu_rm(&m->e, ALU_CMP, true, TMP2, mem_indexed(FRAME, TMP, 0, p->tag));
    Jump miss = emit_jcc(m, CC_NE);
    enc_load(&m->e, TMP, mem_indexed(FRAME, TMP, 0, p->data), 3, false, true);
    if (direct) {
        *at = place_of(mem_indexed(TMP, op->a.index, 0, (int32_t)in->imm));
    } else {
        address_into(m, TMP2, op, in, 0);
        *at = place_of(mem_indexed(TMP, TMP2, 0, 0));
    }
    return miss;
}

void gen_call_routine(Emit *m, const uint8_t *routine) {
    enc_patch_far(&m->e, enc_call(&m->e), routine);
    emit_note_to_entry(m);
}

void gen_loaded(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned size = in->c & MEMOP_SIZE;
    bool w = in->type == IR_I64;
    if (emit_is_float_reg(op->dst))
        emit_float_from_bits(m, op->dst, RAX, size == 3);
    else if (size == 3)
        enc_mov_rr(&m->e, true, op->dst, RAX);
    else
        enc_ext(&m->e, op->dst, RAX, 8u << size, (in->c & MEMOP_SIGNED) != 0, w);
}

void gen_miss_args(Emit *m, const RaOp *op, const IrInsn *in) {
    address_into(m, RAX, op, in, 0);
    if (in->op == IR_STORE) gen_move(m, RCX, op->b);
}

static bool bounds_fit(const HostSpan *span, bool w) {
    enum { REACH = 1 << 17 };
    if (span->on && span->fenced) return w && span->to_host > -INT32_MAX + REACH && span->to_host < INT32_MAX - REACH;
    if (!span->on || span->len < REACH || span->len > INT32_MAX || span->lo >> 32) return false;
    if (!w && span->lo < REACH) return false; // 32-bit addresses wrap
    return w ? span->to_host > -INT32_MAX + REACH && span->to_host < INT32_MAX - REACH
             : (int64_t)(span->lo + span->len) + span->to_host < INT32_MAX && (int64_t)span->lo + span->to_host > 0;
}

// Without probes every access calls, and the call gets the address.
bool x64_addresses(const HostConfig *cfg) {
    if ((!cfg->load.on && !cfg->store.on) || host_probes_all(cfg)) return true;
    return cfg->load.on && cfg->store.on && bounds_fit(&cfg->load_span, true) && bounds_fit(&cfg->store_span, true);
}

bool gen_bounds_fit(const Emit *m, const HostSpan *span, const IrInsn *in) {
    return bounds_fit(span, is_wide_base(m, in));
}

static Mem bare_place(Emit *m, const RaOp *op, const IrInsn *in) {
    int64_t to_host = m->cfg->load_span.to_host;
    if (op->c.kind == RA_REG) return mem_indexed(op->a.index, op->c.index, op->scale, (int32_t)(in->imm + to_host));
    if (is_wide_base(m, in)) return mem_at(op->a.index, (int32_t)(in->imm + to_host));
    address_into(m, TMP, op, in, 0); // 32-bit addresses wrap
    return mem_at(TMP, (int32_t)to_host);
}

Place gen_bare_place(Emit *m, const RaOp *op, const IrInsn *in) { return place_of(bare_place(m, op, in)); }

Place gen_found_place(const RaOp *op, const IrInsn *in) { return place_of(mem_at(op->a.index, (int32_t)in->imm)); }

void gen_found(Emit *m, const RaOp *op, Place at) { enc_lea(&m->e, true, op->dst, mem_of(at)); }

void gen_access(Emit *m, const RaOp *op, const IrInsn *in, Place at) {
    unsigned size = in->c & MEMOP_SIZE;
    Mem where = mem_of(at);
    if (in->op == IR_LOAD && ir_is_float((IrType)in->type))
        emit_float_load(m, op->dst, where, size == 3);
    else if (in->op == IR_STORE && op->b.kind == RA_REG && emit_is_float_reg(op->b.index))
        emit_float_store(m, where, op->b.index, size == 3);
    else if (in->op == IR_LOAD)
        enc_load(&m->e, op->dst, where, size, (in->c & MEMOP_SIGNED) != 0, in->type == IR_I64);
    else if (op->b.kind == RA_CONST)
        enc_store_i(&m->e, where, (int32_t)emit_const(m, op->b), size);
    else
        enc_store(&m->e, where, op->b.index, size);
}

Jump gen_atomic_place(Emit *m, const RaOp *op, const IrInsn *in, Place *at) {
    const HostSpan *span = &m->cfg->store_span;
    Jump miss =
        gen_span_fits(m, span, in) ? check_access(m, span, op, in, at) : gen_probe_table(m, &m->cfg->store, op, in, at);
    if (at->base != TMP && at->index != TMP) return miss;
    enc_lea(&m->e, true, TMP2, mem_of(*at)); // the operation needs it
    *at = place_of(mem_at(TMP2, 0));
    return miss;
}

void gen_arg(Emit *m, unsigned k, IrRef value, RaLoc at) {
    IrType t = emit_type(m, value);
    bool in_place = at.kind == RA_REG && !ir_is_float(t);
    unsigned src = in_place ? at.index : TMP;
    if (!in_place) gen_move(m, TMP, at);
    if (t == IR_I32 || t == IR_F32) enc_mov_rr(&m->e, false, TMP, src), src = TMP;
    enc_store(&m->e, mem_at(FRAME, m->cfg->frame.args + 8 * (int32_t)k), src, 3);
}

void gen_helper(Emit *m, const void *helper) {
    if (helper)
        emit_address(m, RAX, helper);
    else
        enc_mov_ri(&m->e, RAX, 0);
}

// An I32 in a register is zero-extended, see X64Emit.i32_is_extended.
void gen_result(Emit *m, const RaOp *op) {
    IrType t = emit_type(m, op->ref);
    if (ir_is_float(t))
        emit_float_from_bits(m, op->dst, RAX, t == IR_F64);
    else
        enc_mov_rr(&m->e, t != IR_I32, op->dst, RAX);
}

// Guest loads and stores, and calls out of generated code.
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
static bool is_wide_base(Emit *m, const IrInsn *in) {
    return ir_value_type(&m->u->insns.at[in->a]) == IR_I64 || x64_of(m)->i32_is_extended;
}

// A fenced span: the base register decides. When the address must be aligned, it decides, rotated, so that the bits that
// must be zero make it too large. WHY a shift for large spans: a limit in memory is one instruction less, and took 9 %
// longer on Dhrystone.
static Jump check_fenced(Emit *m, const HostSpan *span, const RaOp *op, const IrInsn *in) {
    unsigned low = in->op != IR_BOUND && in->c & MEMOP_ALIGNED ? in->c & MEMOP_SIZE : 0, by = op->a.index;
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
    unsigned low = in->op != IR_BOUND && in->c & MEMOP_ALIGNED ? in->c & MEMOP_SIZE : 0;
    if (low) enc_shift_ri(&m->e, SH_ROR, true, TMP, low);
    enc_alu_ri(&m->e, ALU_CMP, true, TMP, (int32_t)((span->len - size) >> low));
    return emit_jcc(m, CC_A);
}

// The same for an access, and the operand that reaches it. Needs span_fits().
static Jump check_span(Emit *m, const HostSpan *span, const RaOp *op, const IrInsn *in, Mem *where) {
    bool w = is_wide_base(m, in);
    if (w)
        *where = mem_at(op->a.index, (int32_t)(in->imm + span->to_host));
    else
        *where = mem_at(TMP, (int32_t)((int64_t)span->lo + span->to_host));
    return check_range(m, span, op, in, 1u << (in->c & MEMOP_SIZE));
}

static bool span_fits(Emit *m, const HostSpan *span, const IrInsn *in) {
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
static int32_t aligned_bits(const IrInsn *in) { return in->c & MEMOP_ALIGNED ? (1 << (in->c & MEMOP_SIZE)) - 1 : 0; }

static void shift_into(Emit *m, unsigned dst, unsigned src, unsigned by) { // bits above the index do not matter
    if (emit_has(m, X64_BMI2)) {
        enc_rorx(&m->e, dst, src, by);
    } else {
        if (dst != src) enc_mov_rr(&m->e, true, dst, src);
        enc_shift_ri(&m->e, SH_SHR, true, dst, by);
    }
}

// Leaves the operand that reaches the host address; jumps away on a miss.
static Jump probe_table(Emit *m, const HostProbe *p, const RaOp *op, const IrInsn *in, Mem *where) {
    unsigned size = 1u << (in->c & MEMOP_SIZE), by = p->shift - p->stride_bits;
    bool wide = ir_value_type(&m->u->insns.at[in->a]) == IR_I64;
    bool direct = wide && bits_fits_signed(in->imm, 32), one_page = size == 1 || aligned_bits(in);
    address_into(m, TMP2, op, in, one_page ? 0 : size - 1);
    if (one_page) {
        shift_into(m, TMP, TMP2, by);
    } else if (wide && !in->imm) {
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
        *where = mem_indexed(TMP, op->a.index, 0, (int32_t)in->imm);
    } else {
        address_into(m, TMP2, op, in, 0);
        *where = mem_indexed(TMP, TMP2, 0, 0);
    }
    return miss;
}

static void call_routine(Emit *m, const HostRoutine *routine) {
    enc_patch_far(&m->e, enc_call(&m->e), routine->at);
    emit_note_to_entry(m);
    m->called = routine;
}

static void extend_result(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned size = in->c & MEMOP_SIZE;
    bool w = in->type == IR_I64;
    if (emit_is_float_reg(op->dst))
        emit_float_from_bits(m, op->dst, RAX, size == 3);
    else if (size == 3)
        enc_mov_rr(&m->e, true, op->dst, RAX);
    else
        enc_ext(&m->e, op->dst, RAX, 8u << size, (in->c & MEMOP_SIGNED) != 0, w);
}

static void value_into(Emit *m, unsigned dst, RaLoc value) { gen_move(m, dst, value); }

static void slow_access(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned which = (in->c & MEMOP_SIZE) | (in->c & MEMOP_ALIGNED ? 4 : 0);
    address_into(m, RAX, op, in, 0);
    if (in->op == IR_STORE) value_into(m, RCX, op->b);
    call_routine(m,
                 in->op == IR_STORE ? &m->entry->store_miss[m->floats][which] : &m->entry->load_miss[m->floats][which]);
}

// May a BOUND and what it covers be done without the table? The same answer for all offsets that a BOUND can have.
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
    if (!cfg->load.on && !cfg->store.on) return true;
    return cfg->load.on && cfg->store.on && bounds_fit(&cfg->load_span, true) && bounds_fit(&cfg->store_span, true);
}

static bool is_covered(Emit *m, const IrInsn *in) {
    const HostSpan *span = in->c & MEMOP_COVERED_STORE ? &m->cfg->store_span : &m->cfg->load_span;
    return (in->c & MEMOP_COVERED) && bounds_fit(span, is_wide_base(m, in));
}

// The address is known to be in the span.
static Mem bare_place(Emit *m, const RaOp *op, const IrInsn *in) {
    int64_t to_host = m->cfg->load_span.to_host;
    if (op->c.kind == RA_REG) return mem_indexed(op->a.index, op->c.index, op->scale, (int32_t)(in->imm + to_host));
    if (is_wide_base(m, in)) return mem_at(op->a.index, (int32_t)(in->imm + to_host));
    address_into(m, TMP, op, in, 0); // 32-bit addresses wrap
    return mem_at(TMP, (int32_t)to_host);
}

static void access_bytes(Emit *m, const RaOp *op, const IrInsn *in, Mem where) {
    unsigned size = in->c & MEMOP_SIZE;
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

static void add_guard(Emit *m, const RaOp *op) {
    m->called = &m->entry->access_fault;
    emit_site(m, op);
}

void emit_guard(Emit *m, const RaOp *op) {
    if (m->cfg->guarded) add_guard(m, op);
}

static void access_host(Emit *m, const RaOp *op, const IrInsn *in, Mem where) {
    access_bytes(m, op, in, where);
    emit_guard(m, op);
}

Jump emit_place(Emit *m, const RaOp *op, const IrInsn *in, Mem *where) {
    const HostSpan *span = &m->cfg->store_span;
    return span_fits(m, span, in) ? check_span(m, span, op, in, where) : probe_table(m, &m->cfg->store, op, in, where);
}

void emit_access(Emit *m, const RaOp *op, const IrInsn *in) {
    const HostProbe *p = in->op == IR_LOAD ? &m->cfg->load : &m->cfg->store;
    const HostSpan *span = in->op == IR_LOAD ? &m->cfg->load_span : &m->cfg->store_span;
    if (p->on && is_covered(m, in)) {
        access_host(m, op, in, bare_place(m, op, in));
        if (m->cfg->strays) add_guard(m, op);
        return;
    }
    if (!p->on || op->c.kind == RA_REG) { // an index, and the span has moved since it was allocated
        slow_access(m, op, in);
        emit_site(m, op);
        if (in->op == IR_LOAD) extend_result(m, op, in);
        return;
    }
    Mem where;
    bool spans = span_fits(m, span, in);
    Jump miss = spans ? check_span(m, span, op, in, &where) : probe_table(m, p, op, in, &where);
    access_host(m, op, in, where);
    // Next to a fenced span there is nothing: the run loop finds out what is wrong. It does not come back.
    if (spans && span->fenced)
        emit_cold_call(m, RARE_REFUSED, op, miss);
    else
        emit_back(m, spans ? emit_detour(m, RARE_TABLE, op, miss) : emit_cold_call(m, RARE_MEM, op, miss));
}

// Outside of the span: probe the table. A miss of the table goes on in RARE_MEM.
static void probe_rare(Emit *m, const Cold *c, const RaOp *op, const IrInsn *in) {
    Mem where;
    Jump miss = probe_table(m, in->op == IR_LOAD ? &m->cfg->load : &m->cfg->store, op, in, &where);
    access_host(m, op, in, where);
    emit_back_as(m, emit_cold_call(m, RARE_MEM, op, miss), c);
}

static void access_rare(Emit *m, const RaOp *op, const IrInsn *in) {
    slow_access(m, op, in);
    emit_site(m, op);
    if (in->op == IR_LOAD) extend_result(m, op, in);
}

void emit_bound(Emit *m, const RaOp *op, const IrInsn *in) {
    const HostSpan *span = in->b ? &m->cfg->store_span : &m->cfg->load_span;
    if (!m->cfg->load.on || !m->cfg->store.on || !bounds_fit(span, is_wide_base(m, in))) return;
    emit_cold_call(m, RARE_REFUSED, op, check_range(m, span, op, in, in->c)); // never comes back
}

static void refuse(Emit *m, const RaOp *op) {
    call_routine(m, &m->entry->refuse[m->floats]);
    emit_site(m, op);
}

// A helper sees an I32 zero-extended, as the interpreter passes it.
static void pass_args(Emit *m, const RaOp *op) {
    const IrInsn *in = &m->u->insns.at[op->ref];
    const RaLoc args[3] = {op->a, op->b, op->c};
    const IrRef refs[3] = {in->a, in->b, in->c};
    for (int k = 0; k < 3; k++) {
        if (args[k].kind == RA_NONE) continue;
        IrType t = ir_value_type(&m->u->insns.at[refs[k]]);
        bool in_place = args[k].kind == RA_REG && !ir_is_float(t);
        unsigned src = in_place ? args[k].index : TMP;
        if (!in_place) gen_move(m, TMP, args[k]);
        if (t == IR_I32 || t == IR_F32) enc_mov_rr(&m->e, false, TMP, src), src = TMP;
        enc_store(&m->e, mem_at(FRAME, m->cfg->frame.args + 8 * k), src, 3);
    }
}

// The helper goes along; for anything else the routine looks up what the instruction at this place is.
static void pass_helper(Emit *m, const IrInsn *in) {
    if (in->op == IR_CALL)
        emit_address(m, RAX, (const void *)(uintptr_t)in->imm);
    else
        enc_mov_ri(&m->e, RAX, 0);
}

// An I32 in a register is zero-extended, see X64Emit.i32_is_extended.
static void take_result(Emit *m, const RaOp *op) {
    IrType t = ir_value_type(&m->u->insns.at[op->ref]);
    if (op->dst == RA_NO_REG) return;
    if (ir_is_float(t))
        emit_float_from_bits(m, op->dst, RAX, t == IR_F64);
    else
        enc_mov_rr(&m->e, t != IR_I32, op->dst, RAX);
}

void emit_call(Emit *m, const RaOp *op) {
    pass_args(m, op);
    pass_helper(m, &m->u->insns.at[op->ref]);
    call_routine(m, &m->entry->call_out[m->floats]);
    emit_site(m, op);
    take_result(m, op);
}

void emit_memory_rare(Emit *m, const Cold *c) {
    const RaOp *op = &m->ra->ops.at[c->op];
    const IrInsn *in = &m->u->insns.at[op->ref];
    switch (c->rare) {
    case RARE_TABLE: probe_rare(m, c, op, in); break;
    case RARE_REFUSED: refuse(m, op); break;
    case RARE_MEM: access_rare(m, op, in); break;
    default: emit_call(m, op);
    }
}

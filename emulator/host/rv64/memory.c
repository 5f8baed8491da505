// Guest loads and stores, and calls out of generated code. LO, LEN and MEM are those of emit.h.
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
static bool is_wide(const Emit *m, const IrInsn *in) { return emit_type(m, in->a) == IR_I64; }

// The register with the base; an I32 sign-extended. In memory whose addresses have 31 bits at most it then is the
// address, and any other one looks out of range: the slow path knows better.
static unsigned base_reg(Emit *m, const RaOp *op, const IrInsn *in, unsigned tmp) {
    return is_wide(m, in) ? op->a.index : emit_low(m, in->a, op->a.index, tmp);
}

// The guest address. Addresses of 32 bits wrap.
static void address_into(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in) {
    bool w = is_wide(m, in);
    if (w && !in->imm)
        enc_mv(&m->e, dst, op->a.index);
    else if (!w && !(int32_t)in->imm)
        emit_zext32(m, dst, op->a.index);
    else
        emit_add_imm(m, w, dst, op->a.index, in->imm, LINK);
    if (!w && (int32_t)in->imm) emit_zext32(m, dst, dst);
}

static unsigned aligned_log2(const IrInsn *in) {
    return in->op != IR_BOUND && in->c & MEMOP_ALIGNED ? in->c & MEMOP_SIZE : 0;
}

// ---- the span
RvBase rv_base(const HostConfig *cfg) {
    const HostSpan *l = &cfg->load_span, *s = &cfg->store_span;
    int64_t none = 2 * RV_MARGIN + 8, edge = l->fenced ? 0 : RV_MARGIN, less = l->fenced ? 0 : none;
    RvBase b = {.jumps = cfg->jump.tag};
    if (l->on && l->len > (uint64_t)none)
        b.mem = l->to_host, b.load_lo = (int64_t)l->lo + edge, b.load_len = (int64_t)l->len - less;
    if (s->on && s->len > (uint64_t)none) b.store_lo = (int64_t)s->lo + edge, b.store_len = (int64_t)s->len - less;
    return b;
}

static bool is_store(const IrInsn *in) { return in->op == IR_STORE; }
static const HostSpan *span_of(const Emit *m, bool store) { return store ? &m->cfg->store_span : &m->cfg->load_span; }

// Can addresses of this width be checked against the span, and reached by its constant?
static bool span_usable(const HostSpan *span, bool wide) {
    if (!span->on || span->len <= 2 * RV_MARGIN + 8 || span->len >> 62) return false;
    return wide || span->lo + span->len <= 1ull << 31;
}

static bool span_fits(const HostSpan *span, const IrInsn *in, bool wide) {
    if (!span_usable(span, wide)) return false;
    return !span->fenced || (wide && in->imm >= HOST_FENCE_BELOW && in->imm <= INT32_MAX);
}

// LO or LEN: the register that enter() loaded, if it holds this value.
static unsigned base_value(Emit *m, unsigned reg, int64_t here, int64_t entered, unsigned tmp) {
    if (here == entered) return reg;
    emit_li(m, tmp, here);
    return tmp;
}

static unsigned span_lo(Emit *m, bool store, unsigned tmp) {
    const RvBase b = rv_base(m->cfg);
    return store ? base_value(m, STORE_LO, b.store_lo, rv_of(m)->base.store_lo, tmp)
                 : base_value(m, LOAD_LO, b.load_lo, rv_of(m)->base.load_lo, tmp);
}

static unsigned span_len(Emit *m, bool store, unsigned tmp) {
    const RvBase b = rv_base(m->cfg);
    return store ? base_value(m, STORE_LEN, b.store_len, rv_of(m)->base.store_len, tmp)
                 : base_value(m, LOAD_LEN, b.load_len, rv_of(m)->base.load_len, tmp);
}

static unsigned span_mem(Emit *m, bool store, unsigned tmp) {
    return base_value(m, MEM, span_of(m, store)->to_host, rv_of(m)->base.mem, tmp);
}

// The register that reaches in the host what `base` does in the guest: `base` where they are the same.
static unsigned host_base(Emit *m, unsigned base, bool store) {
    if (!span_of(m, store)->to_host) return base;
    enc_r(&m->e, RV_ADD, TMP, base, span_mem(m, store, TMP2));
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
    const HostSpan *span = span_of(m, store);
    int64_t imm = is_wide(m, in) ? in->imm : (int32_t)in->imm, reach = RV_MARGIN;
    unsigned low = aligned_log2(in), from = *base;
    if ((imm < -reach || imm > reach) && !span->fenced) {
        emit_add_imm(m, true, TMP3, *base, imm, LINK);
        from = *base = TMP3, imm = 0;
    }
    unsigned by = TMP;
    if (span->fenced)
        by = from;
    else
        enc_r(&m->e, RV_SUB, TMP, from, span_lo(m, store, TMP2));
    if (exact && !span->fenced) enc_i(&m->e, RV_ADDI, TMP, TMP, RV_MARGIN + (int32_t)imm);
    if (low) {
        unsigned address = from;
        if (imm & ((1 << low) - 1))
            enc_i(&m->e, RV_ADDI, TMP2, from, (int32_t)(imm & ((1 << low) - 1))), address = TMP2;
        enc_i(&m->e, RV_SLLI, TMP2, address, 64 - (int32_t)low);
        enc_r(&m->e, RV_OR, TMP, by, TMP2);
        by = TMP;
    }
    unsigned len = span_len(m, store, TMP2);
    if (exact && !span->fenced) { // the margin is taken back
        enc_i(&m->e, RV_ADDI, TMP2, len, 2 * RV_MARGIN + 9 - (1 << (in->c & MEMOP_SIZE)));
        len = TMP2;
    }
    Jump miss = emit_branch(m, RV_BGEU, by, len);
    *base = near_base(m, *base, &imm); // fenced: the base decides
    *disp = (int32_t)imm;
    return miss;
}

// ---- the probe
// Leaves the host address in TMP; jumps away on a miss.
static Jump probe_table(Emit *m, const HostProbe *p, const RaOp *op, const IrInsn *in) {
    unsigned size = 1u << (in->c & MEMOP_SIZE), low = aligned_log2(in), last = TMP;
    int32_t high = (p->tag + 0x800) & ~0xfff;
    if (!rv_fits12(p->data - high)) high += 0x1000;
    address_into(m, TMP, op, in);
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
    return miss;
}

// ---- the access itself
static RvOp load_op(const IrInsn *in) {
    static const uint16_t plain[] = {RV_LBU, RV_LHU, RV_LWU, RV_LD}, sign[] = {RV_LB, RV_LH, RV_LW, RV_LD};
    unsigned size = in->c & MEMOP_SIZE;
    if (ir_is_float((IrType)in->type)) return size == 3 ? RV_FLD : RV_FLW;
    return (RvOp)(in->c & MEMOP_SIGNED || (in->type == IR_I32 && size == 2) ? sign : plain)[size];
}

// What a store writes; constants but 0 are never asked for.
static unsigned store_reg(const RaOp *op) { return op->b.kind == RA_REG ? op->b.index : ZERO; }

static void access_host(Emit *m, const RaOp *op, const IrInsn *in, unsigned base, int32_t disp) {
    static const uint16_t stores[] = {RV_SB, RV_SH, RV_SW, RV_SD};
    unsigned size = in->c & MEMOP_SIZE;
    if (in->op == IR_LOAD)
        enc_i(&m->e, load_op(in), op->dst, base, disp);
    else if (emit_is_float_reg(store_reg(op)))
        enc_s(&m->e, size == 3 ? RV_FSD : RV_FSW, store_reg(op), base, disp);
    else
        enc_s(&m->e, (RvOp)stores[size], store_reg(op), base, disp);
    emit_guard(m, op);
}

static void add_guard(Emit *m, const RaOp *op) {
    m->called = &m->entry->access_fault;
    emit_site(m, op);
}

void emit_guard(Emit *m, const RaOp *op) {
    if (m->cfg->guarded) add_guard(m, op);
}

// ---- calls
static void call_routine(Emit *m, const HostRoutine *routine) {
    enc_jump_to(&m->e, LINK, LINK, routine->at, rv_of(m)->near);
    m->called = routine;
}

static void extend_result(Emit *m, const RaOp *op, const IrInsn *in) {
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

static void slow_access(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned which = (in->c & MEMOP_SIZE) | (in->c & MEMOP_ALIGNED ? 4 : 0);
    address_into(m, TMP, op, in);
    if (is_store(in)) {
        unsigned value = store_reg(op);
        if (emit_is_float_reg(value))
            enc_r1(&m->e, RV_FMV_X_D, TMP2, value);
        else
            enc_mv(&m->e, TMP2, value);
    }
    call_routine(m, is_store(in) ? &m->entry->store_miss[m->floats][which] : &m->entry->load_miss[m->floats][which]);
}

// ---- BOUND and what it covers
// The same answer for all offsets that a BOUND can have.
static bool bounds_fit(const HostSpan *span, bool wide) {
    enum { REACH = 1 << 17 };
    return span_usable(span, wide) && span->len >= REACH && (wide || !span->fenced);
}

static bool is_covered(const Emit *m, const IrInsn *in) {
    return (in->c & MEMOP_COVERED) && bounds_fit(span_of(m, in->c & MEMOP_COVERED_STORE), is_wide(m, in));
}

static void bare_access(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned base = base_reg(m, op, in, TMP3);
    int64_t imm = is_wide(m, in) ? in->imm : (int32_t)in->imm;
    base = host_base(m, near_base(m, base, &imm), in->c & MEMOP_COVERED_STORE);
    access_host(m, op, in, base, (int32_t)imm);
    if (m->cfg->strays) add_guard(m, op);
}

void emit_bound(Emit *m, const RaOp *op, const IrInsn *in) {
    bool store = in->b, w = is_wide(m, in);
    const HostSpan *span = span_of(m, store);
    if (!m->cfg->load.on || !m->cfg->store.on || !bounds_fit(span, w)) return;
    unsigned base = base_reg(m, op, in, TMP3);
    if (span->fenced) { // the base decides
        emit_cold_call(m, RARE_BOUND, op, emit_branch(m, RV_BGEU, base, span_len(m, store, TMP2)));
        return;
    }
    int64_t imm = (w ? in->imm : (int32_t)in->imm) + RV_MARGIN;
    enc_r(&m->e, RV_SUB, TMP, base, span_lo(m, store, TMP2));
    if (imm) emit_add_imm(m, true, TMP, TMP, imm, TMP2);
    emit_add_imm(m, true, TMP2, span_len(m, store, TMP2), 2 * RV_MARGIN + 9 - (int64_t)in->c, LINK);
    emit_cold_call(m, RARE_BOUND, op, emit_branch(m, RV_BGEU, TMP, TMP2)); // never comes back
}

static void bound_rare(Emit *m, const RaOp *op) {
    enc_mv(&m->e, TMP, ZERO); // no helper
    call_routine(m, &m->entry->call_out[m->floats]);
    emit_site(m, op);
}

// ---- LOAD and STORE
static void access_by_call(Emit *m, const RaOp *op, const IrInsn *in) {
    slow_access(m, op, in);
    emit_site(m, op);
    if (in->op == IR_LOAD) extend_result(m, op, in);
}

static const HostProbe *probe_of(const Emit *m, const IrInsn *in) {
    return is_store(in) ? &m->cfg->store : &m->cfg->load;
}

void emit_access(Emit *m, const RaOp *op, const IrInsn *in) {
    const HostSpan *span = span_of(m, is_store(in));
    if (!probe_of(m, in)->on) {
        access_by_call(m, op, in);
    } else if (is_covered(m, in)) {
        bare_access(m, op, in);
    } else if (span_fits(span, in, is_wide(m, in))) {
        unsigned base = base_reg(m, op, in, TMP3);
        int32_t disp;
        Jump miss = check_span(m, in, is_store(in), false, &base, &disp);
        access_host(m, op, in, host_base(m, base, is_store(in)), disp);
        // Next to a fenced span there is nothing that a program uses: the table is not worth its code there.
        emit_back(m, span->fenced ? emit_cold_call(m, RARE_MEM, op, miss) : emit_detour(m, RARE_TABLE, op, miss));
    } else {
        Jump miss = probe_table(m, probe_of(m, in), op, in);
        access_host(m, op, in, TMP, 0);
        emit_back(m, emit_cold_call(m, RARE_MEM, op, miss));
    }
}

// Outside of the span: probe the table. A miss of the table goes on in RARE_MEM.
static void probe_rare(Emit *m, const Cold *c, const RaOp *op, const IrInsn *in) {
    Jump miss = probe_table(m, probe_of(m, in), op, in);
    access_host(m, op, in, TMP, 0);
    emit_back_as(m, emit_cold_call(m, RARE_MEM, op, miss), c);
}

Jump emit_place(Emit *m, const RaOp *op, const IrInsn *in) {
    if (!span_fits(&m->cfg->store_span, in, is_wide(m, in))) return probe_table(m, &m->cfg->store, op, in);
    unsigned base = base_reg(m, op, in, TMP3);
    int32_t disp;
    Jump miss = check_span(m, in, true, true, &base, &disp);
    enc_r(&m->e, RV_ADD, TMP, base, span_mem(m, true, TMP2));
    if (disp) enc_i(&m->e, RV_ADDI, TMP, TMP, disp);
    return miss;
}

// ---- CALL, and ops that ir_eval does. A helper sees an I32 zero-extended, as the interpreter passes it.
static void pass_args(Emit *m, const RaOp *op) {
    const IrInsn *in = &m->u->insns.at[op->ref];
    const RaLoc args[3] = {op->a, op->b, op->c};
    const IrRef refs[3] = {in->a, in->b, in->c};
    for (int k = 0; k < 3; k++) {
        if (args[k].kind == RA_NONE) continue;
        IrType t = emit_type(m, refs[k]);
        bool in_place = args[k].kind == RA_REG && !ir_is_float(t);
        unsigned src = in_place ? args[k].index : TMP;
        if (!in_place) gen_move(m, TMP, args[k]);
        if (t == IR_I32 || t == IR_F32) emit_zext32(m, TMP, src), src = TMP;
        emit_frame_store(m, RV_SD, src, m->cfg->frame.args + 8 * k);
    }
}

// The helper goes along; for anything else the routine looks up what the instruction at this place is.
static void pass_helper(Emit *m, const IrInsn *in) {
    if (in->op == IR_CALL)
        emit_address(m, TMP, (const void *)(uintptr_t)in->imm);
    else
        enc_mv(&m->e, TMP, ZERO);
}

static void take_result(Emit *m, const RaOp *op) {
    if (op->dst == RA_NO_REG) return;
    switch (emit_type(m, op->ref)) {
    case IR_F64: enc_r1(&m->e, RV_FMV_D_X, op->dst, TMP); break;
    case IR_F32: enc_r1(&m->e, RV_FMV_W_X, op->dst, TMP); break;
    case IR_I32: enc_i(&m->e, RV_ADDIW, op->dst, TMP, 0); break;
    default: enc_mv(&m->e, op->dst, TMP);
    }
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
    case RARE_BOUND: bound_rare(m, op); break;
    case RARE_MEM: access_by_call(m, op, in); break;
    default: emit_call(m, op);
    }
}

// Guest loads and stores, and calls out of generated code. LO, LEN and MEM are those of emit.h.
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
static bool is_wide(const Emit *m, const IrInsn *in) { return emit_type(m, in->a) == IR_I64; }

static int64_t imm_of(const Emit *m, const IrInsn *in) { return is_wide(m, in) ? in->imm : (int32_t)in->imm; }

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

// The guest address. Addresses of 32 bits wrap.
static void address_into(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in) {
    if (is_wide(m, in) && !in->imm)
        enc_mv(&m->e, dst, op->a.index);
    else
        emit_add_imm(m, is_wide(m, in), dst, op->a.index, in->imm, LINK);
}

static unsigned aligned_log2(const IrInsn *in) {
    return in->op != IR_BOUND && in->c & MEMOP_ALIGNED ? in->c & MEMOP_SIZE : 0;
}

// ---- the span
A64Base a64_base(const HostConfig *cfg) {
    const HostSpan *l = &cfg->load_span, *s = &cfg->store_span;
    int64_t none = 2 * A64_MARGIN + 8, edge = l->fenced ? 0 : A64_MARGIN, less = l->fenced ? 0 : none;
    A64Base b = {.jumps = cfg->jump.tag};
    if (l->on && l->len > (uint64_t)none)
        b.mem = l->to_host, b.load_lo = -((int64_t)l->lo + edge), b.load_len = (int64_t)l->len - less;
    if (s->on && s->len > (uint64_t)none) b.store_lo = -((int64_t)s->lo + edge), b.store_len = (int64_t)s->len - less;
    return b;
}

static bool is_store(const IrInsn *in) { return in->op == IR_STORE; }
static const HostSpan *span_of(const Emit *m, bool store) { return store ? &m->cfg->store_span : &m->cfg->load_span; }

// Can addresses of this width be checked against the span, and reached by its constant?
static bool span_usable(const HostSpan *span, bool wide) {
    if (!span->on || span->len <= 2 * A64_MARGIN + 8 || span->len >> 62) return false;
    return wide || span->lo + span->len <= 1ull << 31;
}

static bool span_fits(const HostSpan *span, const IrInsn *in, bool wide) {
    if (!span_usable(span, wide)) return false;
    return !span->fenced || (wide && in->imm >= HOST_FENCE_BELOW && in->imm <= INT32_MAX);
}

// LO or LEN: the register that enter() loaded, if it holds this value.
static unsigned base_value(Emit *m, unsigned reg, int64_t here, int64_t entered, unsigned tmp) {
    if (here == entered) return reg;
    emit_li(m, tmp, (uint64_t)here);
    return tmp;
}

static unsigned span_lo(Emit *m, bool store, unsigned tmp) {
    const A64Base b = a64_base(m->cfg);
    return store ? base_value(m, STORE_LO, b.store_lo, a64_of(m)->base.store_lo, tmp)
                 : base_value(m, LOAD_LO, b.load_lo, a64_of(m)->base.load_lo, tmp);
}

static unsigned span_len(Emit *m, bool store, unsigned tmp) {
    const A64Base b = a64_base(m->cfg);
    return store ? base_value(m, STORE_LEN, b.store_len, a64_of(m)->base.store_len, tmp)
                 : base_value(m, LOAD_LEN, b.load_len, a64_of(m)->base.load_len, tmp);
}

static unsigned span_mem(Emit *m, bool store, unsigned tmp) {
    return base_value(m, MEM, span_of(m, store)->to_host, a64_of(m)->base.mem, tmp);
}

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
    const HostSpan *span = span_of(m, store);
    unsigned low = aligned_log2(in), by = TMP;
    if ((*imm < -A64_MARGIN || *imm > A64_MARGIN) && !span->fenced) *base = far_base(m, TMP3, *base, *imm), *imm = 0;
    if (span->fenced)
        by = base->reg;
    else
        add_base(m, TMP, span_lo(m, store, TMP2), *base);
    if (exact && !span->fenced) emit_add_imm(m, true, TMP, TMP, A64_MARGIN + *imm, TMP2);
    if (low) mix_in_alignment(m, low, by, base->reg, *imm), by = TMP;
    unsigned len = span_len(m, store, TMP2);
    if (exact && !span->fenced) { // the margin is taken back
        enc_add_imm(&m->e, true, A64_ADD, TMP2, len, 2 * A64_MARGIN + 9 - (1 << (in->c & MEMOP_SIZE)));
        len = TMP2;
    }
    return unless_below(m, by, len);
}

// ---- the probe
// An address as an instruction takes it: reg + index, or without an index reg + disp.
typedef struct Place {
    unsigned reg, index;
    bool index_wide;
    int64_t disp;
} Place;

// Jumps away on a miss.
static Jump probe_table(Emit *m, const HostProbe *p, const RaOp *op, const IrInsn *in, Place *place) {
    unsigned size = 1u << (in->c & MEMOP_SIZE), low = aligned_log2(in), last = TMP;
    bool near = a64_fits_mem(p->tag, 3) && a64_fits_mem(p->data, 3);
    int64_t high = near ? 0 : p->tag & ~0xfff;
    address_into(m, TMP, op, in);
    if (size > 1 && !low) enc_add_imm(&m->e, true, A64_ADD, TMP3, TMP, size - 1), last = TMP3;
    enc_logic_imm(&m->e, true, A64_AND, TMP3, last, ~(uint64_t)0 << p->shift | (low ? size - 1 : 0));
    enc_bits(&m->e, true, A64_UBFM, TMP2, TMP, p->shift, p->shift + p->bits - 1u);
    enc_shifted(&m->e, true, A64_ADD, TMP2, FRAME, TMP2, p->stride_bits);
    if (high) emit_add_imm(m, true, TMP2, TMP2, high, LINK);
    enc_mem(&m->e, A64_LDR, 3, LINK, TMP2, p->tag - high);
    enc_r(&m->e, true, A64_SUBS, ZERO, LINK, TMP3);
    Jump miss = emit_branch(m, A64_NE);
    enc_mem(&m->e, A64_LDR, 3, TMP2, TMP2, p->data - high);
    *place = (Place){TMP, TMP2, true, 0};
    return miss;
}

// ---- the access itself
static A64Op load_op(const IrInsn *in) {
    unsigned size = in->c & MEMOP_SIZE;
    if (!(in->c & MEMOP_SIGNED) || size == 3 || (in->type == IR_I32 && size == 2)) return A64_LDR;
    return in->type == IR_I32 ? A64_LDRS_W : A64_LDRS_X;
}

// What a store writes; constants but 0 are never asked for.
static unsigned store_reg(const RaOp *op) { return op->b.kind == RA_REG ? op->b.index : ZERO; }

static void access_host(Emit *m, const RaOp *op, const IrInsn *in, Place p) {
    unsigned size = in->c & MEMOP_SIZE, reg = in->op == IR_LOAD ? op->dst : store_reg(op);
    bool is_float = emit_is_float_reg(reg);
    A64Op a64 = in->op == IR_LOAD ? is_float ? A64_LDR_F : load_op(in) : is_float ? A64_STR_F : A64_STR;
    if (p.index != ZERO)
        enc_mem_r(&m->e, a64, size, reg, p.reg, p.index, p.index_wide);
    else
        enc_mem(&m->e, a64, size, reg, p.reg, p.disp);
    emit_guard(m, op);
}

// base + imm where the host's addresses are the guest's.
static Place at_same_address(Emit *m, Base base, int64_t imm, unsigned size) {
    int64_t low = imm & 0xfff;
    if (a64_fits_mem(imm, size)) return (Place){base.reg, ZERO, true, imm};
    if (!a64_fits_mem(low, size) || !a64_fits_add(imm - low)) low = 0;
    emit_add_imm(m, true, TMP3, base.reg, imm - low, TMP2);
    return (Place){TMP3, ZERO, true, low};
}

// base + imm in the span.
static Place in_span(Emit *m, Base base, int64_t imm, bool store, unsigned size) {
    if (!span_of(m, store)->to_host && base.wide) return at_same_address(m, base, imm, size);
    unsigned mem = span_mem(m, store, TMP2);
    if (!imm) return (Place){mem, base.reg, base.wide, 0};
    if (a64_fits_mem(imm, size)) {
        add_base(m, TMP, mem, base);
        return (Place){TMP, ZERO, true, imm};
    }
    base = far_base(m, TMP3, base, imm);
    return (Place){mem, base.reg, true, 0};
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
    enc_jump_to(&m->e, A64_BL, routine->at);
    m->called = routine;
}

static void extend_result(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned size = in->c & MEMOP_SIZE;
    bool sign = load_op(in) != A64_LDR;
    if (emit_is_float_reg(op->dst))
        enc_cross(&m->e, size == 3, size == 3, A64_FMOV_FROM_INT, op->dst, TMP);
    else if (size == 3)
        enc_mv(&m->e, op->dst, TMP);
    else
        enc_bits(&m->e, sign && in->type == IR_I64, sign ? A64_SBFM : A64_UBFM, op->dst, TMP, 0, (8u << size) - 1);
}

static void slow_access(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned which = (in->c & MEMOP_SIZE) | (in->c & MEMOP_ALIGNED ? 4 : 0);
    address_into(m, TMP, op, in);
    if (is_store(in)) {
        unsigned value = store_reg(op);
        if (emit_is_float_reg(value))
            enc_cross(&m->e, true, true, A64_FMOV_TO_INT, TMP2, value);
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

static Base base_of(Emit *m, const RaOp *op, const IrInsn *in) {
    return (Base){op->a.index, is_wide(m, in) || a64_of(m)->i32_is_extended};
}

static void bare_access(Emit *m, const RaOp *op, const IrInsn *in) {
    Place p = in_span(m, base_of(m, op, in), imm_of(m, in), in->c & MEMOP_COVERED_STORE, in->c & MEMOP_SIZE);
    access_host(m, op, in, p);
    if (m->cfg->strays) add_guard(m, op);
}

void emit_bound(Emit *m, const RaOp *op, const IrInsn *in) {
    bool store = in->b, w = is_wide(m, in);
    const HostSpan *span = span_of(m, store);
    if (!m->cfg->load.on || !m->cfg->store.on || !bounds_fit(span, w)) return;
    if (span->fenced) { // the base decides
        emit_cold_call(m, RARE_BOUND, op, unless_below(m, op->a.index, span_len(m, store, TMP2)));
        return;
    }
    int64_t imm = imm_of(m, in) + A64_MARGIN;
    add_base(m, TMP, span_lo(m, store, TMP2), base_of(m, op, in));
    if (imm) emit_add_imm(m, true, TMP, TMP, imm, TMP2);
    emit_add_imm(m, true, TMP2, span_len(m, store, TMP2), 2 * A64_MARGIN + 9 - (int64_t)in->c, LINK);
    emit_cold_call(m, RARE_BOUND, op, unless_below(m, TMP, TMP2)); // never comes back
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
    Place p;
    if (!probe_of(m, in)->on) {
        access_by_call(m, op, in);
    } else if (is_covered(m, in)) {
        bare_access(m, op, in);
    } else if (span_fits(span, in, is_wide(m, in))) {
        Base base = base_of(m, op, in);
        int64_t imm = imm_of(m, in);
        Jump miss = check_span(m, in, is_store(in), false, &base, &imm);
        access_host(m, op, in, in_span(m, base, imm, is_store(in), in->c & MEMOP_SIZE));
        // Next to a fenced span there is nothing that a program uses: the table is not worth its code there.
        emit_back(m, span->fenced ? emit_cold_call(m, RARE_MEM, op, miss) : emit_detour(m, RARE_TABLE, op, miss));
    } else {
        Jump miss = probe_table(m, probe_of(m, in), op, in, &p);
        access_host(m, op, in, p);
        emit_back(m, emit_cold_call(m, RARE_MEM, op, miss));
    }
}

// Outside of the span: probe the table. A miss of the table goes on in RARE_MEM.
static void probe_rare(Emit *m, const Cold *c, const RaOp *op, const IrInsn *in) {
    Place p;
    Jump miss = probe_table(m, probe_of(m, in), op, in, &p);
    access_host(m, op, in, p);
    emit_back_as(m, emit_cold_call(m, RARE_MEM, op, miss), c);
}

Jump emit_place(Emit *m, const RaOp *op, const IrInsn *in) {
    if (!span_fits(&m->cfg->store_span, in, is_wide(m, in))) {
        Place p;
        Jump miss = probe_table(m, &m->cfg->store, op, in, &p);
        enc_r(&m->e, true, A64_ADD, TMP, p.reg, p.index);
        return miss;
    }
    Base base = base_of(m, op, in);
    int64_t imm = imm_of(m, in);
    Jump miss = check_span(m, in, true, true, &base, &imm);
    add_base(m, TMP, span_mem(m, true, TMP2), base);
    if (imm) emit_add_imm(m, true, TMP, TMP, imm, TMP2);
    return miss;
}

// ---- CALL, and ops that ir_eval does. A helper sees an I32 zero-extended, as the interpreter passes it.
static void pass_args(Emit *m, const RaOp *op) {
    const IrInsn *in = &m->u->insns.at[op->ref];
    const RaLoc args[3] = {op->a, op->b, op->c};
    const IrRef refs[3] = {in->a, in->b, in->c};
    for (int k = 0; k < 3; k++) {
        if (args[k].kind == RA_NONE) continue;
        unsigned src = args[k].kind == RA_REG ? args[k].index : TMP;
        if (args[k].kind != RA_REG) gen_move(m, TMP, args[k]);
        if (emit_type(m, refs[k]) == IR_I32 && !a64_of(m)->i32_is_extended)
            enc_bits(&m->e, false, A64_UBFM, TMP, src, 0, 31), src = TMP;
        emit_frame_store(m, src, true, m->cfg->frame.args + 8 * k);
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
    IrType t = emit_type(m, op->ref);
    bool wide = !emit_is_half(t);
    if (ir_is_float(t))
        enc_cross(&m->e, wide, wide, A64_FMOV_FROM_INT, op->dst, TMP);
    else
        enc_r(&m->e, wide, A64_ORR, op->dst, ZERO, TMP);
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
    case RARE_TINY: emit_forget_tiny(m); __attribute__((fallthrough));
    default: emit_call(m, op);
    }
}

// Guest loads and stores, atomics, and calls out of generated code: which way each of them goes. The instructions are the host's
// (gen_*() in emit.h).
//
// Most guest memory maps to the host by one constant (the span, see jit/code/span.c): then a check of the address, and the access.
// What fails the check goes out of line to the probe of a table, and what fails the probe calls a routine:
//         check a; no -> table             RARE_TABLE: table:  probe a; no -> miss      RARE_MEM: miss:  call load_miss
//         dst = host[a]                                        dst = host[entry + a]                     dst = its result
//     back:                                                    back                                      back
// Without a span the probe is on the straight path. What a BOUND covers is not checked at all, and nor is what a PROBE found:
//         h = PROBE a:  probe a; no -> miss; h = entry + a      RARE_EVAL: miss:  h = call_out
//         dst = host[h + 8]                                               back
#include "host/emit.h"

static bool is_store(const IrInsn *in) { return in->op == IR_STORE; }
const HostSpan *emit_span(const Emit *m, bool store) { return store ? &m->cfg->store_span : &m->cfg->load_span; }
static const HostProbe *probe_of(const Emit *m, const IrInsn *in) {
    return is_store(in) || (in->op == IR_PROBE && in->b) ? &m->cfg->store : &m->cfg->load;
}

unsigned emit_aligned_log2(const IrInsn *in) {
    return in->op != IR_BOUND && in->op != IR_PROBE && in->c & MEMOP_ALIGNED ? in->c & MEMOP_SIZE : 0;
}

unsigned emit_reached(const IrInsn *in) { return in->op == IR_PROBE ? in->c : 1u << (in->c & MEMOP_SIZE); }

static bool is_covered(const Emit *m, const IrInsn *in) {
    return (in->c & MEMOP_COVERED) && gen_bounds_fit(m, emit_span(m, in->c & MEMOP_COVERED_STORE), in);
}

// ---- signals
static void add_guard(Emit *m, const RaOp *op) {
    m->called = &m->entry->access_fault;
    emit_site(m, op);
}

void emit_guard(Emit *m, const RaOp *op) {
    if (m->cfg->guarded) add_guard(m, op);
}

static void access_host(Emit *m, const RaOp *op, const IrInsn *in, Place at) {
    gen_access(m, op, in, at);
    emit_guard(m, op);
}

// ---- calls
static void call_routine(Emit *m, const RaOp *op, const HostRoutine *routine) {
    gen_call_routine(m, routine->at);
    m->called = routine;
    emit_site(m, op);
}

static void access_by_call(Emit *m, const RaOp *op, const IrInsn *in) {
    unsigned which = (in->c & MEMOP_SIZE) | (in->c & MEMOP_ALIGNED ? 4 : 0);
    const HostEntry *entry = m->entry;
    gen_miss_args(m, op, in);
    call_routine(m, op, is_store(in) ? &entry->store_miss[m->floats][which] : &entry->load_miss[m->floats][which]);
    if (!is_store(in)) gen_loaded(m, op, in);
}

// The helper goes along; for anything else the routine looks up what the instruction at this place is.
void emit_call(Emit *m, const RaOp *op) {
    const IrInsn *in = &m->u->insns.at[op->ref];
    const RaLoc args[3] = {op->a, op->b, op->c};
    const IrRef refs[3] = {in->a, in->b, in->c};
    for (unsigned k = 0; k < 3; k++)
        if (args[k].kind != RA_NONE) gen_arg(m, k, refs[k], args[k]);
    gen_helper(m, in->op == IR_CALL ? (const void *)(uintptr_t)in->imm : NULL);
    call_routine(m, op, &m->entry->call_out[m->floats]);
    if (op->dst != RA_NO_REG) gen_result(m, op);
}

// Never comes back.
static void refuse(Emit *m, const RaOp *op) {
    bool own = m->entry->refuse[m->floats].at;
    if (!own) gen_helper(m, NULL);
    call_routine(m, op, own ? &m->entry->refuse[m->floats] : &m->entry->call_out[m->floats]);
}

// ---- LOAD and STORE
void emit_access(Emit *m, const RaOp *op, const IrInsn *in) {
    const HostProbe *p = probe_of(m, in);
    const HostSpan *span = emit_span(m, is_store(in));
    if (in->c & MEMOP_FOUND) {
        access_host(m, op, in, gen_found_place(op, in));
        return;
    }
    if (p->on && is_covered(m, in)) {
        access_host(m, op, in, gen_bare_place(m, op, in));
        if (m->cfg->strays) add_guard(m, op);
        return;
    }
    if (!p->on || (op->c.kind == RA_REG && span->on)) { // an index, and the span has moved since it was allocated
        access_by_call(m, op, in);
        return;
    }
    Place at;
    bool spans = gen_span_fits(m, span, in);
    Jump miss = spans ? gen_check_span(m, op, in, &at) : gen_probe_table(m, p, op, in, &at);
    access_host(m, op, in, at);
    // Next to a fenced span there is nothing that a program uses: the table is not worth its code there.
    if (spans && !span->fenced)
        emit_back(m, emit_detour(m, RARE_TABLE, op, miss));
    else if (spans && m->entry->refuse[m->floats].at)
        emit_cold_call(m, RARE_REFUSED, op, miss);
    else
        emit_back(m, emit_cold_call(m, RARE_MEM, op, miss));
}

void emit_bound(Emit *m, const RaOp *op, const IrInsn *in) {
    if (!in->c) {
        emit_cold_call(m, RARE_REFUSED, op, gen_check_half(m, op->a.index));
        return;
    }
    if (!m->cfg->load.on || !m->cfg->store.on || !gen_bounds_fit(m, emit_span(m, in->b), in)) return;
    emit_cold_call(m, RARE_REFUSED, op, gen_check_bound(m, op, in));
}

void emit_probe(Emit *m, const RaOp *op, const IrInsn *in) {
    const HostProbe *p = probe_of(m, in);
    if (!p->on) {
        emit_call(m, op);
        return;
    }
    Place at;
    Jump miss = gen_probe_table(m, p, op, in, &at);
    gen_found(m, op, at);
    emit_back(m, emit_cold_call(m, RARE_EVAL, op, miss));
}

void emit_atomic(Emit *m, const RaOp *op, const IrInsn *in) {
    IrInsn as_store = {.op = IR_STORE, .type = in->type, .a = in->a, .b = in->b, .c = MEMOP_ALIGNED};
    as_store.c |= in->type == IR_I64 ? 3 : 2;
    RaOp access = *op;
    access.c.kind = RA_NONE; // what CAS compares with is no index
    if (!m->cfg->store.on) {
        emit_call(m, op);
        return;
    }
    Place at;
    Jump miss = gen_atomic_place(m, &access, &as_store, &at);
    gen_atomic(m, op, in, at);
    emit_back(m, emit_cold_call(m, RARE_EVAL, op, miss));
}

// ---- out of line
// Outside of the span: probe the table. A miss of the table goes on in RARE_MEM.
static void probe_rare(Emit *m, const Cold *c, const RaOp *op, const IrInsn *in) {
    Place at;
    Jump miss = gen_probe_table(m, probe_of(m, in), op, in, &at);
    access_host(m, op, in, at);
    emit_back_as(m, emit_cold_call(m, RARE_MEM, op, miss), c);
}

void emit_access_cold(Emit *m, const Cold *c) {
    const RaOp *op = &m->ra->ops.at[c->op];
    const IrInsn *in = &m->u->insns.at[op->ref];
    switch (c->rare) {
    case RARE_TABLE: probe_rare(m, c, op, in); break;
    case RARE_REFUSED: refuse(m, op); break;
    case RARE_MEM: access_by_call(m, op, in); break;
    case RARE_EVAL: emit_call(m, op); break;
    default: gen_cold(m, c);
    }
}

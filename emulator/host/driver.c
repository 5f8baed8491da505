// From an allocated unit to code: the walk over its steps, then what is out of line. Example, of a unit with one exit:
//     block 0            b0:
//     do  budget 2           sub budget,2; jl out        -> COLD_BUDGET
//     x10 <- [x10]           load
//     do  add ...            add
//     do  jump -> e0         jmp stub                    -> COLD_STUB, and a HostSlot
//                        out:  ...                       snapshot, leave with the token of the budget's edge
//                        stub: ...                       leave with the token of e0
#include "host/emit.h"
#include <string.h>

void host_code_free(HostCode *c) {
    vec_free(&c->marks);
    vec_free(&c->slots);
    vec_free(&c->sites);
    vec_free(&c->edge_insns);
    vec_free(&c->stub_insns);
    vec_free(&c->detours);
    vec_free(&c->addresses);
    vec_free(&c->to_entry);
    vec_free(&c->counting);
    vec_free(&c->unwind);
    for (unsigned i = 0; i < HOST_SCRATCH; i++) vec_free(&c->scratch[i]);
}

// ---- marks
static void mark(Emit *m, HostMark k) {
    k.at = code_offset(&m->e), k.n_insns = m->e.n_insns, k.n_detours = m->out->detours.n, k.block = m->block;
    vec_push(&m->out->marks, k);
}

static void mark_cold(Emit *m, const Cold *c) {
    static const uint8_t paths[] = {
        [COLD_BUDGET] = HOST_PATH_STUB,  [COLD_STUB] = HOST_PATH_STUB,   [COLD_NO_JUMP] = HOST_PATH_STUB,
        [COLD_COUNTED] = HOST_PATH_EDGE, [COLD_SNAP] = HOST_PATH_EDGE,   [COLD_EDGE] = HOST_PATH_EDGE,
        [COLD_PROBE] = HOST_PATH_RARE,   [COLD_DETOUR] = HOST_PATH_RARE, [COLD_CALL] = HOST_PATH_RARE};
    bool of_op = c->kind == COLD_DETOUR || c->kind == COLD_CALL;
    mark(m, (HostMark){
                .path = paths[c->kind], .op = of_op ? c->op : HOST_NO_OP, .edge = c->edge, .path_insns = c->from.path});
}

void emit_unwind(Emit *m, bool calling) {
    if (!m->cfg->marks || m->e.full) return;
    HostUnwind row = gen_unwind(calling);
    row.at = code_offset(&m->e), row.begins = m->out->unwind.n == 0;
    vec_push(&m->out->unwind, row);
}

void emit_note_address(Emit *m) {
    if (!m->e.full) vec_push(&m->out->addresses, ((HostAddress){code_offset(&m->e) - 8}));
}

void emit_note_to_entry(Emit *m) {
    if (!m->e.full) vec_push(&m->out->to_entry, ((HostAddress){code_offset(&m->e) - 4}));
}

bool emit_phis_keep_types(const IrUnit *u) {
    for (uint32_t i = 1; i < u->insns.n && u->phi_args.n; i++) {
        const IrInsn *in = &u->insns.at[i];
        for (unsigned k = 0; in->op == IR_PHI && k < in->c; k++)
            if (ir_value_type(&u->insns.at[u->phi_args.at[in->imm + k]]) != in->type) return false;
    }
    return true;
}

// ---- steps of the allocator
void emit_snapshot(Emit *m, uint32_t snap) {
    if (snap == RA_NO_SNAP) return;
    const RaSnap *s = &m->ra->snaps.at[snap];
    for (uint32_t i = 0; i < s->n; i++) {
        const RaSnapEntry *e = &m->ra->entries.at[s->first + i];
        RaLoc slot = {RA_SLOT, e->slot};
        gen_write(m, slot, e->loc);
        if (e->any_nan)
            gen_fix(m, slot, e->loc.kind == RA_SUM ? IR_F32 : (IrType)m->u->slots[e->slot].type); // in its box
    }
}

void emit_step(Emit *m, const RaOp *op) {
    switch (op->kind) {
    case RA_CANON: gen_canon(m, op); break;
    case RA_MOVE: gen_move(m, op->dst, op->a); break;
    case RA_WRITE: gen_write(m, op->to, op->a); break;
    default: gen_swap(m, op->dst, op->a.index);
    }
}

static bool is_native(const Emit *m, uint8_t op) {
    const HostOp *h = &host_native.ops[op];
    return h->flags & HOST_NATIVE && emit_has(m, h->needs);
}

int32_t emit_disp(const Emit *m, RaLoc loc) {
    BUG_IF(loc.kind != RA_SLOT && loc.kind != RA_SPILL, "location of kind %u is not in memory", loc.kind);
    return (loc.kind == RA_SLOT ? m->cfg->frame.slot0 : m->cfg->frame.spill0) + 8 * (int32_t)loc.index;
}

static void native_op(Emit *m, const RaOp *op, const IrInsn *in) {
    if (in->op != IR_SELECT && in->op != IR_RETIRE) gen_forget(m);
    switch (in->op) {
    case IR_RETIRE: gen_retire(m, op, in); break;
    case IR_LOAD:
    case IR_STORE: emit_access(m, op, in); break;
    case IR_ATOMIC: emit_atomic(m, op, in); break;
    case IR_FENCE: gen_fence(m); break;
    case IR_BOUND: emit_bound(m, op, in); break;
    case IR_PROBE: emit_probe(m, op, in); break;
    case IR_CALL: emit_call(m, op); break;
    default: gen_pure(m, op, in);
    }
}

static void evaluate(Emit *m, const RaOp *op) {
    gen_forget(m);
    emit_call(m, op);
    gen_evaluated(m, op);
}

static void do_op(Emit *m, uint32_t i) {
    const RaOp *op = &m->ra->ops.at[i];
    const IrInsn *in = &m->u->insns.at[op->ref];
    switch (in->op) {
    case IR_INSN: m->index = in->c, m->pc = (gpc)in->imm; break;
    case IR_BUDGET: emit_budget(m, i); break;
    case IR_TAKE: gen_take(m, (uint32_t)in->imm); break;
    default:
        if (ir_op_is(in->op, IR_TERM))
            emit_terminator(m, i);
        else if (is_native(m, in->op))
            native_op(m, op, in);
        else
            evaluate(m, op);
    }
}

static uint16_t falls_to(const Emit *m, uint32_t position) {
    if (position + 1 >= m->order.n) return IR_NO_TARGET;
    uint16_t next = m->order.at[position + 1];
    return m->places.at[next].before == EMIT_NO_BLOCK ? next : IR_NO_TARGET;
}

static void begin_block(Emit *m, uint32_t i) {
    uint16_t block = m->ra->ops.at[i].ref;
    m->next_block = falls_to(m, m->places.at[block].position);
    m->index = 0, m->pc = m->u->blocks.at[block].pc;
    m->places.at[block].at = code_offset(&m->e);
    m->path_base = m->e.n_insns;
    gen_forget(m);
}

// ---- the unit
static void edge_ahead(Emit *m, uint16_t block) {
    EmitPlace *p = &m->places.at[block];
    m->block = p->before;
    p->before_mark = m->out->marks.n;
    uint32_t edge = host_edge_inside(m->edges, p->before, p->before_side);
    if (m->cfg->marks) mark(m, (HostMark){.path = HOST_PATH_EDGE, .op = HOST_NO_OP, .edge = edge});
    emit_edge_ahead(m, block);
}

static void straight_block(Emit *m, uint16_t block) {
    if (m->places.at[block].before != EMIT_NO_BLOCK) edge_ahead(m, block);
    uint32_t first = m->places.at[block].first_op;
    m->block = block;
    for (uint32_t i = first; i < m->ra->ops.n && !m->e.full; i++) {
        const RaOp *op = &m->ra->ops.at[i];
        if (op->kind == RA_BLOCK && i > first) return;
        if (m->cfg->marks) mark(m, (HostMark){.path = HOST_PATH_STRAIGHT, .op = i});
        switch (op->kind) {
        case RA_BLOCK: begin_block(m, i); break;
        case RA_DO: do_op(m, i); break;
        case RA_EDGE:
            while (m->ra->ops.at[i].kind != RA_GOTO) i++;
            break;
        default: emit_step(m, op);
        }
    }
}

static void straight_path(Emit *m) {
    for (uint32_t i = 0; i < m->order.n && !m->e.full; i++) straight_block(m, m->order.at[i]);
}

static void cold_paths(Emit *m) {
    for (uint32_t i = 0; i < m->cold.n && !m->e.full; i++) {
        Cold c = m->cold.at[i];
        m->block = c.block, m->index = c.index, m->pc = c.pc;
        m->path_base = m->e.n_insns - c.from.path;
        if (m->cfg->marks) mark_cold(m, &c);
        gen_aim(m, c.from.at, code_offset(&m->e));
        if (c.kind == COLD_DETOUR || c.kind == COLD_CALL)
            emit_rare(m, &c);
        else
            emit_edge_cold(m, &c);
    }
}

static void zero_fill(void *v, uint32_t n) {
    VEC(uint32_t) *vec = v;
    vec_reserve(vec, n);
    memset(vec->at, 0, n * sizeof *vec->at);
    vec->n = n;
}

// The memory of a VEC goes from one owner to the other.
static void hand_over(void *from, void *to) {
    VEC(char) *a = from, *b = to;
    b->at = a->at, b->cap = a->cap, b->n = 0;
}

static void begin(Emit *m) {
    HostCode *out = m->out;
    out->slots.n = out->sites.n = out->detours.n = out->addresses.n = out->to_entry.n = out->marks.n = out->unwind.n =
        0;
    out->counting.n = 0;
    hand_over(&out->scratch[0], &m->cold);
    hand_over(&out->scratch[1], &m->places);
    hand_over(&out->scratch[2], &m->gotos);
    hand_over(&out->scratch[3], &m->order);
    zero_fill(&out->edge_insns, host_edge_count(m->edges));
    zero_fill(&out->stub_insns, host_edge_count(m->edges));
    BUG_IF(!m->edges.n_blocks, "a unit without blocks");
    vec_reserve(&m->places, m->edges.n_blocks);
    m->places.n = m->edges.n_blocks;
    emit_order(m);
    BUG_IF(m->floats && !m->cfg->floats, "floating point is not configured");
}

static void aim(Emit *m, uint32_t i) {
    const EmitPlace *p = &m->places.at[m->gotos.at[i].block];
    gen_aim(m, m->gotos.at[i].at, m->gotos.at[i].before ? p->before_at : p->at);
}

size_t emit_unit(Emit *m, HostCode *out, const HostUnit *unit, const HostEntry *entry, const HostConfig *cfg,
                 uint8_t *rw, size_t room, ptrdiff_t to_exec) {
    m->e = (Code){.begin = rw, .p = rw, .end = rw + room, .to_exec = to_exec};
    m->cfg = cfg, m->unit = unit, m->entry = entry, m->out = out;
    m->u = unit->ir, m->ra = unit->ra;
    m->edges = host_edges_of(unit->ir);
    m->floats = ir_has_floats(unit->ir);
    begin(m);
    emit_unwind(m, false);
    straight_path(m);
    cold_paths(m);
    for (uint32_t i = 0; i < m->gotos.n && !m->e.full; i++) aim(m, i);
    gen_end(m);
    BUG_IF(cfg->count && out->detours.n > unit->n_detours_max, "more detours than counters");
    hand_over(&m->cold, &out->scratch[0]);
    hand_over(&m->places, &out->scratch[1]);
    hand_over(&m->gotos, &out->scratch[2]);
    hand_over(&m->order, &out->scratch[3]);
    out->n_insns = m->e.n_insns;
    out->n_bytes = code_offset(&m->e);
    return m->e.full ? 0 : out->n_bytes;
}

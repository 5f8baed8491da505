// Edges: which a unit has, the jumps between blocks, the patchable exits, indirect jumps, returns, and the stubs behind
// them.
//
// A patchable exit is a jump that first goes to a stub; the stub leaves with the edge's token. Where code only goes on at the
// exit, a host may have the two in one (gen_exit). When edges are counted, the counter sits between the jump and the
// patchable one; it is instrumentation and not itself counted.
#include "host/emit.h"

// Most units are one block that leaves: they have no edges inside, and few of them call.
HostEdges host_edges_of(const IrUnit *u) {
    HostEdges n = {.n_exits = u->exits.n, .n_blocks = u->blocks.n};
    for (uint32_t i = 0; i < u->exits.n; i++)
        if (u->exits.at[i].return_pc) n.n_landings = n.n_exits;
    bool leaves = u->blocks.n == 1 && u->blocks.at[0].succ[0] & IR_TO_EXIT && u->blocks.at[0].succ[1] & IR_TO_EXIT;
    n.n_inside = leaves ? 0 : 2 * n.n_blocks;
    return n;
}

static char *token(const Emit *m, uint32_t edge) { return m->unit->tokens + edge * m->unit->token_size; }

static void edge_takes(Emit *m, uint32_t edge, uint32_t insns) { m->out->edge_insns.at[edge] = insns; }

// The code goes on beyond this edge.
static void edge_ends(Emit *m, uint32_t edge) { edge_takes(m, edge, emit_path(m)); }

static void stub_ends(Emit *m, uint32_t edge) {
    m->out->stub_insns.at[edge] = emit_path(m) - m->out->edge_insns.at[edge];
}

static Cold *push_cold(Emit *m, Cold c) {
    c.block = m->block, c.index = m->index, c.pc = m->pc;
    vec_push(&m->cold, c);
    return &m->cold.at[m->cold.n - 1];
}

// `jump` is a patchable exit of `edge`.
static void slot(Emit *m, Jump jump, uint32_t edge) {
    edge_takes(m, edge, jump.path);
    push_cold(m, (Cold){.kind = COLD_STUB, .from = jump, .edge = edge});
}

// Code goes on at the patchable exit of `edge`.
static void exit_here(Emit *m, uint32_t edge) {
    uint32_t patch, stub;
    if (!gen_exit(m, token(m, edge), &patch, &stub)) {
        slot(m, gen_jump(m), edge);
        return;
    }
    edge_ends(m, edge);
    if (!m->e.full) vec_push(&m->out->slots, ((HostSlot){patch, stub, edge}));
}

// ---- jumps inside the unit
static void aim_at_block(Emit *m, Jump jump, unsigned block) {
    vec_push(&m->gotos, ((typeof(*m->gotos.at)){jump.at, (uint16_t)block, false}));
}

// To the code of the edge, which stands before the block that it leads to.
static void aim_at_edge(Emit *m, Jump jump, unsigned block, uint32_t edge) {
    const EmitPlace *p = &m->places.at[block];
    vec_push(&m->gotos, ((typeof(*m->gotos.at)){jump.at, (uint16_t)block, true}));
    edge_takes(m, edge, jump.path + p->before_insns);
    if (m->cfg->marks && !m->e.full) m->out->marks.at[p->before_mark].path_insns = jump.path;
}

// ---- budget
void emit_budget(Emit *m, uint32_t op_index) {
    const IrInsn *in = &m->u->insns.at[m->ra->ops.at[op_index].ref];
    Jump jump = gen_charge(m, (uint32_t)in->imm);
    uint32_t edge = host_edge_budget(m->edges, m->block);
    edge_ends(m, edge);
    push_cold(m, (Cold){.kind = COLD_BUDGET, .from = jump, .op = op_index, .edge = edge});
}

// Takes what leaving through this exit owes to the budget.
static void settle(Emit *m, uint32_t exit) {
    int32_t owed = m->u->exits.at[exit].owed;
    if (owed) gen_take(m, (uint32_t)owed);
}

// ---- leaving
static void leave(Emit *m, uint32_t edge) { gen_leave(m, token(m, edge)); }

// Jumps out of the unit through an exit, if `c` (NULL: always).
static void exit_jump(Emit *m, const Cond *c, uint32_t exit, const RaOp *op) {
    uint32_t edge = host_edge_exit(exit);
    bool snap = (op->snap != RA_NO_SNAP && m->ra->snaps.at[op->snap].n) || m->u->exits.at[exit].owed;
    if (c && (snap || m->cfg->count)) {
        Jump jump = gen_goto_if(m, *c);
        push_cold(
            m, (Cold){.kind = snap ? COLD_SNAP : COLD_COUNTED, .from = jump, .edge = edge, .op = emit_op_index(m, op)});
        return;
    }
    if (!c && snap) emit_snapshot(m, op->snap), settle(m, edge);
    if (c) {
        slot(m, gen_jump_if(m, *c), edge);
        return;
    }
    emit_count(m, edge);
    exit_here(m, edge);
}

// A guest call: the guest's return address and a host return address are pushed, so that the return is a comparison and
// a jump.
static void push_return(Emit *m, gpc return_pc) {
    gen_push_return(m, return_pc);
    emit_unwind(m, true);
}

// Where the callee returns to: drop the guest address, go on through the landing's own patchable exit.
static void landing(Emit *m, uint32_t exit) {
    uint32_t edge = host_edge_landing(m->edges, exit);
    m->path_base = m->e.n_insns;
    emit_count(m, edge);
    gen_drop_return(m);
    emit_unwind(m, false);
    exit_here(m, edge);
}

static void call_exit(Emit *m, uint32_t exit) {
    uint32_t edge = host_edge_exit(exit);
    push_return(m, m->u->exits.at[exit].return_pc);
    emit_count(m, edge);
    slot(m, gen_call(m), edge);
    landing(m, exit);
}

// ---- indirect jumps
static void jump_probed(Emit *m, unsigned pc, uint32_t exit) {
    const IrExit *x = &m->u->exits.at[exit];
    bool call = x->return_pc && m->cfg->return_stack;
    uint32_t edge = host_edge_exit(exit);
    if (call) push_return(m, x->return_pc);
    emit_count(m, edge);
    Jump miss = gen_probe(m, pc);
    push_cold(m, (Cold){.kind = COLD_NO_JUMP, .reg = (uint8_t)pc, .from = miss, .edge = edge});
    if (call)
        gen_call_probed(m);
    else
        gen_jump_probed(m);
    edge_ends(m, edge);
    if (call) landing(m, exit);
}

static void ijump(Emit *m, const RaOp *op, uint32_t exit) {
    unsigned pc = op->a.index;
    uint32_t edge = host_edge_exit(exit);
    if (m->u->insns.at[m->u->insns.at[op->ref].a].type == IR_I32) gen_zero_extend(m, pc);
    if (!m->cfg->jump.on) {
        emit_count(m, edge);
        gen_leave_to(m, pc, token(m, edge));
        edge_ends(m, edge);
    } else if (m->u->exits.at[exit].kind == IR_EXIT_RETURN && m->cfg->return_stack) {
        emit_count(m, edge);
        Jump miss = gen_check_return(m, pc);
        push_cold(m, (Cold){.kind = COLD_PROBE, .reg = (uint8_t)pc, .from = miss, .edge = edge});
        gen_return(m);
        edge_ends(m, edge);
    } else {
        jump_probed(m, pc, exit);
    }
}

// ---- terminators
static void jump(Emit *m, const RaOp *op, const IrBlock *b) {
    IrTarget t = b->succ[0];
    if (!(t & IR_TO_EXIT)) {
        uint32_t edge = host_edge_inside(m->edges, m->block, 0);
        emit_count(m, edge);
        if (t != m->next_block) aim_at_block(m, gen_goto(m), t);
        edge_ends(m, edge);
        return;
    }
    uint32_t exit = t & ~IR_TO_EXIT;
    if (m->u->exits.at[exit].return_pc && m->cfg->return_stack)
        call_exit(m, exit);
    else
        exit_jump(m, NULL, exit, op);
}

static void edge_moves(Emit *m, uint32_t first) {
    for (uint32_t i = first; m->ra->ops.at[i].kind != RA_GOTO; i++) emit_step(m, &m->ra->ops.at[i]);
}

// One side of a branch: jumping if `c`, or (NULL) going on here. Where it jumps, what the allocator wants to be done on
// the edge comes out of line, later.
static void branch_side(Emit *m, const Cond *c, unsigned k, const RaOp *op, const IrBlock *b) {
    IrTarget t = b->succ[k];
    if (t & IR_TO_EXIT) {
        exit_jump(m, c, t & ~IR_TO_EXIT, op);
        return;
    }
    uint32_t edge = host_edge_inside(m->edges, m->block, k);
    if (emit_stands_before(m, m->block, k)) {
        aim_at_edge(m, c ? gen_goto_if(m, *c) : gen_goto(m), t, edge);
        return;
    }
    if (c && (op->edge[k] || m->cfg->count)) {
        Jump away = gen_goto_if(m, *c);
        push_cold(m, (Cold){.kind = COLD_EDGE, .from = away, .op = op->edge[k], .edge = edge, .reg = (uint8_t)k});
        return;
    }
    if (!c) emit_count(m, edge);
    if (!c && op->edge[k]) edge_moves(m, op->edge[k]);
    Jump there = {0, 0};
    if (c || t != m->next_block) aim_at_block(m, there = c ? gen_goto_if(m, *c) : gen_goto(m), t);
    edge_takes(m, edge, c ? there.path : emit_path(m));
}

// Does a conditional jump do all of this side, and close a loop?
static bool closes_loop(const Emit *m, const RaOp *op, const IrBlock *b, unsigned k) {
    return m->cfg->rotate && emit_goes_back(m, b->succ[k]) && (!op->edge[k] || emit_stands_before(m, m->block, k));
}

// The side that is jumped to. What comes next falls through, with its moves. Else moves that are likely done are better not
// out of line, and a likely way without moves is one jump.
static unsigned side_away(const Emit *m, const RaOp *op, const IrBlock *b) {
    for (unsigned k = 0; k < 2; k++)
        if (!(b->succ[k] & IR_TO_EXIT) && b->succ[k] == m->next_block) return k ^ 1;
    bool closes[2] = {closes_loop(m, op, b, 0), closes_loop(m, op, b, 1)};
    if (closes[0] != closes[1]) return closes[1];
    if (op->likely == 2) return emit_goes_back(m, b->succ[0]) && !emit_goes_back(m, b->succ[1]) && op->edge[0];
    return (b->succ[op->likely] & IR_TO_EXIT) || op->edge[op->likely] ? op->likely ^ 1u : op->likely;
}

static void branch(Emit *m, const RaOp *op, const IrInsn *in, const IrBlock *b) {
    Cond c = gen_condition(m, op, in);
    unsigned away = side_away(m, op, b);
    if (away) c = gen_not(c);
    branch_side(m, &c, away, op, b);
    branch_side(m, NULL, away ^ 1, op, b);
}

void emit_edge_ahead(Emit *m, uint16_t block) {
    EmitPlace *p = &m->places.at[block];
    gen_forget(m);
    m->path_base = m->e.n_insns;
    p->before_at = code_offset(&m->e);
    emit_count(m, host_edge_inside(m->edges, p->before, p->before_side));
    edge_moves(m, emit_terminator_of(m, p->before)->edge[p->before_side]);
    p->before_insns = emit_path(m);
}

void emit_terminator(Emit *m, uint32_t op_index) {
    const RaOp *op = &m->ra->ops.at[op_index];
    const IrInsn *in = &m->u->insns.at[op->ref];
    const IrBlock *b = &m->u->blocks.at[m->block];
    switch (in->op) {
    case IR_JUMP: jump(m, op, b); break;
    case IR_BR: branch(m, op, in, b); break;
    case IR_IJUMP: ijump(m, op, b->succ[0] & ~IR_TO_EXIT); break;
    default: { // TRAP
        uint32_t edge = host_edge_exit(b->succ[0] & ~IR_TO_EXIT);
        emit_count(m, edge);
        leave(m, edge);
        edge_ends(m, edge);
    }
    }
}

// ---- out of line
static void stub(Emit *m, const Cold *c) {
    uint32_t start = code_offset(&m->e);
    leave(m, c->edge);
    stub_ends(m, c->edge);
    if (!m->e.full) vec_push(&m->out->slots, ((HostSlot){c->from.at, start, c->edge}));
}

// Counting alone needs this jump; without it the branch goes straight to where it leads.
static Jump uncounted_jump(Emit *m) {
    Pause p = emit_pause(m);
    uint32_t at = gen_jump(m).at;
    emit_resume(m, p);
    return (Jump){at, emit_path(m)};
}

// Edge inside the unit: the allocator's steps, then on to the block.
static void edge_steps(Emit *m, const Cold *c) {
    emit_count(m, c->edge);
    if (c->op) edge_moves(m, c->op);
    aim_at_block(m, c->op ? gen_goto(m) : uncounted_jump(m), m->u->blocks.at[c->block].succ[c->reg]);
    edge_ends(m, c->edge);
}

static void exit_steps(Emit *m, const Cold *c) {
    bool snap = c->kind == COLD_SNAP;
    if (snap) emit_snapshot(m, m->ra->ops.at[c->op].snap), settle(m, c->edge);
    emit_count(m, c->edge);
    if (snap)
        exit_here(m, c->edge);
    else
        slot(m, uncounted_jump(m), c->edge);
}

static void probe_after_return_miss(Emit *m, const Cold *c) {
    emit_count(m, host_edge_count(m->edges) + m->out->detours.n);
    Jump miss = gen_probe(m, c->reg);
    gen_jump_probed(m);
    int32_t insns = (int32_t)(emit_path(m) - m->out->edge_insns.at[c->edge]);
    vec_push(&m->out->detours, ((HostDetour){insns, c->block}));
    miss.path -= (uint32_t)insns; // the detour's counter gives them to a miss as well
    push_cold(m, (Cold){.kind = COLD_NO_JUMP, .reg = c->reg, .from = miss, .edge = c->edge});
}

void emit_edge_cold(Emit *m, const Cold *c) {
    switch (c->kind) {
    case COLD_BUDGET:
        emit_count(m, c->edge);
        emit_snapshot(m, m->ra->ops.at[c->op].snap);
        leave(m, c->edge);
        stub_ends(m, c->edge);
        break;
    case COLD_STUB: stub(m, c); break;
    case COLD_SNAP:
    case COLD_COUNTED: exit_steps(m, c); break;
    case COLD_EDGE: edge_steps(m, c); break;
    case COLD_PROBE: probe_after_return_miss(m, c); break;
    case COLD_NO_JUMP:
        emit_unwind(m, m->u->exits.at[c->edge].return_pc && m->cfg->return_stack);
        gen_leave_to(m, c->reg, token(m, c->edge));
        emit_unwind(m, false);
        stub_ends(m, c->edge);
        break;
    default: bug_abort(__FILE__, __LINE__, "cold code of kind %u", c->kind);
    }
}

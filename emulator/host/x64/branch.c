// Edges: the jumps between blocks, the patchable exits, indirect jumps, returns, and the stubs behind them.
//
// A patchable exit is `jmp` or `jcc` with a 32-bit displacement that first goes to a stub; the stub leaves with the
// edge's token. When edges are counted, the counter sits between the jump and the patchable one; it is instrumentation
// and not itself counted.
#include "host/x64/emit.h"
#include "base/bits.h"

static char *token(const Emit *m, uint32_t edge) { return m->unit->tokens + edge * m->unit->token_size; }

static void count_edge(Emit *m, uint32_t edge) {
    uint32_t keep = m->e.n_insns;
    if (m->cfg->count) enc_inc_rip(&m->e, m->unit->counters + edge);
    m->e.n_insns = keep;
}

static void edge_path(Emit *m, uint32_t edge, uint32_t insns) { m->out->edge_insns.at[edge] = insns; }

static void leave_with(Emit *m, uint32_t edge) {
    emit_address(m, RAX, token(m, edge));
    enc_patch_far(&m->e, enc_jmp(&m->e), m->entry->leave);
}

// The displacement at `at` is a patchable exit of `edge`.
static void slot_at(Emit *m, uint32_t at, uint32_t edge) {
    vec_push(&m->cold, ((Cold){.kind = COLD_STUB, .block = m->block, .at = at, .edge = edge}));
}

static uint32_t push_cold(Emit *m, Cold c) {
    c.block = m->block, c.index = m->index, c.pc = m->pc;
    vec_push(&m->cold, c);
    return m->cold.n - 1;
}

// ---- jumps inside the unit
void emit_goto(Emit *m, unsigned block) {
    uint32_t at = enc_jmp(&m->e);
    vec_push(&m->gotos, ((typeof(*m->gotos.at)){at, (uint16_t)block}));
}

static void goto_cc(Emit *m, Cc cc, unsigned block) {
    uint32_t at = enc_jcc(&m->e, cc);
    vec_push(&m->gotos, ((typeof(*m->gotos.at)){at, (uint16_t)block}));
}

// ---- budget
void emit_budget(Emit *m, uint32_t op_index) {
    const RaOp *op = &m->ra->ops.at[op_index];
    const IrInsn *in = &m->u->insns.at[op->ref];
    enc_alu_ri(&m->e, ALU_SUB, true, BUDGET, (int32_t)in->imm);
    uint32_t at = enc_jcc(&m->e, CC_L); // WHY not CC_S: hosts fuse this one with the SUB
    uint32_t edge = host_edge_budget(m->edges, m->block);
    edge_path(m, edge, emit_path(m));
    push_cold(m, (Cold){.kind = COLD_BUDGET, .at = at, .op = op_index, .edge = edge});
}

// In two instructions that keep the flags; so does counting.
void emit_retire(Emit *m, const RaOp *op, const IrInsn *in) {
    Cc cc = emit_condition(m, in->a, op->a) ^ (in->b ? 1 : 0);
    if (in->imm) {
        enc_lea(&m->e, true, TMP, mem_at(BUDGET, -(int32_t)in->imm));
        enc_cmov(&m->e, cc, true, BUDGET, TMP);
    }
    uint32_t keep = m->e.n_insns;
    if (m->cfg->count) {
        uint32_t past = enc_jcc(&m->e, cc ^ 1);
        enc_count_rip(&m->e, m->unit->counters + host_edge_inside(m->edges, in->c, 0), TMP);
        enc_patch(&m->e, past, enc_offset(&m->e));
    }
    m->e.n_insns = keep;
}

// ---- leaving
// Takes what leaving through this exit owes to the budget.
static void settle(Emit *m, uint32_t exit) {
    int32_t owed = m->u->exits.at[exit].owed;
    if (owed) enc_alu_ri(&m->e, ALU_SUB, true, BUDGET, owed);
}

// Jump on `cc` (or always) out of the unit through exit i.
static void exit_jump(Emit *m, int cc, uint32_t exit, const RaOp *op) {
    uint32_t edge = host_edge_exit(exit);
    bool snap = (op->snap != RA_NO_SNAP && m->ra->snaps.at[op->snap].n) || m->u->exits.at[exit].owed;
    if (cc >= 0 && (snap || m->cfg->count)) {
        uint32_t at = enc_jcc(&m->e, (Cc)cc);
        push_cold(m, (Cold){.kind = snap ? COLD_SNAP : COLD_COUNTED,
                            .at = at,
                            .edge = edge,
                            .insns = emit_path(m),
                            .op = (uint32_t)(op - m->ra->ops.at)});
        return;
    }
    if (cc < 0 && snap) emit_snapshot(m, op->snap), settle(m, edge);
    if (cc < 0) count_edge(m, edge);
    uint32_t at = cc >= 0 ? enc_jcc(&m->e, (Cc)cc) : enc_jmp(&m->e);
    edge_path(m, edge, emit_path(m));
    slot_at(m, at, edge);
}

// A guest call: the guest's return address and a host return address go to the stack, so that the
// return is a compare and RET.
static void push_return(Emit *m, gpc return_pc) {
    if (bits_fits_signed((int64_t)return_pc, 32)) {
        enc_push_i(&m->e, (int32_t)return_pc);
    } else {
        enc_mov_ri(&m->e, TMP2, return_pc);
        enc_push(&m->e, TMP2);
    }
    emit_unwind(m, 1);
}

// Where the callee returns to: drop the guest address, go on through the landing's own patchable exit.
static void landing(Emit *m, uint32_t exit) {
    uint32_t edge = host_edge_landing(m->edges, exit), start = m->e.n_insns;
    count_edge(m, edge);
    enc_lea(&m->e, true, RSP, mem_at(RSP, 8));
    emit_unwind(m, 0);
    uint32_t at = enc_jmp(&m->e);
    edge_path(m, edge, m->e.n_insns - start);
    slot_at(m, at, edge);
}

static void call_exit(Emit *m, uint32_t exit) {
    uint32_t edge = host_edge_exit(exit);
    push_return(m, m->u->exits.at[exit].return_pc);
    count_edge(m, edge);
    uint32_t at = enc_call(&m->e);
    edge_path(m, edge, emit_path(m));
    slot_at(m, at, edge);
    landing(m, exit);
}

// ---- indirect jumps
static uint32_t probe_jump(Emit *m, unsigned pc, Mem *code) {
    const HostProbe *p = &m->cfg->jump;
    enc_mov_rr(&m->e, false, TMP, pc);
    if (p->shift) enc_shift_ri(&m->e, SH_SHR, false, TMP, p->shift);
    enc_alu_ri(&m->e, ALU_AND, false, TMP, (int32_t)bits_mask(p->bits));
    enc_alu_rm(&m->e, ALU_CMP, true, pc, mem_indexed(FRAME, TMP, 3, p->tag));
    *code = mem_indexed(FRAME, TMP, 3, p->data);
    return enc_jcc(&m->e, CC_NE);
}

static void leave_indirect(Emit *m, unsigned pc, uint32_t edge) {
    enc_store(&m->e, mem_at(FRAME, m->cfg->frame.pc), pc, 3);
    leave_with(m, edge);
}

static void jump_probed(Emit *m, unsigned pc, uint32_t exit) {
    Mem code;
    const IrExit *x = &m->u->exits.at[exit];
    bool call = x->return_pc && m->cfg->return_stack;
    uint32_t edge = host_edge_exit(exit);
    if (call) push_return(m, x->return_pc);
    count_edge(m, edge);
    uint32_t miss = probe_jump(m, pc, &code);
    push_cold(m, (Cold){.kind = COLD_NO_JUMP, .reg = (uint8_t)pc, .at = miss, .edge = edge, .insns = emit_path(m)});
    if (call)
        enc_call_m(&m->e, code);
    else
        enc_jmp_m(&m->e, code);
    edge_path(m, edge, emit_path(m));
    if (call) landing(m, exit);
}

static void emit_ijump(Emit *m, const RaOp *op, uint32_t exit) {
    unsigned pc = op->a.index;
    uint32_t edge = host_edge_exit(exit);
    if (m->u->insns.at[m->u->insns.at[op->ref].a].type == IR_I32)
        enc_mov_rr(&m->e, false, pc, pc); // upper half is unspecified
    if (!m->cfg->jump.on) {
        count_edge(m, edge);
        leave_indirect(m, pc, edge);
        edge_path(m, edge, emit_path(m));
    } else if (m->u->exits.at[exit].kind == IR_EXIT_RETURN && m->cfg->return_stack) {
        count_edge(m, edge);
        enc_alu_rm(&m->e, ALU_CMP, true, pc, mem_at(RSP, 8));
        uint32_t at = enc_jcc(&m->e, CC_NE);
        push_cold(m, (Cold){.kind = COLD_PROBE, .reg = (uint8_t)pc, .at = at, .edge = edge, .insns = emit_path(m)});
        enc_ret(&m->e);
        edge_path(m, edge, emit_path(m));
    } else {
        jump_probed(m, pc, exit);
    }
}

// ---- terminators
static void emit_jump(Emit *m, const RaOp *op, const IrBlock *b) {
    IrTarget t = b->succ[0];
    if (!(t & IR_TO_EXIT)) {
        uint32_t edge = host_edge_inside(m->edges, m->block, 0);
        count_edge(m, edge);
        if (t != m->next_block) emit_goto(m, t);
        edge_path(m, edge, emit_path(m));
        return;
    }
    uint32_t exit = t & ~IR_TO_EXIT;
    if (m->u->exits.at[exit].return_pc && m->cfg->return_stack)
        call_exit(m, exit);
    else
        exit_jump(m, -1, exit, op);
}

static void edge_moves(Emit *m, uint32_t first) {
    for (uint32_t i = first; m->ra->ops.at[i].kind != RA_GOTO; i++) emit_edge_op(m, &m->ra->ops.at[i]);
}

// One side of a branch: jumping on `cc`, or (< 0) going on here. Where it jumps, what the allocator wants to be done on
// the edge comes out of line, later.
static void branch_side(Emit *m, int cc, unsigned k, const RaOp *op, const IrBlock *b) {
    IrTarget t = b->succ[k];
    if (t & IR_TO_EXIT) {
        exit_jump(m, cc, t & ~IR_TO_EXIT, op);
        return;
    }
    uint32_t edge = host_edge_inside(m->edges, m->block, k);
    if (cc >= 0 && (op->edge[k] || m->cfg->count)) {
        uint32_t at = enc_jcc(&m->e, (Cc)cc);
        push_cold(m, (Cold){.kind = COLD_EDGE,
                            .at = at,
                            .op = op->edge[k],
                            .edge = edge,
                            .insns = emit_path(m),
                            .reg = (uint8_t)k});
        return;
    }
    if (cc < 0) count_edge(m, edge);
    if (cc < 0 && op->edge[k]) edge_moves(m, op->edge[k]);
    if (cc >= 0)
        goto_cc(m, (Cc)cc, t);
    else if (t != m->next_block)
        emit_goto(m, t);
    edge_path(m, edge, emit_path(m));
}

static bool is_back(const Emit *m, IrTarget t) { return !(t & IR_TO_EXIT) && t <= m->block; }

static void emit_branch(Emit *m, const RaOp *op, const IrInsn *in, const IrBlock *b) {
    Cc cc = emit_compare(m, op, in);
    bool first_falls = !(b->succ[0] & IR_TO_EXIT) && b->succ[0] == m->next_block && !op->edge[0];
    bool loops =
        is_back(m, b->succ[0]) && !is_back(m, b->succ[1]) && op->edge[0]; // its moves are better not out of line
    if (first_falls || loops) {
        branch_side(m, cc ^ 1, 1, op, b);
        branch_side(m, -1, 0, op, b);
    } else {
        branch_side(m, cc, 0, op, b);
        branch_side(m, -1, 1, op, b);
    }
}

void emit_terminator(Emit *m, uint32_t op_index) {
    const RaOp *op = &m->ra->ops.at[op_index];
    const IrInsn *in = &m->u->insns.at[op->ref];
    const IrBlock *b = &m->u->blocks.at[m->block];
    switch (in->op) {
    case IR_JUMP: emit_jump(m, op, b); break;
    case IR_BR: emit_branch(m, op, in, b); break;
    case IR_IJUMP: emit_ijump(m, op, b->succ[0] & ~IR_TO_EXIT); break;
    default: { // TRAP
        uint32_t edge = host_edge_exit(b->succ[0] & ~IR_TO_EXIT);
        count_edge(m, edge);
        leave_with(m, edge);
        edge_path(m, edge, emit_path(m));
    }
    }
}

// ---- out of line
static void stub(Emit *m, const Cold *c) {
    uint32_t start = enc_offset(&m->e), before = m->e.n_insns;
    leave_with(m, c->edge);
    m->out->stub_insns.at[c->edge] = m->e.n_insns - before;
    if (!m->e.full) vec_push(&m->out->slots, ((HostSlot){c->at, start, c->edge}));
}

// Edge inside the unit: the allocator's steps, then on to the block.
static void edge_steps(Emit *m, const Cold *c) {
    uint32_t before = m->e.n_insns;
    count_edge(m, c->edge);
    uint16_t to = m->u->blocks.at[c->block].succ[c->reg];
    if (c->op) edge_moves(m, c->op);
    uint32_t steps = m->e.n_insns - before;
    emit_goto(m, to);
    // Counting alone needed this detour; without it the branch goes straight to the block.
    edge_path(m, c->edge, c->insns + (c->op ? steps + 1 : 0));
}

static void probe_after_return_miss(Emit *m, const Cold *c) {
    Mem code;
    uint32_t before = m->e.n_insns;
    if (m->cfg->count) enc_inc_rip(&m->e, m->unit->counters + host_edge_count(m->edges) + m->out->detours.n);
    m->e.n_insns = before;
    uint32_t miss = probe_jump(m, c->reg, &code);
    uint32_t probed = m->e.n_insns - before;
    enc_jmp_m(&m->e, code);
    // The detour replaces RET; when it misses too, the stub's count takes the last jump back (see COLD_NO_JUMP).
    vec_push(&m->out->detours, ((HostDetour){(int32_t)probed, c->block}));
    push_cold(m, (Cold){.kind = COLD_NO_JUMP, .reg = c->reg, .at = miss, .edge = c->edge, .insns = c->insns});
}

void emit_branch_cold(Emit *m, const Cold *c) {
    uint32_t before = m->e.n_insns;
    if (c->kind != COLD_STUB || !m->e.full) enc_patch(&m->e, c->at, enc_offset(&m->e));
    switch (c->kind) {
    case COLD_BUDGET:
        count_edge(m, c->edge);
        emit_snapshot(m, m->ra->ops.at[c->op].snap);
        leave_with(m, c->edge);
        m->out->stub_insns.at[c->edge] = m->e.n_insns - before;
        break;
    case COLD_STUB: stub(m, c); break;
    case COLD_SNAP:
        emit_snapshot(m, m->ra->ops.at[c->op].snap);
        settle(m, c->edge);
        __attribute__((fallthrough));
    case COLD_COUNTED: {
        uint32_t steps = m->e.n_insns - before;
        count_edge(m, c->edge);
        uint32_t at = enc_jmp(&m->e);
        edge_path(m, c->edge, c->insns + (c->kind == COLD_SNAP ? steps + 1 : 0));
        slot_at(m, at, c->edge);
        break;
    }
    case COLD_EDGE: edge_steps(m, c); break;
    case COLD_PROBE: probe_after_return_miss(m, c); break;
    case COLD_NO_JUMP: // instead of the straight path's last instruction
        emit_unwind(m, m->u->exits.at[c->edge].return_pc && m->cfg->return_stack);
        leave_indirect(m, c->reg, c->edge);
        emit_unwind(m, 0);
        m->out->stub_insns.at[c->edge] = m->e.n_insns - before - 1;
        break;
    default: bug_abort(__FILE__, __LINE__, "cold code of kind %u", c->kind);
    }
}

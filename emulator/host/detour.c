// What is beside the straight path, and how many instructions it takes. Example: a division, whose zero is rare.
//     cmp b,0; beq zero        path 2, and a Cold is queued with `from` = {zero, 2}
//     div q,a,b                path 3
//   back:                      emit_back(): `back` = {here, 3}
//     ...
//   zero: li q,-1; j back      path 3, 4: the detour adds 4 - 3 = 1
#include "host/emit.h"

Pause emit_pause(const Emit *m) { return (Pause){code_offset(&m->e), m->e.n_insns}; }

void emit_resume(Emit *m, Pause p) {
    m->e.n_insns = p.n_insns;
    if (m->cfg->marks && !m->e.full) vec_push(&m->out->counting, ((HostRange){p.at, code_offset(&m->e)}));
}

void emit_count(Emit *m, uint32_t counter) {
    if (!m->cfg->count) return;
    Pause p = emit_pause(m);
    gen_count(m, m->unit->counters + counter);
    emit_resume(m, p);
}

static uint32_t queue(Emit *m, ColdKind kind, unsigned rare, const RaOp *op, Jump from) {
    vec_push(&m->cold, ((Cold){.kind = kind,
                               .rare = (uint8_t)rare,
                               .block = m->block,
                               .index = m->index,
                               .pc = m->pc,
                               .from = from,
                               .op = emit_op_index(m, op)}));
    return m->cold.n - 1;
}

uint32_t emit_detour(Emit *m, unsigned rare, const RaOp *op, Jump from) {
    return queue(m, COLD_DETOUR, rare, op, from);
}

uint32_t emit_cold_call(Emit *m, unsigned rare, const RaOp *op, Jump from) {
    return queue(m, COLD_CALL, rare, op, from);
}

void emit_back(Emit *m, uint32_t cold) {
    Cold *c = &m->cold.at[cold];
    c->returns = true;
    c->back = (Jump){code_offset(&m->e), emit_path(m)};
}

void emit_back_as(Emit *m, uint32_t cold, const Cold *c) {
    m->cold.at[cold].returns = true;
    m->cold.at[cold].back = c->back;
}

// A detour is counted when it begins. What leaves it on its way, by another jump or a site, was so given instructions
// that it does not execute.
static void take_off(Emit *m, uint32_t first_cold, uint32_t first_site, int32_t insns) {
    for (uint32_t i = first_cold; i < m->cold.n; i++) m->cold.at[i].from.path -= (uint32_t)insns;
    for (uint32_t i = first_site; i < m->out->sites.n; i++) m->out->sites.at[i].insns_before -= (uint32_t)insns;
}

void emit_rare(Emit *m, const Cold *c) {
    uint32_t first_cold = m->cold.n, first_site = m->out->sites.n;
    if (c->kind == COLD_DETOUR) emit_count(m, host_edge_count(m->edges) + m->out->detours.n);
    emit_access_cold(m, c);
    if (!c->returns) return;
    gen_aim(m, gen_goto(m).at, c->back.at);
    int32_t insns = (int32_t)(emit_path(m) - c->back.path);
    if (c->kind == COLD_DETOUR) {
        vec_push(&m->out->detours, ((HostDetour){insns, c->block}));
        take_off(m, first_cold, first_site, insns);
    } else {
        for (uint32_t i = first_site; i < m->out->sites.n; i++) m->out->sites.at[i].insns_extra = insns;
    }
}

void emit_site(Emit *m, const RaOp *op) {
    if (m->e.full) return;
    vec_push(&m->out->sites, ((HostSite){.ret = code_offset(&m->e),
                                         .snap = op->snap,
                                         .ref = op->ref,
                                         .block = m->block,
                                         .index = m->index,
                                         .pc = m->pc,
                                         .insns_before = emit_path(m),
                                         .call_insns = m->called->insns,
                                         .call_leave_insns = m->called->leave_insns}));
}

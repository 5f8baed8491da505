// The run loop: find or make the unit at cpu->pc, run it, see why it returned.
#include "run/machine.h"

// WHY not every one: asking the host for CPU time takes longer than a tenth of what it measures.
static Unit *translate(Machine *m, MemFail *fail) {
    enum { FIRST = 512, ONE_IN = 16 };
    uint64_t n = m->translations++;
    if (n >= FIRST && n % ONE_IN) return jit_translate(&m->jit, machine_cpu(m)->pc, fail);
    uint64_t start = host_cpu_ns();
    Unit *u = jit_translate(&m->jit, machine_cpu(m)->pc, fail);
    m->phases.translate_ns += (host_cpu_ns() - start) * (n < FIRST ? 1 : ONE_IN);
    return u;
}

static Unit *unit_at_pc(Machine *m) {
    MemFail fail;
    Unit *u = jit_find(&m->jit, machine_cpu(m)->pc);
    if (!u) u = translate(m, &fail);
    if (u) return u;
    if (fail.fault == MEM_FAULT_ALONE)
        run_step(m);
    else
        run_trap(m, m->guest->fault_code(MEM_KIND_FETCH, fail.fault), fail.at);
    return NULL;
}

// Generated code finds in the host's register: the rounding mode, and what instructions raised that were executed
// alone.
static void enter_floats(Machine *m) {
    m->jit.host->fp_round(&m->frame->fp_state, machine_cpu(m)->fp_round);
    m->jit.host->fp_raise(&m->frame->fp_state, m->fp_flags);
    m->fp_flags = 0;
}

static Edge *run_unit(Machine *m, Unit *u) {
    if (log_on(&m->o.log, LOG_EXEC))
        fprintf(m->o.log.out, "exec unit %u at %#llx, %llu retired\n", u->id, (unsigned long long)u->pc,
                (unsigned long long)cpu_now(machine_cpu(m)));
    if (m->o.interp) return interp_run(m, u->ir, u, false);
    m->stats.v[STAT_run_loop_entries]++;
    if (m->jit.floats) enter_floats(m);
    return m->jit.entry.enter(frame_reg(m->frame), u->exec);
}

// An indirect jump that came back: fill the cache for the next time.
static void learn(Machine *m, const Edge *from, Unit *to) {
    if (from->kind == EXIT_INDIRECT) jit_ibtc_fill(&m->jit, to);
    if (from->kind == EXIT_DIRECT) jit_chain(&m->jit, (Edge *)from, to);
}

static void count_indirect(Machine *m, const Edge *e) {
    if (!feature_on(&m->o.features, FEATURE_ibtc) || m->o.interp) return;
    m->stats.v[e->is_return ? STAT_ras_misses : STAT_ibtc_misses]++;
}

// Returns the edge if it may be linked to the unit that comes next.
static Edge *dispatch(Machine *m, Edge *e) {
    Cpu *cpu = machine_cpu(m);
    switch (e->kind) {
    case EXIT_DIRECT:
        e->leaves++;
        cpu->pc = e->pc;
        return e;
    case EXIT_INDIRECT:
        e->leaves++;
        count_indirect(m, e);
        return e;
    case EXIT_TRAP:
        e->leaves++;
        cpu->pc = e->pc;
        run_trap(m, e->code, e->value);
        return NULL;
    case EXIT_FAULT:
        cpu->pc = e->pc;
        run_trap(m, e->code, e->value);
        return NULL;
    case EXIT_BUDGET:
        e->leaves++;
        cpu->pc = e->pc;
        run_out_of_budget(m, e->refund);
        return NULL;
    default:
        if (!m->watches.hit) run_step(m); // else the debugger comes first
        return NULL;
    }
}

void machine_run(Machine *m) {
    Cpu *cpu = machine_cpu(m);
    Edge *from = NULL;
    m->board.poll(m->board.state);
    run_plan(m);
    while (!m->ended) {
        if (m->guest->irq_deliverable(cpu)) {
            m->guest->irq_take(cpu, &m->stats);
            from = NULL;
        }
        if (m->gdb && gdb_attend(m->gdb, m)) {
            from = NULL;
            continue;
        }
        uint64_t generation = m->jit.generation;
        Unit *u = unit_at_pc(m);
        if (!u) {
            from = NULL;
            continue;
        }
        if (from && generation == m->jit.generation) learn(m, from, u);
        uint64_t events = m->jit.mapping_events;
        Edge *e = run_unit(m, u);
        BUG_IF(e->kind != EXIT_TRAP && events != m->jit.mapping_events,
               "guest %s changed its mappings, and went on without a trap", m->guest->name);
        from = dispatch(m, e);
    }
    m->board.flush(m->board.state);
}

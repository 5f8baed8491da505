// The run loop: find or make the unit at cpu->pc, run it, see why it returned.
#include "run/machine.h"

static Unit *translate(Hart *h, MemFail *fail) {
    Machine *m = h->machine;
    translating_begin(&m->translating, false);
    Unit *u = jit_translate(&m->jit, h->frame, hart_cpu(h)->pc, fail);
    translating_end(&m->translating);
    return u;
}

static Unit *lift_once(Hart *h, MemFail *fail) {
    Machine *m = h->machine;
    translating_begin(&m->translating, false);
    Unit *u = jit_lift_once(&m->jit, h->frame, hart_cpu(h)->pc, fail);
    translating_end(&m->translating);
    return u;
}

static void cannot_fetch(Hart *h, const MemFail *fail) {
    if (fail->fault == MEM_FAULT_ALONE)
        run_step(h);
    else
        run_trap(h, h->machine->guest->fault_code(MEM_KIND_FETCH, fail->fault), fail->at);
}

static Edge *run_unit(Hart *h, Unit *u) {
    Machine *m = h->machine;
    log_focus(&m->o.log, u->pc);
    if (log_on(&m->o.log, LOG_EXEC))
        fprintf(m->o.log.out, "exec unit %u at %#llx, %llu retired\n", u->id, (unsigned long long)u->pc,
                (unsigned long long)cpu_now(hart_cpu(h)));
    if (!u->exec) return interp_run(h, u->extra->ir, u, false);
    m->stats.v[STAT_run_loop_entries]++;
    unsigned raised = h->fp_flags;
    if (m->jit.floats) h->fp_flags = 0;
    return jit_run(&m->jit, h->frame, u, raised);
}

static void count_indirect(Machine *m, const Edge *e) {
    if (!feature_on(&m->o.features, FEATURE_ibtc) || m->o.interp) return;
    m->stats.v[e->is_return ? STAT_ras_misses : STAT_ibtc_misses]++;
}

static void count_leave(const Machine *m, const Edge *e) {
    if (m->jit.o.profile) edge_unit(e)->extra->leaves[e->number]++;
}

// What the edge asks for. Returns it if it may be linked to the unit that comes next.
static Edge *after_unit(Hart *h, Edge *e) {
    Machine *m = h->machine;
    Cpu *cpu = hart_cpu(h);
    switch (e->kind) {
    case EXIT_DIRECT:
        count_leave(m, e);
        cpu->pc = e->pc;
        return e;
    case EXIT_INDIRECT:
        count_leave(m, e);
        count_indirect(m, e);
        return e;
    case EXIT_TRAP:
        count_leave(m, e);
        cpu->pc = e->pc;
        run_trap(h, e->code, e->value);
        return NULL;
    case EXIT_FAULT:
        cpu->pc = e->pc;
        run_trap(h, e->code, e->value);
        return NULL;
    case EXIT_BUDGET:
        count_leave(m, e);
        cpu->pc = e->pc;
        run_out_of_budget(h, e->refund, e->value);
        return NULL;
    default:
        if (m->watches.hit) return NULL; // the debugger comes first
        if (cpu->budget > 0)
            run_step(h);
        else // a BOUND at the entry of a region, which has taken nothing yet
            run_out_of_budget(h, 0, cpu->pc);
        return NULL;
    }
}

// The block at pc is interpreted; it cannot be linked. WHY a copy of its edge: while a system call of a thread waits, other
// threads interpret blocks. With a profile the unit stays, and the edge counts.
static Edge *run_once(Hart *h) {
    MemFail fail;
    Unit *u = lift_once(h, &fail);
    if (!u) return cannot_fetch(h, &fail), NULL;
    Edge *e = interp_run(h, u->extra->ir, u, false), copy = *e;
    jit_free_once(&h->machine->jit, u);
    after_unit(h, h->machine->o.profile ? e : &copy);
    return NULL;
}

Edge *run_turn(Hart *h, Edge *from) {
    Machine *m = h->machine;
    Cpu *cpu = hart_cpu(h);
    if (m->guest->irq_deliverable(cpu)) {
        m->guest->irq_take(cpu, &m->stats);
        from = NULL;
    }
    if (m->debugger && m->debugger->attend(m->debugger->ctx, m)) return NULL;
    MemFail fail;
    uint64_t generation = m->jit.generation;
    jit_expect(&m->jit, cpu->pc);
    if (jit_is_first(&m->jit, cpu->pc)) return run_once(h); // WHY before the search: there can be no unit
    Unit *u = jit_find(&m->jit, h->frame, cpu->pc);
    if (!u) u = translate(h, &fail);
    if (!u) return cannot_fetch(h, &fail), NULL;
    if (from && generation == m->jit.generation) jit_learn(&m->jit, h->frame, from, u);
    uint64_t events = m->jit.mapping_events;
    Edge *e = run_unit(h, u);
    BUG_IF(e->kind != EXIT_TRAP && events != m->jit.mapping_events,
           "guest %s changed its mappings, and went on without a trap", m->guest->name);
    return after_unit(h, e);
}

void machine_run(Machine *m) {
    Edge *from = NULL;
    m->board.poll(m->board.state);
    run_plan(&m->hart);
    while (!m->ended) from = run_turn(&m->hart, from);
    m->board.flush(m->board.state);
}

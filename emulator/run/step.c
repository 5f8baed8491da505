// One guest instruction, executed alone: the exact way through devices, translated code and deadlines.
#include "run/machine.h"

static void after_step(Hart *h, const Edge *e) {
    Cpu *cpu = hart_cpu(h);
    switch (e->kind) {
    case EXIT_DIRECT: cpu->pc = e->pc; break;
    case EXIT_INDIRECT: break; // pc is set
    case EXIT_TRAP:
    case EXIT_FAULT:
        cpu->pc = e->pc;
        run_trap(h, e->code, e->value);
        break;
    case EXIT_STEP: // it touches what is watched, and is not executed before the debugger knows
        BUG_IF(!h->machine->watches.hit, "a single step that wants to be executed alone");
        cpu->pc = e->pc;
        break;
    default: bug_abort(__FILE__, __LINE__, "a single step left by exit kind %u", e->kind);
    }
}

// Profiles count edges of units that stay; this one goes.
static void count_branch(Machine *m, const UnitBlock *b, const Edge *e) {
    gpc end = b->pc + b->bytes;
    if (b->branches && e->kind == EXIT_DIRECT) branches_at(&m->stepped_branches, end)->way[e->pc != end]++;
}

static void execute(Hart *h, Unit *u) {
    Cpu *cpu = hart_cpu(h);
    uint64_t before = cpu_now(cpu);
    Edge *e = interp_run(h, &h->step_ir, u, true);
    cpu->alone = false;
    h->machine->stats.v[STAT_stepped_instructions] += cpu_now(cpu) - before;
    Edge copy = *e;
    if (h->machine->o.profile) count_branch(h->machine, &u->blocks[0], e);
    jit_free_alone(u);
    after_step(h, &copy);
}

void run_step(Hart *h) {
    Machine *m = h->machine;
    Cpu *cpu = hart_cpu(h);
    MemFail fail;
    cpu->alone = true; // the fetch is part of it
    Unit *u = jit_translate_alone(&m->jit, h->frame, &h->step_ir, cpu->pc, &fail);
    if (u) {
        execute(h, u);
    } else {
        cpu->alone = false;
        run_trap(h, m->guest->fault_code(MEM_KIND_FETCH, fail.fault), fail.at);
        return;
    }
    // By the host's clock, events are looked for once a quantum: a guest that polls a device must not push that away.
    if (m->replan && !m->o.host_clock) run_plan(h);
    m->replan = false;
}

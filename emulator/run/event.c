// Events: when the run loop must take over for a device, and what a trap asks for.
#include "run/machine.h"
#include "sys/sys.h"

enum { BLOCK_QUANTUM = 64 }; // up to here it is of one block, whatever the clock: see jit/translate/tier.c

static uint32_t longest_run(const Hart *h) {
    uint32_t own = h->quantum > BLOCK_QUANTUM ? h->machine->personality->host_clock_quantum : 0;
    return h->machine->o.host_clock && own ? own : h->quantum;
}

// A pause does not move the end of the quantum, at which hot code is looked for.
static uint64_t quantum_end(Hart *h, uint64_t now) {
    if (!h->pause_at || h->quantum_ends <= now) h->quantum_ends = now + longest_run(h);
    return h->quantum_ends;
}

void run_plan(Hart *h) {
    Machine *m = h->machine;
    Cpu *cpu = hart_cpu(h);
    uint64_t now = cpu_now(cpu), time = machine_time_ns(m), event = m->board.next_event(m->board.state);
    uint64_t deadline = quantum_end(h, now);
    h->exact_deadline = false;
    if (!m->o.host_clock && event != BOARD_NEVER) {
        uint64_t in = event > time ? event - time : 0;
        if (in == 0) in = 1; // already due and seen by poll(): not again before the next instruction
        if (now + in < deadline) deadline = now + in, h->exact_deadline = true;
    }
    if (m->o.max_insns && m->o.max_insns <= deadline) deadline = m->o.max_insns, h->exact_deadline = true;
    slices_plan(&m->slices, &deadline);
    h->pausing = h->pause_at && h->pause_at < deadline;
    if (h->pausing) deadline = h->pause_at, h->exact_deadline = false;
    cpu->deadline = deadline;
    cpu->budget = (int64_t)(deadline - now);
    m->replan = false;
}

// The debugger stops a waiting guest at the instruction that waits; it does not retire, and is executed again.
static void wait_again(Cpu *cpu, gpc at) {
    cpu->pc = at;
    cpu->budget++;
}

void run_trap(Hart *h, uint32_t code, uint64_t value) {
    Machine *m = h->machine;
    Cpu *cpu = hart_cpu(h);
    if (log_on(&m->o.log, LOG_EXEC))
        fprintf(m->o.log.out, "exec trap %#x value %#llx at %#llx\n", code, (unsigned long long)value,
                (unsigned long long)cpu->pc);
    gpc at = cpu->pc;
    switch (m->personality->trap(h, code, value)) {
    case TRAP_CONTINUE: return;
    case TRAP_WAIT:
        if (m->personality->idle(h)) {
            if (machine_called(m) && !m->guest->irq_wakes(cpu)) wait_again(cpu, at);
            return;
        }
        if (sys_time_over()) {
            m->ended = true;
            m->end = RUN_MAX_TIME;
            return;
        }
        snprintf(m->stuck_reason, sizeof m->stuck_reason, "it waits at %#llx for an interrupt that cannot come",
                 (unsigned long long)at);
        break;
    case TRAP_STUCK:
        snprintf(m->stuck_reason, sizeof m->stuck_reason, "it traps without end at %#llx (code %#x)",
                 (unsigned long long)at, code);
    }
    m->ended = true;
    m->end = RUN_STUCK;
}

// Time and events: when the run loop must take over, what the devices want, and waiting.
//
// --clock=insn: one retired instruction is one nanosecond of guest time, plus what was skipped while waiting. The same
// ELF then takes its interrupts at the same instructions on every run, engine and set of switches.
#include "jit/invalidate.h"
#include "run/machine.h"
#include <string.h>
#include <time.h>

uint64_t host_time_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t host_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t machine_time_ns(void *machine) {
    Machine *m = machine;
    if (m->o.host_clock) return host_time_ns() - m->host_start;
    return cpu_now(hart_cpu(&m->hart)) + m->idle_ns;
}

static uint32_t longest_run(const Hart *h) {
    uint32_t own = h->machine->personality->host_clock_quantum;
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
            if (m->gdb && gdb_called(m->gdb) && !m->guest->irq_wakes(cpu)) wait_again(cpu, at);
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

static uint32_t sample(Hart *h) {
    Machine *m = h->machine;
    uint64_t start = host_cpu_ns();
    uint32_t quantum = jit_sample(&m->jit, h->frame, hart_cpu(h)->pc, h->quantum);
    m->phases.translate_ns += host_cpu_ns() - start;
    return quantum < RUN_QUANTUM ? quantum : RUN_QUANTUM;
}

bool run_out_of_budget(Hart *h, uint16_t refund) {
    Machine *m = h->machine;
    Cpu *cpu = hart_cpu(h);
    cpu->budget += refund;
    if (slices_end(h)) return true;
    h->paused = h->pausing;
    if (h->paused) return true;
    if (!h->exact_deadline) h->quantum = sample(h), h->quantum_ends = 0;
    // An event in the middle of the block: walk up to it.
    while (h->exact_deadline && cpu->budget > 0 && !m->ended) {
        run_step(h);
        if (m->watches.hit || jit_breaks_at(&m->jit, cpu->pc)) return true;
    }
    if (m->ended) return false;
    if (m->o.max_insns && cpu_now(cpu) >= m->o.max_insns) {
        m->ended = true;
        m->end = RUN_MAX_INSNS;
        return false;
    }
    m->board.poll(m->board.state);
    run_plan(h);
    if (m->gdb) gdb_called(m->gdb);
    return !m->ended;
}

// Time and events: when the run loop must take over, what the devices want, and waiting.
//
// --clock=insn: one retired instruction is one nanosecond of guest time, plus what was skipped while waiting. The same
// ELF then takes its interrupts at the same instructions on every run, engine and set of switches.
#include "run/machine.h"
#include "sys/sys.h"
#include <poll.h>
#include <string.h>
#include <time.h>

enum { HOST_CLOCK_QUANTUM = 1 << 17 };

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
    return cpu_now(machine_cpu(m)) + m->idle_ns;
}

void run_plan(Machine *m) {
    Cpu *cpu = machine_cpu(m);
    uint64_t now = cpu_now(cpu), time = machine_time_ns(m), event = m->board.next_event(m->board.state);
    uint64_t deadline = now + (m->o.host_clock && !m->sys ? HOST_CLOCK_QUANTUM : m->quantum);
    m->exact_deadline = false;
    if (!m->o.host_clock && event != BOARD_NEVER) {
        uint64_t in = event > time ? event - time : 0;
        if (in == 0) in = 1; // already due and seen by poll(): not again before the next instruction
        if (now + in < deadline) deadline = now + in, m->exact_deadline = true;
    }
    if (m->o.max_insns && m->o.max_insns <= deadline) deadline = m->o.max_insns, m->exact_deadline = true;
    cpu->deadline = deadline;
    cpu->budget = (int64_t)(deadline - now);
    m->replan = false;
}

// The debugger stops a waiting guest at the instruction that waits; it does not retire, and is executed again.
static void wait_again(Cpu *cpu, gpc at) {
    cpu->pc = at;
    cpu->budget++;
}

void run_trap(Machine *m, uint32_t code, uint64_t value) {
    Cpu *cpu = machine_cpu(m);
    if (log_on(&m->o.log, LOG_EXEC))
        fprintf(m->o.log.out, "exec trap %#x value %#llx at %#llx\n", code, (unsigned long long)value,
                (unsigned long long)cpu->pc);
    gpc at = cpu->pc;
    if (m->sys && sys_trap(m->sys, code, value)) return;
    switch (m->guest->trap(cpu, code, value, &m->stats)) {
    case TRAP_CONTINUE: return;
    case TRAP_WAIT:
        if (run_wait(m)) {
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

static uint32_t sample(Machine *m) {
    uint64_t start = host_cpu_ns();
    uint32_t quantum = jit_sample(&m->jit, machine_cpu(m)->pc, m->quantum);
    m->phases.translate_ns += host_cpu_ns() - start;
    return quantum < RUN_QUANTUM ? quantum : RUN_QUANTUM;
}

bool run_out_of_budget(Machine *m, uint16_t refund) {
    Cpu *cpu = machine_cpu(m);
    cpu->budget += refund;
    if (!m->exact_deadline) m->quantum = sample(m);
    // An event in the middle of the block: walk up to it.
    while (m->exact_deadline && cpu->budget > 0 && !m->ended) {
        run_step(m);
        if (m->watches.hit || jit_breaks_at(&m->jit, cpu->pc)) return true;
    }
    if (m->ended) return false;
    if (m->o.max_insns && cpu_now(cpu) >= m->o.max_insns) {
        m->ended = true;
        m->end = RUN_MAX_INSNS;
        return false;
    }
    m->board.poll(m->board.state);
    run_plan(m);
    if (m->gdb) gdb_called(m->gdb);
    return !m->ended;
}

// Console input can end the waiting, and so can the debugger: sleep until there is some, or for so long.
static bool wait_for_input(Machine *m, uint64_t ns) {
    int in_fd = m->board.input_fd(m->board.state);
    struct pollfd p[] = {{.fd = in_fd, .events = POLLIN}, {.fd = m->gdb ? gdb_fd(m->gdb) : -1, .events = POLLIN}};
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
    if (ns == BOARD_NEVER && p[0].fd < 0 && p[1].fd < 0) return false;
    return ppoll(p, ARRAY_LEN(p), ns == BOARD_NEVER ? NULL : &t, NULL) > 0;
}

bool run_wait(Machine *m) {
    Cpu *cpu = machine_cpu(m);
    for (int tries = 0; tries < 4;) {
        m->board.poll(m->board.state);
        if (m->ended || m->guest->irq_wakes(cpu) || (m->gdb && gdb_called(m->gdb))) {
            run_plan(m);
            return true;
        }
        uint64_t event = m->board.next_event(m->board.state), time = machine_time_ns(m);
        if (event == BOARD_NEVER) {
            m->board.flush(m->board.state);
            if (!wait_for_input(m, BOARD_NEVER)) return false;
            tries++; // readable, and yet no interrupt came of it: end of input, or nobody listens
        } else if (m->o.host_clock) {
            wait_for_input(m, event > time ? event - time : 0);
        } else {
            m->idle_ns += event > time ? event - time : 1;
        }
    }
    return false;
}

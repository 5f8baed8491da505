// Clocks: the guest's, and two of the host.
//
// --clock=insn: one retired instruction is one nanosecond of guest time, plus what was skipped while waiting. The same
// ELF then takes its interrupts at the same instructions on every run, engine and set of switches.
#include "run/machine.h"
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

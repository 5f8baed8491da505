// CPU time by phase: load + translate + execute = total, whatever was measured.
//
// Every translation is timed by the clock that is cheap, wall time; one in 16, and the first 512, by CPU time as well. What
// the two say of the same translations turns the wall time of all into CPU time. WHY not CPU time for all: asking for it takes
// longer than a tenth of what it measures. WHY not 16 times the CPU time of the few: one long translation among them then
// made all of them longer than the run.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct Phases {
    uint64_t load_ns, translate_ns, execute_ns, total_cpu_ns, total_wall_ns; // CPU time of the process but for the last
} Phases;

typedef struct Translating {
    bool on;    // CPU time is asked for; else no clock is read
    uint64_t n; // begun so far
    uint64_t wall_ns, timed_wall_ns, timed_cpu_ns;
    uint64_t begun_wall_ns, begun_cpu_ns; // start of the phase that is under way
    bool timed;                           // it, by CPU time
    uint64_t said_ns;                     // what translating_ns() said last
} Translating;

void translating_begin(Translating *t, bool always_timed);
void translating_end(Translating *t);
// CPU time of all translations so far, never less than before, at most `run_cpu_ns`, which all of them are part of.
uint64_t translating_ns(Translating *t, uint64_t run_cpu_ns);
// Of a run that has ended: fills in what the other members do not say yet.
void phases_close(Phases *p, Translating *t);

// See phases.h.
#include "run/phases.h"
#include "run/machine.h"

void translating_begin(Translating *t, bool always_timed) {
    enum { FIRST = 512, ONE_IN = 16 };
    if (!t->on) return;
    t->timed = always_timed || t->n < FIRST || t->n % ONE_IN == 0;
    t->n++;
    t->begun_cpu_ns = t->timed ? host_cpu_ns() : 0;
    t->begun_wall_ns = host_time_ns();
}

void translating_end(Translating *t) {
    if (!t->on) return;
    uint64_t wall = host_time_ns() - t->begun_wall_ns;
    t->wall_ns += wall;
    if (!t->timed) return;
    t->timed_wall_ns += wall;
    t->timed_cpu_ns += host_cpu_ns() - t->begun_cpu_ns;
}

uint64_t translating_ns(Translating *t, uint64_t run_cpu_ns) {
    double of_wall = t->timed_wall_ns ? (double)t->timed_cpu_ns / (double)t->timed_wall_ns : 0;
    uint64_t ns = t->timed_cpu_ns + (uint64_t)((double)(t->wall_ns - t->timed_wall_ns) * of_wall);
    if (ns > run_cpu_ns) ns = run_cpu_ns;
    if (ns > t->said_ns) t->said_ns = ns;
    return t->said_ns < run_cpu_ns ? t->said_ns : run_cpu_ns;
}

void phases_close(Phases *p, Translating *t) {
    if (p->total_cpu_ns < p->load_ns) p->total_cpu_ns = p->load_ns; // the host's clock went back
    p->translate_ns = translating_ns(t, p->total_cpu_ns - p->load_ns);
    p->execute_ns = p->total_cpu_ns - p->load_ns - p->translate_ns;
}

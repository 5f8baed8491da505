// The end of a quantum: the budget does not last for the next block. The tier policy gets its sample, devices are
// looked at, and an event in the middle of a block is walked up to, one instruction at a time.
#include "jit/invalidate.h"
#include "run/machine.h"
#include "sys/sys.h"

static uint32_t sample(Hart *h, gpc entered) {
    Machine *m = h->machine;
    translating_begin(&m->translating, true);
    uint32_t quantum = jit_sample(&m->jit, h->frame, entered, h->quantum);
    translating_end(&m->translating);
    return quantum < RUN_QUANTUM ? quantum : RUN_QUANTUM;
}

bool run_out_of_budget(Hart *h, uint16_t refund, gpc entered) {
    Machine *m = h->machine;
    Cpu *cpu = hart_cpu(h);
    cpu->budget += refund;
    if (slices_end(h)) return true;
    h->paused = h->pausing;
    if (h->paused) return true;
    if (!h->exact_deadline) h->quantum = sample(h, entered), h->quantum_ends = 0;
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
    if (sys_time_over() && !m->personality->is_program) {
        m->ended = true;
        m->end = RUN_MAX_TIME;
        return false;
    }
    m->board.poll(m->board.state);
    run_plan(h);
    machine_called(m);
    return !m->ended;
}

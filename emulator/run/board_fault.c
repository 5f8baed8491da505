// Accesses of a board's program that emitted code does not check, because they are near RAM (opt/fence.c), and that are not
// in it, or that store where code was translated from: the host's page tables notice (mem/window.c).
//
// The signal handler makes emitted code call a routine at the very instruction, as if it had been a call out; that leaves
// with the state before the instruction, and the run loop executes it alone: it meets a device, raises the guest's fault, or
// stores over code. INVARIANT: a fault is the guest's only if it is in the code cache and its address is in the window.
#include "jit/leave.h"
#include "run/board_fault.h"
#include "run/machine.h"
#include "sys/sys.h"

static bool on_fault(void *ctx, const siginfo_t *info, void *context) {
    Machine *m = ctx;
    const CodeCache *c = &m->jit.cache;
    const MemMapping *w = &m->mem.window;
    uint64_t pc = (uint64_t)(uintptr_t)host_context_pc(context), code = (uint64_t)(uintptr_t)c->exec;
    uint64_t at = (uint64_t)(uintptr_t)info->si_addr;
    bool near = at < (uint64_t)(uintptr_t)w->at + w->bytes || (int64_t)at < 0;
    if (!w->at || !code || pc - code < c->reserved || pc - code >= c->used || !near) return false;
    host_context_call(context, m->jit.entry.access_fault.at, at, 0);
    return true;
}

void board_catch_faults(Machine *m) {
    if (m->mem.window.at) sys_host_fault_handler(on_fault, m);
}

void board_forget_faults(const Machine *m) {
    if (m->mem.window.at) sys_host_fault_handler(NULL, NULL);
}

void *board_access_fault(void *reg, uint64_t at, uint64_t value, uint64_t memop) {
    (void)value, (void)memop;
    Frame *f = frame_of(reg);
    Hart *h = f->hart;
    Machine *m = h->machine;
    jit_fault_site(&m->jit, f);
    m->stats.v[STAT_bounds_failed]++;
    Edge *e = run_leave_access(h, (MemFail){MEM_FAULT_ALONE, at});
    jit_access_strayed(&m->jit, f, at);
    return e;
}

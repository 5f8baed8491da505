// Accesses of a program that the host's kernel refuses: emitted code checks only that an address lies in the program's
// 2 GiB, or not even that when it is near them (opt/fence.c); what is around them, holes, protected pages and pages of
// translated code are the host's page tables to notice.
//
// The signal handler makes generated code call a routine at the very instruction, as if it had been a call out; that
// leaves with the state before the instruction, and the run loop raises the fault or executes it alone. INVARIANT: a
// fault is the guest's only if it is in the code cache and its address is in the reservation or near it; every other one is a bug
// of emu's and ends it.
#include "jit/leave.h"
#include "run/machine.h"
#include "run/user.h"
#include "sys/sys.h"

static bool on_fault(void *ctx, const siginfo_t *info, void *context) {
    Machine *m = ctx;
    const CodeCache *c = &m->jit.cache;
    const Space *s = sys_space(m->sys);
    uint64_t pc = (uint64_t)(uintptr_t)host_context_pc(context), code = (uint64_t)(uintptr_t)c->exec;
    gaddr at = (uint64_t)(uintptr_t)info->si_addr - (uint64_t)s->to_host;
    const HostSpan *span = &m->jit.load_span;
    int64_t below = span->fenced ? (int64_t)span->below : 0, above = span->fenced ? (int64_t)span->above : 0;
    bool near = (int64_t)at >= -below && (int64_t)at < (int64_t)s->hi + above;
    if (!code || pc - code < c->reserved || pc - code >= c->used || !near) return false;
    host_context_call(context, m->jit.entry.access_fault.at, at, info->si_signo == SIGBUS);
    return true;
}

void user_catch_faults(Machine *m) { sys_host_fault_handler(on_fault, m); }

// What may be done and was refused meets translated code: alone it can be done. Or, with SIGBUS, a file that has become
// shorter than its mapping.
void *user_access_fault(void *reg, uint64_t at, uint64_t bus, uint64_t unused) {
    (void)unused;
    Frame *f = frame_of(reg);
    Machine *m = f->hart->machine;
    const Site *s = jit_fault_site(&m->jit, f);
    MemKind kind = s->insn.op != IR_LOAD ? MEM_KIND_STORE : MEM_KIND_LOAD;
    MemPage page;
    MemFault fault = sys_translate(m->sys, at, 1, kind, &page);
    if (fault == MEM_FAULT_NONE) fault = bus ? MEM_FAULT_ACCESS : MEM_FAULT_ALONE;
    return run_leave_access(f->hart, (MemFail){fault, at});
}

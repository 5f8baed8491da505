// What generated code calls: misses of inline probes, helpers, ops that the host does not have. A call that does not
// return leaves generated code in the middle of a block (jit/leave.h).
#include "jit/leave.h"
#include "run/machine.h"

Edge *run_leave_raised(Hart *h, gpc pc, int refund) {
    Cpu *cpu = hart_cpu(h);
    cpu->pc = pc;
    cpu->budget += refund;
    Edge *e = &h->frame->fault;
    bool alone = cpu->raise_code == CPU_RAISE_ALONE;
    *e = (Edge){.kind = alone ? EXIT_STEP : EXIT_FAULT, .pc = pc, .code = cpu->raise_code, .value = cpu->raise_value};
    cpu->raise_code = 0;
    return e;
}

Edge *run_leave(Hart *h, MemFail why, const IrInsn *insn, gpc pc, int refund) {
    bool store = insn->op == IR_STORE || insn->op == IR_ATOMIC || (insn->c & MEMOP_RMW);
    uint32_t code = CPU_RAISE_ALONE;
    if (why.fault != MEM_FAULT_ALONE)
        code = h->machine->guest->fault_code(store ? MEM_KIND_STORE : MEM_KIND_LOAD, why.fault);
    cpu_raise(hart_cpu(h), code, why.at);
    return run_leave_raised(h, pc, refund);
}

Edge *run_leave_access(Hart *h, MemFail why) {
    int refund;
    const Site *s = jit_leave(&h->machine->jit, h->frame, &refund);
    return run_leave(h, why, &s->insn, s->pc, refund);
}

// NULL: generated code may not reach this page by itself.
static hp fill(Hart *h, gaddr at, const MemPage *page, bool store) {
    Machine *m = h->machine;
    Frame *f = h->frame;
    unsigned view = f->cpu.mode & CPU_MODE_VIEW;
    if (page->partial || view >= CPU_VIEWS || !feature_on(&m->o.features, FEATURE_tlb)) return NULL;
    hp host = mem_page_host(&m->mem, page->paddr, store);
    if (!host) return NULL;
    tlb_fill(&f->tlb[view], at, host, store, page->global);
    tlb_large_add(&f->large, at, page->map_bits);
    m->stats.v[STAT_tlb_misses]++;
    return host;
}

void *run_load_miss(void *reg, uint64_t at, uint64_t value, uint64_t memop) {
    (void)value;
    Hart *h = frame_of(reg)->hart;
    MemPage page;
    h->machine->stats.v[STAT_slow_loads]++;
    MemFail r = hart_load(h, at, (unsigned)memop, false, &h->frame->result, &page);
    if (r.fault != MEM_FAULT_NONE) return run_leave_access(h, r);
    jit_returned(&h->machine->jit, h->frame);
    fill(h, at, &page, false);
    return NULL;
}

void *run_store_miss(void *reg, uint64_t at, uint64_t value, uint64_t memop) {
    Hart *h = frame_of(reg)->hart;
    MemPage page;
    h->machine->stats.v[STAT_slow_stores]++;
    MemFail r = hart_store(h, at, (unsigned)memop, false, value, &page);
    if (r.fault != MEM_FAULT_NONE) return run_leave_access(h, r);
    jit_returned(&h->machine->jit, h->frame);
    fill(h, at, &page, true);
    return NULL;
}

// A bound was wide and the access perhaps fine, or the address of an access lies where nothing is: the instruction is
// executed alone.
static Edge *leave_check(Hart *h, Unit *u) {
    Machine *m = h->machine;
    int refund;
    const Site *s = jit_leave(&h->machine->jit, h->frame, &refund);
    if (s->insn.op == IR_BOUND || s->insn.op == IR_PROBE) {
        m->stats.v[STAT_bounds_failed]++;
        jit_bound_failed(&m->jit, u, &s->insn);
    }
    return run_leave(h, (MemFail){MEM_FAULT_ALONE, 0}, &s->insn, s->pc, refund);
}

// A PROBE stands in the instruction of its first access, and asks as that access does: no page is marked as read or written
// that the instruction alone would not mark. Where that is a load, stores behind it need a page that is marked already.
static void *probe(Hart *h, Unit *u, const IrInsn *in) {
    Frame *f = h->frame;
    gaddr at = f->args[0] + (uint64_t)in->imm;
    MemPage page;
    if ((at ^ (at + in->c - 1)) & ~(gaddr)(MEM_PAGE - 1)) return leave_check(h, u);
    MemFault fault = hart_translate(h, at, in->c, in->b == IR_PROBE_STORE ? MEM_KIND_STORE : MEM_KIND_LOAD, &page);
    if (fault == MEM_FAULT_NONE && in->b == IR_PROBE_STORE_LATER)
        fault = page.written ? hart_translate(h, at, in->c, MEM_KIND_STORE, &page) : MEM_FAULT_ALONE;
    hp host = fault == MEM_FAULT_NONE ? fill(h, at, &page, in->b != IR_PROBE_LOAD) : NULL;
    if (!host) return leave_check(h, u);
    f->result = (uint64_t)(uintptr_t)host + (at & (MEM_PAGE - 1));
    jit_returned(&h->machine->jit, f);
    return NULL;
}

// The place of the call is looked up only when the helper raises: that search would take longer than most helpers.
static void *call_helper(Hart *h, const IrHelper *helper) {
    Frame *f = h->frame;
    h->machine->stats.v[STAT_helper_calls]++;
    f->result = helper->fn(&f->cpu, f->args[0], f->args[1], f->args[2]);
    if (f->cpu.raise_code) {
        int refund;
        const Site *s = jit_leave(&h->machine->jit, h->frame, &refund);
        return run_leave_raised(h, s->pc, refund);
    }
    jit_returned(&h->machine->jit, h->frame);
    return NULL;
}

static void *atomic(Hart *h, const IrInsn *in) {
    Frame *f = h->frame;
    MemPage page;
    h->machine->stats.v[STAT_slow_stores]++;
    MemFail r = hart_atomic(h, f->args[0], in, &f->args[1], false, &f->result, &page);
    if (r.fault != MEM_FAULT_NONE) return run_leave_access(h, r);
    jit_returned(&h->machine->jit, f);
    fill(h, f->args[0], &page, true);
    return NULL;
}

// A call to a helper, or an op that the host has no emitter for.
void *run_call_out(void *reg, uint64_t a, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    Frame *f = frame_of(reg);
    Hart *h = f->hart;
    Machine *m = h->machine;
    Unit *u;
    if (a) return call_helper(h, (const IrHelper *)(uintptr_t)a);
    const Site *s = jit_site(&m->jit, f, &u);
    if (s->insn.op == IR_PROBE) return probe(h, u, &s->insn);
    if (s->insn.op == IR_BOUND || ir_is_memory(&s->insn)) return leave_check(h, u);
    if (s->insn.op == IR_ATOMIC) return atomic(h, &s->insn);
    uint64_t second = ir_has_imm(&s->insn) ? (uint64_t)s->insn.imm : f->args[1];
    bool flags = ir_raises_flags(&s->insn);
    unsigned raised = 0;
    f->result = flags ? ir_eval_flags(&s->insn, f->args[0], second, f->args[2], &raised)
                      : ir_eval(&s->insn, f->args[0], second, f->args[2]);
    if (raised) jit_raise_flags(&m->jit, f, raised);
    jit_returned(&h->machine->jit, h->frame);
    return NULL;
}

// What generated code calls when an inline probe misses, and how it is left in the middle of a block: the site of the
// call says where every pending slot value is, so the guest state before the instruction can be written back.
#include "ir/float.h"
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
    bool store = insn->op == IR_STORE || (insn->c & MEMOP_RMW);
    uint32_t code = CPU_RAISE_ALONE;
    if (why.fault != MEM_FAULT_ALONE)
        code = h->machine->guest->fault_code(store ? MEM_KIND_STORE : MEM_KIND_LOAD, why.fault);
    cpu_raise(hart_cpu(h), code, why.at);
    return run_leave_raised(h, pc, refund);
}

static void restore(Frame *f, const Unit *u, const Site *s) {
    for (uint32_t i = 0; i < s->n_values; i++) {
        const SnapValue *v = &u->values[s->first_value + i];
        uint64_t value = v->kind == RA_REG     ? f->saved_regs[v->index]
                         : v->kind == RA_SPILL ? f->spills[v->index]
                                               : v->value;
        IrType t = (IrType)f->hart->machine->guest->slots[v->slot].type;
        if (v->any_nan && float_is_nan(t, value)) value = float_canonical_nan(t);
        f->cpu.slot[v->slot] = value;
    }
}

static const Site *leave_site(Hart *h, int *refund) {
    Unit *u;
    const Site *s = jit_site(&h->machine->jit, (const uint8_t *)(uintptr_t)h->frame->call_site, &u);
    restore(h->frame, u, s);
    ((Site *)s)->leaves++;
    *refund = u->blocks[s->block].ahead - s->index;
    return s;
}

static void count_return(const Hart *h) {
    if (!h->machine->o.profile) return;
    Unit *u;
    const Site *s = jit_site(&h->machine->jit, (const uint8_t *)(uintptr_t)h->frame->call_site, &u);
    ((Site *)s)->returns++;
}

Edge *run_leave_access(Hart *h, MemFail why) {
    int refund;
    const Site *s = leave_site(h, &refund);
    return run_leave(h, why, &s->insn, s->pc, refund);
}

static void fill(Hart *h, gaddr at, const MemPage *page, bool store) {
    Machine *m = h->machine;
    Frame *f = h->frame;
    unsigned view = f->cpu.mode & CPU_MODE_VIEW;
    if (page->partial || view >= CPU_VIEWS || !feature_on(&m->o.features, FEATURE_tlb)) return;
    hp host = mem_page_host(&m->mem, page->paddr, store);
    if (!host) return;
    tlb_fill(&f->tlb[view], at, host, store, page->global);
    tlb_large_add(&f->large, at, page->map_bits);
    m->stats.v[STAT_tlb_misses]++;
}

void *run_load_miss(void *reg, uint64_t at, uint64_t value, uint64_t memop) {
    (void)value;
    Hart *h = frame_of(reg)->hart;
    MemPage page;
    h->machine->stats.v[STAT_slow_loads]++;
    MemFail r = hart_load(h, at, (unsigned)memop, false, &h->frame->result, &page);
    if (r.fault != MEM_FAULT_NONE) return run_leave_access(h, r);
    count_return(h);
    fill(h, at, &page, false);
    return NULL;
}

void *run_store_miss(void *reg, uint64_t at, uint64_t value, uint64_t memop) {
    Hart *h = frame_of(reg)->hart;
    MemPage page;
    h->machine->stats.v[STAT_slow_stores]++;
    MemFail r = hart_store(h, at, (unsigned)memop, false, value, &page);
    if (r.fault != MEM_FAULT_NONE) return run_leave_access(h, r);
    count_return(h);
    fill(h, at, &page, true);
    return NULL;
}

// The bound was wide and the access perhaps fine. Once is nothing; a unit to which it happens often is made again
// without bounds.
static Edge *leave_bound(Hart *h, Unit *u) {
    Machine *m = h->machine;
    int refund;
    const Site *s = leave_site(h, &refund);
    m->stats.v[STAT_bounds_failed]++;
    if (++u->bounds_failed == JIT_BOUNDS_PATIENCE) jit_without_bounds(&m->jit, u);
    return run_leave(h, (MemFail){MEM_FAULT_ALONE, 0}, &s->insn, s->pc, refund);
}

// The place of the call is looked up only when the helper raises: that search would take longer than most helpers.
static void *call_helper(Hart *h, const IrHelper *helper) {
    Frame *f = h->frame;
    h->machine->stats.v[STAT_helper_calls]++;
    f->result = helper->fn(&f->cpu, f->args[0], f->args[1], f->args[2]);
    if (f->cpu.raise_code) {
        int refund;
        const Site *s = leave_site(h, &refund);
        return run_leave_raised(h, s->pc, refund);
    }
    count_return(h);
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
    const Site *s = jit_site(&m->jit, (const uint8_t *)(uintptr_t)f->call_site, &u);
    if (s->insn.op == IR_BOUND) return leave_bound(h, u);
    uint64_t second = ir_op_is(s->insn.op, IR_BIMM) && !s->insn.b ? (uint64_t)s->insn.imm : f->args[1];
    bool flags = ir_raises_flags(&s->insn);
    unsigned raised = 0;
    f->result = flags ? ir_eval_flags(&s->insn, f->args[0], second, f->args[2], &raised)
                      : ir_eval(&s->insn, f->args[0], second, f->args[2]);
    if (raised) m->jit.host->fp_raise(&f->fp_state, raised);
    count_return(h);
    return NULL;
}

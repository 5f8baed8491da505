// A hart: its frame, and what the guest's CPU is offered by it (CpuEnv): mappings that change, time, interrupts, flags.
// Memory is access.c's.
#include "run/hart.h"
#include "jit/invalidate.h"
#include "run/machine.h"
#include <stdlib.h>

// ---- mappings that change. The view BARE knows none.
void hart_flush_data(Hart *h) {
    Frame *f = h->frame;
    for (unsigned view = CPU_VIEW_BARE + 1; view < CPU_VIEWS; view++) tlb_flush(&f->tlb[view]);
    f->large.n = 0;
}

static void flush_tlb(void *hart) {
    Machine *m = ((Hart *)hart)->machine;
    hart_flush_data(hart);
    jit_mapping_flush(&m->jit);
    m->stats.v[STAT_tlb_flushes]++;
}

static uint64_t ticks(void *hart) {
    Machine *m = ((Hart *)hart)->machine;
    return m->board.ticks ? m->board.ticks(m->board.state) : 0;
}

static void alarm_at(void *hart, uint64_t at) {
    Machine *m = ((Hart *)hart)->machine;
    if (m->board.alarm) m->board.alarm(m->board.state, at);
    m->replan = true;
}

static void flush_tlb_page(void *hart, gaddr vaddr) {
    Frame *f = ((Hart *)hart)->frame;
    Machine *m = ((Hart *)hart)->machine;
    if (tlb_large_holds(&f->large, vaddr)) {
        flush_tlb(hart);
        return;
    }
    for (unsigned view = CPU_VIEW_BARE + 1; view < CPU_VIEWS; view++) tlb_flush_page(&f->tlb[view], vaddr);
    jit_mapping_flush_page(&m->jit, vaddr);
    m->stats.v[STAT_tlb_page_flushes]++;
}

static void switch_tlb(void *hart) {
    Frame *f = ((Hart *)hart)->frame;
    Machine *m = ((Hart *)hart)->machine;
    for (unsigned view = CPU_VIEW_BARE + 1; view < CPU_VIEWS; view++) tlb_flush_local(&f->tlb[view]);
    jit_mapping_switch(&m->jit);
    m->stats.v[STAT_tlb_switches]++;
}

static void flush_code(void *hart) {
    Machine *m = ((Hart *)hart)->machine;
    jit_flush(&m->jit);
}

static void irq_accepted(void *hart, uint32_t vector) {
    Machine *m = ((Hart *)hart)->machine;
    if (m->board.irq_accepted) m->board.irq_accepted(m->board.state, vector);
}

// ---- floating point
unsigned hart_take_fp_flags(Hart *h) {
    unsigned flags = h->fp_flags;
    h->fp_flags = 0;
    return flags | jit_take_flags(&h->machine->jit, h->frame);
}

static unsigned take_fp_flags(void *hart) { return hart_take_fp_flags(hart); }

// ---- beginning and end
static MemFault ask_guest(void *hart, gaddr vaddr, unsigned size, MemKind kind, MemPage *page) {
    Hart *h = hart;
    return h->machine->guest->translate(hart_cpu(h), vaddr, size, kind, page);
}

bool hart_init(Hart *h, Machine *m, Err *err) {
    h->machine = m;
    h->translate = ask_guest;
    h->translate_ctx = h;
    h->env = (CpuEnv){.hart = h,
                      .time = ticks,
                      .alarm = alarm_at,
                      .tlb_flush = flush_tlb,
                      .tlb_flush_page = flush_tlb_page,
                      .tlb_switch = switch_tlb,
                      .code_flush = flush_code,
                      .fp_flags = take_fp_flags,
                      .irq_accepted = irq_accepted};
    hart_offer_memory(&h->env);
    ir_unit_init(&h->step_ir, m->guest->slots, m->guest->n_slots);
    h->frame = frame_new(h, err);
    if (!h->frame) return false;
    Cpu *cpu = hart_cpu(h);
    cpu->env = &h->env;
    cpu->guest = m->guest->create();
    return cpu->guest || err_set(err, "no memory for the state of guest %s", m->guest->name);
}

void hart_free(Hart *h) {
    ir_unit_free(&h->step_ir);
    free(h->values);
    if (h->frame && hart_cpu(h)->guest) h->machine->guest->destroy(hart_cpu(h)->guest);
    frame_free(h->frame);
}

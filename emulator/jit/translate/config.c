// What the host is told about the frame, and how it depends on the CPU's mode: the TLB of the mode's view, spans only
// where guest addresses are physical, and a table of indirect branches of its own. WHY of its own: a guest address
// means different code in different modes, and emitted code compares the address only. The modes that come first have
// one; in all others, which guests rarely have, indirect branches return to the run loop.
#include "jit/jit.h"

static int32_t disp(Frame *f, const void *field) { return (int32_t)((const char *)field - (const char *)frame_reg(f)); }

static HostFrame describe_frame(Frame *f) {
    return (HostFrame){.slot0 = disp(f, f->cpu.slot),
                       .spill0 = disp(f, f->spills),
                       .pc = disp(f, &f->cpu.pc),
                       .budget = disp(f, &f->cpu.budget),
                       .saved_regs = disp(f, f->saved_regs),
                       .host_sp = disp(f, &f->host_sp),
                       .guest_sp = disp(f, &f->guest_sp),
                       .call_site = disp(f, &f->call_site),
                       .call_sp = disp(f, &f->call_sp),
                       .result = disp(f, &f->result),
                       .args = disp(f, f->args),
                       .fp_state = disp(f, &f->fp_state),
                       .fp_host = disp(f, &f->fp_host),
                       .fp_consts = disp(f, f->fp_consts)};
}

static HostProbe tlb_probe(const Jit *j, unsigned view, size_t tag) {
    if (view >= CPU_VIEWS || !feature_on(&j->o.features, FEATURE_tlb)) return (HostProbe){0};
    const char *first = (const char *)&j->frame->tlb[view].entry[0];
    return (HostProbe){.on = true,
                       .shift = MEM_PAGE_BITS,
                       .bits = TLB_BITS,
                       .stride_bits = TLB_ENTRY_BITS,
                       .tag = disp(j->frame, first + tag),
                       .data = disp(j->frame, first + offsetof(TlbEntry, addend))};
}

unsigned jit_jump_table(Jit *j, uint32_t mode) {
    unsigned i = 0;
    while (i < j->n_modes && j->modes[i] != mode) i++;
    if (i == j->n_modes && j->n_modes < IBTC_TABLES) {
        j->modes[j->n_modes++] = mode;
        jit_ibtc_flush_table(j, i);
    }
    return i;
}

HostIsa jit_isa(const Jit *j) { return j->host->isa_native() & ~j->o.isa_masked; }

HostConfig jit_config(Jit *j, uint32_t mode) {
    unsigned view = mode & CPU_MODE_VIEW, table = jit_jump_table(j, mode);
    HostConfig c = {.frame = describe_frame(j->frame),
                    .count = j->o.profile,
                    .marks = j->o.observer != NULL,
                    .floats = j->floats,
                    .isa = jit_isa(j),
                    .guarded = j->o.code_made != NULL,
                    .access_fault = j->o.access_fault,
                    .load_miss = j->o.load_miss,
                    .store_miss = j->o.store_miss,
                    .call_out = j->o.call_out,
                    .load = tlb_probe(j, view, offsetof(TlbEntry, load_tag)),
                    .store = tlb_probe(j, view, offsetof(TlbEntry, store_tag))};
    if (jit_has_span(j, mode)) c.load_span = j->load_span, c.store_span = j->store_span;
    if (table < IBTC_TABLES) jit_ibtc_describe(&c, j, table);
    if (j->watches) c.load.on = c.store.on = false;
    return c;
}

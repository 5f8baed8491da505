// What the host is told about the frame, and how it depends on the CPU's mode: the TLB of the mode's view, spans only
// where guest addresses are physical, and the mode's table of indirect branches.
#include "jit/code/host_config.h"
#include "jit/code/ibtc.h"
#include "jit/code/span.h"

static HostFrame describe_frame(void) {
    return (HostFrame){.slot0 = FRAME_DISP(cpu.slot),
                       .spill0 = FRAME_DISP(spills),
                       .pc = FRAME_DISP(cpu.pc),
                       .budget = FRAME_DISP(cpu.budget),
                       .saved_regs = FRAME_DISP(saved_regs),
                       .host_sp = FRAME_DISP(host_sp),
                       .guest_sp = FRAME_DISP(guest_sp),
                       .call_site = FRAME_DISP(call_site),
                       .call_sp = FRAME_DISP(call_sp),
                       .result = FRAME_DISP(result),
                       .args = FRAME_DISP(args),
                       .fp_state = FRAME_DISP(fp_state),
                       .fp_host = FRAME_DISP(fp_host),
                       .fp_consts = FRAME_DISP(fp_consts)};
}

static HostProbe tlb_probe(const Jit *j, unsigned view, size_t tag) {
    if (view >= CPU_VIEWS || !feature_on(&j->o.features, FEATURE_tlb)) return (HostProbe){0};
    int32_t first = FRAME_DISP(tlb) + (int32_t)(view * sizeof(Tlb) + offsetof(Tlb, entry));
    return (HostProbe){.on = true,
                       .shift = MEM_PAGE_BITS,
                       .bits = TLB_BITS,
                       .stride_bits = TLB_ENTRY_BITS,
                       .tag = first + (int32_t)tag,
                       .data = first + (int32_t)offsetof(TlbEntry, addend)};
}

HostConfig host_config(Jit *j, uint32_t mode) {
    unsigned view = mode & CPU_MODE_VIEW, table = ibtc_table(j, mode);
    HostConfig c = {.frame = describe_frame(),
                    .count = j->o.profile,
                    .marks = j->o.observer || log_on(j->log, LOG_HOST),
                    .floats = j->floats,
                    .isa = j->isa,
                    .shared = j->shared,
                    .guarded = j->o.code_made != NULL,
                    .access_fault = j->o.access_fault,
                    .load_miss = j->o.load_miss,
                    .store_miss = j->o.store_miss,
                    .call_out = j->o.call_out,
                    .load = tlb_probe(j, view, offsetof(TlbEntry, load_tag)),
                    .store = tlb_probe(j, view, offsetof(TlbEntry, store_tag))};
    c.strays = !c.guarded && j->load_span.above;
    if (span_covers(j, mode)) c.load_span = j->load_span, c.store_span = j->store_span;
    if (table < IBTC_TABLES) ibtc_describe(&c, j, table);
    if (j->watches) c.load.on = c.store.on = false;
    return c;
}

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
                    .rotate = feature_on(&j->o.features, FEATURE_rotate),
                    .marks = j->o.observer || log_on(j->log, LOG_HOST),
                    .floats = j->floats,
                    .isa = j->isa,
                    .shared = j->shared,
                    .guarded = j->o.code_made != NULL,
                    .heat = feature_on(&j->o.features, FEATURE_heat),
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

// ---- as a number. Field by field: between them there are bytes that mean nothing.
static void mix(uint64_t *h, uint64_t v) {
    *h = (*h ^ v) * 0xd6e8feb86659fd93ull;
    *h ^= *h >> 32;
}

static void mix_probe(uint64_t *h, const HostProbe *p) {
    mix(h, (uint64_t)p->on | (uint64_t)p->shift << 8 | (uint64_t)p->bits << 16 | (uint64_t)p->stride_bits << 24);
    mix(h, (uint64_t)(uint32_t)p->tag << 32 | (uint32_t)p->data);
    mix(h, p->hash);
}

static void mix_span(uint64_t *h, const HostSpan *s) {
    mix(h, (uint64_t)s->on | (uint64_t)s->fenced << 1);
    mix(h, s->lo), mix(h, s->len), mix(h, (uint64_t)s->to_host), mix(h, s->above), mix(h, s->below);
}

static void mix_routine(const Jit *j, uint64_t *h, const HostRoutine *r) {
    mix(h, r->at ? (uint64_t)(r->at - j->cache.exec) : 0);
}

// Where the entry code lies is the same if its routines lie at the same places of code memory.
static void mix_entry(const Jit *j, uint64_t *h) {
    const HostEntry *e = &j->entry;
    mix(h, (uint64_t)(e->leave - j->cache.exec));
    for (unsigned floats = 0; floats < 2; floats++) {
        for (unsigned i = 0; i < HOST_MISSES; i++) {
            mix_routine(j, h, &e->load_miss[floats][i]);
            mix_routine(j, h, &e->store_miss[floats][i]);
        }
        mix_routine(j, h, &e->call_out[floats]);
        mix_routine(j, h, &e->refuse[floats]);
    }
    mix_routine(j, h, &e->access_fault);
}

uint64_t host_config_key(Jit *j, uint32_t mode) {
    HostConfig c = host_config(j, mode);
    uint64_t h = mode;
    const int32_t *frame = (const int32_t *)&c.frame; // numbers of one type
    for (unsigned i = 0; i < sizeof c.frame / sizeof *frame; i++) mix(&h, (uint32_t)frame[i]);
    mix_probe(&h, &c.load), mix_probe(&h, &c.store), mix_probe(&h, &c.jump);
    mix_span(&h, &c.load_span), mix_span(&h, &c.store_span);
    const bool facts[] = {c.return_stack, c.count, c.rotate, c.marks, c.floats, c.shared, c.guarded, c.strays, c.heat};
    for (unsigned i = 0; i < ARRAY_LEN(facts); i++) mix(&h, facts[i]);
    mix(&h, c.isa);
    mix_entry(j, &h);
    return h ? h : 1;
}

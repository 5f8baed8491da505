// Counts of code_event.inc for every block, from executions of ranges, calls out and retired guest instructions: exact,
// because each of them is. See code.h.
#include "prof/explain/code.h"
#include <stdlib.h>

typedef struct Access {
    uint64_t runs, probes, called, misses, strays; // called: out of generated code; misses: called after a probe
} Access;

// The range behind an access does its probe out of line (then a detour counts it), or calls out after one on the
// straight path, or after a check of the range alone. Without any of them there was nothing to look up.
static Access access_at(const CodeCounts *c, const CodeRecord *r, uint32_t i) {
    Access a = {.runs = c->range_hits[i]};
    bool table = false, probed = false;
    for (uint32_t k = 0; k < r->n_ranges; k++) {
        const CodeRange *out = &r->ranges[k];
        if (out->path != HOST_PATH_RARE || out->owner != (int32_t)i) continue;
        probed = true;
        for (uint32_t d = out->first_detour; d < out->first_detour + out->n_detours; d++) {
            table = true;
            a.probes += r->unit->extra->counters[unit_edges(r->unit) + d];
        }
    }
    for (uint32_t k = 0; k < r->unit->n_sites; k++) {
        const Site *s = &r->unit->sites[k];
        if (code_range_of_site(r, s) != (int32_t)i) continue;
        const SiteCounts *counts = site_counts(r->unit, s);
        a.called += counts->returns + counts->leaves - counts->strays;
        a.strays += counts->strays;
        a.runs += counts->leaves; // range_hits are those of instructions that were not left
    }
    bool straight = probed && !table && !r->ranges[i].checks_range;
    if (straight) a.probes = a.runs;
    a.misses = table || straight ? a.called : 0;
    return a;
}

static void count_accesses(CodeCounts *c, const CodeRecord *r) {
    for (uint32_t i = 0; i < r->n_ranges; i++) {
        const CodeRange *k = &r->ranges[i];
        if (k->path != HOST_PATH_STRAIGHT || k->access == ACCESS_NONE) continue;
        uint64_t *e = c->events[k->block];
        Access a = access_at(c, r, i);
        bool memory = k->access == ACCESS_MEMORY;
        if (memory) {
            e[EVENT_accesses] += a.runs;
            e[EVENT_tlb_probes] += a.probes;
            e[EVENT_tlb_misses] += a.misses;
            e[EVENT_tlb_hits] += a.probes - a.misses;
            e[EVENT_unprobed] += a.called - a.misses;
            e[EVENT_strays] += a.strays;
        }
        if (k->checks_range) e[EVENT_range_checks] += a.runs;
    }
}

// Where an instruction of this kind has an operand in the spill area it is a load or a store of it.
static void count_spills(CodeCounts *c, const CodeRecord *r, const Jit *j) {
    const HostFrame *f = &j->cfg.frame;
    for (uint32_t i = 0; i < r->n_ranges; i++) {
        const CodeRange *k = &r->ranges[i];
        uint64_t hits = c->range_hits[i];
        for (uint32_t at = k->at, end = at + k->n_bytes; at < end;) {
            HostInsn in = j->host->describe(r->bytes + at, end - at, r->exec + at);
            bool spill = in.in_frame && in.frame_disp >= f->spill0 && in.frame_disp < f->spill0 + 8 * RA_SPILLS_MAX;
            if (spill)
                c->events[k->block][in.kind == HOST_INSN_FRAME_STORE ? EVENT_spill_stores : EVENT_spill_loads] += hits;
            if (in.kind == HOST_INSN_COND_JUMP && k->is_term) hits = c->late_hits[i];
            at += in.len;
        }
    }
}

static void count_flags(CodeCounts *c, const CodeRecord *r) {
    static const uint8_t what[] = {EVENT_flags_defined, EVENT_flags_computed, EVENT_flags_fused};
    uint32_t n = 0;
    for (uint16_t b = 0; b < r->unit->n_blocks; b++)
        for (uint16_t i = 0; i < r->unit->blocks[b].n_guest; i++, n++)
            for (unsigned w = 0; w < ARRAY_LEN(what); w++)
                c->events[b][what[w]] +=
                    c->guest[c->first[b] + i] * (r->flag_work[n] >> (IR_FLAG_WORK_BITS * w) & IR_FLAG_WORK_MAX);
}

void code_events_count(CodeCounts *c, const CodeRecord *r, const Jit *j) {
    count_flags(c, r);
    if (!r->unit->exec) return;
    count_accesses(c, r);
    count_spills(c, r, j);
    for (uint32_t i = 0; i < r->unit->n_sites; i++) {
        const Site *s = &r->unit->sites[i];
        if (s->insn.op == IR_LOAD || s->insn.op == IR_STORE || s->insn.op == IR_BOUND || s->insn.op == IR_ATOMIC)
            continue;
        const SiteCounts *counts = site_counts(r->unit, s);
        c->events[s->block][s->insn.op == IR_CALL ? EVENT_helpers : EVENT_evaluations] +=
            counts->returns + counts->leaves;
    }
}

json_t *code_events_object(const uint64_t *events, bool interp) {
    enum { jit, both };
    json_t *o = json_object();
#define CODE_EVENT(name, engines, help)                                                                                \
    if (engines == both || !interp) json_object_set_new(o, #name, json_integer((json_int_t)events[EVENT_##name]));
#include "prof/explain/code_event.inc"
#undef CODE_EVENT
    return o;
}

json_t *code_events_help(void) {
    json_t *o = json_object();
#define CODE_EVENT(name, engines, help) json_object_set_new(o, #name, json_string(help));
#include "prof/explain/code_event.inc"
#undef CODE_EVENT
    return o;
}

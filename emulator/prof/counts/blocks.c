// nightjar.blocks/1: exact hits per block and exit, and the host instructions executed on the way.
//
// Executed host instructions of a unit =
//     edges: hits x instructions from the start of the block to the edge, plus the stub's when it was left through the
//     run loop
//   + detours (rare paths): hits x what they add to the straight path
//   + calls out of generated code: returns x (what the call adds + the routine), leaves x (the way to it + the
//   routine's way out)
// and each entry from the run loop and each return to it costs the entry code.
#include "prof/counts/edge.h"
#include "prof/counts/minority.h"
#include "prof/counts/report.h"

static uint64_t edge_host_insns(const Unit *u, uint32_t edge) {
    if (!u->extra->edge_insns) return 0;
    return edge_hits(u, edge) * u->extra->edge_insns[edge] + u->extra->leaves[edge] * u->extra->stub_insns[edge];
}

static uint64_t site_host_insns(const SiteCounts *c) {
    uint64_t n = c->returns * (uint64_t)(c->insns_extra + (int64_t)c->call_insns);
    return n + c->leaves * (c->insns_before + c->call_leave_insns);
}

typedef struct Totals {
    uint64_t host, guest, block_hits, leaves;
} Totals;

static Totals block_totals(const Unit *u, uint16_t block) {
    Totals t = {0};
    for (uint32_t e = 0; e < unit_edges(u); e++) {
        if (u->edges[e].block != block) continue;
        t.host += edge_host_insns(u, e);
        t.guest += edge_hits(u, e) * u->edges[e].retired;
        if (edge_left_block(u, e)) t.block_hits += edge_hits(u, e);
    }
    for (uint32_t d = 0; d < u->extra->n_detours; d++)
        if (u->extra->detours[d].block == block)
            t.host += u->extra->counters[unit_edges(u) + d] * (uint64_t)(int64_t)u->extra->detours[d].insns;
    for (uint32_t i = 0; i < u->n_sites; i++) {
        const Site *s = &u->sites[i];
        const SiteCounts *c = site_counts(u, s);
        if (s->block != block) continue;
        t.host += site_host_insns(c);
        t.guest += c->leaves * s->index;
        t.block_hits += c->leaves;
        if (u->exec) t.leaves += c->leaves;
    }
    return t;
}

// Entering and leaving: by the entry code of the beginning, and by that which knows of floating point.
static uint64_t run_loop_insns(const Machine *m, uint64_t site_leaves) {
    const JitPlain *p = &m->jit.plain;
    uint64_t entries = m->stats.v[STAT_run_loop_entries] - p->entries, leaves = site_leaves - p->site_leaves;
    return p->entries * p->enter_insns + (p->entries - p->site_leaves) * p->leave_insns +
           entries * m->jit.entry.enter_insns + (entries - leaves) * m->jit.entry.leave_insns;
}

BlockTotals blocks_totals(const Machine *m) {
    BlockTotals t = {0};
    uint64_t site_leaves = 0;
    for (const Unit *u = m->jit.all; u; u = u->list_next)
        for (uint16_t b = 0; b < u->n_blocks; b++) {
            Totals bt = block_totals(u, b);
            t.host_instructions += bt.host;
            t.guest_instructions += bt.guest;
            t.block_hits += bt.block_hits;
            site_leaves += bt.leaves;
        }
    t.run_loop = run_loop_insns(m, site_leaves);
    t.host_instructions += t.run_loop;
    t.guest_instructions += m->stats.v[STAT_stepped_instructions];
    Minority minority = minority_of(m);
    t.branch_minority = minority_total(&minority), t.host_branch_minority = minority_of_host(m);
    minority_free(&minority);
    return t;
}

static json_t *hex(uint64_t v) { return json_sprintf("0x%llx", (unsigned long long)v); }

static json_t *edges_of_block(const Unit *u, uint16_t block) {
    json_t *list = json_array();
    for (uint32_t e = 0; e < unit_edges(u); e++) {
        if (u->edges[e].block != block || !edge_was_taken(u, e)) continue;
        json_t *x = edge_object(u, e);
        json_object_set_new(x, "gpc", u->edges[e].kind == EXIT_INDIRECT ? json_null() : hex(u->edges[e].pc));
        json_array_append_new(list, x);
    }
    return list;
}

static json_t *detours_of(const Unit *u, uint16_t block) {
    json_t *list = json_array();
    for (uint32_t d = 0; d < u->extra->n_detours; d++)
        if (u->extra->detours[d].block == block && u->extra->counters[unit_edges(u) + d])
            json_array_append_new(list,
                                  json_pack("{s:I,s:I}", "hits", (json_int_t)u->extra->counters[unit_edges(u) + d],
                                            "host_instructions", (json_int_t)u->extra->detours[d].insns));
    return list;
}

static json_t *calls_of(const Unit *u, uint16_t block) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < u->n_sites; i++) {
        const Site *s = &u->sites[i];
        const SiteCounts *c = site_counts(u, s);
        if (s->block != block || (!c->returns && !c->leaves)) continue;
        json_array_append_new(list, json_pack("{s:o,s:s,s:I,s:I,s:I,s:I,s:I}", "gpc", hex(s->pc), "op",
                                              ir_op_info[s->insn.op].text, "returns", (json_int_t)c->returns,
                                              "host_instructions", (json_int_t)c->insns_extra + c->call_insns, "leaves",
                                              (json_int_t)c->leaves, "leave_host_instructions",
                                              (json_int_t)(c->insns_before + c->call_leave_insns),
                                              "leave_guest_instructions", (json_int_t)s->index));
    }
    return list;
}

static json_t *block_object(const Minority *m, const Unit *u, uint16_t b) {
    const UnitBlock *blk = &u->blocks[b];
    Totals t = block_totals(u, b);
    return json_pack("{s:I,s:b,s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o}", "unit", (json_int_t)u->id, "dead",
                     u->dead, "gpc", hex(blk->pc), "gpc_end", hex(blk->pc + blk->bytes), "guest_instructions",
                     (json_int_t)blk->n_guest, "ir_ops", (json_int_t)blk->ir_ops, "host_instructions",
                     (json_int_t)u->extra->n_insns, "host_bytes", (json_int_t)u->n_bytes, "spills",
                     (json_int_t)u->extra->n_spill_ops, "hits", (json_int_t)t.block_hits, "host_instructions_executed",
                     (json_int_t)t.host, "branch_minority", (json_int_t)minority_of_block(m, u, b), "exits",
                     edges_of_block(u, b), "detours", detours_of(u, b), "calls", calls_of(u, b));
}

json_t *report_blocks(const Machine *m) {
    json_t *blocks = json_array();
    Minority minority = minority_of(m);
    for (const Unit *u = m->jit.all; u; u = u->list_next)
        for (uint16_t b = 0; b < u->n_blocks; b++) json_array_append_new(blocks, block_object(&minority, u, b));
    minority_free(&minority);
    BlockTotals t = blocks_totals(m);
    return json_pack("{s:s,s:{s:s,s:s},s:s,s:s,s:o,s:{s:I,s:I,s:I,s:I,s:I,s:I,s:I},s:o}", "schema", "nightjar.blocks/1",
                     "elf", "path", m->elf.path, "sha256", elf_sha256(&m->elf), "guest", m->guest->name, "engine",
                     m->o.interp ? "interp" : "jit", "features", report_features(m), "totals", "guest_instructions",
                     (json_int_t)t.guest_instructions, "host_instructions", (json_int_t)t.host_instructions,
                     "run_loop_host_instructions", (json_int_t)t.run_loop, "stepped_instructions",
                     (json_int_t)m->stats.v[STAT_stepped_instructions], "run_loop_entries",
                     (json_int_t)m->stats.v[STAT_run_loop_entries], "enter_host_instructions",
                     (json_int_t)m->jit.entry.enter_insns, "leave_host_instructions",
                     (json_int_t)m->jit.entry.leave_insns, "blocks", blocks);
}

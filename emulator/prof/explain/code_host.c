// `units` of nightjar.blocks/1: the records with the counts of the run. See code.h.
#include "prof/counts/edge.h"
#include "prof/counts/minority.h"
#include "prof/explain/code.h"
#include <string.h>

static json_t *hex(uint64_t v) { return json_sprintf("0x%llx", (unsigned long long)v); }

static const char *why_name(unsigned why) {
    static const char *const names[] = {
#define WHY(name, help) [WHY_##name] = #name,
#include "prof/explain/why.inc"
#undef WHY
    };
    return names[why];
}

static json_t *bytes_text(const uint8_t *bytes, unsigned n) {
    char text[2 * 15 + 1] = "";
    for (unsigned i = 0; i < n && i < 15; i++) snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return json_string(text);
}

static const char *routine_name(const Jit *j, const uint8_t *to) {
    const HostEntry *e = &j->entry;
    static const char *const loads[] = {"(slow load 8)", "(slow load 16)", "(slow load 32)", "(slow load 64)"};
    static const char *const stores[] = {"(slow store 8)", "(slow store 16)", "(slow store 32)", "(slow store 64)"};
    for (unsigned f = 0; f < 2; f++) {
        for (unsigned i = 0; i < HOST_MISSES; i++) {
            if (to == e->load_miss[f][i].at) return loads[i & MEMOP_SIZE];
            if (to == e->store_miss[f][i].at) return stores[i & MEMOP_SIZE];
        }
        if (to == e->call_out[f].at) return "(call out)";
        if (to == e->refuse[f].at && to) return "(refuse)";
    }
    return to == e->leave ? "(run loop)" : "(another unit)";
}

// Places get names: the guest's registers instead of displacements, offsets in the unit
// instead of addresses of this run.
static json_t *text_of(const CodeRecord *r, const Jit *j, const HostInsn *in, const CodeRange *k, uint32_t at) {
    const HostFrame *f = &j->cfg.frame;
    char place[48] = "";
    int32_t slot = (in->frame_disp - f->slot0) / 8, spill = (in->frame_disp - f->spill0) / 8;
    if (in->to && in->to >= r->exec && in->to < r->exec + r->unit->n_bytes)
        snprintf(place, sizeof place, ".%u", (unsigned)(in->to - r->exec));
    else if (in->to)
        snprintf(place, sizeof place, "%s", routine_name(j, in->to));
    else if (in->in_frame && in->frame_disp >= f->slot0 && slot < j->o.guest->n_slots)
        snprintf(place, sizeof place, "[guest %s]", j->o.guest->slots[slot].name);
    else if (in->in_frame && in->frame_disp >= f->spill0 && spill < RA_SPILLS_MAX)
        snprintf(place, sizeof place, "[spill %d]", (int)spill);
    else if (in->in_frame && in->frame_disp == f->pc)
        snprintf(place, sizeof place, "[pc]");
    else if (in->in_frame && in->frame_disp >= f->args && in->frame_disp < f->args + 24)
        snprintf(place, sizeof place, "[arg %d]", (int)(in->frame_disp - f->args) / 8);
    if (code_is_counting(r, at)) return json_sprintf("%.*s [counter]", (int)strcspn(in->text, " "), in->text);
    const char *last = strrchr(in->text, ' ');
    if (last && code_has_address(r, at, in->len) && (k->path == HOST_PATH_STUB || in->to == j->entry.leave)) {
        bool leaves = k->path == HOST_PATH_STUB || k->why == WHY_leave; // else it is a jump from the first time on
        return leaves ? json_sprintf("%.*s (exit)", (int)(last - in->text), in->text) : json_string("jmp (exit)");
    }
    if (!*place) return json_string(in->text);
    return json_sprintf("%.*s%s%s", (int)in->operand, in->text, place, in->text + in->operand + in->operand_len);
}

// One object an instruction, in order of the address.
static void host_range(json_t *list, const CodeRecord *r, const Jit *j, const CodeCounts *c, uint32_t i) {
    static const char *const paths[] = {"straight", "rare", "edge", "stub"};
    const CodeRange *k = &r->ranges[i];
    uint64_t hits = c->range_hits[i];
    bool behind = false;
    for (uint32_t at = k->at, end = at + k->n_bytes; at < end;) {
        HostInsn in = j->host->describe(r->bytes + at, end - at, r->exec + at);
        code_untab(in.text);
        const char *why = code_is_counting(r, at) ? "count" : why_name(code_why(j, k, &in, behind));
        json_array_append_new(list, json_pack("{s:I,s:o,s:o,s:i,s:i,s:i,s:s,s:s,s:I}", "at", (json_int_t)at, "bytes",
                                              bytes_text(r->bytes + at, in.len), "text", text_of(r, j, &in, k, at),
                                              "block", (int)k->block, "insn", (int)k->index, "ir", (int)k->ir, "path",
                                              paths[k->path], "why", why, "hits", (json_int_t)hits));
        if (in.kind == HOST_INSN_COND_JUMP && k->is_term) hits = c->late_hits[i];
        behind |= in.kind == HOST_INSN_COND_JUMP;
        at += in.len;
    }
}

static json_t *host_code(const CodeRecord *r, const Jit *j, const CodeCounts *c) {
    if (!r->n_ranges) return json_null();
    json_t *list = json_array();
    for (uint32_t i = 0; i < r->n_ranges; i++) host_range(list, r, j, c, i);
    return list;
}

static int64_t add_guest(const CodeRecord *r, const CodeCounts *c, uint16_t b, json_t *whys, uint64_t *retired) {
    json_t *guest = json_object_get(json_array_get(r->blocks, b), "guest");
    int64_t sum = 0, by_why[WHY_COUNT] = {0};
    for (uint32_t i = c->first[b]; i < c->first[b + 1]; i++) {
        int64_t n = 0;
        json_t *mine = json_object();
        for (unsigned w = 0; w < WHY_COUNT; w++) {
            n += c->host[i][w], by_why[w] += c->host[i][w];
            if (c->host[i][w]) json_object_set_new(mine, why_name(w), json_integer(c->host[i][w]));
        }
        json_t *insn = json_array_get(guest, i - c->first[b]);
        *retired += c->guest[i], sum += n;
        if (insn) {
            json_object_set_new(insn, "retired", json_integer((json_int_t)c->guest[i]));
            json_object_set_new(insn, "host_instructions", json_integer(n));
            json_object_set_new(insn, "why", mine);
        } else {
            json_decref(mine);
        }
    }
    for (unsigned w = 0; w < WHY_COUNT; w++)
        if (by_why[w]) json_object_set_new(whys, why_name(w), json_integer(by_why[w]));
    return sum;
}

static json_t *exits_of(const CodeRecord *r, uint16_t b) {
    const Unit *u = r->unit;
    json_t *list = json_array();
    for (uint32_t e = 0; e < unit_edges(u); e++) {
        if (r->edge_block[e] != b || !edge_was_taken(u, e)) continue;
        json_t *x = edge_object(u, e);
        bool inside = host_edge_kind(u->shape, e) == HOST_EDGE_INSIDE;
        if (!inside && u->edges[e].kind != EXIT_INDIRECT) json_object_set_new(x, "gpc", hex(u->edges[e].pc));
        if (inside) {
            uint16_t to = r->succ[b][(e - host_edge_inside(u->shape, 0, 0)) % 2];
            json_object_set_new(x, "to_block", json_integer(to));
            if (to < u->n_blocks) json_object_set_new(x, "gpc", hex(u->blocks[to].pc));
        }
        if (!inside && u->edges[e].is_return) json_object_set_new(x, "return", json_true());
        json_array_append_new(list, x);
    }
    return list;
}

static void add_calls(const CodeRecord *r, uint16_t b, json_t *block) {
    uint64_t slow = 0, helpers = 0, left = 0;
    for (uint32_t i = 0; i < r->unit->n_sites; i++) {
        const Site *s = &r->unit->sites[i];
        if (s->block != b) continue;
        bool memory = s->insn.op == IR_LOAD || s->insn.op == IR_STORE || s->insn.op == IR_ATOMIC;
        const SiteCounts *counts = site_counts(r->unit, s);
        *(memory ? &slow : &helpers) += counts->returns;
        left += counts->leaves;
    }
    json_object_set_new(block, "slow_accesses", json_integer((json_int_t)slow));
    json_object_set_new(block, "helper_calls", json_integer((json_int_t)helpers));
    json_object_set_new(block, "left_inside", json_integer((json_int_t)left));
}

// Spills that are written or read on the straight path, and host instructions that were emitted for the
// block, out of line included.
static void add_static(const CodeRecord *r, uint16_t b, json_t *block) {
    uint32_t spills = 0, insns = 0, bytes = 0;
    for (uint32_t i = 0; i < r->n_ranges; i++) {
        if (r->ranges[i].block != b) continue;
        insns += r->ranges[i].n_insns, bytes += r->ranges[i].n_bytes;
        spills += r->ranges[i].why == WHY_spill;
    }
    json_object_set_new(block, "host_emitted", json_integer(insns));
    json_object_set_new(block, "host_bytes", json_integer(bytes));
    json_object_set_new(block, "spills", json_integer(spills));
}

static json_t *unit_object(const CodeRecord *r, const Jit *j, const Minority *minority) {
    const Unit *u = r->unit;
    CodeCounts c = code_counts(r, j);
    uint64_t retired = 0;
    int64_t host = 0;
    for (uint16_t b = 0; b < u->n_blocks; b++) {
        json_t *block = json_array_get(r->blocks, b), *whys = json_object();
        uint64_t mine = 0;
        int64_t n = add_guest(r, &c, b, whys, &mine);
        host += n, retired += mine;
        json_object_set_new(block, "hits", json_integer((json_int_t)c.block_hits[b]));
        json_object_set_new(block, "guest_instructions", json_integer((json_int_t)mine));
        json_object_set_new(block, "host_instructions", json_integer(n));
        json_object_set_new(block, "why", whys);
        json_object_set_new(block, "exits", exits_of(r, b));
        c.events[b][EVENT_minority] = (uint64_t)minority_of_block(minority, u, b);
        json_object_set_new(block, "counts", code_events_object(c.events[b], !u->exec));
        add_calls(r, b, block);
        add_static(r, b, block);
    }
    json_t *o = json_pack("{s:I,s:o,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:O,s:o}", "unit", (json_int_t)u->id, "gpc", hex(u->pc),
                          "tier", u->n_blocks > 1 ? "region" : "block", "dead", u->dead, "guest_instructions",
                          (json_int_t)retired, "host_instructions", (json_int_t)host, "host_emitted",
                          (json_int_t)u->extra->n_insns, "host_bytes", (json_int_t)u->n_bytes, "spills",
                          (json_int_t)u->extra->n_spill_ops, "blocks", r->blocks, "host", host_code(r, j, &c));
    code_counts_free(&c);
    return o;
}

json_t *code_log_units(const CodeLog *log, const Machine *m) {
    json_t *list = json_array();
    Minority minority = minority_of(m);
    for (uint32_t i = 0; i < log->records.n; i++)
        json_array_append_new(list, unit_object(&log->records.at[i], &m->jit, &minority));
    minority_free(&minority);
    return list;
}

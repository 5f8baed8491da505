// From the emitter's marks to ranges that know their guest instruction and their reason. See code.h.
#include "base/alloc.h"
#include "prof/explain/code.h"
#include <stdlib.h>
#include <string.h>

static Why why_of_slot(const Jit *j, unsigned slot) { return j->o.guest->is_flag_slot(slot) ? WHY_flags : WHY_state; }

static Why why_of_place(const Jit *j, RaLoc at) {
    if (at.kind == RA_SLOT) return why_of_slot(j, at.index);
    return at.kind == RA_SPILL ? WHY_spill : at.kind == RA_CONST ? WHY_compute : WHY_move;
}

static Why why_of_insn(const IrUnit *ir, const HostOp *ops, const RaOp *op) {
    const IrInsn *in = &ir->insns.at[op->ref];
    switch (in->op) {
    case IR_LOAD:
    case IR_STORE:
    case IR_BOUND:
    case IR_PROBE: return WHY_check; // the access itself is told apart when counted
    case IR_BUDGET:
    case IR_TAKE:
    case IR_RETIRE: return WHY_budget;
    case IR_JUMP:
    case IR_BR: return WHY_branch;
    case IR_IJUMP: return WHY_indirect;
    case IR_TRAP: return WHY_leave;
    case IR_CALL: return WHY_helper;
    default: return ops[in->op].flags & HOST_NATIVE ? WHY_compute : WHY_helper;
    }
}

static Why why_of(const JitMade *m, const RaOp *op) {
    switch (op->kind) {
    case RA_DO: return why_of_insn(m->ir, m->jit->host->ops, op);
    case RA_MOVE: return why_of_place(m->jit, op->a);
    case RA_WRITE: return why_of_place(m->jit, op->to);
    case RA_CANON: return WHY_compute;
    default: return WHY_move;
    }
}

static Why why_of_frame(const Jit *j, int32_t disp) {
    const HostFrame *f = &j->cfg.frame;
    if (disp >= f->spill0 && disp < f->spill0 + 8 * RA_SPILLS_MAX) return WHY_spill;
    int32_t slot = (disp - f->slot0) / 8;
    if (disp < f->slot0 || slot >= j->o.guest->n_slots) return WHY_COUNT;
    return why_of_slot(j, (unsigned)slot);
}

// Most ranges have one reason. An access and its check are told apart, and what is written back and moved on the way
// out from the jump.
Why code_why(const Jit *j, const CodeRange *k, const HostInsn *in, bool behind) {
    if (in->kind == HOST_INSN_ACCESS && k->why == WHY_check) return WHY_access;
    if (behind && k->is_term && in->kind == HOST_INSN_MOVE) return WHY_move;
    bool out = k->path == HOST_PATH_EDGE ||
               (k->is_term && (in->kind == HOST_INSN_FRAME_STORE || in->kind == HOST_INSN_FRAME_LOAD));
    if (!out) return (Why)k->why;
    Why frame = in->in_frame ? why_of_frame(j, in->frame_disp) : WHY_COUNT;
    if (frame != WHY_COUNT) return frame;
    return in->kind == HOST_INSN_JUMP ? WHY_branch : in->in_frame ? (Why)k->why : WHY_move;
}

static void find_edge_blocks(CodeRecord *r, const IrUnit *ir) {
    const Unit *u = r->unit;
    r->edge_block = alloc_zeroed(unit_edges(u) + 1, sizeof *r->edge_block);
    r->succ = alloc_zeroed(u->n_blocks, sizeof *r->succ);
    for (uint16_t b = 0; b < u->n_blocks; b++) {
        r->edge_block[host_edge_budget(u->shape, b)] = b;
        for (unsigned k = 0; k < 2; k++) {
            if (u->shape.n_inside) r->edge_block[host_edge_inside(u->shape, b, k)] = b;
            IrTarget t = r->succ[b][k] = ir->blocks.at[b].succ[k];
            if (t == IR_NO_TARGET || !(t & IR_TO_EXIT)) continue;
            r->edge_block[host_edge_exit(t & ~IR_TO_EXIT)] = b;
            if (u->shape.n_landings) r->edge_block[host_edge_landing(u->shape, t & ~IR_TO_EXIT)] = b;
        }
    }
}

static CodeRange straight_range(const JitMade *m, const HostMark *k, uint16_t *index) {
    const IrUnit *ir = m->ir;
    const RaOp *op = &m->ra->ops.at[k->op];
    CodeRange c = {.block = k->block, .path = HOST_PATH_STRAIGHT, .why = (uint8_t)why_of(m, op)};
    if (op->kind == RA_BLOCK) *index = 0;
    if (op->kind == RA_DO) {
        const IrInsn *in = &ir->insns.at[op->ref];
        if (in->op == IR_INSN) *index = ir_marker_index(in);
        c.ir = op->ref;
        c.is_term = ir_op_is(in->op, IR_TERM);
        c.is_budget = in->op == IR_BUDGET;
        c.access = in->op == IR_LOAD || in->op == IR_STORE || in->op == IR_ATOMIC ? ACCESS_MEMORY
                   : in->op == IR_BOUND                                           ? ACCESS_BOUND
                                                                                  : ACCESS_NONE;
    }
    c.index = *index;
    return c;
}

// The straight range of the step that is behind out-of-line code.
static int32_t owner_of(const CodeRecord *r, const HostMark *marks, uint32_t i) {
    const HostMark *k = &marks[i];
    if (k->path == HOST_PATH_STRAIGHT) return (int32_t)i;
    uint16_t block = r->edge_block[k->edge];
    bool budget = k->edge == host_edge_budget(r->unit->shape, block);
    for (uint32_t s = 0; s < r->n_ranges; s++) {
        if (marks[s].path != HOST_PATH_STRAIGHT) continue;
        if (k->op != HOST_NO_OP
                ? marks[s].op == k->op
                : r->ranges[s].block == block && (budget ? r->ranges[s].is_budget : r->ranges[s].is_term))
            return (int32_t)s;
    }
    return CODE_NO_RANGE;
}

static void out_of_line(CodeRecord *r, const HostMark *marks, uint32_t i) {
    CodeRange *c = &r->ranges[i];
    c->owner = owner_of(r, marks, i);
    if (c->path == HOST_PATH_STRAIGHT || c->owner == CODE_NO_RANGE) return;
    const CodeRange *owner = &r->ranges[c->owner];
    c->block = owner->block, c->index = owner->index, c->ir = owner->ir;
    c->why = c->path == HOST_PATH_EDGE   ? (uint8_t)WHY_state
             : c->path == HOST_PATH_STUB ? (uint8_t)WHY_leave
                                         : owner->why;
}

// Does it look into the TLB on the straight path?
static bool probes(const CodeRecord *r, const Jit *j, const CodeRange *c) {
    int32_t first = FRAME_DISP(tlb);
    for (uint32_t at = c->at, end = at + c->n_bytes; at < end;) {
        HostInsn in = j->host->describe(r->bytes + at, end - at, r->exec + at);
        if (in.in_frame && in.frame_disp >= first && in.frame_disp < first + (int32_t)sizeof(((Frame *)0)->tlb))
            return true;
        at += in.len;
    }
    return false;
}

// An access that goes on out of line and has not looked into the TLB tried the range first; a bound that is there at all
// does nothing else.
static void find_range_check(CodeRecord *r, const Jit *j, uint32_t i) {
    const CodeRange *c = &r->ranges[i];
    if (c->path == HOST_PATH_STRAIGHT && c->access == ACCESS_BOUND) r->ranges[i].checks_range = c->n_insns > 0;
    if (c->path != HOST_PATH_RARE || c->owner == CODE_NO_RANGE || !r->ranges[c->owner].access) return;
    if (c->n_detours || !probes(r, j, &r->ranges[c->owner])) r->ranges[c->owner].checks_range = true;
}

static void take_flag_work(CodeRecord *r, const IrUnit *ir) {
    uint32_t n = 0, first = 0;
    for (uint16_t b = 0; b < r->unit->n_blocks; b++) n += r->unit->blocks[b].n_guest;
    r->flag_work = alloc_zeroed(n + 1, sizeof *r->flag_work);
    for (uint16_t b = 0; b < r->unit->n_blocks; first += r->unit->blocks[b++].n_guest)
        for (uint32_t i = ir->blocks.at[b].first; i < ir->blocks.at[b].end; i++) {
            const IrInsn *in = &ir->insns.at[i];
            if (in->op == IR_INSN && ir_marker_index(in) < r->unit->blocks[b].n_guest)
                r->flag_work[first + ir_marker_index(in)] = ir_marker_flag_work(in);
        }
}

static void *copy_of(const void *from, size_t n) {
    void *to = alloc_bytes(n + 1);
    return n ? memcpy(to, from, n) : to;
}

void code_ranges_make(CodeRecord *r, const JitMade *m) {
    const Unit *u = r->unit;
    find_edge_blocks(r, m->ir);
    take_flag_work(r, m->ir);
    if (!u->exec) return;
    uint32_t n = m->code->marks.n;
    const HostMark *marks = m->code->marks.at;
    r->n_ranges = n;
    r->ranges = alloc_zeroed(n + 1, sizeof *r->ranges);
    r->bytes = alloc_bytes(u->n_bytes + 1);
    memcpy(r->bytes, u->exec, u->n_bytes);
    r->n_counting = m->code->counting.n, r->n_addresses = m->code->addresses.n;
    r->counting = copy_of(m->code->counting.at, r->n_counting * sizeof *r->counting);
    r->addresses = copy_of(m->code->addresses.at, r->n_addresses * sizeof *r->addresses);
    uint16_t index = 0;
    for (uint32_t i = 0; i < n; i++) {
        const HostMark *k = &marks[i], *next = i + 1 < n ? &marks[i + 1] : NULL;
        CodeRange *c = &r->ranges[i];
        if (k->path == HOST_PATH_STRAIGHT)
            *c = straight_range(m, k, &index);
        else
            *c = (CodeRange){.path = k->path, .edge = k->edge, .path_insns = k->path_insns};
        c->at = k->at;
        c->n_bytes = (next ? next->at : u->n_bytes) - k->at;
        c->n_insns = (next ? next->n_insns : u->extra->n_insns) - k->n_insns;
        c->first_detour = k->n_detours;
        c->n_detours = (next ? next->n_detours : u->extra->n_detours) - k->n_detours;
    }
    for (uint32_t i = 0; i < n; i++) out_of_line(r, marks, i);
    for (uint32_t i = 0; i < n; i++) find_range_check(r, m->jit, i);
}

int32_t code_range_of_site(const CodeRecord *r, const Site *site) {
    for (uint32_t i = 0; i < r->n_ranges; i++) {
        const CodeRange *k = &r->ranges[i];
        if (site->ret > k->at && site->ret <= k->at + k->n_bytes) return k->owner;
    }
    return CODE_NO_RANGE;
}

bool code_is_counting(const CodeRecord *r, uint32_t at) {
    uint32_t lo = 0, hi = r->n_counting; // the first range that ends behind it
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (r->counting[mid].end > at)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo < r->n_counting && r->counting[lo].at <= at;
}

bool code_has_address(const CodeRecord *r, uint32_t at, unsigned len) {
    for (uint32_t i = 0; i < r->n_addresses; i++)
        if (r->addresses[i].at >= at && r->addresses[i].at < at + len) return true;
    return false;
}

void code_ranges_free(CodeRecord *r) {
    free(r->counting), free(r->addresses);
    free(r->bytes), free(r->ranges), free(r->edge_block), free(r->succ), free(r->flag_work);
}

// The interpreter: executes IR by ir_eval. It is the oracle of everything that is emitted, and the
// baseline of every speedup.
#include "base/alloc.h"
#include "run/machine.h"
#include <stdlib.h>

typedef struct Interp {
    Hart *hart;
    Cpu *cpu;
    const IrUnit *u;
    Unit *unit;
    uint64_t *v;
    bool exact;
    // current position
    uint16_t block, index;
    gpc pc;
    int ahead; // see IrBlock
} Interp;

static uint64_t second(const Interp *s, const IrInsn *in) { return ir_has_imm(in) ? (uint64_t)in->imm : s->v[in->b]; }

static uint64_t extend(const IrInsn *in, uint64_t value) {
    unsigned width = 8u << (ir_memop(in) & MEMOP_SIZE);
    if (ir_memop(in) & MEMOP_SIGNED) value = (uint64_t)((int64_t)(value << (64 - width)) >> (64 - width));
    return in->type == IR_I32 || in->type == IR_F32 ? (uint32_t)value : value;
}

static gaddr address(const Interp *s, const IrInsn *in) {
    gaddr at = s->v[in->a] + (uint64_t)in->imm;
    return ir_value_type(&s->u->insns.at[in->a]) == IR_I32 ? (uint32_t)at : at;
}

// Counts leaving at instruction i, in the middle of a block.
static Edge *left(Interp *s, IrRef i, Edge *e) {
    for (uint32_t k = 0; k < s->unit->n_sites; k++)
        if (s->unit->sites[k].ret == i) s->unit->extra->site_counts[k].leaves++;
    return e;
}

// What an instruction that does not retire gives back to the budget, and those after it.
static int refund(const Interp *s) { return s->ahead - s->index; }

static Edge *access(Interp *s, IrRef i) {
    const IrInsn *in = &s->u->insns.at[i];
    gaddr at = address(s, in);
    unsigned memop = ir_memop(in) & (MEMOP_SIZE | MEMOP_ALIGNED);
    MemPage page;
    MemFail r;
    if (in->op == IR_LOAD) {
        uint64_t value = 0;
        r = hart_load(s->hart, at, memop, s->exact, &value, &page);
        s->v[i] = extend(in, value);
    } else {
        r = hart_store(s->hart, at, memop, s->exact, s->v[in->b], &page);
    }
    return r.fault == MEM_FAULT_NONE ? NULL : left(s, i, run_leave(s->hart, r, in, s->pc, refund(s)));
}

static Edge *atomic(Interp *s, IrRef i) {
    const IrInsn *in = &s->u->insns.at[i];
    const uint64_t bc[2] = {s->v[in->b], s->v[in->c]};
    MemPage page;
    MemFail r = hart_atomic(s->hart, address(s, &(IrInsn){.a = in->a}), in, bc, s->exact, &s->v[i], &page);
    return r.fault == MEM_FAULT_NONE ? NULL : left(s, i, run_leave(s->hart, r, in, s->pc, refund(s)));
}

static Edge *call(Interp *s, IrRef i) {
    const IrInsn *in = &s->u->insns.at[i];
    const IrHelper *h = ir_helper(in);
    s->hart->machine->stats.v[STAT_helper_calls]++;
    s->v[i] = h->fn(s->cpu, s->v[in->a], s->v[in->b], s->v[in->c]);
    if (in->type == IR_I32) s->v[i] = (uint32_t)s->v[i];
    return s->cpu->raise_code ? left(s, i, run_leave_raised(s->hart, s->pc, refund(s))) : NULL;
}

static uint64_t read_slot(const Interp *s, unsigned slot) {
    uint64_t v = s->cpu->slot[slot];
    return s->u->slots[slot].type == IR_I32 ? (uint32_t)v : v;
}

// Leaves through an edge, or goes on in block *next.
static Edge *take(Interp *s, unsigned k, uint16_t *next) {
    IrTarget t = s->u->blocks.at[s->block].succ[k];
    uint32_t edge = t & IR_TO_EXIT ? host_edge_exit(t & ~IR_TO_EXIT) : host_edge_inside(s->unit->shape, s->block, k);
    if (s->unit->extra->counters) s->unit->extra->counters[edge]++;
    if (t & IR_TO_EXIT) {
        s->cpu->budget -= s->u->exits.at[t & ~IR_TO_EXIT].owed;
        return &s->unit->edges[edge];
    }
    *next = t;
    return NULL;
}

static unsigned pred_index(const IrUnit *u, uint16_t from, uint16_t to) {
    unsigned k = 0;
    for (uint16_t b = 0; b < from; b++) k += u->blocks.at[b].succ[0] == to || u->blocks.at[b].succ[1] == to;
    return k;
}

// All phis of a block read before any is written.
static void enter_phis(Interp *s, uint16_t from, uint16_t to) {
    const IrBlock *b = &s->u->blocks.at[to];
    unsigned k = pred_index(s->u, from, to), n = 0;
    uint64_t fresh[256];
    for (uint32_t i = b->first; i < b->end && (s->u->insns.at[i].op == IR_PHI || s->u->insns.at[i].op == IR_NOP); i++) {
        BUG_IF(n == ARRAY_LEN(fresh), "more than 256 phis in a block");
        if (s->u->insns.at[i].op == IR_PHI) fresh[n++] = s->v[s->u->phi_args.at[s->u->insns.at[i].imm + k]];
    }
    n = 0;
    for (uint32_t i = b->first; i < b->end && (s->u->insns.at[i].op == IR_PHI || s->u->insns.at[i].op == IR_NOP); i++)
        if (s->u->insns.at[i].op == IR_PHI) s->v[i] = fresh[n++];
}

static Edge *out_of_budget(Interp *s) {
    uint32_t edge = host_edge_budget(s->unit->shape, s->block);
    if (s->unit->extra->counters) s->unit->extra->counters[edge]++;
    return &s->unit->edges[edge];
}

static Edge *budget(Interp *s, const IrInsn *in) {
    s->cpu->budget -= in->imm;
    return s->cpu->budget < 0 ? out_of_budget(s) : NULL;
}

static void retire(Interp *s, const IrInsn *in) {
    if ((s->v[in->a] != 0) == (in->b != 0)) return;
    s->cpu->budget -= in->imm;
    if (s->unit->extra->counters) s->unit->extra->counters[host_edge_inside(s->unit->shape, in->c, 0)]++;
}

static uint64_t pure(Interp *s, const IrInsn *in) {
    if (!ir_raises_flags(in)) return ir_eval(in, s->v[in->a], second(s, in), s->v[in->c]);
    bool cond = ir_op_is(in->op, IR_COND);
    bool source = in->op == IR_FTOI || in->op == IR_ITOF; // c is a type
    return ir_eval_flags(in, s->v[in->a], s->v[in->b], cond || source ? 0 : s->v[in->c], &s->hart->fp_flags);
}

static bool is_taken(Interp *s, const IrInsn *br) {
    if (!ir_is_float((IrType)br->type))
        return ir_cond_eval((IrCond)br->c, (IrType)br->type, s->v[br->a], second(s, br));
    return pure(s, &(IrInsn){.op = IR_CMP, .type = br->type, .a = br->a, .b = br->b, .c = br->c});
}

static Edge *terminator(Interp *s, const IrInsn *in, uint16_t *next) {
    switch (in->op) {
    case IR_BR: return take(s, is_taken(s, in) ? 0 : 1, next);
    case IR_IJUMP: s->cpu->pc = s->v[in->a]; return take(s, 0, next);
    default: return take(s, 0, next);
    }
}

static Edge *do_insn(Interp *s, IrRef i) {
    const IrInsn *in = &s->u->insns.at[i];
    switch (in->op) {
    case IR_NOP:
    case IR_PHI: return NULL;
    case IR_INSN: s->index = ir_marker_index(in), s->pc = ir_marker_pc(in); return NULL;
    case IR_GET: s->v[i] = read_slot(s, ir_slot(in)); return NULL;
    case IR_PUT:
    case IR_SET: s->cpu->slot[ir_slot(in)] = s->v[in->a]; return NULL;
    case IR_BUDGET: return budget(s, in);
    case IR_TAKE: s->cpu->budget -= ir_budget(in); return NULL;
    case IR_RETIRE: retire(s, in); return NULL;
    case IR_BOUND: return NULL; // every access asks for itself
    case IR_PROBE: s->v[i] = address(s, in); return NULL;
    case IR_LOAD:
    case IR_STORE: return access(s, i);
    case IR_ATOMIC: return atomic(s, i);
    case IR_FENCE: __atomic_thread_fence(__ATOMIC_SEQ_CST); return NULL;
    case IR_CALL: return call(s, i);
    case IR_FFLAGS: {
        unsigned flags = hart_take_fp_flags(s->hart);
        if (in->imm) s->hart->fp_flags = flags;
        s->v[i] = flags;
        return NULL;
    }
    default: s->v[i] = pure(s, in); return NULL;
    }
}

static Edge *run_block(Interp *s, uint16_t *next) {
    const IrBlock *b = &s->u->blocks.at[s->block];
    s->index = 0;
    s->pc = b->pc;
    s->ahead = b->ahead;
    for (uint32_t i = b->first; i < b->end; i++) {
        const IrInsn *in = &s->u->insns.at[i];
        Edge *e = ir_op_is(in->op, IR_TERM) ? terminator(s, in, next) : do_insn(s, (IrRef)i);
        if (e) return e;
    }
    return NULL;
}

Edge *interp_run(Hart *h, const IrUnit *ir, Unit *unit, bool exact) {
    if (h->n_values < ir->insns.n) {
        h->n_values = ir->insns.n * 2;
        h->values = alloc_again(h->values, h->n_values, sizeof *h->values);
    }
    h->values[0] = 0;
    Interp s = {.hart = h, .cpu = hart_cpu(h), .u = ir, .unit = unit, .v = h->values, .exact = exact};
    for (;;) {
        uint16_t next = 0;
        Edge *e = run_block(&s, &next);
        if (e) return e;
        enter_phis(&s, s.block, next);
        s.block = next;
    }
}

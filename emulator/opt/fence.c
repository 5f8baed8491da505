// Accesses that need no check of their own, because what lies around the span in the host raises a signal.
//
//     b0: v1 = get x10 / v2 = get x11           b0: ... bound[1] v1 / bound[1] v2
//     b1: v5 = phi.i64 v1, v8                   b1: v5 = phi.i64 v1, v8
//         v6 = zext.i64[32] v9                      v6 = zext.i64[32] v9
//         v7 = add.i64 v2, v6                       v7 = add.i64 v2, v6
//         load [8] v5 / load [1] v7                 load [8c] v5 / load [1c] v7
//         v8 = add.i64 v5, #8                       v8 = add.i64 v5, #8
//
// An address is near if it is in the span or in what is guarded around it. A checked base is in the span, and so are some
// constants. What is made of a base by adding constants is near; so is what goes round a loop like that, because a unit runs
// for one quantum of the budget only, and each round takes some of it. So is what adds one or two indexes of 32 bits times 8,
// but not round a loop. A number below 2^36 is near by itself. A PHI or SELECT is near when all that it may be is.
//
// The first access off a base gets a BOUND; in a loop that does not change the base, and comes by on every round, the BOUND
// goes before the loop. In a unit of one block the access's own check serves those behind it: no BOUND has to be made.
// Where nothing is guarded there is bounds.c.
#include "base/alloc.h"
#include "ir/cfg.h"
#include "opt/fold.h"
#include "opt/insert.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>
#include <string.h>

enum {
    STEPS_MAX = 64,       // instructions that one proof looks at
    BASES_MAX = 4,        // unchecked bases of one access
    INDEXES_MAX = 2,      // indexes on the way from a base to an address
    INDEX_BITS = 35,      // of an index
    STEP_MAX = 512,       // a constant, where there are PHIs: times a quantum of 2^20 instructions it is 2^29
    OFFSET_MAX = 1 << 19, // a constant, without; and that of an access
    OWN_BITS = 36,        // numbers below 2^36 are near
    BITS_DEPTH = 4,
};

typedef struct Point { // before instruction `at` of the block; its end: at the end of the block
    uint16_t block;
    uint32_t at;
} Point;

typedef struct Fact { // the value has been checked at the point
    IrRef value;
    Point where;
} Fact;

typedef struct Loop {
    uint16_t head, before; // before: the immediate dominator
    uint32_t n;            // blocks
    bool *has;             // by block
} Loop;

typedef struct Proof {
    uint32_t steps;
    bool failed, phis, down; // down: a constant is negative
    int64_t offset;          // of all constants, without sign
    Fact bases[BASES_MAX];   // that would have to be checked: where they are needed
    uint32_t n_bases;
    struct {
        IrRef from, to;
        bool index;
    } edges[STEPS_MAX * 2];
    uint32_t n_edges;
} Proof;

typedef struct Access {
    uint32_t at;
    IrRef base;
} Access;

typedef struct Fence {
    IrUnit *u;
    const OptFence *fence;
    IrCfg cfg;
    uint16_t *block_of;
    VEC(Access) accesses;
    VEC(Fact) facts;
    VEC(Loop) loops;
    VEC(OptInsert) bounds;
    Proof proof;
} Fence;

static const IrInsn *at(const Fence *s, IrRef r) { return &s->u->insns.at[r]; }

// ---- facts
static bool dominates(const Fence *s, Point a, Point b) {
    if (a.block == b.block) return a.at <= b.at;
    return ir_reachable(&s->cfg, b.block) && ir_dominates(&s->cfg, a.block, b.block);
}

static bool is_checked(const Fence *s, IrRef v, Point p) {
    for (uint32_t i = s->facts.n; i-- > 0;)
        if (s->facts.at[i].value == v && dominates(s, s->facts.at[i].where, p)) return true;
    return false;
}

// ---- the proof
static bool is_wide(const Fence *s) { return s->fence->above >> OPT_FENCE_WIDE; }

static bool is_near_alone(const Fence *s, IrRef v) {
    const IrInsn *i = at(s, v);
    if (i->op == IR_CONST) return (uint64_t)i->imm - s->fence->lo < s->fence->len;
    return is_wide(s) && s->fence->numbers && fold_zero_bits(s->u, v, BITS_DEPTH) <= OWN_BITS;
}

// A constant address is a base.
static bool is_index(const Fence *s, IrRef v) {
    bool base = at(s, v)->op == IR_CONST && is_near_alone(s, v);
    return !base && fold_zero_bits(s->u, v, BITS_DEPTH) <= INDEX_BITS;
}

static void prove(Fence *s, IrRef v, Point p);

static void step(Fence *s, IrRef from, IrRef to, bool index, Point p) {
    Proof *f = &s->proof;
    if (f->n_edges == ARRAY_LEN(f->edges) || ir_value_type(at(s, to)) != IR_I64) {
        f->failed = true;
        return;
    }
    f->edges[f->n_edges].from = from, f->edges[f->n_edges].to = to, f->edges[f->n_edges++].index = index;
    prove(s, to, p);
}

static bool was_seen(const Proof *f, IrRef phi) {
    for (uint32_t i = 0; i < f->n_edges; i++)
        if (f->edges[i].from == phi) return true;
    return false;
}

static void prove_phi(Fence *s, IrRef v) {
    uint16_t b = s->block_of[v];
    const IrInsn *phi = at(s, v);
    s->proof.phis = true;
    if (was_seen(&s->proof, v)) return; // what holds for the rounds before holds for this one
    for (unsigned k = 0; k < phi->c && !s->proof.failed; k++) {
        uint16_t pred = s->cfg.preds[s->cfg.first_pred[b] + k];
        if (!ir_reachable(&s->cfg, pred)) continue;
        step(s, v, s->u->phi_args.at[phi->imm + k], false, (Point){pred, s->u->blocks.at[pred].end});
    }
}

static void prove_sum(Fence *s, IrRef v, Point p) {
    const IrInsn *i = at(s, v);
    if (!i->b) {
        if (i->imm > OFFSET_MAX || i->imm < -OFFSET_MAX) {
            s->proof.failed = true;
            return;
        }
        s->proof.offset += i->imm < 0 ? -i->imm : i->imm;
        s->proof.down |= i->imm < 0;
        step(s, v, i->a, false, p);
    } else if (is_index(s, i->b)) {
        step(s, v, i->a, true, p);
    } else {
        step(s, v, i->b, true, p);
    }
}

static bool is_sum(const Fence *s, IrRef v) {
    const IrInsn *i = at(s, v);
    if (i->op != IR_ADD || i->type != IR_I64) return false;
    return !i->b || (is_wide(s) && (is_index(s, i->b) || is_index(s, i->a)));
}

// Is v near at p? What is missing for that is added to the bases.
static void prove(Fence *s, IrRef v, Point p) {
    Proof *f = &s->proof;
    const IrInsn *i = at(s, v);
    if (f->failed || ++f->steps > STEPS_MAX) {
        f->failed = true;
        return;
    }
    if (is_checked(s, v, p) || is_near_alone(s, v)) return;
    if (is_sum(s, v)) {
        prove_sum(s, v, p);
    } else if (i->op == IR_PHI) {
        prove_phi(s, v);
    } else if (i->op == IR_SELECT && i->type == IR_I64) {
        step(s, v, i->b, false, p);
        step(s, v, i->c, false, p);
    } else if (f->n_bases == BASES_MAX || i->op == IR_CONST) {
        f->failed = true;
    } else {
        f->bases[f->n_bases++] = (Fact){v, p};
    }
}

// Do edges lead from value `from` to value `to`?
static bool leads(const Proof *f, IrRef from, IrRef to) {
    bool seen[STEPS_MAX * 2] = {false};
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < f->n_edges; i++) {
            if (seen[i]) continue;
            bool reached = f->edges[i].from == from;
            for (uint32_t k = 0; k < f->n_edges && !reached; k++)
                reached = seen[k] && f->edges[k].to == f->edges[i].from;
            if (!reached) continue;
            if (f->edges[i].to == to) return true;
            seen[i] = more = true;
        }
    }
    return false;
}

// Adding an index goes far: a few times, and not round a loop.
static bool goes_too_far(const Proof *f) {
    unsigned indexes = 0;
    for (uint32_t i = 0; i < f->n_edges; i++) {
        if (!f->edges[i].index) continue;
        if (++indexes > INDEXES_MAX || leads(f, f->edges[i].to, f->edges[i].from)) return true;
    }
    return f->offset > (f->phis ? STEP_MAX : OFFSET_MAX);
}

static bool begin_proof(Fence *s, IrRef v, Point p) {
    Proof *f = &s->proof;
    memset(f, 0, sizeof *f);
    prove(s, v, p);
    return !f->failed && !goes_too_far(f) && !(f->phis && f->down && s->fence->below < OPT_FENCE_BELOW);
}

// ---- loops
static void fill_loop(Fence *s, Loop *l, uint16_t latch) {
    uint16_t *todo = alloc_bytes((s->u->blocks.n + 1) * sizeof *todo);
    unsigned n = 0;
    if (!l->has[latch]) l->has[todo[n++] = latch] = true, l->n++;
    while (n) {
        uint16_t b = todo[--n];
        for (uint32_t k = s->cfg.first_pred[b]; b != l->head && k < s->cfg.first_pred[b + 1]; k++) {
            uint16_t pred = s->cfg.preds[k];
            if (l->has[pred] || !ir_reachable(&s->cfg, pred)) continue;
            l->has[todo[n++] = pred] = true;
            l->n++;
        }
    }
    free(todo);
}

static void find_loops(Fence *s) {
    for (uint32_t h = 1; h < s->u->blocks.n; h++) {
        Loop l = {.head = (uint16_t)h, .before = s->cfg.idom[h]};
        for (uint32_t k = s->cfg.first_pred[h]; ir_reachable(&s->cfg, (uint16_t)h) && k < s->cfg.first_pred[h + 1];
             k++) {
            uint16_t latch = s->cfg.preds[k];
            if (!ir_reachable(&s->cfg, latch) || !ir_dominates(&s->cfg, (uint16_t)h, latch)) continue;
            if (!l.has) {
                l.has = alloc_zeroed(s->u->blocks.n, 1);
                l.has[h] = true, l.n = 1;
            }
            fill_loop(s, &l, latch);
        }
        if (l.has) vec_push(&s->loops, l);
    }
}

// ---- a BOUND before a loop
// Behind the last marker of the block, and behind the value if that is made there, so that the guest instruction can be executed
// again; in the entry of a region, which does nothing, at its end. at 0: there is no such place.
static Point place_in(const Fence *s, uint16_t b, IrRef v) {
    const IrBlock *block = &s->u->blocks.at[b];
    uint32_t place = s->block_of[v] == b ? v + 1u : block->first;
    for (uint32_t i = block->end - 1; i-- > block->first;) {
        const IrInsn *in = at(s, (IrRef)i);
        if (in->op == IR_INSN) return (Point){b, i < place ? place : i + 1};
        bool state = in->op == IR_PUT || in->op == IR_SET, done = state || opt_may_leave(in) || in->op == IR_RETIRE;
        if (done && (!b || i < place)) return (Point){b, 0};
    }
    return (Point){b, b ? 0 : block->end - 1};
}

// Does every round pass the block? Else the base may be no address at all where the loop begins.
static bool is_on_every_round(const Fence *s, const Loop *l, uint16_t b) {
    bool any = false;
    for (uint32_t k = s->cfg.first_pred[l->head]; k < s->cfg.first_pred[l->head + 1]; k++) {
        uint16_t latch = s->cfg.preds[k];
        if (!l->has[latch]) continue;
        if (!ir_dominates(&s->cfg, b, latch)) return false;
        any = true;
    }
    return any;
}

static bool comes_before(const Fence *s, Point p, const Fact *base) {
    // By place, too: what rebuilds units takes it that a value stands before its uses, as it does in reverse postorder.
    return p.at > base->value && ir_dominates(&s->cfg, s->block_of[base->value], p.block) &&
           dominates(s, p, base->where);
}

static Point before_loop(const Fence *s, const Fact *base, uint16_t from) {
    const Loop *best = NULL;
    uint16_t def = s->block_of[base->value];
    for (uint32_t i = 0; i < s->loops.n; i++) {
        const Loop *l = &s->loops.at[i];
        if (!l->has[from] || l->has[def] || !is_on_every_round(s, l, from) || (best && l->n <= best->n)) continue;
        if (comes_before(s, place_in(s, l->before, base->value), base)) best = l;
    }
    return best ? place_in(s, best->before, base->value) : (Point){0, 0};
}

// Loops with one head are one Loop here: of an inner loop at which a region begins, and the outer one that enters it again. So a base
// that an edge passes to the head is checked in the block where that comes from, which need not be outside.
static Point where_passed(const Fence *s, const Fact *base, uint16_t from) {
    uint16_t b = base->where.block;
    if (base->where.at != s->u->blocks.at[b].end || !opt_is_colder(s->u, b, from)) return (Point){0, 0};
    for (uint32_t i = 0; i < s->loops.n; i++) {
        const Loop *l = &s->loops.at[i];
        bool enters = s->u->blocks.at[b].succ[0] == l->head || s->u->blocks.at[b].succ[1] == l->head;
        if ((!enters && !l->has[b]) || !l->has[from] || !is_on_every_round(s, l, from)) continue;
        Point p = place_in(s, b, base->value);
        if (comes_before(s, p, base)) return p;
    }
    return (Point){0, 0};
}

static Point hoist(const Fence *s, const Fact *base, uint16_t from) {
    Point p = before_loop(s, base, from);
    return p.at ? p : where_passed(s, base, from);
}

static void add_bound(Fence *s, IrRef v, Point p) {
    vec_push(&s->facts, ((Fact){v, p}));
    vec_push(&s->bounds, ((OptInsert){.at = p.at, .insn = {.op = IR_BOUND, .a = v, .c = 1}}));
}

// All bases that the proof lacks are checked before loops; false: one cannot, and nothing was done.
static bool hoist_all(Fence *s, uint16_t from) {
    Point places[BASES_MAX];
    if (s->fence->stay) return false;
    const Proof f = s->proof;
    for (uint32_t i = 0; i < f.n_bases; i++) {
        places[i] = hoist(s, &f.bases[i], from);
        if (!places[i].at) return false;
    }
    for (uint32_t i = 0; i < f.n_bases; i++)
        if (!is_checked(s, f.bases[i].value, f.bases[i].where)) add_bound(s, f.bases[i].value, places[i]);
    return true;
}

// ---- accesses
// A base of 32 bits is a number, or needs its own check.
static bool may_be_covered(const Fence *s, const IrInsn *i) {
    return ir_is_memory(i) && !(i->c & MEMOP_ALIGNED) && i->imm >= -OFFSET_MAX && i->imm <= OFFSET_MAX &&
           (ir_value_type(at(s, i->a)) == IR_I64 || is_near_alone(s, i->a));
}

// What to check for an access: constants and indexes lead back to it, without PHIs.
static IrRef base_of(const Fence *s, IrRef v) {
    unsigned indexes = 0;
    int64_t offset = 0;
    while (is_sum(s, v)) {
        const IrInsn *i = at(s, v);
        if (!i->b && (i->imm > OFFSET_MAX || i->imm < -OFFSET_MAX)) break;
        if (i->b)
            indexes++;
        else
            offset += i->imm < 0 ? -i->imm : i->imm;
        IrRef next = i->b && !is_index(s, i->b) ? i->b : i->a;
        if (indexes > INDEXES_MAX || offset > OFFSET_MAX || ir_value_type(at(s, next)) != IR_I64) break;
        v = next;
    }
    return v;
}

// Does another access that comes after this one use the base?
static bool is_shared(const Fence *s, const Access *a, Point p) {
    for (const Access *b = a + 1; b < s->accesses.at + s->accesses.n; b++)
        if (b->base == a->base && dominates(s, p, (Point){s->block_of[b->at], b->at})) return true;
    return false;
}

// The marker of its guest instruction stands before it, unless the unit is no guest code.
static bool is_stray(const Fence *s, uint32_t n) {
    while (n > 1 && at(s, (IrRef)n)->op != IR_INSN) n--;
    for (uint32_t i = 0; i < s->fence->n_strays; i++)
        if (at(s, (IrRef)n)->op == IR_INSN && s->fence->strays[i] == ir_marker_pc(at(s, (IrRef)n))) return true;
    return false;
}

static void find_accesses(Fence *s) {
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        const IrInsn *i = at(s, (IrRef)n);
        if (!may_be_covered(s, i) || !ir_reachable(&s->cfg, s->block_of[n]) || (s->fence->n_strays && is_stray(s, n)))
            continue;
        vec_push(&s->accesses, ((Access){n, base_of(s, i->a)}));
    }
}

static void do_access(Fence *s, const Access *a) {
    IrInsn *i = &s->u->insns.at[a->at];
    Point p = {s->block_of[a->at], a->at};
    bool near = begin_proof(s, i->a, p) && (!s->proof.n_bases || hoist_all(s, p.block));
    if (!near) {
        if (at(s, a->base)->op == IR_CONST || (!s->fence->all && !is_shared(s, a, p))) return;
        add_bound(s, a->base, p);
    }
    i->c |= MEMOP_COVERED;
}

static int by_place(const void *a, const void *b) {
    const OptInsert *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

// A unit of one block: numbers and, where nothing outside of the span can be reached, what an access above has checked. It
// was the base, whatever its constant is. Elsewhere an access that fails its check goes on: there is bounds.c.
static void cover_block(Fence *s) {
    uint64_t checked[(UINT16_MAX + 1) / 64]; // only the words that the unit needs are set up
    memset(checked, 0, (s->u->insns.n + 63) / 64 * sizeof *checked);
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        IrInsn *i = &s->u->insns.at[n];
        if (!may_be_covered(s, i) || (s->fence->n_strays && is_stray(s, n))) continue;
        uint64_t bit = 1ull << (i->a & 63), *word = &checked[i->a >> 6];
        if ((s->fence->all && *word & bit) || is_near_alone(s, i->a))
            i->c |= MEMOP_COVERED;
        else
            *word |= bit;
    }
}

// A call changes nothing here: a unit is for one mode of the CPU, and ends where that may become another.
void opt_fence(IrUnit *u, const OptFence *fence) {
    if (u->blocks.n == 1) {
        Fence block; // WHY not all of it: what else is in it is of loops and proofs, and larger than a block
        block.u = u, block.fence = fence;
        cover_block(&block);
        return;
    }
    Fence s = {.u = u, .fence = fence, .block_of = ir_blocks_of(u)};
    ir_cfg_make(&s.cfg, u);
    find_loops(&s);
    find_accesses(&s);
    for (uint32_t n = 0; n < s.accesses.n; n++) do_access(&s, &s.accesses.at[n]);
    if (s.bounds.n) {
        qsort(s.bounds.at, s.bounds.n, sizeof *s.bounds.at, by_place);
        opt_insert(u, s.bounds.at, s.bounds.n);
    }
    for (uint32_t i = 0; i < s.loops.n; i++) free(s.loops.at[i].has);
    vec_free(&s.loops);
    vec_free(&s.facts);
    vec_free(&s.accesses);
    vec_free(&s.bounds);
    ir_cfg_free(&s.cfg);
    free(s.block_of);
}

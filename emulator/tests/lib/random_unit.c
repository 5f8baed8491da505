// Random IR units and a walker that executes them: see random_unit.h.
//
// The walker puts junk into the upper half of every I32 value: those bits are unspecified, so
// nothing may depend on them.
#include "tests/lib/random_unit.h"
#include "ir/cfg.h"
#include "ir/float.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const IrSlot unit_slots[UNIT_SLOTS] = {{"x0", IR_I64}, {"x1", IR_I64}, {"x2", IR_I64}, {"x3", IR_I64}, {"x4", IR_I64},
                                       {"x5", IR_I64}, {"w0", IR_I32}, {"w1", IR_I32}, {"w2", IR_I32}, {"d0", IR_F64},
                                       {"d1", IR_F64}, {"d2", IR_F64}, {"s0", IR_F32}};

// ---- random numbers
uint64_t random_mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}
uint64_t random_next(Random *r) { return random_mix(r->state += 0x9e3779b97f4a7c15ull); }
unsigned random_below(Random *r, unsigned n) { return (unsigned)(random_next(r) % n); }

uint64_t random_interesting(Random *r) {
    static const uint64_t some[] = {
        // clang-format off
        0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, ~0ull, ~1ull, 31, 32, 63, 64, 56, 55, 47, 33, 48,
        0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff,
        0x8000000000000000, 0xffffffff80000000, 0xffffffff7fffffff, 0x100000001
        // clang-format on
    };
    unsigned kind = random_below(r, 8);
    if (kind == 0) return random_next(r);
    if (kind == 1) return random_next(r) >> random_below(r, 64);
    return some[random_below(r, ARRAY_LEN(some))];
}

uint64_t random_float(Random *r, IrType t) {
    static const uint64_t doubles[] = {
        // clang-format off
        0, 1, 0x000fffffffffffff, 0x0010000000000000, 0x0010000000000001, 0x3ff0000000000000, 0x3ff0000000000001,
        0x3fefffffffffffff, 0x3fe0000000000000, 0x4000000000000000, 0x4340000000000001, 0x7fefffffffffffff,
        0x7ff0000000000000, 0x7ff8000000000000, 0x7ff8000000000123, 0x7ff0000000000001, 0x7fffffffffffffff,
        0x43e0000000000000, 0x43dfffffffffffff, 0x43f0000000000000, 0x43efffffffffffff, 0x41dfffffffc00000,
        0x41e0000000000000, 0x41dfffffffe00000, 0x41efffffffe00000, 0x41effffffff00000, 0x41f0000000000000,
        0x41efffffffc80000, 0x7fffffff7f800001, 0x3690000000000000, 0x380fffffe0000000, 0x47efffffefffffff,
        0x5fe0000000000000, 0x2000000000000000, 0xffffffff3f800000, 0xffffffff7f800001, 0x1ff8000000000000
        // clang-format on
    };
    static const uint64_t singles[] = {
        // clang-format off
        0, 1, 0x007fffff, 0x00800000, 0x00800001, 0x3f800000, 0x3f800001, 0x3f7fffff, 0x3f000000, 0x40000000,
        0x4b800001, 0x7f7fffff, 0x7f800000, 0x7fc00000, 0x7fc00123, 0x7f800001, 0x7fffffff, 0x5f000000, 0x5effffff,
        0x5f800000, 0x5f7fffff, 0x4f000000, 0x4effffff, 0x4f7fffff, 0x4f800000, 0x5fe00000, 0x20000000, 0x3effffff
        // clang-format on
    };
    bool dbl = t == IR_F64;
    uint64_t sign = (uint64_t)random_below(r, 2) << (dbl ? 63 : 31), v;
    switch (random_below(r, 4)) {
    case 0: v = random_next(r) >> (dbl ? 0 : 32); break;
    case 1: { // about as large as integers are
        unsigned exponent = dbl ? 1023 - 2 + random_below(r, 68) : 127 - 2 + random_below(r, 68);
        v = dbl ? (uint64_t)exponent << 52 | random_next(r) >> 12 : (uint64_t)exponent << 23 | random_next(r) >> 41;
        break;
    }
    default: v = dbl ? doubles[random_below(r, ARRAY_LEN(doubles))] : singles[random_below(r, ARRAY_LEN(singles))];
    }
    return v ^ sign;
}

// ---- what a run shows
static void note(World *w, uint64_t what) { w->trace = random_mix(w->trace * 31 + what); }

static bool is_half(IrType t) { return t == IR_I32 || t == IR_F32; }
static uint64_t slot_value(const World *w, unsigned i) {
    return is_half((IrType)unit_slots[i].type) ? (uint32_t)w->slot[i] : w->slot[i];
}

static unsigned take_flags(World *w) {
    unsigned flags = w->fp_flags;
    w->fp_flags = 0;
    return flags;
}

static uint64_t help_touch(Cpu *cpu, uint64_t a, uint64_t b, uint64_t c) {
    World *w = (World *)(void *)cpu;
    note(w, take_flags(w));
    for (unsigned i = 0; i < UNIT_SLOTS; i++) note(w, slot_value(w, i));
    uint64_t v = random_mix(a + 3 * b + 5 * c + w->trace);
    w->slot[v % UNIT_SLOTS] = v;
    return random_mix(v);
}
// Sees and changes the slots of a set only.
enum { SOME = 0x162d };
static uint64_t help_some(Cpu *cpu, uint64_t a, uint64_t b, uint64_t c) {
    World *w = (World *)(void *)cpu;
    for (unsigned i = 0; i < UNIT_SLOTS; i++)
        if (SOME >> i & 1) note(w, slot_value(w, i));
    uint64_t v = random_mix(a + 13 * b + 17 * c + w->trace);
    unsigned i = (unsigned)(v % UNIT_SLOTS);
    if (SOME >> i & 1) w->slot[i] = v;
    return random_mix(v);
}
static uint64_t help_pure(Cpu *cpu, uint64_t a, uint64_t b, uint64_t c) {
    (void)cpu;
    return random_mix(a + 7 * b + 11 * c);
}
static const IrHelper touch = {"touch", help_touch, 0, 0}, pure = {"pure", help_pure, IR_HELPER_PURE, 0},
                      some = {"some", help_some, 0, SOME},
                      picky = {"picky", help_pure, IR_HELPER_PURE | IR_HELPER_RAISES, 0};
const IrHelper *const unit_helpers[] = {&touch, &pure, &picky, &some, NULL};

// ---- the walker
typedef struct Walk {
    const IrUnit *u;
    World *w;
    uint64_t *value;
    bool left;
    const IrBlock *block;
} Walk;

// Does the budget say what was retired, but for `not_taken` instructions?
static void audit(Walk *k, int64_t not_taken) {
    if (k->w->account) k->w->miscounted += k->w->account - (int64_t)k->w->retired != k->w->budget - not_taken;
}

static uint64_t typed(IrType t, uint64_t v, uint64_t salt) {
    return is_half(t) ? (uint32_t)v | random_mix(salt) << 32 : v;
}
static uint64_t plain(const Walk *k, IrRef r) { // as a helper or an address sees it
    return is_half(ir_value_type(&k->u->insns.at[r])) ? (uint32_t)k->value[r] : k->value[r];
}

static void leave(Walk *k, const char *how, uint64_t value) {
    snprintf(k->w->way_out, sizeof k->w->way_out, "%s", how);
    k->w->way_out_value = value;
    k->left = true;
}

static void leave_by_fault(Walk *k, uint64_t value) {
    memcpy(k->w->slot, k->w->before, sizeof k->w->slot);
    leave(k, "fault", value);
}

bool world_access(World *w, uint64_t at, unsigned memop, bool store, uint64_t *value) {
    unsigned size = 1u << (memop & MEMOP_SIZE);
    note(w, at * 16 + size);
    if (random_mix(at) % 16 == 0 || (memop & MEMOP_ALIGNED && at % size)) return false;
    uint64_t v = 0;
    for (unsigned n = 0; n < size; n++) {
        uint8_t *byte = &w->memory[(at + n) % UNIT_MEMORY];
        if (store) *byte = (uint8_t)(*value >> 8 * n);
        v |= (uint64_t)*byte << 8 * n;
    }
    note(w, v);
    *value = v;
    return true;
}

static void leave_by_check(Walk *k, IrRef base) {
    memcpy(k->w->slot, k->w->before, sizeof k->w->slot);
    leave(k, "bound", k->value[base]);
}

static void walk_memory(Walk *k, const IrInsn *i, IrRef ref) {
    unsigned size = 1u << (i->c & MEMOP_SIZE);
    uint64_t gaddr_value = k->value[i->a] + (uint64_t)i->imm, v = 0;
    if (ir_value_type(&k->u->insns.at[i->a]) == IR_I32) gaddr_value = (uint32_t)gaddr_value;
    if (i->op == IR_STORE) v = k->value[i->b];
    if (k->w->span && i->c & MEMOP_COVERED) {
        k->w->covered++;
        k->w->strays += plain(k, i->a) + UNIT_FENCE >= k->w->span + 2 * UNIT_FENCE;
    } else if (k->w->span && k->w->nothing_else && plain(k, i->a) >= k->w->span) {
        leave_by_check(k, i->a);
        return;
    }
    if (!world_access(k->w, gaddr_value, i->c, i->op == IR_STORE, &v)) {
        leave_by_fault(k, gaddr_value);
        return;
    }
    if (i->op == IR_STORE) return;
    if (i->c & MEMOP_SIGNED && size < 8) v = (uint64_t)((int64_t)(v << (64 - 8 * size)) >> (64 - 8 * size));
    k->value[ref] = typed((IrType)i->type, v, ref);
}

bool world_atomic(World *w, const IrInsn *in, uint64_t at, uint64_t b, uint64_t c, uint64_t *old) {
    unsigned memop = (in->type == IR_I32 ? 2 : 3) | MEMOP_ALIGNED;
    if (!world_access(w, at, memop, false, old)) return false;
    uint64_t fresh = ir_atomic_eval((IrAtomic)in->imm, (IrType)in->type, *old, b, c);
    return world_access(w, at, memop, true, &fresh);
}

static void walk_atomic(Walk *k, const IrInsn *i, IrRef ref) {
    uint64_t at = k->value[i->a], old;
    if (ir_value_type(&k->u->insns.at[i->a]) == IR_I32) at = (uint32_t)at;
    if (!world_atomic(k->w, i, at, k->value[i->b], i->c ? k->value[i->c] : 0, &old))
        leave_by_fault(k, at);
    else
        k->value[ref] = typed((IrType)i->type, old, ref);
}

bool world_call(World *w, const IrHelper *h, uint64_t a, uint64_t b, uint64_t c, uint64_t *value) {
    note(w, a ^ random_mix(b) ^ random_mix(c + 1));
    *value = h->fn((Cpu *)(void *)w, a, b, c);
    return !(h->flags & IR_HELPER_RAISES) || *value % 4;
}

static void walk_call(Walk *k, const IrInsn *i, IrRef ref) {
    const IrHelper *h = (const IrHelper *)(uintptr_t)i->imm;
    uint64_t a = i->a ? plain(k, i->a) : 0, b = i->b ? plain(k, i->b) : 0, c = i->c ? plain(k, i->c) : 0;
    uint64_t v;
    if (!world_call(k->w, h, a, b, c, &v)) leave_by_fault(k, v);
    if (i->type != IR_VOID) k->value[ref] = typed((IrType)i->type, v, ref);
}

// An F32 has no upper half here: float.h says so.
static uint64_t walk_float(Walk *k, const IrInsn *i) {
    unsigned n = ir_op_is(i->op, IR_COND) ? 2 : ir_op_info[i->op].inputs;
    return ir_eval_flags(i, plain(k, i->a), n > 1 ? plain(k, i->b) : 0, n > 2 ? plain(k, i->c) : 0, &k->w->fp_flags);
}

// Returns false at a terminator, with the next target chosen.
static void walk_insn(Walk *k, const IrInsn *i, IrRef ref) {
    switch (i->op) {
    case IR_NOP:
    case IR_PHI: break;
    case IR_GET: k->value[ref] = typed((IrType)i->type, k->w->slot[i->imm], ref); break;
    case IR_PUT:
    case IR_SET: k->w->slot[i->imm] = k->value[i->a]; break;
    case IR_LOAD:
    case IR_STORE: walk_memory(k, i, ref); break;
    case IR_ATOMIC: walk_atomic(k, i, ref); break;
    case IR_FENCE: break;
    case IR_CALL: walk_call(k, i, ref); break;
    case IR_BOUND:
        if (!i->c && k->value[i->a] != (uint64_t)(int32_t)k->value[i->a]) {
            leave_by_check(k, 0);
            break;
        }
        if (!i->c) break;
        if (!k->w->span || k->value[i->a] < k->w->span) break;
        leave_by_check(k, i->a);
        break;
    case IR_PROBE: k->value[ref] = k->value[i->a] + (uint64_t)i->imm; break;
    case IR_TAKE: k->w->budget -= i->imm; break;
    case IR_RETIRE: // the budget is placed later
        if (k->w->account && (k->value[i->a] != 0) == (i->b == 0))
            k->w->retired += (uint64_t)i->imm, k->w->budget -= i->imm;
        break;
    case IR_INSN:
        if (!k->w->no_markers) note(k->w, (uint64_t)i->imm);
        audit(k, -k->block->ahead);
        memcpy(k->w->before, k->w->slot, sizeof k->w->slot);
        break;
    case IR_BUDGET:
        if (k->w->budget < i->imm) {
            uint16_t retired;
            gpc head;
            ir_budget_pc(k->u, k->block, i, &retired, &head);
            k->w->retired += retired;
            if (k->w->account) k->w->budget -= i->imm, audit(k, -(int64_t)i->c);
            leave(k, "budget", 0);
        } else {
            k->w->budget -= i->imm;
        }
        break;
    case IR_FFLAGS: k->value[ref] = typed(IR_I32, i->imm ? k->w->fp_flags : take_flags(k->w), ref); break;
    default: {
        if (ir_raises_flags(i)) {
            k->value[ref] = typed(ir_value_type(i), walk_float(k, i), ref);
            break;
        }
        bool imm = ir_op_is(i->op, IR_BIMM) && !i->b;
        uint64_t b = imm ? (uint64_t)i->imm : k->value[i->b];
        uint64_t c = ir_op_info[i->op].inputs > 2 ? k->value[i->c] : 0;
        BUG_IF(!ir_op_is(i->op, IR_PURE), "op %s", ir_op_info[i->op].text);
        k->value[ref] = typed(ir_value_type(i), ir_eval(i, k->value[i->a], b, c), ref);
    }
    }
}

static IrTarget walk_terminator(Walk *k, const IrBlock *b, const IrInsn *i) {
    if (i->op == IR_BR && ir_is_float((IrType)i->type)) {
        IrInsn compare = {.op = IR_CMP, .type = i->type, .a = i->a, .b = i->b, .c = i->c};
        return b->succ[walk_float(k, &compare) ? 0 : 1];
    }
    if (i->op == IR_BR) {
        uint64_t y = i->b ? k->value[i->b] : (uint64_t)i->imm;
        return b->succ[ir_cond_eval((IrCond)i->c, (IrType)i->type, k->value[i->a], y) ? 0 : 1];
    }
    if (i->op == IR_IJUMP) k->w->way_out_value = plain(k, i->a);
    return b->succ[0];
}

static void walk_phis(Walk *k, const IrCfg *cfg, uint16_t from, uint16_t to) {
    uint32_t place = cfg->first_pred[to];
    while (cfg->preds[place] != from) place++;
    place -= cfg->first_pred[to];
    uint64_t fresh[128];
    unsigned n_fresh = 0;
    for (unsigned write = 0; write < 2; write++) { // all args are read before any phi is written
        n_fresh = 0;
        for (uint32_t n = k->u->blocks.at[to].first; n < k->u->blocks.at[to].end; n++) {
            const IrInsn *i = &k->u->insns.at[n];
            if (i->op != IR_PHI) continue;
            bool nan = write && i->a && float_is_nan((IrType)i->type, fresh[n_fresh]);
            BUG_IF(nan && fresh[n_fresh] != float_canonical_nan((IrType)i->type), "v%u is no canonical NaN", n);
            if (write)
                k->value[n] = typed((IrType)i->type, fresh[n_fresh], n);
            else
                fresh[n_fresh] = plain(k, k->u->phi_args.at[(uint32_t)i->imm + place]);
            BUG_IF(++n_fresh == ARRAY_LEN(fresh), "too many phis");
        }
    }
}

void world_walk(const IrUnit *u, World *w) {
    Walk k = {u, w, calloc(u->insns.n, sizeof(uint64_t)), false, u->blocks.at};
    IrCfg cfg;
    ir_cfg_make(&cfg, u);
    for (uint16_t b = 0;;) {
        const IrBlock *block = k.block = &u->blocks.at[b];
        for (uint32_t n = block->first; n + 1 < block->end && !k.left; n++) walk_insn(&k, &u->insns.at[n], (IrRef)n);
        if (k.left) break;
        IrTarget t = walk_terminator(&k, block, &u->insns.at[block->end - 1]);
        w->retired += block->n_guest;
        if (t & IR_TO_EXIT) {
            audit(&k, u->exits.at[t & ~IR_TO_EXIT].owed);
            snprintf(w->way_out, sizeof w->way_out, "exit %u", t & ~IR_TO_EXIT);
            break;
        }
        walk_phis(&k, &cfg, b, t);
        b = t;
    }
    for (unsigned i = 0; i < UNIT_SLOTS; i++) w->slot[i] = slot_value(w, i);
    memset(w->before, 0, sizeof w->before);
    if (!w->account) w->retired = 0;
    ir_cfg_free(&cfg);
    free(k.value);
}

// ---- random units
typedef struct Maker {
    Random r;
    IrUnit *u;
    IrCfg cfg;          // of the skeleton
    uint16_t *block_of; // of each value
    uint16_t block;
    UnitShape shape;
    uint32_t phi_slots[UNIT_BLOCKS_MAX];            // by block: slots that get a PHI there
    IrRef slot_at_end[UNIT_BLOCKS_MAX][UNIT_SLOTS]; // by block: a GET of such a slot of its successors
} Maker;

static bool usable(const Maker *m, IrRef r, uint16_t in, IrType want) {
    IrType t = ir_value_type(&m->u->insns.at[r]);
    if (t != want && (t != IR_I64 || want != IR_I32)) return false;
    uint16_t def = m->block_of[r];
    if (def == in) return true;
    return ir_reachable(&m->cfg, def) && ir_reachable(&m->cfg, in) && ir_dominates(&m->cfg, def, in);
}

static IrRef pick(Maker *m, uint16_t in, IrType want) {
    uint32_t n = m->u->insns.n;
    for (unsigned tries = 0; tries < 40; tries++) {
        bool recent = tries < 20 && n > 12 && !(m->shape.busy && random_below(&m->r, 2)); // mostly recent ones
        IrRef r = (IrRef)(recent ? n - 1 - random_below(&m->r, 12) : random_below(&m->r, n));
        if (usable(m, r, in, want)) return r;
    }
    for (uint32_t r = 1; r < n; r++)
        if (usable(m, (IrRef)r, in, want)) return (IrRef)r;
    bug_abort(__FILE__, __LINE__, "no value of type %s for block %u", ir_type_text[want], in);
}

static IrRef any(Maker *m, IrType want) { return pick(m, m->block, want); }
static IrType int_type(Maker *m) { return random_below(&m->r, 3) ? IR_I64 : IR_I32; }

static IrRef emit(Maker *m, IrInsn i) {
    IrRef r = ir_emit(m->u, i);
    m->block_of[r] = m->block;
    return r;
}

static IrType float_type(Maker *m) { return random_below(&m->r, 4) ? IR_F64 : IR_F32; }

static IrRef float_cond(Maker *m) {
    static const uint8_t conds[] = {IR_EQ, IR_NE, IR_LTS, IR_LES, IR_GTS, IR_GES};
    return conds[random_below(&m->r, ARRAY_LEN(conds))];
}

static int64_t rounding(Maker *m, uint8_t op) {
    if (op != IR_FTOI && op != IR_ITOF) return m->shape.round;
    int64_t sign = random_below(&m->r, 3) ? 0 : IR_UNSIGNED;
    return sign | (op == IR_FTOI && random_below(&m->r, 2) ? FLOAT_RTZ : m->shape.round);
}

// FADDZ to FCMPZ, and what moves bits.
static void make_flushing(Maker *m) {
    static const uint8_t moves[] = {IR_BITS, IR_BITS, IR_FNEG, IR_FABS, IR_BOX, IR_UNBOX};
    bool move = !random_below(&m->r, 4);
    uint8_t op = move ? moves[random_below(&m->r, ARRAY_LEN(moves))]
                      : (uint8_t)(IR_FADDZ + random_below(&m->r, IR_FCMPZ - IR_FADDZ + 1));
    IrInsn i = {.op = op, .type = IR_F32};
    IrType from = IR_F32;
    if (op == IR_BITS && random_below(&m->r, 2))
        i.type = IR_I32;
    else if (op == IR_BITS)
        from = IR_I32;
    if (op == IR_FTOIZ) i.type = IR_I32, i.imm = random_below(&m->r, 2) ? FLOAT_RTZ : m->shape.round;
    if (op >= IR_FADDZ && op <= IR_FDIVZ) i.imm = m->shape.round;
    if (op == IR_FCMPZ) i.c = float_cond(m);
    if (op == IR_BOX) i.type = IR_F64;
    if (op == IR_UNBOX) from = IR_F64;
    i.a = any(m, from);
    if (ir_op_info[op].inputs > 1) i.b = random_below(&m->r, 10) ? any(m, IR_F32) : i.a;
    emit(m, i);
}

static void make_float(Maker *m) {
    unsigned kind = random_below(&m->r, 16);
    if (m->shape.flush && kind > 3) {
        make_flushing(m);
        return;
    }
    if (m->shape.flush && kind == 1) kind = 0;
    IrType t = float_type(m), other = t == IR_F64 ? IR_F32 : IR_F64, integer = int_type(m);
    if (kind == 0) {
        emit(m, (IrInsn){.op = IR_CONST, .type = t, .imm = (int64_t)random_float(&m->r, t)});
    } else if (kind == 1) {
        emit(m, (IrInsn){.op = IR_CMP, .type = t, .a = any(m, t), .b = any(m, t), .c = float_cond(m)});
    } else if (kind == 2) {
        emit(m, (IrInsn){.op = IR_SELECT, .type = t, .a = any(m, IR_I64), .b = any(m, t), .c = any(m, t)});
    } else if (kind == 3 && (m->shape.flush || !random_below(&m->r, 4))) {
        emit(m, (IrInsn){.op = IR_FFLAGS, .type = IR_I32});
    } else {
        enum { Z_OPS = IR_FCMPZ - IR_FADDZ + 1 };
        uint8_t op = (uint8_t)(IR_FADD + random_below(&m->r, IR_UNBOX - IR_FADD + 1 - Z_OPS));
        if (op >= IR_FADDZ) op += Z_OPS;
        IrInsn i = {.op = op, .type = t};
        IrType from = t;
        if (op == IR_FCVT) from = other;
        if (op == IR_FTOI) i.type = integer, i.c = t;
        if (op == IR_ITOF) i.c = from = integer;
        if (op == IR_BITS && random_below(&m->r, 2))
            i.type = t == IR_F64 ? IR_I64 : IR_I32;
        else if (op == IR_BITS)
            from = t == IR_F64 ? IR_I64 : IR_I32;
        if (op == IR_BOX) i.type = IR_F64, from = IR_F32;
        if (op == IR_UNBOX) i.type = IR_F32, from = IR_F64;
        if (ir_op_is(op, IR_ROUND)) i.imm = rounding(m, op);
        i.a = any(m, from);
        if (ir_op_info[op].inputs > 1) i.b = random_below(&m->r, 10) ? any(m, t) : i.a;
        if (ir_op_info[op].inputs > 2) i.c = any(m, t);
        emit(m, i);
    }
}

// An address that is made of another one: mostly of those that a few slots hold.
static void make_sum(Maker *m) {
    static const int16_t constants[] = {1, 2, 4, 8, -8, 16, 64, -64, 300, 600, -600, 4096};
    unsigned slot = random_below(&m->r, 3);
    bool of_slot = random_below(&m->r, 4);
    IrRef base = of_slot ? emit(m, (IrInsn){.op = IR_GET, .type = IR_I64, .imm = slot}) : any(m, IR_I64);
    if (random_below(&m->r, 2)) emit(m, (IrInsn){.op = IR_LOAD, .type = IR_I64, .a = base, .c = 3});
    IrInsn sum = {.op = IR_ADD, .type = IR_I64, .a = base};
    if (random_below(&m->r, 2)) {
        sum.imm = constants[random_below(&m->r, ARRAY_LEN(constants))];
    } else {
        unsigned width = 8 << random_below(&m->r, 3), shift = random_below(&m->r, 5);
        sum.b = emit(m, (IrInsn){.op = IR_ZEXT, .type = IR_I64, .a = any(m, IR_I32), .imm = width});
        if (shift) sum.b = emit(m, (IrInsn){.op = IR_SHL, .type = IR_I64, .a = sum.b, .imm = shift});
    }
    if (sum.b && random_below(&m->r, 2)) sum = (IrInsn){.op = IR_ADD, .type = IR_I64, .a = sum.b, .b = sum.a};
    IrRef at = emit(m, sum);
    if (random_below(&m->r, 2)) emit(m, (IrInsn){.op = IR_LOAD, .type = IR_I64, .a = at, .c = 3});
    if (random_below(&m->r, 2)) emit(m, (IrInsn){.op = IR_PUT, .type = IR_I64, .a = at, .imm = slot});
}

static void make_pure(Maker *m) {
    if (m->shape.floats && random_below(&m->r, 3)) {
        make_float(m);
        return;
    }
    static const uint8_t plenty[] = {IR_ADD, IR_SEXT, IR_ZEXT, IR_CMP,   IR_SHL,
                                     IR_SHR, IR_SAR,  IR_AND,  IR_CONST, IR_XOR};
    uint8_t op = random_below(&m->r, 2) ? plenty[random_below(&m->r, sizeof plenty)]
                                        : (uint8_t)(IR_ADD + random_below(&m->r, IR_SELECT - IR_ADD + 1));
    IrType t = int_type(m);
    IrInsn i = {.op = op, .type = t};
    unsigned inputs = ir_op_info[op].inputs;
    if (op == IR_CONST) i.imm = (int64_t)random_interesting(&m->r);
    if (op == IR_SEXT || op == IR_ZEXT) {
        i.imm = 8 << random_below(&m->r, 3);
        t = IR_I32; // takes both
    }
    if (op == IR_SELECT && random_below(&m->r, 2)) // usually a condition decides
        emit(m, (IrInsn){.op = IR_CMP, .type = IR_I64, .a = any(m, IR_I64), .c = (IrRef)random_below(&m->r, 3)});
    if (inputs > 0) i.a = any(m, op == IR_SELECT ? IR_I64 : t);
    if (op == IR_SELECT && ir_value_type(&m->u->insns.at[m->u->insns.n - 1]) == IR_I64 && random_below(&m->r, 2))
        i.a = (IrRef)(m->u->insns.n - 1);
    if (inputs > 1) {
        if (ir_op_is(op, IR_BIMM) && random_below(&m->r, 2))
            i.imm = (int64_t)random_interesting(&m->r);
        else
            i.b = random_below(&m->r, 10) || !usable(m, i.a, m->block, t) ? any(m, t) : i.a;
    }
    if (inputs > 2) i.c = any(m, t);
    if (ir_op_is(op, IR_COND)) i.c = (IrRef)random_below(&m->r, IR_COND_COUNT);
    if (i.type == IR_I32 && (op == IR_CONST || (!i.b && ir_op_is(op, IR_BIMM)))) i.imm = (int32_t)i.imm;
    emit(m, i);
}

// Most addresses are aligned, so that not all of them fault.
static void make_atomic(Maker *m) {
    IrType t = int_type(m);
    IrRef at =
        emit(m, (IrInsn){.op = IR_AND, .type = IR_I64, .a = any(m, IR_I64), .imm = random_below(&m->r, 8) ? -8 : -1});
    IrInsn i = {.op = IR_ATOMIC, .type = t, .a = at, .b = any(m, t), .imm = random_below(&m->r, IR_ATOMIC_COUNT)};
    if (i.imm == IR_ATOMIC_CAS) i.c = any(m, t);
    emit(m, i);
    if (!random_below(&m->r, 4)) emit(m, (IrInsn){.op = IR_FENCE});
}

static void make_faulting(Maker *m) {
    if (m->shape.atomics && random_below(&m->r, 2)) {
        make_atomic(m);
        return;
    }
    unsigned kind = random_below(&m->r, 5);
    IrRef memop = (IrRef)(random_below(&m->r, 8) | (random_below(&m->r, 4) ? 0 : MEMOP_ALIGNED));
    int64_t offset =
        random_below(&m->r, 3) ? (int64_t)random_below(&m->r, 64) - 32 : (int32_t)random_interesting(&m->r);
    bool is_float = m->shape.floats && random_below(&m->r, 2);
    if (is_float) memop = random_below(&m->r, 4) ? 3 : 2;
    IrType format = memop == 3 ? IR_F64 : IR_F32;
    if (is_float && kind < 2) {
        emit(m, (IrInsn){.op = IR_LOAD, .type = format, .a = any(m, int_type(m)), .c = memop, .imm = offset});
    } else if (is_float && kind < 4) {
        emit(m,
             (IrInsn){
                 .op = IR_STORE, .type = format, .a = any(m, IR_I64), .b = any(m, format), .c = memop, .imm = offset});
    } else if (kind < 2) {
        IrType t = (memop & MEMOP_SIZE) == 3 ? IR_I64 : int_type(m);
        emit(m, (IrInsn){.op = IR_LOAD, .type = t, .a = any(m, int_type(m)), .c = memop, .imm = offset});
    } else if (kind < 4) {
        IrRef v = any(m, (memop & MEMOP_SIZE) == 3 ? IR_I64 : IR_I32);
        IrType t = ir_value_type(&m->u->insns.at[v]);
        emit(m, (IrInsn){.op = IR_STORE, .type = t, .a = any(m, IR_I64), .b = v, .c = memop, .imm = offset});
    } else {
        IrInsn i = {.op = IR_CALL, .type = int_type(m), .a = any(m, IR_I32), .imm = (int64_t)(uintptr_t)&picky};
        emit(m, i);
    }
}

static unsigned any_slot(Maker *m) { return random_below(&m->r, m->shape.floats ? UNIT_SLOTS : UNIT_SLOTS_INT); }

static void make_put(Maker *m) {
    unsigned slot = any_slot(m);
    uint8_t op = random_below(&m->r, 8) ? IR_PUT : IR_SET;
    emit(m, (IrInsn){.op = op, .type = unit_slots[slot].type, .a = any(m, (IrType)unit_slots[slot].type), .imm = slot});
}

// An extension of the newest value: what is known of its bits decides whether it stays.
static void make_ext(Maker *m) {
    IrRef r = (IrRef)(m->u->insns.n - 1);
    if (!usable(m, r, m->block, IR_I32)) return;
    uint8_t type = random_below(&m->r, 2) ? (uint8_t)ir_value_type(&m->u->insns.at[r]) : (uint8_t)int_type(m);
    emit(m, (IrInsn){.op = random_below(&m->r, 2) ? IR_SEXT : IR_ZEXT,
                     .type = type,
                     .a = r,
                     .imm = 8 << random_below(&m->r, 3)});
    emit(m, (IrInsn){.op = IR_PUT, .type = IR_I64, .a = any(m, IR_I64), .imm = random_below(&m->r, 6)});
}

static void make_get(Maker *m) {
    unsigned slot = any_slot(m);
    emit(m, (IrInsn){.op = IR_GET, .type = unit_slots[slot].type, .imm = slot});
}

static void make_call(Maker *m) {
    static const IrHelper *const choice[] = {&touch, &pure, &some, &some};
    const IrHelper *h = choice[random_below(&m->r, ARRAY_LEN(choice))];
    IrInsn i = {.op = IR_CALL, .type = random_below(&m->r, 3) ? IR_I64 : IR_VOID, .imm = (int64_t)(uintptr_t)h};
    if (random_below(&m->r, 2)) i.a = any(m, IR_I32);
    if (random_below(&m->r, 2)) i.c = any(m, IR_I32);
    emit(m, i);
}

static void make_guest_insn(Maker *m, unsigned index) {
    if (!m->shape.one_budget && !random_below(&m->r, 8))
        emit(m, (IrInsn){.op = IR_BUDGET, .imm = random_below(&m->r, 3)});
    emit(m, (IrInsn){.op = IR_INSN, .imm = 0x1000 + 16 * m->block + index, .c = (IrRef)index});
    for (unsigned n = random_below(&m->r, 3); n-- > 0;) make_get(m);
    if (m->shape.addresses && random_below(&m->r, 2)) {
        make_sum(m);
        return;
    }
    for (unsigned n = random_below(&m->r, 5 + 8 * m->shape.busy); n-- > 0;) make_pure(m);
    if (!random_below(&m->r, 4)) make_faulting(m);
    for (unsigned n = random_below(&m->r, 3); n-- > 0;) make_pure(m);
    if (random_below(&m->r, 2)) make_ext(m);
    if (!m->shape.addresses && !random_below(&m->r, 12)) make_call(m);
    for (unsigned n = random_below(&m->r, 3); n-- > 0;) make_put(m);
    if (!random_below(&m->r, 6)) make_get(m);
}

// Blocks and edges first: one-instruction blocks whose successors are those of the unit to be made.
static void make_skeleton(Random *r, IrUnit *s) {
    unsigned n = random_below(r, 3) ? 1 + random_below(r, UNIT_BLOCKS_MAX) : 1;
    for (unsigned b = 0; b < n; b++) {
        uint16_t index = ir_block_begin(s, 0x1000 + 16 * b);
        IrBlock *block = &s->blocks.at[index];
        for (unsigned k = 0; k < 2; k++) {
            unsigned to = random_below(r, n + 2), exit = random_below(r, 2);
            if (b + 1 < n && !random_below(r, 2)) to = b + 1; // keeps most blocks within reach
            block->succ[k] = (IrTarget)(to < n ? to : IR_TO_EXIT | exit);
        }
        unsigned kind = random_below(r, 8);
        uint8_t op = kind == 0 ? IR_JUMP : kind == 1 ? IR_IJUMP : kind == 2 ? IR_TRAP : IR_BR;
        if (b + 1 < n && op != IR_BR) op = IR_JUMP;
        if (op == IR_IJUMP) block->succ[0] = IR_TO_EXIT | 2;
        if (op == IR_TRAP) block->succ[0] = IR_TO_EXIT | 3;
        if (op != IR_BR) block->succ[1] = IR_NO_TARGET;
        ir_emit(s, (IrInsn){.op = op});
        ir_block_end(s);
    }
}

static void make_terminator(Maker *m, uint8_t op, const IrTarget succ[2]) {
    IrInsn i = {.op = op};
    if (op == IR_IJUMP) i.a = any(m, IR_I64);
    bool compares = m->shape.floats && !m->shape.flush;
    if (op == IR_BR && compares && succ[0] != succ[1] && random_below(&m->r, 2)) {
        i.type = float_type(m);
        i.c = float_cond(m);
        i.a = any(m, (IrType)i.type), i.b = any(m, (IrType)i.type);
    } else if (op == IR_BR && m->shape.floats && random_below(&m->r, 2)) {
        IrType t = m->shape.flush ? IR_F32 : float_type(m);
        uint8_t cmp = m->shape.flush ? IR_FCMPZ : IR_CMP;
        i.a = emit(m, (IrInsn){.op = cmp, .type = t, .a = any(m, t), .b = any(m, t), .c = float_cond(m)});
        i.type = IR_I64;
        i.c = random_below(&m->r, 2) ? IR_NE : IR_EQ;
    } else if (op == IR_BR) {
        i.type = int_type(m);
        i.c = (IrRef)random_below(&m->r, IR_COND_COUNT);
        i.a = any(m, (IrType)i.type);
        if (random_below(&m->r, 2))
            i.b = any(m, (IrType)i.type);
        else
            i.imm = random_below(&m->r, 2) ? (int64_t)random_below(&m->r, 2) : (int32_t)random_interesting(&m->r);
    }
    emit(m, i);
}

// The args of PHIs that stand for slots: what these slots hold at the end of the block.
static void read_slots_of_phis(Maker *m, const IrBlock *skeleton) {
    for (unsigned k = 0; k < 2; k++)
        for (unsigned slot = 0; slot < UNIT_SLOTS && !(skeleton->succ[k] & IR_TO_EXIT); slot++)
            if (m->phi_slots[skeleton->succ[k]] >> slot & 1)
                m->slot_at_end[m->block][slot] =
                    emit(m, (IrInsn){.op = IR_GET, .type = unit_slots[slot].type, .imm = slot});
}

static void make_block(Maker *m, const IrUnit *skeleton) {
    uint16_t b = ir_block_begin(m->u, 0x1000 + 16 * m->block);
    unsigned n_preds = m->cfg.first_pred[b + 1] - m->cfg.first_pred[b];
    for (unsigned n = b ? random_below(&m->r, 4) : 0; n-- > 0;) {
        IrType t = m->shape.floats && random_below(&m->r, 2) ? float_type(m) : int_type(m);
        emit(m, (IrInsn){.op = IR_PHI, .type = t, .c = (IrRef)n_preds, .imm = m->u->phi_args.n});
        for (unsigned k = 0; k < n_preds; k++) vec_push(&m->u->phi_args, 0); // filled at the end
    }
    for (unsigned slot = 0; slot < UNIT_SLOTS; slot++) {
        if (!(m->phi_slots[b] >> slot & 1)) continue;
        emit(m, (IrInsn){.op = IR_PHI,
                         .type = unit_slots[slot].type,
                         .b = (IrRef)(slot + 1),
                         .c = (IrRef)n_preds,
                         .imm = m->u->phi_args.n});
        for (unsigned k = 0; k < n_preds; k++) vec_push(&m->u->phi_args, 0);
    }
    emit(m, (IrInsn){.op = IR_BUDGET, .imm = 1 + random_below(&m->r, 3)});
    emit(m, (IrInsn){.op = IR_GET, .type = IR_I64, .imm = random_below(&m->r, UNIT_SLOTS_I64)});
    for (unsigned slot = UNIT_SLOTS_INT; slot < UNIT_SLOTS && m->shape.floats; slot++)
        emit(m, (IrInsn){.op = IR_GET, .type = unit_slots[slot].type, .imm = slot});
    unsigned n_guest = 1 + random_below(&m->r, 5);
    for (unsigned n = 0; n < n_guest; n++) make_guest_insn(m, n);
    read_slots_of_phis(m, &skeleton->blocks.at[b]);
    make_terminator(m, skeleton->insns.at[skeleton->blocks.at[b].first].op, skeleton->blocks.at[b].succ);
    memcpy(m->u->blocks.at[b].succ, skeleton->blocks.at[b].succ, sizeof m->u->blocks.at[b].succ);
    m->u->blocks.at[b].n_guest = (uint16_t)n_guest;
    ir_block_end(m->u);
}

static void fill_phis(Maker *m) {
    for (uint32_t n = 1; n < m->u->insns.n; n++) {
        const IrInsn *i = &m->u->insns.at[n];
        if (i->op != IR_PHI) continue;
        uint32_t first = m->cfg.first_pred[m->block_of[n]];
        for (unsigned k = 0; k < i->c; k++)
            m->u->phi_args.at[i->imm + k] = i->b ? m->slot_at_end[m->cfg.preds[first + k]][i->b - 1]
                                                 : pick(m, m->cfg.preds[first + k], (IrType)i->type);
    }
}

static void choose_phi_slots(Maker *m) {
    for (unsigned b = 1; b < m->cfg.n && m->shape.slot_phis; b++)
        if (random_below(&m->r, 4))
            // NOLINTNEXTLINE(misc-redundant-expression): two draws, so that a quarter of the bits is set
            m->phi_slots[b] = (uint32_t)(random_next(&m->r) & random_next(&m->r)) &
                              ((1u << (m->shape.floats ? UNIT_SLOTS : UNIT_SLOTS_INT)) - 1);
}

// As if the blocks of a quarter of the units had been watched for a while.
static void watch(IrUnit *u, uint64_t seed) {
    Random r = {seed ^ 0x5eef};
    if (random_below(&r, 4)) return;
    for (unsigned b = 0; b < u->blocks.n; b++)
        u->blocks.at[b].seen = (uint16_t)(1 + random_below(&r, random_below(&r, 2) ? 128 : 4));
}

void random_unit(IrUnit *u, uint64_t seed, UnitShape shape) {
    Maker m = {.r = {seed}, .u = u, .shape = shape, .block_of = calloc(UINT16_MAX + 1, sizeof(uint16_t))};
    IrUnit skeleton;
    ir_unit_init(&skeleton, unit_slots, UNIT_SLOTS);
    make_skeleton(&m.r, &skeleton);
    ir_cfg_make(&m.cfg, &skeleton);
    choose_phi_slots(&m);
    ir_unit_reset(u);
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x2000, .retired = 1});
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x3000, .return_pc = 0x1010});
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_RETURN});
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_TRAP, .pc = 0x1000, .code = 3, .value = 1ull << 40});
    for (m.block = 0; m.block < skeleton.blocks.n; m.block++) make_block(&m, &skeleton);
    fill_phis(&m);
    watch(u, seed);
    ir_cfg_free(&m.cfg);
    ir_unit_free(&skeleton);
    free(m.block_of);
}

// ---- helpers of tests
void world_name_exit(World *w, const IrUnit *u) {
    unsigned exit, i = 0;
    if (sscanf(w->way_out, "exit %u", &exit) != 1) return;
    while (u->exits.at[i].pc != u->exits.at[exit].pc || u->exits.at[i].kind != u->exits.at[exit].kind) i++;
    memset(w->way_out, 0, sizeof w->way_out); // worlds are compared as bytes
    snprintf(w->way_out, sizeof w->way_out, "exit %u", i);
}

char *unit_text(const IrUnit *u) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    ir_print(f, u);
    fclose(f);
    return text;
}

void unit_copy(IrUnit *to, const IrUnit *from) {
    ir_unit_reset(to);
    to->insns.n = 0;
    for (uint32_t i = 0; i < from->insns.n; i++) vec_push(&to->insns, from->insns.at[i]);
    for (uint32_t i = 0; i < from->blocks.n; i++) vec_push(&to->blocks, from->blocks.at[i]);
    for (uint32_t i = 0; i < from->exits.n; i++) vec_push(&to->exits, from->exits.at[i]);
    for (uint32_t i = 0; i < from->phi_args.n; i++) vec_push(&to->phi_args, from->phi_args.at[i]);
}

World world_start(uint64_t seed) {
    World w = {.budget = UNIT_BUDGET};
    Random r = {seed};
    for (unsigned i = 0; i < UNIT_SLOTS; i++) {
        bool is_float = i >= UNIT_SLOTS_INT;
        w.slot[i] = is_float ? random_float(&r, (IrType)unit_slots[i].type) : random_interesting(&r);
    }
    for (unsigned i = 0; i < UNIT_MEMORY; i++) w.memory[i] = (uint8_t)random_next(&r);
    return w;
}

// Oracle: ir_eval and a small walker of this file. A random unit, interpreted before and after passes in every subset
// and in random order, does the same things: slots, memory, calls, markers, and the way out.
//
// The walker puts junk into the upper half of every I32 value: those bits are unspecified, so nothing may depend on
// them. NJ_SEED and NJ_UNITS in the environment choose another run.
#include "ir/cfg.h"
#include "opt/opt.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SLOTS = 9, MEMORY = 256, BLOCKS_MAX = 7, START_BUDGET = 40 };
static const IrSlot slots[SLOTS] = {{"x0", IR_I64}, {"x1", IR_I64}, {"x2", IR_I64}, {"x3", IR_I64}, {"x4", IR_I64},
                                    {"x5", IR_I64}, {"w0", IR_I32}, {"w1", IR_I32}, {"w2", IR_I32}};

// ---- random numbers
typedef struct Random {
    uint64_t state;
} Random;

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}
static uint64_t next(Random *r) { return mix(r->state += 0x9e3779b97f4a7c15ull); }
static unsigned below(Random *r, unsigned n) { return (unsigned)(next(r) % n); }

static uint64_t interesting(Random *r) {
    static const uint64_t some[] = {
        // clang-format off
        0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, ~0ull, ~1ull, 31, 32, 63, 64, 56, 55, 47, 33, 48,
        0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff,
        0x8000000000000000, 0xffffffff80000000, 0xffffffff7fffffff, 0x100000001
        // clang-format on
    };
    unsigned kind = below(r, 8);
    if (kind == 0) return next(r);
    if (kind == 1) return next(r) >> below(r, 64);
    return some[below(r, ARRAY_LEN(some))];
}

// ---- what a run shows
typedef struct World {
    uint64_t slot[SLOTS], before[SLOTS]; // before: at the last INSN marker
    uint8_t memory[MEMORY];
    uint64_t trace; // of everything that happened in order
    int64_t budget;
    uint64_t pc;
    char way_out[16];
    uint64_t way_out_value;
} World;

static void note(World *w, uint64_t what) { w->trace = mix(w->trace * 31 + what); }

static uint64_t help_touch(Cpu *cpu, uint64_t a, uint64_t b, uint64_t c) {
    World *w = (World *)(void *)cpu;
    for (unsigned i = 0; i < SLOTS; i++) note(w, slots[i].type == IR_I32 ? (uint32_t)w->slot[i] : w->slot[i]);
    uint64_t v = mix(a + 3 * b + 5 * c + w->trace);
    w->slot[v % SLOTS] = v;
    return mix(v);
}
static uint64_t help_pure(Cpu *cpu, uint64_t a, uint64_t b, uint64_t c) {
    (void)cpu;
    return mix(a + 7 * b + 11 * c);
}
static const IrHelper touch = {"touch", help_touch, 0}, pure = {"pure", help_pure, IR_HELPER_PURE},
                      picky = {"picky", help_pure, IR_HELPER_PURE | IR_HELPER_RAISES};
static const IrHelper *const helpers[] = {&touch, &pure, &picky, NULL};

// ---- the walker
typedef struct Walk {
    const IrUnit *u;
    World *w;
    uint64_t *value;
    bool left;
} Walk;

static uint64_t typed(IrType t, uint64_t v, uint64_t salt) { return t == IR_I32 ? (uint32_t)v | mix(salt) << 32 : v; }
static uint64_t plain(const Walk *k, IrRef r) { // as a helper or an address sees it
    return ir_value_type(&k->u->insns.at[r]) == IR_I32 ? (uint32_t)k->value[r] : k->value[r];
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

static void walk_memory(Walk *k, const IrInsn *i, IrRef ref) {
    unsigned size = 1u << (i->c & MEMOP_SIZE);
    uint64_t gaddr_value = plain(k, i->a) + (uint64_t)i->imm, v = 0;
    note(k->w, gaddr_value * 16 + size);
    if (mix(gaddr_value) % 16 == 0) {
        leave_by_fault(k, gaddr_value);
        return;
    }
    for (unsigned n = 0; n < size; n++) {
        uint8_t *byte = &k->w->memory[(gaddr_value + n) % MEMORY];
        if (i->op == IR_STORE) *byte = (uint8_t)(k->value[i->b] >> 8 * n);
        v |= (uint64_t)*byte << 8 * n;
    }
    note(k->w, v);
    if (i->op == IR_STORE) return;
    if (i->c & MEMOP_SIGNED && size < 8) v = (uint64_t)((int64_t)(v << (64 - 8 * size)) >> (64 - 8 * size));
    k->value[ref] = typed((IrType)i->type, v, ref);
}

static void walk_call(Walk *k, const IrInsn *i, IrRef ref) {
    const IrHelper *h = (const IrHelper *)(uintptr_t)i->imm;
    uint64_t a = i->a ? plain(k, i->a) : 0, b = i->b ? plain(k, i->b) : 0, c = i->c ? plain(k, i->c) : 0;
    note(k->w, a ^ mix(b) ^ mix(c + 1));
    uint64_t v = h->fn((Cpu *)(void *)k->w, a, b, c);
    if ((h->flags & IR_HELPER_RAISES) && v % 4 == 0) leave_by_fault(k, v);
    if (i->type != IR_VOID) k->value[ref] = typed((IrType)i->type, v, ref);
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
    case IR_CALL: walk_call(k, i, ref); break;
    case IR_INSN:
        note(k->w, (uint64_t)i->imm);
        memcpy(k->w->before, k->w->slot, sizeof k->w->slot);
        break;
    case IR_BUDGET:
        if (k->w->budget < i->imm)
            leave(k, "budget", 0);
        else
            k->w->budget -= i->imm;
        break;
    default: {
        bool imm = ir_op_is(i->op, IR_BIMM) && !i->b;
        uint64_t b = imm ? (uint64_t)i->imm : k->value[i->b];
        uint64_t c = ir_op_info[i->op].inputs > 2 ? k->value[i->c] : 0;
        assert_true(ir_op_is(i->op, IR_PURE));
        k->value[ref] = typed(ir_value_type(i), ir_eval(i, k->value[i->a], b, c), ref);
    }
    }
}

static IrTarget walk_terminator(Walk *k, const IrBlock *b, const IrInsn *i) {
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
    uint64_t fresh[256];
    unsigned n_fresh = 0;
    for (unsigned write = 0; write < 2; write++) { // all args are read before any phi is written
        n_fresh = 0;
        for (uint32_t n = k->u->blocks.at[to].first; n < k->u->blocks.at[to].end; n++) {
            const IrInsn *i = &k->u->insns.at[n];
            if (i->op != IR_PHI) continue;
            if (write)
                k->value[n] = typed((IrType)i->type, fresh[n_fresh], n);
            else
                fresh[n_fresh] = k->value[k->u->phi_args.at[(uint32_t)i->imm + place]];
            n_fresh++;
        }
    }
}

static void walk(const IrUnit *u, World *w) {
    Walk k = {u, w, calloc(u->insns.n, sizeof(uint64_t)), false};
    IrCfg cfg;
    ir_cfg_make(&cfg, u);
    for (uint16_t b = 0;;) {
        const IrBlock *block = &u->blocks.at[b];
        for (uint32_t n = block->first; n + 1 < block->end && !k.left; n++) walk_insn(&k, &u->insns.at[n], (IrRef)n);
        if (k.left) break;
        IrTarget t = walk_terminator(&k, block, &u->insns.at[block->end - 1]);
        if (t & IR_TO_EXIT) {
            snprintf(w->way_out, sizeof w->way_out, "exit %u", t & ~IR_TO_EXIT);
            break;
        }
        walk_phis(&k, &cfg, b, t);
        b = t;
    }
    for (unsigned i = 0; i < SLOTS; i++)
        if (slots[i].type == IR_I32) w->slot[i] = (uint32_t)w->slot[i];
    memset(w->before, 0, sizeof w->before);
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
} Maker;

static bool usable(const Maker *m, IrRef r, uint16_t in, IrType want) {
    IrType t = ir_value_type(&m->u->insns.at[r]);
    if (t != IR_I64 && (t != IR_I32 || want != IR_I32)) return false;
    uint16_t def = m->block_of[r];
    if (def == in) return true;
    return ir_reachable(&m->cfg, def) && ir_reachable(&m->cfg, in) && ir_dominates(&m->cfg, def, in);
}

static IrRef pick(Maker *m, uint16_t in, IrType want) {
    uint32_t n = m->u->insns.n;
    for (unsigned tries = 0; tries < 40; tries++) {
        IrRef r = (IrRef)(tries < 20 && n > 12 ? n - 1 - below(&m->r, 12) : below(&m->r, n)); // mostly recent ones
        if (usable(m, r, in, want)) return r;
    }
    for (uint32_t r = 1; r < n; r++)
        if (usable(m, (IrRef)r, in, want)) return (IrRef)r;
    fail_msg("no value of type %s for block %u", ir_type_text[want], in);
    return 0;
}

static IrRef any(Maker *m, IrType want) { return pick(m, m->block, want); }
static IrType int_type(Maker *m) { return below(&m->r, 3) ? IR_I64 : IR_I32; }

static IrRef emit(Maker *m, IrInsn i) {
    IrRef r = ir_emit(m->u, i);
    m->block_of[r] = m->block;
    return r;
}

static void make_pure(Maker *m) {
    static const uint8_t plenty[] = {IR_ADD, IR_SEXT, IR_ZEXT, IR_CMP,   IR_SHL,
                                     IR_SHR, IR_SAR,  IR_AND,  IR_CONST, IR_XOR};
    uint8_t op = below(&m->r, 2) ? plenty[below(&m->r, sizeof plenty)]
                                 : (uint8_t)(IR_ADD + below(&m->r, IR_SELECT - IR_ADD + 1));
    IrType t = int_type(m);
    IrInsn i = {.op = op, .type = t};
    unsigned inputs = ir_op_info[op].inputs;
    if (op == IR_CONST) i.imm = (int64_t)interesting(&m->r);
    if (op == IR_SEXT || op == IR_ZEXT) {
        i.imm = 8 << below(&m->r, 3);
        t = IR_I32; // takes both
    }
    if (op == IR_SELECT && below(&m->r, 2)) // usually a condition decides
        emit(m, (IrInsn){.op = IR_CMP, .type = IR_I64, .a = any(m, IR_I64), .c = (IrRef)below(&m->r, 3)});
    if (inputs > 0) i.a = any(m, op == IR_SELECT ? IR_I64 : t);
    if (op == IR_SELECT && ir_value_type(&m->u->insns.at[m->u->insns.n - 1]) == IR_I64 && below(&m->r, 2))
        i.a = (IrRef)(m->u->insns.n - 1);
    if (inputs > 1) {
        if (ir_op_is(op, IR_BIMM) && below(&m->r, 2))
            i.imm = (int64_t)interesting(&m->r);
        else
            i.b = below(&m->r, 10) || !usable(m, i.a, m->block, t) ? any(m, t) : i.a;
    }
    if (inputs > 2) i.c = any(m, t);
    if (ir_op_is(op, IR_COND)) i.c = (IrRef)below(&m->r, IR_COND_COUNT);
    if (i.type == IR_I32 && (op == IR_CONST || (!i.b && ir_op_is(op, IR_BIMM)))) i.imm = (int32_t)i.imm;
    emit(m, i);
}

static void make_faulting(Maker *m) {
    unsigned kind = below(&m->r, 5);
    IrRef memop = (IrRef)below(&m->r, 8);
    int64_t offset = below(&m->r, 3) ? (int64_t)below(&m->r, 64) - 32 : (int32_t)interesting(&m->r);
    if (kind < 2) {
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

static void make_put(Maker *m) {
    unsigned slot = below(&m->r, SLOTS);
    uint8_t op = below(&m->r, 8) ? IR_PUT : IR_SET;
    emit(m, (IrInsn){.op = op, .type = slots[slot].type, .a = any(m, (IrType)slots[slot].type), .imm = slot});
}

// An extension of the newest value: what is known of its bits decides whether it stays.
static void make_ext(Maker *m) {
    IrRef r = (IrRef)(m->u->insns.n - 1);
    if (!usable(m, r, m->block, IR_I32)) return;
    uint8_t type = below(&m->r, 2) ? (uint8_t)ir_value_type(&m->u->insns.at[r]) : (uint8_t)int_type(m);
    emit(m, (IrInsn){.op = below(&m->r, 2) ? IR_SEXT : IR_ZEXT, .type = type, .a = r, .imm = 8 << below(&m->r, 3)});
    emit(m, (IrInsn){.op = IR_PUT, .type = IR_I64, .a = any(m, IR_I64), .imm = below(&m->r, 6)});
}

static void make_get(Maker *m) {
    unsigned slot = below(&m->r, SLOTS);
    emit(m, (IrInsn){.op = IR_GET, .type = slots[slot].type, .imm = slot});
}

static void make_call(Maker *m) {
    const IrHelper *h = below(&m->r, 2) ? &touch : &pure;
    IrInsn i = {.op = IR_CALL, .type = below(&m->r, 3) ? IR_I64 : IR_VOID, .imm = (int64_t)(uintptr_t)h};
    if (below(&m->r, 2)) i.a = any(m, IR_I32);
    if (below(&m->r, 2)) i.c = any(m, IR_I32);
    emit(m, i);
}

static void make_guest_insn(Maker *m, unsigned index) {
    if (!below(&m->r, 8)) emit(m, (IrInsn){.op = IR_BUDGET, .imm = below(&m->r, 3)});
    emit(m, (IrInsn){.op = IR_INSN, .imm = 0x1000 + 16 * m->block + index, .c = (IrRef)index});
    for (unsigned n = below(&m->r, 3); n-- > 0;) make_get(m);
    for (unsigned n = below(&m->r, 5); n-- > 0;) make_pure(m);
    if (!below(&m->r, 4)) make_faulting(m);
    for (unsigned n = below(&m->r, 3); n-- > 0;) make_pure(m);
    if (below(&m->r, 2)) make_ext(m);
    if (!below(&m->r, 12)) make_call(m);
    for (unsigned n = below(&m->r, 3); n-- > 0;) make_put(m);
    if (!below(&m->r, 6)) make_get(m);
}

// Blocks and edges first: one-instruction blocks whose successors are those of the unit to be made.
static void make_skeleton(Random *r, IrUnit *s) {
    unsigned n = below(r, 3) ? 1 + below(r, BLOCKS_MAX) : 1;
    for (unsigned b = 0; b < n; b++) {
        uint16_t index = ir_block_begin(s, 0x1000 + 16 * b);
        IrBlock *block = &s->blocks.at[index];
        for (unsigned k = 0; k < 2; k++) {
            unsigned to = below(r, n + 2), exit = below(r, 2);
            if (b + 1 < n && !below(r, 2)) to = b + 1; // keeps most blocks within reach
            block->succ[k] = (IrTarget)(to < n ? to : IR_TO_EXIT | exit);
        }
        unsigned kind = below(r, 8);
        uint8_t op = kind == 0 ? IR_JUMP : kind == 1 ? IR_IJUMP : kind == 2 ? IR_TRAP : IR_BR;
        if (b + 1 < n && op != IR_BR) op = IR_JUMP;
        if (op == IR_IJUMP) block->succ[0] = IR_TO_EXIT | 2;
        if (op == IR_TRAP) block->succ[0] = IR_TO_EXIT | 3;
        if (op != IR_BR) block->succ[1] = IR_NO_TARGET;
        ir_emit(s, (IrInsn){.op = op});
        ir_block_end(s);
    }
}

static void make_terminator(Maker *m, uint8_t op) {
    IrInsn i = {.op = op};
    if (op == IR_IJUMP) i.a = any(m, IR_I64);
    if (op == IR_BR) {
        i.type = int_type(m);
        i.c = (IrRef)below(&m->r, IR_COND_COUNT);
        i.a = any(m, (IrType)i.type);
        if (below(&m->r, 2))
            i.b = any(m, (IrType)i.type);
        else
            i.imm = below(&m->r, 2) ? (int64_t)below(&m->r, 2) : (int32_t)interesting(&m->r);
    }
    emit(m, i);
}

static void make_block(Maker *m, const IrUnit *skeleton) {
    uint16_t b = ir_block_begin(m->u, 0x1000 + 16 * m->block);
    unsigned n_preds = m->cfg.first_pred[b + 1] - m->cfg.first_pred[b];
    for (unsigned n = b ? below(&m->r, 4) : 0; n-- > 0;) {
        emit(m, (IrInsn){.op = IR_PHI, .type = int_type(m), .c = (IrRef)n_preds, .imm = m->u->phi_args.n});
        for (unsigned k = 0; k < n_preds; k++) vec_push(&m->u->phi_args, 0); // filled at the end
    }
    emit(m, (IrInsn){.op = IR_BUDGET, .imm = 1 + below(&m->r, 3)});
    emit(m, (IrInsn){.op = IR_GET, .type = IR_I64, .imm = below(&m->r, 6)});
    unsigned n_guest = 1 + below(&m->r, 5);
    for (unsigned n = 0; n < n_guest; n++) make_guest_insn(m, n);
    make_terminator(m, skeleton->insns.at[skeleton->blocks.at[b].first].op);
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
            m->u->phi_args.at[i->imm + k] = pick(m, m->cfg.preds[first + k], (IrType)i->type);
    }
}

static void make_unit(IrUnit *u, uint64_t seed) {
    Maker m = {.r = {seed}, .u = u, .block_of = calloc(UINT16_MAX + 1, sizeof(uint16_t))};
    IrUnit skeleton;
    ir_unit_init(&skeleton, slots, SLOTS);
    make_skeleton(&m.r, &skeleton);
    ir_cfg_make(&m.cfg, &skeleton);
    ir_unit_reset(u);
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x2000, .retired = 1});
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x3000, .return_pc = 0x1010});
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_RETURN});
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_TRAP, .pc = 0x1000, .code = 3, .value = 1ull << 40});
    for (m.block = 0; m.block < skeleton.blocks.n; m.block++) make_block(&m, &skeleton);
    fill_phis(&m);
    ir_cfg_free(&m.cfg);
    ir_unit_free(&skeleton);
    free(m.block_of);
}

// ---- the tests
static char *text_of(const IrUnit *u) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    ir_print(f, u);
    fclose(f);
    return text;
}

static void copy_unit(IrUnit *to, const IrUnit *from) {
    ir_unit_reset(to);
    to->insns.n = 0;
    for (uint32_t i = 0; i < from->insns.n; i++) vec_push(&to->insns, from->insns.at[i]);
    for (uint32_t i = 0; i < from->blocks.n; i++) vec_push(&to->blocks, from->blocks.at[i]);
    for (uint32_t i = 0; i < from->exits.n; i++) vec_push(&to->exits, from->exits.at[i]);
    for (uint32_t i = 0; i < from->phi_args.n; i++) vec_push(&to->phi_args, from->phi_args.at[i]);
}

static World start(uint64_t seed) {
    World w = {.budget = START_BUDGET};
    Random r = {seed};
    for (unsigned i = 0; i < SLOTS; i++) w.slot[i] = interesting(&r);
    for (unsigned i = 0; i < MEMORY; i++) w.memory[i] = (uint8_t)next(&r);
    return w;
}

static void check_same(const IrUnit *before, const IrUnit *after, uint64_t seed, const char *passes) {
    Err err;
    if (!ir_verify(after, &err))
        fail_msg("seed %llu, passes %s: %s\n%s\n--- after\n%s", (unsigned long long)seed, passes, err.text,
                 text_of(before), text_of(after));
    for (unsigned run = 0; run < 4; run++) {
        World x = start(seed * 4 + run), y = x;
        walk(before, &x);
        walk(after, &y);
        if (!memcmp(&x, &y, sizeof x)) continue;
        for (unsigned i = 0; i < SLOTS; i++)
            if (x.slot[i] != y.slot[i])
                print_error("%s: %#llx, %#llx\n", slots[i].name, (unsigned long long)x.slot[i],
                            (unsigned long long)y.slot[i]);
        fail_msg("seed %llu, passes %s, run %u: %s %#llx, then %s %#llx\n%s--- after\n%s", (unsigned long long)seed,
                 passes, run, x.way_out, (unsigned long long)x.way_out_value, y.way_out,
                 (unsigned long long)y.way_out_value, text_of(before), text_of(after));
    }
}

static unsigned pass_count(void) {
    unsigned n = 0;
    while (opt_passes[n].name) n++;
    return n;
}

static void check_subset(const IrUnit *u, IrUnit *changed, unsigned subset, uint64_t seed) {
    char names[64] = "";
    copy_unit(changed, u);
    for (unsigned p = 0; p < pass_count(); p++) {
        if (!(subset >> p & 1)) continue;
        strcat(strcat(names, " "), opt_passes[p].name);
        opt_passes[p].run(changed);
    }
    check_same(u, changed, seed, names);
}

static void check_random_order(const IrUnit *u, IrUnit *changed, uint64_t seed) {
    char names[128] = "";
    Random r = {seed};
    copy_unit(changed, u);
    for (unsigned n = 0; n < 8; n++) {
        const OptPass *p = &opt_passes[below(&r, pass_count())];
        strcat(strcat(names, " "), p->name);
        p->run(changed);
    }
    check_same(u, changed, seed, names);
}

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

static void test_same_meaning(void **state) {
    (void)state;
    IrUnit u, changed;
    Err err;
    ir_unit_init(&u, slots, SLOTS);
    ir_unit_init(&changed, slots, SLOTS);
    uint64_t first = setting("NJ_SEED", 1), n = setting("NJ_UNITS", 3000);
    for (uint64_t seed = first; seed < first + n; seed++) {
        make_unit(&u, seed);
        if (!ir_verify(&u, &err)) fail_msg("seed %llu made: %s\n%s", (unsigned long long)seed, err.text, text_of(&u));
        for (unsigned subset = 1; subset < 1u << pass_count(); subset++) check_subset(&u, &changed, subset, seed);
        check_random_order(&u, &changed, seed);
    }
    ir_unit_free(&u);
    ir_unit_free(&changed);
}

// What was printed reads back as the same unit, NOPs aside: the same text and the same walk.
static void test_text_round_trip(void **state) {
    (void)state;
    IrUnit u, again;
    Err err;
    ir_unit_init(&u, slots, SLOTS);
    ir_unit_init(&again, slots, SLOTS);
    for (uint64_t seed = 1; seed < 500; seed++) {
        make_unit(&u, seed);
        if (seed % 2) opt_passes[seed / 2 % pass_count()].run(&u);
        char *text = text_of(&u);
        if (!ir_parse_with(&again, text, helpers, &err))
            fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, err.text, text);
        char *text_again = text_of(&again);
        assert_string_equal(text, text_again);
        check_same(&u, &again, seed, "print and parse");
        free(text);
        free(text_again);
    }
    ir_unit_free(&u);
    ir_unit_free(&again);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text_round_trip), cmocka_unit_test(test_same_meaning)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

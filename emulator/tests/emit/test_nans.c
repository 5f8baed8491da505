// Oracle: world_walk(), a plain walk over the IR by ir_eval. Random loops of floating point, which the pass `nans` has been over,
// allocated and emitted, do what they did before it: slots, memory, flags, the way out. Or they leave before they have done anything,
// when a slot holds what the pass takes for granted that it does not. Slots begin as NaNs of any kind, infinities, numbers, boxes.
//
// NJ_SEED and NJ_UNITS in the environment choose another run: NJ_SEED=17 NJ_UNITS=1 is seed 17 alone.
#include "ir/float.h"
#include "opt/opt.h"
#include "tests/lib/native.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// Slots d0 to d2 go round the loop, and values that no slot shows.
enum { RUNS = 6, FLOATS = 3, VALUES = 7, FIRST = UNIT_SLOTS_INT };

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

typedef struct Loop {
    IrUnit *u;
    Random *r;
    bool boxed[VALUES];  // the slot holds an F32 in its box
    IrRef slot[VALUES];  // what it holds
    IrRef value[VALUES]; // of type F64 or F32
    IrRef phi[VALUES], phi_value[VALUES], counter, base;
} Loop;

static IrType type_of(const Loop *s, unsigned k) { return s->boxed[k] ? IR_F32 : IR_F64; }

// Of two blocks or one, any value of the type.
static IrRef any_value(Loop *s, IrType t) {
    unsigned first = random_below(s->r, VALUES);
    for (unsigned k = 0; k < VALUES; k++)
        if (type_of(s, (first + k) % VALUES) == t) return s->value[(first + k) % VALUES];
    return ir_const(s->u, t, random_float(s->r, t));
}

static void set(Loop *s, unsigned k, IrRef v) {
    s->value[k] = v;
    s->slot[k] = s->boxed[k] ? ir_op1(s->u, IR_BOX, IR_F64, v) : v;
    if (k < FLOATS) ir_emit(s->u, (IrInsn){.op = IR_SET, .type = IR_F64, .a = s->slot[k], .imm = FIRST + k});
}

static void marker(Loop *s, uint64_t pc) { ir_emit(s->u, (IrInsn){.op = IR_INSN, .imm = (int64_t)pc}); }

// Mostly arithmetic; now and then what looks at bits.
static void step(Loop *s) {
    static const uint8_t ops[] = {IR_FADD, IR_FADD, IR_FSUB, IR_FMUL, IR_FDIV, IR_FMA, IR_FSQRT, IR_FMIN, IR_FMAX};
    unsigned k = random_below(s->r, VALUES), kind = random_below(s->r, 24);
    IrType t = type_of(s, k);
    IrRef a = any_value(s, t), b = any_value(s, t);
    marker(s, 0x1008);
    if (kind == 0) {
        ir_emit(s->u, (IrInsn){.op = IR_STORE, .type = t, .a = s->base, .b = a, .c = t == IR_F64 ? 3 : 2, .imm = 8});
    } else if (kind == 1) {
        set(s, k, ir_emit(s->u, (IrInsn){.op = IR_LOAD, .type = t, .a = s->base, .c = t == IR_F64 ? 3 : 2, .imm = 16}));
    } else if (kind == 2) {
        set(s, k, ir_op1(s->u, random_below(s->r, 2) ? IR_FNEG : IR_FABS, t, a));
    } else if (kind == 3) {
        IrRef bits = ir_op1(s->u, IR_BITS, IR_I64, s->slot[k]);
        ir_emit(s->u, (IrInsn){.op = IR_SET, .type = IR_I64, .a = bits, .imm = 5});
    } else if (kind == 4) { // a slot that does not go round
        ir_emit(s->u, (IrInsn){.op = IR_SET, .type = IR_F32, .a = any_value(s, IR_F32), .imm = FIRST + FLOATS});
    } else {
        uint8_t op = ops[random_below(s->r, ARRAY_LEN(ops))];
        unsigned n = ir_op_info[op].inputs;
        set(s, k,
            ir_emit(s->u, (IrInsn){.op = op, .type = t, .a = a, .b = n > 1 ? b : 0, .c = n > 2 ? any_value(s, t) : 0}));
    }
}

static void end_block(Loop *s, IrInsn terminator, IrTarget first, IrTarget second) {
    ir_emit(s->u, terminator);
    IrBlock *b = &s->u->blocks.at[s->u->blocks.n - 1];
    b->succ[0] = first, b->succ[1] = second;
    b->n_guest = s->u->blocks.n > 1;
    b->seen = (uint16_t)(random_below(s->r, 3) ? 1 + random_below(s->r, 40) : 0);
    ir_block_end(s->u);
}

static IrInsn branch(Loop *s) {
    static const uint8_t floats[] = {IR_EQ, IR_LTS, IR_LES, IR_GTS, IR_GES}, ints[] = {IR_NE, IR_LTU, IR_GEU, IR_EQ};
    if (random_below(s->r, 3))
        return (IrInsn){.op = IR_BR,
                        .type = IR_I64,
                        .a = s->counter,
                        .c = ints[random_below(s->r, ARRAY_LEN(ints))],
                        .imm = 1 + (int64_t)random_below(s->r, 9)};
    IrType t = random_below(s->r, 2) ? IR_F64 : IR_F32;
    IrRef a = any_value(s, t), b = any_value(s, t);
    return (IrInsn){.op = IR_BR, .type = t, .a = a, .b = b, .c = floats[random_below(s->r, ARRAY_LEN(floats))]};
}

// PHIs of the block that is beginning, with n args, the first of which are there.
static void make_phis(Loop *s, unsigned n) {
    for (unsigned k = 0; k < VALUES; k++) {
        IrRef made[2] = {0, 0};
        for (unsigned half = 0; half <= s->boxed[k]; half++) {
            IrInsn phi = {.op = IR_PHI, .type = half ? IR_F32 : IR_F64, .c = (IrRef)n, .imm = s->u->phi_args.n};
            if (!half && k < FLOATS) phi.b = (IrRef)(FIRST + k + 1);
            for (unsigned i = 0; i < n; i++) vec_push(&s->u->phi_args, i ? 0 : half ? s->value[k] : s->slot[k]);
            made[half] = ir_emit(s->u, phi);
        }
        s->slot[k] = s->phi[k] = made[0], s->phi_value[k] = made[1];
        s->value[k] = made[s->boxed[k]];
    }
}

// The second arg of the PHIs is what the slots hold now.
static void pass_on(Loop *s, const Loop *head) {
    for (unsigned k = 0; k < VALUES; k++) {
        s->u->phi_args.at[s->u->insns.at[head->phi[k]].imm + 1] = s->slot[k];
        if (s->boxed[k]) s->u->phi_args.at[s->u->insns.at[head->phi_value[k]].imm + 1] = s->value[k];
    }
}

static void begin_block(Loop *s, unsigned phi_args) {
    gpc pc = 0x1000 + 16 * s->u->blocks.n;
    ir_block_begin(s->u, pc);
    if (phi_args) make_phis(s, phi_args);
    if (phi_args && s->u->blocks.n == 3)
        s->counter = ir_emit(s->u, (IrInsn){.op = IR_PHI, .type = IR_I64, .c = 2, .imm = s->u->phi_args.n});
}

// An entry that does nothing, a block before that begins accumulators, a loop of one or two blocks that is left from each, a block behind.
static void make_loop(IrUnit *u, Random *r) {
    Loop s = {.u = u, .r = r};
    bool two = random_below(r, 2), back_first = random_below(r, 2);
    ir_unit_reset(u);
    IrTarget out = ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x3000, .retired = 1});
    begin_block(&s, 0);
    s.base = ir_get(u, 4);
    IrRef zero = ir_const(u, IR_I64, 0);
    for (unsigned k = 0; k < VALUES; k++) {
        s.boxed[k] = k < FLOATS && random_below(r, 2);
        s.slot[k] = s.value[k] = ir_get(u, FIRST + k % FLOATS);
        if (s.boxed[k]) s.value[k] = ir_op1(u, IR_UNBOX, IR_F32, s.slot[k]);
    }
    end_block(&s, (IrInsn){.op = IR_JUMP}, 1, IR_NO_TARGET);
    begin_block(&s, 0);
    ir_emit(u, (IrInsn){.op = IR_BUDGET, .imm = 1});
    marker(&s, 0x1010);
    for (unsigned k = 0; k < VALUES; k++) {
        if (random_below(r, 4)) continue;
        IrRef v = ir_const(u, type_of(&s, k), random_below(r, 4) ? 0 : random_float(r, type_of(&s, k)));
        s.value[k] = v, s.slot[k] = s.boxed[k] ? ir_const(u, IR_F64, (uint64_t)u->insns.at[v].imm | ~0ull << 32) : v;
        if (k < FLOATS) ir_emit(u, (IrInsn){.op = IR_SET, .type = IR_F64, .a = s.slot[k], .imm = FIRST + k});
    }
    end_block(&s, (IrInsn){.op = IR_JUMP}, 2, IR_NO_TARGET);
    begin_block(&s, 2);
    vec_push(&u->phi_args, zero);
    vec_push(&u->phi_args, 0);
    Loop head = s, first = s;
    ir_emit(u, (IrInsn){.op = IR_BUDGET, .imm = 1});
    marker(&s, 0x1020);
    for (unsigned n = 1 + random_below(r, 9); n-- > 0;) step(&s);
    marker(&s, 0x1024);
    if (two) {
        end_block(&s, branch(&s), random_below(r, 2) ? 4 : 3, IR_NO_TARGET);
        u->blocks.at[2].succ[1] = u->blocks.at[2].succ[0] == 4 ? 3 : 4;
        first = s;
        begin_block(&s, 0);
        ir_emit(u, (IrInsn){.op = IR_BUDGET, .imm = 1});
        for (unsigned n = 1 + random_below(r, 4); n-- > 0;) step(&s);
        marker(&s, 0x1034);
    }
    IrRef next = ir_op2i(u, IR_ADD, IR_I64, s.counter, 1);
    u->phi_args.at[u->insns.at[s.counter].imm + 1] = next;
    pass_on(&s, &head);
    IrTarget behind = (IrTarget)u->blocks.n;
    s.counter = next;
    end_block(&s, branch(&s), back_first ? 2 : behind, back_first ? behind : 2);
    Loop last = s;
    if (two) s = first;
    begin_block(&s, two ? 2 : 0);
    if (two) pass_on(&last, &s);
    ir_emit(u, (IrInsn){.op = IR_BUDGET, .imm = 1});
    for (unsigned n = random_below(r, 3); n-- > 0;) step(&s);
    marker(&s, 0x1044);
    end_block(&s, (IrInsn){.op = IR_JUMP}, out, IR_NO_TARGET);
}

static World begin(uint64_t seed) {
    World w = world_start(seed);
    Random r = {seed};
    for (unsigned k = 0; k < FLOATS; k++) {
        bool box = random_below(&r, 3) != 0; // where one is wanted or not
        if (random_below(&r, 2)) w.slot[FIRST + k] = random_below(&r, 3) ? 0x3ff0000000000000 : 0x4008000000000000;
        if (box) w.slot[FIRST + k] = ~0ull << 32 | (random_below(&r, 2) ? 0x40400000 : random_float(&r, IR_F32));
    }
    memcpy(w.before, w.slot, sizeof w.before);
    w.no_markers = true;
    return w;
}

typedef struct Tally {
    unsigned changed, left, stayed;
} Tally;

static void check_loop(Native *n, const IrUnit *whole, const IrUnit *u, uint64_t seed, Tally *tally) {
    Random r = {seed + 1};
    native_compile(
        n, u, (NativeShape){.pool = random_below(&r, 3) ? host_native.pool : random_pool(&r), .masked = seed % 3 == 0});
    for (unsigned run = 0; run < RUNS; run++) {
        World start = begin(seed * RUNS + run), want = start, walked = start, got = start;
        world_walk(whole, &want);
        world_walk(u, &walked);
        native_run(n, &got);
        world_name_exit(&want, whole), world_name_exit(&walked, u), world_name_exit(&got, u);
        bool bound = !strcmp(walked.way_out, "bound");
        tally->left += bound, tally->stayed += !bound;
        if (bound) want = walked, memcpy(want.slot + FIRST, start.slot + FIRST, FLOATS * sizeof *want.slot);
        if (world_same(&want, &walked) && world_same(&walked, &got)) continue;
        world_print_differences(&want, &walked);
        world_print_differences(&walked, &got);
        fprintf(stderr, "%s--- nans\n%s\n%s\n", unit_text(whole), unit_text(u), native_text(n));
        fail_msg("loop of floats %llu, run %u", (unsigned long long)seed, run);
    }
}

static bool has_canonical_phi(const IrUnit *u) {
    for (uint32_t i = 1; i < u->insns.n; i++)
        if (u->insns.at[i].op == IR_PHI && u->insns.at[i].a) return true;
    return false;
}

static void test_loops(void **state) {
    (void)state;
    Native n;
    IrUnit u, whole;
    Err err;
    Tally tally = {0};
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&whole, unit_slots, UNIT_SLOTS);
    uint64_t first = setting("NJ_SEED", 1), loops = setting("NJ_UNITS", CHECKED ? 4000 : 20000);
    for (uint64_t seed = first; seed < first + loops; seed++) {
        Random r = {seed};
        make_loop(&u, &r);
        if (!ir_verify(&u, &err))
            fail_msg("loop of floats %llu: %s\n%s", (unsigned long long)seed, err.text, unit_text(&u));
        unit_copy(&whole, &u);
        if (random_below(&r, 2)) opt_fold(&u);
        opt_nans(&u, &(OptLoose){{random_below(&r, 4) ? 0 : 1ull << FIRST}});
        tally.changed += has_canonical_phi(&u);
        if (random_below(&r, 2)) opt_sink(&u);
        if (random_below(&r, 2)) opt_dce(&u);
        if (!ir_verify(&u, &err))
            fail_msg("loop of floats %llu: %s\n%s", (unsigned long long)seed, err.text, unit_text(&u));
        check_loop(&n, &whole, &u, seed, &tally);
    }
    print_message("%u of %u loops have canonical PHIs; %u runs were left by a bound, %u were not\n", tally.changed,
                  (unsigned)loops, tally.left, tally.stayed);
    if (loops >= 1000) assert_true(tally.changed > loops / 10 && tally.left > loops / 10 && tally.stayed > loops);
    ir_unit_free(&u);
    ir_unit_free(&whole);
    native_free(&n);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_loops)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Oracle: world_walk(), a plain walk over the IR by ir_eval. Random units of several blocks, allocated and emitted, do
// the same: slots, memory, calls in order, budget, and the way out. As made, and after random passes.
//
// NJ_SEED and NJ_UNITS in the environment choose another run: NJ_SEED=17 NJ_UNITS=1 is seed 17 alone.
//   test_units --shrink SEED   leaves out what it can of a unit that fails, and prints the rest as a case (tests/opt/units)
//   NJ_PLANT=1                 what is emitted has a fault; for the test of the above
#include "ir/cfg.h"
#include "ir/float.h"
#include "opt/opt.h"
#include "tests/lib/native.h"
#include "tests/lib/shrink.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RUNS = 6 };

static uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

// Does u, emitted, do what `means` means?
static void check_same(Native *n, const IrUnit *means, const IrUnit *u, uint64_t seed, const char *passes,
                       NativeShape shape) {
    Err err;
    if (!ir_verify(u, &err)) fail_msg("seed %llu,%s: %s", (unsigned long long)seed, passes, err.text);
    IrUnit made;
    ir_unit_init(&made, unit_slots, UNIT_SLOTS);
    unit_copy(&made, u);
    if (getenv("NJ_PLANT")) shrink_plant(&made);
    native_compile(n, &made, shape);
    for (unsigned run = 0; run < RUNS; run++) {
        World want = world_start(seed * RUNS + run);
        want.no_markers = true;
        World got = want;
        world_walk(means, &want);
        if (shape.jump && want.way_out_value == ~0ull) continue; // no guest pc is like that: see the return stack
        native_run(n, &got);
        world_name_exit(&want, means), world_name_exit(&got, u);
        if (world_same(&want, &got)) continue;
        world_print_differences(&want, &got);
        fprintf(stderr, "%s\n%s\n", unit_text(u), native_text(n));
        fail_msg("seed %llu, passes:%s, run %u, pool %#llx", (unsigned long long)seed, passes, run,
                 (unsigned long long)shape.pool);
    }
    ir_unit_free(&made);
}

static void check_unit(Native *n, const IrUnit *u, uint64_t seed, const char *passes, NativeShape shape) {
    check_same(n, u, u, seed, passes, shape);
}

static NativeShape random_shape(Random *r, uint64_t seed) {
    return (NativeShape){.pool = random_pool(r),
                         .jump = random_below(r, 2),
                         .count = random_below(r, 2),
                         .rotate = seed / 3 % 4 != 0,
                         .masked = random_below(r, 4), // any of the two extensions
                         .round = seed / 2 % FLOAT_RMM};
}

// An access that is covered may get an index (ra/sum.c). Without a span that is all that it means.
static void cover_some(IrUnit *u, Random *r) {
    for (uint32_t n = 1; n < u->insns.n; n++) {
        IrInsn *i = &u->insns.at[n];
        bool near = i->imm > -(1 << 19) && i->imm < 1 << 19;
        if (ir_is_memory(i) && !(ir_memop(i) & MEMOP_ALIGNED) && near && ir_value_type(&u->insns.at[i->a]) == IR_I64 &&
            random_below(r, 2))
            i->c |= MEMOP_COVERED;
    }
}

typedef enum Kind { PLAIN, ATOMICS, FLUSH, KINDS } Kind; // FLUSH: without denormal numbers

static void make_unit(IrUnit *u, uint64_t seed, Kind kind) {
    Random r = {seed};
    random_unit(u, seed,
                (UnitShape){.slot_phis = random_below(&r, 4) != 0,
                            .busy = random_below(&r, 3) != 0,
                            .one_budget = true,
                            .atomics = kind == ATOMICS,
                            .floats = kind == FLUSH || seed % 2 == 0,
                            .flush = kind == FLUSH,
                            .round = seed / 2 % FLOAT_RMM});
}

// As it is, and after passes that the seed chooses.
static void check_made(Native *n, IrUnit *u, uint64_t seed) {
    Random r = {seed + 1};
    cover_some(u, &r);
    check_unit(n, u, seed, " none", random_shape(&r, seed));
    char names[256] = "";
    unsigned n_passes = 0;
    while (opt_passes[n_passes].name) n_passes++;
    for (unsigned k = 1 + random_below(&r, 5); k-- > 0;) {
        const OptPass *p = k == 0 ? &opt_passes[0] : &opt_passes[random_below(&r, n_passes)];
        strcat(strcat(names, " "), p->name);
        p->run(u);
    }
    if (random_below(&r, 2)) strcat(names, " step"), opt_step(u);
    if (random_below(&r, 2)) strcat(names, " late"), opt_late(u);
    if (random_below(&r, 2)) strcat(names, " known"), opt_known(u);
    if (seed % 4 == 0) strcat(names, " nans"), opt_nans(u, &(OptLoose){{~0ull, ~0ull, ~0ull, ~0ull}}); // without BOUNDs
    check_unit(n, u, seed, names, random_shape(&r, seed));
}

static void check_seed(Native *n, IrUnit *u, uint64_t seed, Kind kind) {
    make_unit(u, seed, kind);
    check_made(n, u, seed);
}

// ---- cases, and making them
static bool check_case(const char *path) {
    char kind[32];
    Native n;
    IrUnit u;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    uint64_t seed = shrink_unit_read(&u, path, kind);
    if (!strcmp(kind, "units")) check_made(&n, &u, seed); // others are for the passes alone
    ir_unit_free(&u);
    native_free(&n);
    return true;
}

static void test_cases(void **state) {
    unsigned n_cases;
    (void)state;
    assert_int_equal(shrink_each("emulator/tests/opt/units", check_case, &n_cases), 0);
}

typedef struct Shrinking {
    uint64_t seed;
    ShrinkEnd how; // it fails so
    const IrUnit *u;
} Shrinking;

static bool runs_right(void *ctx) {
    const Shrinking *k = ctx;
    Native n;
    IrUnit u;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    unit_copy(&u, k->u);
    check_made(&n, &u, k->seed); // does not come back if it fails
    return true;
}

static bool fails(const IrUnit *u, void *ctx) {
    Shrinking *k = ctx;
    k->u = u;
    return shrink_child(runs_right, k, 5) == k->how;
}

static int shrink_seed(uint64_t seed) {
    IrUnit u;
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    Shrinking k = {.seed = seed, .u = &u};
    for (unsigned kind = 0; kind < KINDS && !k.how; kind++) {
        make_unit(&u, seed, (Kind)kind);
        k.how = shrink_child(runs_right, &k, 5);
    }
    if (!k.how) return printf("seed %llu does not fail\n", (unsigned long long)seed), 1;
    uint32_t n = u.insns.n - 1, left = shrink_unit(&u, fails, &k);
    shrink_unit_print(stdout, &u, "units", seed);
    printf("; test_units --shrink %llu: %u of %u instructions are left\n", (unsigned long long)seed, left, n);
    ir_unit_free(&u);
    return 0;
}

// ---- loops of a known number of rounds, which opt/unroll.c writes out
static IrRef random_step(IrUnit *u, Random *r, IrRef a, IrRef b) {
    static const uint8_t ops[] = {IR_ADD, IR_SUB, IR_XOR, IR_MUL, IR_AND, IR_OR};
    return ir_emit(u, (IrInsn){.op = ops[random_below(r, ARRAY_LEN(ops))], .type = IR_I64, .a = a, .b = b});
}

static void begin_block(IrUnit *u, unsigned block, unsigned n_guest, int retired) {
    ir_block_begin(u, 0x1000 + 16 * block);
    u->blocks.at[block].n_guest = (uint16_t)n_guest;
    ir_emit(u, (IrInsn){.op = IR_BUDGET, .imm = retired});
    ir_emit(u, (IrInsn){.op = IR_INSN, .imm = 0x1000 + 16 * block});
}

static void end_block(IrUnit *u, IrInsn terminator, IrTarget first, IrTarget second) {
    ir_emit(u, terminator);
    IrBlock *b = &u->blocks.at[u->blocks.n - 1];
    b->succ[0] = first, b->succ[1] = second;
    ir_block_end(u);
}

// A block before, the loop of one or two blocks, a block behind. The counter may be a half; a round may end the unit.
static void make_counted(IrUnit *u, Random *r) {
    unsigned rounds = 1 + random_below(r, 9);
    int64_t step = random_below(r, 2) ? 1 + (int64_t)random_below(r, 5) : -1 - (int64_t)random_below(r, 5);
    int64_t start = (int64_t)random_below(r, 100) - 50, end = start + step * rounds;
    bool half = random_below(r, 2), two = random_below(r, 2), leaves = random_below(r, 2), faults = random_below(r, 2);
    static const uint8_t conds[2][2] = {{IR_NE, IR_LTS}, {IR_NE, IR_GTS}};
    ir_unit_reset(u);
    IrTarget out = ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x3000, .retired = 1});
    IrTarget away = ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x2000, .retired = 1});
    begin_block(u, 0, 1, 1);
    IrRef x1 = ir_get(u, 1), x2 = ir_get(u, 2), first = ir_const(u, IR_I64, (uint64_t)start);
    ir_emit(u, (IrInsn){.op = IR_SET, .a = first, .imm = 3});
    end_block(u, (IrInsn){.op = IR_JUMP}, 1, IR_NO_TARGET);
    ir_block_begin(u, 0x1010);
    u->blocks.at[1].n_guest = 1;
    uint32_t args = u->phi_args.n;
    for (unsigned k = 0; k < 4; k++) vec_push(&u->phi_args, k == 0 ? first : x1);
    IrRef counter = ir_emit(u, (IrInsn){.op = IR_PHI, .type = IR_I64, .b = 3 + 1, .c = 2, .imm = args});
    IrRef sum = ir_emit(u, (IrInsn){.op = IR_PHI, .type = IR_I64, .c = 2, .imm = args + 2});
    ir_emit(u, (IrInsn){.op = IR_BUDGET, .imm = 1});
    ir_emit(u, (IrInsn){.op = IR_INSN, .imm = 0x1010});
    IrRef made = random_step(u, r, sum, random_below(r, 2) ? x2 : counter);
    if (faults)
        made = random_step(u, r, made, ir_emit(u, (IrInsn){.op = IR_LOAD, .type = IR_I64, .a = x2, .c = 3, .imm = 8}));
    ir_emit(u, (IrInsn){.op = IR_SET, .a = made, .imm = random_below(r, 3)});
    if (two) {
        IrInsn br = {.op = IR_BR, .type = IR_I64, .a = made, .c = IR_EQ, .imm = (int64_t)random_below(r, 4)};
        end_block(u, leaves ? br : (IrInsn){.op = IR_JUMP}, leaves ? away : 2, leaves ? 2 : IR_NO_TARGET);
        begin_block(u, 2, 1, 1);
        made = random_step(u, r, made, x2);
        ir_emit(u, (IrInsn){.op = IR_SET, .a = made, .imm = 4});
    }
    IrRef next = ir_emit(u, (IrInsn){.op = IR_ADD, .type = half ? IR_I32 : IR_I64, .a = counter, .imm = step});
    if (half) next = ir_emit(u, (IrInsn){.op = IR_SEXT, .type = IR_I64, .a = next, .imm = 32});
    ir_emit(u, (IrInsn){.op = IR_SET, .a = next, .imm = 3});
    u->phi_args.at[args + 1] = next, u->phi_args.at[args + 3] = made;
    IrTarget behind = (IrTarget)u->blocks.n;
    bool back_first = random_below(r, 2);
    IrCond c = (IrCond)conds[step < 0][random_below(r, 2)];
    end_block(u, (IrInsn){.op = IR_BR, .type = IR_I64, .a = next, .c = back_first ? c : ir_cond_negate(c), .imm = end},
              back_first ? 1 : behind, back_first ? behind : 1);
    begin_block(u, behind, 1, 1);
    ir_emit(u, (IrInsn){.op = IR_SET, .a = random_step(u, r, made, next), .imm = 5});
    end_block(u, (IrInsn){.op = IR_JUMP}, out, IR_NO_TARGET);
}

static void test_counted_loops(void **state) {
    enum { LOOPS = 1000 };
    (void)state;
    Native n;
    IrUnit u, whole;
    unsigned written_out = 0;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    for (uint64_t seed = 1; seed <= LOOPS; seed++) {
        Random r = {seed};
        make_counted(&u, &r);
        uint32_t before = u.blocks.n;
        ir_unit_init(&whole, unit_slots, UNIT_SLOTS);
        unit_copy(&whole, &u);
        opt_unroll(&u);
        written_out += u.blocks.n > before;
        check_same(&n, &whole, &u, seed, " unroll", random_shape(&r, seed));
        check_made(&n, &u, seed);
        ir_unit_free(&whole);
    }
    assert_in_range(written_out, LOOPS / 2, LOOPS); // a loop of one round is not longer then
    ir_unit_free(&u);
    native_free(&n);
}

// ---- loops of numbers of 32 bits, which opt/narrow.c keeps as such
enum { WORDS = 3 }; // slots 0 to 2 go round the loop

typedef struct Words {
    IrUnit *u;
    Random *r;
    IrRef now[UNIT_SLOTS_I64];
} Words;

static IrRef any_word(Words *s) { return s->now[random_below(s->r, UNIT_SLOTS_I64)]; }

// Mostly what ADDW and its like do; now and then a use of all bits, or one that may fault.
static void word_step(Words *s) {
    static const uint8_t ops[] = {IR_ADD, IR_SUB, IR_XOR, IR_MUL, IR_SHL, IR_SAR};
    uint8_t op = ops[random_below(s->r, ARRAY_LEN(ops))];
    unsigned slot = random_below(s->r, WORDS), kind = random_below(s->r, 16);
    IrRef a = any_word(s), b = random_below(s->r, 2) ? any_word(s) : 0, made;
    ir_emit(s->u, (IrInsn){.op = IR_INSN, .imm = 0x1008, .c = 1});
    if (kind == 0) {
        ir_emit(s->u, (IrInsn){.op = IR_SET, .a = random_step(s->u, s->r, a, any_word(s)), .imm = 3});
        return;
    }
    if (kind == 1) {
        ir_emit(s->u, (IrInsn){.op = IR_STORE, .type = IR_I64, .a = s->now[4], .b = a, .c = (IrRef)(2 + kind / 8)});
        return;
    }
    if (kind == 2) {
        made = ir_emit(s->u, (IrInsn){.op = IR_LOAD, .type = IR_I64, .a = s->now[4], .c = 2 | MEMOP_SIGNED, .imm = 4});
    } else if (kind == 3) {
        made = ir_emit(s->u, (IrInsn){.op = IR_CMP, .type = IR_I64, .a = a, .b = any_word(s), .c = IR_LTU});
    } else {
        made =
            ir_emit(s->u, (IrInsn){.op = op, .type = IR_I32, .a = a, .b = b, .imm = b ? 0 : 1 + random_below(s->r, 9)});
        made = ir_emit(s->u, (IrInsn){.op = IR_SEXT, .type = IR_I64, .a = made, .imm = 32});
    }
    ir_emit(s->u, (IrInsn){.op = IR_SET, .a = made, .imm = slot});
    s->now[slot] = made;
}

static IrInsn word_branch(Words *s) {
    static const uint8_t conds[] = {IR_NE, IR_EQ, IR_LTU, IR_GEU, IR_LTS, IR_GES, IR_GTS, IR_LEU};
    IrRef b = random_below(s->r, 3) ? any_word(s) : 0;
    return (IrInsn){.op = IR_BR,
                    .type = IR_I64,
                    .a = s->now[random_below(s->r, WORDS)],
                    .b = b,
                    .c = conds[random_below(s->r, ARRAY_LEN(conds))],
                    .imm = b ? 0 : (int64_t)random_below(s->r, 200) - 100};
}

// An entry that does nothing, a loop of one or two blocks, a block behind that looks at all bits.
static void make_words(IrUnit *u, Random *r) {
    Words s = {.u = u, .r = r};
    IrRef first[WORDS], phi[WORDS];
    bool two = random_below(r, 2), back_first = random_below(r, 2);
    ir_unit_reset(u);
    IrTarget out = ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x3000, .retired = 1});
    IrTarget away = ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x2000, .retired = 1});
    ir_block_begin(u, 0x1000);
    for (unsigned k = 0; k < UNIT_SLOTS_I64; k++) s.now[k] = ir_get(u, k);
    for (unsigned k = 0; k < WORDS; k++)
        first[k] = random_below(r, 4) ? s.now[k] : ir_const(u, IR_I64, random_below(r, 2) ? random_next(r) : 5);
    end_block(u, (IrInsn){.op = IR_JUMP}, 1, IR_NO_TARGET);
    ir_block_begin(u, 0x1010);
    u->blocks.at[1].n_guest = 1;
    for (unsigned k = 0; k < WORDS; k++) {
        bool slot = first[k] == s.now[k];
        phi[k] = ir_emit(
            u, (IrInsn){.op = IR_PHI, .type = IR_I64, .b = slot ? (IrRef)(k + 1) : 0, .c = 2, .imm = u->phi_args.n});
        vec_push(&u->phi_args, first[k]);
        vec_push(&u->phi_args, 0);
    }
    ir_emit(u, (IrInsn){.op = IR_BUDGET, .imm = 1});
    ir_emit(u, (IrInsn){.op = IR_INSN, .imm = 0x1010});
    for (unsigned k = 0; k < WORDS; k++) {
        s.now[k] = phi[k];
        if (!u->insns.at[phi[k]].b) ir_emit(u, (IrInsn){.op = IR_SET, .a = phi[k], .imm = k});
    }
    for (unsigned n = 1 + random_below(r, 6); n-- > 0;) word_step(&s);
    if (two) {
        ir_emit(u, (IrInsn){.op = IR_INSN, .imm = 0x1018, .c = 2});
        end_block(u, word_branch(&s), away, 2);
        begin_block(u, 2, 1, 1);
        for (unsigned n = 1 + random_below(r, 4); n-- > 0;) word_step(&s);
    }
    for (unsigned k = 0; k < WORDS; k++) u->phi_args.at[u->insns.at[phi[k]].imm + 1] = s.now[k];
    IrTarget behind = (IrTarget)u->blocks.n;
    end_block(u, word_branch(&s), back_first ? 1 : behind, back_first ? behind : 1);
    begin_block(u, behind, 1, 1);
    ir_emit(u, (IrInsn){.op = IR_SET, .a = random_step(u, r, any_word(&s), any_word(&s)), .imm = 5});
    end_block(u, (IrInsn){.op = IR_JUMP}, out, IR_NO_TARGET);
}

// The unit, narrowed, does what it did; or it leaves before it has done anything, when what it was entered with is not clean.
static bool check_words(Native *n, const IrUnit *whole, const IrUnit *u, uint64_t seed) {
    bool left = false;
    native_compile(n, u, (NativeShape){.pool = host_native.pool});
    for (unsigned run = 0; run < RUNS; run++) {
        World start = world_start(seed * RUNS + run);
        for (unsigned k = 0; k < UNIT_SLOTS_I64 && run; k++)
            if (k != 4) start.slot[k] = (uint64_t)(int32_t)start.slot[k];
        memcpy(start.before, start.slot, sizeof start.before);
        start.no_markers = true;
        World want = start, walked = start, got = start;
        world_walk(whole, &want);
        world_walk(u, &walked);
        native_run(n, &got);
        bool bound = !strcmp(walked.way_out, "bound");
        left |= bound;
        world_name_exit(&want, whole), world_name_exit(&walked, u), world_name_exit(&got, u);
        if (bound) want = walked, memcpy(want.slot, start.slot, UNIT_SLOTS_I64 * sizeof *want.slot);
        if (world_same(&want, &walked) && world_same(&walked, &got)) continue;
        world_print_differences(&want, &walked);
        world_print_differences(&walked, &got);
        fprintf(stderr, "%s--- narrow\n%s\n%s\n", unit_text(whole), unit_text(u), native_text(n));
        fail_msg("loop of words %llu, run %u", (unsigned long long)seed, run);
    }
    return left;
}

static void test_words(void **state) {
    (void)state;
    Native n;
    IrUnit u, whole;
    Err err;
    unsigned narrowed = 0, left = 0;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&whole, unit_slots, UNIT_SLOTS);
    uint64_t first = setting("NJ_SEED", 1), loops = setting("NJ_UNITS", 20000) / 4;
    for (uint64_t seed = first; seed < first + loops; seed++) {
        Random r = {seed};
        make_words(&u, &r);
        if (random_below(&r, 2)) opt_fold(&u);
        unit_copy(&whole, &u);
        opt_narrow(&u, &(OptLoose){{0}});
        for (uint32_t i = 1; i < u.insns.n; i++)
            if (u.insns.at[i].op == IR_PHI && u.insns.at[i].type == IR_I32) narrowed++, i = u.insns.n;
        if (random_below(&r, 2)) opt_dce(&u);
        if (random_below(&r, 2)) opt_late(&u);
        if (!ir_verify(&u, &err))
            fail_msg("loop of words %llu: %s\n%s", (unsigned long long)seed, err.text, unit_text(&u));
        left += check_words(&n, &whole, &u, seed);
    }
    print_message("%u of %u loops were narrowed, %u were left by a bound\n", narrowed, (unsigned)loops, left);
    if (loops >= 1000) assert_true(narrowed > loops / 10 && left > loops / 20);
    ir_unit_free(&u);
    ir_unit_free(&whole);
    native_free(&n);
}

// ---- loops that go round often, which opt/rounds.c writes out
static void test_rounds(void **state) {
    (void)state;
    Native n;
    IrUnit u, whole;
    unsigned written_out = 0;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&whole, unit_slots, UNIT_SLOTS);
    uint64_t first = setting("NJ_SEED", 1), loops = setting("NJ_UNITS", 20000) / 4;
    for (uint64_t seed = first; seed < first + loops; seed++) {
        Random r = {seed};
        if (random_below(&r, 4))
            make_words(&u, &r);
        else
            make_counted(&u, &r);
        if (random_below(&r, 2)) opt_fold(&u);
        bool narrow = random_below(&r, 2);
        if (narrow) opt_narrow(&u, &(OptLoose){{0}});
        u.blocks.at[1].seen = 100;
        uint32_t before = u.blocks.n;
        unit_copy(&whole, &u);
        opt_rounds(&u);
        written_out += u.blocks.n > before;
        if (random_below(&r, 2)) opt_dce(&u);
        if (random_below(&r, 2)) opt_late(&u);
        if (random_below(&r, 2)) opt_known(&u);
        if (narrow)
            check_words(&n, &whole, &u, seed); // it may be left by a bound
        else
            check_same(&n, &whole, &u, seed, " rounds", random_shape(&r, seed));
    }
    if (loops >= 1000) assert_in_range(written_out, loops / 8, loops);
    ir_unit_free(&u);
    ir_unit_free(&whole);
    native_free(&n);
}

static void test_random_units(void **state) {
    static const uint64_t once_wrong[] = {1022630, 1075434}, once_wrong_atomic[] = {5002698, 7777238};
    (void)state;
    Native n;
    IrUnit u;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    uint64_t first = setting("NJ_SEED", 1), count = setting("NJ_UNITS", CHECKED ? 4000 : 20000);
    for (uint64_t seed = first; seed < first + count; seed++) check_seed(&n, &u, seed, PLAIN);
    for (uint64_t seed = first; seed < first + count / 4; seed++) check_seed(&n, &u, seed, ATOMICS);
    for (uint64_t seed = first; seed < first + count / 4; seed++) check_seed(&n, &u, seed, FLUSH);
    for (unsigned i = 0; i < ARRAY_LEN(once_wrong); i++) check_seed(&n, &u, once_wrong[i], PLAIN);
    for (unsigned i = 0; i < ARRAY_LEN(once_wrong_atomic); i++) check_seed(&n, &u, once_wrong_atomic[i], ATOMICS);
    ir_unit_free(&u);
    native_free(&n);
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "--shrink")) return shrink_seed(strtoull(argv[2], NULL, 0));
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_counted_loops),
                                       cmocka_unit_test(test_words), cmocka_unit_test(test_rounds),
                                       cmocka_unit_test(test_random_units)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

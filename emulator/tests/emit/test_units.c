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

static void check_unit(Native *n, const IrUnit *u, uint64_t seed, const char *passes, NativeShape shape) {
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
        world_walk(u, &want);
        if (shape.jump && want.way_out_value == ~0ull) continue; // no guest pc is like that: see the return stack
        native_run(n, &got);
        if (world_same(&want, &got)) continue;
        world_print_differences(&want, &got);
        fprintf(stderr, "%s\n%s\n", unit_text(u), native_text(n));
        fail_msg("seed %llu, passes:%s, run %u, pool %#llx", (unsigned long long)seed, passes, run,
                 (unsigned long long)shape.pool);
    }
    ir_unit_free(&made);
}

static NativeShape random_shape(Random *r, uint64_t seed) {
    return (NativeShape){.pool = random_pool(r),
                         .jump = random_below(r, 2),
                         .count = random_below(r, 2),
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

static void make_unit(IrUnit *u, uint64_t seed, bool atomics) {
    Random r = {seed};
    random_unit(u, seed,
                (UnitShape){.slot_phis = random_below(&r, 4) != 0,
                            .busy = random_below(&r, 3) != 0,
                            .one_budget = true,
                            .atomics = atomics,
                            .floats = seed % 2 == 0,
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
    check_unit(n, u, seed, names, random_shape(&r, seed));
}

static void check_seed(Native *n, IrUnit *u, uint64_t seed, bool atomics) {
    make_unit(u, seed, atomics);
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
    for (unsigned atomics = 0; atomics < 2 && !k.how; atomics++) {
        make_unit(&u, seed, atomics);
        k.how = shrink_child(runs_right, &k, 5);
    }
    if (!k.how) return printf("seed %llu does not fail\n", (unsigned long long)seed), 1;
    uint32_t n = u.insns.n - 1, left = shrink_unit(&u, fails, &k);
    shrink_unit_print(stdout, &u, "units", seed);
    printf("; test_units --shrink %llu: %u of %u instructions are left\n", (unsigned long long)seed, left, n);
    ir_unit_free(&u);
    return 0;
}

static void test_random_units(void **state) {
    static const uint64_t once_wrong[] = {1022630, 1075434};
    (void)state;
    Native n;
    IrUnit u;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    uint64_t first = setting("NJ_SEED", 1), count = setting("NJ_UNITS", CHECKED ? 4000 : 20000);
    for (uint64_t seed = first; seed < first + count; seed++) check_seed(&n, &u, seed, false);
    for (uint64_t seed = first; seed < first + count / 4; seed++) check_seed(&n, &u, seed, true);
    for (unsigned i = 0; i < ARRAY_LEN(once_wrong); i++) check_seed(&n, &u, once_wrong[i], false);
    ir_unit_free(&u);
    native_free(&n);
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "--shrink")) return shrink_seed(strtoull(argv[2], NULL, 0));
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_random_units)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Oracle: world_walk(), a plain walk over the IR by ir_eval. Random units of several blocks, allocated and emitted, do
// the same: slots, memory, calls in order, budget, and the way out. As made, and after random passes.
//
// NJ_SEED and NJ_UNITS in the environment choose another run: NJ_SEED=17 NJ_UNITS=1 is seed 17 alone.
#include "ir/cfg.h"
#include "ir/float.h"
#include "opt/opt.h"
#include "tests/lib/native.h"
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
    native_compile(n, u, shape);
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
}

static NativeShape random_shape(Random *r, uint64_t seed) {
    return (NativeShape){.pool = random_pool(r),
                         .jump = random_below(r, 2),
                         .count = random_below(r, 2),
                         .masked = random_below(r, 4), // any of the two extensions
                         .round = seed / 2 % FLOAT_RMM};
}

static void check_seed(Native *n, IrUnit *u, uint64_t seed, bool atomics) {
    Random r = {seed};
    random_unit(u, seed,
                (UnitShape){.slot_phis = random_below(&r, 4) != 0,
                            .busy = random_below(&r, 3) != 0,
                            .one_budget = true,
                            .atomics = atomics,
                            .floats = seed % 2 == 0,
                            .round = seed / 2 % FLOAT_RMM});
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_units)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

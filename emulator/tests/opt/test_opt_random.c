// Oracle: ir_eval and a small walker of this file. A random unit, interpreted before and after passes in every subset
// and in random order, does the same things: slots, memory, calls, markers, and the way out.
//
// NJ_SEED and NJ_UNITS in the environment choose another run.
#include "opt/opt.h"
#include "tests/lib/random_unit.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// ---- the tests
static void check_same(const IrUnit *before, const IrUnit *after, uint64_t seed, const char *passes) {
    Err err;
    if (!ir_verify(after, &err))
        fail_msg("seed %llu, passes %s: %s\n%s\n--- after\n%s", (unsigned long long)seed, passes, err.text,
                 unit_text(before), unit_text(after));
    for (unsigned run = 0; run < 4; run++) {
        World x = world_start(seed * 4 + run), y = x;
        world_walk(before, &x);
        world_walk(after, &y);
        // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): y began as a copy of x, padding and all
        if (!memcmp(&x, &y, sizeof x)) continue;
        for (unsigned i = 0; i < UNIT_SLOTS; i++)
            if (x.slot[i] != y.slot[i])
                print_error("%s: %#llx, %#llx\n", unit_slots[i].name, (unsigned long long)x.slot[i],
                            (unsigned long long)y.slot[i]);
        fail_msg("seed %llu, passes %s, run %u: %s %#llx, then %s %#llx\n%s--- after\n%s", (unsigned long long)seed,
                 passes, run, x.way_out, (unsigned long long)x.way_out_value, y.way_out,
                 (unsigned long long)y.way_out_value, unit_text(before), unit_text(after));
    }
}

static unsigned pass_count(void) {
    unsigned n = 0;
    while (opt_passes[n].name) n++;
    return n;
}

static void check_subset(const IrUnit *u, IrUnit *changed, unsigned subset, uint64_t seed) {
    char names[64] = "";
    unit_copy(changed, u);
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
    unit_copy(changed, u);
    for (unsigned n = 0; n < 8; n++) {
        const OptPass *p = &opt_passes[random_below(&r, pass_count())];
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
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&changed, unit_slots, UNIT_SLOTS);
    uint64_t first = setting("NJ_SEED", 1), n = setting("NJ_UNITS", 3000);
    for (uint64_t seed = first; seed < first + n; seed++) {
        random_unit(&u, seed, (UnitShape){.slot_phis = seed % 2, .busy = seed % 3 == 0, .floats = seed % 4 < 2});
        if (!ir_verify(&u, &err)) fail_msg("seed %llu made: %s\n%s", (unsigned long long)seed, err.text, unit_text(&u));
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
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&again, unit_slots, UNIT_SLOTS);
    for (uint64_t seed = 1; seed < 500; seed++) {
        random_unit(&u, seed, (UnitShape){.slot_phis = seed % 2, .busy = seed % 3 == 0, .floats = seed % 4 < 2});
        if (seed % 2) opt_passes[seed / 2 % pass_count()].run(&u);
        char *text = unit_text(&u);
        if (!ir_parse_with(&again, text, unit_helpers, &err))
            fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, err.text, text);
        char *text_again = unit_text(&again);
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

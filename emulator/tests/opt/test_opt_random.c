// Oracle: ir_eval and a small walker of this file. A random unit, interpreted before and after passes in every subset
// and in random order, does the same things: slots, memory, calls, markers, and the way out.
//
// NJ_SEED and NJ_UNITS in the environment choose another run.
//   test_opt_random --shrink SEED   leaves out what it can of a unit that fails, and prints the rest as a case (units/)
//   NJ_PLANT=1                      the last pass has a fault; for the test of the above
#include "jit/translate/translator.h"
#include "opt/opt.h"
#include "tests/lib/random_unit.h"
#include "tests/lib/shrink.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SUBSETS = 24 }; // of the passes, for each unit

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
        world_name_exit(&x, before), world_name_exit(&y, after);
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
    char names[128] = "";
    unit_copy(changed, u);
    for (unsigned p = 0; p < pass_count(); p++) {
        if (!(subset >> p & 1)) continue;
        strcat(strcat(names, " "), opt_passes[p].name);
        opt_passes[p].run(changed);
    }
    if (getenv("NJ_PLANT")) shrink_plant(changed);
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

// ---- the budget
static bool entered_again(const IrUnit *u) {
    for (uint32_t b = 0; b < u->blocks.n; b++)
        if (u->blocks.at[b].succ[0] == 0 || u->blocks.at[b].succ[1] == 0) return true;
    return false;
}

// Nothing in the block can fault or be seen from outside but its slots: a branch around it may become moves. Returns the slots, a
// bit each, that it reads or writes no more.
static uint64_t calm_block(IrUnit *u, const IrBlock *b) {
    uint64_t gone = 0;
    unsigned kept = 0;
    for (uint32_t i = b->first; i + 1 < b->end; i++) {
        IrInsn *in = &u->insns.at[i];
        IrType t = ir_value_type(in);
        bool pure = ir_op_is(in->op, IR_PURE) && !ir_raises_flags(in) && !ir_is_float(t);
        if (in->op == IR_PHI || in->op == IR_INSN || in->op == IR_NOP || (pure && kept++ < 2)) continue;
        bool write = in->op == IR_PUT || in->op == IR_SET;
        if (write && !in->c && kept++ <= 2) continue;
        if (write || in->op == IR_GET) gone |= 1ull << in->imm;
        if (write)
            *in = (IrInsn){.op = IR_NOP};
        else
            *in =
                t == IR_VOID ? (IrInsn){.op = IR_NOP} : (IrInsn){.op = IR_CONST, .type = (uint8_t)t, .imm = (int32_t)i};
    }
    return gone;
}

// A unit as region.c makes them: an entry that does nothing, no budget in it, guest instructions counted by block. calm: with blocks
// that may become moves.
static void make_region(IrUnit *u, Random *r, bool calm) {
    for (uint32_t i = 1; i < u->insns.n; i++)
        if (u->insns.at[i].op == IR_BUDGET) u->insns.at[i] = (IrInsn){.op = IR_NOP};
    uint64_t gone = 0;
    for (uint32_t b = 0; b < u->blocks.n; b++) {
        IrBlock *block = &u->blocks.at[b];
        if (b && random_below(r, 2) && calm) gone |= calm_block(u, block);
        block->n_guest = (uint16_t)(b || entered_again(u) ? 6 + random_below(r, 9) : 0); // more than its markers
        for (unsigned k = 0; k < 2; k++)
            if (block->succ[k] != IR_NO_TARGET && block->succ[k] & IR_TO_EXIT) { // one of its own
                IrExit x = u->exits.at[block->succ[k] & ~IR_TO_EXIT];
                x.retired = block->n_guest;
                block->succ[k] = ir_exit_add(u, x);
            }
    }
    for (uint32_t i = 1; i < u->insns.n; i++) { // such a PHI is not what its slot holds any more
        IrInsn *in = &u->insns.at[i];
        if (in->op == IR_PHI && in->b && gone >> (in->b - 1) & 1) in->b = 0;
    }
}

static uint64_t ways_out[3]; // NOLINT: counts of the test, to show that it is not empty
static uint64_t converted;   // NOLINT
static uint64_t copied;      // NOLINT

static void check_budget(const IrUnit *u, uint64_t seed) {
    Err err;
    if (!ir_verify(u, &err)) fail_msg("seed %llu: %s\n%s", (unsigned long long)seed, err.text, unit_text(u));
    for (unsigned run = 0; run < 6; run++) {
        World w = world_start(seed * 6 + run);
        w.account = w.budget = 1 + (int64_t)(random_mix(seed + run) % 90);
        int64_t start = w.budget;
        world_walk(u, &w);
        ways_out[w.way_out[0] == 'e' ? 0 : w.way_out[0] == 'f' ? 1 : 2]++;
        if (w.miscounted || w.retired > (uint64_t)start)
            fail_msg(
                "seed %llu, run %u: of %lld instructions %llu were retired, %lld are left by %s, %llu times wrong\n%s",
                (unsigned long long)seed, run, (long long)start, (unsigned long long)w.retired, (long long)w.budget,
                w.way_out, (unsigned long long)w.miscounted, unit_text(u));
    }
}

// As if each loop of one block had been seen to go round often. What is left with budget to spare did the same.
static void check_rounds(IrUnit *u, IrUnit *before, uint64_t seed, bool heat) {
    uint32_t n = u->blocks.n;
    for (uint32_t b = 1; b < n; b++)
        if (u->blocks.at[b].succ[0] == b || u->blocks.at[b].succ[1] == b) u->blocks.at[b].seen = 100;
    unit_copy(before, u);
    opt_rounds(u);
    budget_place(before, heat);
    budget_place(u, heat);
    for (unsigned run = 0; run < 6 && u->blocks.n > n; run++) {
        World x = world_start(seed * 6 + run);
        x.account = x.budget = 1000;
        World y = x;
        world_walk(before, &x);
        world_walk(u, &y);
        world_name_exit(&x, before), world_name_exit(&y, u);
        if (!strcmp(x.way_out, "budget") || !strcmp(y.way_out, "budget")) continue;
        copied++;
        x.budget = y.budget = 0; // see check_budget()
        // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): y began as a copy of x, padding and all
        if (!memcmp(&x, &y, sizeof x)) continue;
        fail_msg("seed %llu, rounds, run %u: %s, then %s\n%s--- after\n%s", (unsigned long long)seed, run, x.way_out,
                 y.way_out, unit_text(before), unit_text(u));
    }
}

// Returns how many SETs went.
static int64_t check_region(IrUnit *u, IrUnit *sunk, uint64_t seed) {
    Random r = {seed + 1};
    int64_t kept = 0;
    for (unsigned p = 0; p < pass_count(); p++)
        if (random_below(&r, 2)) opt_passes[p].run(u);
    for (uint32_t i = 1; i < u->insns.n; i++) converted += u->insns.at[i].op == IR_RETIRE;
    check_rounds(u, sunk, seed, random_below(&r, 2));
    check_budget(u, seed);
    unit_copy(sunk, u);
    for (uint32_t i = 1; i < u->insns.n; i++) kept += u->insns.at[i].op == IR_SET;
    opt_sink(sunk);
    for (uint32_t i = 1; i < sunk->insns.n; i++) kept -= sunk->insns.at[i].op == IR_SET;
    check_same(u, sunk, seed, "budget, sink");
    opt_dce(sunk);
    check_same(u, sunk, seed, "budget, sink, dce");
    opt_step(sunk);
    check_same(u, sunk, seed, "budget, sink, dce, step");
    opt_late(sunk);
    check_same(u, sunk, seed, "budget, sink, dce, step, late");
    opt_known(sunk);
    check_same(u, sunk, seed, "budget, sink, dce, step, late, known");
    check_budget(sunk, seed);
    return kept;
}

// Whatever way a region is left: what the budget says and what was retired agree, and no more was retired than there
// was. With and without branches that became moves. Sinking state afterwards changes nothing that shows.
static void test_budget(void **state) {
    static const uint64_t once_wrong[] = {1796074730, 556673, 9137693};
    (void)state;
    IrUnit u, sunk;
    int64_t kept = 0; // SETs that went
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&sunk, unit_slots, UNIT_SLOTS);
    memset(ways_out, 0, sizeof ways_out);
    converted = copied = 0;
    uint64_t first = setting("NJ_SEED", 1), n = setting("NJ_UNITS", 3000);
    for (uint64_t i = 0; i < n + ARRAY_LEN(once_wrong); i++) {
        uint64_t seed = i < n ? first + i : once_wrong[i - n];
        Random r = {seed};
        random_unit(&u, seed, (UnitShape){.slot_phis = seed % 2});
        make_region(&u, &r, true);
        kept += check_region(&u, &sunk, seed);
    }
    if (n >= 3000) assert_true(ways_out[0] && ways_out[1] && ways_out[2] && converted && copied && kept > 0);
    ir_unit_free(&u);
    ir_unit_free(&sunk);
}

// Most slots hold addresses in the span.
static World fence_world(uint64_t seed, Random *r) {
    World w = world_start(seed);
    w.span = 1ull << 31;
    w.account = w.budget = 400;
    for (unsigned i = 0; i < UNIT_SLOTS_I64; i++)
        if (random_below(r, 8)) w.slot[i] = random_next(r) >> 33;
    return w;
}

// What the pass `fence` covers is near the span whatever the slots hold, and nothing else has changed.
static void test_fence(void **state) {
    (void)state;
    static const OptFence fences[] = {{0, 1ull << 31, UNIT_FENCE, UNIT_FENCE, true, false, true, NULL, 0},
                                      {0, 1ull << 31, UNIT_FENCE, 1 << 20, true, false, false, NULL, 0},
                                      {0, 1ull << 31, 1ull << 31, 1ull << 31, false, true, true, NULL, 0}};
    IrUnit u, changed;
    uint64_t covered = 0, left = 0;
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&changed, unit_slots, UNIT_SLOTS);
    uint64_t first = setting("NJ_SEED", 1), n = setting("NJ_UNITS", 3000);
    for (uint64_t seed = first; seed < first + n; seed++) {
        Random r = {seed};
        random_unit(&u, seed, (UnitShape){.slot_phis = seed % 4 != 0, .addresses = true});
        make_region(&u, &r, false);
        if (seed % 8) opt_state(&u), opt_fold(&u);
        unit_copy(&changed, &u);
        opt_fence(&changed, &fences[seed % ARRAY_LEN(fences)]);
        budget_place(&u, seed % 2);
        budget_place(&changed, seed % 2);
        check_same(&u, &changed, seed, "fence");
        for (unsigned run = 0; run < 6; run++) {
            World w = fence_world(seed * 6 + run, &r);
            w.nothing_else = fences[seed % ARRAY_LEN(fences)].all;
            world_walk(&changed, &w);
            covered += w.covered, left += w.way_out[0] == 'b' && w.way_out[1] == 'o';
            if (w.strays || w.miscounted)
                fail_msg("seed %llu, run %u: %llu covered accesses stray, %llu times miscounted\n%s--- after\n%s",
                         (unsigned long long)seed, run, (unsigned long long)w.strays, (unsigned long long)w.miscounted,
                         unit_text(&u), unit_text(&changed));
        }
    }
    print_message("%llu covered accesses, left by a bound %llu times\n", (unsigned long long)covered,
                  (unsigned long long)left);
    if (n >= 3000) assert_true(covered > 10000 && left > 1000);
    ir_unit_free(&u);
    ir_unit_free(&changed);
}

static UnitShape shape_of(uint64_t seed) {
    return (UnitShape){.slot_phis = seed % 2,
                       .busy = seed % 3 == 0,
                       .atomics = seed % 5 == 0,
                       .floats = seed % 4 < 2,
                       .flush = seed % 16 == 12};
}

static void check_meaning(const IrUnit *u, IrUnit *changed, uint64_t seed) {
    Random r = {seed ^ 0x5b5e7};
    for (unsigned tries = 0; tries < SUBSETS; tries++)
        check_subset(u, changed, 1 + random_below(&r, (1u << pass_count()) - 1), seed);
    check_subset(u, changed, (1u << pass_count()) - 1, seed);
    check_random_order(u, changed, seed);
}

static void test_same_meaning(void **state) {
    (void)state;
    IrUnit u, changed;
    Err err;
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&changed, unit_slots, UNIT_SLOTS);
    uint64_t first = setting("NJ_SEED", 1), n = setting("NJ_UNITS", 3000);
    for (uint64_t seed = first; seed < first + n; seed++) {
        random_unit(&u, seed, shape_of(seed));
        if (!ir_verify(&u, &err)) fail_msg("seed %llu made: %s\n%s", (unsigned long long)seed, err.text, unit_text(&u));
        check_meaning(&u, &changed, seed);
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
        random_unit(&u, seed, shape_of(seed));
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

// ---- cases, and making them
typedef struct Shrinking {
    uint64_t seed;
    const char *kind; // "passes", "region", or "units", which the passes must not break either
    const IrUnit *u;
    ShrinkEnd how; // it fails so
} Shrinking;

static bool runs_right(void *ctx) {
    const Shrinking *k = ctx;
    IrUnit u, changed;
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    ir_unit_init(&changed, unit_slots, UNIT_SLOTS);
    unit_copy(&u, k->u);
    if (!strcmp(k->kind, "region"))
        check_region(&u, &changed, k->seed);
    else
        check_meaning(&u, &changed, k->seed); // neither comes back if it fails
    ir_unit_free(&u);
    ir_unit_free(&changed);
    return true;
}

static bool check_case(const char *path) {
    char kind[32];
    IrUnit u;
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    uint64_t seed = shrink_unit_read(&u, path, kind);
    runs_right(&(Shrinking){seed, kind, &u, SHRINK_RIGHT});
    ir_unit_free(&u);
    return true;
}

static void test_cases(void **state) {
    unsigned n_cases;
    (void)state;
    assert_int_equal(shrink_each("emulator/tests/opt/units", check_case, &n_cases), 0);
}

static bool fails(const IrUnit *u, void *ctx) {
    Shrinking *k = ctx;
    k->u = u;
    return shrink_child(runs_right, k, 5) == k->how;
}

static int shrink_seed(uint64_t seed) {
    IrUnit u;
    Random r = {seed};
    Shrinking k = {seed, "passes", &u, SHRINK_RIGHT};
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    random_unit(&u, seed, shape_of(seed));
    k.how = shrink_child(runs_right, &k, 5);
    if (!k.how) {
        k.kind = "region";
        random_unit(&u, seed, (UnitShape){.slot_phis = seed % 2});
        make_region(&u, &r, true);
        k.how = shrink_child(runs_right, &k, 5);
        if (!k.how) return printf("seed %llu does not fail in what can be made smaller\n", (unsigned long long)seed), 1;
    }
    uint32_t n = u.insns.n - 1, left = shrink_unit(&u, fails, &k);
    shrink_unit_print(stdout, &u, k.kind, seed);
    printf("; test_opt_random --shrink %llu: %u of %u instructions are left\n", (unsigned long long)seed, left, n);
    ir_unit_free(&u);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "--shrink")) return shrink_seed(strtoull(argv[2], NULL, 0));
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_text_round_trip),
                                       cmocka_unit_test(test_same_meaning), cmocka_unit_test(test_budget),
                                       cmocka_unit_test(test_fence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

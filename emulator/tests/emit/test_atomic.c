// Oracle: ir_atomic_eval(). Every ATOMIC, emitted in place, on memory of its own: by the span and by the table, with
// other processors and without, with a result and without, with registers to spare and without, with extensions and without. And several
// processors at once: known sums. FENCE: what ir_op.inc says of it.
//
// NJ_SEED in the environment chooses other values.
#include "tests/lib/native.h"
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

enum { ROUNDS = 40, PAGE = 4096, GUEST = 0x10000, TURNS = 100000, THREADS = 3 };

static int32_t disp(const Native *n, const void *field) {
    return (int32_t)((const char *)field - (const char *)frame_reg(n->frame));
}

static void by_table(Native *n, hp memory) {
    Tlb *t = &n->frame->tlb[0];
    tlb_init(t);
    tlb_fill(t, GUEST, memory, true, false);
    // One that is off leads nowhere.
    n->cfg.store_span = (HostSpan){.on = false, .lo = GUEST, .len = PAGE, .to_host = -GUEST};
    n->cfg.store = (HostProbe){
        true, MEM_PAGE_BITS, TLB_BITS, TLB_ENTRY_BITS, disp(n, &t->entry[0].store_tag), disp(n, &t->entry[0].addend),
        0};
}

static void by_span(Native *n, hp memory) {
    by_table(n, memory);
    n->cfg.store_span =
        (HostSpan){.on = true, .lo = GUEST, .len = PAGE, .to_host = (int64_t)((uint64_t)(uintptr_t)memory - GUEST)};
}

// Not one for accesses that must be aligned: it does not begin where they do.
static void by_odd_span(Native *n, hp memory) {
    by_span(n, memory);
    n->cfg.store_span.lo += 4, n->cfg.store_span.len -= 8;
}

// slot 0: the address, 1: b, 2: c, 3: what was there (7 for an I32)
static void make(IrUnit *u, IrType t, IrAtomic kind, bool result, bool crowded) {
    enum { CROWD = 12 };
    IrRef values[CROWD];
    ir_unit_reset(u);
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x1000});
    ir_block_begin(u, 0x1000);
    for (unsigned i = 0; i < CROWD && crowded; i++)
        values[i] = ir_op2i(u, IR_ADD, IR_I64, ir_get(u, i % UNIT_SLOTS_I64), 3 * (int)i + 1);
    IrRef b = ir_get(u, 1), c = kind == IR_ATOMIC_CAS ? ir_get(u, 2) : 0;
    IrRef old = ir_atomic(u, t, kind, ir_get(u, 0), b, c);
    unsigned slot = t == IR_I32 ? 7 : 3;
    if (result) ir_put(u, slot, old);
    for (unsigned i = 1; i < CROWD && crowded; i++) values[0] = ir_op2(u, IR_XOR, IR_I64, values[0], values[i]);
    if (crowded) ir_put(u, 4, values[0]);
    ir_emit(u, (IrInsn){.op = IR_JUMP});
    u->blocks.at[0].succ[0] = IR_TO_EXIT;
    ir_block_end(u);
}

static void check(Native *n, Random *r, hp memory, IrUnit *u, IrType t, IrAtomic kind, bool result) {
    World w = world_start(random_next(r));
    unsigned size = t == IR_I32 ? 4 : 8, offset = random_below(r, PAGE / 8) * 8;
    uint64_t was = random_interesting(r), now = 0, before;
    memcpy(memory + offset, &was, 8);
    w.slot[0] = GUEST + offset;
    w.slot[1] = random_interesting(r);
    w.slot[2] = random_below(r, 2) ? was : random_interesting(r);
    before = w.slot[1];
    uint64_t want = ir_atomic_eval(kind, t, was, w.slot[1], w.slot[2]);
    if (size == 4) want |= was >> 32 << 32, was = (uint32_t)was;
    native_run(n, &w);
    memcpy(&now, memory + offset, 8);
    bool same = now == want && w.slot[1] == before && (!result || w.slot[t == IR_I32 ? 7 : 3] == was);
    if (!same) fprintf(stderr, "%s\n%s\n", unit_text(u), native_text(n));
    assert_int_equal(now, want);
    assert_true(same);
}

#ifndef MAP_32BIT // other hosts than x86-64 need no low addresses
#define MAP_32BIT 0
#endif
static hp map_low(size_t n) {
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    assert_true(p != MAP_FAILED);
    return p;
}

static void test_each(void **state) {
    (void)state;
    const char *text = getenv("NJ_SEED");
    Random r = {text ? strtoull(text, NULL, 0) : 1};
    Native n;
    IrUnit u;
    Err err;
    hp memory = map_low(PAGE);
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    for (unsigned i = 0; i < IR_ATOMIC_COUNT * 64; i++) {
        IrType t = i & 1 ? IR_I32 : IR_I64;
        IrAtomic kind = (IrAtomic)(i / 64);
        make(&u, t, kind, i & 2, i & 4);
        assert_true(ir_verify(&u, &err));
        n.cfg.shared = i & 8;
        if (!(i & 16))
            by_table(&n, memory);
        else if (random_below(&r, 3) == 0)
            by_odd_span(&n, memory);
        else
            by_span(&n, memory);
        native_compile(&n, &u, (NativeShape){.pool = random_pool(&r), .masked = i & 32 ? ~0u : 0});
        for (unsigned k = 0; k < ROUNDS; k++) check(&n, &r, memory, &u, t, kind, i & 2);
    }
    ir_unit_free(&u);
    native_free(&n);
    munmap(memory, PAGE);
}

// ---- at once
typedef struct Worker {
    pthread_t thread;
    hp memory;
    IrAtomic kind;
} Worker;

static void *work(void *arg) {
    const Worker *k = arg;
    fesetenv(FE_DFL_ENV); // flags of the thread that made this one are not its own
    Native n;
    IrUnit u;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    make(&u, IR_I64, k->kind, true, false);
    n.cfg.shared = true;
    by_span(&n, k->memory);
    native_compile(&n, &u, (NativeShape){0});
    World w = world_start(1);
    for (unsigned i = 0; i < TURNS; i++) {
        w.slot[0] = GUEST;
        w.slot[1] = k->kind == IR_ATOMIC_XOR ? 1ull << 63 : 1;
        if (k->kind == IR_ATOMIC_CAS) w.slot[2] = *(volatile uint64_t *)(void *)k->memory, w.slot[1] = w.slot[2] + 1;
        uint64_t expected = w.slot[2];
        native_run(&n, &w);
        if (k->kind == IR_ATOMIC_CAS && w.slot[3] != expected) i--;
    }
    ir_unit_free(&u);
    native_free(&n);
    return NULL;
}

static void test_at_once(void **state) {
    (void)state;
    static const IrAtomic kinds[] = {IR_ATOMIC_ADD, IR_ATOMIC_CAS, IR_ATOMIC_XOR};
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
        hp memory = map_low(PAGE);
        Worker w[THREADS];
        for (unsigned k = 0; k < THREADS; k++) {
            w[k] = (Worker){.memory = memory, .kind = kinds[i]};
            assert_int_equal(pthread_create(&w[k].thread, NULL, work, &w[k]), 0);
        }
        for (unsigned k = 0; k < THREADS; k++) pthread_join(w[k].thread, NULL);
        uint64_t sum;
        memcpy(&sum, memory, sizeof sum);
        assert_int_equal(sum, kinds[i] == IR_ATOMIC_XOR ? 0 : TURNS * THREADS);
        munmap(memory, PAGE);
    }
}

// A span whose length is no immediate cannot be compared with one: what lies far behind it is outside.
static void test_span_too_long(void **state) {
    (void)state;
    Native n;
    IrUnit u;
    hp memory = map_low(PAGE);
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    make(&u, IR_I64, IR_ATOMIC_ADD, true, false);
    by_span(&n, memory);
    n.cfg.store_span.len = (1ull << 34) + PAGE; // of eighths, too: what must be aligned is compared so
    native_compile(&n, &u, (NativeShape){0});
    World w = world_start(1);
    w.slot[0] = GUEST + (1ull << 46);
    native_run(&n, &w);
    assert_string_equal(w.way_out,
                        "exit 0"); // by the routine for what is in no table; the span leads to where nothing is
    ir_unit_free(&u);
    native_free(&n);
    munmap(memory, PAGE);
}

// A FENCE is for other processors: without them nothing is to be emitted.
static void test_fence(void **state) {
    (void)state;
    static const char with[] = "b0: pc 0x1000 bytes 4 guest 1\n"
                               "  insn 0x1000 [0]\n"
                               "  fence\n"
                               "  jump -> e0\n"
                               "e0: direct pc 0x1004 retired 1\n",
                      without[] = "b0: pc 0x1000 bytes 4 guest 1\n"
                                  "  insn 0x1000 [0]\n"
                                  "  jump -> e0\n"
                                  "e0: direct pc 0x1004 retired 1\n";
    uint32_t insns[2][2];
    Native n;
    native_init(&n);
    for (unsigned i = 0; i < 4; i++) {
        IrUnit u;
        Err err;
        ir_unit_init(&u, unit_slots, UNIT_SLOTS);
        if (!ir_parse_with(&u, i & 1 ? with : without, unit_helpers, &err) || !ir_verify(&u, &err))
            fail_msg("%s", err.text);
        n.cfg.shared = i & 2;
        native_compile(&n, &u, (NativeShape){0});
        insns[i / 2][i & 1] = n.code.n_insns;
        ir_unit_free(&u);
    }
    native_free(&n);
    assert_int_equal(insns[false][true], insns[false][false]);
    assert_true(insns[true][true] > insns[true][false]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each), cmocka_unit_test(test_at_once),
                                       cmocka_unit_test(test_fence), cmocka_unit_test(test_span_too_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

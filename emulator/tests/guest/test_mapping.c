// Oracle: a page table in an array: what is mapped where when an instruction runs, by hand. RV64 code under a toy
// translate() on all engines: remapped code and data, aliases, borders of pages, modes, and what must be kept.
#include "guest/rv64/rv64.h"
#include "jit/invalidate.h"
#include "run/machine.h"
#include "tests/lib/stream.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka needs the three above
#include <cmocka.h>

// Physical pages. CODE, LEAF_1, ... are what tests put there; NOWHERE has no memory.
#define PAGE(n) (STREAM_RAM + (gaddr)(n)*MEM_PAGE)
enum { HANDLER = 0, CODE = 1, LEAF_1, LEAF_2, DATA_1, DATA_2, DATA_3, MORE = 16 };
#define NOWHERE 0x1000ull
#define UART    0x10000000ull

// Guest pages
#define V_CODE 0x400000ull
#define V_LEAF 0x480000ull
#define V_DATA 0x600000ull
enum { X0, RA, A0 = 10, A1, A2, A3, A4, A5 };

enum { R = 1, W = 2, X = 4, GLOBAL = 8, PARTIAL = 16, ONLY_VIEW_1 = 32 };
typedef struct Map {
    gaddr vpage, ppage;
    unsigned flags, bits;
} Map;

typedef struct Toy {
    Machine m;
    Map maps[16];
    unsigned n;
    uint32_t base_mode;
} Toy;

static MemFault translate(void *ctx, gaddr vaddr, unsigned size, MemKind kind, MemPage *page) {
    static const unsigned needs[] = {[MEM_KIND_LOAD] = R, [MEM_KIND_STORE] = W, [MEM_KIND_FETCH] = X};
    Toy *t = ctx;
    assert_true((vaddr & (MEM_PAGE - 1)) + size <= MEM_PAGE); // what is promised to a guest
    for (unsigned i = 0; i < t->n; i++) {
        const Map *k = &t->maps[i];
        if (vaddr >> MEM_PAGE_BITS != k->vpage >> MEM_PAGE_BITS || !(k->flags & needs[kind])) continue;
        if (k->flags & ONLY_VIEW_1 && (machine_cpu(&t->m)->mode & CPU_MODE_VIEW) != 1) continue;
        *page = (MemPage){.paddr = k->ppage | (vaddr & (MEM_PAGE - 1)),
                          .map_bits = (uint8_t)(k->bits ? k->bits : MEM_PAGE_BITS),
                          .global = k->flags & GLOBAL,
                          .partial = k->flags & PARTIAL};
        return MEM_FAULT_NONE;
    }
    return MEM_FAULT_PAGE;
}

static Map *map(Toy *t, gaddr vpage, gaddr ppage, unsigned flags) {
    Map *k = t->maps;
    while (k < t->maps + t->n && (k->vpage != vpage || (k->flags & ONLY_VIEW_1) != (flags & ONLY_VIEW_1))) k++;
    if (k == t->maps + t->n) t->n++;
    *k = (Map){.vpage = vpage, .ppage = ppage, .flags = flags};
    return k;
}

// ---- machines
typedef struct Way {
    const char *features;
    bool interp;
} Way;
static const Way ways[] = {
    {"all", true},       {"all", false},         {"none", false},      {"all,-chain", false},
    {"all,-tlb", false}, {"all,-region", false}, {"all,-ibtc", false}, {"none,+chain,+ibtc", false}};

static void begin(Toy *t, const Way *way) {
    static const uint8_t wfi[] = {0x73, 0x00, 0x50, 0x10};
    Bytes code = {0};
    char path[40];
    Err err;
    for (unsigned i = 0; i < sizeof wfi; i++) vec_push(&code, wfi[i]);
    int fd = stream_elf(&code);
    vec_free(&code);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    MachineOptions o = {.elf_path = path,
                        .interp = way->interp,
                        .features = features_default(),
                        .ram_size = 1 << 20,
                        .cache_size = 4 << 20,
                        .in_fd = -1,
                        .out_fd = -1};
    BUG_IF(!features_parse(&o.features, way->features, &err), "%s", err.text);
    memset(t, 0, sizeof *t);
    BUG_IF(!machine_init(&t->m, &o, &err), "%s", err.text);
    close(fd);
    t->m.hart.translate = translate;
    t->m.hart.translate_ctx = t;
    t->base_mode = machine_cpu(&t->m)->mode;
    rv64_state(machine_cpu(&t->m))->mtvec = PAGE(HANDLER);
    map(t, V_CODE, PAGE(CODE), X);
}

static Way the_way;
static void on_every_engine(void (*test)(Toy *t)) {
    static Toy t;
    for (unsigned i = 0; i < ARRAY_LEN(ways); i++) {
        begin(&t, &ways[i]);
        print_message("  %s %s\n", ways[i].interp ? "interp" : "jit", ways[i].features);
        the_way = ways[i];
        test(&t);
        machine_free(&t.m);
    }
}

static void put(Toy *t, gaddr paddr, const uint32_t *words, unsigned n) {
    assert_true(mem_copy_in(&t->m.mem, paddr, words, 4 * n));
}
#define PUT(t, paddr, ...)                                                                                             \
    put(t, paddr, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static uint64_t word_at(Toy *t, gaddr paddr) {
    uint64_t v = 0;
    assert_true(mem_copy_out(&t->m.mem, paddr, &v, sizeof v));
    return v;
}

static uint64_t *reg(Toy *t, unsigned n) { return &machine_cpu(&t->m)->slot[n]; }

// From pc to the first wfi: that of the program, or of the handler.
static void run_in(Toy *t, unsigned view, gpc pc) {
    Cpu *cpu = machine_cpu(&t->m);
    cpu->pc = pc;
    cpu->mode = t->base_mode | CPU_MODE_FETCH_MAPPED | view;
    rv64_state(cpu)->mcause = ~0ull;
    rv64_state(cpu)->trapped = false;
    t->m.ended = false;
    machine_run(&t->m);
    assert_int_equal(t->m.end, RUN_STUCK);
    assert_non_null(strstr(t->m.stuck_reason, "waits"));
}

static void runs(Toy *t, gpc pc) {
    run_in(t, 1, pc);
    assert_int_equal(rv64_state(machine_cpu(&t->m))->mcause, ~0ull);
}

static void traps_in(Toy *t, unsigned view, gpc pc, unsigned cause, gpc at, gaddr value) {
    run_in(t, view, pc);
    const Rv64 *s = rv64_state(machine_cpu(&t->m));
    assert_int_equal(s->mcause, cause & 0xff);
    assert_int_equal(s->mepc, at);
    assert_int_equal(s->mtval, value);
}
static void traps(Toy *t, gpc pc, unsigned cause, gpc at, gaddr value) { traps_in(t, 1, pc, cause, at, value); }

static void flush_page(Toy *t, gaddr at) { t->m.hart.env.tlb_flush_page(&t->m.hart, at); }
static void flush(Toy *t, gaddr at) {
    (void)at;
    t->m.hart.env.tlb_flush(&t->m.hart);
}
static void switch_space(Toy *t, gaddr at) {
    (void)at;
    t->m.hart.env.tlb_switch(&t->m.hart);
}

// ---- encodings
static uint32_t addi(unsigned rd, unsigned rs, int imm) { return rv_i(0x13, 0, rd, rs, imm); }
static uint32_t add(unsigned rd, unsigned a, unsigned b) { return b << 20 | a << 15 | rd << 7 | 0x33; }
static uint32_t jalr(unsigned rd, unsigned rs) { return rv_i(0x67, 0, rd, rs, 0); }
static uint32_t ld(unsigned rd, unsigned rs, int imm) { return rv_i(3, 3, rd, rs, imm); }
static uint32_t lbu(unsigned rd, unsigned rs, int imm) { return rv_i(3, 4, rd, rs, imm); }
static uint32_t sd(unsigned rs2, unsigned rs1, int imm) { return rv_s(3, rs1, rs2, imm); }
static uint32_t sw(unsigned rs2, unsigned rs1, int imm) { return rv_s(2, rs1, rs2, imm); }
static uint32_t bne(unsigned a, unsigned b, int distance) { return rv_b(1, a, b, distance); }
enum { WFI = 0x10500073, FENCE_I = 0x100f, RET = 0x8067, C_NOP = 1 };

// ---- code that moves
enum { ROUNDS = 30000 };

// a1 = the sum of what the leaf says, called directly and by register, ROUNDS times each. Long enough for regions.
static void put_caller(Toy *t) {
    PUT(t, PAGE(CODE), rv_j(RA, (int)(V_LEAF - V_CODE)), add(A1, A1, A0), jalr(RA, A2), add(A1, A1, A0),
        addi(A3, A3, -1), bne(A3, X0, -20), WFI);
    PUT(t, PAGE(LEAF_1), addi(A0, X0, 1), RET);
    PUT(t, PAGE(LEAF_2), addi(A0, X0, 2), RET);
}

static uint64_t sum_in(Toy *t, unsigned view) {
    *reg(t, A1) = 0, *reg(t, A2) = V_LEAF, *reg(t, A3) = ROUNDS;
    run_in(t, view, V_CODE);
    return *reg(t, A1);
}
static uint64_t sum(Toy *t) { return sum_in(t, 1); }

static void code_that_is_mapped_elsewhere(Toy *t) {
    static void (*const events[])(Toy *, gaddr) = {flush_page, flush, switch_space};
    put_caller(t);
    map(t, V_LEAF, PAGE(LEAF_1), X);
    assert_int_equal(sum(t), 2 * ROUNDS);
    for (unsigned i = 0; i < ARRAY_LEN(events); i++) {
        map(t, V_LEAF, PAGE(LEAF_2), X);
        events[i](t, V_LEAF + 0x123);
        assert_int_equal(sum(t), 4 * ROUNDS);
        uint64_t units = t->m.stats.v[STAT_units_translated];
        map(t, V_LEAF, PAGE(LEAF_1), X);
        events[i](t, V_LEAF + 0xfff);
        assert_int_equal(sum(t), 2 * ROUNDS);
        bool regions = feature_on(&t->m.o.features, FEATURE_region);
        if (!regions || the_way.interp) assert_int_equal(t->m.stats.v[STAT_units_translated], units); // found again
    }
    if (feature_on(&t->m.o.features, FEATURE_region) && !the_way.interp)
        assert_true(t->m.stats.v[STAT_regions_translated] >= 2); // over both pages, with either leaf
    map(t, V_LEAF, PAGE(LEAF_1), R);                             // no longer code
    flush_page(t, V_LEAF);
    *reg(t, A3) = ROUNDS;
    traps(t, V_CODE, RV64_EXC_FETCH_PAGE, V_LEAF, V_LEAF);
    assert_int_equal(*reg(t, RA), V_CODE + 4);
}

static void links_of_global_pages_stay(Toy *t) {
    if (strcmp(the_way.features, "all,-region") != 0) return;
    put_caller(t);
    for (unsigned global = 0; global < 2; global++) {
        map(t, V_CODE, PAGE(CODE), X | (global ? GLOBAL : 0));
        map(t, V_LEAF, PAGE(LEAF_1), X | (global ? GLOBAL : 0));
        flush(t, 0);
        assert_int_equal(sum(t), 2 * ROUNDS);
        uint64_t unlinks = t->m.stats.v[STAT_chain_unlinks];
        flush_page(t, V_DATA); // nothing is there
        assert_int_equal(t->m.stats.v[STAT_chain_unlinks], unlinks);
        switch_space(t, 0);
        assert_int_equal(t->m.stats.v[STAT_chain_unlinks] > unlinks, !global);
        unlinks = t->m.stats.v[STAT_chain_unlinks];
        flush_page(t, V_LEAF);
        flush_page(t, V_CODE);
        assert_int_equal(t->m.stats.v[STAT_chain_unlinks] > unlinks, global);
    }
}

static void a_page_of_a_large_mapping_stands_for_all_of_it(Toy *t) {
    put_caller(t);
    for (unsigned i = 0; i < 4; i++) {
        map(t, V_LEAF, PAGE(i % 2 ? LEAF_2 : LEAF_1), X)->bits = 21;
        flush_page(t, (V_LEAF & -(1ull << 21)) + 0x1000 * i);
        assert_int_equal(sum(t), (i % 2 ? 4 : 2) * ROUNDS);
    }
}

static void modes_do_not_share_what_they_may_fetch(Toy *t) {
    put_caller(t);
    map(t, V_LEAF, PAGE(LEAF_1), X | ONLY_VIEW_1);
    assert_int_equal(sum_in(t, 1), 2 * ROUNDS);
    *reg(t, A3) = ROUNDS;
    traps_in(t, 2, V_CODE, RV64_EXC_FETCH_PAGE, V_LEAF, V_LEAF);
    map(t, V_LEAF, PAGE(LEAF_2), X); // found after that of view 1
    assert_int_equal(sum_in(t, 2), 4 * ROUNDS);
    assert_int_equal(sum_in(t, 1), 2 * ROUNDS);
    assert_int_equal(sum_in(t, 2), 4 * ROUNDS);
}

// ---- borders of pages
static void an_instruction_in_two_pages(Toy *t) {
    gpc start = V_CODE + 0xff6;
    uint32_t five = addi(A0, X0, 5), six = addi(A0, X0, 6);
    PUT(t, PAGE(CODE) + 0xff6, addi(A1, A1, 1), addi(A1, A1, 1), five); // the last one's second half is the next page's
    PUT(t, PAGE(LEAF_1), five >> 16 | (uint32_t)WFI << 16, (uint32_t)WFI >> 16);
    PUT(t, PAGE(LEAF_2), six >> 16 | (uint32_t)WFI << 16, (uint32_t)WFI >> 16);
    for (unsigned i = 0; i < 3; i++) {
        map(t, V_CODE + MEM_PAGE, PAGE(i % 2 ? LEAF_2 : LEAF_1), X);
        flush_page(t, V_CODE + MEM_PAGE);
        *reg(t, A1) = 0;
        runs(t, start);
        assert_int_equal(*reg(t, A0), i % 2 ? 6 : 5);
        assert_int_equal(*reg(t, A1), 2);
    }
    map(t, V_CODE + MEM_PAGE, PAGE(LEAF_1), R);
    flush_page(t, V_CODE + MEM_PAGE);
    *reg(t, A1) = 0;
    traps(t, start, RV64_EXC_FETCH_PAGE, V_CODE + 0xffe, V_CODE + MEM_PAGE);
    assert_int_equal(*reg(t, A1), 2);
    PUT(t, PAGE(CODE) + 0xffc, C_NOP | C_NOP << 16); // needs no other page
    jit_code_written(&t->m.jit, PAGE(CODE) + 0xffc, 4);
    traps(t, V_CODE + 0xffc, RV64_EXC_FETCH_PAGE, V_CODE + MEM_PAGE, V_CODE + MEM_PAGE);
    PUT(t, PAGE(CODE) + 0xffc, C_NOP | 0 << 16);
    jit_code_written(&t->m.jit, PAGE(CODE) + 0xffc, 4);
    traps(t, V_CODE + 0xffc, RV64_EXC_ILLEGAL, V_CODE + 0xffe, 0);
    map(t, V_CODE + MEM_PAGE, NOWHERE, X);
    PUT(t, PAGE(CODE) + 0xffc, C_NOP | five << 16);
    jit_code_written(&t->m.jit, PAGE(CODE) + 0xffc, 4);
    traps(t, V_CODE + 0xffc, RV64_EXC_FETCH_ACCESS, V_CODE + 0xffe, V_CODE + MEM_PAGE);
}

static void an_access_in_two_pages(Toy *t) {
    const gaddr at = V_DATA + 0xffd;
    PUT(t, PAGE(CODE), sd(A4, A2, 0), ld(A0, A2, 0), addi(A3, A3, -1), bne(A3, X0, -12), WFI);
    map(t, V_DATA, PAGE(DATA_1), R | W);
    map(t, V_DATA + MEM_PAGE, PAGE(DATA_3), R | W);
    *reg(t, A2) = at, *reg(t, A3) = 3, *reg(t, A4) = 0x8877665544332211;
    runs(t, V_CODE);
    assert_int_equal(*reg(t, A0), 0x8877665544332211);
    assert_int_equal(word_at(t, PAGE(DATA_1) + 0xff8) >> 40, 0x332211);
    assert_int_equal(word_at(t, PAGE(DATA_3)) & 0xffffffffffull, 0x8877665544);
    assert_int_equal(word_at(t, PAGE(DATA_2)), 0);
    map(t, V_DATA + MEM_PAGE, PAGE(DATA_3), R);
    flush_page(t, V_DATA + MEM_PAGE);
    *reg(t, A4) = 0, *reg(t, A3) = 1;
    traps(t, V_CODE, RV64_EXC_STORE_PAGE, V_CODE, V_DATA + MEM_PAGE);
    assert_int_equal(word_at(t, PAGE(DATA_1) + 0xff8) >> 40, 0x332211); // nothing was written
    map(t, V_DATA, PAGE(DATA_1), W);
    flush(t, 0);
    traps(t, V_CODE + 4, RV64_EXC_LOAD_PAGE, V_CODE + 4, at);
    map(t, V_DATA, PAGE(DATA_1), R);
    flush(t, 0);
    traps(t, V_CODE, RV64_EXC_STORE_PAGE, V_CODE, at); // the first page comes first
}

// ---- data that moves
static void fill_and_count(Toy *t, gaddr at) { // n stores and loads
    *reg(t, A2) = at, *reg(t, A3) = 1000;
    runs(t, V_CODE);
    assert_int_equal(*reg(t, A0), 1);
}

static void data_that_is_mapped_elsewhere(Toy *t) {
    static void (*const events[])(Toy *, gaddr) = {flush_page, flush, switch_space};
    PUT(t, PAGE(CODE), sd(A3, A2, 0), ld(A0, A2, 0), addi(A3, A3, -1), bne(A3, X0, -12), WFI);
    for (unsigned i = 0; i < ARRAY_LEN(events); i++) {
        gaddr other = PAGE(MORE + i);
        map(t, V_DATA, PAGE(DATA_1), R | W);
        events[i](t, V_DATA + 8);
        fill_and_count(t, V_DATA + 8);
        map(t, V_DATA, other, R | W);
        events[i](t, V_DATA + 0x800);
        fill_and_count(t, V_DATA + 16);
        assert_int_equal(word_at(t, other + 16), 1);
        assert_int_equal(word_at(t, PAGE(DATA_1) + 16), 0);
    }
    map(t, V_DATA, PAGE(DATA_1), R)->bits = 21; // a page of the large mapping stands for all of it
    flush(t, 0);
    *reg(t, A2) = V_DATA + 8;
    PUT(t, PAGE(CODE) + 0x100, ld(A0, A2, 0), WFI);
    runs(t, V_CODE + 0x100);
    traps(t, V_CODE, RV64_EXC_STORE_PAGE, V_CODE, V_DATA + 8); // what was loaded from may not be stored to
    map(t, V_DATA, PAGE(DATA_2), R)->bits = 21;
    PUT(t, PAGE(DATA_2) + 8, 77);
    flush_page(t, V_DATA + 0x5000);
    runs(t, V_CODE + 0x100);
    assert_int_equal(*reg(t, A0), 77);
}

static void views_have_their_own_data(Toy *t) {
    PUT(t, PAGE(CODE), ld(A0, A2, 0), addi(A3, A3, -1), bne(A3, X0, -8), WFI);
    PUT(t, PAGE(DATA_1), 11);
    PUT(t, PAGE(DATA_2), 22);
    map(t, V_DATA, PAGE(DATA_1), R | ONLY_VIEW_1);
    *reg(t, A2) = V_DATA;
    for (unsigned round = 0; round < 2; round++) {
        *reg(t, A3) = 100;
        run_in(t, 1, V_CODE);
        assert_int_equal(*reg(t, A0), 11);
        *reg(t, A3) = 100;
        traps_in(t, round ? 7 : 2, V_CODE, RV64_EXC_LOAD_PAGE, V_CODE, V_DATA);
    }
    map(t, V_DATA, PAGE(DATA_2), R);
    static const unsigned views[] = {2, 3, 4, CPU_VIEW_SLOW, 1};
    for (unsigned i = 0; i < ARRAY_LEN(views); i++) {
        *reg(t, A3) = 100;
        run_in(t, views[i], V_CODE);
        assert_int_equal(*reg(t, A0), views[i] == 1 ? 11 : 22);
    }
}

// ---- what is no plain memory
static void code_that_is_written_through_an_alias(Toy *t) {
    PUT(t, PAGE(CODE), sw(A4, A2, 0), FENCE_I, rv_j(RA, (int)(V_LEAF - V_CODE - 8)), add(A1, A1, A0), sw(A5, A2, 0),
        FENCE_I, rv_j(RA, (int)(V_LEAF - V_CODE - 24)), add(A1, A1, A0), addi(A3, A3, -1), bne(A3, X0, -36), WFI);
    PUT(t, PAGE(LEAF_1), 0, RET);
    map(t, V_LEAF, PAGE(LEAF_1), X);
    map(t, V_DATA, PAGE(LEAF_1), R | W);
    *reg(t, A1) = 0, *reg(t, A2) = V_DATA, *reg(t, A3) = 300;
    *reg(t, A4) = addi(A0, X0, 1), *reg(t, A5) = addi(A0, X0, 2);
    runs(t, V_CODE);
    assert_int_equal(*reg(t, A1), 3 * 300);
}

static void devices_and_holes(Toy *t) {
    PUT(t, PAGE(CODE), lbu(A0, A2, 5), add(A1, A1, A0), addi(A3, A3, -1), bne(A3, X0, -12), WFI);
    map(t, V_DATA, UART, R | W);
    *reg(t, A1) = 0, *reg(t, A2) = V_DATA, *reg(t, A3) = 10;
    runs(t, V_CODE);
    assert_int_equal(*reg(t, A1), 10 * 0x60); // line status: the transmitter is empty
    map(t, V_DATA, NOWHERE, R | W);
    flush_page(t, V_DATA);
    traps(t, V_CODE, RV64_EXC_LOAD_ACCESS, V_CODE, V_DATA + 5);
    map(t, V_CODE + MEM_PAGE, NOWHERE, X);
    traps(t, V_CODE + MEM_PAGE + 4, RV64_EXC_FETCH_ACCESS, V_CODE + MEM_PAGE + 4, V_CODE + MEM_PAGE + 4);
}

static void pages_that_hold_for_one_access_only(Toy *t) {
    put_caller(t);
    map(t, V_LEAF, PAGE(LEAF_1), X | PARTIAL);
    *reg(t, A1) = 0, *reg(t, A2) = V_LEAF, *reg(t, A3) = 100;
    uint64_t stepped = t->m.stats.v[STAT_stepped_instructions];
    runs(t, V_CODE);
    assert_int_equal(*reg(t, A1), 200);
    assert_int_equal(t->m.stats.v[STAT_stepped_instructions] - stepped, 400); // the leaf's instructions, one by one
    map(t, V_LEAF, PAGE(LEAF_2), X | PARTIAL);                                // nothing to be flushed
    *reg(t, A1) = 0, *reg(t, A3) = 100;
    runs(t, V_CODE);
    assert_int_equal(*reg(t, A1), 400);
    PUT(t, PAGE(CODE), sd(A3, A2, 0), ld(A0, A2, 0), addi(A3, A3, -1), bne(A3, X0, -12), WFI);
    jit_code_written(&t->m.jit, PAGE(CODE), 20);
    map(t, V_DATA, PAGE(DATA_1), R | W | PARTIAL);
    fill_and_count(t, V_DATA);
    map(t, V_DATA, PAGE(DATA_2), R | W | PARTIAL);
    fill_and_count(t, V_DATA + 8);
    assert_int_equal(word_at(t, PAGE(DATA_2) + 8), 1);
}

static void debuggers_see_what_is_mapped(Toy *t) {
    uint8_t bytes[16];
    Cpu *cpu = machine_cpu(&t->m);
    cpu->mode = t->base_mode | CPU_MODE_FETCH_MAPPED | 1;
    map(t, V_DATA, PAGE(DATA_1), R);
    map(t, V_DATA + MEM_PAGE, PAGE(DATA_3), X);
    uint64_t walks = t->m.stats.v[STAT_page_walks];
    assert_true(hart_poke(&t->m.hart, V_DATA + MEM_PAGE - 4, "abcdefgh", 8));
    assert_int_equal(word_at(t, PAGE(DATA_1) + MEM_PAGE - 8) >> 32, 0x64636261);
    assert_int_equal(word_at(t, PAGE(DATA_3)), 0x68676665);
    assert_int_equal(hart_peek(&t->m.hart, V_DATA + MEM_PAGE - 2, bytes, 6), 6);
    assert_memory_equal(bytes, "cdefgh", 6);
    assert_int_equal(hart_peek(&t->m.hart, V_DATA + 2 * MEM_PAGE - 2, bytes, 6), 2);
    assert_false(hart_poke(&t->m.hart, V_DATA + 2 * MEM_PAGE - 2, "abcdef", 6));
    assert_int_equal(word_at(t, PAGE(DATA_3) + MEM_PAGE - 8), 0);
    assert_int_equal(t->m.stats.v[STAT_page_walks], walks);
}

#define TESTS(X)                                                                                                       \
    X(code_that_is_mapped_elsewhere)                                                                                   \
    X(links_of_global_pages_stay)                                                                                      \
    X(a_page_of_a_large_mapping_stands_for_all_of_it)                                                                  \
    X(modes_do_not_share_what_they_may_fetch)                                                                          \
    X(an_instruction_in_two_pages)                                                                                     \
    X(an_access_in_two_pages)                                                                                          \
    X(data_that_is_mapped_elsewhere)                                                                                   \
    X(views_have_their_own_data)                                                                                       \
    X(code_that_is_written_through_an_alias)                                                                           \
    X(devices_and_holes)                                                                                               \
    X(pages_that_hold_for_one_access_only)                                                                             \
    X(debuggers_see_what_is_mapped)

#define RUNNER(name)                                                                                                   \
    static void run_##name(void **state) {                                                                             \
        (void)state;                                                                                                   \
        on_every_engine(name);                                                                                         \
    }
TESTS(RUNNER)

int main(void) {
#define ROW(name) cmocka_unit_test(run_##name),
    const struct CMUnitTest tests[] = {TESTS(ROW)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

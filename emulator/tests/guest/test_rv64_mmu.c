// Oracle: "Virtual Address Translation Process" and "Supervisor Memory-Management Fence Instruction" of the privileged
// manual, as tables of cases: a leaf, an access, what must come of it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "tests/lib/rv64_cpu.h"

enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128 };
enum { PAGE = 0x1000, ROOT = RV64_CPU_MEMORY + PAGE, MIDDLE = ROOT + PAGE, LOW = MIDDLE + PAGE, LOWEST = LOW + PAGE };
enum { CSR_SATP = 0x180, CSR_PMPCFG0 = 0x3a0, CSR_PMPADDR0 = 0x3b0, CSR_MSTATUS = 0x300 };
#define SV39 (8ull << 60)
#define SV48 (9ull << 60)
#define SV57 (10ull << 60)
#define DATA 0x123456000ull // physical page that leaves point to

static uint64_t pte(gaddr paddr, unsigned flags) { return paddr >> 12 << 10 | flags; }
static void put(Rv64Cpu *c, gaddr table, unsigned index, uint64_t entry) {
    *rv64_cpu_word(c, table + 8ull * index) = entry;
}

// PMP lets S and U do everything.
static void open_pmp(Rv64Cpu *c) {
    rv64_cpu_csr_do(c, &rv64_csr_swap, CSR_PMPADDR0, ~0ull);
    rv64_cpu_csr_do(c, &rv64_csr_swap, CSR_PMPCFG0, 0x1f);
}

static void begin(Rv64Cpu *c, uint64_t mode) {
    rv64_cpu_init(c);
    open_pmp(c);
    rv64_cpu_csr_do(c, &rv64_csr_swap, CSR_SATP, mode | 7ull << 44 | ROOT >> 12);
}

// Sv39: va 0x4000_0000 * 1 + 0x20_0000 * 2 + 0x1000 * 3, through ROOT, MIDDLE, LOW.
#define VA 0x40403000ull
static void map(Rv64Cpu *c, unsigned flags) {
    put(c, ROOT, 1, pte(MIDDLE, V));
    put(c, MIDDLE, 2, pte(LOW, V));
    put(c, LOW, 3, pte(DATA, flags));
}
static uint64_t leaf(Rv64Cpu *c) { return *rv64_cpu_word(c, LOW + 8 * 3); }

typedef struct Case {
    unsigned flags, priv, mstatus;
    unsigned kind, fault; // MemKind, MemFault
    unsigned becomes;     // flags after it
} Case;

static void test_permissions(void **state) {
    (void)state;
    enum { LD = MEM_KIND_LOAD, ST = MEM_KIND_STORE, IF = MEM_KIND_FETCH, OK = MEM_FAULT_NONE, PF = MEM_FAULT_PAGE };
    enum { S = RV64_S, M = RV64_M, SUM = 1 << 18, MXR = 1 << 19, MPRV = 1 << 17, MPP_S = 1 << 11 };
    static const Case cases[] = {
        {V | R, S, 0, LD, OK, V | R | A},
        {V | R | A, S, 0, LD, OK, V | R | A},
        {V | R, S, 0, ST, PF, V | R},
        {V | R, S, 0, IF, PF, V | R},
        {V | R | W, S, 0, ST, OK, V | R | W | A | D},
        {V | R | W | A, S, 0, ST, OK, V | R | W | A | D},
        {V | R | W | A, S, 0, LD, OK, V | R | W | A},
        {V | X, S, 0, IF, OK, V | X | A},
        {V | X, S, 0, LD, PF, V | X},
        {V | X, S, MXR, LD, OK, V | X | A},
        {V | X, S, MXR, ST, PF, V | X},
        {R | W | X, S, 0, LD, PF, R | W | X},           // not valid
        {V | W, S, 0, LD, PF, V | W},                   // reserved
        {V | W | X, S, 0, IF, PF, V | W | X},           // reserved
        {V | R | U, S, 0, LD, PF, V | R | U},           // the page of a user
        {V | R | U, S, SUM, LD, OK, V | R | U | A},     //
        {V | R | X | U, S, SUM, IF, PF, V | R | X | U}, // SUM is not for fetches
        {V | R, 0, 0, LD, PF, V | R},                   // the page of the supervisor
        {V | R | U, 0, 0, LD, OK, V | R | U | A},       //
        {V | X | U, 0, 0, IF, OK, V | X | U | A},       //
        {V | R | W | U, 0, SUM, ST, OK, V | R | W | U | A | D},
        {V, S, 0, LD, PF, V}, // a table below the last level
        {V | R, M, MPRV | MPP_S, LD, OK, V | R | A},
        {V | R | U, M, MPRV | MPP_S, LD, PF, V | R | U},
        {V | R | U, M, MPRV, LD, OK, V | R | U | A}, // MPP = U
        {V | R, M, MPRV, LD, PF, V | R},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const Case *k = &cases[i];
        Rv64Cpu c;
        begin(&c, SV39);
        map(&c, k->flags);
        rv64_state(&c.cpu)->mstatus = k->mstatus;
        rv64_cpu_set_priv(&c, k->priv);
        MemPage page;
        MemFault f = rv64_translate(&c.cpu, VA + 0x238, 8, (MemKind)k->kind, &page);
        if (f != k->fault || leaf(&c) != pte(DATA, k->becomes)) fail_msg("case %zu: fault %d", i, f);
        if (f == MEM_FAULT_NONE) {
            assert_int_equal(page.paddr, DATA + 0x238);
            assert_int_equal(page.map_bits, 12);
            assert_false(page.partial || page.global);
        }
        rv64_cpu_free(&c);
    }
}

// M-mode is not translated, nor are its fetches under MPRV.
static void test_untranslated(void **state) {
    (void)state;
    Rv64Cpu c;
    begin(&c, SV39);
    MemPage page;
    assert_int_equal(rv64_translate(&c.cpu, VA, 4, MEM_KIND_LOAD, &page), MEM_FAULT_NONE);
    assert_int_equal(page.paddr, VA);
    rv64_state(&c.cpu)->mstatus = RV64_MSTATUS_MPRV; // MPP = U
    assert_int_equal(rv64_translate(&c.cpu, VA, 4, MEM_KIND_FETCH, &page), MEM_FAULT_NONE);
    assert_int_equal(page.paddr, VA);
    assert_int_equal(rv64_translate(&c.cpu, VA, 4, MEM_KIND_LOAD, &page), MEM_FAULT_PAGE);
    assert_int_equal(c.loads, 1);
    rv64_state(&c.cpu)->satp = 0;
    rv64_cpu_set_priv(&c, RV64_U);
    assert_int_equal(rv64_translate(&c.cpu, VA, 4, MEM_KIND_STORE, &page), MEM_FAULT_NONE);
    assert_int_equal(page.paddr, VA);
    rv64_cpu_free(&c);
}

static MemFault load(Rv64Cpu *c, gaddr vaddr, MemPage *page) {
    return rv64_translate(&c->cpu, vaddr, 8, MEM_KIND_LOAD, page);
}

// Addresses whose upper bits are no copies of the highest translated one.
static void test_canonical(void **state) {
    (void)state;
    static const struct {
        uint64_t mode;
        gaddr vaddr;
        unsigned loads; // of table entries: 0, or 1 that is not valid
    } cases[] = {
        {SV39, 0, 1},
        {SV39, 0x0000003fffffffffull & ~7ull, 1},
        {SV39, 0x0000004000000000ull, 0},
        {SV39, 0xffffffbfffffffffull & ~7ull, 0},
        {SV39, 0xffffffc000000000ull, 1},
        {SV39, 0xfffffffffffffff8ull, 1},
        {SV39, 0x8000000000000000ull, 0},
        {SV48, 0x00007ffffffffff8ull, 1},
        {SV48, 0x0000800000000000ull, 0},
        {SV48, 0xffff7ffffffffff8ull, 0},
        {SV48, 0xffff800000000000ull, 1},
        {SV57, 0x00fffffffffffff8ull, 1},
        {SV57, 0x0100000000000000ull, 0},
        {SV57, 0xfefffffffffffff8ull, 0},
        {SV57, 0xff00000000000000ull, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Rv64Cpu c;
        begin(&c, cases[i].mode);
        rv64_cpu_set_priv(&c, RV64_S);
        MemPage page;
        assert_int_equal(load(&c, cases[i].vaddr, &page), MEM_FAULT_PAGE);
        assert_int_equal(c.loads, cases[i].loads);
        rv64_cpu_free(&c);
    }
}

// Leaves above the last level: where they lead, what they must be aligned to; and G of any level.
static void test_superpages(void **state) {
    (void)state;
    Rv64Cpu c;
    MemPage page;
    begin(&c, SV39);
    rv64_cpu_set_priv(&c, RV64_S);
    put(&c, ROOT, 1, pte(0x4c0000000, V | R));
    assert_int_equal(load(&c, 0x7fedcba8, &page), MEM_FAULT_NONE);
    assert_int_equal(page.paddr, 0x4ffedcba8);
    assert_int_equal(page.map_bits, 30);
    put(&c, ROOT, 1, pte(0x4c0200000, V | R));
    assert_int_equal(load(&c, 0x7fedcba8, &page), MEM_FAULT_PAGE);
    put(&c, ROOT, 1, pte(MIDDLE, V | G));
    put(&c, MIDDLE, 2, pte(0x123400000, V | R));
    assert_int_equal(load(&c, 0x405fedc8, &page), MEM_FAULT_NONE);
    assert_int_equal(page.paddr, 0x1235fedc8);
    assert_int_equal(page.map_bits, 21);
    assert_true(page.global);
    put(&c, MIDDLE, 2, pte(0x123401000, V | R));
    assert_int_equal(load(&c, 0x405fedc8, &page), MEM_FAULT_PAGE);
    rv64_cpu_free(&c);

    begin(&c, SV48);
    rv64_cpu_set_priv(&c, RV64_S);
    put(&c, ROOT, 0x1ff, pte(0x8000000000, V | R | X | A));
    assert_int_equal(load(&c, 0xffffff8012345678, &page), MEM_FAULT_NONE);
    assert_int_equal(page.paddr, 0x8012345678);
    assert_int_equal(page.map_bits, 39);
    assert_false(page.global);
    put(&c, ROOT, 0x100, pte(MIDDLE, V));
    put(&c, MIDDLE, 0x001, pte(LOW, V));
    put(&c, LOW, 0x002, pte(LOWEST, V));
    put(&c, LOWEST, 0x003, pte(DATA, V | R | G));
    assert_int_equal(load(&c, 0xffff800040403008, &page), MEM_FAULT_NONE);
    assert_int_equal(page.paddr, DATA + 8);
    assert_int_equal(page.map_bits, 12);
    assert_true(page.global);
    rv64_cpu_free(&c);
}

// menvcfg.ADUE: set, the walk marks an entry; clear (Svade), an access that would mark one is a page fault.
static void test_adue(void **state) {
    (void)state;
    enum { MENVCFG = 0x30a };
    static const struct {
        uint64_t marks;
        MemKind kind;
        bool marked;
    } cases[] = {{A, MEM_KIND_LOAD, true},  {A, MEM_KIND_STORE, false}, {A | D, MEM_KIND_STORE, true},
                 {0, MEM_KIND_LOAD, false}, {D, MEM_KIND_LOAD, false},  {0, MEM_KIND_FETCH, false},
                 {A, MEM_KIND_FETCH, true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (unsigned adue = 0; adue < 2; adue++) {
            Rv64Cpu c;
            MemPage page;
            begin(&c, SV39);
            rv64_cpu_csr_do(&c, adue ? &rv64_csr_set : &rv64_csr_clear, MENVCFG, 1ull << 61);
            rv64_cpu_set_priv(&c, RV64_S);
            put(&c, ROOT, 1, pte(0x40000000, V | R | W | X | cases[i].marks));
            MemFault want = cases[i].marked || adue ? MEM_FAULT_NONE : MEM_FAULT_PAGE;
            assert_int_equal(rv64_translate(&c.cpu, 0x40000000, 8, cases[i].kind, &page), want);
            rv64_cpu_free(&c);
        }
}

// Bits that must be zero: 63 (N), 62:61 (PBMT), 60:54; and U, A, D of a pointer to a table.
static void test_reserved(void **state) {
    (void)state;
    MemPage page;
    Rv64Cpu c;
    begin(&c, SV39);
    rv64_cpu_set_priv(&c, RV64_S);
    for (unsigned bit = 54; bit < 64; bit++) {
        map(&c, V | R | A);
        assert_int_equal(load(&c, VA, &page), MEM_FAULT_NONE);
        *rv64_cpu_word(&c, LOW + 8 * 3) |= 1ull << bit;
        assert_int_equal(load(&c, VA, &page), MEM_FAULT_PAGE);
        map(&c, V | R | A);
        *rv64_cpu_word(&c, MIDDLE + 8 * 2) |= 1ull << bit;
        assert_int_equal(load(&c, VA, &page), MEM_FAULT_PAGE);
    }
    static const unsigned flags[] = {U, A, D};
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        map(&c, V | R | A);
        put(&c, ROOT, 1, pte(MIDDLE, V | flags[i]));
        assert_int_equal(load(&c, VA, &page), MEM_FAULT_PAGE);
    }
    map(&c, V | R | A | 0x300); // bits for software
    assert_int_equal(load(&c, VA, &page), MEM_FAULT_NONE);
    rv64_cpu_free(&c);
}

// Tables where there is no memory, or where PMP says no; the access itself; an entry in translated code.
static void test_access_faults(void **state) {
    (void)state;
    MemPage page;
    Rv64Cpu c;
    begin(&c, SV39);
    rv64_cpu_set_priv(&c, RV64_S);
    put(&c, ROOT, 1, pte(0x70000000, V));
    assert_int_equal(load(&c, VA, &page), MEM_FAULT_ACCESS);
    map(&c, V | R);
    c.refuses = true;
    assert_int_equal(load(&c, VA, &page), MEM_FAULT_ALONE);
    assert_int_equal(leaf(&c), pte(DATA, V | R));
    c.refuses = false;

    rv64_cpu_set_priv(&c, RV64_M);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0, LOW >> 2 | 0x1ff); // NAPOT: the page of LOW
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0 + 1, ~0ull);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPCFG0, 0x1f19); // read only; everything
    rv64_cpu_set_priv(&c, RV64_S);
    assert_int_equal(load(&c, VA, &page), MEM_FAULT_ACCESS); // A cannot be set
    map(&c, V | R | A);
    assert_int_equal(load(&c, VA, &page), MEM_FAULT_NONE);
    rv64_cpu_set_priv(&c, RV64_M);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPCFG0, 0x1f1c); // execute only
    rv64_cpu_set_priv(&c, RV64_S);
    assert_int_equal(load(&c, VA, &page), MEM_FAULT_ACCESS);
    rv64_cpu_set_priv(&c, RV64_M);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0, DATA >> 2); // NA4
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPCFG0, 0x1f10);
    rv64_cpu_set_priv(&c, RV64_S);
    assert_int_equal(load(&c, VA, &page), MEM_FAULT_ACCESS);
    assert_int_equal(load(&c, VA + 8, &page), MEM_FAULT_NONE);
    assert_true(page.partial);
    rv64_cpu_free(&c);
}

static void test_satp(void **state) {
    (void)state;
    Rv64Cpu c;
    rv64_cpu_init(&c);
    uint64_t v = SV39 | 0xffffull << 44 | 0x80001;
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_SATP, v);
    assert_int_equal(rv64_cpu_csr(&c, CSR_SATP), v);
    assert_int_equal(c.switches, 1);
    static const unsigned unsupported[] = {1, 2, 7, 11, 12, 15};
    for (size_t i = 0; i < ARRAY_LEN(unsupported); i++) {
        rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_SATP, (uint64_t)unsupported[i] << 60 | 1);
        assert_int_equal(rv64_cpu_csr(&c, CSR_SATP), v);
    }
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_SATP, v); // nothing changes
    assert_int_equal(c.switches, 1);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_SATP, v + 1); // another root
    assert_int_equal(c.switches, 2);
    assert_int_equal(c.flushes, 0);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_SATP, SV48 | (v << 4 >> 4)); // global entries are of the other kind
    assert_int_equal(c.flushes, 1);
    rv64_cpu_free(&c);
}

static void test_sfence(void **state) {
    (void)state;
    enum { FLUSH = 1, SWITCH, PAGE_FLUSH };
    static const struct {
        unsigned rs1, rs2;
        uint64_t asid; // in x11
        unsigned what;
    } cases[] = {
        {0, 0, 0, FLUSH}, {10, 0, 0, PAGE_FLUSH},         {0, 11, 7, SWITCH}, {0, 11, 8, 0}, {10, 11, 7, PAGE_FLUSH},
        {10, 11, 0, 0},   {0, 11, 0xabc0000 | 7, SWITCH},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Rv64Cpu c;
        begin(&c, SV39);
        unsigned flushes = c.flushes, switches = c.switches;
        c.cpu.slot[10] = 0x1234567000;
        c.cpu.slot[11] = cases[i].asid;
        rv64_sfence(&c.cpu, cases[i].rs1, cases[i].rs2);
        assert_int_equal(c.flushes - flushes, cases[i].what == FLUSH);
        assert_int_equal(c.switches - switches, cases[i].what == SWITCH);
        assert_int_equal(c.page_flushes, cases[i].what == PAGE_FLUSH);
        if (c.page_flushes) assert_int_equal(c.flushed_page, 0x1234567000);
        rv64_cpu_free(&c);
    }
}

// Cpu.mode: the view of data, and whether fetches are mapped.
static void test_mode(void **state) {
    (void)state;
    enum {
        U_ = RV64_U,
        S = RV64_S,
        M = RV64_M,
        SUM = 1 << 18,
        MXR = 1 << 19,
        MPRV = 1 << 17,
        MPP_S = 1 << 11,
        MPP_M = 3 << 11
    };
    static const struct {
        unsigned priv, mstatus;
        uint64_t satp;
        unsigned view;
        bool mapped;
    } cases[] = {
        {M, 0, SV39, CPU_VIEW_BARE, false},
        {M, SUM | MXR, SV39, CPU_VIEW_BARE, false},
        {M, MPRV | MPP_M, SV39, CPU_VIEW_BARE, false},
        {M, MPRV | MPP_S, SV39, CPU_VIEW_SLOW, false},
        {M, MPRV, 0, CPU_VIEW_SLOW, false},
        {U_, 0, SV39, 1, true},
        {U_, SUM, SV48, 1, true},
        {S, 0, SV39, 2, true},
        {S, SUM, SV39, 3, true},
        {S, SUM | MXR, SV39, CPU_VIEW_SLOW, true},
        {U_, MXR, SV39, CPU_VIEW_SLOW, true},
        {S, 0, 0, 4, true},
        {U_, MXR | SUM, 0, 4, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Rv64Cpu c;
        rv64_cpu_init(&c);
        rv64_state(&c.cpu)->mstatus = cases[i].mstatus;
        rv64_state(&c.cpu)->satp = cases[i].satp;
        rv64_cpu_set_priv(&c, cases[i].priv);
        if ((c.cpu.mode & CPU_MODE_VIEW) != cases[i].view || !(c.cpu.mode & CPU_MODE_FETCH_MAPPED) == cases[i].mapped)
            fail_msg("case %zu: mode %#x", i, c.cpu.mode);
        assert_int_equal(rv64_priv_of(c.cpu.mode), cases[i].priv);
        rv64_cpu_free(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_permissions),   cmocka_unit_test(test_untranslated), cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_adue),          cmocka_unit_test(test_superpages),   cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_access_faults), cmocka_unit_test(test_satp),         cmocka_unit_test(test_sfence),
        cmocka_unit_test(test_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

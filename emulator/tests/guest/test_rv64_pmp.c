// Oracle: PMP byte by byte, as "Address Matching" and "Priority and Matching Logic" put it, against random entries and
// accesses; and the rules of "Locking and Privilege Mode".
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "tests/lib/rv64_cpu.h"
#include "guest/rand.h"

enum {
    CSR_PMPCFG0 = 0x3a0,
    CSR_PMPADDR0 = 0x3b0,
    R = 1,
    W = 2,
    X = 4,
    TOR = 1 << 3,
    NA4 = 2 << 3,
    NAPOT = 3 << 3,
    L = 0x80
};
enum { BASE = 0x80000000, AREA = 0x6000 };

// Does entry i match this byte?
static bool matches(const Rv64 *s, unsigned i, gaddr byte) {
    uint64_t word = byte >> 2, addr = s->pmpaddr[i];
    switch (s->pmpcfg[i] & NAPOT) {
    case TOR: return word >= (i ? s->pmpaddr[i - 1] : 0) && word < addr;
    case NA4: return word == addr;
    case NAPOT:
        for (unsigned bit = 0; bit < 54; bit++) { // above the lowest zero, all bits must be the same
            if (addr >> bit & 1) continue;
            return word >> (bit + 1) == addr >> (bit + 1);
        }
        return true;
    default: return false;
    }
}

static int entry_of(const Rv64 *s, gaddr byte) {
    for (unsigned i = 0; i < RV64_PMP_ENTRIES; i++)
        if (matches(s, i, byte)) return (int)i;
    return -1;
}

static bool model(const Rv64 *s, gaddr at, unsigned size, unsigned priv, unsigned needs) {
    bool locked = false;
    for (unsigned i = 0; i < RV64_PMP_ENTRIES; i++) locked |= (s->pmpcfg[i] & L) && (s->pmpcfg[i] & NAPOT);
    if (priv == RV64_M && !locked) size = 1; // pmp.c: then each byte is an access of its own
    int first = entry_of(s, at);
    for (unsigned i = 1; i < size; i++)
        if (entry_of(s, at + i) != first) return false;
    if (first < 0) return priv == RV64_M;
    return (priv == RV64_M && !(s->pmpcfg[first] & L)) || (s->pmpcfg[first] & needs);
}

static void random_entries(Rv64Cpu *c, Rng *rng) {
    unsigned n = 1 + (unsigned)rng_below(rng, 8);
    for (unsigned i = 0; i < n; i++) {
        uint64_t addr = (BASE + rng_below(rng, AREA)) >> 2;
        uint8_t cfg = (uint8_t)rng_next(rng) & (R | W | X | NAPOT);
        if ((cfg & NAPOT) == NAPOT) addr |= (1ull << rng_below(rng, 13)) - 1;
        if (!rng_below(rng, 8)) cfg |= L;
        rv64_cpu_csr_do(c, &rv64_csr_swap, CSR_PMPADDR0 + i, addr);
        rv64_cpu_csr_do(c, &rv64_csr_set, CSR_PMPCFG0, (uint64_t)cfg << (8 * i));
    }
}

static void test_against_bytes(void **state) {
    (void)state;
    static const unsigned needs[] = {[MEM_KIND_LOAD] = R, [MEM_KIND_STORE] = W, [MEM_KIND_FETCH] = X};
    static const unsigned privs[] = {RV64_U, RV64_S, RV64_M};
    Rng rng = {5};
    for (int round = 0; round < 300; round++) {
        Rv64Cpu c;
        rv64_cpu_init(&c);
        random_entries(&c, &rng);
        Rv64 *s = rv64_state(&c.cpu);
        for (int i = 0; i < 200; i++) {
            unsigned size = 1u << rng_below(&rng, 4), priv = privs[rng_below(&rng, 3)];
            MemKind kind = (MemKind)rng_below(&rng, 3);
            gaddr at = BASE + rng_below(&rng, AREA);
            if ((at & 0xfff) + size > 0x1000) continue;
            bool partial = false, answer = rv64_pmp_allows(s, at, size, priv, kind, &partial);
            assert_int_equal(answer, model(s, at, size, priv, needs[kind]));
            if (partial) continue;
            for (gaddr byte = at & ~0xfffull; byte < (at | 0xfff); byte += 4) // one answer for the page
                assert_int_equal(model(s, byte, 4, priv, needs[kind]), answer);
        }
        rv64_cpu_free(&c);
    }
}

// Nothing is on: S and U may do nothing, M everything.
static void test_off(void **state) {
    (void)state;
    Rv64Cpu c;
    rv64_cpu_init(&c);
    bool partial = false;
    assert_false(rv64_pmp_allows(rv64_state(&c.cpu), BASE, 4, RV64_S, MEM_KIND_LOAD, &partial));
    assert_false(rv64_pmp_allows(rv64_state(&c.cpu), BASE, 4, RV64_U, MEM_KIND_FETCH, &partial));
    assert_true(rv64_pmp_allows(rv64_state(&c.cpu), BASE, 4, RV64_M, MEM_KIND_STORE, &partial));
    assert_false(partial);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0, ~0ull);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPCFG0, NAPOT | R); // all of the address space
    assert_true(rv64_pmp_allows(rv64_state(&c.cpu), (1ull << 56) - 8, 8, RV64_S, MEM_KIND_LOAD, &partial));
    assert_false(partial);
    rv64_cpu_free(&c);
}

static void test_fields(void **state) {
    (void)state;
    Rv64Cpu c;
    rv64_cpu_init(&c);
    unsigned flushes = c.flushes;
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0 + 15, ~0ull);
    assert_int_equal(rv64_cpu_csr(&c, CSR_PMPADDR0 + 15), (1ull << 54) - 1);
    assert_int_equal(c.flushes, flushes + 1);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPCFG0 + 2, 0x7f02001f1e1d1800);
    assert_int_equal(rv64_cpu_csr(&c, CSR_PMPCFG0 + 2), 0x1f00001f1c1d1800); // W needs R; bits 6:5 are 0
    assert_int_equal(rv64_cpu_csr(&c, CSR_PMPCFG0), 0);
    for (unsigned csr = 0x3a1; csr <= 0x3af; csr += 2) assert_false(rv64_csr_access(c.cpu.mode, csr, false).legal);
    assert_false(rv64_csr_access(c.cpu.mode, 0x3a4, false).legal);
    assert_false(rv64_csr_access(c.cpu.mode, 0x3c0, false).legal);
    rv64_cpu_free(&c);
}

static void test_lock(void **state) {
    (void)state;
    Rv64Cpu c;
    rv64_cpu_init(&c);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0, 0x100);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0 + 1, 0x200);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0 + 2, 0x300);
    assert_int_equal(c.cpu.mode & CPU_MODE_VIEW, CPU_VIEW_BARE);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPCFG0, (L | TOR | R) << 8);
    assert_int_equal(c.cpu.mode & CPU_MODE_VIEW, CPU_VIEW_SLOW); // M-mode is bound, too
    rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPCFG0, 0x0f0f0f);
    assert_int_equal(rv64_cpu_csr(&c, CSR_PMPCFG0), 0x0f000f | (L | TOR | R) << 8);
    for (unsigned i = 0; i < 3; i++) rv64_cpu_csr_do(&c, &rv64_csr_swap, CSR_PMPADDR0 + i, 0x900);
    assert_int_equal(rv64_cpu_csr(&c, CSR_PMPADDR0), 0x100); // the locked TOR entry above it begins there
    assert_int_equal(rv64_cpu_csr(&c, CSR_PMPADDR0 + 1), 0x200);
    assert_int_equal(rv64_cpu_csr(&c, CSR_PMPADDR0 + 2), 0x900);
    bool partial = false;
    assert_true(rv64_pmp_allows(rv64_state(&c.cpu), 0x404, 4, RV64_M, MEM_KIND_LOAD, &partial));
    assert_false(rv64_pmp_allows(rv64_state(&c.cpu), 0x404, 4, RV64_M, MEM_KIND_STORE, &partial));
    rv64_cpu_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_bytes),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

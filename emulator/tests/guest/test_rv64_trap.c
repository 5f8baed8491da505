// Oracle: "Machine Trap Delegation Registers", "Machine Interrupt Registers", "Trap-Return Instructions" and the WARL
// rules of the CSRs, as tables of cases.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "tests/lib/rv64_cpu.h"

enum { U = RV64_U, S = RV64_S, M = RV64_M };
enum { MTVEC = 0x80001000, STVEC = 0x80002000, PC = 0x80003002 };
#define IRQ(n) (1ull << 63 | (n))

static void begin(Rv64Cpu *c, unsigned priv) {
    rv64_cpu_init(c);
    Rv64 *s = rv64_state(&c->cpu);
    s->mtvec = MTVEC;
    s->stvec = STVEC;
    rv64_cpu_set_priv(c, priv);
    c->cpu.pc = PC;
    c->cpu.slot[RV64_SLOT_RESERVATION] = PC;
}

static void test_exceptions(void **state) {
    (void)state;
    static const struct {
        unsigned cause, from, medeleg, to;
        uint64_t before, after; // mstatus bits
    } cases[] = {
        {8, U, 0, M, 0, 0},
        {8, U, 1 << 8, S, 0, 0},
        {8, U, ~(1u << 8), M, RV64_MSTATUS_MIE, RV64_MSTATUS_MPIE},
        {9, S, 1 << 9, S, RV64_MSTATUS_SIE, RV64_MSTATUS_SPIE | RV64_MSTATUS_SPP},
        {9, S, 0, M, RV64_MSTATUS_SIE | RV64_MSTATUS_SPIE, RV64_MSTATUS_SIE | RV64_MSTATUS_SPIE | 1 << 11},
        {2, M, 1 << 2, M, RV64_MSTATUS_MIE | RV64_MSTATUS_SIE, RV64_MSTATUS_MPIE | RV64_MSTATUS_SIE | 3 << 11},
        {13, U, 1 << 13, S, RV64_MSTATUS_SPP | RV64_MSTATUS_SPIE | RV64_MSTATUS_MIE, RV64_MSTATUS_MIE},
        {12, S, 1 << 12, S, RV64_MSTATUS_SUM, RV64_MSTATUS_SUM | RV64_MSTATUS_SPP},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Rv64Cpu c;
        Stats stats = {0};
        begin(&c, cases[i].from);
        Rv64 *s = rv64_state(&c.cpu);
        uint64_t rest = s->mstatus;
        s->mstatus |= cases[i].before;
        s->medeleg = cases[i].medeleg;
        assert_int_equal(rv64_trap(&c.cpu, RV64_EXC | cases[i].cause, 0x1234, &stats), TRAP_CONTINUE);
        if (s->mstatus != (rest | cases[i].after)) fail_msg("case %zu: mstatus %#lx", i, (unsigned long)s->mstatus);
        bool to_s = cases[i].to == S;
        assert_int_equal(s->priv, cases[i].to);
        assert_int_equal(rv64_priv_of(c.cpu.mode), cases[i].to);
        assert_int_equal(to_s ? s->sepc : s->mepc, PC);
        assert_int_equal(to_s ? s->scause : s->mcause, cases[i].cause);
        assert_int_equal(to_s ? s->stval : s->mtval, 0x1234);
        assert_int_equal(to_s ? s->mepc | s->mcause | s->mtval : s->sepc | s->scause | s->stval, 0);
        assert_int_equal(c.cpu.pc, to_s ? STVEC : MTVEC);
        assert_int_equal(c.cpu.slot[RV64_SLOT_RESERVATION], RV64_NO_RESERVATION);
        assert_int_equal(stats.v[STAT_exceptions], 1);
        rv64_cpu_free(&c);
    }
}

static void test_returns(void **state) {
    (void)state;
    enum { MRET = RV64_TRAP_MRET, SRET = RV64_TRAP_SRET, MPP_S = 1 << 11, MPP_M = 3 << 11 };
    enum { MIE = 1 << 3, MPIE = 1 << 7, SIE = 1 << 1, SPIE = 1 << 5, SPP = 1 << 8, MPRV = 1 << 17 };
    static const struct {
        unsigned how, from, to;
        uint64_t before, after;
    } cases[] = {
        {MRET, M, U, 0, MPIE},
        {MRET, M, U, MPIE | MPRV, MPIE | MIE},
        {MRET, M, S, MPP_S | MPRV | MIE, MPIE},
        {MRET, M, M, MPP_M | MPRV | MPIE, MPIE | MIE | MPRV},
        {MRET, M, S, MPP_S | SIE | SPP, MPIE | SIE | SPP},
        {SRET, S, U, SPIE, SPIE | SIE},
        {SRET, S, S, SPP | SIE, SPIE},
        {SRET, M, S, SPP | MPRV | MIE, SPIE | MIE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Rv64Cpu c;
        Stats stats = {0};
        begin(&c, cases[i].from);
        Rv64 *s = rv64_state(&c.cpu);
        uint64_t rest = s->mstatus;
        s->mstatus |= cases[i].before;
        s->mepc = 0x1000;
        s->sepc = 0x2000;
        assert_int_equal(rv64_trap(&c.cpu, cases[i].how, 0, &stats), TRAP_CONTINUE);
        if (s->mstatus != (rest | cases[i].after)) fail_msg("case %zu: mstatus %#lx", i, (unsigned long)s->mstatus);
        assert_int_equal(s->priv, cases[i].to);
        assert_int_equal(rv64_priv_of(c.cpu.mode), cases[i].to);
        assert_int_equal(c.cpu.pc, cases[i].how == MRET ? 0x1000 : 0x2000);
        rv64_cpu_free(&c);
    }
}

static void test_interrupts(void **state) {
    (void)state;
    enum { MIE = 1 << 3, SIE = 1 << 1, ALL = 0xaaa };
    static const struct {
        unsigned priv, lines, soft, mie, mideleg;
        uint64_t mstatus;
        unsigned to;    // M or S
        uint64_t cause; // 0: none is taken
    } cases[] = {
        {M, ALL, 0, ALL, 0, 0, M, 0},
        {M, ALL, 0, ALL, 0, MIE, M, IRQ(11)},
        {M, 0x2aa, 0, ALL, 0, MIE, M, IRQ(3)},
        {M, 0x2a2, 0, ALL, 0, MIE, M, IRQ(7)},
        {M, 0x222, 0, ALL, 0, MIE, M, IRQ(9)},
        {M, 0, 0x22, ALL, 0, MIE, M, IRQ(1)},
        {M, 0, 0x20, ALL, 0, MIE, M, IRQ(5)},
        {M, 0x200, 0x22, ALL, 0x222, MIE | SIE, M, 0}, // delegated: masked in M-mode
        {S, 0x200, 0x22, ALL, 0x222, SIE, S, IRQ(9)},
        {S, 0x200, 0x22, ALL, 0x222, 0, S, 0},
        {U, 0x200, 0x22, ALL, 0x222, 0, S, IRQ(9)},
        {U, 0, 0x22, ALL, 0x222, 0, S, IRQ(1)},
        {S, 0x80, 0, ALL, 0x222, 0, M, IRQ(7)},    // M-mode's: taken whatever MIE says
        {S, 0x280, 0, ALL, 0x222, SIE, M, IRQ(7)}, // ... and before those of S-mode
        {S, 0x200, 0, ALL, 0, SIE, M, IRQ(9)},     // not delegated
        {S, 0, 0x22, 0x20, 0x222, SIE, S, IRQ(5)},
        {S, ALL, 0, 0, 0x222, SIE | MIE, M, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Rv64Cpu c;
        Stats stats = {0};
        begin(&c, cases[i].priv);
        Rv64 *s = rv64_state(&c.cpu);
        s->mstatus |= cases[i].mstatus;
        s->mie = cases[i].mie;
        s->mip = cases[i].soft;
        s->mideleg = cases[i].mideleg;
        c.cpu.irq_lines = cases[i].lines;
        assert_int_equal(rv64_irq_deliverable(&c.cpu), cases[i].cause != 0);
        assert_int_equal(rv64_irq_wakes(&c.cpu), cases[i].mie != 0);
        if (cases[i].cause) {
            rv64_irq_take(&c.cpu, &stats);
            if ((cases[i].to == S ? s->scause : s->mcause) != cases[i].cause) fail_msg("case %zu", i);
            assert_int_equal(s->priv, cases[i].to);
            assert_int_equal(stats.v[STAT_interrupts], 1);
        }
        rv64_cpu_free(&c);
    }
}

static void test_vectors(void **state) {
    (void)state;
    Rv64Cpu c;
    Stats stats = {0};
    begin(&c, S);
    Rv64 *s = rv64_state(&c.cpu);
    s->stvec |= 1;
    s->mideleg = s->mip = s->mie = RV64_IRQ_STI;
    s->mstatus |= RV64_MSTATUS_SIE;
    rv64_irq_take(&c.cpu, &stats);
    assert_int_equal(c.cpu.pc, STVEC + 4 * 5);
    s->medeleg = 1 << 8;
    rv64_trap(&c.cpu, RV64_EXC | 8, 0, &stats);
    assert_int_equal(c.cpu.pc, STVEC);
    rv64_cpu_free(&c);
}

// A guest that traps without end is noticed; one whose traps lead elsewhere is not.
static void test_stuck(void **state) {
    (void)state;
    Rv64Cpu c;
    Stats stats = {0};
    begin(&c, U);
    Rv64 *s = rv64_state(&c.cpu);
    s->medeleg = 1 << 12 | 1 << 8;
    s->stvec = PC; // S cannot fetch where U did: ends in a loop at stvec
    assert_int_equal(rv64_trap(&c.cpu, RV64_EXC | 8, 0, &stats), TRAP_CONTINUE);
    assert_int_equal(rv64_trap(&c.cpu, RV64_EXC_FETCH_PAGE, PC, &stats), TRAP_CONTINUE);
    assert_int_equal(rv64_trap(&c.cpu, RV64_EXC_FETCH_PAGE, PC, &stats), TRAP_STUCK);
    rv64_cpu_free(&c);

    begin(&c, U); // ecall of U, of S, of M at the same place
    s = rv64_state(&c.cpu);
    s->medeleg = 1 << 8;
    s->stvec = s->mtvec = PC & ~3;
    c.cpu.pc = PC & ~3;
    assert_int_equal(rv64_trap(&c.cpu, RV64_EXC_ECALL + U, 0, &stats), TRAP_CONTINUE);
    assert_int_equal(rv64_trap(&c.cpu, RV64_EXC_ECALL + S, 0, &stats), TRAP_CONTINUE);
    assert_int_equal(rv64_trap(&c.cpu, RV64_EXC_ECALL + M, 0, &stats), TRAP_CONTINUE);
    c.cpu.deadline++; // something retired: another round is no loop
    assert_int_equal(rv64_trap(&c.cpu, RV64_EXC_ECALL + M, 0, &stats), TRAP_CONTINUE);
    assert_int_equal(rv64_trap(&c.cpu, RV64_EXC_ECALL + M, 0, &stats), TRAP_STUCK);
    rv64_cpu_free(&c);
}

// What remains of all ones, and of all zeros.
static void test_warl(void **state) {
    (void)state;
    static const struct {
        unsigned csr;
        uint64_t ones, zeros;
    } cases[] = {
        {0x100, 0x80000002000c6122, 0x200000000}, // sstatus
        {0x300, 0x8000000a007e79aa, 0xa00000000}, // mstatus
        {0x301, 0x800000000014112f, 0x800000000014112f},
        {0x302, 0xb3ff, 0},         // medeleg
        {0x303, 0x222, 0},          // mideleg
        {0x304, 0xaaa, 0},          // mie
        {0x344, 0x222, 0},          // mip
        {0x104, 0, 0},              // sie: nothing is delegated
        {0x144, 0, 0},              // sip
        {0x106, 7, 0},              // scounteren
        {0x306, 7, 0},              // mcounteren
        {0x10a, 1, 0},              // senvcfg
        {0x30a, 5ull << 61 | 1, 0}, // menvcfg
        {0x14d, ~0ull, 0},          // stimecmp
        {0x140, ~0ull, 0},          // sscratch
        {0x141, ~1ull, 0},          // sepc
        {0x142, ~0ull, 0},          // scause
        {0x143, ~0ull, 0},          // stval
        {0x105, 0, 0},              // stvec: 3 is no MODE
        {0x320, 5, 0},              // mcountinhibit
        {0x323, 0, 0},              // mhpmevent3
        {0xb1f, 0, 0},              // mhpmcounter31
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Rv64Cpu c;
        rv64_cpu_init(&c);
        rv64_cpu_csr_do(&c, &rv64_csr_swap, cases[i].csr, ~0ull);
        if (rv64_cpu_csr(&c, cases[i].csr) != cases[i].ones)
            fail_msg("CSR %#x: ones give %#lx", cases[i].csr, (unsigned long)rv64_cpu_csr(&c, cases[i].csr));
        rv64_cpu_csr_do(&c, &rv64_csr_clear, cases[i].csr, ~0ull);
        assert_int_equal(rv64_cpu_csr(&c, cases[i].csr), cases[i].zeros);
        rv64_cpu_free(&c);
    }
}

static void test_mpp(void **state) {
    (void)state;
    Rv64Cpu c;
    rv64_cpu_init(&c);
    static const unsigned written[] = {0, 1, 3, 2, 1, 2, 0}, read[] = {0, 1, 3, 3, 1, 1, 0};
    for (size_t i = 0; i < ARRAY_LEN(written); i++) {
        rv64_cpu_csr_do(&c, &rv64_csr_swap, 0x300, rv64_mpp_bits(written[i]));
        assert_int_equal(rv64_mpp_of(rv64_cpu_csr(&c, 0x300)), read[i]);
    }
    rv64_cpu_free(&c);
}

// mip: lines and what software wrote. sip and sie show what is delegated.
static void test_interrupt_csrs(void **state) {
    (void)state;
    enum { MIP = 0x344, SIP = 0x144, MIE = 0x304, SIE = 0x104, MIDELEG = 0x303 };
    Rv64Cpu c;
    rv64_cpu_init(&c);
    c.cpu.irq_lines = RV64_IRQ_SEI | RV64_IRQ_MTI;
    assert_int_equal(rv64_cpu_csr(&c, MIP), RV64_IRQ_SEI | RV64_IRQ_MTI);
    rv64_cpu_csr_do(&c, &rv64_csr_set, MIP, RV64_IRQ_SSI); // does not copy the line into the software bit
    c.cpu.irq_lines = 0;
    assert_int_equal(rv64_cpu_csr(&c, MIP), RV64_IRQ_SSI);
    rv64_cpu_csr_do(&c, &rv64_csr_set, MIP, RV64_IRQ_SEI);
    c.cpu.irq_lines = RV64_IRQ_SEI;
    rv64_cpu_csr_do(&c, &rv64_csr_clear, MIP, RV64_IRQ_SEI);
    assert_int_equal(rv64_cpu_csr(&c, MIP), RV64_IRQ_SSI | RV64_IRQ_SEI);
    assert_int_equal(rv64_cpu_csr(&c, SIP), 0);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, SIP, 0); // not delegated: not to be written
    assert_int_equal(rv64_cpu_csr(&c, MIP), RV64_IRQ_SSI | RV64_IRQ_SEI);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, MIDELEG, RV64_IRQS_S);
    assert_int_equal(rv64_cpu_csr(&c, SIP), RV64_IRQ_SSI | RV64_IRQ_SEI);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, SIP, RV64_IRQ_STI);
    assert_int_equal(rv64_cpu_csr(&c, MIP), RV64_IRQ_SEI);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, MIE, RV64_IRQ_MTI);
    rv64_cpu_csr_do(&c, &rv64_csr_swap, SIE, ~0ull);
    assert_int_equal(rv64_cpu_csr(&c, MIE), RV64_IRQS_S | RV64_IRQ_MTI);
    assert_int_equal(rv64_cpu_csr(&c, SIE), RV64_IRQS_S);
    rv64_cpu_csr_do(&c, &rv64_csr_clear, SIE, ~0ull);
    assert_int_equal(rv64_cpu_csr(&c, MIE), RV64_IRQ_MTI);
    rv64_cpu_free(&c);
}

// A write says when the run loop must look: the mode changed, or an interrupt came in.
static uint64_t look(Rv64Cpu *c, const IrHelper *how, unsigned csr, uint64_t v) {
    return how->fn(&c->cpu, rv64_csr_access(c->cpu.mode, csr, true).which | RV64_CSR_LOOK, v, 0);
}

static void test_look(void **state) {
    (void)state;
    enum { SSTATUS = 0x100 };
    Rv64Cpu c;
    begin(&c, S);
    Rv64 *s = rv64_state(&c.cpu);
    s->satp = 8ull << 60;
    rv64_update_mode(&c.cpu);
    assert_int_equal(look(&c, &rv64_csr_set, SSTATUS, RV64_MSTATUS_SIE), 0);
    assert_int_equal(look(&c, &rv64_csr_set, SSTATUS, RV64_MSTATUS_SUM), 1);
    assert_int_equal(look(&c, &rv64_csr_set, SSTATUS, RV64_MSTATUS_SUM), 0);
    assert_int_equal(look(&c, &rv64_csr_clear, SSTATUS, RV64_MSTATUS_SUM | RV64_MSTATUS_SIE), 1);
    s->mideleg = s->mie = s->mip = RV64_IRQ_SSI;
    assert_int_equal(look(&c, &rv64_csr_clear, SSTATUS, RV64_MSTATUS_SIE), 0);
    assert_int_equal(look(&c, &rv64_csr_set, SSTATUS, RV64_MSTATUS_SIE), 1);
    rv64_cpu_free(&c);
}

static void test_old_value(void **state) {
    (void)state;
    Rv64Cpu c;
    rv64_cpu_init(&c);
    c.cpu.irq_lines = RV64_IRQ_SEI;
    assert_int_equal(rv64_cpu_csr_do(&c, &rv64_csr_swap, 0x340, 5), 0);
    assert_int_equal(rv64_cpu_csr_do(&c, &rv64_csr_set, 0x340, 8), 5);
    assert_int_equal(rv64_cpu_csr_do(&c, &rv64_csr_clear, 0x340, 1), 13);
    assert_int_equal(rv64_cpu_csr(&c, 0x340), 12);
    assert_int_equal(rv64_cpu_csr_do(&c, &rv64_csr_set, 0x344, RV64_IRQ_SSI), RV64_IRQ_SEI);
    rv64_cpu_free(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exceptions), cmocka_unit_test(test_returns),        cmocka_unit_test(test_interrupts),
        cmocka_unit_test(test_vectors),    cmocka_unit_test(test_stuck),          cmocka_unit_test(test_warl),
        cmocka_unit_test(test_mpp),        cmocka_unit_test(test_interrupt_csrs), cmocka_unit_test(test_look),
        cmocka_unit_test(test_old_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

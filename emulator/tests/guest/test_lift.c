// Oracle: the verifier of the IR, and the rules of a lift that guest/guest.h and ir/ir.h state,
// checked on what comes out.
//
// Random forms of every row of the table are lifted, one instruction a unit, in every privilege.
#include "guest/cover.h"
#include "guest/rand.h"
#include "guest/rv64/guest_rv64.h"
#include "guest/rv64/rv64.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/lib/rv64_cpu.h"

enum { PC = 0x80001000, DRAWS = 20000 };

static void lift_into(IrUnit *u, Lift *l, const Cpu *cpu, const uint8_t *bytes, Insn *insn) {
    *insn = guest_rv64.decode(bytes, 4, PC);
    ir_unit_reset(u);
    *l = (Lift){.u = u, .cpu = cpu, .pc = PC, .next_pc = PC + insn->len, .index = 3, .block = ir_block_begin(u, PC)};
    if (insn->len)
        assert_true(guest_rv64.lift(l, insn));
    else
        guest_rv64.lift_undefined(l, bytes, 4);
}

// A fault must leave the state as it was, so nothing that may fault follows a write of a slot;
// x0 is never read or written.
static void check_rules(const IrUnit *u) {
    bool written = false;
    for (unsigned i = 1; i < u->insns.n; i++) {
        const IrInsn *in = &u->insns.at[i];
        if (ir_op_is(in->op, IR_FAULT)) assert_false(written);
        if (in->op == IR_PUT) written = true;
        if (in->op == IR_PUT || in->op == IR_GET) assert_true(in->imm > 0 && in->imm < guest_rv64.n_slots);
    }
}

static void check_exits(const IrUnit *u, const Lift *l) {
    for (unsigned i = 0; i < u->exits.n; i++) {
        const IrExit *e = &u->exits.at[i];
        if (e->kind == IR_EXIT_TRAP) {
            assert_true(e->code != 0);
            assert_int_equal(e->pc, PC);
            bool exception = (e->code & ~0xffu) == 0x100;
            assert_int_equal(e->retired, l->index + !exception);
        } else {
            assert_int_equal(e->retired, l->index + 1);
            if (e->kind == IR_EXIT_DIRECT) assert_int_equal(e->pc & 1, 0);
        }
    }
}

static void test_every_row(void **state) {
    (void)state;
    RandLimits limits = rand_limits_default();
    for (unsigned i = 0; i < INSN_CLASS_COUNT; i++) limits.weight[i] = 1;
    IrUnit u;
    ir_unit_init(&u, guest_rv64.slots, guest_rv64.n_slots);
    Cover cover;
    cover_init(&cover, &guest_rv64);
    Rng rng = {11};
    Rv64Cpu c;
    rv64_cpu_init(&c);
    for (int i = 0; i < DRAWS; i++) {
        static const uint8_t privs[] = {RV64_M, RV64_S, RV64_U};
        rv64_cpu_set_priv(&c, privs[i / 2 % 3]);
        uint8_t bytes[INSN_BYTES_MAX];
        if (i & 1) {
            assert_true(rand_insn(&rv64_insns, &rng, &limits, bytes, NULL) > 0);
        } else {
            uint64_t raw = rng_next(&rng);
            memcpy(bytes, &raw, sizeof bytes);
        }
        Lift l;
        Insn insn;
        lift_into(&u, &l, &c.cpu, bytes, &insn);
        cover_insn(&cover, &insn);
        if (!l.ended) lift_jump(&l, l.next_pc, 0);
        ir_block_end(&u);
        Err err = {""};
        if (!ir_verify(&u, &err)) {
            ir_print(stderr, &u);
            fail_msg("%s", err.text);
        }
        check_rules(&u);
        check_exits(&u, &l);
    }
    assert_int_equal(cover_missing(&cover), 0);
    rv64_cpu_free(&c);
    cover_free(&cover);
    ir_unit_free(&u);
}

typedef struct Form {
    uint32_t word;
    IrExitKind kind;
    gpc pc, return_pc;
} Form;

// "Return-address stack prediction hints": which jumps are calls, which are returns.
static void test_calls_and_returns(void **state) {
    (void)state;
    static const Form forms[] = {
        {0x0080006f, IR_EXIT_DIRECT, PC + 8, 0},      // jal x0, 8
        {0x008000ef, IR_EXIT_DIRECT, PC + 8, PC + 4}, // jal x1, 8
        {0x008002ef, IR_EXIT_DIRECT, PC + 8, PC + 4}, // jal x5, 8
        {0x0080056f, IR_EXIT_DIRECT, PC + 8, 0},      // jal x10, 8
        {0x00008067, IR_EXIT_RETURN, 0, 0},           // jalr x0, 0(x1)
        {0x00028067, IR_EXIT_RETURN, 0, 0},           // jalr x0, 0(x5)
        {0x00008567, IR_EXIT_RETURN, 0, 0},           // jalr x10, 0(x1)
        {0x00050067, IR_EXIT_INDIRECT, 0, 0},         // jalr x0, 0(x10)
        {0x000500e7, IR_EXIT_INDIRECT, 0, PC + 4},    // jalr x1, 0(x10)
        {0x000280e7, IR_EXIT_INDIRECT, 0, PC + 4},    // jalr x1, 0(x5)
        {0x000080e7, IR_EXIT_INDIRECT, 0, PC + 4},    // jalr x1, 0(x1)
        {0x7ff00067, IR_EXIT_DIRECT, 0x7fe, 0},       // jalr x0, 2047(x0)
        {0x00008082, IR_EXIT_RETURN, 0, 0},           // c.jr x1
        {0x00009582, IR_EXIT_INDIRECT, 0, PC + 2},    // c.jalr x11
        {0x0000a001, IR_EXIT_DIRECT, PC, 0},          // c.j 0
    };
    IrUnit u;
    ir_unit_init(&u, guest_rv64.slots, guest_rv64.n_slots);
    Rv64Cpu c;
    rv64_cpu_init(&c);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        uint8_t bytes[4];
        memcpy(bytes, &forms[i].word, 4);
        Lift l;
        Insn insn;
        lift_into(&u, &l, &c.cpu, bytes, &insn);
        assert_true(l.ended);
        assert_int_equal(u.exits.n, 1);
        assert_int_equal(u.exits.at[0].kind, forms[i].kind);
        assert_int_equal(u.exits.at[0].pc, forms[i].pc);
        assert_int_equal(u.exits.at[0].return_pc, forms[i].return_pc);
    }
    rv64_cpu_free(&c);
    ir_unit_free(&u);
}

// Is it an illegal instruction in this state?
static bool is_illegal(IrUnit *u, const Rv64Cpu *c, uint32_t word) {
    uint8_t bytes[4];
    memcpy(bytes, &word, 4);
    Lift l;
    Insn insn;
    lift_into(u, &l, &c->cpu, bytes, &insn);
    return l.ended && u->exits.at[0].code == RV64_EXC_ILLEGAL;
}

// The manual's words on each field of mstatus and on the counter enables.
static void test_legality(void **state) {
    (void)state;
    enum { M = 1 << RV64_M, S = 1 << RV64_S, U = 1 << RV64_U, ALL = M | S | U };
    static const struct {
        uint32_t word;
        uint64_t mstatus;
        unsigned mcounteren, scounteren, legal_in;
    } cases[] = {
        {0x30200073, 0, 0, 0, M},                    // mret
        {0x10200073, 0, 0, 0, M | S},                // sret
        {0x10200073, RV64_MSTATUS_TSR, 0, 0, M},     //
        {0x10500073, 0, 0, 0, M | S},                // wfi
        {0x10500073, RV64_MSTATUS_TW, 0, 0, M},      //
        {0x12000073, 0, 0, 0, M | S},                // sfence.vma
        {0x12000073, RV64_MSTATUS_TVM, 0, 0, M},     //
        {0x18002573, 0, 0, 0, M | S},                // csrr a0, satp
        {0x18002573, RV64_MSTATUS_TVM, 0, 0, M},     //
        {0x18051073, RV64_MSTATUS_TVM, 0, 0, M},     // csrw satp, a0
        {0x10002573, RV64_MSTATUS_TVM, 0, 0, M | S}, // csrr a0, sstatus
        {0x30002573, 0, 0, 0, M},                    // csrr a0, mstatus
        {0xf1402573, 0, 0, 0, M},                    // csrr a0, mhartid
        {0xf1451073, 0, 0, 0, 0},                    // csrw mhartid, a0
        {0xc0002573, 0, 0, 0, M},                    // rdcycle a0
        {0xc0002573, 0, 1, 0, M | S},                //
        {0xc0002573, 0, 0, 1, M},                    //
        {0xc0002573, 0, 1, 1, ALL},                  //
        {0xc0002573, 0, 6, 7, M},                    //
        {0xc0102573, 0, 2, 2, ALL},                  // rdtime a0
        {0xc0202573, 0, 4, 4, ALL},                  // rdinstret a0
        {0xc0302573, 0, ~0u, ~0u, M},                // hpmcounter3
        {0xc0051073, 0, 7, 7, 0},                    // csrw cycle, a0
        {0x8ff02573, 0, 0, 0, 0},                    // no such CSR
        {0x00000073, 0, 0, 0, ALL},                  // ecall
        {0x0000100f, 0, 0, 0, ALL},                  // fence.i
    };
    IrUnit u;
    ir_unit_init(&u, guest_rv64.slots, guest_rv64.n_slots);
    Rv64Cpu c;
    rv64_cpu_init(&c);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (unsigned priv = RV64_U; priv <= RV64_M; priv++) {
            if (!(ALL >> priv & 1)) continue;
            rv64_state(&c.cpu)->mstatus = cases[i].mstatus;
            rv64_state(&c.cpu)->mcounteren = cases[i].mcounteren & 7;
            rv64_state(&c.cpu)->scounteren = cases[i].scounteren & 7;
            rv64_cpu_set_priv(&c, priv);
            if (is_illegal(&u, &c, cases[i].word) == (cases[i].legal_in >> priv & 1))
                fail_msg("case %zu, privilege %u", i, priv);
        }
    rv64_cpu_free(&c);
    ir_unit_free(&u);
}

// Which CSR instructions end a block (csr.c), and how: by a jump, by a trap, by either.
static void test_csr_ends(void **state) {
    (void)state;
    enum { GOES_ON, JUMPS, TRAPS, ASKS };
    static const struct {
        uint32_t word;
        unsigned end;
    } cases[] = {
        {0x34059573, GOES_ON}, // csrrw a0, mscratch, a1
        {0x14111073, GOES_ON}, // csrw sepc, sp
        {0x30002573, GOES_ON}, // csrr a0, mstatus
        {0x18002573, GOES_ON}, // csrr a0, satp
        {0x30047573, GOES_ON}, // csrrci a0, mstatus, 8: can let nothing in
        {0x10017073, GOES_ON}, // csrci sstatus, 2
        {0x30046573, ASKS},    // csrrsi a0, mstatus, 8
        {0x3005b573, ASKS},    // csrrc a0, mstatus, a1
        {0x10459573, ASKS},    // csrrw a0, sie, a1
        {0x34417073, ASKS},    // csrci mip, 2
        {0x18051073, TRAPS},   // csrw satp, a0
        {0x3a051073, TRAPS},   // csrw pmpcfg0, a0
        {0xb0002573, JUMPS},   // csrr a0, mcycle
        {0xc0102573, JUMPS},   // rdtime a0
    };
    IrUnit u;
    ir_unit_init(&u, guest_rv64.slots, guest_rv64.n_slots);
    Rv64Cpu c;
    rv64_cpu_init(&c);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        static const IrExitKind kinds[][2] = {
            [JUMPS] = {IR_EXIT_DIRECT}, [TRAPS] = {IR_EXIT_TRAP}, [ASKS] = {IR_EXIT_TRAP, IR_EXIT_DIRECT}};
        uint8_t bytes[4];
        memcpy(bytes, &cases[i].word, 4);
        Lift l;
        Insn insn;
        lift_into(&u, &l, &c.cpu, bytes, &insn);
        unsigned n = cases[i].end == GOES_ON ? 0 : cases[i].end == ASKS ? 2 : 1;
        if (u.exits.n != n || l.ended != (n > 0)) fail_msg("case %zu: %u exits", i, u.exits.n);
        for (unsigned k = 0; k < n; k++) assert_int_equal(u.exits.at[k].kind, kinds[cases[i].end][k]);
    }
    rv64_cpu_free(&c);
    ir_unit_free(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row),
        cmocka_unit_test(test_calls_and_returns),
        cmocka_unit_test(test_legality),
        cmocka_unit_test(test_csr_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

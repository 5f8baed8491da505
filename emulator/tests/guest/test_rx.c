// Oracle: tests/lib/rx_model.c, written from the description of the instruction set. Single instructions on all
// interesting values and flags, all pairs of them, and random sequences, in every way of running them.
#include "guest/rand.h"
#include "tests/lib/rx_machine.h"
#include "tests/lib/rx_model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { CODE_STEP = 96, CODE_ROOM = 60000, INSNS_MAX = 8 };

typedef struct World {
    Machine *m[RX_WAYS];
    uint32_t next; // free code memory
} World;

static void fresh_machines(World *w) {
    for (unsigned i = 0; i < RX_WAYS; i++) {
        if (w->m[i]) machine_free(w->m[i]);
        if (!w->m[i]) w->m[i] = malloc(sizeof *w->m[i]);
        assert_non_null(w->m[i]);
        rx_machine_init(w->m[i], &rx_ways[i]);
    }
    w->next = RX_CODE;
}

static int set_up(void **state) {
    World *w = calloc(1, sizeof *w);
    *state = w;
    if (w) fresh_machines(w);
    return !w;
}

static int tear_down(void **state) {
    World *w = *state;
    for (unsigned i = 0; i < RX_WAYS; i++) {
        machine_free(w->m[i]);
        free(w->m[i]);
    }
    free(w);
    return 0;
}

static uint32_t place(World *w, const RxModelInsn *insns, unsigned n) {
    uint8_t code[CODE_STEP];
    unsigned size = 0;
    if (w->next > RX_CODE + CODE_ROOM) fresh_machines(w);
    for (unsigned k = 0; k < n; k++) size += rx_model_encode(insns[k], code + size);
    code[size++] = 0x7f, code[size++] = 0x96; // WAIT
    uint32_t at = w->next;
    w->next += CODE_STEP;
    for (unsigned i = 0; i < RX_WAYS; i++) rx_machine_put(w->m[i], at, code, size);
    return at;
}

static void load_state(Cpu *cpu, const RxModel *s) {
    rx_psw_write(cpu, (uint32_t)(s->c | s->z << 1 | s->s << 2 | s->o << 3));
    for (unsigned r = 0; r < 16; r++) cpu->slot[r] = s->r[r];
    cpu->slot[RX_SLOT_ACC] = s->acc;
}

static bool same_state(const Cpu *cpu, const RxModel *s) {
    bool same = cpu->slot[RX_SLOT_ACC] == s->acc;
    for (unsigned r = 0; r < 16; r++) same &= rx_reg(cpu, r) == s->r[r];
    return same && rx_flags_read(cpu) == (uint32_t)(s->c | s->z << 1 | s->s << 2 | s->o << 3);
}

static void complain(const RxWay *way, const RxModelInsn *insns, unsigned n, const RxModel *in, const RxModel *want,
                     const Cpu *got) {
    print_error("%s:", way->name);
    for (unsigned k = 0; k < n; k++)
        print_error(" %s d=%u s=%u #%#x;", rx_model_names[insns[k].op], insns[k].d, insns[k].s, insns[k].imm);
    print_error("\nflags OSZC %d%d%d%d want %d%d%d%d got %#x\n", in->o, in->s, in->z, in->c, want->o, want->s, want->z,
                want->c, rx_flags_read(got));
    for (unsigned r = 0; r < 16; r++)
        if (rx_reg(got, r) != want->r[r])
            print_error("r%u: was %#x, want %#x, got %#x\n", r, in->r[r], want->r[r], rx_reg(got, r));
    if (got->slot[RX_SLOT_ACC] != want->acc)
        print_error("acc: want %#llx, got %#llx\n", (unsigned long long)want->acc,
                    (unsigned long long)got->slot[RX_SLOT_ACC]);
    fail_msg("a result differs");
}

static void check(World *w, uint32_t at, const RxModelInsn *insns, unsigned n, const RxModel *in) {
    RxModel want = *in;
    for (unsigned k = 0; k < n; k++) rx_model_step(&want, insns[k]);
    for (unsigned i = 0; i < RX_WAYS; i++) {
        Cpu *cpu = machine_cpu(w->m[i]);
        load_state(cpu, in);
        uint64_t before = cpu_now(cpu);
        if (!rx_machine_run(w->m[i], at)) fail_msg("%s: %s", rx_ways[i].name, w->m[i]->stuck_reason);
        if (!same_state(cpu, &want)) complain(&rx_ways[i], insns, n, in, &want, cpu);
        assert_true(cpu_now(cpu) - before <= n + 1 + n && cpu_now(cpu) > before);
    }
}

static const uint32_t values[] = {0,          1,          2,          3,          31,         32,
                                  33,         0x7f,       0x80,       0xff,       0x7fff,     0x8000,
                                  0xffff,     0x12345678, 0x40000000, 0x7ffffffe, 0x7fffffff, 0x80000000,
                                  0x80000001, 0xc0000000, 0xffff8000, 0xfffffffe, 0xffffffff};

static void set_flags(RxModel *m, unsigned psw) {
    m->c = psw & 1, m->z = psw >> 1 & 1, m->s = psw >> 2 & 1, m->o = psw >> 3 & 1;
}

static uint32_t random_value(Rng *r) {
    return rng_below(r, 3) ? values[rng_below(r, ARRAY_LEN(values))] : (uint32_t)rng_next(r);
}

static RxModel random_state(Rng *r) {
    RxModel m;
    for (unsigned i = 0; i < 16; i++) m.r[i] = random_value(r);
    set_flags(&m, (unsigned)rng_below(r, 16));
    m.acc = (uint64_t)random_value(r) << 32 | random_value(r);
    return m;
}

static RxModelInsn random_insn(Rng *r, RxModelOp op) {
    RxModelInsn i = {op, 1 + (unsigned)rng_below(r, 14), 1 + (unsigned)rng_below(r, 15), random_value(r)};
    if (rng_below(r, 2)) i.d = 1 + (unsigned)rng_below(r, 3), i.s = 1 + (unsigned)rng_below(r, 3); // close together
    return i;
}

// Every instruction on all pairs of values.
static void test_single(void **state) {
    World *w = *state;
    Rng r = {1};
    for (unsigned op = 0; op < RX_MODEL_COUNT; op++)
        for (unsigned imm = 0; imm < ARRAY_LEN(values); imm += 1) {
            RxModelInsn i = {(RxModelOp)op, 9, 3, values[imm]};
            uint32_t at = place(w, &i, 1);
            for (unsigned v = 0; v < ARRAY_LEN(values); v++) {
                RxModel m = random_state(&r);
                m.r[9] = values[v];
                m.r[3] = values[rng_below(&r, 2) ? imm : rng_below(&r, ARRAY_LEN(values))];
                check(w, at, &i, 1, &m);
            }
        }
}

// Every instruction with all of its small immediates: bit numbers, counts, conditions, with all sets of flags.
static void test_immediates(void **state) {
    World *w = *state;
    Rng r = {2};
    for (unsigned op = 0; op < RX_MODEL_COUNT; op++)
        for (unsigned imm = 0; imm < 32; imm++) {
            RxModelInsn i = {(RxModelOp)op, 2, imm % 14 + 1, imm};
            uint32_t at = place(w, &i, 1);
            for (unsigned flags = 0; flags < 16; flags++) {
                RxModel m = random_state(&r);
                set_flags(&m, flags);
                check(w, at, &i, 1, &m);
            }
        }
}

// Whatever leaves flags, followed by whatever looks at them.
static void test_pairs(void **state) {
    World *w = *state;
    Rng r = {3};
    for (unsigned a = 0; a < RX_MODEL_COUNT; a++)
        for (unsigned b = 0; b < RX_MODEL_COUNT; b++) {
            RxModelInsn pair[2] = {random_insn(&r, (RxModelOp)a), random_insn(&r, (RxModelOp)b)};
            uint32_t at = place(w, pair, 2);
            for (unsigned k = 0; k < 4; k++) {
                RxModel m = random_state(&r);
                check(w, at, pair, 2, &m);
            }
        }
}

// Conditions after each definition.
static void test_conditions(void **state) {
    World *w = *state;
    Rng r = {4};
    static const RxModelOp readers[] = {RX_MODEL_BRANCH, RX_MODEL_SC, RX_MODEL_BM};
    for (unsigned a = 0; a < RX_MODEL_COUNT; a++)
        for (unsigned c = 0; c < 14 * ARRAY_LEN(readers); c++) {
            RxModelInsn seq[3] = {random_insn(&r, (RxModelOp)rng_below(&r, RX_MODEL_COUNT)),
                                  random_insn(&r, (RxModelOp)a),
                                  {readers[c / 14], 5, c % 14, c % 14}};
            bool two = rng_below(&r, 2);
            uint32_t at = place(w, seq + !two, 2u + two);
            for (unsigned k = 0; k < 4; k++) {
                RxModel m = random_state(&r);
                check(w, at, seq + !two, 2u + two, &m);
            }
        }
}

static void test_sequences(void **state) {
    World *w = *state;
    Rng r = {5};
    for (unsigned n = 0; n < 3000; n++) {
        RxModelInsn seq[INSNS_MAX];
        unsigned len = 2 + (unsigned)rng_below(&r, INSNS_MAX - 1);
        for (unsigned k = 0; k < len; k++) seq[k] = random_insn(&r, (RxModelOp)rng_below(&r, RX_MODEL_COUNT));
        uint32_t at = place(w, seq, len);
        for (unsigned k = 0; k < 3; k++) {
            RxModel m = random_state(&r);
            check(w, at, seq, len, &m);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_single, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_immediates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pairs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_conditions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sequences, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

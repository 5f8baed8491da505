// Oracle: loops over an array of bytes, written from the description of the string instructions; constants
// for the rest. Strings across pages, over devices and code, into nothing, interrupted; code that
// overwrites itself; exceptions.
#include "guest/rand.h"
#include "tests/lib/rx_machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum {
    END = RX_CODE + RX_MEMORY,
    AREA = 0x6000,
    AREA_BASE = END - AREA,
    HANDLER = RX_CODE + 0x1000,
    VECTORS = RX_CODE + 0x2000
};
static const uint8_t wait[] = {0x7f, 0x96}, rte[] = {0x7f, 0x95};

typedef struct State {
    uint32_t r[16];
    unsigned psw;
    bool faults;
    uint8_t bytes[AREA];
} State;

typedef enum Kind {
    SCMPU = 0x83,
    SMOVU = 0x87,
    SMOVB = 0x8b,
    SMOVF = 0x8f,
    SUNTIL = 0x80,
    SWHILE = 0x84,
    SSTR = 0x88,
    RMPA = 0x8c
} Kind;

// ---- the model: one element after the other
static bool inside(uint32_t at, unsigned n) { return at >= AREA_BASE && at + n <= END; }

static bool load(const State *s, uint32_t at, unsigned n, uint32_t *v) {
    *v = 0;
    if (!inside(at, n)) return false;
    memcpy(v, s->bytes + (at - AREA_BASE), n);
    return true;
}
static bool store(State *s, uint32_t at, unsigned n, uint32_t v) {
    if (!inside(at, n)) return false;
    memcpy(s->bytes + (at - AREA_BASE), &v, n);
    return true;
}

static int64_t sign_extended(uint32_t v, unsigned n) { return n == 1 ? (int8_t)v : n == 2 ? (int16_t)v : (int32_t)v; }

static void set_cz(State *s, uint32_t a, uint32_t b) { s->psw = (s->psw & ~3u) | (a >= b) | (unsigned)(a == b) << 1; }

static void add_product(State *s, int64_t p) {
    unsigned __int128 high = (unsigned __int128)(int32_t)s->r[6] << 64;
    __int128 sum = (__int128)(high | (unsigned __int128)s->r[5] << 32 | s->r[4]) + p;
    s->r[4] = (uint32_t)sum, s->r[5] = (uint32_t)(sum >> 32), s->r[6] = (uint32_t)(int32_t)(int16_t)(sum >> 64);
    s->psw = (s->psw & ~12u) | (s->r[6] >> 31) << 2 | (s->r[6] + 1 > 1 ? 8u : 0);
}

// false: a fault before anything of this element happened
static bool element(State *s, Kind k, unsigned n, bool *last) {
    uint32_t *r = s->r, a, b;
    uint32_t step = k == SMOVB ? 0 - n : n;
    *last = false;
    switch (k) {
    case SMOVF:
    case SMOVB:
    case SMOVU:
        if (!load(s, r[2], 1, &b) || !store(s, r[1], 1, b)) return false;
        r[2] += step;
        *last = k == SMOVU && !b;
        break;
    case SSTR:
        if (!store(s, r[1], n, r[2])) return false;
        break;
    case SCMPU:
        if (!load(s, r[1], 1, &a) || !load(s, r[2], 1, &b)) return false;
        r[2] += step;
        *last = a != b || !a;
        set_cz(s, a, b);
        break;
    case RMPA:
        if (!load(s, r[1], n, &a) || !load(s, r[2], n, &b)) return false;
        r[2] += step;
        add_product(s, sign_extended(a, n) * sign_extended(b, n));
        break;
    default:
        if (!load(s, r[1], n, &a)) return false;
        *last = (a == r[2]) == (k == SUNTIL);
        set_cz(s, a, r[2]);
    }
    r[1] += step;
    r[3]--;
    return true;
}

static void model(State *s, Kind k, unsigned n) {
    for (bool last = false; s->r[3] && !last && !s->faults;) s->faults = !element(s, k, n, &last);
}

// ---- in a machine
static void load_machine(Machine *m, const State *s) {
    Cpu *cpu = machine_cpu(m);
    rx_psw_write(cpu, s->psw);
    for (unsigned r = 0; r < 16; r++) cpu->slot[r] = s->r[r];
    cpu->slot[RX_SLOT_INTB] = VECTORS;
    rx_machine_put(m, AREA_BASE, s->bytes, AREA);
}

static void compare(Machine *m, const RxWay *way, const State *want, uint32_t at, uint32_t n, Kind k) {
    Cpu *cpu = machine_cpu(m);
    uint8_t bytes[AREA];
    mem_copy_out(&m->mem, AREA_BASE, bytes, AREA);
    uint32_t psw = rx_flags_read(cpu);
    uint64_t pushed = 0;
    if (want->faults) {
        mem_load(&m->mem, RX_STACK - 8, 4, false, &pushed);
        assert_int_equal(pushed, at);
        mem_load(&m->mem, RX_STACK - 4, 4, false, &pushed);
        psw = (uint32_t)pushed & 15;
    }
    for (unsigned r = 1; r < 16; r++)
        if (rx_reg(cpu, r) != want->r[r])
            fail_msg("%s, %#x, %u elements: r%u is %#x, not %#x", way->name, k, n, r, rx_reg(cpu, r), want->r[r]);
    if (psw != want->psw) fail_msg("%s, %#x: flags %#x, not %#x", way->name, k, psw, want->psw);
    assert_memory_equal(bytes, want->bytes, AREA);
}

// Runs in pieces of a few steps, some of them in an interrupt handler.
static void run_pieces(Machine *m, uint32_t at, Rng *r) {
    Cpu *cpu = machine_cpu(m);
    cpu->pc = at;
    for (unsigned k = 0; k < 5; k++) {
        m->ended = false;
        m->o.max_insns = cpu_now(cpu) + 1 + rng_below(r, 3);
        machine_run(m);
        cpu->irq_level = 0; // as the interrupt controller does when the CPU accepts
        if (m->end != RUN_MAX_INSNS) return;
        if (rng_below(r, 2)) cpu->irq_vector = 40, cpu->irq_level = 3;
        cpu->slot[RX_SLOT_PSW] = rx_reg(cpu, RX_SLOT_PSW) | RX_PSW_I;
    }
    m->o.max_insns = cpu->irq_level = 0;
    rx_machine_run(m, (uint32_t)cpu->pc);
}

static uint32_t random_place(Rng *r) {
    switch (rng_below(r, 5)) {
    case 0:
        return AREA_BASE + 0x1000 * (1 + (uint32_t)rng_below(r, 4)) - 8 + (uint32_t)rng_below(r, 16); // a page border
    case 1: return END - 1 - (uint32_t)rng_below(r, 600);                                             // the end
    default: return AREA_BASE + 0x400 + (uint32_t)rng_below(r, AREA - 0x400);
    }
}

static void random_state(State *s, Rng *r, unsigned n, Kind k) {
    memset(s, 0, sizeof *s);
    unsigned alphabet = rng_below(r, 2) ? 2 : 250;
    for (unsigned i = 0; i < AREA; i++) s->bytes[i] = rng_below(r, 40) == 0 ? 0 : (uint8_t)(3 + rng_below(r, alphabet));
    for (unsigned i = 4; i < 16; i++) s->r[i] = (uint32_t)rng_next(r);
    s->r[6] = (uint32_t)(int16_t)s->r[6];
    s->r[0] = RX_STACK;
    s->r[1] = random_place(r);
    s->r[2] = rng_below(r, 3) ? random_place(r) : s->r[1] + 8 - (uint32_t)rng_below(r, 17); // overlapping
    if (k == SCMPU && rng_below(r, 2))
        memcpy(s->bytes, s->bytes + 0x1500, 0x800), s->r[1] = AREA_BASE, s->r[2] = AREA_BASE + 0x1500;
    if (k == SUNTIL || k == SWHILE || k == SSTR) {
        if (rng_below(r, 2))
            load(s, AREA_BASE + 16, n, &s->r[2]);
        else
            s->r[2] = 3 + (uint32_t)rng_below(r, alphabet);
    }
    s->r[3] = (uint32_t)rng_below(r, rng_below(r, 3) ? 20 : 1000);
    s->psw = (unsigned)rng_below(r, 16);
}

static void strings(const RxWay *way, bool pieces) {
    static const uint8_t kinds[] = {SCMPU, SMOVU, SMOVB, SMOVF, SUNTIL, SWHILE, SSTR, RMPA};
    Machine *m = malloc(sizeof *m);
    State *in = malloc(sizeof *in);
    Rng r = {pieces};
    assert_true(m && in);
    rx_machine_init(m, way);
    uint32_t handler = HANDLER, irq = HANDLER + 8;
    rx_machine_put(m, 0xffffffd4, &handler, 4);
    rx_machine_put(m, HANDLER, wait, 2);
    rx_machine_put(m, VECTORS + 4 * 40, &irq, 4);
    rx_machine_put(m, irq, rte, 2);
    for (unsigned k = 0; k < ARRAY_LEN(kinds) * 3; k++) {
        bool sized = kinds[k / 3] < 0x80 + 16 && (kinds[k / 3] & 3) == 0;
        unsigned log2 = sized ? k % 3 : 0;
        uint8_t code[] = {0x7f, (uint8_t)(kinds[k / 3] | log2), 0x7f, 0x96, 0x2e, 0xfe}; // WAIT, and to it again
        uint32_t at = RX_CODE + 16 * k;
        rx_machine_put(m, at, code, sizeof code);
        for (unsigned n = 0; n < (pieces ? 40 : 80); n++) {
            random_state(in, &r, 1u << log2, (Kind)kinds[k / 3]);
            load_machine(m, in);
            uint32_t count = in->r[3];
            model(in, (Kind)kinds[k / 3], 1u << log2);
            m->o.max_insns = 0;
            if (pieces && !in->faults)
                run_pieces(m, at, &r);
            else
                rx_machine_run(m, at);
            assert_int_equal(m->end, RUN_STUCK); // WAIT
            compare(m, way, in, at, count, (Kind)kinds[k / 3]);
        }
    }
    machine_free(m);
    free(m);
    free(in);
}

static void test_strings(void **state) {
    (void)state;
    for (unsigned w = 0; w < RX_WAYS; w++) strings(&rx_ways[w], false);
}

static void test_interrupted(void **state) {
    (void)state;
    for (unsigned w = 0; w < RX_WAYS; w++) strings(&rx_ways[w], true);
}

// ---- code that is overwritten by the instruction before it, and by a string instruction
static void test_self_modifying(void **state) {
    (void)state;
    static const uint8_t by_store[] = {0xc3, 0x42, 0x75, 0x45, 0x00, 0x7f, 0x96};      // mov.b r2,[r4]; mov.l #0,r5
    static const uint8_t by_string[] = {0x7f, 0x8f, 0x75, 0x45, 0x00, 0x7f, 0x96};     // smovf; mov.l #0,r5
    static const uint8_t by_push[] = {0x7e, 0xa2, 0xfb, 0x52, 0, 0, 0, 0, 0x7f, 0x96}; // push.l r2; mov.l #0:32,r5
    for (unsigned w = 0; w < RX_WAYS; w++) {
        Machine *m = malloc(sizeof *m);
        assert_non_null(m);
        rx_machine_init(m, &rx_ways[w]);
        Cpu *cpu = machine_cpu(m);
        rx_machine_put(m, RX_CODE, by_store, sizeof by_store);
        rx_machine_put(m, RX_CODE + 0x100, by_string, sizeof by_string);
        rx_machine_put(m, RX_CODE + 0x200, by_push, sizeof by_push);
        for (uint32_t v = 1; v < 60; v++) {
            cpu->slot[2] = v, cpu->slot[4] = RX_CODE + 4;
            assert_true(rx_machine_run(m, RX_CODE));
            assert_int_equal(rx_reg(cpu, 5), v);
            uint8_t fresh = (uint8_t)(v + 100);
            rx_machine_put(m, RX_DATA, &fresh, 1);
            cpu->slot[1] = RX_CODE + 0x104, cpu->slot[2] = RX_DATA, cpu->slot[3] = 1;
            assert_true(rx_machine_run(m, RX_CODE + 0x100));
            assert_int_equal(rx_reg(cpu, 5), fresh);
            cpu->slot[2] = v * 0x01010101, cpu->slot[0] = RX_CODE + 0x208;
            assert_true(rx_machine_run(m, RX_CODE + 0x200));
            assert_int_equal(rx_reg(cpu, 5), v * 0x01010101);
        }
        machine_free(m);
        free(m);
    }
}

// ---- exceptions: vector, what is pushed, what stays
typedef struct Exception {
    const char *what;
    uint8_t code[8], len;
    uint32_t vector;
    unsigned psw;
    bool next; // the address of the next instruction is pushed
} Exception;

static const Exception exceptions[] = {
    {"undefined", {0x01}, 1, 0xffffffdc, 0x10009, false},
    {"undefined in memex", {0x06, 0x23, 0x04, 0x39}, 4, 0xffffffdc, 3, false},
    {"pushm of no range", {0x6e, 0x33}, 2, 0xffffffdc, 3, false},
    {"load", {0xec, 0x9c}, 2, 0xffffffd4, 5, false},
    {"store", {0xe3, 0x9c}, 2, 0xffffffd4, 5, false},
    {"add from memory", {0x06, 0x88, 0x9c}, 3, 0xffffffd4, 5, false},
    {"post-increment", {0xfd, 0x2a, 0x9c}, 3, 0xffffffd4, 5, false},
    {"rte", {0x7f, 0x95}, 2, 0xffffffd0, RX_PSW_PM | RX_PSW_U | 2, false},
    {"rtfi", {0x7f, 0x94}, 2, 0xffffffd0, RX_PSW_PM | RX_PSW_U, false},
    {"wait", {0x7f, 0x96}, 2, 0xffffffd0, RX_PSW_PM | RX_PSW_U, false},
    {"mvtipl", {0x75, 0x70, 0x03}, 3, 0xffffffd0, RX_PSW_PM | RX_PSW_U | RX_PSW_I, false},
    {"brk", {0x00}, 1, VECTORS, RX_PSW_PM | RX_PSW_U | RX_PSW_I | 15, true},
    {"int", {0x75, 0x60, 0x05}, 3, VECTORS + 20, RX_PSW_U | 7u << 24 | 9, true},
};

static void take(Machine *m, const Exception *e, uint32_t at) {
    Cpu *cpu = machine_cpu(m);
    uint32_t handler = HANDLER, usp = RX_STACK + 0x1000;
    uint64_t pc, psw;
    rx_machine_put(m, e->vector, &handler, 4);
    rx_machine_put(m, at, e->code, e->len);
    rx_machine_put(m, at + e->len, wait, 2);
    rx_psw_write(cpu, e->psw);
    bool user_stack = e->psw & RX_PSW_U;
    cpu->slot[0] = user_stack ? usp : RX_STACK;
    cpu->slot[RX_SLOT_OTHER_SP] = user_stack ? RX_STACK : usp;
    cpu->slot[RX_SLOT_INTB] = VECTORS;
    cpu->slot[9] = 0x70000000, cpu->slot[12] = 0x1234;
    if (!rx_machine_run(m, at) || cpu->pc != HANDLER + 2) fail_msg("%s: the handler was not reached", e->what);
    mem_load(&m->mem, RX_STACK - 4, 4, false, &psw);
    mem_load(&m->mem, RX_STACK - 8, 4, false, &pc);
    if (psw != e->psw) fail_msg("%s: pushed PSW %#llx", e->what, (unsigned long long)psw);
    assert_int_equal(pc, e->next ? at + e->len : at);
    assert_int_equal(rx_reg(cpu, 0), RX_STACK - 8);
    assert_int_equal(rx_reg(cpu, RX_SLOT_OTHER_SP), usp);
    assert_int_equal(rx_reg(cpu, RX_SLOT_PSW), (e->psw & RX_PSW_IPL) | RX_PSW_I); // I by the WAIT of the handler
    assert_int_equal(rx_reg(cpu, 9), 0x70000000);
    assert_int_equal(rx_reg(cpu, 12), 0x1234);
    // RTE goes back: the same PSW, the same stacks.
    cpu->slot[RX_SLOT_PSW] = 0;
    assert_int_equal(rx_trap(cpu, RX_TRAP_RTE, 0, &m->stats), TRAP_CONTINUE);
    assert_int_equal(cpu->pc, pc);
    assert_int_equal(rx_psw_read(cpu), e->psw);
    assert_int_equal(rx_reg(cpu, 0), user_stack ? usp : RX_STACK);
}

static void test_exceptions(void **state) {
    (void)state;
    for (unsigned w = 0; w < RX_WAYS; w++) {
        Machine *m = malloc(sizeof *m);
        assert_non_null(m);
        rx_machine_init(m, &rx_ways[w]);
        rx_machine_put(m, HANDLER, wait, 2);
        for (unsigned k = 0; k < ARRAY_LEN(exceptions); k++) take(m, &exceptions[k], RX_CODE + 64 * k);
        machine_free(m);
        free(m);
    }
}

// ---- requests of the interrupt controller: priorities, the fast interrupt, NMI
static void request(Machine *m, uint32_t vector, uint32_t level) {
    machine_cpu(m)->irq_vector = vector;
    machine_cpu(m)->irq_level = level;
}

static void test_interrupts(void **state) {
    (void)state;
    Machine *m = malloc(sizeof *m);
    assert_non_null(m);
    rx_machine_init(m, &rx_ways[2]);
    Cpu *cpu = machine_cpu(m);
    uint32_t handler = HANDLER;
    rx_machine_put(m, VECTORS + 4 * 33, &handler, 4);
    rx_machine_put(m, 0xfffffff8, &handler, 4);
    cpu->slot[RX_SLOT_INTB] = VECTORS;
    cpu->slot[RX_SLOT_FINTV] = HANDLER + 64;
    for (unsigned level = 1; level <= CPU_IRQ_NMI; level++)
        for (uint32_t ipl = 0; ipl < 16; ipl++)
            for (unsigned i = 0; i < 2; i++) {
                uint32_t psw = ipl << 24 | (i ? RX_PSW_I : 0u) | RX_PSW_U | 6;
                rx_psw_write(cpu, 0);
                cpu->slot[0] = RX_STACK, cpu->slot[RX_SLOT_OTHER_SP] = RX_STACK + 64;
                rx_psw_write(cpu, psw);
                cpu->pc = RX_CODE + 0x40;
                request(m, 33, level);
                bool fast = level == CPU_IRQ_FAST, nmi = level == CPU_IRQ_NMI;
                bool taken = nmi || (i && (fast ? 15 : level) > ipl);
                assert_int_equal(rx_irq_deliverable(cpu), taken);
                if (!taken) continue;
                rx_irq_take(cpu, &m->stats);
                assert_int_equal(cpu->pc, fast ? HANDLER + 64 : HANDLER);
                assert_int_equal(rx_psw_read(cpu), (fast || nmi ? 15u : level) << 24 | 6);
                assert_int_equal(rx_reg(cpu, 0), fast ? RX_STACK : RX_STACK - 8);
                if (fast) {
                    assert_int_equal(rx_reg(cpu, RX_SLOT_BPSW), psw);
                    assert_int_equal(rx_reg(cpu, RX_SLOT_BPC), RX_CODE + 0x40);
                }
            }
    machine_free(m);
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),    cmocka_unit_test(test_interrupted), cmocka_unit_test(test_self_modifying),
        cmocka_unit_test(test_exceptions), cmocka_unit_test(test_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

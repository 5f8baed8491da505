// Oracle: the rules for control registers in supervisor and user mode, written out here. MVTC, MVFC, PUSHC, POPC,
// SETPSW and CLRPSW; which stack R0 is.
#include "guest/rand.h"
#include "tests/lib/rx_machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { PSW, PC, USP, FPSW, BPSW = 8, BPC, ISP, FINTV, INTB, CONTROLS, HANDLER = RX_CODE + 0x8000 };
enum { I = 1 << 16, U = 1 << 17, PM = 1 << 20, IPL = 15 << 24, FLAGS = 15 };

typedef struct Control {
    uint32_t v[CONTROLS];
} Control;

static bool exists(unsigned cr) { return cr <= FPSW || cr >= BPSW; }

static uint32_t written(const Control *c, unsigned cr, uint32_t v) {
    bool user = c->v[PSW] & PM;
    uint32_t kept = user ? PM | U | I | IPL : PM, fpsw;
    switch (cr) {
    case PSW: return (c->v[PSW] & kept) | (v & (FLAGS | I | U | IPL) & ~kept);
    case USP: return v;
    case FPSW: // causes are cleared by 0 and kept by 1; FS is the union of V, O, Z, U
        fpsw = (v & 0x7c007d03) | (c->v[FPSW] & v & 0xfc);
        return fpsw & 0x3c000000 ? fpsw | 0x80000000 : fpsw;
    case BPSW: return user ? c->v[cr] : v & (FLAGS | I | U | PM | IPL);
    default: return user ? c->v[cr] : v;
    }
}

static void load(Machine *m, const Control *c) {
    Cpu *cpu = machine_cpu(m);
    rx_psw_write(cpu, c->v[PSW]);
    cpu->slot[0] = c->v[c->v[PSW] & U ? USP : ISP];
    cpu->slot[RX_SLOT_OTHER_SP] = c->v[c->v[PSW] & U ? ISP : USP];
    rx_fpsw_write(cpu, c->v[FPSW]);
    cpu->slot[RX_SLOT_BPSW] = c->v[BPSW], cpu->slot[RX_SLOT_BPC] = c->v[BPC];
    cpu->slot[RX_SLOT_FINTV] = c->v[FINTV], cpu->slot[RX_SLOT_INTB] = c->v[INTB];
}

static Control random_control(Rng *r) {
    Control c;
    for (unsigned i = 0; i < CONTROLS; i++) c.v[i] = (uint32_t)rng_next(r);
    c.v[PSW] &= FLAGS | U | IPL | PM | I;
    c.v[BPSW] &= FLAGS | I | U | PM | IPL;
    c.v[FPSW] = (c.v[FPSW] & 0x7c007dff) | (c.v[FPSW] & 0x3c000000 ? 0x80000000 : 0);
    c.v[USP] = RX_STACK, c.v[ISP] = RX_STACK - 0x400;
    return c;
}

// WAIT ends it in supervisor mode, and the handler of its exception in user mode.
static uint32_t run_code(Machine *m, const Control *c, uint32_t at, const uint8_t *code, unsigned n, uint32_t r3) {
    static const uint8_t wait[] = {0x7f, 0x96};
    load(m, c);
    machine_cpu(m)->slot[3] = r3;
    rx_machine_put(m, at, code, n);
    rx_machine_put(m, at + n, wait, 2);
    assert_true(rx_machine_run(m, at));
    return rx_reg(machine_cpu(m), 9);
}

static void check_control(Machine *m, Rng *r, unsigned cr, uint32_t at) {
    Control c = random_control(r);
    uint32_t v = (uint32_t)rng_next(r), got;
    uint8_t read[] = {0xfd, 0x6a, (uint8_t)(cr << 4 | 9)}, push[] = {0x7e, (uint8_t)(0xc0 | cr), 0x7e, 0xb9};
    uint8_t write[] = {0xfd, 0x68, (uint8_t)(0x30 | cr), 0xfd, 0x6a, (uint8_t)(cr << 4 | 9)};
    uint8_t write_i[] = {
        0xfd, 0x73, (uint8_t)cr,           (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24),
        0xfd, 0x6a, (uint8_t)(cr << 4 | 9)};
    uint8_t pop[] = {0x7e, 0xa3, 0x7e, (uint8_t)(0xe0 | cr), 0xfd, 0x6a, (uint8_t)(cr << 4 | 9)};
    got = run_code(m, &c, at, read, sizeof read, 0);
    assert_int_equal(got, cr == PC ? at : c.v[cr]);
    got = run_code(m, &c, at + 16, push, sizeof push, 0);
    assert_int_equal(got, cr == PC ? at + 16 : c.v[cr]);
    if (cr == PC) return;
    got = run_code(m, &c, at + 32, write, sizeof write, v);
    if (got != written(&c, cr, v)) fail_msg("mvtc %u, psw %#x: %#x, not %#x", cr, c.v[PSW], got, written(&c, cr, v));
    got = run_code(m, &c, at + 48, write_i, sizeof write_i, 0);
    assert_int_equal(got, written(&c, cr, v));
    if (cr == PSW) v &= ~(uint32_t)U | (c.v[PSW] & U); // or the next words come from another stack
    if (cr == ISP || cr == USP) return;
    got = run_code(m, &c, at + 64, pop, sizeof pop, v);
    if (got != written(&c, cr, v)) fail_msg("popc %u, psw %#x: %#x, not %#x", cr, c.v[PSW], got, written(&c, cr, v));
}

static void check_bits(Machine *m, Rng *r, uint32_t at) {
    static const uint32_t masks[] = {1, 2, 4, 8, 0, 0, 0, 0, I, U};
    for (unsigned f = 0; f < ARRAY_LEN(masks); f++)
        for (unsigned on = 0; on < 2 && masks[f]; on++) {
            Control c = random_control(r);
            uint8_t code[] = {0x7f, (uint8_t)((on ? 0xa0 : 0xb0) | f), 0xfd, 0x6a, 0x09, 0xef, 0x0a}; // and mov r0, r10
            bool ignored = f >= 8 && (c.v[PSW] & PM);
            uint32_t want = ignored ? c.v[PSW] : on ? c.v[PSW] | masks[f] : c.v[PSW] & ~masks[f];
            assert_int_equal(run_code(m, &c, at + 32 * f + 16 * on, code, sizeof code, 0), want);
            assert_int_equal(rx_reg(machine_cpu(m), 10), c.v[want & U ? USP : ISP]);
        }
}

static void test_control(void **state) {
    (void)state;
    static const uint8_t wait[] = {0x7f, 0x96};
    uint32_t handler = HANDLER;
    for (unsigned w = 0; w < RX_WAYS; w++) {
        Machine *m = malloc(sizeof *m);
        Rng r = {w};
        assert_non_null(m);
        rx_machine_init(m, &rx_ways[w]);
        rx_machine_put(m, 0xffffffd0, &handler, 4);
        rx_machine_put(m, HANDLER, wait, 2);
        uint32_t at = RX_CODE;
        for (unsigned n = 0; n < 12; n++) {
            for (unsigned cr = 0; cr < CONTROLS; cr++)
                if (exists(cr)) check_control(m, &r, cr, at += 96);
            check_bits(m, &r, at += 96);
            at += 320;
        }
        machine_free(m);
        free(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_control)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

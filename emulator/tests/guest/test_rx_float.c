// Oracle: the host's FPU under fesetround(), for operands and results that are normal numbers; for NaN, infinity, zero,
// denormal and tiny the rules of the description, written out here once more. And what programs see of it.
#include "guest/rand.h"
#include "guest/rx/fpu.h"
#include "ir/float.h"
#include "tests/lib/rx_machine.h"
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { CV = 4, CO = 8, CZ = 16, CU = 32, CX = 64, CE = 128, DN = 256 };

static float as_float(uint32_t v) {
    float f;
    memcpy(&f, &v, 4);
    return f;
}
static uint32_t as_bits(float f) {
    uint32_t v;
    memcpy(&v, &f, 4);
    return v;
}
static bool is_denormal(uint32_t v) { return (v & 0x7f800000) == 0 && (v & 0x7fffff); }
static bool is_nan(uint32_t v) { return (v & 0x7fffffff) > 0x7f800000; }
static bool is_signaling(uint32_t v) { return is_nan(v) && !(v & 0x400000); }

static float host_op(RxFloatOp op, float a, float b) {
    volatile float x = a, y = b, r;
    switch (op) {
    case RX_FLOAT_ADD: r = x + y; break;
    case RX_FLOAT_SUB: r = x - y; break;
    case RX_FLOAT_MUL: r = x * y; break;
    default: r = x / y; break;
    }
    return r;
}

static void set_rounding(unsigned rm) {
    static const int host[] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};
    fesetround(host[rm]);
    feclearexcept(FE_ALL_EXCEPT);
}

static unsigned host_causes(void) {
    return (fetestexcept(FE_INVALID) ? CV : 0u) | (fetestexcept(FE_OVERFLOW) ? CO : 0u) |
           (fetestexcept(FE_DIVBYZERO) ? CZ : 0u) | (fetestexcept(FE_INEXACT) ? CX : 0u);
}

static unsigned expect_arithmetic(RxFloatOp op, uint32_t fpsw, uint32_t d, uint32_t s, uint32_t *r) {
    if (is_nan(d) || is_nan(s)) {
        bool sd = is_signaling(d), ss = is_signaling(s);
        *r = (sd ? d : ss ? s : is_nan(d) ? d : s) | 0x400000;
        return sd || ss ? CV : 0;
    }
    if (is_denormal(d) || is_denormal(s)) {
        if (!(fpsw & DN)) return CE;
        if (is_denormal(d)) d &= 0x80000000;
        if (is_denormal(s)) s &= 0x80000000;
    }
    set_rounding(1);
    float cut = host_op(op, as_float(d), as_float(s));
    bool tiny = fabsf(cut) < FLT_MIN && (cut != 0 || fetestexcept(FE_INEXACT));
    set_rounding(fpsw & 3);
    float value = host_op(op, as_float(d), as_float(s));
    unsigned causes = host_causes();
    fesetround(FE_TONEAREST);
    *r = as_bits(value);
    if (causes & CV) *r = 0x7fc00000;
    if (!tiny) return causes;
    *r = as_bits(cut) & 0x80000000;
    return fpsw & DN ? CU | CX : CE;
}

static unsigned expect_compare(uint32_t fpsw, uint32_t d, uint32_t s, uint32_t *r) {
    *r = 8;
    if (is_nan(d) || is_nan(s)) return is_signaling(d) || is_signaling(s) ? CV : 0;
    if ((is_denormal(d) || is_denormal(s)) && !(fpsw & DN)) return CE;
    float a = is_denormal(d) ? 0 : as_float(d), b = is_denormal(s) ? 0 : as_float(s);
    *r = a == b ? 2 : a < b ? 4 : 0;
    return 0;
}

static unsigned expect_to_int(uint32_t fpsw, unsigned rm, uint32_t s, uint32_t *r) {
    *r = s >> 31 ? 0x80000000 : 0x7fffffff;
    if (is_nan(s)) return CV;
    if (is_denormal(s)) {
        *r = 0;
        return fpsw & DN ? 0 : CE;
    }
    set_rounding(rm);
    double (*volatile round_now)(double) = rint; // not to be moved across fesetround()
    volatile double v = as_float(s), whole = round_now(v);
    fesetround(FE_TONEAREST);
    if (!(whole >= -2147483648.0 && whole <= 2147483647.0)) return CV;
    *r = (uint32_t)(int32_t)whole;
    return whole != v ? CX : 0;
}

static unsigned expect_from_int(uint32_t fpsw, uint32_t s, uint32_t *r) {
    set_rounding(fpsw & 3);
    volatile int32_t v = (int32_t)s;
    volatile float f = (float)v;
    unsigned causes = host_causes();
    fesetround(FE_TONEAREST);
    *r = as_bits(f);
    return causes;
}

static unsigned expect(RxFloatOp op, uint32_t fpsw, uint32_t d, uint32_t s, uint32_t *r) {
    switch (op) {
    case RX_FLOAT_CMP: return expect_compare(fpsw, d, s, r);
    case RX_FLOAT_TO_INT: return expect_to_int(fpsw, 1, s, r);
    case RX_FLOAT_ROUND: return expect_to_int(fpsw, fpsw & 3, s, r);
    case RX_FLOAT_FROM_INT: return expect_from_int(fpsw, s, r);
    default: return expect_arithmetic(op, fpsw, d, s, r);
    }
}

// Causes are of this operation alone; a flag is raised where the enable bit is 0; FS is one of V, O, Z, U.
static uint32_t expect_fpsw(uint32_t old, unsigned causes) {
    uint32_t v = (old & ~0xfcu) | causes;
    for (unsigned n = 2; n <= 6; n++)
        if ((causes >> n & 1) && !(old >> (n + 8) & 1)) v |= 1u << (n + 24);
    return v & 0x3c000000 ? v | 0x80000000 : v;
}

static void check(RxFloatOp op, uint32_t fpsw, uint32_t d, uint32_t s) {
    uint32_t want = 0, got = 0, after = fpsw;
    unsigned causes = expect(op, fpsw, d, s, &want);
    bool traps = (causes & CE) || (fpsw >> 8 & causes & 0x7c), done = rx_float(&after, op, d, s, &got);
    if (done == !traps && after == expect_fpsw(fpsw, causes) && (traps || got == want)) return;
    fail_msg("op %u, fpsw %#x: %#x, %#x: want %#x causes %#x, got %#x fpsw %#x", op, fpsw, d, s, want, causes, got,
             after);
}

static const uint32_t special[] = {
    0,          0x80000000, 1,          0x80000001, 0x7fffff,   0x807fffff, 0x800000,   0x80800000, 0x800001,
    0xffffff,   0x1000000,  0x3f800000, 0xbf800000, 0x3f800001, 0x3f7fffff, 0x3f000000, 0x3effffff, 0x40000000,
    0x40490fdb, 0x4b000000, 0x4b800000, 0x4b7fffff, 0x4effffff, 0x4f000000, 0xcf000000, 0xcf000001, 0xceffffff,
    0x7e800000, 0x7f000000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7f800001, 0xff923456, 0x7fc00000,
    0xffd23456, 0x00c00000, 0x20000000, 0x1fffffff, 0x5f000000, 0x33800000, 0x34000000, 0x7fffffff};

static const uint32_t modes[] = {DN, DN | 1, DN | 2, DN | 3, 0, 1, 2, 3};

static void test_special(void **state) {
    (void)state;
    for (unsigned op = 0; op <= RX_FLOAT_FROM_INT; op++)
        for (unsigned m = 0; m < ARRAY_LEN(modes); m++)
            for (unsigned a = 0; a < ARRAY_LEN(special); a++)
                for (unsigned b = 0; b < ARRAY_LEN(special); b++)
                    check((RxFloatOp)op, modes[m], special[a], special[b]);
}

static uint32_t random_operand(Rng *r, uint32_t near) {
    switch (rng_below(r, 5)) {
    case 0: return special[rng_below(r, ARRAY_LEN(special))];
    case 1: return near ^ (uint32_t)rng_below(r, 16) ^ (uint32_t)rng_below(r, 2) << 31; // cancellation
    case 2: return near + ((uint32_t)rng_below(r, 60) << 23) + (uint32_t)rng_below(r, 4);
    case 3: return (uint32_t)rng_next(r) & 0x81ffffff; // close to the tiny ones
    default: return (uint32_t)rng_next(r);
    }
}

// FS is kept as the union, as every write does it.
static uint32_t random_fpsw(Rng *r) {
    uint32_t v = (uint32_t)rng_next(r) & 0x7c007dff;
    if (rng_below(r, 2)) v &= ~0x7c00u; // nothing enabled
    if (rng_below(r, 2)) v = (v & ~RX_FPSW_MODE) | RX_FPSW_PLAIN;
    return v & 0x3c000000 ? v | 0x80000000 : v;
}

static void test_random(void **state) {
    (void)state;
    Rng r = {11};
    for (unsigned n = 0; n < 2000000; n++) {
        uint32_t d = random_operand(&r, (uint32_t)rng_next(&r)), s = random_operand(&r, d);
        check((RxFloatOp)rng_below(&r, RX_FLOAT_FROM_INT + 1), random_fpsw(&r), d, s);
    }
}

// ---- the ops of the IR that do it while FPSW is plain
static void check_op(RxFloatOp op, uint32_t d, uint32_t s) {
    static const uint8_t ops[] = {IR_FADDZ, IR_FSUBZ, IR_FMULZ, IR_FDIVZ, IR_FCMPZ, IR_FTOIZ, IR_FTOIZ};
    IrInsn in = {.op = ops[op], .type = op == RX_FLOAT_TO_INT || op == RX_FLOAT_ROUND ? IR_I32 : IR_F32};
    uint32_t want = 0, a = op < RX_FLOAT_TO_INT ? d : s;
    unsigned causes = expect(op, DN, d, s, &want), flags = 0, got;
    if (op == RX_FLOAT_TO_INT) in.imm = FLOAT_RTZ;
    if (op == RX_FLOAT_CMP) { // by its three conditions; one that is false for a NaN, and its opposite, tell O
        in.c = IR_EQ, got = ir_eval_flags(&in, a, s, 0, &flags) ? RX_PSW_Z : 0;
        in.c = IR_LTS, got |= ir_eval_flags(&in, a, s, 0, &flags) ? RX_PSW_S : 0;
        in.c = IR_GES, got |= !got && !ir_eval_flags(&in, a, s, 0, &flags) ? RX_PSW_O : 0;
    } else {
        got = (uint32_t)ir_eval_flags(&in, a, s, 0, &flags);
    }
    unsigned raised = (flags & FLOAT_NV ? CV : 0u) | (flags & FLOAT_OF ? CO : 0u) | (flags & FLOAT_DZ ? CZ : 0u) |
                      (flags & FLOAT_UF ? CU : 0u) | (flags & FLOAT_NX ? CX : 0u);
    if (got == want && raised == causes) return;
    fail_msg("%s: %#x, %#x: want %#x causes %#x, got %#x flags %#x", ir_op_info[in.op].text, d, s, want, causes, got,
             raised);
}

static void test_ops(void **state) {
    (void)state;
    Rng r = {12};
    for (unsigned op = 0; op < RX_FLOAT_FROM_INT; op++) {
        for (unsigned a = 0; a < ARRAY_LEN(special); a++)
            for (unsigned b = 0; b < ARRAY_LEN(special); b++) check_op((RxFloatOp)op, special[a], special[b]);
        for (unsigned n = 0; n < 100000; n++) {
            uint32_t d = random_operand(&r, (uint32_t)rng_next(&r)), s = random_operand(&r, d);
            check_op((RxFloatOp)op, d, s);
        }
    }
}

// ---- in a machine
typedef struct Form {
    uint8_t code[8], len;
    RxFloatOp op;
    uint8_t flags; // that it defines
} Form;

static const Form forms[] = {
    {{0xfc, 0x8b, 0x39}, 3, RX_FLOAT_ADD, 6},    {{0xfc, 0x83, 0x39}, 3, RX_FLOAT_SUB, 6},
    {{0xfc, 0x8f, 0x39}, 3, RX_FLOAT_MUL, 6},    {{0xfc, 0x93, 0x39}, 3, RX_FLOAT_DIV, 6},
    {{0xfc, 0x87, 0x39}, 3, RX_FLOAT_CMP, 14},   {{0xfc, 0x97, 0x39}, 3, RX_FLOAT_TO_INT, 6},
    {{0xfc, 0x9b, 0x39}, 3, RX_FLOAT_ROUND, 6},  {{0xfc, 0x47, 0x39}, 3, RX_FLOAT_FROM_INT, 6},
    {{0xfc, 0x89, 0x49, 1}, 4, RX_FLOAT_ADD, 6}, // 4[r4].l
};

static uint32_t expect_flags(const Form *f, uint32_t r) {
    bool whole = f->op == RX_FLOAT_TO_INT || f->op == RX_FLOAT_ROUND;
    if (f->op == RX_FLOAT_CMP) return r;
    return ((whole ? r == 0 : (r & 0x7fffffff) == 0) ? 2u : 0u) | (r >> 31 ? 4u : 0u);
}

static void run_form(Machine *m, const Form *f, uint32_t at, uint32_t fpsw, uint32_t d, uint32_t s, unsigned psw) {
    Cpu *cpu = machine_cpu(m);
    uint32_t want = 0, data[2] = {0, s};
    unsigned causes = expect(f->op, fpsw, d, s, &want);
    bool traps = (causes & CE) || (fpsw >> 8 & causes & 0x7c);
    rx_machine_put(m, RX_DATA, data, sizeof data);
    rx_psw_write(cpu, psw);
    cpu->slot[9] = d, cpu->slot[3] = s, cpu->slot[4] = RX_DATA, cpu->slot[0] = RX_STACK;
    rx_fpsw_write(cpu, fpsw);
    assert_true(rx_machine_run(m, at));
    assert_int_equal(rx_fpsw_read(cpu), expect_fpsw(fpsw, causes));
    bool writes = !traps && f->op != RX_FLOAT_CMP;
    assert_int_equal(rx_reg(cpu, 9), writes ? want : d);
    uint32_t flags = traps ? psw : (psw & ~(uint32_t)f->flags) | expect_flags(f, want);
    uint64_t pushed;
    if (traps) { // the vector leads to a WAIT behind the code; PSW and the address of the instruction are on the stack
        assert_int_equal(rx_reg(cpu, 0), RX_STACK - 8);
        mem_load(&m->mem, RX_STACK - 8, 4, false, &pushed);
        assert_int_equal(pushed, at);
        mem_load(&m->mem, RX_STACK - 4, 4, false, &pushed);
        assert_int_equal(pushed, psw);
    } else {
        assert_int_equal(rx_flags_read(cpu), flags);
    }
}

static void test_machine(void **state) {
    (void)state;
    static const uint8_t wait[] = {0x7f, 0x96};
    uint32_t handler = RX_CODE + 0x800;
    for (unsigned w = 0; w < RX_WAYS; w++) {
        Machine *m = malloc(sizeof *m);
        Rng r = {w};
        assert_non_null(m);
        rx_machine_init(m, &rx_ways[w]);
        rx_machine_put(m, 0xffffffe4, &handler, 4);
        rx_machine_put(m, handler, wait, sizeof wait);
        for (unsigned k = 0; k < ARRAY_LEN(forms); k++) {
            uint32_t at = RX_CODE + 32 * k;
            rx_machine_put(m, at, forms[k].code, forms[k].len);
            rx_machine_put(m, at + forms[k].len, wait, sizeof wait);
            for (unsigned n = 0; n < 300; n++) {
                uint32_t d = random_operand(&r, (uint32_t)rng_next(&r)), s = random_operand(&r, d);
                run_form(m, &forms[k], at, random_fpsw(&r), d, s, (unsigned)rng_below(&r, 16));
            }
        }
        machine_free(m);
        free(m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_special),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_ops),
        cmocka_unit_test(test_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

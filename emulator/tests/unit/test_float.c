// Oracle: the host's own arithmetic (SSE, libm's fma and nearbyint) in its four rounding modes, flags included.
//
// The fifth mode, nearest with ties away, differs from nearest even in ties only. A tie is found in binary128: the
// exact value is then representable there, so the operation raises no inexact flag and gives the midpoint of the
// results rounded down and up. Flags are those of nearest even. NaNs and what the host's conversions do out of range
// are expected as float.h says.
#include "ir/float.h"
#include <fenv.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { VALUES = 40000 };
typedef enum Op { ADD, SUB, MUL, DIV, SQRT, FMA, CONVERT, FROM_INT, OPS } Op;
static const char *const op_name[OPS] = {"add", "sub", "mul", "div", "sqrt", "fma", "convert", "from_int"};

typedef struct Case {
    Op op;
    IrType type; // of the result
    uint64_t a, b, c;
    bool is_unsigned; // FROM_INT
} Case;

// ---- values
static uint64_t next_random(uint64_t *state) { // splitmix64
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
static uint64_t below(uint64_t *seed, uint64_t n) { return next_random(seed) % n; }

static uint64_t pick(IrType type, uint64_t *seed) {
    unsigned precision = type == IR_F32 ? 24 : 53;
    uint64_t sign = 1ull << (type == IR_F32 ? 31 : 63), hidden = 1ull << (precision - 1), infinity = sign - hidden;
    uint64_t one = infinity / hidden / 2 * hidden, random = next_random(seed) & (sign - 1);
    const uint64_t special[] = {0,
                                1,
                                2,
                                hidden - 1,
                                hidden,
                                hidden + 1,
                                infinity,
                                one,
                                infinity - 1,
                                infinity + 1,
                                one + hidden,
                                one - 1,
                                one + 1,
                                sign - 1,
                                infinity | hidden >> 1,
                                one - hidden,
                                53 * hidden,
                                hidden / 2};
    uint64_t fraction = random & (hidden - 1), v;
    switch (below(seed, 8)) {
    case 0: v = special[below(seed, ARRAY_LEN(special))]; break;
    case 1: v = random & ~0ull << below(seed, precision); break; // few bits: ties
    case 2:
    case 3: v = fraction + one + (below(seed, 128) - 64) * hidden; break; // of similar size
    case 4: v = (fraction & ~0ull << below(seed, precision)) + one + (below(seed, 8) - 4) * hidden; break;
    case 5: v = random % (4 * hidden); break; // subnormal or nearly
    case 6: v = one + (below(seed, 70) - 2) * hidden + (fraction & ~0ull << below(seed, precision)); break;
    default: v = random; break;
    }
    return v | (below(seed, 2) ? sign : 0);
}

static double f64(uint64_t v) {
    double d;
    memcpy(&d, &v, 8);
    return d;
}
static float f32(uint64_t v) {
    float f;
    memcpy(&f, &v, 4);
    return f;
}
static uint64_t bits64(double d) {
    uint64_t v;
    memcpy(&v, &d, 8);
    return d != d ? 0x7ff8000000000000 : v; // canonical
}
static uint64_t bits32(float f) {
    uint32_t v;
    memcpy(&v, &f, 4);
    return f != f ? 0x7fc00000 : v;
}

// ---- the host
static unsigned host_flags(void) {
    int f = fetestexcept(FE_ALL_EXCEPT);
    return (f & FE_INEXACT ? FLOAT_NX : 0u) | (f & FE_UNDERFLOW ? FLOAT_UF : 0u) | (f & FE_OVERFLOW ? FLOAT_OF : 0u) |
           (f & FE_DIVBYZERO ? FLOAT_DZ : 0u) | (f & FE_INVALID ? FLOAT_NV : 0u);
}

static long double integer(const Case *t) { return t->is_unsigned ? (long double)t->a : (long double)(int64_t)t->a; }

static uint64_t host64(const Case *t) {
    volatile double a = f64(t->a), b = f64(t->b), c = f64(t->c), r = 0;
    volatile float narrow = f32(t->a);
    volatile long double i = integer(t);
    switch (t->op) {
    case ADD: r = a + b; break;
    case SUB: r = a - b; break;
    case MUL: r = a * b; break;
    case DIV: r = a / b; break;
    case SQRT: r = sqrt(a); break;
    case FMA: r = fma(a, b, c); break;
    case CONVERT: r = narrow; break;
    default: r = (double)i; break;
    }
    return bits64(r);
}

static uint64_t host32(const Case *t) {
    volatile float a = f32(t->a), b = f32(t->b), c = f32(t->c), r = 0;
    volatile double wide = f64(t->a);
    volatile long double i = integer(t);
    switch (t->op) {
    case ADD: r = a + b; break;
    case SUB: r = a - b; break;
    case MUL: r = a * b; break;
    case DIV: r = a / b; break;
    case SQRT: r = sqrtf(a); break;
    case FMA: r = fmaf(a, b, c); break;
    case CONVERT: r = (float)wide; break;
    default: r = (float)i; break;
    }
    return bits32(r);
}

static uint64_t host(const Case *t, FloatRound round, unsigned *flags) {
    static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    fesetround(modes[round]);
    feclearexcept(FE_ALL_EXCEPT);
    uint64_t r = t->type == IR_F32 ? host32(t) : host64(t);
    *flags |= host_flags();
    fesetround(FE_TONEAREST);
    return r;
}

// ---- ties
static __float128 value(IrType type, uint64_t v) { return type == IR_F32 ? (__float128)f32(v) : (__float128)f64(v); }

static bool is_tie(const Case *t, uint64_t down, uint64_t up) {
    IrType from = t->op != CONVERT ? t->type : t->type == IR_F32 ? IR_F64 : IR_F32;
    volatile __float128 a = value(from, t->a), b = value(from, t->b), c = value(from, t->c), r;
    volatile __float128 middle = (value(t->type, down) + value(t->type, up)) / 2;
    feclearexcept(FE_ALL_EXCEPT);
    switch (t->op) {
    case ADD: r = a + b; break;
    case SUB: r = a - b; break;
    case MUL: r = a * b; break;
    case DIV: r = a / b; break;
    case SQRT: return false; // its square would have more bits than the operand
    case FMA: r = a * b + c; break;
    case CONVERT: r = a; break;
    default: r = integer(t); break;
    }
    return !fetestexcept(FE_INEXACT) && r == middle;
}

static uint64_t expected(const Case *t, FloatRound round, unsigned *flags) {
    if (round != FLOAT_RMM) return host(t, round, flags);
    unsigned ignore = 0;
    uint64_t nearest = host(t, FLOAT_RNE, flags);
    uint64_t down = host(t, FLOAT_RDN, &ignore), up = host(t, FLOAT_RUP, &ignore);
    if (down == up || nearest == float_canonical_nan(t->type) || (*flags & FLOAT_OF)) return nearest;
    if (!is_tie(t, down, up)) return nearest;
    return fabs(t->type == IR_F32 ? (double)f32(down) : f64(down)) > fabs(t->type == IR_F32 ? (double)f32(up) : f64(up))
               ? down
               : up;
}

static uint64_t ours(const Case *t, FloatRound round, unsigned *flags) {
    switch (t->op) {
    case ADD: return float_add(t->type, t->a, t->b, round, flags);
    case SUB: return float_sub(t->type, t->a, t->b, round, flags);
    case MUL: return float_mul(t->type, t->a, t->b, round, flags);
    case DIV: return float_div(t->type, t->a, t->b, round, flags);
    case SQRT: return float_sqrt(t->type, t->a, round, flags);
    case FMA: return float_fma(t->type, t->a, t->b, t->c, round, flags);
    case CONVERT: return float_convert(t->type, t->type == IR_F32 ? IR_F64 : IR_F32, t->a, round, flags);
    default: return float_from_int(t->type, IR_I64, t->is_unsigned, t->a, round, flags);
    }
}

// Counts what was seen, so that a test which meets no tie or no underflow fails.
static void test_arithmetic(void **state) {
    (void)state;
    uint64_t seed = 1;
    unsigned seen = 0, ties = 0, bad = 0;
    for (unsigned i = 0; i < VALUES * OPS; i++) {
        Case t = {.op = i % OPS, .type = i / OPS % 2 ? IR_F32 : IR_F64, .is_unsigned = i / OPS / 2 % 2};
        IrType from = t.op != CONVERT ? t.type : t.type == IR_F32 ? IR_F64 : IR_F32;
        t.a = t.op == FROM_INT ? next_random(&seed) >> below(&seed, 64) << below(&seed, 40) : pick(from, &seed);
        t.b = pick(from, &seed), t.c = pick(from, &seed);
        for (FloatRound round = FLOAT_RNE; round <= FLOAT_RMM; round++) {
            unsigned want_flags = 0, flags = 0;
            uint64_t want = expected(&t, round, &want_flags), got = ours(&t, round, &flags);
            // An addend that is a quiet NaN does not hide 0 * infinity from RISC-V, but from the host.
            if (t.op == FMA && isnan(t.type == IR_F32 ? (double)f32(t.c) : f64(t.c))) want_flags |= flags & FLOAT_NV;
            seen |= flags, ties += round == FLOAT_RMM && want != host(&t, FLOAT_RNE, &(unsigned){0});
            if (got == want && flags == want_flags) continue;
            if (bad++ < 20)
                print_error("%s F%d %016lx %016lx %016lx round %d: %016lx flags %02x, want %016lx flags %02x\n",
                            op_name[t.op], t.type == IR_F32 ? 32 : 64, t.a, t.b, t.c, round, got, flags, want,
                            want_flags);
        }
    }
    assert_int_equal(bad, 0);
    assert_int_equal(seen, FLOAT_NX | FLOAT_UF | FLOAT_OF | FLOAT_DZ | FLOAT_NV);
    assert_true(ties > 500);
}

// ---- conversion to integers
static uint64_t expected_int(IrType to, bool is_unsigned, double a, FloatRound round, unsigned *flags) {
    static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
    double limit = ldexp(1, (to == IR_I32 ? 32 : 64) - (is_unsigned ? 0 : 1)), least = is_unsigned ? 0 : -limit;
    uint64_t mask = to == IR_I32 ? 0xffffffff : ~0ull, most = (is_unsigned ? ~0ull : ~0ull >> 1) & mask;
    if (to == IR_I32 && !is_unsigned) most = 0x7fffffff;
    if (round != FLOAT_RMM) fesetround(modes[round]);
    volatile double whole = round == FLOAT_RMM ? __builtin_round(a) : nearbyint(a);
    fesetround(FE_TONEAREST);
    if (!(whole >= least && whole < limit)) {
        *flags |= FLOAT_NV;
        return whole < least ? (is_unsigned ? 0 : ~most & mask) : most;
    }
    if (whole != a) *flags |= FLOAT_NX;
    return (whole < 0 ? (uint64_t)(int64_t)whole : (uint64_t)whole) & mask;
}

static void test_to_int(void **state) {
    (void)state;
    uint64_t seed = 2;
    unsigned seen[2] = {0};
    for (unsigned i = 0; i < VALUES * 4; i++) {
        IrType from = i & 1 ? IR_F32 : IR_F64, to = i & 2 ? IR_I32 : IR_I64;
        bool is_unsigned = i & 4;
        uint64_t a = pick(from, &seed);
        if (i & 8) // near the limits, and halves
            a = from == IR_F32 ? bits32((float)((double)(int64_t)below(&seed, 9) / 2 - 2) +
                                        (i & 16 ? ldexpf(i & 32 ? 1 : -1, 31 + (int)below(&seed, 2)) : 0))
                               : bits64((double)(int64_t)below(&seed, 9) / 2 - 2 +
                                        (i & 16 ? ldexp(i & 32 ? 1 : -1, 31 + (int)below(&seed, 2)) : 0));
        for (FloatRound round = FLOAT_RNE; round <= FLOAT_RMM; round++) {
            unsigned want_flags = 0, flags = 0;
            uint64_t want = expected_int(to, is_unsigned, from == IR_F32 ? (double)f32(a) : f64(a), round, &want_flags);
            uint64_t got = float_to_int(to, is_unsigned, from, a, round, &flags);
            seen[flags ? 1 : 0]++;
            if (got != want || flags != want_flags)
                fail_msg("F%d %016lx to %s I%d, round %d: %016lx flags %02x, want %016lx flags %02x",
                         from == IR_F32 ? 32 : 64, a, is_unsigned ? "unsigned" : "signed", to == IR_I32 ? 32 : 64,
                         round, got, flags, want, want_flags);
        }
    }
    assert_true(seen[0] > VALUES && seen[1] > VALUES);
}

// Of 32 bits: the low half alone counts, and F64 holds every one.
static void test_from_word(void **state) {
    (void)state;
    unsigned flags = 0;
    assert_int_equal(float_from_int(IR_F64, IR_I32, false, 0xdeadbeef80000000, FLOAT_RNE, &flags), bits64(-0x1p31));
    assert_int_equal(float_from_int(IR_F64, IR_I32, true, 0xdeadbeefffffffff, FLOAT_RNE, &flags), bits64(0xffffffffp0));
    assert_int_equal(float_from_int(IR_F32, IR_I32, true, 0xdeadbeef00000000, FLOAT_RDN, &flags), 0);
    assert_int_equal(flags, 0);
    assert_int_equal(float_from_int(IR_F32, IR_I32, true, 0xffffffff, FLOAT_RTZ, &flags), bits32(0xffffff00p0f));
    assert_int_equal(flags, FLOAT_NX);
}

// ---- order
static void test_order(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (unsigned i = 0; i < VALUES * 4; i++) {
        IrType type = i & 1 ? IR_F32 : IR_F64;
        uint64_t a = pick(type, &seed), b = i & 6 ? pick(type, &seed) : a,
                 sign = type == IR_F32 ? 1ull << 31 : 1ull << 63;
        volatile double x = type == IR_F32 ? (double)f32(a) : f64(a), y = type == IR_F32 ? (double)f32(b) : f64(b);
        uint64_t quiet = type == IR_F32 ? 1 << 22 : 1ull << 51;
        bool signaling = (x != x && !(a & quiet)) || (y != y && !(b & quiet));
        unsigned nan = x != x || y != y ? FLOAT_NV : 0, snan = signaling ? FLOAT_NV : 0, flags[5] = {0};
        assert_int_equal(float_compare(IR_EQ, type, a, b, &flags[0]), x == y);
        assert_int_equal(float_compare(IR_LTS, type, a, b, &flags[1]), x < y);
        assert_int_equal(float_compare(IR_LES, type, a, b, &flags[2]), x <= y);
        assert_int_equal(float_compare(IR_GTS, type, a, b, &flags[3]), x > y);
        assert_int_equal(float_compare(IR_GES, type, a, b, &flags[4]), x >= y);
        assert_int_equal(flags[0], snan);
        for (unsigned k = 1; k < 5; k++) assert_int_equal(flags[k], nan);

        unsigned min_flags = 0, max_flags = 0;
        bool less = x < y || (x == y && (a & sign) != 0);
        uint64_t both = float_canonical_nan(type);
        uint64_t min = x != x ? (y != y ? both : b) : y != y || less ? a : b;
        uint64_t max = x != x ? (y != y ? both : b) : y != y || !less ? a : b;
        assert_int_equal(float_min(type, a, b, &min_flags), min);
        assert_int_equal(float_max(type, a, b, &max_flags), max);
        assert_int_equal(min_flags, snan);
        assert_int_equal(max_flags, snan);
    }
}

// What no host tells: 0 * infinity + quiet NaN is invalid; the canonical NaNs.
static void test_nan(void **state) {
    (void)state;
    unsigned flags = 0;
    assert_int_equal(float_canonical_nan(IR_F64), 0x7ff8000000000000);
    assert_int_equal(float_canonical_nan(IR_F32), 0x7fc00000);
    assert_int_equal(float_fma(IR_F64, 0, bits64(INFINITY), 0xfff8000000000001, FLOAT_RNE, &flags), 0x7ff8000000000000);
    assert_int_equal(flags, FLOAT_NV);
    flags = 0;
    float_fma(IR_F64, bits64(1), bits64(INFINITY), 0xfff8000000000001, FLOAT_RNE, &flags);
    assert_int_equal(flags, 0);
    assert_true(float_is_nan(IR_F32, 0xffc00000) && float_is_nan(IR_F32, 0x7f800001));
    assert_false(float_is_nan(IR_F32, 0x7f800000) || float_is_nan(IR_F64, 0x7f800001));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_to_int), cmocka_unit_test(test_from_word),
        cmocka_unit_test(test_order),      cmocka_unit_test(test_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

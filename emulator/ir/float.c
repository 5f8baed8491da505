// Floating point in integers: unpack, compute exactly, round once, pack. What it means is said in float.h.
//
// A finite operand is sig * 2^exp with an integer sig. Sums, products and their sum (fused) are computed in 128 bits
// such that only bits below any rounding position can be lost, and then the lowest bit stands for all of them ("jam").
#include "ir/float.h"
#include "base/err.h"

typedef unsigned __int128 Wide;
enum { WIDE = 128 };

typedef struct Format {
    unsigned precision; // bits of the significand, the hidden one included
    int exp_min;        // of the smallest normal number, 2^exp_min
    unsigned bits;
} Format;
static const Format single = {24, -126, 32}, twice = {53, -1022, 64};

typedef enum Class { ZERO, FINITE, INFINITE, QUIET_NAN, SIGNALING_NAN } Class;
typedef struct Num {
    Class class;
    bool sign;
    int exp;
    Wide sig; // 0 for ZERO
} Num;

static const Format *format_of(IrType type) {
    BUG_IF(type != IR_F32 && type != IR_F64, "type %d is not of floating point", (int)type);
    return type == IR_F32 ? &single : &twice;
}
static uint64_t sign_bit(const Format *f) { return 1ull << (f->bits - 1); }
static uint64_t hidden_bit(const Format *f) { return 1ull << (f->precision - 1); }
static uint64_t infinity(const Format *f) { return sign_bit(f) - hidden_bit(f); }
static uint64_t nan_of(const Format *f) { return infinity(f) | hidden_bit(f) >> 1; }
static uint64_t with_sign(const Format *f, bool sign, uint64_t v) { return v | (sign ? sign_bit(f) : 0); }

static Num unpack(const Format *f, uint64_t v) {
    uint64_t fraction = v & (hidden_bit(f) - 1), exponent = (v & infinity(f)) >> (f->precision - 1);
    Num n = {.class = FINITE, .sign = (v & sign_bit(f)) != 0, .sig = fraction};
    n.exp = f->exp_min - (int)f->precision + 1;
    if ((v & infinity(f)) == infinity(f)) {
        n.class = !fraction ? INFINITE : fraction & hidden_bit(f) >> 1 ? QUIET_NAN : SIGNALING_NAN;
    } else if (exponent) {
        n.sig |= hidden_bit(f);
        n.exp += (int)exponent - 1;
    } else if (!fraction) {
        n.class = ZERO;
    }
    return n;
}

static bool is_nan(const Num *n) { return n->class >= QUIET_NAN; }

static uint64_t invalid(const Format *f, unsigned *flags) {
    *flags |= FLOAT_NV;
    return nan_of(f);
}

// The result of an operation with a NaN operand.
static uint64_t from_nan(const Format *f, const Num *a, const Num *b, unsigned *flags) {
    if (a->class == SIGNALING_NAN || b->class == SIGNALING_NAN) *flags |= FLOAT_NV;
    return nan_of(f);
}

// ---- rounding
static Wide shift_jam(Wide v, int n) {
    if (n <= 0) return v;
    if (n >= WIDE) return v != 0;
    return v >> n | ((v & (((Wide)1 << n) - 1)) != 0);
}

static int leading_zeros(Wide v) { // v is not 0
    uint64_t high = (uint64_t)(v >> 64);
    return high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)v);
}

// v / 2^drop as an integer; 0 < drop < 128.
static Wide round_integer(Wide v, int drop, bool sign, FloatRound round, bool *inexact) {
    Wide kept = v >> drop, rest = v & (((Wide)1 << drop) - 1), half = (Wide)1 << (drop - 1);
    *inexact = rest != 0;
    switch (round) {
    case FLOAT_RTZ: return kept;
    case FLOAT_RDN: return kept + (rest && sign);
    case FLOAT_RUP: return kept + (rest && !sign);
    case FLOAT_RMM: return kept + (rest >= half);
    default: return kept + (rest > half || (rest == half && (kept & 1)));
    }
}

static uint64_t overflow(const Format *f, bool sign, FloatRound round, unsigned *flags) {
    *flags |= FLOAT_OF | FLOAT_NX;
    bool finite = round == FLOAT_RTZ || round == (sign ? FLOAT_RUP : FLOAT_RDN);
    return with_sign(f, sign, infinity(f) - finite);
}

// sig * 2^exp, sig not 0, rounded. A subnormal result is tiny unless it would have been rounded up to the smallest
// normal number in the precision of that.
static uint64_t pack(const Format *f, bool sign, int exp, Wide sig, FloatRound round, unsigned *flags) {
    int up = leading_zeros(sig), drop = WIDE - (int)f->precision;
    bool inexact, tiny = false;
    sig <<= up;
    exp += WIDE - 1 - up; // now of the highest bit
    if (exp < f->exp_min) {
        Wide normal = round_integer(sig, drop, sign, round, &inexact);
        tiny = exp < f->exp_min - 1 || !(normal >> f->precision);
        sig = shift_jam(sig, f->exp_min - exp);
        exp = f->exp_min;
    }
    if (exp > 1 - f->exp_min) return overflow(f, sign, round, flags);
    uint64_t kept = (uint64_t)round_integer(sig, drop, sign, round, &inexact);
    // The hidden bit, or a carry out of the significand, counts up the exponent.
    uint64_t v = ((uint64_t)(exp - f->exp_min) << (f->precision - 1)) + kept;
    if (v >= infinity(f)) return overflow(f, sign, round, flags);
    if (inexact) *flags |= FLOAT_NX | (tiny ? FLOAT_UF : 0);
    return with_sign(f, sign, v);
}

// ---- sums and products
// Of finite numbers of at most 106 bits, and zeros.
static uint64_t add_finite(const Format *f, Num a, Num b, FloatRound round, unsigned *flags) {
    if (!a.sig && !b.sig) return with_sign(f, a.sign == b.sign ? a.sign : round == FLOAT_RDN, 0);
    if (!a.sig) return pack(f, b.sign, b.exp, b.sig, round, flags);
    if (!b.sig) return pack(f, a.sign, a.exp, a.sig, round, flags);
    int up_a = leading_zeros(a.sig) - 1, up_b = leading_zeros(b.sig) - 1; // one bit is left for the carry
    a.sig <<= up_a, a.exp -= up_a;
    b.sig <<= up_b, b.exp -= up_b;
    if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
        Num t = a;
        a = b, b = t;
    }
    // A shift that loses bits goes by 21 or more: then the sum has at least 126 bits, and the jam is below them.
    b.sig = shift_jam(b.sig, a.exp - b.exp);
    Wide sig = a.sign == b.sign ? a.sig + b.sig : a.sig - b.sig;
    return sig ? pack(f, a.sign, a.exp, sig, round, flags) : with_sign(f, round == FLOAT_RDN, 0);
}

static uint64_t add(const Format *f, Num a, Num b, FloatRound round, unsigned *flags) {
    if (is_nan(&a) || is_nan(&b)) return from_nan(f, &a, &b, flags);
    if (a.class == INFINITE && b.class == INFINITE && a.sign != b.sign) return invalid(f, flags);
    if (a.class == INFINITE || b.class == INFINITE)
        return with_sign(f, a.class == INFINITE ? a.sign : b.sign, infinity(f));
    return add_finite(f, a, b, round, flags);
}

uint64_t float_add(IrType type, uint64_t a, uint64_t b, FloatRound round, unsigned *flags) {
    const Format *f = format_of(type);
    return add(f, unpack(f, a), unpack(f, b), round, flags);
}

uint64_t float_sub(IrType type, uint64_t a, uint64_t b, FloatRound round, unsigned *flags) {
    const Format *f = format_of(type);
    Num y = unpack(f, b);
    y.sign = !y.sign;
    return add(f, unpack(f, a), y, round, flags);
}

// The exact product; neither is a NaN. 0 * infinity gives a signaling NaN.
static Num product(Num a, Num b) {
    Num p = {.class = FINITE, .sign = a.sign != b.sign, .exp = a.exp + b.exp, .sig = a.sig * b.sig};
    if (a.class == INFINITE || b.class == INFINITE)
        p.class = a.class == ZERO || b.class == ZERO ? SIGNALING_NAN : INFINITE;
    else if (!p.sig)
        p.class = ZERO;
    return p;
}

uint64_t float_mul(IrType type, uint64_t a, uint64_t b, FloatRound round, unsigned *flags) {
    const Format *f = format_of(type);
    Num x = unpack(f, a), y = unpack(f, b);
    if (is_nan(&x) || is_nan(&y)) return from_nan(f, &x, &y, flags);
    Num p = product(x, y);
    switch (p.class) {
    case ZERO: return with_sign(f, p.sign, 0);
    case FINITE: return pack(f, p.sign, p.exp, p.sig, round, flags);
    case INFINITE: return with_sign(f, p.sign, infinity(f));
    default: return invalid(f, flags);
    }
}

// 0 * infinity is invalid even when a quiet NaN is added.
uint64_t float_fma(IrType type, uint64_t a, uint64_t b, uint64_t c, FloatRound round, unsigned *flags) {
    const Format *f = format_of(type);
    Num x = unpack(f, a), y = unpack(f, b), z = unpack(f, c);
    if (is_nan(&x) || is_nan(&y)) {
        from_nan(f, &z, &z, flags);
        return from_nan(f, &x, &y, flags);
    }
    return add(f, product(x, y), z, round, flags);
}

uint64_t float_div(IrType type, uint64_t a, uint64_t b, FloatRound round, unsigned *flags) {
    const Format *f = format_of(type);
    Num x = unpack(f, a), y = unpack(f, b);
    bool sign = x.sign != y.sign;
    if (is_nan(&x) || is_nan(&y)) return from_nan(f, &x, &y, flags);
    if (x.class == y.class && x.class != FINITE) return invalid(f, flags); // 0/0, infinity/infinity
    if (x.class == INFINITE) return with_sign(f, sign, infinity(f));
    if (x.class == ZERO || y.class == INFINITE) return with_sign(f, sign, 0);
    if (y.class == ZERO) {
        *flags |= FLOAT_DZ;
        return with_sign(f, sign, infinity(f));
    }
    int up = leading_zeros(x.sig); // so the quotient has at least 75 bits
    Wide dividend = x.sig << up, quotient = dividend / y.sig;
    return pack(f, sign, x.exp - up - y.exp, quotient | (dividend % y.sig != 0), round, flags);
}

// ---- square root
static Wide root_of(Wide v) { // rounded down, bit by bit from the highest
    Wide root = 0;
    for (Wide bit = (Wide)1 << 63; bit; bit >>= 1)
        if ((root | bit) * (root | bit) <= v) root |= bit;
    return root;
}

uint64_t float_sqrt(IrType type, uint64_t a, FloatRound round, unsigned *flags) {
    const Format *f = format_of(type);
    Num x = unpack(f, a);
    if (is_nan(&x)) return from_nan(f, &x, &x, flags);
    if (x.class == ZERO) return a;
    if (x.sign) return invalid(f, flags);
    if (x.class == INFINITE) return a;
    int up = leading_zeros(x.sig);
    x.sig <<= up, x.exp -= up;
    if (x.exp & 1) x.sig >>= 1, x.exp++; // the lowest bit is 0
    Wide root = root_of(x.sig);
    return pack(f, false, x.exp / 2, root | (root * root != x.sig), round, flags);
}

// ---- order
// Integers in the order of the numbers, -0 below +0.
static int64_t order_key(const Format *f, uint64_t v) {
    uint64_t magnitude = v & (sign_bit(f) - 1);
    return (int64_t)(v & sign_bit(f) ? ~magnitude : magnitude);
}

static uint64_t extreme(const Format *f, uint64_t a, uint64_t b, bool greatest, unsigned *flags) {
    Num x = unpack(f, a), y = unpack(f, b);
    if (is_nan(&x) || is_nan(&y)) {
        uint64_t nan = from_nan(f, &x, &y, flags);
        return !is_nan(&x) ? a : !is_nan(&y) ? b : nan;
    }
    return (order_key(f, a) < order_key(f, b)) == greatest ? b : a;
}

uint64_t float_min(IrType type, uint64_t a, uint64_t b, unsigned *flags) {
    return extreme(format_of(type), a, b, false, flags);
}

uint64_t float_max(IrType type, uint64_t a, uint64_t b, unsigned *flags) {
    return extreme(format_of(type), a, b, true, flags);
}

bool float_compare(IrCond c, IrType type, uint64_t a, uint64_t b, unsigned *flags) {
    const Format *f = format_of(type);
    Num x = unpack(f, a), y = unpack(f, b);
    if (is_nan(&x) || is_nan(&y)) {
        from_nan(f, &x, &y, flags);
        if (c != IR_EQ) *flags |= FLOAT_NV;
        return false;
    }
    bool equal = a == b || (x.class == ZERO && y.class == ZERO);
    bool less = !equal && order_key(f, a) < order_key(f, b);
    switch (c) {
    case IR_EQ: return equal;
    case IR_LTS: return less;
    case IR_LES: return less || equal;
    case IR_GTS: return !less && !equal;
    case IR_GES: return !less;
    default: BUG_IF(true, "'%s' is no condition of floating point", ir_cond_text[c]);
    }
}

// ---- conversion
uint64_t float_convert(IrType to, IrType from, uint64_t a, FloatRound round, unsigned *flags) {
    const Format *f = format_of(to);
    Num x = unpack(format_of(from), a);
    switch (x.class) {
    case ZERO: return with_sign(f, x.sign, 0);
    case FINITE: return pack(f, x.sign, x.exp, x.sig, round, flags);
    case INFINITE: return with_sign(f, x.sign, infinity(f));
    default: return from_nan(f, &x, &x, flags);
    }
}

uint64_t float_to_int(IrType to, bool is_unsigned, IrType from, uint64_t a, FloatRound round, unsigned *flags) {
    Num x = unpack(format_of(from), a);
    unsigned bits = to == IR_I32 ? 32 : 64;
    uint64_t mask = ~0ull >> (64 - bits), sign = 1ull << (bits - 1), v;
    uint64_t most = is_unsigned ? mask : sign - 1, least = is_unsigned ? 0 : sign; // magnitudes
    uint64_t limit = x.sign && !is_nan(&x) ? least : most;
    bool inexact = false, fits = !is_nan(&x) && x.class != INFINITE && x.exp < 64;
    if (fits) {
        int drop = 64 - x.exp;
        Wide sig = shift_jam(x.sig << 64, drop - (WIDE - 1));
        Wide magnitude = round_integer(sig, drop < WIDE ? drop : WIDE - 1, x.sign, round, &inexact);
        fits = magnitude <= limit;
        v = (uint64_t)magnitude;
    }
    if (!fits) {
        *flags |= FLOAT_NV;
        v = limit;
    } else if (inexact) {
        *flags |= FLOAT_NX;
    }
    return (x.sign && !is_nan(&x) ? 0 - v : v) & mask;
}

uint64_t float_from_int(IrType to, IrType from, bool is_unsigned, uint64_t a, FloatRound round, unsigned *flags) {
    if (from == IR_I32) a = is_unsigned ? (uint32_t)a : (uint64_t)(int64_t)(int32_t)a;
    bool sign = !is_unsigned && (int64_t)a < 0;
    return a ? pack(format_of(to), sign, 0, sign ? 0 - a : a, round, flags) : 0;
}

uint64_t float_canonical_nan(IrType type) { return nan_of(format_of(type)); }

bool float_is_nan(IrType type, uint64_t a) {
    Num x = unpack(format_of(type), a);
    return is_nan(&x);
}

// ---- without denormal numbers
static uint64_t flushed(uint64_t v) { return v & infinity(&single) ? v : v & sign_bit(&single); }

static uint64_t nan_of_two(uint64_t a, uint64_t b, unsigned *flags) {
    Num x = unpack(&single, a), y = unpack(&single, b);
    bool signaling = x.class == SIGNALING_NAN || y.class == SIGNALING_NAN;
    if (signaling) *flags |= FLOAT_NV;
    bool first = signaling ? x.class == SIGNALING_NAN : x.class == QUIET_NAN;
    return (first ? a : b) | hidden_bit(&single) >> 1;
}

static uint64_t arithmetic(IrOp op, uint64_t a, uint64_t b, FloatRound round, unsigned *flags) {
    switch (op) {
    case IR_FADDZ: return float_add(IR_F32, a, b, round, flags);
    case IR_FSUBZ: return float_sub(IR_F32, a, b, round, flags);
    case IR_FMULZ: return float_mul(IR_F32, a, b, round, flags);
    default: return float_div(IR_F32, a, b, round, flags);
    }
}

// Rounded to zero, a result keeps its place above or below the smallest normal number.
uint64_t float_arithmetic_z(IrOp op, uint64_t a, uint64_t b, FloatRound round, unsigned *flags) {
    a = (uint32_t)a, b = (uint32_t)b;
    if (float_is_nan(IR_F32, a) || float_is_nan(IR_F32, b)) return nan_of_two(a, b, flags);
    unsigned cut_flags = 0;
    a = flushed(a), b = flushed(b);
    uint64_t cut = arithmetic(op, a, b, FLOAT_RTZ, &cut_flags);
    bool tiny = !(cut & infinity(&single)) && (cut != flushed(cut) || (cut_flags & FLOAT_NX));
    if (!tiny) return arithmetic(op, a, b, round, flags);
    *flags |= FLOAT_UF | FLOAT_NX;
    return flushed(cut);
}

bool float_compare_z(IrCond c, uint64_t a, uint64_t b, unsigned *flags) {
    a = flushed((uint32_t)a), b = flushed((uint32_t)b);
    if (c == IR_NE) return !float_compare(IR_EQ, IR_F32, a, b, flags);
    bool equal = float_compare(IR_EQ, IR_F32, a, b, flags);
    if (float_is_nan(IR_F32, a) || float_is_nan(IR_F32, b)) return false;
    return c == IR_EQ ? equal : float_compare(c, IR_F32, a, b, flags);
}

uint64_t float_to_int_z(uint64_t a, FloatRound round, unsigned *flags) {
    a = flushed((uint32_t)a);
    uint64_t v = float_to_int(IR_I32, false, IR_F32, a, round, flags);
    return float_is_nan(IR_F32, a) && (a & sign_bit(&single)) ? 0x80000000 : v;
}

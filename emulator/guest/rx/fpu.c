// Single-precision arithmetic in integers: every rounding mode, every cause, flag and enable bit ("FPU", "FPSW").
//
// A finite number that is not 0 is sig * 2^(exp - 62) with bit 62 of sig set; bits below the result's precision take
// part in rounding, and the lowest stands for everything that was shifted out. A result is tiny when it is below 2^-126
// before rounding. NaN operands come before denormal ones.
#include "guest/rx/fpu.h"

enum { TOP = 62, POINT = TOP - 23 }; // sig >> POINT are the 24 bits of a float
enum { CV = 1 << 2, CO = 1 << 3, CZ = 1 << 4, CU = 1 << 5, CX = 1 << 6, CE = 1 << 7, CAUSES = 0xfc, DN = 1 << 8 };
enum { NEAREST, TO_ZERO, UP, DOWN };
enum { QUIET = 1 << 22, DEFAULT_NAN = 0x7fc00000, INFINITE = 0x7f800000 };

typedef enum Class { ZERO, NORMAL, INF, NAN_QUIET, NAN_SIGNALING } Class;
typedef struct Num {
    Class class;
    bool sign;
    int exp;
    uint64_t sig;
    uint32_t raw;
} Num;

typedef struct Op {
    uint32_t fpsw, causes;
} Op;

static unsigned mode(const Op *o) { return o->fpsw & 3; }
static uint32_t signed_bits(bool sign, uint32_t v) { return v | (sign ? 1u << 31 : 0); }

static Num unpack(Op *o, uint32_t raw) {
    uint32_t exp = raw >> 23 & 255, man = raw & 0x7fffff;
    Num n = {.sign = raw >> 31, .raw = raw};
    if (exp == 255) {
        n.class = !man ? INF : man & QUIET ? NAN_QUIET : NAN_SIGNALING;
    } else if (exp) {
        n.class = NORMAL;
        n.exp = (int)exp - 127;
        n.sig = (uint64_t)(man | 1u << 23) << POINT;
    } else if (man) { // denormal: 0, or not implemented
        if (!(o->fpsw & DN)) o->causes |= CE;
    }
    return n;
}

static bool is_nan(const Num *n) { return n->class >= NAN_QUIET; }

static bool round_away(const Op *o, bool sign, uint64_t rest, uint64_t half, bool odd) {
    switch (mode(o)) {
    case NEAREST: return rest > half || (rest == half && odd);
    case TO_ZERO: return false;
    case UP: return rest && !sign;
    default: return rest && sign;
    }
}

static uint32_t overflow(Op *o, bool sign) {
    o->causes |= CO | CX;
    bool finite = mode(o) == TO_ZERO || (mode(o) == UP && sign) || (mode(o) == DOWN && !sign);
    return signed_bits(sign, finite ? INFINITE - 1 : INFINITE);
}

static uint32_t tiny(Op *o, bool sign) {
    o->causes |= o->fpsw & DN ? CU | CX : CE;
    return signed_bits(sign, 0);
}

// sig has its highest bit anywhere, or is 0.
static uint32_t pack(Op *o, bool sign, int exp, uint64_t sig) {
    int up = __builtin_clzll(sig) - (63 - TOP);
    if (up < 0)
        sig = sig >> 1 | (sig & 1);
    else
        sig <<= up;
    exp -= up;
    if (exp < -126) return tiny(o, sign);
    uint64_t kept = sig >> POINT, rest = sig & ((1ull << POINT) - 1);
    if (rest) o->causes |= CX;
    if (round_away(o, sign, rest, 1ull << (POINT - 1), kept & 1)) kept++;
    if (kept >> 24) kept >>= 1, exp++;
    if (exp > 127) return overflow(o, sign);
    return signed_bits(sign, (uint32_t)(exp + 127) << 23 | (kept & 0x7fffff));
}

static uint64_t shift_jam(uint64_t v, unsigned n) {
    if (n > 63) return v != 0;
    return v >> n | ((v & ((1ull << n) - 1)) != 0);
}

static uint32_t invalid(Op *o) {
    o->causes |= CV;
    return DEFAULT_NAN;
}

// A signaling NaN before a quiet one, then Rd's before the other.
static uint32_t nan_result(Op *o, const Num *d, const Num *s) {
    bool signaling = d->class == NAN_SIGNALING || s->class == NAN_SIGNALING;
    o->causes = signaling ? CV : 0;
    Class want = signaling ? NAN_SIGNALING : NAN_QUIET;
    return (d->class == want ? d->raw : s->raw) | QUIET;
}

static uint32_t add(Op *o, Num d, Num s) {
    if (d.class == INF || s.class == INF) {
        if (d.class == s.class && d.sign != s.sign) return invalid(o);
        return signed_bits(d.class == INF ? d.sign : s.sign, INFINITE);
    }
    bool zero_sign = d.sign == s.sign ? d.sign : mode(o) == DOWN;
    if (d.class == ZERO && s.class == ZERO) return signed_bits(zero_sign, 0);
    if (d.class == ZERO) return pack(o, s.sign, s.exp, s.sig);
    if (s.class == ZERO) return pack(o, d.sign, d.exp, d.sig);
    if (d.exp < s.exp || (d.exp == s.exp && d.sig < s.sig)) {
        Num t = d;
        d = s, s = t;
    }
    uint64_t small = shift_jam(s.sig, (unsigned)(d.exp - s.exp));
    uint64_t sig = d.sign == s.sign ? d.sig + small : d.sig - small;
    return sig ? pack(o, d.sign, d.exp, sig) : signed_bits(zero_sign, 0);
}

static uint32_t multiply(Op *o, Num d, Num s) {
    bool sign = d.sign != s.sign;
    if (d.class == INF || s.class == INF) {
        if (d.class == ZERO || s.class == ZERO) return invalid(o);
        return signed_bits(sign, INFINITE);
    }
    if (d.class == ZERO || s.class == ZERO) return signed_bits(sign, 0);
    return pack(o, sign, d.exp + s.exp, (d.sig >> POINT) * (s.sig >> POINT) << (TOP - 46)); // 24 by 24 bits
}

static uint32_t divide(Op *o, Num d, Num s) {
    bool sign = d.sign != s.sign;
    if (d.class == s.class && d.class != NORMAL) return invalid(o); // 0/0, inf/inf
    if (d.class == INF) return signed_bits(sign, INFINITE);
    if (d.class == ZERO || s.class == INF) return signed_bits(sign, 0);
    if (s.class == ZERO) {
        o->causes |= CZ;
        return signed_bits(sign, INFINITE);
    }
    uint64_t a = d.sig >> POINT << 38, b = s.sig >> POINT, q = a / b; // the quotient has 38 or 39 bits
    return pack(o, sign, d.exp - s.exp, q << (TOP - 38) | (a % b != 0));
}

static uint32_t compare(Op *o, const Num *d, const Num *s) {
    if (is_nan(d) || is_nan(s)) {
        o->causes = d->class == NAN_SIGNALING || s->class == NAN_SIGNALING ? CV : 0;
        return RX_PSW_O;
    }
    if (d->class == ZERO && s->class == ZERO) return RX_PSW_Z;
    uint32_t a = d->class == ZERO ? 0 : d->raw, b = s->class == ZERO ? 0 : s->raw;
    if (a == b) return RX_PSW_Z;
    int64_t x = a >> 31 ? -(int64_t)(a & INT32_MAX) : (int64_t)a, y = b >> 31 ? -(int64_t)(b & INT32_MAX) : (int64_t)b;
    return x < y ? RX_PSW_S : 0;
}

static uint32_t to_int(Op *o, const Num *s) {
    uint32_t most = s->sign ? 0x80000000 : 0x7fffffff;
    if (is_nan(s) || s->class == INF || s->exp > 31) {
        o->causes = CV;
        return most;
    }
    if (s->class == ZERO) return 0;
    uint64_t sig = shift_jam(s->sig, 30), rest; // value = sig * 2^(exp - 32)
    unsigned n = s->exp < -2 ? 35 : (unsigned)(32 - s->exp);
    sig = s->exp < -2 ? 1 : sig; // less than a quarter
    rest = sig & ((1ull << n) - 1);
    uint64_t v = (sig >> n) + round_away(o, s->sign, rest, 1ull << (n - 1), sig >> n & 1);
    if (v > (s->sign ? 0x80000000u : 0x7fffffffu)) {
        o->causes = CV;
        return most;
    }
    if (rest) o->causes |= CX;
    return s->sign ? 0 - (uint32_t)v : (uint32_t)v;
}

static uint32_t from_int(Op *o, int32_t v) {
    if (!v) return 0;
    uint64_t magnitude = v < 0 ? 0 - (uint64_t)(int64_t)v : (uint64_t)v;
    return pack(o, v < 0, 31, magnitude << 31);
}

static uint32_t binary(Op *o, RxFloatOp op, uint32_t a, uint32_t b) {
    Num d = unpack(o, a), s = unpack(o, b);
    if (op == RX_FLOAT_CMP) return compare(o, &d, &s);
    if (is_nan(&d) || is_nan(&s)) return nan_result(o, &d, &s);
    if (o->causes) return 0;
    if (op == RX_FLOAT_SUB) s.sign = !s.sign;
    switch (op) {
    case RX_FLOAT_MUL: return multiply(o, d, s);
    case RX_FLOAT_DIV: return divide(o, d, s);
    default: return add(o, d, s);
    }
}

static uint32_t convert(Op *o, RxFloatOp op, uint32_t v) {
    if (op == RX_FLOAT_FROM_INT) return from_int(o, (int32_t)v);
    Num s = unpack(o, v);
    uint32_t rounding = o->fpsw;
    if (op == RX_FLOAT_TO_INT) o->fpsw = (o->fpsw & ~3u) | TO_ZERO;
    uint32_t r = to_int(o, &s);
    o->fpsw = rounding;
    return r;
}

bool rx_float(uint32_t *fpsw, RxFloatOp op, uint32_t d, uint32_t s, uint32_t *result) {
    Op o = {.fpsw = *fpsw & ~(uint32_t)CAUSES};
    *result = op >= RX_FLOAT_TO_INT ? convert(&o, op, s) : binary(&o, op, d, s);
    uint32_t enabled = o.fpsw >> 8 & o.causes & ~(uint32_t)CE;
    uint32_t flags = (o.causes & ~(o.fpsw >> 8) & ~(uint32_t)CE) << 24;
    *fpsw = o.fpsw | o.causes | flags;
    if (*fpsw & 0x3c000000u) *fpsw |= 0x80000000u;
    return !enabled && !(o.causes & CE);
}

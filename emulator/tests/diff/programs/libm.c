// A guest program: picolibc's mathematical functions on many arguments, and printf of what they give, in all rounding
// modes that have a name in C. Each line is a function: a hash of all results, the flags that were raised.
#include <fenv.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ARGUMENTS = 300 };
typedef struct Function {
    const char *name;
    double (*one)(double);
    double (*two)(double, double);
    float (*one_float)(float);
} Function;

static const Function functions[] = {
    {"sin", sin, NULL, sinf},          {"cos", cos, NULL, cosf},
    {"tan", tan, NULL, tanf},          {"asin", asin, NULL, asinf},
    {"acos", acos, NULL, acosf},       {"atan", atan, NULL, atanf},
    {"sinh", sinh, NULL, sinhf},       {"cosh", cosh, NULL, coshf},
    {"tanh", tanh, NULL, tanhf},       {"exp", exp, NULL, expf},
    {"exp2", exp2, NULL, exp2f},       {"expm1", expm1, NULL, expm1f},
    {"log", log, NULL, logf},          {"log2", log2, NULL, log2f},
    {"log1p", log1p, NULL, log1pf},    {"cbrt", cbrt, NULL, cbrtf},
    {"erf", erf, NULL, erff},          {"lgamma", lgamma, NULL, lgammaf},
    {"tgamma", tgamma, NULL, tgammaf}, {"floor", floor, NULL, floorf},
    {"ceil", ceil, NULL, ceilf},       {"rint", rint, NULL, rintf},
    {"round", round, NULL, roundf},    {"trunc", trunc, NULL, truncf},
    {"logb", logb, NULL, logbf},       {"pow", NULL, pow, NULL},
    {"atan2", NULL, atan2, NULL},      {"fmod", NULL, fmod, NULL},
    {"hypot", NULL, hypot, NULL},      {"remainder", NULL, remainder, NULL},
    {"fdim", NULL, fdim, NULL},        {"nextafter", NULL, nextafter, NULL},
};

static uint64_t next_random(uint64_t *state) { // splitmix64
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

// Any number, or one between -16 and 16.
static double argument(uint64_t *seed) {
    uint64_t bits = next_random(seed);
    double any;
    memcpy(&any, &bits, sizeof any);
    return bits >> 5 & 1 ? any : (double)(int64_t)bits * 0x1p-59;
}

static void mix(uint64_t *hash, double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    *hash = (*hash ^ bits) * 0x100000001b3;
    *hash ^= *hash >> 29;
}

static void run(const Function *f, const char *how) {
    uint64_t seed = 1, hash = 0;
    feclearexcept(FE_ALL_EXCEPT);
    for (int i = 0; i < ARGUMENTS; i++) {
        double a = argument(&seed), b = argument(&seed);
        mix(&hash, f->one ? f->one(a) : f->two(a, b));
        if (f->one_float) mix(&hash, (double)f->one_float((float)a));
    }
    int flags = fetestexcept(FE_ALL_EXCEPT);
    printf("%s %s %016" PRIx64 " flags %02x\n", f->name, how, hash, flags);
}

int main(void) {
    static const struct {
        const char *name;
        int mode;
    } modes[] = {{"nearest", FE_TONEAREST}, {"zero", FE_TOWARDZERO}, {"down", FE_DOWNWARD}, {"up", FE_UPWARD}};
    for (unsigned m = 0; m < 4; m++) {
        fesetround(modes[m].mode);
        for (unsigned i = 0; i < sizeof functions / sizeof *functions; i++) run(&functions[i], modes[m].name);
    }
    fesetround(FE_TONEAREST);
    uint64_t seed = 2;
    for (int i = 0; i < 40; i++) {
        double v = argument(&seed);
        printf("%.17g %a %.3e %f\n", v, v, v, fmod(v, 1e6));
    }
    return 0;
}

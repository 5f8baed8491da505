// Floating point as programs use it: the mathematical library on random bit patterns, in the four rounding modes that C
// knows, and the flags that it leaves. Prints one number a mode; every bit of every result is in it.
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 700 };

static uint64_t sum, seed = 88172645463325252ull;

static void mix(uint64_t bits) {
    sum = (sum ^ bits) * 0x9e3779b97f4a7c15ull;
    sum ^= sum >> 29;
}
static void mix_double(double d) {
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    mix(bits);
}
static void mix_float(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    mix(bits);
}

// Any bits; every second one is not far from 1.
static double random_double(int round) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17; // xorshift
    uint64_t bits = seed;
    if (round & 1) bits = (bits & ~(0x7ffull << 52)) | (1000 + seed % 50) << 52;
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static void functions(double x) {
    mix_double(sin(x)), mix_double(exp(x)), mix_double(log(x)), mix_double(sqrt(x)), mix_double(cbrt(x));
    mix_double(pow(fabs(x), 0.37)), mix_double(fmod(x, 3.7)), mix_double(hypot(x, 2)), mix_double(atan2(x, 1.3));
    mix_double(tgamma(x)), mix_double(nextafter(x, 1e300)), mix_double(rint(x)), mix_double(floor(x));
}

static void operations(double x) {
    double limit = 1e18;
    mix_double(fmin(x, 1.0)), mix_double(fmax(x, -0.0)), mix_double(fma(x, x, -1.5)), mix_double(x / 3.0);
    mix(x < 1.0), mix(x >= 1.0), mix(x == x), mix(isgreater(x, 2.0));
    if (fabs(x) < limit) mix((uint64_t)(int64_t)x), mix((uint64_t)llrint(x)), mix((uint64_t)(int32_t)(x / limit));
    if (x > 0 && x < limit) mix((uint64_t)x);
    mix_double((double)(int64_t)seed), mix_double((double)seed), mix_float((float)(int64_t)seed),
        mix_float((float)seed);
}

static void singles(float x) {
    mix_float(sinf(x)), mix_float(expf(x)), mix_float(sqrtf(x)), mix_float(x * x + 1.25f), mix_float(x / 3.0f);
    mix_float(fminf(x, 0.5f)), mix_float(fmaf(x, 1.5f, x)), mix_double(x), mix(x < 1.0f);
}

int main(void) {
    static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_UPWARD, FE_DOWNWARD};
    for (unsigned mode = 0; mode < 4; mode++) {
        fesetround(modes[mode]);
        for (int round = 0; round < ROUNDS; round++) {
            double x = random_double(round);
            functions(x);
            operations(x);
            singles((float)x);
            mix((uint64_t)fetestexcept(FE_ALL_EXCEPT));
            if (round % 7 == 0) feclearexcept(FE_ALL_EXCEPT);
        }
        printf("mode %u: %016llx\n", mode, (unsigned long long)sum);
    }
    return 0;
}

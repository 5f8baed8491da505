// Floating point: products of matrices in double precision, each element summed up in the order of the textbook.
//
// A machine with a fast fused multiply-add uses it: the compiler says which, and there is a checksum for either. RX computes in
// single precision: its doubles have 32 bits, and the checksum is what other machines compute with floats. The
// manifest forbids that the compiler fuses anything by itself.
#include "floating.h"

#define N        24
#define PRODUCTS 4

#if __SIZEOF_DOUBLE__ == 4
#define EXPECTED              0xc27f71a1
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#elif defined(__FP_FAST_FMA)
#define EXPECTED              0x1ba64905
#define MULTIPLY_ADD(a, b, c) __builtin_fma(a, b, c)
#else
#define EXPECTED              0x6f472511
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

typedef double Matrix[N][N];

static void fill(Matrix m, uint32_t *seed) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) m[i][j] = random_double(seed);
    }
}

static void multiply(Matrix product, Matrix a, Matrix b) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++) sum = MULTIPLY_ADD(a[i][k], b[k][j], sum);
            product[i][j] = sum;
        }
    }
}

static uint32_t iterate(uint32_t seed) {
    static Matrix a, b, c;
    fill(a, &seed);
    fill(b, &seed);
    for (int i = 0; i < PRODUCTS / 2; i++) {
        multiply(c, a, b);
        multiply(b, c, a);
    }
    uint32_t sum = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) sum = mix_double(sum, b[i][j]);
    }
    return sum;
}

const Kernel kernel = {"matrix", EXPECTED, iterate};

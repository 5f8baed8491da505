// Register pressure: ChaCha20 blocks, sixteen 32-bit values that are all alive for the whole of twenty rounds.
//
// Nothing but additions, exclusive ors and rotations in long blocks without branches: what counts is whether the
// guest's registers stay in host registers. The block function is that of RFC 8439; the checksum comes from that text's
// definition, computed apart, and the first block is its test vector.
#include "kernel.h"

#define BLOCKS 24
#define WORDS  16

static uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }

#define QUARTER_ROUND(a, b, c, d)                                                                                      \
    do {                                                                                                               \
        a += b, d = rotate(d ^ a, 16);                                                                                 \
        c += d, b = rotate(b ^ c, 12);                                                                                 \
        a += b, d = rotate(d ^ a, 8);                                                                                  \
        c += d, b = rotate(b ^ c, 7);                                                                                  \
    } while (0)

static void chacha_block(const uint32_t in[WORDS], uint32_t out[WORDS]) {
    uint32_t x0 = in[0], x1 = in[1], x2 = in[2], x3 = in[3], x4 = in[4], x5 = in[5], x6 = in[6], x7 = in[7];
    uint32_t x8 = in[8], x9 = in[9], x10 = in[10], x11 = in[11], x12 = in[12], x13 = in[13], x14 = in[14], x15 = in[15];

    for (int i = 0; i < 10; i++) {
        QUARTER_ROUND(x0, x4, x8, x12);
        QUARTER_ROUND(x1, x5, x9, x13);
        QUARTER_ROUND(x2, x6, x10, x14);
        QUARTER_ROUND(x3, x7, x11, x15);
        QUARTER_ROUND(x0, x5, x10, x15);
        QUARTER_ROUND(x1, x6, x11, x12);
        QUARTER_ROUND(x2, x7, x8, x13);
        QUARTER_ROUND(x3, x4, x9, x14);
    }
    const uint32_t x[WORDS] = {x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15};
    for (int i = 0; i < WORDS; i++) out[i] = x[i] + in[i];
}

static uint32_t iterate(uint32_t seed) {
    // "expand 32-byte k", the key 00 01 .. 1f, the counter, the nonce of the test vector in section 2.3.2
    uint32_t in[WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0x03020100, 0x07060504,
                          0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c,
                          1,          0x09000000, 0x4a000000, 0x00000000};
    uint32_t out[WORDS], sum = seed;

    for (int block = 0; block < BLOCKS; block++) {
        chacha_block(in, out);
        if (block == 0 && (out[0] != 0xe4e7f110 || out[15] != 0x4e3c50a2)) return 0;
        for (int i = 0; i < WORDS; i++) sum = mix(sum, out[i]);
        in[12]++;
    }
    return sum;
}

const Kernel kernel = {"pressure", 0x61a98b5e, iterate};

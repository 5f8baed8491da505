// SHA-256 as in FIPS 180-4, "SHA-256 Computation".
#include "base/sha256.h"
#include <stdint.h>
#include <string.h>

typedef struct Sha256 {
    uint32_t h[8];
} Sha256;

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotr(uint32_t v, unsigned n) { return (v >> n) | (v << (32 - n)); }
static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void block(Sha256 *s, const uint8_t *at) {
    uint32_t w[64];
    for (unsigned i = 0; i < 16; i++) w[i] = big_endian(at + 4 * (size_t)i);
    for (unsigned i = 16; i < 64; i++) {
        uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
        uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t v[8];
    memcpy(v, s->h, sizeof v);
    // WHY the index turns, and not the words: eight of these unrolled leave them in registers.
    for (unsigned i = 0; i < 64; i += 8) {
#pragma GCC unroll 8
        for (unsigned j = 0; j < 8; j++) {
            uint32_t a = v[-j & 7], b = v[(1 - j) & 7], c = v[(2 - j) & 7], e = v[(4 - j) & 7];
            uint32_t choose = (e & v[(5 - j) & 7]) ^ (~e & v[(6 - j) & 7]), majority = (a & b) ^ (a & c) ^ (b & c);
            uint32_t t = v[(7 - j) & 7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + choose + k[i + j] + w[i + j];
            v[(3 - j) & 7] += t;
            v[(7 - j) & 7] = t + (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + majority;
        }
    }
    for (unsigned i = 0; i < 8; i++) s->h[i] += v[i];
}

void sha256_hex(const void *bytes, size_t n, char out[65]) {
    Sha256 s = {{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
    const uint8_t *at = bytes;
    size_t left = n;
    for (; left >= 64; left -= 64, at += 64) block(&s, at);
    uint8_t tail[128] = {0};
    if (left) memcpy(tail, at, left);
    tail[left] = 0x80;
    size_t padded = left < 56 ? 64 : 128;
    for (unsigned i = 0; i < 8; i++) tail[padded - 1 - i] = (uint8_t)((uint64_t)n * 8 >> (8 * i));
    for (size_t i = 0; i < padded; i += 64) block(&s, tail + i);
    static const char digit[] = "0123456789abcdef";
    for (unsigned i = 0; i < 64; i++) out[i] = digit[(s.h[i / 8] >> (28 - 4 * (i % 8))) & 15];
    out[64] = 0;
}

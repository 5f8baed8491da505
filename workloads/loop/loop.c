// Tight loops with direct branches: blocks of a few instructions, where what happens between two blocks decides.
#include "kernel.h"

#define COLLATZ_LIMIT 200u
#define GCD_PAIRS     64
#define BIT_WORDS     256

// Steps until 1 is reached. Two blocks take turns in no simple order.
static uint32_t collatz_steps(uint32_t n) {
    uint32_t steps = 0;
    while (n != 1) {
        if (n & 1) {
            n = 3 * n + 1;
        } else {
            n /= 2;
        }
        steps++;
    }
    return steps;
}

static uint32_t gcd(uint32_t a, uint32_t b) {
    while (a != b) {
        if (a > b) {
            a -= b;
        } else {
            b -= a;
        }
    }
    return a;
}

// A loop of one block that jumps to itself.
static uint32_t count_bits(uint32_t x) {
    uint32_t count = 0;
    while (x) {
        x &= x - 1;
        count++;
    }
    return count;
}

static uint32_t iterate(uint32_t seed) {
    uint32_t sum = 0;
    for (uint32_t n = 1; n <= COLLATZ_LIMIT; n++) sum = mix(sum, collatz_steps(n));
    for (int i = 0; i < GCD_PAIRS; i++) {
        uint32_t a = next_random(&seed) % 1000 + 1, b = next_random(&seed) % 1000 + 1;
        sum = mix(sum, gcd(a, b));
    }
    for (int i = 0; i < BIT_WORDS; i++) sum = mix(sum, count_bits(next_random(&seed)));
    return sum;
}

const Kernel kernel = {"loop", 0xf90c5f2d, iterate};

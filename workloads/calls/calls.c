// Calls and returns: recursion that is wide, deep, mutual, and from many call sites. What a return stack is for.
//
// The manifest switches inlining and sibling calls off: every call in this text is one in the program.
#include "kernel.h"

#define DEEP 300

static uint32_t fibonacci(uint32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

// Takeuchi's function: four call sites, and the depth goes up and down all the time.
static int tak(int x, int y, int z) { return y < x ? tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) : z; }

// Deeper than a return stack of any usual size.
static uint32_t sum_down(uint32_t n) { return n == 0 ? 0 : n + sum_down(n - 1); }

static uint32_t odd_steps(uint32_t n);
static uint32_t even_steps(uint32_t n) { return n == 0 ? 0 : 1 + odd_steps(n - 1); }
static uint32_t odd_steps(uint32_t n) { return n == 0 ? 0 : 2 + even_steps(n - 1); }

// A leaf that is called from everywhere: its return has as many targets as there are call sites.
static uint32_t leaf(uint32_t x) { return x * 2654435761u >> 7; }

static uint32_t call_leaf(uint32_t seed) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 256; i++) {
        sum += leaf(seed + i);
        sum ^= leaf(sum);
        sum -= leaf(i);
        sum += leaf(~sum) ^ leaf(sum >> 3);
    }
    return sum;
}

static uint32_t iterate(uint32_t seed) {
    uint32_t sum = mix(0, fibonacci(14));
    sum = mix(sum, (uint32_t)tak(9, 5, 2));
    sum = mix(sum, sum_down(DEEP));
    sum = mix(sum, even_steps(DEEP));
    return mix(sum, call_leaf(seed));
}

const Kernel kernel = {"calls", 0xc0c29689, iterate};

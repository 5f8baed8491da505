// Patches, calls, and stores beside the code, in turns.
#include "patch.h"

#define PATCHES 64
#define CALLS   4

// 12 bits with sign.
static int immediate(uint32_t random) { return (int)(random & 0xfff) - 2048; }

static uint32_t iterate(uint32_t seed) {
    uint32_t x = seed;

    *neighbour = 0;
    for (unsigned slot = 0; slot < SLOTS; slot++) patch_slot(slot, (int)slot, 0);
    for (unsigned i = 0; i < PATCHES; i++) {
        unsigned slot = next_random(&seed) % SLOTS;
        int added = immediate(next_random(&seed)), flipped = immediate(next_random(&seed));
        patch_slot(slot, added, flipped);
        for (unsigned j = 0; j < CALLS; j++) {
            x = call_slot(slot, x);
            x = call_slot((slot + j) % SLOTS, x);
            *neighbour += x;
        }
    }
    return mix(x, *neighbour);
}

const Kernel kernel = {"patch", 0xc5c9fc9f, iterate};

// The functions as RX instructions. There is no fence: a store to code takes effect at once.
//
//   ADD #added:16, R1, R1   72 | 11 | lo | hi        0111 00LL ssss dddd, LL = 10
//   XOR #flipped:16, R1     FD | 78 | D1 | lo | hi   1111 1101 0111 LL00 1101 dddd
//   RTS                     02
#include "patch.h"

typedef uint32_t Function(uint32_t x);

// A page of its own, in writable memory.
static struct {
    uint8_t code[SLOTS][16];
    uint32_t neighbour;
} page __attribute__((aligned(4096)));

volatile uint32_t *const neighbour = &page.neighbour;

void patch_slot(unsigned slot, int added, int flipped) {
    volatile uint8_t *code = page.code[slot];
    code[0] = 0x72;
    code[1] = 0x11;
    code[2] = (uint8_t)added;
    code[3] = (uint8_t)(added >> 8);
    code[4] = 0xfd;
    code[5] = 0x78;
    code[6] = 0xd1;
    code[7] = (uint8_t)flipped;
    code[8] = (uint8_t)(flipped >> 8);
    code[9] = 0x02;
}

uint32_t call_slot(unsigned slot, uint32_t x) {
    Function *function = (Function *)(uintptr_t)page.code[slot];
    return function(x);
}

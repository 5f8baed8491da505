// Loads and stores one page apart: each touches a page of its own, so the TLB is all that counts.
//
// Three patterns: few pages that fit in any TLB, more pages than a small TLB holds, and pages a large power of two
// apart that fall into the same entry of a direct-mapped TLB.
#include "kernel.h"

#define PAGE         4096u
#define PAGES        1024u
#define FEW_PAGES    16u
#define FEW_ROUNDS   64u
#define SAME_ENTRY   256u // pages between two that share an entry
#define ENTRY_ROUNDS 256u
#define LINE         64u // a cache line further in each page, so that the lines do not all fall into one set

static uint8_t memory[PAGES * PAGE] __attribute__((aligned(4096)));

static uint32_t *word_in(uint32_t page) { return (uint32_t *)(memory + page * PAGE + page * LINE % PAGE); }

static uint32_t iterate(uint32_t seed) {
    uint32_t sum = 0;

    for (uint32_t page = 0; page < PAGES; page++) *word_in(page) = seed + page * page;
    for (uint32_t page = 0; page < PAGES; page++) sum = mix(sum, *word_in(page));
    for (uint32_t round = 0; round < FEW_ROUNDS; round++) {
        for (uint32_t page = 0; page < FEW_PAGES; page++) *word_in(page) += sum ^ round;
    }
    for (uint32_t round = 0; round < ENTRY_ROUNDS; round++) {
        for (uint32_t page = 0; page < PAGES; page += SAME_ENTRY)
            sum += *word_in(page + round % FEW_PAGES) >> (round & 7);
    }
    for (uint32_t page = PAGES; page-- > 0;) sum = mix(sum, *word_in(page));
    return sum;
}

const Kernel kernel = {"stride", 0x03443d10, iterate};

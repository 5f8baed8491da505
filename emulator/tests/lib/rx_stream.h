// Random RX programs for differential tests, and the comparison of the translator with the interpreter without any switch.
//
//   RX_CODE + 0x0f00..  the program, across a border of pages, in a loop; it ends in WAIT, or at the board's end register
//   RX_CODE + 0x8000    handlers       RX_DATA  data       RX_DATA + 0x8000  vectors       RX_STACK  interrupt stack, user stack below
//
// Registers: r1..r10 random, r11 random and what handlers log, r12 rounds left, r13 and r14 address data, r15 where a handler of
// an exception goes on.
#pragma once
#include "base/bytes.h"
#include "base/feature.h"
#include "guest/rand.h"
#include "tests/lib/rx_machine.h"

typedef struct RxStream {
    uint64_t seed; // of data and registers
    uint32_t at;   // where the code lies, from RX_CODE on
    Bytes code;
    unsigned timer;          // 0: no interrupts; else a compare match after so many counts of 167 ns, again and again
    Features features;       // of the translator
    bool interp, tiny_cache; // interp: with these switches, too
    uint64_t max_insns;      // 0: plenty
    const Guest *guest;      // NULL: what it is; else the translator lifts as this one: with a fault that was planted
    // Items: what a shrinker can leave out, by number.
    const bool *dropped; // or NULL: none
    uint32_t n_dropped, n_items;
    Rng rng;
} RxStream;

typedef struct RxStreamSum {
    uint64_t insns, regions, exceptions, interrupts, patched, ended;
} RxStreamSum;

// Fills in at, code, timer from the seed; frees nothing. Switches are drawn, too.
void rx_stream_make(RxStream *s, uint64_t seed);
void rx_stream_features(const RxStream *s, char *out, size_t size); // as --features takes them
bool rx_stream_same(const RxStream *s,
                    RxStreamSum *sum); // false: they differ, and it is printed. sum: added to, or NULL

// Interrupt controller (ICUa) of the RX62N, as far as devices of the board drive it.
#pragma once
#include "board/board.h"
#include <stdbool.h>
#include <stdint.h>

enum { RX_ICU_SIZE = 0x600, RX_ICU_VECTORS = 256, RX_ICU_PRIORITIES = 0x90 };

// Vectors of the sources that the board has.
enum {
    RX_VECTOR_SWINT = 27,
    RX_VECTOR_CMI0 = 28, // first of four, one for each channel of the compare match timers
    RX_VECTOR_ERI0 = 214,
    RX_VECTOR_RXI0 = 215,
    RX_VECTOR_TXI0 = 216,
    RX_VECTOR_TEI0 = 217,
};

typedef struct RxIcu {
    const BoardEnv *env;
    bool ir[RX_ICU_VECTORS];
    uint8_t ier[RX_ICU_VECTORS / 8], ipr[RX_ICU_PRIORITIES];
    uint16_t fir;
    unsigned vector, priority; // as told last
} RxIcu;

void rx_icu_init(RxIcu *i, const BoardEnv *env);
void rx_icu_pulse(RxIcu *i, unsigned vector);             // an edge: the request stays until it is accepted or cleared
void rx_icu_level(RxIcu *i, unsigned vector, bool level); // the request is there as long as the level
void rx_icu_accepted(RxIcu *i, unsigned vector);
// A register access; size in bytes. A size that the register does not have reads 0 and writes nothing.
uint64_t rx_icu_read(void *icu, uint64_t offset, unsigned size);
void rx_icu_write(void *icu, uint64_t offset, unsigned size, uint64_t value);

// Compare match timer unit of the RX62N: two 16-bit channels that count up to a value and begin again.
#pragma once
#include "board/rx_icu.h"
#include <stdint.h>

enum { RX_CMT_SIZE = 0x10, RX_CMT_CHANNELS = 2 };

typedef struct RxCmtChannel {
    uint16_t control, count, compare; // CMCR, CMCNT as of `since`, CMCOR
    uint64_t since;                   // sixths of a ns: PCLK is 48 MHz, so a count is a whole number of them
} RxCmtChannel;

typedef struct RxCmt {
    const BoardEnv *env;
    RxIcu *icu;
    unsigned vector; // vector of channel 0
    uint16_t start;  // CMSTR
    RxCmtChannel channel[RX_CMT_CHANNELS];
} RxCmt;

void rx_cmt_init(RxCmt *c, const BoardEnv *env, RxIcu *icu, unsigned vector);
void rx_cmt_update(RxCmt *c);               // time has passed
uint64_t rx_cmt_next_event(const RxCmt *c); // guest time in ns of the next interrupt, or BOARD_NEVER
// A register access, just after rx_cmt_update(); all registers have 2 bytes, other sizes read 0 and write nothing.
uint64_t rx_cmt_read(void *cmt, uint64_t offset, unsigned size);
void rx_cmt_write(void *cmt, uint64_t offset, unsigned size, uint64_t value);

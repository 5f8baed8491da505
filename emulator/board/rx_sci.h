// Serial communication interface of the RX62N, in asynchronous mode, as the guest's console.
#pragma once
#include "board/device.h"
#include "board/rx_icu.h"
#include <stdbool.h>
#include <stdint.h>

enum { RX_SCI_SIZE = 8 };

typedef struct RxSci {
    Console *console;
    RxIcu *icu;
    unsigned vector; // vector of ERI; RXI, TXI and TEI follow
    uint8_t smr, brr, scr, tdr, rdr, scmr, semr;
    bool full; // RDR holds a byte that was not read
} RxSci;

void rx_sci_init(RxSci *s, Console *console, RxIcu *icu, unsigned vector);
void rx_sci_update(RxSci *s); // the console may have input
// A register access; all registers have 1 byte, other sizes read 0 and write nothing.
uint64_t rx_sci_read(void *sci, uint64_t offset, unsigned size);
void rx_sci_write(void *sci, uint64_t offset, unsigned size, uint64_t value);

// ns16550a, one register a byte. Data sheet: "PC16550D Universal Asynchronous Receiver/Transmitter with FIFOs".
#pragma once
#include "board/device.h"
#include "mem/mem.h"
#include <stdbool.h>
#include <stdint.h>

enum { UART_SIZE = 0x100 };

typedef struct Uart {
    Console *console;
    Wire irq;
    uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
    bool thr_empty_pending; // the THR-empty interrupt was neither reported through IIR nor overtaken by a write
    bool loop_full;         // MCR loopback: a byte that was sent and not yet read
    uint8_t loop_byte;
} Uart;

void uart_init(Uart *u, Console *console, Wire irq);
void uart_update(Uart *u); // the console may have input: interrupt level
MemDevice uart_device(Uart *u);

// Platform-level interrupt controller of one hart: context 0 is its M-mode, context 1 its S-mode.
#pragma once
#include "board/device.h"
#include "mem/mem.h"
#include <stdint.h>

enum { PLIC_SIZE = 0x600000, PLIC_SOURCES = 96, PLIC_CONTEXTS = 2, PLIC_WORDS = PLIC_SOURCES / 32 + 1 };

typedef struct Plic {
    Wire out[PLIC_CONTEXTS];
    uint8_t priority[PLIC_SOURCES + 1];
    uint8_t threshold[PLIC_CONTEXTS];
    uint32_t enable[PLIC_CONTEXTS][PLIC_WORDS];
    uint32_t level[PLIC_WORDS];   // levels of the sources' wires
    uint32_t pending[PLIC_WORDS]; // requests that the gateways let through
    uint32_t claimed[PLIC_WORDS]; // and those whose completion they wait for
} Plic;

void plic_init(Plic *p, Wire machine, Wire supervisor);
Wire plic_wire(Plic *p, unsigned source); // a level-triggered input, 1 to PLIC_SOURCES
MemDevice plic_device(Plic *p);

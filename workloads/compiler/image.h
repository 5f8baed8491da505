// A program that can run: what the assembler makes and the simulator executes.
#pragma once

#include "base.h"

typedef struct {
    uint32_t *code; // from address 0 on
    uint32_t n_code;
    uint8_t *data; // from data_at on
    uint32_t n_data, data_at;
} Image;

// Assembles a program: see assemble.c. Execution begins at the first instruction.
bool assemble(Arena *arena, Error *error, const Text *text, Image *out);

typedef struct {
    bool ended; // by halt, not by a fault or by the limit
    int32_t result;
    uint32_t steps;
} Outcome;

// Memory of n bytes: the image from 0 on, the stack from the end down.
Outcome simulate(const Image *image, uint8_t *memory, uint32_t n, uint32_t limit);

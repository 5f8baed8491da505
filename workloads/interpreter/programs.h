// The scripts that are run, with what must come out.
#pragma once

#include "machine.h"

typedef struct {
    const char *name, *text;
    uint32_t hash, n_bytes; // of the output: that of awk, see workloads/tests/interpreter.sh
} Sample;

enum { SAMPLES = 6 };

extern const Sample samples[SAMPLES];

// Parses, translates and runs a script; `memory` and `heap_memory` are its own.
typedef struct {
    void *memory, *heap_memory;
    size_t n_memory, n_heap_memory;
} Memory;

bool run_script(const char *text, const Memory *memory, uint32_t limit, const Output *output, Outcome *out,
                Error *error);

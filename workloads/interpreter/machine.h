// Byte code, and the machine that runs it.
#pragma once

#include "tree.h"
#include "value.h"

typedef enum {
#define OP(name, operands) OP_##name,
#include "op.inc"
#undef OP
    OP_COUNT
} Op;

extern const uint8_t op_operands[OP_COUNT];

typedef struct {
    const uint8_t *code;
    uint32_t n_code, n_params, number;
} Procedure;

typedef struct { // a script that can run
    Procedure *procedures;
    uint32_t n_procedures, n_globals;
    Value *constants;
    uint32_t n_constants;
    bool *is_array; // by global
} Image;

bool emit_script(Script *s, Heap *heap, Image *out); // texts that are constant lie on the heap

enum { STACK_MAX = 4096, CALLS_MAX = 512 };

typedef struct {
    uint32_t hash, n_bytes; // of the output
    uint32_t n_steps;
    bool failed; // the stack was full, or something was used as what it is not
} Outcome;

typedef struct {
    void (*print)(const char *bytes, uint32_t n); // or NULL
} Output;

Outcome run(const Image *image, Heap *heap, Arena *arena, uint32_t limit, const Output *output);

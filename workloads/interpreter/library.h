// What operations do that are more than a few instructions. See library.c.
#pragma once

#include "machine.h"

typedef struct {
    const Image *image;
    Heap *heap;
    const Output *output;
    Outcome outcome;
    Value *stack, *globals;
    uint32_t hash_check;
} Vm;

int32_t divide(int32_t a, int32_t b);
int32_t modulo(int32_t a, int32_t b);
int32_t power(int32_t a, int32_t b);
int32_t apply(Op op, int32_t a, int32_t b);                           // ADD to POWER
Value concatenate(Vm *vm, const Value *at, uint32_t n, char between); // between: 0, or what stands there
Value substring(Vm *vm, const Value *at, uint32_t n);
int32_t index_of(Vm *vm, Value text, Value what);
int32_t split(Vm *vm, Value text, Table *t, Value separator);
Value change_case(Vm *vm, Value text, bool upper);
void print_bytes(Vm *vm, const char *bytes, uint32_t n);
void print_values(Vm *vm, const Value *at, uint32_t n);

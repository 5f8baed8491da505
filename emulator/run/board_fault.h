// Accesses that emitted code does not check and that go astray.
#pragma once
#include "base/types.h"

typedef struct Machine Machine;

void board_catch_faults(Machine *m);
void board_forget_faults(const Machine *m);
void *board_access_fault(void *reg, uint64_t at, uint64_t value, uint64_t memop); // HostMemFn

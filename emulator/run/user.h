// Private to the personality of a Linux program (--user): sys/ is its operating system, the process its board.
#pragma once
#include <stdint.h>

typedef struct Machine Machine;

// user_fault.c: accesses of generated code that the host's kernel refuses
void user_catch_faults(Machine *m);
void *user_access_fault(void *reg, uint64_t at, uint64_t bus, uint64_t unused); // HostMemFn

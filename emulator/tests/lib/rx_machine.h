// RX machines for tests: an empty ELF, code and registers put in place by hand, run until WAIT.
#pragma once
#include "guest/rx/rx.h"
#include "run/machine.h"

enum { RX_CODE = 0x01000000, RX_DATA = 0x01010000, RX_STACK = 0x01020000, RX_MEMORY = 1 << 18 };

typedef struct RxWay { // of running
    const char *name, *features;
    bool interp;
} RxWay;

enum { RX_WAYS = 6 };
extern const RxWay rx_ways[RX_WAYS]; // interpreter and translator, flags lazy and not, with and without the passes

void rx_machine_init(Machine *m, const RxWay *way);
// From `pc` to the first WAIT; false: it ended in another way.
bool rx_machine_run(Machine *m, uint32_t pc);
void rx_machine_put(Machine *m, uint32_t at, const void *bytes, size_t n);

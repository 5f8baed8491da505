// Core-local interruptor of one hart: software interrupt, timer compare, time. 10 MHz. Beside it, what the CPU compares
// with its time for itself (Sstc): stimecmp.
#pragma once
#include "board/device.h"
#include "mem/mem.h"
#include <stdint.h>

enum { CLINT_SIZE = 0x10000, CLINT_NS_PER_TICK = 100 };

typedef struct Clint {
    const BoardEnv *env;
    Wire software, timer, supervisor_timer;
    uint32_t msip;
    uint64_t mtimecmp, stimecmp;
    uint64_t offset; // mtime - ticks of guest time
} Clint;

void clint_init(Clint *c, const BoardEnv *env, Wire software, Wire timer, Wire supervisor_timer);
void clint_alarm(Clint *c, uint64_t at);   // stimecmp; ~0: never
void clint_update(Clint *c);               // time has passed
uint64_t clint_next_event(const Clint *c); // guest time in ns when the timer line rises, or BOARD_NEVER
uint64_t clint_mtime(const Clint *c);
MemDevice clint_device(Clint *c);

// HTIF: the `tohost` word by which riscv-tests-like programs end and print.
#pragma once
#include "base/types.h"
#include "board/device.h"
#include "mem/mem.h"

typedef struct Htif {
    const BoardEnv *env;
    Console *console;
    Mem *mem;
    gaddr fromhost; // 0: none
    uint64_t tohost;
    bool low_waits; // the low half was stored, the high half not yet
} Htif;

// Carves tohost out of the RAM.
bool htif_add(Htif *h, Mem *mem, const BoardEnv *env, Console *console, gaddr tohost, gaddr fromhost, Err *err);

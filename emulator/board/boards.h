// The boards by name, for boards.c.
#pragma once
#include "board/board.h"

#define VIRT_RAM 0x80000000ull
#define RX_RAM   0x01000000ull

bool virt_create(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err);
bool rx_create(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err);

// The boards by name, for boards.c.
#pragma once
#include "board/board.h"

bool virt_create(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err);
bool rx_create(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err);

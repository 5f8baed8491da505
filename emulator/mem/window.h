// Making the window of RAM, for mem.c.
#pragma once
#include "mem/mem.h"

bool window_reserve(Mem *m, gaddr base, uint64_t size); // false: there is none
bool window_open(Mem *m, MemRegion *r);                 // the region that it was reserved for, whose pages are fresh
void window_close(Mem *m);

// The cache of indirect branches: one table for a mode.
#pragma once
#include "jit/jit.h"

unsigned ibtc_table(Jit *j, uint32_t mode); // number of the mode's table; IBTC_TABLES: none
void ibtc_describe(HostConfig *cfg, const Jit *j, unsigned table);
bool ibtc_can_hold(const Jit *j, const Unit *u);
void ibtc_fill(const Jit *j, Frame *f, const Unit *u);
void ibtc_forget(Jit *j, const Unit *u);
void ibtc_flush(Jit *j);

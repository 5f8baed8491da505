// Which units were made from which physical bytes.
#pragma once
#include "jit/jit.h"

void smc_add(Jit *j, Unit *u);
void smc_remove(Jit *j, Unit *u);
Unit *smc_find(Jit *j, gaddr paddr, unsigned size); // one that was made from some of these bytes, or NULL
void smc_free(Jit *j);

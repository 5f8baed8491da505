// Which guest pages code lies in, and the physical pages behind them.
#pragma once
#include "jit/jit.h"

// Where these bytes of one page lie. Asks the guest's tables, which may mark the page as used.
MemFault mapping_fetch(Jit *j, Frame *f, gaddr vaddr, unsigned size, gaddr *paddr);
bool mapping_known(Jit *j, const Frame *f, gaddr vaddr, gaddr *paddr); // the same, but only if known: asks nothing
bool mapping_holds(Jit *j, Frame *f, const Unit *u);    // its pages are still those that it was made from
bool mapping_lies_in(const Unit *u, const Unit *other); // what runs `other` may go on in u
bool mapping_make_current(Jit *j, Unit *u);             // false: not now
void mapping_forget_units(Jit *j);                      // they are all gone
void mapping_free(Jit *j);

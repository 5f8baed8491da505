// The range of RAM that emitted code reaches with a range check alone.
#pragma once
#include "jit/jit.h"

void span_init(Jit *j, gaddr code_end);
bool span_covers(const Jit *j, uint32_t mode); // is it used in that mode?
void span_stray(Jit *j, gpc pc);               // the access of the instruction there raised a signal
// `mapped`: the code was fetched by a mapping. true: the span of stores moved, emitted code is out of date
bool span_add_code(Jit *j, bool mapped, gaddr paddr, uint64_t bytes);
// Code is going to be made of that block: its pages are protected. true: the host refuses, as above
bool span_protect(Jit *j, const UnitBlock *b);

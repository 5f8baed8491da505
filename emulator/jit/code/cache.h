// Code memory.
#pragma once
#include "jit/jit.h"

bool cache_init(CodeCache *c, size_t size, bool counters, Err *err);
void cache_free(CodeCache *c);
void cache_touch(CodeCache *c, size_t end); // code up to `end`, and a little more, is going to be written

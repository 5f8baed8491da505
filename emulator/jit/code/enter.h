// The code at the start of code memory, by which units are entered and left.
#pragma once
#include "jit/jit.h"

bool enter_make(Jit *j);          // false: code memory is too small for it
void enter_expect_floats(Jit *j); // before enter_make()
// Units with floating point are made from now on. Not while generated code is on the stack.
void enter_use_floats(Jit *j);

// Loops, for the passes that move code out of them.
#pragma once

#include "ir.h"

// Is `b` in the loop with this head?
bool loop_has(const Block *head, const Block *b);
// The block in front of the loop: the only predecessor of the head from outside, which goes nowhere else. Made if it is not there.
Block *loop_before(Function *f, Block *head);
bool loop_is_fixed(const Block *head, const Insn *i); // it is computed outside of the loop

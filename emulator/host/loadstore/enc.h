// What the encoders of these hosts have in common.
#pragma once
#include "base/bits.h"
#include "host/code.h"

void enc_mv(Code *e, unsigned rd, unsigned rs); // nothing if they are the same
void enc_li(Code *e, unsigned rd, int64_t value);
unsigned enc_li_insns(int64_t value); // that enc_li() takes
// Jumps to be aimed: the offset of what is to be patched.
uint32_t enc_jump(Code *e);
bool enc_aim(Code *e, uint32_t at, uint32_t to); // false: it does not reach, and was left as it is

// The replay file: what BUG_IF() leaves behind when it happens during a translation, and `emu --replay` reads.
//
//   nightjar-replay 1
//   guest rv64
//   mode 0x8                       Cpu.mode
//   features none,+chain,+fold
//   host-isa bmi2,fma
//   unit 0x80000010                guest pc where the unit begins; it is the 13th
//   code 0x80000010 13 05 05 fe    guest bytes, a line a block; several blocks are a region
//   --                             what follows is for people: the IR when it happened
#pragma once
#include "jit/jit.h"

typedef struct Replay { // what is being translated
    Jit *j;
    Frame *frame;
} Replay;

void replay_write(FILE *out, const void *replay); // for bug_context_push()

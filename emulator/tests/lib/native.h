// Runs an IR unit natively, by the real allocator and back end, in the World of random_unit.h: what is left of it must
// be what world_walk() leaves. One at a time; no machine, no guest.
#pragma once
#include "jit/jit.h"
#include "ra/ra.h"
#include "tests/lib/random_unit.h"

typedef struct NativeShape {
    HostRegs pool;  // registers to allocate from, 0: all
    bool jump;      // the probe of indirect jumps and the return stack are on (their tables are empty)
    bool count;     // edges are counted
    bool rotate;    // as HostConfig has it
    HostIsa masked; // as on a host without these
    unsigned round; // FloatRound of the guest
} NativeShape;

typedef struct Native {
    CodeCache cache;
    HostConfig cfg;
    HostEntry entry;
    HostCode code;
    Ra ra;
    Frame *frame;
    // the unit
    const IrUnit *u;
    const uint8_t *exec;
    HostEdges shape;
    char *tokens;
    World *w; // it runs in
    unsigned round;
} Native;

void native_init(Native *n);
void native_free(Native *n);
void native_compile(Native *n, const IrUnit *u, NativeShape shape); // u must stay
void native_run(Native *n, World *w);
char *native_text(const Native *n); // the allocation and the code, to be freed
bool world_same(const World *a, const World *b);
void world_print_differences(const World *want, const World *got);
HostRegs random_pool(Random *r); // enough registers for any instruction

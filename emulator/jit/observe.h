// Seeing every unit that is made: profiles and exporters.
#pragma once
#include "jit/jit.h"
#include "ra/ra.h"

typedef struct JitMade { // a unit, and what it was made from
    const Jit *jit;
    const Unit *unit;
    const IrUnit *ir; // after the passes
    const Ra *ra;     // for units with host code, as the next one
    const HostCode *code;
} JitMade;

// Each function may be NULL. What they get is valid during the call.
typedef struct JitObserver {
    void *ctx;
    void (*lifted)(void *ctx, const IrUnit *ir);  // before the passes run
    void (*made)(void *ctx, const JitMade *made); // code is in place
    void (*flushed)(void *ctx);                   // the code of all units is gone
    const struct JitObserver *next;               // one more, or NULL
} JitObserver;

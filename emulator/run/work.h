// How much a guest program is to do (--work), and how long each part of it took (--slices).
#pragma once
#include "base/err.h"
#include "base/vec.h"

typedef struct Machine Machine;
typedef struct Hart Hart;

typedef struct Slice {             // its end
    uint64_t insns;                // retired
    uint64_t cpu_ns, translate_ns; // since the guest started
} Slice;

// Does not change what is executed: a quantum that a slice cuts in two goes on where it was.
typedef struct Slices {
    Slice *at;
    uint32_t n, cap;
    uint64_t every, next; // guest instructions; every 0: no slices
    uint64_t planned;     // the deadline without them
    bool ends;            // the deadline that was planned is the end of a slice
} Slices;

bool work_write(Machine *m, uint32_t work, Err *err);

void slices_plan(Slices *s, uint64_t *deadline); // brings the deadline forward to the end of the slice
// The budget ran out at the end of a slice: notes it. true: and there is more of the quantum to run.
bool slices_end(Hart *h);

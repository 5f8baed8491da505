// One sample: one fresh process, its times, its counters, and whether it counts.
#pragma once
#include "bench/plan.h"
#include <signal.h>

// work: how much to do, with which slices (guest instructions, 0: none); work 0: as much as was built in.
typedef struct SampleWork {
    uint32_t iterations;
    uint64_t slice;
} SampleWork;

// Runs the slot and returns the sample as in RUN-FORMAT.md. A run that went wrong is a sample with "valid":
// false, not an error. NULL with `*stopped` set: interrupted, nothing to keep. NULL with a message: the
// process could not be started.
json_t *sample_take(const Plan *plan, const Slot *slot, SampleWork work, const char *scratch,
                    const volatile sig_atomic_t *stop, bool *stopped, Err *err);

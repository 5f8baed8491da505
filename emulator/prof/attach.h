// What looks on while a machine runs, as the command line asked for it: code for the profile, names for perf and for a
// debugger, sampled time.
#pragma once
#include "prof/counts/code_hash.h"
#include "prof/explain/code.h"
#include "prof/debug/gdbjit.h"
#include "prof/debug/perfmap.h"
#include "prof/sampling/sample.h"
#include "run/options.h"

typedef struct Attached {
    CodeLog *code; // or NULL
    PerfNames *names;
    GdbJit *debugger;
    Sampler *sampler;
    CodeHash *hash; // or NULL
} Attached;

// Before machine_init(): sets the observers of o->machine. `m` is the machine that will be initialised.
bool attach(Attached *a, Options *o, const Machine *m, Err *err);
void attach_start(Attached *a); // around machine_run()
void attach_stop(Attached *a);
bool attach_write(const Attached *a, const Options *o, const Machine *m, Err *err);
bool detach(Attached *a, Err *err); // false: the names for perf could not be written

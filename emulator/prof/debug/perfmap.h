// Names for translated code, for other tools: perf's map file and jitdump. Both see every unit as it is made.
#pragma once
#include "jit/observe.h"
#include "run/machine.h"

typedef struct PerfNames PerfNames;

// `machine` is read when units are made: it may be initialised later. Either file may be unwanted;
// jitdump: a folder, or NULL.
PerfNames *perf_names_open(const Machine *machine, bool map, const char *jitdump_dir, Err *err);
JitObserver *perf_names_observer(PerfNames *n);
bool perf_names_close(PerfNames *n, Err *err); // false: not everything could be written

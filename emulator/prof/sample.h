// Sampled time: a timer on the CPU time of the process interrupts it, and the pc says which generated code was running.
// Needs no PMU, and costs generated code nothing: the run that is sampled is not counted.
#pragma once
#include "prof/code.h"

typedef struct Sampler Sampler;

Sampler *sampler_new(const Machine *m, unsigned hz, Err *err);
void sampler_start(Sampler *s); // by the thread that runs the machine
void sampler_stop(Sampler *s);
json_t *sampler_report(const Sampler *s, const CodeLog *code, const Machine *m); // nightjar.samples/1
void sampler_free(Sampler *s);

// Sampled time: a timer on the CPU time of the process interrupts it, or a PAPI event that overflows, and the pc says
// which generated code was running. The timer and PAPI's task clock need no PMU. It costs generated code nothing: the
// run that is sampled is not counted.
#pragma once
#include "prof/explain/code.h"

typedef struct Sampler Sampler;

// `by`: timer, papi (its task clock) or the name of an event, which is then sampled every 10^9 / hz times it happens.
Sampler *sampler_new(const Machine *m, const char *by, unsigned hz, Err *err);
void sampler_start(Sampler *s); // by the thread that runs the machine
void sampler_stop(Sampler *s);
json_t *sampler_report(const Sampler *s, const CodeLog *code, const Machine *m); // nightjar.samples/1
void sampler_free(Sampler *s);

// ---- sample_papi.c
typedef struct SamplePapi SamplePapi;
SamplePapi *sample_papi_new(const char *event, unsigned hz, Err *err); // NULL: the reason is in *err
const char *sample_papi_event(const SamplePapi *p);
typedef void SampleTake(Sampler *s, const void *pc); // by a signal handler
void sample_papi_start(SamplePapi *p, SampleTake *take, Sampler *s);
void sample_papi_stop(SamplePapi *p);
void sample_papi_free(SamplePapi *p);

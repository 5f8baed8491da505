// How fast a configuration runs a workload, and how much work a sample is given because of it.
//
//   CPU time of a run = start + work x unit        start: process, loading, translation of what runs at all
//
// A calibration finds both from runs of two lengths. With a time budget, the samples of all cells are made shorter or
// longer together, so that at least PACE_BLOCKS rounds fit and what is left is spread over all of them.
#pragma once
#include "bench/sample.h"

enum { PACE_BLOCKS = 9, PACE_SHORT = 8 }; // rounds that a budget has to be enough for; a short sample does 1/8
#define PACE_LEAST_S 0.1
#define PACE_MOST_S  0.5

typedef struct Pace {
    double unit_s, start_s; // CPU seconds
    double stretch;         // wall time / CPU time
    double guest;           // guest instructions of a unit; 0: unknown (a peer)
    bool known;
} Pace;

// Runs the program a few times, longer each time, until a run takes a third of a sample. The sample is the last run.
json_t *pace_measure(const Plan *plan, const Slot *slot, const char *scratch, const volatile sig_atomic_t *stop,
                     bool *stopped, Err *err);
Pace pace_of(const json_t *calibration); // not known if that run does not count
// The work that takes `sample_s` of CPU time, start included; at least 1, and the start never takes more than half.
uint32_t pace_work(const Pace *p, double sample_s);
uint32_t pace_short(uint32_t work);                // 0: there is too little work for a shorter sample
double pace_seconds(const Pace *p, uint32_t work); // wall time of a run
// The length of samples for which `budget_s` holds a whole number of `rounds`, at most `blocks`.
double pace_sample_s(const Pace *paces, size_t n, double wanted_s, double budget_s, int blocks, int *rounds);

// How far a run is: a bar with the time left on a terminal, one plain line per block otherwise. Always on stderr.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct Progress {
    int done, total, invalid, block;
    bool terminal; // it can be drawn on
    int columns;
    uint64_t start_ns, spent_ns; // spent: sum of the samples' wall time in this process
    int spent_samples;
    double budget_s; // time left at most; 0: no budget
} Progress;

void progress_begin(Progress *p, int done, int total, double budget_s);
void progress_step(Progress *p, int block, const char *what, uint64_t wall_ns, bool valid);
void progress_end(Progress *p);
void duration_text(double seconds, char text[32]); // "1 h 02 min", "3 min 20 s", "12 s", "0.4 s"

// Simulated nights: four kinds of noise, a seeded generator of its own, so that every machine sees the same series.
#pragma once
#include <stdint.h>

typedef enum SeriesNoise {
    NOISE_GAUSS,      // sigma 1.2 %
    NOISE_NEIGHBOURS, // the same, and 6 % of the nights are 3 to 20 % dearer
    NOISE_AR,         // sigma 1.2 %, each night remembers 0.6 of the one before
    NOISE_BIMODAL,    // sigma 0.8 %, and a level of +3 % that toggles with probability 0.25 a night
    NOISE_KINDS
} SeriesNoise;

typedef struct SeriesRandom {
    uint64_t state;
} SeriesRandom;

uint64_t series_bits(SeriesRandom *r);
double series_uniform(SeriesRandom *r); // [0, 1)
double series_gauss(SeriesRandom *r);
// n values around 1; from `step_at` on times `step`.
void series_make(SeriesRandom *r, SeriesNoise kind, uint32_t n, uint32_t step_at, double step, double *values);

// Change points in a series of one value a night: where does the level change, for good?
//
// Example: 100 101 99 100 106 105 107 106 has one, at 4: the values before it have the median 100, those from it on 106.
//
// 1. E-divisive (Matteson and James, arXiv 1306.4933) in overlapping windows, with a t-test in place of permutations
//    (Fleming and others, arXiv 2301.03034): the split with the largest energy distance, again and again, while the
//    t-test holds at ten times p (from p 0.05 on at twice p, from 0.5 on at p). These are weak points: some are spikes.
// 2. Bottom-up: the weakest point that fails a demand goes, its neighbours are judged anew, until none fails. Demands: p,
//    enough points on either side, a ratio of medians of at least `magnitude`, and agreement (Vargha and Delaney's A: how
//    often a value of one side is above one of the other). A spike fails the third or the fourth.
#pragma once
#include "base/vec.h"
#include <stdbool.h>

typedef struct DetectOptions {
    uint32_t window; // nights, at least 4
    double p;
    double magnitude; // 0.025: the levels differ by 2.5 %
    uint32_t points;  // on either side
    double agreement; // 0.5: none, 1: no overlap
    bool by_means;    // magnitude is that of the means, as in the literature, not of the medians
} DetectOptions;
DetectOptions detect_defaults(void);

typedef struct ChangePoint {
    uint32_t at;          // first value of the new level
    double before, after; // levels
    double p, agreement;
} ChangePoint;
typedef VEC(ChangePoint) ChangePoints;

// Values must be finite. Appends the points in order.
void detect_changes(const double *values, uint32_t n, const DetectOptions *o, ChangePoints *out);
double detect_magnitude(const ChangePoint *c); // the larger ratio - 1: 0.05 for 100 -> 105 and for 105 -> 100

// ---- slow drift, which no step explains: Mann and Kendall's test for a trend, Theil and Sen's slope
typedef struct Drift {
    double p;                     // two-sided; 1 where there are fewer than 4 values
    double slope;                 // a night, in parts of the median: 0.001 is 0.1 %
    double slope_low, slope_high; // 95 %
} Drift;
Drift detect_drift(const double *values, uint32_t n);

// Benjamini and Hochberg's adjusted p, in place: rejecting those up to q keeps the share of false ones below q.
void detect_false_discovery(double *p, uint32_t n);

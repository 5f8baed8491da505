// How much of a speedup belongs to which switch. Arithmetic on log speedup, v(S) = log(cost(no
// axis on) / cost(axes S on)).
//   add one        v({i}) - v({})
//   leave one out  v(N) - v(N without i)
//   Shapley        sum over S without i of |S|! (n-|S|-1)! / n! * (v(S+i) - v(S)); the parts of all axes add up to v(N)
//   interaction    Shapley interaction index of a pair: sum over S without i, j of |S|! (n-|S|-2)! / (n-1)! *
//                  (v(S+i+j) - v(S+i) - v(S+j) + v(S)); above 0 the two help each other, below 0 they do the same work
// Everything is reported as a ratio, exp() of the above: parts multiply to the total.
#pragma once
#include "bench/base/statistics.h"

enum { ATTRIBUTION_AXES = 6 };

// Number of outputs for n axes: total, then add-one, leave-one-out and Shapley of each axis, then each pair (0,1),
// (0,2), ... (n-2,n-1).
uint32_t attribution_outputs(uint32_t axes);
// cost[mask] is the cost with the axes of the mask on; a StatsFn whose context is the number of axes (const uint32_t
// *).
void attribution_compute(const double *cost, void *axes, double *out);
uint32_t attribution_add_one(uint32_t axis);
uint32_t attribution_leave_one_out(uint32_t axes, uint32_t axis);
uint32_t attribution_shapley(uint32_t axes, uint32_t axis);
uint32_t attribution_pair(uint32_t axes, uint32_t a, uint32_t b); // a < b

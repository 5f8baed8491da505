// An estimate: a value, and where known its 95 % interval. A count that is exact has an interval without width.
#pragma once
#include <stdbool.h>
#include <math.h>

typedef struct Est {
    double value, lo, hi;
    bool known, interval;
} Est;

Est est_of(double value);                            // known, without an interval
Est est_with(double value, double lo, double hi);    // known, with its interval
Est est_or_none(double value, double lo, double hi); // not a number: not known, or without an interval
Est est_inverse(Est e);                              // 1 / e; unknown when that has no sense
bool est_excludes_one(Est e);                        // has an interval, and it stands clear of 1

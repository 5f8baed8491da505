#include "bench/model/estimate.h"

Est est_of(double value) { return (Est){.value = value, .lo = value, .hi = value, .known = true}; }
Est est_with(double value, double lo, double hi) { return (Est){value, lo, hi, true, true}; }

Est est_or_none(double value, double lo, double hi) {
    if (!isfinite(value)) return (Est){0};
    return isfinite(lo) && isfinite(hi) ? est_with(value, lo, hi) : est_of(value);
}

Est est_inverse(Est e) {
    if (!e.known || e.value == 0 || (e.interval && (e.lo <= 0 || e.hi <= 0))) return (Est){0};
    return (Est){1 / e.value, e.interval ? 1 / e.hi : 1 / e.value, e.interval ? 1 / e.lo : 1 / e.value, true,
                 e.interval};
}

bool est_excludes_one(Est e) { return e.known && e.interval && (e.lo > 1 || e.hi < 1); }

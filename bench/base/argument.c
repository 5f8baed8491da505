#include "bench/base/argument.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

long long argument_number(struct argp_state *state, const char *option, const char *arg, long long min, long long max) {
    char *end;
    errno = 0;
    long long v = strtoll(arg, &end, 10);
    if (errno || end == arg || *end || v < min || v > max)
        argp_error(state, "--%s %s: give a whole number from %lld to %lld", option, arg, min, max);
    return v;
}

double argument_seconds(struct argp_state *state, const char *option, const char *arg) {
    char *end;
    double v = strtod(arg, &end);
    const char *units = "smh", *unit = *end ? strchr(units, *end) : units;
    static const double FACTOR[] = {1, 60, 3600};
    if (end == arg || !unit || (*end && end[1]) || !isfinite(v) || v <= 0) {
        argp_error(state, "--%s %s: give a time such as 90s, 10m or 1h", option, arg);
        return 1;
    }
    return v * FACTOR[unit - units];
}

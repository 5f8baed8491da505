// Arguments of options that are numbers. What is none ends the program by argp_error(): its sentence, and the code of a usage
// error. `option` is the name without dashes.
#pragma once
#include <argp.h>

// A whole decimal number from `min` to `max`.
long long argument_number(struct argp_state *state, const char *option, const char *arg, long long min, long long max);
// Seconds, from "90", "90s", "10m" or "1h"; more than none.
double argument_seconds(struct argp_state *state, const char *option, const char *arg);

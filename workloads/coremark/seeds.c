// The seeds of the performance run.
#include "coremark.h"

const volatile int16_t run_seeds[3] = {0, 0, 0x66};

// The seeds of the validation run.
#include "coremark.h"

const volatile int16_t run_seeds[3] = {0x3415, 0x3415, 0x66};

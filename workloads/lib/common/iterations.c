// The one object that differs between the sizes of a workload. build.sh defines ITERATIONS from the manifest.
#include "runtime.h"

const volatile uint32_t work_iterations = ITERATIONS;

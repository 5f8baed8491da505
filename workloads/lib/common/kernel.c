// main of all kernels.
#include "kernel.h"

int main(void) {
    static const volatile uint32_t seed = KERNEL_SEED; // volatile: an iteration must not be computed by the compiler
    uint32_t iterations = work_iterations, wrong = 0, checksum = 0;

    for (uint32_t i = 0; i < iterations; i++) {
        checksum = kernel.iterate(seed);
        wrong += checksum != kernel.expected;
    }
    print("%s: %u iterations, %u wrong\n", kernel.name, iterations, wrong);
    print("checksum 0x%08x, expected 0x%08x\n", checksum, kernel.expected);
    return print_verdict(wrong == 0 && checksum == kernel.expected);
}

// Code on the stack: GCC makes a trampoline there for a nested function whose address is taken, and asks for a stack
// that may be executed (PT_GNU_STACK).
#include "program.h"
#include <stdio.h>

__attribute__((noinline)) static int apply(int (*f)(int), int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) sum += f(i);
    return sum;
}

__attribute__((noinline)) static int nested(int n, int factor) {
    int calls = 0; // beside the trampoline, on the same page
    int times(int i) {
        calls++;
        return i * factor;
    }
    int sum = apply(times, n);
    return n > 1 ? sum + calls + nested(n / 2, factor + 1) : sum + calls;
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    for (int i = 1; i < 20; i++) printf("%d ", nested(i, i));
    printf("\n");
    return 0;
}

// saved FILE: maps the first page of FILE as code at a fixed address and calls it twenty times, as a library would be that may be
// another one in the next run. Prints the sum of what it returns.
#include "program.h"
#include <stdio.h>

enum { NR_mmap = 222, R = 1, X = 4, PAGE = 4096, PRIVATE = 2, FIXED = 0x10, TIMES = 20 };

int main(int argc, char **argv) {
    char *at = (char *)0x20000000;
    long fd = argc > 1 ? CALL(NR_openat, AT_FDCWD, argv[1], 0, 0) : -1;
    if (fd < 0 || CALL(NR_mmap, at, PAGE, R | X, PRIVATE | FIXED, fd, 0) != (long)at) return 1;
    int sum = 0;
    for (int i = 0; i < TIMES; i++) sum += ((int (*)(int))at)(i);
    printf("%d\n", sum);
    return 0;
}

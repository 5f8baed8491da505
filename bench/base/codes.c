#include "bench/base/codes.h"
#include "base/alloc.h"
#include <stdio.h>

int alloc_exit_code(void) { return EXIT_HOST; }

int complain(const Err *err, int code) {
    fprintf(stderr, "nightjar: %s\n", err->text);
    return code;
}

#include "bench/base/codes.h"
#include <stdio.h>

int complain(const Err *err, int code) {
    fprintf(stderr, "nightjar: %s\n", err->text);
    return code;
}

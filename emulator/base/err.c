#include "base/err.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool err_set(Err *err, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return false;
}

void bug_abort(const char *file, int line, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "nightjar: bug at %s:%d: ", file, line);
    vfprintf(stderr, fmt, args);
    fprintf(stderr, "\nThis is our mistake, not yours: please report it with the command line and the ELF.\n");
    va_end(args);
    abort();
}

#include "base/command_line.h"
#include "base/alloc.h"
#include <errno.h>

error_t command_line_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input) {
    error_t e = argp_parse(argp, argc, argv, flags, NULL, input);
    if (e == ENOMEM) alloc_failed(0);
    return e;
}

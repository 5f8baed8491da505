// argp_parse(), but without memory the process ends as in alloc.h: an error that a caller takes for one of the user's, or for none.
#pragma once
#include <argp.h>

error_t command_line_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input);

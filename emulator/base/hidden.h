// What tests take away from the machine, so that they meet each branch everywhere: the environment variable
// NIGHTJAR_HIDE, a list separated by commas (ci/tools/hide.c has the words). Nothing else reads it.
#pragma once
#include <stdbool.h>

bool hidden(const char *what);

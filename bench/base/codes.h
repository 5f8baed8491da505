// What `nightjar` exits with: bench/base/codes.inc.
#pragma once
#include "base/err.h"

typedef enum Exit {
#define EXIT(name, code, help) EXIT_##name = (code),
#include "bench/base/codes.inc"
#undef EXIT
} Exit;

// Prints the message, and gives the code back for the caller to return.
int complain(const Err *err, int code);

// A folder in /tmp that one command uses alone, and removes.
#pragma once
#include "base/err.h"

typedef struct Scratch {
    char path[64];
} Scratch;

bool scratch_make(Scratch *s, const char *command, Err *err); // the command's name is in the folder's
void scratch_remove(const Scratch *s);                        // says so if the folder stays

// JSON files of the emulator: written under a temporary name, synced, then renamed, so that a file is there whole or
// not at all.
#pragma once
#include "base/err.h"
#include <jansson.h>

bool json_file_write(json_t *doc, const char *path, Err *err); // takes the reference; errors name the file

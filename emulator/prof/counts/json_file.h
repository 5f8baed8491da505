// JSON files of the emulator, written as base/outfile.h says.
#pragma once
#include "base/err.h"
#include <jansson.h>

bool json_file_write(json_t *doc, const char *path, Err *err); // takes the reference; errors name the file

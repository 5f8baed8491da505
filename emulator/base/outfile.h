// Output files of emu and nightjar: whole, or not at all.
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

// Makes these bytes the content of `path`. A regular file is replaced by renaming a new one over it, at the end of its
// symbolic links, so that a reader sees the old content or the new one. What is no regular file is never replaced:
// a device or a FIFO is written to, and so is what the process has open (/dev/stdout, /dev/fd/N). Errors name `path`.
bool outfile_write(const char *path, const void *bytes, size_t n, Err *err);

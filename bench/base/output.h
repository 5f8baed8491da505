// Files that the harness writes, as base/outfile.h does it; "-" is standard output.
#pragma once
#include "base/err.h"

bool output_write(const char *path, const char *text, size_t n, Err *err);
// Could output_write() write there now? Says what is in the way: a folder, a missing folder, permissions. Writes nothing.
bool output_check(const char *path, Err *err);
bool output_is_stream(const char *path); // not a regular file, nor one to be
// Everything that this process printed has arrived (stdout is flushed and without an error); else false and a message.
bool output_printed(Err *err);

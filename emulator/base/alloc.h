// Memory of the heap: what is asked for is there, or the process ends with a message and the exit code of a fault of the host.
// Release it with free(). ci/check.sh refuses malloc() and its like elsewhere. A size that a file or an option decides
// belongs to alloc_try(), whose caller can name that file.
#pragma once
#include "base/macros.h"
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define ALLOC_RESULT __attribute__((returns_nonnull, warn_unused_result))

ALLOC_RESULT void *alloc_bytes(size_t n); // not set to anything
ALLOC_RESULT void *alloc_zeroed(size_t n, size_t size);
ALLOC_RESULT void *alloc_again(void *at, size_t n, size_t size); // as realloc(): n elements
ALLOC_RESULT char *alloc_text(const char *text);
ALLOC_RESULT char *alloc_text_n(const char *text, size_t n); // of its first n bytes at most
ALLOC_RESULT char *alloc_print(const char *format, ...) PRINTF_LIKE(1, 2);
// A stream into memory. *text and *n are set by alloc_stream_end(), which closes it; the text ends in NUL.
ALLOC_RESULT FILE *alloc_stream(char **text, size_t *n);
void alloc_stream_end(FILE *stream);

// As getline(); -1 means the end of the file or an error of the stream, never that there is no memory.
ssize_t alloc_line(char **line, size_t *room, FILE *f);

void *alloc_try(size_t n); // NULL: the host has no room

_Noreturn void alloc_failed(size_t n); // says so and ends the process

// 125, as emu's other faults of the host, unless the program has one of its own: nightjar does (bench/base/codes.c).
int alloc_exit_code(void);

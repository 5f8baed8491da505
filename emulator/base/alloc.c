#include "base/alloc.h"
#include "base/exit_code.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

__attribute__((weak)) int alloc_exit_code(void) { return EXIT_CODE_HOST; }

void alloc_failed(size_t n) {
    fprintf(stderr, "%s: out of memory", program_invocation_short_name);
    if (n) fprintf(stderr, ": the host refuses %zu bytes more", n);
    fprintf(stderr, "; raise what limits it (ulimit -d, a control group, --max-memory), or ask for less\n");
    exit(alloc_exit_code());
}

void *alloc_try(size_t n) { return malloc(n ? n : 1); }

void *alloc_bytes(size_t n) {
    void *at = alloc_try(n);
    if (!at) alloc_failed(n);
    return at;
}

void *alloc_zeroed(size_t n, size_t size) {
    void *at = calloc(n ? n : 1, size ? size : 1);
    if (!at) alloc_failed(n * size);
    return at;
}

void *alloc_again(void *at, size_t n, size_t size) {
    void *more = reallocarray(at, n ? n : 1, size ? size : 1);
    if (!more) alloc_failed(n * size);
    return more;
}

char *alloc_text_n(const char *text, size_t n) {
    size_t length = strnlen(text, n);
    char *copy = alloc_bytes(length + 1);
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char *alloc_text(const char *text) { return alloc_text_n(text, strlen(text)); }

char *alloc_print(const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) alloc_failed(0);
    return text;
}

FILE *alloc_stream(char **text, size_t *n) {
    *text = NULL;
    FILE *stream = open_memstream(text, n);
    if (!stream) alloc_failed(0);
    return stream;
}

ssize_t alloc_line(char **line, size_t *room, FILE *f) {
    ssize_t n = getline(line, room, f);
    if (n < 0 && !feof(f) && !ferror(f)) alloc_failed(0);
    return n;
}

void alloc_stream_end(FILE *stream) {
    if (ferror(stream) | fclose(stream)) alloc_failed(0);
}

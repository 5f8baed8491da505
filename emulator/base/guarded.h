// Reading and writing memory that may not be there: a file that is mapped can become shorter at any time, and the host's
// kernel then answers an access with SIGBUS. These functions return false instead. They are in host/guarded.c: how an
// access is made to fail is the machine's own.
//
// INVARIANT: the process's handler of SIGSEGV and SIGBUS asks guarded_recover() first. Where none is installed the
// memory must be there.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool guarded_copy(void *to, const void *from, size_t n);             // false: an unknown part was copied
bool guarded_load(const void *from, unsigned size, uint64_t *value); // size: 1, 2, 4, 8; zero-extended
bool guarded_store(void *to, unsigned size, uint64_t value);
// One step for every processor: `value` is stored if *expected is there, and *expected becomes what was. size: 4, 8;
// false: the memory is gone.
bool guarded_cas(void *to, unsigned size, uint64_t *expected, uint64_t value);
// Bytes before the first 0 at `from`, or `max`; -1: the memory ended before either.
int64_t guarded_length(const char *from, size_t max);
// `context`: ucontext_t of a fault. true: it was one of these functions, and the context goes on behind it.
bool guarded_recover(void *context);

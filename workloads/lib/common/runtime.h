// What a workload may use: text output, string functions, the number of iterations. Nothing else of a C library exists.
//
// The same sources are linked into every build, so the native program and the guest do the same work and print the same
// text. What differs is in lib/<guest>/: how a character is written and how the program starts and ends. The exit code
// is what main returns: 0 = the result is valid.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Iterations of the manifest's size. Volatile: the optimizer must not see the number, and the code of all sizes of a
// workload is the same to the byte.
extern const volatile uint32_t work_iterations;

// lib/<guest>/: writes one byte; "\n" ends a line.
void put_char(char c);

// %d %u %x %c %s %%, with l for long, a width, and 0 for zero padding. All output goes through put_char.
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Prints the last line of every workload, VALID or INVALID, and gives the exit code for main.
int print_verdict(int valid);

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
char *strcpy(char *restrict to, const char *restrict from);

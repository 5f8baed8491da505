// What test programs for --user share: system calls by number, printing, checks. They need no C library of Linux.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    NR_openat = 56,
    NR_close = 57,
    NR_pipe2 = 59,
    NR_read = 63,
    NR_write = 64,
    NR_exit_group = 94,
};
#define AT_FDCWD (-100)

static inline long call6(long n, long a, long b, long c, long d, long e, long f) {
    register long a7 __asm__("a7") = n;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = e;
    register long a5 __asm__("a5") = f;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return a0;
}
#define CALL(n, ...)                    CALL_(n, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(n, a, b, c, d, e, f, ...) call6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

// An open file without a name: of memory, or, where a machine has no memfd_create, in /tmp.
static inline long nameless_file(void) {
    enum { MEMFD_CREATE = 279, OPENAT = 56, TMPFILE_RDWR = 020200002 };
    long fd = CALL(MEMFD_CREATE, "f", 0);
    return fd >= 0 ? fd : CALL(OPENAT, AT_FDCWD, "/tmp", TMPFILE_RDWR, 0600);
}

extern char **program_env;
extern unsigned long *program_aux; // pairs, the last is 0
int main(int argc, char **argv);

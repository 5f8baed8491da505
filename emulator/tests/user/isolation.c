// Tries to reach memory of the host: with every address that is given (hexadecimal; of the emulator's own mappings), at
// their ends, with offsets that wrap, through loads, stores, atomics, jumps and system calls. Each attempt must end in
// a signal or in EFAULT. Prints "reached" and the attempt for one that did not.
#include "program.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    NR_getcwd = 17,
    NR_readv = 65,
    NR_writev = 66,
    NR_ppoll = 73,
    NR_futex = 98,
    NR_clock_gettime = 113,
    NR_sigaction = 134,
    NR_uname = 160,
    NR_mmap = 222,
    NR_munmap = 215,
    NR_mprotect = 226,
    NR_mremap = 216,
    NR_madvise = 233,
    ILL = 4,
    BUS = 7,
    SEGV = 11
};

static volatile uint64_t resume_at, resume_sp;
static volatile int caught, reached;

static void handler(int n, int *info, uint64_t *context) {
    (void)info;
    caught = n;
    context[176 / 8] = resume_at;
    context[176 / 8 + 2] = resume_sp;
}

// Did the instruction trap? Goes on behind it either way.
#define TRAPS(code, at)                                                                                                \
    ({                                                                                                                 \
        caught = 0;                                                                                                    \
        register uint64_t a0_ __asm__("a0") = (at);                                                                    \
        __asm__ volatile("la t0, 1f\n"                                                                                 \
                         "sd t0, %1\n"                                                                                 \
                         "sd sp, %2\n" code "\n1:"                                                                     \
                         : "+r"(a0_), "=m"(resume_at), "=m"(resume_sp)                                                 \
                         :                                                                                             \
                         : "t0", "t1", "ra", "memory", "a1");                                                          \
        caught != 0;                                                                                                   \
    })
#define MUST_TRAP(code, at)                                                                                            \
    do {                                                                                                               \
        if (!TRAPS(code, at)) reached++, printf("reached: %s with %#lx\n", code, (unsigned long)(at));                 \
    } while (0)

static void instructions(uint64_t at) {
    MUST_TRAP("lb t1, 0(a0)", at);
    MUST_TRAP("ld t1, 0(a0)", at);
    MUST_TRAP("sb zero, 0(a0)", at);
    MUST_TRAP("sd zero, 0(a0)", at);
    MUST_TRAP("lw t1, 2047(a0)", at - 2047);
    MUST_TRAP("lw t1, -2048(a0)", at + 2048);
    MUST_TRAP("ld t1, 0(a0)\nld t1, 8(a0)\nld t1, 16(a0)", at); // one check for several
    MUST_TRAP("sd t1, -16(a0)\nsd t1, -8(a0)\nsd t1, 0(a0)", at);
    MUST_TRAP("amoadd.d t1, zero, (a0)", at & -8ull);
    MUST_TRAP("lr.w t1, (a0)", at & -8ull);
    MUST_TRAP("sc.d t1, zero, (a0)", at & -8ull);
    MUST_TRAP("jalr a0", at & -2ull);
}

#define MUST_FAIL(...)                                                                                                 \
    do {                                                                                                               \
        long r_ = CALL(__VA_ARGS__);                                                                                   \
        if (r_ >= 0 || r_ < -4095)                                                                                     \
            reached++, printf("reached: %s = %ld with %#lx\n", #__VA_ARGS__, r_, (unsigned long)at);                   \
    } while (0)

static void calls(uint64_t at, long fd) {
    uint64_t vector[2] = {at, 16};
    MUST_FAIL(NR_write, fd, at, 16);
    MUST_FAIL(67, fd, at, 16, 0); // pread64
    MUST_FAIL(NR_writev, fd, vector, 1);
    MUST_FAIL(NR_readv, fd, vector, 1);
    MUST_FAIL(NR_readv, fd, at, 1);
    MUST_FAIL(NR_openat, AT_FDCWD, at, 0);
    MUST_FAIL(NR_getcwd, at, 100);
    MUST_FAIL(NR_uname, at);
    MUST_FAIL(NR_pipe2, at, 0);
    MUST_FAIL(NR_clock_gettime, 1, at);
    MUST_FAIL(NR_ppoll, at, 1, 0, 0, 8);
    MUST_FAIL(NR_futex, at & -4ull, 1, 1, 0, 0, 0);
    MUST_FAIL(NR_sigaction, 10, at, 0, 8);
    MUST_FAIL(NR_munmap, at & -4096ull, 4096);
    MUST_FAIL(NR_mprotect, at & -4096ull, 4096, 3);
    MUST_FAIL(NR_madvise, at & -4096ull, 4096, 4);
    MUST_FAIL(NR_mremap, at & -4096ull, 4096, 8192, 1, 0);
    MUST_FAIL(NR_mmap, at & -4096ull, 4096, 3, 0x32, -1, 0);
}

static void lengths(long fd) {
    uint64_t at = 0;
    char *page = (char *)CALL(NR_mmap, 0, 8192, 3, 0x22, -1, 0);
    CALL(NR_munmap, page + 4096, 4096);
    long n = CALL(NR_write, fd, page + 4090, 1ul << 40);
    if (n != 6) reached++, printf("reached: write of %ld bytes\n", n);
    static const uint64_t sizes[] = {~0ull, 1ull << 63, ~0ull - 4095, 1ull << 47};
    for (unsigned i = 0; i < 4; i++) {
        MUST_FAIL(NR_mmap, 0, sizes[i], 3, 0x22, -1, 0);
        MUST_FAIL(NR_mmap, 0x10000, sizes[i], 3, 0x32, -1, 0);
        MUST_FAIL(NR_munmap, 0x20000, sizes[i]);
        MUST_FAIL(NR_mprotect, page, sizes[i], 3);
        MUST_FAIL(NR_mremap, page, 4096, sizes[i], 1, 0);
        MUST_FAIL(NR_ppoll, page, sizes[i], 0, 0, 8);
        MUST_FAIL(NR_writev, fd, page, sizes[i]);
    }
}

int main(int argc, char **argv) {
    char byte;
    while (argc == 2 && argv[1][0] == 'w') CALL(NR_read, 0, &byte, 1); // to be looked at
    struct {
        void (*handler)(int, int *, uint64_t *);
        uint64_t flags, mask;
    } action = {handler, 0x40000004, 0};
    static const int signals[] = {ILL, BUS, SEGV};
    for (unsigned i = 0; i < 3; i++) CALL(NR_sigaction, signals[i], &action, 0, 8);
    long fd = 0; // standard input: a file, open for reading and writing
    CALL(NR_write, fd, "0123456789abcdef", 16);
    uint64_t hi = strtoull(argv[1], NULL, 16), end = 1; // of the program's addresses, and the next power of two
    while (end < hi) end *= 2;
    const uint64_t fixed[] = {0,
                              8,
                              0xfff,
                              hi - 1,
                              hi,
                              end - 1,
                              end,
                              end + 8,
                              end + 2040,
                              2 * end - 8,
                              2 * end,
                              end + 0x7fffffff,
                              end + 0x80000000,
                              0x7fffffffffff,
                              1ull << 47,
                              1ull << 63,
                              ~0ull - 0xa00000,
                              ~0ull - 15,
                              ~0ull - 7,
                              ~0ull};
    for (unsigned i = 0; i < sizeof fixed / 8; i++) {
        if (fixed[i] != hi - 1) instructions(fixed[i]); // the last byte may be the program's own
        if (fixed[i] >= hi || !fixed[i]) calls(fixed[i] ? fixed[i] : 8, fd);
    }
    for (int i = 2; i < argc; i++) {
        uint64_t at = strtoull(argv[i], NULL, 16);
        instructions(at);
        calls(at, fd);
    }
    lengths(fd);
    printf("%d attempts reached something, %d addresses\n", reached, argc - 2);
    return reached != 0;
}

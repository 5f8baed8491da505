// What changes behind the back of a mapping: code by a second mapping of its file, files that become shorter, mappings
// that fail. Prints what the manual of the architecture and those of Linux say.
#include "program.h"
#include <stdio.h>
#include <string.h>

enum {
    NR_ftruncate = 46,
    NR_pwrite64 = 68,
    NR_fstat = 80,
    NR_exit = 93,
    NR_clock_gettime = 113,
    NR_sigaction = 134,
    NR_socket = 198,
    NR_munmap = 215,
    NR_mremap = 216,
    NR_clone = 220,
    NR_mmap = 222,
    NR_madvise = 233,
    NR_riscv_flush_icache = 259,
    NR_wait4 = 260,
    SIGCHLD = 17
};
enum { R = 1, W = 2, X = 4, PAGE = 4096, SHARED = 1, PRIVATE = 2, FIXED = 0x10, ANON = 0x20 };
#define FENCE_I() __asm__ volatile(".word 0x0000100f" ::: "memory")

static char *map(long fd, long at, int prot, int flags) { return (char *)CALL(NR_mmap, at, PAGE, prot, flags, fd, 0); }

static void wait_for(long pid) {
    int status;
    CALL(NR_wait4, pid, &status, 0, 0);
}

// ---- code
static void function_of(char *at, int value) { // li a0, value; ret
    uint32_t code[] = {0x513u | (uint32_t)value << 20, 0x00008067};
    memcpy(at, code, sizeof code);
}
#define RUN(at) (((int (*)(void))(at))())

static void aliases(int shared) {
    long fd = nameless_file();
    CALL(NR_ftruncate, fd, 2 * PAGE);
    char *w = map(fd, 0, R | W, SHARED), *x = map(fd, 0, R | X, shared);
    function_of(w, 1);
    function_of(w + 256, 101);
    FENCE_I();
    printf("%s: %d %d", shared == SHARED ? "shared" : "private", RUN(x), RUN(x + 256));
    function_of(w, 2);
    FENCE_I();
    printf(", fence.i %d", RUN(x));
    function_of(w, 3);
    CALL(NR_riscv_flush_icache, x, x + 8, 0);
    printf(", flush %d", RUN(x));
    char bytes[8];
    function_of(bytes, 4);
    CALL(NR_pwrite64, fd, bytes, 8, 0);
    FENCE_I();
    printf(", write %d", RUN(x));
    long pid = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (!pid) {
        function_of(w, 5);
        CALL(NR_exit, 0);
    }
    wait_for(pid);
    FENCE_I();
    printf(", child %d, other line %d", RUN(x), RUN(x + 256));
    int stale = 0;
    for (int i = 0; i < 200; i++) {
        function_of(w + 64 * (i % 3), i);
        FENCE_I();
        stale += RUN(x + 64 * (i % 3)) != i;
    }
    printf(", %d of 200 stale\n", stale);
    CALL(NR_munmap, w, PAGE);
    CALL(NR_munmap, x, PAGE);
}

// ---- files that become shorter
static volatile uint64_t resume_at, resume_sp;
static volatile int caught, caught_code;

static void handler(int n, int *info, uint64_t *context) {
    caught = n, caught_code = info[2];
    context[176 / 8] = resume_at;
    context[176 / 8 + 2] = resume_sp;
}

// The signal and its code that the instruction raises. Goes on behind it either way.
#define TRAP_OF(insns, at)                                                                                             \
    ({                                                                                                                 \
        caught = caught_code = 0;                                                                                      \
        register uint64_t a0_ __asm__("a0") = (uint64_t)(at);                                                          \
        __asm__ volatile("la t0, 1f\n"                                                                                 \
                         "sd t0, %1\n"                                                                                 \
                         "sd sp, %2\n" insns "\n1:"                                                                    \
                         : "+r"(a0_), "=m"(resume_at), "=m"(resume_sp)                                                 \
                         :                                                                                             \
                         : "t0", "t1", "ra", "memory", "a1");                                                          \
        caught * 100 + caught_code;                                                                                    \
    })

static void shrunk(void) {
    struct {
        void (*handler)(int, int *, uint64_t *);
        uint64_t flags, mask;
    } action = {handler, 0x40000004, 0};
    CALL(NR_sigaction, 7, &action, 0, 8);
    CALL(NR_sigaction, 11, &action, 0, 8);
    long fd = nameless_file();
    CALL(NR_ftruncate, fd, PAGE);
    char *before = (char *)CALL(NR_mmap, 0, 2 * PAGE, R | W, PRIVATE | ANON, -1, 0);
    char *p = map(fd, (long)before + PAGE, R | W | X, SHARED | FIXED);
    function_of(p + 512, 6);
    printf("before: %d", RUN(p + 512));
    CALL(NR_ftruncate, fd, 0);
    printf(", what ran before %d", TRAP_OF("jalr a0", p + 512));
    printf(", load %d", TRAP_OF("ld t1, 0(a0)", p));
    printf(", store %d", TRAP_OF("sd zero, 8(a0)", p));
    printf(", across %d", TRAP_OF("ld t1, 0(a0)", p - 4));
    printf(", atomic %d", TRAP_OF("amoadd.w t1, zero, (a0)", p));
    printf(", reserved %d", TRAP_OF("lr.d t1, (a0)", p));
    printf(", run %d\n", TRAP_OF("jalr a0", p));
    uint64_t vector[2] = {(uint64_t)p, 8};
    printf("calls: %ld %ld %ld %ld %ld %ld %ld\n", CALL(NR_fstat, fd, p), CALL(NR_openat, AT_FDCWD, p, 0),
           CALL(NR_write, fd, p, 8), CALL(66, fd, p, 1), CALL(66, fd, vector, 1), CALL(NR_clock_gettime, 0, p),
           CALL(98, p, 0, 1, 0, 0, 0));
    CALL(NR_ftruncate, fd, PAGE);
    printf("longer again: %d %ld\n", TRAP_OF("ld t1, 0(a0)", p), CALL(NR_fstat, fd, p));
}

// ---- mappings that fail
static void failing(void) {
    char *p = map(-1, 0, R | W, PRIVATE | ANON);
    p[5] = 7;
    long fd = CALL(NR_socket, 1, 1, 0);
    printf("a socket: %ld, then %d\n", (long)map(fd, (long)p, R | W, PRIVATE | FIXED), p[5]);
    printf("in its place: %d\n", map(-1, (long)p, R | W, PRIVATE | ANON | FIXED) == p && p[5] == 0);
}

static void growing(void) {
    char *p = (char *)CALL(NR_mmap, 0, 4 * PAGE, R | W, PRIVATE | ANON, -1, 0);
    CALL(NR_munmap, p + PAGE, 3 * PAGE);
    p[3] = 9;
    printf("in place: %d", CALL(NR_mremap, p, PAGE, 3 * PAGE, 0, 0) == (long)p);
    printf(" %d %d", p[3], p[2 * PAGE]);
    printf(", no room: %ld", CALL(NR_mremap, p, 3 * PAGE, 5l << 30, 0, 0));
    CALL(NR_munmap, p + PAGE, PAGE);
    printf(", two mappings: %ld\n", CALL(NR_mremap, p, 3 * PAGE, 4 * PAGE, 1, 0));
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    aliases(SHARED);
    aliases(PRIVATE);
    shrunk();
    failing();
    growing();
    return 0;
}

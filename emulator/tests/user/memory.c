// Mappings: what may be done to a page, and what happens to a program that does something else. Each access is tried in a child,
// which reports by its exit code or dies of a signal.
#include "program.h"
#include <stdio.h>
#include <string.h>

enum {
    NR_ftruncate = 46,
    NR_clone = 220,
    NR_exit = 93,
    NR_wait4 = 260,
    NR_brk = 214,
    NR_munmap = 215,
    NR_mremap = 216,
    NR_mmap = 222,
    NR_mprotect = 226,
    NR_madvise = 233,
    SIGCHLD = 17
};
enum { R = 1, W = 2, X = 4, PAGE = 4096, PRIVATE = 2, SHARED = 1, FIXED = 0x10, ANON = 0x20, MAYMOVE = 1 };

static char *map(long at, long n, int prot, int flags) {
    return (char *)CALL(NR_mmap, at, n, prot, flags | ANON, -1, 0);
}

// How does a child end that does this? 0 to 255: its code; 1000 + n: signal n.
static int status_of(long pid) {
    int status = 0;
    CALL(NR_wait4, pid, &status, 0, 0);
    return status & 0x7f ? 1000 + (status & 0x7f) : status >> 8 & 0xff;
}
#define CHILD(what)                                                                                                    \
    ({                                                                                                                 \
        long pid_ = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);                                                               \
        if (!pid_) {                                                                                                   \
            int code_ = (int)(what);                                                                                   \
            CALL(NR_exit, code_);                                                                                      \
        }                                                                                                              \
        status_of(pid_);                                                                                               \
    })

static int load(volatile char *p) { return *p; }
static int store(volatile char *p) { return *p = 5; }
static int load_across(char *p) { return (int)*(volatile uint64_t *)(p - 3); }
static int call(char *p) { return ((int (*)(void))p)(); }
static const uint32_t code_7[] = {0x00700513, 0x00008067}; // li a0, 7; ret
static const uint32_t code_9[] = {0x00900513, 0x00008067};

static void permissions(void) {
    static const int prots[] = {0, R, R | W, R | X};
    char *p = map(0, 3 * PAGE, R | W, PRIVATE);
    memcpy(p + PAGE, code_7, sizeof code_7);
    for (unsigned i = 0; i < 4; i++) {
        printf("mprotect %d: %ld\n", prots[i], CALL(NR_mprotect, p + PAGE, PAGE, prots[i]));
        printf("  load %d store %d across %d call %d\n", CHILD(load(p + PAGE)), CHILD(store(p + PAGE)),
               CHILD(load_across(p + PAGE)), CHILD(call(p + PAGE)));
    }
    CALL(NR_mprotect, p + PAGE, PAGE, R | W);
    printf("unmapped: %ld\n", CALL(NR_munmap, p + PAGE, PAGE));
    printf("  load %d store %d neighbours %d %d\n", CHILD(load(p + PAGE)), CHILD(store(p + PAGE)), CHILD(load(p)),
           CHILD(load(p + 2 * PAGE)));
    printf("again: %d\n", map((long)p + PAGE, PAGE, R | W, PRIVATE | FIXED) == p + PAGE);
    printf("  load %d store %d\n", CHILD(load(p + PAGE)), CHILD(store(p + PAGE)));
}

static void sharing(void) {
    char *s = map(0, PAGE, R | W, SHARED), *p = map(0, PAGE, R | W, PRIVATE);
    CHILD((s[0] = 11, p[0] = 12));
    printf("shared %d private %d\n", s[0], p[0]);
    long fd = nameless_file();
    CALL(NR_ftruncate, fd, PAGE + 100);
    char *a = (char *)CALL(NR_mmap, 0, 4 * PAGE, R | W, SHARED, fd, 0);
    char *b = (char *)CALL(NR_mmap, 0, PAGE, R, PRIVATE, fd, PAGE);
    a[PAGE + 3] = 42;
    printf("file %d, behind its end: load %d store %d\n", b[3], CHILD(load(a + 2 * PAGE)), CHILD(store(a + 3 * PAGE)));
    printf("read-only: %d\n", CHILD(store(b)));
}

static void moving(void) {
    char *p = map(0, 4 * PAGE, R | W, PRIVATE);
    for (int i = 0; i < 4; i++) p[i * PAGE] = (char)(i + 1);
    char *q = (char *)CALL(NR_mremap, p, 4 * PAGE, 8 * PAGE, MAYMOVE, 0);
    printf("moved: %d %d %d %d, new %d\n", q[0], q[PAGE], q[2 * PAGE], q[3 * PAGE], q[7 * PAGE]);
    printf("old: %d\n", p == q ? 1011 : CHILD(load(p)));
    printf("shrunk: %d\n", (char *)CALL(NR_mremap, q, 8 * PAGE, 2 * PAGE, 0, 0) == q);
    printf("  kept %d, gone %d\n", q[PAGE], CHILD(load(q + 2 * PAGE)));
    q[0] = 99;
    printf("dontneed: %ld -> %d\n", CALL(NR_madvise, q, PAGE, 4), q[0]);
}

static void heap(void) {
    long end = CALL(NR_brk, 0);
    printf("brk grows: %d\n", CALL(NR_brk, end + 3 * PAGE + 10) == end + 3 * PAGE + 10);
    char *p = (char *)end;
    p[3 * PAGE + 9] = 1;
    printf("shrinks: %d\n", CALL(NR_brk, end) == end);
    CALL(NR_brk, end + 3 * PAGE + 10);
    printf("zero again: %d\n", p[3 * PAGE + 9]);
}

#define FENCE_I() __asm__ volatile(".word 0x0000100f" ::: "memory")

// Code that is written, run, and written again.
static void self_modifying(void) {
    char *p = map(0, PAGE, R | W | X, PRIVATE);
    int sum = 0;
    for (int i = 0; i < 50; i++) {
        memcpy(p, i % 2 ? code_7 : code_9, sizeof code_7);
        FENCE_I();
        sum += call(p);
        ((volatile int *)p)[500] += i; // data beside code
    }
    printf("code %d data %d\n", sum, ((int *)p)[500]);
    long fd = nameless_file();
    CALL(NR_write, fd, code_9, sizeof code_9);
    memcpy(p, code_7, sizeof code_7);
    FENCE_I();
    printf("%d, then read over it: ", call(p));
    printf("%ld ", CALL(67, fd, p, sizeof code_9, 0)); // pread64
    FENCE_I();
    printf("%d\n", call(p));
}

static void refused(void) {
    printf("mmap: %ld %ld %ld\n", (long)map(0, 0, R, PRIVATE), CALL(NR_mmap, 0, PAGE, R, PRIVATE, 99, 0),
           CALL(NR_mmap, 0, PAGE, R, PRIVATE | ANON, -1, 5));
    printf("mprotect: %ld %ld\n", CALL(NR_mprotect, 0x10001, PAGE, R), CALL(NR_mprotect, 0x70000000, PAGE, R));
    printf("munmap: %ld %ld\n", CALL(NR_munmap, 0x10001, PAGE), CALL(NR_munmap, 0x20000000, 0));
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    permissions();
    sharing();
    moving();
    heap();
    self_modifying();
    refused();
    return 0;
}

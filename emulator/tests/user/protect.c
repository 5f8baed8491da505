// Code whose pages are made writable and executable in turns, as JIT compilers do it, and data that comes and goes beside it.
// Prints what mprotect(2), mmap(2) and munmap(2) say.
#include "program.h"
#include <stdio.h>
#include <string.h>

enum { NR_exit = 93, NR_munmap = 215, NR_clone = 220, NR_mmap = 222, NR_mprotect = 226, NR_wait4 = 260, SIGCHLD = 17 };
enum { R = 1, W = 2, X = 4, PAGE = 4096, PRIVATE = 2, FIXED = 0x10, ANON = 0x20, ROUNDS = 100, HOP = 512 };
#define FENCE_I() __asm__ volatile(".word 0x0000100f" ::: "memory")
#define RUN(at)   (((int (*)(void))(at))())

static char *map(void *at, long n, int prot, int flags) {
    return (char *)CALL(NR_mmap, at, n, prot, PRIVATE | ANON | flags, -1, 0);
}

static void function_of(char *at, int value) { // li a0, value; ret
    uint32_t code[] = {0x513u | (uint32_t)value << 20, 0x00008067};
    memcpy(at, code, sizeof code);
}

static void jump_to(char *at, char *to) { // j to
    uint32_t d = (uint32_t)(to - at);
    uint32_t code = 0x6fu | (d & 0x7fe) << 20 | (d >> 11 & 1) << 20 | (d & 0xff000) | (d >> 20 & 1) << 31;
    memcpy(at, &code, sizeof code);
}

// The signal that running this ends a process by; 0: none.
static int ends_by(char *at) {
    int status = 0;
    long pid = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (!pid) CALL(NR_exit, RUN(at));
    CALL(NR_wait4, pid, &status, 0, 0);
    return status & 127;
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    char *kept = map(NULL, 2 * PAGE, R | W, 0), *changed = kept + PAGE;
    int wrong = 0;
    function_of(kept, 1);
    jump_to(changed + HOP, kept);
    for (int i = 0; i < ROUNDS; i++) {
        CALL(NR_mprotect, kept, 2 * PAGE, R | W);
        function_of(changed, i);
        CALL(NR_mprotect, kept, 2 * PAGE, R | X);
        FENCE_I();
        for (int k = 0; k < 3; k++) wrong += RUN(kept) != 1 || RUN(changed) != i || RUN(changed + HOP) != 1;
    }
    printf("in turns: %d wrong\n", wrong);
    for (int i = 0; i < ROUNDS; i++) {
        char *data = map(NULL, PAGE, R | W, 0);
        *data = (char)i;
        wrong += RUN(kept) != 1 || RUN(changed + HOP) != 1 || *data != i;
        CALL(NR_mprotect, data, PAGE, R);
        CALL(NR_munmap, data, PAGE);
    }
    printf("beside data: %d wrong\n", wrong);
    CALL(NR_mprotect, kept, PAGE, R | W);
    printf("not executable: %d, by a jump: %d", ends_by(kept), ends_by(changed + HOP));
    CALL(NR_mprotect, kept, PAGE, R | X);
    printf(", executable again: %d, %d\n", ends_by(kept), ends_by(changed + HOP));
    map(kept, PAGE, R | W, FIXED);
    printf("another page: %d, by a jump: %d\n", ends_by(kept), ends_by(changed + HOP));
    function_of(kept, 7);
    CALL(NR_mprotect, kept, PAGE, R | W | X);
    FENCE_I();
    printf("its code: %d, %d\n", RUN(kept), RUN(changed + HOP));
    CALL(NR_munmap, kept, PAGE);
    printf("gone: %d, by a jump: %d\n", ends_by(kept), ends_by(changed + HOP));
    return 0;
}

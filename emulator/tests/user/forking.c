// One child, which translates code of its own and reports through a pipe: for machines where many at a time are too many.
#include "program.h"
#include <stdio.h>

enum { NR_exit = 93, NR_clone = 220, NR_wait4 = 260, SIGCHLD = 17 };

static int work(int n) {
    int sum = 0;
    for (int i = 0; i < 1000 * n; i++) sum += i % (n + 3);
    return sum;
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    int fd[2], got = 0, status = -1;
    CALL(NR_pipe2, fd, 0);
    long pid = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (!pid) {
        got = work(7);
        CALL(NR_write, fd[1], &got, sizeof got);
        CALL(NR_exit, 33);
    }
    CALL(NR_read, fd[0], &got, sizeof got);
    printf("waited %d", CALL(NR_wait4, pid, &status, 0, 0) == pid);
    printf(", the child's sum %d, its end %#x, ours %d\n", got, status, work(5));
    return 0;
}

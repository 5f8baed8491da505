// Processes: fork, pipes between them, waiting, identities, the auxiliary vector.
#include "program.h"
#include <stdio.h>

enum { NR_exit = 93, NR_waitid = 95, NR_getppid = 173, NR_getpid = 172, NR_clone = 220, NR_wait4 = 260, SIGCHLD = 17 };

static int code_of(long pid) {
    int status = -1;
    long r = CALL(NR_wait4, pid, &status, 0, 0);
    return r == pid ? status : -2;
}

// The child changes its memory and reports through a pipe.
static void forks(void) {
    static volatile int mine = 1;
    int fd[2], got = 0;
    long parent = CALL(NR_getpid);
    CALL(NR_pipe2, fd, 0);
    long pid = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (!pid) {
        mine = 2;
        int data = mine + 10 * (CALL(NR_getppid) == parent) + 100 * (CALL(NR_getpid) > parent);
        CALL(NR_write, fd[1], &data, sizeof data);
        CALL(NR_exit, 33);
    }
    CALL(NR_read, fd[0], &got, sizeof got);
    printf("child says %d, ends %#x, mine %d\n", got, code_of(pid), mine);
    printf("no child left: %ld\n", CALL(NR_wait4, -1, 0, 0, 0));
}

// Many at a time; all of them translate code of their own.
static int work(int n) {
    int sum = 0;
    for (int i = 0; i < 1000 * n; i++) sum += i % (n + 3);
    return sum;
}
static void many(void) {
    long pids[8];
    int fd[2], sum = 0;
    CALL(NR_pipe2, fd, 0);
    for (int i = 0; i < 8; i++) {
        pids[i] = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);
        if (pids[i]) continue;
        int result = work(i);
        CALL(NR_write, fd[1], &result, sizeof result);
        CALL(NR_exit, i);
    }
    for (int i = 0; i < 8; i++) {
        int result = 0;
        CALL(NR_read, fd[0], &result, sizeof result);
        sum += result;
    }
    int codes = 0;
    for (int i = 0; i < 8; i++) codes += code_of(pids[i]) >> 8;
    printf("sum %d codes %d\n", sum, codes);
}

static void waits(void) {
    int info[32] = {0};
    long pid = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (!pid) CALL(NR_exit, 9);
    long r = CALL(NR_waitid, 1, pid, info, 4, 0);
    printf("waitid %ld: signal %d code %d status %d\n", r, info[0], info[2], info[6]);
    printf("no child %ld\n", CALL(NR_waitid, 0, 0, info, 4, 0));
}

static void vector(void) {
    unsigned long seen = 0;
    for (unsigned long *a = program_aux; a[0]; a += 2) {
        if (a[0] < 64) seen |= 1ul << a[0];
        if (a[0] == 6 || a[0] == 4 || a[0] == 17) printf("aux %lu: %lu\n", a[0], a[1]);
    }
    printf("has phdr %ld random %ld\n", seen >> 3 & 1, seen >> 25 & 1);
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    forks();
    many();
    waits();
    vector();
    return 0;
}

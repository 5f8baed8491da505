// execve: of itself with other arguments, of a script, by vfork and directly; what is no program of riscv64 is refused.
// Arguments: a script that names this program, and files that cannot be executed.
#include "program.h"
#include <stdio.h>
#include <string.h>

enum { NR_exit = 93, NR_clone = 220, NR_execve = 221, NR_wait4 = 260, SIGCHLD = 17, VFORK = 0x4000, VM = 0x100 };

static char *args[] = {"other name", "child", "a b", NULL}, *last[] = {"last", "grandchild", "", NULL},
            *env[] = {"X=1", "Y=2 3", NULL};

static void in_child(char *path, unsigned long flags) {
    int status = 0;
    long pid = CALL(NR_clone, SIGCHLD | flags, 0, 0, 0, 0);
    if (!pid) {
        long r = CALL(NR_execve, path, args, env);
        CALL(NR_exit, -r);
    }
    long r = CALL(NR_wait4, pid, &status, 0, 0);
    printf("ends %d %#x\n", r == pid, status);
}

int main(int argc, char **argv) {
    if (argc > 2 && !strcmp(argv[argc - 2], "child")) {
        printf("%d:", argc);
        for (int i = 0; i < argc; i++) printf(" <%s>", strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i]);
        printf(" %s %s\n", program_env[0], program_env[1]);
        CALL(NR_execve, "/proc/self/exe", last, env);
        return 1;
    }
    if (argc > 2 && !strcmp(argv[argc - 2], "grandchild")) return 44;
    in_child("/proc/self/exe", VFORK | VM);
    in_child(argv[1], 0);
    for (int i = 2; i < argc; i++) printf("refused: %ld\n", CALL(NR_execve, argv[i], args, env));
    CALL(NR_execve, "/proc/self/exe", args, env);
    return 1;
}

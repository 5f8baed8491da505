// hide LIST COMMAND [ARGUMENT...]: runs a command on a machine that lacks what LIST names, so that tests meet each
// branch on every machine. LIST, separated by commas:
//   perf         perf_event_open(2) is refused: EACCES
//   breakpoints  debug registers can be set by ptrace(2), and nothing ever stops there, as in some virtual machines
//   memfd        there is no memfd_create(2): ENOSYS
//   papi         libpfm knows no PMU, so PAPI's component for perf events is off, as on a CPU that is too new for it
//   bmi2 fma avx the processor lacks it: emu looks at NIGHTJAR_HIDE itself (emulator/host/x64), CPUID cannot be filtered
// System calls are refused by a seccomp filter, which the command's children inherit; the programs under test know
// nothing of it. Not here: which tests run so (ci/test.sh, ci/matrix.sh).
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

enum { USAGE = 64, OS_REFUSES = 71, NOT_STARTED = 127 };

// The accumulator holds a word of struct seccomp_data from LOAD to LOAD.
#define LOAD(member)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define UNLESS(k, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, skip)
#define BELOW(k, skip)  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, k, skip, 0)
#define FROM(k, skip)   BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, k, 0, skip)
#define ANSWER(value)   BPF_STMT(BPF_RET | BPF_K, value)
#define FILTER(rows)    filter(sizeof(rows) / sizeof *(rows), rows)

static bool filter(size_t n, struct sock_filter *rows) {
    struct sock_fprog program = {.len = (unsigned short)n, .filter = rows};
    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static bool refuse_call(unsigned number, unsigned error) {
    struct sock_filter rows[] = {LOAD(arch),        UNLESS(AUDIT_ARCH_X86_64, 3),      LOAD(nr),
                                 UNLESS(number, 1), ANSWER(SECCOMP_RET_ERRNO | error), ANSWER(SECCOMP_RET_ALLOW)};
    return FILTER(rows);
}

// ptrace(PTRACE_POKEUSER, pid, offset of a debug register, value) succeeds and does nothing.
static bool ignore_debug_registers(void) {
    unsigned first = offsetof(struct user, u_debugreg), end = first + sizeof((struct user *)0)->u_debugreg;
    struct sock_filter rows[] = {LOAD(arch),
                                 UNLESS(AUDIT_ARCH_X86_64, 8),
                                 LOAD(nr),
                                 UNLESS(SYS_ptrace, 6),
                                 LOAD(args[0]),
                                 UNLESS(PTRACE_POKEUSER, 4),
                                 LOAD(args[2]),
                                 FROM(first, 2),
                                 BELOW(end, 1),
                                 ANSWER(SECCOMP_RET_ERRNO | 0),
                                 ANSWER(SECCOMP_RET_ALLOW)};
    return FILTER(rows);
}

static bool hide(const char *what) {
    if (!strcmp(what, "perf")) return refuse_call(SYS_perf_event_open, EACCES);
    if (!strcmp(what, "memfd")) return refuse_call(SYS_memfd_create, ENOSYS);
    if (!strcmp(what, "breakpoints")) return ignore_debug_registers();
    if (!strcmp(what, "papi")) return !setenv("LIBPFM_FORCE_PMU", "perf", 1);
    if (!strcmp(what, "bmi2") || !strcmp(what, "fma") || !strcmp(what, "avx")) return true;
    fprintf(stderr, "hide: '%s' cannot be hidden; perf, breakpoints, memfd, papi, bmi2, fma, avx can\n", what);
    exit(USAGE);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "hide: usage: hide LIST COMMAND [ARGUMENT...]\n");
        return USAGE;
    }
    const char *already = getenv("NIGHTJAR_HIDE"); // by a hide around this one
    char *all = NULL;
    if (asprintf(&all, "%s%s%s", already ? already : "", already ? "," : "", argv[1]) < 0) return OS_REFUSES;
    setenv("NIGHTJAR_HIDE", all, 1);
    free(all);
    char *list = strdup(argv[1]), *rest = list;
    for (char *what; (what = strsep(&rest, ",")) != NULL;) {
        if (*what && !hide(what)) {
            fprintf(stderr, "hide: %s: %s\n", what, strerror(errno));
            return OS_REFUSES;
        }
    }
    free(list);
    execvp(argv[2], argv + 2);
    fprintf(stderr, "hide: %s: %s\n", argv[2], strerror(errno));
    return NOT_STARTED;
}

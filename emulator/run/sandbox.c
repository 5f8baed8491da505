// See sandbox.h. The filter is a list of ranges of call numbers, made from the set of calls that are allowed:
//
//   allowed {0, 1, 2, 5}  ->  nr < 0? deny. nr < 3? allow. nr < 5? deny. nr < 6? allow. Deny.
//
// The kernel evaluates it once for each number when it is installed and keeps the answer (since 5.11), so a call costs
// what it cost before.
#include "run/sandbox.h"
#include "base/exit_code.h"
#include "base/vec.h"
#include "sys/sys.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CALLS_MAX = 512 };

typedef struct Allowed {
    bool call[CALLS_MAX];
} Allowed;

static void allow(void *ctx, long number) {
    BUG_IF(number < 0 || number >= CALLS_MAX, "system call %ld is beyond the filter", number);
    ((Allowed *)ctx)->call[number] = true;
}

static void choose(Allowed *a, const Sandbox *s) {
    memset(a, 0, sizeof *a);
#define BARE(name) allow(a, SYS_##name);
#define DEBUG(name)                                                                                                    \
    if (s->debugger) allow(a, SYS_##name);
#define NET(name)                                                                                                      \
    if (s->net) allow(a, SYS_##name);
#define USER(name)                                                                                                     \
    if (s->user) allow(a, SYS_##name);
#include "run/sandbox.inc"
    if (s->user) sys_passed_calls(allow, a);
}

typedef VEC(struct sock_filter) Filter;

static void add(Filter *f, uint16_t code, uint8_t yes, uint8_t no, uint32_t k) {
    vec_push(f, ((struct sock_filter){code, yes, no, k}));
}

static void make_filter(Filter *f, const Allowed *a, uint32_t arch, uint32_t denied) {
    add(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
    add(f, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, arch);
    add(f, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS); // calls of another table: of 32 bits
    add(f, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
    bool now = false;
    for (uint32_t i = 0; i < CALLS_MAX; i++) {
        if (a->call[i] == now) continue;
        add(f, BPF_JMP | BPF_JGE | BPF_K, 1, 0, i);
        add(f, BPF_RET | BPF_K, 0, 0, now ? SECCOMP_RET_ALLOW : denied);
        now = !now;
    }
    add(f, BPF_RET | BPF_K, 0, 0, denied); // 512 and more, with the bit of the x32 table, too
}

// Of a board's run. A filter that lacks a call would otherwise end emu without a word.
static void say_denied(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    char text[160];
    int n = snprintf(text, sizeof text,
                     "emu: the sandbox stopped system call %d. If the run needs it, this is a bug of emu; --no-sandbox "
                     "runs without\n",
                     info->si_syscall);
    if (write(STDERR_FILENO, text, (size_t)n) < 0) _exit(EXIT_CODE_HOST);
    _exit(EXIT_CODE_HOST);
}

static bool catch_denied(Err *err) {
    struct sigaction act = {.sa_sigaction = say_denied, .sa_flags = SA_SIGINFO};
    return !sigaction(SIGSYS, &act, NULL) || err_set(err, "the sandbox: SIGSYS: %s", strerror(errno));
}

// WHY SPEC_ALLOW: kernels before 5.16 would otherwise switch off speculative store bypass for the whole run, at a
// price of several percent, against attacks from within the process: emitted code is not what holds a guest back there.
static SandboxResult install(const Filter *f, Err *err) {
    struct sock_fprog program = {(unsigned short)f->n, f->at};
    if (!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program)) return SANDBOX_ON;
    int e = errno;
    err_set(err, "this kernel takes no filter of system calls (%s): the run has no sandbox", strerror(e));
    return e == ENOSYS || e == EINVAL ? SANDBOX_ABSENT : SANDBOX_FAILED;
}

SandboxResult sandbox_enter(const Sandbox *s, Err *err) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
        err_set(err, "the sandbox: no_new_privs: %s", strerror(errno));
        return SANDBOX_FAILED;
    }
    if (s->inherited) return SANDBOX_ON;
    if (s->root && !sandbox_confine(s, err)) return SANDBOX_FAILED;
    if (!s->user && !catch_denied(err)) return SANDBOX_FAILED;
    Allowed a;
    Filter f = {0};
    choose(&a, s);
    make_filter(&f, &a, s->elf_machine | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE,
                s->user ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_TRAP);
    SandboxResult r = install(&f, err);
    vec_free(&f);
    return r;
}

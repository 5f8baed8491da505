// fault [OPTION...] COMMAND [ARGUMENT...]: runs a command, and makes one of its system calls fail, or counts them.
//   -c NAME,...   the calls: openat, mmap, write, ... or `all`, those of the table below; default all
//   -n N          the N-th of them fails; 0, the default: none does, they are counted
//   -e ERRNO      with this number instead of the table's
//   -p            count only the first process, not those that it starts
//   -t SECONDS    longer is a hang; default 300
//   -o FILE       where the verdict goes, one line: "calls=41 failed=openat exit=125 signal=0 left=0 hung=0"
// `exit` is 128 + signal where a signal ended the command; `left`: processes that outlived it, which are killed.
//
// A seccomp filter hands the calls to this process, which answers "go on" or an errno; so raw calls and those inside the
// C library are seen alike, and filters of the command's own hold beside it. The dynamic loader's calls do not
// count: what it says about a library that cannot be read is not the command's. ci/tools/fail_alloc.c does the heap.
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { USAGE = 64, OS_REFUSES = 71, NOT_STARTED = 127, MAPS_BYTES = 1 << 16, GRACE_S = 5 };

typedef struct Call {
    const char *name;
    int number, error;
} Call;

// Not close(): Linux lets go of the descriptor whatever it answers, and a call that is not made keeps it.
static const Call CALLS[] = {
    {"mmap", SYS_mmap, ENOMEM},
    {"mremap", SYS_mremap, ENOMEM},
    {"mprotect", SYS_mprotect, ENOMEM},
    {"brk", SYS_brk, ENOMEM},
    {"openat", SYS_openat, EMFILE},
    {"read", SYS_read, EIO},
    {"pread64", SYS_pread64, EIO},
    {"readlink", SYS_readlink, EIO},
    {"write", SYS_write, ENOSPC},
    {"writev", SYS_writev, ENOSPC},
    {"pwrite64", SYS_pwrite64, ENOSPC},
    {"fsync", SYS_fsync, EIO},
    {"rename", SYS_rename, EIO},
    {"link", SYS_link, EIO},
    {"unlink", SYS_unlink, EIO},
    {"mkdir", SYS_mkdir, ENOSPC},
    {"rmdir", SYS_rmdir, EIO},
    {"ftruncate", SYS_ftruncate, EIO},
    {"fallocate", SYS_fallocate, ENOSPC},
    {"lseek", SYS_lseek, EIO},
    {"newfstatat", SYS_newfstatat, EIO},
    {"fcntl", SYS_fcntl, EIO},
    {"flock", SYS_flock, ENOLCK},
    {"memfd_create", SYS_memfd_create, EMFILE},
    {"pipe2", SYS_pipe2, EMFILE},
    {"dup2", SYS_dup2, EMFILE},
    {"clone", SYS_clone, EAGAIN},
    {"clone3", SYS_clone3, EAGAIN},
    {"vfork", SYS_vfork, EAGAIN},
    {"execve", SYS_execve, ENOMEM},
    {"timer_create", SYS_timer_create, EAGAIN},
    {"prctl", SYS_prctl, EPERM},
    {"seccomp", SYS_seccomp, EPERM},
    {"rt_sigaction", SYS_rt_sigaction, EINVAL},
    {"sigaltstack", SYS_sigaltstack, ENOMEM},
    {"getcwd", SYS_getcwd, EIO},
    {"pidfd_open", SYS_pidfd_open, EMFILE},
    {"poll", SYS_poll, ENOMEM},
};
#define N_CALLS (sizeof CALLS / sizeof *CALLS)

typedef struct Run {
    const char *list, *out;
    unsigned long n, calls;
    int error, seconds;
    bool first_only;
    const Call *failed;
    pid_t pid;
    int listener;
} Run;

static _Noreturn void refuse(const char *what) {
    fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
    exit(OS_REFUSES);
}

static bool in_list(const char *list, const char *name) {
    size_t n = strlen(name);
    if (!strcmp(list, "all")) return true;
    for (const char *at = list; (at = strstr(at, name)); at += n)
        if ((at == list || at[-1] == ',') && (!at[n] || at[n] == ',')) return true;
    return false;
}

static const Call *find(int number) {
    for (size_t i = 0; i < N_CALLS; i++)
        if (CALLS[i].number == number) return &CALLS[i];
    return NULL;
}

// In the child. Returns the descriptor of the listener, which closes when a program is executed.
static int install(const Run *r) {
    struct sock_filter rows[3 + 2 * N_CALLS + 1];
    unsigned short n = 0;
    rows[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    rows[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 0);
    rows[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < N_CALLS; i++) {
        // WHY execve always: the child waits in its first one until this process has the listener.
        if (!in_list(r->list, CALLS[i].name) && CALLS[i].number != SYS_execve) continue;
        rows[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)CALLS[i].number, 0, 1);
        rows[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    }
    rows[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = n, .filter = rows};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
}

static void start(Run *r, char **argv) {
    volatile int *told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED) refuse("mmap");
    r->pid = fork();
    if (r->pid < 0) refuse("fork");
    if (!r->pid) {
        int fd = install(r);
        *told = fd < 0 ? -1 : fd;
        execvp(argv[0], argv);
        fprintf(stderr, "fault: %s: %s\n", argv[0], strerror(errno));
        _exit(NOT_STARTED);
    }
    while (!*told) usleep(100);
    int pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
    r->listener = *told < 0 || pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, *told, 0);
    if (r->listener < 0) kill(r->pid, SIGKILL), refuse("no listener of system calls here");
    close(pidfd);
}

// The mapping that an address lies in, by name: is it the dynamic loader?
static bool is_loader(pid_t pid, uint64_t at) {
    static char text[MAPS_BYTES];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *f = fopen(path, "r");
    bool found = false;
    while (f && fgets(text, sizeof text, f)) {
        unsigned long long from, to;
        if (sscanf(text, "%llx-%llx", &from, &to) != 2 || at < from || at >= to) continue;
        found = strstr(text, "/ld-linux") || strstr(text, "/ld-2.");
        break;
    }
    if (f) fclose(f);
    return found;
}

static bool is_of_first(const Run *r, pid_t tid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)r->pid, (int)tid);
    return !access(path, F_OK);
}

// Not: the first execve, which is this file's own, and what the loader does.
static bool counts(const Run *r, const struct seccomp_notif *q) {
    if (r->first_only && !is_of_first(r, (pid_t)q->pid)) return false;
    if (q->data.nr == SYS_execve) return r->calls > 0 && in_list(r->list, "execve");
    return !is_loader((pid_t)q->pid, q->data.instruction_pointer);
}

static void answer(Run *r) {
    struct seccomp_notif q = {0};
    if (ioctl(r->listener, SECCOMP_IOCTL_NOTIF_RECV, &q)) return;
    struct seccomp_notif_resp a = {.id = q.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    if (counts(r, &q) && ++r->calls == r->n) {
        r->failed = find(q.data.nr);
        a.flags = 0;
        a.error = -(r->error ? r->error : r->failed->error);
        if (q.data.nr == SYS_brk) a.error = 0, a.val = 0; // it fails by not moving
    }
    ioctl(r->listener, SECCOMP_IOCTL_NOTIF_SEND, &a);
}

// Children of this process, which orphans become, too. Kills them if asked to; returns how many there are.
static int left(bool end) {
    char path[64];
    int pid, n = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    while (f && fscanf(f, "%d", &pid) == 1) {
        n++;
        if (end) kill(pid, SIGKILL);
    }
    if (f) fclose(f);
    return n;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// Serves until the command and what it left are gone; returns its wait status.
static int serve(Run *r, bool *hung, int *n_left) {
    double end = now() + r->seconds, grace = 0;
    int status = 0, any, pid;
    bool over = false;
    *n_left = 0;
    for (;;) {
        struct pollfd p = {.fd = r->listener, .events = POLLIN};
        if (poll(&p, 1, 5) > 0 && p.revents & POLLIN) answer(r);
        while ((pid = waitpid(-1, &any, WNOHANG)) > 0)
            if (pid == r->pid) over = true, status = any, grace = now() + GRACE_S;
        if (over && pid < 0) return status;
        if (over && now() > grace) *n_left = left(true), grace = now() + GRACE_S;
        if (!over && now() > end) *hung = true, left(true);
    }
}

static void options(Run *r, int argc, char **argv) {
    int option;
    while ((option = getopt(argc, argv, "+c:n:e:pt:o:")) != -1) {
        switch (option) {
        case 'c': r->list = optarg; break;
        case 'n': r->n = strtoul(optarg, NULL, 10); break;
        case 'e': r->error = atoi(optarg); break;
        case 'p': r->first_only = true; break;
        case 't': r->seconds = atoi(optarg); break;
        case 'o': r->out = optarg; break;
        default: exit(USAGE);
        }
    }
    if (optind < argc) return;
    fprintf(stderr, "fault: usage: fault [-c CALLS] [-n N] [-e ERRNO] [-p] [-t SECONDS] [-o FILE] COMMAND...\n");
    exit(USAGE);
}

int main(int argc, char **argv) {
    Run r = {.list = "all", .out = "/dev/stderr", .seconds = 300};
    options(&r, argc, argv);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    start(&r, argv + optind);
    bool hung = false;
    int n_left, status = serve(&r, &hung, &n_left);
    FILE *f = fopen(r.out, "w");
    if (!f) refuse(r.out);
    int signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    fprintf(f, "calls=%lu failed=%s exit=%d signal=%d left=%d hung=%d\n", r.calls, r.failed ? r.failed->name : "none",
            signal_number ? 128 + signal_number : WEXITSTATUS(status), signal_number, n_left, hung);
    return fclose(f) ? OS_REFUSES : 0;
}

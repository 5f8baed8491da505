#include "bench/base/process.h"
#include "base/alloc.h"
#include "base/nameless.h"
#include "bench/base/strays.h"
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_KEPT  (1u << 20)
#define OUTPUT_LIMIT (1ull << 30) // RLIMIT_FSIZE of the child: a guest that prints without end must not fill the disk

uint64_t process_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

char *process_which(const char *command) {
    if (strchr(command, '/')) return access(command, X_OK) ? NULL : alloc_text(command);
    const char *search = getenv("PATH");
    char *path = alloc_text(search ? search : "/usr/bin:/bin"), *save = NULL, *found = NULL;
    for (char *dir = strtok_r(path, ":", &save); dir && !found; dir = strtok_r(NULL, ":", &save)) {
        found = alloc_print("%s/%s", dir, command);
        if (access(found, X_OK)) free(found), found = NULL;
    }
    free(path);
    return found;
}

// Runs in the child between fork and exec; the only way to tell the parent is `report`.
static void child_start(const char *const *argv, const ProcessLimits *limits, int out, int err_fd, int report,
                        pid_t parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127); // the parent died before prctl
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL), signal(SIGTERM, SIG_DFL), signal(SIGPIPE, SIG_DFL);
    int in = open("/dev/null", O_RDONLY);
    dup2(in, 0), dup2(out, 1), dup2(err_fd, 2);
    // WHY not RLIMIT_AS: emu reserves 128 GiB beside a guest's memory, and without them emits other code.
    if (limits->memory_bytes) setrlimit(RLIMIT_DATA, &(struct rlimit){limits->memory_bytes, limits->memory_bytes});
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){OUTPUT_LIMIT, OUTPUT_LIMIT});
    int failed = 0;
    if (limits->pin >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(limits->pin, &set);
        failed = sched_setaffinity(0, sizeof set, &set) ? errno : 0;
    }
    if (!failed) {
        execvp(argv[0], (char *const *)argv);
        failed = errno;
    }
    ssize_t ignored = write(report, &failed, sizeof failed);
    (void)ignored;
    _exit(127);
}

// For kernels and sandboxes without pidfd_open: asks, and sleeps 2 ms if there is no answer yet.
static bool ended_by_now(pid_t pid) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid) return true;
    usleep(2000);
    return false;
}

// Waits for the end of `pid`; false if it had to be killed, and then says why.
static bool wait_until_end(pid_t pid, const ProcessLimits *limits, uint64_t start, ProcessResult *r) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    bool ended = false;
    while (!ended && !r->timed_out && !r->stopped) {
        double left = limits->timeout_s > 0 ? limits->timeout_s - (double)(process_now_ns() - start) * 1e-9 : 3600;
        if (limits->stop && *limits->stop)
            r->stopped = true;
        else if (left <= 0)
            r->timed_out = true;
        else if (fd >= 0)
            ended = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1,
                         (int)(left > 3600 ? 3600000 : left * 1000) + 1) > 0;
        else
            ended = ended_by_now(pid);
    }
    if (fd >= 0) close(fd);
    return ended;
}

static char *read_capture(int fd) {
    off_t size = lseek(fd, 0, SEEK_END);
    size_t keep = size < 0 ? 0 : size > (off_t)OUTPUT_KEPT ? OUTPUT_KEPT : (size_t)size;
    char *text = alloc_bytes(keep + 1);
    ssize_t n = pread(fd, text, keep, 0);
    text[n > 0 ? n : 0] = 0;
    for (ssize_t i = 0; i < n; i++)
        if (!text[i]) text[i] = '?';
    close(fd);
    return text;
}

static void collect(pid_t pid, uint64_t start, const Pids *before, ProcessResult *r) {
    struct rusage use;
    int status = 0;
    while (wait4(pid, &status, 0, &use) < 0 && errno == EINTR) {
    }
    r->wall_ns = process_now_ns() - start;
    kill(-pid, SIGKILL); // what is left of the group
    r->strays = strays_end(before, pid);
    r->exited = WIFEXITED(status);
    r->code = r->exited ? WEXITSTATUS(status) : -1;
    r->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    r->cpu_ns = (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000000u +
                (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1000u;
    r->max_rss_kb = (uint64_t)use.ru_maxrss;
    r->involuntary_switches = (uint64_t)use.ru_nivcsw;
    r->minor_faults = (uint64_t)use.ru_minflt;
}

bool process_run(const char *const *argv, const ProcessLimits *limits, ProcessResult *r, Err *err) {
    memset(r, 0, sizeof *r);
    int out = nameless_file("stdout", NAMELESS_DATA, 0), err_fd = nameless_file("stderr", NAMELESS_DATA, 0),
        report[2] = {-1, -1};
    if (out < 0 || err_fd < 0 || pipe2(report, O_CLOEXEC)) {
        if (out >= 0) close(out);
        if (err_fd >= 0) close(err_fd);
        return err_set(err, "%s: cannot be started: %s", argv[0], strerror(errno));
    }
    pid_t parent = getpid();
    Pids before = strays_before();
    uint64_t start = process_now_ns();
    pid_t pid = fork();
    if (pid == 0) child_start(argv, limits, out, err_fd, report[1], parent);
    close(report[1]);
    int failed = pid < 0 ? errno : 0;
    if (pid > 0) {
        setpgid(pid, pid);
        if (read(report[0], &failed, sizeof failed) != sizeof failed) failed = 0;
        if (!wait_until_end(pid, limits, start, r)) kill(-pid, SIGKILL);
        collect(pid, start, &before, r);
        if (r->timed_out || r->stopped) r->exited = false;
    }
    vec_free(&before);
    close(report[0]);
    r->out = read_capture(out);
    r->err = read_capture(err_fd);
    if (!failed) return true;
    process_result_free(r);
    return err_set(err, "%s: cannot be started: %s", argv[0], strerror(failed));
}

void process_result_free(ProcessResult *r) {
    free(r->out);
    free(r->err);
    r->out = r->err = NULL;
}

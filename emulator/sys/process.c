// Processes: fork, exec, wait, exit. A child is a child of emu; a program that is executed gets an emu of its own.
#include "base/alloc.h"
#include "sys/private.h"
#include <elf.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { X_SP = 2, X_TP = 4, X_A0 = 10, INSN_BYTES = 4 };

// ---- the end ------------------------------------------------------------------------------------------------------
int64_t sys_exit(Sys *s, const uint64_t *a) {
    sys_thread_end(s, (int)a[0] & 0xff);
    return SYS_PARKED;
}

int64_t sys_exit_group(Sys *s, const uint64_t *a) {
    sys_end(s, (int)a[0] & 0xff, 0);
    return SYS_NO_RESULT;
}

// ---- fork ---------------------------------------------------------------------------------------------------------
static void set_registers(Sys *s, const uint64_t *a) {
    if (a[1]) *sys_x(s, X_SP) = a[1];
    if (a[0] & CLONE_SETTLS) *sys_x(s, X_TP) = a[3];
}

enum { PIDFD = 5 }; // argument of clone_program(): where its number is stored

static int64_t become_child(Sys *s, const uint64_t *a) {
    sys_time_limit_again();
    sys_threads_only_current(s);
    if (a[0] & CLONE_CLEAR_SIGHAND) sys_signals_clear(s);
    SysThread *t = sys_thread(s);
    uint32_t tid = (uint32_t)t->tid;
    t->pending = 0, t->robust_list = 0;
    t->clear_tid = a[0] & CLONE_CHILD_CLEARTID ? a[4] : 0;
    set_registers(s, a);
    if (a[0] & CLONE_CHILD_SETTID) space_copy_in(&s->space, a[4], &tid, sizeof tid);
    return 0;
}

static int64_t fork_program(Sys *s, const uint64_t *a) {
    fflush(NULL);
    sys_host_mask(~0ull); // a signal of the parent's is not the child's
    int pid = s->env.fork(s->env.machine), e = errno;
    if (!pid) sys_caught_forget();
    if (!*sys_host_pending()) sys_host_mask(sys_thread(s)->mask);
    if (pid < 0) return -e;
    if (!pid) return become_child(s, a);
    uint32_t tid = (uint32_t)pid;
    if (a[0] & CLONE_PARENT_SETTID) space_copy_in(&s->space, a[2], &tid, sizeof tid);
    return pid;
}

// ---- vfork --------------------------------------------------------------------------------------------------------
// The child shares the parent's memory, emu's as well, and goes on with the instructions of the thread that made it,
// which waits in the host's kernel until the child has executed a program or is gone. It has a stack of the host of its
// own, because calls return on it; it leaves by exec or by _exit() only. Other threads of the parent run when the child
// waits.
typedef struct Vfork {
    Sys *s;
    const uint64_t *a;
} Vfork;

static int run_vforked(void *arg) {
    const Vfork *v = arg;
    Sys *s = v->s;
    SysThread *t = sys_thread(s);
    s->vforked++;
    sys_time_limit_again();
    t->tid = (int)SYS_HOST(getpid, 0);
    t->robust_list = 0;
    if (v->a[0] & CLONE_CLEAR_SIGHAND) sys_signals_clear(s);
    set_registers(s, v->a);
    *sys_x(s, X_A0) = 0;
    s->cpu->pc += INSN_BYTES;
    sys_host_mask(t->mask);
    s->env.run(s->env.machine);
    return 0; // not reached
}

// Of a build that checks addresses: the frames of a child never end, and the next stack may lie where one was.
void __asan_unpoison_memory_region(const volatile void *at, size_t n) __attribute__((weak));

static int64_t vfork_program(Sys *s, const uint64_t *a) {
    enum { STACK_BYTES = 4 << 20 };
    SysThread *t = sys_thread(s), before;
    SysAction actions[ARRAY_LEN(s->action)];
    Vfork v = {s, a};
    unsigned depth = s->vforked;
    uint8_t *stack =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -ENOMEM;
    SysTimeLimit time_limit = sys_time_limit_save();
    sys_registers_save(s, t);
    before = *t;
    memcpy(actions, s->action, sizeof actions);
    if (s->o.out) fflush(s->o.out);
    sys_host_mask(~0ull);
    int pid = clone(run_vforked, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, &v), e = errno;
    if (__asan_unpoison_memory_region) __asan_unpoison_memory_region(stack, STACK_BYTES);
    munmap(stack, STACK_BYTES);
    s->vforked = depth;
    sys_time_limit_restore(time_limit);
    memcpy(s->action, actions, sizeof actions);
    sys_hart_again(s, t, &before);
    sys_caught_forget();
    sys_host_mask(t->mask);
    return pid < 0 ? -e : pid;
}

// flags and signal, stack, parent_tid, tls, child_tid, pidfd
static int64_t clone_program(Sys *s, const uint64_t a[6]) {
    const uint64_t known = CSIGNAL | CLONE_VM | CLONE_VFORK | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID |
                           CLONE_PARENT_SETTID | CLONE_SETTLS | CLONE_DETACHED | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
    if (a[0] & CLONE_SIGHAND && a[0] & CLONE_CLEAR_SIGHAND) return -EINVAL;
    if (a[0] & CLONE_THREAD || ((a[0] & CLONE_VM) && !(a[0] & CLONE_VFORK))) return sys_thread_clone(s, a);
    if ((a[0] & CSIGNAL) != SIGCHLD && (a[0] & CSIGNAL)) return -EINVAL;
    if (a[0] & ~known) return -EINVAL; // name spaces, shared file tables: not offered
    if (a[0] & CLONE_PIDFD && !space_at(&s->space, a[PIDFD], sizeof(int), SPACE_WRITE)) return -EFAULT;
    int64_t pid = a[0] & CLONE_VFORK ? vfork_program(s, a) : fork_program(s, a);
    if (pid <= 0 || !(a[0] & CLONE_PIDFD)) return pid;
    int fd = (int)SYS_HOST(pidfd_open, (uint64_t)pid, 0);
    space_copy_in(&s->space, a[PIDFD], &fd, sizeof fd);
    return pid;
}

int64_t sys_clone(Sys *s, const uint64_t *a) {
    uint32_t flags = (uint32_t)a[0];
    if (flags & CLONE_PIDFD && flags & CLONE_PARENT_SETTID) return -EINVAL; // one place for both
    return clone_program(s, (const uint64_t[6]){flags, a[1], a[2], a[3], a[4], a[2]});
}

// Its structure may be longer than what is known here, if the rest is 0.
static int64_t clone_args(Sys *s, const uint64_t *a, struct clone_args *args) {
    enum { FIRST = 64, MOST = 4096 };
    uint8_t whole[MOST];
    if (a[1] < FIRST) return -EINVAL;
    if (a[1] > MOST) return -E2BIG;
    if (!space_copy_out(&s->space, a[0], whole, a[1])) return -EFAULT;
    for (uint64_t i = sizeof *args; i < a[1]; i++)
        if (whole[i]) return -E2BIG;
    memset(args, 0, sizeof *args);
    memcpy(args, whole, a[1] < sizeof *args ? a[1] : sizeof *args);
    return 0;
}

int64_t sys_clone3(Sys *s, const uint64_t *a) {
    struct clone_args c;
    int64_t e = clone_args(s, a, &c);
    if (e) return e;
    bool alone = c.flags & (CLONE_THREAD | CLONE_PARENT);
    if (c.flags & (CSIGNAL | CLONE_DETACHED) || c.exit_signal & ~(uint64_t)CSIGNAL) return -EINVAL;
    if (c.set_tid || c.set_tid_size || (alone && c.exit_signal) || !c.stack != !c.stack_size) return -EINVAL;
    return clone_program(s, (const uint64_t[6]){c.flags | c.exit_signal, c.stack + c.stack_size, c.parent_tid, c.tls,
                                                c.child_tid, c.pidfd});
}

// ---- exec ---------------------------------------------------------------------------------------------------------
typedef VEC(char *) Words;

static int take_words(Sys *s, gaddr list, Words *out) {
    for (gaddr word;; list += sizeof word) {
        if (!list) return 0;
        if (!space_copy_out(&s->space, list, &word, sizeof word)) return -EFAULT;
        if (!word) return 0;
        const char *text = space_string(&s->space, word, 1 << 17);
        if (!text) return -EFAULT;
        vec_push(out, (char *)(uintptr_t)text);
    }
}

// "#! interpreter [argument]": its words come before the rest. Returns 1 for such a script, 0 for a program that may
// run here, or a negative errno.
static int look_at(const char *path, char *line, size_t size) {
    struct stat st;
    memset(line, 0, size);
    if (stat(path, &st)) return -errno;
    if (!S_ISREG(st.st_mode)) return -EACCES;
    if (access(path, X_OK)) return -errno;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    ssize_t n = read(fd, line, size - 1);
    close(fd);
    if (n < 0) return -errno;
    Elf64_Ehdr h;
    memcpy(&h, line, sizeof h);
    if (n >= 2 && line[0] == '#' && line[1] == '!') return 1;
    bool runs = n >= (ssize_t)sizeof h && !memcmp(h.e_ident, ELFMAG, SELFMAG) && h.e_machine == EM_RISCV &&
                h.e_ident[EI_CLASS] == ELFCLASS64;
    return runs ? 0 : -ENOEXEC; // a program of the host, too
}

// Splits a script's first line, in place.
static void split_line(char *line, char **interpreter, char **argument) {
    line[strcspn(line, "\n")] = 0;
    *interpreter = line + 2 + strspn(line + 2, " \t");
    char *end = *interpreter + strcspn(*interpreter, " \t");
    *argument = end + strspn(end, " \t");
    *end = 0;
    for (size_t n = strlen(*argument); n && strchr(" \t", (*argument)[n - 1]); n--) (*argument)[n - 1] = 0;
    if (!**argument) *argument = NULL;
}

static char *join(const char *a, const char *b) {
    size_t n = strlen(a) + strlen(b) + 1;
    char *text = alloc_bytes(n);
    snprintf(text, n, "%s%s", a, b);
    return text;
}

char *sys_name_of_fd(int fd) {
    char link[32], name[SYS_PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, name, sizeof name - 1);
    if (n < 0) return NULL;
    name[n] = 0;
    return alloc_text(name);
}

// What an emu that starts can open: a descriptor may be closed by then, and a deleted file has no name. Such a file is
// handed over open. Returns its descriptor, 0 when the name will do, or a negative errno.
static int lasting_name(char *path) {
    enum { FIRST = 3 };
    struct stat st;
    if (stat(path, &st)) return -errno;
    if (st.st_nlink) {
        char *real = strncmp(path, "/proc/", 6) ? NULL : realpath(path, NULL);
        if (real) snprintf(path, SYS_PATH_MAX, "%s", real);
        free(real);
        return 0;
    }
    int fd = open(path, O_RDONLY), kept = fd < 0 ? -1 : fcntl(fd, F_DUPFD, FIRST), e = errno;
    if (fd >= 0) close(fd);
    if (kept < 0) return -e;
    snprintf(path, SYS_PATH_MAX, "/proc/self/fd/%d", kept);
    return kept;
}

// emu, its options, the program, the arguments from the second on.
static int64_t execute(Sys *s, char *path, char *first, char **rest, uint32_t n_rest, Words *env) {
    Words all = {0};
    char name[] = "emu", user[] = "--user", end[] = "--", handed[32], *argv0 = join("--argv0=", first);
    char *limits = sys_limits_text(s);
    int fd = lasting_name(path);
    snprintf(handed, sizeof handed, "--program-fd=%d", fd);
    vec_push(&all, name);
    for (char **o = s->o.reexec; *o; o++) vec_push(&all, *o);
    if (limits) vec_push(&all, limits);
    if (fd > 0) vec_push(&all, handed);
    vec_push(&all, user);
    vec_push(&all, argv0);
    vec_push(&all, end);
    vec_push(&all, path);
    for (uint32_t i = 0; i < n_rest; i++) vec_push(&all, rest[i]);
    vec_push(&all, NULL);
    vec_push(env, NULL);
    if (s->o.out) fflush(s->o.out);
    sys_heir_before(s);
    if (fd >= 0) execve("/proc/self/exe", all.at, env->at);
    int e = fd < 0 ? -fd : errno;
    sys_heir_refused(s);
    if (fd > 0) close(fd);
    vec_free(&all);
    free(argv0);
    free(limits);
    return -e;
}

// `plain`: as the program says it, and as a script gets to see it.
static int64_t execute_file(Sys *s, const char *plain, Words *args, Words *env) {
    char path[SYS_PATH_MAX], script[SYS_PATH_MAX], line[256], *interpreter, *argument, empty[] = "";
    int e = sys_path_text(s, plain, path);
    if (e) return e;
    struct stat st;
    if (!stat(path, &st) && sys_proc_is_exe(s, AT_FDCWD, path, &st)) snprintf(path, SYS_PATH_MAX, "%s", s->exe);
    int kind = look_at(path, line, sizeof line);
    if (kind < 0) return kind;
    char *first = args->n ? args->at[0] : empty;
    if (!kind) return execute(s, path, first, args->at + 1, args->n ? args->n - 1 : 0, env);
    split_line(line, &interpreter, &argument);
    e = sys_path_text(s, interpreter, script);
    if (e) return e;
    char unused[256];
    kind = look_at(script, unused, sizeof unused);
    if (kind) return kind < 0 ? kind : -ELOOP; // a script that names a script
    Words words = {0};
    if (argument) vec_push(&words, argument);
    vec_push(&words, (char *)(uintptr_t)plain);
    for (uint32_t i = 1; i < args->n; i++) vec_push(&words, args->at[i]);
    int64_t r = execute(s, script, interpreter, words.at, words.n, env);
    vec_free(&words);
    return r;
}

static int64_t execute_with(Sys *s, const char *plain, gaddr arguments, gaddr environment) {
    Words args = {0}, env = {0};
    int64_t r = take_words(s, arguments, &args);
    if (!r) r = take_words(s, environment, &env);
    if (!r) r = execute_file(s, plain, &args, &env);
    vec_free(&args);
    vec_free(&env);
    return r;
}

int64_t sys_execve(Sys *s, const uint64_t *a) {
    char plain[SYS_PATH_MAX];
    int e = space_copy_string(&s->space, a[0], plain, sizeof plain);
    return e ? e : execute_with(s, plain, a[1], a[2]);
}

// A path from a folder, or with AT_EMPTY_PATH the descriptor itself, which the program's emu opens again.
int64_t sys_execveat(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX], plain[SYS_PATH_MAX + 32];
    struct stat st;
    int e = space_copy_string(&s->space, a[1], path, sizeof path);
    if (e) return e;
    if (a[4] & ~(uint64_t)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) return -EINVAL;
    if (!*path && !(a[4] & AT_EMPTY_PATH)) return -ENOENT;
    bool here = *path == '/' || (int)a[0] == AT_FDCWD;
    if (!here && SYS_HOST(fcntl, a[0], F_GETFD) < 0) return -EBADF;
    if (here)
        snprintf(plain, sizeof plain, "%s", path);
    else
        snprintf(plain, sizeof plain, *path ? "/proc/self/fd/%d/%s" : "/proc/self/fd/%d", (int)a[0], path);
    if (strlen(plain) >= SYS_PATH_MAX) return -ENAMETOOLONG;
    if (*path && a[4] & AT_SYMLINK_NOFOLLOW && !lstat(plain, &st) && S_ISLNK(st.st_mode)) return -ELOOP;
    return execute_with(s, plain, a[2], a[3]);
}

// ---- wait ---------------------------------------------------------------------------------------------------------
// The host is asked without waiting first: other threads get the hart only if this one waits.
int64_t sys_wait4(Sys *s, const uint64_t *a) {
    int status = 0;
    struct rusage usage;
    bool none;
    uint64_t options = sys_heir_hidden(a[2], &none);
    if (none) return -ECHILD;
    int64_t r = SYS_HOST(wait4, a[0], SYS_ARG(&status), options | WNOHANG, SYS_ARG(&usage));
    if (!r && !(options & WNOHANG)) r = SYS_HOST_WAIT(s, true, wait4, a[0], SYS_ARG(&status), options, SYS_ARG(&usage));
    if (r > 0 && a[1] && !space_copy_in(&s->space, a[1], &status, sizeof status)) return -EFAULT;
    if (r > 0 && a[3] && !space_copy_in(&s->space, a[3], &usage, sizeof usage)) return -EFAULT;
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

int64_t sys_waitid(Sys *s, const uint64_t *a) {
    siginfo_t info = {0};
    struct rusage usage;
    bool none;
    uint64_t options = sys_heir_hidden(a[3], &none);
    if (none) return -ECHILD;
    int64_t r = SYS_HOST(waitid, a[0], a[1], SYS_ARG(&info), options | WNOHANG, SYS_ARG(&usage));
    if (!r && !info.si_pid && !(options & WNOHANG))
        r = SYS_HOST_WAIT(s, true, waitid, a[0], a[1], SYS_ARG(&info), options, SYS_ARG(&usage));
    if (!r && a[2] && !space_copy_in(&s->space, a[2], &info, sizeof info)) return -EFAULT;
    if (!r && a[4] && !space_copy_in(&s->space, a[4], &usage, sizeof usage)) return -EFAULT;
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

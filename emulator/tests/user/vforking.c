// vfork: the child shares the memory, and the parent goes on when it has executed a program or ended. What exec refuses.
// What is left of a process that ends.
#include "check.h"

enum {
    NR_dup = 23,
    NR_sched_yield = 124,
    NR_fcntl = 25,
    NR_fchmod = 52,
    NR_execveat = 281,
    NR_prlimit64 = 261,
    NR_set_robust_list = 99,
    NR_clone3 = 435,
    NOFILE = 7,
    VFORK = 0x4100 | SIGCHLD_
};

static int fd[2];
static volatile int seen, error;
static long alt[4096];

// On a stack of its own, as posix_spawn() does it.
static __attribute__((noinline, used)) void run_child(void (*run)(void)) {
    run();
    CALL(NR_exit_group, 9);
}
static long vfork_(void (*run)(void)) {
    register long a7 __asm__("a7") = NR_clone;
    register long a0 __asm__("a0") = VFORK;
    register long a1 __asm__("a1") = (long)(alt + 4096);
    register long a2 __asm__("a2") = (long)run;
    __asm__ volatile("ecall\n"
                     "bnez a0, 1f\n"
                     "mv a0, a2\n"
                     "call run_child\n"
                     "1:"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2)
                     : "memory", "ra");
    return a0;
}
static int ended(long pid) {
    int status = -1;
    return CALL(NR_wait4, pid, &status, 0, 0) == pid ? status : -1;
}

static void store(void) { seen = 1; }
static char *argv_child[] = {"vforking", "child", NULL}, *none[] = {NULL};
static const char *self;
static void execute(void) { CALL(NR_execve, self, argv_child, none); }
static void fail(void) { error = (int)CALL(NR_execve, "/nonexistent", argv_child, none); }
static void with_grandchild(void) {
    char c;
    if (fork_()) return;
    CALL(NR_close, fd[1]);
    CALL(NR_read, fd[0], &c, 1); // until the parent goes on
    CALL(NR_exit_group, 0);
}
static void refused(const char *path, long want) {
    long r = CALL(NR_execve, path, argv_child, none);
    CHECK(r == want);
}

static void children(void) {
    CHECK(ended(vfork_(store)) == 9 << 8 && seen == 1);
    CHECK(ended(vfork_(execute)) == 33 << 8);
    CHECK(ended(vfork_(fail)) == 9 << 8 && error == -2);
    CALL(NR_pipe2, fd, 0);
    CHECK(ended(vfork_(with_grandchild)) == 9 << 8);
    CALL(NR_close, fd[1]);
}

static Thread thread;
static volatile int made;
static void from_thread(long unused) {
    (void)unused;
    made = ended(vfork_(execute));
}

static void no_descriptor(void) {
    unsigned long limits[2] = {40, 40};
    long pid;
    CALL(NR_prlimit64, 0, NOFILE, limits, 0);
    while (CALL(NR_dup, 1) >= 0) {
    }
    if (!(pid = fork_())) CALL(NR_exit_group, 4);
    CHECK(pid > 0 && ended(pid) == 4 << 8);
    CHECK(ended(vfork_(store)) == 9 << 8);
}

typedef struct Robust {
    void *next;
    long offset;
    void *pending;
    void *entry; // of the mutex
    volatile int word;
} Robust;
static void robust(void) {
    Robust *r = shared_page();
    r->next = &r->entry, r->entry = r, r->offset = (long)((char *)&r->word - (char *)&r->entry);
    long pid = fork_();
    if (!pid) {
        CALL(NR_set_robust_list, r, 24);
        r->word = (int)CALL(NR_gettid) | (int)0x80000000; // with waiters
        CALL(NR_exit_group, 0);
    }
    CHECK(ended(pid) == 0);
    CHECK((unsigned)r->word == 0xc0000000); // FUTEX_WAITERS | FUTEX_OWNER_DIED
}

// An owner that gave the mutex back ends before it has woken the one that waits: the kernel does it.
static void robust_given_back(void) {
    enum { WAIT = 0, REQUEUE = 3 };
    const long limit[2] = {100, 0};
    Robust *r = shared_page();
    r->next = r, r->pending = &r->entry, r->offset = (long)((char *)&r->word - (char *)&r->entry);
    r->word = 7;
    long pid = fork_();
    if (!pid) {
        CALL(NR_set_robust_list, r, 24);
        while (CALL(NR_futex, &r->word, REQUEUE, 0, 1, &r->word) != 1) CALL(NR_sched_yield); // until one waits
        r->word = 0;
        CALL(NR_exit_group, 0);
    }
    CHECK(CALL(NR_futex, &r->word, WAIT, 7, limit) == 0);
    CHECK(ended(pid) == 0);
}

// An owner that SIGKILL ends, or that becomes another program, has no say in it: the mutex is marked, who waits is woken.
static Robust *held;
static volatile int *stage;
static void hold(Robust *r, unsigned word) {
    r->next = &r->entry, r->entry = r, r->offset = (long)((char *)&r->word - (char *)&r->entry);
    CALL(NR_set_robust_list, r, 24);
    r->word = (int)((unsigned)CALL(NR_gettid) | word);
}
static void hold_in_thread(long arg) {
    (void)arg;
    hold(held + 1, 0x80000000);
    *stage = 1;
    for (;;) sleep_ms(1000);
}
static long kill_owner(Robust *r) {
    long pid = fork_();
    if (!pid) {
        hold(r, 0x80000000);
        start(&thread, hold_in_thread, 0);
        for (;;) sleep_ms(1000);
    }
    while (!*stage) CALL(NR_sched_yield);
    return pid;
}
static long execute_owner(Robust *r) {
    static char big[120000], *too_much[70];
    long pid = fork_();
    if (!pid) {
        hold(r, 0x80000000);
        memset(big, 'x', sizeof big - 1);
        for (int i = 0; i < 69; i++) too_much[i] = big;
        if (CALL(NR_execve, self, too_much, none) != -7) CALL(NR_exit_group, 1); // E2BIG, of the last step
        if ((r->word & 0x7fffffff) != CALL(NR_gettid)) CALL(NR_exit_group, 2);
        CALL(NR_execve, self, argv_child, none);
        CALL(NR_exit_group, 3);
    }
    return pid;
}
static void robust_without_a_word(void) {
    enum { WAIT = 0, KILL = 9 };
    held = shared_page(), stage = shared_page();
    long pid = kill_owner(held);
    int word = held[0].word, second = held[1].word;
    CHECK(word != second && (word & 0x7fffffff) == pid);
    CHECK(CALL(NR_kill, pid, KILL) == 0);
    while (held[0].word == word) CALL(NR_futex, &held[0].word, WAIT, word, 0);
    while (held[1].word == second) CALL(NR_futex, &held[1].word, WAIT, second, 0);
    CHECK(ended(pid) == KILL);
    CHECK((unsigned)held[0].word == 0xc0000000 && (unsigned)held[1].word == 0xc0000000);
    held[0].word = 0;
    pid = execute_owner(held);
    while ((unsigned)held[0].word != 0xc0000000) CALL(NR_sched_yield);
    CHECK(ended(pid) == 33 << 8);
    CHECK(CALL(NR_wait4, -1, 0, 0x40000000, 0) == -10); // __WALL: what emu needs beside it is no child
}

// clone3(2): the same by a structure that may be longer than the kernel's, if the rest is 0.
typedef struct CloneArgs {
    unsigned long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
        cgroup, rest;
} CloneArgs;
static long clone3(CloneArgs a, long size) { return CALL(NR_clone3, &a, size); }
static void handler(int n, int *info, void *context) { (void)n, (void)info, (void)context; }
static long handler_of(int signal) {
    KernelAction a;
    return CALL(NR_rt_sigaction, signal, 0, &a, 8) ? -1 : (long)a.handler;
}
static void by_structure(void) {
    enum {
        PIDFD = 0x1000,
        SETTID = 0x100000,
        CHILD_SETTID = 0x1000000,
        USR1 = 10,
        USR2 = 12,
        P_PIDFD = 3,
        WAITID = 95
    };
    static int fd_, parent, child, info[32];
    CloneArgs a = {.flags = 1ul << 32 | PIDFD | SETTID | CHILD_SETTID,
                   .pidfd = (long)&fd_,
                   .parent_tid = (long)&parent,
                   .child_tid = (long)&child,
                   .exit_signal = SIGCHLD_};
    handle(USR1, handler, 0);
    CALL(NR_rt_sigaction, USR2, &(KernelAction){.handler = (void *)1}, 0, 8);
    long pid = clone3(a, sizeof a);
    if (!pid) CALL(NR_exit_group, child == getpid_() && handler_of(USR1) == 0 && handler_of(USR2) == 1 ? 21 : 1);
    CHECK(pid > 0 && parent == pid && child == 0 && fd_ > 2);
    CHECK(CALL(NR_fcntl, fd_, 1) == 1); // FD_CLOEXEC
    CHECK(CALL(WAITID, P_PIDFD, fd_, info, 4, 0) == 0 && info[4] != 0 && info[6] == 21);
    CALL(NR_close, fd_);
    CHECK(handler_of(USR1) == (long)handler);
    a.flags = 0x4100, a.stack = (long)alt, a.stack_size = sizeof alt; // a vfork would need code for the stack
    CHECK(clone3(a, 63) == -22 && clone3(a, 4097) == -7 && CALL(NR_clone3, 8, 88) == -14);
    a.rest = 1;
    CHECK(clone3(a, sizeof a) == -7);
    a.rest = 0, a.stack = 0;
    CHECK(clone3(a, 88) == -22);
    a.stack = (long)alt, a.flags = SIGCHLD_;
    CHECK(clone3(a, 88) == -22); // the signal has a place of its own
    a.flags = 0x20000000;
    CHECK(clone3(a, 88) == -22); // a name space
}

// What is open, by its descriptor; it has no name and is closed then.
static void without_a_name(void) {
    static char block[4096], name[40], *bare[] = {"vforking", "bare", NULL};
    for (int n = 3; n < 40; n++) CALL(NR_close, n); // what the shell left open
    long in = CALL(NR_openat, AT_FDCWD, self, 0, 0), copy = nameless_file(), pid;
    for (long n; (n = CALL(NR_read, in, block, sizeof block)) > 0;) CALL(NR_write, copy, block, n);
    CHECK(CALL(NR_fchmod, copy, 0700) == 0);
    sprintf(name, "/proc/self/fd/%ld", copy);
    // WHY opened again, O_CLOEXEC: what is open for writing cannot be executed.
    long out = CALL(NR_openat, AT_FDCWD, name, 02000000, 0);
    CALL(NR_close, in), CALL(NR_close, copy);
    if (!(pid = fork_())) {
        CALL(NR_execveat, out, "", bare, none, 0x1000); // AT_EMPTY_PATH
        CALL(NR_exit_group, 1);
    }
    CHECK(ended(pid) == 44 << 8);
    CALL(NR_close, out);
    CHECK(CALL(NR_execveat, out, "", bare, none, 0x1000) == -9);
    CHECK(CALL(NR_execveat, AT_FDCWD, "", bare, none, 0) == -2);
    CHECK(CALL(NR_execveat, AT_FDCWD, self, bare, none, 1) == -22);
}
static int bare_child(void) {
    for (int n = 3; n < 40; n++)
        if (CALL(NR_fcntl, n, 1) != -9) return 45;
    return 44;
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "child")) return 33;
    if (argc > 1 && !strcmp(argv[1], "bare")) return bare_child();
    self = argv[0];
    limit(40);
    without_a_name();
    children();
    start(&thread, from_thread, 0);
    join(&thread);
    CHECK(made == 33 << 8);
    refused("/", -13);
    refused("/dev/null", -13);
    refused("/etc/passwd/x", -20);
    CALL(NR_mknodat, AT_FDCWD, "program", 010700, 0);
    refused("program", -13);
    robust();
    robust_given_back();
    robust_without_a_word();
    by_structure();
    no_descriptor();
    puts("done");
    return failed;
}

// A program that tries to get past --max-time, --max-memory and --max-files: limits WHAT [ARGUMENT]. See limits.test.sh.
#include "check.h"

enum {
    NR_dup = 23,
    NR_timer_delete = 111,
    NR_timer_settime = 110,
    NR_timer_gettime = 108,
    NR_timer_create = 107,
    NR_setrlimit = 164,
    NR_getppid = 173,
    NR_brk = 214,
    NR_prlimit64 = 261,
    SIG_BLOCK = 0,
    LIMIT_FILES = 7,
    LIMIT_ADDRESSES = 9,
    MIB = 1 << 20,
    ENOMEM = 12,
    EPERM = 1,
    EINVAL = 22,
    EMFILE = 24,
};

static _Noreturn void spin(void) {
    for (volatile long n = 0;; n++) continue;
}

static _Noreturn void wait_for_ever(void) {
    int ends[2];
    char c;
    CALL(NR_pipe2, ends, 0);
    for (;;) CALL(NR_read, ends[0], &c, 1);
}

static void waits(long unused) {
    (void)unused;
    wait_for_ever();
}

// Whatever it does to signals and timers, the end comes.
static _Noreturn void resist(void) {
    unsigned long all = ~0ul, ignore[3] = {1, 0, 0}, never[4] = {0};
    int id;
    CHECK(!CALL(NR_rt_sigprocmask, SIG_BLOCK, &all, 0, 8));
    for (int signal = 1; signal < 65; signal++) CALL(NR_rt_sigaction, signal, ignore, 0, 8);
    for (int timer = 0; timer < 10; timer++) {
        CHECK(CALL(NR_timer_delete, timer) == -EINVAL);
        CHECK(CALL(NR_timer_settime, timer, 0, never, 0) == -EINVAL);
    }
    CHECK(!CALL(NR_timer_create, 1, 0, &id));
    CHECK(!CALL(NR_timer_gettime, id, never) && !CALL(NR_timer_delete, id));
    wait_for_ever();
}

static Thread thread;

static void execute(char *program, char *what) {
    char *words[] = {program, what, 0}, *none[] = {0};
    CALL(NR_execve, program, words, none);
}

// One program, forked and executed: each ends for itself.
static int family(char *program) {
    int status;
    long pid = fork_();
    if (!pid) spin();
    long other = fork_();
    if (!other) {
        execute(program, "spin");
        return 1;
    }
    CHECK(CALL(NR_wait4, pid, &status, 0, 0) == pid && status == 124 << 8);
    CHECK(CALL(NR_wait4, other, &status, 0, 0) == other && status == 124 << 8);
    wait_for_ever();
}

static long map(long bytes) { return CALL(NR_mmap, 0, bytes, 3, 0x22, -1, 0); }

static void memory(void) {
    unsigned long more[2] = {~0ul, ~0ul}, now[2];
    long n = 0, parent = CALL(NR_getppid);
    CHECK(!CALL(NR_prlimit64, 0, LIMIT_ADDRESSES, 0, now) && now[0] == 64 * MIB && now[1] == 64 * MIB);
    CHECK(CALL(NR_setrlimit, LIMIT_ADDRESSES, more) == -EPERM);
    CHECK(CALL(NR_prlimit64, parent, LIMIT_ADDRESSES, more, 0) == -EPERM);
    while (map(MIB) > 0) n++;
    CHECK(n > 40 && n < 64);
    CHECK(map(MIB) == -ENOMEM);
    long end = CALL(NR_brk, 0);
    CHECK(CALL(NR_brk, end + 2 * MIB) == end);
}

static void files(void) {
    unsigned long more[2] = {100000, 100000}, now[2];
    long n = 0, fd;
    CHECK(!CALL(NR_prlimit64, 0, LIMIT_FILES, 0, now) && now[0] == 20 && now[1] == 20);
    CHECK(CALL(NR_setrlimit, LIMIT_FILES, more) == -EPERM);
    while ((fd = CALL(NR_dup, 0)) >= 0) n++;
    CHECK(fd == -EMFILE && n > 5 && n < 20);
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "spin")) spin();
    if (!strcmp(what, "wait")) wait_for_ever();
    if (!strcmp(what, "resist")) resist();
    if (!strcmp(what, "threads")) {
        start(&thread, waits, 0);
        wait_for_ever();
    }
    if (!strcmp(what, "family")) return family(argv[0]);
    if (!strcmp(what, "memory")) memory();
    if (!strcmp(what, "files")) files();
    if (!strcmp(what, "execute")) execute(argv[0], argv[2]);
    return failed ? 1 : 7;
}

// Signals: queues, threads and processes, what is pending, what they carry.
#include "check.h"

enum {
    NR_signalfd4 = 74,
    NR_rt_sigpending = 136,
    NR_rt_sigtimedwait = 137,
    NR_rt_sigqueueinfo = 138,
    HUP = 1,
    USR1 = 10,
    SEGV = 11,
    USR2 = 12,
    TERM = 15,
    WINCH = 28,
    RT = 34,
    RESTART = 0x10000000
};

static volatile int count, last_tid, values[200], last_code;
static volatile long last_address;
static void note(int signal, int *info, void *context) {
    (void)signal, (void)context;
    last_tid = (int)gettid_(), last_code = info[2], last_address = *(long *)(info + 4);
    if (count < 200) values[count] = info[6]; // si_value behind si_pid and si_uid
    count++;
}

static void queue(long pid, int signal, int code, long value) {
    int info[32] = {signal, 0, code, 0, (int)getpid_(), 0, (int)value, 0};
    CALL(NR_rt_sigqueueinfo, pid, signal, info);
}
static void child_ends(long pid) {
    int status = -1;
    CHECK(CALL(NR_wait4, pid, &status, 0, 0) == pid && status == 0);
}

static void blocked_are_kept(void) {
    static const int all[] = {HUP, USR1, USR2, TERM, WINCH};
    long me = getpid_(), tid = gettid_(), pid;
    for (int i = 0; i < 5; i++) handle(all[i], note, 0);
    handle(RT, note, 0);
    set_mask(~0ul);
    if (!(pid = fork_())) {
        for (int i = 0; i < 5; i++) CALL(NR_kill, me, all[i]);
        for (int i = 0; i < 5; i++) CALL(NR_kill, me, all[i]); // once more: these do not queue
        for (int i = 0; i < 20; i++) queue(me, RT, -1, 100 + i);
        CALL(NR_exit_group, 0);
    }
    child_ends(pid);
    CHECK(count == 0);
    set_mask(0);
    CHECK(count == 25);
    for (int i = 0; i < 20; i++) CHECK(values[5 + i] == 100 + i);
    count = 0;
    set_mask(~0ul);
    for (int i = 0; i < 100; i++) CALL(NR_tgkill, me, tid, RT);
    set_mask(0);
    CHECK(count == 100);
}

static void ignoring_discards(void) {
    count = 0;
    set_mask(bit(USR1));
    CALL(NR_kill, getpid_(), USR1);
    handle(USR1, (void (*)(int, int *, void *))1, 0);
    handle(USR1, note, 0);
    set_mask(0);
    CHECK(count == 0);
}

static Thread thread;
static volatile int got;
static void wait_for_usr1(long unused) {
    unsigned long set = bit(USR1);
    (void)unused;
    got = (int)CALL(NR_rt_sigtimedwait, &set, 0, 0, 8);
}
static void unblock_usr2(long unused) {
    (void)unused;
    set_mask(~bit(USR2));
    while (!last_tid) sleep_ms(1);
}

static void pending(void) {
    unsigned long set = 0, both = bit(USR1) | bit(USR2);
    long me = getpid_();
    int from[32] = {0};
    count = 0;
    set_mask(both);
    CALL(NR_kill, me, USR1);
    CALL(NR_tgkill, me, gettid_(), USR2);
    CHECK(CALL(NR_rt_sigpending, &set, 8) == 0 && set == both);
    long fd = CALL(NR_signalfd4, -1, &both, 8, 0);
    CHECK(CALL(NR_read, fd, from, 128) == 128 && from[0] == USR2 && from[3] == me); // the thread's own come first
    CHECK(CALL(NR_read, fd, from, 128) == 128 && from[0] == USR1);
    start(&thread, wait_for_usr1, 0); // for the process: whichever thread waits for it
    sleep_ms(5);
    CALL(NR_kill, me, USR1);
    join(&thread);
    CHECK(got == USR1 && count == 0);
    last_tid = 0;
    long tid = start(&thread, unblock_usr2, 0);
    sleep_ms(5);
    CALL(NR_kill, me, USR2);
    join(&thread);
    CHECK(count == 1 && last_tid == tid);
    set_mask(0);
}

static volatile int stop;
static void bother(long tid) {
    while (!stop) {
        sleep_ms(20);
        CALL(NR_tgkill, getpid_(), tid, USR1);
    }
}
static void say(long fd) {
    sleep_ms(70);
    CALL(NR_write, fd, "x", 1);
}
static Thread second;
static void restarting(void) {
    int fd[2];
    char c;
    long nap[2] = {30, 0}, rest[2] = {0, 0};
    handle(USR1, note, RESTART);
    CALL(NR_pipe2, fd, 0);
    start(&thread, bother, gettid_());
    start(&second, say, fd[1]);
    CHECK(CALL(NR_read, fd[0], &c, 1) == 1);
    CHECK(CALL(NR_nanosleep, nap, rest) == EINTR_ && rest[0] >= 0 && rest[0] <= 30 && rest[1] > 0);
    handle(USR1, note, 0);
    CHECK(CALL(NR_read, fd[0], &c, 1) == EINTR_);
    stop = 1;
    join(&thread);
    join(&second);
}

static void informed(void) {
    long me = getpid_();
    static const int codes[] = {-1, -60, 1, 5};
    handle(SEGV, note, 0);
    for (int i = 0; i < 4; i++) {
        count = 0;
        queue(me, SEGV, codes[i], 0);
        CHECK(count == 1 && last_code == codes[i]);
    }
    count = 0;
    set_mask(bit(SEGV));
    CALL(NR_kill, me, SEGV);
    CHECK(count == 0);
    set_mask(0);
    CHECK(count == 1 && last_code == 0);
    CHECK(CALL(NR_tgkill, -1, me, 0) == -22 && CALL(NR_tgkill, me, 0, 0) == -22);
    CHECK(CALL(NR_tgkill, me, me, 65) == -22 && CALL(NR_tgkill, me, me, 0) == 0 && CALL(NR_tgkill, 1, me, 0) == -3);
}

// A thread's id is one of the kernel's: it is in /proc, and no new process gets it.
static volatile int in_proc;
static void look(long unused) {
    char path[64];
    (void)unused;
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", gettid_());
    in_proc = CALL(NR_openat, AT_FDCWD, path, 0, 0) >= 0;
}
static void ids(void) {
    long pid = fork_(), tid = start(&thread, look, 0);
    CHECK(tid > 0 && tid != getpid_() && tid != pid);
    join(&thread);
    CHECK(in_proc);
    if (!pid) CALL(NR_exit_group, failed);
    child_ends(pid);
}

// The timer of the process ends the sleep of the thread that does not block its signal, while another one waits for a word.
static volatile int word;
static void wait_for_word(long unused) {
    (void)unused;
    while (!word) CALL(NR_futex, &word, FUTEX_WAIT, 0, 0, 0, 0);
}
static void timer_ends_sleep(void) {
    long once[4] = {0, 0, 0, 20000}, nap[2] = {5, 0}, rest[2] = {0, 0};
    handle(SIGALRM_, note, 0);
    set_mask(bit(SIGALRM_));
    start(&thread, wait_for_word, 0);
    set_mask(0);
    count = 0;
    CALL(NR_setitimer, 0, once, 0);
    CHECK(CALL(NR_nanosleep, nap, rest) == EINTR_ && count == 1 && rest[0] == 4 && rest[1] > 0);
    word = 1;
    CALL(NR_futex, &word, FUTEX_WAKE, 1, 0, 0, 0);
    join(&thread);
    handle(SIGALRM_, 0, 0);
    limit(40);
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    limit(40);
    blocked_are_kept();
    ignoring_discards();
    pending();
    restarting();
    informed();
    ids();
    timer_ends_sleep();
    puts("done");
    return failed;
}

// A call of one thread that waits never stops the others: each of these would wait for ever otherwise.
#include "check.h"

enum {
    NR_flock = 32,
    NR_unlinkat = 35,
    NR_ftruncate = 46,
    NR_splice = 76,
    NR_waitid = 95,
    NR_times = 153,
    NR_socketpair = 199,
    NR_sendto = 206,
    BIG = 1 << 20,
    MANY = 70
};

static Thread thread;
static int out[2], in[2], locked;
static char block[BIG];
static long total;

static void drain(long fd) {
    static char to[4096];
    for (long n; (n = CALL(NR_read, fd, to, sizeof to)) > 0;) total += n;
}
static void drained(int fd, long want) {
    CALL(NR_close, fd);
    join(&thread);
    CHECK(total == want);
    total = 0;
}

static void big_writes(void) {
    CALL(NR_pipe2, out, 0);
    start(&thread, drain, out[0]);
    CHECK(CALL(NR_write, out[1], block, BIG) == BIG);
    drained(out[1], BIG);
    CALL(NR_socketpair, 1, 1, 0, out);
    start(&thread, drain, out[0]);
    CHECK(CALL(NR_sendto, out[1], block, BIG, 0, 0, 0) == BIG);
    drained(out[1], BIG);
}

static void spliced(void) {
    long fd = nameless_file(), offset = 0, n = 0;
    CALL(NR_ftruncate, fd, 1 << 18);
    CALL(NR_pipe2, out, 0);
    start(&thread, drain, out[0]);
    for (long k; n < 1 << 18 && (k = CALL(NR_splice, fd, &offset, out[1], 0, (1 << 18) - n, 0)) > 0;) n += k;
    drained(out[1], 1 << 18);
}

static void unlock(long fd) { CALL(NR_flock, fd, 8); } // LOCK_UN
static void file_locks(void) {
    locked = (int)CALL(NR_openat, AT_FDCWD, "lock", 0102, 0600);
    long second = CALL(NR_openat, AT_FDCWD, "lock", 2, 0);
    CALL(NR_flock, locked, 2);
    start(&thread, unlock, locked);
    CHECK(CALL(NR_flock, second, 2) == 0);
    join(&thread);
}

static void open_fifo(long mode) { out[1] = (int)CALL(NR_openat, AT_FDCWD, "fifo", mode, 0); }
static void fifo(void) {
    CALL(NR_unlinkat, AT_FDCWD, "fifo", 0);
    CHECK(CALL(NR_mknodat, AT_FDCWD, "fifo", 010600, 0) == 0);
    start(&thread, open_fifo, 1);
    CHECK(CALL(NR_openat, AT_FDCWD, "fifo", 0, 0) >= 0);
    join(&thread);
    CHECK(out[1] >= 0);
}

// A child that goes on when a thread of the parent writes a byte.
static void let_go(long fd) { CALL(NR_write, fd, "x", 1); }
static long waiting_child(volatile int *word, int code) {
    char c;
    CALL(NR_pipe2, in, 0);
    long pid = fork_();
    if (pid) return pid;
    CALL(NR_read, in[0], &c, 1);
    if (word) {
        *word = 1;
        CALL(NR_futex, word, FUTEX_WAKE, 1, 0, 0, 0);
    }
    CALL(NR_exit_group, code);
    return 0;
}
static void other_processes(void) {
    int info[32] = {0}, status;
    volatile int *word = shared_page();
    long pid = waiting_child(NULL, 5);
    start(&thread, let_go, in[1]);
    CHECK(CALL(NR_waitid, 1, pid, info, 4, 0) == 0 && info[6] == 5); // P_PID, WEXITED
    join(&thread);
    pid = waiting_child(NULL, 6);
    start(&thread, let_go, in[1]);
    CHECK(CALL(NR_wait4, pid, &status, 0, 0) == pid && status == 6 << 8);
    join(&thread);
    pid = waiting_child(word, 7);
    start(&thread, let_go, in[1]);
    while (!*word) CALL(NR_futex, word, FUTEX_WAIT, 0, 0, 0, 0);
    CHECK(CALL(NR_wait4, pid, &status, 0, 0) == pid && status == 7 << 8);
    join(&thread);
}

static Thread readers[MANY];
static int pipes[MANY][2];
static void read_one(long i) {
    char c;
    if (CALL(NR_read, pipes[i][0], &c, 1) == 1) __atomic_fetch_add(&total, 1, __ATOMIC_SEQ_CST);
}
// The last of many threads in read() is woken by another process, alone.
static void many_readers(void) {
    for (int i = 0; i < MANY; i++) CALL(NR_pipe2, pipes[i], 0);
    for (int i = 0; i < MANY; i++) start(&readers[i], read_one, i);
    if (!fork_()) {
        CALL(NR_write, pipes[MANY - 1][1], "x", 1);
        CALL(NR_exit_group, 0);
    }
    join(&readers[MANY - 1]);
    CHECK(total == 1);
    for (int i = 0; i < MANY - 1; i++) CALL(NR_write, pipes[i][1], "x", 1);
    for (int i = 0; i < MANY; i++) join(&readers[i]);
    CHECK(total == MANY);
}

// futex(2): sleepers are moved to another word, which is changed and compared.
enum { REQUEUE = 3, CMP_REQUEUE = 4, WAKE_OP = 5, WAIT_BITSET = 9, WAKE_BITSET = 10, PRIVATE = 128 };
static volatile int first_word, second_word, gone;

static void sleep_on_word(long bits) {
    while (!gone) CALL(NR_futex, &first_word, WAIT_BITSET | PRIVATE, 0, 0, 0, bits);
}

static long wake_op(int word, unsigned op, unsigned cmp, int arg, int with) {
    second_word = word;
    return CALL(NR_futex, &first_word, WAKE_OP | PRIVATE, 1, 1, &second_word,
                (long)(op << 28 | cmp << 24 | (unsigned)(arg & 4095) << 12 | (unsigned)(with & 4095)));
}

static void futex_words(void) {
    static Thread sleepers[2];
    start(&sleepers[0], sleep_on_word, 1);
    start(&sleepers[1], sleep_on_word, 2);
    CHECK(CALL(NR_futex, &first_word, CMP_REQUEUE | PRIVATE, 0, 2, &second_word, 1) == -11);
    for (long moved = 0; moved < 2; sleep_ms(1))
        moved += CALL(NR_futex, &first_word, CMP_REQUEUE | PRIVATE, 0, 1, &second_word, 0);
    CHECK(CALL(NR_futex, &first_word, FUTEX_WAKE | PRIVATE, 9, 0, 0, 0) == 0);
    CHECK(wake_op(0, 0, 1, 5, 0) == 0 && second_word == 5); // it was 0, not another value: none is woken
    CHECK(CALL(NR_futex, &second_word, WAKE_BITSET | PRIVATE, 9, 0, 0, 4) == 0);
    CHECK(CALL(NR_futex, &second_word, REQUEUE | PRIVATE, 0, 9, &first_word, 0) == 2);
    gone = 1;
    CHECK(CALL(NR_futex, &first_word, WAKE_BITSET | PRIVATE, 9, 0, 0, 2) == 1);
    join(&sleepers[1]);
    CHECK(CALL(NR_futex, &first_word, REQUEUE | PRIVATE, 0, 9, &second_word, 0) == 1);
    CHECK(wake_op(7, 1, 0, 3, 7) == 1 && second_word == 10); // 7 + 3; it was 7
    join(&sleepers[0]);
    CHECK(wake_op(5, 2, 0, 8, 0) == 0 && second_word == 13);
    CHECK(wake_op(15, 3, 2, 5, 0) == 0 && second_word == 10);
    CHECK(wake_op(15, 4, 3, 5, 0) == 0 && second_word == 10);
    CHECK(wake_op(1, 8 | 2, 4, 4, 0) == 0 && second_word == 17); // 1 << 4
    CHECK(wake_op(9, 1, 5, -1, -1) == 0 && second_word == 8);
    CHECK(wake_op(9, 5, 0, 0, 0) == -38 && wake_op(9, 0, 6, 0, 0) == -38);
    long past[2] = {0, 1};
    CHECK(CALL(NR_futex, &first_word, WAIT_BITSET | PRIVATE, 0, past, 0, 1) == -110);
}

// process_vm_readv(2), process_vm_writev(2) on itself: lists of other cuts.
static void copies_of_memory(void) {
    typedef struct Part {
        void *at;
        unsigned long n;
    } Part;
    enum { READV = 270, WRITEV = 271 };
    char from[10] = "abcdefghi", to[10] = "";
    Part out[] = {{from, 3}, {from + 3, 0}, {from + 3, 7}}, in[] = {{to, 5}, {to + 5, 5}},
         hole[] = {{to, 1}, {(void *)8, 1}};
    CHECK(CALL(READV, getpid_(), in, 2, out, 3, 0) == 10 && !memcmp(from, to, 10));
    from[0] = 'x';
    CHECK(CALL(WRITEV, getpid_(), out, 1, in, 2, 0) == 3 && !memcmp(to, "xbcd", 4));
    CHECK(CALL(READV, getpid_(), in, 1, out, 1, 0) == 3);
    CHECK(CALL(READV, getpid_(), out, 1, hole, 2, 0) == 1 && CALL(READV, getpid_(), out, 1, hole + 1, 1, 0) == -14);
    CHECK(CALL(READV, getpid_(), (Part *)8, 1, out, 1, 0) == -14 && CALL(READV, getpid_(), in, 1, out, 1, 1) == -22);
    CHECK(CALL(READV, getpid_(), in, 2000, out, 1, 0) == -22 && CALL(READV, 0x3fffffff, in, 1, out, 1, 0) == -3);
}

// times(2): hundredths of a second of a clock that goes on while the program sleeps, and no more of them of the process.
static void ticks(void) {
    long used[4] = {-1, -1, -1, -1}, before = CALL(NR_times, 0);
    sleep_ms(50);
    long after = CALL(NR_times, used);
    CHECK(after >= before + 5 && used[0] >= 0 && used[0] <= after && used[1] >= 0 && used[2] == 0 && used[3] == 0);
    CHECK(CALL(NR_times, 8) == -14);
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    limit(40);
    ticks();
    copies_of_memory();
    futex_words();
    big_writes();
    spliced();
    file_locks();
    fifo();
    other_processes();
    many_readers();
    puts("done");
    return failed;
}

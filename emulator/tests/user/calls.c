// Calls that programs meet less often: what they do, by what comes of it. Numbers and structures are the kernel's.
#include "program.h"
#include <stdio.h>
#include <string.h>

enum {
    NR_ftruncate = 46,
    NR_vmsplice = 75,
    NR_exit = 93,
    NR_nanosleep = 101,
    NR_timer_create = 107,
    NR_timer_gettime = 108,
    NR_timer_getoverrun = 109,
    NR_timer_settime = 110,
    NR_timer_delete = 111,
    NR_sigaction = 134,
    NR_sigprocmask = 135,
    NR_sigtimedwait = 137,
    NR_sched_rr_get_interval = 127,
    NR_prctl = 167,
    NR_getpid = 172,
    NR_mq_open = 180,
    NR_mq_unlink = 181,
    NR_mq_timedsend = 182,
    NR_mq_timedreceive = 183,
    NR_mq_notify = 184,
    NR_mq_getsetattr = 185,
    NR_msgget = 186,
    NR_msgctl = 187,
    NR_msgrcv = 188,
    NR_msgsnd = 189,
    NR_semget = 190,
    NR_semctl = 191,
    NR_semtimedop = 192,
    NR_semop = 193,
    NR_shmget = 194,
    NR_shmctl = 195,
    NR_shmat = 196,
    NR_shmdt = 197,
    NR_socketpair = 199,
    NR_clone = 220,
    NR_mmap = 222,
    NR_mincore = 232,
    NR_recvmmsg = 243,
    NR_wait4 = 260,
    NR_prlimit64 = 261,
    NR_sendmmsg = 269,
    NR_mlock2 = 284,
    NR_preadv2 = 286,
    NR_pwritev2 = 287,
    PAGE = 4096,
    USR1 = 10,
    SIGCHLD = 17,
    CREATE = 0x200 | 0600, // IPC_CREAT
    RMID = 0,
    STAT = 2
};

static int wait_for(long pid) {
    int status = -1;
    CALL(NR_wait4, pid, &status, 0, 0);
    return status >> 8;
}
#define CHILD(what)                                                                                                    \
    ({                                                                                                                 \
        long pid_ = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);                                                               \
        if (!pid_) {                                                                                                   \
            int code_ = (int)(what);                                                                                   \
            CALL(NR_exit, code_);                                                                                      \
        }                                                                                                              \
        pid_;                                                                                                          \
    })

static void shared_memory(void) {
    long id = CALL(NR_shmget, 0, 3 * PAGE - 5, CREATE);
    char *a = (char *)CALL(NR_shmat, id, 0, 0), *b = (char *)CALL(NR_shmat, id, 0, 010000); // SHM_RDONLY
    a[5] = 7;
    wait_for(CHILD(a[PAGE] = 8));
    uint64_t ds[14];
    long r = CALL(NR_shmctl, id, STAT, ds);
    printf("shm: %d %d, size %lu, attached %lu, %ld", b[5], b[PAGE], (unsigned long)ds[6], (unsigned long)ds[11], r);
    printf(", detach %ld %ld %ld\n", CALL(NR_shmdt, b), CALL(NR_shmdt, b), CALL(NR_shmdt, a + PAGE));
    CALL(NR_shmctl, id, STAT, ds);
    printf("  then %lu, at a place %d", (unsigned long)ds[11], CALL(NR_shmat, id, b, 0) == (long)b);
    printf(", taken %ld, removed %ld\n", CALL(NR_shmat, id, b, 0), CALL(NR_shmctl, id, RMID, 0));
    printf("  no such: %ld %ld\n", CALL(NR_shmat, 0x7fffffff, 0, 0), CALL(NR_shmget, 0, 0, CREATE));
}

typedef struct Op {
    unsigned short number;
    short by, flags;
} Op;

static void semaphores(void) {
    long id = CALL(NR_semget, 0, 3, CREATE);
    unsigned short values[3] = {1, 2, 3}, got[3] = {0};
    printf("sem: %ld", CALL(NR_semctl, id, 0, 17, values)); // SETALL
    Op down = {1, -2, 0}, one = {1, -1, 0}, up = {1, 1, 0}, never[2] = {{0, -1, 0}, {2, -9, 04000}};
    printf(" %ld", CALL(NR_semop, id, &down, 1));
    printf(" %ld", CALL(NR_semop, id, never, 2));
    long child = CHILD(CALL(NR_semop, id, &one, 1));
    CALL(NR_semop, id, &up, 1);
    printf(" child %d", wait_for(child));
    long limit[2] = {0, 2000000};
    printf(" over %ld", CALL(NR_semtimedop, id, &one, 1, limit));
    CALL(NR_semctl, id, 0, 13, got); // GETALL
    printf(", values %d %d %d, one %ld", got[0], got[1], got[2], CALL(NR_semctl, id, 2, 12, 0));
    uint64_t ds[11] = {0};
    printf(", status %ld", CALL(NR_semctl, id, 0, STAT, ds));
    printf(" of %lu", (unsigned long)ds[8]);
    int info[10] = {0}, *mode = (int *)ds + 5;
    *mode = 0640;
    printf(", set %ld %ld", CALL(NR_semctl, id, 2, 16, 9), CALL(NR_semctl, id, 2, 12, 0)); // SETVAL, GETVAL
    printf(", mode %ld", CALL(NR_semctl, id, 0, 1, ds));                                   // IPC_SET
    CALL(NR_semctl, id, 0, STAT, ds);
    printf(" %o, highest %d %d", *mode & 0777, CALL(NR_semctl, 0, 0, 3, info) >= 0, info[8]); // IPC_INFO: semvmx
    printf(", wrong %ld %ld %ld", CALL(NR_semctl, id, 0, 1, 8), CALL(NR_semctl, 0, 0, 3, 8),
           CALL(NR_semctl, id, 0, 99, 0));
    printf(", gone %ld\n", CALL(NR_semctl, id, 0, RMID, 0));
}

// What was attached as one is detached as one, whatever its pages may be used for.
static void parts(void) {
    long id = CALL(NR_shmget, 0, 3 * PAGE, CREATE), at = CALL(NR_shmat, id, 0, 0);
    unsigned char there[3];
    printf("parts: %ld", CALL(226, at + PAGE, PAGE, 1)); // mprotect
    CALL(NR_shmctl, id, RMID, 0);
    printf(", detach %ld", CALL(NR_shmdt, at));
    for (int i = 0; i < 3; i++) printf(" %ld", CALL(NR_mincore, at + i * PAGE, PAGE, there));
    printf("\n");
}

static void messages(void) {
    long id = CALL(NR_msgget, 0, CREATE);
    struct {
        long type;
        char text[16];
    } m = {5, "five"}, n = {2, "two"}, got = {0};
    printf("msg: %ld %ld", CALL(NR_msgsnd, id, &m, 5, 0), CALL(NR_msgsnd, id, &n, 4, 0));
    printf(", %ld", CALL(NR_msgrcv, id, &got, 16, 2, 0));
    printf(" %s", got.text);
    printf(", too long %ld", CALL(NR_msgrcv, id, &got, 2, 0, 0));
    printf(", %ld", CALL(NR_msgrcv, id, &got, 16, 0, 0));
    printf(" %s %ld, none %ld, gone %ld\n", got.text, got.type, CALL(NR_msgrcv, id, &got, 16, 0, 04000),
           CALL(NR_msgctl, id, RMID, 0));
}

static void queue(void) {
    uint64_t attributes[8] = {0, 4, 32};
    CALL(NR_mq_unlink, "nightjar-test");
    long fd = CALL(NR_mq_open, "nightjar-test", 02 | 0100, 0600, attributes);
    if (fd < 0) {
        printf("mq: none\n");
        return;
    }
    char got[32] = "";
    unsigned priority = 9;
    printf("mq: %ld %ld", CALL(NR_mq_timedsend, fd, "low", 4, 1, 0), CALL(NR_mq_timedsend, fd, "high", 5, 7, 0));
    printf(", %ld", CALL(NR_mq_timedreceive, fd, got, 32, &priority, 0));
    printf(" %s %u", got, priority);
    memset(attributes, 0, sizeof attributes);
    CALL(NR_mq_getsetattr, fd, 0, attributes);
    printf(", %lu left", (unsigned long)attributes[3]);
    CALL(NR_mq_timedreceive, fd, got, 32, &priority, 0);
    // A message that comes into an empty queue sends a signal, once; a thread would be told by a socket.
    uint64_t event[8] = {1234, USR1}, thread[8] = {8, (uint64_t)2 << 32 | 0xffffffff}, set = 1ul << (USR1 - 1);
    int info[32] = {0};
    char cookie[32];
    CALL(NR_sigprocmask, 0, &set, 0, 8);
    printf(", notify %ld %ld", CALL(NR_mq_notify, fd, event), CALL(NR_mq_notify, fd, event));
    CALL(NR_mq_timedsend, fd, "third", 6, 1, 0);
    printf(" %ld", CALL(NR_sigtimedwait, &set, info, 0, 8));
    printf(" %d %d", info[2], info[6]);
    CALL(NR_sigprocmask, 1, &set, 0, 8);
    printf(", wrong %ld %ld", CALL(NR_mq_notify, fd, 8), CALL(NR_mq_notify, fd, thread));
    thread[0] = (uint64_t)cookie;
    printf(" %ld, off %ld, unlink %ld\n", CALL(NR_mq_notify, fd, thread), CALL(NR_mq_notify, fd, 0),
           CALL(NR_mq_unlink, "nightjar-test"));
}

static void datagrams(void) {
    int pair[2];
    CALL(NR_socketpair, 1, 2, 0, pair);
    struct Message {
        void *name;
        uint64_t name_n;
        void *vector;
        uint64_t vector_n;
        void *control;
        uint64_t control_n;
        uint64_t flags;
        unsigned length, pad;
    } m[3];
    uint64_t vectors[3][2] = {{(uint64_t) "one", 3}, {(uint64_t) "three", 5}, {8, 4}};
    memset(m, 0, sizeof m);
    for (int i = 0; i < 3; i++) m[i].vector = vectors[i], m[i].vector_n = 1;
    printf("mmsg: %ld", CALL(NR_sendmmsg, pair[0], m, 3, 0)); // the third fails
    printf(" %u %u", m[0].length, m[1].length);
    char got[2][8] = {"", ""};
    for (int i = 0; i < 2; i++) vectors[i][0] = (uint64_t)got[i], vectors[i][1] = 8;
    printf(", %ld", CALL(NR_recvmmsg, pair[1], m, 2, 0x10000, 0)); // MSG_WAITFORONE
    printf(" %u %.8s %u %.8s", m[0].length, got[0], m[1].length, got[1]);
    printf(", none %ld\n", CALL(NR_recvmmsg, pair[1], m, 2, 0x40, 0)); // MSG_DONTWAIT
}

static void buffers(void) {
    long fd = nameless_file();
    uint64_t out[2][2] = {{(uint64_t) "abc", 3}, {(uint64_t) "defg", 4}};
    char a[3] = "", b[3] = "";
    uint64_t in[2][2] = {{(uint64_t)a, 2}, {(uint64_t)b, 2}};
    printf("vectors: %ld", CALL(NR_pwritev2, fd, out, 2, 1, 0, 0));
    printf(" %ld", CALL(NR_preadv2, fd, in, 2, 3, 0, 0));
    printf(" %s %s, flags %ld\n", a, b, CALL(NR_preadv2, fd, in, 2, 3, 0, 1 << 20));
    int pair[2];
    char got[8] = "";
    CALL(NR_pipe2, pair, 0);
    printf("vmsplice: %ld", CALL(NR_vmsplice, pair[1], out, 2, 0));
    CALL(NR_read, pair[0], got, 7);
    printf(" %s\n", got);
    char *p = (char *)CALL(NR_mmap, 0, 2 * PAGE, 3, 0x22, -1, 0);
    unsigned char there[2] = {9, 9};
    p[0] = 1;
    printf("mincore: %ld", CALL(NR_mincore, p, 2 * PAGE, there));
    printf(" %d, odd %ld, outside %ld\n", there[0] & 1, CALL(NR_mincore, p + 1, PAGE, there),
           CALL(NR_mincore, 0x7ffff000, PAGE, there));
}

// ---- time and limits
static volatile int rings, value, code;
static void ring(int n, int *info, void *context) {
    (void)n, (void)context;
    rings++, code = info[2], value = info[6];
}

static void timers(void) {
    struct {
        void (*handler)(int, int *, void *);
        uint64_t flags, mask;
    } action = {ring, 4, 0};
    CALL(NR_sigaction, 40, &action, 0, 8);
    uint64_t event[8] = {1234, 40};
    int id = -1;
    printf("timer: %ld", CALL(NR_timer_create, 1, event, &id));
    long nap[2] = {0, 5000000}, at[4] = {0, 0, 0, 1000000}, left[4] = {9, 9, 9, 9};
    printf(" %ld", CALL(NR_timer_settime, id, 0, at, 0));
    for (int i = 0; i < 100 && !rings; i++) CALL(NR_nanosleep, nap, 0);
    printf(", rang %d of %d with %d", rings, code, value);
    CALL(NR_timer_gettime, id, left);
    printf(", left %ld %ld, gone %ld %d\n", left[2], left[3], CALL(NR_timer_delete, id), CALL(NR_timer_delete, id) < 0);
    long slice[2] = {0, 0};
    printf("slice: %ld %d\n", CALL(NR_sched_rr_get_interval, 0, slice), slice[0] == 0);
}

static void limits(void) {
    uint64_t old[2], fresh[2], now[2];
    printf("limits:");
    static const int kinds[] = {7, 1, 9, 3}; // NOFILE, FSIZE, AS, STACK
    for (int i = 0; i < 4; i++) {
        CALL(NR_prlimit64, 0, kinds[i], 0, old);
        fresh[0] = kinds[i] == 7 ? 20 : 64 << 20, fresh[1] = old[1];
        long r = CALL(NR_prlimit64, 0, kinds[i], fresh, 0);
        CALL(NR_prlimit64, 0, kinds[i], 0, now);
        printf(" %ld %lu", r, (unsigned long)now[0]);
        if (kinds[i] == 7) {
            long last = 0, fd;
            while ((fd = CALL(23, 1)) >= 0) last = fd;
            printf(" (last %ld, then %ld)", last, fd);
            for (fd = 3; fd <= last; fd++) CALL(NR_close, fd);
            printf(" fork %d", wait_for(CHILD(3)));
        }
        if (kinds[i] == 9) printf(" (%ld)", CALL(NR_mmap, 0, 512 << 20, 3, 0x22, -1, 0));
        CALL(NR_prlimit64, 0, kinds[i], old, 0);
    }
    fresh[0] = 5, fresh[1] = 4;
    printf(", soft above hard %ld\n", CALL(NR_prlimit64, 0, 7, fresh, 0));
}

static void process(void) {
    char name[17] = "";
    int v = -1;
    CALL(NR_prctl, 15, "a name that is too long");
    CALL(NR_prctl, 16, name);
    printf("prctl: %s", name);
    printf(" %ld", CALL(NR_prctl, 36, 1)); // PR_SET_CHILD_SUBREAPER
    CALL(NR_prctl, 37, &v);
    printf(" %d, slack %ld", v, CALL(NR_prctl, 29, 50000));
    printf(" %ld, locked %ld\n", CALL(NR_prctl, 30), CALL(NR_mlock2, 0x20000, 0, 0));
}

static int one_group(void) {
    int group = 5;
    long r = CALL(159, 1, &group);
    return r ? r != -1 : CALL(158, 0, 0) != 1; // only root may
}

// One processor; no seccomp of its own; a personality that is kept; lists of groups that are none.
static void administration(void) {
    unsigned long first = 1, second = 2;
    printf("affinity: %ld %ld %ld", CALL(122, 0, 8, &first), CALL(122, 0, 8, &second), CALL(122, 0, 8, 8));
    printf(", prctl %ld %ld %ld", CALL(NR_prctl, 21), CALL(NR_prctl, 13), CALL(NR_prctl, 71, 0, 0));
    long was = CALL(92, 0xffffffff);
    printf(", personality %d", CALL(92, 0x40000) == was);
    printf(" %#lx", CALL(92, was));
    printf(", groups %ld %ld %ld", CALL(159, -1), CALL(159, 65537, 0), CALL(159, 1, 8));
    printf(" %d\n", wait_for(CHILD(one_group())));
}

static void events(void) {
    int pair[2];
    CALL(NR_pipe2, pair, 0);
    long fd = CALL(20, 0), at[2] = {0, 1000000};
    uint64_t event[2] = {1, 77}, got[2] = {0, 0};
    CALL(21, fd, 1, pair[0], event);
    printf("epoll_pwait2: %ld", CALL(441, fd, got, 1, at, 0, 8));
    CALL(NR_write, pair[1], "x", 1);
    printf(" %ld", CALL(441, fd, got, 1, 0, 0, 8));
    at[1] = -1;
    printf(" %lu %lu, wrong %ld\n", (unsigned long)got[0], (unsigned long)got[1], CALL(441, fd, got, 1, at, 0, 8));
}

// "RISC-V Hardware Probing Interface" of the kernel: key 4 has FD, C, Zba, Zbb, Zbs (bits 0, 1, 3 to 5) and Zicond (35).
static void processor(void) {
    struct {
        long key;
        unsigned long value;
    } pair[3] = {{3, 99}, {4, 99}, {1000, 99}};
    printf("hwprobe: %ld", CALL(258, pair, 3, 0, 0, 0));
    for (int i = 0; i < 3; i++) printf(", %ld %#lx", pair[i].key, pair[i].value);
    printf(", flags %ld\n", CALL(258, pair, 3, 0, 0, 1));
}

static void execution(char *name) {
    char *args[] = {name, "again", 0};
    long file = CALL(NR_openat, AT_FDCWD, "/proc/self/exe", 0), dir = CALL(NR_openat, AT_FDCWD, "/", 0x10000);
    printf("execveat: %d", wait_for(CHILD(CALL(281, file, "", args, 0, 0x1000))));
    printf(" %d", wait_for(CHILD(CALL(281, dir, "proc/self/exe", args, 0, 0))));
    printf(", refused %ld %ld %ld\n", CALL(281, file, "", args, 0, 0), CALL(281, 99, "x", args, 0, 0),
           CALL(281, dir, "proc", args, 0, 0));
}

int main(int argc, char **argv) {
    if (argc == 2) return 42;
    shared_memory();
    parts();
    semaphores();
    messages();
    queue();
    datagrams();
    buffers();
    timers();
    limits();
    process();
    administration();
    events();
    processor();
    execution(argv[0]);
    return 0;
}

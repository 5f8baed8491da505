// System calls at random, each argument of the kind that the emulator's own list says, addresses of the emulator among
// them. fuzz SEED CALLS, the addresses (LOW HIGH, hexadecimal) on standard input; says when it is done, and waits.
#include "program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row {
    int number;
    const char *name, *spec;
} Row;

static const Row rows[] = {
#define PASS(number, name, spec) {number, #name, spec},
#define OWN(number, name, spec)  {number, #name, spec},
#include "sys/call.inc"
#undef PASS
#undef OWN
};
enum { ROWS = sizeof rows / sizeof *rows };

// What would end the program, reach other processes, or take the ground from under it.
static const char *const left_out[] = {"exit",
                                       "exit_group",
                                       "kill",
                                       "tkill",
                                       "tgkill",
                                       "rt_sigqueueinfo",
                                       "clone",
                                       "execve",
                                       "rt_sigreturn",
                                       "rt_sigaction",
                                       "rt_sigprocmask",
                                       "sigaltstack",
                                       "setitimer",
                                       "close",
                                       "close_range",
                                       "dup3",
                                       "setrlimit",
                                       "prlimit64",
                                       "brk",
                                       "setuid",
                                       "setgid",
                                       "setreuid",
                                       "setregid",
                                       "setresuid",
                                       "setresgid",
                                       "setfsuid",
                                       "setfsgid",
                                       "setpriority",
                                       "sync",
                                       "syncfs",
                                       "setpgid",
                                       "setsid",
                                       "chroot",
                                       "chdir",
                                       "fchdir",
                                       "set_tid_address",
                                       "set_robust_list",
                                       "sched_setaffinity",
                                       "umask",
                                       "vhangup",
                                       "setgroups",
                                       "execveat",
                                       "rt_tgsigqueueinfo",
                                       "pidfd_send_signal",
                                       "timer_create",
                                       "timer_settime",
                                       "ioprio_set",
                                       "personality",
                                       "rt_sigsuspend",
                                       "clone3",
                                       "mlockall",
                                       "sethostname",
                                       "setdomainname",
                                       "shmctl",
                                       "semctl",
                                       "msgctl",
                                       "mq_unlink",
                                       "mq_notify"};

static uint64_t state;
static uint64_t low, high;
static long fds[8];
static char own[1 << 16] __attribute__((aligned(4096)));

static uint64_t next(uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
}

static int is_left_out(const char *name) {
    for (unsigned i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (!strcmp(left_out[i], name)) return 1;
    return 0;
}

static uint64_t foreign(void) {
    static const uint64_t fixed[] = {0x7ffe0000, 0x7ffffff8, 0x80000000, 0x100000000, 1ull << 47, ~0ull - 4095, ~0ull};
    uint64_t n = next(12);
    return n < 7 ? fixed[n] : (low + next(high - low)) & (n < 10 ? ~7ull : ~0ull);
}

static uint64_t number(void) {
    static const uint64_t usual[] = {0,      1,      2,      3,       4,      6,       16,      26,      35,    41,
                                     0x5401, 0x8912, 0x8946, 0x20000, 0x1268, 1035,    1040,    4096,    65536, ~0ull,
                                     17,     263,    0x541b, 0x5410,  0x40,   0x80000, 1 << 30, ~0u >> 1};
    uint64_t n = next(40);
    return n < 28 ? usual[n] : n < 38 ? next(130) : foreign();
}

static uint64_t address(int *is_foreign) {
    uint64_t n = next(8);
    *is_foreign = n < 3;
    return n < 3 ? foreign() : n == 3 ? 0 : (uint64_t)own + next(sizeof own - 4096);
}

// Memory of its own, with pointers in it: to itself and to what is not its own.
static void fill(void) {
    uint64_t *words = (uint64_t *)own;
    for (unsigned i = 0; i < sizeof own / 8; i++) {
        uint64_t n = next(16);
        words[i] = n < 4 ? foreign() : n < 7 ? (uint64_t)own + next(sizeof own) : n < 10 ? next(64) : 0;
    }
}

static uint64_t argument(char word, int *is_foreign) {
    static const char *const paths[] = {"a", "./b", "", "c/d", "e/", "/proc/self/mem", "/proc/self/maps"};
    switch (word) {
    case 'f': return next(10) ? (uint64_t)fds[next(8)] : number() | 0x100; // not standard output
    case 's':
    case 'n': return next(3) ? (uint64_t)paths[next(7)] : address(is_foreign);
    case '<':
    case '>':
    case '=':
    case 'p': return address(is_foreign);
    default: return number();
    }
}

// F_SETOWN, F_SETSIG, F_SETOWN_EX; FIOSETOWN, SIOCSPGRP: who gets the signals of a file.
static int signals_others(int number, uint32_t what) {
    return number == 25 ? what == 8 || what == 10 || what == 15 : number == 29 && (what == 0x8901 || what == 0x8902);
}

// Calls whose arguments depend on a number are asked for all numbers, and with pointers more often.
static void steer(int call, uint64_t *a) {
    static const uint64_t levels[] = {0, 1, 6, 17, 41, 263, 270, 40};
    static const uint64_t requests[] = {0x5400, 0x8900, 0x8940, 0x1260, 0x4b30};
    if (call != 25 && call != 29 && call != 208 && call != 209) return;
    if (call == 25) a[1] = next(3) ? next(40) : 1024 + next(20);
    if (call == 29) a[1] = requests[next(5)] + next(64);
    if (call <= 29) {
        a[2] = next(2) ? foreign() : (uint64_t)own + next(4096);
        return;
    }
    a[1] = levels[next(8)], a[2] = next(128), a[3] = (uint64_t)own + next(4096);
    if (next(4) == 0) a[3] = foreign();
    if (call == 208) a[4] = next(200);
    if (call == 209) a[4] = (uint64_t)own + 8 * next(64); // a length among the words of fill()
}

static void once(const Row *row) {
    uint64_t a[6];
    int wrong = 0;
    unsigned i = 0;
    for (int k = 0; k < 6; k++) a[k] = next(4) ? number() : foreign();
    for (const char *word = row->spec; *word; word += strcspn(word, " "), word += *word == ' ') {
        int is_foreign = 0;
        if (*word == '?' || *word == '!') continue;
        a[i] = argument(*word, &is_foreign);
        wrong |= is_foreign && *word != 'p' && word[1] != '@' && word[1] != '*';
        i++;
    }
    // Mappings: only where nothing of its own lies.
    if (row->number >= 214 && row->number <= 239 && *row->spec == 'p') a[0] = foreign();
    if (row->number == 222 && next(2)) a[0] = 0, a[1] = 4096, a[3] = 0x22;
    if (row->number == 216) a[4] = foreign();
    if (row->number == 196) a[2] &= ~(uint64_t)0x4000; // shmat: SHM_REMAP would take its own memory away
    steer(row->number, a);
    if (signals_others(row->number, (uint32_t)a[1])) return;
    long r = CALL(row->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (wrong && r >= 0)
        printf("accepted: %s(%lx, %lx, %lx, %lx, %lx, %lx) = %ld\n", row->name, a[0], a[1], a[2], a[3], a[4], a[5], r);
    if (r > 2 && r < 4096 && (row->number == 19 || row->number == 20 || row->number == 56 || row->number == 198))
        CALL(NR_close, r);
}

static void on_alarm(int n) { (void)n; }

int main(int argc, char **argv) {
    char line[64] = "", byte;
    if (argc != 3 || CALL(NR_read, 0, line, sizeof line - 1) <= 0) return 2;
    char *rest;
    low = strtoull(line, &rest, 16), high = strtoull(rest, NULL, 16);
    state = strtoull(argv[1], NULL, 10);
    int pair[4];
    CALL(NR_pipe2, pair, 04000);
    CALL(199, 1, 1 | 04000, 0, pair + 2); // socketpair
    long made[] = {pair[0],           pair[1],
                   pair[2],           pair[3],
                   CALL(279, "m", 0), CALL(198, 2, 2, 0),
                   CALL(20, 0),       CALL(NR_openat, AT_FDCWD, ".", 0x10000)};
    memcpy(fds, made, sizeof fds);
    struct {
        void (*handler)(int);
        uint64_t flags, mask;
    } action = {on_alarm, 0, 0};
    CALL(134, 14, &action, 0, 8);
    static const int ignored[] = {13, 25, 29}; // SIGPIPE, SIGXFSZ, SIGIO
    action.handler = (void (*)(int))1;
    for (unsigned i = 0; i < 3; i++) CALL(134, ignored[i], &action, 0, 8);
    uint64_t timer[4] = {0, 2000, 0, 2000};
    CALL(103, 0, timer, 0);
    for (long left = strtol(argv[2], NULL, 10), i = 0; left > 0; i++) {
        const Row *row = &rows[next(ROWS)];
        static const int steered[] = {25, 29, 208, 209};
        for (unsigned k = 0; next(8) == 0 && row->number != steered[k = next(4)];)
            for (row = rows; row->number != steered[k];) row++;
        if (i % 64 == 0) fill();
        if (is_left_out(row->name)) continue;
        once(row);
        left--;
    }
    memset(timer, 0, sizeof timer);
    CALL(103, 0, timer, 0);
    printf("done\n");
    while (CALL(NR_read, 0, &byte, 1) == -4) {
    }
    return 0;
}

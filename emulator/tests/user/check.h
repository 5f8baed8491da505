// For test programs that check themselves: checks, threads, processes. The right values are those of the manual pages and
// of the kernel's documentation.
#pragma once
#include "program.h"
#include <stdio.h>
#include <string.h>

enum {
    NR_mknodat = 33,
    NR_exit = 93,
    NR_futex = 98,
    NR_nanosleep = 101,
    NR_setitimer = 103,
    NR_kill = 129,
    NR_tgkill = 131,
    NR_rt_sigaction = 134,
    NR_rt_sigprocmask = 135,
    NR_getpid = 172,
    NR_gettid = 178,
    NR_clone = 220,
    NR_execve = 221,
    NR_mmap = 222,
    NR_wait4 = 260,
    FUTEX_WAIT = 0,
    FUTEX_WAKE = 1,
    EINTR_ = -4,
    SIGALRM_ = 14,
    SIGCHLD_ = 17,
};

static int failed;
#define CHECK(x) ((x) ? (void)0 : (void)(failed = 1, printf("line %d: %s\n", __LINE__, #x)))

static inline void *shared_page(void) { return (void *)CALL(NR_mmap, 0, 4096, 3, 0x21, -1, 0); }
static inline long fork_(void) { return CALL(NR_clone, SIGCHLD_, 0, 0, 0, 0); }
static inline long getpid_(void) { return CALL(NR_getpid); }
static inline long gettid_(void) { return CALL(NR_gettid); }
static inline void sleep_ms(long ms) {
    long t[2] = {ms / 1000, ms % 1000 * 1000000};
    CALL(NR_nanosleep, t, 0);
}
// A test that waits for ever ends by SIGALRM.
static inline void limit(long seconds) {
    long t[4] = {0, 0, seconds, 0};
    CALL(NR_setitimer, 0, t, 0);
}

typedef struct KernelAction {
    void (*handler)(int, int *info, void *context);
    unsigned long flags, mask;
} KernelAction;
static inline long handle(int signal, void (*handler)(int, int *, void *), unsigned long flags) {
    KernelAction a = {handler, flags | 4, ~0ul}; // SA_SIGINFO; one after the other
    return CALL(NR_rt_sigaction, signal, &a, 0, 8);
}
static inline unsigned long bit(int signal) { return 1ul << (signal - 1); }
static inline void set_mask(unsigned long mask) { CALL(NR_rt_sigprocmask, 2, &mask, 0, 8); }

typedef struct Thread {
    volatile int tid; // 0 when it has ended
    void (*run)(long);
    long arg;
    long stack[2048];
} Thread;

static __attribute__((used, noinline)) void thread_begin(Thread *t) {
    t->run(t->arg);
    CALL(NR_exit, 0);
}

static inline long start(Thread *t, void (*run)(long), long arg) {
    t->run = run, t->arg = arg, t->tid = 1;
    register long a7 __asm__("a7") = NR_clone;
    register long a0 __asm__("a0") = 0x3d0f00; // VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID
    register long a1 __asm__("a1") = (long)(t->stack + 2048);
    register long a2 __asm__("a2") = (long)&t->tid;
    register long a3 __asm__("a3") = (long)t;
    register long a4 __asm__("a4") = (long)&t->tid;
    __asm__ volatile("ecall\n"
                     "bnez a0, 1f\n"
                     "mv a0, tp\n"
                     "call thread_begin\n"
                     "1:"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
                     : "memory", "ra");
    return a0;
}

static inline void join(Thread *t) {
    for (int id; (id = t->tid);) CALL(NR_futex, &t->tid, FUTEX_WAIT, id, 0, 0, 0);
}

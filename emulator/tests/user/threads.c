// Threads by clone and futex: a mutex, a condition, joining, atomic instructions, thread-local registers.
#include "program.h"
#include <stdio.h>

enum {
    NR_exit = 93,
    NR_futex = 98,
    NR_nanosleep = 101,
    NR_sched_yield = 124,
    NR_gettid = 178,
    NR_mmap = 222,
    WAIT = 0x80,
    WAKE = 0x81,
    THREADS = 5,
    FLAGS = 0x3d0f00 // VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID
};

typedef struct Thread {
    volatile int tid;
    int index;
    long own;
} Thread;
static Thread threads[THREADS];
static volatile int mutex, turn;
static volatile long counter, atomic;
static int pipe_fd[2];

static void lock(void) {
    while (__atomic_exchange_n(&mutex, 1, __ATOMIC_ACQUIRE)) CALL(NR_futex, &mutex, WAIT, 1, 0, 0, 0);
}
static void unlock(void) {
    __atomic_store_n(&mutex, 0, __ATOMIC_RELEASE);
    CALL(NR_futex, &mutex, WAKE, 1, 0, 0, 0);
}

static Thread *self(void) {
    Thread *t;
    __asm__("mv %0, tp" : "=r"(t));
    return t;
}

static void run(void) {
    Thread *t = self();
    for (int i = 0; i < 20000; i++) {
        lock();
        counter = counter + 1;
        unlock();
        __atomic_fetch_add(&atomic, i, __ATOMIC_RELAXED);
        t->own += i & t->index;
    }
    // One after the other, the last first.
    while (turn != t->index) CALL(NR_futex, &turn, WAIT, turn, 0, 0, 0);
    char byte = (char)('0' + t->index);
    CALL(NR_write, pipe_fd[1], &byte, 1);
    turn--;
    CALL(NR_futex, &turn, WAKE, 100, 0, 0, 0);
    CALL(NR_exit, 0);
}

static long start(Thread *t) {
    char *stack = (char *)CALL(NR_mmap, 0, 65536, 3, 0x22, -1, 0);
    register long a7 __asm__("a7") = 220;
    register long a0 __asm__("a0") = FLAGS;
    register long a1 __asm__("a1") = (long)(stack + 65536);
    register long a2 __asm__("a2") = (long)&t->tid;
    register long a3 __asm__("a3") = (long)t;
    register long a4 __asm__("a4") = (long)&t->tid;
    __asm__ volatile("ecall\n"
                     "bnez a0, 1f\n"
                     "call thread_run\n"
                     "1:"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
                     : "memory", "ra");
    return a0;
}
void thread_run(void) { run(); }

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    char order[THREADS + 1] = {0};
    long own = 0, nap[2] = {0, 1000000}, tid = CALL(NR_gettid);
    CALL(NR_pipe2, pipe_fd, 0);
    turn = -100;
    for (int i = 0; i < THREADS; i++) {
        threads[i].index = i;
        long r = start(&threads[i]);
        if (r < 0) printf("clone: %ld\n", r);
        if (r == tid) printf("two threads of one number\n");
    }
    printf("nap %ld\n", CALL(NR_nanosleep, nap, 0));
    turn = THREADS - 1;
    CALL(NR_futex, &turn, WAKE, 100, 0, 0, 0);
    for (int i = 0; i < THREADS; i++) CALL(NR_read, pipe_fd[0], &order[i], 1); // others run while this one waits
    for (int i = 0; i < THREADS; i++)
        for (int id; (id = threads[i].tid);) CALL(NR_futex, &threads[i].tid, 0, id, 0, 0, 0); // not private
    for (int i = 0; i < THREADS; i++) own += threads[i].own;
    long late[2] = {0, 1000000};
    printf("order %s counter %ld atomic %ld own %ld timeout %ld\n", order, counter, atomic, own,
           CALL(NR_futex, &counter, WAIT, (int)counter, late, 0, 0));
    return 0;
}

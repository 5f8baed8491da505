// Signals: delivery, frames, masks, the alternate stack, restarting; faults as signals with their address.
#include "program.h"
#include <stdio.h>
#include <string.h>

enum {
    NR_kill = 129,
    NR_tkill = 130,
    NR_sigaltstack = 132,
    NR_sigsuspend = 133,
    NR_sigaction = 134,
    NR_sigprocmask = 135,
    NR_setitimer = 103,
    NR_getpid = 172,
    NR_mmap = 222,
    NR_clone = 220,
    NR_wait4 = 260,
    NR_nanosleep = 101,
    NR_getitimer = 102,
    NR_clock_gettime = 113,
    NR_clock_nanosleep = 115,
    NR_pselect6 = 72,
    NR_ppoll = 73
};
enum { ILL = 4, TRAP = 5, BUS = 7, USR1 = 10, SEGV = 11, USR2 = 12, ALRM = 14, CHLD = 17 };
#define SIGINFO   4ul
#define ONSTACK   0x08000000ul
#define RESTART   0x10000000ul
#define NODEFER   0x40000000ul
#define RESETHAND 0x80000000ul

static long getpid(void) { return CALL(NR_getpid); }

typedef struct Action {
    void (*handler)(int, int *, uint64_t *);
    unsigned long flags, mask;
} Action;
static void catch (int n, void (*handler)(int, int *, uint64_t *), unsigned long flags, unsigned long mask) {
    Action a = {handler, flags | SIGINFO, mask};
    CALL(NR_sigaction, n, &a, 0, 8);
}
enum { PC = 176 / 8 }; // of the context, in words; then x1 to x31
static volatile int count, last, code;
static volatile uint64_t address, on_stack;
static uint64_t main_sp;
static char stack[16384] __attribute__((aligned(16)));

static void note(int n, int *info, uint64_t *context) {
    (void)context;
    count++, last = n, code = info[2];
    address = *(uint64_t *)(info + 4);
}
// Skips the instruction that faulted, and shows that registers can be changed from here.
static void skip(int n, int *info, uint64_t *context) {
    note(n, info, context);
    uint16_t first = *(uint16_t *)context[PC];
    context[PC] += (first & 3) == 3 ? 4 : 2;
    context[PC + 10] = 77; // a0
    on_stack = (uint64_t)&first - (uint64_t)stack < sizeof stack;
}

static long faulty_load(uint64_t at) {
    register uint64_t a0 __asm__("a0") = at;
    __asm__ volatile("ld a0, 0(a0)" : "+r"(a0)::"memory");
    return (long)a0;
}
static long faulty_store(uint64_t at) {
    register uint64_t a0 __asm__("a0") = at;
    __asm__ volatile("sd zero, 8(a0)" : "+r"(a0)::"memory");
    return (long)a0;
}
static long illegal(void) {
    register uint64_t a0 __asm__("a0") = 1;
    __asm__ volatile(".word 0xffffffff" : "+r"(a0)::"memory");
    return (long)a0;
}
static long breakpoint(void) {
    register uint64_t a0 __asm__("a0") = 1;
    __asm__ volatile(".option push; .option norvc; ebreak; .option pop" : "+r"(a0)::"memory");
    return (long)a0;
}

static void faults(void) {
    static const int numbers[] = {ILL, TRAP, BUS, SEGV};
    for (unsigned i = 0; i < 4; i++) catch (numbers[i], skip, 0, 0);
    char *p = (char *)CALL(NR_mmap, 0, 8192, 1, 0x22, -1, 0);
    printf("load: %ld, signal %d code %d at %#lx\n", faulty_load(0x20000008), last, code, (long)address);
    printf("store: %ld, signal %d code %d", faulty_store((uint64_t)p), last, code);
    printf(" at page + %ld\n", (long)(address - (uint64_t)p));
    printf("high: %ld, signal %d\n", faulty_load(0xffffffff80000000ull), last);
    printf("illegal: %ld, signal %d code %d\n", illegal(), last, code);
    printf("breakpoint: %ld, signal %d code %d\n", breakpoint(), last, code);
    uint64_t alt[3] = {(uint64_t)stack, 0, sizeof stack};
    printf("sigaltstack: %ld\n", CALL(NR_sigaltstack, alt, 0));
    printf("not there: %ld %d\n", faulty_load(0x20000008), (int)on_stack);
    catch (SEGV, skip, ONSTACK, 0);
    printf("there: %ld %d\n", faulty_load(0x20000008), (int)on_stack);
}

// A call of no function, until it is translated: an empty entry of a table of jumps must not be taken for its target.
static void to_caller(int n, int *info, uint64_t *context) {
    note(n, info, context);
    context[PC] = context[PC + 1]; // ra
}
static void no_function(void) {
    void (*volatile none)(void) = NULL;
    catch (SEGV, to_caller, 0, 0);
    count = 0;
    for (int i = 0; i < 50; i++) none();
    catch (SEGV, skip, ONSTACK, 0);
    printf("no function: %d times, signal %d code %d at %#lx\n", count, last, code, (long)address);
}

static void masks(void) {
    unsigned long set = 1ul << (USR1 - 1), old = 0;
    long pid = CALL(NR_getpid);
    count = 0;
    catch (USR1, note, 0, 0);
    CALL(NR_kill, pid, USR1);
    printf("taken at once: %d\n", count);
    CALL(NR_sigprocmask, 0, &set, 0, 8);
    CALL(NR_kill, pid, USR1);
    CALL(NR_kill, pid, USR1);
    printf("blocked: %d\n", count);
    CALL(NR_sigprocmask, 1, &set, &old, 8);
    printf("unblocked: %d, the mask was %#lx\n", count, old);
    catch (USR1, note, RESETHAND, 0);
    CALL(NR_tkill, getpid(), USR1);
    Action a;
    CALL(NR_sigaction, USR1, 0, &a, 8);
    printf("reset: %d %d\n", count, a.handler == NULL);
}

static void nested(int n, int *info, uint64_t *context) {
    int before = count;
    note(n, info, context);
    if (before == 0) CALL(NR_kill, getpid(), USR1);
    if (before == 0) printf("  inside: %d\n", count);
}
static void nesting(void) {
    count = 0;
    catch (USR1, nested, 0, 0);
    CALL(NR_kill, getpid(), USR1);
    printf("deferred: %d\n", count);
    count = 0;
    catch (USR1, nested, NODEFER, 0);
    CALL(NR_kill, getpid(), USR1);
    printf("not deferred: %d\n", count);
}

// The timer ends a loop that makes no calls; registers of the loop survive.
static void timer(void) {
    long once[4] = {0, 0, 0, 20000}, often[4] = {0, 20000, 0, 20000}, off[4] = {0, 0, 0, 0};
    long sleep[2] = {5, 0}, rest[2] = {0, 0};
    catch (ALRM, note, 0, 0);
    count = 0;
    CALL(NR_setitimer, 0, once, 0);
    uint64_t a = 1, b = 2, turns = 0;
    while (!count) a += 3, b = a * 2, turns++;
    printf("interrupted: %d %d\n", count, a == 1 + 3 * turns && b == 2 * a);
    CALL(NR_setitimer, 0, often, 0); // a busy machine may deliver the first before the sleep begins
    long r = CALL(NR_nanosleep, sleep, rest);
    CALL(NR_setitimer, 0, off, 0);
    printf("sleep: %ld, rest %ld\n", r, rest[0]);
}

// ---- a signal in the middle of a hot loop of 32-bit numbers: at each of its instructions the registers are what arithmetic says
extern const char loop_start[], loop_end[];
static volatile int in_loop, inconsistent;
static uint64_t sum_below(uint64_t n) { return (uint64_t)(int32_t)(n * (n - 1) / 2); }
static void look(int n, int *info, uint64_t *context) {
    (void)n, (void)info;
    uint64_t at = context[PC] - (uint64_t)loop_start, *x = context + PC;
    count++;
    if (at >= (uint64_t)(loop_end - loop_start)) return;
    in_loop++;
    uint64_t i = x[13], added = at == 4;
    if (i != (uint64_t)(int32_t)i || x[14] != sum_below((uint32_t)i + added)) inconsistent++;
    if (at == 12 && x[15] != (x[13] ^ x[14])) inconsistent++;
}
static uint64_t sum_up(uint64_t limit) {
    register uint64_t i __asm__("a3") = 0, sum __asm__("a4") = 0, both __asm__("a5") = 0, end __asm__("a6") = limit;
    __asm__ volatile(
        ".option push\n.option norvc\nloop_start: addw a4, a4, a3\naddiw a3, a3, 1\nxor a5, a3, a4\nbne a3, a6, "
        "loop_start\nloop_end: .option pop"
        : "+r"(i), "+r"(sum), "+r"(both)
        : "r"(end));
    return sum;
}
static void middle(void) {
    long often[4] = {0, 300, 0, 300}, off[4] = {0};
    int wrong = 0;
    catch (ALRM, look, 0, 0);
    count = 0;
    CALL(NR_setitimer, 0, often, 0);
    for (uint64_t n = 100000; in_loop < 100; n += 1000) wrong += sum_up(n) != sum_below(n);
    CALL(NR_setitimer, 0, off, 0);
    printf("middle: %d %d\n", wrong, inconsistent);
}

// Each wait with a time is ended by the timer, what is left of it is said, and a timer that has not gone off yet has come nearer.
static void timer_ends_waits(void) {
    long once[4] = {0, 0, 0, 20000}, late[4] = {0, 0, 100, 0}, often[4] = {0, 10000, 0, 10000}, off[4] = {0}, now[4];
    long sleep[2] = {5, 0}, nap[2] = {0, 50000000}, rest[2], until[2], r;
    unsigned long mask = 1ul << (ALRM - 1);
    catch (ALRM, note, 0, 0);
    count = 0;
    CALL(NR_setitimer, 0, once, 0);
    rest[0] = rest[1] = 0;
    r = CALL(NR_nanosleep, sleep, rest);
    printf("nanosleep: %ld %d, rest %d\n", r, count, rest[0] == 4 && rest[1] > 0);
    CALL(NR_clock_gettime, 1, until);
    until[0] += 5;
    CALL(NR_setitimer, 0, once, 0);
    r = CALL(NR_clock_nanosleep, 1, 1, until, 0);
    printf("until: %ld %d\n", r, count);
    CALL(NR_setitimer, 0, once, 0);
    r = CALL(NR_ppoll, 0, 0, sleep, 0, 8);
    printf("ppoll: %ld %d\n", r, count);
    sleep[0] = 5, sleep[1] = 0;
    CALL(NR_setitimer, 0, once, 0);
    r = CALL(NR_pselect6, 0, 0, 0, 0, sleep, 0);
    printf("pselect6: %ld %d\n", r, count);

    CALL(NR_setitimer, 0, late, 0);
    r = CALL(NR_nanosleep, nap, 0);
    CALL(NR_getitimer, 0, now);
    printf("late: %ld %d, %ld, %d\n", r, count, now[2], now[3] > 0 && now[3] < 950001);
    CALL(NR_setitimer, 0, off, 0);

    CALL(NR_sigprocmask, 0, &mask, 0, 8); // blocked: the sleep goes on
    CALL(NR_setitimer, 0, once, 0);
    r = CALL(NR_nanosleep, nap, 0);
    printf("blocked: %ld %d\n", r, count);
    CALL(NR_sigprocmask, 1, &mask, 0, 8);
    printf("unblocked: %d\n", count);
    catch (ALRM, (void (*)(int, int *, uint64_t *))1, 0, 0); // ignored: so it does
    CALL(NR_setitimer, 0, often, 0);
    r = CALL(NR_nanosleep, nap, 0);
    CALL(NR_setitimer, 0, off, 0);
    printf("ignored: %ld %d\n", r, count);
}

// A child writes after signals have come: does the read go on? Where it shall not, the child waits until it is over.
static void restarts(unsigned long flags) {
    int fd[2], over[2];
    char byte = 0;
    long often[4] = {0, 20000, 0, 20000}, off[4] = {0, 0, 0, 0}, wait[2] = {0, 100000000};
    catch (ALRM, note, flags, 0);
    CALL(NR_pipe2, fd, 0);
    CALL(NR_pipe2, over, 0);
    if (!CALL(NR_clone, CHLD, 0, 0, 0, 0)) {
        if (flags & RESTART)
            CALL(NR_nanosleep, wait, 0);
        else
            CALL(NR_read, over[0], &byte, 1);
        CALL(NR_write, fd[1], "x", 1);
        CALL(NR_exit_group, 0);
    }
    CALL(NR_setitimer, 0, often, 0);
    long r = CALL(NR_read, fd[0], &byte, 1);
    CALL(NR_setitimer, 0, off, 0);
    printf("read: %ld %d\n", r, byte);
    CALL(NR_write, over[1], "x", 1);
    CALL(NR_wait4, -1, 0, 0, 0);
}

static void suspend(void) {
    long once[4] = {0, 0, 0, 20000};
    unsigned long all = ~0ul >> 2, none = 0, now = 0;
    CALL(NR_sigprocmask, 2, &all, 0, 8);
    count = 0;
    CALL(NR_setitimer, 0, once, 0);
    long r = CALL(NR_sigsuspend, &none, 8);
    CALL(NR_sigprocmask, 2, &none, &now, 8);
    printf("suspend: %ld %d, mask %#lx\n", r, count, now);
}

static void deaths(void) {
    static const int numbers[] = {USR2, SEGV, 9, ILL};
    for (unsigned i = 0; i < 4; i++) {
        int status = 0;
        long pid = CALL(NR_clone, CHLD, 0, 0, 0, 0);
        if (!pid) {
            Action a = {0};
            CALL(NR_sigaction, numbers[i], &a, 0, 8);
            if (numbers[i] == ILL) illegal();
            CALL(NR_kill, getpid(), numbers[i]);
            CALL(NR_exit_group, 3);
        }
        CALL(NR_wait4, pid, &status, 0, 0);
        printf("death: %d\n", status & 0x7f);
    }
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    main_sp = (uint64_t)__builtin_frame_address(0);
    faults();
    no_function();
    masks();
    nesting();
    timer();
    timer_ends_waits();
    middle();
    restarts(0);
    restarts(RESTART);
    suspend();
    deaths();
    faulty_load(0); // caught, skipped
    Action a = {0};
    CALL(NR_sigaction, SEGV, &a, 0, 8);
    faulty_load(0x20000008); // the end
    return 0;
}

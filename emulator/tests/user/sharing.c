// Memory that processes share: every atomic instruction is one step for the others. Known sums.
#include "check.h"

enum { N = 200000, PROCESSES = 3 };

typedef struct Shared {
    volatile long add, reserved, locked, lock, most, ored, xored, swapped;
    volatile int add_w, reserved_w, most_w;
} Shared;

#define AMO(name, place, value) __asm__ volatile(name " zero, %0, (%1)" ::"r"((long)(value)), "r"(place) : "memory")

static void add_by_reservation(Shared *s) {
    long t, u;
    __asm__ volatile("1: lr.d %0, (%2)\n addi %0, %0, 1\n sc.d %1, %0, (%2)\n bnez %1, 1b\n"
                     "2: lr.w %0, (%3)\n addi %0, %0, 1\n sc.w %1, %0, (%3)\n bnez %1, 2b"
                     : "=&r"(t), "=&r"(u)
                     : "r"(&s->reserved), "r"(&s->reserved_w)
                     : "memory");
}

static void add_under_lock(Shared *s) {
    long old;
    do {
        __asm__ volatile("amoswap.d.aq %0, %1, (%2)" : "=r"(old) : "r"(1l), "r"(&s->lock) : "memory");
        if (old) CALL(124); // sched_yield
    } while (old);
    s->locked++;
    __asm__ volatile("amoswap.d.rl zero, zero, (%0)" ::"r"(&s->lock) : "memory");
}

static void work(Shared *s, int index) {
    long all = 0;
    for (int i = 0; i < N; i++) {
        AMO("amoadd.d", &s->add, 1);
        AMO("amoadd.w", &s->add_w, 1);
        AMO("amomax.d", &s->most, i * PROCESSES + index);
        AMO("amomaxu.w", &s->most_w, i * PROCESSES + index);
        AMO("amoxor.d", &s->xored, 1l << index);
        AMO("amoor.d", &s->ored, 1l << (i % 20 * PROCESSES + index));
        add_by_reservation(s);
        if (i % 8 == 0) add_under_lock(s);
        long old;
        __asm__ volatile("amoadd.d %0, %1, (%2)" : "=r"(old) : "r"(2l), "r"(&s->swapped) : "memory");
        all += old; // none of these results comes twice
    }
    __atomic_fetch_add(&s[1].add, all, __ATOMIC_RELAXED);
}

// SC fails when the address or the value is another one, and stores nothing then.
static void reservations(Shared *s) {
    long failed_to_store, other = 7;
    __asm__ volatile("lr.d t0, (%1)\n sc.d %0, %3, (%2)"
                     : "=&r"(failed_to_store)
                     : "r"(&s->add), "r"(&s->lock), "r"(other)
                     : "t0", "memory");
    CHECK(failed_to_store == 1 && s->lock == 0);
    __asm__ volatile("lr.d t0, (%1)\n addi t0, t0, 1\n sd t0, (%1)\n sc.d %0, %2, (%1)"
                     : "=&r"(failed_to_store)
                     : "r"(&s->lock), "r"(other)
                     : "t0", "memory");
    CHECK(failed_to_store == 1 && s->lock == 1);
    __asm__ volatile("sc.d %0, %2, (%1)" : "=&r"(failed_to_store) : "r"(&s->lock), "r"(other) : "memory");
    CHECK(failed_to_store == 1 && s->lock == 1);
    __asm__ volatile("lr.d t0, (%1)\n sc.d %0, %2, (%1)"
                     : "=&r"(failed_to_store)
                     : "r"(&s->lock), "r"(other)
                     : "t0", "memory");
    CHECK(failed_to_store == 0 && s->lock == 7);
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    Shared *s = shared_page();
    long total = (long)N * PROCESSES, k = 0;
    limit(60);
    for (int p = 0; p < PROCESSES; p++) {
        if (fork_()) continue;
        work(s, p);
        CALL(NR_exit_group, 0);
    }
    while (CALL(NR_wait4, -1, 0, 0, 0) > 0) k++;
    CHECK(k == PROCESSES);
    CHECK(s->add == total && s->add_w == total);
    CHECK(s->reserved == total && s->reserved_w == total);
    CHECK(s->locked == total / 8 && s->lock == 0);
    CHECK(s->most == total - 1 && s->most_w == total - 1);
    CHECK(s->ored == (1l << 60) - 1 && s->xored == 0);
    CHECK(s->swapped == 2 * total && s[1].add == total * (total - 1));
    reservations(s);
    puts("done");
    return failed;
}

// Calls and jumps through registers that go to one place until a region expects it, and elsewhere from then on: another
// callee, both in turn, one that calls back, one that returns to the caller's caller, a switch by table, a tail call.
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

typedef uint64_t Fn(uint64_t x, unsigned depth);
static Fn *volatile now; // volatile: the compiler must not guess, too
static jmp_buf away;

static __attribute__((noinline)) uint64_t add(uint64_t x, unsigned depth) { return x * 3 + depth; }
static __attribute__((noinline)) uint64_t turn(uint64_t x, unsigned depth) { return (x << 7 | x >> 57) ^ depth; }
static __attribute__((noinline)) uint64_t again(uint64_t x, unsigned depth) {
    Fn *self = now;
    return depth < 4 ? self(x + depth, depth + 1) + 1 : x ^ 0x5555;
}
static __attribute__((noinline)) uint64_t tail(uint64_t x, unsigned depth) {
    Fn *other = depth & 1 ? add : turn;
    __asm__("" : "+r"(other));
    return other(x + 1, depth);
}
static __attribute__((noinline)) uint64_t leap(uint64_t x, unsigned depth) {
    if (x % 64 == 5) longjmp(away, (int)(x % 1000) + 1);
    return x + depth;
}

static __attribute__((noinline)) uint64_t rounds(unsigned n, uint64_t x) {
    for (unsigned i = 0; i < n; i++) x = now(x, i & 7) + i;
    return x;
}

static __attribute__((noinline)) uint64_t machine(unsigned n, uint64_t x, unsigned mask) {
    for (unsigned i = 0; i < n; i++) {
        switch (x >> 3 & mask) { // by a table
        case 0: x += 11; break;
        case 1: x *= 5; break;
        case 2: x ^= i; break;
        case 3: x -= 3; break;
        case 4: x += x >> 9; break;
        case 5: x = ~x; break;
        case 6: x += 0x1234; break;
        default: x ^= x << 5;
        }
    }
    return x;
}

int main(void) {
    static Fn *const all[] = {add, turn, again, tail};
    uint64_t x = 1;
    for (unsigned turns = 0; turns < 3; turns++)
        for (unsigned k = 0; k < 4; k++) {
            now = all[k];
            printf("%u %016llx\n", k, (unsigned long long)(x = rounds(k == 2 ? 20000 : 60000, x)));
        }
    for (unsigned i = 0; i < 100000; i++) { // in turn, and seldom
        now = all[i % 100 == 99 ? i / 100 % 4 : 0];
        x = rounds(2, x);
    }
    printf("in turn %016llx\n", (unsigned long long)x);
    volatile uint64_t kept = x;
    for (volatile unsigned i = 0; i < 300; i++) {
        now = leap;
        int code = setjmp(away);
        kept = code ? kept + (unsigned)code : rounds(500, kept);
    }
    printf("leaps %016llx\n", (unsigned long long)kept);
    x = kept;
    for (unsigned mask = 0; mask < 8; mask = mask * 2 + 1)
        printf("switch %u %016llx\n", mask, (unsigned long long)(x = machine(60000, x, mask)));
    return 0;
}

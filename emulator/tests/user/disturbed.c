// Memory that another thread disturbs while a hot loop uses it: rights that come and go, code that is written beside its data and
// through another mapping. What the loop computes is what arithmetic says.
#include "check.h"
enum { NR_ftruncate = 46, NR_sched_yield = 124, NR_mprotect = 226, NR_munmap = 215, NR_flush_icache = 259 };
enum { PAGES = 8, FAULTS = 40, CALLS = 300, SEGV = 11 };
static Thread thread;
static volatile int stop, began;
static volatile long faults;
static unsigned char *pages;

static void on_segv(int n, int *info, void *context) {
    (void)n, (void)context;
    unsigned long at = *(unsigned long *)(info + 4);
    if (at - (unsigned long)pages >= PAGES * 4096ul) CALL(94, 77);
    faults++;
    CALL(NR_mprotect, at & ~4095ul, 4096, 3);
}
static void disturb(long unused) {
    (void)unused;
    unsigned long r = 12345;
    for (began = 1; !stop;) {
        r = r * 6364136223846793005ul + 1442695040888963407ul;
        unsigned char *p = pages + (r >> 33) % PAGES * 4096;
        CALL(NR_mprotect, p, 4096, (r >> 60) & 1 ? 1 : 0);
        if ((r >> 50) % 4 == 0) {
            long m = CALL(NR_mmap, 0, 4096, 7, 0x22, -1, 0);
            CALL(NR_munmap, m, 4096);
        }
        if ((r >> 40) % 8 == 0) CALL(NR_sched_yield);
    }
}
// The sum of a region of words, each of which gets `by`.
static __attribute__((noinline)) unsigned pass(unsigned *w, unsigned n, unsigned by) {
    unsigned sum = 0;
    for (unsigned i = 0; i < n; i++) w[i] += by, sum += w[i];
    return sum;
}
static __attribute__((noinline)) unsigned strided(unsigned char *b, int from, int to) {
    unsigned sum = 0;
    for (int i = from; i < to; i += 7) b[i]++, sum += b[i + 3], b[i + 1] ^= 0x55, b[i + 1] ^= 0x55;
    return sum;
}
static void rights(void) {
    unsigned n = PAGES * 1024, k;
    pages = (unsigned char *)CALL(NR_mmap, 0, PAGES * 4096, 3, 0x22, -1, 0);
    handle(SEGV, on_segv, 0x40000000);
    start(&thread, disturb, 0);
    while (!began) CALL(NR_sched_yield);
    for (k = 1; faults < FAULTS || k < 20; k++) CHECK(pass((unsigned *)pages, n, 1) == n * k);
    for (unsigned i = 0; i < n; i++) CHECK(((unsigned *)pages)[i] == k - 1);
    for (unsigned i = 0; i < n; i++) ((unsigned *)pages)[i] = 0;
    faults = 0;
    for (k = 0; k < 200 && (faults < FAULTS || k < 20); k++) strided(pages, 0, PAGES * 4096 - 8);
    for (int i = 0; i < PAGES * 4096 - 8; i++) CHECK(pages[i] == (i % 7 ? 0 : k));
    stop = 1;
    join(&thread);
}

// ---- code beside its data: lw a1, 256(a0); addi a1, a1, 1 (or 2); sw a1, 256(a0); ret
static unsigned *code, *alias;
static volatile unsigned written;
static void rewrite(long unused) {
    (void)unused;
    for (began = 1; !stop; written++) {
        unsigned *to = written & 1 ? code : alias;
        to[1] = written & 2 ? 0x00158593 : 0x00258593;
        CALL(NR_flush_icache, code, code + 4, 0);
        if (written % 16 == 0) CALL(NR_sched_yield);
    }
}
static __attribute__((noinline)) void call_often(unsigned n) {
    void (*f)(unsigned *) = (void (*)(unsigned *))code;
    while (n-- > 0) f(code);
}
static void beside(void) {
    static const unsigned bytes[] = {0x10052583, 0x00158593, 0x10b52023, 0x00008067};
    long fd = nameless_file();
    CALL(NR_ftruncate, fd, 4096);
    code = (unsigned *)CALL(NR_mmap, 0, 4096, 7, 1, fd, 0);
    alias = (unsigned *)CALL(NR_mmap, 0, 4096, 3, 1, fd, 0);
    for (int i = 0; i < 4; i++) code[i] = bytes[i];
    CALL(NR_flush_icache, code, code + 4, 0);
    stop = began = 0;
    start(&thread, rewrite, 0);
    while (!began) CALL(NR_sched_yield);
    unsigned calls = 0, now = 0;
    for (; written < 100 || calls < 20 * CALLS; calls += CALLS, now = code[64], CALL(NR_sched_yield)) {
        call_often(CALLS);
        CHECK(code[64] - now >= CALLS && code[64] - now <= 2 * CALLS);
    }
    stop = 1;
    join(&thread);
    for (unsigned by = 1; by < 200; by++) {
        alias[1] = by << 20 | 0x58593;
        CALL(NR_flush_icache, code, code + 4, 0);
        now = code[64];
        call_often(by == 100 ? CALLS : 50);
        CHECK(code[64] - now == by * (by == 100 ? CALLS : 50));
    }
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    limit(200);
    rights();
    beside();
    puts("done");
    return failed;
}

// A kernel for OpenSBI that fits into a page: it says what it was handed, takes timer and UART interrupts in
// S-mode, and shuts down through the SBI; or reboots, if its command line begins with an r. boot.test.sh
// runs it here and under QEMU.
#define GUEST_SBI
#include "guest.h"

enum { SEIE = 1 << 9, STIE = 1 << 5, UART_IRQ = 10 };
enum { SBI_TIME = 0x54494D45, SBI_SRST = 0x53525354 };

#define PRIORITY(source) PLIC[source]
#define S_ENABLE         PLIC[0x2080 / 4]
#define S_THRESHOLD      PLIC[0x201000 / 4]
#define S_CLAIM          PLIC[0x201004 / 4]

// ---- the device tree: "Flattened Devicetree Format"
static u32 big(const u8 *at) { return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3]; }
static int same(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

typedef struct Value {
    const u8 *at;
    u32 n;
} Value;

// The first property of this name, wherever it is.
static Value property(const u8 *tree, const char *name) {
    const u8 *at = tree + big(tree + 8);
    const char *strings = (const char *)tree + big(tree + 12);
    for (;;) {
        u32 token = big(at);
        at += 4;
        if (token == 1) { // a node and its name
            while (*at) at++;
            at = (const u8 *)(((u64)at + 4) & ~3ul);
        } else if (token == 3) {
            u32 n = big(at);
            if (same(strings + big(at + 4), name)) return (Value){at + 8, n};
            at += 8 + ((n + 3) & ~3u);
        } else if (token == 9) {
            return (Value){0, 0};
        }
    }
}

static u64 number(Value v) {
    u64 x = 0;
    for (u32 i = 0; i < v.n; i++) x = x << 8 | v.at[i];
    return x;
}

static void text(const char *name, const u8 *at, u64 n) {
    while (*name) put(*name++);
    for (u64 i = 0; i < n && at[i]; i++) put((char)at[i]);
    put('\n');
}

static void handed(u64 hart, const u8 *tree) {
    u64 v[8];
    v[0] = hart, v[1] = big(tree), v[2] = number(property(tree, "timebase-frequency"));
    v[3] = (u64)&property; // where it was loaded
    show("handed", v, 4);
    Value args = property(tree, "bootargs");
    text("bootargs ", args.at, args.n);
    u64 initrd = number(property(tree, "linux,initrd-start")), end = number(property(tree, "linux,initrd-end"));
    v[0] = initrd, v[1] = end - initrd;
    show("initrd", v, 2);
    text("initrd ", (const u8 *)initrd, end - initrd);
}

// ---- interrupts
static volatile u64 seen[8];
static volatile unsigned n_seen;

static __attribute__((interrupt("supervisor"), aligned(4))) void handler(void) {
    u64 cause = CSR_READ(scause) & 0xff;
    seen[n_seen++] = cause;
    if (cause == 5) sbi(SBI_TIME, 0, ~0ul, 0);
    if (cause == 9) {
        u32 source = S_CLAIM;
        seen[n_seen++] = source;
        seen[n_seen++] = UART[2] & 0xf;
        S_CLAIM = source;
    }
}

// WHY the bracket: an interrupt between the look and wfi would be slept over.
static void wait(void) {
    while (!n_seen) {
        __asm__ volatile("csrci sstatus, 2");
        if (!n_seen) __asm__ volatile("wfi");
        __asm__ volatile("csrsi sstatus, 2");
    }
}

static void show_seen(const char *name) {
    u64 v[8];
    for (unsigned i = 0; i < n_seen; i++) v[i] = seen[i];
    show(name, v, n_seen);
    n_seen = 0;
}

static void interrupts(void) {
    CSR_WRITE(stvec, (u64)handler);
    CSR_WRITE(sie, STIE | SEIE);
    __asm__ volatile("csrsi sstatus, 2");
    u64 before = CSR_READ(time);
    sbi(SBI_TIME, 0, before + 1000000, 0); // 0.1 s
    wait();
    seen[n_seen++] = CSR_READ(time) - before >= 1000000;
    show_seen("timer");
    S_ENABLE = 1u << UART_IRQ;
    S_THRESHOLD = 0;
    PRIORITY(UART_IRQ) = 1;
    UART[1] = 2;
    wait();
    UART[1] = 0;
    show_seen("uart");
}

void run(u64 hart, const void *tree) {
    handed(hart, tree);
    interrupts();
    sbi(SBI_SRST, 0, *property(tree, "bootargs").at == 'r', 0);
    text("not reached", 0, 0);
}

// A bare-metal RV64 program that takes interrupts through the PLIC, from the UART and the RTC, prints what it saw and
// ends with code 42. interrupts.test.sh runs it here and under QEMU.
#include "guest.h"

enum { UART_IRQ = 10, RTC_IRQ = 11, MEIP = 1 << 11, SEIP = 1 << 9 };
enum { RTC_LOW, RTC_HIGH, ALARM_LOW, ALARM_HIGH, RTC_ENABLED, CLEAR_ALARM, ALARM_STATUS, CLEAR_INTERRUPT };

#define PRIORITY(source)      PLIC[source]
#define PENDING(word)         PLIC[0x1000 / 4 + (word)]
#define ENABLE(context, word) PLIC[0x2000 / 4 + (context)*0x80 / 4 + (word)]
#define THRESHOLD(context)    PLIC[0x200000 / 4 + (context)*0x1000 / 4]
#define CLAIM(context)        PLIC[0x200004 / 4 + (context)*0x1000 / 4]

// WHY a call: QEMU takes interrupts between its blocks, not between two stores.
static __attribute__((noinline)) void uart(unsigned reg, u8 v) { UART[reg] = v; }

// WHY the priority: QEMU looks at its sources again when one is written, not at a change of enable bits.
static void enable(unsigned context, u32 sources) {
    ENABLE(context, 0) = sources;
    PRIORITY(1) = 0;
}

static u64 external(void) { return CSR_READ(mip) & (MEIP | SEIP); }
static u64 rtc_now(void) {
    u64 low = RTC[RTC_LOW];
    return (u64)RTC[RTC_HIGH] << 32 | low;
}
static void alarm_at(u64 t) {
    RTC[ALARM_HIGH] = (u32)(t >> 32);
    RTC[ALARM_LOW] = (u32)t;
}

static void registers(void) {
    u64 v[16];
    PRIORITY(1) = 0xff, v[0] = PRIORITY(1);
    PRIORITY(96) = 5, v[1] = PRIORITY(96);
    PRIORITY(1) = PRIORITY(96) = 0, v[2] = PRIORITY(1);
    ENABLE(0, 0) = 0xfffffffe, ENABLE(1, 2) = 0x80000001;
    v[3] = ENABLE(0, 0), v[4] = ENABLE(1, 0), v[5] = ENABLE(1, 2), v[6] = ENABLE(0, 2);
    ENABLE(0, 0) = ENABLE(1, 2) = 0;
    THRESHOLD(0) = 0xff, v[7] = THRESHOLD(0), v[8] = THRESHOLD(1);
    THRESHOLD(0) = 0, v[9] = THRESHOLD(0);
    v[10] = PENDING(0), v[11] = CLAIM(0), v[12] = CLAIM(1), v[13] = external();
    show("registers", v, 14);
}

// THR empty is a level that reading IIR takes away.
static void one_source(void) {
    u64 v[16];
    PRIORITY(UART_IRQ) = 1;
    UART[1] = 2;
    v[0] = PENDING(0), v[1] = external();
    enable(0, 1u << UART_IRQ), v[2] = external();
    THRESHOLD(0) = 1, v[3] = external();
    PRIORITY(UART_IRQ) = 2, v[4] = external();
    PRIORITY(UART_IRQ) = 0, v[5] = external();
    PRIORITY(UART_IRQ) = 3, THRESHOLD(0) = 0, v[6] = external();
    v[7] = CLAIM(0), v[8] = external(), v[9] = PENDING(0), v[10] = CLAIM(0);
    v[11] = UART[2], UART[1] = 0;
    CLAIM(0) = UART_IRQ, v[12] = external(), v[13] = CLAIM(0);
    enable(0, 0);
    show("one source", v, 14);
}

static void two_sources(void) {
    u64 v[16];
    alarm_at(1); // long ago
    RTC[RTC_ENABLED] = 1;
    UART[1] = 2;
    enable(0, 1u << UART_IRQ | 1u << RTC_IRQ);
    enable(1, 1u << UART_IRQ | 1u << RTC_IRQ);
    PRIORITY(UART_IRQ) = 4, PRIORITY(RTC_IRQ) = 5;
    v[0] = PENDING(0), v[1] = external();
    v[2] = CLAIM(0), v[3] = external();
    v[4] = CLAIM(1), v[5] = external(), v[6] = CLAIM(0);
    v[7] = RTC[ALARM_STATUS], v[8] = UART[2];
    RTC[CLEAR_INTERRUPT] = 1;
    CLAIM(0) = RTC_IRQ, CLAIM(1) = UART_IRQ;
    v[9] = external();
    PRIORITY(UART_IRQ) = PRIORITY(RTC_IRQ) = 7; // the lower source wins
    UART[1] = 0, UART[1] = 2;
    alarm_at(2);
    v[10] = CLAIM(0), v[11] = CLAIM(1);
    v[12] = UART[2], UART[1] = 0, RTC[CLEAR_INTERRUPT] = 1, RTC[RTC_ENABLED] = 0;
    CLAIM(0) = UART_IRQ, CLAIM(1) = RTC_IRQ;
    v[13] = external(), v[14] = PENDING(0);
    enable(1, 0);
    show("two sources", v, 15);
}

// ---- taken interrupts
static volatile u64 seen[16];
static volatile unsigned n_seen;

static __attribute__((interrupt("machine"))) void handler(void) {
    u32 source = CLAIM(0);
    seen[n_seen++] = CSR_READ(mcause) & 0xff;
    seen[n_seen++] = source;
    if (source == UART_IRQ) {
        u64 id = seen[n_seen++] = UART[2];
        if ((id & 0xf) == 4) seen[n_seen++] = UART[0];
        if ((id & 0xf) == 2) UART[1] = 1;
    } else if (source == RTC_IRQ) {
        RTC[CLEAR_INTERRUPT] = 1;
    }
    CLAIM(0) = source;
}

static void show_seen(const char *name) {
    u64 v[16];
    for (unsigned i = 0; i < n_seen; i++) v[i] = seen[i];
    show(name, v, n_seen);
    n_seen = 0;
}

// WHY the bracket: an interrupt between the look and wfi would be slept over, as by QEMU on a busy machine.
static void wait(void) {
    while (!n_seen) {
        __asm__ volatile("csrci mstatus, 8");
        if (!n_seen) __asm__ volatile("wfi");
        __asm__ volatile("csrsi mstatus, 8");
    }
}

static void taken(void) {
    CSR_WRITE(mtvec, (u64)handler);
    CSR_WRITE(mie, MEIP);
    THRESHOLD(0) = 0;
    enable(0, 1u << UART_IRQ | 1u << RTC_IRQ);
    __asm__ volatile("csrsi mstatus, 8");
    uart(2, 0);    // WHY no FIFO: QEMU counts its timeout in time of the host
    uart(4, 0x1f); // loop
    uart(1, 1);
    uart(0, 'A');
    uart(0, 'B');
    uart(1, 3);
    uart(1, 0);
    uart(4, 8);
    show_seen("uart");
    u64 before = rtc_now();
    alarm_at(before + 2000000); // 2 ms
    RTC[RTC_ENABLED] = 1;
    wait();
    seen[n_seen++] = rtc_now() >= before + 2000000;
    seen[n_seen++] = RTC[ALARM_STATUS];
    alarm_at(rtc_now() + 1000000000000);
    seen[n_seen++] = RTC[ALARM_STATUS];
    RTC[CLEAR_ALARM] = 1;
    seen[n_seen++] = RTC[ALARM_STATUS];
    RTC[RTC_HIGH] = 0x10; // set the clock
    seen[n_seen++] = rtc_now() >> 32;
    show_seen("rtc");
    __asm__ volatile("csrci mstatus, 8");
}

// The time CSR is mtime, also after the guest has set it.
static void time(void) {
    u64 v[4];
    *MTIME = 1ul << 40;
    v[0] = CSR_READ(time) >> 32;
    *MTIME = 0;
    v[1] = CSR_READ(time) >> 32;
    u64 a = *MTIME, b = CSR_READ(time), c = *MTIME;
    v[2] = a <= b && b <= c;
    show("time", v, 3);
}

void run(u64 hart, const void *tree) {
    (void)hart, (void)tree;
    registers();
    one_source();
    two_sources();
    taken();
    time();
    end(42);
}

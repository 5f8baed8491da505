// A bare-metal RV64 program that asks the devices of the board "virt" what they answer, prints it and ends with
// code 42. devices.test.sh runs it here and under QEMU.
#include "guest.h"

static u64 pending(void) { return CSR_READ(mip); }

static void uart_registers(void) {
    u64 v[16];
    for (unsigned i = 1; i < 8; i++) v[i] = UART[i];
    show("registers 1..7", v + 1, 7);
    UART[3] = 0x83; // divisor
    v[0] = UART[0], v[1] = UART[1];
    UART[0] = 0x12, UART[1] = 0x34;
    v[2] = UART[0], v[3] = UART[1];
    UART[3] = 3;
    v[4] = UART[1];
    show("divisor", v, 5);
    UART[7] = 0xa5;
    v[0] = UART[7];
    UART[4] = 0xff;
    v[1] = UART[4];
    UART[4] = 0;
    v[2] = UART[6];
    show("scratch, modem", v, 3);
}

static void uart_interrupts_and_loop(void) {
    u64 v[16];
    UART[2] = 7;
    v[0] = UART[2];
    UART[1] = 2;
    v[1] = UART[2], v[2] = UART[2];
    UART[0] = 'x';
    v[3] = UART[2];
    UART[1] = 0xf2;
    v[4] = UART[1];
    UART[1] = 0;
    v[5] = UART[2];
    show("interrupts", v, 6);
    UART[4] = 0x1f;
    v[0] = UART[6], v[1] = UART[5];
    UART[0] = 'L';
    v[2] = UART[5], v[3] = UART[0], v[4] = UART[5], v[5] = UART[4];
    UART[4] = 8;
    show("loop", v, 6);
}

static void clint(void) {
    u64 v[16];
    v[0] = pending(), v[1] = MTIMECMP[0];
    CLINT[0] = ~0u;
    v[2] = CLINT[0], v[3] = pending();
    CLINT[0] = 0;
    v[4] = pending();
    MTIMECMP[0] = ~0ul;
    v[5] = pending();
    MTIMECMP[0] = 0;
    v[6] = pending();
    MTIMECMP[0] = ~0ul;
    *MTIME = 1ul << 44;
    v[7] = *MTIME >> 36;
    ((volatile u32 *)MTIMECMP)[1] = 5; // half of it, in the past
    v[8] = MTIMECMP[0], v[9] = pending();
    ((volatile u32 *)MTIME)[1] = 0;
    v[10] = *MTIME >> 32, v[11] = pending();
    show("clint", v, 12);
}

void run(u64 hart, const void *tree) {
    (void)hart, (void)tree;
    uart_registers();
    uart_interrupts_and_loop();
    clint();
    show("test", (u64[]){*TEST}, 1);
    end(42);
}

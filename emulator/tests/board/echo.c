// A bare-metal RV64 program that sends back what it receives, each byte in brackets, until a q: end code 42. It sleeps
// while there is nothing.
// terminal.test.sh types into it.
#include "guest.h"

void run(u64 hart, const void *tree) {
    (void)hart, (void)tree;
    PLIC[10] = 1;           // priority of the UART,
    PLIC[0x2000 / 4] = ~1u; // enabled for M-mode
    CSR_WRITE(mie, 1 << 11);
    UART[1] = 1;
    put('>');
    for (;;) {
        while (!(UART[5] & 1)) __asm__ volatile("wfi");
        char c = (char)UART[0];
        PLIC[0x200004 / 4] = PLIC[0x200004 / 4]; // claimed, complete: what is pending would end the next sleep at once
        put('['), put(c), put(']');
        if (c == 'q') end(42);
    }
}

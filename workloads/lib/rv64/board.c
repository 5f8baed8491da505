// The devices of QEMU's `virt` board that a workload needs: the UART to write, the test device to end.
#include "runtime.h"

#define UART_BASE            0x10000000UL // ns16550a
#define UART_THR             0            // transmit holding register
#define UART_LSR             5            // line status register
#define UART_LSR_THR_EMPTY   0x20
#define TEST_DEVICE          0x100000UL // sifive,test0: ends the machine
#define TEST_DEVICE_PASS     0x5555
#define TEST_DEVICE_FAIL     0x3333 // the exit code stands in the upper half
#define EXIT_UNEXPECTED_TRAP 99

_Noreturn void board_exit(int code);
_Noreturn void board_trap(unsigned long mcause, unsigned long mepc, unsigned long mtval);

void put_char(char c) {
    volatile uint8_t *uart = (volatile uint8_t *)UART_BASE;
    while (!(uart[UART_LSR] & UART_LSR_THR_EMPTY)) {
    }
    uart[UART_THR] = (uint8_t)c;
}

_Noreturn void board_exit(int code) {
    volatile uint32_t *test_device = (volatile uint32_t *)TEST_DEVICE;
    *test_device = code == 0 ? TEST_DEVICE_PASS : (uint32_t)(code & 0xffff) << 16 | TEST_DEVICE_FAIL;
    for (;;) __asm__ volatile("wfi");
}

_Noreturn void board_trap(unsigned long mcause, unsigned long mepc, unsigned long mtval) {
    print("\nunexpected trap: mcause 0x%lx mepc 0x%lx mtval 0x%lx\n", mcause, mepc, mtval);
    board_exit(EXIT_UNEXPECTED_TRAP);
}

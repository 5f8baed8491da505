// The devices of QEMU's `gdbsim-r5f562n8` board that a workload needs, and the end register that ours has beside them.
//
// QEMU has no way for an RX program to end the machine, and drops a write to the end register. So the last line says
// the exit code, and whoever runs QEMU ends it at that line (lib/rx/qemu.sh).
#include "runtime.h"

#define SCI0                 ((volatile uint8_t *)0x00088240) // serial interface, one register a byte
#define SCI_SMR              0                                // mode
#define SCI_BRR              1                                // bit rate
#define SCI_SCR              2                                // control
#define SCI_TDR              3                                // transmit data
#define SCI_SSR              4                                // status
#define SCI_SCR_TE           0x20
#define SCI_SSR_TDRE         0x80 // TDR is empty
#define END_REGISTER         ((volatile uint32_t *)0x0008ff00)
#define END_PASS             0x5555
#define END_FAIL             0x3333 // the exit code stands in the upper half
#define EXIT_UNEXPECTED_TRAP 99

_Noreturn void board_exit(int code);
_Noreturn void board_trap(uint32_t vector, uint32_t pc, uint32_t psw);
_Noreturn void abort(void);

void put_char(char c) {
    if (!(SCI0[SCI_SCR] & SCI_SCR_TE)) {
        SCI0[SCI_SMR] = 0;
        SCI0[SCI_BRR] = 0;
        SCI0[SCI_SCR] = SCI_SCR_TE;
    }
    while (!(SCI0[SCI_SSR] & SCI_SSR_TDRE)) {
    }
    SCI0[SCI_TDR] = (uint8_t)c;
}

_Noreturn void board_exit(int code) {
    print("exit %d\n", code);
    *END_REGISTER = code == 0 ? END_PASS : (uint32_t)(code & 0xffff) << 16 | END_FAIL;
    for (;;) __asm__ volatile("wait");
}

_Noreturn void board_trap(uint32_t vector, uint32_t pc, uint32_t psw) {
    print("\nunexpected trap: vector %u pc 0x%08x psw 0x%08x\n", (unsigned)vector, (unsigned)pc, (unsigned)psw);
    board_exit(EXIT_UNEXPECTED_TRAP);
}

// gcc calls it where other architectures have a trap instruction: on paths that are an error.
_Noreturn void abort(void) {
    print("\nabort\n");
    board_exit(EXIT_UNEXPECTED_TRAP);
}

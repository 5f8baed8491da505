// What the bare-metal programs of this folder share: a start, a terminal, an end. They run in M-mode on the board
// "virt" of emu and of QEMU.
#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define UART     ((volatile u8 *)0x10000000)
#define CLINT    ((volatile u32 *)0x2000000)
#define MTIMECMP ((volatile u64 *)0x2004000)
#define MTIME    ((volatile u64 *)0x200bff8)
#define PLIC     ((volatile u32 *)0xc000000)
#define RTC      ((volatile u32 *)0x101000)
#define TEST     ((volatile u32 *)0x100000)

// WHY noinline: the answers are read first and printed later, because printing changes them.
static __attribute__((noinline)) void put(char c) { UART[0] = (u8)c; }

static void show(const char *name, const u64 *v, unsigned n) {
    while (*name) put(*name++);
    for (unsigned i = 0; i < n; i++) {
        put(' ');
        for (int at = 60; at >= 0; at -= 4)
            if ((v[i] >> at) || !at) put("0123456789abcdef"[(v[i] >> at) & 15]);
    }
    put('\n');
}

#define CSR_READ(name)                                                                                                 \
    ({                                                                                                                 \
        u64 csr_value;                                                                                                 \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value));                                                         \
        csr_value;                                                                                                     \
    })
#define CSR_WRITE(name, v) __asm__ volatile("csrw " #name ", %0" ::"r"((u64)(v)))

static __attribute__((noreturn)) void end(u32 code) {
    *TEST = code << 16 | 0x3333;
    for (;;) {
    }
}

void run(void);

__asm__(".section .text.startup, \"ax\"\n"
        ".globl _start\n"
        "_start: la sp, stack_end\n"
        "j run\n"
        ".bss\n"
        ".balign 16\n"
        ".space 8192\n"
        "stack_end:\n"
        ".text\n");

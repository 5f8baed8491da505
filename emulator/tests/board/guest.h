// What the bare-metal programs of this folder share: a start, a terminal, an end. They run on the board "virt" of emu
// and of QEMU, in M-mode, or with GUEST_SBI as kernels of firmware in S-mode.
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

#ifdef GUEST_SBI
typedef struct SbiResult {
    long error, value;
} SbiResult;
static SbiResult sbi(u64 extension, u64 function, u64 arg0, u64 arg1) {
    register u64 a0 __asm__("a0") = arg0, a1 __asm__("a1") = arg1;
    register u64 a6 __asm__("a6") = function, a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return (SbiResult){(long)a0, (long)a1};
}
static void put(char c) { sbi(1, 0, (u8)c, 0); }
#else
// WHY noinline: the answers are read first and printed later, because printing changes them.
static __attribute__((noinline)) void put(char c) { UART[0] = (u8)c; }
#endif

static inline void show(const char *name, const u64 *v, unsigned n) {
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

static inline __attribute__((noreturn)) void end(u32 code) {
    *TEST = code << 16 | 0x3333;
    for (;;) {
    }
}

void run(u64 hart, const void *tree);

__asm__(".section .text.startup, \"ax\"\n"
        ".globl _start\n"
#ifdef GUEST_SBI // header of a RISC-V Image: objcopy -O binary makes one of the ELF
        "_start: .option push\n.option norvc\nj 1f\nnop\n.option pop\n"
        ".dword 0x200000, _end - _start, 0\n"
        ".word 2, 0\n.dword 0\n.ascii \"RISCV\\0\\0\\0RSC\\5\"\n.word 0\n"
        "1: la sp, stack_end\n"
#else
        "_start: la sp, stack_end\n"
#endif
        "j run\n"
        ".bss\n"
        ".balign 16\n"
        ".space 8192\n"
        "stack_end:\n"
        ".text\n");

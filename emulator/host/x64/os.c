// The machine that emu runs on, see host.h: x86-64 under Linux. Registers of a signal's context, the kernel's calling
// convention, accesses that may fault, and how code becomes visible to fetches.
#include "host/x64/x64.h"
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

// ---- the context of a signal
static greg_t *context_regs(void *context) { return ((ucontext_t *)context)->uc_mcontext.gregs; }

const uint8_t *host_context_pc(const void *context) {
    return (const uint8_t *)(uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

void host_context_resume(void *context, const void *pc) { context_regs(context)[REG_RIP] = (greg_t)(uintptr_t)pc; }

// As CALL does it, with the arguments of entry.c's routines.
void host_context_call(void *context, const uint8_t *routine, uint64_t address, uint64_t value) {
    greg_t *reg = context_regs(context);
    reg[REG_RSP] -= 8;
    *(uint64_t *)reg[REG_RSP] = (uint64_t)reg[REG_RIP];
    reg[REG_RAX] = (greg_t)address;
    reg[REG_RCX] = (greg_t)value;
    reg[REG_RIP] = (greg_t)(uintptr_t)routine;
}

// ---- code memory. The caches of instructions and data are coherent, and a jump is a way to the new bytes: a processor needs
// nothing. QEMU's user mode does (visible.c).
static void write_answer(uint8_t *rw, const uint8_t *exec, uint32_t number) {
    (void)exec;
    rw[0] = 0xb8, rw[5] = 0xc3; // mov number, %eax; ret
    memcpy(rw + 1, &number, sizeof number);
}

void x64_make_visible(const uint8_t *exec, size_t n) {
    static int known;
    if (!known) known = host_sees_writes(write_answer) ? -1 : 1;
    if (n && known > 0) host_reopen(exec, n);
}

// ---- system calls
extern const char x64_syscall_window[]; // from here on a signal makes the call give up ...
extern const char x64_syscall_done[];   // ... up to here: the kernel has done it
extern const char x64_syscall_give_up[];

__asm__(".text\n"
        ".globl host_syscall, x64_syscall_window, x64_syscall_done, x64_syscall_give_up\n"
        ".type host_syscall, @function\n"
        "host_syscall:\n"
        "    mov %rdi, %rcx\n" // the kernel overwrites RCX and R11 only
        "    mov %rsi, %rax\n"
        "    mov %rdx, %r11\n"
        "    mov (%r11), %rdi\n"
        "    mov 8(%r11), %rsi\n"
        "    mov 16(%r11), %rdx\n"
        "    mov 24(%r11), %r10\n"
        "    mov 32(%r11), %r8\n"
        "    mov 40(%r11), %r9\n"
        "x64_syscall_window:\n"
        "    cmpl $0, (%rcx)\n"
        "    jne x64_syscall_give_up\n"
        "    syscall\n"
        "x64_syscall_done:\n"
        "    ret\n"
        "x64_syscall_give_up:\n"
        "    mov $-512, %rax\n"
        "    ret\n"
        ".size host_syscall, . - host_syscall\n");
_Static_assert(HOST_GAVE_UP == -512, "the value above");

void host_syscall_interrupted(void *context) {
    const uint8_t *pc = host_context_pc(context);
    if (pc >= (const uint8_t *)x64_syscall_window && pc < (const uint8_t *)x64_syscall_done)
        host_context_resume(context, x64_syscall_give_up);
}

void host_relax(void) { __builtin_ia32_pause(); }

// The kernel's own structure, and a way back that the C library would have added.
typedef struct KernelAction {
    const void *handler;
    uint64_t flags;
    const void *restorer;
    uint64_t mask;
} KernelAction;

void x64_signal_return(void);
__asm__(".text\n"
        ".globl x64_signal_return\n"
        ".type x64_signal_return, @function\n"
        "    nop\n" // unwinders look at the byte before
        "x64_signal_return:\n"
        "    mov $15, %rax\n" // rt_sigreturn
        "    syscall\n"
        ".size x64_signal_return, . - x64_signal_return\n");

int host_sigaction(int signal, const HostAction *set, HostAction *was) {
    enum { RESTORER = 0x04000000 };
    KernelAction to = {0}, from = {0};
    if (set)
        to = (KernelAction){set->handler, set->flags | RESTORER, (const void *)(uintptr_t)x64_signal_return, set->mask};
    int status = (int)syscall(SYS_rt_sigaction, signal, set ? &to : NULL, was ? &from : NULL, sizeof to.mask);
    if (was) *was = (HostAction){from.handler, from.flags & ~(uint64_t)RESTORER, from.mask};
    return status;
}

// ---- accesses that may fault
__asm__(
    ".text\n"
    ".globl host_guarded_first, host_guarded_last, host_guarded_failed, host_guarded_copy, host_guarded_scan, host_guarded_load, host_guarded_store\n"
    ".type host_guarded_copy, @function\n"
    ".type host_guarded_scan, @function\n"
    ".type host_guarded_load, @function\n"
    ".type host_guarded_store, @function\n"
    ".globl host_guarded_exchange\n"
    ".type host_guarded_exchange, @function\n"
    "host_guarded_first:\n"
    "host_guarded_copy:\n" // most are of 64 bytes: rep movsb takes longer to begin
    "    mov %rdx, %rcx\n"
    "    cmp $128, %rcx\n"
    "    ja 3f\n"
    "    sub $8, %rcx\n"
    "    jb 2f\n"
    "1:  mov (%rsi), %rax\n"
    "    mov %rax, (%rdi)\n"
    "    add $8, %rsi\n"
    "    add $8, %rdi\n"
    "    sub $8, %rcx\n"
    "    jae 1b\n"
    "2:  and $7, %ecx\n" // what 8 was taken from once too often
    "    je 4f\n"
    "3:  rep movsb\n"
    "4:  xor %eax, %eax\n"
    "    ret\n"
    "host_guarded_scan:\n"
    "    xor %eax, %eax\n"
    "1:  cmp %rsi, %rax\n"
    "    jae 2f\n"
    "    cmpb $0, (%rdi,%rax)\n"
    "    je 2f\n"
    "    inc %rax\n"
    "    jmp 1b\n"
    "2:  ret\n"
    "host_guarded_load:\n"
    "    xor %eax, %eax\n"
    "    cmp $4, %rdx\n"
    "    jb 2f\n"
    "    je 1f\n"
    "    mov (%rdi), %rdx\n"
    "    jmp 4f\n"
    "1:  mov (%rdi), %edx\n"
    "    jmp 4f\n"
    "2:  cmp $1, %rdx\n"
    "    je 3f\n"
    "    movzwl (%rdi), %edx\n"
    "    jmp 4f\n"
    "3:  movzbl (%rdi), %edx\n"
    "4:  mov %rdx, (%rsi)\n"
    "    ret\n"
    "host_guarded_store:\n"
    "    xor %eax, %eax\n"
    "    cmp $4, %rdx\n"
    "    jb 2f\n"
    "    je 1f\n"
    "    mov %rsi, (%rdi)\n"
    "    ret\n"
    "1:  mov %esi, (%rdi)\n"
    "    ret\n"
    "2:  cmp $1, %rdx\n"
    "    je 3f\n"
    "    mov %si, (%rdi)\n"
    "    ret\n"
    "3:  mov %sil, (%rdi)\n"
    "    ret\n"
    "host_guarded_exchange:\n"
    "    mov (%rsi), %rax\n"
    "    cmp $4, %rcx\n"
    "    je 1f\n"
    "    lock cmpxchg %rdx, (%rdi)\n"
    "    jmp 2f\n"
    "1:  lock cmpxchg %edx, (%rdi)\n"
    "2:  mov %rax, (%rsi)\n"
    "    xor %eax, %eax\n"
    "    ret\n"
    "host_guarded_last:\n"
    "host_guarded_failed:\n"
    "    mov $-1, %rax\n"
    "    ret\n");

// A system call of the host that a signal can keep from starting. x86-64.
//
// Between the look at "is a signal pending?" and the host's kernel a signal could come and be noticed only when the
// call is over, which may be never. The handler (host_signal.c) therefore looks whether it has interrupted the
// instructions between sys_host_window and sys_host_done, and makes them give up.
#include "sys/private.h"
#include "sys/host_window.h"

int64_t sys_host_enter(const volatile uint32_t *pending, long number, const uint64_t *a);

__asm__(".text\n"
        ".globl sys_host_enter, sys_host_window, sys_host_done, sys_host_give_up\n"
        ".type sys_host_enter, @function\n"
        "sys_host_enter:\n"
        "    mov %rdi, %rcx\n" // the kernel overwrites RCX and R11 only
        "    mov %rsi, %rax\n"
        "    mov %rdx, %r11\n"
        "    mov (%r11), %rdi\n"
        "    mov 8(%r11), %rsi\n"
        "    mov 16(%r11), %rdx\n"
        "    mov 24(%r11), %r10\n"
        "    mov 32(%r11), %r8\n"
        "    mov 40(%r11), %r9\n"
        "sys_host_window:\n"
        "    cmpl $0, (%rcx)\n"
        "    jne sys_host_give_up\n"
        "    syscall\n"
        "sys_host_done:\n"
        "    ret\n"
        "sys_host_give_up:\n"
        "    mov $-512, %rax\n"
        "    ret\n"
        ".size sys_host_enter, . - sys_host_enter\n");
_Static_assert(SYS_RESTART == -512, "the value above");

int64_t sys_host_call(long number, const uint64_t a[6]) { return sys_host_enter(sys_host_pending(), number, a); }

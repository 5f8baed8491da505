// The machine that emu runs on, see host.h: RISC-V under Linux. Registers of a signal's context, the kernel's calling
// convention, accesses that may fault, and how code becomes visible to fetches.
#include "base/types.h"
#include "host/rv64/emit.h"
#include "host/rv64/rv64.h"
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

// ---- the context of a signal. Register 0 of it is the pc.
static unsigned long *context_regs(void *context) { return ((ucontext_t *)context)->uc_mcontext.__gregs; }

const uint8_t *host_context_pc(const void *context) {
    return (const uint8_t *)((const ucontext_t *)context)->uc_mcontext.__gregs[0];
}

void host_context_resume(void *context, const void *pc) { context_regs(context)[0] = (unsigned long)pc; }

// As jal does it, with the arguments of entry.c's routines.
void host_context_call(void *context, const uint8_t *routine, uint64_t address, uint64_t value) {
    unsigned long *reg = context_regs(context);
    reg[LINK] = reg[0];
    reg[TMP] = address;
    reg[TMP2] = value;
    reg[0] = (unsigned long)routine;
}

// ---- code memory. The kernel has a call for it, which reaches all processors. In QEMU's user mode that does nothing, not
// even refuse flags that there are not (visible.c).
static bool is_nothing_flushed(void) {
    static int known;
    enum { NO_SUCH_FLAG = 1 << 30 };
    if (!known) known = syscall(SYS_riscv_flush_icache, NULL, NULL, NO_SUCH_FLAG) ? -1 : 1;
    return known > 0;
}

void rv_make_visible(const uint8_t *exec, size_t n) {
    if (!n) return;
    if (is_nothing_flushed()) {
        host_reopen(exec, n);
        return;
    }
    bool ok = syscall(SYS_riscv_flush_icache, exec, exec + n, 0) == 0;
    BUG_IF(!ok, "code at %p cannot be made visible: errno %d", (const void *)exec, errno);
}

// ---- system calls
extern const char rv_syscall_window[]; // from here on a signal makes the call give up ...
extern const char rv_syscall_done[];   // ... up to here: the kernel has done it
extern const char rv_syscall_give_up[];

__asm__(".text\n"
        ".globl host_syscall, rv_syscall_window, rv_syscall_done, rv_syscall_give_up\n"
        ".type host_syscall, @function\n"
        "host_syscall:\n"
        "    mv t0, a0\n"
        "    mv t1, a2\n"
        "    mv a7, a1\n"
        "    ld a0, 0(t1)\n"
        "    ld a1, 8(t1)\n"
        "    ld a2, 16(t1)\n"
        "    ld a3, 24(t1)\n"
        "    ld a4, 32(t1)\n"
        "    ld a5, 40(t1)\n"
        "rv_syscall_window:\n"
        "    lw t2, 0(t0)\n"
        "    bnez t2, rv_syscall_give_up\n"
        "    ecall\n"
        "rv_syscall_done:\n"
        "    ret\n"
        "rv_syscall_give_up:\n"
        "    li a0, -512\n"
        "    ret\n"
        ".size host_syscall, . - host_syscall\n");
_Static_assert(HOST_GAVE_UP == -512, "the value above");

void host_syscall_interrupted(void *context) {
    const uint8_t *pc = host_context_pc(context);
    if (pc >= (const uint8_t *)rv_syscall_window && pc < (const uint8_t *)rv_syscall_done)
        host_context_resume(context, rv_syscall_give_up);
}

void host_relax(void) {
    __asm__ volatile(".word 0x0100000f");
} // pause of Zihintpause, else a fence that orders nothing

// This kernel's structure has no way back: the vDSO has it. QEMU 7.2 thinks that one word before the mask has.
int host_sigaction(int signal, const HostAction *set, HostAction *was) {
    struct {
        HostAction action;
        uint64_t mask; // QEMU's
    } to = {0}, from = {0};
    if (set) to.action = *set, to.mask = set->mask;
    int status = (int)syscall(SYS_rt_sigaction, signal, set ? &to : NULL, was ? &from : NULL, sizeof to.mask);
    if (was) *was = from.action;
    return status;
}

// ---- accesses that may fault
__asm__(".text\n"
        ".globl host_guarded_first, host_guarded_last, host_guarded_failed, host_guarded_copy, host_guarded_scan\n"
        ".globl host_guarded_load, host_guarded_store, host_guarded_exchange\n"
        ".type host_guarded_copy, @function\n"
        ".type host_guarded_scan, @function\n"
        ".type host_guarded_load, @function\n"
        ".type host_guarded_store, @function\n"
        ".type host_guarded_exchange, @function\n"
        "host_guarded_first:\n"
        "host_guarded_copy:\n"
        "    or a3, a0, a1\n"
        "    andi a3, a3, 7\n"
        "    bnez a3, 2f\n"
        "    li a4, 8\n"
        "1:  bltu a2, a4, 2f\n" // eight bytes at a time
        "    ld a3, 0(a1)\n"
        "    sd a3, 0(a0)\n"
        "    addi a0, a0, 8\n"
        "    addi a1, a1, 8\n"
        "    addi a2, a2, -8\n"
        "    j 1b\n"
        "2:  beqz a2, 3f\n"
        "    lbu a3, 0(a1)\n"
        "    sb a3, 0(a0)\n"
        "    addi a0, a0, 1\n"
        "    addi a1, a1, 1\n"
        "    addi a2, a2, -1\n"
        "    j 2b\n"
        "3:  li a0, 0\n"
        "    ret\n"
        "host_guarded_scan:\n"
        "    mv a2, a0\n"
        "    li a0, 0\n"
        "1:  bgeu a0, a1, 2f\n"
        "    add a3, a2, a0\n"
        "    lbu a3, 0(a3)\n"
        "    beqz a3, 2f\n"
        "    addi a0, a0, 1\n"
        "    j 1b\n"
        "2:  ret\n"
        "host_guarded_load:\n"
        "    li a3, 4\n"
        "    beq a2, a3, 1f\n"
        "    bltu a2, a3, 2f\n"
        "    ld a2, 0(a0)\n"
        "    j 4f\n"
        "1:  lwu a2, 0(a0)\n"
        "    j 4f\n"
        "2:  li a3, 1\n"
        "    beq a2, a3, 3f\n"
        "    lhu a2, 0(a0)\n"
        "    j 4f\n"
        "3:  lbu a2, 0(a0)\n"
        "4:  sd a2, 0(a1)\n"
        "    li a0, 0\n"
        "    ret\n"
        "host_guarded_store:\n"
        "    li a3, 4\n"
        "    beq a2, a3, 1f\n"
        "    bltu a2, a3, 2f\n"
        "    sd a1, 0(a0)\n"
        "    j 4f\n"
        "1:  sw a1, 0(a0)\n"
        "    j 4f\n"
        "2:  li a3, 1\n"
        "    beq a2, a3, 3f\n"
        "    sh a1, 0(a0)\n"
        "    j 4f\n"
        "3:  sb a1, 0(a0)\n"
        "4:  li a0, 0\n"
        "    ret\n"
        "host_guarded_exchange:\n"
        "    ld a4, 0(a1)\n"
        "    li a5, 4\n"
        "    beq a3, a5, 2f\n"
        "1:  lr.d.aqrl a3, (a0)\n"
        "    bne a3, a4, 4f\n"
        "    sc.d.aqrl a5, a2, (a0)\n"
        "    bnez a5, 1b\n"
        "    j 4f\n"
        "2:  sext.w a4, a4\n"
        "3:  lr.w.aqrl a3, (a0)\n"
        "    bne a3, a4, 5f\n"
        "    sc.w.aqrl a5, a2, (a0)\n"
        "    bnez a5, 3b\n"
        "5:  slli a3, a3, 32\n"
        "    srli a3, a3, 32\n"
        "4:  sd a3, 0(a1)\n"
        "    li a0, 0\n"
        "    ret\n"
        "host_guarded_last:\n"
        "host_guarded_failed:\n"
        "    li a0, -1\n"
        "    ret\n");

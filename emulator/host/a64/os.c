// The machine that emu runs on, see host.h: AArch64 under Linux. Registers of a signal's context, the kernel's calling
// convention, accesses that may fault, and how code becomes visible to fetches.
#include "base/types.h"
#include "host/a64/a64.h"
#include "host/a64/emit.h"
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

// ---- the context of a signal
static mcontext_t *machine_of(void *context) { return &((ucontext_t *)context)->uc_mcontext; }

const uint8_t *host_context_pc(const void *context) {
    return (const uint8_t *)(uintptr_t)((const ucontext_t *)context)->uc_mcontext.pc;
}

void host_context_resume(void *context, const void *pc) { machine_of(context)->pc = (uint64_t)(uintptr_t)pc; }

// As bl does it, with the arguments of entry.c's routines.
void host_context_call(void *context, const uint8_t *routine, uint64_t address, uint64_t value) {
    mcontext_t *c = machine_of(context);
    c->regs[LINK] = c->pc;
    c->regs[TMP] = address;
    c->regs[TMP2] = value;
    c->pc = (uint64_t)(uintptr_t)routine;
}

// ---- code memory. `ic ivau` of an address in the mapping that runs is enough for all processors (Arm ARM, "Cache
// maintenance"). QEMU's user mode does nothing for it before version 8.1 (visible.c).
static void clear_cache(const uint8_t *exec, size_t n) {
    __builtin___clear_cache((char *)(uintptr_t)exec, (char *)(uintptr_t)exec + n);
}

static void write_answer(uint8_t *rw, const uint8_t *exec, uint32_t number) {
    enum { MOV_W0 = 0x52800000 };
    const uint32_t code[] = {MOV_W0 | number << 5, A64_RET | LINK << 5};
    memcpy(rw, code, sizeof code);
    clear_cache(exec, sizeof code);
}

void a64_make_visible(const uint8_t *exec, size_t n) {
    static int known;
    if (!n) return;
    clear_cache(exec, n);
    if (!known) known = host_sees_writes(write_answer) ? -1 : 1;
    if (known > 0) host_reopen(exec, n);
}

// ---- system calls
extern const char a64_syscall_window[]; // from here on a signal makes the call give up ...
extern const char a64_syscall_done[];   // ... up to here: the kernel has done it
extern const char a64_syscall_give_up[];

__asm__(".text\n"
        ".globl host_syscall, a64_syscall_window, a64_syscall_done, a64_syscall_give_up\n"
        ".type host_syscall, %function\n"
        "host_syscall:\n"
        "    mov x9, x0\n"
        "    mov x10, x2\n"
        "    mov x8, x1\n"
        "    ldp x0, x1, [x10]\n"
        "    ldp x2, x3, [x10, 16]\n"
        "    ldp x4, x5, [x10, 32]\n"
        "a64_syscall_window:\n"
        "    ldr w9, [x9]\n"
        "    cbnz w9, a64_syscall_give_up\n"
        "    svc 0\n"
        "a64_syscall_done:\n"
        "    ret\n"
        "a64_syscall_give_up:\n"
        "    mov x0, -512\n"
        "    ret\n"
        ".size host_syscall, . - host_syscall\n");
_Static_assert(HOST_GAVE_UP == -512, "the value above");

void host_syscall_interrupted(void *context) {
    const uint8_t *pc = host_context_pc(context);
    if (pc >= (const uint8_t *)a64_syscall_window && pc < (const uint8_t *)a64_syscall_done)
        host_context_resume(context, a64_syscall_give_up);
}

void host_relax(void) { __asm__ volatile("yield"); }

// This kernel's structure has a way back, which it uses if SA_RESTORER says so; without that the vDSO has it.
int host_sigaction(int signal, const HostAction *set, HostAction *was) {
    struct {
        const void *handler;
        uint64_t flags;
        const void *restorer;
        uint64_t mask;
    } to = {0}, from = {0};
    if (set) to.handler = set->handler, to.flags = set->flags, to.mask = set->mask;
    int status = (int)syscall(SYS_rt_sigaction, signal, set ? &to : NULL, was ? &from : NULL, sizeof to.mask);
    if (was) *was = (HostAction){.handler = from.handler, .flags = from.flags, .mask = from.mask};
    return status;
}

// ---- accesses that may fault
__asm__(".text\n"
        ".globl host_guarded_first, host_guarded_last, host_guarded_failed, host_guarded_copy, host_guarded_scan\n"
        ".globl host_guarded_load, host_guarded_store, host_guarded_exchange\n"
        ".type host_guarded_copy, %function\n"
        ".type host_guarded_scan, %function\n"
        ".type host_guarded_load, %function\n"
        ".type host_guarded_store, %function\n"
        ".type host_guarded_exchange, %function\n"
        "host_guarded_first:\n"
        "host_guarded_copy:\n"
        "1:  cmp x2, 8\n" // eight bytes at a time
        "    b.lo 2f\n"
        "    ldr x3, [x1], 8\n"
        "    str x3, [x0], 8\n"
        "    sub x2, x2, 8\n"
        "    b 1b\n"
        "2:  cbz x2, 3f\n"
        "    ldrb w3, [x1], 1\n"
        "    strb w3, [x0], 1\n"
        "    sub x2, x2, 1\n"
        "    b 2b\n"
        "3:  mov x0, 0\n"
        "    ret\n"
        "host_guarded_scan:\n"
        "    mov x2, x0\n"
        "    mov x0, 0\n"
        "1:  cmp x0, x1\n"
        "    b.hs 2f\n"
        "    ldrb w3, [x2, x0]\n"
        "    cbz w3, 2f\n"
        "    add x0, x0, 1\n"
        "    b 1b\n"
        "2:  ret\n"
        "host_guarded_load:\n"
        "    cmp x2, 4\n"
        "    b.eq 1f\n"
        "    b.lo 2f\n"
        "    ldr x2, [x0]\n"
        "    b 4f\n"
        "1:  ldr w2, [x0]\n"
        "    b 4f\n"
        "2:  cmp x2, 1\n"
        "    b.eq 3f\n"
        "    ldrh w2, [x0]\n"
        "    b 4f\n"
        "3:  ldrb w2, [x0]\n"
        "4:  str x2, [x1]\n"
        "    mov x0, 0\n"
        "    ret\n"
        "host_guarded_store:\n"
        "    cmp x2, 4\n"
        "    b.eq 1f\n"
        "    b.lo 2f\n"
        "    str x1, [x0]\n"
        "    b 4f\n"
        "1:  str w1, [x0]\n"
        "    b 4f\n"
        "2:  cmp x2, 1\n"
        "    b.eq 3f\n"
        "    strh w1, [x0]\n"
        "    b 4f\n"
        "3:  strb w1, [x0]\n"
        "4:  mov x0, 0\n"
        "    ret\n"
        "host_guarded_exchange:\n"
        "    ldr x4, [x1]\n"
        "    cmp x3, 4\n"
        "    b.eq 2f\n"
        "1:  ldaxr x3, [x0]\n"
        "    cmp x3, x4\n"
        "    b.ne 3f\n"
        "    stlxr w5, x2, [x0]\n"
        "    cbnz w5, 1b\n"
        "    b 3f\n"
        "2:  ldaxr w3, [x0]\n"
        "    cmp w3, w4\n"
        "    b.ne 3f\n"
        "    stlxr w5, w2, [x0]\n"
        "    cbnz w5, 2b\n"
        "3:  dmb ish\n"
        "    str x3, [x1]\n"
        "    mov x0, 0\n"
        "    ret\n"
        "host_guarded_last:\n"
        "host_guarded_failed:\n"
        "    mov x0, -1\n"
        "    ret\n");

// Which extensions this processor has: each is asked for by one of its instructions. Where it raises SIGILL, the handler
// goes on behind it. WHY not riscv_hwprobe(2): kernels before 6.4 and QEMU 7.2 do not have it.
#include "base/hidden.h"
#include "host/rv64/rv64.h"
#include <signal.h>

static void on_illegal(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    host_context_resume(context, host_context_pc(context) + 4);
}

// The instruction's result is 0 where it is done, and 1 stays where it is not.
#define HAS(instruction)                                                                                               \
    ({                                                                                                                 \
        register unsigned long result __asm__("a0") = 1;                                                               \
        __asm__ volatile(".option push\n.option norvc\n.word " instruction "\n.option pop\n" : "+r"(result));          \
        !result;                                                                                                       \
    })

static HostIsa probe(void) {
    HostAction set = {.handler = (const void *)(uintptr_t)on_illegal, .flags = SA_SIGINFO | SA_ONSTACK}, was;
    if (host_sigaction(SIGILL, &set, &was)) return 0;
    HostIsa isa = (HAS("0x0800053b") ? RV_ZBA : 0) | // add.uw a0,zero,zero
                  (HAS("0x0a004533") ? RV_ZBB : 0) | // min a0,zero,zero
                  (HAS("0x48001533") ? RV_ZBS : 0);  // bclr a0,zero,zero
    host_sigaction(SIGILL, &was, NULL);
    return isa;
}

HostIsa rv_isa_native(void) {
    static HostIsa known;
    static bool asked;
    if (!asked) known = probe(), asked = true;
    return known & ~((hidden("zba") ? RV_ZBA : 0) | (hidden("zbb") ? RV_ZBB : 0) | (hidden("zbs") ? RV_ZBS : 0));
}

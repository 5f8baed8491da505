// The signals of the process that emu is.
//
// A signal that the program handles is caught here, noted, and delivered by the run loop between two guest instructions
// (signal.c). One at a time: the handler leaves all others blocked until the program's own mask is set again, so the
// host's kernel keeps the queue. SIGSEGV and SIGBUS are never blocked: generated code may fault on behalf of the guest.
#include "base/guarded.h"
#include "sys/host_window.h"
#include "sys/private.h"
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static struct {
    volatile uint32_t pending;
    siginfo_t info;
    SysHostFault *handle;
    void *ctx;
} caught;

#define FAULTS (sys_bit(SIGSEGV) | sys_bit(SIGBUS))

static void set_context_mask(ucontext_t *u, uint64_t mask) { memcpy(&u->uc_sigmask, &mask, sizeof mask); }

static void on_signal(int number, siginfo_t *info, void *context) {
    ucontext_t *u = context;
    greg_t *rip = &u->uc_mcontext.gregs[REG_RIP];
    bool fault = (number == SIGSEGV || number == SIGBUS) && info->si_code > 0;
    if (fault) {
        if (guarded_recover(u)) return;
        if (caught.handle && caught.handle(caught.ctx, info, u)) return;
        signal(number, SIG_DFL); // a bug of emu's own: the instruction is done again, and emu ends by it
        return;
    }
    caught.info = *info;
    caught.pending = 1;
    set_context_mask(u, ~FAULTS);
    if (*rip >= (greg_t)(uintptr_t)sys_host_window && *rip < (greg_t)(uintptr_t)sys_host_done)
        *rip = (greg_t)(uintptr_t)sys_host_give_up;
}

static void catch (int signal, int flags) {
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | flags};
    sigfillset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

void sys_host_fault_handler(SysHostFault *handle, void *ctx) {
    caught.handle = handle, caught.ctx = ctx;
    catch (SIGSEGV, SA_NODEFER);
    catch (SIGBUS, SA_NODEFER);
}

const volatile uint32_t *sys_host_pending(void) { return &caught.pending; }

bool sys_caught(siginfo_t *info) {
    if (!caught.pending) return false;
    *info = caught.info; // no other handler runs now: all are blocked
    caught.pending = 0;
    return true;
}

// By the bare call: the C library would hide two signals of its own from the program.
void sys_host_mask(uint64_t mask) {
    mask &= ~FAULTS;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

uint64_t sys_host_mask_get(void) {
    uint64_t mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof mask);
    return mask;
}

static bool is_fault(int signal) { return signal == SIGSEGV || signal == SIGBUS; }

// The kernel's own structure, and a way back that the C library would have added.
typedef struct KernelAction {
    void *handler;
    uint64_t flags;
    void *restorer;
    uint64_t mask;
} KernelAction;

void sys_host_action(int signal, const SysAction *a, bool catches) {
    int flags = (int)(a->flags & (SA_NOCLDSTOP | SA_NOCLDWAIT));
    if (is_fault(signal) || signal == SIGKILL || signal == SIGSTOP) return;
    if (catches && signal != 32 && signal != 33) {
        catch (signal, flags);
        return;
    }
    KernelAction k = {.handler = (void *)(uintptr_t)a->handler, .flags = (uint64_t)flags};
    if (!catches) syscall(SYS_rt_sigaction, signal, &k, NULL, sizeof k.mask);
}

bool sys_host_ignores(int signal) {
    KernelAction k = {0};
    syscall(SYS_rt_sigaction, signal, NULL, &k, sizeof k.mask);
    return k.handler == (void *)SIG_IGN;
}

_Noreturn void sys_die(int signal) {
    struct rlimit none = {0, 0};
    KernelAction k = {0};
    uint64_t mask = 0;
    setrlimit(RLIMIT_CORE, &none); // it would be emu's memory, not the program's
    syscall(SYS_rt_sigaction, signal, &k, NULL, sizeof k.mask);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    kill(getpid(), signal);
    _exit(128 + signal);
}

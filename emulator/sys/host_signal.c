// The signals of the threads that emu is.
//
// A signal that the program handles is caught here, noted, and delivered by the run loop between two guest instructions
// (signal.c), in the thread that the host's kernel has chosen for it. So are those whose default action ends the
// program: emu has something to do then. One at a time: the handler leaves all others blocked until the program's own
// mask is set again, so the host's kernel keeps the queue. SIGSEGV and SIGBUS are never blocked: generated code may
// fault on behalf of the guest.
#include "base/guarded.h"
#include "host/host.h"
#include "sys/private.h"
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static struct {
    SysHostFault *handle;
    void *ctx;
} faults;

// Bits of `pending`, and places in `info`: 0 all others, 1 and 2 SIGSEGV and SIGBUS that were sent, not raised. Bit 3: the
// time is over.
enum { TIME_OVER = 1 << 3 };
static _Thread_local struct {
    volatile uint32_t pending;
    siginfo_t info[3];
} caught;

#define FAULTS (sys_bit(SIGSEGV) | sys_bit(SIGBUS))

static void set_context_mask(ucontext_t *u, uint64_t mask) { memcpy(&u->uc_sigmask, &mask, sizeof mask); }

static void on_signal(int number, siginfo_t *info, void *context) {
    ucontext_t *u = context;
    unsigned k = number == SIGSEGV ? 1 : number == SIGBUS ? 2 : 0;
    if (k && info->si_code > 0) {
        if (guarded_recover(u)) return;
        if (faults.handle && faults.handle(faults.ctx, info, u)) return;
        signal(number, SIG_DFL); // a bug of emu's own: the instruction is done again, and emu ends by it
        return;
    }
    if (sys_time_signal(info)) {
        __atomic_fetch_or(&caught.pending, TIME_OVER, __ATOMIC_SEQ_CST);
        host_syscall_interrupted(u);
        return;
    }
    if (!(caught.pending & 1u << k)) caught.info[k] = *info;
    __atomic_fetch_or(&caught.pending, 1u << k, __ATOMIC_SEQ_CST); // other threads look at it
    if (!k) set_context_mask(u, ~FAULTS);
    host_syscall_interrupted(u);
}

static void set_action(int signal, const void *handler, int flags) {
    host_sigaction(signal, &(HostAction){handler, (uint64_t)flags, ~0ull}, NULL);
}

static HostAction catching(int flags) {
    return (HostAction){(void *)(uintptr_t)on_signal, (uint64_t)(SA_SIGINFO | SA_ONSTACK | flags), ~0ull};
}

static void catch (int signal, int flags) {
    HostAction a = catching(flags);
    host_sigaction(signal, &a, NULL);
}

void sys_host_fault_handler(SysHostFault *handle, void *ctx) {
    faults.handle = handle, faults.ctx = ctx;
    catch (SIGSEGV, SA_NODEFER);
    catch (SIGBUS, SA_NODEFER);
}

void sys_host_catch_bus(void) { catch (SIGBUS, SA_NODEFER); }

const volatile uint32_t *sys_host_pending(void) { return &caught.pending; }

// Between the look at "is a signal pending?" and the host's kernel a signal could come and be noticed only when the call
// is over, which may be never: hence host_syscall_interrupted() above.
int64_t sys_host_call(long number, const uint64_t a[6]) { return host_syscall(sys_host_pending(), number, a); }
_Static_assert((int)SYS_RESTART == (int)HOST_GAVE_UP, "nothing happened yet");

bool sys_caught(siginfo_t *info) {
    for (unsigned k = 0; k < ARRAY_LEN(caught.info); k++) {
        if (!(caught.pending & 1u << k)) continue;
        *info = caught.info[k];
        __atomic_fetch_and(&caught.pending, ~(1u << k), __ATOMIC_SEQ_CST);
        return true;
    }
    return false;
}

void sys_caught_forget(void) { caught.pending = 0; }

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

static bool is_deadly(int signal) {
    static const uint64_t others = 1ull << (SIGCHLD - 1) | 1ull << (SIGURG - 1) | 1ull << (SIGWINCH - 1) |
                                   1ull << (SIGCONT - 1) | 1ull << (SIGTSTP - 1) | 1ull << (SIGTTIN - 1) |
                                   1ull << (SIGTTOU - 1);
    return !(others & sys_bit(signal));
}

void sys_host_action(int signal, const SysAction *a) {
    int flags = (int)(a->flags & (SA_NOCLDSTOP | SA_NOCLDWAIT));
    void *handler = (void *)(uintptr_t)a->handler;
    if (is_fault(signal) || signal == SIGKILL || signal == SIGSTOP) return;
    if ((handler == (void *)SIG_DFL && is_deadly(signal)) || (handler != (void *)SIG_DFL && handler != (void *)SIG_IGN))
        catch (signal, flags);
    else
        set_action(signal, handler, flags);
}

// WHY not a look at it first: it is ignored for the fewest, and there are 62.
bool sys_host_inherit(int signal) {
    bool mine = !is_fault(signal) && signal != SIGKILL && signal != SIGSTOP && is_deadly(signal);
    HostAction was = {0}, ours = catching(0);
    host_sigaction(signal, mine ? &ours : NULL, &was);
    bool ignored = was.handler == (void *)SIG_IGN;
    if (mine && ignored) set_action(signal, SIG_IGN, 0);
    return ignored;
}

_Noreturn void sys_die(int signal) {
    struct rlimit none = {0, 0};
    uint64_t mask = 0;
    setrlimit(RLIMIT_CORE, &none); // it would be emu's memory, not the program's
    set_action(signal, (void *)SIG_DFL, 0);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    kill(getpid(), signal);
    _exit(128 + signal);
}

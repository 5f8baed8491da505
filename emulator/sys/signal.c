// Signals as the program knows them: dispositions, masks, delivery on its stack, and the way back.
//
// The frame is that of the kernel's rt_sigframe for riscv64; the page with the trampoline stands for its vDSO. All
// signals but those that an instruction of the program raises come from the host's kernel, through host_signal.c: what is
// pending, for a thread or for the process, is kept there, and in the order that it says.
#include "sys/private.h"
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

enum { X_RA = 1, X_SP = 2, X_A0 = 10, INSN_BYTES = 4 };

// ---- layouts: struct rt_sigframe, ucontext, sigcontext of arch/riscv
typedef struct GuestStack {
    uint64_t sp;
    int32_t flags;
    uint32_t pad;
    uint64_t size;
} GuestStack;

typedef struct GuestContext {
    uint64_t flags, link;
    GuestStack stack;
    uint64_t mask;
    uint8_t reserved[120];
    uint64_t pad; // the next is aligned to 16 bytes
    uint64_t pc, x[31];
    uint64_t f[32];
    uint32_t fcsr;
    uint8_t wider[268]; // room for 128-bit registers
} GuestContext;
_Static_assert(offsetof(GuestContext, pc) == 176 && sizeof(GuestContext) == 960, "struct ucontext");

typedef struct Frame {
    siginfo_t info;
    GuestContext context;
} Frame;
_Static_assert(sizeof(Frame) == 1088, "struct rt_sigframe");

#define UNBLOCKABLE (sys_bit(SIGKILL) | sys_bit(SIGSTOP))

// ---- what the process inherited -----------------------------------------------------------------------------------
void sys_signals_init(Sys *s) {
    for (int n = 1; n <= SYS_SIGNALS; n++)
        if (sys_host_inherit(n)) s->action[n].handler = (uint64_t)(uintptr_t)SIG_IGN;
    sys_thread(s)->mask = sys_host_mask_get();
    sys_host_mask(sys_thread(s)->mask);
}

// ---- delivery -----------------------------------------------------------------------------------------------------
static bool on_alt_stack(const SysThread *t, gaddr sp) { return sp - t->alt_sp - 1 < t->alt_size; }

static GuestStack stack_now(const SysThread *t, gaddr sp) {
    int flags = !t->alt_size ? SS_DISABLE : on_alt_stack(t, sp) ? SS_ONSTACK : 0;
    return (GuestStack){.sp = t->alt_sp, .flags = flags, .size = t->alt_size};
}

static void save(Sys *s, GuestContext *c, uint64_t mask) {
    const GuestUser *u = s->guest->user;
    memset(c, 0, sizeof *c);
    c->stack = stack_now(sys_thread(s), *sys_x(s, X_SP));
    c->mask = mask;
    c->pc = s->cpu->pc;
    for (unsigned n = 1; n < 32; n++) c->x[n - 1] = *sys_x(s, n);
    for (unsigned n = 0; u->f0 && n < 32; n++) c->f[n] = s->cpu->slot[u->f0 + n];
    if (u->f0) c->fcsr = u->get_fcsr(s->cpu);
}

static void load(Sys *s, const GuestContext *c) {
    const GuestUser *u = s->guest->user;
    s->cpu->pc = c->pc & ~1ull;
    for (unsigned n = 1; n < 32; n++) *sys_x(s, n) = c->x[n - 1];
    for (unsigned n = 0; u->f0 && n < 32; n++) s->cpu->slot[u->f0 + n] = c->f[n];
    if (u->f0) u->set_fcsr(s->cpu, c->fcsr);
}

static void set_mask(Sys *s, uint64_t mask) {
    sys_thread(s)->mask = mask & ~UNBLOCKABLE;
    sys_host_mask(mask & ~UNBLOCKABLE);
}

static void trace(Sys *s, const char *before, int signal, const char *after) {
    const char *name = sigabbrev_np(signal);
    if (s->tracing) fputs(" <unfinished ...>\n", s->o.out);
    s->tracing = NULL;
    if (name)
        fprintf(s->o.out, "%s SIG%s %s\n", before, name, after);
    else
        fprintf(s->o.out, "%s SIGRT_%d %s\n", before, signal - 32, after);
}

static void die(Sys *s, const siginfo_t *info) {
    if (s->o.strace) trace(s, "+++ killed by", info->si_signo, "+++");
    sys_end(s, 128 + info->si_signo, info->si_signo);
}

bool sys_signal_ignored(const Sys *s, int signal) {
    const SysAction *a = &s->action[signal];
    if (a->handler == (uint64_t)(uintptr_t)SIG_IGN) return true;
    return !a->handler && (signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT);
}

// There is no room on the stack for a handler: as on Linux, that is a SIGSEGV, which ends the program if it was one.
static void no_room(Sys *s, int signal) {
    siginfo_t broken = {.si_signo = SIGSEGV};
    if (signal == SIGSEGV)
        die(s, &broken);
    else
        sys_signal_fault(s, SIGSEGV, SI_KERNEL, 0);
}

static void enter_handler(Sys *s, const siginfo_t *info) {
    SysThread *t = sys_thread(s);
    SysAction *a = &s->action[info->si_signo];
    gaddr sp = *sys_x(s, X_SP);
    if ((a->flags & SA_ONSTACK) && t->alt_size && !on_alt_stack(t, sp)) sp = t->alt_sp + t->alt_size;
    gaddr at = (sp - sizeof(Frame)) & ~15ull;
    Frame f = {.info = *info};
    if (s->restarting && !(a->flags & SA_RESTART)) {
        *sys_x(s, X_A0) = (uint64_t)-EINTR;
        s->cpu->pc += INSN_BYTES;
        s->restarting = false;
    }
    save(s, &f.context, t->has_mask_after ? t->mask_after : t->mask);
    if (!space_copy_in(&s->space, at, &f, sizeof f)) {
        no_room(s, info->si_signo);
        return;
    }
    t->has_mask_after = false;
    uint64_t mask = t->mask | a->mask | (a->flags & SA_NODEFER ? 0 : sys_bit(info->si_signo));
    set_mask(s, mask);
    *sys_x(s, X_RA) = s->trampoline;
    *sys_x(s, X_SP) = at;
    *sys_x(s, X_A0) = (uint64_t)info->si_signo;
    *sys_x(s, X_A0 + 1) = at + offsetof(Frame, info);
    *sys_x(s, X_A0 + 2) = at + offsetof(Frame, context);
    s->cpu->pc = a->handler;
    if (a->flags & SA_RESETHAND) a->handler = 0;
}

static void deliver(Sys *s, const siginfo_t *info) {
    const SysAction *a = &s->action[info->si_signo];
    if (s->o.strace) trace(s, "---", info->si_signo, "---");
    if (sys_signal_ignored(s, info->si_signo)) return;
    if (a->handler == (uint64_t)(uintptr_t)SIG_DFL)
        die(s, info);
    else
        enter_handler(s, info);
    s->restarting = false;
}

static siginfo_t *fault_info(SysThread *t, int signal) { return &t->info[signal == SIGBUS]; }

// SIGSEGV and SIGBUS are never blocked in the host; whether the program blocks them is seen here.
void sys_signal_keep(SysThread *t, const siginfo_t *info) {
    if (!(t->pending & sys_bit(info->si_signo))) *fault_info(t, info->si_signo) = *info;
    t->pending |= sys_bit(info->si_signo);
}

static bool is_fault(int signal) { return signal == SIGSEGV || signal == SIGBUS; }

static void deliver_all(Sys *s) {
    SysThread *t = sys_thread(s);
    for (siginfo_t info; !s->ended && sys_caught(&info);) {
        if (is_fault(info.si_signo))
            sys_signal_keep(t, &info);
        else
            deliver(s, &info);
    }
    for (uint64_t ready; !s->ended && (ready = t->pending & ~t->mask);) {
        int n = __builtin_ctzll(ready) + 1;
        t->pending &= ~sys_bit(n);
        deliver(s, fault_info(t, n));
    }
}

// All that the mask lets through, the handler of the last one runs first: so does Linux.
void sys_signals_deliver(Sys *s) {
    SysThread *t = sys_thread(s);
    do {
        deliver_all(s);
        if (s->ended) return;
        if (t->has_mask_after) { // whatever woke the call was nothing to deliver
            t->has_mask_after = false;
            t->mask = t->mask_after;
        }
        s->restarting = false;
        sys_host_mask(t->mask);
    } while (sys_signal_waits(t));
}

bool sys_signal_waits(const SysThread *t) { return sys_has_caught(t) || (t->pending & ~t->mask); }

void sys_signal_fault(Sys *s, int signal, int code, gaddr at) {
    siginfo_t info = {.si_signo = signal, .si_code = code};
    info.si_addr = (void *)(uintptr_t)at;
    SysAction *a = &s->action[signal];
    bool blocked = sys_thread(s)->mask & sys_bit(signal);
    if (blocked || a->handler == (uint64_t)(uintptr_t)SIG_IGN) a->handler = 0; // it cannot be put off
    sys_thread(s)->mask &= ~sys_bit(signal);
    deliver(s, &info);
}

void sys_wait_with_mask(Sys *s, uint64_t mask) {
    SysThread *t = sys_thread(s);
    if (!t->has_mask_after) t->mask_after = t->mask;
    t->has_mask_after = true;
    set_mask(s, mask);
}

// ---- calls --------------------------------------------------------------------------------------------------------
int64_t sys_rt_sigreturn(Sys *s, const uint64_t *a) {
    (void)a;
    Frame f;
    if (!space_copy_out(&s->space, *sys_x(s, X_SP), &f, sizeof f)) {
        sys_signal_fault(s, SIGSEGV, SEGV_MAPERR, *sys_x(s, X_SP));
        return SYS_NO_RESULT;
    }
    SysThread *t = sys_thread(s);
    load(s, &f.context);
    set_mask(s, f.context.mask);
    if (f.context.stack.flags & SS_DISABLE)
        t->alt_size = 0;
    else
        t->alt_sp = f.context.stack.sp, t->alt_size = f.context.stack.size;
    return SYS_NO_RESULT;
}

int64_t sys_rt_sigaction(Sys *s, const uint64_t *a) {
    uint64_t n = a[0];
    SysAction fresh;
    if (a[3] != sizeof(uint64_t) || !n || n > SYS_SIGNALS) return -EINVAL;
    if (a[1] && (n == SIGKILL || n == SIGSTOP)) return -EINVAL;
    if (a[1] && !space_copy_out(&s->space, a[1], &fresh, sizeof fresh)) return -EFAULT;
    if (a[2] && !space_copy_in(&s->space, a[2], &s->action[n], sizeof fresh)) return -EFAULT;
    if (!a[1]) return 0;
    fresh.mask &= ~UNBLOCKABLE;
    s->action[n] = fresh;
    sys_host_action((int)n, &fresh);
    return 0;
}

void sys_signals_clear(Sys *s) {
    for (int n = 1; n <= SYS_SIGNALS; n++) {
        if (s->action[n].handler == (uint64_t)(uintptr_t)SIG_IGN) continue;
        s->action[n] = (SysAction){0};
        sys_host_action(n, &s->action[n]);
    }
}

int64_t sys_rt_sigprocmask(Sys *s, const uint64_t *a) {
    SysThread *t = sys_thread(s);
    uint64_t old = t->mask, set;
    if (a[3] != sizeof set) return -EINVAL;
    if (a[1]) {
        if (!space_copy_out(&s->space, a[1], &set, sizeof set)) return -EFAULT;
        switch (a[0]) {
        case SIG_BLOCK: set_mask(s, old | set); break;
        case SIG_UNBLOCK: set_mask(s, old & ~set); break;
        case SIG_SETMASK: set_mask(s, set); break;
        default: return -EINVAL;
        }
    }
    return !a[2] || space_copy_in(&s->space, a[2], &old, sizeof old) ? 0 : -EFAULT;
}

int64_t sys_rt_sigsuspend(Sys *s, const uint64_t *a) {
    uint64_t mask;
    if (a[1] != sizeof mask) return -EINVAL;
    if (!space_copy_out(&s->space, a[0], &mask, sizeof mask)) return -EFAULT;
    sys_wait_with_mask(s, mask);
    SysThread *t = sys_thread(s);
    if (t->pending & ~t->mask) return -EINTR;
    if (s->threads.n > 1 && !s->o.host_clock) return sys_wait(s, SYS_WAIT_TIME, SYS_FOREVER), -EINTR;
    int64_t r = SYS_HOST_WAIT(s, true, ppoll, 0, 0, 0, 0, 8); // as pause(), which not every host has
    return r == SYS_RESTART ? -EINTR : r;
}

static int64_t take_fault(Sys *s, uint64_t set, gaddr info) {
    SysThread *t = sys_thread(s);
    if (!(t->pending & set)) return 0;
    int n = __builtin_ctzll(t->pending & set) + 1;
    t->pending &= ~sys_bit(n);
    return !info || space_copy_in(&s->space, info, fault_info(t, n), sizeof(siginfo_t)) ? n : -EFAULT;
}

// --clock=insn, other threads: the host is asked without waiting, again and again.
static int64_t wait_here(Sys *s, uint64_t set, siginfo_t *info, uint64_t until) {
    struct timespec none = {0};
    for (;;) {
        int64_t n = SYS_HOST(rt_sigtimedwait, SYS_ARG(&set), SYS_ARG(info), SYS_ARG(&none), sizeof set);
        if (n != -EAGAIN || sys_now(s, CLOCK_MONOTONIC) >= until) return n;
        if (!sys_wait(s, SYS_WAIT_RETRY, until)) return -EINTR;
    }
}

int64_t sys_rt_sigtimedwait(Sys *s, const uint64_t *a) {
    struct timespec timeout = {0}, none = {0};
    siginfo_t info;
    uint64_t set, size = sizeof set;
    if (a[3] != size) return -EINVAL;
    if (!space_copy_out(&s->space, a[0], &set, size)) return -EFAULT;
    if (a[2] && !space_copy_out(&s->space, a[2], &timeout, sizeof timeout)) return -EFAULT;
    int64_t n = take_fault(s, set, a[1]);
    if (n) return n;
    uint64_t span = (uint64_t)timeout.tv_sec * 1000000000u + (uint64_t)timeout.tv_nsec;
    if (s->threads.n > 1 && !s->o.host_clock) {
        n = wait_here(s, set, &info, a[2] ? sys_now(s, CLOCK_MONOTONIC) + span : SYS_FOREVER);
    } else {
        n = SYS_HOST(rt_sigtimedwait, SYS_ARG(&set), SYS_ARG(&info), SYS_ARG(&none), size);
        if (n == -EAGAIN && (!a[2] || span))
            n = SYS_HOST_WAIT(s, true, rt_sigtimedwait, SYS_ARG(&set), SYS_ARG(&info), a[2] ? SYS_ARG(&timeout) : 0,
                              size);
    }
    if (n == SYS_RESTART) return -EINTR;
    return n <= 0 || !a[1] || space_copy_in(&s->space, a[1], &info, sizeof info) ? n : -EFAULT;
}

int64_t sys_rt_sigpending(Sys *s, const uint64_t *a) {
    uint64_t set = 0, n = a[1];
    if (n > sizeof set) return -EINVAL;
    int64_t r = SYS_HOST(rt_sigpending, SYS_ARG(&set), sizeof set);
    set |= sys_thread(s)->pending;
    return r || space_copy_in(&s->space, a[0], &set, n) ? r : -EFAULT;
}

int64_t sys_sigaltstack(Sys *s, const uint64_t *a) {
    enum { MINIMUM = 2048 };
    SysThread *t = sys_thread(s);
    gaddr sp = *sys_x(s, X_SP);
    GuestStack old = stack_now(t, sp), fresh;
    if (a[0]) {
        if (!space_copy_out(&s->space, a[0], &fresh, sizeof fresh)) return -EFAULT;
        if (on_alt_stack(t, sp)) return -EPERM;
        if (fresh.flags & ~SS_DISABLE) return -EINVAL;
        if (!(fresh.flags & SS_DISABLE) && fresh.size < MINIMUM) return -ENOMEM;
        t->alt_sp = fresh.flags & SS_DISABLE ? 0 : fresh.sp;
        t->alt_size = fresh.flags & SS_DISABLE ? 0 : fresh.size;
    }
    return !a[1] || space_copy_in(&s->space, a[1], &old, sizeof old) ? 0 : -EFAULT;
}

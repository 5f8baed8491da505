// Signals as the program knows them: dispositions, masks, delivery on its stack, and the way back.
//
// The frame is that of the kernel's rt_sigframe for riscv64; the page with the trampoline stands for its vDSO. All
// signals but those that an instruction of the program raises come from the host's kernel, through host_signal.c.
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
        if (sys_host_ignores(n)) s->action[n].handler = (uint64_t)(uintptr_t)SIG_IGN;
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

static void trace(const Sys *s, const char *before, int signal, const char *after) {
    const char *name = sigabbrev_np(signal);
    if (name)
        fprintf(s->o.out, "%s SIG%s %s\n", before, name, after);
    else
        fprintf(s->o.out, "%s SIGRT_%d %s\n", before, signal - 32, after);
}

static void die(Sys *s, const siginfo_t *info) {
    if (s->o.strace) trace(s, "+++ killed by", info->si_signo, "+++");
    s->ended = true;
    s->env.end(s->env.machine, 128 + info->si_signo, info->si_signo);
}

static void take_default(Sys *s, const siginfo_t *info) {
    switch (info->si_signo) {
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
    case SIGCONT: return;
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU: raise(SIGSTOP); return;
    default: die(s, info);
    }
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
    if (a->handler == (uint64_t)(uintptr_t)SIG_IGN) return;
    if (a->handler == (uint64_t)(uintptr_t)SIG_DFL)
        take_default(s, info);
    else
        enter_handler(s, info);
    s->restarting = false;
}

void sys_signals_deliver(Sys *s) {
    siginfo_t info;
    if (sys_caught(&info)) sys_signal_send(s, sys_thread(s), &info);
    SysThread *t = sys_thread(s);
    for (uint64_t ready; (ready = t->pending & ~t->mask) && !s->ended;) {
        int n = __builtin_ctzll(ready) + 1;
        t->pending &= ~sys_bit(n);
        deliver(s, &t->info[n]);
    }
    if (t->has_mask_after) { // whatever woke the call was nothing to deliver
        t->has_mask_after = false;
        t->mask = t->mask_after;
    }
    s->restarting = false;
    if (!s->ended) sys_host_mask(t->mask);
}

void sys_signal_send(Sys *s, SysThread *t, const siginfo_t *info) {
    (void)s;
    int n = info->si_signo;
    if (!(t->pending & sys_bit(n))) t->info[n] = *info;
    t->pending |= sys_bit(n);
    if (!(t->mask & sys_bit(n))) t->woken = true;
}

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
    bool catches = fresh.handler > (uint64_t)(uintptr_t)SIG_IGN;
    sys_host_action((int)n, &fresh, catches);
    return 0;
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
    if (s->threads.n > 1) {
        if (t->woken) return t->woken = false, -EINTR;
        return sys_park(s, SYS_WAIT_TIME, SYS_FOREVER);
    }
    int64_t r = SYS_HOST(pause, 0);
    return r == SYS_RESTART ? -EINTR : r;
}

// Those that came from within are here, the others with the host's kernel.
static int64_t take_pending(Sys *s, uint64_t set, gaddr info) {
    SysThread *t = sys_thread(s);
    if (!(t->pending & set)) return 0;
    int n = __builtin_ctzll(t->pending & set) + 1;
    t->pending &= ~sys_bit(n);
    t->wait = SYS_RUNNABLE;
    return !info || space_copy_in(&s->space, info, &t->info[n], sizeof t->info[n]) ? n : -EFAULT;
}

// With other threads the host is asked without waiting, again and again.
int64_t sys_rt_sigtimedwait(Sys *s, const uint64_t *a) {
    SysThread *t = sys_thread(s);
    struct timespec timeout = {0}, none = {0};
    siginfo_t info;
    uint64_t set;
    bool alone = s->threads.n < 2, again = t->wait == SYS_WAIT_RETRY;
    if (a[3] != sizeof set) return -EINVAL;
    if (!space_copy_out(&s->space, a[0], &set, sizeof set)) return -EFAULT;
    if (a[2] && !space_copy_out(&s->space, a[2], &timeout, sizeof timeout)) return -EFAULT;
    int64_t n = take_pending(s, set, a[1]);
    if (n) return n;
    const struct timespec *limit = !alone ? &none : a[2] ? &timeout : NULL;
    n = SYS_HOST(rt_sigtimedwait, SYS_ARG(&set), SYS_ARG(&info), SYS_ARG(limit), sizeof set);
    if (n > 0) return !a[1] || space_copy_in(&s->space, a[1], &info, sizeof info) ? n : -EFAULT;
    if (n != -EAGAIN || alone) return n;
    uint64_t now = sys_now(s, CLOCK_MONOTONIC),
             span = (uint64_t)timeout.tv_sec * 1000000000u + (uint64_t)timeout.tv_nsec;
    uint64_t until = again ? t->until : a[2] ? now + span : SYS_FOREVER;
    if (now < until) return sys_park(s, SYS_WAIT_RETRY, until);
    t->wait = SYS_RUNNABLE;
    return -EAGAIN;
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

// ---- sending ------------------------------------------------------------------------------------------------------
// To a thread of this program that is not the process' own: nobody outside knows it.
static SysThread *thread_with(Sys *s, int tid) {
    for (uint32_t i = 0; i < s->threads.n; i++)
        if (s->threads.at[i]->tid == tid) return s->threads.at[i];
    return NULL;
}

static int64_t send_to_thread(Sys *s, int64_t tgid, int tid, int signal) {
    SysThread *t = thread_with(s, tid);
    int64_t pid = SYS_HOST(getpid, 0);
    if (!t || (tgid >= 0 && tgid != pid)) {
        if (tgid < 0) return SYS_HOST(tkill, (uint64_t)tid, (uint64_t)signal);
        return SYS_HOST(tgkill, (uint64_t)tgid, (uint64_t)tid, (uint64_t)signal);
    }
    if (signal < 0 || signal > SYS_SIGNALS) return -EINVAL;
    if (signal == SIGSTOP || signal == SIGKILL) return SYS_HOST(kill, (uint64_t)pid, (uint64_t)signal);
    siginfo_t info = {.si_signo = signal, .si_code = SI_TKILL};
    info.si_pid = (int)pid;
    info.si_uid = (unsigned)SYS_HOST(getuid, 0);
    if (signal) sys_signal_send(s, t, &info);
    return 0;
}

int64_t sys_tkill(Sys *s, const uint64_t *a) { return send_to_thread(s, -1, (int)a[0], (int)a[1]); }
int64_t sys_tgkill(Sys *s, const uint64_t *a) { return send_to_thread(s, (int)a[0], (int)a[1], (int)a[2]); }

// To itself a program's signal goes straight, if its default action is deadly too: the host's kernel would end emu.
int64_t sys_kill(Sys *s, const uint64_t *a) {
    int64_t pid = SYS_HOST(getpid, 0);
    int signal = (int)a[1];
    if ((int)a[0] != pid || signal <= 0 || signal > SYS_SIGNALS || signal == SIGKILL || signal == SIGSTOP)
        return SYS_HOST(kill, a[0], a[1]);
    siginfo_t info = {.si_signo = signal, .si_code = SI_USER};
    info.si_pid = (int)pid;
    info.si_uid = (unsigned)SYS_HOST(getuid, 0);
    sys_signal_send(s, sys_thread(s), &info);
    return 0;
}

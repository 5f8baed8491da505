// Robust mutexes: what a thread held when it ended becomes FUTEX_OWNER_DIED, and one that waits for it is woken ("robust
// futexes" of the kernel's documentation). A thread that ends, and a program, does that itself.
//
// A process that SIGKILL ends can do no more, and the host's kernel cannot do it either: the list of what is held is in
// the program's memory, in the program's addresses. So a process whose memory is shared with others has an heir: a process
// of the host that shares all of emu's memory (CLONE_VM) and nothing else, sleeps until emu is gone, does it and ends.
//
//     program: a mutex is taken, its word is 1234; SIGKILL
//     heir:    ...................... wakes ............. 1234 -> OWNER_DIED, futex wake, end
//
// WHY not when another process waits for the word: a word with the number of a thread that is gone need not be a
// mutex, numbers come again, and trylock never waits. WHY not a list for the host's kernel: its pointers are addresses of
// the host, and the program changes its list without a call. What it costs: a process that sleeps, for programs
// that both have robust lists (C libraries make them) and share memory that they write to.
#include "base/guarded.h"
#include "host/host.h"
#include "sys/private.h"
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- the list -----------------------------------------------------------------------------------------------------
// `pending`: the mutex that the thread was about to take or to give back. Given back already, it may not have woken the
// one that waits for it.
static bool release(Sys *s, const SysThread *t, gaddr at, bool pending) {
    uint64_t word, seen;
    void *there = at % 4 ? NULL : space_at(&s->space, at, sizeof(uint32_t), SPACE_WRITE);
    if (!there || !guarded_load(there, sizeof(uint32_t), &word)) return false;
    for (; (word & FUTEX_TID_MASK) == (uint32_t)t->tid; word = seen) {
        seen = word;
        if (!guarded_cas(there, sizeof(uint32_t), &seen, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED)) return false;
        if (seen == word) break;
    }
    if ((word & FUTEX_TID_MASK) == (uint32_t)t->tid || (pending && !word)) sys_futex_wake(s, at, 1);
    return true;
}

typedef struct RobustHead {
    gaddr next;
    int64_t offset;
    gaddr pending;
} RobustHead;

static bool get_head(Sys *s, const SysThread *t, RobustHead *head) {
    return t->robust_list && space_copy_out(&s->space, t->robust_list, head, sizeof *head);
}

void sys_robust_release(Sys *s, const SysThread *t) {
    enum { LIST_MAX = 2048 };
    RobustHead head;
    if (!get_head(s, t, &head)) return;
    gaddr entry = head.next & ~1ull, pending = head.pending & ~1ull; // bit 0: one with priority inheritance
    for (unsigned i = 0; i < LIST_MAX && entry != t->robust_list; i++) {
        gaddr next;
        if (!space_copy_out(&s->space, entry, &next, sizeof next)) break;
        if (entry != pending && !release(s, t, entry + (uint64_t)head.offset, false)) break;
        entry = next & ~1ull;
    }
    if (pending) release(s, t, pending + (uint64_t)head.offset, true);
}

static bool is_anything_held(Sys *s) {
    RobustHead head;
    for (uint32_t i = 0; i < s->threads.n; i++) {
        const SysThread *t = s->threads.at[i];
        if (get_head(s, t, &head) && ((head.next & ~1ull) != t->robust_list || head.pending & ~1ull)) return true;
    }
    return false;
}

// ---- the heir -----------------------------------------------------------------------------------------------------
// As long as emu lives, the heir may touch nothing that belongs to a thread, errno among it: it has the thread pointer of
// a thread of emu, as it can have no other.
static const uint32_t none_pending;

static int64_t call(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    return host_syscall(&none_pending, number, (const uint64_t[6]){a, b, c, d});
}

// Files that it kept open would not be at their end for others. Not what ends a terminal or a group of processes ends it.
static void stand_apart(void) {
    enum { CLOSE_UNSHARE = 2 };
    static const char name[] = "emu-heir";
    call(SYS_close_range, 0, ~0u, CLOSE_UNSHARE, 0);
    call(SYS_setsid, 0, 0, 0, 0);
    call(SYS_prctl, PR_SET_NAME, SYS_ARG(name), 0, 0);
}

static void release_all(Sys *s) {
    sys_caught_forget(); // else calls of the host would wait until it is delivered
    for (uint32_t i = 0; i < s->threads.n; i++) sys_robust_release(s, s->threads.at[i]);
}

static int until_death(void *sys) {
    Sys *s = sys;
    stand_apart();
    int64_t fd = call(SYS_pidfd_open, (uint64_t)s->main->tid, 0, 0, 0);
    struct pollfd p = {.fd = (int)fd, .events = POLLIN};
    while (fd >= 0 && call(SYS_ppoll, SYS_ARG(&p), 1, 0, 0) != 1) {
    }
    if (fd >= 0 || fd == -ESRCH) release_all(s); // else the host's kernel cannot say when emu is gone
    return 0;
}

// The kernel clears the word when the thread that executes another program has left this memory.
static int until_execution(void *sys) {
    Sys *s = sys;
    stand_apart();
    while (__atomic_load_n(&s->heir.executing, __ATOMIC_SEQ_CST))
        call(SYS_futex, SYS_ARG(&s->heir.executing), FUTEX_WAIT, 1, 0);
    release_all(s);
    return 0;
}

// WHY CLONE_FILES: a copy of the descriptors would hold them open until the heir first runs.
static void start(Sys *s, int (*run)(void *sys)) {
    enum { STACK_BYTES = 64 << 10 };
    SysHeir *h = &s->heir;
    uint8_t *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return;
    sys_host_mask(~0ull);
    h->pid = clone(run, stack + STACK_BYTES, CLONE_VM | CLONE_FILES | CLONE_SETTLS, s, NULL, h->thread_pointer);
    if (!*sys_host_pending()) sys_host_mask(sys_thread(s)->mask);
    h->stack = stack;
    if (h->pid < 0) munmap(stack, STACK_BYTES), h->pid = 0; // as many processes as the user may have
}

void sys_heir_start(Sys *s) {
    bool lists = false;
    for (uint32_t i = 0; i < s->threads.n; i++) lists |= s->threads.at[i]->robust_list != 0;
    if (s->shares && lists && !s->heir.pid && !s->vforked) start(s, until_death);
}

// Of a build that checks addresses: the frames of an heir never end, and the next one may lie where one was.
void __asan_unpoison_memory_region(const volatile void *at, size_t n) __attribute__((weak));

static void drop_stack(SysHeir *h) {
    enum { STACK_BYTES = 64 << 10 };
    if (!h->stack) return;
    if (__asan_unpoison_memory_region) __asan_unpoison_memory_region(h->stack, STACK_BYTES);
    munmap(h->stack, STACK_BYTES);
    h->stack = NULL;
}

void sys_heir_end(Sys *s) {
    SysHeir *h = &s->heir;
    if (!h->pid || s->vforked) return;
    kill(h->pid, SIGKILL);
    while (waitpid(h->pid, NULL, __WALL) < 0 && errno == EINTR) {
    }
    h->pid = 0;
    drop_stack(h);
}

void sys_heir_forget(Sys *s) {
    s->heir.pid = 0;
    drop_stack(&s->heir);
    s->heir.thread_pointer = __builtin_thread_pointer();
}

// The memory would live as long as the heir. One that has work to do takes over when the program is gone.
void sys_heir_before(Sys *s) {
    if (!s->heir.pid || s->vforked) return;
    sys_heir_end(s);
    if (!is_anything_held(s)) return;
    s->heir.executing = 1;
    start(s, until_execution);
    if (s->heir.pid) SYS_HOST(set_tid_address, SYS_ARG(&s->heir.executing));
}

void sys_heir_refused(Sys *s) {
    if (s->vforked) return;
    sys_heir_end(s);
    sys_heir_start(s);
}

// A child that says nothing when it ends, as the heir: programs have none, so who asks for such alone has no children.
uint64_t sys_heir_hidden(uint64_t options, bool *none) {
    *none = (options & (__WALL | __WCLONE)) == __WCLONE;
    return options & ~(uint64_t)(__WALL | __WCLONE);
}

// ---- calls --------------------------------------------------------------------------------------------------------
int64_t sys_set_robust_list(Sys *s, const uint64_t *a) {
    if (a[1] != sizeof(RobustHead)) return -EINVAL;
    sys_thread(s)->robust_list = a[0];
    sys_heir_start(s);
    return 0;
}

int64_t sys_get_robust_list(Sys *s, const uint64_t *a) {
    uint64_t size = sizeof(RobustHead);
    const SysThread *t = sys_thread(s);
    if (a[0] && (int)a[0] != t->tid) return -EPERM;
    bool ok = space_copy_in(&s->space, a[1], &t->robust_list, sizeof size) && space_copy_in(&s->space, a[2], &size, 8);
    return ok ? 0 : -EFAULT;
}

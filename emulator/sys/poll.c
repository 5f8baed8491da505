// Waiting for several files: ppoll, pselect6, epoll. With a mask of signals that holds while the call waits.
#include "sys/private.h"
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

enum { NS = 1000000000, EVENTS_MAX = 1 << 16 };

// ---- what the three have in common: when to stop, and how to ask
typedef struct Waiting {
    bool for_ever;
    uint64_t ns;
} Waiting;

typedef int64_t Ask(Sys *s, bool waits, const void *what, const struct timespec *timeout);

// --clock=insn, other threads: the host is asked without waiting, again and again.
static int64_t wait_here(Sys *s, Waiting w, Ask *ask, const void *what) {
    struct timespec none = {0};
    uint64_t until = w.for_ever ? SYS_FOREVER : sys_now(s, CLOCK_MONOTONIC) + w.ns;
    for (;;) {
        int64_t r = ask(s, false, what, &none);
        if (r || sys_now(s, CLOCK_MONOTONIC) >= until) return r;
        if (!sys_wait(s, SYS_WAIT_RETRY, until)) return -EINTR;
    }
}

static int64_t wait_for(Sys *s, Waiting w, Ask *ask, const void *what) {
    const SysThread *t = sys_thread(s);
    bool alone = s->threads.n < 2;
    struct timespec timeout = {(time_t)(w.ns / NS), (long)(w.ns % NS)}, none = {0};
    if (t->pending & ~t->mask) return -EINTR;
    if (!alone && !s->o.host_clock) return wait_here(s, w, ask, what);
    int64_t r = alone && s->o.host_clock ? 0 : ask(s, false, what, &none); // others run only while this one waits
    if (!r && alone && !s->o.host_clock && !w.for_ever)                    // the guest's own clock
        return sys_sleep_alone(s, w.ns) ? 0 : -EINTR;
    if (!r) r = ask(s, w.for_ever || w.ns, what, w.for_ever ? NULL : &timeout);
    return r == SYS_RESTART ? -EINTR : r;
}

static int take_timeout(Sys *s, gaddr at, Waiting *w) {
    struct timespec t;
    *w = (Waiting){.for_ever = !at};
    if (!at) return 0;
    if (!space_copy_out(&s->space, at, &t, sizeof t)) return -EFAULT;
    if (t.tv_sec < 0 || t.tv_nsec < 0 || t.tv_nsec >= NS) return -EINVAL;
    w->ns = (uint64_t)t.tv_sec * NS + (uint64_t)t.tv_nsec;
    return 0;
}

static int take_mask(Sys *s, gaddr at, uint64_t size) {
    uint64_t mask;
    if (!at) return 0;
    if (size != sizeof mask) return -EINVAL;
    if (!space_copy_out(&s->space, at, &mask, sizeof mask)) return -EFAULT;
    sys_wait_with_mask(s, mask);
    return 0;
}

// ---- ppoll --------------------------------------------------------------------------------------------------------
typedef struct PollSet {
    struct pollfd *at;
    uint64_t n;
} PollSet;

static int64_t ask_poll(Sys *s, bool waits, const void *what, const struct timespec *timeout) {
    const PollSet *p = what;
    struct timespec copy = timeout ? *timeout : (struct timespec){0}; // the kernel writes the rest into it
    return SYS_HOST_WAIT(s, waits, ppoll, SYS_ARG(p->at), p->n, timeout ? SYS_ARG(&copy) : 0);
}

int64_t sys_ppoll(Sys *s, const uint64_t *a) {
    Waiting w;
    if (a[1] > EVENTS_MAX) return -EINVAL;
    PollSet p = {space_at(&s->space, a[0], a[1] * sizeof(struct pollfd), SPACE_WRITE), a[1]};
    if (!p.at) return -EFAULT;
    int e = take_timeout(s, a[2], &w);
    if (!e) e = take_mask(s, a[3], a[4]);
    return e ? e : wait_for(s, w, ask_poll, &p);
}

// ---- pselect6 -----------------------------------------------------------------------------------------------------
typedef struct SelectSet {
    uint64_t n;
    gaddr at[3];
    fd_set in[3]; // as the program gave them
    fd_set *out;  // three for the answer
} SelectSet;

static int64_t ask_select(Sys *s, bool waits, const void *what, const struct timespec *timeout) {
    const SelectSet *p = what;
    struct timespec copy = timeout ? *timeout : (struct timespec){0};
    memcpy(p->out, p->in, sizeof p->in);
    uint64_t at[3];
    for (unsigned i = 0; i < 3; i++) at[i] = p->at[i] ? SYS_ARG(&p->out[i]) : 0;
    return SYS_HOST_WAIT(s, waits, pselect6, p->n, at[0], at[1], at[2], timeout ? SYS_ARG(&copy) : 0, 0);
}

int64_t sys_pselect6(Sys *s, const uint64_t *a) {
    fd_set out[3];
    SelectSet p = {.n = a[0], .at = {a[1], a[2], a[3]}, .out = out};
    Waiting w;
    uint64_t mask[2] = {0};
    if (a[0] > FD_SETSIZE) return -EINVAL;
    size_t bytes = (a[0] + 63) / 64 * 8;
    for (unsigned i = 0; i < 3; i++)
        if (p.at[i] && !space_copy_out(&s->space, p.at[i], &p.in[i], bytes)) return -EFAULT;
    int e = take_timeout(s, a[4], &w);
    if (!e && a[5] && !space_copy_out(&s->space, a[5], mask, sizeof mask)) e = -EFAULT;
    if (!e) e = take_mask(s, mask[0], mask[1]);
    if (e) return e;
    int64_t r = wait_for(s, w, ask_select, &p);
    if (!r) memset(out, 0, sizeof out); // the time may be over by the guest's own clock
    for (unsigned i = 0; i < 3 && r >= 0; i++)
        if (p.at[i] && !space_copy_in(&s->space, p.at[i], &out[i], bytes)) return -EFAULT;
    return r;
}

// ---- epoll: its structure is packed on some hosts and is not on riscv64 --------------------------------------------
typedef struct GuestEvent {
    uint32_t events, pad;
    uint64_t data;
} GuestEvent;

int64_t sys_epoll_ctl(Sys *s, const uint64_t *a) {
    GuestEvent g = {0};
    if (a[3] && !space_copy_out(&s->space, a[3], &g, sizeof g)) return -EFAULT;
    struct epoll_event h = {.events = g.events, .data.u64 = g.data};
    return SYS_HOST(epoll_ctl, a[0], a[1], a[2], a[3] ? SYS_ARG(&h) : 0);
}

typedef struct EpollSet {
    uint64_t fd, n;
    struct epoll_event *at;
} EpollSet;

static int64_t ask_epoll(Sys *s, bool waits, const void *what, const struct timespec *timeout) {
    const EpollSet *p = what;
    int64_t ms = timeout ? timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000 : -1;
    return SYS_HOST_WAIT(s, waits, epoll_pwait, p->fd, SYS_ARG(p->at), p->n, (uint64_t)(ms > INT_MAX ? INT_MAX : ms), 0,
                         8);
}

static int64_t wait_epoll(Sys *s, const uint64_t *a, Waiting w) {
    struct epoll_event events[128];
    GuestEvent out[ARRAY_LEN(events)];
    int most = (int)a[2];
    if (most <= 0) return -EINVAL;
    EpollSet p = {a[0], (uint64_t)most < ARRAY_LEN(events) ? (uint64_t)most : ARRAY_LEN(events), events};
    if (!space_at(&s->space, a[1], p.n * sizeof *out, SPACE_WRITE)) return -EFAULT;
    int e = take_mask(s, a[4], a[5]);
    if (e) return e;
    int64_t n = wait_for(s, w, ask_epoll, &p);
    for (int64_t i = 0; i < n; i++) out[i] = (GuestEvent){.events = events[i].events, .data = events[i].data.u64};
    return n <= 0 || space_copy_in(&s->space, a[1], out, (size_t)n * sizeof *out) ? n : -EFAULT;
}

int64_t sys_epoll_pwait(Sys *s, const uint64_t *a) {
    int ms = (int)a[3];
    return wait_epoll(s, a, (Waiting){ms<0, ms> 0 ? (uint64_t)ms * 1000000 : 0});
}

int64_t sys_epoll_pwait2(Sys *s, const uint64_t *a) {
    Waiting w;
    int e = take_timeout(s, a[3], &w);
    return e ? e : wait_epoll(s, a, w);
}

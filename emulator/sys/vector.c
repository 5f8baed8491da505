// Calls with several buffers: readv and its kin, vmsplice, and copying between processes, which is offered for one only.
#include "sys/private.h"
#include <limits.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

// Buffers of the program for the host's kernel; the list is a copy.
static int take_vector(Sys *s, gaddr at, uint64_t n, unsigned need, struct iovec v[IOV_MAX]) {
    if (n > IOV_MAX) return -EINVAL;
    if (!space_copy_out(&s->space, at, v, n * sizeof *v)) return -EFAULT;
    for (uint64_t i = 0; i < n; i++) {
        if ((int64_t)v[i].iov_len < 0) return -EINVAL;
        v[i].iov_base = space_at(&s->space, (gaddr)(uintptr_t)v[i].iov_base, v[i].iov_len, need);
        if (!v[i].iov_base) return -EFAULT;
    }
    return 0;
}

static int64_t vector(Sys *s, long host, const uint64_t *a, unsigned need, short events) {
    struct iovec v[IOV_MAX];
    int e = take_vector(s, a[1], a[2], need, v);
    if (e) return e;
    return sys_host_fd(s, (int)a[0], events, host, (const uint64_t[6]){a[0], SYS_ARG(v), a[2], a[3], a[4], a[5]});
}
int64_t sys_readv(Sys *s, const uint64_t *a) { return vector(s, SYS_readv, a, SPACE_WRITE, POLLIN); }
int64_t sys_writev(Sys *s, const uint64_t *a) { return vector(s, SYS_writev, a, SPACE_READ, POLLOUT); }
int64_t sys_preadv(Sys *s, const uint64_t *a) { return vector(s, SYS_preadv, a, SPACE_WRITE, 0); }
int64_t sys_pwritev(Sys *s, const uint64_t *a) { return vector(s, SYS_pwritev, a, SPACE_READ, 0); }
// At -1, where the file is: then they may wait as readv does.
int64_t sys_preadv2(Sys *s, const uint64_t *a) {
    return vector(s, SYS_preadv2, a, SPACE_WRITE, a[3] == ~0ull ? POLLIN : 0);
}
int64_t sys_pwritev2(Sys *s, const uint64_t *a) {
    return vector(s, SYS_pwritev2, a, SPACE_READ, a[3] == ~0ull ? POLLOUT : 0);
}

// A pipe is given pages, or copies from it into them: whether it reads or writes is up to the pipe.
int64_t sys_vmsplice(Sys *s, const uint64_t *a) {
    int64_t flags = SYS_HOST(fcntl, a[0], 3 /* F_GETFL */);
    if (flags < 0) return flags;
    bool fills = (flags & 3) == 1; // O_WRONLY
    return vector(s, SYS_vmsplice, a, fills ? SPACE_READ : SPACE_WRITE, fills ? POLLOUT : POLLIN);
}

// ---- process_vm_readv, process_vm_writev: of another process it would be the memory of its emu --------------------
typedef struct Cursor {
    Sys *s;
    gaddr list;
    uint64_t n; // elements that are left
    struct iovec now;
} Cursor;

// The next bytes of the list, at most `want`; 0: it is over.
static uint64_t next_part(Cursor *c, uint64_t want, int *e) {
    while (!c->now.iov_len && c->n) {
        if (!space_copy_out(&c->s->space, c->list, &c->now, sizeof c->now)) return *e = -EFAULT, 0;
        c->list += sizeof c->now, c->n--;
    }
    return c->now.iov_len < want ? c->now.iov_len : want;
}

static void advance(Cursor *c, uint64_t n) {
    c->now.iov_base = (char *)c->now.iov_base + n;
    c->now.iov_len -= n;
}

static int64_t copy_lists(Sys *s, Cursor from, Cursor to) {
    char bytes[4096];
    int64_t done = 0;
    for (int e = 0;;) {
        uint64_t n = next_part(&from, sizeof bytes, &e);
        n = next_part(&to, n, &e);
        if (e) return done ? done : e;
        if (!n) return done;
        if (!space_copy_out(&s->space, (gaddr)(uintptr_t)from.now.iov_base, bytes, n) ||
            !space_copy_in(&s->space, (gaddr)(uintptr_t)to.now.iov_base, bytes, n))
            return done ? done : -EFAULT;
        advance(&from, n), advance(&to, n);
        done += (int64_t)n;
    }
}

static int64_t copy_process(Sys *s, const uint64_t *a, bool reads) {
    Cursor local = {.s = s, .list = a[1], .n = a[2]}, remote = {.s = s, .list = a[3], .n = a[4]};
    if (a[5] || a[2] > IOV_MAX || a[4] > IOV_MAX) return -EINVAL;
    if ((int)a[0] != (int)SYS_HOST(getpid, 0)) return SYS_HOST(kill, a[0], 0) == -ESRCH ? -ESRCH : -EPERM;
    return reads ? copy_lists(s, remote, local) : copy_lists(s, local, remote);
}
int64_t sys_process_vm_readv(Sys *s, const uint64_t *a) { return copy_process(s, a, true); }
int64_t sys_process_vm_writev(Sys *s, const uint64_t *a) { return copy_process(s, a, false); }

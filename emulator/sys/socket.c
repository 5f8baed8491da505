// Sockets: the calls whose arguments point to lengths or to structures of pointers.
#include "sys/private.h"
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

// An address that the kernel writes, and its length, which it reads and writes.
static int take_name(Sys *s, gaddr name, gaddr length, uint64_t host[2]) {
    host[0] = host[1] = 0;
    if (!name) return 0;
    uint32_t *n = space_at(&s->space, length, sizeof *n, SPACE_WRITE);
    void *at = n ? space_at(&s->space, name, *n, SPACE_WRITE) : NULL;
    if (!at) return -EFAULT;
    host[0] = SYS_ARG(at), host[1] = SYS_ARG(n);
    return 0;
}

static int64_t name_call(Sys *s, long number, const uint64_t *a, bool waits) {
    uint64_t name[2];
    int e = take_name(s, a[1], a[2], name);
    if (e) return e;
    if (waits && sys_must_park(s, (int)a[0], POLLIN)) return sys_park_fd(s, (int)a[0], POLLIN);
    int64_t r = sys_host_call(number, (const uint64_t[6]){a[0], name[0], name[1], a[3]});
    return r == -EINTR ? SYS_INTERRUPTED : r;
}
int64_t sys_accept(Sys *s, const uint64_t *a) { return name_call(s, SYS_accept, a, true); }
int64_t sys_accept4(Sys *s, const uint64_t *a) { return name_call(s, SYS_accept4, a, true); }
int64_t sys_getsockname(Sys *s, const uint64_t *a) { return name_call(s, SYS_getsockname, a, false); }
int64_t sys_getpeername(Sys *s, const uint64_t *a) { return name_call(s, SYS_getpeername, a, false); }

int64_t sys_getsockopt(Sys *s, const uint64_t *a) {
    uint64_t value[2];
    int e = take_name(s, a[3], a[4], value);
    return e ? e : SYS_HOST(getsockopt, a[0], a[1], a[2], value[0], value[1]);
}

int64_t sys_recvfrom(Sys *s, const uint64_t *a) {
    uint64_t name[2], n = space_reach(&s->space, a[1], a[2], SPACE_WRITE);
    void *to = space_at(&s->space, a[1], n, SPACE_WRITE);
    int e = take_name(s, a[4], a[5], name);
    if (e || !to || (a[2] && !n)) return -EFAULT;
    if (!(a[3] & MSG_DONTWAIT) && sys_must_park(s, (int)a[0], POLLIN)) return sys_park_fd(s, (int)a[0], POLLIN);
    int64_t r = SYS_HOST(recvfrom, a[0], SYS_ARG(to), n, a[3], name[0], name[1]);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

// struct msghdr is the same on both; its pointers are the program's.
static int take_message(Sys *s, struct msghdr *m, struct iovec v[IOV_MAX], unsigned need) {
    gaddr from = (gaddr)(uintptr_t)m->msg_iov;
    if (m->msg_iovlen > IOV_MAX) return -EMSGSIZE;
    if (!space_copy_out(&s->space, from, v, m->msg_iovlen * sizeof *v)) return -EFAULT;
    for (size_t i = 0; i < m->msg_iovlen; i++) {
        v[i].iov_base = space_at(&s->space, (gaddr)(uintptr_t)v[i].iov_base, v[i].iov_len, need);
        if (!v[i].iov_base) return -EFAULT;
    }
    m->msg_iov = v;
    if (m->msg_name && !(m->msg_name = space_at(&s->space, (gaddr)(uintptr_t)m->msg_name, m->msg_namelen, need)))
        return -EFAULT;
    if (m->msg_control &&
        !(m->msg_control = space_at(&s->space, (gaddr)(uintptr_t)m->msg_control, m->msg_controllen, need)))
        return -EFAULT;
    return 0;
}

static int64_t message(Sys *s, const uint64_t *a, long number, unsigned need, short events) {
    struct msghdr m, *theirs = space_at(&s->space, a[1], sizeof m, need == SPACE_WRITE ? SPACE_WRITE : SPACE_READ);
    struct iovec v[IOV_MAX];
    if (!theirs) return -EFAULT;
    m = *theirs;
    int e = take_message(s, &m, v, need);
    if (e) return e;
    if (!(a[2] & MSG_DONTWAIT) && sys_must_park(s, (int)a[0], events)) return sys_park_fd(s, (int)a[0], events);
    int64_t r = sys_host_call(number, (const uint64_t[6]){a[0], SYS_ARG(&m), a[2]});
    if (r >= 0 && need == SPACE_WRITE)
        theirs->msg_namelen = m.msg_namelen, theirs->msg_controllen = m.msg_controllen, theirs->msg_flags = m.msg_flags;
    return r == -EINTR ? SYS_INTERRUPTED : r;
}
int64_t sys_sendmsg(Sys *s, const uint64_t *a) { return message(s, a, SYS_sendmsg, SPACE_READ, POLLOUT); }
int64_t sys_recvmsg(Sys *s, const uint64_t *a) { return message(s, a, SYS_recvmsg, SPACE_WRITE, POLLIN); }

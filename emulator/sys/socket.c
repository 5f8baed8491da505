// Sockets: the calls whose arguments point to lengths or to structures of pointers.
#include "sys/private.h"
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

// An address that the kernel writes, and its length, which it reads and writes. WHY a length of our own: the program may
// change it while the host's kernel looks.
typedef struct Name {
    void *at;
    gaddr length_at;
    int32_t length;
} Name;

static int take_name(Sys *s, gaddr at, gaddr length, Name *out) {
    *out = (Name){.length_at = length};
    if (!at) return 0;
    if (!space_copy_out(&s->space, length, &out->length, sizeof out->length)) return -EFAULT;
    if (out->length < 0) return -EINVAL;
    out->at = space_at(&s->space, at, (uint32_t)out->length, SPACE_WRITE);
    return out->at ? 0 : -EFAULT;
}

static int64_t give_name(Sys *s, const Name *n, int64_t r) {
    if (r == -EINTR) return SYS_INTERRUPTED;
    if (r < 0 || !n->at) return r;
    return space_copy_in(&s->space, n->length_at, &n->length, sizeof n->length) ? r : -EFAULT;
}

static int64_t name_call(Sys *s, long number, const uint64_t *a, bool waits) {
    Name n;
    int e = take_name(s, a[1], a[2], &n);
    if (e) return e;
    const uint64_t host[6] = {a[0], SYS_ARG(n.at), SYS_ARG(&n.length), a[3]};
    return give_name(s, &n, sys_host_fd(s, (int)a[0], waits ? POLLIN : 0, number, host));
}
int64_t sys_accept(Sys *s, const uint64_t *a) { return name_call(s, SYS_accept, a, true); }
int64_t sys_accept4(Sys *s, const uint64_t *a) { return name_call(s, SYS_accept4, a, true); }
int64_t sys_getsockname(Sys *s, const uint64_t *a) { return name_call(s, SYS_getsockname, a, false); }
int64_t sys_getpeername(Sys *s, const uint64_t *a) { return name_call(s, SYS_getpeername, a, false); }

int64_t sys_recvfrom(Sys *s, const uint64_t *a) {
    Name name;
    uint64_t n = space_reach(&s->space, a[1], a[2], SPACE_WRITE);
    void *to = space_at(&s->space, a[1], n, SPACE_WRITE);
    int e = take_name(s, a[4], a[5], &name);
    if (e || !to || (a[2] && !n)) return e ? e : -EFAULT;
    const uint64_t host[6] = {a[0], SYS_ARG(to), n, a[3], SYS_ARG(name.at), SYS_ARG(&name.length)};
    return give_name(s, &name, sys_host_fd(s, (int)a[0], a[3] & MSG_DONTWAIT ? 0 : POLLIN, SYS_recvfrom, host));
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

static bool give_message(Sys *s, gaddr at, struct msghdr *theirs, const struct msghdr *m) {
    theirs->msg_namelen = m->msg_namelen, theirs->msg_controllen = m->msg_controllen, theirs->msg_flags = m->msg_flags;
    return space_copy_in(&s->space, at, theirs, sizeof *theirs);
}

static int64_t message(Sys *s, uint64_t fd, gaddr at, uint64_t flags, bool sends) {
    unsigned need = sends ? SPACE_READ : SPACE_WRITE;
    short events = sends ? POLLOUT : POLLIN;
    struct msghdr m, theirs;
    struct iovec v[IOV_MAX];
    if (!space_copy_out(&s->space, at, &theirs, sizeof theirs)) return -EFAULT;
    m = theirs;
    int e = take_message(s, &m, v, need);
    if (e) return e;
    if (flags & MSG_DONTWAIT) events = 0;
    int64_t r =
        sys_host_fd(s, (int)fd, events, sends ? SYS_sendmsg : SYS_recvmsg, (const uint64_t[6]){fd, SYS_ARG(&m), flags});
    if (r >= 0 && !sends && !give_message(s, at, &theirs, &m)) return -EFAULT;
    return r;
}
int64_t sys_sendmsg(Sys *s, const uint64_t *a) { return message(s, a[0], a[1], a[2], true); }
int64_t sys_recvmsg(Sys *s, const uint64_t *a) { return message(s, a[0], a[1], a[2], false); }

// ---- several messages: a list of struct mmsghdr, one after the other until one fails. Only the first may wait, so that
// the call can be done again as a whole.
enum { MMSG = 64, MMSG_LENGTH = 56, MMSG_MAX = 1024 };

static int64_t messages(Sys *s, const uint64_t *a, bool sends, uint64_t until) {
    uint64_t n = a[2] < MMSG_MAX ? a[2] : MMSG_MAX, done = 0, flags = (uint32_t)a[3] & ~(uint64_t)MSG_WAITFORONE;
    for (; done < n; done++) {
        gaddr at = a[1] + done * MMSG;
        if (done && (s->threads.n > 1 || a[3] & MSG_WAITFORONE)) flags |= MSG_DONTWAIT;
        int64_t r = message(s, a[0], at, flags, sends);
        uint32_t length = (uint32_t)r;
        if (r >= 0 && !space_copy_in(&s->space, at + MMSG_LENGTH, &length, sizeof length)) r = -EFAULT;
        if (r < 0) return done ? (int64_t)done : r;
        if (until != SYS_FOREVER && sys_now(s, CLOCK_MONOTONIC) >= until) return (int64_t)done + 1;
    }
    return (int64_t)done;
}
int64_t sys_sendmmsg(Sys *s, const uint64_t *a) { return messages(s, a, true, SYS_FOREVER); }

// The limit is looked at behind each message, as Linux does (recvmmsg(2), "BUGS").
int64_t sys_recvmmsg(Sys *s, const uint64_t *a) {
    enum { NS = 1000000000 };
    struct timespec limit;
    if (!a[4]) return messages(s, a, false, SYS_FOREVER);
    if (!space_copy_out(&s->space, a[4], &limit, sizeof limit)) return -EFAULT;
    if (limit.tv_sec < 0 || limit.tv_nsec < 0 || limit.tv_nsec >= NS) return -EINVAL;
    uint64_t until = sys_now(s, CLOCK_MONOTONIC) + (uint64_t)limit.tv_sec * NS + (uint64_t)limit.tv_nsec;
    return messages(s, a, false, until);
}

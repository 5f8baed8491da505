// Calls on files whose structures or flags are not the host's, or that could reach more than the program's own.
#include "sys/private.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>

// ---- opening and links --------------------------------------------------------------------------------------------
int64_t sys_openat(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX];
    const char *plain = space_string(&s->space, a[1], SYS_PATH_MAX);
    int e = sys_path(s, a[1], path);
    if (e) return e;
    int64_t own = sys_path_open(s, plain, a[2]);
    if (own != SYS_NO_RESULT) return own;
    int64_t r = SYS_HOST(openat, a[0], SYS_ARG(path), a[2], a[3]);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

int64_t sys_readlinkat(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX];
    const char *plain = space_string(&s->space, a[1], SYS_PATH_MAX);
    int e = sys_path(s, a[1], path);
    if (e) return e;
    uint64_t size = space_reach(&s->space, a[2], a[3], SPACE_WRITE);
    char *out = space_at(&s->space, a[2], size, SPACE_WRITE);
    if ((int64_t)a[3] <= 0) return -EINVAL;
    if (!size || !out) return -EFAULT;
    int64_t own = sys_path_link(s, plain, out, size);
    return own != SYS_NO_RESULT ? own : SYS_HOST(readlinkat, a[0], SYS_ARG(path), SYS_ARG(out), size);
}

// ---- bytes that go: code that was made from a mapping of them goes, too
static int64_t changed(Sys *s, int64_t r) {
    if (r >= 0) space_code_refresh(&s->space);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}
int64_t sys_ftruncate(Sys *s, const uint64_t *a) { return changed(s, SYS_HOST(ftruncate, a[0], a[1])); }
int64_t sys_fallocate(Sys *s, const uint64_t *a) { return changed(s, SYS_HOST(fallocate, a[0], a[1], a[2], a[3])); }
int64_t sys_truncate(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX];
    int e = sys_path(s, a[0], path);
    return e ? e : changed(s, SYS_HOST(truncate, SYS_ARG(path), a[1]));
}

// ---- closing: the file of --log-file would otherwise become one of the program's ---------------------------------
int64_t sys_close(Sys *s, const uint64_t *a) { return (int)a[0] == s->o.kept_fd ? -EBADF : SYS_HOST(close, a[0]); }

int64_t sys_dup3(Sys *s, const uint64_t *a) {
    if ((int)a[1] == s->o.kept_fd) return -EBADF;
    int64_t r = SYS_HOST(dup3, a[0], a[1], a[2]);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

int64_t sys_close_range(Sys *s, const uint64_t *a) {
    uint32_t first = (uint32_t)a[0], last = (uint32_t)a[1], kept = (uint32_t)s->o.kept_fd;
    if (s->o.kept_fd < 0 || kept < first || kept > last) return SYS_HOST(close_range, first, last, a[2]);
    int64_t r = kept > first ? SYS_HOST(close_range, first, kept - 1, a[2]) : 0;
    return !r && kept < last ? SYS_HOST(close_range, kept + 1, last, a[2]) : r;
}

// ---- stat: struct stat of the generic table
typedef struct GuestStat {
    uint64_t dev, ino;
    uint32_t mode, nlink, uid, gid;
    uint64_t rdev, pad1;
    int64_t size;
    int32_t blksize, pad2;
    int64_t blocks;
    int64_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
    uint32_t unused[2];
} GuestStat;
_Static_assert(sizeof(GuestStat) == 128, "struct stat");

static int64_t put_stat(Sys *s, gaddr at, const struct stat *h) {
    GuestStat g = {.dev = h->st_dev,
                   .ino = h->st_ino,
                   .mode = h->st_mode,
                   .nlink = (uint32_t)h->st_nlink,
                   .uid = h->st_uid,
                   .gid = h->st_gid,
                   .rdev = h->st_rdev,
                   .size = h->st_size,
                   .blksize = (int32_t)h->st_blksize,
                   .blocks = h->st_blocks,
                   .atime = h->st_atim.tv_sec,
                   .atime_ns = h->st_atim.tv_nsec,
                   .mtime = h->st_mtim.tv_sec,
                   .mtime_ns = h->st_mtim.tv_nsec,
                   .ctime = h->st_ctim.tv_sec,
                   .ctime_ns = h->st_ctim.tv_nsec};
    return space_copy_in(&s->space, at, &g, sizeof g) ? 0 : -EFAULT;
}

int64_t sys_newfstatat(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX];
    struct stat h;
    int e = sys_path(s, a[1], path);
    if (e) return e;
    int64_t r = SYS_HOST(newfstatat, a[0], SYS_ARG(path), SYS_ARG(&h), a[3]);
    return r ? r : put_stat(s, a[2], &h);
}

int64_t sys_fstat(Sys *s, const uint64_t *a) {
    struct stat h;
    int64_t r = SYS_HOST(fstat, a[0], SYS_ARG(&h));
    return r ? r : put_stat(s, a[1], &h);
}

// ---- vectors ------------------------------------------------------------------------------------------------------
static int64_t vector(Sys *s, long host, const uint64_t *a, unsigned need, short events) {
    struct iovec v[IOV_MAX];
    if (a[2] > IOV_MAX) return -EINVAL;
    if (!space_copy_out(&s->space, a[1], v, a[2] * sizeof *v)) return -EFAULT;
    for (uint64_t i = 0; i < a[2]; i++) {
        void *at = space_at(&s->space, (gaddr)(uintptr_t)v[i].iov_base, v[i].iov_len, need);
        if (!at) return -EFAULT;
        v[i].iov_base = at;
    }
    if (events && sys_must_park(s, (int)a[0], events)) return sys_park_fd(s, (int)a[0], events);
    int64_t r = sys_host_call(host, (const uint64_t[6]){a[0], SYS_ARG(v), a[2], a[3]});
    return r == -EINTR ? SYS_INTERRUPTED : r;
}
int64_t sys_readv(Sys *s, const uint64_t *a) { return vector(s, SYS_readv, a, SPACE_WRITE, POLLIN); }
int64_t sys_writev(Sys *s, const uint64_t *a) { return vector(s, SYS_writev, a, SPACE_READ, POLLOUT); }
int64_t sys_preadv(Sys *s, const uint64_t *a) { return vector(s, SYS_preadv, a, SPACE_WRITE, 0); }
int64_t sys_pwritev(Sys *s, const uint64_t *a) { return vector(s, SYS_pwritev, a, SPACE_READ, 0); }

// ---- fcntl and ioctl ----------------------------------------------------------------------------------------------
int64_t sys_fcntl(Sys *s, const uint64_t *a) {
    enum { OFD_GETLK = 36, OFD_SETLKW = 38, SETOWN_EX = 15, GETOWN_EX = 16 };
    int command = (int)a[1];
    uint64_t third = a[2];
    bool lock = (command >= F_GETLK && command <= F_SETLKW) || (command >= OFD_GETLK && command <= OFD_SETLKW);
    if (lock || command == SETOWN_EX || command == GETOWN_EX) {
        void *at = space_at(&s->space, a[2], lock ? sizeof(struct flock) : 8, SPACE_WRITE);
        if (!at) return -EFAULT;
        third = SYS_ARG(at);
    } else if (!(command >= F_DUPFD && command <= F_GETSIG) && command < 1024) {
        return -EINVAL;
    }
    int64_t r = SYS_HOST(fcntl, a[0], a[1], third);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

// What is known of a request: direction as in the words of call.inc, 'i' for a number; bytes.
typedef struct Ioctl {
    uint32_t request;
    char way;
    uint8_t bytes;
} Ioctl;

static const Ioctl ioctls[] = {
    {TCGETS, '>', 36},    {TCSETS, '<', 36},   {TCSETSW, '<', 36},  {TCSETSF, '<', 36},   {TIOCGWINSZ, '>', 8},
    {TIOCSWINSZ, '<', 8}, {TIOCGPGRP, '>', 4}, {TIOCSPGRP, '<', 4}, {TIOCGSID, '>', 4},   {TIOCSCTTY, 'i', 0},
    {TIOCNOTTY, 'i', 0},  {TCSBRK, 'i', 0},    {TCXONC, 'i', 0},    {TCFLSH, 'i', 0},     {TIOCEXCL, 'i', 0},
    {TIOCNXCL, 'i', 0},   {TIOCOUTQ, '>', 4},  {FIONREAD, '>', 4},  {FIONBIO, '<', 4},    {FIOASYNC, '<', 4},
    {FIOCLEX, 'i', 0},    {FIONCLEX, 'i', 0},  {TIOCGPTN, '>', 4},  {TIOCSPTLCK, '<', 4}, {TIOCGPTPEER, 'i', 0},
    {0x40049409, 'i', 0}, // FICLONE
};

int64_t sys_ioctl(Sys *s, const uint64_t *a) {
    if (SYS_HOST(fcntl, a[0], F_GETFD) < 0) return -EBADF;
    for (unsigned i = 0; i < ARRAY_LEN(ioctls); i++) {
        const Ioctl *k = &ioctls[i];
        if (k->request != (uint32_t)a[1]) continue;
        if (k->way == 'i') return SYS_HOST(ioctl, a[0], a[1], a[2]);
        void *at = space_at(&s->space, a[2], k->bytes, k->way == '<' ? SPACE_READ : SPACE_WRITE);
        return at ? SYS_HOST(ioctl, a[0], a[1], SYS_ARG(at)) : -EFAULT;
    }
    return -ENOTTY;
}

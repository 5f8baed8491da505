// Calls on files whose structures or flags are not the host's, or that could reach more than the program's own.
#include "sys/private.h"
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// ---- opening and links --------------------------------------------------------------------------------------------
// WHY pinned: while a call waits in the host's kernel other threads run, and could read what it has opened before it is
// looked at. So the file is looked at through a descriptor that reads nothing, and opened by that one.
static int64_t open_pinned(Sys *s, int dir, const char *path, uint64_t flags, uint64_t mode) {
    enum { MAKES = O_CREAT | O_EXCL };
    char link[32];
    struct stat st;
    int64_t pin = SYS_HOST(openat, (uint64_t)dir, SYS_ARG(path), O_PATH | O_CLOEXEC | (flags & O_NOFOLLOW));
    if (pin < 0 || flags & O_PATH || (flags & MAKES) == MAKES) {
        if (pin >= 0) close((int)pin);
        return SYS_HOST_WAIT(s, false, openat, (uint64_t)dir, SYS_ARG(path), flags, mode);
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", (int)pin);
    int64_t seen = sys_proc_opened(s, pin, dir, path, flags & ~(uint64_t)O_PATH);
    if (seen != pin) return seen; // it is closed
    int64_t r = -ELOOP;
    if (fstat((int)pin, &st) || !S_ISLNK(st.st_mode)) {
        uint64_t rest = flags & ~(uint64_t)(O_CREAT | O_NOFOLLOW);
        r = SYS_HOST_WAIT(s, false, openat, (uint64_t)AT_FDCWD, SYS_ARG(link), rest, mode);
    }
    close((int)pin);
    return r;
}

static int64_t open_file(Sys *s, int dir, const char *path, uint64_t flags, uint64_t mode) {
    int64_t r = s->threads.n > 1 ? open_pinned(s, dir, path, flags, mode)
                                 : SYS_HOST(openat, (uint64_t)dir, SYS_ARG(path), flags, mode);
    r = sys_proc_opened(s, r, dir, path, flags);
    if (r >= 0 && flags & O_TRUNC) space_code_refresh(&s->space);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

int64_t sys_openat(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX];
    int e = sys_path(s, a[1], path);
    return e ? e : open_file(s, (int)a[0], path, (uint32_t)a[2], (uint32_t)a[3]);
}

// With rules for the way to the file the host's kernel opens at once: it must be the only one who goes that way.
int64_t sys_openat2(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX];
    struct open_how how;
    if (a[3] < sizeof how) return -EINVAL;
    if (a[3] > sizeof how) return -E2BIG; // of a kernel that knows more
    if (!space_copy_out(&s->space, a[2], &how, sizeof how)) return -EFAULT;
    int e = sys_path(s, a[1], path);
    if (e) return e;
    int64_t fd = SYS_HOST(openat2, a[0], SYS_ARG(path), SYS_ARG(&how), sizeof how);
    fd = sys_proc_opened(s, fd, (int)a[0], path, how.flags);
    if (fd >= 0 && how.flags & O_TRUNC) space_code_refresh(&s->space);
    return fd == -EINTR ? SYS_INTERRUPTED : fd;
}

int64_t sys_readlinkat(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX], text[SYS_PATH_MAX];
    int e = sys_path(s, a[1], path);
    if (e) return e;
    if ((int)a[3] <= 0) return -EINVAL;
    size_t size = a[3] < sizeof text ? a[3] : sizeof text;
    int64_t n = SYS_HOST(readlinkat, a[0], SYS_ARG(path), SYS_ARG(text), size);
    n = sys_proc_link(s, (int)a[0], path, text, n, size);
    return n > 0 && !space_copy_in(&s->space, a[2], text, (size_t)n) ? -EFAULT : n;
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
    if (!r && !(a[3] & AT_SYMLINK_NOFOLLOW) && sys_proc_is_exe(s, (int)a[0], path, &h))
        r = SYS_HOST(newfstatat, AT_FDCWD, SYS_ARG(s->exe), SYS_ARG(&h), 0);
    return r ? r : put_stat(s, a[2], &h);
}

int64_t sys_fstat(Sys *s, const uint64_t *a) {
    struct stat h;
    int64_t r = SYS_HOST(fstat, a[0], SYS_ARG(&h));
    return r ? r : put_stat(s, a[1], &h);
}

int64_t sys_statx(Sys *s, const uint64_t *a) {
    char path[SYS_PATH_MAX];
    struct statx h;
    int e = sys_path(s, a[1], path);
    if (e) return e;
    int64_t r = SYS_HOST(statx, a[0], SYS_ARG(path), a[2], a[3], SYS_ARG(&h));
    struct stat st = {.st_ino = h.stx_ino, .st_dev = makedev(h.stx_dev_major, h.stx_dev_minor)};
    if (!r && !(a[2] & AT_SYMLINK_NOFOLLOW) && sys_proc_is_exe(s, (int)a[0], path, &st))
        r = SYS_HOST(statx, AT_FDCWD, SYS_ARG(s->exe), 0, a[3], SYS_ARG(&h));
    return r ? r : space_copy_in(&s->space, a[4], &h, sizeof h) ? 0 : -EFAULT;
}

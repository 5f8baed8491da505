// Files and directories: what comes back, and in which layout.
#include "program.h"
#include <stdio.h>
#include <string.h>

enum {
    NR_getcwd = 17,
    NR_dup3 = 24,
    NR_fcntl = 25,
    NR_ioctl = 29,
    NR_mkdirat = 34,
    NR_unlinkat = 35,
    NR_symlinkat = 36,
    NR_linkat = 37,
    NR_ftruncate = 46,
    NR_faccessat = 48,
    NR_chdir = 49,
    NR_fchmodat = 53,
    NR_getdents64 = 61,
    NR_lseek = 62,
    NR_readv = 65,
    NR_writev = 66,
    NR_pread64 = 67,
    NR_pwrite64 = 68,
    NR_pselect6 = 72,
    NR_ppoll = 73,
    NR_readlinkat = 78,
    NR_newfstatat = 79,
    NR_fstat = 80,
    NR_utimensat = 88,
    NR_uname = 160,
    NR_renameat2 = 276,
    NR_statx = 291,
};
enum { CREATE = 0x40, RDWR = 2, TRUNCATE = 0x200, APPEND = 0x400, DIRECTORY = 0x10000 };

typedef struct Stat { // of the generic table
    uint64_t dev, ino;
    uint32_t mode, nlink, uid, gid;
    uint64_t rdev, pad1;
    int64_t size;
    int32_t blksize, pad2;
    int64_t blocks, atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
    uint32_t unused[2];
} Stat;

static void show(const char *path, long flags) {
    Stat s = {0};
    long r = CALL(NR_newfstatat, AT_FDCWD, path, &s, flags);
    printf("%s: %ld mode %o links %u size %ld mtime %ld.%ld\n", path, r, s.mode, s.nlink,
           (s.mode & 0170000) == 0100000 ? (long)s.size : 0, s.mtime > 2000000 ? 0 : (long)s.mtime,
           s.mtime > 2000000 ? 0 : (long)s.mtime_ns);
}

static void one_file(void) {
    char text[64] = {0};
    long fd = CALL(NR_openat, AT_FDCWD, "f", CREATE | RDWR | TRUNCATE, 0640);
    printf("write %ld\n", CALL(NR_write, fd, "hello, world", 12));
    printf("seek %ld read %ld ", CALL(NR_lseek, fd, 7, 0), CALL(NR_read, fd, text, 60));
    printf("%s\n", text);
    uint64_t out[4] = {(uint64_t) "ab", 2, (uint64_t) "cde", 3}, in[4] = {(uint64_t)text, 3, (uint64_t)text + 10, 50};
    printf("writev %ld seek %ld readv %ld ", CALL(NR_writev, fd, out, 2), CALL(NR_lseek, fd, 10, 0),
           CALL(NR_readv, fd, in, 2));
    printf("%.3s %s\n", text, text + 10);
    printf("pwrite %ld pread %ld ", CALL(NR_pwrite64, fd, "XY", 2, 3), CALL(NR_pread64, fd, text, 6, 2));
    printf("%.6s\n", text);
    printf("truncate %ld\n", CALL(NR_ftruncate, fd, 5));
    long times[4] = {1000000, 5, 1000001, 7};
    printf("utimensat %ld\n", CALL(NR_utimensat, AT_FDCWD, "f", times, 0));
    show("f", 0);
    Stat s;
    printf("fstat %ld %ld\n", CALL(NR_fstat, fd, &s), (long)s.size);
    struct {
        uint32_t mask, blksize;
        uint64_t attributes;
        uint32_t nlink, uid, gid;
        uint16_t mode, pad;
        uint64_t ino, size, rest[30];
    } x;
    printf("statx %ld ", CALL(NR_statx, AT_FDCWD, "f", 0, 0x7ff, &x));
    printf("%o %ld\n", x.mode, (long)x.size);
    printf("dup3 %ld append %ld\n", CALL(NR_dup3, fd, 20, 0), CALL(NR_fcntl, 20, 4, APPEND));
    printf("flags %#lx close %ld again %ld\n", CALL(NR_fcntl, fd, 3) & 0xfff, CALL(NR_close, 20), CALL(NR_close, 20));
    CALL(NR_close, fd);
}

static void names(void) {
    char text[200] = {0};
    printf("mkdir %ld %ld\n", CALL(NR_mkdirat, AT_FDCWD, "d", 0755), CALL(NR_mkdirat, AT_FDCWD, "d", 0755));
    printf("symlink %ld ", CALL(NR_symlinkat, "../f", AT_FDCWD, "d/s"));
    printf("readlink %ld %s\n", CALL(NR_readlinkat, AT_FDCWD, "d/s", text, sizeof text), text);
    show("d/s", 0);
    show("d/s", 0x100); // not followed
    printf("link %ld chmod %ld\n", CALL(NR_linkat, AT_FDCWD, "f", AT_FDCWD, "d/l", 0),
           CALL(NR_fchmodat, AT_FDCWD, "f", 0600));
    show("d/l", 0);
    printf("rename %ld %ld\n", CALL(NR_renameat2, AT_FDCWD, "d/l", AT_FDCWD, "d/m", 0),
           CALL(NR_renameat2, AT_FDCWD, "d/m", AT_FDCWD, "d/s", 1));
    long fd = CALL(NR_openat, AT_FDCWD, "d", DIRECTORY);
    char entries[1024];
    long n = CALL(NR_getdents64, fd, entries, sizeof entries);
    int seen = 0;
    for (long at = 0; at < n; at += *(uint16_t *)(entries + at + 16)) seen += entries[at + 19] != '.';
    printf("entries %d rest %ld\n", seen, CALL(NR_getdents64, fd, entries, sizeof entries));
    CALL(NR_close, fd);
    CALL(NR_getcwd, text, sizeof text);
    char *top = strrchr(text, '/');
    printf("chdir %ld ", CALL(NR_chdir, "d"));
    size_t at = (size_t)(top - text);
    CALL(NR_getcwd, text, sizeof text);
    printf("cwd ends %s\n", strrchr(text, '/') > text + at ? strrchr(text, '/') : "?");
    printf("access %ld %ld\n", CALL(NR_faccessat, AT_FDCWD, "m", 4), CALL(NR_faccessat, AT_FDCWD, "nothing", 0));
    CALL(NR_chdir, "..");
    printf("unlink %ld %ld %ld %ld\n", CALL(NR_unlinkat, AT_FDCWD, "d", 0x200), CALL(NR_unlinkat, AT_FDCWD, "d/s", 0),
           CALL(NR_unlinkat, AT_FDCWD, "d/m", 0), CALL(NR_unlinkat, AT_FDCWD, "d", 0x200));
}

static void pipes(void) {
    int fd[2];
    char text[10] = {0};
    long second[2] = {0, 1000000}, none[2] = {0, 0};
    printf("pipe %ld\n", CALL(NR_pipe2, fd, 0));
    struct {
        int fd;
        short events, got;
    } p[2] = {{fd[0], 1, 0}, {fd[1], 4, 0}};
    printf("poll %ld %d %d\n", CALL(NR_ppoll, p, 2, none, 0, 8), p[0].got, p[1].got);
    printf("empty %ld\n", CALL(NR_ppoll, p, 1, second, 0, 8));
    CALL(NR_write, fd[1], "abc", 3);
    printf("poll %ld %d\n", CALL(NR_ppoll, p, 1, second, 0, 8), p[0].got);
    uint64_t set[16] = {1ull << fd[0]};
    printf("select %ld %d\n", CALL(NR_pselect6, fd[0] + 1, set, 0, 0, second, 0), set[0] == 1ull << fd[0]);
    int available = 0;
    printf("ioctl %ld %d, tty %ld\n", CALL(NR_ioctl, fd[0], 0x541b, &available), available,
           CALL(NR_ioctl, fd[0], 0x5401, text));
    printf("read %ld ", CALL(NR_read, fd[0], text, 9));
    printf("%s\n", text);
    CALL(NR_close, fd[1]);
    printf("end %ld\n", CALL(NR_read, fd[0], text, 9));
}

static void refused(void) {
    printf("open %ld %ld %ld\n", CALL(NR_openat, AT_FDCWD, "nothing", 0), CALL(NR_openat, AT_FDCWD, 0, 0),
           CALL(NR_openat, AT_FDCWD, 0x20000000, 0));
    printf("bad fd %ld %ld\n", CALL(NR_read, 77, program_env, 1), CALL(NR_ioctl, 77, 0x5401, 0));
    printf("unknown call %ld %ld\n", CALL(400), CALL(5000));
}

int main(int argc, char **argv) {
    char uname[6][65];
    printf("%d %s %s\n", argc, argv[1], argv[2]);
    one_file();
    names();
    pipes();
    refused();
    printf("uname %ld %s %s\n", CALL(NR_uname, uname), uname[0], uname[4]);
    return 5;
}

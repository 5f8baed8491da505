// Paths: the sysroot, and the files of /proc/self that speak of the process, which is emu and not the program.
#include "sys/private.h"
#include "base/nameless.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// An absolute path that exists below the sysroot is that one; the last part may be a symbolic link, whose own absolute
// target is looked for in the same way by the host: a sysroot with absolute links needs them relative.
int sys_path_text(Sys *s, const char *path, char *out) {
    struct stat st;
    if (s->o.sysroot && path[0] == '/') {
        int n = snprintf(out, SYS_PATH_MAX, "%s%s", s->o.sysroot, path);
        if (n < SYS_PATH_MAX && !lstat(out, &st)) return 0;
    }
    return snprintf(out, SYS_PATH_MAX, "%s", path) < SYS_PATH_MAX ? 0 : -ENAMETOOLONG;
}

int sys_path(Sys *s, gaddr at, char *out) {
    char path[SYS_PATH_MAX];
    int e = space_copy_string(&s->space, at, path, sizeof path);
    return e ? e : sys_path_text(s, path, out);
}

// What follows /proc/self/ or /proc/PID/ of this process, or NULL.
static const char *own_proc(const char *path) {
    char own[32];
    snprintf(own, sizeof own, "/proc/%d/", (int)getpid());
    if (!strncmp(path, own, strlen(own))) return path + strlen(own);
    if (!strncmp(path, "/proc/self/", 11)) return path + 11;
    return strncmp(path, "/proc/thread-self/", 18) ? NULL : path + 18;
}

int64_t sys_path_link(Sys *s, const char *path, char *out, size_t size) {
    const char *file = own_proc(path);
    if (!file || strcmp(file, "exe")) return SYS_NO_RESULT;
    size_t n = strlen(s->exe);
    if (n > size) n = size;
    memcpy(out, s->exe, n);
    return (int64_t)n;
}

static void write_maps(Sys *s, FILE *out) {
    const Space *p = &s->space;
    for (gaddr at = p->lo, next; at < p->hi; at = next) {
        unsigned page = space_page(p, at) & ~(unsigned)SPACE_CODE;
        for (next = at + MEM_PAGE; next < p->hi && (space_page(p, next) & ~(unsigned)SPACE_CODE) == page;)
            next += MEM_PAGE;
        if (!page) continue;
        gaddr sp = *sys_x(s, 2);
        const char *name = sp >= at && sp < next                       ? "[stack]"
                           : s->brk_start >= at && s->brk_start < next ? "[heap]"
                                                                       : "";
        fprintf(out, "%08llx-%08llx %c%c%cp 00000000 00:00 0 %s\n", (unsigned long long)at, (unsigned long long)next,
                page & SPACE_READ ? 'r' : '-', page & SPACE_WRITE ? 'w' : '-', page & SPACE_EXEC ? 'x' : '-', name);
    }
}

static int64_t open_written(Sys *s, const char *file, uint64_t flags) {
    int fd = nameless_file(file, NAMELESS_DATA, 0);
    if (fd >= 0 && !(flags & 02000000)) fcntl(fd, F_SETFD, 0); // O_CLOEXEC
    FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");
    if (!out) return -errno;
    if (!strcmp(file, "maps")) write_maps(s, out);
    for (char **arg = s->o.argv; !strcmp(file, "cmdline") && *arg; arg++) fwrite(*arg, 1, strlen(*arg) + 1, out);
    fclose(out);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

int64_t sys_path_open(Sys *s, const char *path, uint64_t flags) {
    const char *file = own_proc(path);
    if (!file) return SYS_NO_RESULT;
    if (!strcmp(file, "exe")) {
        int fd = open(s->exe, (int)(flags & 02000000) | O_RDONLY);
        return fd < 0 ? -errno : fd;
    }
    if (!strcmp(file, "maps") || !strcmp(file, "cmdline")) return open_written(s, file, flags);
    if (!strcmp(file, "mem")) return -EACCES; // it would be all of emu's memory
    return SYS_NO_RESULT;
}

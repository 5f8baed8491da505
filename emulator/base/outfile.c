// See outfile.h. What `path` is decides, and is found by following its links one at a time:
//
//   /dev/full            a device: opened and written
//   link -> out/a.json   out/a.json.tmp.PID is written, synced and renamed to out/a.json; the link stays
//   /dev/stdout          a link to /proc/self/fd/1: standard output as it is, behind what was written there
#include "base/outfile.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40 };

typedef struct Place {
    char path[PATH_MAX]; // no link
    int fd;              // of this process, or -1
    bool plain;          // a regular file, or nothing yet
    mode_t mode;
} Place;

static bool write_all(int fd, const char *at, size_t n) {
    for (ssize_t done; n; at += done, n -= (size_t)done) {
        done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            done = 0;
        else if (done <= 0)
            return false;
    }
    return true;
}

// What has no disk behind it cannot be synced.
static bool sync_file(int fd) { return !fsync(fd) || errno == EINVAL || errno == EROFS; }

// The number in /proc/self/fd/N and /dev/fd/N, or -1.
static int own_fd(const char *path) {
    static const char *const folders[] = {"/proc/self/fd/", "/dev/fd/"};
    for (unsigned i = 0; i < ARRAY_LEN(folders); i++) {
        size_t n = strlen(folders[i]);
        char *end;
        if (strncmp(path, folders[i], n) || path[n] < '0' || path[n] > '9') continue;
        long fd = strtol(path + n, &end, 10);
        if (!*end && fd <= INT_MAX) return (int)fd;
    }
    return -1;
}

// Replaces the path of a link by what it says. A relative one counts from the link's folder.
static bool follow(char *path) {
    char to[PATH_MAX];
    ssize_t n = readlink(path, to, sizeof to - 1);
    if (n < 0) return false;
    to[n] = 0;
    const char *slash = strrchr(path, '/');
    size_t folder = to[0] == '/' || !slash ? 0 : (size_t)(slash + 1 - path);
    if (folder + (size_t)n >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(path + folder, to, (size_t)n + 1);
    return true;
}

static bool find(const char *path, Place *p) {
    struct stat st;
    *p = (Place){.fd = -1, .mode = 0666};
    if ((size_t)snprintf(p->path, sizeof p->path, "%s", path) >= sizeof p->path) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (unsigned links = 0; links < LINKS_MAX; links++) {
        p->fd = own_fd(p->path);
        if (p->fd >= 0) return true;
        if (lstat(p->path, &st)) return p->plain = true, errno == ENOENT;
        if (!S_ISLNK(st.st_mode)) {
            p->plain = S_ISREG(st.st_mode);
            p->mode = st.st_mode & 07777;
            return true;
        }
        if (!follow(p->path)) return false;
    }
    errno = ELOOP;
    return false;
}

static bool write_open(int fd, const void *bytes, size_t n) {
    bool ok = fd >= 0 && write_all(fd, bytes, n) && sync_file(fd);
    int why = errno;
    if (fd >= 0 && close(fd) && ok) return false;
    errno = why;
    return ok;
}

static void sync_folder_of(const char *path) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int n = !slash ? 0 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, sizeof folder, "%.*s", n ? n : 1, n ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

static bool replace(const Place *p, const void *bytes, size_t n) {
    char tmp[PATH_MAX];
    if ((size_t)snprintf(tmp, sizeof tmp, "%s.tmp.%ld", p->path, (long)getpid()) >= sizeof tmp) {
        errno = ENAMETOOLONG;
        return false;
    }
    unlink(tmp); // of a process of that number that was killed
    bool ok =
        write_open(open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, p->mode), bytes, n) && !rename(tmp, p->path);
    int why = errno;
    if (!ok) unlink(tmp);
    if (ok) sync_folder_of(p->path);
    errno = why;
    return ok;
}

bool outfile_write(const char *path, const void *bytes, size_t n, Err *err) {
    Place p;
    bool ok = find(path, &p);
    if (ok && p.fd >= 0)
        ok = !fflush(NULL) && write_all(p.fd, bytes, n);
    else if (ok)
        ok = p.plain ? replace(&p, bytes, n) : write_open(open(p.path, O_WRONLY | O_CLOEXEC), bytes, n);
    return ok || err_set(err, "%.400s: cannot be written: %s", path, strerror(errno));
}

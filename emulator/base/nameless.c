#include "base/nameless.h"
#include "base/types.h"
#include "base/macros.h"
#include <stdbool.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// Mounts say only to mmap that they are noexec.
static bool may_execute(int fd) {
    void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) return false;
    munmap(page, PAGE_BYTES);
    return true;
}

static int keep_or_close(int fd, bool keep, int error) {
    if (keep) return fd;
    close(fd);
    errno = error;
    return -1;
}

static int in_memory(const char *name, size_t size) {
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) return -1;
    bool ok = ftruncate(fd, (off_t)size) == 0;
    return keep_or_close(fd, ok, errno);
}

// WHY allocate: a disk that is full later is SIGBUS at some store.
static int in_folder(const char *folder, const char *name, NamelessUse use, size_t size) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s-XXXXXX", folder, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) return -1;
    unlink(path);
    int error = size ? posix_fallocate(fd, 0, (off_t)size) : 0;
    if (!error && use == NAMELESS_CODE && !may_execute(fd)) error = errno;
    return keep_or_close(fd, !error, error);
}

int nameless_file(const char *name, NamelessUse use, size_t size) {
    const char *folders[] = {getenv("TMPDIR"), "/dev/shm", "/tmp", "/var/tmp"};
    int fd = in_memory(name, size);
    for (unsigned i = 0; fd < 0 && i < ARRAY_LEN(folders); i++)
        if (folders[i] && *folders[i]) fd = in_folder(folders[i], name, use, size);
    return fd;
}

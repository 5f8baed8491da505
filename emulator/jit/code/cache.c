// The code cache. The same memory is mapped twice: writable here, executable there, so nothing is ever both. Counters
// of the profile lie right behind the executable mapping, within reach of RIP-relative addressing.
//
//   base: | executable mapping (size) | counters | guard |        rw: another address
#include "jit/code/cache.h"
#include "base/nameless.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GUARD = 1 << 16, COUNTER_BYTES = 64 << 20 };

static bool map_code(CodeCache *c, Err *err) {
    int fd = nameless_file("nightjar-code", NAMELESS_CODE, c->size);
    if (fd < 0)
        return err_set(
            err,
            "cannot make a code cache of %zu bytes: neither memfd_create nor a file in $TMPDIR, /dev/shm, /tmp "
            "or /var/tmp: %s; name a folder that may hold code by TMPDIR, or try a smaller --code-cache",
            c->size, strerror(errno));
    void *exec = mmap(c->base, c->size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0);
    void *rw = mmap(NULL, c->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    bool ok = exec != MAP_FAILED && rw != MAP_FAILED;
    int saved = errno;
    c->exec = exec;
    c->rw = rw == MAP_FAILED ? NULL : rw;
    close(fd);
    if (!ok)
        return err_set(err, "cannot map a code cache of %zu bytes: %s; try a smaller --code-cache", c->size,
                       strerror(saved));
    return true;
}

bool cache_init(CodeCache *c, size_t size, bool counters, Err *err) {
    memset(c, 0, sizeof *c);
    c->size = (size + 0xffff) & ~(size_t)0xffff;
    c->base_size = c->size + (counters ? COUNTER_BYTES : 0) + GUARD;
    c->base = mmap(NULL, c->base_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (c->base == MAP_FAILED) {
        c->base = NULL;
        return err_set(err, "cannot reserve %zu bytes for the code cache: %s", c->base_size, strerror(errno));
    }
    if (!map_code(c, err)) return false;
    if (counters) {
        void *at = (uint8_t *)c->base + c->size;
        if (mmap(at, COUNTER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
                 0) == MAP_FAILED)
            return err_set(err, "cannot map the profile's counters: %s", strerror(errno));
        c->counters = at;
        c->n_counters = COUNTER_BYTES / sizeof(uint64_t);
    }
    return true;
}

// WHY: one call for many pages, of two mappings each. A host that cannot do that gives them one by one, as they are touched.
void cache_touch(CodeCache *c, size_t end) {
    enum { AHEAD = 4 << 10, STEP_MIN = 16 << 10, STEP_MAX = 128 << 10 };
    if (end + AHEAD <= c->touched || c->touched == c->size) return;
    size_t step = c->touched < STEP_MIN ? STEP_MIN : c->touched < STEP_MAX ? c->touched : STEP_MAX;
    if (step > c->size - c->touched) step = c->size - c->touched;
    madvise(c->rw + c->touched, step, MADV_POPULATE_WRITE);
    madvise(c->exec + c->touched, step, MADV_POPULATE_READ);
    c->touched += step;
}

// WHY not a file: a program that has no free descriptor left forks as well.
hp jit_copy_code(const Jit *j) {
    const CodeCache *c = &j->cache;
    void *copy = mmap(NULL, c->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (copy == MAP_FAILED) return NULL;
    memcpy(copy, c->rw, c->used);
    return copy;
}

void jit_copy_free(const Jit *j, hp copy) {
    if (copy) munmap(copy, j->cache.size);
}

// A size of 0 makes a second mapping of the same memory: mremap(2).
static bool adopt_mapping(const CodeCache *c, hp copy) {
    return mremap(copy, 0, c->size, MREMAP_MAYMOVE | MREMAP_FIXED, c->exec) != MAP_FAILED &&
           mprotect(c->exec, c->size, PROT_READ | PROT_EXEC) == 0 &&
           mremap(copy, c->size, c->size, MREMAP_MAYMOVE | MREMAP_FIXED, c->rw) != MAP_FAILED;
}

// Where that is refused, as by QEMU's user mode: a file of this process's own.
static bool adopt_file(const CodeCache *c, hp copy) {
    int fd = nameless_file("nightjar-code", NAMELESS_CODE, c->size);
    bool ok = fd >= 0 && mmap(c->exec, c->size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
              mmap(c->rw, c->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
    if (ok) memcpy(c->rw, copy, c->used);
    if (fd >= 0) close(fd);
    munmap(copy, c->size);
    return ok;
}

bool jit_adopt_code(const Jit *j, hp copy) {
    const CodeCache *c = &j->cache;
    bool ok = adopt_mapping(c, copy) || adopt_file(c, copy);
    if (ok) j->host->make_visible(c->exec, c->used);
    return ok;
}

void cache_free(CodeCache *c) {
    if (c->base) munmap(c->base, c->base_size);
    if (c->rw) munmap(c->rw, c->size);
    memset(c, 0, sizeof *c);
}

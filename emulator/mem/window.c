// The window: RAM once more, at the guest's own addresses in the host, with nothing around it.
//
//     host   64 KiB ........ base | RAM, read and write | ........ base + size + 128 GiB
//            no access            | code pages: read    | no access
//
// Emitted code reaches RAM there, and an access that strays raises a signal (run/board_fault.c). C code uses
// `MemRegion.host`, another mapping of the same memory, which is never protected. Where these addresses are taken (by
// another machine of the process, a sanitizer), there is no window.
#include "mem/window.h"
#include "base/nameless.h"
#include <sys/mman.h>
#include <unistd.h>

enum { EMPTY = 1 << 16 }; // the host's kernel keeps the first 64 KiB of a process empty

bool window_reserve(Mem *m, gaddr base, uint64_t size) {
    if (m->window.at || base < EMPTY || base > UINT32_MAX || size > MEM_FENCE_WIDE) return false;
    size_t whole = (size_t)(base - EMPTY + size + MEM_FENCE_WIDE);
    void *want = (void *)(uintptr_t)EMPTY;
    void *at = mmap(want, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == MAP_FAILED) return false;
    m->window = (MemMapping){at, whole};
    if (at != want) window_close(m); // a kernel that does not know the flag
    return m->window.at != NULL;
}

void window_close(Mem *m) {
    if (m->window.at) munmap(m->window.at, m->window.bytes);
    m->window = (MemMapping){NULL, 0};
}

static bool map_file(void *at, uint64_t size, int fd) {
    return mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd, 0) == at;
}

// The same pages twice. A size of 0 makes a second mapping of the same memory, mremap(2); QEMU's user mode, where
// cli/isa.test.sh runs other processors, refuses that, and maps a file twice.
static bool map_twice(void *there, void *host, uint64_t size) {
    const int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    if (mmap(there, size, PROT_READ | PROT_WRITE, flags, -1, 0) == there &&
        mremap(there, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, host) == host)
        return true;
    int fd = nameless_file("nightjar-ram", NAMELESS_DATA, size);
    bool ok = fd >= 0 && map_file(there, size, fd) && map_file(host, size, fd);
    if (fd >= 0) close(fd);
    return ok;
}

bool window_open(Mem *m, MemRegion *r) {
    uint8_t *there = (uint8_t *)(uintptr_t)r->base;
    bool ok = map_twice(there, r->host, r->size);
    if (!ok) {
        window_close(m);
        void *again = mmap(r->host, r->size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        if (again != r->host) r->host = NULL; // what is there goes with the other mappings
        return false;
    }
    r->shared = true;
    r->window = there;
    r->fence_above = MEM_FENCE_WIDE;
    r->fence_below = r->base - EMPTY;
    return true;
}

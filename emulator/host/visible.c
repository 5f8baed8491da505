// Code is written through one mapping and runs in another. A processor that has coherent caches fetches what was written; QEMU's
// user mode does not: it sees stores to the pages that it has translated, but not those through another mapping of the same
// memory. A page that becomes writable it translates anew.
#include "base/nameless.h"
#include "base/types.h"
#include "host/host.h"
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

// Writes a function through one mapping and calls it through the other, twice: is the second one seen?
static bool is_seen(HostAnswer *write_answer, uint8_t *rw, const uint8_t *exec) {
    typedef unsigned Answer(void);
    Answer *answer = (Answer *)(uintptr_t)exec;
    for (uint32_t i = 1; i <= 2; i++) {
        write_answer(rw, exec, i);
        __asm__ volatile("" ::: "memory");
        if (answer() != i) return false;
    }
    return true;
}

// Where there is no such memory to ask by, a processor is what runs this.
bool host_sees_writes(HostAnswer *write_answer) {
    int fd = nameless_file("nightjar-visible", NAMELESS_CODE, PAGE_BYTES);
    void *rw = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    void *exec = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    bool seen = rw == MAP_FAILED || exec == MAP_FAILED || is_seen(write_answer, rw, exec);
    if (rw != MAP_FAILED) munmap(rw, PAGE_BYTES);
    if (exec != MAP_FAILED) munmap(exec, PAGE_BYTES);
    if (fd >= 0) close(fd);
    return seen;
}

void host_reopen(const uint8_t *exec, size_t n) {
    uintptr_t first = (uintptr_t)exec & -(uintptr_t)PAGE_BYTES;
    size_t bytes = ((uintptr_t)exec + n - first + PAGE_BYTES - 1) & -(size_t)PAGE_BYTES;
    bool ok = mprotect((void *)first, bytes, PROT_READ | PROT_WRITE | PROT_EXEC) == 0 &&
              mprotect((void *)first, bytes, PROT_READ | PROT_EXEC) == 0;
    BUG_IF(!ok, "code at %p cannot be made visible: errno %d", (const void *)exec, errno);
}

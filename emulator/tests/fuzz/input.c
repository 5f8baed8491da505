#include "base/err.h"
#include "base/nameless.h"
#include "tests/fuzz/target.h"
#include <unistd.h>

uint64_t fuzz_number(FuzzInput *in, unsigned bytes) {
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes && in->n; i++, in->at++, in->n--) v |= (uint64_t)*in->at << 8 * i;
    return v;
}

uint64_t fuzz_random(FuzzRandom *r, uint64_t n) { // splitmix64
    uint64_t z = (r->state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (z ^ (z >> 31)) % n;
}

FuzzFile fuzz_file(const void *bytes, size_t n) {
    FuzzFile f = {.fd = nameless_file("input", NAMELESS_DATA, 0)};
    BUG_IF(f.fd < 0 || (n && write(f.fd, bytes, n) != (ssize_t)n), "no temporary file");
    snprintf(f.path, sizeof f.path, "/proc/self/fd/%d", f.fd);
    return f;
}

void fuzz_file_close(FuzzFile *f) { close(f->fd); }

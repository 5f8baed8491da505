// base/guarded.h, by the routines of the host: the handler of a fault in one of them lets it return -1.
#include "base/guarded.h"
#include "host/host.h"

bool guarded_load(const void *from, unsigned size, uint64_t *value) {
    return host_guarded_load(from, value, size) == 0;
}

bool guarded_store(void *to, unsigned size, uint64_t value) { return host_guarded_store(to, value, size) == 0; }

bool guarded_cas(void *to, unsigned size, uint64_t *expected, uint64_t value) {
    if (size == 4) *expected = (uint32_t)*expected;
    return host_guarded_exchange(to, expected, value, size) == 0;
}

// WHY not always the long one: `rep movsb` of x86-64 takes as long to begin as a hundred bytes take.
bool guarded_copy(void *to, const void *from, size_t n) {
    uint64_t v;
    if (n != 2 && n != 4 && n != 8) return host_guarded_copy(to, from, n) == 0;
    return guarded_load(from, (unsigned)n, &v) && guarded_store(to, (unsigned)n, v);
}

int64_t guarded_length(const char *from, size_t max) { return host_guarded_scan(from, max); }

bool guarded_recover(void *context) {
    const uint8_t *pc = host_context_pc(context);
    if (pc < (const uint8_t *)host_guarded_first || pc >= (const uint8_t *)host_guarded_last) return false;
    host_context_resume(context, host_guarded_failed);
    return true;
}

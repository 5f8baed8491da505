// Guest physical memory: regions and how they come to be. The slow load and store are in access.c.
//
// INVARIANT: regions are sorted by base and do not overlap. RAM and ROM begin and end on a page boundary of the host
// memory, except at the edges of a carved device; code_lines has a word for every page that a region touches.
#include "mem/mem.h"
#include "base/guarded.h"
#include "mem/window.h"
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

enum { WINDOW_MIN = 1 << 20 }; // smaller RAM has none
enum { GUARD = 1 << 16 };      // inaccessible bytes before and after RAM
// Behind what is reserved: the host's kernel, given a pointer near the end and a length that it does
// not check, goes no further.
enum { RESERVED_GUARD = 16 << 20, EMPTY = 1 << 16 };

void mem_init(Mem *m) { memset(m, 0, sizeof *m); }

void mem_free(Mem *m) {
    window_close(m);
    for (unsigned i = 0; i < m->n_mappings; i++) munmap(m->mappings[i].at, m->mappings[i].bytes);
    mem_init(m);
}

MemRegion *mem_find(Mem *m, gaddr paddr) {
    MemRegion *hot = &m->regions[m->hot];
    if (paddr - hot->base < hot->size) return hot;
    for (unsigned i = 0; i < m->n; i++) {
        MemRegion *r = &m->regions[i];
        if (paddr - r->base >= r->size) continue;
        if (r->host) m->hot = i;
        return r;
    }
    return NULL;
}

// ---- adding -------------------------------------------------------------------------------------------------------
static bool check_place(const Mem *m, const char *name, gaddr base, uint64_t size, Err *err) {
    if (!size || base + (size - 1) < base)
        return err_set(err, "%s: %" PRIu64 " bytes at 0x%" PRIx64 " do not fit into the address space", name, size,
                       base);
    for (unsigned i = 0; i < m->n; i++) {
        const MemRegion *r = &m->regions[i];
        if (base - r->base < r->size || r->base - base < size)
            return err_set(err, "%s at 0x%" PRIx64 "..0x%" PRIx64 " overlaps %s at 0x%" PRIx64 "..0x%" PRIx64, name,
                           base, base + (size - 1), r->name, r->base, r->base + (r->size - 1));
    }
    return true;
}

static bool check_room(const Mem *m, unsigned more, const char *name, Err *err) {
    if (m->n + more <= MEM_REGIONS_MAX) return true;
    return err_set(err, "%s: more than %d memory regions", name, MEM_REGIONS_MAX);
}

static void insert(Mem *m, MemRegion r) {
    unsigned at = m->n++;
    for (; at && m->regions[at - 1].base > r.base; at--) m->regions[at] = m->regions[at - 1];
    m->regions[at] = r;
    m->hot = 0;
}

// WHY at the guest's own address if it is free: emitted code then reaches guest memory with the guest's address alone.
static void *reserve(size_t whole, gaddr at_first) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    for (gaddr shift = 0; at_first && at_first <= UINT32_MAX && shift < 4; shift++) {
        void *want = (void *)(uintptr_t)(at_first + (shift << 28)); // a little further if that is taken
        void *at = mmap(want, whole, PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0);
        if (at == want) return at;
        if (at != MAP_FAILED) munmap(at, whole); // a kernel that does not know the flag
    }
    return mmap(NULL, whole, PROT_NONE, flags, -1, 0);
}

// Zero pages between two guards; NULL with errno set if the host has no room. `like`: a guest
// address to lie near, or 0.
static void *map_guarded(Mem *m, uint64_t bytes, gaddr like) {
    if (bytes > SIZE_MAX / 2 || m->n_mappings == ARRAY_LEN(m->mappings)) {
        errno = ENOMEM;
        return NULL;
    }
    size_t whole = (size_t)((bytes + MEM_PAGE - 1) & ~(uint64_t)(MEM_PAGE - 1)) + 2 * (size_t)GUARD;
    uint8_t *at = reserve(whole, like > GUARD ? like - GUARD : 0);
    if (at == MAP_FAILED) return NULL;
    if (mprotect(at + GUARD, whole - 2 * (size_t)GUARD, PROT_READ | PROT_WRITE)) {
        int why = errno;
        munmap(at, whole);
        errno = why;
        return NULL;
    }
    m->mappings[m->n_mappings++] = (MemMapping){at, whole};
    return at + GUARD;
}

bool mem_add_ram(Mem *m, const char *name, gaddr base, uint64_t size, bool writable, Err *err) {
    if ((base | size) % MEM_PAGE)
        return err_set(err, "%s: 0x%" PRIx64 " bytes at 0x%" PRIx64 " are not whole pages of %d bytes", name, size,
                       base, MEM_PAGE);
    if (!check_place(m, name, base, size, err) || !check_room(m, 1, name, err)) return false;
    MemRegion r = {.base = base, .size = size, .name = name, .writable = writable};
    bool window = writable && size >= WINDOW_MIN && window_reserve(m, base, size);
    r.host = map_guarded(m, size, window ? 0 : base);
    if (r.host && window) window_open(m, &r);
    if (r.host) r.code_lines = map_guarded(m, size / MEM_PAGE * sizeof *r.code_lines, 0);
    if (!r.code_lines)
        return err_set(err, "%s: this machine cannot give %" PRIu64 " MiB of guest memory (%s); try a smaller --memory",
                       name, size >> 20, strerror(errno));
    insert(m, r);
    return true;
}

// Negative addresses are the kernel's, but for a page 10 MiB below 0 that old kernels let a process read.
#define KERNEL_HALF    (1ull << 46)
#define VSYSCALL_BELOW (9ull << 20)

static bool vsyscall_can_be_read(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[256];
    bool readable = !maps;
    while (maps && fgets(line, sizeof line, maps)) readable |= strstr(line, "[vsyscall]") && strstr(line, " r");
    if (maps) fclose(maps);
    return readable;
}

// At its own addresses, up to the next power of two and the fence behind it. Below its base nothing can be mapped: the
// host's kernel keeps the first 64 KiB of a process empty; negative addresses are the kernel's.
static void *reserve_fenced(gaddr base, uint64_t size, uint64_t fence, size_t *whole) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    uint64_t end = 1;
    while (end < base + size) end *= 2;
    *whole = end - base + fence;
    void *want = (void *)(uintptr_t)base, *at = base > EMPTY ? MAP_FAILED : mmap(want, *whole, PROT_NONE, flags, -1, 0);
    if (at == want || at == MAP_FAILED) return at;
    munmap(at, *whole); // a kernel that does not know the flag
    return MAP_FAILED;
}

bool mem_add_reserved(Mem *m, const char *name, gaddr base, uint64_t size, Err *err) {
    if (!check_place(m, name, base, size, err) || !check_room(m, 1, name, err)) return false;
    MemRegion r = {.base = base, .size = size, .name = name, .writable = true};
    size_t whole;
    void *at = MAP_FAILED;
    for (uint64_t fence = MEM_FENCE_WIDE; at == MAP_FAILED && fence >= MEM_FENCE;
         fence = fence > MEM_FENCE ? MEM_FENCE : 0) {
        at = reserve_fenced(base, size, fence, &whole);
        r.fence_above = at == MAP_FAILED ? 0 : fence;
    }
    r.fence_below = !r.fence_above ? 0 : vsyscall_can_be_read() ? VSYSCALL_BELOW : KERNEL_HALF;
    if (!r.fence_above) at = reserve(whole = size + RESERVED_GUARD, base);
    if (at != MAP_FAILED) {
        r.host = at;
        m->mappings[m->n_mappings++] = (MemMapping){at, whole};
        r.code_lines = map_guarded(m, size / MEM_PAGE * sizeof *r.code_lines, 0);
    }
    if (!r.code_lines)
        return err_set(err, "%s: this machine cannot reserve %" PRIu64 " MiB of addresses (%s)", name, size >> 20,
                       strerror(errno));
    insert(m, r);
    return true;
}

const MemRegion *mem_largest_ram(const Mem *m) {
    const MemRegion *best = NULL;
    for (unsigned i = 0; i < m->n; i++) {
        const MemRegion *r = &m->regions[i];
        if (r->host && r->writable && (!best || r->size > best->size)) best = r;
    }
    return best;
}

bool mem_add_device(Mem *m, gaddr base, uint64_t size, MemDevice dev, Err *err) {
    if (!check_place(m, dev.name, base, size, err) || !check_room(m, 1, dev.name, err)) return false;
    insert(m, (MemRegion){.base = base, .size = size, .name = dev.name, .writable = true, .dev = dev});
    return true;
}

bool mem_carve_device(Mem *m, gaddr base, uint64_t size, MemDevice dev, Err *err) {
    MemRegion *r = mem_find(m, base);
    if (!r || !r->host || !size || size > r->size - (base - r->base))
        return err_set(err, "%s at 0x%" PRIx64 " (%" PRIu64 " bytes) does not lie in RAM", dev.name, base, size);
    if (!check_room(m, 2, dev.name, err)) return false;
    r->window = NULL; // emitted code must meet the device
    r->fence_above = r->fence_below = 0;
    const MemRegion whole = *r;
    uint64_t before = base - whole.base, after = whole.size - before - size;
    MemRegion hole = {
        .base = base, .size = size, .name = dev.name, .writable = true, .under = whole.host + before, .dev = dev};
    MemRegion tail = whole;
    tail.base = base + size;
    tail.size = after;
    tail.host = whole.host + before + size;
    tail.code_lines += (tail.base >> MEM_PAGE_BITS) - (whole.base >> MEM_PAGE_BITS);
    if (before)
        r->size = before;
    else
        memmove(r, r + 1, (size_t)(&m->regions[m->n--] - (r + 1)) * sizeof *r);
    insert(m, hole);
    if (after) insert(m, tail);
    return true;
}

// ---- copies for loaders and debuggers -----------------------------------------------------------------------------
// Host bytes of paddr and how many follow contiguously in its region; NULL where there is no RAM or ROM.
static hp backing(Mem *m, gaddr paddr, uint64_t *n) {
    MemRegion *r = mem_find(m, paddr);
    if (!r) return NULL;
    hp bytes = r->host ? r->host : r->under;
    if (!bytes) return NULL;
    uint64_t offset = paddr - r->base;
    if (*n > r->size - offset) *n = r->size - offset;
    return bytes + offset;
}

bool mem_is_backed(Mem *m, gaddr paddr, uint64_t n) {
    while (n) {
        uint64_t part = n;
        if (!backing(m, paddr, &part)) return false;
        paddr += part;
        n -= part;
        if (n && !paddr) return false; // WHY: address 0 does not follow the last address
    }
    return true;
}

bool mem_copy_in(Mem *m, gaddr paddr, const void *from, size_t n) {
    if (!mem_is_backed(m, paddr, n)) return false;
    const uint8_t *at = from;
    for (uint64_t part = n; n; n -= part, at += part, paddr += part, part = n) {
        hp bytes = backing(m, paddr, &part);
        if (!guarded_copy(bytes, at, part)) return false;
    }
    return true;
}

bool mem_copy_out(Mem *m, gaddr paddr, void *to, size_t n) {
    if (!mem_is_backed(m, paddr, n)) return false;
    uint8_t *at = to;
    for (uint64_t part = n; n; n -= part, at += part, paddr += part, part = n) {
        const uint8_t *bytes = backing(m, paddr, &part);
        if (!guarded_copy(at, bytes, part)) return false;
    }
    return true;
}

// WHY: large areas are given back to the host, which makes them zero without touching them.
static void zero_bytes(hp at, uint64_t n, bool shared) {
    uint64_t head = -(uintptr_t)at & (MEM_PAGE - 1), body = n < head ? 0 : (n - head) & ~(uint64_t)(MEM_PAGE - 1);
    if (body < 16 << 10 || madvise(at + head, body, shared ? MADV_REMOVE : MADV_DONTNEED)) {
        memset(at, 0, n);
        return;
    }
    memset(at, 0, head);
    memset(at + head + body, 0, n - head - body);
}

bool mem_zero(Mem *m, gaddr paddr, uint64_t n) {
    if (!mem_is_backed(m, paddr, n)) return false;
    for (uint64_t part = n; n; n -= part, paddr += part, part = n) {
        hp bytes = backing(m, paddr, &part);
        zero_bytes(bytes, part, mem_find(m, paddr)->shared);
    }
    return true;
}

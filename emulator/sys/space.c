// See space.h. A sorted list of areas says what the guest may do; the host's page tables are kept in step with it.
//
//   areas:  [0x10000, 0x12000) r-x   [0x12000, 0x13000) rw-   [0x7fe00000, 0x7ffdf000) rw-
// mprotect(0x11000, 0x1000, r--):
//           [0x10000, 0x11000) r-x   [0x11000, 0x12000) r--   [0x12000, 0x13000) rw-   ...
#include "sys/space.h"
#include "base/alloc.h"
#include "base/guarded.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

static size_t code_bytes(const Space *s) { return (((s->hi - s->lo) >> MEM_PAGE_BITS) + 63) / 64 * 8; }

bool space_init(Space *s, hp host, gaddr lo, gaddr hi, Err *err) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    *s = (Space){.lo = lo, .hi = hi, .to_host = (int64_t)((uint64_t)(uintptr_t)host - lo)};
    s->code = mmap(NULL, code_bytes(s), PROT_READ | PROT_WRITE, flags, -1, 0);
    if (s->code != MAP_FAILED) return true;
    s->code = NULL;
    return err_set(err, "no memory for the table of pages: %s", strerror(errno));
}

void space_free(Space *s) {
    space_code_free(s);
    if (s->code) munmap(s->code, code_bytes(s));
    s->code = NULL;
    for (uint32_t i = 0; i < s->files.n; i++) free(s->files.at[i].path);
    vec_free(&s->files);
    vec_free(&s->areas);
}

// ---- asking -------------------------------------------------------------------------------------------------------
bool space_inside(const Space *s, gaddr at, uint64_t n) { return at >= s->lo && at <= s->hi && n <= s->hi - at; }

// Index of the first area that ends behind `at`.
static uint32_t first_behind(const Space *s, gaddr at) {
    uint32_t lo = 0, hi = s->areas.n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (s->areas.at[mid].end > at)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

const SpaceArea *space_area(const Space *s, gaddr at) {
    const SpaceArea *hot = s->hot < s->areas.n ? &s->areas.at[s->hot] : NULL;
    if (hot && at - hot->at < hot->end - hot->at) return hot;
    uint32_t i = first_behind(s, at);
    if (i == s->areas.n || s->areas.at[i].at > at) return NULL;
    ((Space *)(uintptr_t)s)->hot = i; // a cache only
    return &s->areas.at[i];
}

unsigned space_page(const Space *s, gaddr at) {
    const SpaceArea *a = space_area(s, at);
    return a ? a->what | (s->n_code && space_is_code(s, at) ? SPACE_CODE : 0u) : 0;
}

uint64_t space_reach(const Space *s, gaddr at, uint64_t n, unsigned need) {
    uint64_t reach = 0;
    while (reach < n && at + reach >= at) {
        const SpaceArea *a = space_area(s, at + reach);
        if (!a || (a->what & need) != need) break;
        reach = a->end - at;
    }
    return reach < n ? reach : n;
}

bool space_is_mapped(const Space *s, gaddr at, uint64_t n) { return space_reach(s, at, n, SPACE_MAPPED) == n; }

bool space_is_free(const Space *s, gaddr at, uint64_t n) {
    if (!space_inside(s, at, n)) return false;
    uint32_t i = first_behind(s, at);
    return i == s->areas.n || s->areas.at[i].at >= at + n;
}

gaddr space_find(const Space *s, uint64_t n, gaddr below) {
    if (below > s->hi) below = s->hi;
    if (!n || below <= s->lo) return 0;
    for (uint32_t i = first_behind(s, below - 1);; i--) {
        gaddr end = i < s->areas.n && s->areas.at[i].at < below ? s->areas.at[i].at : below;
        gaddr from = i ? s->areas.at[i - 1].end : s->lo;
        if (end > from && end - from >= n) return end - n;
        if (!i) return 0;
    }
}

// ---- the list -----------------------------------------------------------------------------------------------------
static void insert(Space *s, uint32_t i, SpaceArea a) {
    vec_push(&s->areas, a);
    memmove(&s->areas.at[i + 1], &s->areas.at[i], (s->areas.n - 1 - i) * sizeof a);
    s->areas.at[i] = a;
}

static void erase(Space *s, uint32_t i, uint32_t n) {
    if (!n) return;
    memmove(&s->areas.at[i], &s->areas.at[i + n], (s->areas.n - i - n) * sizeof *s->areas.at);
    s->areas.n -= n;
}

static SpaceArea part_from(SpaceArea a, gaddr at) {
    a.offset += at - a.at;
    a.at = at;
    return a;
}

// No area goes on across `at`. Returns the index of the first one from there on.
static uint32_t cut(Space *s, gaddr at) {
    uint32_t i = first_behind(s, at);
    if (i == s->areas.n || s->areas.at[i].at >= at) return i;
    insert(s, i + 1, part_from(s->areas.at[i], at));
    s->areas.at[i].end = at;
    return i + 1;
}

static bool are_one(const SpaceArea *a, const SpaceArea *b) {
    return a->end == b->at && a->what == b->what && a->file == b->file &&
           (a->file < 0 || a->offset + (a->end - a->at) == b->offset);
}

static void join(Space *s, uint32_t i) { // with the one before it
    if (!i || i >= s->areas.n || !are_one(&s->areas.at[i - 1], &s->areas.at[i])) return;
    s->areas.at[i - 1].end = s->areas.at[i].end;
    erase(s, i, 1);
}

// Areas [i, end) are not what they were. WHY fetches apart: a program maps and unmaps data all the time, and links between
// translations are undone for pages of code alone.
static void note_remapped(Space *s, uint32_t i, uint32_t end) {
    if (end > i) s->remapped(s->ctx);
    for (; i < end; i++) {
        const SpaceArea *a = &s->areas.at[i];
        if (a->what & SPACE_EXEC) s->no_exec(s->ctx, a->at, a->end - a->at);
    }
}

// New pages where there was nothing concern nothing that is cached: a heap that grows costs no flush.
static void clear(Space *s, gaddr at, uint64_t n) {
    uint32_t i = cut(s, at), end = cut(s, at + n);
    for (uint32_t k = i; k < end; k++) s->n_bytes -= s->areas.at[k].end - s->areas.at[k].at;
    note_remapped(s, i, end);
    erase(s, i, end - i);
}

static void put(Space *s, SpaceArea a) {
    clear(s, a.at, a.end - a.at);
    uint32_t i = first_behind(s, a.at);
    insert(s, i, a);
    s->n_bytes += a.end - a.at;
    join(s, i + 1);
    join(s, i);
}

// ---- access -------------------------------------------------------------------------------------------------------
void *space_at(Space *s, gaddr at, uint64_t n, unsigned need) {
    if (!n) return space_host(s, s->lo); // the host's kernel does not look there
    if (space_reach(s, at, n, need) != n) return NULL;
    if (need & SPACE_WRITE) space_code_drop(s, at, n);
    return space_host(s, at);
}

const char *space_string(Space *s, gaddr at, size_t max) {
    uint64_t reach = space_reach(s, at, max, SPACE_READ);
    const char *text = space_host(s, at);
    int64_t n = reach ? guarded_length(text, reach) : -1;
    return n >= 0 && (uint64_t)n < reach ? text : NULL;
}

int space_copy_string(Space *s, gaddr at, char *out, size_t size) {
    uint64_t reach = space_reach(s, at, size, SPACE_READ);
    int64_t n = reach ? guarded_length(space_host(s, at), reach) : -1;
    if (n < 0 || !guarded_copy(out, space_host(s, at), (size_t)n)) return -EFAULT;
    if ((uint64_t)n == reach) return reach == size ? -ENAMETOOLONG : -EFAULT;
    out[n] = 0;
    return 0;
}

bool space_copy_in(Space *s, gaddr at, const void *from, size_t n) {
    void *to = space_at(s, at, n, SPACE_WRITE);
    return to && guarded_copy(to, from, n);
}

bool space_copy_out(Space *s, gaddr at, void *to, size_t n) {
    const void *from = space_at(s, at, n, SPACE_READ);
    return from && guarded_copy(to, from, n);
}

// ---- changing -----------------------------------------------------------------------------------------------------
// Readable as well if it may be executed or written, as Linux does for the latter.
static unsigned what_of(unsigned prot) {
    prot &= SPACE_RWX;
    return SPACE_MAPPED | prot | (prot ? SPACE_READ : 0u);
}

static int host_prot(unsigned what) {
    return what & SPACE_WRITE ? PROT_READ | PROT_WRITE : what & SPACE_RWX ? PROT_READ : PROT_NONE;
}

// In one step: at no moment could the host's kernel put something else there.
static int reserve_again(Space *s, gaddr at, uint64_t n) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    return mmap(space_host(s, at), n, PROT_NONE, flags, -1, 0) == MAP_FAILED ? -errno : 0;
}

static int32_t file_named(Space *s, uint64_t dev, uint64_t ino, const char *path) {
    for (uint32_t i = s->files.n; i-- > 0;)
        if (s->files.at[i].ino == ino && s->files.at[i].dev == dev && !strcmp(s->files.at[i].path, path))
            return (int32_t)i;
    SpaceFile f = {.dev = dev, .ino = ino, .path = alloc_text(path)};
    vec_push(&s->files, f);
    return (int32_t)(s->files.n - 1);
}

static int32_t file_of(Space *s, int fd) {
    char link[32], path[PATH_BYTES];
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) return -1;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    return file_named(s, st.st_dev, st.st_ino, path);
}

// WHY not with MAP_FIXED at once: it unmaps what was there before it asks the file, and a file that cannot be mapped
// would leave a hole in the reservation.
static int map_file(Space *s, gaddr at, uint64_t n, unsigned what, bool shared, int fd, uint64_t offset) {
    const int flags = MAP_NORESERVE | (shared ? MAP_SHARED : MAP_PRIVATE);
    void *elsewhere = mmap(NULL, n, host_prot(what), flags, fd, (off_t)offset);
    if (elsewhere == MAP_FAILED) return -errno;
    if (mremap(elsewhere, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, space_host(s, at)) != MAP_FAILED) return 0;
    int e = -errno;
    munmap(elsewhere, n);
    return e;
}

static int map_anonymous(Space *s, gaddr at, uint64_t n, unsigned what, bool shared) {
    const int flags = MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE | (shared ? MAP_SHARED : MAP_PRIVATE);
    return mmap(space_host(s, at), n, host_prot(what), flags, -1, 0) == MAP_FAILED ? -errno : 0;
}

static bool may_write(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

int space_map(Space *s, gaddr at, uint64_t n, unsigned prot, bool shared, int fd, uint64_t offset) {
    unsigned what = what_of(prot) | (shared ? SPACE_SHARED : 0u);
    if (shared || (fd >= 0 && may_write(fd))) what |= SPACE_ALIASED;
    if (!n || !space_inside(s, at, n)) return -ENOMEM;
    space_code_drop(s, at, n);
    int e = fd < 0 ? map_anonymous(s, at, n, what, shared) : map_file(s, at, n, what, shared, fd, offset);
    if (e) return e;
    put(s, (SpaceArea){at, at + n, what, file_of(s, fd), fd < 0 ? 0 : offset});
    return 0;
}

int space_unmap(Space *s, gaddr at, uint64_t n) {
    if (!space_inside(s, at, n)) return -EINVAL;
    space_code_drop(s, at, n);
    int e = reserve_again(s, at, n);
    if (!e) clear(s, at, n);
    return e;
}

// WHY translations stay: a JIT compiler makes its code writable, changes a little of it, and makes it executable again.
int space_protect(Space *s, gaddr at, uint64_t n, unsigned prot) {
    if (!space_inside(s, at, n) || !space_is_mapped(s, at, n)) return -ENOMEM;
    // WHY the host first: it refuses to make a shared mapping of a read-only file writable.
    int e = n ? space_reprotect(s, at, n, what_of(prot)) : 0;
    if (e) return e;
    uint32_t i = cut(s, at), end = cut(s, at + n);
    if (prot & SPACE_EXEC)
        s->remapped(s->ctx);
    else
        note_remapped(s, i, end);
    for (uint32_t k = i; k < end; k++)
        s->areas.at[k].what = (s->areas.at[k].what & ~(uint32_t)SPACE_RWX) | what_of(prot);
    for (uint32_t k = end + 1; k-- > i;) join(s, k);
    return 0;
}

int space_move(Space *s, gaddr from, uint64_t n, gaddr to, uint64_t to_n) {
    const SpaceArea *a = space_area(s, from);
    if (!a || a->end - from < n) return -EFAULT;
    SpaceArea moved = part_from(*a, from);
    moved.at = to, moved.end = to + to_n;
    space_code_drop(s, from, n);
    if (mremap(space_host(s, from), n, to_n, MREMAP_MAYMOVE | MREMAP_FIXED, space_host(s, to)) == MAP_FAILED)
        return -errno;
    int e = reserve_again(s, from, n);
    if (e) alloc_failed(0); // what else lay there would be the program's
    clear(s, from, n);
    put(s, moved);
    return 0;
}

int space_adopt(Space *s, gaddr at, uint64_t n, unsigned prot, void *host, const char *name, uint64_t id) {
    if (!n || !space_inside(s, at, n)) return -ENOMEM;
    space_code_drop(s, at, n);
    if (mremap(host, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, space_host(s, at)) == MAP_FAILED) return -errno;
    put(s, (SpaceArea){at, at + n, what_of(prot) | SPACE_SHARED | SPACE_ALIASED, file_named(s, 0, id, name), 0});
    return 0;
}

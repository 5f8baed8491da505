// See space.h. A byte per page says what the guest may do; the host's page tables are kept in step with it.
#include "sys/space.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t index_of(const Space *s, gaddr at) { return (at - s->lo) >> MEM_PAGE_BITS; }
static void *host_of(const Space *s, gaddr at) { return (void *)(uintptr_t)(at + (uint64_t)s->to_host); }

bool space_init(Space *s, hp host, gaddr lo, gaddr hi, Err *err) {
    *s = (Space){.lo = lo, .hi = hi, .to_host = (int64_t)((uint64_t)(uintptr_t)host - lo)};
    s->pages = mmap(NULL, index_of(s, hi), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s->pages != MAP_FAILED) return true;
    s->pages = NULL;
    return err_set(err, "no memory for the table of pages: %s", strerror(errno));
}

void space_free(Space *s) {
    if (s->pages) munmap(s->pages, index_of(s, s->hi));
    s->pages = NULL;
}

// ---- asking -------------------------------------------------------------------------------------------------------
bool space_inside(const Space *s, gaddr at, uint64_t n) { return at >= s->lo && at <= s->hi && n <= s->hi - at; }

unsigned space_page(const Space *s, gaddr at) { return at >= s->lo && at < s->hi ? s->pages[index_of(s, at)] : 0; }

uint64_t space_reach(const Space *s, gaddr at, uint64_t n, unsigned need) {
    uint64_t reach = 0;
    while (reach < n) {
        if ((space_page(s, at + reach) & need) != need || at + reach < at) break;
        reach += MEM_PAGE - ((at + reach) & (MEM_PAGE - 1));
    }
    return reach < n ? reach : n;
}

bool space_is_mapped(const Space *s, gaddr at, uint64_t n) { return space_reach(s, at, n, SPACE_MAPPED) == n; }

bool space_is_free(const Space *s, gaddr at, uint64_t n) {
    if (!space_inside(s, at, n)) return false;
    for (uint64_t i = index_of(s, at); i < index_of(s, at + n); i++)
        if (s->pages[i]) return false;
    return true;
}

gaddr space_find(const Space *s, uint64_t n, gaddr below) {
    uint64_t want = n >> MEM_PAGE_BITS, run = 0;
    if (below > s->hi) below = s->hi;
    if (!want || below <= s->lo) return 0;
    for (uint64_t i = index_of(s, below); i-- > 0;) {
        run = s->pages[i] ? 0 : run + 1;
        if (run == want) return s->lo + (i << MEM_PAGE_BITS);
    }
    return 0;
}

// ---- the host's view ----------------------------------------------------------------------------------------------
static int host_prot(unsigned page) {
    if (page & SPACE_WRITE) return page & SPACE_CODE ? PROT_READ : PROT_READ | PROT_WRITE;
    return page & SPACE_RWX ? PROT_READ : PROT_NONE;
}

// Brings the host's protection in step with the table, a run of equal pages at a time.
static int reprotect(const Space *s, gaddr at, uint64_t n) {
    for (uint64_t i = index_of(s, at), end = i + (n >> MEM_PAGE_BITS), next; i < end; i = next) {
        int prot = host_prot(s->pages[i]);
        for (next = i + 1; next < end && host_prot(s->pages[next]) == prot;) next++;
        void *host = host_of(s, s->lo + (i << MEM_PAGE_BITS));
        if (mprotect(host, (next - i) << MEM_PAGE_BITS, prot)) return -errno;
    }
    return 0;
}

static void drop_code(Space *s, gaddr at, uint64_t n) {
    gaddr end = space_page_up(at + n);
    for (at = space_page_down(at); at < end; at += MEM_PAGE) {
        uint8_t *page = &s->pages[index_of(s, at)];
        if (!(*page & SPACE_CODE)) continue;
        s->code_gone(s->ctx, at, MEM_PAGE);
        *page &= (uint8_t)~SPACE_CODE;
        reprotect(s, at, MEM_PAGE);
    }
}

void space_code_made(Space *s, gaddr at, uint64_t n) {
    gaddr end = space_page_up(at + n);
    for (at = space_page_down(at); at < end; at += MEM_PAGE) {
        if (!(space_page(s, at) & SPACE_MAPPED)) continue;
        s->pages[index_of(s, at)] |= SPACE_CODE;
        if (space_page(s, at) & SPACE_WRITE) reprotect(s, at, MEM_PAGE);
    }
}

// ---- access -------------------------------------------------------------------------------------------------------
void *space_at(Space *s, gaddr at, uint64_t n, unsigned need) {
    if (!n) return host_of(s, s->lo); // nobody looks there
    if (space_reach(s, at, n, need) != n) return NULL;
    if (need & SPACE_WRITE) drop_code(s, at, n);
    return host_of(s, at);
}

const char *space_string(Space *s, gaddr at, size_t max) {
    uint64_t reach = space_reach(s, at, max, SPACE_READ);
    const char *text = host_of(s, at);
    return reach && memchr(text, 0, reach) ? text : NULL;
}

bool space_copy_in(Space *s, gaddr at, const void *from, size_t n) {
    void *to = space_at(s, at, n, SPACE_WRITE);
    if (to) memcpy(to, from, n);
    return to != NULL;
}

bool space_copy_out(Space *s, gaddr at, void *to, size_t n) {
    const void *from = space_at(s, at, n, SPACE_READ);
    if (from) memcpy(to, from, n);
    return from != NULL;
}

// ---- changing -----------------------------------------------------------------------------------------------------
// New pages where there was nothing concern nobody: a heap that grows costs no flush.
static void set_pages(Space *s, gaddr at, uint64_t n, unsigned page) {
    bool was_free = space_is_free(s, at, n);
    memset(s->pages + index_of(s, at), (int)page, n >> MEM_PAGE_BITS);
    if (!was_free) s->remapped(s->ctx);
}

// Readable as well if it may be executed or written, as Linux does for the latter.
static unsigned page_of(unsigned prot) {
    prot &= SPACE_RWX;
    return SPACE_MAPPED | prot | (prot ? SPACE_READ : 0);
}

static int reserve_again(Space *s, gaddr at, uint64_t n) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    set_pages(s, at, n, 0);
    return mmap(host_of(s, at), n, PROT_NONE, flags, -1, 0) == MAP_FAILED ? -errno : 0;
}

int space_map(Space *s, gaddr at, uint64_t n, unsigned prot, bool shared, int fd, uint64_t offset) {
    unsigned page = page_of(prot);
    int flags = MAP_FIXED | MAP_NORESERVE | (shared ? MAP_SHARED : MAP_PRIVATE) | (fd < 0 ? MAP_ANONYMOUS : 0);
    if (!n || !space_inside(s, at, n)) return -ENOMEM;
    drop_code(s, at, n);
    if (mmap(host_of(s, at), n, host_prot(page), flags, fd, (off_t)offset) == MAP_FAILED) return -errno;
    set_pages(s, at, n, page);
    return 0;
}

int space_unmap(Space *s, gaddr at, uint64_t n) {
    if (!space_inside(s, at, n)) return -EINVAL;
    drop_code(s, at, n);
    return reserve_again(s, at, n);
}

int space_protect(Space *s, gaddr at, uint64_t n, unsigned prot) {
    if (!space_inside(s, at, n) || !space_is_mapped(s, at, n)) return -ENOMEM;
    drop_code(s, at, n);
    // WHY the host first: it refuses to make a shared mapping of a read-only file writable.
    if (mprotect(host_of(s, at), n, host_prot(page_of(prot)))) return -errno;
    set_pages(s, at, n, page_of(prot));
    return 0;
}

int space_move(Space *s, gaddr from, uint64_t n, gaddr to, uint64_t to_n) {
    unsigned page = space_page(s, from) & ~(unsigned)SPACE_CODE;
    drop_code(s, from, n);
    if (mremap(host_of(s, from), n, to_n, MREMAP_MAYMOVE | MREMAP_FIXED, host_of(s, to)) == MAP_FAILED) return -errno;
    set_pages(s, to, to_n, page);
    return reserve_again(s, from, n);
}

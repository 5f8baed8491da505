// brk, mmap and its kin: the program's wishes, checked, as changes of its address space (space.c).
#include "sys/private.h"
#include <sys/mman.h>
#include <sys/syscall.h>

int64_t sys_brk(Sys *s, const uint64_t *a) {
    gaddr want = a[0], old_end = space_page_up(s->brk);
    if (want < s->brk_start || want > s->space.hi) return (int64_t)s->brk;
    gaddr end = space_page_up(want);
    if (end > old_end) {
        bool free = space_is_free(&s->space, old_end, end - old_end) && sys_limit_allows(s, end - old_end);
        if (!free || space_map(&s->space, old_end, end - old_end, SPACE_READ | SPACE_WRITE, false, -1, 0))
            return (int64_t)s->brk;
    } else if (end < old_end) {
        space_unmap(&s->space, end, old_end - end);
    }
    s->brk = want;
    return (int64_t)want;
}

// Where a new mapping goes, or a negative errno.
static int64_t place(Sys *s, gaddr hint, uint64_t n, unsigned flags) {
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
        if (hint % MEM_PAGE) return -EINVAL;
        if (!space_inside(&s->space, hint, n)) return -ENOMEM;
        if ((flags & MAP_FIXED_NOREPLACE) && !space_is_free(&s->space, hint, n)) return -EEXIST;
        return (int64_t)hint;
    }
    hint = space_page_down(hint);
    if (hint && space_is_free(&s->space, hint, n)) return (int64_t)hint;
    gaddr at = space_find(&s->space, n, s->stack_top);
    return at ? (int64_t)at : -ENOMEM;
}

int64_t sys_mmap(Sys *s, const uint64_t *a) {
    enum { HUGE = 0x40000 }; // MAP_HUGETLB
    uint64_t n = space_page_up(a[1]), flags = a[3];
    unsigned kind = flags & MAP_TYPE;
    bool shared = kind == MAP_SHARED || kind == MAP_SHARED_VALIDATE, anonymous = flags & MAP_ANONYMOUS;
    if (!a[1] || a[5] % MEM_PAGE || (kind != MAP_PRIVATE && !shared)) return -EINVAL;
    if (!n || n > s->space.hi || (flags & HUGE)) return -ENOMEM;
    if (!anonymous && (int)a[4] < 0) return -EBADF;
    int64_t at = place(s, a[0], n, (unsigned)flags);
    if (at < 0) return at;
    if (!sys_limit_allows(s, n)) return -ENOMEM;
    int e = space_map(&s->space, (gaddr)at, n, (unsigned)a[2], shared, anonymous ? -1 : (int)a[4], a[5]);
    if (!e && shared && (a[2] & SPACE_WRITE)) sys_memory_shared(s);
    return e ? e : at;
}

static bool whole_pages(const Sys *s, gaddr at, uint64_t n) { return at % MEM_PAGE == 0 && n && n <= s->space.hi; }

int64_t sys_munmap(Sys *s, const uint64_t *a) {
    if (!whole_pages(s, a[0], a[1])) return -EINVAL;
    return space_unmap(&s->space, a[0], space_page_up(a[1]));
}

int64_t sys_mprotect(Sys *s, const uint64_t *a) {
    gaddr at = a[0];
    if (at % MEM_PAGE || (a[2] & ~(uint64_t)(SPACE_RWX | PROT_GROWSDOWN))) return -EINVAL;
    if (!a[1]) return 0;
    if (a[1] > s->space.hi) return -ENOMEM;
    gaddr end = at + space_page_up(a[1]);
    if (a[2] & PROT_GROWSDOWN) { // from the beginning of the stack on
        const SpaceArea *area = space_area(&s->space, at), *stack = space_area(&s->space, s->image.stack_start);
        if (!area || area != stack) return -EINVAL;
        at = area->at;
    }
    const SpaceArea *first = space_area(&s->space, at);
    if (first && first->what & SPACE_SHARED && a[2] & SPACE_WRITE) sys_memory_shared(s);
    return space_protect(&s->space, at, end - at, (unsigned)a[2] & SPACE_RWX);
}

// More of what is anonymous and private is what comes behind it.
static bool grows_in_place(Sys *s, gaddr at, uint64_t n, uint64_t to_n) {
    const SpaceArea *a = space_area(&s->space, at);
    bool plain = a && a->end == at + n && a->file < 0 && !(a->what & SPACE_SHARED);
    return plain && space_is_free(&s->space, at + n, to_n - n) &&
           !space_map(&s->space, at + n, to_n - n, a->what & SPACE_RWX, false, -1, 0);
}

// A mapping grows in place if it can; else it moves, if it may.
int64_t sys_mremap(Sys *s, const uint64_t *a) {
    gaddr from = a[0];
    uint64_t n = space_page_up(a[1]), to_n = space_page_up(a[2]), flags = a[3];
    if (from % MEM_PAGE || !a[2] || !n || n > s->space.hi || (flags & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED)))
        return -EINVAL;
    if (!to_n || to_n > s->space.hi) return -ENOMEM;
    if (!space_is_mapped(&s->space, from, n)) return -EFAULT;
    if (flags & MREMAP_FIXED) {
        gaddr to = a[4];
        if (!(flags & MREMAP_MAYMOVE) || to % MEM_PAGE || (to < from + n && from < to + to_n)) return -EINVAL;
        if (!space_inside(&s->space, to, to_n)) return -ENOMEM;
        const SpaceArea *whole = space_area(&s->space, from);
        if (whole->end - from < n) return -EFAULT;
        int e = space_unmap(&s->space, to, to_n);
        if (!e && to_n < n) e = space_unmap(&s->space, from + to_n, n - to_n), n = to_n;
        if (!e) e = space_move(&s->space, from, n, to, to_n);
        return e ? e : (int64_t)to;
    }
    if (to_n <= n) {
        int e = to_n < n ? space_unmap(&s->space, from + to_n, n - to_n) : 0;
        return e ? e : (int64_t)from;
    }
    if (!sys_limit_allows(s, to_n - n)) return -ENOMEM;
    if (grows_in_place(s, from, n, to_n)) return (int64_t)from;
    gaddr to = flags & MREMAP_MAYMOVE ? space_find(&s->space, to_n, s->stack_top) : 0;
    if (!to) return -ENOMEM;
    int e = space_move(&s->space, from, n, to, to_n);
    return e ? e : (int64_t)to;
}

int64_t sys_msync(Sys *s, const uint64_t *a) {
    if (!whole_pages(s, a[0], a[1])) return a[1] ? -EINVAL : 0;
    void *at = space_at(&s->space, a[0], space_page_up(a[1]), SPACE_MAPPED);
    return at ? SYS_HOST(msync, SYS_ARG(at), space_page_up(a[1]), a[2]) : -ENOMEM;
}

// Advice that would take pages away from under the table of pages is not passed on, other advice is only advice.
int64_t sys_madvise(Sys *s, const uint64_t *a) {
    if (a[0] % MEM_PAGE || a[1] > s->space.hi) return -EINVAL;
    uint64_t n = space_page_up(a[1]);
    if (!n) return 0;
    if (!space_is_mapped(&s->space, a[0], n)) return -ENOMEM;
    if ((int)a[2] != MADV_DONTNEED && (int)a[2] != MADV_FREE) return (int)a[2] >= 0 && (int)a[2] <= 21 ? 0 : -EINVAL;
    space_code_drop(&s->space, a[0], n); // a private mapping loses what code was made from
    void *at = space_at(&s->space, a[0], n, SPACE_MAPPED);
    return SYS_HOST(madvise, SYS_ARG(at), n, a[2]);
}

int64_t sys_mlock(Sys *s, const uint64_t *a) { return space_is_mapped(&s->space, a[0], a[1]) ? 0 : -ENOMEM; }
int64_t sys_munlock(Sys *s, const uint64_t *a) { return sys_mlock(s, a); }
int64_t sys_mlock2(Sys *s, const uint64_t *a) { return a[2] & ~1ull ? -EINVAL : sys_mlock(s, a); }
int64_t sys_mlockall(Sys *s, const uint64_t *a) {
    (void)s;
    return !a[0] || a[0] & ~7ull || a[0] == 4 ? -EINVAL : 0;
}
int64_t sys_munlockall(Sys *s, const uint64_t *a) {
    (void)s, (void)a;
    return 0;
}

int64_t sys_mincore(Sys *s, const uint64_t *a) {
    uint64_t n = space_page_up(a[1]);
    if (a[0] % MEM_PAGE) return -EINVAL;
    if (n < a[1] || !space_is_mapped(&s->space, a[0], n)) return -ENOMEM;
    void *at = space_at(&s->space, a[2], n >> MEM_PAGE_BITS, SPACE_WRITE);
    return at ? SYS_HOST(mincore, SYS_ARG(space_host(&s->space, a[0])), n, SYS_ARG(at)) : -EFAULT;
}

// Stores to translated code are noticed anyway; other ways to change it are looked for here. Linux flushes all, too.
int64_t sys_riscv_flush_icache(Sys *s, const uint64_t *a) {
    if (a[2] & ~1ull) return -EINVAL;
    space_code_refresh(&s->space);
    return 0;
}

// The address space of a program: which pages are mapped, what may be done to them, where they lie in the host.
//
// All of it is one reservation of host memory, inaccessible but for what the program has mapped; a guest address and
// its host address differ by a constant. INVARIANT: a page of the host is readable or writable only if that page of the
// guest is, and never executable; a page that holds translated code is not writable in the host, so that a store to it
// is noticed. Guest pages that are executable or writable are readable, too.
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "mem/mem.h"

enum { // what the table knows of a page; the first three are those of mmap()
    SPACE_READ = 1,
    SPACE_WRITE = 2,
    SPACE_EXEC = 4,
    SPACE_RWX = 7,
    SPACE_MAPPED = 8,
    SPACE_CODE = 16, // translated code was read from it
};

typedef struct Space {
    gaddr lo, hi; // of what a program may have at all
    int64_t to_host;
    uint8_t *pages; // SPACE_*, page 0 is the one at lo
    // Translations of [at, at + n) are out of date; what is cached of the table is.
    void (*code_gone)(void *ctx, gaddr at, uint64_t n);
    void (*remapped)(void *ctx);
    void *ctx;
} Space;

bool space_init(Space *s, hp host, gaddr lo, gaddr hi, Err *err);
void space_free(Space *s);
static inline gaddr space_page_down(gaddr at) { return at & -(gaddr)MEM_PAGE; }
static inline gaddr space_page_up(gaddr at) { return (at + MEM_PAGE - 1) & -(gaddr)MEM_PAGE; }

// What the table says of this page; 0 outside.
unsigned space_page(const Space *s, gaddr at);
// How many of the n bytes at `at` may be accessed so, counted from the first. `need`: SPACE_READ, _WRITE, _EXEC.
uint64_t space_reach(const Space *s, gaddr at, uint64_t n, unsigned need);
// Host address of n bytes that the program may access so, else NULL. For writing, translations of them are dropped.
void *space_at(Space *s, gaddr at, uint64_t n, unsigned need);
// The C string at `at`, in place; NULL if its end is not reached or it is longer than `max`.
const char *space_string(Space *s, gaddr at, size_t max);
bool space_copy_in(Space *s, gaddr at, const void *from, size_t n);
bool space_copy_out(Space *s, gaddr at, void *to, size_t n);

// ---- mapping; addresses and sizes are whole pages. All return 0 or a negative errno.
// fd -1: anonymous. `shared`: with other processes.
int space_map(Space *s, gaddr at, uint64_t n, unsigned prot, bool shared, int fd, uint64_t offset);
int space_unmap(Space *s, gaddr at, uint64_t n);
int space_protect(Space *s, gaddr at, uint64_t n, unsigned prot);
int space_move(Space *s, gaddr from, uint64_t n, gaddr to, uint64_t to_n); // `to` is free
bool space_inside(const Space *s, gaddr at, uint64_t n);
bool space_is_free(const Space *s, gaddr at, uint64_t n);
bool space_is_mapped(const Space *s, gaddr at, uint64_t n); // all of it
// The highest free range of n bytes below `below`; 0: none.
gaddr space_find(const Space *s, uint64_t n, gaddr below);

// Code was translated from the pages of [at, at + n): stores to them must be noticed from now on.
void space_code_made(Space *s, gaddr at, uint64_t n);

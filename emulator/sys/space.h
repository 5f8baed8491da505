// The address space of a program: which pages are mapped, what may be done to them, where they lie in the host.
//
// All of it is one reservation of host memory, inaccessible but for what the program has mapped; a guest address and
// its host address differ by a constant. INVARIANT: a page of the host is readable or writable only if that page of the
// guest is, and never executable; a page that holds translated code is not writable in the host, so that a store to it
// is noticed. Guest pages that are executable or writable are readable, too. INVARIANT: the host's kernel never gets a
// chance to put anything of emu's own into the reservation: what is given back becomes inaccessible in one step.
//
// A mapped file can become shorter: an access that the table allows may still raise SIGBUS. So emu reads and writes the
// program's memory by space_copy_in() and its kin only (base/guarded.h); pointers are for the host's kernel.
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "base/vec.h"
#include "mem/mem.h"

enum { // what is known of a page; the first three are those of mmap()
    SPACE_READ = 1,
    SPACE_WRITE = 2,
    SPACE_EXEC = 4,
    SPACE_RWX = 7,
    SPACE_MAPPED = 8,
    SPACE_CODE = 16,    // translated code was read from it
    SPACE_SHARED = 32,  // with other processes, or a file
    SPACE_ALIASED = 64, // its bytes may change by other ways than stores to this page, see space_code.c
};

// Pages that are alike, sorted by address, neither empty nor overlapping; neighbours that could be one are one.
typedef struct SpaceArea {
    gaddr at, end;
    uint32_t what; // SPACE_*, without SPACE_CODE
    int32_t file;  // of Space.files, or -1
    uint64_t offset;
} SpaceArea;

typedef struct SpaceFile { // that was mapped, for those who ask
    uint64_t dev, ino;
    char *path;
} SpaceFile;

typedef struct Space {
    gaddr lo, hi; // of what a program may have at all
    int64_t to_host;
    VEC(SpaceArea) areas;
    VEC(SpaceFile) files;
    uint32_t hot;     // index of the area that was found last
    uint64_t n_bytes; // mapped
    // space_code.c
    uint64_t *code; // a bit for each page, page 0 is the one at lo
    uint64_t n_code;
    struct SpaceCopy **copies;
    // Translations of [at, at + n) are out of date; what is cached of the table for data is; for fetches from [at, at + n).
    void (*code_gone)(void *ctx, gaddr at, uint64_t n);
    void (*remapped)(void *ctx);
    void (*no_exec)(void *ctx, gaddr at, uint64_t n);
    void *ctx;
} Space;

bool space_init(Space *s, hp host, gaddr lo, gaddr hi, Err *err);
void space_free(Space *s);
static inline gaddr space_page_down(gaddr at) { return at & -(gaddr)MEM_PAGE; }
static inline gaddr space_page_up(gaddr at) { return (at + MEM_PAGE - 1) & -(gaddr)MEM_PAGE; }
static inline void *space_host(const Space *s, gaddr at) { return (void *)(uintptr_t)(at + (uint64_t)s->to_host); }

// The area that holds this page, or NULL.
const SpaceArea *space_area(const Space *s, gaddr at);
// What is known of this page; 0 outside.
unsigned space_page(const Space *s, gaddr at);
// How many of the n bytes at `at` may be accessed so, counted from the first. `need`: SPACE_READ, _WRITE, _EXEC.
uint64_t space_reach(const Space *s, gaddr at, uint64_t n, unsigned need);
// Host address of n bytes that the program may access so, for the host's kernel, else NULL. For writing, translations
// of them are dropped.
void *space_at(Space *s, gaddr at, uint64_t n, unsigned need);
// The C string at `at`, in place; NULL if its end is not reached or it is longer than `max`.
const char *space_string(Space *s, gaddr at, size_t max);
// A copy of it, of at most `size` bytes with its 0: 0, -EFAULT, or -ENAMETOOLONG.
int space_copy_string(Space *s, gaddr at, char *out, size_t size);
bool space_copy_in(Space *s, gaddr at, const void *from, size_t n);
bool space_copy_out(Space *s, gaddr at, void *to, size_t n);

// ---- mapping; addresses and sizes are whole pages. All return 0 or a negative errno, and then nothing has changed.
// fd -1: anonymous. `shared`: with other processes.
int space_map(Space *s, gaddr at, uint64_t n, unsigned prot, bool shared, int fd, uint64_t offset);
int space_unmap(Space *s, gaddr at, uint64_t n);
int space_protect(Space *s, gaddr at, uint64_t n, unsigned prot);
// Moves one area or a part of it; `to` is free. The rest of [to, to + to_n) is what comes behind it.
int space_move(Space *s, gaddr from, uint64_t n, gaddr to, uint64_t to_n);
// Puts shared memory that lies at `host`, outside of the space, to `at`. `name` and `id`: of it, for those who ask.
int space_adopt(Space *s, gaddr at, uint64_t n, unsigned prot, void *host, const char *name, uint64_t id);
bool space_inside(const Space *s, gaddr at, uint64_t n);
bool space_is_free(const Space *s, gaddr at, uint64_t n);
bool space_is_mapped(const Space *s, gaddr at, uint64_t n); // all of it
// The highest free range of n bytes below `below`; 0: none.
gaddr space_find(const Space *s, uint64_t n, gaddr below);

// ---- translated code (space_code.c)
// The host's protection of these whole pages, for what may be done to them. Those of translated code stay read-only.
int space_reprotect(const Space *s, gaddr at, uint64_t n, unsigned what);
void space_fetched(Space *s, gaddr at); // code is going to be read from this page, before it is
// Code was translated from [at, at + n): stores to their pages must be noticed from now on.
void space_code_made(Space *s, gaddr at, uint64_t n);
void space_code_drop(Space *s, gaddr at, uint64_t n); // of whole pages
bool space_is_code(const Space *s, gaddr at);
void space_code_refresh(Space *s); // fence.i, and calls that stand for it
void space_code_free(Space *s);

// Guest physical memory: a sorted list of regions, each host RAM or a device, and the slow load and store.
//
// RAM and ROM are fresh zero pages, reserved but not committed, with an inaccessible guard area on both sides. A device
// may be carved out of RAM (HTIF's tohost): the RAM is then two regions whose host memory is still contiguous, and the
// bytes under the device stay reachable for loaders (`under`).
#pragma once
#include "base/err.h"
#include "base/types.h"

enum { MEM_PAGE_BITS = PAGE_BITS, MEM_PAGE = PAGE_BYTES, MEM_REGIONS_MAX = 32, MEM_CODE_LINE = 64 };

typedef struct MemDevice {
    const char *name;
    void *state;
    uint64_t (*read)(void *state, uint64_t offset, unsigned size); // size in bytes: 1, 2, 4, 8
    void (*write)(void *state, uint64_t offset, unsigned size, uint64_t value);
} MemDevice;

typedef struct MemRegion {
    gaddr base; // physical
    uint64_t size;
    const char *name;
    hp host; // RAM and ROM: backing bytes; NULL for a device
    bool writable;
    // RAM, ROM: per page, one bit per MEM_CODE_LINE bytes: translated code was read from there. The word of paddr is
    // code_lines[(paddr >> MEM_PAGE_BITS) - (base >> MEM_PAGE_BITS)]; mem_code_* know it.
    uint64_t *code_lines;
    // Host memory of that many bytes behind it, and before guest address 0, is inaccessible. 0: not known.
    uint64_t fence_above, fence_below;
    hp window;   // the same bytes for emitted code, or NULL: see window.c
    bool shared; // host memory is a mapping of a file
    hp under;    // a device carved out of RAM: the bytes that lie under it
    MemDevice dev;
} MemRegion;

#define MEM_FENCE      (1ull << 31)
#define MEM_FENCE_WIDE (1ull << 37)

typedef struct MemMapping {
    void *at;
    size_t bytes;
} MemMapping;

typedef struct Mem {
    MemRegion regions[MEM_REGIONS_MAX]; // sorted by base, not overlapping
    unsigned n;
    unsigned hot;                             // index of the RAM region that was used last
    MemMapping mappings[2 * MEM_REGIONS_MAX]; // what mem_free() unmaps
    unsigned n_mappings;
    MemMapping window; // and what is reserved around it; at NULL: there is none
} Mem;

typedef enum MemResult {
    MEM_OK,
    MEM_UNMAPPED, // nothing there, or a write to ROM
    MEM_DEVICE,   // a device is there and `devices` was false
    MEM_CODE,     // a store overlaps translated code and `code` was false: nothing was written
} MemResult;

void mem_init(Mem *m);
void mem_free(Mem *m);
bool mem_add_ram(Mem *m, const char *name, gaddr base, uint64_t size, bool writable, Err *err);
bool mem_add_device(Mem *m, gaddr base, uint64_t size, MemDevice dev, Err *err);
// The same without access: pages [base, base + size) are the owner's to map. Other functions of this header must not
// touch what it has not made accessible. If it can be had, it lies at its own addresses in the host and is fenced.
bool mem_add_reserved(Mem *m, const char *name, gaddr base, uint64_t size, Err *err);
// A device inside one RAM region. What lies under it stays part of the RAM for mem_copy_*, mem_zero and mem_is_backed.
bool mem_carve_device(Mem *m, gaddr base, uint64_t size, MemDevice dev, Err *err);
MemRegion *mem_find(Mem *m, gaddr paddr); // region that holds this byte, or NULL

// Slow access by physical address, 1, 2, 4 or 8 bytes, any alignment; an access that crosses from one region into
// another works byte by byte when both are RAM. Values are little-endian, zero-extended.
MemResult mem_load(Mem *m, gaddr paddr, unsigned size, bool devices, uint64_t *value);
MemResult mem_store(Mem *m, gaddr paddr, unsigned size, bool devices, bool code, uint64_t value);
// Copies for loaders and debuggers; false if any byte is not RAM or ROM. Loading writes ROM too.
bool mem_copy_in(Mem *m, gaddr paddr, const void *from, size_t n);
bool mem_copy_out(Mem *m, gaddr paddr, void *to, size_t n);
bool mem_zero(Mem *m, gaddr paddr, uint64_t n);
bool mem_is_backed(Mem *m, gaddr paddr, uint64_t n); // every byte is RAM or ROM: the three above would succeed

// Host address of the 4 KiB page that holds paddr if all of it is RAM or ROM and, for a store, is writable and no code
// was translated from it; else NULL. It is what may enter the TLB.
hp mem_page_host(Mem *m, gaddr paddr, bool store);

// A page of the window, if it is one: stores there raise a signal. false: the host refuses, it has no room for one more mapping.
bool mem_window_protect(Mem *m, gaddr paddr);
// A store to the page raised one. true: no code is there any more, and it may be stored to again.
bool mem_window_free(Mem *m, gaddr paddr);

const MemRegion *mem_largest_ram(const Mem *m); // writable; NULL if there is none

// Which lines hold translated code. Marking says whether a page got its first mark (its store
// entries must leave the TLB).
bool mem_code_mark(Mem *m, gaddr paddr, uint64_t n);
void mem_code_unmark(Mem *m, gaddr paddr, uint64_t n);
uint64_t mem_code_lines(Mem *m, gaddr paddr); // the word of this page: bit i is the line at page + i * MEM_CODE_LINE

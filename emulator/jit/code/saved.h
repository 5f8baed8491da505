// Private to jit/code/: the units of a file, and those that will be in the next one. See jit/saved.h.
//
//   file    head | saved units, each with a checksum of its own | slots: a table of pcs, by hash
//   memory  the file, mapped;  `fresh`: saved units of this run;  `slots`: a copy of the table, with the fresh ones
#pragma once
#include "jit/saved.h"

// INVARIANT: bytes without holes, so that it is compared and hashed as bytes.
typedef struct SavedKey {
    char magic[8];
    uint32_t format;
    uint8_t build[20]; // GNU build-id of emu
    uint64_t features;
    uint32_t isa, isa_pad;
    SavedProgram program;
} SavedKey;

typedef struct SavedHead {
    uint64_t check; // of what lies behind it in the head
    SavedKey key;
    uint64_t slots_check, slots_at, file_bytes;
    uint32_t slot_bits, n_slots;
} SavedHead;

typedef struct SavedSlot {
    gpc pc;
    uint64_t at; // 0: free. Offset in the file, or behind its end: of a fresh one
} SavedSlot;
enum { SAVED_UNIT_MAX = 1 << 24, SAVED_BYTES_MAX = 1 << 30, SAVED_AGE_MAX = 8 };
// In `at`, in memory: the guest has other bytes there now, so it will not be written again; it was restored.
#define SAVED_STALE (1ull << 63)
#define SAVED_USED  (1ull << 62)
#define SAVED_PLACE (SAVED_USED - 1)

// A unit. Behind it, in this order: its blocks, edges, sites, constants, sums, snapshot values, places to mend, the bytes of
// each of its blocks, host code.
typedef struct SavedUnit {
    uint64_t check; // of all behind it
    uint64_t bytes; // with what lies behind it; a multiple of 8
    gpc pc;
    uint64_t setup; // what its code depends on beside the guest's bytes and the key: see saved_setup()
    uint64_t at;    // offset in code memory that its distances to the entry code are for
    uint32_t mode, fp_round;
    uint32_t n_bytes, n_insns, n_spill_ops;
    uint32_t n_blocks, n_edges, n_sites, n_consts, n_sums, n_values, n_mends, n_guest;
    uint32_t age, age_pad; // times that the file was written anew and the unit had not been used
    HostEdges shape;
} SavedUnit;

// A place to mend in host code.  [31:30] SavedMend  [29:0] offset
typedef enum SavedMend {
    SAVED_TO_ENTRY, // 4 bytes: distance to the entry code
    SAVED_EDGE,     // 8 bytes: address of an edge; saved as its number
    SAVED_IMAGE,    // 8 bytes: address in emu; saved as an offset
} SavedMend;

struct Saved {
    char *path; // of the file
    SavedKey key;
    uint8_t *file; // mapped, or NULL
    uint64_t file_bytes, units_end;
    SavedSlot *slots;
    unsigned slot_bits;
    uint32_t n_slots;
    VEC(uint64_t) fresh, scratch;
    bool full;                        // more units than a file may have
    uint64_t setup, setup_generation; // of setup_mode
    uint32_t setup_mode;
};

// saved.c
bool saved_knows(const Jit *j, gpc pc);
Unit *saved_restore(Jit *j, Frame *f, gpc pc); // not yet in the set; NULL: there is none that fits
void saved_collect(Jit *j);                    // the units that there are become fresh ones
void saved_free(Jit *j);
void saved_grow(struct Saved *s);
void saved_add_slot(struct Saved *s, gpc pc, uint64_t at);
SavedUnit *saved_whole(struct Saved *s, uint64_t at); // a copy, whose checksum is right, or NULL

// saved_unit.c
typedef struct SavedParts {
    UnitBlock *blocks;
    Edge *edges;
    Site *sites; // and behind them constants, sums and values, as in a unit
    SnapValue *values;
    uint32_t *mends;
    uint8_t *guest, *code;
    uint64_t bytes; // of the whole
    uint64_t site_bytes;
} SavedParts;
uint64_t saved_check(const void *bytes, size_t n); // a checksum
uint64_t saved_setup(Jit *j, uint32_t mode);       // see SavedUnit
SavedParts saved_parts(SavedUnit *h);
void saved_take_mends(Jit *j, Unit *u, const HostCode *code); // when it is emitted
bool saved_pack(Jit *j, const Unit *u);                       // appends it to the fresh ones
Unit *saved_unpack(Jit *j, Frame *f, SavedUnit *h);           // NULL: no room for its code
